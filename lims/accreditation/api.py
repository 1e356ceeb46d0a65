"""JSON routes of accreditation."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response, UploadFile

from lims.accreditation import queries, service
from lims.accreditation.schemas import (
    CertificateIn,
    CertificateOut,
    DualRateOut,
    Imported,
    MethodLimitsIn,
    MethodLimitsOut,
    NoteOut,
    ParameterCountOut,
    ScopeLineEnd,
    ScopeLineIn,
    ScopeLineOut,
    SuspensionIn,
)
from lims.accreditation.spreadsheet import LIMITS_COLUMNS, SCOPE_COLUMNS, read_limits, read_scope
from lims.accreditation.standing import TARGETS
from lims.accreditation.tables import Certificate
from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.language import translator
from lims.core.patterns import REGION_CODE
from lims.core.spreadsheets import template_workbook
from lims.library import queries as library
from lims.network import queries as network
from lims.network.rules import PROVINCE_CODE, TargetKind
from lims.runtime import Lims
from lims.web.dependencies import ActorDep, LanguageDep, LimsDep
from lims.web.fields import Limit, Offset, Page
from lims.web.rows import Encoding, Numbered
from lims.web.uploads import read_upload

router = APIRouter(prefix="/api/accreditation", tags=["accreditation"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Region = Annotated[str, Query(pattern=REGION_CODE, description="Code of the region to look inside.")]
OnDay = Annotated[date | None, Query(description="The day that decides; today when left out.")]


@router.get("/certificates")
def certificates(lims: LimsDep, actor: ActorDep, day: OnDay = None) -> list[CertificateOut]:
    """The certificates that the actor may see, each with whether it is in force on the day."""
    with lims.read(actor, Action.ACCREDITATION_READ) as session:
        return [_shown(c, day or _today(lims)) for c in queries.certificates(session)]


@router.post("/certificates", status_code=201)
def record_certificate(order: CertificateIn, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> CertificateOut:
    """Record a certificate of the own laboratory. Odd numbers are warned of, not refused."""
    with lims.work(actor, Action.ACCREDITATION_EDIT) as session:
        certificate, warnings = service.record_certificate(session, order)
        notes = [NoteOut.of(warning, translator(language)) for warning in warnings]
        return _shown(certificate, _today(lims), notes)


@router.post("/certificates/{certificate_id}/suspension")
def suspend_certificate(certificate_id: UUID, order: SuspensionIn, lims: LimsDep, actor: ActorDep) -> CertificateOut:
    """Suspend a certificate, end its suspension, or lift it."""
    with lims.work(actor, Action.ACCREDITATION_EDIT) as session:
        return _shown(service.suspend_certificate(session, certificate_id, order), _today(lims))


@router.get("/certificates/{certificate_id}/scope")
def annex(
    certificate_id: UUID, lims: LimsDep, actor: ActorDep, limit: Limit = 100, offset: Offset = 0
) -> Page[ScopeLineOut]:
    """The lines of a certificate's annex (能力附表)."""
    with lims.read(actor, Action.ACCREDITATION_READ) as session:
        rows, total = queries.annex(session, certificate_id, limit, offset)
        items = [ScopeLineOut.model_validate(row) for row in rows]
        return Page(items=items, total=total, limit=limit, offset=offset)


@router.post("/certificates/{certificate_id}/scope", status_code=201)
def add_scope_line(certificate_id: UUID, order: ScopeLineIn, lims: LimsDep, actor: ActorDep) -> ScopeLineOut:
    """Add one line to an annex; names are resolved by the method library."""
    with lims.work(actor, Action.ACCREDITATION_EDIT) as session:
        line = service.add_scope_line(session, library.current_library(session), certificate_id, order)
        return ScopeLineOut.model_validate(line)


@router.post("/certificates/{certificate_id}/scope/import", status_code=201)
def import_scope(
    certificate_id: UUID, file: UploadFile, lims: LimsDep, actor: ActorDep, encoding: Encoding = "utf-8"
) -> Imported:
    """Add many lines from CSV or a workbook: all of them, or none and every fault by row and column."""
    lims.require(actor, Action.ACCREDITATION_EDIT)
    orders = read_scope(read_upload(file, lims), encoding)
    with lims.work(actor, Action.ACCREDITATION_EDIT) as session:
        added = service.add_scope_lines(session, library.current_library(session), certificate_id, orders)
        return Imported(rows=len(added))


@router.post("/scope-lines/{line_id}/end")
def end_scope_line(line_id: UUID, order: ScopeLineEnd, lims: LimsDep, actor: ActorDep) -> ScopeLineOut:
    """Set the last day of a line: the item was cancelled, or its method changed."""
    with lims.work(actor, Action.ACCREDITATION_EDIT) as session:
        return ScopeLineOut.model_validate(service.end_scope_line(session, line_id, order))


@router.get("/templates/scope.xlsx")
def scope_template(actor: ActorDep) -> Response:  # noqa: ARG001 -- signed-in people only
    """An empty annex to fill in and import."""
    return _workbook(template_workbook("能力附表", SCOPE_COLUMNS), "scope.xlsx")


@router.get("/templates/method-limits.xlsx")
def limits_template(actor: ActorDep) -> Response:  # noqa: ARG001 -- signed-in people only
    """An empty table of verified limits to fill in and import."""
    return _workbook(template_workbook("方法验证", LIMITS_COLUMNS), "method-limits.xlsx")


@router.get("/method-limits")
def method_limits(
    lims: LimsDep,
    actor: ActorDep,
    method: str | None = None,
    analyte: str | None = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Page[MethodLimitsOut]:
    """Verified limits of methods (方法验证)."""
    with lims.read(actor, Action.ACCREDITATION_READ) as session:
        rows, total = queries.limits_list(session, method, analyte, limit, offset)
        items = [MethodLimitsOut.model_validate(row) for row in rows]
        return Page(items=items, total=total, limit=limit, offset=offset)


@router.post("/method-limits", status_code=201)
def record_method_limits(orders: list[MethodLimitsIn], lims: LimsDep, actor: ActorDep) -> Imported:
    """Record LOQ and LOD that the laboratory has shown: all of them, or none."""
    with lims.work(actor, Action.ACCREDITATION_EDIT) as session:
        numbered = [Numbered(order, row) for row, order in enumerate(orders, start=1)]
        added = service.record_method_limits(session, library.current_library(session), numbered)
        return Imported(rows=len(added))


@router.post("/method-limits/import", status_code=201)
def import_method_limits(file: UploadFile, lims: LimsDep, actor: ActorDep, encoding: Encoding = "utf-8") -> Imported:
    """Record verified limits from CSV or a workbook: all of them, or none and every fault by row and column."""
    lims.require(actor, Action.ACCREDITATION_EDIT)
    orders = read_limits(read_upload(file, lims), encoding)
    with lims.work(actor, Action.ACCREDITATION_EDIT) as session:
        added = service.record_method_limits(session, library.current_library(session), orders)
        return Imported(rows=len(added))


@router.get("/laboratories/{code}/parameters")
def parameter_count(code: str, lims: LimsDep, actor: ActorDep, day: OnDay = None) -> ParameterCountOut:
    """Accredited parameters of a laboratory, counted three ways, beside the target of its level."""
    on = day or _today(lims)
    with lims.read(actor, Action.ACCREDITATION_READ) as session:
        laboratory = network.laboratory_by_code(session, code)
        counts = queries.parameter_counts(session, laboratory.id, on)
        kind = TARGETS.get(laboratory.level)
        target = network.target_in_force(session, kind, on) if kind else None
        return ParameterCountOut.of(code, laboratory.level, on, counts, target.value if target else None)


@router.get("/dual-rate")
def dual_rate(lims: LimsDep, actor: ActorDep, region: Region = PROVINCE_CODE, day: OnDay = None) -> DualRateOut:
    """双认证 rate of the county laboratories of a region on a day, with its denominator and every laboratory."""
    on = day or _today(lims)
    with lims.read(actor, Action.ACCREDITATION_READ) as session:
        rate = queries.dual_rate_of(session, region, on)
        target = network.target_in_force(session, TargetKind.DUAL_ACCREDITATION_RATE, on)
        return DualRateOut.of(rate, target.value if target else None)


def _today(lims: Lims) -> date:
    return local_day(lims.clock.now())


def _shown(certificate: Certificate, day: date, notes: Sequence[NoteOut] = ()) -> CertificateOut:
    facts = {name: getattr(certificate, name) for name in CertificateOut.model_fields if hasattr(certificate, name)}
    return CertificateOut(**facts, in_force=queries.facts_of(certificate).in_force_on(day), warnings=list(notes))


def _workbook(content: bytes, name: str) -> Response:
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
