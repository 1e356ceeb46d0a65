"""Pages of equipment: the instruments and how long their calibrations hold."""

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
from lims.equipment import queries, service
from lims.equipment.rules import CalibrationState, calibration_on
from lims.equipment.schemas import CalibrationIn, InstrumentIn
from lims.equipment.tables import Instrument
from lims.web.changes import changes_since
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.table import Chip, Column, Mood, Start, Table
from lims.web.table_filters import DaysFilter, TextFilter
from lims.web.table_page import read_table, table_page
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter(prefix="/equipment")

_MOODS: dict[CalibrationState, Mood] = {
    CalibrationState.HOLDS: "good",
    CalibrationState.ENDS_SOON: "warn",
    CalibrationState.OVER: "bad",
}


@dataclass(frozen=True, slots=True)
class InstrumentRow:
    """An instrument and what its calibration is worth today."""

    instrument: Instrument
    calibration: CalibrationState
    days_left: int

    @property
    def chip(self) -> Chip:
        """The state of the calibration in a word."""
        return Chip(self.calibration, _MOODS[self.calibration])


INSTRUMENTS: Table[InstrumentRow] = Table(
    name="instruments",
    title=mark("Equipment"),
    columns=(
        Column(
            "code",
            mark("Instrument number"),
            lambda r: r.instrument.code,
            col(Instrument.code),
            link=lambda r: f"/equipment/{r.instrument.id}",
        ),
        Column("name", mark("Instrument name"), lambda r: r.instrument.name, col(Instrument.name)),
        Column("model", mark("Model"), lambda r: r.instrument.model, col(Instrument.model)),
        Column("serial", mark("Serial number"), lambda r: r.instrument.serial_number, col(Instrument.serial_number)),
        Column(
            "until",
            mark("Calibrated until"),
            lambda r: r.instrument.calibrated_until,
            col(Instrument.calibrated_until),
        ),
        Column("left", mark("Days left"), lambda r: r.days_left, kind="number"),
        Column("calibration", mark("Calibration state"), lambda r: r.chip),
    ),
    filters=(
        TextFilter("name", mark("Instrument name"), [col(Instrument.name), col(Instrument.model)]),
        DaysFilter("until", mark("Calibrated until"), col(Instrument.calibrated_until)),
    ),
    search=(col(Instrument.code), col(Instrument.name), col(Instrument.model), col(Instrument.serial_number)),
    order=(col(Instrument.calibrated_until), col(Instrument.code), col(Instrument.id)),
    mood=lambda r: "bad" if r.calibration is CalibrationState.OVER else "plain",
    nothing=mark("No instrument is registered yet. Runs need one."),
    start=Start("/equipment/new", mark("Register an instrument"), Action.EQUIPMENT_EDIT),
)


@router.get("")
def instruments(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The instruments, those whose calibration ends first on top."""
    today = local_day(lims.clock.now())
    with lims.read(viewer.actor, Action.EQUIPMENT_READ) as session:
        table = read_table(session, INSTRUMENTS, select(Instrument), request, _rows_on(today))
    return table_page(request, table, "equipment/list.html")


@router.get("/new")
def new_form(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """A form for a new instrument."""
    lims.require(viewer.actor, Action.EQUIPMENT_EDIT)
    return page(request, "equipment/new.html", form=Filled())


@router.post("/new")
def register(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Register an instrument of the own laboratory."""
    lims.require(viewer.actor, Action.EQUIPMENT_EDIT)
    try:
        order = form.read(InstrumentIn)
        with lims.work(viewer.actor, Action.EQUIPMENT_EDIT) as session:
            made = service.register_instrument(session, order)
    except LimsError as refusal:
        shown = refused(form, refusal, language)
        return page(request, "equipment/new.html", status=status_of(refusal), form=shown)
    note = mark("Instrument {code} is registered.")
    return see_other(request, f"/equipment/{made.id}", note, draft="instrument-new", code=made.code)


@router.get("/{key}")
def instrument(request: Request, key: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """One instrument, and the form for its next calibration."""
    return _instrument_page(request, key, lims, viewer, Filled())


@router.post("/{key}/calibration")
def record_calibration(
    request: Request, key: str, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Record until when the calibration holds."""
    lims.require(viewer.actor, Action.EQUIPMENT_EDIT)
    try:
        order = form.read(CalibrationIn)
        with lims.work(viewer.actor, Action.EQUIPMENT_EDIT) as session:
            made = service.record_calibration(session, queries.instrument_by_key(session, key).code, order)
    except LimsError as refusal:
        with lims.read(viewer.actor, Action.EQUIPMENT_READ) as session:
            found = queries.instrument_by_key(session, key)
            since = form.seen_version()
            changes = changes_since(session, "instrument", found.id, since, language) if since else ()
        shown = refused(form, refusal, language, changes)
        return _instrument_page(request, key, lims, viewer, shown, status_of(refusal))
    note = mark("The calibration of {code} holds until {day}.")
    return see_other(request, f"/equipment/{made.id}", note, code=made.code, day=made.calibrated_until.isoformat())


def _rows_on(today: date) -> Callable[[LimsSession, Sequence[Instrument]], Sequence[InstrumentRow]]:
    return lambda _session, found: [_row(instrument, today) for instrument in found]


def _row(instrument: Instrument, today: date) -> InstrumentRow:
    left = (instrument.calibrated_until - today).days
    return InstrumentRow(instrument, calibration_on(instrument.calibrated_until, today), left)


def _instrument_page(
    request: Request, key: str, lims: LimsDep, viewer: ViewerDep, form: Filled, status: int = 200
) -> Response:
    with lims.read(viewer.actor, Action.EQUIPMENT_READ) as session:
        row = _row(queries.instrument_by_key(session, key), local_day(lims.clock.now()))
    own = row.instrument.laboratory_id == viewer.actor.laboratory_id
    may_edit = own and viewer.may(Action.EQUIPMENT_EDIT)
    return page(request, "equipment/detail.html", status=status, row=row, form=form, may_edit=may_edit)
