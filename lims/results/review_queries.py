"""Reads of what waits for a verifier: batches, their submitted results, and the quality control of a run."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import case, func
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from lims.db.parts import parts
from lims.db.work import LimsSession
from lims.equipment.tables import Instrument
from lims.results.rules import ResultOrigin, ResultStatus
from lims.results.tables import Result
from lims.runs.tables import BatchCheck, InstrumentFile, Measurement, Run, Signal, Worksheet
from lims.samples.tables import AssignedTest
from lims.science.quality_control import QcVerdict


def _own(session: LimsSession) -> list[UUID]:
    """People work with the results of their own laboratory."""
    return [session.actor.laboratory_id] if session.actor.laboratory_id is not None else []


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
    reservations: list[Any] | None
    measurement_id: UUID | None


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
            col(Measurement.reservations),
            col(Result.measurement_id),
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
