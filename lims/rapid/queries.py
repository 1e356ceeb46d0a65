"""Reads of rapid tests and of what confirms them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, exists, func, select

from lims.core.errors import NotFound
from lims.db.work import LimsSession
from lims.rapid.rules import RapidOutcome
from lims.rapid.tables import ConfirmationOrder, RapidTest
from lims.samples.tables import AssignedTest, Sample


@dataclass(frozen=True, slots=True)
class Confirmation:
    """An order with the test that it made or found."""

    order: ConfirmationOrder
    test: AssignedTest


def rapid_test_by_id(session: LimsSession, test_id: UUID) -> RapidTest:
    """Of the own laboratory. Raises `NotFound`."""
    found = session.exec(
        select(RapidTest).where(RapidTest.id == test_id, RapidTest.laboratory_id == session.actor.laboratory_id)
    ).one_or_none()
    if found is None:
        raise NotFound.of("rapid test", test_id)
    return found


def is_unconfirmed() -> Any:
    """Of a rapid test: positive, and nobody has ordered what confirms it."""
    ordered = exists().where(col(ConfirmationOrder.rapid_test_id) == col(RapidTest.id))
    return (col(RapidTest.outcome) == RapidOutcome.POSITIVE) & ~ordered


def rapid_tests(
    session: LimsSession,
    *,
    outcome: RapidOutcome | None = None,
    unconfirmed: bool = False,
    sample_id: UUID | None = None,
) -> Any:
    """The rapid tests of the own laboratory with their samples, to be limited; the newest first."""
    query = (
        select(RapidTest, Sample)
        .join(Sample, col(Sample.id) == col(RapidTest.sample_id))
        .where(RapidTest.laboratory_id == session.actor.laboratory_id)
        .order_by(col(RapidTest.entered_at).desc(), col(RapidTest.row), col(RapidTest.id))
    )
    if outcome is not None:
        query = query.where(RapidTest.outcome == outcome)
    if sample_id is not None:
        query = query.where(RapidTest.sample_id == sample_id)
    return query.where(is_unconfirmed()) if unconfirmed else query


def tests_of_sample(session: Session, sample_id: UUID) -> Sequence[RapidTest]:
    """The rapid tests of one sample, the oldest first."""
    return session.exec(
        select(RapidTest)
        .where(RapidTest.sample_id == sample_id)
        .order_by(col(RapidTest.entered_at), col(RapidTest.row))
    ).all()


def unconfirmed_of_sample(session: Session, sample_id: UUID) -> int:
    """How many positives of a sample wait for an order."""
    return session.exec(
        select(func.count()).select_from(RapidTest).where(RapidTest.sample_id == sample_id, is_unconfirmed())
    ).one()


def confirmations(session: Session, test_ids: Collection[UUID]) -> Mapping[UUID, list[Confirmation]]:
    """What was ordered to confirm rapid tests, by their id."""
    rows = session.exec(
        select(ConfirmationOrder, AssignedTest)
        .join(AssignedTest, col(AssignedTest.id) == col(ConfirmationOrder.test_id))
        .where(col(ConfirmationOrder.rapid_test_id).in_(test_ids))
        .order_by(col(AssignedTest.parameter))
    ).all()
    found: dict[UUID, list[Confirmation]] = {}
    for order, test in rows:
        found.setdefault(order.rapid_test_id, []).append(Confirmation(order, test))
    return found


def kept_keys(session: LimsSession, keys: Collection[str]) -> set[str]:
    """Which records are kept already."""
    return set(
        session.exec(
            select(RapidTest.reading_key).where(
                RapidTest.laboratory_id == session.actor.laboratory_id, col(RapidTest.reading_key).in_(keys)
            )
        ).all()
    )


def waiting_for_confirmation(session: LimsSession, late_before: datetime) -> tuple[int, int, datetime | None]:
    """Positives that nobody has ordered a confirmation of: how many, how many of them late, the oldest."""
    own = RapidTest.laboratory_id == session.actor.laboratory_id
    count, oldest = session.exec(
        select(func.count(), func.min(col(RapidTest.entered_at))).where(own, is_unconfirmed())
    ).one()
    late = session.exec(
        select(func.count()).select_from(RapidTest).where(own, is_unconfirmed(), RapidTest.entered_at < late_before)
    ).one()
    return count, late, oldest
