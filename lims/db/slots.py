"""Numbered places for the worker processes of one installation: a place is held by one living process.

A killed process lets go of its place by itself, so whoever can take the place knows that its holder is gone.
SQLite: a locked file beside the database. PostgreSQL: an advisory lock of the session.
"""

import fcntl
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import Connection, Engine

from lims.core.errors import Conflict
from lims.core.reasons import reason

#: The first key of the advisory locks; any fixed number that no other lock of the program uses.
_LOCKS = 740_520_305
MOST = 64


class _Hold(Protocol):
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that this process holds until it closes it or ends."""

    number: int
    hold: _Hold

    def close(self) -> None:
        """Give the place back."""
        self.hold.close()


def first_free_slot(engine: Engine, folder: Path) -> Slot:
    """The place with the lowest number that nobody holds. Raises `Conflict` when all are taken."""
    for number in range(1, MOST + 1):
        slot = take_slot(engine, folder, number)
        if slot is not None:
            return slot
    raise Conflict(reason("worker.too_many", "There are {most} workers already; stop one of them.", most=MOST))


def take_slot(engine: Engine, folder: Path, number: int) -> Slot | None:
    """A certain place, or None when a living process holds it."""
    hold = _advisory_lock(engine, number) if engine.dialect.name == "postgresql" else _file_lock(folder, number)
    return None if hold is None else Slot(number, hold)


def _file_lock(folder: Path, number: int) -> IO[str] | None:
    folder.mkdir(parents=True, exist_ok=True)
    handle = (folder / f"worker-{number}.lock").open("a", encoding="utf-8")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle


class _Session:
    """A database session of its own: locks of a session must not return to the pool with it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def close(self) -> None:
        self.connection.invalidate()
        self.connection.close()


def _advisory_lock(engine: Engine, number: int) -> _Session | None:
    session = _Session(engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
    taken = session.connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s, %s)", (_LOCKS, number)).scalar_one()
    if not taken:
        session.close()
        return None
    return session
