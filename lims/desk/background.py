"""Background work (后台任务) as a page shows it: what is due, what is being done, what failed, when it last ran.

Who does the work is composed above the features (`lims.worker`); the application hands it over as `Background`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Protocol
from uuid import UUID

from sqlmodel import col, select

from lims.core.actions import Action
from lims.core.errors import NotFound, RuleRefused
from lims.core.reasons import mark, reason
from lims.db.parts import parts
from lims.db.work import LimsSession
from lims.reports import service as reports
from lims.reports.rules import ReportStatus
from lims.reports.tables import Report
from lims.runs.tables import Run
from lims.runtime import Lims
from lims.web.viewer import Viewer

#: What each kind of work is called.
TASK_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "report.batch": mark("Batches of reports"),
        "report.render": mark("Drawing and signing of reports"),
        "log.sign": mark("Signing of the transparency log"),
        "indicators.book": mark("Entering reports into the indicators"),
        "exams.take_in": mark("Taking in of papers"),
        "contest.certify": mark("Drawing and signing of contest documents"),
        "proficiency.follow": mark("Follow-up of proficiency rounds"),
        "quality.read": mark("Reading of control charts after runs"),
    }
)
#: So many failures are listed; the rest is told as a number.
MOST = 50


@dataclass(frozen=True, slots=True)
class TaskState:
    """One kind of work, of all laboratories: the reports that wait, those in hand, and what was set aside, with why."""

    name: str
    due: Sequence[UUID]
    in_hand: Sequence[UUID] = ()
    set_aside: Mapping[UUID, str] = field(default_factory=lambda: MappingProxyType({}))
    last_done_at: datetime | None = None


class Background(Protocol):
    """The background work of an installation, as the application hands it to pages."""

    @property
    def is_at_work(self) -> bool:
        """Whether this server does the work itself; otherwise only what the records say is known."""

    def states(self) -> Sequence[TaskState]:
        """Every kind of work as it stands now."""

    def retry(self, task: str, key: UUID) -> None:
        """Try again what was set aside."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One kind of work, of the laboratories that the viewer sees."""

    title: str
    due: int
    in_hand: int
    failed: int
    last_done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Failure:
    """Work that a person must look at. `number` is that of the report."""

    task: str
    title: str
    key: UUID
    number: str
    issued_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class BackgroundView:
    """What the page shows."""

    is_at_work: bool
    rows: Sequence[TaskRow]
    failures: Sequence[Failure]
    failed: int


def right_to_look(viewer: Viewer) -> Action:
    """Those who may try again see background work, and those who read the audit trail."""
    return Action.REPORT_RETRY if viewer.may(Action.REPORT_RETRY) else Action.AUDIT_READ


def background_view(lims: Lims, viewer: Viewer, background: Background) -> BackgroundView:
    """Background work of the laboratories that the viewer sees. Raises `Forbidden`."""
    lims.require(viewer.actor, right_to_look(viewer))
    states = background.states()
    with lims.read(viewer.actor, right_to_look(viewer)) as session:
        keys = {key for s in states for key in (*s.due, *s.in_hand, *s.set_aside)}
        known = _reports(session, keys)
        seen = known.keys() | _runs(session, keys)
        failures = [
            Failure(s.name, TASK_WORDS.get(s.name, s.name), key, known[key].number or "", known[key].issued_at, error)
            for s in states
            for key, error in s.set_aside.items()
            if key in known
        ]
        refused = _not_drawn(session)
    failures += [
        Failure("report.render", TASK_WORDS["report.render"], r.id, r.number or "", r.issued_at, r.render_error or "")
        for r in refused
    ]
    rows = [
        TaskRow(
            TASK_WORDS.get(s.name, s.name),
            sum(key in seen and key not in s.in_hand and key not in s.set_aside for key in s.due),
            sum(key in seen for key in s.in_hand),
            sum(f.task == s.name for f in failures) + sum(key in seen and key not in known for key in s.set_aside),
            s.last_done_at,
        )
        for s in states
    ]
    return BackgroundView(background.is_at_work, rows, failures[:MOST], len(failures))


def retry(lims: Lims, viewer: Viewer, background: Background, task: str, key: UUID) -> str:
    """Try again what failed with a report; its number. Raises `Forbidden`, `NotFound`, `RuleRefused`."""
    lims.require(viewer.actor, Action.REPORT_RETRY)
    if task not in TASK_WORDS:
        raise NotFound.of("background work", task)
    with lims.read(viewer.actor, Action.REPORT_RETRY) as session:
        report = _reports(session, [key]).get(key)
        if report is None:
            raise NotFound.of("report", key)
    if task == "report.render" and report.render_error is not None:
        with lims.work(viewer.actor, Action.REPORT_RETRY) as session:
            reports.retry_rendering(session, str(key))
    elif background.is_at_work:
        background.retry(task, key)
    else:
        raise RuleRefused(
            reason("background.elsewhere", "This server does no background work; try again on the one that does.")
        )
    return report.number or ""


def _reports(session: LimsSession, keys: Iterable[UUID]) -> dict[UUID, Report]:
    """Those of these reports that the session may see."""
    found: dict[UUID, Report] = {}
    for part in parts(set(keys)):
        found |= {r.id: r for r in session.exec(select(Report).where(col(Report.id).in_(part))).all()}
    return found


def _runs(session: LimsSession, keys: Iterable[UUID]) -> set[UUID]:
    """Those of these runs that the session may see."""
    found: set[UUID] = set()
    for part in parts(set(keys)):
        found |= set(session.exec(select(Run.id).where(col(Run.id).in_(part))).all())
    return found


def _not_drawn(session: LimsSession) -> Sequence[Report]:
    """Reports in force without a file; nobody has to do anything about what was replaced or withdrawn since."""
    return session.exec(
        select(Report)
        .where(
            col(Report.status) == ReportStatus.ISSUED,
            col(Report.pdf_sha256).is_(None),
            col(Report.render_error).is_not(None),
        )
        .order_by(col(Report.issued_at))
    ).all()
