"""JSON routes of worksheets and runs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response, UploadFile

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.language import translator
from lims.library.queries import current_library
from lims.runs import importing, quality_api, queries, service, views
from lims.runs.previewing import FileImport, preview_import
from lims.runs.schemas import (
    PreviewOut,
    ProfileIn,
    RunDetail,
    RunOut,
    SignalOut,
    WaitingSample,
    WorksheetIn,
    WorksheetOut,
    WorksheetSummary,
)
from lims.runtime import Lims
from lims.web.dependencies import ActorDep, LanguageDep, LimsDep
from lims.web.fields import Limit, Offset, Page
from lims.web.uploads import read_upload

router = APIRouter(prefix="/api", tags=["runs"])
router.include_router(quality_api.router)


ProfileForm = Annotated[
    str,
    Form(
        max_length=200_000,
        description="The import profile as JSON (schema `ProfileIn`).",
        examples=['{"concentration_unit": "μg/L", "date_order": "ymd"}'],
    ),
]
ReaderForm = Annotated[str, Form(max_length=40, description="How the file is read.")]
OnlyGoodRows = Annotated[bool, Form(description="Import what is right although something is doubtful.")]
RepeatReason = Annotated[str | None, Form(max_length=500, description="Why a worksheet is imported once more.")]


@router.post("/worksheets", status_code=201)
def create_worksheet(order: WorksheetIn, lims: LimsDep, actor: ActorDep) -> WorksheetOut:
    """A new worksheet, by a technician who is authorised for the method. Every fault is told at once."""
    with lims.work(actor, Action.WORKSHEET_CREATE) as session:
        return views.worksheet_shown(session, service.create_worksheet(session, order.to_order()))


@router.get("/worksheets")
def worksheets(
    lims: LimsDep, actor: ActorDep, method: str | None = None, limit: Limit = 100, offset: Offset = 0
) -> Page[WorksheetSummary]:
    """Worksheets, newest first."""
    with lims.read(actor, Action.RUN_READ) as session:
        found, total = queries.worksheets(session, method, limit, offset)
        items = [WorksheetSummary.model_validate(worksheet) for worksheet in found]
        return Page(items=items, total=total, limit=limit, offset=offset)


@router.get("/worksheets/waiting")
def waiting(
    lims: LimsDep, actor: ActorDep, method: Annotated[str, Query(max_length=60, examples=["GB 23200.121-2026"])]
) -> list[WaitingSample]:
    """Received samples that wait for a method, oldest first, by their blind codes."""
    with lims.read(actor, Action.RUN_READ) as session:
        return [WaitingSample.model_validate(s) for s in queries.samples_waiting_for(session, method)]


@router.get("/worksheets/{number}")
def worksheet(number: str, lims: LimsDep, actor: ActorDep) -> WorksheetOut:
    """A worksheet with its positions."""
    with lims.read(actor, Action.RUN_READ) as session:
        return views.worksheet_shown(session, queries.worksheet_by_number(session, number))


@router.post("/worksheets/{number}/preview")
def preview(
    number: str,
    file: UploadFile,
    profile: ProfileForm,
    lims: LimsDep,
    actor: ActorDep,
    language: LanguageDep,
    reader: ReaderForm = "",
    only_good_rows: OnlyGoodRows = False,
) -> PreviewOut:
    """What importing a file would do: every row accounted for, calibrations, checks, amounts. Nothing is stored."""
    lims.require(actor, Action.RUN_PREVIEW)
    order = _order(number, file, profile, lims, reader, only_good_rows, None)
    with lims.read(actor, Action.RUN_PREVIEW) as session:
        found = preview_import(session, current_library(session), order, local_day(lims.clock.now()))
        return views.preview_shown(found, translator(language), only_good_rows=only_good_rows)


@router.post("/worksheets/{number}/runs", status_code=201)
def import_run(
    number: str,
    file: UploadFile,
    profile: ProfileForm,
    lims: LimsDep,
    actor: ActorDep,
    reader: ReaderForm = "",
    only_good_rows: OnlyGoodRows = False,
    repeat_reason: RepeatReason = None,
) -> RunOut:
    """Import a file. The same file again gives the same run and changes nothing."""
    lims.require(actor, Action.RUN_IMPORT)
    order = _order(number, file, profile, lims, reader, only_good_rows, repeat_reason)
    run = importing.import_file(lims, actor, order)
    with lims.read(actor, Action.RUN_READ) as session:
        return views.run_shown(session, run)


@router.get("/worksheets/{number}/runs")
def runs(number: str, lims: LimsDep, actor: ActorDep) -> list[RunOut]:
    """The runs of a worksheet, oldest first."""
    with lims.read(actor, Action.RUN_READ) as session:
        found = queries.runs_of(session, queries.worksheet_by_number(session, number).id)
        return [views.run_shown(session, run) for run in found]


@router.get("/runs/{run_id}")
def run(run_id: UUID, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> RunDetail:
    """A run with its accounting, calibrations, checks and amounts."""
    with lims.read(actor, Action.RUN_READ) as session:
        return views.run_detail(session, queries.run_by_id(session, run_id), translator(language))


@router.get("/runs/{run_id}/signals")
def signals(
    run_id: UUID, lims: LimsDep, actor: ActorDep, analyte: str | None = None, limit: Limit = 100, offset: Offset = 0
) -> Page[SignalOut]:
    """What the instrument reported, in the order of the file."""
    with lims.read(actor, Action.RUN_READ) as session:
        found, total = queries.signals_of(session, queries.run_by_id(session, run_id).id, analyte, limit, offset)
        return Page(items=[SignalOut.model_validate(s) for s in found], total=total, limit=limit, offset=offset)


@router.get(
    "/runs/{run_id}/file",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The file, byte for byte."}},
)
def file(run_id: UUID, lims: LimsDep, actor: ActorDep) -> Response:
    """The file as it was handed in, byte for byte."""
    with lims.read(actor, Action.RUN_READ) as session:
        sha256 = queries.file_of(session, queries.run_by_id(session, run_id)).sha256
    headers = {"Content-Disposition": f'attachment; filename="{sha256[:12]}.csv"', "X-Content-Type-Options": "nosniff"}
    return Response(lims.vault.get(sha256), media_type="application/octet-stream", headers=headers)


def _order(
    number: str,
    file: UploadFile,
    profile: str,
    lims: Lims,
    reader: str,
    only_good_rows: bool,
    repeat_reason: str | None,
) -> FileImport:
    return FileImport(
        worksheet_number=number,
        content=read_upload(file, lims),
        name=file.filename or "unnamed",
        profile=ProfileIn.model_validate_json(profile).to_profile(),
        reader=reader,
        only_good_rows=only_good_rows,
        repeat_reason=repeat_reason,
    )
