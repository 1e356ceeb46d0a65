"""A part of an instrument's file as its cells are written, so that a number can be traced to where it stands."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lims.runs.cells import column_letters
from lims.runs.reading import Row
from lims.runs.records import Batch

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
    """A record: the line on which it begins, its cells in the shown columns, and what it is here."""

    number: int
    cells: tuple[str, ...]
    is_wanted: bool


@dataclass(frozen=True, slots=True)
class RawPart:
    """Some rows and columns of a file. `columns` are letters; `wanted_column` one of them, or empty.

    `previous` and `next` are lines to begin at, 0 when there is nothing more.
    """

    columns: tuple[str, ...]
    wanted_column: str
    headings: tuple[RawRow, ...]
    rows: tuple[RawRow, ...]
    lines: int
    previous: int
    next: int


def table_of(batch: Batch) -> tuple[tuple[Row, ...], tuple[int, ...]]:
    """Every record of a file as it is written, and the lines of its heading rows."""
    return tuple(Row(line.row, line.content) for line in batch.lines), batch.heading_rows


def column_number(letters: str) -> int:
    """A → 1, AB → 28; 0 for what is no column."""
    if not _LETTERS.fullmatch(letters):
        return 0
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def spans_of(accounting: Mapping[str, Any]) -> tuple[Span, ...]:
    """The columns of each compound, by the accounting of a run; the last one reaches to the end."""
    begun = sorted((column_number(column["column"]), column["compound"]) for column in accounting["columns"])
    ends = [first - 1 for first, _ in begun[1:]] + [18_278]
    return tuple(Span(name, first, last) for (first, name), last in zip(begun, ends, strict=True))


def part_of(
    table: tuple[Sequence[Row], Sequence[int]],
    spans: Sequence[Span],
    *,
    row: int = 0,
    column: str = "",
    begin: int = 0,
) -> RawPart:
    """The rows around `row` (or from `begin`), in the columns before the first compound and those of the compound that
    `column` belongs to; in all columns when it belongs to none.
    """
    records, heading_lines = table
    body = [record for record in records if record.number not in heading_lines]
    first = begin or max(row - _BEFORE, 1)
    start = next((place for place, record in enumerate(body) if record.number >= first), max(len(body) - 1, 0))
    shown = body[start : start + ROWS_SHOWN]
    width = max((len(record.cells) for record in records), default=0)
    places = _places(spans, column_number(column), width)
    rest = start + ROWS_SHOWN
    return RawPart(
        columns=tuple(column_letters(place) for place in places),
        wanted_column=column if column_number(column) in places else "",
        headings=tuple(_raw(record, places, row) for record in records if record.number in heading_lines),
        rows=tuple(_raw(record, places, row) for record in shown),
        lines=len(records),
        previous=body[max(start - ROWS_SHOWN, 0)].number if start > 0 else 0,
        next=body[rest].number if rest < len(body) else 0,
    )


def _places(spans: Sequence[Span], column: int, width: int) -> list[int]:
    span = next((one for one in spans if one.first <= column <= one.last), None)
    if span is None:
        return list(range(1, min(width, _MOST_COLUMNS) + 1))
    before = range(1, min(one.first for one in spans))
    return [*before, *range(span.first, min(span.last, width) + 1)]


def _raw(record: Row, places: Sequence[int], wanted: int) -> RawRow:
    cells = tuple(record.cells[place - 1] if place <= len(record.cells) else "" for place in places)
    return RawRow(record.number, cells, is_wanted=record.number == wanted)
