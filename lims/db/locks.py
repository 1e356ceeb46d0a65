"""Acts that must happen one after the other, although they change no common row."""

from enum import IntEnum

from sqlalchemy import func, select
from sqlmodel import Session

from lims.db.record import Record


class Matter(IntEnum):
    """What is done by one at a time; the numbers are any that no other program uses on the same server."""

    SIGN_IN_ATTEMPTS = 740_520_305
    FIRST_ACCOUNT = 740_520_306
    ADMINISTRATORS = 740_520_307


def one_at_a_time(session: Session, matter: Matter) -> None:
    """Wait until nobody else is at it, and keep others out until this act ends. SQLite has one writer anyhow."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(int(matter))))


def hold(session: Session, record: Record) -> None:
    """Keep others from an act on the record until this one ends; it is read again as the last one left it."""
    # Rows that refer to the record may still be written: its key is not what is held.
    session.refresh(record, with_for_update={"key_share": True})
