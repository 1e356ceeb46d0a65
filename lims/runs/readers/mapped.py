"""Reader of any other table, by a mapping of its columns that a person made once (`lims.runs.column_map`).

    Sample,Vial,Compound,Area,Conc. mg/L        heading row: found again by its headings, wherever it now stands
    S-1,3,carbofuran,1532,0.05                  long: a row for each compound of each injection
    S-1,3,1532,0.05,880,0.02                    wide: a row for each injection, columns of its compounds

A mapped column is found by its heading; one that is no longer there, or stands twice, is never taken for another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PureWindowsPath

from lims.core.errors import BadInput, refuse_bad
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellStatus, folded
from lims.runs.column_map import (
    DELIMITERS,
    FIGURES,
    OF_A_COMPOUND,
    ColumnMap,
    ColumnMeaning,
    MappedColumn,
    TableLayout,
    mapping_faults,
)
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.reader import Reader
from lims.runs.readers.rows import unfinished_row, without_end
from lims.runs.reading import Container, Row
from lims.runs.records import Batch, Compound, Figure, Line, Trace, TraceRole

NAME = "mapped"
VERSION = "1"

_OTHER_SHEET = reason("row.other_sheet", "A row of another sheet.")
_UNMAPPED = reason("row.no_mapped_cell", "A row without anything in the columns that were mapped.")
#: The headings may have moved down or up by some lines; further down is another table.
_SEARCHED_ROWS = 200
_M = ColumnMeaning


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a table by the mapping of the profile. Raises `BadInput` when the file has not the columns it names."""
    mapping = profile.mapping
    if mapping is None:
        said = "No columns are mapped in the import profile; map them on the page of the file."
        raise BadInput(reason("mapped.no_mapping", said, at=Where(field="mapping")))
    refuse_bad(mapping_faults(mapping))
    everything, part, before = _rows(file, mapping)
    table = _table(mapping, part, before)
    reader = _Reader(mapping, profile, table, unfinished_row(file, everything))
    own = {row.number for row in part}
    parts = [reader.part(row) if row.number in own else columns.ignored(row, _OTHER_SHEET) for row in everything]
    return batch_of(
        file,
        (NAME, VERSION),
        reader.compounds(parts),
        assembled(parts, profile),
        heading_rows=() if table.heading is None else (table.heading.number,),
        ambiguous_dates=reader.ambiguous_dates,
        unread_columns=table.unread,
        messages=table.messages,
        asks_about_end=True,
    )


def _rows(file: OpenedFile, mapping: ColumnMap) -> tuple[Sequence[Row], Sequence[Row], int]:
    """All rows of the file, those of the table's sheet, and the number of rows before that sheet."""
    if file.container is Container.TEXT:
        rows = file.rows(DELIMITERS[mapping.delimiter])
        return rows, rows, 0
    everything = [row for sheet in file.sheets for row in sheet.rows]
    if not everything:
        said = "This is a file of the kind {kind}; columns are mapped in text tables and workbooks."
        raise BadInput(reason("mapped.no_table", said, at=Where(field="file"), kind=file.container.value))
    wanted = folded(mapping.sheet)
    sheet = next((one for one in file.sheets if folded(one.name) == wanted or (not wanted and one.rows)), None)
    if sheet is None:
        said = "The workbook has no sheet {sheet}, which the mapping names; it has {sheets}."
        names = ", ".join(one.name for one in file.sheets)[:300]
        raise BadInput(reason("mapped.no_sheet", said, at=Where(field="sheet"), sheet=mapping.sheet, sheets=names))
    return everything, sheet.rows, sheet.before


@dataclass(frozen=True)
class _Table:
    """Where the table stands in this file: its heading row, its first row, and the place of each mapped column."""

    heading: Row | None
    first: int
    places: Mapping[MappedColumn, int]
    messages: tuple[Reason, ...] = ()

    @property
    def unread(self) -> tuple[str, ...]:
        """Headings of columns without a meaning."""
        used = set(self.places.values())
        cells = () if self.heading is None else self.heading.cells
        return tuple(cell.strip() for place, cell in enumerate(cells, 1) if cell.strip() and place not in used)


def _table(mapping: ColumnMap, rows: Sequence[Row], before: int) -> _Table:
    first = mapping.first_row + before
    if not mapping.heading_row:
        return _Table(None, first, {column: column.column for column in mapping.columns})
    wanted = mapping.heading_row + before
    expected = next((row for row in rows if row.number == wanted), None)
    found = None if expected is None else _places(mapping, expected)
    if expected is not None and isinstance(found, dict):
        return _Table(expected, first, found)
    for row in rows[:_SEARCHED_ROWS]:
        moved = _places(mapping, row)
        if isinstance(moved, dict):
            said = "The headings stand on row {row}, not on row {expected} as when they were mapped."
            told = reason("mapped.headings_moved", said, row=row.number - before, expected=mapping.heading_row)
            return _Table(row, row.number + mapping.first_row - mapping.heading_row, moved, (told,))
    raise BadInput(*(found or [_no_heading_row(mapping)]))


def _no_heading_row(mapping: ColumnMap) -> Reason:
    said = "The file has no row {row}, on which the mapping expects the headings."
    return reason("mapped.no_heading_row", said, at=Where(field="heading_row"), row=mapping.heading_row)


def _places(mapping: ColumnMap, headings: Row) -> dict[MappedColumn, int] | list[Reason]:
    """Where each mapped column stands under these headings, or every one that cannot be found."""
    names = [folded(cell) for cell in headings.cells]
    found: dict[MappedColumn, int] = {}
    faults = []
    for column in mapping.columns:
        wanted = folded(column.heading)
        places = [place for place, name in enumerate(names, 1) if name == wanted]
        if column.column in places:
            found[column] = column.column
        elif wanted and len(places) == 1:
            found[column] = places[0]
        else:
            faults.append(_misplaced(column, names, len(places)))
    return faults or found


def _misplaced(column: MappedColumn, names: Sequence[str], times: int) -> Reason:
    there = names[column.column - 1] if column.column <= len(names) else ""
    if times > 1:
        said = "The heading {heading} stands {times} times and no longer in column {column}; map the columns anew."
    else:
        said = (
            "Column {column} was headed {heading} when it was mapped and is headed {there} in this file, which has no"
            " such heading elsewhere; map the columns anew, or export the columns as before."
        )
    return reason(
        "mapped.heading_differs",
        said,
        at=Where(field="mapping", column=column.letters),
        column=column.letters,
        heading=f"“{column.heading[:60]}”",
        there=f"“{there[:60]}”",
        times=times,
    )


class _Reader:
    """Turns rows into lines and records, one after the other."""

    def __init__(self, mapping: ColumnMap, profile: ImportProfile, table: _Table, unfinished: int | None) -> None:
        self.mapping = mapping
        self.profile = profile
        self.table = table
        self.unfinished = unfinished
        self.cells = profile.cells()
        self.ambiguous_dates: list[str] = []
        places = table.places
        heading = () if table.heading is None else table.heading.cells
        self.headings = columns.Columns(heading, profile)
        self.least = max(places.values())
        self.width = max(self.least, self.headings.width)
        of_injection = mapping.layout is TableLayout.LONG
        self.once = {c.meaning: at for c, at in places.items() if of_injection or c.meaning not in OF_A_COMPOUND}
        self.by_compound = self._by_compound()
        self.used = frozenset(places.values())

    def _by_compound(self) -> dict[str, dict[ColumnMeaning, tuple[int, str]]]:
        """The columns of each compound of a wide table, with the unit a person gave each."""
        found: dict[str, dict[ColumnMeaning, tuple[int, str]]] = {}
        names: dict[str, str] = {}
        for column, place in self.table.places.items():
            if self.mapping.layout is TableLayout.WIDE and column.compound:
                name = names.setdefault(folded(column.compound), column.compound)
                found.setdefault(name, {})[column.meaning] = (place, column.unit)
        return found

    def compounds(self, parts: Iterable[Line | Record]) -> tuple[Compound, ...]:
        """Those of the columns, else those that rows name, in their order."""
        internal = self.profile.is_internal_standard
        if self.mapping.layout is TableLayout.WIDE:
            return tuple(
                Compound(name, min(place for place, _ in places.values()), (), internal(name))
                for name, places in self.by_compound.items()
            )
        names = dict.fromkeys(t.compound for part in parts if isinstance(part, Record) for t in part.traces)
        return tuple(Compound(name, 0, (), internal(name)) for name in names)

    def part(self, row: Row) -> Line | Record:
        """What became of this row."""
        if (why := self._why_no_injection(row)) is not None:
            return columns.ignored(row, why)
        if (misfit := self._misfit(row)) is not None:
            return columns.refused(row, (misfit,))
        faults: list[Reason] = []
        head, traces = self._head(row, faults), self._traces(row, faults)
        if faults or head is None:
            return columns.refused(row, faults)
        return Record(row.number, row.cells, head, traces)

    def _misfit(self, row: Row) -> Reason | None:
        if len(row.cells) < self.least:
            return columns.too_short(row, self.least)
        if row.number == self.unfinished and len(row.cells) <= self.width:
            return without_end(row)
        if self.table.heading is not None and any(cell.strip() for cell in row.cells[self.width :]):
            return columns.too_long(row, self.width)
        return None

    def _why_no_injection(self, row: Row) -> Reason | None:
        heading = self.table.heading
        if row.blank:
            return columns.BLANK
        if heading is not None and (row.number == heading.number or row.cells == heading.cells):
            return columns.HEADING
        if row.number < self.table.first:
            return columns.BESIDE
        for rule in self.mapping.skip:
            if rule.fits(row.cells):
                return reason("row.skipped", "Left out by the rule {pattern}.", pattern=f"“{rule.pattern}”")
        if all(not _text(row, place) for place in self.used):
            return _UNMAPPED
        if folded(self._once(row, _M.NAME)) in columns.STATISTICS and not self._once(row, _M.DATA_FILE):
            return columns.STATISTIC
        return None

    def _once(self, row: Row, meaning: ColumnMeaning) -> str:
        return _text(row, self.once.get(meaning))

    def _head(self, row: Row, faults: list[Reason]) -> Head | None:
        data_file = self._once(row, _M.DATA_FILE)
        name = self._once(row, _M.NAME) or PureWindowsPath(data_file).stem
        if not name:
            faults.append(columns.nameless(row))
            return None
        acquired_at, vial = self._acquired_at(row, faults), self._once(row, _M.VIAL)
        time = f" @ {acquired_at}" if acquired_at else ""
        place = f" # {folded(vial)}" if vial and not acquired_at else ""
        dilution = self.once.get(_M.DILUTION)
        return Head(
            key=folded(data_file) or f"{folded(name)}{time}{place}",
            name=name,
            data_file=data_file,
            acquired_at=acquired_at,
            vendor_type=self._once(row, _M.TYPE),
            level=self._once(row, _M.LEVEL),
            vial=vial,
            dilution=None if dilution is None else self.headings.number(row, dilution, faults),
            others=() if self.mapping.layout is TableLayout.LONG else self.headings.others(row, self.used),
        )

    def _acquired_at(self, row: Row, faults: list[Reason]) -> datetime | None:
        place = self.once.get(_M.ACQUIRED_AT)
        text = " ".join(part for part in (_text(row, place), self._once(row, _M.ACQUIRED_TIME)) if part)
        if not text or place is None:
            return None
        instant = self.cells.instant(text)
        if instant is None:
            faults.append(columns.date_unreadable(text, row.number, place, self.profile))
        elif self.cells.ambiguous(text):
            self.ambiguous_dates.append(text)
        return instant

    def _traces(self, row: Row, faults: list[Reason]) -> tuple[Trace, ...]:
        if self.mapping.layout is TableLayout.WIDE:
            found = (self._trace(row, name, places, "", faults) for name, places in self.by_compound.items())
            return tuple(found)
        compound = self._once(row, _M.COMPOUND) or self.mapping.compound
        if not compound:
            said = "Row {row} names no compound."
            faults.append(reason("row.no_compound", said, at=Where(row=row.number), row=row.number))
            return ()
        places = {meaning: (place, "") for meaning, place in self.once.items()}
        return (self._trace(row, compound, places, self._once(row, _M.UNIT), faults),)

    def _trace(
        self,
        row: Row,
        compound: str,
        places: Mapping[ColumnMeaning, tuple[int, str]],
        unit: str,
        faults: list[Reason],
    ) -> Trace:
        figures = {
            Figure(meaning.value): self.headings.number(row, place, faults)
            for meaning, (place, _) in places.items()
            if meaning in FIGURES
        }
        is_long = self.mapping.layout is TableLayout.LONG
        stated = next((known for _, known in places.values() if known), "")
        return Trace(
            compound=compound,
            role=TraceRole.QUANTIFIER,
            label="",
            figures=_not_found(figures),
            manually_integrated=self._flag(row, places.get(_M.MANUALLY_INTEGRATED), faults),
            others=self.headings.others(row, self.used) if is_long else (),
            unit=unit or stated or self._once(row, _M.UNIT),
            is_excluded=self._flag(row, places.get(_M.IS_EXCLUDED), faults),
            internal_standard=self._once(row, _M.INTERNAL_STANDARD),
        )

    def _flag(self, row: Row, place: tuple[int, str] | None, faults: list[Reason]) -> bool | None:
        text = _text(row, place[0]) if place is not None else ""
        if not text or place is None:
            return None
        known = columns.truth_of(text)
        if known is None:
            faults.append(columns.flag_unreadable(text, row.number, place[0]))
        return known


def _text(row: Row, place: int | None) -> str:
    return row.cells[place - 1].strip() if place is not None and place <= len(row.cells) else ""


def _not_found(figures: dict[Figure, Cell]) -> dict[Figure, Cell]:
    """An area of 0 at a retention time of 0 is how some programs write that there is no peak."""
    area, time = figures.get(Figure.AREA), figures.get(Figure.RETENTION_TIME)
    if area is None or time is None or area.number != 0 or time.number != 0:
        return figures
    missing = {figure: Cell(cell.raw, CellStatus.NOT_FOUND, None, cell.row, cell.column)
               for figure, cell in ((Figure.AREA, area), (Figure.RETENTION_TIME, time))}  # fmt: skip
    return {**figures, **missing}


def recognises(_file: OpenedFile) -> bool:
    """Never: a person says so."""
    return False


READER = Reader(NAME, VERSION, "Any other table, by a mapping of its columns", recognises=recognises, read=read)
