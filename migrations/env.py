"""Runs migrations on SQLite and PostgreSQL, one process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, DateTime, String, Uuid
from sqlmodel.sql.sqltypes import AutoString

from lims.db.engine import WRITES, make_engine
from lims.db.types import EnumValue, ExactDecimal
from lims.metadata import metadata
from lims.settings import load_settings

#: Any fixed number that no other program uses.
ADVISORY_LOCK = 740_520_304


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write plain SQLAlchemy types, so that a migration never imports today's code."""
    if kind != "type":
        return False
    match item:
        case ExactDecimal():
            return "sa.String(length=64)"
        case EnumValue():
            return "sa.String(length=40)"
        case AutoString() | String():
            return f"sa.String(length={item.length})" if item.length else "sa.Text()"
        case DateTime():
            return "sa.DateTime(timezone=True)"
        case Uuid():
            return "sa.Uuid()"
        case _ if type(item).__name__ == "UTCDateTime":
            return "sa.DateTime(timezone=True)"
        case _:
            return False


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Foreign keys off around table rebuilds on SQLite; a lock against a second migration on PostgreSQL."""
    if connection.dialect.name == "sqlite":
        # Outside a transaction: inside one the pragma is ignored. With keys on, a rebuild would drop children.
        driver = connection.connection.driver_connection
        if driver is None:
            raise RuntimeError("no connection to the database")
        driver.execute("PRAGMA foreign_keys=OFF")
        yield
        broken = driver.execute("PRAGMA foreign_key_check").fetchall()
        driver.execute("PRAGMA foreign_keys=ON")
        if broken:
            raise RuntimeError(f"the migration left broken references: {broken[:5]}")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({ADVISORY_LOCK})")
        connection.commit()
        try:
            yield
        finally:
            connection.rollback()
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({ADVISORY_LOCK})")
            connection.commit()


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
        autogenerate_plugins=["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
        transaction_per_migration=False,
    )
    with _alone(connection), context.begin_transaction():
        context.run_migrations()


def run() -> None:
    """Migrate the given connection, or the installation's own database."""
    given: Connection | None = context.config.attributes.get("connection")
    if given is not None:
        _migrate(given)
        return
    engine = make_engine(load_settings()).execution_options(**{WRITES: True})
    with engine.connect() as connection:
        _migrate(connection)
    engine.dispose()


run()
