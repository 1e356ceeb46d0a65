"""JSON routes of worksheets and runs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response, UploadFile

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.clock import local_day
from lims.core.errors import BadInput
from lims.core.language import translator
from lims.core.reasons import Where, reason
from lims.library.queries import current_library
from lims.runs import importing, profile_api, profiles, quality_api, queries, service, views
from lims.runs.file_summary import record_lines, summary_of
from lims.runs.matching import Matches, parsed
from lims.runs.previewing import FileImport, preview_import
from lims.runs.profile import ImportProfile
from lims.runs.schemas import (
    FileOut,
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
router.include_router(profile_api.router)
router.include_router(quality_api.router)

ProfileForm = Annotated[
    str,
    Form(
        max_length=200_000,
        description="The import profile as JSON (schema `ProfileIn`); left out where a stored one is named.",
        examples=['{"concentration_unit": "μg/L", "date_order": "ymd"}'],
    ),
]
ProfileId = Annotated[UUID | None, Form(description="A stored import profile; its version in use is taken.")]
ReaderForm = Annotated[str, Form(max_length=40, description="How the file is read.")]
OnlyGoodRows = Annotated[bool, Form(description="Import what is right although something is doubtful.")]
MatchesForm = Annotated[
    str,
    Form(
        max_length=100_000,
        description="Injections put on positions by hand, as a JSON object: name or key of the injection → position.",
        examples=['{"S 1 repeat": "S-1"}'],
    ),
]
MatchReason = Annotated[str, Form(max_length=500, description="Why injections are put on positions by hand.")]
WorksheetForm = Annotated[str, Form(max_length=30, description="Number of the worksheet the file is imported for.")]
DryRun = Annotated[bool, Form(description="Only say what the file holds; nothing is stored.")]
WithRecords = Annotated[bool, Form(description="Give a record for each compound of each injection.")]
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
    lims: LimsDep,
    actor: ActorDep,
    language: LanguageDep,
    profile: ProfileForm = "",
    profile_id: ProfileId = None,
    reader: ReaderForm = "",
    only_good_rows: OnlyGoodRows = False,
    matches: MatchesForm = "",
    match_reason: MatchReason = "",
) -> PreviewOut:
    """What importing a file would do: every row accounted for, calibrations, checks, amounts. Nothing is stored."""
    lims.require(actor, Action.RUN_PREVIEW)
    chosen = _profile(lims, actor, profile, profile_id)
    order = _order(number, file, chosen, lims, reader, only_good_rows, None, parsed(matches, match_reason))
    with lims.read(actor, Action.RUN_PREVIEW) as session:
        found = preview_import(session, current_library(session), order, local_day(lims.clock.now()))
        return views.preview_shown(found, translator(language), only_good_rows=only_good_rows)


@router.post("/worksheets/{number}/runs", status_code=201)
def import_run(
    number: str,
    file: UploadFile,
    lims: LimsDep,
    actor: ActorDep,
    profile: ProfileForm = "",
    profile_id: ProfileId = None,
    reader: ReaderForm = "",
    only_good_rows: OnlyGoodRows = False,
    repeat_reason: RepeatReason = None,
    matches: MatchesForm = "",
    match_reason: MatchReason = "",
) -> RunOut:
    """Import a file. The same file again gives the same run and changes nothing."""
    lims.require(actor, Action.RUN_IMPORT)
    chosen = _profile(lims, actor, profile, profile_id)
    order = _order(number, file, chosen, lims, reader, only_good_rows, repeat_reason, parsed(matches, match_reason))
    run = importing.import_file(lims, actor, order)
    with lims.read(actor, Action.RUN_READ) as session:
        return views.run_shown(session, run)


@router.get("/worksheets/{number}/runs")
def runs(number: str, lims: LimsDep, actor: ActorDep) -> list[RunOut]:
    """The runs of a worksheet, oldest first."""
    with lims.read(actor, Action.RUN_READ) as session:
        found = queries.runs_of(session, queries.worksheet_by_number(session, number).id)
        return [views.run_shown(session, run) for run in found]


@router.post("/runs")
def hand_in(
    file: UploadFile,
    response: Response,
    lims: LimsDep,
    actor: ActorDep,
    language: LanguageDep,
    worksheet: WorksheetForm = "",
    dry_run: DryRun = False,
    records: WithRecords = False,
    profile: ProfileForm = "",
    profile_id: ProfileId = None,
    reader: ReaderForm = "",
    only_good_rows: OnlyGoodRows = False,
    repeat_reason: RepeatReason = None,
    matches: MatchesForm = "",
    match_reason: MatchReason = "",
) -> FileOut:
    """What a file holds and what becomes of every row of it, as `lims run import` says it; without `dry_run`, the file
    is imported for the worksheet.
    """
    action = Action.RUN_PREVIEW if dry_run else Action.RUN_IMPORT
    lims.require(actor, action)
    if not dry_run and not worksheet:
        said = "Name the worksheet that the file is imported for, or ask for a dry run."
        raise BadInput(reason("run.no_worksheet", said, at=Where(field="worksheet")))
    chosen = _profile(lims, actor, profile, profile_id)
    order = _order(worksheet, file, chosen, lims, reader, only_good_rows, repeat_reason, parsed(matches, match_reason))
    run = None if dry_run else importing.import_file(lims, actor, order)
    with lims.read(actor, action) as session:
        batch, accounting = importing.accounted(session, current_library(session), order)
        shown = None if run is None else views.run_shown(session, run)
    response.status_code = 200 if run is None else 201
    return FileOut(
        **summary_of(batch, accounting, order.profile, translator(language)),
        lines=list(record_lines(batch, order.profile)) if records else None,
        run=shown,
    )


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
        found = queries.file_of(session, queries.run_by_id(session, run_id))
    name = views.download_name(found)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(lims.vault.get(found.sha256), media_type="application/octet-stream", headers=headers)


def _profile(lims: Lims, actor: Actor, profile: str, profile_id: UUID | None) -> tuple[ImportProfile, UUID | None]:
    """The profile that a file is read by, and its stored version. Raises `NotFound`, `RuleRefused` when retired."""
    if profile_id is None or profile:
        return ProfileIn.model_validate_json(profile or "{}").to_profile(), None
    with lims.read(actor, Action.RUN_PREVIEW) as session:
        version = profiles.usable_version(session, profile_id)
    return ProfileIn.model_validate(version.settings).to_profile(), version.id


def _order(
    number: str,
    file: UploadFile,
    profile: tuple[ImportProfile, UUID | None],
    lims: Lims,
    reader: str,
    only_good_rows: bool,
    repeat_reason: str | None,
    matches: Matches,
) -> FileImport:
    return FileImport(
        worksheet_number=number,
        content=read_upload(file, lims),
        name=file.filename or "unnamed",
        profile=profile[0],
        profile_version=profile[1],
        reader=reader,
        only_good_rows=only_good_rows,
        repeat_reason=repeat_reason,
        matches=matches,
    )
