"""Reads of results that pages make: what stands in lists, what a test still lacks, what became of a run."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from lims.accreditation.tables import VerifiedMethod
from lims.db.parts import parts
from lims.db.work import LimsSession
from lims.results.rules import ResultStatus
from lims.results.tables import NOTED, Result
from lims.runs.tables import FAILED, BatchCheck, Measurement, Signal, Worksheet
from lims.samples.rules import SampleStatus, TestStatus
from lims.samples.tables import AssignedTest, Sample

#: So many waiting tests are read for a grid; it holds fewer rows.
_MOST_WAITING = 600


def _own(session: LimsSession) -> list[UUID]:
    """People work with the results of their own laboratory."""
    return [session.actor.laboratory_id] if session.actor.laboratory_id is not None else []


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────


def own_results(session: LimsSession) -> SelectOfScalar[Result]:
    """The results of the own laboratory, to be limited and ordered."""
    return select(Result).where(col(Result.laboratory_id).in_(_own(session)))


def of_samples(wanted: str) -> ColumnElement[bool]:
    """Results of samples whose blind code holds a text, or whose number it is: the bench knows no numbers."""
    named = or_(col(Sample.blind_code).icontains(wanted, autoescape=True), col(Sample.number) == wanted)
    return col(Result.sample_id).in_(select(Sample.id).where(named))


def of_parameters(codes: Collection[str], wholes: Collection[str]) -> ColumnElement[bool]:
    """Results of tests of these parameters, or of these analytes; `wholes` are parameters that these are part of.

    Results are found by their tests: there is no index of analytes.
    """

    def tests_of(parameters: Collection[str]) -> SelectOfScalar[UUID]:
        return select(AssignedTest.id).where(col(AssignedTest.parameter).in_(parameters))

    either = or_(col(Result.analyte).in_(codes), col(Result.test_id).in_(tests_of(codes)))
    return and_(col(Result.test_id).in_(tests_of({*codes, *wholes})), either)


def of_methods(codes: Collection[str]) -> ColumnElement[bool]:
    """Results of tests by these methods."""
    # Most results are by one method: to look each one's test up is quicker than to list all tests of the method.
    its_own = select(AssignedTest.id).where(
        col(AssignedTest.id) == col(Result.test_id), col(AssignedTest.method_code).in_(codes)
    )
    return its_own.exists()


def is_noted() -> ColumnElement[bool]:
    """Entered by hand, corrected, returned once, or with failed quality control: each found by an index."""
    its_own = (col(BatchCheck.run_id) == col(Measurement.run_id)) & (
        col(BatchCheck.analyte) == col(Measurement.analyte)
    )
    failed = select(Measurement.id).where(
        # Runs with a failure are few: to begin with them is what makes it quick.
        col(Measurement.run_id).in_(select(BatchCheck.run_id).where(FAILED)),
        select(BatchCheck.id).where(its_own, FAILED).exists(),
    )
    touched = select(Result.id).where(NOTED)
    return or_(col(Result.id).in_(touched), col(Result.measurement_id).in_(failed))


def methods_known(session: LimsSession) -> list[str]:
    """The methods that the own laboratory has verified, or has worksheets for: those it has results by.

    Asked of short tables: there are a hundred tests to each of their lines.
    """
    verified = select(VerifiedMethod.method_code).where(col(VerifiedMethod.laboratory_id).in_(_own(session)))
    planned = select(Worksheet.method_code).where(col(Worksheet.laboratory_id).in_(_own(session)))
    return sorted({*session.exec(verified.distinct()).all(), *session.exec(planned.distinct()).all()})


def tests_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, AssignedTest]:
    """Tests by id."""
    found: dict[UUID, AssignedTest] = {}
    for part in parts(set(ids)):
        found |= {t.id: t for t in session.exec(select(AssignedTest).where(col(AssignedTest.id).in_(part))).all()}
    return found


def samples_by_ids(session: Session, ids: Collection[UUID]) -> dict[UUID, Sample]:
    """Samples by id, however many."""
    found: dict[UUID, Sample] = {}
    for part in parts(set(ids)):
        found |= {s.id: s for s in session.exec(select(Sample).where(col(Sample.id).in_(part))).all()}
    return found


# ── what a test still lacks ──────────────────────────────────────────────────────────────────────────


def methods_awaited(session: LimsSession) -> dict[str, int]:
    """How many tests of received samples of the own laboratory lack a result, by method."""
    rows = session.exec(
        select(AssignedTest.method_code, func.count())
        .join(Sample, col(Sample.id) == col(AssignedTest.sample_id))
        .where(
            AssignedTest.status == TestStatus.ASSIGNED,
            Sample.status == SampleStatus.RECEIVED,
            col(AssignedTest.laboratory_id).in_(_own(session)),
        )
        .group_by(col(AssignedTest.method_code))
        .order_by(col(AssignedTest.method_code))
    ).all()
    return dict(rows)


def parameters_awaited(session: LimsSession, method_code: str) -> dict[str, int]:
    """The same of one method, by parameter."""
    rows = session.exec(
        select(AssignedTest.parameter, func.count())
        .join(Sample, col(Sample.id) == col(AssignedTest.sample_id))
        .where(
            AssignedTest.status == TestStatus.ASSIGNED,
            AssignedTest.method_code == method_code,
            Sample.status == SampleStatus.RECEIVED,
            col(AssignedTest.laboratory_id).in_(_own(session)),
        )
        .group_by(col(AssignedTest.parameter))
        .order_by(col(AssignedTest.parameter))
    ).all()
    return dict(rows)


def samples_waiting(session: LimsSession, limit: int) -> tuple[list[tuple[Sample, int]], int]:
    """Received samples of the own laboratory with tests that lack a result, the longest waiting first, each with how
    many; and how many such samples there are.
    """
    waiting = (
        AssignedTest.status == TestStatus.ASSIGNED,
        Sample.status == SampleStatus.RECEIVED,
        col(AssignedTest.laboratory_id).in_(_own(session)),
    )
    counted = (
        select(AssignedTest.sample_id, func.count().label("tests"))
        .join(Sample, col(Sample.id) == col(AssignedTest.sample_id))
        .where(*waiting)
        .group_by(col(AssignedTest.sample_id))
        .subquery()
    )
    total = session.exec(select(func.count()).select_from(counted)).one()
    rows = session.exec(
        select(Sample, counted.c.tests)
        .join(counted, counted.c.sample_id == col(Sample.id))
        .order_by(col(Sample.received_at), col(Sample.blind_code))
        .limit(limit)
    ).all()
    return [(sample, tests) for sample, tests in rows], total


def awaited_tests(
    session: LimsSession, *, sample_id: UUID | None = None, method_code: str = "", parameter: str = ""
) -> list[tuple[Sample, AssignedTest]]:
    """Tests of received samples of the own laboratory that lack a result, the longest waiting sample first."""
    query = (
        select(AssignedTest)
        .join(Sample, col(Sample.id) == col(AssignedTest.sample_id))
        .where(
            AssignedTest.status == TestStatus.ASSIGNED,
            Sample.status == SampleStatus.RECEIVED,
            col(AssignedTest.laboratory_id).in_(_own(session)),
        )
        .order_by(col(Sample.received_at), col(Sample.blind_code), col(AssignedTest.parameter))
        .limit(_MOST_WAITING)
    )
    if sample_id is not None:
        query = query.where(Sample.id == sample_id)
    if method_code:
        query = query.where(AssignedTest.method_code == method_code)
    if parameter:
        query = query.where(AssignedTest.parameter == parameter)
    tests = session.exec(query).all()
    samples = samples_by_ids(session, {test.sample_id for test in tests})
    return [(samples[test.sample_id], test) for test in tests]


# ── results of a run, and the reading behind a result ────────────────────────────────────────────────


def results_of_run(session: Session, run_id: UUID) -> Sequence[tuple[UUID, int, ResultStatus, UUID]]:
    """Id, version, status and technician of the results that count and came from a run."""
    rows = session.exec(
        select(Result.id, Result.version, Result.status, Result.entered_by)
        .join(Measurement, col(Measurement.id) == col(Result.measurement_id))
        .where(Measurement.run_id == run_id, col(Result.status) != ResultStatus.SUPERSEDED)
    ).all()
    return [(key, version, ResultStatus(status), person) for key, version, status, person in rows]


def standard_signal(session: Session, reading: Signal, name: str) -> Signal | None:
    """The internal standard in the same injection as a reading: in a long table it has a row of its own."""
    found = session.exec(
        select(Signal)
        .where(
            Signal.run_id == reading.run_id,
            Signal.injection_key == reading.injection_key,
            col(Signal.is_internal_standard),
        )
        .order_by(col(Signal.row), col(Signal.compound))
    ).all()
    return next((signal for signal in found if signal.compound == name), next(iter(found), None))
