"""Reads the rows of one CSV file of the library: every fault is kept with file, row and column."""

import csv
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from io import StringIO
from types import MappingProxyType
from typing import TypeVar

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.science.units import UnitCode, parse_unit

E = TypeVar("E", bound=StrEnum)
R = TypeVar("R")


class Cells:
    """The cells of one row. A getter notes what is wrong and gives a stand-in; the row is dropped then."""

    def __init__(self, file: str, number: int, cells: Mapping[str, str], faults: list[Reason]) -> None:
        self._file, self._number, self._cells, self._faults = file, number, cells, faults

    def text(self, column: str) -> str:
        """The text, which may be empty."""
        return self._cells[column]

    def need(self, column: str) -> str:
        """The text, which may not be empty."""
        text = self._cells[column]
        if not text:
            self.fault(column, "library.cell_empty", "This cell is empty; it needs a value.")
        return text

    def many(self, column: str) -> tuple[str, ...]:
        """The parts of a list separated by semicolons."""
        text = self._cells[column]
        return tuple(text.split(";")) if text else ()

    def number(self, column: str) -> Decimal:
        """An exact decimal that is not negative."""
        text = self.need(column)
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or value < 0:
            self.fault(column, "library.not_a_number", "“{text}” is not a number of 0 or more.", text=text)
            return Decimal(0)
        return value

    def optional_number(self, column: str) -> Decimal | None:
        """An exact decimal, or nothing."""
        return self.number(column) if self._cells[column] else None

    def count(self, column: str) -> int:
        """A whole number that is not negative."""
        text = self.need(column)
        if text.isascii() and text.isdigit():
            return int(text)
        self.fault(column, "library.not_a_count", "“{text}” is not a whole number.", text=text)
        return 0

    def optional_day(self, column: str) -> date | None:
        """A day as 2026-03-01, or nothing."""
        text = self._cells[column]
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.fault(column, "library.not_a_day", "“{text}” is not a day; write it as 2026-03-01.", text=text)
            return None

    def day(self, column: str) -> date:
        """A day as 2026-03-01."""
        self.need(column)
        return self.optional_day(column) or date.min

    def one_of(self, column: str, kind: type[E], empty: E | None = None) -> E:
        """A value of a closed list; `empty` where the cell is."""
        text = self._cells[column]
        if not text and empty is not None:
            return empty
        with suppress(ValueError):
            return kind(text)
        self.fault(
            column,
            "library.not_allowed",
            "“{text}” is not allowed here; allowed are {allowed}.",
            text=text,
            allowed=", ".join(member.value for member in kind),
        )
        return next(iter(kind))

    def many_of(self, column: str, kind: type[E]) -> tuple[E, ...]:
        """Values of a closed list, separated by semicolons; at least one."""
        found = []
        for text in self.need(column).split(";"):
            try:
                found.append(kind(text))
            except ValueError:
                allowed = ", ".join(member.value for member in kind)
                said = "“{text}” is not allowed here; allowed are {allowed}."
                self.fault(column, "library.not_allowed", said, text=text, allowed=allowed)
        return tuple(found)

    def flag(self, column: str) -> bool:
        """Yes or no."""
        text = self._cells[column]
        if text not in {"yes", "no"}:
            self.fault(column, "library.not_yes_or_no", "“{text}” must be yes or no.", text=text)
        return text == "yes"

    def unit(self, column: str) -> UnitCode:
        """A unit of the closed list."""
        try:
            return _unit(self._cells[column])
        except BadInput as unknown:
            where = Where(self._file, self._number, column)
            self._faults.extend(replace(said, where=where) for said in unknown.reasons)
            return UnitCode.MG_PER_KG

    def fault(self, column: str, code: str, sentence: str, **values: str) -> None:
        """Keep a fault of this row."""
        self._faults.append(reason(code, sentence, at=Where(self._file, self._number, column), **values))


@cache
def _unit(text: str) -> UnitCode:
    return parse_unit(text)


def read_rows(
    file: str,
    content: bytes,
    columns: Sequence[str],
    make: Callable[[Cells], R],
    faults: list[Reason],
    later: Mapping[str, str] = MappingProxyType({}),
) -> list[R]:
    """The rows of a CSV file (UTF-8 without byte order mark, comma, first row the column names) made by `make`.

    `later` are columns that older releases do not have yet, and what their rows mean. Faults are added to `faults`; a
    row number counts lines of the file's table, the header being row 1.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        faults.append(reason("library.not_utf8", "The file is not UTF-8 text.", at=Where(file)))
        return []
    rows = list(csv.reader(StringIO(text, newline=""), strict=False))
    names = rows[0] if rows else []
    if names != [name for name in columns if name in names or name not in later]:
        faults.append(
            reason(
                "library.columns_differ",
                "The columns of this file must be {columns}.",
                at=Where(file, 1),
                columns=", ".join(columns),
            )
        )
        return []
    made = []
    for number, row in enumerate(rows[1:], start=2):
        before = len(faults)
        if len(row) != len(names):
            faults.append(
                reason(
                    "library.row_length",
                    "This row has {found} cells; it needs {needed}.",
                    at=Where(file, number),
                    found=len(row),
                    needed=len(names),
                )
            )
            continue
        value = make(Cells(file, number, {**later, **dict(zip(names, row, strict=True))}, faults))
        if len(faults) == before:
            made.append(value)
    return made
