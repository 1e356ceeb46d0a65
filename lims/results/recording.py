"""From the measurements of a run to results: each amount becomes a result of every test of the method that needs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import defer
from sqlmodel import col, select

from lims.core.clock import local_day
from lims.core.errors import refuse_if
from lims.core.reasons import Reason, reason
from lims.db.locks import hold
from lims.db.work import LimsSession, acting_person, insert_many
from lims.library.rules import Library
from lims.people.queries import is_authorised
from lims.people.tables import AuthorisationKind
from lims.results.progress import analytes_needed, follow
from lims.results.queries import recorded_analytes
from lims.results.rules import RESULT_UNIT, ResultOrigin, reasons_not_authorised, reasons_not_to_record
from lims.results.tables import Result
from lims.runs import queries as runs
from lims.runs.stored import reason_as_dict
from lims.runs.tables import InstrumentFile, Measurement, Run, Signal, Worksheet
from lims.samples import queries as samples
from lims.samples.tables import AssignedTest, Sample
from lims.science.amounts import Quantified, amount_from_dict, amount_to_dict, in_unit
from lims.science.units import convert, parse_unit


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """What recording did. `not_recorded` names sample, parameter, analyte and why, for everything left out."""

    run_id: UUID
    recorded: int
    unchanged: int
    not_recorded: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class _Source:
    run: Run
    worksheet: Worksheet
    file: InstrumentFile
    #: By sample and analyte.
    measured: Mapping[tuple[UUID, str], Measurement]
    signals: "_Signals"

    def analysed_on(self, measurement: Measurement) -> date:
        """The day of the injection; the day of the import when the file does not tell."""
        signal = self.signals.of(measurement)
        return local_day(self.run.imported_at if signal is None else signal.acquired_at or self.run.imported_at)


class _Signals:
    """The signals behind the measurements of a run, read when the first is asked for."""

    def __init__(self, session: LimsSession, run_id: UUID) -> None:
        self._session = session
        self._run_id = run_id
        self._known: dict[UUID, Signal] | None = None

    def of(self, measurement: Measurement) -> Signal | None:
        """The signal of a measurement; None where there was nothing to measure."""
        if self._known is None:
            of_run = (
                select(Signal)
                .join(Measurement, col(Measurement.signal_id) == col(Signal.id))
                .where(Measurement.run_id == self._run_id)
            )
            # What else stood in the row is long, and not needed here.
            short = defer(col(Signal.raw))  # type: ignore[arg-type]  # the column is the mapper's attribute
            self._known = {s.id: s for s in self._session.exec(of_run.options(short)).all()}
        return None if measurement.signal_id is None else self._known[measurement.signal_id]


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What becomes of the measurements of a run: rows to be recorded, how many are recorded already, what is left out.

    `not_recorded` as in `RecordedRun`.
    """

    rows: tuple[dict[str, Any], ...]
    unchanged: int
    not_recorded: tuple[dict[str, Any], ...]


def record_run(session: LimsSession, library: Library, run_id: UUID) -> RecordedRun:
    """Results from a run, in the hands of the acting technician. A second call finds them there and changes nothing.

    An analyte whose calibration or quality control failed is left out with its reasons; its test stays assigned. An
    analyte that has a result from elsewhere is left as it is: a repeated measurement never overwrites, it is entered
    as a correction. Raises `NotFound`, and `RuleRefused` when the person is not authorised for the method.
    """
    person = acting_person(session)
    # Its calibration may just be evaluated again without a standard.
    hold(session, runs.run_by_id(session, run_id))
    source = _source(session, run_id)
    _refuse_unauthorised(session, source, person)
    outcome = _outcome(session, library, source, local_day(session.instant))
    mine = {"entered_by": person, "entered_at": session.instant}
    insert_many(session, Result, [row | mine for row in outcome.rows])
    follow(session, library, {sample_id for sample_id, _ in source.measured})
    return RecordedRun(run_id, len(outcome.rows), outcome.unchanged, outcome.not_recorded)


def outcome_of_run(session: LimsSession, library: Library, run_id: UUID, today: date) -> RunOutcome:
    """What recording a run would do on a day; nothing is written. Raises `NotFound`."""
    return _outcome(session, library, _source(session, run_id), today)


def _outcome(session: LimsSession, library: Library, source: _Source, today: date) -> RunOutcome:
    sample_ids = sorted({sample_id for sample_id, _ in source.measured})
    found_samples = samples.samples_by_id(session, sample_ids)
    tests = [test for own in samples.tests_by_sample(session, sample_ids).values() for test in own]
    current = recorded_analytes(session, [test.id for test in tests])
    known = _recorded_before(session, source)
    rows: list[dict[str, Any]] = []
    left_out: list[dict[str, Any]] = []
    unchanged = 0
    for test in tests:
        if test.method_code != source.worksheet.method_code:
            continue
        sample = found_samples[test.sample_id]
        for analyte in analytes_needed(library, sample, test.parameter):
            found = source.measured.get((sample.id, analyte))
            if found is not None and (test.id, found.id) in known:
                unchanged += 1
                continue
            against = _reasons_against(source, sample, found, today, taken=(test.id, analyte) in current)
            if found is None or against:
                left_out += [_left_out(sample, test, analyte, why) for why in against]
                continue
            rows.append(_row(source, test, found))
    return RunOutcome(tuple(rows), unchanged, tuple(left_out))


def _source(session: LimsSession, run_id: UUID) -> _Source:
    run = runs.run_by_id(session, run_id)
    measurements = session.exec(select(Measurement).where(Measurement.run_id == run_id)).all()
    measured = {(m.sample_id, m.analyte): m for m in measurements}
    signals = _Signals(session, run_id)
    return _Source(run, runs.worksheet_of(session, run), runs.file_of(session, run), measured, signals)


def _refuse_unauthorised(session: LimsSession, source: _Source, person: UUID) -> None:
    method = source.worksheet.method_code
    reasons: list[Reason] = []
    for day in sorted({source.analysed_on(one) for one in source.measured.values()}):
        authorised = is_authorised(session, person, AuthorisationKind.METHOD, method, day)
        reasons += reasons_not_authorised(authorised, method, day)
    refuse_if(reasons)


def _recorded_before(session: LimsSession, source: _Source) -> set[tuple[UUID, UUID | None]]:
    """Test and measurement of every result ever made from this run, superseded ones too."""
    rows = session.exec(
        select(Result.test_id, Result.measurement_id)
        .join(Measurement, col(Measurement.id) == col(Result.measurement_id))
        .where(Measurement.run_id == source.run.id)
    ).all()
    return {(test_id, measurement_id) for test_id, measurement_id in rows}


def _reasons_against(
    source: _Source,
    sample: Sample,
    found: Measurement | None,
    today: date,
    *,
    taken: bool,
) -> list[dict[str, Any]]:
    """As a measurement keeps its own reasons: `lims.runs.views.said` says them in the reader's language."""
    if found is None:
        return [reason_as_dict(reason("result.not_measured", "The run has no measurement of this analyte."))]
    if not found.is_computed or found.amount is None:
        return list(found.reasons)
    against = reasons_not_to_record(
        sample.status,
        None if sample.received_at is None else local_day(sample.received_at),
        source.analysed_on(found),
        today,
    )
    if taken:
        against.append(
            reason(
                "result.exists_elsewhere", "This analyte has a result from elsewhere; correct that one with a reason."
            )
        )
    return [reason_as_dict(why) for why in against]


def _left_out(sample: Sample, test: AssignedTest, analyte: str, why: dict[str, Any]) -> dict[str, Any]:
    return {"sample": sample.blind_code, "parameter": test.parameter, "analyte": analyte, "reason": why}


def _row(source: _Source, test: AssignedTest, measurement: Measurement) -> dict[str, Any]:
    signal = source.signals.of(measurement)
    amount = in_unit(amount_from_dict(measurement.amount or {}), RESULT_UNIT)
    unit = parse_unit(measurement.unit)
    reading = {} if signal is None else {"row": signal.row, "column": signal.column, "compound": signal.compound}
    return {
        "laboratory_id": test.laboratory_id,
        "sample_id": test.sample_id,
        "test_id": test.id,
        "analyte": measurement.analyte,
        "origin": ResultOrigin.RUN,
        "amount": amount_to_dict(amount),
        "value": amount.value if isinstance(amount, Quantified) else None,
        "unit": RESULT_UNIT.value,
        "limit_of_quantification": convert(measurement.limit_of_quantification, unit, RESULT_UNIT),
        "limit_of_detection": convert(measurement.limit_of_detection, unit, RESULT_UNIT),
        "calculation": {
            "factors": measurement.factors,
            "file": source.file.sha256,
            "reading": reading,
            "calibration": str(measurement.calibration_id),
            **({"reservations": measurement.reservations} if measurement.reservations else {}),
        },
        "measurement_id": measurement.id,
        "signal_id": measurement.signal_id,
        "analysed_on": source.analysed_on(measurement),
    }
