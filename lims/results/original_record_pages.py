"""The original record of a run for whoever may read the run: a PDF beside its pages, drawn while one waits."""

from uuid import UUID

from fastapi import APIRouter, Request
from sqlmodel import func, select
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import LimsError
from lims.core.language import Language, translator
from lims.core.reasons import Translate, mark
from lims.results.drawing import MANY_ANALYTES, begin_drawing, drawings_of
from lims.results.original_record import file_headers, print_record
from lims.runs import queries as runs
from lims.runs.tables import Calibration
from lims.web.dependencies import LimsDep
from lims.web.page import page, see_other
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter()


@router.get("/runs/{run_id}/original-record")
def original_record(
    run_id: UUID,
    lims: LimsDep,
    viewer: ViewerDep,
    language: PageLanguage,
    lang: Language | None = None,
    drawing: UUID | None = None,
) -> Response:
    """检测原始记录 as PDF, in the language of the pages unless `lang` names another; `drawing` is one that is done."""
    found = drawings_of(lims).of(viewer.actor, run_id, drawing)
    if found is not None and found.done.done() and found.done.exception() is None:
        lims.require(viewer.actor, Action.RUN_READ)
        name, content = found.done.result()
    else:
        name, content = print_record(lims, viewer.actor, run_id, lang or language)
    return Response(content, media_type="application/pdf", headers=file_headers(name))


@router.get("/runs/{run_id}/original-record/drawing")
def drawing_page(
    run_id: UUID,
    request: Request,
    lims: LimsDep,
    viewer: ViewerDep,
    language: PageLanguage,
    drawing: UUID | None = None,
) -> Response:
    """A record of many analytes is drawn in the background, and this page looks every second whether it is done."""
    address = f"/runs/{run_id}/original-record"
    with lims.read(viewer.actor, Action.RUN_READ) as session:
        run = runs.run_by_id(session, run_id)
        worksheet = runs.worksheet_of(session, run)
        analytes = session.exec(select(func.count()).where(Calibration.run_id == run.id)).one()
    if analytes < MANY_ANALYTES:
        return see_other(request, address)
    found = drawings_of(lims).of(viewer.actor, run_id, drawing)
    if found is None:
        found = begin_drawing(lims, viewer.actor, run_id, language, is_lost=drawing is not None)
    fault = found.done.exception() if found.done.done() else None
    say = translator(language)
    return page(
        request,
        "results/drawing.html",
        part="results/_drawing.html",
        worksheet=worksheet,
        run_id=run_id,
        analytes=analytes,
        waited=int((lims.clock.now() - found.begun_at).total_seconds()),
        is_done=found.done.done() and fault is None,
        faults=[] if fault is None else _told(fault, say),
        here=f"{address}/drawing?drawing={found.key}",
        record=f"{address}?drawing={found.key}",
    )


def _told(fault: BaseException, say: Translate) -> list[str]:
    """Why a record could not be drawn, for a person; what is no refusal is the program's fault, and in its log."""
    if isinstance(fault, LimsError):
        return [why.translated(say) for why in fault.reasons]
    return [say(mark("The program failed here. Nothing was changed; the fault is in the log."))]
