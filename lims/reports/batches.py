"""Batches: one act on hundreds of reports, ordered once, done one by one, each in a transaction of its own.

What is asked stands in the items. The act on a report and the state of its item are one transaction, so a batch that
was killed half-way goes on where it was: nothing is done twice, nothing is lost, no number is skipped. A refusal takes
only its own report out; its reasons are kept with the item. The
person has proved once who they are, for all of them; their rights are looked at anew with each report.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.errors import Conflict, Forbidden, LimsError, NotFound, RuleRefused, refuse_if
from lims.core.kept_reasons import kept, read
from lims.core.reasons import Reason, reason
from lims.db.locks import hold
from lims.db.parts import parts
from lims.db.work import LimsSession, acting_person, insert_many, own_laboratory, save
from lims.library.queries import current_library
from lims.people import confirming
from lims.people.confirming import Confirmation
from lims.people.service import actor_of
from lims.people.tables import User
from lims.reports import service
from lims.reports.batch_rules import NEEDS, BatchAct, ItemState, reasons_not_to_order
from lims.reports.batch_tables import ReportBatch, ReportBatchItem
from lims.reports.desk import Desk, desk_of
from lims.reports.schemas import CompileIn
from lims.reports.tables import Report
from lims.runtime import Lims
from lims.samples.tables import Sample

#: A page waits so long for the reports of a small batch before it shows how far a large one is.
PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft to be reviewed or approved, in the version that was looked at."""

    report_id: UUID
    version: int


def order_drafts(
    session: LimsSession, act: BatchAct, drafts: Sequence[Draft], confirmation: Confirmation
) -> ReportBatch:
    """A batch of reviews or approvals, in this order. Raises `NotFound`, and `RuleRefused`: none, too many, twice."""
    refuse_if(reasons_not_to_order(len(drafts), len({draft.report_id for draft in drafts})))
    samples: dict[UUID, UUID] = {}
    for ids in parts([draft.report_id for draft in drafts]):
        query = select(Report.id, Report.sample_id).where(col(Report.id).in_(ids))
        samples |= dict(session.exec(query.where(Report.laboratory_id == own_laboratory(session))).all())
    if missing := next((draft for draft in drafts if draft.report_id not in samples), None):
        raise NotFound.of("report", missing.report_id)
    items = [
        {"sample_id": samples[d.report_id], "report_id": d.report_id, "asked": {"version": d.version}} for d in drafts
    ]
    return _order(session, act, items, confirmation)


def order_reports(session: LimsSession, orders: Sequence[CompileIn], confirmation: Confirmation) -> ReportBatch:
    """A batch of reports to be compiled. Raises as `order_drafts`."""
    numbers = [order.sample for order in orders]
    refuse_if(reasons_not_to_order(len(numbers), len(set(numbers))))
    samples: dict[str, UUID] = {}
    for some in parts(numbers):
        query = select(Sample.number, Sample.id).where(col(Sample.number).in_(some))
        samples |= dict(session.exec(query.where(Sample.laboratory_id == own_laboratory(session))).all())
    missing = next((number for number in numbers if number not in samples), None)
    if missing is not None:
        raise NotFound.of("sample", missing)
    items = [{"sample_id": samples[o.sample], "asked": _layout_of(o)} for o in orders]
    return _order(session, BatchAct.COMPILE, items, confirmation)


def _layout_of(order: CompileIn) -> dict[str, Any]:
    """What is kept of an order: of who confirmed it, nothing."""
    return {name: getattr(order, name) for name in CompileIn.model_fields}


def _order(
    session: LimsSession, act: BatchAct, items: Sequence[Mapping[str, Any]], confirmation: Confirmation
) -> ReportBatch:
    batch = save(
        session,
        ReportBatch(
            laboratory_id=own_laboratory(session),
            act=act,
            ordered_by=acting_person(session),
            confirmation_id=confirmation.id,
            ordered_at=session.instant,
            total=len(items),
        ),
    )
    common = {"laboratory_id": batch.laboratory_id, "batch_id": batch.id}
    insert_many(session, ReportBatchItem, [{**common, **item, "place": n} for n, item in enumerate(items, 1)])
    return batch


@dataclass(frozen=True, slots=True)
class _Hand:
    """What the acts of a batch are done with."""

    desk: Desk
    confirmation: Confirmation


def due(lims: Lims) -> Sequence[UUID]:
    """Batches with open reports, oldest first."""
    with lims.read(system_actor(), Action.REPORT_READ) as session:
        return session.exec(
            select(ReportBatch.id)
            .where(col(ReportBatch.finished_at).is_(None))
            .order_by(col(ReportBatch.ordered_at), col(ReportBatch.id))
        ).all()


def work_off(lims: Lims, batch_id: UUID) -> None:
    """Do a batch to its end, in the background; done already, nothing happens."""
    work_on(lims, batch_id)


def work_on(lims: Lims, batch_id: UUID, patience_s: float | None = None) -> bool:
    """Do the open reports of a batch in their order; whether none is left. Any number of processes may be at it.

    Args:
        patience_s: stop after so many seconds; None: go on to the end.
    """
    until = None if patience_s is None else monotonic() + patience_s
    with lims.read(system_actor(), Action.REPORT_READ) as session:
        batch = session.exec(select(ReportBatch).where(ReportBatch.id == batch_id)).one()
    hand = _hand_of(lims, batch)
    while (item_id := _next_open(lims, batch_id)) is not None:
        if until is not None and monotonic() > until:
            return False
        _settle(lims, hand, batch, item_id)
    _finish(lims, batch)
    return True


def _hand_of(lims: Lims, batch: ReportBatch) -> _Hand | Sequence[Reason]:
    """What the acts are done with, or why they cannot be: the key that was confirmed is not there any more."""
    try:
        with lims.read(system_actor(), Action.REPORT_READ) as session:
            return _Hand(desk_of(lims), confirming.kept_confirmation(session, lims, batch.confirmation_id))
    except RuleRefused as lost:
        return lost.reasons


def _actor_of(lims: Lims, user_id: UUID) -> Actor | None:
    """Who ordered a batch, with the rights of now; None when the account was switched off."""
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        user = session.exec(select(User).where(User.id == user_id)).one()
        return actor_of(session, user) if user.is_active else None


def _next_open(lims: Lims, batch_id: UUID) -> UUID | None:
    with lims.read(system_actor(), Action.REPORT_READ) as session:
        return session.exec(
            select(ReportBatchItem.id)
            .where(ReportBatchItem.batch_id == batch_id, ReportBatchItem.state == ItemState.OPEN)
            .order_by(col(ReportBatchItem.place))
            .limit(1)
        ).first()


def _settle(lims: Lims, hand: _Hand | Sequence[Reason], batch: ReportBatch, item_id: UUID) -> None:
    if not isinstance(hand, _Hand):
        _refuse(lims, batch, item_id, hand)
        return
    actor = _actor_of(lims, batch.ordered_by)  # anew for each: who loses a right half-way does no more
    if actor is None:
        _refuse(lims, batch, item_id, [reason("user.inactive", "This account is switched off.")])
        return
    try:
        try:
            _do(lims, hand, actor, batch.act, item_id)
        except Conflict:
            # Perhaps somebody else had the sample in hand for a moment; what was truly overtaken is refused again.
            _do(lims, hand, actor, batch.act, item_id)
    except LimsError as refused:
        _refuse(lims, batch, item_id, refused.reasons)


def _do(lims: Lims, hand: _Hand, actor: Actor, act: BatchAct, item_id: UUID) -> None:
    with lims.work(actor, NEEDS[act]) as session:
        item = _held(session, item_id)
        if item.state is not ItemState.OPEN:
            return  # somebody else was quicker
        report = _ACTS[act](session, hand, item)
        item.report_id = report.id
        item.state = ItemState.DONE
        item.settled_at = session.instant
        session.flush()


def _compile(session: LimsSession, hand: _Hand, item: ReportBatchItem) -> Report:
    order = CompileIn.model_validate(item.asked)
    report = service.compile_report(session, current_library(session), order.sample, hand.confirmation, order.layout)
    service.require_printable(session, hand.desk, report)
    return report


def _review(session: LimsSession, hand: _Hand, item: ReportBatchItem) -> Report:
    return service.review_report(session, str(item.report_id), item.asked["version"], hand.confirmation)


def _approve(session: LimsSession, hand: _Hand, item: ReportBatchItem) -> Report:
    return service.approve_report(session, hand.desk, str(item.report_id), item.asked["version"], hand.confirmation)


_ACTS: Mapping[BatchAct, Callable[[LimsSession, _Hand, ReportBatchItem], Report]] = {
    BatchAct.COMPILE: _compile,
    BatchAct.REVIEW: _review,
    BatchAct.APPROVE: _approve,
}


def _refuse(lims: Lims, batch: ReportBatch, item_id: UUID, reasons: Sequence[Reason]) -> None:
    with lims.work(system_actor("worker", batch.laboratory_id), Action.REPORT_BATCH) as session:
        item = _held(session, item_id)
        if item.state is ItemState.OPEN:
            item.state = ItemState.REFUSED
            item.settled_at = session.instant
            item.refusals = kept(reasons)
            session.flush()


def _finish(lims: Lims, batch: ReportBatch) -> None:
    with lims.work(system_actor("worker", batch.laboratory_id), Action.REPORT_BATCH) as session:
        record = session.exec(select(ReportBatch).where(ReportBatch.id == batch.id)).one()
        hold(session, record)
        if record.finished_at is None:
            record.finished_at = session.instant
            session.flush()


def _held(session: LimsSession, item_id: UUID) -> ReportBatchItem:
    item = session.exec(select(ReportBatchItem).where(ReportBatchItem.id == item_id)).one_or_none()
    if item is None:
        raise Forbidden(reason("laboratory.foreign", "This belongs to another laboratory."))
    hold(session, item)
    return item


def refusals_of(item: ReportBatchItem) -> list[Reason]:
    """Why a report of a batch was refused."""
    return read(item.refusals or ())
