"""One cell of an instrument's table: the text as written, and what it means. Nothing is type-guessed."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo


class DecimalMark(StrEnum):
    """What separates the whole number from its fraction on the instrument's computer."""

    POINT = "."
    COMMA = ","


class DateOrder(StrEnum):
    """Order of day, month and year; ROC is year-month-day counted from 1911 (民国纪年)."""

    YEAR_MONTH_DAY = "ymd"
    MONTH_DAY_YEAR = "mdy"
    DAY_MONTH_YEAR = "dmy"
    ROC = "roc"


class CellStatus(StrEnum):
    """What a cell says. Only VALUE carries a measured number; BELOW and ABOVE carry the bound, if one is written."""

    VALUE = "value"
    EMPTY = "empty"
    NOT_FOUND = "not_found"
    NOT_DETECTED = "not_detected"
    NOT_APPLICABLE = "not_applicable"
    BELOW = "below"
    ABOVE = "above"
    FLAGGED = "flagged"
    UNREADABLE = "unreadable"


class Cell(NamedTuple):
    """A cell: raw text, meaning, and its place (row = line of the file from 1, column from 1)."""

    raw: str
    status: CellStatus
    number: Decimal | None
    row: int
    column: int

    @property
    def address(self) -> str:
        """The place as a spreadsheet names it: `K12`."""
        return f"{column_letters(self.column)}{self.row}"


#: Texts seen in real exports of seven vendors, folded.
_WORDS = {
    CellStatus.NOT_FOUND: "n/f, nf, no peak, not found, not identified, -----, ----, ---, --, -",
    CellStatus.NOT_DETECTED: "nd, n.d., n.d, 未检出",
    CellStatus.NOT_APPLICABLE: "n/a, na, nan, #div/0!, #n/a, inf, -inf, +inf, infinity, -infinity",
    CellStatus.FLAGGED: "range?, ovrflw, overflow, or, over range, missed, masked, saturated",
}
_STATUS_OF_WORD = {word.strip(): status for status, words in _WORDS.items() for word in words.split(",")}
_NUMBER = re.compile(r"[+-]?(?:\d{1,40}\.?\d{0,40}|\.\d{1,40})(?:[eE][+-]?\d{1,3})?", re.ASCII)
#: Looking a member up in its class costs more than making a cell.
_VALUE, _EMPTY = CellStatus.VALUE, CellStatus.EMPTY
#: What the class itself does, behind a call that takes as long again.
_MAKE = tuple.__new__
_PLAIN = re.compile(r"-?\d{1,20}(?:\.\d{1,20})?", re.ASCII).fullmatch
#: Written out, no figure of an instrument is longer; longer ones could not be stored exactly.
_MOST_DIGITS = 60
_BOUND = re.compile(r"([<>])\s*=?\s*(.*)", re.DOTALL)
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_UNSEEN = re.compile("[\u200b-\u200f\u2060\ufeff]")
_DATE = re.compile(
    r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?:[t ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?: ?([ap])\.?m\.?)?)?",
    re.ASCII,
)
_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
#: `13-May-22`, `2022-May-13`, `May 13, 2022`, `13-5月-22`; what follows is the time of day.
_DAY_FIRST = re.compile(r"(\d{1,4})[ ./-]([a-z]{3,9})\.?[ ./-](\d{1,4})(?!\d)(.*)", re.ASCII)
_MONTH_FIRST = re.compile(r"([a-z]{3,9})\.? (\d{1,2}),? (\d{4})(?!\d)(.*)", re.ASCII)
_CHINESE_MONTH = re.compile(r"(?<=[ ./-])(\d{1,2})月(?=[ ./-])", re.ASCII)


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Text for comparing: one width (NFKC), one dash, single blanks, no case, nothing invisible."""
    plain = _UNSEEN.sub("", _DASHES.sub("-", unicodedata.normalize("NFKC", text)))
    return " ".join(plain.split()).casefold()


@lru_cache(maxsize=4096)
def column_letters(column: int) -> str:
    """Column number (from 1) as a spreadsheet writes it: 1 → A, 28 → AB."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass(frozen=True, slots=True)
class CellReader:
    """Reads numbers and dates the way one instrument's computer writes them."""

    decimal_mark: DecimalMark
    grouping_mark: str | None
    date_order: DateOrder
    time_zone: ZoneInfo
    _grouped: re.Pattern[str] | None = field(init=False, repr=False, compare=False)
    _comma: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pattern = None
        if self.grouping_mark is not None:
            group, point = re.escape(self.grouping_mark), re.escape(self.decimal_mark)
            pattern = re.compile(rf"[+-]?\d{{1,3}}(?:{group}\d{{3}})+(?:{point}\d*)?", re.ASCII)
        object.__setattr__(self, "_grouped", pattern)
        object.__setattr__(self, "_comma", self.decimal_mark is DecimalMark.COMMA)

    def number(self, raw: str, row: int, column: int) -> Cell:
        """The cell as a number or as the status its text stands for; an unknown text is UNREADABLE, never zero."""
        if not raw:
            return _MAKE(Cell, (raw, _EMPTY, None, row, column))
        # Nearly all cells are plain: they take the short way, which comes to the same as the long one.
        short = raw
        if self._comma:
            short = "" if "." in raw else raw.replace(",", ".")
        if _PLAIN(short):
            return _MAKE(Cell, (raw, _VALUE, Decimal(short), row, column))
        text = raw.strip()
        if not text:
            return Cell(raw, CellStatus.EMPTY, None, row, column)
        number = self._decimal(text)
        if number is not None:
            return Cell(raw, CellStatus.VALUE, number, row, column)
        text = folded(text)
        if status := _STATUS_OF_WORD.get(text):
            return Cell(raw, status, None, row, column)
        if bound := _BOUND.fullmatch(text):
            status = CellStatus.BELOW if bound[1] == "<" else CellStatus.ABOVE
            limit = self._decimal(bound[2])
            if limit is not None or bound[2] in ("min", "max", ""):
                return Cell(raw, status, limit, row, column)
        number = self._decimal(text)
        return Cell(raw, CellStatus.UNREADABLE if number is None else CellStatus.VALUE, number, row, column)

    def unreadable(self, cells: Sequence[str], row: int, columns: Iterable[int]) -> dict[int, Cell]:
        """Those of the cells in these columns of a row that `number` calls unreadable, by column.

        A batch has some hundred thousand cells, nearly all of them plain or empty: those are passed over.
        """
        point = not self._comma
        doubtful = [c for c in columns if (raw := cells[c - 1]) and not (point and _PLAIN(raw))]
        read = (self.number(cells[column - 1], row, column) for column in doubtful)
        return {cell.column: cell for cell in read if cell.status is CellStatus.UNREADABLE}

    def _decimal(self, text: str) -> Decimal | None:
        if self._grouped is not None and self._grouped.fullmatch(text):
            text = text.replace(self.grouping_mark or "", "")
        if self.decimal_mark is DecimalMark.COMMA:
            # A point must not pass for a decimal mark here: "1.234" may be one thousand and more.
            text = "?" if "." in text else text.replace(",", ".")
        if not _NUMBER.fullmatch(text):
            return None
        number = Decimal(text)
        # Without an exponent the text is as long as the number; only then must it not be written out.
        plain = len(text) <= _MOST_DIGITS and "e" not in text and "E" not in text
        return number if plain or len(format(number, "f")) <= _MOST_DIGITS else None

    def instant(self, raw: str) -> datetime | None:
        """An acquisition time in the instrument's zone; None when the text is no time in the profile's order."""
        text = folded(raw)
        if named := _with_named_month(text):
            text, (year, month, day) = named
        parts = _DATE.fullmatch(text)
        if parts is None:
            return None
        if named is None:
            year, month, day = self._ordered(parts[1], int(parts[2]), parts[3])
        hour, minute, second = (int(part or 0) for part in parts.group(4, 5, 6))
        if parts[7] and hour <= 12:  # "13:33 PM" is written by real instruments and means 13:33
            hour = hour % 12 + (12 if parts[7] == "p" else 0)
        try:
            return datetime(year, month, day, hour, minute, second, tzinfo=self.time_zone)
        except ValueError:
            return None

    def _ordered(self, first: str, middle: int, last: str) -> tuple[int, int, int]:
        if len(first) == 4:
            return int(first), middle, int(last)
        match self.date_order:
            case DateOrder.YEAR_MONTH_DAY:
                return _full_year(first), middle, int(last)
            case DateOrder.ROC:
                return int(first) + 1911, middle, int(last)
            case DateOrder.MONTH_DAY_YEAR:
                return _full_year(last), int(first), middle
            case DateOrder.DAY_MONTH_YEAR:
                return _full_year(last), middle, int(first)

    def ambiguous(self, raw: str) -> bool:
        """Whether day and month could be exchanged: the preview shows such dates to a person."""
        text = folded(raw)
        if _with_named_month(text):
            # The day of the year '22 and the 22nd day look alike where years are usually written first.
            return text[2:3] in " ./-" and self.date_order in (DateOrder.ROC, DateOrder.YEAR_MONTH_DAY)
        parts = _DATE.fullmatch(text)
        if parts is None or len(parts[1]) == 4 or self.date_order in (DateOrder.ROC, DateOrder.YEAR_MONTH_DAY):
            return False
        return int(parts[1]) <= 12 and int(parts[2]) <= 12 and parts[1] != parts[2]


def _with_named_month(text: str) -> tuple[str, tuple[int, int, int]] | None:
    """A date whose month is a name, in figures, and its year, month and day; None for any other.

    A name leaves no doubt which is the month; the year is then the last part, or the first if it has four digits,
    whatever the order of the profile.
    """
    text = _CHINESE_MONTH.sub(lambda found: _month_name(int(found[1])), text)
    if parts := _MONTH_FIRST.fullmatch(text):
        name, day, year, rest = parts.groups()
    elif parts := _DAY_FIRST.fullmatch(text):
        day, name, year, rest = parts.groups()
        if len(day) == 4:
            year, day = day, year
    else:
        return None
    month = next((number for number, full in enumerate(_MONTH_NAMES, start=1) if full.startswith(name)), 0)
    if not month:
        return None
    return f"{year}-{month}-{day}{rest}", (_full_year(year), month, int(day))


def _month_name(month: int) -> str:
    return _MONTH_NAMES[month - 1] if 1 <= month <= 12 else "?"


def _full_year(text: str) -> int:
    """Two digits are of this century; anything else is taken as written."""
    return 2000 + int(text) if len(text) == 2 else int(text)
