"""The act of leaving a standard out of a calibration, or taking it back, from the page of the analyte."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import LimsError
from lims.core.language import translator
from lims.core.reasons import mark
from lims.library.queries import current_library
from lims.results.levels import LevelChoice, decide_on_level
from lims.runs import queries as runs
from lims.runs.run_lists import calibration_address
from lims.web.dependencies import LimsDep
from lims.web.forms import FormDep
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter()


@router.post("/runs/{run_id}/calibrations/levels")
def decide(
    run_id: UUID, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Leave a standard out of the calibration of one analyte, or take it back; the analyte is evaluated again."""
    lims.require(viewer.actor, Action.LEVEL_DECIDE)
    analyte, why = form.text("analyte")[:100], form.text("reason")
    back = calibration_address(run_id, analyte)
    wanted, _, label = form.text("level").partition(":")
    try:
        with lims.read(viewer.actor, Action.RUN_READ) as session:
            content = lims.vault.get(runs.file_of(session, runs.run_by_id(session, run_id)).sha256)
        choice = LevelChoice(analyte, label, wanted == "out", why, form.seen_version() or 0)
        with lims.work(viewer.actor, Action.LEVEL_DECIDE, why) as session:
            decide_on_level(session, current_library(session), run_id, content, choice)
    except LimsError as refusal:
        say = translator(language)
        said = [reason.translated(say) for reason in refusal.reasons]
        return page(
            request, "runs/decision_refused.html", status=status_of(refusal), run_id=run_id, problems=said, back=back
        )
    note = mark("{label} is left out, and the analyte was evaluated again.")
    if not choice.is_left_out:
        note = mark("{label} is taken back, and the analyte was evaluated again.")
    return see_other(request, back, note, draft="calibration-level", label=label)
