"""What waits for whom on the way of a report: samples to compile, drafts to review and to approve, failed drawings."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from lims.core.actions import Action
from lims.db.work import LimsSession
from lims.limits.tables import Judgement
from lims.limits.verdicts import Overall
from lims.people import queries as people
from lims.people.tables import AuthorisationKind
from lims.reports.batch_rules import MOST as IN_A_BATCH
from lims.reports.dossier import fields_by_report
from lims.reports.rules import DRAFTS, Layout, ReportStatus
from lims.reports.tables import Report
from lims.samples.rules import SampleStatus
from lims.samples.tables import Sample
from lims.web.table_filters import words_in

#: A page lists so many of each kind, the oldest first.
MOST = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the queue is limited to: words of a sample, a product or a party, and for drafts a verdict."""

    text: str = ""
    verdict: Overall | None = None

    @property
    def is_limited(self) -> bool:
        """Whether anything but the whole queue is asked for."""
        return bool(self.text) or self.verdict is not None

    def of_sample(self) -> list[ColumnElement[bool]]:
        """What it lets through, of samples."""
        texts = (col(Sample.number), col(Sample.product_name), col(Sample.food), col(Sample.inspected_party),
                 col(Sample.client), col(Sample.sampling_sheet_number))  # fmt: skip
        return [words_in(texts, self.text)] if self.text else []

    def of_draft(self) -> list[ColumnElement[bool]]:
        """What it lets through, of drafts with their samples and judgements."""
        by_verdict = [] if self.verdict is None else [col(Judgement.overall) == self.verdict]
        return [*self.of_sample(), *by_verdict]


#: The whole queue.
ALL = Wanted()


@dataclass(frozen=True, slots=True)
class ToCompile:
    """A sample whose tests are all verified, and why its last draft came back or its last report lost its force.

    `layout`: how that one was made; None where there was none.
    """

    sample: Sample
    came_back: str | None
    layout: Layout | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A report that waits for its next act, with its sample, its verdict and the names of those who acted."""

    report: Report
    sample: Sample
    overall: Overall
    compiled_by: str
    reviewed_by: str | None


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for one person, as many as a batch holds; a page lists the first of them.

    `elsewhere`: drafts of this step that wait for somebody else, as own work does.
    """

    to_compile: Sequence[ToCompile] = ()
    compile_total: int = 0
    to_review: Sequence[Draft] = ()
    review_elsewhere: int = 0
    to_approve: Sequence[Draft] = ()
    approve_elsewhere: int = 0
    failed: Sequence[Draft] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.to_compile or self.to_review or self.to_approve or self.failed)


def queue_of(session: LimsSession, day: date, wanted: Wanted = ALL) -> Queue:
    """What waits for the person at work, in their own laboratory, by their rights; of each kind the oldest."""
    actor = session.actor
    compile_rows, compile_total = to_compile(session, wanted) if actor.may(Action.REPORT_COMPILE) else ([], 0)
    review_rows, review_elsewhere = to_review(session, wanted) if actor.may(Action.REPORT_REVIEW) else ([], 0)
    approve_rows, approve_elsewhere = to_approve(session, day, wanted) if actor.may(Action.REPORT_APPROVE) else ([], 0)
    return Queue(
        compile_rows,
        compile_total,
        review_rows,
        review_elsewhere,
        approve_rows,
        approve_elsewhere,
        failed_drawings(session) if actor.may(Action.REPORT_RETRY) else (),
    )


def to_compile(session: LimsSession, wanted: Wanted = ALL) -> tuple[Sequence[ToCompile], int]:
    """Samples whose tests are all verified and that no report is on its way for; and how many there are."""
    standing = select(Report.sample_id).where(
        Report.sample_id == col(Sample.id), col(Report.status).in_({*DRAFTS, ReportStatus.ISSUED})
    )
    conditions = [
        col(Sample.laboratory_id) == session.actor.laboratory_id,
        col(Sample.status) == SampleStatus.TESTED,
        ~standing.exists(),
        *wanted.of_sample(),
    ]
    total = session.exec(select(func.count(col(Sample.id))).where(*conditions)).one()
    oldest = (col(Sample.received_at), col(Sample.number))
    rows = session.exec(select(Sample).where(*conditions).order_by(*oldest).limit(IN_A_BATCH)).all()
    back = _why_it_came_back(session, [sample.id for sample in rows])
    return [ToCompile(sample, *back.get(sample.id, (None, None))) for sample in rows], total


def to_review(session: LimsSession, wanted: Wanted = ALL) -> tuple[Sequence[Draft], int]:
    """Compiled drafts that the person at work did not compile; and how many wait for others."""
    drafts = _drafts(session, Report.status == ReportStatus.COMPILED, *wanted.of_draft())
    mine = [draft for draft in drafts if draft.report.compiled_by != session.actor.user_id]
    return mine, len(drafts) - len(mine)


def to_approve(session: LimsSession, day: date, wanted: Wanted = ALL) -> tuple[Sequence[Draft], int]:
    """Reviewed drafts of others, inside the fields that the person may sign for on a day; and how many are not."""
    drafts = _drafts(session, Report.status == ReportStatus.REVIEWED, *wanted.of_draft())
    person = session.actor.user_id
    if person is None:
        return [], len(drafts)
    subjects = people.subjects_of(session, person, AuthorisationKind.SIGNATORY, day)
    fields = fields_by_report(session, [draft.report for draft in drafts])
    mine = [
        draft
        for draft in drafts
        if person not in {draft.report.compiled_by, draft.report.reviewed_by}
        and all(field.is_covered(subjects) for field in fields[draft.report.id])
    ]
    return mine, len(drafts) - len(mine)


def failed_drawings(session: LimsSession) -> Sequence[Draft]:
    """Reports in force that could not be drawn or signed, and wait for a person; what was amended waits no more."""
    return _drafts(
        session,
        (col(Report.status) == ReportStatus.ISSUED)
        & col(Report.pdf_sha256).is_(None)
        & col(Report.render_error).is_not(None),
    )


def next_of(session: LimsSession, status: ReportStatus, day: date, *, but: UUID) -> Report | None:
    """The oldest draft, but this one, that the person at work may review (COMPILED) or approve (REVIEWED)."""
    ways: Mapping[ReportStatus, tuple[Action, Callable[[], Sequence[Draft]]]] = {
        ReportStatus.COMPILED: (Action.REPORT_REVIEW, lambda: to_review(session)[0]),
        ReportStatus.REVIEWED: (Action.REPORT_APPROVE, lambda: to_approve(session, day)[0]),
    }
    action, waiting = ways[status]
    rows = waiting() if session.actor.may(action) else ()
    return next((row.report for row in rows if row.report.id != but), None)


def _drafts(session: LimsSession, *wanted: ColumnElement[bool] | bool) -> list[Draft]:
    rows = session.exec(
        select(Report, Sample, Judgement)
        .join(Sample, col(Sample.id) == col(Report.sample_id))
        .join(Judgement, col(Judgement.id) == col(Report.judgement_id))
        .where(Report.laboratory_id == session.actor.laboratory_id, *wanted)
        .order_by(col(Report.compiled_at), col(Sample.number))
        .limit(IN_A_BATCH)
    ).all()
    names = people.names_of(
        session, {i for report, _, _ in rows for i in (report.compiled_by, report.reviewed_by) if i is not None}
    )
    return [
        Draft(
            report,
            sample,
            judgement.overall,
            names[report.compiled_by],
            None if report.reviewed_by is None else names[report.reviewed_by],
        )
        for report, sample, judgement in rows
    ]


def _why_it_came_back(session: Session, sample_ids: Iterable[UUID]) -> dict[UUID, tuple[str, Layout]]:
    """For samples with an earlier draft or report: why the last of them was given up, and how it was made."""
    rows = session.exec(
        select(Report).where(col(Report.sample_id).in_(list(sample_ids))).order_by(col(Report.compiled_at))
    ).all()
    return {one.sample_id: (why, one.layout) for one in rows if (why := one.sent_back_reason or one.withdrawal_reason)}
