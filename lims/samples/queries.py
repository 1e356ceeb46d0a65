"""Reads of samples."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from lims.core.clock import CHINA
from lims.core.errors import NotFound
from lims.db.parts import parts
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
            wanted.append(in_region(self.region))
        if self.food is not None:
            wanted.append(in_food(self.food))
        if self.programme is not None:
            wanted.append(col(Sample.programme) == self.programme)
        if self.sampled_from is not None:
            wanted.append(col(Sample.sampled_on) >= self.sampled_from)
        if self.sampled_until is not None:
            wanted.append(col(Sample.sampled_on) <= self.sampled_until)
        if self.sampling_sheet_number is not None:
            wanted.append(col(Sample.sampling_sheet_number) == self.sampling_sheet_number)
        return wanted


@dataclass(frozen=True, slots=True)
class Progress:
    """How many tests a sample has, and how many of them are recorded (or further) and verified."""

    tests: int = 0
    recorded: int = 0
    verified: int = 0


def in_region(code: str) -> ColumnElement[bool]:
    """Drawn in the region or in one inside it."""
    return col(Sample.region_code).startswith(significant(code), autoescape=True)


def in_food(path: str) -> ColumnElement[bool]:
    """Of the food, or of one of the group."""
    return or_(col(Sample.food) == path, col(Sample.food).startswith(f"{path}/", autoescape=True))


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
    return _by_sample(session, sample_ids, fresh=False)


def stored_tests_by_sample(session: Session, sample_ids: Collection[UUID]) -> dict[UUID, list[AssignedTest]]:
    """As `tests_by_sample`, and as they are stored now, those too that the session has read before."""
    return _by_sample(session, sample_ids, fresh=True)


def _by_sample(session: Session, sample_ids: Collection[UUID], *, fresh: bool) -> dict[UUID, list[AssignedTest]]:
    found: dict[UUID, list[AssignedTest]] = defaultdict(list)
    query = select(AssignedTest).where(col(AssignedTest.sample_id).in_(sample_ids))
    ordered = query.order_by(col(AssignedTest.parameter))
    for test in session.exec(ordered, execution_options={"populate_existing": fresh}).all():
        found[test.sample_id].append(test)
    return found


def methods_by_sample(session: Session, sample_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """The methods that each of these samples is tested by, in their order."""
    found: dict[UUID, list[str]] = defaultdict(list)
    query = select(AssignedTest.sample_id, AssignedTest.method_code).where(col(AssignedTest.sample_id).in_(sample_ids))
    for sample_id, method in session.exec(query.distinct().order_by(col(AssignedTest.method_code))).all():
        found[sample_id].append(method)
    return found


def progress_by_sample(session: Session, sample_ids: Collection[UUID]) -> dict[UUID, Progress]:
    """How far the tests of many samples are, in one query; a sample without tests is left out."""
    query = (
        select(AssignedTest.sample_id, AssignedTest.status, func.count())
        .where(col(AssignedTest.sample_id).in_(sample_ids))
        .group_by(col(AssignedTest.sample_id), col(AssignedTest.status))
    )
    counts: dict[UUID, dict[TestStatus, int]] = defaultdict(dict)
    for sample_id, status, count in session.exec(query).all():
        counts[sample_id][TestStatus(status)] = count
    return {
        sample_id: Progress(
            sum(found.values()),
            found.get(TestStatus.RECORDED, 0) + found.get(TestStatus.VERIFIED, 0),
            found.get(TestStatus.VERIFIED, 0),
        )
        for sample_id, found in counts.items()
    }


def samples_expected(session: LimsSession, limit: int) -> tuple[Sequence[Sample], int]:
    """Samples of the own laboratory that were registered and did not arrive yet, oldest first, and how many."""
    conditions = (
        Sample.laboratory_id == session.actor.laboratory_id,
        col(Sample.status) == SampleStatus.REGISTERED,
    )
    total = session.exec(select(func.count(col(Sample.id))).where(*conditions)).one()
    rows = session.exec(
        select(Sample).where(*conditions).order_by(col(Sample.registered_at), col(Sample.number)).limit(limit)
    ).all()
    return rows, total


def samples_received_on(session: LimsSession, day: date, limit: int) -> tuple[Sequence[Sample], int]:
    """What the person at work received on a day of China, the last first, and how many."""
    begin = datetime.combine(day, time.min, CHINA)
    conditions = (
        Sample.laboratory_id == session.actor.laboratory_id,
        col(Sample.received_by) == session.actor.user_id,
        col(Sample.received_at) >= begin,
    )
    total = session.exec(select(func.count(col(Sample.id))).where(*conditions)).one()
    rows = session.exec(
        select(Sample)
        .where(*conditions)
        .order_by(col(Sample.received_at).desc(), col(Sample.number).desc())
        .limit(limit)
    ).all()
    return rows, total


def samples_registered_by(session: LimsSession, limit: int, *, at: datetime | None = None) -> Sequence[Sample]:
    """What the person at work registered, the last first; with `at` what one act registered, by number."""
    query = select(Sample).where(
        Sample.laboratory_id == session.actor.laboratory_id, col(Sample.registered_by) == session.actor.user_id
    )
    if at is not None:
        query = query.where(Sample.registered_at == at).order_by(col(Sample.number))
    else:
        query = query.order_by(col(Sample.registered_at).desc(), col(Sample.number).desc())
    return session.exec(query.limit(limit)).all()


def samples_registered_lately(session: LimsSession, limit: int) -> Sequence[Sample]:
    """What the own laboratory registered last."""
    query = select(Sample).where(Sample.laboratory_id == session.actor.laboratory_id)
    return session.exec(query.order_by(col(Sample.registered_at).desc(), col(Sample.number).desc()).limit(limit)).all()


def own_samples(session: LimsSession, keys: Collection[str]) -> dict[str, Sample]:
    """Samples of the own laboratory by any of their keys: number, blind code, sampling sheet; the number goes first."""
    rows: list[Sample] = []
    for part in parts(set(keys)):
        rows += session.exec(
            select(Sample).where(
                Sample.laboratory_id == session.actor.laboratory_id,
                or_(
                    col(Sample.number).in_(part),
                    col(Sample.blind_code).in_(part),
                    col(Sample.sampling_sheet_number).in_(part),
                ),
            )
        ).all()
    by_key = {row.sampling_sheet_number: row for row in rows}
    by_key |= {row.blind_code: row for row in rows}
    by_key |= {row.number: row for row in rows}
    return {key: by_key[key] for key in keys if key in by_key}


def foods_of_samples(session: Session) -> set[str]:
    """The foods that samples within sight are of."""
    return set(session.exec(select(Sample.food).distinct()).all())


def regions_of_samples(session: Session) -> set[str]:
    """The regions that samples within sight were drawn in."""
    return set(session.exec(select(Sample.region_code).distinct()).all())


def samples(session: Session, wanted: SampleFilter, limit: int, offset: int) -> tuple[Sequence[Sample], int]:
    """A part of a list of samples, the newest first, and how many there are."""
    conditions = wanted.conditions()
    total = session.exec(select(func.count(col(Sample.id))).where(*conditions)).one()
    rows = session.exec(
        select(Sample)
        .where(*conditions)
        .order_by(col(Sample.registered_at).desc(), col(Sample.number).desc(), col(Sample.id).desc())
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
