"""Filters of lists: how each is read from an address, what it lets through, and the fields it shows.

What cannot be read (a day that is none, a choice that does not exist) limits nothing.
"""

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Float, Uuid, and_, false, literal, or_, true

from lims.core.clock import CHINA, local_day
from lims.core.reasons import Translate, mark
from lims.core.spreadsheets import parse_day
from lims.core.words import word
from lims.db.types import EnumValue
from lims.web.table_terms import Term, as_number, contains, number_of, sql_of, text_of, value_of

#: The values of an address by name, cleaned.
Given: TypeAlias = Mapping[str, Sequence[str]]
#: Pairs of value and shown text; the texts are shown as they are.
Options: TypeAlias = Sequence[tuple[str, str]]
_NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,20})?", re.ASCII)
LONGEST_TEXT = 200
_MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Limit:
    """A filter at work: what it adds to an address, to a query, and what of values in memory it keeps."""

    params: tuple[tuple[str, str], ...]
    condition: Callable[[], ColumnElement[bool]]
    keeps: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class ShownField:
    """An input of a filter."""

    name: str
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class ShownOption:
    """A choice of a filter."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ShownFilter:
    """What a page shows of a filter; every text is ready."""

    kind: Literal["text", "choice", "choices", "days", "numbers"]
    key: str
    title: str
    fields: Sequence[ShownField]
    options: Sequence[ShownOption] = ()


@dataclass(frozen=True)
class Filter(ABC):
    """One thing that a list can be limited by. `title` is marked text; `key` is its name in the address."""

    key: str
    title: str

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the filter has in an address."""
        return (self.key,)

    @abstractmethod
    def read(self, given: Given, options: Options | None) -> Limit | None:
        """The filter as an address asks for it; None when it limits nothing."""

    @abstractmethod
    def shown(self, limit: Limit | None, say: Translate, options: Options | None) -> ShownFilter:
        """The fields of the filter with what is in force."""


@dataclass(frozen=True)
class TextFilter(Filter):
    """Every word is contained in one of the texts, whatever its case. `by` makes another condition of the words."""

    terms: Sequence[Term] = ()
    by: Callable[[str], ColumnElement[bool]] | None = None

    def read(self, given: Given, options: Options | None) -> Limit | None:  # noqa: ARG002  # of all filters
        text = first(given, self.key)
        if not text:
            return None
        by = self.by
        condition = (lambda: by(text)) if by else (lambda: words_in(self.terms, text))
        return Limit(((self.key, text),), condition, lambda row: has_words(self.terms, row, text))

    def shown(self, limit: Limit | None, say: Translate, options: Options | None) -> ShownFilter:  # noqa: ARG002  # as above
        value = limit.params[0][1] if limit else ""
        return ShownFilter("text", self.key, say(self.title), (ShownField(self.key, value, say(self.title)),))


@dataclass(frozen=True)
class ChoiceFilter(Filter):
    """One choice of a closed list, or with `many` several.

    `options` is an enumeration, whose words are translated, or pairs of value and text, shown as they are; those
    known only when a page is asked for are given to `read_table` by the filter's key. `by` makes another condition of
    the chosen values than “the term is one of them”.
    """

    options: type[StrEnum] | Options = ()
    term: Term | None = None
    many: bool = False
    by: Callable[[Sequence[str]], ColumnElement[bool]] | None = None

    def read(self, given: Given, options: Options | None) -> Limit | None:
        known = {value for value, _ in self._options(str, options)}
        chosen = tuple(value for value in dict.fromkeys(given.get(self.key, ())) if value in known)
        if not self.many:
            chosen = chosen[:1]
        if not chosen:
            return None
        return Limit(tuple((self.key, v) for v in chosen), lambda: self._condition(chosen), self._keeper(chosen))

    def shown(self, limit: Limit | None, say: Translate, options: Options | None) -> ShownFilter:
        chosen = {value for _, value in limit.params} if limit else set()
        pairs = [ShownOption(value, text, value in chosen) for value, text in self._options(say, options)]
        field = ShownField(self.key, "", say(self.title))
        return ShownFilter("choices" if self.many else "choice", self.key, say(self.title), (field,), pairs)

    def _options(self, say: Translate, options: Options | None) -> Options:
        if options is not None:
            return options
        if isinstance(self.options, type):
            return [(member.value, say(word(member))) for member in self.options]
        return self.options

    def _condition(self, chosen: Sequence[str]) -> ColumnElement[bool]:
        if self.by:
            return self.by(chosen)
        if self.term is None:
            raise TypeError(f"the filter {self.key} has neither a term nor a condition")
        expression = sql_of(self.term)
        found: ColumnElement[bool]
        if isinstance(expression.type, Uuid):
            found = expression.in_([UUID(value) for value in chosen])
        else:
            found = (expression if isinstance(expression.type, EnumValue) else text_of(self.term)).in_(chosen)
        return found

    def _keeper(self, chosen: Sequence[str]) -> Callable[[Any], bool]:
        term = self.term
        return lambda row: term is not None and str(value_of(term, row)) in chosen


@dataclass(frozen=True)
class YesNoFilter(Filter):
    """Whether something is so: a yes-or-no column, or any condition of the query (`col(X.ended_at).is_(None)`)."""

    term: Term
    yes: str = mark("Yes")
    no: str = mark("No")

    def read(self, given: Given, options: Options | None) -> Limit | None:  # noqa: ARG002  # of all filters
        wanted = first(given, self.key)
        if wanted not in {"yes", "no"}:
            return None
        is_yes = wanted == "yes"
        return Limit(
            ((self.key, wanted),),
            lambda: sql_of(self.term) == (true() if is_yes else false()),
            lambda row: bool(value_of(self.term, row)) is is_yes,
        )

    def shown(self, limit: Limit | None, say: Translate, options: Options | None) -> ShownFilter:  # noqa: ARG002  # as above
        chosen = limit.params[0][1] if limit else ""
        pairs = [ShownOption(v, say(text), v == chosen) for v, text in (("yes", self.yes), ("no", self.no))]
        return ShownFilter("choice", self.key, say(self.title), (ShownField(self.key, "", say(self.title)),), pairs)


@dataclass(frozen=True)
class _Range(Filter):
    """Between two bounds, both included, either of them open."""

    term: Term

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the lower and of the upper bound."""
        return (f"{self.key}_from", f"{self.key}_until")

    def _params(self, bounds: Sequence[object | None]) -> tuple[tuple[str, str], ...]:
        pairs = zip(self.names, bounds, strict=True)
        return tuple(
            (name, f"{bound:f}" if isinstance(bound, Decimal) else str(bound))
            for name, bound in pairs
            if bound is not None
        )

    def _fields(self, limit: Limit | None, say: Translate) -> tuple[ShownField, ...]:
        values = dict(limit.params) if limit else {}
        labels = (say(mark("from")), say(mark("until")))
        return tuple(
            ShownField(name, values.get(name, ""), label) for name, label in zip(self.names, labels, strict=True)
        )


@dataclass(frozen=True)
class DaysFilter(_Range):
    """From one day until another. An instant counts on the day that it has in China."""

    def read(self, given: Given, options: Options | None) -> Limit | None:  # noqa: ARG002  # of all filters
        since, until = (_day(first(given, name)) for name in self.names)
        if since is None and until is None:
            return None
        return Limit(
            self._params((since, until)),
            lambda: self._between(since, until),
            lambda row: _within(_as_day(value_of(self.term, row)), since, until),
        )

    def shown(self, limit: Limit | None, say: Translate, options: Options | None) -> ShownFilter:  # noqa: ARG002  # as above
        return ShownFilter("days", self.key, say(self.title), self._fields(limit, say))

    def _between(self, since: date | None, until: date | None) -> ColumnElement[bool]:
        expression = sql_of(self.term)
        bounds = []
        if isinstance(expression.type, DateTime) or _is_instant(expression.type):
            if since:
                bounds.append(expression >= datetime.combine(since, time.min, CHINA))
            if until:
                bounds.append(expression < datetime.combine(until + timedelta(days=1), time.min, CHINA))
        else:
            if since:
                bounds.append(expression >= since)
            if until:
                bounds.append(expression <= until)
        return and_(*bounds)


@dataclass(frozen=True)
class NumbersFilter(_Range):
    """From one number to another."""

    def read(self, given: Given, options: Options | None) -> Limit | None:  # noqa: ARG002  # of all filters
        least, most = (_number(first(given, name)) for name in self.names)
        if least is None and most is None:
            return None
        return Limit(
            self._params((least, most)),
            lambda: self._between(least, most),
            lambda row: _within(as_number(value_of(self.term, row)), least, most),
        )

    def shown(self, limit: Limit | None, say: Translate, options: Options | None) -> ShownFilter:  # noqa: ARG002  # as above
        return ShownFilter("numbers", self.key, say(self.title), self._fields(limit, say))

    def _between(self, least: Decimal | None, most: Decimal | None) -> ColumnElement[bool]:
        expression = number_of(self.term)
        bounds = []
        if least is not None:
            bounds.append(expression >= literal(float(least), Float))
        if most is not None:
            bounds.append(expression <= literal(float(most), Float))
        return and_(*bounds)


def first(given: Given, name: str) -> str:
    """The first value of a name that is not empty; an empty text when there is none."""
    return next((value for value in given.get(name, ()) if value), "")


def cleaned(text: str) -> str:
    """A text of an address without what cannot be seen or stored, and not too long."""
    seen = "".join(c for c in text[: LONGEST_TEXT * 2] if unicodedata.category(c)[0] != "C")
    return " ".join(seen.split())[:LONGEST_TEXT].strip()


def words_in(terms: Sequence[Term], text: str) -> ColumnElement[bool]:
    """Each word of a text is in one of the terms; `%` and `_` are characters like others."""
    found = (or_(*(text_of(term).icontains(each, autoescape=True) for term in terms)) for each in _words(text))
    return and_(true(), *found)


def has_words(terms: Sequence[Term], row: Any, text: str) -> bool:
    """As `words_in`, for a row in memory."""
    return all(contains(terms, row, each) for each in _words(text))


def _words(text: str) -> list[str]:
    return text.split()[:_MOST_WORDS]


def _day(text: str) -> date | None:
    day = parse_day(text) if text else None
    return day if day and 1900 <= day.year < 2200 else None


def _number(text: str) -> Decimal | None:
    plain = unicodedata.normalize("NFKC", text).replace(",", "")
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None


def _as_day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return local_day(value)
    return value if isinstance(value, date) else None


def _is_instant(kind: Any) -> bool:
    return isinstance(getattr(kind, "impl", None), DateTime)


def _within(value: Any, least: Any, most: Any) -> bool:
    if value is None:
        return False
    return (least is None or value >= least) and (most is None or value <= most)
