"""The list of reports, as those read it who may, and as the bench does; and many reports taken away at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import defer
from sqlmodel import col, select
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput
from lims.core.language import translator
from lims.core.reasons import Where, mark, reason
from lims.db.work import LimsSession
from lims.limits.tables import Judgement
from lims.limits.verdicts import Overall
from lims.network import queries as network
from lims.network.rules import significant
from lims.reports import distribution
from lims.reports.bundle import MOST, bundle
from lims.reports.distribution_rules import ReceiptForm
from lims.reports.rules import NUMBERED, ReportStatus, reads_whole, require_whole
from lims.reports.tables import Report
from lims.reports.views import MOODS, key_of
from lims.samples.rules import Programme
from lims.samples.tables import Sample
from lims.web.dependencies import LimsDep
from lims.web.forms import FormDep
from lims.web.table import Act, Chip, Column, Link, Mood, Said, Start, Table
from lims.web.table_export import workbook_of
from lims.web.table_filters import ChoiceFilter, DaysFilter, Options, TextFilter
from lims.web.table_page import chosen, read_table, table_page
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter()

OVERALL_MOODS: Mapping[Overall, Mood] = {
    Overall.CONFORMS: "good",
    Overall.FAILS: "bad",
    Overall.PENDING: "warn",
    Overall.NOT_JUDGED: "plain",
}


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report in the list; `region` and `laboratory` are names."""

    report: Report
    sample: Sample
    overall: Overall
    region: str
    laboratory: str


def _address(row: ReportLine) -> str:
    return f"/reports/{key_of(row.report)}"


def _file(row: ReportLine) -> Link | Said | None:
    if row.report.pdf_sha256 is not None:
        return Link(f"{_address(row)}/pdf", "PDF")
    if row.report.render_error is not None:
        return Said(mark("failed"))
    return Said(mark("being made")) if row.report.status in NUMBERED else None


def _within(codes: Sequence[str]) -> ColumnElement[bool]:
    inside = (col(Sample.region_code).startswith(significant(code), autoescape=True) for code in codes)
    return or_(*inside)


def _mood(row: ReportLine) -> Mood:
    return "bad" if row.overall is Overall.FAILS and row.report.status is not ReportStatus.WITHDRAWN else "plain"


_NUMBER: Column[ReportLine] = Column(
    "number",
    mark("Report number"),
    cell=lambda r: r.report.number or Said(mark("Draft")),
    order=col(Report.number),
    link=_address,
    export=lambda r: r.report.number,
)
_PRODUCT: Column[ReportLine] = Column(
    "product", mark("Sample name"), cell=lambda r: r.sample.product_name, order=col(Sample.product_name)
)
_VERDICT: Column[ReportLine] = Column(
    "verdict",
    mark("Verdict"),
    cell=lambda r: Chip(r.overall, OVERALL_MOODS[r.overall]),
    order=col(Judgement.overall),
)
_STATUS: Column[ReportLine] = Column(
    "status",
    mark("Status"),
    cell=lambda r: Chip(r.report.status, MOODS[r.report.status]),
    order=col(Report.status),
)
_ISSUED: Column[ReportLine] = Column(
    "issued",
    mark("Issued on"),
    cell=lambda r: None if r.report.issued_at is None else local_day(r.report.issued_at),
    order=col(Report.issued_at),
)
_COMPILED: Column[ReportLine] = Column(
    "compiled",
    mark("Compiled on"),
    cell=lambda r: local_day(r.report.compiled_at),
    order=col(Report.compiled_at),
    shown=False,
)
_FILTERS = (
    ChoiceFilter("status", mark("Status"), ReportStatus, col(Report.status), many=True),
    ChoiceFilter("verdict", mark("Verdict"), Overall, col(Judgement.overall)),
    DaysFilter("issued", mark("Issued on"), col(Report.issued_at)),
)
_NEWEST = (col(Report.compiled_at).desc(), col(Report.number).desc(), col(Report.id).desc())
_NOTHING = mark("There are no reports yet. A report is compiled when all tests of its sample are verified.")

REPORTS: Table[ReportLine] = Table(
    name="reports",
    title=mark("Reports"),
    columns=(
        _NUMBER,
        Column("sample", mark("Sample number"), cell=lambda r: r.sample.number, order=col(Sample.number)),
        _PRODUCT,
        Column(
            "party",
            mark("Inspected party"),
            cell=lambda r: r.sample.inspected_party,
            order=col(Sample.inspected_party),
        ),
        Column("region", mark("Region"), cell=lambda r: r.region, order=col(Sample.region_code)),
        _VERDICT,
        _STATUS,
        _ISSUED,
        Column("file", mark("File"), cell=_file, export=lambda r: r.report.pdf_sha256),
        Column("laboratory", mark("Laboratory"), cell=lambda r: r.laboratory, shown=False),
        Column("client", mark("Client"), cell=lambda r: r.sample.client, order=col(Sample.client), shown=False),
        Column("producer", mark("Producer"), cell=lambda r: r.sample.producer, order=col(Sample.producer), shown=False),
        Column(
            "programme", mark("Programme"), cell=lambda r: r.sample.programme, order=col(Sample.programme), shown=False
        ),
        Column(
            "sampled", mark("Sampled on"), cell=lambda r: r.sample.sampled_on, order=col(Sample.sampled_on), shown=False
        ),
        Column(
            "sheet",
            mark("Sampling sheet"),
            cell=lambda r: r.sample.sampling_sheet_number,
            order=col(Sample.sampling_sheet_number),
            shown=False,
        ),
        _COMPILED,
    ),
    filters=(
        TextFilter("report", mark("Report number"), [col(Report.number)]),
        TextFilter(
            "party",
            mark("Client, inspected party, producer"),
            [col(Sample.client), col(Sample.inspected_party), col(Sample.producer)],
        ),
        TextFilter("product", mark("Sample name"), [col(Sample.product_name), col(Sample.food)]),
        ChoiceFilter("region", mark("Region"), by=_within),
        ChoiceFilter("laboratory", mark("Laboratory"), term=col(Report.laboratory_id)),
        ChoiceFilter("programme", mark("Programme"), Programme, col(Sample.programme)),
        *_FILTERS,
    ),
    search=(
        col(Report.number),
        col(Sample.number),
        col(Sample.sampling_sheet_number),
        col(Sample.product_name),
        col(Sample.inspected_party),
        col(Sample.client),
        col(Sample.producer),
    ),
    order=_NEWEST,
    row_key=lambda r: str(r.report.id),
    acts=(Act("/reports/download", mark("Download as zip"), Action.REPORT_READ),),
    mood=_mood,
    nothing=_NOTHING,
    start=Start("/reports/work", mark("To my queue"), Action.REPORT_COMPILE),
)

#: What the bench sees: blind codes, and nothing of whose a sample is.
BENCH_REPORTS: Table[ReportLine] = Table(
    name="reports-bench",
    title=mark("Reports"),
    columns=(
        replace(_NUMBER, order=None),
        Column("code", mark("Blind code"), cell=lambda r: r.sample.blind_code, order=col(Sample.blind_code)),
        _PRODUCT,
        _VERDICT,
        _STATUS,
        _ISSUED,
        _COMPILED,
    ),
    filters=(TextFilter("code", mark("Blind code"), [col(Sample.blind_code)]), *_FILTERS),
    search=(col(Report.number), col(Sample.blind_code), col(Sample.product_name)),
    order=_NEWEST,
    mood=_mood,
    nothing=_NOTHING,
)


@router.get("/reports")
def list_page(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Reports, newest first."""
    whole = reads_whole(viewer.actor)
    with lims.read(viewer.actor, Action.REPORT_READ) as session:
        query = _query()
        options = options_of(session) if whole else {}
        table = REPORTS if whole else BENCH_REPORTS
        if whole and not options["laboratory"]:
            table = replace(table, filters=[each for each in table.filters if each.key != "laboratory"])
        view = read_table(session, table, query, request, _rows, options)
    return table_page(request, view, "reports/list.html", whole=whole)


@router.post("/reports/download")
def download(lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """The chosen reports as one zip: their signed files, and a list of them as a workbook."""
    lims.require(viewer.actor, Action.REPORT_READ)
    require_whole(viewer.actor)
    ids = _ids(chosen(form))
    if len(ids) > MOST:
        raise BadInput(reason("report.too_many", "At most {most} reports can be downloaded at once.", most=MOST))
    with lims.read(viewer.actor, Action.REPORT_READ) as session:
        rows = _rows(session, session.exec(_query().where(col(Report.id).in_(ids)).order_by(col(Report.number))).all())
    if not any(row.report.pdf_sha256 for row in rows):
        raise BadInput(reason("report.none_drawn", "None of the chosen reports has a signed file yet."))
    now = lims.clock.now()
    name = f"reports-{local_day(now)}.zip"
    say = translator(language)
    listed = workbook_of(say(REPORTS.title), REPORTS.columns, iter([rows]), say, now)
    distribution.receipt(lims, viewer.actor, [row.report for row in rows if row.report.pdf_sha256], ReceiptForm.ZIP)
    parts = bundle(lims.vault, rows, ("reports.xlsx", listed), now)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(parts, media_type="application/zip", headers=headers)


def _query() -> Any:
    """Reports with their samples and judgements; the records of a row come as a tuple.

    Their snapshots stay where they are: sorting a year of them would move a hundred megabytes.
    """
    return (
        select(Report, Sample, Judgement)
        .join(Sample, col(Sample.id) == col(Report.sample_id))
        .join(Judgement, col(Judgement.id) == col(Report.judgement_id))
        .options(defer(col(Report.snapshot)))  # type: ignore[arg-type]  # the column is the mapper's attribute
    )


def _ids(keys: Sequence[str]) -> list[UUID]:
    try:
        return [UUID(key) for key in keys]
    except ValueError:
        raise BadInput(reason("report.box", "This is no report of the list.", at=Where("chosen"))) from None


def _rows(session: LimsSession, records: Sequence[tuple[Report, Sample, Judgement]]) -> Sequence[ReportLine]:
    regions = network.region_names(session, {sample.region_code for _, sample, _ in records})
    laboratories = {lab.id: lab.name for lab in network.laboratories(session)}
    return [
        ReportLine(
            report,
            sample,
            judgement.overall,
            regions.get(sample.region_code, sample.region_code),
            laboratories.get(report.laboratory_id, ""),
        )
        for report, sample, judgement in records
    ]


def options_of(session: LimsSession) -> dict[str, Options]:
    """The regions that reports are from, with those around them; the laboratories, where there are several."""
    codes: set[str] = set(session.exec(select(Sample.region_code).distinct()).all())
    around = {code[:width].ljust(6, "0") for code in codes for width in (2, 4)}
    names = network.region_names(session, codes | around if len(codes) > 1 else codes)
    visible = session.actor.visible_laboratories
    laboratories = [
        (str(lab.id), lab.name) for lab in network.laboratories(session) if visible is None or lab.id in visible
    ]
    return {
        "region": sorted(names.items()),
        "laboratory": laboratories if len(laboratories) > 1 else [],
    }
