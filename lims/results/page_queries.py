"""Reads of results that pages make: what stands in lists, what waits for a verifier, what a test still lacks."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from lims.accreditation.tables import VerifiedMethod
from lims.db.parts import parts
from lims.db.work import LimsSession
from lims.equipment.tables import Instrument
from lims.results.rules import ResultOrigin, ResultStatus
from lims.results.tables import NOTED, Result
from lims.runs.tables import FAILED, BatchCheck, InstrumentFile, Measurement, Run, Signal, Worksheet
from lims.samples.rules import SampleStatus, TestStatus
from lims.samples.tables import AssignedTest, Sample
from lims.science.quality_control import QcVerdict

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
    return col(Result.test_id).in_(select(AssignedTest.id).where(col(AssignedTest.method_code).in_(codes)))


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


# ── what waits for a verifier ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Batch:
    """Submitted results that belong together: those of a run, or by hand those of a method.

    `own` were entered by the person who looks, who may not verify them.
    """

    key: str
    method_code: str
    run_id: UUID | None
    worksheet: str | None
    instrument: str | None
    file: str | None
    results: int
    samples: int
    own: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submitted result with what a verifier looks at; the calculation itself is left where it is."""

    id: UUID
    version: int
    test_id: UUID
    sample_id: UUID
    parameter: str
    analyte: str
    origin: ResultOrigin
    amount: Mapping[str, Any]
    value: Decimal | None
    limit_of_quantification: Decimal
    analysed_on: date
    entered_by: UUID
    submitted_at: datetime | None
    is_correction: bool
    correction_reason: str | None
    return_reason: str | None
    remark: str | None
    limits_source: str | None
    manually_integrated: bool | None
    range_status: str | None
    doubts: list[Any] | None


def submitted_batches(session: LimsSession) -> list[Batch]:
    """What waits for verification in the own laboratory, batch by batch, the oldest first."""
    own = func.sum(case((col(Result.entered_by) == session.actor.user_id, 1), else_=0))
    figures = (
        func.count(),
        func.count(func.distinct(col(Result.sample_id))),
        own,
        func.min(col(Result.submitted_at)),
    )
    waiting = (col(Result.status) == ResultStatus.SUBMITTED, col(Result.laboratory_id).in_(_own(session)))
    by_run = session.connection().execute(
        select_rows(col(Measurement.run_id), *figures)
        .select_from(Result)
        .join(Measurement, col(Measurement.id) == col(Result.measurement_id))
        .where(*waiting)
        .group_by(col(Measurement.run_id))
    )
    by_hand = session.connection().execute(
        select_rows(col(AssignedTest.method_code), *figures)
        .select_from(Result)
        .join(AssignedTest, col(AssignedTest.id) == col(Result.test_id))
        .where(*waiting, col(Result.measurement_id).is_(None))
        .group_by(col(AssignedTest.method_code))
    )
    counted = list(by_run)
    known = _runs(session, [row[0] for row in counted])
    batches = [_batch_of_run(known[row[0]], *row[1:]) for row in counted if row[0] in known]
    batches += [
        Batch(f"hand:{method}", method, None, None, None, None, results, samples, int(own), oldest)
        for method, results, samples, own, oldest in by_hand
    ]
    return sorted(batches, key=lambda batch: (batch.oldest is None, batch.oldest, batch.key))


_OfRun = tuple[Run, Worksheet, str, str]


def _runs(session: Session, ids: Collection[UUID]) -> dict[UUID, _OfRun]:
    rows = session.exec(
        select(Run, Worksheet, Instrument.code, InstrumentFile.name)
        .join(Worksheet, col(Worksheet.id) == col(Run.worksheet_id))
        .join(Instrument, col(Instrument.id) == col(Worksheet.instrument_id))
        .join(InstrumentFile, col(InstrumentFile.id) == col(Run.file_id))
        .where(col(Run.id).in_(ids))
    ).all()
    return {run.id: (run, worksheet, instrument, file) for run, worksheet, instrument, file in rows}


def _batch_of_run(of: _OfRun, results: int, samples: int, own: int, oldest: datetime | None) -> Batch:
    run, worksheet, instrument, file = of
    return Batch(
        f"run:{run.id}",
        worksheet.method_code,
        run.id,
        worksheet.number,
        instrument,
        file,
        results,
        samples,
        int(own),
        oldest,
    )


def submitted_of(session: LimsSession, batch: Batch) -> list[Submitted]:
    """The submitted results of a batch, by sample, parameter and analyte."""
    query = (
        select_rows(
            col(Result.id),
            col(Result.version),
            col(Result.test_id),
            col(Result.sample_id),
            col(AssignedTest.parameter),
            col(Result.analyte),
            col(Result.origin),
            col(Result.amount),
            col(Result.value),
            col(Result.limit_of_quantification),
            col(Result.analysed_on),
            col(Result.entered_by),
            col(Result.submitted_at),
            col(Result.supersedes_id).is_not(None),
            col(Result.correction_reason),
            col(Result.return_reason),
            col(Result.remark),
            Result.__table__.c.calculation["limits"].as_string(),
            col(Signal.manually_integrated),
            Measurement.__table__.c.factors["range"].as_string(),
            Measurement.__table__.c.factors["doubts"].as_json(),
        )
        .select_from(Result)
        .join(AssignedTest, col(AssignedTest.id) == col(Result.test_id))
        .outerjoin(Measurement, col(Measurement.id) == col(Result.measurement_id))
        .outerjoin(Signal, col(Signal.id) == col(Result.signal_id))
        .where(col(Result.status) == ResultStatus.SUBMITTED, col(Result.laboratory_id).in_(_own(session)))
        .order_by(col(Result.sample_id), col(AssignedTest.parameter), col(Result.analyte))
    )
    if batch.run_id is not None:
        query = query.where(col(Measurement.run_id) == batch.run_id)
    else:
        query = query.where(col(Result.measurement_id).is_(None), col(AssignedTest.method_code) == batch.method_code)
    return [Submitted(*row) for row in session.connection().execute(query)]


def failed_kinds(session: Session, run_id: UUID) -> dict[str, tuple[str, ...]]:
    """The quality checks that failed in a run, by analyte."""
    rows = session.exec(
        select(BatchCheck.analyte, BatchCheck.kind)
        .where(BatchCheck.run_id == run_id, BatchCheck.verdict == QcVerdict.FAIL)
        .distinct()
        .order_by(col(BatchCheck.analyte), col(BatchCheck.kind))
    ).all()
    found: dict[str, tuple[str, ...]] = {}
    for analyte, kind in rows:
        found[analyte] = (*found.get(analyte, ()), str(kind))
    return found


def verdict_counts(session: Session, run_id: UUID) -> dict[QcVerdict, int]:
    """How many checks of a run came out how."""
    rows = session.exec(
        select(BatchCheck.verdict, func.count()).where(BatchCheck.run_id == run_id).group_by(col(BatchCheck.verdict))
    ).all()
    return {QcVerdict(verdict): count for verdict, count in rows}


def amounts_of_tests(session: Session, test_ids: Iterable[UUID]) -> dict[UUID, dict[str, Mapping[str, Any]]]:
    """What was found of every analyte of these tests, whatever its state: by test and analyte."""
    found: dict[UUID, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for part in parts(set(test_ids)):
        rows = session.exec(
            select(Result.test_id, Result.analyte, Result.amount).where(
                col(Result.test_id).in_(part), col(Result.status) != ResultStatus.SUPERSEDED
            )
        ).all()
        for test_id, analyte, amount in rows:
            found[test_id][analyte] = amount
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


def standard_signal(session: Session, run_id: UUID, row: int) -> Signal | None:
    """The internal standard in the same row of a file as a reading."""
    return session.exec(
        select(Signal).where(Signal.run_id == run_id, Signal.row == row, col(Signal.is_internal_standard))
    ).first()
