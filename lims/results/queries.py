"""Reads of results."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, or_, select

from lims.core.errors import NotFound
from lims.db.parts import parts
from lims.results.rules import ResultStatus
from lims.results.tables import Result
from lims.samples.tables import AssignedTest, Sample


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A result with the test and the sample that it belongs to."""

    result: Result
    test: AssignedTest
    sample: Sample


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """Which results; None stands for all."""

    status: ResultStatus | None = None
    sample: str | None = None
    parameter: str | None = None
    method_code: str | None = None
    not_entered_by: UUID | None = None


def test_of(session: Session, sample: Sample, parameter: str) -> AssignedTest:
    """The test of a parameter of a sample. Raises `NotFound`."""
    found = session.exec(
        select(AssignedTest).where(AssignedTest.sample_id == sample.id, AssignedTest.parameter == parameter)
    ).one_or_none()
    if found is None:
        raise NotFound.of("test", f"{sample.blind_code} {parameter}")
    return found


def result_by_id(session: Session, result_id: UUID) -> Result:
    """Raises `NotFound`."""
    found = session.exec(select(Result).where(Result.id == result_id)).one_or_none()
    if found is None:
        raise NotFound.of("result", result_id)
    return found


def results_by_id(session: Session, ids: Iterable[UUID]) -> dict[UUID, Result]:
    """Results in the order asked for. Raises `NotFound` naming the first that is missing."""
    wanted = list(dict.fromkeys(ids))
    found: dict[UUID, Result] = {}
    for part in parts(wanted):
        found |= {r.id: r for r in session.exec(select(Result).where(col(Result.id).in_(part))).all()}
    for result_id in wanted:
        if result_id not in found:
            raise NotFound.of("result", result_id)
    return {result_id: found[result_id] for result_id in wanted}


def results_within_sight(session: Session, ids: Iterable[UUID]) -> list[Result]:
    """Those of these results that the session may see."""
    found: list[Result] = []
    for part in parts(list(dict.fromkeys(ids))):
        found += session.exec(select(Result).where(col(Result.id).in_(part))).all()
    return found


def verified_results(session: Session, sample_id: UUID) -> Sequence[Result]:
    """The verified results of a sample, by analyte; what may be judged and reported."""
    return session.exec(
        select(Result)
        .where(Result.sample_id == sample_id, Result.status == ResultStatus.VERIFIED)
        .order_by(col(Result.analyte), col(Result.id))
    ).all()


def current_results(session: Session, sample_ids: Iterable[UUID]) -> Sequence[Result]:
    """The results of these samples that no correction has superseded."""
    return session.exec(
        select(Result).where(col(Result.sample_id).in_(list(sample_ids)), col(Result.status) != ResultStatus.SUPERSEDED)
    ).all()


def statuses_by_test(session: Session, sample_ids: Iterable[UUID]) -> dict[UUID, dict[str, ResultStatus]]:
    """The status of every current result of these samples as it is stored, by test and analyte."""
    found: dict[UUID, dict[str, ResultStatus]] = defaultdict(dict)
    current = select(Result.test_id, Result.analyte, Result.status).where(
        col(Result.sample_id).in_(list(sample_ids)), col(Result.status) != ResultStatus.SUPERSEDED
    )
    for test_id, analyte, status in session.exec(current).all():
        found[test_id][analyte] = ResultStatus(status)
    return found


def recorded_analytes(session: Session, test_ids: Iterable[UUID]) -> set[tuple[UUID, str]]:
    """Test and analyte of every result that counts."""
    found: set[tuple[UUID, str]] = set()
    for part in parts(set(test_ids)):
        rows = session.exec(
            select(Result.test_id, Result.analyte).where(
                col(Result.test_id).in_(part), col(Result.status) != ResultStatus.SUPERSEDED
            )
        ).all()
        found |= {(test_id, analyte) for test_id, analyte in rows}
    return found


def result_rows(session: Session, wanted: ResultFilter, limit: int, offset: int) -> tuple[list[ResultRow], int]:
    """Results with their tests and samples, by blind code, parameter and analyte; and how many there are."""
    conditions = _conditions(wanted)
    counted = select(func.count()).select_from(Result)
    if wanted.parameter is not None or wanted.method_code is not None:
        counted = counted.join(AssignedTest, col(AssignedTest.id) == col(Result.test_id))
    total = session.exec(counted.where(*conditions)).one()
    # Ids first: sorting whole rows, each with its calculation and its sample, takes far longer.
    chosen = (
        select(Result.id)
        .join(AssignedTest, col(AssignedTest.id) == col(Result.test_id))
        .join(Sample, col(Sample.id) == col(Result.sample_id))
        .where(*conditions)
        .order_by(col(Sample.blind_code), col(AssignedTest.parameter), col(Result.analyte), col(Result.entered_at))
        .limit(limit)
        .offset(offset)
    )
    return _rows(session, session.exec(chosen).all()), total


def waiting_for_verification(
    session: Session, verifier: UUID | None, limit: int = 500, offset: int = 0
) -> tuple[list[ResultRow], int]:
    """Submitted results that this person may verify: never their own."""
    wanted = ResultFilter(status=ResultStatus.SUBMITTED, not_entered_by=verifier)
    return result_rows(session, wanted, limit, offset)


def row_of(session: Session, result: Result) -> ResultRow:
    """A result with its test and sample."""
    return rows_of(session, [result])[0]


def rows_of(session: Session, results: Sequence[Result]) -> list[ResultRow]:
    """Results with their tests and samples, in the order given."""
    return _rows(session, [result.id for result in results])


def _rows(session: Session, ids: Sequence[UUID]) -> list[ResultRow]:
    found: dict[UUID, ResultRow] = {}
    for part in parts(ids):
        rows = session.exec(
            select(Result, AssignedTest, Sample)
            .join(AssignedTest, col(AssignedTest.id) == col(Result.test_id))
            .join(Sample, col(Sample.id) == col(Result.sample_id))
            .where(col(Result.id).in_(part))
        ).all()
        found |= {row[0].id: ResultRow(*row) for row in rows}
    return [found[result_id] for result_id in ids]


def versions_of(session: Session, result: Result) -> list[Result]:
    """Every version of a result, oldest first; a chain by `supersedes_id`."""
    found = session.exec(select(Result).where(Result.test_id == result.test_id, Result.analyte == result.analyte)).all()
    after = {r.supersedes_id: r for r in found}
    chain: list[Result] = []
    following = after.get(None)
    while following is not None:
        chain.append(following)
        following = after.get(following.id)
    return chain


def _conditions(wanted: ResultFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(col(Result.status) == wanted.status)
    if wanted.sample is not None:
        named = or_(col(Sample.number) == wanted.sample, col(Sample.blind_code) == wanted.sample)
        conditions.append(col(Result.sample_id).in_(select(Sample.id).where(named)))
    if wanted.parameter is not None:
        conditions.append(col(AssignedTest.parameter) == wanted.parameter)
    if wanted.method_code is not None:
        conditions.append(col(AssignedTest.method_code) == wanted.method_code)
    if wanted.not_entered_by is not None:
        conditions.append(col(Result.entered_by) != wanted.not_entered_by)
    return conditions
