"""The results of a run: what of it is recorded, what may be, what may not and why; and the act that records it."""

from collections import Counter
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.language import translator
from lims.core.reasons import Translate, mark
from lims.library.queries import current_library
from lims.results import page_queries, recording
from lims.results.recording import RunOutcome
from lims.results.rules import ResultStatus
from lims.results.views import STATUS_MOODS, Names, token_of
from lims.runs import queries as runs
from lims.runs.views import said
from lims.web.dependencies import LimsDep
from lims.web.forms import FormDep
from lims.web.page import page, see_other
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter()


@router.get("/runs/{run_id}/results")
def run_results(run_id: UUID, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """What of a run is recorded, what may be, and what may not and why."""
    say = translator(language)
    with lims.read(viewer.actor, Action.RESULT_READ) as session:
        library, run = current_library(session), runs.run_by_id(session, run_id)
        outcome = recording.outcome_of_run(session, library, run_id, local_day(lims.clock.now()))
        recorded = page_queries.results_of_run(session, run_id)
        own = viewer.actor.laboratory_id == run.laboratory_id
        mine = [
            token_of(key, version)
            for key, version, status, person in recorded
            if person == viewer.actor.user_id and status is ResultStatus.ENTERED
        ]
        counted = Counter(status for _, _, status, _ in recorded)
        return page(
            request,
            "results/of_run.html",
            run=run,
            worksheet=runs.worksheet_of(session, run),
            file=runs.file_of(session, run),
            statuses={status: counted[status] for status in ResultStatus if counted[status]},
            moods=STATUS_MOODS,
            recorded=len(recorded),
            waiting=len(outcome.rows),
            left_out=_told(outcome, Names(library, language), say),
            may_record=own and viewer.may(Action.RESULT_ENTER),
            tokens=" ".join(mine) if viewer.may(Action.RESULT_SUBMIT) else "",
            mine=len(mine),
        )


def _told(outcome: RunOutcome, names: Names, say: Translate) -> list[tuple[str, list[tuple[str, str]]]]:
    """What is left out, by reason: the same reason often speaks of a whole batch."""
    by_reason: dict[str, list[tuple[str, str]]] = {}
    for one in outcome.not_recorded:
        text = said(one["reason"], say)["text"]
        by_reason.setdefault(text, []).append((one["sample"], names.analyte_of(one["parameter"], one["analyte"])))
    return sorted(by_reason.items(), key=lambda pair: -len(pair[1]))


@router.post("/runs/{run_id}/results")
def record_run(run_id: UUID, request: Request, lims: LimsDep, viewer: ViewerDep, form: FormDep) -> Response:  # noqa: ARG001  # checked
    """Record the results of a run; a second time changes nothing."""
    with lims.work(viewer.actor, Action.RESULT_ENTER) as session:
        done = recording.record_run(session, current_library(session), run_id)
    note = mark("{recorded} results are recorded, {unchanged} were recorded before, {left} are left out.")
    return see_other(
        request,
        f"/runs/{run_id}/results",
        note,
        recorded=done.recorded,
        unchanged=done.unchanged,
        left=len(done.not_recorded),
    )
