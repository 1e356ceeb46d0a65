"""Engines: SQLite as an embedded server-less database, PostgreSQL for a province."""

from collections.abc import Callable
from json import JSONEncoder
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from lims.settings import Settings

#: Execution option of the engine that writers use.
WRITES = "lims_writes"
#: The text of a JSON column. What is stored holds no value that holds itself, and looking for one takes long.
json_text: Callable[[Any], str] = JSONEncoder(check_circular=False).encode


def make_engine(settings: Settings) -> Engine:
    """The engine of an installation. The pool is as large as the number of request threads."""
    if settings.database_url:
        return create_engine(
            settings.database_address, pool_size=settings.threads, max_overflow=2, json_serializer=json_text
        )
    settings.data.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        settings.database_address,
        pool_size=settings.threads,
        max_overflow=2,
        connect_args={"timeout": 30, "check_same_thread": False},
        json_serializer=json_text,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: SqliteConnection, _record: Any) -> None:
    # The driver must not open transactions by itself: a deferred BEGIN that turns into a write
    # fails under load with "database is locked", whatever the timeout.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "busy_timeout=30000",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # else INSERT OR REPLACE slips past a BEFORE DELETE trigger
        "synchronous=FULL",  # NORMAL may lose the last commits on power loss
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
