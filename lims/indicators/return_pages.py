"""Pages of returns (直报): those sent and received, making one, taking one in, and who has not reported."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import LimsError
from lims.core.language import Language, translator
from lims.core.reasons import mark
from lims.documents.certificates import common_name, read_certificates
from lims.indicators import queries, service
from lims.indicators.asked import period_choices
from lims.indicators.return_file import json_schema, open_return
from lims.indicators.return_lists import RETURNS, period_name, progress_of, return_rows
from lims.indicators.rules import Period
from lims.indicators.tables import ReturnReceived, ReturnSent
from lims.network import queries as network
from lims.network.tables import Laboratory
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.table_page import read_values, table_page
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter(prefix="/returns")


@dataclass(frozen=True, slots=True)
class Forms:
    """The two acts of the page, as they were filled in."""

    export: Filled = field(default_factory=Filled)
    intake: Filled = field(default_factory=Filled)


@router.get("")
def returns(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The returns sent and received, the acts on them, and which laboratories below have reported which months."""
    return _page(request, lims, viewer, Forms())


@router.post("/export")
def export(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Make and sign the return of a period; when nothing has changed, the last one is shown again."""
    lims.require(viewer.actor, Action.RETURN_EXPORT)
    try:
        period = Period.parse(form.text("period"))
        with lims.read(viewer.actor, Action.RETURN_EXPORT) as session:
            last = queries.last_return(session, viewer.actor.laboratory_id, period.starts_on, period.ends_on)
        made = open_return(service.export_return(lims, viewer.actor, period)).payload
        with lims.read(viewer.actor, Action.RETURN_EXPORT) as session:
            sent = queries.last_return(session, viewer.actor.laboratory_id, period.starts_on, period.ends_on)
    except LimsError as refusal:
        shown = Forms(export=refused(form, refusal, language))
        return _page(request, lims, viewer, shown, status_of(refusal))
    address = f"/returns/sent/{sent.id}" if sent else "/returns"
    if last is not None and last.number == made.number:
        note = mark("Nothing has changed since return {number}; it holds what is to be reported.")
        return see_other(request, address, note, number=made.number)
    note = mark("Return {number} is made and signed: {count} batches. Download it and hand it in above.")
    return see_other(request, address, note, number=made.number, count=made.counts.records)


@router.post("/import")
def take_in(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Take in a return from below, all of it or nothing."""
    lims.require(viewer.actor, Action.RETURN_IMPORT)
    try:
        intake = service.import_return(lims, viewer.actor, read_upload(form.file("file"), lims))
    except LimsError as refusal:
        shown = Forms(intake=_refused_file(form, refusal, language))
        return _page(request, lims, viewer, shown, status_of(refusal))
    with lims.read(viewer.actor, Action.INDICATORS_READ) as session:
        received = queries.received_by_number(session, intake.sender_code, intake.number)
    address = f"/returns/received/{received.id}" if received else "/returns"
    if intake.already_imported:
        return see_other(
            request,
            address,
            mark("Return {number} had been taken in before; nothing is changed."),
            number=intake.number,
        )
    note = mark("Return {number} is taken in: {added} batches added, {changed} changed, {unchanged} as before.")
    return see_other(
        request,
        address,
        note,
        number=intake.number,
        added=intake.added,
        changed=intake.changed,
        unchanged=intake.unchanged,
    )


@router.get("/schema.json")
def schema(lims: LimsDep, viewer: ViewerDep) -> Response:
    """The JSON Schema of a return file, for those who write such files by other programs."""
    lims.require(viewer.actor, Action.INDICATORS_READ)
    return JSONResponse(json_schema(), media_type="application/schema+json")


@router.get("/sent/{key}")
def sent_return(request: Request, key: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """One return that was handed out."""
    with lims.read(viewer.actor, Action.INDICATORS_READ) as session:
        found = queries.return_by_id(session, ReturnSent, key)
        laboratory = network.laboratory_by_id(session, found.laboratory_id)
    return _return_page(request, lims, found, laboratory)


@router.get("/received/{key}")
def received_return(request: Request, key: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """One return that was taken in, and what became of it."""
    with lims.read(viewer.actor, Action.INDICATORS_READ) as session:
        found = queries.return_by_id(session, ReturnReceived, key)
        laboratory = network.laboratory_by_code(session, found.sender_code)
    return _return_page(request, lims, found, laboratory)


@router.get("/sent/{key}/file")
def sent_file(key: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The file of a return that was handed out, byte for byte."""
    return _file(lims, viewer, ReturnSent, key)


@router.get("/received/{key}/file")
def received_file(key: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The file of a return that was taken in, in its canonical spelling."""
    return _file(lims, viewer, ReturnReceived, key)


@dataclass(frozen=True, slots=True)
class Said:
    """What a return file says of itself: its counts, and who signed it."""

    counts: dict[str, int]
    signer: str
    signer_until: date
    size: int


def _said(lims: Lims, address: str) -> Said:
    """Read from the vault; it was checked when it was made or taken in."""
    data = lims.vault.get(address)
    document: dict[str, Any] = json.loads(data)
    signer = read_certificates(document["certificate"].encode())[0]
    until = local_day(signer.not_valid_after_utc)
    return Said(document["payload"]["counts"], common_name(signer), until, len(data))


def _return_page(request: Request, lims: Lims, found: ReturnSent | ReturnReceived, sender: Laboratory) -> Response:
    return page(
        request,
        "indicators/return.html",
        found=found,
        period=period_name(found.starts_on, found.ends_on),
        sender=sender,
        received=isinstance(found, ReturnReceived),
        file=_said(lims, found.sha256),
    )


def _file(lims: Lims, viewer: Viewer, model: type[ReturnSent] | type[ReturnReceived], key: str) -> Response:
    with lims.read(viewer.actor, Action.INDICATORS_READ) as session:
        found = queries.return_by_id(session, model, key)
    name = f'attachment; filename="{found.number}.json"'
    return Response(lims.vault.get(found.sha256), media_type="application/json", headers={"Content-Disposition": name})


def _refused_file(form: Form, refusal: LimsError, language: Language) -> Filled:
    """Every reason stands at the file: the places that they name are inside it."""
    shown = refused(form, refusal, language)
    told: Sequence[tuple[str, str]] = [("file", text) for _, text in shown.problems]
    fault = translator(language)(mark("Nothing of this file was taken in; the reasons stand above."))
    return replace(shown, problems=told, errors={"file": (fault,)})


def _page(request: Request, lims: Lims, viewer: Viewer, forms: Forms, status: int = 200) -> Response:
    today = local_day(lims.clock.now())
    with lims.read(viewer.actor, Action.INDICATORS_READ) as session:
        table = read_values(session, RETURNS, return_rows(session), request, path="/returns")
        first, last = queries.first_day(session), queries.last_day(session)
        newest = Period.month(last.year, last.month) if last else Period.month(today.year, today.month)
        export = forms.export if forms.export.values else Filled({"period": newest.label})
        progress = progress_of(session, viewer.actor.laboratory_id, _year(request, today), today)
        years = period_choices(first, today, newest)
    answer = table_page(
        request, table, "indicators/returns.html", export=export, intake=forms.intake, years=years, progress=progress
    )
    answer.status_code = status
    return answer


def _year(request: Request, today: date) -> int:
    """The year whose months are shown."""
    text = request.query_params.get("year", "")
    return int(text) if text in {str(year) for year in range(2000, today.year + 1)} else today.year
