"""What the pages and the interface show of a batch: how far it is, what was refused, and what could not be drawn."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import defer
from sqlmodel import col, select

from lims.core.errors import NotFound
from lims.core.reasons import Reason
from lims.db.work import LimsSession
from lims.people import queries as people
from lims.reports.batch_rules import BatchAct, ItemState, Progress
from lims.reports.batch_tables import ReportBatch, ReportBatchItem
from lims.reports.batches import refusals_of
from lims.reports.tables import Report
from lims.samples.tables import Sample

#: Batches that a page lists, the newest.
SHOWN = 10


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One report of a batch: what it goes by, the address of its page, and why it was refused."""

    place: int
    sample: str
    product: str
    report_id: UUID | None
    number: str | None
    state: ItemState
    refusals: Sequence[Reason]
    error: str | None

    @property
    def label(self) -> str:
        """Report number, before there is one the sample's; and the product."""
        return f"{self.number or self.sample} {self.product}"

    @property
    def address(self) -> str:
        """The page of the report, or of the sample while there is none."""
        return f"/reports/{self.number or self.report_id}" if self.report_id else f"/samples/{self.sample}"


def batch_by_id(session: LimsSession, batch_id: UUID) -> ReportBatch:
    """A batch. Raises `NotFound`."""
    found = session.exec(select(ReportBatch).where(ReportBatch.id == batch_id)).one_or_none()
    if found is None:
        raise NotFound.of("batch of reports", batch_id)
    return found


def name_of(session: LimsSession, user_id: UUID) -> str:
    """The full name of a person."""
    return people.names_of(session, {user_id}).get(user_id, "")


def newest_batches(session: LimsSession) -> Sequence[tuple[ReportBatch, Progress, str]]:
    """The newest batches of the laboratory, how far each is, and who ordered it."""
    own = select(ReportBatch).where(ReportBatch.laboratory_id == session.actor.laboratory_id)
    batches = session.exec(own.order_by(col(ReportBatch.ordered_at).desc(), col(ReportBatch.id)).limit(SHOWN)).all()
    names = people.names_of(session, {batch.ordered_by for batch in batches})
    return [(batch, progress_of(session, batch), names[batch.ordered_by]) for batch in batches]


def progress_of(session: LimsSession, batch: ReportBatch) -> Progress:
    """How far a batch is, counted by the database."""
    is_approval = batch.act is BatchAct.APPROVE
    rows = session.exec(
        select(
            ReportBatchItem.state,
            col(Report.pdf_sha256).is_not(None),
            col(Report.render_error).is_not(None),
            func.count(),
        )
        .outerjoin(Report, col(Report.id) == col(ReportBatchItem.report_id))
        .where(ReportBatchItem.batch_id == batch.id)
        .group_by(
            col(ReportBatchItem.state), col(Report.pdf_sha256).is_not(None), col(Report.render_error).is_not(None)
        )
    ).all()
    of_state = Counter[ItemState]()
    signed = failed = 0
    for state, is_signed, is_failed, count in rows:
        of_state[ItemState(state)] += count
        if state == ItemState.DONE:
            signed += count if is_signed else 0
            failed += count if is_failed and not is_signed else 0
    done = of_state[ItemState.DONE]
    last = session.exec(
        select(func.max(ReportBatchItem.settled_at), func.max(Report.signed_at))
        .outerjoin(Report, col(Report.id) == col(ReportBatchItem.report_id))
        .where(ReportBatchItem.batch_id == batch.id)
    ).one()
    return Progress(
        total=batch.total,
        open=of_state[ItemState.OPEN],
        refused=of_state[ItemState.REFUSED],
        done=done,
        waiting=done - signed - failed if is_approval else 0,
        signed=signed if is_approval else 0,
        failed=failed if is_approval else 0,
        began_at=batch.ordered_at,
        moved_at=max(at for at in (batch.ordered_at, *(last if is_approval else last[:1])) if at is not None),
    )


def lines_of(session: LimsSession, batch: ReportBatch) -> Sequence[BatchLine]:
    """Every report of a batch, in its order."""
    rows = session.exec(
        select(ReportBatchItem, Sample, Report.number, Report.render_error)
        .options(defer(col(ReportBatchItem.asked)))  # type: ignore[arg-type]  # the column is the mapper's attribute
        .join(Sample, col(Sample.id) == col(ReportBatchItem.sample_id))
        .outerjoin(Report, col(Report.id) == col(ReportBatchItem.report_id))
        .where(ReportBatchItem.batch_id == batch.id)
        .order_by(col(ReportBatchItem.place))
    ).all()
    return [
        BatchLine(
            item.place,
            sample.number,
            sample.product_name,
            item.report_id,
            number,
            item.state,
            refusals_of(item),
            error if item.state is ItemState.DONE else None,
        )
        for item, sample, number, error in rows
    ]


def failed_reports(session: LimsSession, batch: ReportBatch) -> Sequence[UUID]:
    """The reports of a batch that could not be drawn or signed."""
    return session.exec(
        select(Report.id)
        .join(ReportBatchItem, col(ReportBatchItem.report_id) == col(Report.id))
        .where(
            ReportBatchItem.batch_id == batch.id,
            ReportBatchItem.state == ItemState.DONE,
            col(Report.pdf_sha256).is_(None),
            col(Report.render_error).is_not(None),
        )
        .order_by(col(ReportBatchItem.place))
    ).all()


def signed_reports(session: LimsSession, batch: ReportBatch) -> Sequence[UUID]:
    """The reports of a batch that have their signed file."""
    return session.exec(
        select(Report.id)
        .join(ReportBatchItem, col(ReportBatchItem.report_id) == col(Report.id))
        .where(
            ReportBatchItem.batch_id == batch.id,
            ReportBatchItem.state == ItemState.DONE,
            col(Report.pdf_sha256).is_not(None),
        )
        .order_by(col(ReportBatchItem.place))
    ).all()
