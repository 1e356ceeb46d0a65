"""What the tables of spectrometers, analysers and plate readers share: finding the headings, rows that do not fit,
identities of injections that have no time, and the batch that is made of it all.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellReader, CellStatus, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers.assembling import Record
from lims.runs.readers.columns import Columns, too_long, too_short
from lims.runs.reading import Container, Row
from lims.runs.records import Compound, Line, Trace

DELIMITERS = (",", "\t", ";")

ABOUT = reason("row.about_measurement", "A line about the measurement; it holds no result.")
MARKER = reason("row.marker", "A marker of the program between the injections.")

_UNIT = re.compile(r"(?P<name>.*?)\s*[\[(](?P<unit>[^\[\]()]*)[\])]\s*", re.DOTALL)


def delimiter_of(file: OpenedFile, is_heading: Callable[[Row], bool]) -> str | None:
    """The delimiter with which a row of the beginning is a heading row; None when none makes it one."""
    return next((mark for mark in DELIMITERS if any(map(is_heading, file.first_rows(mark)))), None)


def has_headings(row: Row, *headings: str) -> bool:
    """Whether a row holds all of these headings, each as a whole cell."""
    cells = {folded(cell) for cell in row.cells}
    return all(heading in cells for heading in headings)


def unfinished_row(file: OpenedFile, rows: Sequence[Row]) -> int | None:
    """The last row when its line has no end: it may be cut off in the middle of a number."""
    if file.container is not Container.TEXT or file.text.text.endswith(("\n", "\r")) or not rows:
        return None
    return rows[-1].number


def misfit(row: Row, width: int, unfinished: int | None = None) -> Reason | None:
    """Why a row does not belong to headings of this width: too short, too long, or without an end."""
    if len(row.cells) < width:
        return too_short(row, width)
    if any(cell.strip() for cell in row.cells[width:]):
        return too_long(row, width)
    if row.number == unfinished:
        return without_end(row)
    return None


def without_end(row: Row) -> Reason:
    """Why the last row of a file is not read when its line has no end."""
    return reason(
        "row.no_line_end",
        "Row {row} is the last one and its line has no end; the file may be cut off in the middle of a number."
        " Export it again.",
        at=Where(row=row.number),
        row=row.number,
    )


def name_and_unit(heading: str) -> tuple[str, str]:
    """`Ag 107 (mg/L)` is Ag 107 in mg/L; a heading without a unit has none. Line breaks count as blanks."""
    text = " ".join(heading.split())
    parts = _UNIT.fullmatch(text)
    return (parts["name"], parts["unit"].strip()) if parts and parts["name"] else (text, "")


def date_and_time(table: Columns, row: Row, faults: list[Reason], date: str, time: str) -> datetime | None:
    """The time of measurement where date and time of day have a column each. Unreadable ones are a fault."""
    day, hour = table.text(row, date), table.text(row, time)
    place = table.place(date)
    if not day or place is None:
        return None
    joined = Row(row.number, (*row.cells[: place - 1], f"{day} {hour}".strip(), *row.cells[place:]))
    return table.instant(joined, faults, date)


def number_or_word(cells: CellReader, raw: str, row: int, column: int, words: Mapping[str, CellStatus]) -> Cell:
    """A cell of a program that writes statuses of its own, `words` in folded form, besides the usual ones."""
    cell = cells.number(raw, row, column)
    if cell.status is CellStatus.UNREADABLE and (status := words.get(folded(raw))):
        return Cell(raw, status, None, row, column)
    return cell


def glued(cells: CellReader, raw: str, row: int, column: int) -> tuple[Cell, str]:
    """A number with its unit glued to it (`231 PPM`, `0.27%`): the cell, its raw text whole, and the unit."""
    cell = cells.number(raw, row, column)
    if cell.status is not CellStatus.UNREADABLE:
        return cell, ""
    parts = re.fullmatch(r"\s*([<>]?\s*[+-]?[\d.,]+(?:[eE][+-]?\d+)?)\s*([^\d\s.,][^\s]*)\s*", raw)
    if parts is None:
        return cell, ""
    bare = cells.number(parts[1], row, column)
    return Cell(raw, bare.status, bare.number, row, column), parts[2]


def as_written(raw: str, row: int, column: int, number: Decimal | None = None) -> Cell:
    """A text that is no cell of a table, with its place; with a number, it is worth that number."""
    if number is not None:
        return Cell(raw, CellStatus.VALUE, number, row, column)
    return Cell(raw, CellStatus.NOT_APPLICABLE if raw.strip() else CellStatus.EMPTY, None, row, column)


class Occurrences:
    """Numbers what has neither time nor data file: the first, second, … of its kind in the file.

    A row that repeats another word for word is the same one again, so that an exact duplicate counts once.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], dict[tuple[str, ...], int]] = {}

    def number(self, kind: tuple[str, ...], content: tuple[str, ...]) -> int:
        """Which one of its kind this content is, from 1."""
        known = self._seen.setdefault(tuple(folded(part) for part in kind), {})
        return known.setdefault(tuple(cell.strip() for cell in content), len(known) + 1)


def compounds_of(
    parts: Iterable[Line | Record],
    profile: ImportProfile,
    transitions: dict[str, str] | None = None,
    internal: Iterable[str] = (),
) -> tuple[Compound, ...]:
    """The compounds of long tables in the order in which rows name them."""
    names = dict.fromkeys(t.compound for part in parts if isinstance(part, Record) for t in part.traces)
    marked = set(internal)
    return tuple(
        Compound(
            name,
            0,
            (),
            name in marked or profile.is_internal_standard(name),
            transition=(transitions or {}).get(name, ""),
        )
        for name in names
    )


def in_order(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines by their row."""
    return tuple(sorted(lines, key=lambda line: line.row))


def mentions(traces: Iterable[Trace], compound: str) -> bool:
    """Whether one of the traces is of this compound."""
    return any(trace.compound == compound for trace in traces)
