"""The columns of a MassHunter compound table: which columns are which injection, and which of its traces.

Two heading rows as in the batch table, but the groups are injections: `QC-1` over its columns, then `Qualifier 1
Method` and `Qualifier 1 Results`. Several columns of the group before them describe the compound.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import column_letters, folded
from lims.runs.opened import OpenedFile
from lims.runs.readers import columns
from lims.runs.readers.masshunter_headings import METHOD_FIGURES, RESULT_FIGURES
from lims.runs.reading import Row
from lims.runs.records import Figure

_DELIMITERS = (",", "\t", ";")
_QUALIFIER = re.compile(r"(Qualifier (?:\(.*\)|\d+)) (Method|Results)", re.DOTALL)
#: Columns that say something of the injection, not of the compound in it.
_OF_INJECTION = frozenset({"name", "data file", "type", "level", "acq. date-time", "dil.", "pos.", "vial"})


@dataclass
class Part:
    """Columns (from 0) of one trace of one injection; `label` is empty for the quantifier."""

    label: str
    figures: dict[Figure, int] = field(default_factory=dict)
    flag: int | None = None
    transition: int | None = None
    others: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class Block:
    """All columns of one injection, from `first` to before `end`."""

    name: str
    first: int
    end: int = 0
    heads: dict[str, int] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    headings: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True)
class Table:
    """The file by its rows: two headings at `top` and `top` + 1, then the compounds."""

    rows: tuple[Row, ...]
    top: int
    compounds: tuple[int, ...]
    methods: dict[str, int]
    blocks: tuple[Block, ...]
    width: int
    repeated: tuple[Reason, ...]

    def cell(self, row: int, column: int) -> str:
        """The text of a cell; rows and columns from 0."""
        cells = self.rows[row].cells
        return cells[column].strip() if column < len(cells) else ""

    def content(self, column: int) -> tuple[str, ...]:
        """A whole column of the file."""
        return tuple(row.cells[column] if column < len(row.cells) else "" for row in self.rows)


def table_of(file: OpenedFile) -> Table:
    first = next((line for line in file.lines if line.strip(" ,;\t")), "")
    delimiter = max(_DELIMITERS, key=first.count)
    rows = file.rows(delimiter)
    written = [place for place, row in enumerate(rows) if not row.blank]
    if len(written) < 3 or written[1] != written[0] + 1 or not _names(rows[written[1]]):
        raise BadInput(
            reason(
                "masshunter.no_column_names",
                "Row {row} names the injections, but the row with the column names (Name, Data File, RT, Area, …) and"
                " rows of compounds are missing below it; export the table again with both heading rows.",
                at=Where(row=1 if not written else rows[written[0]].number),
                row=1 if not written else rows[written[0]].number,
            )
        )
    top = written[0]
    names = [name.strip() for name in rows[top + 1].cells]
    width = max((place for place, name in enumerate(names, start=1) if name), default=0)
    methods, blocks = _blocks([cell.strip() for cell in rows[top].cells], names[:width], rows[top + 1].number)
    compounds, repeated = _compounds([rows[place] for place in written[2:]], written[2:], methods["name"], width)
    return Table(rows, top, compounds, methods, blocks, width, repeated)


def _names(row: Row) -> bool:
    headings = {folded(cell) for cell in row.cells}
    return "name" in headings and bool(headings & {"area", "height", "rt", "final conc.", "resp."})


def _blocks(groups: Sequence[str], names: Sequence[str], number: int) -> tuple[dict[str, int], tuple[Block, ...]]:
    """The columns of the method, and the injections from left to right.

    An injection ends where a group with another name begins, or where one of its columns would come a second time.
    """
    methods: dict[str, int] = {}
    blocks: list[Block] = []
    label, part = "", "Results"
    for column, heading in enumerate(names):
        group = groups[column] if column < len(groups) else ""
        if group and not (column == 0 and folded(group) == "compound method"):
            told = _QUALIFIER.fullmatch(" ".join(group.split()))
            label, part = told.groups() if told else ("", "Results")
            if told is None and (not blocks or blocks[-1].name != group or (label, folded(heading)) in _seen(blocks)):
                blocks.append(Block(group, column))
        if not blocks:
            methods.setdefault(folded(heading), column)
        elif heading and not _take(blocks[-1], label, part, heading, column):
            raise BadInput(_twice(number, heading, blocks[-1].name, column))
    if not blocks or "name" not in methods:
        raise BadInput(
            reason(
                "masshunter.no_injections",
                "Row {row} names no injections beside the compounds; add RT and Area to the table's results and export"
                " it again.",
                at=Where(row=number),
                row=number,
            )
        )
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        block.end = len(names) if following is None else following.first
    return methods, tuple(blocks)


def _seen(blocks: Sequence[Block]) -> set[tuple[str, str]]:
    return {(label, heading) for label, heading in blocks[-1].headings} if blocks else set()


def _take(block: Block, label: str, part: str, heading: str, column: int) -> bool:
    """Put a column where it belongs; False when the injection has one of that name already."""
    key = folded(heading)
    place = key if part == "Results" else f"method {key}"
    if (label, place) in block.headings:
        return False
    block.headings.add((label, place))
    if not label and key in _OF_INJECTION:
        block.heads[key] = column
        return True
    trace = block.parts.setdefault(label, Part(label))
    figure = (RESULT_FIGURES if part == "Results" else METHOD_FIGURES).get(key)
    if figure is not None:
        trace.figures[figure] = column
    elif key == "mi" and part == "Results":
        trace.flag = column
    elif key == "transition":
        trace.transition = column
    else:
        trace.others.append((f"{part} {heading}", column))
    return True


def _compounds(
    rows: Sequence[Row], places: Sequence[int], name: int, width: int
) -> tuple[tuple[int, ...], tuple[Reason, ...]]:
    """The rows that hold a compound, and which of them only repeat another word for word."""
    known: dict[str, Row] = {}
    found, repeated = [], []
    for row, place in zip(rows, places, strict=True):
        if len(row.cells) < width:
            raise BadInput(columns.too_short(row, width))
        if any(cell.strip() for cell in row.cells[width:]):
            raise BadInput(columns.too_long(row, width))
        compound = row.cells[name].strip()
        if not compound:
            raise BadInput(_nameless(row))
        first = known.setdefault(folded(compound), row)
        if first is row:
            found.append(place)
        elif first.cells == row.cells:
            repeated.append(_again(row, first))
        else:
            raise BadInput(_compound_twice(row, first, compound))
    return tuple(found), tuple(repeated)


def _twice(row: int, heading: str, injection: str, column: int) -> Reason:
    letters = column_letters(column + 1)
    return reason(
        "masshunter.column_twice_in_injection",
        "Row {row}, column {column}: “{heading}” stands twice for the injection {name}; it is not clear which one is"
        " meant. Export the table with each column once.",
        at=Where(row=row, column=letters),
        row=row,
        column=letters,
        heading=heading,
        name=injection,
    )


def _nameless(row: Row) -> Reason:
    return reason(
        "masshunter.compound_nameless",
        "Row {row} has numbers but no name of a compound; export the table again with the column Name.",
        at=Where(row=row.number),
        row=row.number,
    )


def _again(row: Row, first: Row) -> Reason:
    return reason(
        "row.repeated",
        "Row {row} repeats row {first} word for word; it counts once.",
        at=Where(row=row.number),
        row=row.number,
        first=first.number,
    )


def _compound_twice(row: Row, first: Row, compound: str) -> Reason:
    return reason(
        "masshunter.compound_twice",
        "Row {row}: the compound {compound} stands in row {first} already, with other numbers; which of them is right"
        " is not to be seen. Give every compound of the method a name of its own and export again.",
        at=Where(row=row.number),
        row=row.number,
        compound=compound,
        first=first.number,
    )
