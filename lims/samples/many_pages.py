"""Many sampling sheets at once: typed or pasted into a table, or read from a file into the same table to be mended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput, LimsError
from lims.core.language import Language
from lims.core.reasons import Reason, Where, mark, reason
from lims.core.spreadsheets import Row, read_table
from lims.db.work import LimsSession, own_laboratory
from lims.library.queries import current_library
from lims.network import queries as network
from lims.samples import queries
from lims.samples.columns import SAMPLE_COLUMNS
from lims.samples.lists import MOST_LABELS
from lims.samples.schemas import SampleOrder
from lims.samples.service import faults_of
from lims.samples.spreadsheet import import_samples, sample_template
from lims.samples.tables import Sample
from lims.web.dependencies import LimsDep
from lims.web.forms import Form, FormDep
from lims.web.grids import MOST_ROWS, GridColumn, GridView, grid_columns, grid_view, read_grid, typed_rows
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.rows import orders_of
from lims.web.table_page import XLSX
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter()

DRAFT = "samples-many"
_WIDTHS = {
    "sampling_sheet_number": 16, "number": 16, "product_name": 10, "food": 22, "programme": 12, "stage": 12,
    "client": 18, "client_address": 22, "inspected_party": 22, "inspected_address": 22, "producer": 18,
    "producer_address": 22, "region_code": 10, "place": 20, "sampled_on": 12, "samplers": 14, "sampling_method": 16,
    "quantity": 8, "quantity_unit": 8, "basis_on": 12, "declared": 14, "parameters": 24, "remark": 20,
}  # fmt: skip
_ENCODINGS = (("utf-8", "UTF-8"), ("gb18030", "GB 18030 / GBK"))


@dataclass(frozen=True, slots=True)
class Table:
    """What a page of many sheets shows: the table, the form of the file, and what was done with its rows."""

    grid: GridView
    encoding: str = "utf-8"
    #: How many rows were read from a file, and its name: nothing of them is registered yet.
    read: int = 0
    name: str = ""
    #: How many of the good rows were registered, and the address of their list.
    registered: int = 0
    address: str = ""


@router.get("/samples/many")
def many_page(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """An empty table of sampling sheets, and the way to one from a file."""
    lims.require(viewer.actor, Action.SAMPLE_REGISTER)
    return _page(request, Table(grid_view(_columns(language), language)))


@router.get("/samples/template.xlsx")
def template(lims: LimsDep, viewer: ViewerDep) -> Response:
    """An empty spreadsheet of sampling sheets to fill in."""
    lims.require(viewer.actor, Action.SAMPLE_REGISTER)
    headers = {"Content-Disposition": 'attachment; filename="samples.xlsx"'}
    return Response(sample_template(), media_type=XLSX, headers=headers)


@router.post("/samples/many")
def register_many(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Register every row, or none; or those without fault, and keep the others in the table."""
    lims.require(viewer.actor, Action.SAMPLE_REGISTER)
    columns = _columns(language)
    only_good = form.text("act") == "good"
    try:
        rows = read_grid(form, columns)
        with lims.work(viewer.actor, Action.SAMPLE_REGISTER) as session:
            sheets = orders_of(_with_codes(session, rows), SAMPLE_COLUMNS, SampleOrder)
            library = current_library(session)
            samples, faults = import_samples(session, library, sheets, only_good_rows=only_good)
            at = session.instant
    except LimsError as refusal:
        grid = grid_view(columns, language, typed_rows(form, columns), refusal.reasons)
        return _page(request, Table(grid), status_of(refusal))
    address = _address(at)
    if not faults:
        note = mark("{count} samples are registered.")
        return see_other(request, address, note, count=len(samples), draft=DRAFT)
    rest, told = _rest(rows, faults)
    grid = grid_view(columns, language, rest, told)
    return _page(request, Table(grid, registered=len(samples), address=address), 200 if samples else 422)


@router.post("/samples/many/file")
def read_file(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Put the rows of a file into the table, each fault at its cell. Nothing is registered yet."""
    lims.require(viewer.actor, Action.SAMPLE_REGISTER)
    columns = _columns(language)
    try:
        file = form.file("file")
        rows = _numbered(read_table(read_upload(file, lims), SAMPLE_COLUMNS, encoding=_encoding(form)))
        if len(rows) > MOST_ROWS:
            raise BadInput(_too_many(len(rows)))
    except LimsError as refusal:
        grid = grid_view(columns, language, (), refusal.reasons)
        # Rows of the file are told; they do not stand in the table, so nothing leads there.
        told = tuple(replace(problem, anchor="") if problem.row else problem for problem in grid.problems)
        return _page(request, Table(replace(grid, problems=told), encoding=_encoding(form)), status_of(refusal))
    with lims.read(viewer.actor, Action.SAMPLE_REGISTER) as session:
        orders, faults = orders_of(_with_codes(session, rows), SAMPLE_COLUMNS, SampleOrder)
        found = sorted(
            [*faults, *faults_of(session, current_library(session), orders, local_day(lims.clock.now()))],
            key=lambda fault: fault.where.row or 0,
        )
    grid = grid_view(columns, language, [dict(row.cells) for row in rows], found)
    table = Table(grid, _encoding(form), read=len(rows), name=(file.filename or "")[:100])
    return _page(request, table, 422 if found else 200)


@router.get("/samples/many/registered")
def registered_page(request: Request, lims: LimsDep, viewer: ViewerDep, at: Annotated[datetime, Query()]) -> Response:
    """What the person registered in one act, with its labels."""
    with lims.read(viewer.actor, Action.SAMPLE_REGISTER) as session:
        samples = queries.samples_registered_by(session, MOST_ROWS, at=at) if at.tzinfo else ()
        regions = network.region_names(session, {sample.region_code for sample in samples})
    return page(
        request,
        "samples/registered.html",
        samples=samples,
        regions=regions,
        batches=[_batch(samples[begin : begin + MOST_LABELS]) for begin in range(0, len(samples), MOST_LABELS)],
        many=len(samples) > MOST_LABELS,
    )


def _page(request: Request, table: Table, status: int = 200) -> Response:
    return page(
        request, "samples/many.html", status=status, table=table, draft=DRAFT, encodings=_ENCODINGS, most=MOST_ROWS
    )


def _columns(language: Language) -> Sequence[GridColumn]:
    return grid_columns(SAMPLE_COLUMNS, language, _WIDTHS, numbers=("quantity",))


def _encoding(form: Form) -> str:
    return form.text("encoding") or "utf-8"


def _too_many(rows: int) -> Reason:
    return reason(
        "table.too_long",
        "The table has {rows} rows; hand in at most {most} at once.",
        rows=rows,
        most=MOST_ROWS,
        at=Where(field="file"),
    )


def _numbered(rows: Sequence[Row]) -> list[Row]:
    """Rows by their place in the table: what stands empty in the file is left out there."""
    return [Row(place, row.cells) for place, row in enumerate(rows, start=1)]


def _with_codes(session: LimsSession, rows: Sequence[Row]) -> list[Row]:
    """Rows in which a region of the laboratory may be written by its name too."""
    own = network.laboratory_by_id(session, own_laboratory(session)).region_code
    codes: dict[str, list[str]] = {}
    for region in network.regions_within(session, own):
        codes.setdefault(region.name, []).append(region.code)
    return [Row(row.number, _with_code(row.cells, codes)) for row in rows]


def _with_code(cells: Mapping[str, str], codes: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    meant = codes.get(cells.get("region_code", ""), ())
    return {**cells, "region_code": meant[0]} if len(meant) == 1 else cells


def _rest(rows: Sequence[Row], faults: Sequence[Reason]) -> tuple[Sequence[dict[str, str]], Sequence[Reason]]:
    """The rows that stay in the table, in their new places, and their faults there."""
    left = {fault.where.row for fault in faults}
    kept = [row for row in rows if row.number in left]
    places = {row.number: place for place, row in enumerate(kept, start=1)}
    moved = [
        replace(fault, where=replace(fault.where, row=places[fault.where.row]))
        for fault in faults
        if fault.where.row is not None
    ]
    return [dict(row.cells) for row in kept], moved


def _address(at: datetime) -> str:
    return f"/samples/many/registered?at={quote(at.isoformat())}"


def _batch(samples: Sequence[Sample]) -> Sequence[str]:
    return [sample.number for sample in samples]
