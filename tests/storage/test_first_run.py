"""The first account of a fresh installation: for who holds the set-up code, and for one only."""

import stat
from dataclasses import replace
from functools import partial

import pytest

from lims.core.actions import Action, Role
from lims.core.actors import system_actor
from lims.core.errors import Conflict, Forbidden, LimsError, RuleRefused
from lims.db.work import save
from lims.network.queries import laboratories
from lims.network.rules import Level
from lims.network.service import LaboratoryOrder
from lims.network.tables import Region
from lims.people import queries
from lims.people.first_run import FirstRun, create_first_administrator, is_fresh, set_up_code
from lims.people.sessions import session_of
from lims.runtime import Lims
from tests.concurrency.at_once import at_once, audit_findings
from tests.factories import LABORATORIES, PASSWORD, REGIONS, Cast
from tests.storage.test_sign_in import refusal, signed_in

pytestmark = pytest.mark.both_databases

*ABOVE, OWN = LABORATORIES[:3]
PLAN = FirstRun(OWN, "ada", "艾达", PASSWORD, ABOVE)


@pytest.fixture
def fresh(lims: Lims, quick_passwords: None) -> Lims:
    """An installation that was migrated and has its regions, and nothing else."""
    with lims.work(system_actor(), Action.SET_UP) as session:
        for code, name, level, parent in REGIONS:
            save(session, Region(code=code, name=name, level=level, kind="区", parent_code=parent, source="test"))
    return lims


def test_the_holder_of_the_code_begins(fresh: Lims) -> None:
    code, path = set_up_code(fresh), fresh.settings.data / "set-up-code"
    assert is_fresh(fresh)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set_up_code(fresh) == code

    create_first_administrator(fresh, f" {code.lower()} ", PLAN)

    assert not is_fresh(fresh)
    assert not path.exists()
    actor = session_of(fresh, signed_in(fresh, "ada").token).actor
    assert actor.roles == {Role.ADMINISTRATOR}
    with fresh.read(actor, Action.NETWORK_READ) as session:
        own = {lab.id: lab.code for lab in laboratories(session)}
        assert sorted(own.values()) == ["LA", "LP", "LQ"]
    assert actor.laboratory_id is not None
    assert own[actor.laboratory_id] == "LA"
    assert audit_findings(fresh) == []


@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA-AAAA", "\ud800", "0"])
def test_nobody_begins_without_the_code(fresh: Lims, code: str) -> None:
    for _ in range(2):  # before and after the code was made
        assert refusal(Forbidden, lambda: create_first_administrator(fresh, code, PLAN)) == "first_run.code"
        set_up_code(fresh)
    assert is_fresh(fresh)


def test_what_is_refused_can_be_mended(fresh: Lims) -> None:
    code = set_up_code(fresh)

    assert refusal(RuleRefused, lambda: create_first_administrator(fresh, code, replace(PLAN, password="short")))
    assert refusal(RuleRefused, lambda: create_first_administrator(fresh, code, replace(PLAN, laboratory=_alone())))
    with fresh.read(system_actor(), Action.NETWORK_READ) as session:
        assert laboratories(session) == []
    create_first_administrator(fresh, code, PLAN)


def _alone() -> LaboratoryOrder:
    return LaboratoryOrder("LA", "播州区检测中心", Level.COUNTY, "520304", None, "播州区")


def test_a_province_needs_nothing_above_it(fresh: Lims) -> None:
    create_first_administrator(fresh, set_up_code(fresh), replace(PLAN, laboratory=LABORATORIES[0], above=()))

    assert not is_fresh(fresh)


def test_once_somebody_has_an_account_nobody_begins_again(lims: Lims, cast: Cast) -> None:
    code = set_up_code(lims)

    assert not is_fresh(lims)
    assert refusal(Conflict, lambda: create_first_administrator(lims, code, replace(PLAN, username="mole")))
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        assert queries.user_by_name(session, "mole") is None


def test_of_several_at_once_one_begins(fresh: Lims) -> None:
    code = set_up_code(fresh)

    def begin(username: str) -> None:
        try:
            create_first_administrator(fresh, code, replace(PLAN, username=username))
        except Forbidden as late:  # the code is gone already
            raise Conflict(*late.reasons) from late

    outcome = at_once([partial(begin, name) for name in ("ada", "bob", "cyn", "dan")])

    assert (len(outcome.done), len(outcome.refused)) == (1, 3)
    assert all(isinstance(refused, LimsError) for refused in outcome.refused)
    with fresh.read(system_actor(), Action.PEOPLE_READ) as session:
        assert len(queries.users(session)) == 1
    assert audit_findings(fresh) == []
