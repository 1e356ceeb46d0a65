"""Reads: counts of reported batches, the batches behind a figure, returns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, extract
from sqlmodel import Session, and_, col, func, or_, select

from lims.core.errors import NotFound
from lims.db.work import LimsSession
from lims.indicators.rules import MONITORING, BatchVerdict, Breakdown, Period, Tally
from lims.indicators.tables import ReportedBatch, ReturnReceived, ReturnSent
from lims.network.rules import significant
from lims.network.tables import Laboratory
from lims.reports.tables import Report
from lims.samples.rules import Programme, Stage

_B = ReportedBatch
R = TypeVar("R", bound=ReturnSent | ReturnReceived)

#: Region rows are added up by the tree of regions, and quarters by the calendar: both from finer groups.
_GROUPS: dict[Breakdown, Any] = {
    Breakdown.REGION: col(_B.region_code),
    Breakdown.LABORATORY: col(_B.origin_code),
    Breakdown.MONTH: extract("month", col(_B.sampled_on)),
    Breakdown.QUARTER: extract("month", col(_B.sampled_on)),
    Breakdown.PROGRAMME: col(_B.programme),
    Breakdown.STAGE: col(_B.stage),
    Breakdown.FOOD_GROUP: col(_B.food_group),
    Breakdown.FOOD: col(_B.food),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which batches are counted: a region with everything inside it, a period, and what else narrows it down."""

    region: str
    period: Period
    programmes: frozenset[Programme] = MONITORING
    food_group: str | None = None
    food: str | None = None
    stage: Stage | None = None
    laboratory: str | None = None


def tallies(session: Session, selection: Selection, by: Breakdown) -> dict[Any, Tally]:
    """Counts for each group of a selection, in one statement; each batch counts once however many copies there are.

    Region keys are codes as sampled (any level), month and quarter keys are the month's number with `accepted` of that
    month alone.
    """
    counted = ~col(_B.withdrawn)
    in_period = col(_B.sampled_on) >= selection.period.starts_on
    group = _GROUPS[by]
    columns = (
        group,
        # The order of `BatchVerdict` is that of the counts of a `Tally`.
        *(func.count().filter(in_period, counted, col(_B.verdict) == verdict) for verdict in BatchVerdict),
        func.count().filter(in_period, col(_B.withdrawn)),
        func.count().filter(counted),
    )
    statement: Any = select(*columns)
    statement = statement.where(*_of_the_year(session, selection)).group_by(group)
    return {key: Tally(*counts) for key, *counts in session.exec(statement).all()}


def batches(
    session: Session, selection: Selection, verdict: BatchVerdict | None, limit: int, offset: int
) -> tuple[Sequence[ReportedBatch], int]:
    """The batches behind a figure, by report number, and how many there are.

    With a verdict only those that count in it; without one the withdrawn are listed too.
    """
    conditions = [*_of_the_year(session, selection), col(_B.sampled_on) >= selection.period.starts_on]
    if verdict is not None:
        conditions += [col(_B.verdict) == verdict, ~col(_B.withdrawn)]
    total = session.exec(select(func.count()).select_from(_B).where(*conditions)).one()
    order = (col(_B.origin_code), col(_B.report_number), col(_B.id))
    rows = session.exec(select(_B).where(*conditions).order_by(*order).limit(limit).offset(offset)).all()
    return rows, total


def _of_the_year(session: Session, selection: Selection) -> list[ColumnElement[bool]]:
    """From 1 January to the end of the period: the batches per thousand count from there."""
    conditions: list[Any] = [
        is_inside(selection.region),
        col(_B.sampled_on).between(selection.period.year_starts_on, selection.period.ends_on),
        col(_B.programme).in_(sorted(selection.programmes)),
        is_the_newest_copy(session),
    ]
    for column, wanted in (
        (_B.food_group, selection.food_group),
        (_B.food, selection.food),
        (_B.stage, selection.stage),
        (_B.origin_code, selection.laboratory),
    ):
        if wanted is not None:
            conditions.append(col(column) == wanted)
    return conditions


def is_inside(region: str) -> ColumnElement[bool]:
    """The batch was drawn in the region or in one inside it."""
    inside = significant(region)
    # A range instead of LIKE: the codes are digits, and a range uses the index on both databases.
    return and_(col(_B.region_code) >= inside, col(_B.region_code) < str(int(inside) + 1))


def is_the_newest_copy(session: Session) -> ColumnElement[bool]:
    """No other visible copy of the batch is newer; of equal copies the one with the smaller id counts.

    The laboratory that tested and those above it keep a copy each; who sees several of them must count one.
    """
    # A plain table, limited to what is visible by hand and in a way that no index serves: limited as every entity is,
    # SQLite would look for the copies of each batch once for every laboratory of the network.
    other = _B.__table__.alias()
    newer = or_(
        other.c.revision > col(_B.revision), and_(other.c.revision == col(_B.revision), other.c.id < col(_B.id))
    )
    same = and_(other.c.origin_code == col(_B.origin_code), other.c.sample_number == col(_B.sample_number))
    visible = session.actor.visible_laboratories if isinstance(session, LimsSession) else None
    if visible is not None:
        newer = and_(newer, func.coalesce(other.c.laboratory_id, other.c.laboratory_id).in_(sorted(visible)))
    return ~select(other.c.id).where(same, newer).correlate(_B).exists()


def returns_sent(session: Session, limit: int, offset: int) -> tuple[Sequence[ReturnSent], int]:
    """The returns handed out, newest first, and how many there are."""
    total = session.exec(select(func.count()).select_from(ReturnSent)).one()
    order = (col(ReturnSent.created_at).desc(), col(ReturnSent.number).desc())
    return session.exec(select(ReturnSent).order_by(*order).limit(limit).offset(offset)).all(), total


def returns_received(session: Session, limit: int, offset: int) -> tuple[Sequence[ReturnReceived], int]:
    """The returns taken in from below, newest first, and how many there are."""
    total = session.exec(select(func.count()).select_from(ReturnReceived)).one()
    order = (col(ReturnReceived.received_at).desc(), col(ReturnReceived.number).desc())
    return session.exec(select(ReturnReceived).order_by(*order).limit(limit).offset(offset)).all(), total


def return_address(session: Session, number: str) -> str:
    """The vault address of a return, sent or received. Raises `NotFound`."""
    for model in (ReturnSent, ReturnReceived):
        found = session.exec(select(model.sha256).where(model.number == number).limit(1)).first()
        if found is not None:
            return found
    raise NotFound.of("return", number)


def return_numbers(session: Session, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The numbers of returns received, by their ids."""
    wanted = set(ids)
    if not wanted:
        return {}
    query = select(ReturnReceived.id, ReturnReceived.number).where(col(ReturnReceived.id).in_(wanted))
    return dict(session.exec(query).all())


def reports_in_view(session: Session, batches: Sequence[ReportedBatch]) -> set[tuple[str, str]]:
    """Laboratory and number of those batches whose reports the reader's installation keeps, and shows the reader."""
    query = (
        select(Laboratory.code, Report.number)
        .join(Laboratory, col(Laboratory.id) == col(Report.laboratory_id))
        .where(col(Report.number).in_([batch.report_number for batch in batches]))
    )
    return {(code, number) for code, number in session.exec(query).all() if number}


def food_groups(session: Session) -> Sequence[str]:
    """The food groups of what was reported."""
    return session.exec(select(_B.food_group).distinct().order_by(_B.food_group)).all()


def foods_of(session: Session, group: str) -> Sequence[str]:
    """The foods of a group that were reported."""
    return session.exec(select(_B.food).where(_B.food_group == group).distinct().order_by(_B.food)).all()


def first_day(session: Session) -> date | None:
    """The day on which the first reported batch was drawn."""
    return session.exec(select(func.min(_B.sampled_on))).one()


def last_day(session: Session) -> date | None:
    """The day on which the last reported batch was drawn."""
    return session.exec(select(func.max(_B.sampled_on))).one()


def return_by_id(session: Session, model: type[R], key: str) -> R:
    """A return sent or received. Raises `NotFound`."""
    try:
        wanted = UUID(key)
    except ValueError:
        raise NotFound.of("return", key) from None
    found = session.exec(select(model).where(model.id == wanted)).one_or_none()
    if found is None:
        raise NotFound.of("return", key)
    return found


def last_return(session: Session, laboratory_id: UUID | None, starts_on: date, ends_on: date) -> ReturnSent | None:
    """The return that a laboratory sent last of a period."""
    return session.exec(
        select(ReturnSent)
        .where(
            ReturnSent.laboratory_id == laboratory_id,
            ReturnSent.starts_on == starts_on,
            ReturnSent.ends_on == ends_on,
        )
        .order_by(col(ReturnSent.created_at).desc(), col(ReturnSent.number).desc())
        .limit(1)
    ).first()


def received_by_number(session: Session, sender_code: str, number: str) -> ReturnReceived | None:
    """A return taken in, by its sender and number; the newest where several laboratories took it in."""
    return session.exec(
        select(ReturnReceived)
        .where(ReturnReceived.sender_code == sender_code, ReturnReceived.number == number)
        .order_by(col(ReturnReceived.received_at).desc(), col(ReturnReceived.id))
        .limit(1)
    ).first()
