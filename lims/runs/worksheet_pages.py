"""Pages of worksheets and the list of runs: what there is, one worksheet, its bench sheet and its sequence."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from urllib.parse import quote

from fastapi import APIRouter, Request
from markupsafe import Markup
from sqlalchemy import ColumnElement
from sqlmodel import col, select
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.language import translator
from lims.core.reasons import mark
from lims.db.work import LimsSession
from lims.documents.qr import qr_svg
from lims.equipment import queries as equipment
from lims.equipment.rules import reasons_not_to_use
from lims.equipment.tables import Instrument
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.people.queries import names_of
from lims.runs import page_queries, queries
from lims.runs.curves import NameOf, names_in
from lims.runs.outcomes import VerifiedLimits
from lims.runs.previewing import needs_of
from lims.runs.quality_plan import QualityPlan
from lims.runs.rules import PREPARED, EntryKind, RunStatus, WorksheetStatus
from lims.runs.tables import InstrumentFile, Run, Worksheet, WorksheetEntry
from lims.web.dependencies import LimsDep
from lims.web.page import page
from lims.web.table import Chip, Column, Link, Mood, Start, Table
from lims.web.table_filters import ChoiceFilter, DaysFilter, TextFilter
from lims.web.table_page import read_table, table_page
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter()

WORKSHEET_MOODS: Mapping[WorksheetStatus, Mood] = {
    WorksheetStatus.OPEN: "busy",
    WorksheetStatus.IMPORTED: "good",
    WorksheetStatus.CLOSED: "plain",
}
RUN_MOODS: Mapping[RunStatus, Mood] = {RunStatus.ACCEPTED: "good", RunStatus.FAILED: "bad"}


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class WorksheetLine:
    """A worksheet in the list."""

    worksheet: Worksheet
    instrument: str
    maker: str
    samples: int
    runs: int


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in the list."""

    run: Run
    worksheet: Worksheet
    file: InstrumentFile
    importer: str


def _holding(text: str) -> ColumnElement[bool]:
    holds = select(WorksheetEntry.worksheet_id).where(col(WorksheetEntry.label).icontains(text, autoescape=True))
    return col(Worksheet.id).in_(holds)


WORKSHEETS: Table[WorksheetLine] = Table(
    name="worksheets",
    title=mark("Worksheets"),
    columns=(
        Column(
            "number",
            mark("Worksheet"),
            cell=lambda r: r.worksheet.number,
            order=col(Worksheet.number),
            link=lambda r: f"/worksheets/{r.worksheet.number}",
        ),
        Column("method", mark("Method"), cell=lambda r: r.worksheet.method_code, order=col(Worksheet.method_code)),
        Column("instrument", mark("Instrument"), cell=lambda r: r.instrument, order=col(Instrument.code)),
        Column("matrix", mark("Matrix"), cell=lambda r: r.worksheet.matrix_group, order=col(Worksheet.matrix_group)),
        Column("samples", mark("Samples"), cell=lambda r: r.samples, kind="number"),
        Column("runs", mark("Runs"), cell=lambda r: r.runs, kind="number"),
        Column(
            "state",
            mark("State"),
            cell=lambda r: Chip(r.worksheet.status, WORKSHEET_MOODS[r.worksheet.status]),
            order=col(Worksheet.status),
        ),
        Column("created", mark("Made at"), cell=lambda r: r.worksheet.created_at, order=col(Worksheet.created_at)),
        Column("maker", mark("Made by"), cell=lambda r: r.maker),
    ),
    filters=(
        ChoiceFilter("state", mark("State"), WorksheetStatus, col(Worksheet.status)),
        ChoiceFilter("method", mark("Method"), term=col(Worksheet.method_code)),
        ChoiceFilter("instrument", mark("Instrument"), term=col(Instrument.code)),
        TextFilter("holds", mark("Blind code or standard on it"), by=_holding),
        DaysFilter("created", mark("Made at"), col(Worksheet.created_at)),
    ),
    search=(col(Worksheet.number), col(Worksheet.method_code), col(Worksheet.matrix_group), col(Instrument.code)),
    order=(col(Worksheet.created_at).desc(), col(Worksheet.number).desc(), col(Worksheet.id)),
    nothing=mark("There are no worksheets yet. A worksheet puts received samples on an instrument as one batch."),
    start=Start("/worksheets/new", mark("New worksheet"), Action.WORKSHEET_CREATE),
)

RUNS: Table[RunLine] = Table(
    name="runs",
    title=mark("Runs"),
    columns=(
        Column(
            "imported",
            mark("Imported at"),
            cell=lambda r: r.run.imported_at,
            order=col(Run.imported_at),
            link=lambda r: f"/runs/{r.run.id}",
        ),
        Column(
            "worksheet",
            mark("Worksheet"),
            cell=lambda r: Link(f"/worksheets/{r.worksheet.number}", r.worksheet.number),
            order=col(Worksheet.number),
        ),
        Column("method", mark("Method"), cell=lambda r: r.worksheet.method_code, order=col(Worksheet.method_code)),
        Column("file", mark("File"), cell=lambda r: r.file.name, order=col(InstrumentFile.name)),
        Column(
            "state", mark("State"), cell=lambda r: Chip(r.run.status, RUN_MOODS[r.run.status]), order=col(Run.status)
        ),
        Column("importer", mark("Imported by"), cell=lambda r: r.importer),
        Column("repeat", mark("Why again"), cell=lambda r: r.run.repeat_reason),
        Column("hash", mark("SHA-256 of the file"), cell=lambda r: r.file.sha256, shown=False),
    ),
    filters=(
        ChoiceFilter("state", mark("State"), RunStatus, col(Run.status)),
        ChoiceFilter("method", mark("Method"), term=col(Worksheet.method_code)),
        TextFilter("file", mark("File or its SHA-256"), [col(InstrumentFile.name), col(InstrumentFile.sha256)]),
        DaysFilter("imported", mark("Imported at"), col(Run.imported_at)),
    ),
    search=(col(Worksheet.number), col(Worksheet.method_code), col(InstrumentFile.name)),
    order=(col(Run.imported_at).desc(), col(Run.id)),
    nothing=mark("Nothing was imported yet. The file of the instrument is imported on the page of its worksheet."),
)


@router.get("/worksheets")
def worksheet_list(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Worksheets, newest first."""
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        options = {
            "method": _pairs(page_queries.methods_used(session)),
            "instrument": _pairs(each.code for each in equipment.instruments(session)),
        }
        view = read_table(session, WORKSHEETS, page_queries.own_worksheets(session), request, _worksheet_lines, options)
    return table_page(request, view, "runs/list.html", tab="worksheets")


@router.get("/runs")
def run_list(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Runs, newest first."""
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        options = {"method": _pairs(page_queries.methods_used(session))}
        view = read_table(session, RUNS, page_queries.own_runs(session), request, _run_lines, options)
    return table_page(request, view, "runs/list.html", tab="runs")


def _pairs(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


def _worksheet_lines(session: LimsSession, records: Sequence[tuple[Worksheet, str]]) -> Sequence[WorksheetLine]:
    ids = {worksheet.id for worksheet, _ in records}
    samples, runs = page_queries.sample_counts(session, ids), page_queries.run_counts(session, ids)
    makers = names_of(session, {worksheet.created_by for worksheet, _ in records})
    return [
        WorksheetLine(w, instrument, makers.get(w.created_by, ""), samples.get(w.id, 0), runs.get(w.id, 0))
        for w, instrument in records
    ]


def _run_lines(session: LimsSession, records: Sequence[tuple[Run, Worksheet, InstrumentFile]]) -> Sequence[RunLine]:
    names = names_of(session, {run.imported_by for run, _, _ in records})
    return [RunLine(run, worksheet, file, names.get(run.imported_by, "")) for run, worksheet, file in records]


# ── one worksheet ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Position:
    """A position of a worksheet as a page shows it; what a standard has no use for is None."""

    number: int
    kind: EntryKind
    label: str
    parent: str
    food: str
    nominal: Decimal | None
    spiked: Decimal | None
    test_portion: Decimal | None
    final_volume: Decimal | None
    dilution: Decimal | None
    moisture: Decimal | None
    standard_concentration: Decimal | None
    analytes: int
    code: Markup | None = None


@dataclass(frozen=True, slots=True)
class NeededAnalyte:
    """An analyte that samples of the worksheet need. The limits are the narrowest among them."""

    name: str
    samples: int
    limit_of_quantification: Decimal
    limit_of_detection: Decimal


@router.get("/worksheets/{number}")
def worksheet_page(number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """A worksheet: its positions, what is to be measured, and its runs."""
    say = translator(language)
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        library, today = current_library(session), local_day(lims.clock.now())
        worksheet = queries.worksheet_by_number(session, number)
        plan = QualityPlan.from_dict(worksheet.quality_plan)
        entries = queries.entries_of(session, worksheet.id)
        instrument = session.get_one(Instrument, worksheet.instrument_id)
        needs, unverified = needs_of(session, library, worksheet, entries, today)
        runs = list(reversed(queries.runs_of(session, worksheet.id)))
        files = page_queries.files_of(session, runs)
        names = names_of(session, {worksheet.created_by, *(run.imported_by for run in runs)})
        is_open = worksheet.status is WorksheetStatus.OPEN
        over = reasons_not_to_use(instrument.code, instrument.calibrated_until, today)
        return page(
            request,
            "runs/worksheet.html",
            worksheet=worksheet,
            mood=WORKSHEET_MOODS[worksheet.status],
            instrument=instrument,
            positions=_positions(session, library, entries, needs),
            analytes=_analytes(needs, names_in(library, language)) if is_open else [],
            hindrances=[why.translated(say) for why in (*unverified, *over)] if is_open else [],
            runs=[RunLine(run, worksheet, files[run.file_id], names.get(run.imported_by, "")) for run in runs],
            run_moods=RUN_MOODS,
            maker=names.get(worksheet.created_by, ""),
            method=library.methods.get(worksheet.method_code),
            calibrated=plan.calibration,
            calculated=plan.formula,
            rounded=plan.reporting,
            name_of=names_in(library, language),
        )


@router.get("/worksheets/{number}/sheet")
def bench_sheet(number: str, request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The bench sheet (原始记录): to be printed, filled in by hand at the bench, and signed."""
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        library = current_library(session)
        worksheet = queries.worksheet_by_number(session, number)
        entries = queries.entries_of(session, worksheet.id)
        needs, _ = needs_of(session, library, worksheet, entries, local_day(lims.clock.now()))
        return page(
            request,
            "runs/sheet.html",
            worksheet=worksheet,
            instrument=session.get_one(Instrument, worksheet.instrument_id),
            maker=names_of(session, {worksheet.created_by}).get(worksheet.created_by, ""),
            method=library.methods.get(worksheet.method_code),
            positions=_positions(session, library, entries, needs, with_codes=True),
            plan=QualityPlan.from_dict(worksheet.quality_plan),
        )


@router.get("/worksheets/{number}/sequence.csv")
def sequence(number: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The positions as a text table, from which the sequence of the instrument is filled in."""
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        worksheet = queries.worksheet_by_number(session, number)
        entries = queries.entries_of(session, worksheet.id)
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ("Position", "Name", "Type", "Level", f"Concentration ({worksheet.concentration_unit})", "Dilution")
    )
    levels = 0
    for entry in entries:
        levels += entry.kind is EntryKind.CALIBRATION_STANDARD
        writer.writerow(
            (
                entry.position,
                entry.label,
                _VENDOR_TYPES[entry.kind],
                levels if entry.kind is EntryKind.CALIBRATION_STANDARD else "",
                "" if entry.nominal_concentration is None else format(entry.nominal_concentration, "f"),
                format(entry.dilution, "f") if entry.kind in PREPARED else "",
            )
        )
    headers = {"Content-Disposition": f'attachment; filename="{quote(worksheet.number, safe="")}.csv"'}
    return Response(text.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


#: Words for the type of an injection that readers know again.
_VENDOR_TYPES: Mapping[EntryKind, str] = {
    EntryKind.CALIBRATION_STANDARD: "Cal",
    EntryKind.CHECK_STANDARD: "QC",
    EntryKind.BLANK: "Blank",
    EntryKind.MATRIX_SPIKE: "QC",
    EntryKind.DUPLICATE: "Sample",
    EntryKind.SAMPLE: "Sample",
}


def _positions(
    session: LimsSession,
    library: Library,
    entries: Sequence[WorksheetEntry],
    needs: Mapping[str, Mapping[str, VerifiedLimits]],
    *,
    with_codes: bool = False,
) -> list[Position]:
    labels = {entry.id: entry.label for entry in entries}
    samples = queries.samples_with(session, {entry.sample_id for entry in entries if entry.sample_id is not None})
    foods = {key: library.foods.food(s.food).name if s.food in library.foods else s.food for key, s in samples.items()}
    return [
        Position(
            number=entry.position,
            kind=entry.kind,
            label=entry.label,
            parent=labels[entry.parent_entry_id] if entry.parent_entry_id else "",
            food=foods[entry.sample_id] if entry.sample_id else "",
            nominal=entry.nominal_concentration,
            spiked=entry.spiked_content,
            test_portion=entry.test_portion if entry.kind in PREPARED else None,
            final_volume=entry.final_volume if entry.kind in PREPARED else None,
            dilution=entry.dilution if entry.kind in PREPARED else None,
            moisture=entry.moisture_percent,
            standard_concentration=entry.standard_concentration,
            analytes=len(needs.get(entry.label, {})),
            code=qr_svg(entry.label) if with_codes and entry.kind is EntryKind.SAMPLE else None,
        )
        for entry in entries
    ]


def _analytes(needs: Mapping[str, Mapping[str, VerifiedLimits]], name_of: NameOf) -> list[NeededAnalyte]:
    wanted: dict[str, list[VerifiedLimits]] = {}
    for limits in needs.values():
        for code, one in limits.items():
            wanted.setdefault(code, []).append(one)
    found = [
        NeededAnalyte(
            name_of(code),
            len(limits),
            min(one.limit_of_quantification for one in limits),
            min(one.limit_of_detection for one in limits),
        )
        for code, limits in wanted.items()
    ]
    return sorted(found, key=lambda one: one.name)
