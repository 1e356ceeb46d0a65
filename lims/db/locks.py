"""Acts that must happen one after the other, although they change no common row."""

from collections.abc import Iterable
from enum import IntEnum
from typing import TypeVar
from uuid import UUID

import sqlmodel
from sqlalchemy import func, select
from sqlmodel import Session, col

from lims.db.parts import parts
from lims.db.record import Record

R = TypeVar("R", bound=Record)


class Matter(IntEnum):
    """What is done by one at a time; the numbers are any that no other program uses on the same server."""

    SIGN_IN_ATTEMPTS = 740_520_305
    FIRST_ACCOUNT = 740_520_306
    ADMINISTRATORS = 740_520_307
    LIBRARY_RELEASES = 740_520_308


def one_at_a_time(session: Session, matter: Matter) -> None:
    """Wait until nobody else is at it, and keep others out until this act ends. SQLite has one writer anyhow."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(int(matter))))


def hold(session: Session, record: Record) -> None:
    """Keep others from an act on the record until this one ends; it is read again as the last one left it."""
    # Rows that refer to the record may still be written: its key is not what is held.
    session.refresh(record, with_for_update={"key_share": True})


def hold_all(session: Session, model: type[R], ids: Iterable[UUID]) -> dict[UUID, R]:
    """Hold every one of these records that the session may see, read again as the last act left it.

    In the order of their ids: of two that hold some of the same, the one waits for the other and neither for ever.
    """
    found: dict[UUID, R] = {}
    for part in parts(sorted(set(ids))):
        held = sqlmodel.select(model).where(col(model.id).in_(part)).order_by(col(model.id))
        fresh = {"populate_existing": True}
        rows = session.exec(held.with_for_update(key_share=True), execution_options=fresh).all()
        found |= {record.id: record for record in rows}
    return found
