"""Pages of one run: what became of the file, its checks, calibrations and measurements, and the file itself."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from sqlmodel import col
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import NotFound
from lims.core.language import translator
from lims.core.reasons import Translate, mark
from lims.db.work import LimsSession
from lims.equipment.tables import Instrument
from lims.library.queries import current_library
from lims.people.queries import names_of
from lims.runs import page_queries, profile_queries, queries
from lims.runs.bracket_views import second_chart
from lims.runs.curves import (
    Curve,
    NameOf,
    Placed,
    calibration_chart,
    curve_of,
    matrix_words,
    names_in,
    sequence_chart,
)
from lims.runs.exceptions import MOST, Look, flagged_checks, noted_samples
from lims.runs.level_views import level_context
from lims.runs.preview_views import response_words
from lims.runs.profile import Response as ResponseFigure
from lims.runs.profile_form import stored_profile
from lims.runs.quality_plan import QualityPlan
from lims.runs.raw_rows import sheets_of
from lims.runs.records import address_in
from lims.runs.rules import QcDecisionKind, RunStatus
from lims.runs.run_lists import (
    CHECKS,
    MEASURED,
    VERDICT_MOODS,
    CheckLine,
    calibration_address,
    check_lines,
    measured_lines,
    row_address,
    state_options,
)
from lims.runs.tables import BatchCheck, Calibration, InstrumentFile, Measurement, Run, Signal, Worksheet
from lims.runs.vendor import FAR_PERCENT
from lims.runs.vendor_views import far_from_vendor, read_lines
from lims.runs.views import said
from lims.runs.worksheet_pages import RUN_MOODS
from lims.science.quality_control import QcVerdict
from lims.web.charts import Chart
from lims.web.dependencies import LimsDep
from lims.web.page import page
from lims.web.table import Mood
from lims.web.table_page import read_table, table_page
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()
LOOK_MOODS: Final[Mapping[Look, Mood]] = {
    Look.FAILED: "bad",
    Look.UNKNOWN: "warn",
    Look.NEAR: "plain",
    Look.BY_HAND: "warn",
    Look.OVER: "bad",
}


@dataclass(frozen=True, slots=True)
class RunFrame:
    """What stands around every page of a run."""

    run: Run
    worksheet: Worksheet
    file: InstrumentFile
    may_record: bool

    @property
    def title(self) -> str:
        """How the run is called: its worksheet, and the file."""
        return f"{self.worksheet.number} · {self.file.name}"


@dataclass(frozen=True, slots=True)
class AnalyteLine:
    """An analyte of a run in short."""

    curve: Curve
    name: str
    address: str
    passed: int
    failed: int
    unevaluated: int
    said_of: int
    wanted_of: int


def run_frame(session: LimsSession, run_id: UUID, viewer: Viewer) -> RunFrame:
    """The frame of a run's page. Raises `NotFound`."""
    run = queries.run_by_id(session, run_id)
    worksheet = queries.worksheet_of(session, run)
    own = viewer.actor.laboratory_id == run.laboratory_id
    may_record = own and run.status is RunStatus.ACCEPTED and viewer.may(Action.RESULT_ENTER)
    return RunFrame(run, worksheet, queries.file_of(session, run), may_record)


# ── in short ─────────────────────────────────────────────────────────────────────────────────────────


@router.get("/runs/{run_id}")
def run_page(run_id: UUID, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """A run in short: what failed stands first."""
    say = translator(language)
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        name_of = names_in(current_library(session), language)
        frame = run_frame(session, run_id, viewer)
        run = frame.run
        analytes = _analytes(session, run, name_of, say)
        counts = page_queries.verdicts_of(session, run.id)
        flagged = flagged_checks(session, run.id, name_of, say)
        return page(
            request,
            "runs/run.html",
            tab="",
            frame=frame,
            mood=RUN_MOODS[run.status],
            instrument=session.get_one(Instrument, frame.worksheet.instrument_id),
            importer=names_of(session, {run.imported_by}).get(run.imported_by, ""),
            accounting=said(run.accounting, say),
            analytes=analytes,
            flagged=flagged[:MOST],
            flagged_count=len(flagged),
            noted=noted_samples(session, run.id, name_of),
            may_decide=_may_decide(frame, viewer) and any(one.may_decide for one in flagged[:MOST]),
            decisions=tuple(QcDecisionKind),
            looks=LOOK_MOODS,
            failed_count=counts.get(QcVerdict.FAIL, 0),
            passed_count=counts.get(QcVerdict.PASS, 0),
            unevaluated_count=counts.get(QcVerdict.NOT_EVALUATED, 0),
            said_count=sum(line.said_of for line in analytes),
            wanted_count=sum(line.wanted_of for line in analytes),
            profile=stored_profile(run.profile),
            read_by=profile_queries.profile_of_run(session, run),
            place=partial(address_in, sheets_of(run.accounting), column=""),
            versions=[one.id for one in queries.runs_of(session, run.worksheet_id)],
            moods=VERDICT_MOODS,
            steady=_steady(session, run, analytes, say),
            far=far_from_vendor(session, run.id, name_of),
            far_percent=FAR_PERCENT,
        )


def _may_decide(frame: RunFrame, viewer: Viewer, action: Action = Action.QC_DECIDE) -> bool:
    """Nobody decides on a run that they imported themselves."""
    own = viewer.actor.laboratory_id == frame.run.laboratory_id
    return own and viewer.may(action) and frame.run.imported_by != viewer.actor.user_id


def _analytes(session: LimsSession, run: Run, name_of: NameOf, say: Translate) -> list[AnalyteLine]:
    verdicts = page_queries.check_counts(session, run.id)
    measured = page_queries.measured_counts(session, run.id)
    lines = []
    for calibration in queries.calibrations_of(session, run.id):
        counted = verdicts.get(calibration.analyte, {})
        said_of, wanted_of = measured.get(calibration.analyte, (0, 0))
        lines.append(
            AnalyteLine(
                curve_of(calibration.model_dump(), say),
                name_of(calibration.analyte),
                calibration_address(run.id, calibration.analyte),
                counted.get(QcVerdict.PASS, 0),
                counted.get(QcVerdict.FAIL, 0),
                counted.get(QcVerdict.NOT_EVALUATED, 0),
                said_of,
                wanted_of,
            )
        )
    return sorted(lines, key=lambda one: (one.curve.is_accepted, not one.failed, one.said_of == one.wanted_of))


def _steady(session: LimsSession, run: Run, analytes: Sequence[AnalyteLine], say: Translate) -> Chart | None:
    """The internal standard of most analytes from injection to injection: it should not change."""
    used = Counter(name for line in analytes if (name := line.curve.standard_of(run.profile)) is not None)
    if not used:
        return None
    ((name, _),) = used.most_common(1)
    return sequence_chart(
        page_queries.sequence_of(session, run.id, name),
        say(mark("Internal standard {name} over the sequence")).format(name=name),
        response_words(ResponseFigure(run.profile["response"]), None, say),
        say,
        address=lambda signal: row_address(run.id, signal.row, signal.column),
        is_steady=True,
    )


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/runs/{run_id}/checks")
def checks_page(run_id: UUID, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """Every check of the run, failures first."""
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        name_of = names_in(current_library(session), language)
        frame = run_frame(session, run_id, viewer)
        query = page_queries.checks_with_positions().where(col(BatchCheck.run_id) == run_id)
        options = {"analyte": _analyte_options(session, run_id, name_of)}
        lines = check_lines(translator(language), name_of)
        view = read_table(session, CHECKS, query, request, lines, options)
    return table_page(request, view, "runs/run_table.html", frame=frame, tab="checks")


@router.get("/runs/{run_id}/measured")
def measured_page(run_id: UUID, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """What the run says of every sample and analyte, or why it says nothing."""
    say = translator(language)
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        name_of = names_in(current_library(session), language)
        frame = run_frame(session, run_id, viewer)
        query = page_queries.measurements_with_signals().where(col(Measurement.run_id) == run_id)
        options = {"analyte": _analyte_options(session, run_id, name_of), "said": state_options(say)}
        view = read_table(
            session, MEASURED, query, request, measured_lines(say, name_of, sheets_of(frame.run.accounting)), options
        )
    return table_page(request, view, "runs/run_table.html", frame=frame, tab="measured")


def _analyte_options(session: LimsSession, run_id: UUID, name_of: NameOf) -> list[tuple[str, str]]:
    codes = page_queries.analytes_of(session, run_id)
    return sorted(((code, name_of(code)) for code in codes), key=lambda pair: pair[1])


# ── one analyte ──────────────────────────────────────────────────────────────────────────────────────


@router.get("/runs/{run_id}/calibrations")
def calibration_page(
    run_id: UUID,
    request: Request,
    lims: LimsDep,
    viewer: ViewerDep,
    language: PageLanguage,
    analyte: str = "",
) -> Response:
    """The calibration of one analyte with its levels, checks and the response over the sequence."""
    say = translator(language)
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        name_of = names_in(current_library(session), language)
        frame = run_frame(session, run_id, viewer)
        options = _analyte_options(session, run_id, name_of)
        codes = [code for code, _ in options]
        if analyte and analyte not in codes:
            raise NotFound.of("calibration", analyte)
        calibration = page_queries.calibration_of(session, run_id, analyte or codes[0]) if codes else None
        shown = None if calibration is None else _analyte_context(session, frame, calibration, name_of, say)
        place = 0 if calibration is None else codes.index(calibration.analyte)
        return page(
            request,
            "runs/calibration.html",
            part="runs/_calibration.html",
            tab="calibrations",
            frame=frame,
            options=options,
            place=place,
            before=calibration_address(run_id, codes[place - 1]) if place > 0 else "",
            after=calibration_address(run_id, codes[place + 1]) if place + 1 < len(codes) else "",
            moods=VERDICT_MOODS,
            may_decide=_may_decide(frame, viewer, Action.LEVEL_DECIDE),
            far_percent=FAR_PERCENT,
            **(shown or {"curve": None}),
        )


def _analyte_context(
    session: LimsSession, frame: RunFrame, calibration: Calibration, name_of: NameOf, say: Translate
) -> Mapping[str, Any]:
    run, code = frame.run, calibration.analyte
    curve, name = curve_of(calibration.model_dump(), say), name_of(code)
    injected = page_queries.sequence_of(session, run.id, code)
    figure = ResponseFigure(run.profile["response"])
    response = response_words(figure, curve.standard_of(run.profile), say)
    allowed = QualityPlan.from_dict(frame.worksheet.quality_plan).level_deviation_percent
    entries = {entry.id: entry for entry in queries.entries_of(session, run.worksheet_id)}
    checks: Sequence[CheckLine] = check_lines(say, name_of)(
        session,
        [(c, entries.get(c.entry_id) if c.entry_id else None) for c in queries.checks_of(session, run.id, code)],
    )
    rows = {label: signal for signal, entry in injected for label in [entry.label]}
    charts = (
        calibration_chart(curve, name, response, curve.unit, _placed(session, run, code, rows), say),
        second_chart(curve, name, allowed, say),
        sequence_chart(
            injected,
            say(mark("{name} over the sequence")).format(name=name),
            response_words(figure, None, say),
            say,
            address=lambda signal: row_address(run.id, signal.row, signal.column),
        ),
    )
    order = {QcVerdict.FAIL: 0, QcVerdict.NOT_EVALUATED: 1, QcVerdict.PASS: 2}
    return {
        "curve": curve,
        "name": name,
        "charts": charts,
        "response": response,
        "levels": level_context(session, calibration, entries),
        "made_in": matrix_words(curve, frame.worksheet.matrix_group, say),
        "readings": read_lines(session, run, curve, injected),
        "checks": sorted(checks, key=lambda line: order[line.check.verdict]),
        "rows": {label: row_address(run.id, signal.row, signal.column) for label, signal in rows.items()},
    }


def _placed(session: LimsSession, run: Run, analyte: str, rows: Mapping[str, Signal]) -> list[Placed]:
    found = []
    for measurement, entry in page_queries.measurements_of(session, run.id, analyte):
        concentration, response = (measurement.factors.get(name) for name in ("concentration", "response"))
        if concentration is not None and response is not None:
            signal = rows.get(entry.label)
            address = row_address(run.id, signal.row, signal.column) if signal is not None else ""
            found.append(Placed(entry.label, Decimal(concentration), Decimal(response), address))
    return found
