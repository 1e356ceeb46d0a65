"""Pages of what the laboratory has verified of its methods: limits of quantification and detection (方法验证)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from sqlmodel import col, select
from starlette.responses import Response

from lims.accreditation import service
from lims.accreditation.rules import EVERY_PRODUCT
from lims.accreditation.schemas import MethodLimitsIn
from lims.accreditation.spreadsheet import LIMITS_COLUMNS, SCOPE_COLUMNS, read_limits
from lims.accreditation.tables import VerifiedMethod
from lims.core.actions import Action
from lims.core.errors import LimsError
from lims.core.language import Language
from lims.core.reasons import mark
from lims.core.spreadsheets import template_workbook
from lims.db.work import LimsSession
from lims.library import queries as library
from lims.library.rules import Library
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.rows import Numbered
from lims.web.table import Column, Start, Table
from lims.web.table_filters import DaysFilter, TextFilter
from lims.web.table_page import XLSX, read_table, table_page
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, Viewer, ViewerDep, language_of

router = APIRouter(prefix="/accreditation")


@dataclass(frozen=True, slots=True)
class VerifiedRow:
    """Verified limits in the library's words."""

    verified: VerifiedMethod
    analyte: str
    product: str


VERIFIED: Table[VerifiedRow] = Table(
    name="verified-limits",
    title=mark("Verified limits"),
    columns=(
        Column("analyte", mark("Analyte"), lambda r: r.analyte),
        Column("method", mark("Method"), lambda r: r.verified.method_code, col(VerifiedMethod.method_code)),
        Column("product", mark("Product"), lambda r: r.product, col(VerifiedMethod.product)),
        Column("loq", mark("LOQ"), lambda r: r.verified.limit_of_quantification, kind="number"),
        Column("lod", mark("LOD"), lambda r: r.verified.limit_of_detection, kind="number"),
        Column("unit", mark("Unit"), lambda r: r.verified.unit),
        Column("uncertainty", mark("U (k = 2), %"), lambda r: r.verified.expanded_uncertainty_percent, kind="number"),
        Column("on", mark("Verified on"), lambda r: r.verified.verified_on, col(VerifiedMethod.verified_on)),
        Column("code", mark("Code"), lambda r: r.verified.analyte, col(VerifiedMethod.analyte), shown=False),
    ),
    filters=(
        TextFilter("method", mark("Method"), [col(VerifiedMethod.method_code)]),
        TextFilter("product", mark("Product"), [col(VerifiedMethod.product)]),
        DaysFilter("on", mark("Verified on"), col(VerifiedMethod.verified_on)),
    ),
    search=(col(VerifiedMethod.analyte), col(VerifiedMethod.method_code), col(VerifiedMethod.product)),
    order=(col(VerifiedMethod.method_code), col(VerifiedMethod.analyte), col(VerifiedMethod.id)),
    nothing=mark("Nothing is verified yet. Results by hand take their limits from here."),
    start=Start("/accreditation/method-limits/new", mark("Record verified limits"), Action.ACCREDITATION_EDIT),
)


@router.get("/method-limits")
def method_limits(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """What the laboratory has shown for each analyte, method and product."""
    with lims.read(viewer.actor, Action.ACCREDITATION_READ) as session:
        rows = _rows(library.current_library(session), language_of(request))
        table = read_table(session, VERIFIED, select(VerifiedMethod), request, rows)
    return table_page(request, table, "accreditation/method_limits.html")


@router.get("/method-limits/new")
def new_form(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """One entry by hand, or many from a file."""
    lims.require(viewer.actor, Action.ACCREDITATION_EDIT)
    return _form_page(request, lims, viewer)


@router.post("/method-limits/new")
def record(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Record one entry."""
    lims.require(viewer.actor, Action.ACCREDITATION_EDIT)
    try:
        order = form.read(MethodLimitsIn)
        with lims.work(viewer.actor, Action.ACCREDITATION_EDIT) as session:
            service.record_method_limits(session, library.current_library(session), [Numbered(order)])
    except LimsError as refusal:
        return _form_page(request, lims, viewer, entry=refused(form, refusal, language), status=status_of(refusal))
    note = mark("The limits of {analyte} are recorded.")
    return see_other(request, "/accreditation/method-limits", note, draft="verified-new", analyte=order.analyte)


@router.post("/method-limits/import")
def import_limits(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Record the rows of a workbook or CSV file: all of them, or none and every fault by row and column."""
    lims.require(viewer.actor, Action.ACCREDITATION_EDIT)
    try:
        orders = read_limits(read_upload(form.file("file"), lims), form.encoding())
        with lims.work(viewer.actor, Action.ACCREDITATION_EDIT) as session:
            added = service.record_method_limits(session, library.current_library(session), orders)
    except LimsError as refusal:
        return _form_page(request, lims, viewer, upload=refused(form, refusal, language), status=status_of(refusal))
    return see_other(request, "/accreditation/method-limits", mark("{count} rows are recorded."), count=len(added))


@router.get("/templates/scope.xlsx")
def scope_template(lims: LimsDep, viewer: ViewerDep) -> Response:
    """An empty annex to fill in."""
    lims.require(viewer.actor, Action.ACCREDITATION_READ)
    return _workbook(template_workbook("能力附表", SCOPE_COLUMNS), "scope.xlsx")


@router.get("/templates/method-limits.xlsx")
def limits_template(lims: LimsDep, viewer: ViewerDep) -> Response:
    """An empty table of verified limits to fill in."""
    lims.require(viewer.actor, Action.ACCREDITATION_READ)
    return _workbook(template_workbook("方法验证", LIMITS_COLUMNS), "method-limits.xlsx")


def _rows(
    known: Library, language: Language
) -> Callable[[LimsSession, Sequence[VerifiedMethod]], Sequence[VerifiedRow]]:
    def made(_session: LimsSession, found: Sequence[VerifiedMethod]) -> Sequence[VerifiedRow]:
        return [
            VerifiedRow(
                one,
                known.substance_name(one.analyte, language),
                one.product if one.product == EVERY_PRODUCT else known.food_name(one.product),
            )
            for one in found
        ]

    return made


def _form_page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    *,
    entry: Filled | None = None,
    upload: Filled | None = None,
    status: int = 200,
) -> Response:
    with lims.read(viewer.actor, Action.ACCREDITATION_READ) as session:
        methods = sorted(library.current_library(session).methods)
    return page(
        request,
        "accreditation/method_limits_new.html",
        status=status,
        form=entry or Filled({"unit": "mg/kg", "product": EVERY_PRODUCT}),
        upload=upload or Filled(),
        methods=methods,
    )


def _workbook(content: bytes, name: str) -> Response:
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
