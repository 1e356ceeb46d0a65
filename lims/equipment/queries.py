"""Reads of equipment."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel import col, select

from lims.core.errors import NotFound
from lims.core.reasons import Reason, Where, reason
from lims.db.work import LimsSession
from lims.equipment.tables import Instrument


def instruments(session: LimsSession) -> Sequence[Instrument]:
    """The instruments that the actor may see, by code."""
    return session.exec(select(Instrument).order_by(col(Instrument.code), col(Instrument.id))).all()


def instrument_by_code(session: LimsSession, code: str, *, laboratory_id: UUID | None = None) -> Instrument:
    """An instrument of a laboratory, the actor's own unless one is named. Raises `NotFound`."""
    owner = laboratory_id or session.actor.laboratory_id
    found = session.exec(
        select(Instrument).where(Instrument.laboratory_id == owner, Instrument.code == code)
    ).one_or_none()
    if found is None:
        raise NotFound.of("instrument", code)
    return found


def reasons_not_to_use(instrument: Instrument, day: date) -> list[Reason]:
    """Why an instrument may not be used on a day; none when it may."""
    if day <= instrument.calibrated_until:
        return []
    return [
        reason(
            "instrument.calibration_over",
            "The calibration of {code} ended on {until}; on {day} it may not be used.",
            code=instrument.code,
            until=instrument.calibrated_until.isoformat(),
            day=day.isoformat(),
            at=Where("instrument"),
        )
    ]
