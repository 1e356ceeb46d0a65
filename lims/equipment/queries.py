"""Reads of equipment."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import col, select

from lims.core.errors import NotFound
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


def instruments_named(session: LimsSession, codes: Collection[str]) -> Sequence[Instrument]:
    """Instruments of the own laboratory by their numbers, those that there are."""
    own = session.actor.laboratory_id
    return session.exec(
        select(Instrument).where(Instrument.laboratory_id == own, col(Instrument.code).in_(codes))
    ).all()


def instrument_by_key(session: LimsSession, key: str) -> Instrument:
    """An instrument that the actor may see by its id, or one of the own laboratory by its code. Raises `NotFound`."""
    try:
        wanted = UUID(key)
    except ValueError:
        return instrument_by_code(session, key)
    found = session.exec(select(Instrument).where(Instrument.id == wanted)).one_or_none()
    if found is None:
        raise NotFound.of("instrument", key)
    return found
