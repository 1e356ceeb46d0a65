"""The state of a list: everything about it is in its address, so that it can be kept, shared and gone back to.

What an address says wrongly is passed over or brought within bounds; it is never a fault.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from lims.web.table import Table
from lims.web.table_filters import Given, Limit, Options, cleaned, first

SIZES: Final = (50, 100, 200, 500)
#: The value of `view` that asks for the list as it is, without a saved view.
NO_VIEW: Final = "-"
_MOST_PARAMETERS = 200
_MOST_OTHERS = 20


@dataclass(frozen=True, slots=True)
class State:
    """What a list is asked for. `columns` is None when the address does not say; `others` belong to the page."""

    search: str = ""
    limits: tuple[tuple[str, Limit], ...] = ()
    sort: str | None = None
    descending: bool = False
    page: int = 1
    size: int = SIZES[0]
    columns: tuple[str, ...] | None = None
    view: str = ""
    others: tuple[tuple[str, str], ...] = ()

    @property
    def is_limited(self) -> bool:
        """Whether anything but the whole list is asked for."""
        return bool(self.search or self.limits)

    def limit(self, key: str) -> Limit | None:
        """The filter of a key, when it is in force."""
        return next((limit for name, limit in self.limits if name == key), None)

    def arrangement(self) -> list[tuple[str, str]]:
        """How the list stands, without filters and page: what a form that filters anew sends along."""
        pairs = list(self.others)
        if self.sort:
            pairs.append(("sort", f"-{self.sort}" if self.descending else self.sort))
        if self.size != SIZES[0]:
            pairs.append(("size", str(self.size)))
        if self.columns is not None:
            pairs.append(("columns", ",".join(self.columns)))
        if self.view:
            pairs.append(("view", self.view))
        return pairs

    def parameters(self) -> list[tuple[str, str]]:
        """The state as an address says it; the first page and other defaults are left out."""
        found = [pair for _, limit in self.limits for pair in limit.params]
        if self.search:
            found.insert(0, ("q", self.search))
        found.extend(self.arrangement())
        if self.page > 1:
            found.append(("page", str(self.page)))
        return found

    def address(self, path: str, *more: tuple[str, str], **changes: Any) -> str:
        """The address of the list with changes of its state."""
        pairs = [*replace(self, **changes).parameters(), *more]
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def saved(self) -> str:
        """The state as a saved view keeps it: without page, view, and what belongs to the page around the list."""
        return urlencode(replace(self, page=1, view="", others=()).parameters())


def read_state(table: Table[Any], pairs: Sequence[tuple[str, str]], options: Mapping[str, Options]) -> State:
    """The state that an address asks for."""
    given = _given(table, pairs)
    read = [(each.key, each.read(given, options.get(each.key))) for each in table.filters]
    sort, descending = _sort(table, first(given, "sort"))
    return State(
        search=first(given, "q") if table.search else "",
        limits=tuple((key, limit) for key, limit in read if limit is not None),
        sort=sort,
        descending=descending,
        page=_page(first(given, "page")),
        size=_size(first(given, "size")),
        columns=_columns(table, first(given, "columns")) if "columns" in given else None,
        view=first(given, "view"),
        others=tuple(p for p in pairs if p[0] not in table.parameters and len(p[0]) <= 60)[:_MOST_OTHERS],
    )


def asks_for_nothing(table: Table[Any], pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether an address leaves it to the person's own view how the list stands."""
    return not any(name in table.parameters - {"export"} for name, _ in pairs)


def pairs_of(query: str) -> list[tuple[str, str]]:
    """The pairs of a stored query; none when it is not one."""
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        return []


def _given(table: Table[Any], pairs: Sequence[tuple[str, str]]) -> Given:
    known = table.parameters
    given: dict[str, list[str]] = {}
    for name, value in pairs[:_MOST_PARAMETERS]:
        if name in known:
            # Names of columns are many and harmless; what people type is bounded.
            given.setdefault(name, []).append(value if name == "columns" else cleaned(value))
    return given


def _sort(table: Table[Any], text: str) -> tuple[str | None, bool]:
    column = table.column(text.removeprefix("-"))
    if column is None or column.order is None:
        return None, False
    return column.key, text.startswith("-")


def _page(text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) <= 9
    return max(int(text), 1) if is_number else 1


def _size(text: str) -> int:
    return next((size for size in SIZES if str(size) == text), SIZES[0])


def _columns(table: Table[Any], text: str) -> tuple[str, ...] | None:
    """Those of the named columns that exist, in the order of the table; None when nothing would be left."""
    wanted = set(text[:4000].split(","))
    found = tuple(column.key for column in table.columns if column.key in wanted)
    if not found:
        return None
    return tuple(column.key for column in table.columns if column.key in {*found, table.main})
