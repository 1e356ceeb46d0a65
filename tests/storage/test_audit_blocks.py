"""One entry stands for all records that an act adds at once, and still none of them can be touched unnoticed."""

import json
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlmodel import col, select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.errors import Forbidden
from lims.db.audit import state_of
from lims.db.audit_reading import entries_since, history_of
from lims.db.audit_tables import AuditEntry
from lims.db.blocks import BLOCK, block_of, count_of, records_of
from lims.db.work import insert_block, save
from lims.equipment.tables import Instrument
from lims.network.tables import Region
from lims.people.tables import User
from lims.runs.tables import QcPlan
from lims.runtime import Lims
from tests.factories import TODAY, Cast
from tests.storage.test_audit_chain import an_instrument, by_hand, findings, verified, without_triggers

pytestmark = pytest.mark.both_databases
COUNT = 7


@pytest.fixture
def made(lims: Lims, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """Instruments in three blocks, of three, three and one; the ids in the order of their codes."""
    monkeypatch.setattr("lims.db.work.LARGEST_BLOCK", 3)
    rows = [an_instrument(cast, f"LC-{n:02}").model_dump(exclude={"id", "version"}) for n in range(COUNT)]
    with lims.work(cast.max, Action.EQUIPMENT_EDIT, "bought") as session:
        return insert_block(session, Instrument, rows)


def entries_on_blocks(lims: Lims) -> list[AuditEntry]:
    with lims.read(system_actor(), Action.AUDIT_READ) as session:
        query = select(AuditEntry).where(AuditEntry.operation == BLOCK).order_by(col(AuditEntry.id))
        return list(session.exec(query).all())


def keys(ids: list[UUID]) -> Callable[[int], str]:
    """The id of a record as the database's own shell writes it."""
    return lambda n: f"'{ids[n]}', '{ids[n].hex}'"


def test_records_of_a_block_have_one_entry_and_each_its_own_history(lims: Lims, cast: Cast, made: list[UUID]) -> None:
    with lims.work(cast.max, Action.EQUIPMENT_EDIT, "moved") as session:
        save(session, session.get_one(Instrument, made[4])).model = "6495"
    entries = entries_on_blocks(lims)
    with lims.read(cast.max, Action.EQUIPMENT_READ) as session:
        history = history_of(session, "instrument", made[4])
        since = entries_since(session, "instrument", made[4], 1)
        beyond = history_of(session, "instrument", UUID(block_of(str(made[6]))[:24] + "0001" + str(made[6])[28:]))
        stored = session.get_one(Instrument, made[5])

    assert len(set(made)) == COUNT
    assert [count_of(entry.after) for entry in entries] == [3, 3, 1]
    assert {entry.entity_id for entry in entries} == {str(made[0]), str(made[3]), str(made[6])}
    assert [(e.operation, e.reason, e.entity_id) for e in history] == [
        ("insert", "bought", str(made[4])),
        ("update", "moved", str(made[4])),
    ]
    assert (history[0].number, history[0].hash) == (entries[1].number, entries[1].hash)
    assert '"code":"LC-04"' in (history[0].after or "")
    assert [e.operation for e in since] == ["update"]
    assert beyond == []
    assert dict(records_of(entries[1].entity_id, entries[1].after))[str(made[5])] == state_of(
        Instrument.__table__, stored.model_dump()
    )
    assert findings(lims) == []


def test_json_days_and_instants_are_kept_as_they_are_stored(lims: Lims, cast: Cast) -> None:
    values = [{"above": "0.10", "words": ["毒死蜱", None, True, 3]}, {}, {"text": "a 'quoted' \"%s\" :x \\"}]
    plan = {
        "laboratory_id": cast.max.laboratory_id, "method_code": "M", "effective_on": TODAY, "reason": "试行",
        "set_by": cast.max.user_id, "set_at": lims.clock.now(),
    }  # fmt: skip
    rows = [{**plan, "edition": n, "rules": values[n:], "formula": value} for n, value in enumerate([*values, None])]
    with lims.work(cast.max, Action.QC_PLAN_SET) as session:
        ids = insert_block(session, QcPlan, rows)
    with lims.read(cast.max, Action.RUN_READ) as session:
        stored = [session.get_one(QcPlan, one) for one in ids]
        told = [json.loads(history_of(session, "qc_plan", one)[0].after or "") for one in ids]

    assert [(one.rules, one.formula, one.calibration, one.set_at) for one in stored] == [
        (row["rules"], row["formula"], None, plan["set_at"]) for row in rows
    ]
    assert told == [state_of(QcPlan.__table__, one.model_dump()) for one in stored]
    assert findings(lims) == []


def test_an_edited_a_removed_and_an_inserted_record_of_a_block_are_named(lims: Lims, made: list[UUID]) -> None:
    key = keys(made)
    free = made[6].hex[:20] + "0001" + made[6].hex[24:]
    columns = ", ".join(c.name for c in Instrument.__table__.columns if c.name not in {"id", "code"})
    by_hand(
        lims,
        f"UPDATE instrument SET model = 'TSQ' WHERE CAST(id AS TEXT) IN ({key(1)})",
        f"INSERT INTO instrument (id, code, {columns}) SELECT '{free}', 'LC-99', {columns} FROM instrument"
        f" WHERE CAST(id AS TEXT) IN ({key(0)})",
        f"DELETE FROM instrument WHERE CAST(id AS TEXT) IN ({key(3)})",
    )

    assert sorted(findings(lims)) == [
        ("record.deleted", f"instrument {made[3]}"),
        ("record.edited", f"instrument {made[1]}"),
        ("record.inserted", f"instrument {UUID(free)}"),
    ]
    (edited,) = [f.text for f in verified(lims).findings if f.kind == "record.edited"]
    assert edited.endswith(": model.")


def test_swapped_records_of_a_block_are_both_named(lims: Lims, made: list[UUID]) -> None:
    key = keys(made)
    by_hand(
        lims,
        f"UPDATE instrument SET code = 'between' WHERE CAST(id AS TEXT) IN ({key(0)})",
        f"UPDATE instrument SET code = 'LC-00' WHERE CAST(id AS TEXT) IN ({key(2)})",
        f"UPDATE instrument SET code = 'LC-02' WHERE CAST(id AS TEXT) IN ({key(0)})",
    )

    assert set(findings(lims)) == {("record.edited", f"instrument {made[n]}") for n in (0, 2)}


def test_later_changes_go_on_from_the_block(lims: Lims, cast: Cast, made: list[UUID]) -> None:
    with lims.work(cast.max, Action.EQUIPMENT_EDIT, "moved") as session:
        save(session, session.get_one(Instrument, made[1])).model = "6495"
        session.delete(session.get_one(Instrument, made[2]))
    assert findings(lims) == []

    by_hand(lims, f"UPDATE instrument SET model = '6470' WHERE CAST(id AS TEXT) IN ({keys(made)(1)})")

    assert findings(lims) == [("record.edited", f"instrument {made[1]}")]


@pytest.mark.parametrize("replayed", [20, 1])
def test_the_records_of_a_block_are_looked_at_span_by_span(
    lims: Lims, made: list[UUID], monkeypatch: pytest.MonkeyPatch, replayed: int
) -> None:
    monkeypatch.setattr("lims.db.audit_check._REPLAYED", replayed)
    by_hand(lims, f"UPDATE instrument SET model = 'TSQ' WHERE CAST(id AS TEXT) IN ({keys(made)(5)})")

    assert findings(lims) == [("record.edited", f"instrument {made[5]}")]


@pytest.mark.parametrize("after", ["'none'", "NULL", r"""'{"count"\:3,"shared"\:{},"zlib"\:"eJw="}'"""])
def test_an_edited_block_is_named_and_read_without_a_fault(
    lims: Lims, cast: Cast, made: list[UUID], after: str
) -> None:
    entry = entries_on_blocks(lims)[1]
    without_triggers(lims, f"UPDATE audit_entry SET after = {after} WHERE id = {entry.id}")

    found = findings(lims)

    assert ("entry.edited", f"audit_entry {entry.chain} #{entry.number}") in found
    assert {place for kind, place in found if kind == "record.inserted"} == {f"instrument {made[n]}" for n in (3, 4, 5)}
    with lims.read(cast.max, Action.EQUIPMENT_READ) as session:
        assert history_of(session, "instrument", made[4]) == []


def test_a_block_is_of_one_laboratory_the_own_one_and_of_no_secrets(lims: Lims, cast: Cast) -> None:
    own, other = (an_instrument(cast, code).model_dump(exclude={"id", "version"}) for code in ("LC-01", "LC-02"))
    other["laboratory_id"] = cast.eve.laboratory_id
    user = {"username": "x", "password_hash": "secret"}

    with pytest.raises(Forbidden), lims.work(cast.max, Action.EQUIPMENT_EDIT) as session:
        insert_block(session, Instrument, [own, other])
    with pytest.raises(ValueError, match="one laboratory"), lims.work(system_actor(), Action.SET_UP) as session:
        insert_block(session, Instrument, [own, other])
    with pytest.raises(ValueError, match="secret"), lims.work(system_actor(), Action.SET_UP) as session:
        insert_block(session, User, [user])
    with lims.work(system_actor(), Action.SET_UP) as session:
        assert insert_block(session, Region, []) == []

    assert findings(lims) == []
