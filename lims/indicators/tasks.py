"""Background work: books issued reports as they are committed, so that returns and indicators find them.

A report is due while the batch of its sample says something else than it does; booking it twice changes nothing.
"""

from collections.abc import Sequence
from uuid import UUID

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.errors import Conflict
from lims.indicators import booking
from lims.runtime import Lims

_NAME = "indicators"
#: Two may book at once: who comes second finds it done when looking again.
_ATTEMPTS = 3


def due(lims: Lims) -> Sequence[UUID]:
    """The reports that wait to be booked, oldest first."""
    with lims.read(system_actor(_NAME), Action.INDICATORS_READ) as session:
        return [report.id for report in booking.due_reports(session)]


def book(lims: Lims, report_id: UUID) -> None:
    """Book one report, unless that has been done or another report has taken its place."""
    with lims.work(system_actor(_NAME), Action.REPORT_BOOK) as session:
        booking.book_reports(session, booking.due_reports(session, report_id))


def book_due(lims: Lims) -> int:
    """Book everything that is due, in one act; how many batches were new or changed. Raises `Conflict` at last."""
    for attempt in range(1, _ATTEMPTS + 1):
        if not due(lims):
            return 0
        try:
            with lims.work(system_actor(_NAME), Action.REPORT_BOOK) as session:
                return booking.bring_up_to_date(session)
        except Conflict:
            if attempt == _ATTEMPTS:
                raise
    return 0
