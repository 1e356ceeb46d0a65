"""What a list is limited and sorted by: a column of the database, or a function of a row that is in memory already."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Float, String, case, cast
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlmodel import AutoString

from lims.db.types import EnumValue, ExactDecimal

R = TypeVar("R")

#: `col(Sample.number)` where the list is a query, `lambda row: row.number` where it is a sequence of values.
Term: TypeAlias = SQLCoreOperations[Any] | Callable[[Any], Any]


def sql_of(term: Term) -> Any:
    """The expression of a term of a query. Raises `TypeError` for a function of a row."""
    if not isinstance(term, SQLCoreOperations):
        raise TypeError("a list that is a query is limited by columns, not by functions of its rows")
    return term


def value_of(term: Term, row: Any) -> Any:
    """What a term is for a row in memory. Raises `TypeError` for a column."""
    if isinstance(term, SQLCoreOperations):
        raise TypeError("a list in memory is limited by functions of its rows, not by columns")
    return term(row)


def text_of(term: Term) -> Any:
    """The expression as a text: other types would take a pattern for one of their own values."""
    expression = sql_of(term)
    return expression if isinstance(expression.type, String | AutoString) else cast(expression, String)


def number_of(term: Term) -> ColumnElement[Any]:
    """The expression as a number. Exact decimals are stored as texts; to compare and sort them a double will do."""
    return cast(sql_of(term), Float)


def ordered(term: Term, *, descending: bool) -> ColumnElement[Any]:
    """The expression to sort by: decimals by size, closed lists in their own order, what is unknown last."""
    expression = sql_of(term)
    kind = expression.type
    key: Any = expression
    if isinstance(kind, ExactDecimal):
        key = cast(expression, Float)
    elif isinstance(kind, EnumValue):
        key = case({member: place for place, member in enumerate(kind.enum)}, value=expression)
    way = key.desc() if descending else key.asc()
    may_be_null = getattr(getattr(expression, "expression", expression), "nullable", True)
    found: ColumnElement[Any] = way.nulls_last() if may_be_null else way
    return found


def sorted_values(rows: Iterable[R], term: Term, *, descending: bool) -> list[R]:
    """Rows in memory in the order of a term, what is unknown last; equal ones stay as they stood."""
    keyed = [(value_of(term, row), row) for row in rows]
    known = [(_sort_key(value), row) for value, row in keyed if value is not None]
    known.sort(key=lambda pair: pair[0], reverse=descending)
    return [row for _, row in known] + [row for value, row in keyed if value is None]


def contains(terms: Sequence[Term], row: Any, text: str) -> bool:
    """Whether one of the texts of a row in memory holds a text, whatever its case."""
    wanted = text.casefold()
    values = (value_of(term, row) for term in terms)
    return any(wanted in str(value).casefold() for value in values if value is not None)


def as_number(value: Any) -> Decimal | None:
    """The number that a value in memory is, if it is one."""
    return Decimal(value) if isinstance(value, int | Decimal) else None


def _sort_key(value: Any) -> Any:
    if isinstance(value, Enum):
        return list(type(value)).index(value)
    return value.casefold() if isinstance(value, str) else value
