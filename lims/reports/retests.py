"""Which reports were retested (复检): said of the first report, wherever the retest was made in this installation.

A retest is made by another laboratory, whose records the first one does not see. What is told of it is no secret to who
may read the first report: the number, who made it, and when. The way to it is open to whoever may read it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import local_day
from lims.db.parts import parts
from lims.db.work import LimsSession
from lims.network.tables import Laboratory
from lims.reports.rules import ReportStatus
from lims.reports.tables import Report
from lims.runtime import Lims
from lims.samples.tables import Sample


@dataclass(frozen=True, slots=True)
class Retest:
    """A retest report that is in force. `is_readable`: whoever asks may read it."""

    number: str
    laboratory: str
    issued_on: date
    is_readable: bool = False


def retests_for(lims: Lims, session: LimsSession, reports: Iterable[Report]) -> Mapping[UUID, list[Retest]]:
    """The retests of reports that the session sees, by the id of the first report, the oldest first.

    Args:
        session: of whoever asks; only what it sees is called readable.
    """
    with lims.read(system_actor("retests"), Action.REPORT_READ) as everywhere:
        found = _found(everywhere, reports)
    seen: set[UUID] = set()
    for some in parts([retest.id for rows in found.values() for retest, _ in rows]):
        seen |= set(session.exec(select(Report.id).where(col(Report.id).in_(some))).all())
    return {first: [_told(*row, is_readable=row[0].id in seen) for row in rows] for first, rows in found.items()}


def retests_told(session: Session, report: Report) -> list[Retest]:
    """What anybody with the first report in hand is told. `session` sees every laboratory."""
    return [_told(*row) for row in _found(session, [report]).get(report.id, [])]


def _found(session: Session, reports: Iterable[Report]) -> dict[UUID, list[tuple[Report, str]]]:
    """Retest reports in force with the names of their laboratories. They name the first report and who made it."""
    first = {(report.number, report.laboratory_id): report.id for report in reports if report.number is not None}
    names = {lab.id: lab.name for lab in session.exec(select(Laboratory)).all()}
    bodies = {(number, names.get(laboratory, "")): key for (number, laboratory), key in first.items()}
    found: dict[UUID, list[tuple[Report, str]]] = {}
    for some in parts(sorted({number for number, _ in bodies})):
        query = (
            select(Report, Sample.retest_of, Sample.retest_body)
            .join(Sample, col(Sample.id) == col(Report.sample_id))
            .where(col(Sample.retest_of).in_(some), Report.status == ReportStatus.ISSUED)
            .order_by(col(Report.issued_at), col(Report.id))
        )
        for report, number, body in session.exec(query).all():
            key = bodies.get((number or "", (body or "").strip()))
            if key is not None:
                found.setdefault(key, []).append((report, names.get(report.laboratory_id, "")))
    return found


def _told(report: Report, laboratory: str, *, is_readable: bool = False) -> Retest:
    if report.number is None or report.issued_at is None:
        raise ValueError("a report in force has a number and a day")
    return Retest(report.number, laboratory, local_day(report.issued_at), is_readable)
