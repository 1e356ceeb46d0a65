"""Background work: reads the control charts after every run, so that what is out of control is not overlooked."""

from collections.abc import Sequence
from uuid import UUID

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.quality import queries, service
from lims.runtime import Lims

_NAME = "quality"


def due(lims: Lims) -> Sequence[UUID]:
    """The runs whose charts wait to be read, oldest first."""
    with lims.read(system_actor(_NAME), Action.QUALITY_READ) as session:
        return queries.unread_runs(session)


def read_charts(lims: Lims, run_id: UUID) -> None:
    """Read the charts of one run, unless that has been done."""
    with lims.work(system_actor(_NAME), Action.CHART_WATCH) as session:
        service.read_charts(session, run_id)
