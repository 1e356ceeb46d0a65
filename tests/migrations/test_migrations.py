"""The migrations lead from nothing to the tables of the program, and back, on both databases."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, inspect, select, text

from lims.db.engine import WRITES, make_engine
from lims.db.record import LaboratoryRecord, metadata
from lims.migrate import head, migrate
from lims.runtime import Lims
from lims.settings import Settings
from tests import databases
from tests.concurrency.at_once import audit_findings
from tests.factories import Cast

pytestmark = pytest.mark.both_databases
MIGRATE = """
from lims.db.engine import make_engine
from lims.migrate import migrate
from lims.settings import load_settings

migrate(make_engine(load_settings()))
"""
ROOT = Path(__file__).parents[2]
#: Tables that are only ever added to.
APPEND_ONLY = ("audit_entry", "log_leaf", "log_head", "act_confirmation", "report_signature")
#: What keeps the audit trail and issued reports as they are.
TRIGGERS = {
    "sqlite": {
        "report_issued_is_frozen",
        "report_annexes_are_frozen",
        "report_deviations_are_frozen",
        "report_issued_stays",
    }
    | {f"{table}_no_{act}" for table in APPEND_ONLY for act in ("update", "delete")},
    "postgresql": {"report_issued_is_frozen", "report_annexes_are_frozen", "report_deviations_are_frozen"}
    | {f"{table}_no_{act}" for table in APPEND_ONLY for act in ("change", "truncate")},
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
    """In processes of their own, as two servers of one database are."""
    address = {} if empty.database_url is None else {"LIMS_DATABASE_URL": empty.database_url}
    environment = {**os.environ, **address, "LIMS_DATA": str(empty.data)}
    command_line = [sys.executable, "-c", MIGRATE]

    programs = [subprocess.Popen(command_line, cwd=ROOT, env=environment, stderr=subprocess.PIPE) for _ in range(2)]
    told = [program.communicate(timeout=60)[1].decode() for program in programs]

    assert [program.returncode for program in programs] == [0, 0], told
    with engine_of(empty) as engine:
        assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}


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
        counted = {name: select(func.count()).select_from(table) for name, table in metadata.tables.items()}
        return {name: connection.execute(query).scalar_one() for name, query in counted.items()}


def test_there_is_one_way_up() -> None:
    scripts = ScriptDirectory(str(ROOT / "migrations"))

    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1


def test_every_table_of_a_laboratory_is_guarded_by_row_on_postgresql(lims: Lims) -> None:
    """For the owner of the tables as well, who the program is. SQLite has no such thing: its file is one's own."""
    owned = {model.__table__.name for model in LaboratoryRecord.__subclasses__() if hasattr(model, "__mapper__")}
    assert len(owned) > 20
    if lims.engine.dialect.name == "postgresql":
        with lims.engine.connect() as connection:
            guarded = text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
            assert owned <= set(connection.execute(guarded).scalars())
