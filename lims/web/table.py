"""Lists as they are described: columns, filters, what to sort by, what can be done with chosen rows.

A description is made once, beside the routes of a feature; `lims.web.table_page` reads and answers it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.sql.elements import SQLCoreOperations

from lims.core.actions import Action
from lims.web.table_filters import Filter
from lims.web.table_terms import Term

R = TypeVar("R")

#: How a state or a row is meant: the chips of `ui/parts.html`, the rows of `app.css`.
Mood = Literal["plain", "good", "bad", "warn", "busy"]
#: Names in an address that are the table's own.
RESERVED = frozenset({"q", "sort", "page", "size", "columns", "view", "export"})
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Chip:
    """A state in a word: a member of a closed list, or a marked text."""

    text: str
    mood: Mood = "plain"


@dataclass(frozen=True, slots=True)
class Said:
    """A marked sentence, translated when it is shown; its gaps are filled as they are."""

    sentence: str
    gaps: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Link:
    """A value with a page behind it."""

    address: str
    text: "Plain"


Plain: TypeAlias = str | bool | int | Decimal | date | Enum | Said | None
#: What a cell may hold: a value, or several beside each other. A plain text is shown as it is, whatever is in it.
Cell: TypeAlias = Plain | Chip | Link | Sequence[Chip | Link | Plain]


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column. `title` is marked text; `key` its name in an address.

    `order`: what its head sorts by (None: it does not sort). `link`: the page of the row; the first column that has
    one leads there and is always shown. `export`: the value in a workbook where it is another than that of the cell.
    `shown`: False for a column that is there only when it is chosen. `kind`: numbers stand at the right.
    """

    key: str
    title: str
    cell: Callable[[R], Cell]
    order: Term | None = None
    link: Callable[[R], str | None] | None = None
    kind: Literal["text", "number"] = "text"
    shown: bool = True
    export: Callable[[R], Cell] | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """A button for the chosen rows: it posts their keys as `chosen` to `address`, and the list's address as `next`.

    `text` and the question `confirm` are marked texts; `needs` is the permission of those who see the button.
    """

    address: str
    text: str
    needs: Action | None = None
    kind: Literal["", "primary", "danger"] = ""
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """What to do where a list has nothing yet: a link, for those who may."""

    address: str
    text: str
    needs: Action | None = None


@dataclass(frozen=True, slots=True)
class Table(Generic[R]):
    """A list that people sort, limit, arrange, choose from and export.

    `name` is its own among all lists (saved views belong to it). `search`: what the quick filter looks in.
    `order`: the order unless a head is chosen; of a query, and ending with a unique column. `row_key`: what a chosen
    row is sent as. `mood`: how a row is meant. `nothing`: what to say while nothing exists, and `start`, what to do.
    """

    name: str
    title: str
    columns: Sequence[Column[R]]
    filters: Sequence[Filter] = ()
    search: Sequence[Term] = ()
    order: Sequence[ColumnElement[Any] | SQLCoreOperations[Any]] = ()
    row_key: Callable[[R], str] | None = None
    acts: Sequence[Act] = ()
    mood: Callable[[R], Mood] | None = None
    nothing: str = ""
    start: Start | None = None
    exported: bool = True

    def __post_init__(self) -> None:
        """Raises `ValueError` for names that could not be told apart in an address."""
        names = [name for each in self.filters for name in each.names]
        columns = [column.key for column in self.columns]
        wrong = [key for key in (self.name, *names, *columns) if not _KEY.fullmatch(key)]
        if wrong or RESERVED & set(names) or len(set(names)) < len(names) or len(set(columns)) < len(columns):
            raise ValueError(f"names of the table {self.name} collide or cannot stand in an address: {wrong or names}")
        if self.acts and self.row_key is None:
            raise ValueError(f"the table {self.name} has acts, so its rows need a key")

    @property
    def parameters(self) -> frozenset[str]:
        """Every name in an address that belongs to the table."""
        return RESERVED | {name for each in self.filters for name in each.names}

    @property
    def main(self) -> str | None:
        """The key of the column that leads to the page of a row."""
        return next((column.key for column in self.columns if column.link), None)

    def column(self, key: str) -> Column[R] | None:
        """A column by its key."""
        return next((column for column in self.columns if column.key == key), None)
