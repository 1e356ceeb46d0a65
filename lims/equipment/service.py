"""Acts on equipment."""

from sqlmodel import select

from lims.core.errors import Conflict
from lims.core.reasons import reason
from lims.db.work import LimsSession, check_version, own_laboratory, save
from lims.equipment import queries
from lims.equipment.schemas import CalibrationIn, InstrumentIn
from lims.equipment.tables import Instrument


def register_instrument(session: LimsSession, order: InstrumentIn) -> Instrument:
    """A new instrument of the own laboratory. Raises `Conflict` when its code is taken."""
    laboratory_id = own_laboratory(session)
    taken = select(Instrument.id).where(Instrument.laboratory_id == laboratory_id, Instrument.code == order.code)
    if session.exec(taken).first() is not None:
        raise Conflict(reason("instrument.code_taken", "There is an instrument {code} already.", code=order.code))
    return save(session, Instrument(laboratory_id=laboratory_id, **order.model_dump()))


def record_calibration(session: LimsSession, code: str, order: CalibrationIn) -> Instrument:
    """A new end of calibration; an earlier one takes the instrument out of use. Raises `NotFound`, `Conflict`."""
    instrument = queries.instrument_by_code(session, code)
    check_version(instrument, order.version)
    instrument.calibrated_until = order.calibrated_until
    return save(session, instrument)
