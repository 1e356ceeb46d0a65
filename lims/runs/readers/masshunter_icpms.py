"""Reader of the batch table of Agilent ICP-MS MassHunter (xlsx, csv): two heading rows, one row per injection.

    Sample,,,…,208  Pb  [ He Gas ],,,45  Sc ( ISTD )  [ He Gas ],              isotope, internal standard, gas mode
    ,Rjct,Data File,…,Conc. [ ppb ],Conc. RSD,Meas. Conc. [ ppb ],CPS,CPS RSD   column names, units in brackets
    ,no,001CALB.d,…,11.8,1.4,11.8,152034,0.9                                    one injection per row

`66 -> 66  Zn  [ He ]` is a pair of masses (MS/MS), `75 -> 91  As  [ O2 ]` with mass shift. Conc. is multiplied by the
total dilution already, Meas. Conc. is not; OR means over the detector's range. Rejected rows stay and are told to be
excluded. A further sheet (ValueList_Helper) lists the types that the program offers: no data. The same element by two
isotopes or in two modes are two compounds; the import profile maps the one that is reported.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, column_letters, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of, sheets_of
from lims.runs.readers.columns import Columns
from lims.runs.readers.named_columns import stem, without_unit
from lims.runs.readers.reader import Reader
from lims.runs.reading import Container, Row, rows_of
from lims.runs.records import Batch, Compound, Figure, Line, Trace, TraceRole

NAME = "masshunter-icpms"
VERSION = "1"

_DELIMITERS = (",", "\t", ";")
_SEARCHED_ROWS = 20
_GROUP = re.compile(r"(\d{1,3}(?:\s*->\s*\d{1,3})?)\s+([A-Z][a-z]?)\s*(\(\s*ISTD\s*\))?\s*(\[[^\]]*\])?")
_GROUP_IN_TEXT = re.compile(r"(?:^|[,;\t\"])\d{1,3}(?:\s*->\s*\d{1,3})?\s+[A-Z][a-z]?\s*(?:\(\s*ISTD\s*\)|\[[^\]]*\])")
_BRACKETS = re.compile(r"(?<=[(\[])\s+|\s+(?=[)\]])")
_NEEDED = frozenset({"conc.", "meas. conc.", "cps"})
_FIGURES = {
    "conc.": Figure.FINAL_CONCENTRATION,
    "meas. conc.": Figure.UNDILUTED_CONCENTRATION,
    "cps": Figure.INTENSITY,
    "istd recovery": Figure.INTERNAL_STANDARD_RECOVERY,
    "istd recovery %": Figure.INTERNAL_STANDARD_RECOVERY,
}
#: Of a compound without concentrations, the deviation of its signal.
_DEVIATIONS = ("conc. rsd", "meas. conc. rsd", "cps rsd")
_NO_RESULTS = reason("row.other_sheet", "A row of a sheet without results.")


@dataclass
class _Block:
    """The columns (from 1) of one isotope in one mode."""

    name: str
    column: int
    transition: str
    is_internal_standard: bool
    figures: dict[Figure, int] = field(default_factory=dict)
    unit: str = ""
    others: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True)
class _Headings:
    """Where everything stands; the rows are those of the two headings."""

    groups: Row
    names: Row
    sample: Columns
    flags: tuple[int, ...]
    blocks: tuple[_Block, ...]
    width: int


def recognises(file: OpenedFile) -> bool:
    """Isotopes in brackets of gas modes or marked as internal standards, above Conc. or CPS."""
    if file.container is Container.TEXT:
        lines = file.head.splitlines()[:_SEARCHED_ROWS]
        return any(
            _GROUP_IN_TEXT.search(groups) and ("Data File" in names or "Sample Name" in names)
            for groups, names in pairwise(lines)
        )
    return any(_heading_rows(sheet.rows) is not None for sheet in sheets_of(file))


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a batch table of ICP-MS MassHunter.

    Raises BadInput for a file without the two heading rows. A row that cannot be read does not stop the others.
    """
    tables = [_Table(rows, profile) for rows in _tables(file)]
    with_results = [table for table in tables if table.headings is not None]
    if not with_results:
        raise BadInput(
            reason(
                "icpms.not_a_batch_table",
                "This is no batch table of ICP-MS MassHunter: no row holds isotopes such as “208 Pb [ He Gas ]” above a"
                " row of column names with Data File and Conc. or CPS. Export the batch table of the data analysis as"
                " xlsx or csv.",
                at=Where(row=1),
            )
        )
    parts = [part for table in tables for part in table.parts()]
    headings = [table.headings for table in with_results if table.headings is not None]
    return batch_of(
        file,
        (NAME, VERSION),
        _compounds(headings, profile),
        assembled(parts, profile),
        heading_rows=[row.number for one in headings for row in (one.groups, one.names)],
        ambiguous_dates=[date for one in headings for date in one.sample.ambiguous_dates],
        asks_about_end=True,
    )


def _tables(file: OpenedFile) -> Iterator[tuple[Row, ...]]:
    if file.container in (Container.XLSX, Container.XLS):
        yield from (sheet.rows for sheet in file.sheets)
        return
    first = "\n".join(file.head.splitlines()[:_SEARCHED_ROWS])
    for delimiter in _DELIMITERS:
        if _heading_rows(_split(first, delimiter)) is not None:
            yield file.rows(delimiter)
            return


def _split(text: str, delimiter: str) -> tuple[Row, ...]:
    try:
        return rows_of(text, delimiter)
    except BadInput:
        return ()


def _compounds(headings: Sequence[_Headings], profile: ImportProfile) -> list[Compound]:
    blocks = {block.name: block for one in reversed(headings) for block in one.blocks}
    return [
        Compound(
            name=name,
            column=block.column,
            qualifiers=(),
            is_internal_standard=block.is_internal_standard or profile.is_internal_standard(name),
            transition=block.transition,
        )
        for name, block in blocks.items()
    ]


# ── headings ─────────────────────────────────────────────────────────────────────────────────────────


def _heading_rows(rows: Sequence[Row]) -> tuple[Row, Row] | None:
    for groups, names in pairwise(rows[:_SEARCHED_ROWS]):
        if any(_GROUP.fullmatch(cell.strip()) for cell in groups.cells):
            told = {folded(without_unit(cell)[0]) for cell in names.cells}
            if told & _NEEDED and told & {"data file", "sample name"}:
                return groups, names
    return None


def _headings_of(groups: Row, names: Row, profile: ImportProfile) -> _Headings:
    width = max((place for place, cell in enumerate(names.cells, start=1) if cell.strip()), default=0)
    first = next(place for place, cell in enumerate(groups.cells, start=1) if _GROUP.fullmatch(cell.strip()))
    blocks: list[_Block] = []
    for place, cell in enumerate(names.cells[:width], start=1):
        group = groups.cells[place - 1].strip() if place <= len(groups.cells) else ""
        if place >= first and group:
            blocks.append(_block(group, place, names.number))
        if blocks and cell.strip():
            _take(blocks[-1], cell.strip(), place, names.number)
    for block in blocks:
        _settle_deviation(block)
    _refuse_twice(blocks, groups.number)
    sample = Columns(names.cells[: first - 1], profile)
    flags = tuple(place for place, cell in enumerate(names.cells[: first - 1], start=1) if cell.strip() in ("", "!"))
    return _Headings(groups, names, sample, flags, tuple(blocks), width)


def _block(group: str, place: int, row: int) -> _Block:
    told = _GROUP.fullmatch(group)
    if told is None:
        letters = column_letters(place)
        raise BadInput(
            reason(
                "icpms.group_unknown",
                "Row {row}, column {column}: “{text}” names no isotope; export the batch table without this column.",
                at=Where(row=row, column=letters),
                row=row,
                column=letters,
                text=group[:60],
            )
        )
    name = _BRACKETS.sub("", " ".join(group.split()))
    mode = _BRACKETS.sub("", " ".join((told[4] or "").split()))
    return _Block(name, place, f"{' '.join(told[1].split())} {mode}".strip(), told[3] is not None)


def _take(block: _Block, heading: str, place: int, row: int) -> None:
    name, unit = without_unit(heading)
    figure = _FIGURES.get(folded(name))
    if figure is None:
        block.others.append((heading, place))
        return
    if figure in block.figures:
        raise BadInput(_twice(row, heading, block.name, block.figures[figure], place))
    block.figures[figure] = place
    block.unit = unit if figure is Figure.FINAL_CONCENTRATION or not block.unit else block.unit


def _settle_deviation(block: _Block) -> None:
    by_name = {folded(heading): (heading, place) for heading, place in block.others}
    found = next((by_name[name] for name in _DEVIATIONS if name in by_name), None)
    if found is not None:
        block.figures[Figure.RELATIVE_STANDARD_DEVIATION] = found[1]
        block.others.remove(found)


def _refuse_twice(blocks: Sequence[_Block], row: int) -> None:
    seen: dict[str, int] = {}
    for block in blocks:
        if (first := seen.setdefault(folded(block.name), block.column)) != block.column:
            raise BadInput(_twice(row, block.name, "", first, block.column))


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


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────


class _Table:
    """The rows of one sheet, or of a csv."""

    def __init__(self, rows: tuple[Row, ...], profile: ImportProfile) -> None:
        found = _heading_rows(rows)
        self.rows = rows
        self.headings = None if found is None else _headings_of(*found, profile)

    def parts(self) -> Iterator[Line | Record]:
        """What each row is."""
        for row in self.rows:
            yield self._part(row)

    def _part(self, row: Row) -> Line | Record:
        headings = self.headings
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        if headings is None:
            return columns.ignored(row, _NO_RESULTS)
        if row.number < headings.groups.number:
            return columns.ignored(row, columns.BESIDE)
        if row.number in (headings.groups.number, headings.names.number):
            return columns.ignored(row, columns.HEADING)
        if len(row.cells) < headings.width:
            return columns.refused(row, [columns.too_short(row, headings.width)])
        if any(cell.strip() for cell in row.cells[headings.width :]):
            return columns.refused(row, [columns.too_long(row, headings.width)])
        return self._record(row, headings)

    def _record(self, row: Row, headings: _Headings) -> Line | Record:
        sample = headings.sample
        data_file = sample.text(row, "data file")
        name = sample.text(row, "sample name", "name") or stem(data_file)
        if folded(name) in columns.STATISTICS and not data_file:
            return columns.ignored(row, columns.STATISTIC)
        faults: list[Reason] = []
        if not name:
            return columns.refused(row, [columns.nameless(row)])
        acquired_at = sample.instant(row, faults, "acq. date-time")
        is_excluded = sample.flag(row, faults, "rjct", "reject")
        if not data_file and acquired_at is None:
            faults.append(columns.keyless(row))
        head = Head(
            key=folded(data_file) or f"{folded(name)} @ {acquired_at}",
            name=name,
            data_file=data_file,
            acquired_at=acquired_at,
            vendor_type=sample.text(row, "type", "sample type"),
            level=sample.text(row, "level"),
            vial=sample.text(row, "vial number", "vial#", "vial"),
            dilution=self._dilution(row, sample, faults),
            messages=tuple(text for text in (row.cells[place - 1].strip() for place in headings.flags) if text),
            others=sample.others(row, _sample_places(sample)),
        )
        traces = tuple(_trace(row, block, sample, is_excluded, faults) for block in headings.blocks)
        return columns.refused(row, faults) if faults else Record(row.number, row.cells, head, traces)

    def _dilution(self, row: Row, sample: Columns, faults: list[Reason]) -> Cell | None:
        place = sample.place("total dil.", "dil.")
        return None if place is None else sample.number(row, place, faults)


def _trace(row: Row, block: _Block, cells: Columns, is_excluded: bool | None, faults: list[Reason]) -> Trace:
    return Trace(
        compound=block.name,
        role=TraceRole.QUANTIFIER,
        label="",
        figures=cells.figures(row, block.figures, faults),
        manually_integrated=None,
        others=tuple((heading, columns.raw_cell(row, place)) for heading, place in block.others),
        unit=block.unit,
        is_excluded=is_excluded,
    )


def _sample_places(sample: Columns) -> set[int]:
    known = ("data file", "sample name", "name", "acq. date-time", "rjct", "type", "level", "vial number", "total dil.")
    return {place for place in map(sample.place, known) if place is not None}


READER = Reader(NAME, VERSION, "Agilent ICP-MS MassHunter: batch table", recognises=recognises, read=read)
