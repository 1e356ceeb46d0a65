"""Background work: papers whose time is up are handed in, whether their browsers are open or not."""

from collections.abc import Sequence
from uuid import UUID

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.exams import queries, sitting
from lims.runtime import Lims

_NAME = "exams"


def due(lims: Lims) -> Sequence[UUID]:
    """The candidates whose time is up."""
    with lims.read(system_actor(_NAME), Action.EXAM_READ) as session:
        return queries.overdue(session, lims.clock.now())


def take_in(lims: Lims, candidate_id: UUID) -> None:
    """Hand one paper in, unless that has been done."""
    with lims.work(system_actor(_NAME), Action.EXAM_HAND_IN) as session:
        sitting.take_in(session, candidate_id)
