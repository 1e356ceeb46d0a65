"""JSON routes of reports, and the public page behind the QR code."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from fastapi import APIRouter, Query, Request, Response, UploadFile
from fastapi.responses import JSONResponse

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.clock import local_day
from lims.core.errors import NotFound
from lims.core.kept_reasons import of_text, told
from lims.core.language import Language, translator
from lims.core.patterns import REGION_CODE
from lims.core.reasons import reason
from lims.documents.report_schema import report_schema
from lims.library.queries import current_library
from lims.people.asking import confirmed_by
from lims.people.confirming import Confirmation, Purpose
from lims.reports import distribution, queries, service, signatures, verification
from lims.reports.checks import checks_of
from lims.reports.desk import desk_of
from lims.reports.distribution_rules import ReceiptForm
from lims.reports.public_page import public_page
from lims.reports.retests import retests_for
from lims.reports.rules import ReportStatus, reads_whole, require_whole
from lims.reports.schemas import (
    AnnexIn,
    CheckOut,
    CompileSignedIn,
    OneReportOut,
    PublicView,
    ReasonIn,
    ReplaceIn,
    ReportOut,
    RetestSeenOut,
    SignatureOut,
    SignedIn,
    VerificationOut,
)
from lims.runtime import Lims
from lims.samples.queries import sample_by_number
from lims.web.dependencies import ActorDep, LanguageDep, LimsDep
from lims.web.fields import Limit, Offset, Page
from lims.web.pace import FilePace, LookPace
from lims.web.uploads import read_upload

if TYPE_CHECKING:
    from lims.documents.answers import Verification

router = APIRouter(prefix="/api/reports", tags=["reports"])
public_router = APIRouter(tags=["public"], dependencies=[LookPace])

Responses: TypeAlias = dict[int | str, dict[str, Any]]
SampleNumber = Annotated[str | None, Query(max_length=30, description="Accession number.")]
Region = Annotated[str | None, Query(pattern=REGION_CODE, description="Code of the region to look inside.")]
PDF: Responses = {200: {"content": {"application/pdf": {}}, "description": "The signed report."}}
SNAPSHOT: Responses = {200: {"content": {"application/json": {}}, "description": "The snapshot of the report."}}
ACTS: Responses = {200: {"content": {"application/json": {}}, "description": "The statements with their signatures."}}
PUBLIC: Responses = {200: {"model": PublicView, "content": {"text/html": {}}}}


def _out(actor: Actor, row: queries.ReportRow) -> ReportOut:
    report = row.report
    whole = reads_whole(actor, row.sample.registered_by)
    said = {name: getattr(report, name) for name in ReportOut.model_fields if name in type(report).model_fields}
    said["annexes"] = report.annexes or ""
    said |= {"annex": report.layout.annex, "language": report.layout.language, "notice": report.layout.notice}
    if (why := report.render_error) is not None:
        said |= {"render_error": told(why, str), "render_fault": next((one.code for one in of_text(why)), None)}
    if not whole:
        said["verification_token"] = None  # it opens the public page, where the client stands
        said["stated_deviations"] = said["deviations"] = None  # whoever compiles may name the client
    return ReportOut(
        sample=row.sample.number if whole else row.sample.blind_code, sample_name=row.sample.product_name, **said
    )


@router.post("", status_code=201)
def compile_report(order: CompileSignedIn, request: Request, lims: LimsDep, actor: ActorDep) -> ReportOut:
    """编制: judge a sample whose tests are all verified, and open the draft of its report.

    Signed by the compiler, who proves afresh who they are; so are the review and the approval.
    """
    lims.require(actor, Action.REPORT_COMPILE)
    with lims.read(actor, Action.REPORT_READ) as session:
        sample_by_number(session, order.sample)
    confirmation = confirmed_by(
        request, lims, actor, order.authentication, Purpose(Action.REPORT_COMPILE, (order.sample,))
    )
    with lims.work(actor, Action.REPORT_COMPILE) as session:
        report = service.compile_report(session, current_library(session), order.sample, confirmation, order.layout)
        service.require_printable(session, desk_of(lims), report)
        return _out(actor, queries.row_of(session, report))


@router.get("")
def list_reports(
    lims: LimsDep,
    actor: ActorDep,
    status: ReportStatus | None = None,
    sample: SampleNumber = None,
    region: Region = None,
    issued_from: date | None = None,
    issued_until: date | None = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Page[ReportOut]:
    """Reports by status, sample, region and day of issue, newest first. The bench does not ask whose they are."""
    if sample is not None or region is not None:
        require_whole(actor)
    wanted = queries.ReportFilter(status, sample, region, issued_from, issued_until)
    with lims.read(actor, Action.REPORT_READ) as session:
        rows, total = queries.reports(session, wanted, limit, offset)
        return Page(items=[_out(actor, row) for row in rows], total=total, limit=limit, offset=offset)


@router.post("/verify", dependencies=[FilePace])
def verify_report(file: UploadFile, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> VerificationOut:
    """What is this PDF worth? Its status, and every check with its outcome."""
    return _judged(verification.verify_report(lims, actor, read_upload(file, lims)), language)


@public_router.post("/api/verify", dependencies=[FilePace])
def verify_for_anybody(file: UploadFile, lims: LimsDep, language: LanguageDep) -> VerificationOut:
    """The same for anybody, without signing in: it says no more than the file does, and whether it is in force."""
    return _judged(verification.verify_report(lims, None, read_upload(file, lims)), language)


@public_router.get("/api/schemas/report")
def schema_of_reports() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `report.json`, which every report carries."""
    return report_schema()


def _judged(found: "Verification", language: Language) -> VerificationOut:
    return VerificationOut(
        status=found.status.value,
        code=found.reason.code,
        text=found.reason.translated(translator(language)),
        number=found.number,
        signer=found.signer,
        signed_at=found.signed_at,
        signatures=[
            SignatureOut(field=one.field.value, name=one.name, at=one.at, is_development=one.is_development)
            for one in found.signatures
        ],
        stamped_at=found.stamped_at,
        sha256=found.sha256,
        is_development=found.is_development,
        checks=[CheckOut(name=check.name, outcome=check.outcome) for check in checks_of(found)],
        not_checked=[why.translated(translator(language)) for why in found.open_points],
    )


@router.get("/{key}")
def get_report(key: str, lims: LimsDep, actor: ActorDep) -> OneReportOut:
    """One report by its id or number, with the reports that retested it. The bench is not told of those."""
    with lims.read(actor, Action.REPORT_READ) as session:
        row = queries.row_of(session, queries.report_by_key(session, key))
        whole = reads_whole(actor, row.sample.registered_by)
        retests = retests_for(lims, session, [row.report] if whole else []).get(row.report.id, [])
        seen = [RetestSeenOut.model_validate(one) for one in retests]
        return OneReportOut(**_out(actor, row).model_dump(), retests=seen)


@router.get("/{key}/history")
def history(key: str, lims: LimsDep, actor: ActorDep) -> list[ReportOut]:
    """Every report of the same sample, drafts that were given up too, oldest first."""
    with lims.read(actor, Action.REPORT_READ) as session:
        report = queries.report_by_key(session, key)
        rows = [queries.row_of(session, one) for one in queries.reports_of(session, report.sample_id)]
        return [_out(actor, row) for row in rows]


@router.get("/{key}/snapshot", response_class=Response, responses=SNAPSHOT)
def snapshot(key: str, lims: LimsDep, actor: ActorDep) -> Response:
    """The frozen snapshot, byte for byte; for a draft, what it would be if it were approved now."""
    with lims.read(actor, Action.REPORT_READ) as session:
        require_whole(actor, queries.row_of(session, queries.report_by_key(session, key)).sample.registered_by)
        content = service.preview(session, desk_of(lims), key).canonical_bytes()
    return Response(content, media_type="application/json")


@router.get("/{key}/acts", response_class=Response, responses=ACTS)
def acts(key: str, lims: LimsDep, actor: ActorDep) -> Response:
    """The signed acts of a report, byte for byte as its PDF carries them. 404 for a report that is older than they."""
    with lims.read(actor, Action.REPORT_READ) as session:
        report = queries.report_by_key(session, key)
        require_whole(actor, queries.row_of(session, report).sample.registered_by)
        content = signatures.attachment_of(session, report.id)
    if content is None:
        raise NotFound(reason("report.no_acts", "This report was made before acts were signed."))
    return Response(content, media_type="application/json")


@router.get("/{key}/pdf", response_class=Response, responses=PDF)
def pdf(key: str, lims: LimsDep, actor: ActorDep) -> Response:
    """The signed PDF. 404 while the background work has not made it yet."""
    with lims.read(actor, Action.REPORT_READ) as session:
        report = queries.report_by_key(session, key)
        require_whole(actor, queries.row_of(session, report).sample.registered_by)
    if report.pdf_sha256 is None:
        raise NotFound(reason("report.no_file", "The signed file of this report is not ready; ask again in a moment."))
    distribution.receipt(lims, actor, [report], ReceiptForm.PDF)
    name = f"{report.number}.pdf"
    return Response(
        lims.vault.get(report.pdf_sha256),
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.post("/{key}/annex")
def set_annex(key: str, order: AnnexIn, lims: LimsDep, actor: ActorDep) -> ReportOut:
    """附录: let a draft explain its judgement in an annex, or leave it out; until it is reviewed."""
    lims.require(actor, Action.REPORT_COMPILE)
    with lims.work(actor, Action.REPORT_COMPILE) as session:
        report = service.set_annexes(session, key, order)
        service.require_printable(session, desk_of(lims), report)
        return _out(actor, queries.row_of(session, report))


@router.post("/{key}/review")
def review_report(key: str, order: SignedIn, request: Request, lims: LimsDep, actor: ActorDep) -> ReportOut:
    """审核, by another person than the compiler, who signs it."""
    confirmation = _ready(request, lims, actor, Action.REPORT_REVIEW, key, order)
    with lims.work(actor, Action.REPORT_REVIEW) as session:
        report = service.review_report(session, key, order.version, confirmation)
        return _out(actor, queries.row_of(session, report))


@router.post("/{key}/approve")
def approve_report(key: str, order: SignedIn, request: Request, lims: LimsDep, actor: ActorDep) -> ReportOut:
    """批准, by an authorised signatory who is a third person, and signs it.

    The report is numbered, frozen, and drawn soon after.
    """
    confirmation = _ready(request, lims, actor, Action.REPORT_APPROVE, key, order)
    with lims.work(actor, Action.REPORT_APPROVE) as session:
        report = service.approve_report(session, desk_of(lims), key, order.version, confirmation)
        return _out(actor, queries.row_of(session, report))


@router.post("/{key}/send-back")
def send_back_report(key: str, order: ReasonIn, lims: LimsDep, actor: ActorDep) -> ReportOut:
    """退回: give up a draft, with a reason."""
    with lims.work(actor, Action.REPORT_SEND_BACK, order.reason) as session:
        return _out(actor, queries.row_of(session, service.send_back_report(session, key, order.version, order.reason)))


@router.post("/{key}/replace", status_code=201)
def replace_report(key: str, order: ReplaceIn, request: Request, lims: LimsDep, actor: ActorDep) -> ReportOut:
    """更改: open the draft of an amended report, signed by its compiler.

    The old one stays in force until the new one is issued.
    """
    lims.require(actor, Action.REPORT_REPLACE)
    with lims.read(actor, Action.REPORT_READ) as session:
        queries.report_by_key(session, key)
    confirmation = confirmed_by(request, lims, actor, order.authentication, Purpose(Action.REPORT_REPLACE, (key,)))
    with lims.work(actor, Action.REPORT_REPLACE, order.reason) as session:
        layout = order.layout_after(queries.report_by_key(session, key).layout)
        report = service.replace_report(session, current_library(session), key, order.reason, confirmation, layout)
        return _out(actor, queries.row_of(session, report))


@router.post("/{key}/withdraw")
def withdraw_report(key: str, order: ReasonIn, lims: LimsDep, actor: ActorDep) -> ReportOut:
    """作废: an issued report loses its force; it stays readable."""
    with lims.work(actor, Action.REPORT_WITHDRAW, order.reason) as session:
        return _out(actor, queries.row_of(session, service.withdraw_report(session, key, order.version, order.reason)))


@router.post("/{key}/render")
def retry_rendering(key: str, lims: LimsDep, actor: ActorDep) -> ReportOut:
    """Let the background work draw and sign again what failed."""
    with lims.work(actor, Action.REPORT_RETRY) as session:
        return _out(actor, queries.row_of(session, service.retry_rendering(session, key)))


def _ready(request: Request, lims: Lims, actor: Actor, action: Action, key: str, order: SignedIn) -> Confirmation:
    """Who reviews or approves, proved; what would be refused anyway is refused first."""
    lims.require(actor, action)
    with lims.read(actor, action) as session:
        service.require_ready(session, action, key, order.version, local_day(lims.clock.now()))
    return confirmed_by(request, lims, actor, order.authentication, Purpose(action, (key,)))


@public_router.get("/v/{token}", response_class=Response, responses=PUBLIC)
def public_view(token: str, request: Request, lims: LimsDep) -> Response:
    """The report behind a QR code, for anybody: a page for browsers, JSON for programs that ask for it."""
    wants_json = "application/json" in request.headers.get("accept", "")
    try:
        with lims.read(system_actor("public"), Action.REPORT_READ) as session:
            view = verification.public_view(session, token)
    except NotFound:
        if wants_json:
            raise
        return public_page(request, None)
    if wants_json:
        return JSONResponse(view.model_dump(mode="json"))
    return public_page(request, view)
