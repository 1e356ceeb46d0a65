"""Reader of the Agilent MassHunter Quantitative Analysis compound table: the batch table turned round.

    Compound Method,,QC-1,,,Qualifier 1 Method,Qualifier 1 Results,QC-2,…       the injection, first cell only
    Name,Transition,Data File,RT,Area,Transition,Area,Data File,…               column names
    Carbofuran,222.1 -> 165.1,QC-1.d,4.13,1532,222.1 -> 123.1,640,QC-2.d,…      one compound per row

Everything that follows an import asks what became of each injection, and here an injection is a group of columns. So
the table is read turned: a record is a column of the file, and its place counts as its row; a compound's row counts as
its column. The batch says so to whoever looks at it. Name and file of an injection stand again in every row and must
agree; a row that is not as wide as the headings makes every injection doubtful, so the file is refused.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellStatus, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.batching import batch_of, qualifier_labels
from lims.runs.readers.masshunter_headings import METHOD_FIGURES
from lims.runs.readers.masshunter_turned import Block, Part, Table, table_of
from lims.runs.readers.reader import Reader
from lims.runs.reading import Row
from lims.runs.records import Batch, Compound, Injection, Line, Trace, TraceRole

NAME = "masshunter-compounds"
VERSION = "1"

_TURNED = reason(
    "masshunter.turned",
    "This table has a row for each compound. It is shown turned round: a row here is a column of the file, and a column"
    " here is a row of the file.",
)


def recognises(file: OpenedFile) -> bool:
    """The first cell says Compound Method."""
    first = next((line for line in file.head.splitlines() if line.strip(" ,;\t")), "")
    return re.match(r'"?Compound Method"?\s*[,;\t]', first) is not None


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a compound table.

    Raises BadInput for a file without column names, with rows of another width than the headings, or with one compound
    in two rows. An injection that cannot be read does not stop the others.
    """
    table = table_of(file)
    reader = _Injections(table, profile)
    lines = _settled(reader.lines())
    names = [table.cell(row, table.methods["name"]) for row in table.compounds]
    transitions = [reader.method(row, "transition") for row in table.compounds]
    traces = [trace for line in lines if line.injection is not None for trace in line.injection.traces]
    compounds = [
        Compound(
            name, row + 1, qualifier_labels(traces, name), profile.is_internal_standard(name), transition=transition
        )
        for name, row, transition in zip(names, table.compounds, transitions, strict=True)
    ]
    return batch_of(
        file,
        (NAME, VERSION),
        compounds,
        lines,
        heading_rows=range(1, table.blocks[0].first + 1),
        ambiguous_dates=reader.ambiguous_dates,
        messages=(_TURNED, *table.repeated),
        asks_about_end=True,
    )


# ── the injections ───────────────────────────────────────────────────────────────────────────────────


class _Injections:
    """Turns columns into lines; collects dates to be looked at."""

    def __init__(self, table: Table, profile: ImportProfile) -> None:
        self.table = table
        self.profile = profile
        self.cells = profile.cells()
        self.ambiguous_dates: list[str] = []

    def lines(self) -> Iterator[Line]:
        """A line for each column of the file."""
        table = self.table
        for column in range(table.blocks[0].first):
            yield Line(column + 1, None, (columns.HEADING,), content=table.content(column))
        for order, block in enumerate(table.blocks, start=1):
            faults: list[Reason] = []
            injection = self._injection(block, order, faults)
            for column in range(block.first, block.end):
                yield self._line(block, column, injection, faults)

    def _line(self, block: Block, column: int, injection: Injection, faults: Sequence[Reason]) -> Line:
        content = self.table.content(column)
        if not faults:
            return Line(column + 1, injection, content=content)
        if column == block.first:
            return Line(column + 1, None, columns.shortened(faults, column + 1), refused=True, content=content)
        return Line(column + 1, None, (_with_first(block, column),), refused=True, content=content)

    def method(self, row: int, heading: str) -> str:
        """What the method says of the compound in a row; empty where there is no such column."""
        place = self.table.methods.get(heading)
        return "" if place is None else self.table.cell(row, place)

    def _injection(self, block: Block, order: int, faults: list[Reason]) -> Injection:
        said = {heading: self._agreed(block, heading, faults) for heading in block.heads}
        data_file, name = said.get("data file", ""), said.get("name") or block.name
        acquired_at = self._instant(block, said.get("acq. date-time", ""), faults)
        vendor_type = said.get("type", "")
        return Injection(
            key=folded(data_file) or f"{folded(name)} @ {acquired_at or ''}".rstrip(" @"),
            row=block.first + 1,
            order=order,
            name=name,
            data_file=data_file,
            acquired_at=acquired_at,
            vendor_type=vendor_type,
            type=self.profile.type_of(vendor_type, name),
            level=said.get("level", ""),
            vial=said.get("pos.", "") or said.get("vial", ""),
            dilution=self._dilution(block, faults),
            messages=(),
            traces=tuple(self._traces(block, faults)),
            others=(),
        )

    def _agreed(self, block: Block, heading: str, faults: list[Reason]) -> str:
        """A text of the injection, which every compound's row repeats."""
        column = block.heads[heading]
        texts = {self.table.cell(row, column): row for row in self.table.compounds}
        if len(texts) > 1:
            faults.append(_disagreeing(block, column, sorted(texts)))
        return next(iter(texts))

    def _instant(self, block: Block, text: str, faults: list[Reason]) -> datetime | None:
        if not text:
            return None
        instant = self.cells.instant(text)
        if instant is None:
            column, row = block.heads["acq. date-time"], self.table.compounds[0]
            faults.append(columns.date_unreadable(text, column + 1, row + 1, self.profile))
        elif self.cells.ambiguous(text):
            self.ambiguous_dates.append(text)
        return instant

    def _dilution(self, block: Block, faults: list[Reason]) -> Cell | None:
        column = block.heads.get("dil.")
        return None if column is None else self._number(self.table.compounds[0], column, "Dil.", faults)

    def _number(self, row: int, column: int, heading: str, faults: list[Reason]) -> Cell:
        cell = self.cells.number(self.table.cell(row, column), column + 1, row + 1)
        if cell.status is CellStatus.UNREADABLE:
            faults.append(columns.unreadable(cell, heading, self.profile))
        return cell

    def _traces(self, block: Block, faults: list[Reason]) -> Iterator[Trace]:
        for row in self.table.compounds:
            name = self.table.cell(row, self.table.methods["name"])
            for part in block.parts.values():
                if part.label and not self._has(part, row):
                    continue  # the compound has fewer qualifiers than another one
                yield self._trace(row, name, part, faults)

    def _has(self, part: Part, row: int) -> bool:
        """Whether the compound has this qualifier at all."""
        places = [*part.figures.values(), *(column for _, column in part.others)]
        if part.transition is not None:
            places.append(part.transition)
        return any(self.table.cell(row, column) for column in places)

    def _trace(self, row: int, compound: str, part: Part, faults: list[Reason]) -> Trace:
        figures = {
            figure: self._number(row, column, f"{compound} {part.label} {figure.value}".replace("  ", " "), faults)
            for figure, column in part.figures.items()
        }
        if not part.label:
            figures |= {
                figure: self._number(row, self.table.methods[heading], heading, faults)
                for heading, figure in METHOD_FIGURES.items()
                if heading in self.table.methods and figure not in figures
            }
        return Trace(
            compound=compound,
            role=TraceRole.QUALIFIER if part.label else TraceRole.QUANTIFIER,
            label=self._label(row, part),
            figures=figures,
            manually_integrated=self._flag(row, part, faults),
            others=tuple(
                (heading, columns.raw_cell(Row(column + 1, self.table.content(column)), row + 1))
                for heading, column in part.others
                if self.table.cell(row, column)
            ),
        )

    def _label(self, row: int, part: Part) -> str:
        """A qualifier as the batch table calls it, by its transition, where the table has one."""
        transition = "" if part.transition is None else self.table.cell(row, part.transition)
        return f"Qualifier ({transition})" if part.label and transition else part.label

    def _flag(self, row: int, part: Part, faults: list[Reason]) -> bool | None:
        text = "" if part.flag is None else self.table.cell(row, part.flag)
        known = columns.truth_of(text)
        if text and known is None and part.flag is not None:
            faults.append(columns.flag_unreadable(text, part.flag + 1, row + 1))
        return known


def _settled(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Refuse an injection that occurs with different numbers; exact repetitions are no fault of reading."""
    found = list(lines)
    own: dict[int, list[tuple[str, ...]]] = {}
    for line in found:
        own.setdefault(id(line.injection), []).append(line.content)
    contents: dict[str, set[tuple[tuple[str, ...], ...]]] = {}
    for line in found:
        if line.injection is not None:
            contents.setdefault(line.injection.key, set()).add(tuple(own[id(line.injection)]))
    return tuple(
        Line(line.row, None, (columns.disputed(line.injection),), refused=True, content=line.content)
        if line.injection is not None and len(contents[line.injection.key]) > 1
        else line
        for line in found
    )


def _disagreeing(block: Block, column: int, texts: Sequence[str]) -> Reason:
    return reason(
        "masshunter.injection_disagrees",
        "Row {row}: the rows of the compounds say different things of the injection {name} ({texts}); export the table"
        " again.",
        at=Where(row=column + 1),
        row=column + 1,
        name=block.name,
        texts=", ".join(texts[:3]),
    )


def _with_first(block: Block, column: int) -> Reason:
    return reason(
        "masshunter.injection_refused",
        "Row {row} belongs to the injection {name}, which cannot be read; see row {first}.",
        at=Where(row=column + 1),
        row=column + 1,
        name=block.name,
        first=block.first + 1,
    )


READER = Reader(
    NAME, VERSION, "Agilent MassHunter Quantitative Analysis: compound table", recognises=recognises, read=read
)
