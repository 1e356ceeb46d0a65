"""Reads of samples."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from lims.core.errors import NotFound
from lims.db.work import LimsSession
from lims.network.rules import significant
from lims.samples.rules import Programme, SampleStatus, TestStatus
from lims.samples.tables import AssignedTest, Sample


@dataclass(frozen=True, slots=True)
class SampleFilter:
    """What a list of samples is limited to; None does not limit. Days are inclusive."""

    status: SampleStatus | None = None
    region: str | None = None
    food: str | None = None
    programme: Programme | None = None
    sampled_from: date | None = None
    sampled_until: date | None = None
    sampling_sheet_number: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The conditions of the query."""
        wanted: list[ColumnElement[bool]] = []
        if self.status is not None:
            wanted.append(col(Sample.status) == self.status)
        if self.region is not None:
            wanted.append(col(Sample.region_code).startswith(significant(self.region), autoescape=True))
        if self.food is not None:
            within = col(Sample.food).startswith(f"{self.food}/", autoescape=True)
            wanted.append(or_(col(Sample.food) == self.food, within))
        if self.programme is not None:
            wanted.append(col(Sample.programme) == self.programme)
        if self.sampled_from is not None:
            wanted.append(col(Sample.sampled_on) >= self.sampled_from)
        if self.sampled_until is not None:
            wanted.append(col(Sample.sampled_on) <= self.sampled_until)
        if self.sampling_sheet_number is not None:
            wanted.append(col(Sample.sampling_sheet_number) == self.sampling_sheet_number)
        return wanted


def sample_by_number(session: Session, number: str) -> Sample:
    """A sample by its number; of two laboratories with the same number the actor's own. Raises `NotFound`."""
    return _own_first(session, session.exec(select(Sample).where(Sample.number == number)).all(), number)


def sample_by_id(session: Session, sample_id: UUID) -> Sample:
    """Raises `NotFound`."""
    found = session.exec(select(Sample).where(Sample.id == sample_id)).one_or_none()
    if found is None:
        raise NotFound.of("sample", sample_id)
    return found


def samples_by_id(session: Session, sample_ids: Collection[UUID]) -> dict[UUID, Sample]:
    """Those of these samples that the session may see."""
    return {s.id: s for s in session.exec(select(Sample).where(col(Sample.id).in_(sample_ids))).all()}


def sample_by_code(session: Session, code: str) -> Sample:
    """A sample by its number or its blind code; of several laboratories' the actor's own. Raises `NotFound`."""
    wanted = or_(col(Sample.number) == code, col(Sample.blind_code) == code)
    return _own_first(session, session.exec(select(Sample).where(wanted)).all(), code)


def sample_by_blind_code(session: Session, blind_code: str) -> Sample:
    """A sample by the code that the bench knows. Raises `NotFound`."""
    found = session.exec(select(Sample).where(Sample.blind_code == blind_code)).all()
    return _own_first(session, found, blind_code)


def sample_by_sheet(session: Session, sampling_sheet_number: str) -> Sample | None:
    """The sample that a sampling sheet was registered as, so that a job can be run again."""
    query = select(Sample).where(Sample.sampling_sheet_number == sampling_sheet_number)
    found = session.exec(query).all()
    return _own_first(session, found, sampling_sheet_number) if found else None


def tests_of(session: Session, sample_id: UUID) -> Sequence[AssignedTest]:
    """The tests of a sample, by parameter."""
    query = select(AssignedTest).where(AssignedTest.sample_id == sample_id).order_by(col(AssignedTest.parameter))
    return session.exec(query).all()


def tests_by_sample(session: Session, sample_ids: Collection[UUID]) -> dict[UUID, list[AssignedTest]]:
    """The tests of many samples in one query."""
    found: dict[UUID, list[AssignedTest]] = defaultdict(list)
    query = select(AssignedTest).where(col(AssignedTest.sample_id).in_(sample_ids))
    for test in session.exec(query.order_by(col(AssignedTest.parameter))).all():
        found[test.sample_id].append(test)
    return found


def methods_by_sample(session: Session, sample_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """The methods that each of these samples is tested by, in their order."""
    found: dict[UUID, list[str]] = defaultdict(list)
    query = select(AssignedTest.sample_id, AssignedTest.method_code).where(col(AssignedTest.sample_id).in_(sample_ids))
    for sample_id, method in session.exec(query.distinct().order_by(col(AssignedTest.method_code))).all():
        found[sample_id].append(method)
    return found


def samples(session: Session, wanted: SampleFilter, limit: int, offset: int) -> tuple[Sequence[Sample], int]:
    """A part of a list of samples, the newest first, and how many there are."""
    conditions = wanted.conditions()
    total = session.exec(select(func.count(col(Sample.id))).where(*conditions)).one()
    rows = session.exec(
        select(Sample)
        .where(*conditions)
        .order_by(col(Sample.registered_at).desc(), col(Sample.number).desc(), col(Sample.id))
        .limit(limit)
        .offset(offset)
    ).all()
    return rows, total


def samples_awaiting(session: LimsSession, method: str) -> Sequence[tuple[Sample, AssignedTest]]:
    """Received samples of the own laboratory with a test by the method that nothing was recorded for; oldest first."""
    query = (
        select(Sample, AssignedTest)
        .where(
            col(AssignedTest.sample_id) == col(Sample.id),
            AssignedTest.method_code == method,
            AssignedTest.status == TestStatus.ASSIGNED,
            Sample.status == SampleStatus.RECEIVED,
        )
        .order_by(col(Sample.received_at), col(Sample.number), col(AssignedTest.parameter))
    )
    if session.actor.laboratory_id is not None:
        query = query.where(Sample.laboratory_id == session.actor.laboratory_id)
    return session.exec(query).all()


def _own_first(session: Session, found: Sequence[Sample], key: str) -> Sample:
    """Numbers are unique in a laboratory; who sees several means the own one, and refuses to guess otherwise."""
    own = session.actor.laboratory_id if isinstance(session, LimsSession) else None
    mine = [sample for sample in found if sample.laboratory_id == own]
    if len(mine or found) != 1:
        raise NotFound.of("sample", key)
    return (mine or found)[0]
