"""JSON routes of lots."""

from collections.abc import Sequence
from datetime import date

from fastapi import APIRouter

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.db.work import LimsSession
from lims.materials import queries, service
from lims.materials.rules import MaterialKind, reasons_not_to_use, state_on
from lims.materials.schemas import ClosingIn, LotIn, MaterialOut, OpeningIn, SolutionIn, SourceOut
from lims.materials.tables import Material
from lims.web.dependencies import ActorDep, LimsDep
from lims.web.fields import Limit, Offset

router = APIRouter(prefix="/api/materials", tags=["materials"])


@router.get("")
def materials(
    lims: LimsDep, actor: ActorDep, kind: MaterialKind | None = None, limit: Limit = 100, offset: Offset = 0
) -> list[MaterialOut]:
    """The lots that the actor may see, each with whether it may be used today."""
    with lims.read(actor, Action.MATERIAL_READ) as session:
        return _shown(session, queries.materials(session, kind, limit, offset), local_day(lims.clock.now()))


@router.post("", status_code=201)
def register_lot(order: LotIn, lims: LimsDep, actor: ActorDep) -> MaterialOut:
    """Register a lot that was bought."""
    with lims.work(actor, Action.MATERIAL_REGISTER) as session:
        return _one(session, service.register_lot(session, order))


@router.post("/solutions", status_code=201)
def prepare_solution(order: SolutionIn, lims: LimsDep, actor: ActorDep) -> MaterialOut:
    """Record a solution that you prepared, with the lots that it was made of."""
    with lims.work(actor, Action.MATERIAL_PREPARE) as session:
        return _one(session, service.prepare_solution(session, order))


@router.get("/{code}")
def material(code: str, lims: LimsDep, actor: ActorDep) -> MaterialOut:
    """One lot of the own laboratory."""
    with lims.read(actor, Action.MATERIAL_READ) as session:
        found = queries.material_by_code(session, code)
        return _shown(session, [found], local_day(lims.clock.now()))[0]


@router.post("/{code}/opening")
def open_lot(code: str, order: OpeningIn, lims: LimsDep, actor: ActorDep) -> MaterialOut:
    """Record the day on which a lot was opened."""
    with lims.work(actor, Action.MATERIAL_EDIT) as session:
        return _one(session, service.open_lot(session, code, order))


@router.post("/{code}/closing")
def close_lot(code: str, order: ClosingIn, lims: LimsDep, actor: ActorDep) -> MaterialOut:
    """Take a lot out of use: used up, spoilt or wrongly registered."""
    with lims.work(actor, Action.MATERIAL_EDIT, order.reason) as session:
        return _one(session, service.close_lot(session, code, order))


def _one(session: LimsSession, material: Material) -> MaterialOut:
    return _shown(session, [material], local_day(session.instant))[0]


def _shown(session: LimsSession, found: Sequence[Material], day: date) -> list[MaterialOut]:
    sources = queries.sources_of(session, [one.id for one in found])
    return [
        MaterialOut(
            **{name: getattr(one, name) for name in MaterialOut.model_fields if name in Material.model_fields},
            state=state_on(one.expires_on, one.closed_on, day),
            usable=not reasons_not_to_use(queries.lot_of(one), day),
            sources=[
                SourceOut(code=lot.code, taken=source.taken, unit=source.taken_unit)
                for source, lot in sources.get(one.id, ())
            ],
        )
        for one in found
    ]
