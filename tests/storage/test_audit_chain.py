"""Every change is in the audit trail, and nobody can change either behind its back."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from lims.core.actions import Action, Role
from lims.core.actors import system_actor
from lims.core.errors import RuleRefused
from lims.db.audit_check import AuditReport, verify
from lims.db.audit_tables import AuditEntry
from lims.db.engine import WRITES
from lims.db.work import UnauditedWrite, insert_many, save
from lims.equipment.tables import Instrument
from lims.network.tables import Laboratory
from lims.people.service import UserOrder, create_user
from lims.runtime import Lims
from tests.factories import TODAY, Cast

pytestmark = pytest.mark.both_databases


def an_instrument(cast: Cast, code: str = "LC-01") -> Instrument:
    assert cast.max.laboratory_id is not None
    return Instrument(
        laboratory_id=cast.max.laboratory_id,
        code=code,
        name="LC-MS/MS",
        model="6470",
        serial_number="SG1",
        calibrated_until=TODAY,
    )


def findings(lims: Lims) -> list[tuple[str, str]]:
    return [(f.kind, f.place) for f in verified(lims).findings]


def verified(lims: Lims) -> AuditReport:
    with lims.read(system_actor(), Action.AUDIT_VERIFY) as session:
        return verify(session.connection())


def by_hand(lims: Lims, *statements: str) -> None:
    """What somebody with the database's own shell can do."""
    with lims.engine.execution_options(**{WRITES: True}).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT set_config('lims.laboratories', '*', true)"))
        for statement in statements:
            connection.execute(text(statement))


def without_triggers(lims: Lims, *statements: str) -> None:
    """The owner of the database can also switch the triggers off."""
    if lims.engine.dialect.name == "sqlite":
        dropped = ("DROP TRIGGER audit_entry_no_update", "DROP TRIGGER audit_entry_no_delete")
        by_hand(lims, *dropped, *statements)
    else:
        by_hand(lims, "ALTER TABLE audit_entry DISABLE TRIGGER USER", *statements)


def test_an_insert_a_change_and_a_deletion_each_leave_an_entry_with_before_and_after(lims: Lims, cast: Cast) -> None:
    with lims.work(cast.max, Action.EQUIPMENT_EDIT, "bought") as session:
        instrument = save(session, an_instrument(cast))
    with lims.work(cast.max, Action.EQUIPMENT_EDIT, "moved") as session:
        found = session.get_one(Instrument, instrument.id)
        found.model = "6495"
        save(session, found)
    with lims.work(cast.max, Action.EQUIPMENT_EDIT, "scrapped") as session:
        session.delete(session.get_one(Instrument, instrument.id))

    with lims.read(system_actor(), Action.AUDIT_READ) as session:
        entries = session.exec(
            select(AuditEntry).where(AuditEntry.entity_id == str(instrument.id)).order_by(AuditEntry.number)  # type: ignore[arg-type]  # a column
        ).all()
    assert [(e.operation, e.reason, e.actor_name) for e in entries] == [
        ("insert", "bought", "Max"),
        ("update", "moved", "Max"),
        ("delete", "scrapped", "Max"),
    ]
    assert (entries[1].before, entries[1].after) == ('{"model":"6470"}', '{"model":"6495"}')
    assert findings(lims) == []


def test_bulk_inserts_are_audited_row_by_row(lims: Lims, cast: Cast) -> None:
    rows = [an_instrument(cast, f"LC-{n:02}").model_dump(exclude={"id", "version"}) for n in range(5)]

    with lims.work(cast.max, Action.EQUIPMENT_EDIT) as session:
        ids = insert_many(session, Instrument, rows)

    with lims.read(system_actor(), Action.AUDIT_READ) as session:
        audited = {e.entity_id for e in session.exec(select(AuditEntry).where(AuditEntry.entity == "instrument"))}
    assert audited == {str(i) for i in ids}
    assert findings(lims) == []


def test_a_refused_act_leaves_neither_record_nor_entry(lims: Lims, cast: Cast) -> None:
    before = verified(lims)

    with pytest.raises(RuleRefused), lims.work(cast.max, Action.EQUIPMENT_EDIT) as session:
        save(session, an_instrument(cast))
        create_user(session, UserOrder("x", "X", "short", frozenset({Role.SAMPLER}), "LA"))

    assert verified(lims) == before


def test_passwords_leave_only_a_digest(lims: Lims, cast: Cast) -> None:
    with lims.read(system_actor(), Action.AUDIT_READ) as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.entity == "app_user")).first()
    assert entry is not None
    assert entry.after is not None
    assert "argon2" not in entry.after
    assert "sha256:" in entry.after


def test_a_change_outside_an_act_is_a_fault_of_the_program(lims: Lims, cast: Cast) -> None:
    with pytest.raises(UnauditedWrite), lims.read(cast.max, Action.EQUIPMENT_READ) as session:
        save(session, an_instrument(cast))


def test_the_database_itself_refuses_to_change_entries(lims: Lims, cast: Cast) -> None:
    attempts = ["UPDATE audit_entry SET actor_name = 'nobody'", "DELETE FROM audit_entry"]
    if lims.engine.dialect.name == "sqlite":
        attempts.append("INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry LIMIT 1")
    else:
        attempts.append("TRUNCATE audit_entry")

    for attempt in attempts:
        with pytest.raises(DBAPIError):
            by_hand(lims, attempt)
    assert findings(lims) == []


def test_an_edited_entry_is_named(lims: Lims, cast: Cast) -> None:
    without_triggers(lims, "UPDATE audit_entry SET actor_name = 'nobody' WHERE chain = 'network' AND number = 3")

    assert findings(lims) == [("entry.edited", "audit_entry network #3")]


def test_a_removed_entry_is_named(lims: Lims, cast: Cast) -> None:
    without_triggers(lims, "DELETE FROM audit_entry WHERE chain = 'network' AND number = 3")

    assert ("entry.deleted", "audit_entry network #4") in findings(lims)


def test_an_inserted_entry_is_named(lims: Lims, cast: Cast) -> None:
    columns = "chain, at, actor_name, action, operation, entity, entity_id, after, previous_hash, hash"
    by_hand(
        lims,
        f"INSERT INTO audit_entry ({columns}, number) SELECT {columns}, number + 1 FROM audit_entry"
        " WHERE chain = 'network' ORDER BY number DESC LIMIT 1",
    )

    kinds = {kind for kind, _ in findings(lims)}
    assert {"entry.edited", "chain.cut"} <= kinds


def test_a_chain_that_lost_its_end_is_named(lims: Lims, cast: Cast) -> None:
    without_triggers(
        lims,
        "DELETE FROM audit_entry WHERE chain = 'network' AND number ="
        " (SELECT max(number) FROM audit_entry WHERE chain = 'network')",
    )

    assert ("chain.cut", "chain network") in findings(lims)


def test_an_edited_record_is_named_with_its_columns(lims: Lims, cast: Cast) -> None:
    by_hand(lims, "UPDATE laboratory SET address = 'elsewhere' WHERE code = 'LA'")

    with lims.read(system_actor(), Action.NETWORK_READ) as session:
        laboratory = session.exec(select(Laboratory).where(Laboratory.code == "LA")).one()
    (finding,) = verified(lims).findings
    assert (finding.kind, finding.place) == ("record.edited", f"laboratory {laboratory.id}")
    assert "address" in finding.text


def test_removed_and_inserted_records_are_named(lims: Lims, cast: Cast) -> None:
    by_hand(lims, "DELETE FROM user_role WHERE role = 'sampler'")
    assert {kind for kind, _ in findings(lims)} == {"record.deleted"}

    by_hand(
        lims,
        "INSERT INTO target (id, version, code, item, kind, comparison, value, unit, scope, starts_on, source)"
        " VALUES ('00000000000000000000000000000001', 1, 'X', 'x', 'other', '=', '1', '%', 'x', '2026-01-01', 'x')",
    )
    assert "record.inserted" in {kind for kind, _ in findings(lims)}


def test_a_value_that_the_program_would_never_write_is_named_not_a_crash(lims: Lims, cast: Cast) -> None:
    by_hand(lims, "UPDATE laboratory SET level = 'galactic' WHERE code = 'LA'")

    assert [kind for kind, _ in findings(lims)] == ["record.edited"]
