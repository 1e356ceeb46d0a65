"""Behind the program's back: with a raw connection of its own role, PostgreSQL shows and takes only one's own."""

from collections.abc import Callable, Iterator
from typing import Any
from typing import cast as typed
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from lims.core.actions import Action
from lims.db.record import LaboratoryRecord, metadata
from lims.equipment import service as equipment
from lims.equipment.schemas import InstrumentIn
from lims.runtime import Lims
from lims.settings import Settings
from tests.factories import Cast

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

#: What the program announces at the start of a transaction: nothing, nonsense, or somebody else.
ANNOUNCED = {
    "nothing": None,
    "an empty text": "",
    "nonsense": "all",
    "a part of an id": "%",
    "nobody": "00000000-0000-4000-8000-000000000000",
}
TABLES = sorted(
    ["number_series", *(m.__table__.name for m in LaboratoryRecord.__subclasses__() if hasattr(m, "__mapper__"))]
)


@pytest.fixture
def raw(database: Settings, lims: Lims, cast: Cast) -> Iterator[psycopg.Connection[Any]]:
    """A connection that never goes through the program; laboratory A and B each have an instrument."""
    for actor in (cast.max, cast.eve):
        with lims.work(actor, Action.EQUIPMENT_EDIT) as session:
            order = InstrumentIn.model_validate(
                {"code": "I", "name": "i", "model": "m", "serial_number": "1", "calibrated_until": "2027-01-01"}
            )
            equipment.register_instrument(session, order)
    assert database.database_url is not None
    with psycopg.connect(database.database_url) as connection:
        yield connection


def announce(connection: psycopg.Connection[Any], scope: str | None) -> None:
    connection.rollback()
    if scope is not None:
        connection.execute("SELECT set_config('lims.laboratories', %s, true)", (scope,))


def seen(connection: psycopg.Connection[Any], table: str, column: str = "laboratory_id") -> set[Any]:
    query = sql.SQL("SELECT DISTINCT {} FROM {}").format(sql.Identifier(column), sql.Identifier(table))
    return {row[0] for row in connection.execute(query)}


def laboratory_of(actor: Any) -> UUID:
    return typed(UUID, actor.laboratory_id)


def test_the_role_of_the_program_cannot_step_around(raw: psycopg.Connection[Any]) -> None:
    role = raw.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user").fetchone()

    assert role == (False, False)


@pytest.mark.parametrize("announced", ANNOUNCED)
def test_who_announces_nobody_sees_nothing(raw: psycopg.Connection[Any], announced: str) -> None:
    announce(raw, ANNOUNCED[announced])

    assert {table: seen(raw, table) for table in TABLES} == {table: set() for table in TABLES}


def test_who_announces_a_laboratory_sees_it_alone(raw: psycopg.Connection[Any], cast: Cast) -> None:
    for actor in (cast.max, cast.eve):
        own = laboratory_of(actor)
        announce(raw, str(own))

        assert all(seen(raw, table) <= {own} for table in TABLES)
        assert seen(raw, "instrument") == seen(raw, "app_user") == {own}


def test_what_is_announced_ends_with_the_transaction(raw: psycopg.Connection[Any], cast: Cast) -> None:
    announce(raw, "*")
    assert len(seen(raw, "app_user")) > 2

    raw.commit()

    assert seen(raw, "app_user") == set()


@pytest.mark.parametrize(
    "write",
    [
        "INSERT INTO instrument (id, version, laboratory_id, code, name, model, serial_number, calibrated_until)"
        " VALUES (%(id)s, 1, %(theirs)s, 'X', 'x', 'x', 'x', '2027-01-01')",
        "UPDATE instrument SET laboratory_id = %(theirs)s WHERE laboratory_id = %(own)s",
    ],
    ids=["a new record", "an own record"],
)
def test_nothing_is_written_for_another_laboratory(raw: psycopg.Connection[Any], cast: Cast, write: str) -> None:
    own, theirs = laboratory_of(cast.max), laboratory_of(cast.eve)
    announce(raw, str(own))

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw.execute(write.encode(), {"id": uuid4(), "own": own, "theirs": theirs})


@pytest.mark.parametrize("write", ["UPDATE {} SET laboratory_id = laboratory_id", "DELETE FROM {}"])
@pytest.mark.parametrize("announced", ANNOUNCED)
def test_nothing_of_another_laboratory_is_changed_or_removed(
    raw: psycopg.Connection[Any], announced: str, write: str
) -> None:
    announce(raw, ANNOUNCED[announced])

    touched = {t: raw.execute(sql.SQL(write).format(sql.Identifier(t))).rowcount for t in TABLES}

    assert touched == dict.fromkeys(TABLES, 0)


def test_the_audit_trail_of_another_laboratory_is_hidden_as_well(raw: psycopg.Connection[Any], cast: Cast) -> None:
    """It holds every record before and after."""
    own = str(laboratory_of(cast.max))
    for scope, visible in ((None, {"network"}), (own, {"network", own})):
        announce(raw, scope)

        assert seen(raw, "audit_entry", "chain") == visible
        assert seen(raw, "audit_head", "chain") == visible


def test_the_program_itself_sees_what_it_announces(lims: Lims, cast: Cast, raw: psycopg.Connection[Any]) -> None:
    """The same rows through the program: neither more nor fewer."""
    count: Callable[[str], int] = lambda table: typed(  # noqa: E731  # of one line
        int, typed(Any, raw.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone())[0]
    )
    announce(raw, str(laboratory_of(cast.max)))
    with lims.read(cast.max, Action.EQUIPMENT_READ) as session:
        connection = session.connection()
        for table in (metadata.tables[name] for name in TABLES):
            assert len(connection.execute(table.select()).all()) == count(table.name)
