"""A list as a page shows it: every value ready, every address made, every text in the language of the reader."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from lims.core.actions import Action
from lims.core.reasons import Translate
from lims.web.saved_view_tables import SavedView
from lims.web.table import Act, Start, Table
from lims.web.table_cells import Piece, is_short, pieces_of
from lims.web.table_export import MOST_EXPORTED
from lims.web.table_filters import Options, ShownFilter
from lims.web.table_state import NO_VIEW, SIZES, State, pairs_of

_WORST_FIRST = ("bad", "warn", "busy", "good", "plain")
#: So many words of states fit under the name of a row.
_MOST_TOLD = 2


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a column; `address` sorts by it, `sorted` is how the list is sorted by it now (ARIA's words)."""

    key: str
    title: str
    kind: str
    address: str
    sorted: str


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell; `address` leads to the page of its row, `kind` is number, nowrap (a day, a word) or empty (may wrap)."""

    pieces: Sequence[Piece]
    kind: str
    address: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row; `key` is what is sent when it is chosen, `name` what it is called (the text of its main cell)."""

    cells: Sequence[ShownCell]
    key: str
    name: str
    mood: str

    @property
    def told(self) -> tuple[str, str]:
        """The words of its states after the third cell, and the mood of the worst; plain ones if it has no others.

        A phone shows them under the name of the row, because their own columns are out of the picture there.
        """
        states = [piece for cell in self.cells[3:] for piece in cell.pieces if piece.chip]
        chips = ([piece for piece in states if piece.chip != "plain"] or states)[:_MOST_TOLD]
        moods = [mood for mood in _WORST_FIRST if any(piece.chip == mood for piece in chips)]
        return " · ".join(piece.text for piece in chips), moods[0] if moods else ""


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column that can be shown or hidden; a fixed one is always there."""

    key: str
    title: str
    shown: bool
    fixed: bool


@dataclass(frozen=True, slots=True)
class ShownView:
    """A saved view and the address of the list in it."""

    id: UUID
    name: str
    address: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class ShownAct:
    """A button or link; its texts are ready."""

    address: str
    text: str
    kind: str = ""
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class Pager:
    """Which rows are shown, of how many, and the addresses of the others; an empty one leads nowhere."""

    first: int
    last: int
    total: int
    page: int
    pages: int
    to_first: str
    to_previous: str
    to_next: str
    to_last: str
    sizes: Sequence[tuple[int, str]]
    size: int


@dataclass(frozen=True, slots=True)
class TableView:
    """A list, ready to be shown. `workbook` is there instead of rows when the list was asked for as one."""

    name: str
    title: str
    path: str
    address: str
    headings: Sequence[Heading]
    rows: Sequence[ShownRow]
    pager: Pager
    search: str | None
    filters: Sequence[ShownFilter]
    active: int
    kept: Sequence[tuple[str, str]]
    clear_address: str
    columns: Sequence[ShownColumn]
    views: Sequence[ShownView]
    view: ShownView | None
    is_changed: bool
    saved: str
    others: str
    export_address: str
    most_exported: int
    acts: Sequence[ShownAct]
    nothing: str
    start: ShownAct | None
    workbook: bytes | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all yet, not merely nothing that passes the filters."""
        return self.pager.total == 0 and not self.active


@dataclass(frozen=True, slots=True)
class Look:
    """What a list is shown from, besides its rows."""

    table: Table[Any]
    state: State
    path: str
    say: Translate
    may: Callable[[Action], bool]
    options: dict[str, Options]
    views: Sequence[SavedView]
    #: The columns that the person chose last; for an address that names none.
    last_columns: Sequence[str] | None = None

    def show(self, rows: Sequence[Any], total: int, workbook: bytes | None = None) -> TableView:
        """The list with a page of its rows."""
        table, state, say = self.table, self.state, self.say
        views = self._views()
        view = next((each for each in views if str(each.id) == state.view), None)
        kept = next((each.query for each in self.views if view and each.id == view.id), "")
        return TableView(
            name=table.name,
            title=say(table.title),
            path=self.path,
            address=state.address(self.path),
            headings=self._headings(),
            rows=self._rows(rows),
            pager=self._pager(total),
            search=state.search if table.search else None,
            filters=[f.shown(state.limit(f.key), say, self.options.get(f.key)) for f in table.filters],
            active=len(state.limits) + bool(state.search),
            kept=state.arrangement(),
            clear_address=self._clear_address(),
            columns=self._columns(),
            views=views,
            view=view,
            is_changed=view is not None and sorted(pairs_of(kept)) != sorted(pairs_of(self._saved())),
            saved=self._saved(),
            others=urlencode(state.others),
            export_address=state.address(self.path, ("export", "xlsx"), page=1) if table.exported else "",
            most_exported=MOST_EXPORTED,
            acts=[self._act(act) for act in table.acts if self._is_for(act)],
            nothing=say(table.nothing) if table.nothing else "",
            start=self._start(),
            workbook=workbook,
        )

    @property
    def shown_keys(self) -> Sequence[str]:
        """The columns that are shown, in the order of the table."""
        if wanted := self.state.columns or self.last_columns:
            return wanted
        return [c.key for c in self.table.columns if c.shown or c.key == self.table.main]

    def _saved(self) -> str:
        return replace(self.state, columns=tuple(self.shown_keys)).saved()

    def _clear_address(self) -> str:
        """Without filters; a mark keeps the person's own view from coming back by itself."""
        return self.state.address(self.path, limits=(), search="", page=1, view=self.state.view or NO_VIEW)

    def _headings(self) -> list[Heading]:
        found = []
        for key in self.shown_keys:
            column = self.table.column(key)
            if column is None:
                continue
            is_sorted = self.state.sort == key
            descending = is_sorted and not self.state.descending
            sorts = column.order is not None
            address = self.state.address(self.path, sort=key, descending=descending, page=1) if sorts else ""
            how = ("descending" if self.state.descending else "ascending") if is_sorted else ""
            found.append(Heading(key, self.say(column.title), column.kind, address, how))
        return found

    def _rows(self, rows: Sequence[Any]) -> list[ShownRow]:
        columns = [column for key in self.shown_keys if (column := self.table.column(key))]
        main, chooses = self.table.main, any(self._is_for(act) for act in self.table.acts)
        shown = []
        for row in rows:
            cells, name = [], ""
            for column in columns:
                pieces = pieces_of(column.cell(row), self.say)
                address = column.link(row) if column.link else None
                kind = "number" if column.kind == "number" else "nowrap" if is_short(pieces) else ""
                cells.append(ShownCell(pieces, kind, address or ""))
                if column.key == main:
                    name = " ".join(piece.text for piece in pieces)
            key = self.table.row_key(row) if chooses and self.table.row_key else ""
            shown.append(ShownRow(cells, key, name or key, self.table.mood(row) if self.table.mood else ""))
        return shown

    def _columns(self) -> list[ShownColumn]:
        shown, main = set(self.shown_keys), self.table.main
        return [ShownColumn(c.key, self.say(c.title), c.key in shown, c.key == main) for c in self.table.columns]

    def _views(self) -> list[ShownView]:
        found = []
        for view in self.views:
            if view.name:
                query = urlencode([*self.state.others, *pairs_of(view.query), ("view", str(view.id))])
                found.append(ShownView(view.id, view.name, f"{self.path}?{query}", view.is_default))
        return found

    def _pager(self, total: int) -> Pager:
        state, pages = self.state, page_count(total, self.state.size)

        def to(page: int) -> str:
            return state.address(self.path, page=page) if 1 <= page <= pages and page != state.page else ""

        begin = (state.page - 1) * state.size
        return Pager(
            first=min(begin + 1, total),
            last=min(begin + state.size, total),
            total=total,
            page=state.page,
            pages=pages,
            to_first=to(1),
            to_previous=to(state.page - 1),
            to_next=to(state.page + 1),
            to_last=to(pages),
            sizes=[(size, state.address(self.path, size=size, page=1)) for size in SIZES],
            size=state.size,
        )

    def _is_for(self, act: Act | Start) -> bool:
        return act.needs is None or self.may(act.needs)

    def _act(self, act: Act) -> ShownAct:
        return ShownAct(act.address, self.say(act.text), act.kind, self.say(act.confirm) if act.confirm else "")

    def _start(self) -> ShownAct | None:
        start = self.table.start
        return ShownAct(start.address, self.say(start.text)) if start and self._is_for(start) else None


def page_count(total: int, size: int) -> int:
    """How many pages a list has; an empty one has one."""
    return max(-(-total // size), 1)
