"""JSON routes of equipment."""

from datetime import date

from fastapi import APIRouter

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.equipment import queries, service
from lims.equipment.rules import reasons_not_to_use
from lims.equipment.schemas import CalibrationIn, InstrumentIn, InstrumentOut
from lims.equipment.tables import Instrument
from lims.web.dependencies import ActorDep, LimsDep

router = APIRouter(prefix="/api/instruments", tags=["equipment"])


@router.get("")
def instruments(lims: LimsDep, actor: ActorDep) -> list[InstrumentOut]:
    """The instruments that the actor may see, each with whether it may be used today."""
    with lims.read(actor, Action.EQUIPMENT_READ) as session:
        return [_shown(i, local_day(lims.clock.now())) for i in queries.instruments(session)]


@router.post("", status_code=201)
def register_instrument(order: InstrumentIn, lims: LimsDep, actor: ActorDep) -> InstrumentOut:
    """Register an instrument of the own laboratory."""
    with lims.work(actor, Action.EQUIPMENT_EDIT) as session:
        return _shown(service.register_instrument(session, order), local_day(lims.clock.now()))


@router.get("/{code}")
def instrument(code: str, lims: LimsDep, actor: ActorDep) -> InstrumentOut:
    """One instrument of the own laboratory."""
    with lims.read(actor, Action.EQUIPMENT_READ) as session:
        return _shown(queries.instrument_by_code(session, code), local_day(lims.clock.now()))


@router.post("/{code}/calibration")
def record_calibration(code: str, order: CalibrationIn, lims: LimsDep, actor: ActorDep) -> InstrumentOut:
    """Record until when the calibration holds."""
    with lims.work(actor, Action.EQUIPMENT_EDIT) as session:
        return _shown(service.record_calibration(session, code, order), local_day(lims.clock.now()))


def _shown(instrument: Instrument, day: date) -> InstrumentOut:
    facts = {name: getattr(instrument, name) for name in InstrumentOut.model_fields if hasattr(instrument, name)}
    return InstrumentOut(**facts, usable=not reasons_not_to_use(instrument.code, instrument.calibrated_until, day))
