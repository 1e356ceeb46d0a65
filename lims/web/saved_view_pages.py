"""The buttons of lists that keep something for a person: save a view, delete one, choose columns."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.reasons import mark
from lims.web.dependencies import LimsDep
from lims.web.forms import Form, FormDep
from lims.web.page import own_path, see_other
from lims.web.saved_views import TableName, ViewOrder, delete_view, keep_columns, keep_view
from lims.web.table_state import NO_VIEW, pairs_of
from lims.web.viewer import ViewerDep

router = APIRouter(prefix="/views")
Table = Annotated[TableName, Path()]


@router.post("/{table}")
def save_view(request: Request, lims: LimsDep, viewer: ViewerDep, form: FormDep, table: Table) -> Response:
    """Keep the list as it stands under a name; an own view of the same name is overwritten."""
    lims.require(viewer.actor, Action.VIEW_SAVE)
    order = form.read(ViewOrder)
    with lims.work(viewer.actor, Action.VIEW_SAVE) as session:
        kept = keep_view(session, table, order)
        pairs = [*pairs_of(kept.query), ("view", str(kept.id))]
    return see_other(request, _back(form, pairs), mark("The view “{name}” is saved."), name=kept.name)


@router.post("/{table}/columns")
def choose_columns(request: Request, lims: LimsDep, viewer: ViewerDep, form: FormDep, table: Table) -> Response:
    """Show these columns, now and when the list is opened again."""
    columns = form.texts("column")
    with lims.work(viewer.actor, Action.VIEW_SAVE) as session:
        keep_columns(session, table, columns)
    kept = [pair for pair in pairs_of(form.text("query")) if pair[0] != "columns"]
    return see_other(request, _back(form, [*kept, ("columns", ",".join(columns))]))


@router.post("/{table}/{view_id}/delete")
def drop_view(
    request: Request, lims: LimsDep, viewer: ViewerDep, form: FormDep, table: Table, view_id: UUID
) -> Response:
    """Delete an own view; the list stays as it stands."""
    with lims.work(viewer.actor, Action.VIEW_DELETE) as session:
        delete_view(session, table, view_id)
    kept = [pair for pair in pairs_of(form.text("query")) if pair[0] != "view"]
    return see_other(request, _back(form, [*kept, ("view", NO_VIEW)]), mark("The view is deleted."))


def _back(form: Form, pairs: list[tuple[str, str]]) -> str:
    """The list again, with what belongs to the page around it."""
    path = own_path(form.text("next")).split("?", 1)[0]
    return f"{path}?{urlencode([*pairs_of(form.text('others')), *pairs])}"
