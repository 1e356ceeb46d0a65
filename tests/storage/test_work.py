"""One act is one transaction, limited to what its actor may see."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlmodel import col, select

from lims.core.actions import Action, Role
from lims.core.actors import system_actor
from lims.core.errors import Conflict, Forbidden, NotFound
from lims.db.numbers import allocate
from lims.db.work import check_version, save
from lims.equipment.tables import Instrument
from lims.network.queries import laboratory_by_code
from lims.network.rules import TargetKind
from lims.network.tables import Target
from lims.runtime import Lims
from tests.factories import TODAY, Cast
from tests.storage.test_audit_chain import an_instrument

pytestmark = pytest.mark.both_databases


def test_a_laboratory_sees_nothing_of_another(lims: Lims, cast: Cast) -> None:
    with lims.work(cast.max, Action.EQUIPMENT_EDIT) as session:
        instrument = save(session, an_instrument(cast))

    with lims.read(cast.eve, Action.EQUIPMENT_READ) as session:
        assert session.exec(select(Instrument)).all() == []
        assert session.exec(select(Instrument.code)).all() == []
        assert session.get(Instrument, instrument.id) is None
    with lims.read(cast.ann, Action.EQUIPMENT_READ) as session:
        assert session.exec(select(col(Instrument.code))).all() == ["LC-01"]


def test_nobody_writes_into_another_laboratory(lims: Lims, cast: Cast) -> None:
    with pytest.raises(Forbidden), lims.work(cast.eve, Action.EQUIPMENT_EDIT) as session:
        save(session, an_instrument(cast))


def test_seeing_a_laboratory_is_not_writing_into_it(lims: Lims, cast: Cast) -> None:
    with lims.work(cast.max, Action.EQUIPMENT_EDIT) as session:
        instrument = save(session, an_instrument(cast))
    above = replace(cast.net, roles=frozenset({Role.QUALITY_MANAGER}))

    with lims.read(above, Action.EQUIPMENT_READ) as session:
        assert session.get_one(Instrument, instrument.id).code == "LC-01"
    with pytest.raises(Forbidden), lims.work(above, Action.EQUIPMENT_EDIT) as session:
        found = session.get_one(Instrument, instrument.id)
        found.model = "theirs"
        save(session, found)


def test_a_person_without_the_right_is_refused_before_anything_happens(lims: Lims, cast: Cast) -> None:
    with pytest.raises(Forbidden), lims.work(cast.ann, Action.EQUIPMENT_EDIT):
        raise AssertionError("never reached")


def test_exact_decimals_keep_every_zero_and_digit(lims: Lims, cast: Cast) -> None:
    values = ["0.10", "0.00000000012", "12345678.1234567891", "1000"]
    with lims.work(system_actor(), Action.SET_UP) as session:
        for n, value in enumerate(values):
            save(session, a_target(f"X{n}", Decimal(value)))

    with lims.read(cast.ann, Action.NETWORK_READ) as session:
        query = select(Target).where(col(Target.code).startswith("X")).order_by(col(Target.code))
        read = [target.value for target in session.exec(query).all()]
    assert [format(v, "f") for v in read] == values


def a_target(code: str, value: Decimal) -> Target:
    return Target(
        code=code,
        item="x",
        kind=TargetKind.OTHER,
        comparison=">=",
        value=value,
        unit="%",
        scope="x",
        starts_on=TODAY,
        source="test",
    )


def test_the_second_of_two_changes_to_one_record_is_a_conflict(lims: Lims, cast: Cast) -> None:
    with lims.work(cast.max, Action.EQUIPMENT_EDIT) as session:
        instrument = save(session, an_instrument(cast))
    with lims.read(cast.max, Action.EQUIPMENT_READ) as reader:
        stale = reader.get_one(Instrument, instrument.id)
        seen = stale.version
    with lims.work(cast.max, Action.EQUIPMENT_EDIT) as session:
        first = session.get_one(Instrument, instrument.id)
        first.model = "first"
        save(session, first)

    with pytest.raises(Conflict), lims.work(cast.max, Action.EQUIPMENT_EDIT) as session:
        session.add(stale)
        stale.model = "second"
        session.flush()
    with pytest.raises(Conflict), lims.work(cast.max, Action.EQUIPMENT_EDIT) as session:
        check_version(session.get_one(Instrument, instrument.id), seen)


def test_a_taken_key_is_a_conflict(lims: Lims, cast: Cast) -> None:
    with lims.work(cast.max, Action.EQUIPMENT_EDIT) as session:
        save(session, an_instrument(cast))

    with pytest.raises(Conflict), lims.work(cast.max, Action.EQUIPMENT_EDIT) as session:
        save(session, an_instrument(cast))


def test_a_number_comes_back_when_the_act_fails(lims: Lims, cast: Cast) -> None:
    with lims.read(system_actor(), Action.NETWORK_READ) as session:
        laboratory = laboratory_by_code(session, "LA").id
    with lims.work(system_actor(), Action.SET_UP) as session:
        assert list(allocate(session, laboratory, "sample-2026", 3)) == [1, 2, 3]
    with pytest.raises(NotFound), lims.work(system_actor(), Action.SET_UP) as session:
        assert list(allocate(session, laboratory, "sample-2026")) == [4]
        laboratory_by_code(session, "nowhere")

    with lims.work(system_actor(), Action.SET_UP) as session:
        assert list(allocate(session, laboratory, "sample-2026")) == [4]
        assert list(allocate(session, laboratory, "sample-2027")) == [1]
