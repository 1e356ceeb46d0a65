"""Reads of worksheets and runs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, select

from lims.core.clock import local_day
from lims.core.errors import NotFound
from lims.db.work import LimsSession
from lims.runs.rules import PlannedEntry, WorksheetFacts
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
from lims.science.amounts import Amount, amount_from_dict
from lims.science.units import UnitCode


@dataclass(frozen=True, slots=True)
class MeasuredAmount:
    """What a run says of an analyte in a sample, with the whole way back to the file.

    `amount` is None when nothing may be said; `reasons` then say why. `column` and `row` name the cell of the response;
    empty and 0 when the position was not injected.
    """

    measurement_id: UUID
    sample_id: UUID
    label: str
    analyte: str
    amount: Amount | None
    content: Decimal | None
    unit: UnitCode
    limit_of_quantification: Decimal
    limit_of_detection: Decimal
    factors: dict[str, Any]
    reasons: Sequence[dict[str, Any]]
    signal_id: UUID | None
    row: int
    column: str
    file_sha256: str
    file_name: str
    calibration_id: UUID
    analysed_on: date
    reservations: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """The row and column of a signal, and when it was injected."""

    row: int
    column: str
    acquired_at: datetime | None


_NOWHERE = _Place(0, "", None)


def worksheet_by_number(session: LimsSession, number: str) -> Worksheet:
    """A worksheet of the own laboratory. Raises `NotFound`."""
    found = session.exec(
        select(Worksheet).where(Worksheet.number == number, col(Worksheet.laboratory_id).in_(_own_first(session)))
    ).first()
    if found is None:
        raise NotFound.of("worksheet", number)
    return found


def _own_first(session: LimsSession) -> list[UUID]:
    """Numbers are unique in a laboratory: a person means their own."""
    return [session.actor.laboratory_id] if session.actor.laboratory_id is not None else []


def worksheets(session: Session, method_code: str | None, limit: int, offset: int) -> tuple[Sequence[Worksheet], int]:
    """Worksheets, newest first, and how many there are."""
    chosen = select(Worksheet)
    counted = select(func.count()).select_from(Worksheet)
    if method_code is not None:
        chosen = chosen.where(Worksheet.method_code == method_code)
        counted = counted.where(Worksheet.method_code == method_code)
    ordered = chosen.order_by(col(Worksheet.created_at).desc(), col(Worksheet.number).desc())
    return session.exec(ordered.limit(limit).offset(offset)).all(), session.exec(counted).one()


def entries_of(session: Session, worksheet_id: UUID) -> Sequence[WorksheetEntry]:
    """The positions of a worksheet, in order."""
    return session.exec(
        select(WorksheetEntry).where(WorksheetEntry.worksheet_id == worksheet_id).order_by(col(WorksheetEntry.position))
    ).all()


def facts_of(worksheet: Worksheet, entries: Sequence[WorksheetEntry]) -> WorksheetFacts:
    """A worksheet as the calculation needs it."""
    labels = {entry.id: entry.label for entry in entries}
    return WorksheetFacts(
        entries=tuple(
            PlannedEntry(
                position=entry.position,
                kind=entry.kind,
                label=entry.label,
                parent=None if entry.parent_entry_id is None else labels[entry.parent_entry_id],
                nominal=entry.nominal_concentration,
                spiked=entry.spiked_content,
                test_portion=entry.test_portion,
                final_volume=entry.final_volume,
                dilution=entry.dilution,
                moisture_percent=entry.moisture_percent,
                standard_concentration=entry.standard_concentration,
            )
            for entry in entries
        ),
        concentration_unit=UnitCode(worksheet.concentration_unit),
        test_portion_unit=UnitCode(worksheet.test_portion_unit),
        final_volume_unit=UnitCode(worksheet.final_volume_unit),
        result_unit=UnitCode(worksheet.result_unit),
    )


def samples_named(session: LimsSession, names: Collection[str]) -> dict[str, Sample]:
    """Samples of the own laboratory by blind code or number, for each name that finds one."""
    rows = session.exec(
        select(Sample).where(
            Sample.laboratory_id == session.actor.laboratory_id,
            col(Sample.blind_code).in_(names) | col(Sample.number).in_(names),
        )
    ).all()
    found = {sample.number: sample for sample in rows} | {sample.blind_code: sample for sample in rows}
    return {name: found[name] for name in names if name in found}


def samples_with(session: Session, sample_ids: Collection[UUID]) -> dict[UUID, Sample]:
    """Samples by id."""
    return {s.id: s for s in session.exec(select(Sample).where(col(Sample.id).in_(sample_ids))).all()}


def tests_by_sample(session: Session, sample_ids: Collection[UUID], method_code: str) -> dict[UUID, list[AssignedTest]]:
    """The tests of samples by a method."""
    rows = session.exec(
        select(AssignedTest)
        .where(col(AssignedTest.sample_id).in_(sample_ids), AssignedTest.method_code == method_code)
        .order_by(col(AssignedTest.parameter))
    ).all()
    found: dict[UUID, list[AssignedTest]] = {}
    for test in rows:
        found.setdefault(test.sample_id, []).append(test)
    return found


def parameters_by_sample(session: Session, sample_ids: Collection[UUID], method_code: str) -> dict[UUID, list[str]]:
    """What samples are to be tested for by a method; of a long batch there are tens of thousands."""
    rows = session.exec(
        select(AssignedTest.sample_id, AssignedTest.parameter)
        .where(col(AssignedTest.sample_id).in_(sample_ids), AssignedTest.method_code == method_code)
        .order_by(col(AssignedTest.parameter))
    ).all()
    found: dict[UUID, list[str]] = {}
    for sample_id, parameter in rows:
        found.setdefault(sample_id, []).append(parameter)
    return found


def samples_waiting_for(session: LimsSession, method_code: str) -> Sequence[Sample]:
    """Received samples of the own laboratory with a test by the method that has no result yet, oldest first."""
    waiting = select(AssignedTest.sample_id).where(
        AssignedTest.method_code == method_code, AssignedTest.status == TestStatus.ASSIGNED
    )
    query = select(Sample).where(Sample.status == SampleStatus.RECEIVED, col(Sample.id).in_(waiting))
    if session.actor.laboratory_id is not None:
        query = query.where(Sample.laboratory_id == session.actor.laboratory_id)
    return session.exec(query.order_by(col(Sample.received_at), col(Sample.number))).all()


def file_with(session: Session, laboratory_id: UUID, sha256: str) -> InstrumentFile | None:
    """The file of a hash, if the laboratory has handed it in before."""
    return session.exec(
        select(InstrumentFile).where(InstrumentFile.laboratory_id == laboratory_id, InstrumentFile.sha256 == sha256)
    ).one_or_none()


def file_of(session: Session, run: Run) -> InstrumentFile:
    """The file of a run."""
    return session.exec(select(InstrumentFile).where(InstrumentFile.id == run.file_id)).one()


def run_by_id(session: Session, run_id: UUID) -> Run:
    """Raises `NotFound`."""
    found = session.exec(select(Run).where(Run.id == run_id)).one_or_none()
    if found is None:
        raise NotFound.of("run", run_id)
    return found


def runs_of(session: Session, worksheet_id: UUID) -> Sequence[Run]:
    """The runs of a worksheet, oldest first."""
    return session.exec(select(Run).where(Run.worksheet_id == worksheet_id).order_by(col(Run.imported_at))).all()


def worksheet_of(session: Session, run: Run) -> Worksheet:
    """The worksheet of a run."""
    return session.exec(select(Worksheet).where(Worksheet.id == run.worksheet_id)).one()


def calibrations_of(session: Session, run_id: UUID) -> Sequence[Calibration]:
    """The calibrations of a run, by analyte."""
    return session.exec(
        select(Calibration).where(Calibration.run_id == run_id).order_by(col(Calibration.analyte))
    ).all()


def checks_of(session: Session, run_id: UUID, analyte: str | None = None) -> Sequence[BatchCheck]:
    """The checks of a run, by analyte and kind."""
    chosen = select(BatchCheck).where(BatchCheck.run_id == run_id)
    if analyte is not None:
        chosen = chosen.where(BatchCheck.analyte == analyte)
    return session.exec(chosen.order_by(col(BatchCheck.analyte), col(BatchCheck.kind), col(BatchCheck.id))).all()


def signals_of(
    session: Session, run_id: UUID, analyte: str | None, limit: int, offset: int
) -> tuple[Sequence[Signal], int]:
    """The signals of a run in the order of the file, and how many there are."""
    chosen = select(Signal).where(Signal.run_id == run_id)
    counted = select(func.count()).select_from(Signal).where(Signal.run_id == run_id)
    if analyte is not None:
        chosen = chosen.where(Signal.analyte == analyte)
        counted = counted.where(Signal.analyte == analyte)
    ordered = chosen.order_by(col(Signal.row), col(Signal.compound))
    return session.exec(ordered.limit(limit).offset(offset)).all(), session.exec(counted).one()


def measured_amounts(session: Session, run_id: UUID) -> Sequence[MeasuredAmount]:
    """What a run says of every sample and analyte it was to measure, also where nothing may be said."""
    run = run_by_id(session, run_id)
    file = file_of(session, run)
    places = _places(session, run_id)
    entries = {entry.id: entry for entry in entries_of(session, run.worksheet_id)}
    rows = session.exec(select(Measurement).where(Measurement.run_id == run_id)).all()
    ordered = sorted(rows, key=lambda row: (entries[row.entry_id].position, row.analyte))
    return [
        _measured(row, entries[row.entry_id].label, places.get(row.signal_id, _NOWHERE), file, run) for row in ordered
    ]


def _places(session: Session, run_id: UUID) -> dict[UUID | None, _Place]:
    """Where in the file each signal of a run stands; nothing else of it, for the cells of a peak are many."""
    rows = session.exec(
        select(Signal.id, Signal.row, Signal.column, Signal.acquired_at).where(Signal.run_id == run_id)
    ).all()
    return {signal_id: _Place(row, column, at) for signal_id, row, column, at in rows}


def _measured(row: Measurement, label: str, place: _Place, file: InstrumentFile, run: Run) -> MeasuredAmount:
    return MeasuredAmount(
        measurement_id=row.id,
        sample_id=row.sample_id,
        label=label,
        analyte=row.analyte,
        amount=None if row.amount is None else amount_from_dict(row.amount),
        content=row.content,
        unit=UnitCode(row.unit),
        limit_of_quantification=row.limit_of_quantification,
        limit_of_detection=row.limit_of_detection,
        factors=row.factors,
        reasons=row.reasons,
        signal_id=row.signal_id,
        row=place.row,
        column=place.column,
        file_sha256=file.sha256,
        file_name=file.name,
        calibration_id=row.calibration_id,
        analysed_on=local_day(place.acquired_at or run.imported_at),
        reservations=row.reservations or (),
    )
