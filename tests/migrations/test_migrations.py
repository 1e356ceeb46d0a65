"""The migrations lead from nothing to the tables of the program, and back, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from lims.db.engine import WRITES, make_engine
from lims.db.record import LaboratoryRecord, metadata
from lims.migrate import head, migrate
from lims.runtime import Lims
from lims.settings import Settings
from tests import databases
from tests.concurrency.at_once import at_once, audit_findings
from tests.factories import Cast

pytestmark = pytest.mark.both_databases
ROOT = Path(__file__).parents[2]
#: What keeps the audit trail and issued reports as they are.
TRIGGERS = {
    "sqlite": {"audit_entry_no_update", "audit_entry_no_delete", "report_issued_is_frozen", "report_issued_stays"},
    "postgresql": {"audit_entry_no_change", "audit_entry_no_truncate", "report_issued_is_frozen"},
}


@pytest.fixture
def empty(database: Settings, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a database of the same kind in which there is nothing at all."""
    if database.database_url is None:
        yield Settings(data=tmp_path / "empty")
        return
    server: str = request.getfixturevalue("postgresql_server")
    name = f"lims_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" OWNER {databases.ROLE}'.encode())
    try:
        yield Settings(data=tmp_path / "empty", database_url=databases._address(server, name))
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@contextmanager
def engine_of(settings: Settings) -> Iterator[Engine]:
    engine = make_engine(settings)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def alembic(engine: Engine) -> Iterator[Config]:
    """Alembic at work on an engine."""
    config = Config(ROOT / "alembic.ini")
    with engine.execution_options(**{WRITES: True}).connect() as connection:
        config.attributes["connection"] = connection
        yield config


def triggers(connection: Connection) -> set[str]:
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[connection.dialect.name]
    return set(connection.execute(text(query)).scalars())


def foreign_keys(engine: Engine) -> set[tuple[str, tuple[str, ...], str, str | None]]:
    found = inspect(engine)
    return {
        (table, tuple(key["constrained_columns"]), key["referred_table"], key["options"].get("ondelete"))
        for table in found.get_table_names()
        for key in found.get_foreign_keys(table)
    }


def test_an_empty_database_gets_every_table(empty: Settings) -> None:
    with engine_of(empty) as engine:
        migrate(engine)

        assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_the_migrations_lead_exactly_to_the_tables_of_the_program(empty: Settings) -> None:
    with engine_of(empty) as engine:
        migrate(engine)
        with alembic(engine) as config:
            command.check(config)  # raises when anything differs


def test_every_foreign_key_is_there_and_restricts(empty: Settings) -> None:
    expected = {
        (table.name, tuple(key.column_keys), key.referred_table.name, "RESTRICT")
        for table in metadata.tables.values()
        for key in table.foreign_key_constraints
    }
    with engine_of(empty) as engine:
        migrate(engine)

        assert foreign_keys(engine) == expected
        assert len(expected) > 50


def test_the_guards_are_there(empty: Settings) -> None:
    with engine_of(empty) as engine:
        migrate(engine)
        with engine.connect() as connection:
            assert triggers(connection) == TRIGGERS[connection.dialect.name]


def test_migrating_again_changes_nothing(empty: Settings) -> None:
    with engine_of(empty) as engine:
        migrate(engine)
        migrate(engine)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [head()]


def test_two_programs_that_start_at_once_migrate_once(empty: Settings) -> None:
    if empty.database_url is None:
        pytest.skip("a file of SQLite is opened by one installation")
    with engine_of(empty) as one, engine_of(empty) as other:
        outcome = at_once([lambda: migrate(one), lambda: migrate(other)])

        assert (len(outcome.done), outcome.refused) == (2, [])
        assert set(inspect(one).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_down_to_nothing_and_up_again(empty: Settings) -> None:
    with engine_of(empty) as engine:
        migrate(engine)
        with alembic(engine) as config:
            command.downgrade(config, "base")
        with engine.connect() as connection:
            assert triggers(connection) == set()
            if connection.dialect.name == "postgresql":
                functions = text("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
                assert connection.execute(functions).scalars().all() == []
        assert set(inspect(engine).get_table_names()) == {"alembic_version"}

        migrate(engine)

        assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_records_outlive_the_guards_being_taken_off_and_put_on(lims: Lims, cast: Cast) -> None:
    before = count(lims)
    with alembic(lims.engine) as config:
        first = ScriptDirectory.from_config(config).get_base()
        assert first is not None
        command.downgrade(config, first)
    with lims.engine.connect() as connection:
        assert triggers(connection) == set()

    migrate(lims.engine)

    assert count(lims) == before
    assert before["app_user"] == 11
    assert audit_findings(lims) == []
    with lims.engine.connect() as connection:
        assert triggers(connection) == TRIGGERS[connection.dialect.name]
        if connection.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []


def count(lims: Lims) -> dict[str, int]:
    with lims.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT set_config('lims.laboratories', '*', true)"))
        return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in metadata.tables}  # noqa: S608  # names of tables


def test_there_is_one_way_up() -> None:
    scripts = ScriptDirectory(str(ROOT / "migrations"))

    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1


def test_every_table_of_a_laboratory_is_guarded_by_row(empty: Settings) -> None:
    """On PostgreSQL, and for the owner of the tables as well, who the program is."""
    if empty.database_url is None:
        pytest.skip("SQLite has no row-level security: the database is one laboratory's file")
    owned = {model.__table__.name for model in LaboratoryRecord.__subclasses__() if hasattr(model, "__mapper__")}
    with engine_of(empty) as engine:
        migrate(engine)
        with engine.connect() as connection:
            guarded = text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
            assert set(connection.execute(guarded).scalars()) >= owned
            assert len(owned) > 20


