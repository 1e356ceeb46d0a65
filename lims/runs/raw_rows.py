"""A part of an instrument's file as its cells are written, so that a number can be traced to where it stands."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from lims.runs.cells import column_letters
from lims.runs.reading import Row
from lims.runs.records import Batch, place_in

ROWS_SHOWN: Final = 50
#: Asks for every column; no column is called so.
ALL_COLUMNS: Final = "all"
#: A row is shown with a few before it.
_BEFORE: Final = 5
#: More columns than this are not put on one page, whatever was asked for.
_MOST_COLUMNS: Final = 400
_LETTERS = re.compile(r"[A-Z]{1,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """Columns that belong together: those of a compound. Numbers from 1, the last one included."""

    name: str
    first: int
    last: int

    @property
    def letters(self) -> str:
        """The first column in letters."""
        return column_letters(self.first)


@dataclass(frozen=True, slots=True)
class RawRow:
    """A record: the line on which it begins (in a workbook counted through its sheets), its number on the sheet, its
    cells in the shown columns, and whether it is the one that was asked for.
    """

    number: int
    local: int
    cells: tuple[str, ...]
    is_wanted: bool


@dataclass(frozen=True, slots=True)
class RawPart:
    """Some rows and columns of a file. `columns` are letters; `wanted_column` one of them, or empty.

    `previous` and `next` are lines to begin at, 0 when there is nothing more; `sheet` is the one that is shown.
    """

    columns: tuple[str, ...]
    wanted_column: str
    headings: tuple[RawRow, ...]
    rows: tuple[RawRow, ...]
    lines: int
    previous: int
    next: int
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class RawTable:
    """A file as it is written: all records, which of them are headings, its sheets, and in a long table the rows of
    each compound.
    """

    records: tuple[Row, ...]
    heading_rows: tuple[int, ...]
    sheets: tuple[tuple[str, int], ...]
    compounds: Mapping[str, frozenset[int]]

    def of_sheet(self, name: str) -> "RawTable":
        """The part of a workbook that stands on one sheet; everything where there is no such sheet."""
        if len(self.sheets) < 2 or name not in dict(self.sheets):
            return self
        own = tuple(record for record in self.records if place_in(self.sheets, record.number)[0] == name)
        return replace(self, records=own)

    def of_compound(self, name: str) -> "RawTable":
        """The rows of one compound, and the headings; everything where no row names it."""
        rows = self.compounds.get(name)
        if rows is None:
            return self
        kept = rows.union(self.heading_rows)
        return replace(self, records=tuple(record for record in self.records if record.number in kept))

    def sheet_of(self, row: int) -> str:
        """The sheet that a row stands on."""
        return place_in(self.sheets, row)[0]

    def number_on(self, sheet: str, local: int) -> int:
        """The number of a row by its number on a sheet."""
        return dict(self.sheets).get(sheet, 0) + local


def table_of(batch: Batch) -> RawTable:
    """Every record of a file as it is written."""
    return RawTable(
        records=tuple(Row(line.row, line.content) for line in batch.lines),
        heading_rows=batch.heading_rows,
        sheets=batch.sheets,
        compounds=_rows_by_compound(batch),
    )


def _rows_by_compound(batch: Batch) -> dict[str, frozenset[int]]:
    """Empty for a wide table: there a compound has columns."""
    if any(compound.column for compound in batch.compounds):
        return {}
    found: dict[str, set[int]] = {compound.name: set() for compound in batch.compounds}
    for injection in batch.injections:
        for trace in injection.traces:
            found.setdefault(trace.compound, set()).update(cell.row for cell in trace.figures.values())
    return {name: frozenset(rows) for name, rows in found.items()}


def sheets_of(accounting: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """The sheets of a run's file with the number of rows before each; none for a text, and for older runs."""
    return tuple((name, before) for name, before in accounting.get("sheets", ()))


def column_number(letters: str) -> int:
    """A → 1, AB → 28; 0 for what is no column."""
    if not _LETTERS.fullmatch(letters):
        return 0
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def spans_of(accounting: Mapping[str, Any]) -> tuple[Span, ...]:
    """The columns of each compound, by the accounting of a run; the last reaches to the end. None in a long table."""
    begun = sorted((column_number(column["column"]), column["compound"]) for column in accounting["columns"])
    begun = [(first, name) for first, name in begun if first]
    ends = [first - 1 for first, _ in begun[1:]] + [18_278]
    return tuple(Span(name, first, last) for (first, name), last in zip(begun, ends, strict=False))


def part_of(
    table: RawTable,
    spans: Sequence[Span],
    *,
    row: int = 0,
    column: str = "",
    begin: int = 0,
) -> RawPart:
    """The rows around `row` (or from `begin`), in the columns before the first compound and those of the compound that
    `column` belongs to; in all columns when it belongs to none.
    """
    records = table.records
    body = [record for record in records if record.number not in table.heading_rows]
    first = begin or max(row - _BEFORE, 1)
    start = next((place for place, record in enumerate(body) if record.number >= first), max(len(body) - 1, 0))
    shown = body[start : start + ROWS_SHOWN]
    width = max((len(record.cells) for record in records), default=0)
    places = _places(spans, column_number(column), width)
    rest = start + ROWS_SHOWN
    headings = (record for record in records if record.number in table.heading_rows)
    return RawPart(
        columns=tuple(column_letters(place) for place in places),
        wanted_column=column if column_number(column) in places else "",
        headings=tuple(_raw(table, record, places, row) for record in headings),
        rows=tuple(_raw(table, record, places, row) for record in shown),
        lines=len(records),
        previous=body[max(start - ROWS_SHOWN, 0)].number if start > 0 else 0,
        next=body[rest].number if rest < len(body) else 0,
        sheet=table.sheet_of(shown[0].number) if shown and len(table.sheets) > 1 else "",
    )


def _places(spans: Sequence[Span], column: int, width: int) -> list[int]:
    span = next((one for one in spans if one.first <= column <= one.last), None)
    if span is None:
        return list(range(1, min(width, _MOST_COLUMNS) + 1))
    before = range(1, min(one.first for one in spans))
    return [*before, *range(span.first, min(span.last, width) + 1)]


def _raw(table: RawTable, record: Row, places: Sequence[int], wanted: int) -> RawRow:
    cells = tuple(record.cells[place - 1] if place <= len(record.cells) else "" for place in places)
    local = place_in(table.sheets, record.number)[1]
    return RawRow(record.number, local, cells, is_wanted=record.number == wanted)
