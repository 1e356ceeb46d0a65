"""How far people see beyond their own laboratory in a contest, and no further.

A contest joins laboratories that do not see each other: sessions of contests see the laboratories that take part, and
`lims.contests.queries` names the records in each query. Writing stays limited to the own laboratory.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from lims.contests import queries
from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.db.work import LimsSession
from lims.network import queries as network
from lims.runtime import Lims


@contextmanager
def reading(lims: Lims, actor: Actor, action: Action) -> Iterator[LimsSession]:
    """As `Lims.read`, with the eyes of a contest."""
    lims.require(actor, action)
    with lims.read(_with_eyes(lims, actor), action) as session:
        yield session


@contextmanager
def working(lims: Lims, actor: Actor, action: Action, reason: str | None = None) -> Iterator[LimsSession]:
    """As `Lims.work`, with the eyes of a contest."""
    lims.require(actor, action)
    with lims.work(_with_eyes(lims, actor), action, reason) as session:
        yield session


def _with_eyes(lims: Lims, actor: Actor) -> Actor:
    if actor.visible_laboratories is None or actor.laboratory_id is None:
        return actor
    with lims.read(system_actor("contests"), Action.CONTEST_READ) as session:
        own = network.laboratory_by_id(session, actor.laboratory_id)
        organises = actor.may(Action.CONTEST_CONDUCT)
        others = queries.laboratories_of_contests(session, own, actor.user_id, organises=organises)
    return replace(actor, visible_laboratories=actor.visible_laboratories | others)
