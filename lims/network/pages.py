"""Pages of the network: its laboratories and their certificates, regions with their residents, targets of the plan."""

from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput, LimsError
from lims.core.language import translator
from lims.core.reasons import Where, mark, reason
from lims.db.work import LimsSession
from lims.network import lists, queries, service
from lims.network.lists import CertificateFacts, CertificateState
from lims.network.rules import Level, is_within
from lims.network.schemas import CertificateIn, LaboratoryIn
from lims.network.tables import Laboratory, Region
from lims.runtime import Lims
from lims.web.changes import changes_since
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.table_page import read_values, table_page
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()


@router.get("/laboratories")
def laboratories(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The laboratories of the network, each followed by those below it."""
    with lims.read(viewer.actor, Action.NETWORK_READ) as session:
        rows = lists.laboratory_rows(session, lims.clock.now())
        table = read_values(session, lists.LABORATORIES, rows, request)
    return table_page(request, table, "network/list.html", tab="laboratories")


@router.get("/regions")
def regions(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The regions with their residents, which the batches per thousand are divided by."""
    with lims.read(viewer.actor, Action.NETWORK_READ) as session:
        rows = lists.region_rows(session, local_day(lims.clock.now()))
        table = read_values(session, lists.REGIONS, rows, request, {"above": lists.regions_above(rows)})
    return table_page(request, table, "network/list.html", tab="regions")


@router.get("/targets")
def targets(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """The targets of the provincial plan with their sources."""
    with lims.read(viewer.actor, Action.NETWORK_READ) as session:
        rows = lists.target_rows(session, local_day(lims.clock.now()), translator(language))
        table = read_values(session, lists.TARGETS, rows, request)
    return table_page(request, table, "network/list.html", tab="targets")


@router.get("/laboratories/new")
def new_form(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """A form for a laboratory that joins the network."""
    lims.require(viewer.actor, Action.NETWORK_EDIT)
    return _new_page(request, lims, viewer, Filled())


@router.post("/laboratories/new")
def register(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Register a laboratory inside the region of one's own."""
    lims.require(viewer.actor, Action.NETWORK_EDIT)
    try:
        order = form.read(LaboratoryIn)
        with lims.work(viewer.actor, Action.NETWORK_EDIT) as session:
            made = service.register_laboratory(
                session,
                service.LaboratoryOrder(
                    order.code, order.name, order.level, order.region_code, order.superior, order.address, order.phone
                ),
            )
    except LimsError as refusal:
        return _new_page(request, lims, viewer, refused(form, refusal, language), status_of(refusal))
    note = mark("Laboratory {code} is registered. Its returns can be taken in when its certificate is registered too.")
    return see_other(request, f"/laboratories/{made.code}", note, draft="laboratory-new", code=made.code)


@router.get("/laboratories/{code}")
def laboratory(request: Request, code: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """One laboratory: where it stands, and the certificate that its returns are checked with."""
    return _laboratory_page(request, code, lims, viewer, Filled())


@router.post("/laboratories/{code}/certificate")
def set_certificate(
    request: Request, code: str, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Register the certificate of a laboratory: pasted as text, or as a file."""
    lims.require(viewer.actor, Action.NETWORK_EDIT)
    try:
        order = form.read(CertificateIn, certificate_pem=_pem(form, lims))
        with lims.work(viewer.actor, Action.NETWORK_EDIT) as session:
            service.set_certificate(session, code, order.certificate_pem, order.version)
    except LimsError as refusal:
        with lims.read(viewer.actor, Action.NETWORK_READ) as session:
            found = queries.laboratory_by_code(session, code)
            since = form.seen_version()
            changes = changes_since(session, "laboratory", found.id, since, language) if since else ()
        shown = refused(form, refusal, language, changes)
        return _laboratory_page(request, code, lims, viewer, shown, status_of(refusal))
    note = mark("The certificate of {code} is registered; its returns are checked with it from now on.")
    return see_other(request, f"/laboratories/{quote(code, safe='')}", note, code=code)


@router.get("/laboratories/{code}/certificate.pem")
def certificate_file(code: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The registered certificate; it is public."""
    with lims.read(viewer.actor, Action.NETWORK_READ) as session:
        pem = queries.laboratory_by_code(session, code).certificate_pem or ""
    name = f'attachment; filename="{code}.pem"'
    return Response(pem, media_type="application/x-pem-file", headers={"Content-Disposition": name})


def _pem(form: Form, lims: Lims) -> str:
    """What was pasted; else the text of the chosen file. Raises `BadInput`."""
    pasted = form.text("certificate_pem")
    if pasted:
        return pasted
    try:
        return read_upload(form.file("certificate_file"), lims).decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise BadInput(
            reason(
                "laboratory.certificate_not_text",
                "The file is no certificate in PEM form: it is not a text. Export it as PEM (Base64).",
                at=Where("certificate_file"),
            )
        ) from error


# ── what the pages show ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Place:
    """A laboratory with what stands around it."""

    laboratory: Laboratory
    region: Region
    superior: Laboratory | None
    below: list[Laboratory]
    certificate: CertificateFacts | None
    state: CertificateState
    may_edit: bool


def _laboratory_page(
    request: Request, code: str, lims: Lims, viewer: Viewer, form: Filled, status: int = 200
) -> Response:
    with lims.read(viewer.actor, Action.NETWORK_READ) as session:
        found = queries.laboratory_by_code(session, code)
        place = Place(
            laboratory=found,
            region=queries.region_by_code(session, found.region_code),
            superior=queries.laboratory_by_id(session, found.superior_id) if found.superior_id else None,
            below=[lab for lab in queries.laboratories(session) if lab.superior_id == found.id],
            certificate=lists.certificate_facts(found.certificate_pem),
            state=lists.certificate_state(found.certificate_pem, lims.clock.now()),
            may_edit=viewer.may(Action.NETWORK_EDIT) and _is_inside_own(session, viewer, found.region_code),
        )
    return page(request, "network/laboratory.html", status=status, place=place, form=form)


def _new_page(request: Request, lims: Lims, viewer: Viewer, form: Filled, status: int = 200) -> Response:
    with lims.read(viewer.actor, Action.NETWORK_READ) as session:
        regions = [
            (row.code, f"{row.code} {row.name}")
            for row in _regions_of(session, viewer)
            if row.level is not Level.TOWNSHIP
        ]
        above = [(lab.code, f"{lab.code} {lab.name}") for lab in queries.laboratories(session)]
    return page(
        request, "network/new.html", status=status, form=form, regions=regions, superiors=above, levels=tuple(Level)
    )


def _regions_of(session: LimsSession, viewer: Viewer) -> list[Region]:
    """The regions in which this person may register laboratories."""
    own = queries.laboratory_by_id(session, viewer.actor.laboratory_id)
    return list(queries.regions_within(session, own.region_code))


def _is_inside_own(session: LimsSession, viewer: Viewer, region_code: str) -> bool:
    if viewer.actor.laboratory_id is None:
        return False
    own = queries.laboratory_by_id(session, viewer.actor.laboratory_id)
    return is_within(region_code, own.region_code)
