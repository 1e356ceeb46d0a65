"""A contest for tests: the network of the rehearsal, its people, and how far it is taken."""

from datetime import timedelta

from lims.core.actions import Action, Role
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.demo import cast, contest
from lims.network.files import read_network
from lims.network.service import load_network
from lims.people.service import UserOrder, create_user
from lims.runtime import Lims

CONTESTS = "/api/contests"
NUMBER = "QZY-CT2026-001"
PASSWORD = "walk through the house 7"


def peopled(lims: Lims, password: str = PASSWORD) -> None:
    """Regions, laboratories and people of the rehearsal."""
    with lims.work(system_actor(), Action.SET_UP) as session:
        load_network(session, read_network(lims.settings.method_library))
    contest.prepare(lims, password)


def exam_organiser(lims: Lims) -> None:
    """Netty, who keeps the bank and holds the exams of the organiser's laboratory."""
    with lims.work(system_actor(), Action.SET_UP) as session:
        roles = frozenset({Role.NETWORK_MANAGER})
        create_user(session, UserOrder("netty", "Netty", PASSWORD, roles, cast.PREFECTURE, "520300"))


def scored(lims: Lims, clock: FixedClock) -> str:
    """A contest in which everybody is scored."""
    number = contest.planned(lims)
    clock.instant += timedelta(hours=1)
    contest.entered(lims, number)
    clock.instant += timedelta(hours=1)
    contest.scored(lims, number)
    return number
