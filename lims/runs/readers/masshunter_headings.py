"""The two heading rows of a MassHunter batch table: which column is which figure of which compound."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import column_letters, folded
from lims.runs.reading import Row
from lims.runs.records import Compound, Figure, TraceRole

#: Text above the table is looked through this far for the heading rows.
SEARCHED_ROWS = 20
_LONGEST_NAME = 200
_GROUP = re.compile(r"(?P<name>.+) (?P<part>Method|Results)", re.DOTALL)
_QUALIFIER = re.compile(r"Qualifier (\(.*\)|\d+)", re.DOTALL)

#: Columns of the Sample group with a meaning here.
_SAMPLE_HEADINGS = frozenset({"name", "data file", "type", "level", "acq. date-time", "dil.", "pos.", "vial"})
#: Columns of a compound's results that have a meaning here.
RESULT_FIGURES = {
    "rt": Figure.RETENTION_TIME,
    "area": Figure.AREA,
    "height": Figure.HEIGHT,
    "s/n": Figure.SIGNAL_TO_NOISE,
    "calc. conc.": Figure.UNDILUTED_CONCENTRATION,
    "final conc.": Figure.FINAL_CONCENTRATION,
    "exp. conc.": Figure.NOMINAL_CONCENTRATION,
    "accuracy": Figure.ACCURACY,
    "istd resp. ratio": Figure.INTERNAL_STANDARD_RATIO,
    "ratio": Figure.ION_RATIO,
}
#: Columns of a compound's method that have a meaning here.
METHOD_FIGURES = {"rt": Figure.EXPECTED_RETENTION_TIME, "exp. conc.": Figure.NOMINAL_CONCENTRATION}


@dataclass
class Block:
    """The columns (from 1) of one trace of one compound."""

    compound: str
    role: TraceRole
    label: str
    column: int
    figures: dict[Figure, int] = field(default_factory=dict)
    manual_integration: int | None = None
    others: list[tuple[str, int]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """How a message names the block."""
        return f"{self.compound} {self.label}".strip()


@dataclass(frozen=True)
class Headings:
    """Where everything stands. Row numbers are lines of the file; columns count from 1."""

    group_row: int
    name_row: int
    width: int
    sample_columns: dict[str, int]
    other_sample_columns: tuple[tuple[str, int], ...]
    flag_columns: tuple[int, ...]
    message_columns: tuple[int, ...]
    blocks: tuple[Block, ...]
    unread: tuple[str, ...]

    def compounds(self, is_internal_standard: Callable[[str], bool]) -> tuple[Compound, ...]:
        """The compounds in the order of the file."""
        qualifiers: dict[str, list[str]] = {}
        for block in self.blocks:
            labels = qualifiers.setdefault(block.compound, [])
            if block.role is TraceRole.QUALIFIER:
                labels.append(block.label)
        return tuple(
            Compound(
                block.compound,
                block.column,
                tuple(qualifiers[block.compound]),
                is_internal_standard(block.compound),
            )
            for block in self.blocks
            if block.role is TraceRole.QUANTIFIER
        )


def headings_of(rows: Sequence[Row]) -> Headings:
    """Find and read the two heading rows.

    Raises BadInput: another layout, no column-name row, no compound, no column that names the injection, or a column
    that stands twice in a group.
    """
    written = [row for row in rows[:SEARCHED_ROWS] if not row.blank]
    _refuse_other_layouts(written)
    for groups, names in pairwise(written):
        if _is_group_row(groups) and _is_name_row(names):
            return _read(groups, names)
    for groups in written:
        if _is_group_row(groups):
            raise BadInput(
                reason(
                    "masshunter.no_column_names",
                    "Row {row} names the compounds, but the row with the column names (Data File, Type, RT, Area, …) is"
                    " missing below it; export the table again with both heading rows.",
                    at=Where(row=groups.number),
                    row=groups.number,
                )
            )
    raise BadInput(
        reason(
            "masshunter.not_a_batch_table",
            "This is no MassHunter batch table: no row holds groups such as “Carbofuran Results” above a row of column"
            " names. Export the batch table of Quantitative Analysis as csv.",
            at=Where(row=1),
        )
    )


def _refuse_other_layouts(written: Sequence[Row]) -> None:
    if not written:
        return
    first = folded(written[0].cells[0])
    if first == "compound method":
        layout = "compound table (one row per compound)"
    elif first == "batch info":
        layout = "sectioned report (Batch Info, Sequence Table, Quantitation Results)"
    else:
        return
    raise BadInput(
        reason(
            "masshunter.layout_not_supported",
            "This MassHunter file has the layout {layout}, which another reader reads; let the file be recognised by"
            " its content, or export the batch table, one row per injection.",
            at=Where(row=written[0].number),
            layout=layout,
        )
    )


def _is_group_row(row: Row) -> bool:
    return any(cell.strip().endswith(" Results") and _GROUP.fullmatch(cell.strip()) for cell in row.cells)


def _is_name_row(row: Row) -> bool:
    names = {folded(cell) for cell in row.cells}
    return bool(names & {"data file", "name"}) and bool(names & {"area", "height", "rt", "final conc."})


def _carried_right(groups: Row, width: int) -> Iterator[str]:
    """The group of every column; the columns before the first group belong to the sample."""
    current = "Sample"
    for place in range(width):
        text = groups.cells[place].strip() if place < len(groups.cells) else ""
        current = " ".join(text.split()) or current
        yield current


def _read(groups: Row, names: Row) -> Headings:
    width = max(_last_written(groups.cells), _last_written(names.cells))
    sample: dict[str, int] = {}
    other_sample: list[tuple[str, int]] = []
    flags: list[int] = []
    messages: list[int] = []
    unread: list[str] = []
    blocks = _Blocks(names.number)
    padded = (*names.cells, *("",) * (width - len(names.cells)))
    for column, (group, raw) in enumerate(zip(_carried_right(groups, width), padded, strict=False), start=1):
        heading = raw.strip()
        if folded(group) == "sample":
            key = folded(heading)
            if key in ("", "!"):
                flags.append(column)
            elif key == "quantitation message":
                messages.append(column)
            elif key in _SAMPLE_HEADINGS:
                if key in sample:
                    raise BadInput(_twice(names.number, heading, group, sample[key], column))
                sample[key] = column
            else:
                other_sample.append((heading, column))
        elif not blocks.take(group, heading, column):
            unread.append(f"{column_letters(column)}: {group} {heading}".strip())
    if not sample.keys() & {"name", "data file"}:
        raise BadInput(
            reason(
                "masshunter.no_injection_names",
                "Row {row} has neither Name nor Data File among the columns of the sample; add Data File to the table"
                " and export it again.",
                at=Where(row=names.number),
                row=names.number,
            )
        )
    return Headings(
        group_row=groups.number,
        name_row=names.number,
        width=width,
        sample_columns=sample,
        other_sample_columns=tuple(other_sample),
        flag_columns=tuple(flags),
        message_columns=tuple(messages),
        blocks=blocks.finished(),
        unread=tuple(unread),
    )


def _last_written(cells: Sequence[str]) -> int:
    return max((place for place, cell in enumerate(cells, start=1) if cell.strip()), default=0)


class _Blocks:
    """Collects the columns of the compounds, from left to right."""

    def __init__(self, row: int) -> None:
        self.row = row
        self.blocks: list[Block] = []
        self.columns: dict[str, int] = {}
        self.group = ""
        self.part = ""
        self.block: Block | None = None

    def take(self, group: str, heading: str, column: int) -> bool:
        """Put a column where it belongs; False when its group is neither a compound nor a qualifier."""
        if group != self.group:
            self.group = group
            self.block = self._block(group, column)
        if self.block is None:
            return False
        self._place(self.block, heading, column)
        return True

    def _block(self, group: str, column: int) -> Block | None:
        parts = _GROUP.fullmatch(group)
        if parts is None:
            return None
        name, self.part = parts["name"], parts["part"]
        if len(name) > _LONGEST_NAME:
            raise BadInput(
                reason(
                    "masshunter.compound_too_long",
                    "Column {column} has a compound name of more than {most} characters; it is probably no name.",
                    at=Where(column=column_letters(column)),
                    column=column_letters(column),
                    most=_LONGEST_NAME,
                )
            )
        previous = self.blocks[-1] if self.blocks else None
        if _QUALIFIER.fullmatch(name):
            return self._qualifier(name, column, previous)
        if previous is not None and previous.role is TraceRole.QUANTIFIER and previous.compound == name:
            return previous
        if other := self.columns.get(folded(name)):
            raise BadInput(_twice(self.row, name, "", other, column))
        self.columns[folded(name)] = column
        return self._new(Block(name, TraceRole.QUANTIFIER, "", column))

    def _qualifier(self, label: str, column: int, previous: Block | None) -> Block | None:
        if previous is None:
            return None
        if previous.label == label:
            return previous
        return self._new(Block(previous.compound, TraceRole.QUALIFIER, label, column))

    def _new(self, block: Block) -> Block:
        self.blocks.append(block)
        return block

    def _place(self, block: Block, heading: str, column: int) -> None:
        key = folded(heading)
        figure = (RESULT_FIGURES if self.part == "Results" else METHOD_FIGURES).get(key)
        if figure is not None and figure in block.figures:
            raise BadInput(_twice(self.row, heading, block.name, block.figures[figure], column))
        if figure is not None:
            block.figures[figure] = column
        elif key == "mi" and self.part == "Results":
            if block.manual_integration is not None:
                raise BadInput(_twice(self.row, heading, block.name, block.manual_integration, column))
            block.manual_integration = column
        else:
            block.others.append((f"{self.part} {heading}".strip(), column))

    def finished(self) -> tuple[Block, ...]:
        """The blocks, a method-only compound included: its columns are shown, it has no figures of a peak."""
        return tuple(self.blocks)


def _twice(row: int, heading: str, group: str, first: int, second: int) -> Reason:
    return reason(
        "masshunter.column_twice",
        "“{heading}” stands twice in row {row} or above it ({group}), in columns {first} and {second}; it is not clear"
        " which one is meant. Export the table with each column once.",
        at=Where(row=row, column=column_letters(second)),
        heading=heading,
        row=row,
        group=group or "compounds",
        first=column_letters(first),
        second=column_letters(second),
    )
