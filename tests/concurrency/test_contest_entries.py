"""Laboratories that enter people of one team at the same moment do not get past its quota. On both databases."""

from datetime import timedelta
from functools import partial

import pytest

from lims.contests import entering, queries, service
from lims.contests.doors import reading, working
from lims.contests.rules import Gender
from lims.contests.schemas import EntryIn, JudgeIn, UntilIn
from lims.core.actions import Action, Role
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.demo import cast, contest
from lims.people.service import UserOrder, create_user
from lims.runtime import Lims
from tests.api import contests as made
from tests.concurrency.at_once import at_once, audit_findings

pytestmark = pytest.mark.both_databases
#: People of a team.
QUOTA = 5


def test_a_team_is_filled_once(lims: Lims, clock: FixedClock, quick_passwords: None) -> None:
    made.peopled(lims)
    with lims.work(system_actor(), Action.SET_UP) as session:
        roles = frozenset({Role.QUALITY_MANAGER})
        create_user(session, UserOrder("qmb", "乙", made.PASSWORD, roles, cast.COUNTY))
    number = contest.planned(lims)

    def enter(username: str) -> int:
        people = [EntryIn(full_name=f"{username}{n}", gender=Gender.MAN, stream=contest.STREAMS[0]) for n in range(3)]
        with working(lims, contest.person(lims, username), Action.CONTEST_ENTER) as session:
            return len(entering.enter(session, number, people))

    outcome = at_once([partial(enter, "qma"), partial(enter, "qmb")])

    with reading(lims, contest.person(lims, "org"), Action.CONTEST_CONDUCT) as session:
        entries = queries.entries_of(session, queries.own_contest(session, number))
    assert len(outcome.refused) == 1
    assert len(entries) == 3 <= QUOTA
    assert audit_findings(lims) == []


def test_two_organisers_move_the_end_of_entries_once(lims: Lims, clock: FixedClock, quick_passwords: None) -> None:
    made.peopled(lims)
    number = contest.planned(lims)
    with reading(lims, contest.person(lims, "org"), Action.CONTEST_CONDUCT) as session:
        version = queries.own_contest(session, number).version

    def move(username: str, days: int) -> int:
        with working(lims, contest.person(lims, username), Action.CONTEST_CONDUCT) as session:
            until = session.instant + timedelta(days=days)
            service.move_until(session, number, UntilIn(version=version, entries_until=until))
            return days

    outcome = at_once([partial(move, "org", 2), partial(move, "sec", 3)])

    assert (len(outcome.done), len(outcome.refused)) == (1, 1)


def test_two_judges_do_not_get_one_label(lims: Lims, clock: FixedClock, quick_passwords: None) -> None:
    made.peopled(lims)
    number = contest.planned(lims)

    def appoint(username: str, judge: str) -> str:
        with working(lims, contest.person(lims, username), Action.CONTEST_CONDUCT) as session:
            service.appoint_judge(session, number, JudgeIn(username=judge, label="J1", events=["S"]))
            return judge

    outcome = at_once([partial(appoint, "org", "j1"), partial(appoint, "sec", "j2")])

    assert (len(outcome.done), len(outcome.refused)) == (1, 1)
