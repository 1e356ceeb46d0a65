"""Where reports went: handing out is noted by the laboratory, a download by a signed-in person notes itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlmodel import col, func, select

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.clock import local_day
from lims.core.errors import NotFound, refuse_if
from lims.db.work import LimsSession, acting_person, check_version, insert_many, save
from lims.network import queries as network
from lims.reports import queries
from lims.reports.distribution_rules import OUT_OF_FORCE, ReceiptForm, reasons_not_to_hand_out, reasons_not_to_tell
from lims.reports.distribution_tables import Handout, ReportReceipt
from lims.reports.schemas import HandoutIn, ToldIn
from lims.reports.tables import Report
from lims.runtime import Lims
from lims.samples.tables import Sample

#: Recipients to be told that a page lists, those of the oldest changes first.
MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Distribution:
    """To whom a report was handed out, and who downloaded it; the newest first."""

    handouts: Sequence[Handout]
    receipts: Sequence[ReportReceipt]


@dataclass(frozen=True, slots=True)
class ToTell:
    """A recipient who does not know yet that a report is in force no longer; `successor` is the one in its place."""

    handout: Handout
    report: Report
    product: str
    successor: str | None


def hand_out(session: LimsSession, key: str, order: HandoutIn) -> Handout:
    """发放: note to whom a report was given. Raises `NotFound`, `RuleRefused`."""
    report = queries.report_by_key(session, key)
    issued_on = None if report.issued_at is None else local_day(report.issued_at)
    today = local_day(session.instant)
    refuse_if(reasons_not_to_hand_out(report.status, issued_on, order.handed_on, today))
    return save(
        session,
        Handout(
            laboratory_id=report.laboratory_id,
            report_id=report.id,
            recipient=order.recipient,
            organisation=order.organisation,
            way=order.way,
            copies=order.copies,
            handed_on=order.handed_on,
            remark=order.remark,
            noted_by=acting_person(session),
            noted_at=session.instant,
        ),
    )


def tell(session: LimsSession, key: str, handout_id: UUID, order: ToldIn) -> Handout:
    """告知: note that a recipient was told what became of a report. Raises `NotFound`, `Conflict`, `RuleRefused`."""
    report = queries.report_by_key(session, key)
    handout = session.exec(
        select(Handout).where(Handout.id == handout_id, Handout.report_id == report.id)
    ).one_or_none()
    if handout is None:
        raise NotFound.of("entry of the distribution log", handout_id)
    check_version(handout, order.version)
    refuse_if(reasons_not_to_tell(report.status, is_told=handout.told_at is not None))
    handout.told_at = session.instant
    handout.told_by = acting_person(session)
    handout.told_how = order.how
    return save(session, handout)


def distribution_of(session: LimsSession, report: Report) -> Distribution:
    """Where a report went."""
    handouts = select(Handout).where(Handout.report_id == report.id)
    receipts = select(ReportReceipt).where(ReportReceipt.report_id == report.id)
    return Distribution(
        session.exec(handouts.order_by(col(Handout.handed_on).desc(), col(Handout.noted_at).desc())).all(),
        session.exec(receipts.order_by(col(ReportReceipt.at).desc(), col(ReportReceipt.id)).limit(MOST_SHOWN)).all(),
    )


def counts_of(session: LimsSession, report: Report) -> dict[str, int]:
    """How often it was handed out and downloaded, and how many recipients do not know that it is in force no longer."""
    handouts = session.exec(select(Handout.told_at).where(Handout.report_id == report.id)).all()
    downloads = select(func.count(col(ReportReceipt.id))).where(ReportReceipt.report_id == report.id)
    untold = sum(told_at is None for told_at in handouts) if report.status in OUT_OF_FORCE else 0
    return {"handed_out": len(handouts), "downloaded": session.exec(downloads).one(), "untold": untold}


def to_tell(session: LimsSession) -> Sequence[ToTell]:
    """Recipients of the laboratory's replaced and withdrawn reports who were not told yet."""
    rows = session.exec(
        select(Handout, Report, Sample.product_name)
        .join(Report, col(Report.id) == col(Handout.report_id))
        .join(Sample, col(Sample.id) == col(Report.sample_id))
        .where(
            Handout.laboratory_id == session.actor.laboratory_id,
            col(Handout.told_at).is_(None),
            col(Report.status).in_(OUT_OF_FORCE),
        )
        .order_by(col(Report.issued_at), col(Handout.recipient))
        .limit(MOST_SHOWN)
    ).all()
    replaced = {report.id for _, report, _ in rows}
    successors = select(Report.replaces_id, Report.number).where(
        col(Report.replaces_id).in_(replaced), col(Report.number).is_not(None)
    )
    by_old = dict(session.exec(successors).all())
    return [ToTell(handout, report, product, by_old.get(report.id)) for handout, report, product in rows]


def receipt(lims: Lims, actor: Actor, reports: Iterable[Report], form: ReceiptForm) -> None:
    """Note that somebody takes reports away, before they get them. Raises `Forbidden`.

    The entries belong to the laboratories that issued the reports, whichever the reader's own is.
    """
    lims.require(actor, Action.REPORT_DOWNLOAD)
    with lims.read(system_actor(), Action.NETWORK_READ) as session:
        own = actor.laboratory_id
        organisation = None if own is None else network.laboratory_by_id(session, own).name
    rows = [
        {
            "laboratory_id": report.laboratory_id,
            "report_id": report.id,
            "form": form,
            "pdf_sha256": report.pdf_sha256,
            "user_id": actor.user_id,
            "person": actor.name,
            "organisation": organisation,
        }
        for report in reports
    ]
    with lims.work(replace(actor, visible_laboratories=None), Action.REPORT_DOWNLOAD) as session:
        insert_many(session, ReportReceipt, [{**row, "at": session.instant} for row in rows])
