"""Reads of worksheets and runs that pages make: what stands in lists, counts, and what belongs to one analyte."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, select

from lims.db.work import LimsSession
from lims.equipment.tables import Instrument
from lims.runs.rules import EntryKind
from lims.runs.tables import (
    BatchCheck,
    Calibration,
    InstrumentFile,
    Measurement,
    Run,
    Signal,
    Worksheet,
    WorksheetEntry,
)
from lims.samples.rules import SampleStatus, TestStatus
from lims.samples.tables import AssignedTest, Sample
from lims.science.quality_control import QcVerdict


def _own(session: LimsSession) -> list[UUID]:
    """People work with the worksheets of their own laboratory."""
    return [session.actor.laboratory_id] if session.actor.laboratory_id is not None else []


def methods_waited_for(session: LimsSession) -> dict[str, int]:
    """For how many received samples of the own laboratory each method is waited for."""
    rows = session.exec(
        select(AssignedTest.method_code, func.count(func.distinct(col(AssignedTest.sample_id))))
        .join(Sample, col(Sample.id) == col(AssignedTest.sample_id))
        .where(
            AssignedTest.status == TestStatus.ASSIGNED,
            Sample.status == SampleStatus.RECEIVED,
            col(Sample.laboratory_id).in_(_own(session)),
        )
        .group_by(col(AssignedTest.method_code))
        .order_by(col(AssignedTest.method_code))
    ).all()
    return dict(rows)


def methods_used(session: LimsSession) -> Sequence[str]:
    """The methods that the own laboratory has worksheets for."""
    used = select(Worksheet.method_code).where(col(Worksheet.laboratory_id).in_(_own(session))).distinct()
    return session.exec(used.order_by(col(Worksheet.method_code))).all()


def own_worksheets(session: LimsSession) -> Any:
    """The worksheets of the own laboratory with the code of their instrument, to be limited and ordered."""
    return (
        select(Worksheet, Instrument.code)
        .join(Instrument, col(Instrument.id) == col(Worksheet.instrument_id))
        .where(col(Worksheet.laboratory_id).in_(_own(session)))
    )


def own_runs(session: LimsSession) -> Any:
    """The runs of the own laboratory with worksheet and file, to be limited and ordered."""
    return (
        select(Run, Worksheet, InstrumentFile)
        .join(Worksheet, col(Worksheet.id) == col(Run.worksheet_id))
        .join(InstrumentFile, col(InstrumentFile.id) == col(Run.file_id))
        .where(col(Run.laboratory_id).in_(_own(session)))
    )


def worksheets_holding(session: LimsSession, method_code: str, sample_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """The numbers of the worksheets for a method that samples stand on, by sample."""
    rows = session.exec(
        select(WorksheetEntry.sample_id, Worksheet.number)
        .join(Worksheet, col(Worksheet.id) == col(WorksheetEntry.worksheet_id))
        .where(Worksheet.method_code == method_code, col(WorksheetEntry.sample_id).in_(sample_ids))
        .order_by(col(Worksheet.number))
    ).all()
    found: dict[UUID, list[str]] = {}
    for sample_id, number in rows:
        if sample_id is not None:
            found.setdefault(sample_id, []).append(number)
    return found


def latest_worksheet(session: LimsSession, method_code: str) -> Worksheet | None:
    """The worksheet that the own laboratory made last for a method."""
    return session.exec(
        select(Worksheet)
        .where(Worksheet.method_code == method_code, col(Worksheet.laboratory_id).in_(_own(session)))
        .order_by(col(Worksheet.created_at).desc(), col(Worksheet.number).desc())
        .limit(1)
    ).one_or_none()


def latest_profile(session: Session, instrument_id: UUID) -> Mapping[str, Any] | None:
    """How the last file of an instrument was read; runs that say something go before those that do not."""
    return session.exec(
        select(Run.profile)
        .join(Worksheet, col(Worksheet.id) == col(Run.worksheet_id))
        .where(Worksheet.instrument_id == instrument_id)
        .order_by(col(Run.status), col(Run.imported_at).desc())
        .limit(1)
    ).first()


def sample_counts(session: Session, worksheet_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many samples stand on worksheets."""
    return dict(
        session.exec(
            select(WorksheetEntry.worksheet_id, func.count())
            .where(col(WorksheetEntry.worksheet_id).in_(worksheet_ids), WorksheetEntry.kind == EntryKind.SAMPLE)
            .group_by(col(WorksheetEntry.worksheet_id))
        ).all()
    )


def run_counts(session: Session, worksheet_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many runs worksheets have."""
    return dict(
        session.exec(
            select(Run.worksheet_id, func.count())
            .where(col(Run.worksheet_id).in_(worksheet_ids))
            .group_by(col(Run.worksheet_id))
        ).all()
    )


def files_of(session: Session, runs: Collection[Run]) -> dict[UUID, InstrumentFile]:
    """The files of runs by their id."""
    ids = {run.file_id for run in runs}
    return {f.id: f for f in session.exec(select(InstrumentFile).where(col(InstrumentFile.id).in_(ids))).all()}


def check_counts(session: Session, run_id: UUID) -> dict[str, dict[QcVerdict, int]]:
    """For each analyte of a run, how many checks came out how."""
    rows = session.exec(
        select(BatchCheck.analyte, BatchCheck.verdict, func.count())
        .where(BatchCheck.run_id == run_id)
        .group_by(col(BatchCheck.analyte), col(BatchCheck.verdict))
    ).all()
    found: dict[str, dict[QcVerdict, int]] = {}
    for analyte, verdict, count in rows:
        found.setdefault(analyte, {})[QcVerdict(verdict)] = count
    return found


def measured_counts(session: Session, run_id: UUID) -> dict[str, tuple[int, int]]:
    """For each analyte of a run, of how many samples something may be said, and of how many it was to be."""
    rows = session.exec(
        select(Measurement.analyte, Measurement.is_computed, func.count())
        .where(Measurement.run_id == run_id)
        .group_by(col(Measurement.analyte), col(Measurement.is_computed))
    ).all()
    found: dict[str, tuple[int, int]] = {}
    for analyte, is_computed, count in rows:
        said, wanted = found.get(analyte, (0, 0))
        found[analyte] = (said + count if is_computed else said, wanted + count)
    return found


def verdicts_of(session: Session, run_id: UUID) -> dict[QcVerdict, int]:
    """How many checks of a run came out how."""
    rows = session.exec(
        select(BatchCheck.verdict, func.count()).where(BatchCheck.run_id == run_id).group_by(col(BatchCheck.verdict))
    ).all()
    return {QcVerdict(verdict): count for verdict, count in rows}


def analytes_of(session: Session, run_id: UUID) -> Sequence[str]:
    """The analytes that a run has calibrations of."""
    return session.exec(
        select(Calibration.analyte).where(Calibration.run_id == run_id).order_by(col(Calibration.analyte))
    ).all()


def calibration_of(session: Session, run_id: UUID, analyte: str) -> Calibration | None:
    """The calibration of one analyte of a run."""
    return session.exec(
        select(Calibration).where(Calibration.run_id == run_id, Calibration.analyte == analyte)
    ).one_or_none()


def sequence_of(session: Session, run_id: UUID, analyte: str) -> Sequence[tuple[Signal, WorksheetEntry]]:
    """The signals of an analyte or internal standard with their positions, in the order in which they were injected."""
    rows = session.exec(
        select(Signal, WorksheetEntry)
        .join(WorksheetEntry, col(WorksheetEntry.id) == col(Signal.entry_id))
        .where(Signal.run_id == run_id, Signal.analyte == analyte)
        .order_by(col(Signal.row))
    ).all()
    # Tables may be sorted by name; an injection without a time stays where it stands.
    return sorted(rows, key=lambda pair: pair[0].acquired_at or datetime.min.replace(tzinfo=UTC))


def measurements_of(session: Session, run_id: UUID, analyte: str) -> Sequence[tuple[Measurement, WorksheetEntry]]:
    """What a run says of an analyte, by position."""
    return session.exec(
        select(Measurement, WorksheetEntry)
        .join(WorksheetEntry, col(WorksheetEntry.id) == col(Measurement.entry_id))
        .where(Measurement.run_id == run_id, Measurement.analyte == analyte)
        .order_by(col(WorksheetEntry.position))
    ).all()


def checks_with_positions() -> Any:
    """Checks with the position that each was made on (None: on the batch), to be limited and ordered."""
    return select(BatchCheck, WorksheetEntry).outerjoin(
        WorksheetEntry, col(WorksheetEntry.id) == col(BatchCheck.entry_id)
    )


def measurements_with_signals() -> Any:
    """Measurements with position and signal (None: not injected), to be limited and ordered."""
    return (
        select(Measurement, WorksheetEntry, Signal)
        .join(WorksheetEntry, col(WorksheetEntry.id) == col(Measurement.entry_id))
        .outerjoin(Signal, col(Signal.id) == col(Measurement.signal_id))
    )
