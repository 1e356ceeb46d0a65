"""How far an organiser and a participant see beyond their own laboratory in a round, and no further.

A round joins laboratories that do not see each other. A participant's session also sees the laboratories that organise
rounds for it, an organiser's those that take part; `lims.proficiency.queries` then names the records in each query.
Writing stays limited to the own laboratory.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.db.work import LimsSession
from lims.proficiency import queries
from lims.runtime import Lims


@contextmanager
def reading(lims: Lims, actor: Actor, action: Action) -> Iterator[LimsSession]:
    """As `Lims.read`, with the eyes of a round."""
    lims.require(actor, action)
    with lims.read(_with_eyes(lims, actor), action) as session:
        yield session


@contextmanager
def working(lims: Lims, actor: Actor, action: Action, reason: str | None = None) -> Iterator[LimsSession]:
    """As `Lims.work`, with the eyes of a round."""
    lims.require(actor, action)
    with lims.work(_with_eyes(lims, actor), action, reason) as session:
        yield session


def _with_eyes(lims: Lims, actor: Actor) -> Actor:
    if actor.visible_laboratories is None or actor.laboratory_id is None:
        return actor
    with lims.read(system_actor("proficiency"), Action.PROFICIENCY_READ) as session:
        organisers, members = queries.laboratories_of_rounds(session, actor.laboratory_id)
    return replace(actor, visible_laboratories=actor.visible_laboratories | organisers | members)
