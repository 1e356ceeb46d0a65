"""From a number back to where it came from: file, row, column, calibration, quality control, instrument, people."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from lims.db.audit import plain, state_of
from lims.db.parts import parts
from lims.db.record import Record
from lims.equipment.tables import Instrument
from lims.people.queries import names_of
from lims.results.queries import row_of, versions_of
from lims.results.tables import Result
from lims.runs import queries as runs
from lims.runs.deciding import accepted_checks, decisions_of
from lims.runs.left_out import level_decisions_of
from lims.runs.rules import EntryKind
from lims.runs.tables import (
    BatchCheck,
    Calibration,
    Measurement,
    Run,
    Signal,
    Worksheet,
    WorksheetEntry,
)
from lims.science.quality_control import QcCheck, QcVerdict

_PEOPLE = ("entered_by", "verified_by", "returned_by")


def trace_of(session: Session, result: Result) -> dict[str, Any]:
    """Everything behind a result, as JSON: what it is, its versions, its people, and its way back into the file."""
    row = row_of(session, result)
    versions = versions_of(session, result)
    names = names_of(session, {i for v in versions for name in _PEOPLE if (i := getattr(v, name)) is not None})
    return {
        "result": _state(result),
        "sample": row.sample.blind_code,
        "parameter": row.test.parameter,
        "method_code": row.test.method_code,
        "versions": [_state(version) for version in versions],
        "people": {str(user_id): name for user_id, name in names.items()},
        "measurement": None if result.measurement_id is None else _measurement(session, result.measurement_id),
    }


def instruments_of(session: Session, measurement_ids: Iterable[UUID]) -> Sequence[Instrument]:
    """The instruments that these measurements were made on, by code."""
    run_ids: set[UUID] = set()
    for part in parts(set(measurement_ids)):
        run_ids |= set(session.exec(select(Measurement.run_id).where(col(Measurement.id).in_(part)).distinct()).all())
    return session.exec(
        select(Instrument)
        .where(
            col(Instrument.id).in_(
                select(Worksheet.instrument_id)
                .join(Run, col(Run.worksheet_id) == col(Worksheet.id))
                .where(col(Run.id).in_(sorted(run_ids)))
            )
        )
        .order_by(col(Instrument.code))
    ).all()


def failed_checks(session: Session, results: Iterable[Result]) -> dict[UUID, tuple[str, ...]]:
    """As `failed_of`, of the measurements of results."""
    return failed_of(session, {r.measurement_id for r in results if r.measurement_id is not None})


def failed_of(session: Session, measured: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """For each measurement the quality checks that hold its result back: failed, and not accepted by anybody.

    A check on the position of a sample speaks of that sample alone. Measurements without any are left out.
    """
    failed: dict[UUID, tuple[str, ...]] = {}
    for part in parts(measured):
        rows = session.exec(
            select(Measurement.id, BatchCheck.kind, BatchCheck.id, BatchCheck.run_id)
            .join(BatchCheck, col(BatchCheck.run_id) == col(Measurement.run_id))
            .outerjoin(WorksheetEntry, col(WorksheetEntry.id) == col(BatchCheck.entry_id))
            .where(
                col(Measurement.id).in_(part),
                BatchCheck.verdict == QcVerdict.FAIL,
                or_(
                    col(BatchCheck.analyte) == col(Measurement.analyte),
                    col(BatchCheck.kind) == QcCheck.INTERNAL_STANDARD,
                ),
                or_(
                    col(WorksheetEntry.id).is_(None),
                    col(WorksheetEntry.kind) != EntryKind.SAMPLE,
                    col(BatchCheck.entry_id) == col(Measurement.entry_id),
                ),
            )
        ).all()
        accepted = accepted_checks(session, {row[3] for row in rows})
        kinds = {(measurement_id, str(kind)) for measurement_id, kind, check, _ in rows if check not in accepted}
        for measurement_id, kind in sorted(kinds, key=str):
            failed[measurement_id] = (*failed.get(measurement_id, ()), kind)
    return failed


def _measurement(session: Session, measurement_id: UUID) -> dict[str, Any]:
    measurement = session.exec(select(Measurement).where(Measurement.id == measurement_id)).one()
    run = runs.run_by_id(session, measurement.run_id)
    worksheet, file = runs.worksheet_of(session, run), runs.file_of(session, run)
    entry = session.exec(select(WorksheetEntry).where(WorksheetEntry.id == measurement.entry_id)).one()
    calibration = session.exec(select(Calibration).where(Calibration.id == measurement.calibration_id)).one()
    signal = None
    if measurement.signal_id is not None:
        signal = session.exec(select(Signal).where(Signal.id == measurement.signal_id)).one()
    checks = runs.checks_of(session, run.id, measurement.analyte)
    ids = {check.id for check in checks} | {UUID(one["check"]) for one in measurement.reservations or ()}
    return {
        "measurement": _state(measurement),
        "file": {"name": file.name, "sha256": file.sha256, "reader": f"{file.reader} {file.reader_version}"},
        "place": None if signal is None else {"row": signal.row, "column": signal.column, "compound": signal.compound},
        "signal": None if signal is None else _state(signal),
        "worksheet": worksheet.number,
        "position": {"position": entry.position, "label": entry.label},
        "instruments": [f"{i.code} {i.name}" for i in instruments_of(session, [measurement_id])],
        "calibration": _state(calibration),
        "levels_decided": [_state(one) for one in level_decisions_of(session, run.id).get(calibration.id, [])],
        "quality_control": [_state(check) for check in checks],
        "decisions": [_state(one) for one in decisions_of(session, run.id).values() if one.check_id in ids],
        "run": {"id": str(run.id), "imported_at": plain(run.imported_at), "imported_by": str(run.imported_by)},
    }


def _state(record: Record) -> dict[str, Any]:
    values = {column.name: getattr(record, column.name) for column in record.__table__.columns}
    return {name: value for name, value in state_of(record.__table__, values).items() if name != "laboratory_id"}
