"""JSON routes of results."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from lims.core.actions import Action
from lims.core.language import Language, translator
from lims.library.queries import current_library
from lims.results import bench_api, queries, recording, service, trace
from lims.results.original_record import file_headers, print_record
from lims.results.rules import ResultStatus
from lims.results.schemas import Correction, LeftOut, RecordedOut, ResultEntry, ResultOut, ReturnIn, Selection
from lims.runs.views import said
from lims.web.dependencies import ActorDep, LanguageDep, LimsDep
from lims.web.fields import Limit, Offset, Page

router = APIRouter(prefix="/api", tags=["results"])
router.include_router(bench_api.router)

Sample = Annotated[str | None, Query(max_length=30, description="Blind code or accession number.")]
Word = Annotated[str | None, Query(max_length=100)]


def _out(row: queries.ResultRow) -> ResultOut:
    result = row.result
    return ResultOut(
        sample=row.sample.blind_code,
        parameter=row.test.parameter,
        method_code=row.test.method_code,
        **{name: getattr(result, name) for name in ResultOut.model_fields if name in type(result).model_fields},
    )


@router.post("/results", status_code=201)
def enter_result(entry: ResultEntry, lims: LimsDep, actor: ActorDep) -> ResultOut:
    """Enter a result by hand for one analyte of one assigned test; it is kept in mg/kg."""
    with lims.work(actor, Action.RESULT_ENTER) as session:
        result = service.enter_result(session, current_library(session), entry)
        return _out(queries.row_of(session, result))


@router.get("/results")
def list_results(
    lims: LimsDep,
    actor: ActorDep,
    status: ResultStatus | None = None,
    sample: Sample = None,
    parameter: Word = None,
    method: Word = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Page[ResultOut]:
    """Results by status, sample, parameter and method; samples by their blind codes alone."""
    wanted = queries.ResultFilter(status, sample, parameter, method)
    with lims.read(actor, Action.RESULT_READ) as session:
        rows, total = queries.result_rows(session, wanted, limit, offset)
        return Page(items=[_out(row) for row in rows], total=total, limit=limit, offset=offset)


@router.get("/results/waiting")
def waiting_results(lims: LimsDep, actor: ActorDep, limit: Limit = 100, offset: Offset = 0) -> Page[ResultOut]:
    """Submitted results that you may verify; your own are left out."""
    with lims.read(actor, Action.RESULT_READ) as session:
        rows, total = queries.waiting_for_verification(session, actor.user_id, limit, offset)
        return Page(items=[_out(row) for row in rows], total=total, limit=limit, offset=offset)


@router.post("/results/submit")
def submit_results(selection: Selection, lims: LimsDep, actor: ActorDep) -> list[ResultOut]:
    """Hand your results over for verification: all of them or none."""
    with lims.work(actor, Action.RESULT_SUBMIT) as session:
        results = service.submit_results(session, current_library(session), selection.results, selection.remark)
        return [_out(row) for row in queries.rows_of(session, results)]


@router.post("/results/verify")
def verify_results(selection: Selection, lims: LimsDep, actor: ActorDep) -> list[ResultOut]:
    """Verify another person's results: all of them or none."""
    with lims.work(actor, Action.RESULT_VERIFY) as session:
        results = service.verify_results(session, current_library(session), selection.results)
        return [_out(row) for row in queries.rows_of(session, results)]


@router.post("/results/{result_id}/return")
def return_result(result_id: UUID, order: ReturnIn, lims: LimsDep, actor: ActorDep) -> ResultOut:
    """Send a submitted result back to its technician, with a reason."""
    with lims.work(actor, Action.RESULT_RETURN, order.reason) as session:
        result = service.return_result(session, current_library(session), result_id, order.reason, order.version)
        return _out(queries.row_of(session, result))


@router.post("/results/{result_id}/correct", status_code=201)
def correct_result(result_id: UUID, correction: Correction, lims: LimsDep, actor: ActorDep) -> ResultOut:
    """Correct a result: a new version supersedes it, and the old one stays readable."""
    with lims.work(actor, Action.RESULT_CORRECT, correction.reason) as session:
        result = service.correct_result(session, current_library(session), result_id, correction)
        return _out(queries.row_of(session, result))


@router.get("/results/{result_id}/versions")
def versions(result_id: UUID, lims: LimsDep, actor: ActorDep) -> list[ResultOut]:
    """Every version of a result, oldest first."""
    with lims.read(actor, Action.RESULT_READ) as session:
        result = queries.result_by_id(session, result_id)
        return [_out(row) for row in queries.rows_of(session, queries.versions_of(session, result))]


@router.get("/results/{result_id}/trace")
def trace_result(result_id: UUID, lims: LimsDep, actor: ActorDep) -> dict[str, Any]:
    """From a number back to its file, row and column, calibration, quality control and people."""
    with lims.read(actor, Action.RESULT_READ) as session:
        return trace.trace_of(session, queries.result_by_id(session, result_id))


@router.post("/runs/{run_id}/results", status_code=201)
def record_run(run_id: UUID, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> RecordedOut:
    """Turn the measured amounts of a run into results; a second call finds them recorded and changes nothing."""
    with lims.work(actor, Action.RESULT_ENTER) as session:
        done = recording.record_run(session, current_library(session), run_id)
        left_out = [
            LeftOut.model_validate({**one, "reason": said(one["reason"], translator(language))["text"]})
            for one in done.not_recorded
        ]
        return RecordedOut(run_id=done.run_id, recorded=done.recorded, unchanged=done.unchanged, not_recorded=left_out)


@router.get(
    "/runs/{run_id}/original-record",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "The record as PDF."}},
)
def original_record(
    run_id: UUID, lims: LimsDep, actor: ActorDep, language: LanguageDep, lang: Language | None = None
) -> Response:
    """检测原始记录 of a run: weighings, calibration, quality control, calculations, and who did what when."""
    name, content = print_record(lims, actor, run_id, lang or language)
    return Response(content, media_type="application/pdf", headers=file_headers(name))
