"""Pages of lots: what there is and how long it may be used, registering, preparing, opening and closing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from sqlmodel import col, select
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import LimsError
from lims.core.reasons import mark
from lims.db.work import LimsSession
from lims.materials import lot_forms, queries
from lims.materials.rules import LotState, MaterialKind, state_on
from lims.materials.tables import Material
from lims.materials.views import strength_text
from lims.people.queries import names_of
from lims.web.changes import changes_since
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.table import Chip, Column, Mood, Start, Table
from lims.web.table_filters import ChoiceFilter, DaysFilter, TextFilter
from lims.web.table_page import read_table, table_page
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter(prefix="/materials")
router.include_router(lot_forms.router)

_MOODS: dict[LotState, Mood] = {
    LotState.IN_DATE: "good",
    LotState.EXPIRES_SOON: "warn",
    LotState.EXPIRED: "bad",
    LotState.CLOSED: "plain",
}


@dataclass(frozen=True, slots=True)
class LotRow:
    """A lot and what it is worth today."""

    material: Material
    state: LotState
    days_left: int

    @property
    def chip(self) -> Chip:
        """The state of the lot in a word."""
        return Chip(self.state, _MOODS[self.state])


LOTS: Table[LotRow] = Table(
    name="materials",
    title=mark("Materials"),
    columns=(
        Column(
            "code",
            mark("Number on the label"),
            lambda r: r.material.code,
            col(Material.code),
            link=lambda r: f"/materials/{r.material.id}",
        ),
        Column("kind", mark("Kind of material"), lambda r: r.material.kind, col(Material.kind)),
        Column("name", mark("Name"), lambda r: r.material.name, col(Material.name)),
        Column("lot", mark("Lot number"), lambda r: r.material.lot, col(Material.lot)),
        Column("strength", mark("Concentration or purity"), lambda r: strength_text(r.material)),
        Column("supplier", mark("Supplier"), lambda r: r.material.supplier, col(Material.supplier), shown=False),
        Column("opened", mark("Opened on"), lambda r: r.material.opened_on, col(Material.opened_on)),
        Column("prepared", mark("Prepared on"), lambda r: r.material.prepared_on, col(Material.prepared_on)),
        Column("expires", mark("Expires on"), lambda r: r.material.expires_on, col(Material.expires_on)),
        Column("left", mark("Days left"), lambda r: r.days_left, kind="number"),
        Column("state", mark("State"), lambda r: r.chip),
    ),
    filters=(
        ChoiceFilter("kind", mark("Kind of material"), MaterialKind, col(Material.kind), many=True),
        TextFilter("name", mark("Name"), [col(Material.name), col(Material.lot), col(Material.supplier)]),
        DaysFilter("expires", mark("Expires on"), col(Material.expires_on)),
    ),
    search=(col(Material.code), col(Material.name), col(Material.lot), col(Material.certificate)),
    order=(col(Material.closed_on).is_not(None), col(Material.expires_on), col(Material.code), col(Material.id)),
    mood=lambda r: "bad" if r.state is LotState.EXPIRED else "plain",
    nothing=mark("No lot is registered yet. An original record names the standards and reagents that were used."),
    start=Start("/materials/new", mark("Register a lot"), Action.MATERIAL_REGISTER),
)


@router.get("")
def lots(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The lots, those in use that expire first on top."""
    today = local_day(lims.clock.now())
    with lims.read(viewer.actor, Action.MATERIAL_READ) as session:
        table = read_table(session, LOTS, select(Material), request, _rows_on(today))
    return table_page(request, table, "materials/list.html")


@router.get("/{key}")
def lot(request: Request, key: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """One lot: what is on its label, what it was made of, what was made of it."""
    return _lot_page(request, key, lims, viewer, Filled())


@router.post("/{key}/opening")
def open_lot(
    request: Request, key: str, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Record the day on which a lot was opened."""
    lims.require(viewer.actor, Action.MATERIAL_EDIT)
    try:
        made = lot_forms.open_by_form(lims, viewer, key, form)
    except LimsError as refusal:
        return _refused(request, key, lims, viewer, language, form, refusal)
    return see_other(request, f"/materials/{made.id}", mark("The lot {code} is open."), code=made.code)


@router.post("/{key}/closing")
def close_lot(
    request: Request, key: str, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Take a lot out of use, with a reason."""
    lims.require(viewer.actor, Action.MATERIAL_EDIT)
    try:
        made = lot_forms.close_by_form(lims, viewer, key, form)
    except LimsError as refusal:
        return _refused(request, key, lims, viewer, language, form, refusal)
    return see_other(request, f"/materials/{made.id}", mark("The lot {code} is out of use."), code=made.code)


def _rows_on(today: date) -> Callable[[LimsSession, Sequence[Material]], Sequence[LotRow]]:
    return lambda _session, found: [_row(material, today) for material in found]


def _row(material: Material, today: date) -> LotRow:
    return LotRow(
        material, state_on(material.expires_on, material.closed_on, today), (material.expires_on - today).days
    )


def _refused(
    request: Request,
    key: str,
    lims: LimsDep,
    viewer: ViewerDep,
    language: PageLanguage,
    form: FormDep,
    refusal: LimsError,
) -> Response:
    with lims.read(viewer.actor, Action.MATERIAL_READ) as session:
        found = queries.material_by_key(session, key)
        since = form.seen_version()
        changes = changes_since(session, "material", found.id, since, language) if since else ()
    shown = refused(form, refusal, language, changes)
    return _lot_page(request, key, lims, viewer, shown, status_of(refusal))


def _lot_page(
    request: Request, key: str, lims: LimsDep, viewer: ViewerDep, form: Filled, status: int = 200
) -> Response:
    with lims.read(viewer.actor, Action.MATERIAL_READ) as session:
        row = _row(queries.material_by_key(session, key), local_day(lims.clock.now()))
        people = {who for who in (row.material.prepared_by, row.material.registered_by) if who is not None}
        return page(
            request,
            "materials/detail.html",
            status=status,
            row=row,
            form=form,
            sources=queries.sources_of(session, [row.material.id]).get(row.material.id, ()),
            made=queries.made_of(session, row.material.id),
            names=names_of(session, people),
            strength=strength_text(row.material),
            today=local_day(lims.clock.now()).isoformat(),
            may_edit=row.material.laboratory_id == viewer.actor.laboratory_id and viewer.may(Action.MATERIAL_EDIT),
        )
