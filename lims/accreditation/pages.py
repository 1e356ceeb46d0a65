"""Pages of accreditation: how the laboratory stands, its certificates and their annexes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fastapi import APIRouter, Request
from sqlmodel import col, select
from starlette.responses import Response

from lims.accreditation import queries, service
from lims.accreditation.rules import EVERY_PRODUCT, Scheme
from lims.accreditation.schemas import CertificateIn, ScopeLineEnd, ScopeLineIn, SuspensionIn
from lims.accreditation.spreadsheet import read_scope
from lims.accreditation.standing import AHEAD, outdated_methods, standing_of, standings
from lims.accreditation.tables import Certificate, ScopeLine
from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import LimsError
from lims.core.language import Language, translator
from lims.core.reasons import mark
from lims.db.work import LimsSession
from lims.library import queries as library
from lims.library.rules import Library
from lims.network import queries as network
from lims.network.rules import TargetKind
from lims.runtime import Lims
from lims.web.changes import changes_since
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.table import Chip, Column, Mood, Start, Table
from lims.web.table_filters import ChoiceFilter, DaysFilter, TextFilter
from lims.web.table_page import read_table, table_page
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, Viewer, ViewerDep, language_of

router = APIRouter(prefix="/accreditation")


# ── the laboratory, and those of the region ────────────────────────────────────────────────────────


@router.get("")
def overview(request: Request, lims: LimsDep, viewer: ViewerDep, day: date | None = None) -> Response:
    """How the laboratory stands on a day; for who sees a region, how all of them do."""
    on = day or local_day(lims.clock.now())
    with lims.read(viewer.actor, Action.ACCREDITATION_READ) as session:
        own = network.laboratory_by_id(session, viewer.actor.laboratory_id)
        seen = standings(session, own.region_code, on)
        several = len(seen) > 1
        rate = (
            queries.dual_rate_of(session, own.region_code, on)
            if several and _sees_all(session, own.region_code)
            else None
        )
        target = network.target_in_force(session, TargetKind.DUAL_ACCREDITATION_RATE, on)
        outdated = outdated_methods(session, library.current_library(session), own, on)
        standing = standing_of(session, own, on)
    return page(
        request,
        "accreditation/overview.html",
        standing=standing,
        seen=seen if several else (),
        rate=rate,
        rate_target=target.value if target else None,
        outdated=outdated,
        ahead=AHEAD.days,
        on=on,
        form=Filled({"day": on.isoformat()}),
    )


def _sees_all(session: LimsSession, region_code: str) -> bool:
    visible = session.actor.visible_laboratories
    return visible is None or all(lab.id in visible for lab in network.laboratories(session, region_code))


# ── certificates ───────────────────────────────────────────────────────────────────────────────────


@router.get("/certificates")
def certificates(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Every certificate, those in force first."""
    today = local_day(lims.clock.now())
    with lims.read(viewer.actor, Action.ACCREDITATION_READ) as session:
        names = {lab.id: lab.name for lab in network.laboratories(session)}
        table = read_table(
            session,
            CERTIFICATES,
            select(Certificate),
            request,
            _certificate_rows(names, today),
        )
    return table_page(request, table, "accreditation/certificates.html")


@router.get("/certificates/new")
def certificate_form(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """A form for a new certificate."""
    lims.require(viewer.actor, Action.ACCREDITATION_EDIT)
    return _certificate_form(request, Filled())


@router.post("/certificates/new")
def record_certificate(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Record a certificate of the own laboratory; what looks odd in it is told, not refused."""
    lims.require(viewer.actor, Action.ACCREDITATION_EDIT)
    try:
        order = form.read(CertificateIn)
        with lims.work(viewer.actor, Action.ACCREDITATION_EDIT) as session:
            made, warnings = service.record_certificate(session, order)
    except LimsError as refusal:
        return _certificate_form(request, refused(form, refusal, language), status_of(refusal))
    told = " ".join(w.translated(translator(language)) for w in warnings)
    note = (
        mark("Certificate {number} is recorded. Look at this: {told}")
        if told
        else mark("Certificate {number} is recorded.")
    )
    gaps = {"number": made.number, **({"told": told} if told else {})}
    return see_other(request, f"/accreditation/certificates/{made.id}", note, draft="certificate-new", **gaps)


@router.get("/certificates/{certificate_id}")
def certificate(request: Request, certificate_id: UUID, lims: LimsDep, viewer: ViewerDep) -> Response:
    """One certificate with its annex (能力附表)."""
    return _certificate_page(request, certificate_id, lims, viewer)


@router.post("/certificates/{certificate_id}/suspension")
def suspend(
    request: Request, certificate_id: UUID, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Suspend a certificate, set the end of its suspension, or lift it."""
    lims.require(viewer.actor, Action.ACCREDITATION_EDIT)
    try:
        order = form.read(SuspensionIn)
        with lims.work(viewer.actor, Action.ACCREDITATION_EDIT) as session:
            service.suspend_certificate(session, certificate_id, order)
    except LimsError as refusal:
        with lims.read(viewer.actor, Action.ACCREDITATION_READ) as session:
            since = form.seen_version()
            changes = changes_since(session, "certificate", certificate_id, since, language) if since else ()
        shown = refused(form, refusal, language, changes)
        return _certificate_page(request, certificate_id, lims, viewer, suspension=shown, status=status_of(refusal))
    return see_other(request, f"/accreditation/certificates/{certificate_id}", mark("The suspension is recorded."))


@router.post("/certificates/{certificate_id}/lines")
def add_line(
    request: Request, certificate_id: UUID, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Add one line to the annex."""
    lims.require(viewer.actor, Action.ACCREDITATION_EDIT)
    try:
        order = form.read(ScopeLineIn)
        with lims.work(viewer.actor, Action.ACCREDITATION_EDIT) as session:
            service.add_scope_line(session, library.current_library(session), certificate_id, order)
    except LimsError as refusal:
        shown = refused(form, refusal, language)
        return _certificate_page(request, certificate_id, lims, viewer, line=shown, status=status_of(refusal))
    note = mark("{parameter} in {product} stands in the annex now.")
    where = f"/accreditation/certificates/{certificate_id}"
    return see_other(request, where, note, parameter=order.parameter, product=order.product)


@router.post("/certificates/{certificate_id}/import")
def import_lines(
    request: Request, certificate_id: UUID, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Add the lines of a workbook or CSV file: all of them, or none and every fault by row and column."""
    lims.require(viewer.actor, Action.ACCREDITATION_EDIT)
    try:
        orders = read_scope(read_upload(form.file("file"), lims), form.encoding())
        with lims.work(viewer.actor, Action.ACCREDITATION_EDIT) as session:
            added = service.add_scope_lines(session, library.current_library(session), certificate_id, orders)
    except LimsError as refusal:
        shown = refused(form, refusal, language)
        return _certificate_page(request, certificate_id, lims, viewer, upload=shown, status=status_of(refusal))
    note = mark("{count} lines were added to the annex.")
    return see_other(request, f"/accreditation/certificates/{certificate_id}", note, count=len(added))


@router.get("/lines/{line_id}")
def line(request: Request, line_id: UUID, lims: LimsDep, viewer: ViewerDep) -> Response:
    """One line of an annex."""
    return _line_page(request, line_id, lims, viewer, Filled())


@router.post("/lines/{line_id}/end")
def end_line(
    request: Request, line_id: UUID, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Set the last day of a line: the item was cancelled, or its method changed."""
    lims.require(viewer.actor, Action.ACCREDITATION_EDIT)
    try:
        order = form.read(ScopeLineEnd)
        with lims.work(viewer.actor, Action.ACCREDITATION_EDIT) as session:
            ended = service.end_scope_line(session, line_id, order)
    except LimsError as refusal:
        with lims.read(viewer.actor, Action.ACCREDITATION_READ) as session:
            since = form.seen_version()
            changes = changes_since(session, "scope_line", line_id, since, language) if since else ()
        return _line_page(request, line_id, lims, viewer, refused(form, refusal, language, changes), status_of(refusal))
    note = mark("The line ends on {day}.")
    where = f"/accreditation/certificates/{ended.certificate_id}"
    return see_other(request, where, note, day=order.valid_until.isoformat())


# ── what the pages show ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A certificate and whether it is in force."""

    certificate: Certificate
    laboratory: str
    chip: Chip


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of an annex in the library's words."""

    line: ScopeLine
    product: str
    parameter: str
    chip: Chip


CERTIFICATES: Table[CertificateRow] = Table(
    name="certificates",
    title=mark("Certificates"),
    columns=(
        Column(
            "number",
            mark("Certificate number"),
            lambda r: r.certificate.number,
            col(Certificate.number),
            link=lambda r: f"/accreditation/certificates/{r.certificate.id}",
        ),
        Column("scheme", mark("Scheme"), lambda r: r.certificate.scheme, col(Certificate.scheme)),
        Column("state", mark("State"), lambda r: r.chip),
        Column("from", mark("Valid from"), lambda r: r.certificate.valid_from, col(Certificate.valid_from)),
        Column("until", mark("Valid until"), lambda r: r.certificate.valid_until, col(Certificate.valid_until)),
        Column("issuer", mark("Issued by"), lambda r: r.certificate.issued_by, col(Certificate.issued_by)),
        Column("laboratory", mark("Laboratory"), lambda r: r.laboratory),
    ),
    filters=(ChoiceFilter("scheme", mark("Scheme"), Scheme, col(Certificate.scheme)),),
    search=(col(Certificate.number), col(Certificate.issued_by)),
    order=(col(Certificate.valid_until).desc(), col(Certificate.id)),
    nothing=mark("No certificate is recorded yet."),
    start=Start("/accreditation/certificates/new", mark("Record a certificate"), Action.ACCREDITATION_EDIT),
)

LINES: Table[LineRow] = Table(
    name="scope-lines",
    title=mark("Annex of the certificate"),
    columns=(
        Column(
            "parameter", mark("Parameter"), lambda r: r.parameter, link=lambda r: f"/accreditation/lines/{r.line.id}"
        ),
        Column("product", mark("Product"), lambda r: r.product, col(ScopeLine.product)),
        Column("method", mark("Method"), lambda r: r.line.method_code, col(ScopeLine.method_code)),
        Column("restriction", mark("Restriction"), lambda r: r.line.restriction),
        Column("from", mark("Valid from"), lambda r: r.line.valid_from, col(ScopeLine.valid_from)),
        Column("until", mark("Valid until"), lambda r: r.line.valid_until, col(ScopeLine.valid_until)),
        Column("state", mark("State"), lambda r: r.chip),
        Column("code", mark("Code"), lambda r: r.line.parameter, col(ScopeLine.parameter), shown=False),
    ),
    filters=(
        TextFilter("product", mark("Product"), [col(ScopeLine.product)]),
        TextFilter("method", mark("Method"), [col(ScopeLine.method_code)]),
        DaysFilter("until", mark("Valid until"), col(ScopeLine.valid_until)),
    ),
    search=(col(ScopeLine.parameter), col(ScopeLine.product), col(ScopeLine.method_code)),
    order=(col(ScopeLine.parameter), col(ScopeLine.product), col(ScopeLine.id)),
    nothing=mark("The annex has no lines yet; without them nothing is in scope."),
)

_IN_FORCE = Chip(mark("in force"), "good")
_NOT_IN_FORCE = Chip(mark("not in force"), "bad")
_ENDED = Chip(mark("ended"), "plain")


def _row(found: Certificate, laboratory: str, today: date) -> CertificateRow:
    chip = _IN_FORCE if queries.facts_of(found).in_force_on(today) else _NOT_IN_FORCE
    return CertificateRow(found, laboratory, chip)


def _certificate_rows(
    names: Mapping[UUID, str], today: date
) -> Callable[[LimsSession, Sequence[Certificate]], Sequence[CertificateRow]]:
    return lambda _session, found: [_row(one, names.get(one.laboratory_id, ""), today) for one in found]


def _line_row(found: ScopeLine, known: Library, today: date, language: Language) -> LineRow:
    ended = found.valid_until is not None and found.valid_until < today
    begun = found.valid_from <= today
    mood: Mood = "good" if begun else "warn"
    chip = _ENDED if ended else Chip(mark("in force") if begun else mark("not yet"), mood)
    product = "*" if found.product == EVERY_PRODUCT else known.food_name(found.product)
    return LineRow(found, product, known.substance_name(found.parameter, language), chip)


def _line_rows(
    known: Library, today: date, language: Language
) -> Callable[[LimsSession, Sequence[ScopeLine]], Sequence[LineRow]]:
    return lambda _session, found: [_line_row(one, known, today, language) for one in found]


def _certificate_form(request: Request, form: Filled, status: int = 200) -> Response:
    return page(request, "accreditation/certificate_new.html", status=status, form=form, schemes=tuple(Scheme))


def _certificate_page(
    request: Request,
    certificate_id: UUID,
    lims: Lims,
    viewer: Viewer,
    *,
    line: Filled | None = None,
    upload: Filled | None = None,
    suspension: Filled | None = None,
    status: int = 200,
) -> Response:
    today = local_day(lims.clock.now())
    with lims.read(viewer.actor, Action.ACCREDITATION_READ) as session:
        found = queries.certificate_by_id(session, certificate_id)
        known = library.current_library(session)
        lines = select(ScopeLine).where(ScopeLine.certificate_id == found.id)
        rows = _line_rows(known, today, language_of(request))
        table = read_table(session, LINES, lines, request, rows, path=f"/accreditation/certificates/{found.id}")
        laboratory = network.laboratory_by_id(session, found.laboratory_id)
    own = found.laboratory_id == viewer.actor.laboratory_id
    answer = table_page(
        request,
        table,
        "accreditation/certificate.html",
        row=_row(found, laboratory.name, today),
        line=line or Filled(),
        upload=upload or Filled(),
        suspension=suspension or Filled({"suspended_on": found.suspended_on, "suspended_until": found.suspended_until}),
        methods=sorted(known.methods),
        may_edit=own and viewer.may(Action.ACCREDITATION_EDIT),
    )
    answer.status_code = status
    return answer


def _line_page(
    request: Request, line_id: UUID, lims: Lims, viewer: Viewer, form: Filled, status: int = 200
) -> Response:
    with lims.read(viewer.actor, Action.ACCREDITATION_READ) as session:
        found = queries.scope_line_by_id(session, line_id)
        row = _line_row(found, library.current_library(session), local_day(lims.clock.now()), language_of(request))
        certificate = queries.certificate_by_id(session, found.certificate_id)
    own = found.laboratory_id == viewer.actor.laboratory_id
    may_edit = own and viewer.may(Action.ACCREDITATION_EDIT)
    return page(
        request,
        "accreditation/line.html",
        status=status,
        row=row,
        certificate=certificate,
        form=form,
        may_edit=may_edit,
    )
