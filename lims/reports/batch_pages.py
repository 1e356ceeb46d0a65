"""批量办理: how far a batch of reports is, what was refused and why, and its files in one zip when they are ready."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput
from lims.core.language import translator
from lims.core.reasons import mark, reason
from lims.reports import batch_views, distribution, retrieval, service
from lims.reports.batch_rules import BatchAct, ItemState
from lims.reports.bundle import bundle
from lims.reports.distribution_rules import ReceiptForm
from lims.reports.retrieval_files import index_csv
from lims.reports.rules import require_whole
from lims.web.dependencies import LimsDep
from lims.web.forms import FormDep
from lims.web.page import page, see_other
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter()


@router.get("/reports/batches/{batch_id}")
def batch_page(batch_id: UUID, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """One batch; its upper part asks for itself while something is still to happen."""
    require_whole(viewer.actor)
    say = translator(language)
    with lims.read(viewer.actor, Action.REPORT_READ) as session:
        batch = batch_views.batch_by_id(session, batch_id)
        progress = batch_views.progress_of(session, batch)
        lines = batch_views.lines_of(session, batch)
        by = batch_views.name_of(session, batch.ordered_by)
    return page(
        request,
        "reports/batch.html",
        part="reports/_batch.html",
        batch=batch,
        progress=progress,
        by=by,
        is_late=progress.is_late(lims.clock.now()),
        refused=[
            (line, [why.translated(say) for why in line.refusals]) for line in lines if line.state is ItemState.REFUSED
        ],
        failed=[line for line in lines if line.error],
        done=[line for line in lines if line.state is ItemState.DONE and not line.error],
        is_own=batch.laboratory_id == viewer.actor.laboratory_id,
    )


@router.post("/reports/batches/{batch_id}/retry")
def retry_failed(batch_id: UUID, request: Request, lims: LimsDep, viewer: ViewerDep, form: FormDep) -> Response:  # noqa: ARG001  # checked
    """Draw and sign again whatever of the batch failed."""
    lims.require(viewer.actor, Action.REPORT_RETRY)
    with lims.work(viewer.actor, Action.REPORT_RETRY) as session:
        failed = batch_views.failed_reports(session, batch_views.batch_by_id(session, batch_id))
        for report_id in failed:
            service.retry_rendering(session, str(report_id))
    note = mark("{count} reports are drawn and signed again.")
    return see_other(request, f"/reports/batches/{batch_id}", note, count=len(failed))


@router.post("/reports/batches/{batch_id}/zip")
def zip_of_batch(
    batch_id: UUID,
    lims: LimsDep,
    viewer: ViewerDep,
    language: PageLanguage,
    form: FormDep,  # noqa: ARG001  # checked
) -> Response:
    """The signed files of a batch, with a list of them."""
    lims.require(viewer.actor, Action.REPORT_DOWNLOAD)
    require_whole(viewer.actor)
    with lims.read(viewer.actor, Action.REPORT_READ) as session:
        batch = batch_views.batch_by_id(session, batch_id)
        signed = batch_views.signed_reports(session, batch) if batch.act is BatchAct.APPROVE else ()
        rows = retrieval.found_among(session, signed)
    if not rows:
        raise BadInput(reason("report.none_drawn", "None of the chosen reports has a signed file yet."))
    distribution.receipt(lims, viewer.actor, [row.report for row in rows], ReceiptForm.ZIP)
    now = lims.clock.now()
    pieces = bundle(lims.vault, rows, ("index.csv", index_csv(rows, translator(language))), now)
    headers = {"Content-Disposition": f'attachment; filename="batch-{local_day(batch.ordered_at)}.zip"'}
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)
