"""溯源: from a number back to the file, row and column, with every step calculated again and everything it hangs on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from sqlmodel import select
from starlette.responses import Response

from lims.accreditation.rules import EVERY_PRODUCT
from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.language import Language, translator
from lims.core.reasons import Translate, mark
from lims.core.words import word_in
from lims.db.work import LimsSession
from lims.equipment.rules import CalibrationState, calibration_on
from lims.equipment.tables import Instrument
from lims.library.queries import current_library
from lims.people.queries import names_of
from lims.results import page_queries, queries
from lims.results.queries import ResultRow
from lims.results.recalculation import Kept, Recalculation, hand_steps, recalculate
from lims.results.result_pages import laboratory_result
from lims.results.tables import Result
from lims.results.views import STATUS_MOODS, Names, sample_address, told_amount
from lims.runs import queries as runs
from lims.runs.curves import Curve, Placed, calibration_chart, curve_of, matrix_words
from lims.runs.kept_curve import kept_curve
from lims.runs.level_views import LevelContext, level_context
from lims.runs.preview_views import response_words
from lims.runs.profile import Response as ResponseFigure
from lims.runs.raw_rows import sheets_of
from lims.runs.records import address_in
from lims.runs.run_lists import VERDICT_MOODS, calibration_address, row_address, value_text
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
from lims.runs.views import said
from lims.samples.rules import sees_whole
from lims.science.amounts import amount_from_dict
from lims.science.residues import Component, ResidueDefinition, ResidueSum, sum_residues
from lims.science.rounding import plain
from lims.web.amounts import amount_text
from lims.web.charts import Chart
from lims.web.dependencies import LimsDep
from lims.web.formats import instant
from lims.web.page import page
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A quality check of the batch for the analyte, with the position that it was made on."""

    check: BatchCheck
    position: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """What a peak was identified by: what was found, and what the standards show; `ions` are those of an ion ratio."""

    name: str
    ions: str
    found: str
    expected: str
    unit: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """A check that the result was accepted in spite of: what was checked, why it failed, who accepted it and why."""

    kind: str
    why: str
    reason: str
    decided_by: str
    decided_at: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a result of a run hangs on."""

    measurement: Measurement
    run: Run
    worksheet: Worksheet
    file: InstrumentFile
    entry: WorksheetEntry
    signal: Signal | None
    standard: Signal | None
    cell: str
    calibration: Calibration
    curve: Curve
    levels: LevelContext
    made_in: str | None
    chart: Chart
    row_address: str
    place: str
    standard_address: str
    calibration_address: str
    instrument: Instrument
    instrument_state: CalibrationState
    checks: Sequence[CheckLine]
    doubts: Sequence[str]
    criteria: Sequence[Criterion]
    reservations: Sequence[Reservation]
    recalculation: Recalculation


@dataclass(frozen=True, slots=True)
class SumTerm:
    """A component of a residue sum with its own result."""

    name: str
    amount: str
    factor: Decimal
    part: str
    result_id: UUID | None
    is_this: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """The residue that the analyte is a part of. `total` is None while a component has no result."""

    name: str
    terms: Sequence[SumTerm]
    total: str | None


@router.get("/results/{key}/trace")
def trace_page(key: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """Everything behind a number on one page, to be printed too."""
    say = translator(language)
    with lims.read(viewer.actor, Action.RESULT_READ) as session:
        row = laboratory_result(session, key)
        result, library = row.result, current_library(session)
        names = Names(library, language)
        reading = None if result.measurement_id is None else _reading(session, row, names, say)
        recalculation = hand_steps(result.calculation.get("entered", {}), result.amount)
        if reading is not None:
            recalculation = reading.recalculation
        ids = {i for i in (result.entered_by, result.verified_by, result.returned_by) if i is not None}
        if reading is not None:
            ids |= {reading.run.imported_by, reading.worksheet.created_by, reading.file.uploaded_by}
        return page(
            request,
            "results/trace.html",
            row=row,
            result=result,
            name=names.analyte(row.test, result.analyte),
            food=names.food(row.sample.food),
            amount=told_amount(result.amount, language),
            reading=reading,
            recalculation=recalculation,
            fault=_fault(recalculation, say),
            total=_sum(session, row, names, language),
            versions=len(queries.versions_of(session, result)),
            people=names_of(session, ids),
            method=library.methods.get(row.test.method_code),
            moods=STATUS_MOODS,
            verdict_moods=VERDICT_MOODS,
            sample_address=sample_address(viewer.actor, row.sample),
            limits_source=_limits_source(result, reading, say),
            judgement_address=_judgement_address(viewer, row),
            printed_at=lims.clock.now(),
        )


def _limits_source(result: Result, reading: Reading | None, say: Translate) -> str:
    """Where LOQ and LOD come from: what is kept of it, or the laboratory's own verification when a run was imported."""
    kept = str(result.calculation.get("limits") or "")
    if kept == "given by hand":
        return say(mark("given by hand with the result"))
    if kept.startswith("verified ") and " for " in kept:
        day, _, product = kept.removeprefix("verified ").partition(" for ")
        if product == EVERY_PRODUCT:
            return say(mark("verified by the laboratory on {day} for all products")).format(day=day)
        return say(mark("verified by the laboratory on {day} for {product}")).format(day=day, product=product)
    if reading is not None:
        day = local_day(reading.run.imported_at).isoformat()
        return say(mark("verified by the laboratory, as on {day}")).format(day=day)
    return kept


def _judgement_address(viewer: Viewer, row: ResultRow) -> str:
    """The judgement of the sample, for who may see whose it is."""
    if not sees_whole(viewer.actor, row.sample.registered_by):
        return ""
    return f"/samples/{quote(row.sample.number, safe='')}/judgement"


def _fault(recalculation: Recalculation, say: Translate) -> str:
    if recalculation.fault is None:
        return ""
    return " ".join(why.translated(say) for why in recalculation.fault.reasons)


def _reading(session: LimsSession, row: ResultRow, names: Names, say: Translate) -> Reading:
    measurement = session.exec(select(Measurement).where(Measurement.id == row.result.measurement_id)).one()
    run = runs.run_by_id(session, measurement.run_id)
    worksheet, file = runs.worksheet_of(session, run), runs.file_of(session, run)
    calibration = session.exec(select(Calibration).where(Calibration.id == measurement.calibration_id)).one()
    signal, standard = _signals(session, measurement)
    entries = {entry.id: entry for entry in runs.entries_of(session, worksheet.id)}
    instrument = session.get_one(Instrument, worksheet.instrument_id)
    curve = curve_of(calibration.model_dump(), say)
    place = "" if signal is None else row_address(run.id, signal.row, signal.column)
    return Reading(
        measurement=measurement,
        run=run,
        worksheet=worksheet,
        file=file,
        entry=entries[measurement.entry_id],
        signal=signal,
        standard=standard,
        cell=_cell(signal),
        calibration=calibration,
        curve=curve,
        levels=level_context(session, calibration, entries),
        made_in=matrix_words(curve, worksheet.matrix_group, say),
        chart=_chart(curve, row, measurement, run, place, names, say),
        row_address=place,
        place="" if signal is None else address_in(sheets_of(run.accounting), signal.row, signal.column),
        standard_address="" if standard is None else row_address(run.id, standard.row, standard.column),
        calibration_address=calibration_address(run.id, measurement.analyte),
        instrument=instrument,
        instrument_state=calibration_on(instrument.calibrated_until, row.result.analysed_on),
        criteria=_criteria(measurement.factors.get("identification") or {}, say),
        checks=_checks(session, run, measurement.analyte, entries, say),
        reservations=[_reservation(one, say) for one in measurement.reservations or ()],
        doubts=[why["text"] for why in said(measurement.factors.get("doubts", []), say)],
        recalculation=recalculate(_kept(row.result, measurement, calibration, signal, standard)),
    )


def _signals(session: LimsSession, measurement: Measurement) -> tuple[Signal | None, Signal | None]:
    """The signal of the analyte and that of the internal standard, if the response is a ratio."""
    if measurement.signal_id is None:
        return None, None
    signal = session.exec(select(Signal).where(Signal.id == measurement.signal_id)).one()
    name = measurement.factors.get("internal_standard")
    return signal, page_queries.standard_signal(session, signal, name) if name else None


def _cell(signal: Signal | None) -> str:
    """The text of the cell of the response, as it stands in the file."""
    if signal is None:
        return ""
    found = signal.raw.get(f"{signal.column}{signal.row}")
    return str(found[1]) if found else ""


def _chart(
    curve: Curve, row: ResultRow, measurement: Measurement, run: Run, address: str, names: Names, say: Translate
) -> Chart:
    factors: dict[str, Any] = measurement.factors
    placed = []
    if factors.get("concentration") is not None and factors.get("response") is not None:
        concentration, response = Decimal(factors["concentration"]), Decimal(factors["response"])
        placed.append(Placed(row.sample.blind_code, concentration, response, address))
    figure = ResponseFigure(run.profile.get("response", ResponseFigure.AREA))
    axis = response_words(figure, curve.standard_of(run.profile), say)
    return calibration_chart(curve, names.substance(curve.analyte), axis, curve.unit, placed, say)


def _checks(
    session: LimsSession, run: Run, analyte: str, entries: dict[UUID, WorksheetEntry], say: Translate
) -> list[CheckLine]:
    order = {"fail": 0, "not_evaluated": 1, "pass": 2}
    lines = [
        CheckLine(
            check,
            entries[check.entry_id].label if check.entry_id in entries else say(mark("the batch")),
            value_text(check),
            "" if check.reason is None else said(check.reason, say)["text"],
        )
        for check in runs.checks_of(session, run.id, analyte)
    ]
    return sorted(lines, key=lambda line: (order.get(line.check.verdict, 1), line.check.kind, line.position))


def _reservation(kept: Mapping[str, Any], say: Translate) -> Reservation:
    return Reservation(
        say(word_in("QcCheck", kept["kind"])),
        said(kept["why"], say)["text"] if kept["why"] else "",
        kept["reason"],
        kept["decided_by"],
        instant(datetime.fromisoformat(kept["decided_at"])),
    )


def _criteria(seen: Mapping[str, str], say: Translate) -> list[Criterion]:
    """The figures compared, as `lims.runs.identification` keeps them: each with that of the standards."""
    found = []
    if "retention_time_min" in seen:
        expected = seen.get("retention_time_of_standards_min", "")
        found.append(Criterion(say(mark("retention time")), "", seen["retention_time_min"], expected, "min"))
    for key, value in seen.items():
        if key.startswith("ion_ratio_percent "):
            ions = key.removeprefix("ion_ratio_percent ")
            expected = seen.get(f"ion_ratio_of_standards_percent {ions}", "")
            found.append(Criterion(say(mark("ion ratio")), ions, value, expected, "%"))
    return found


def _kept(
    result: Result,
    measurement: Measurement,
    calibration: Calibration,
    signal: Signal | None,
    standard: Signal | None,
) -> Kept:
    return Kept(
        response=None if signal is None else signal.response,
        standard=None if standard is None else standard.response,
        has_standard=bool(measurement.factors.get("internal_standard")),
        factors=measurement.factors,
        curve=kept_curve(calibration.model_dump()),
        levels=calibration.levels,
        content=measurement.content,
        unit=measurement.unit,
        limit_of_quantification=measurement.limit_of_quantification,
        limit_of_detection=measurement.limit_of_detection,
        measured=measurement.amount,
        result=result.amount,
    )


def _sum(session: LimsSession, row: ResultRow, names: Names, language: Language) -> Sum | None:
    """The residue by its definition, with what was found of every component; None for a substance by itself."""
    library = names.library
    components = library.components(row.test.parameter, row.sample.food, row.sample.basis_on)
    if len(components) == 1 and components[0].factor == 1:
        return None
    current = {r.analyte: r for r in queries.current_results(session, [row.sample.id]) if r.test_id == row.test.id}
    found = {code: amount_from_dict(r.amount) for code, r in current.items()}
    total: ResidueSum | None = None
    if all(component.code in found for component in components):
        parts = tuple(Component(c.code, c.factor) for c in components)
        total = sum_residues(
            ResidueDefinition(row.test.parameter, parts), found, amount_from_dict(row.result.amount).unit
        )
    lower = {} if total is None else {term.code: term.lower for term in total.terms}
    say = translator(language)
    terms = [
        SumTerm(
            names.substance(c.code),
            amount_text(found.get(c.code), say),
            c.factor,
            plain(lower[c.code].normalize()) if c.code in lower else "",
            current[c.code].id if c.code in current else None,
            c.code == row.result.analyte,
        )
        for c in components
    ]
    shown = None
    if total is not None:
        shown = (
            f"{plain(total.lower.normalize())} {total.unit.value}"
            if total.is_quantified
            else say(mark("not quantified"))
        )
    return Sum(names.substance(row.test.parameter), terms, shown)
