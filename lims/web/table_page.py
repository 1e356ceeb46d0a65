"""Lists, read and answered: a page, its part for htmx, or a workbook, all from one address.

with lims.read(viewer.actor, Action.SAMPLE_READ) as session:
    table = read_table(session, SAMPLES, select(Sample), request, sample_rows)
return table_page(request, table, "samples/list.html")
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from fastapi import Request
from sqlalchemy import Select
from sqlmodel.sql.expression import SelectOfScalar
from starlette.responses import Response

from lims.core.clock import local_day
from lims.core.errors import BadInput
from lims.core.language import translator
from lims.core.reasons import Where, reason
from lims.db.work import LimsSession
from lims.runtime import Lims
from lims.web.forms import Form
from lims.web.page import is_htmx, page
from lims.web.saved_view_tables import SavedView
from lims.web.saved_views import LAST_COLUMNS, views_of
from lims.web.table import Table
from lims.web.table_export import refuse_too_long, workbook_of
from lims.web.table_filters import Options
from lims.web.table_sources import QuerySource, Source, ValueSource
from lims.web.table_state import State, asks_for_nothing, pairs_of, read_state
from lims.web.table_view import Look, TableView, page_count
from lims.web.viewer import language_of

M = TypeVar("M")
R = TypeVar("R")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PART = "ui/_table.html"


def read_table(
    session: LimsSession,
    table: Table[R],
    query: SelectOfScalar[M] | Select[Any],
    request: Request,
    rows: Callable[[LimsSession, Sequence[M]], Sequence[R]],
    options: Mapping[str, Options] | None = None,
    *,
    path: str = "",
) -> TableView:
    """The part of a query's list that an address asks for: one statement counts, one fetches, one reads saved views.

    `rows` makes rows of all records of a page at once. `options` gives choices of filters that are known only now, by
    the filter's key. `path` is the page that the list belongs to, where a refused form is answered with it: the form's
    own address cannot be asked for. Raises `BadInput` when a list too long for a workbook is asked for as one.
    """
    look = _look(session, table, request, options, path)
    return _read(look, lambda state: QuerySource(session, table, state, query, rows), request)


def read_values(
    session: LimsSession,
    table: Table[R],
    values: Sequence[R],
    request: Request,
    options: Mapping[str, Options] | None = None,
    *,
    path: str = "",
) -> TableView:
    """As `read_table`, of rows that are in memory already; the table's terms are functions of a row."""
    look = _look(session, table, request, options, path)
    return _read(look, lambda state: ValueSource(table, state, values), request)


def table_page(request: Request, table: TableView, template: str = "ui/list.html", **context: Any) -> Response:
    """The answer to whoever asks for a list: the page (its template finds the list as `table`), the part of it that
    changes, or the workbook.
    """
    if table.workbook is not None:
        lims: Lims = request.app.state.lims
        name = f"{table.name}-{local_day(lims.clock.now())}.xlsx"
        return Response(
            table.workbook, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )
    answer = page(request, template, part=_PART, table=table, **context)
    if is_htmx(request):
        # What stands in the bar of the browser is what can be shared, without the empty fields of the form.
        answer.headers["HX-Push-Url"] = table.address
    return answer


def chosen(form: Form) -> list[str]:
    """The keys of the chosen rows, each once. Raises `BadInput` when none was chosen."""
    keys = list(dict.fromkeys(form.texts("chosen")))
    if not keys:
        raise BadInput(reason("table.none_chosen", "Choose at least one row first.", at=Where(field="chosen")))
    return keys


def _look(
    session: LimsSession, table: Table[Any], request: Request, options: Mapping[str, Options] | None, path: str
) -> Look:
    person = session.actor.user_id
    views = views_of(session, person, table.name) if person else ()
    given = dict(options or {})
    last = next((view for view in views if view.name == LAST_COLUMNS), None)
    return Look(
        table=table,
        state=read_state(table, _pairs(table, request, views), given),
        path=path or request.url.path,
        say=translator(language_of(request)),
        may=session.actor.may,
        options=given,
        views=views,
        last_columns=read_state(table, pairs_of(last.query), given).columns if last else None,
    )


def _pairs(table: Table[Any], request: Request, views: Sequence[SavedView]) -> Sequence[tuple[str, str]]:
    """What the address asks for; where it asks for nothing, what the person's own view does."""
    pairs = request.query_params.multi_items()
    own = next((view for view in views if view.is_default), None)
    if own is None or not asks_for_nothing(table, pairs):
        return pairs
    return [*pairs, *pairs_of(own.query), ("view", str(own.id))]


def _read(look: Look, source_of: Callable[[State], Source[Any]], request: Request) -> TableView:
    source = source_of(look.state)
    total = source.count()
    if look.table.exported and request.query_params.get("export") == "xlsx":
        refuse_too_long(total)
        columns = [column for key in look.shown_keys if (column := look.table.column(key))]
        lims: Lims = request.app.state.lims
        made = workbook_of(look.say(look.table.title), columns, source.batches(), look.say, lims.clock.now())
        return look.show((), total, made)
    last_page = page_count(total, look.state.size)
    if look.state.page > last_page:
        look = replace(look, state=replace(look.state, page=last_page))
    begin = (look.state.page - 1) * look.state.size
    return look.show(source.part(begin, look.state.size), total)
