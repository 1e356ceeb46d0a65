"""Background work: after a round is published, what is not satisfactory becomes nonconforming work where it arose."""

from collections.abc import Sequence
from uuid import UUID

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.proficiency import queries, service
from lims.runtime import Lims

_NAME = "proficiency"


def due(lims: Lims) -> Sequence[UUID]:
    """The participants of published rounds that wait for it."""
    with lims.read(system_actor(_NAME), Action.PROFICIENCY_READ) as session:
        return queries.unfollowed(session)


def follow_up(lims: Lims, participant_id: UUID) -> None:
    """Open nonconforming work at one participant, unless that has been done."""
    with lims.work(system_actor(_NAME), Action.PROFICIENCY_FOLLOW) as session:
        service.follow_up(session, participant_id)
