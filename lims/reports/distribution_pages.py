"""发放登记: to whom a report was handed out, who downloaded it, and who must be told that it is in force no longer."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import Forbidden, LimsError, NotFound
from lims.core.reasons import mark
from lims.people import queries as people
from lims.reports import distribution, queries, views
from lims.reports.distribution_rules import OUT_OF_FORCE, Way
from lims.reports.rules import NUMBERED, require_whole
from lims.reports.schemas import HandoutIn, ToldIn
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()


@router.get("/reports/to-tell")
def to_tell_page(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Recipients of replaced and withdrawn reports who were not told yet."""
    require_whole(viewer.actor)
    with lims.read(viewer.actor, Action.REPORT_READ) as session:
        rows = distribution.to_tell(session)
    return page(request, "reports/to_tell.html", rows=rows, moods=views.MOODS, key_of=views.key_of)


@router.get("/reports/{key}/distribution")
def distribution_page(key: str, request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Where one report went."""
    return _page(request, lims, viewer, key, Filled({"handed_on": local_day(lims.clock.now()), "copies": 1}))


@router.post("/reports/{key}/distribution")
def hand_out(
    key: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Note to whom the report was handed out."""
    lims.require(viewer.actor, Action.REPORT_HAND_OUT)
    try:
        order = form.read(HandoutIn)
        with lims.work(viewer.actor, Action.REPORT_HAND_OUT) as session:
            distribution.hand_out(session, key, order)
    except LimsError as refusal:
        if isinstance(refusal, (NotFound, Forbidden)):
            raise
        return _page(request, lims, viewer, key, refused(form, refusal, language), status=status_of(refusal))
    return see_other(request, f"/reports/{key}/distribution", mark("The handing out is noted."))


@router.post("/reports/{key}/distribution/{handout_id}/told")
def tell(
    key: str,
    handout_id: UUID,
    request: Request,
    lims: LimsDep,
    viewer: ViewerDep,
    language: PageLanguage,
    form: FormDep,
) -> Response:
    """Note that a recipient was told that the report is in force no longer."""
    lims.require(viewer.actor, Action.REPORT_TELL)
    try:
        order = form.read(ToldIn)
        with lims.work(viewer.actor, Action.REPORT_TELL) as session:
            distribution.tell(session, key, handout_id, order)
    except LimsError as refusal:
        if isinstance(refusal, (NotFound, Forbidden)):
            raise
        return _page(request, lims, viewer, key, refused(form, refusal, language), status=status_of(refusal))
    return see_other(request, f"/reports/{key}/distribution", mark("It is noted that the recipient was told."))


def _page(request: Request, lims: Lims, viewer: Viewer, key: str, form: Filled, *, status: int = 200) -> Response:
    with lims.read(viewer.actor, Action.REPORT_READ) as session:
        report = queries.report_by_key(session, key)
        sample = queries.row_of(session, report).sample
        require_whole(viewer.actor, sample.registered_by)
        went = distribution.distribution_of(session, report)
        successor = queries.successor_of(session, report)
        people_of_it = {i for one in went.handouts for i in (one.noted_by, one.told_by) if i is not None}
        names = people.names_of(session, people_of_it)
    is_own = viewer.actor.laboratory_id == report.laboratory_id
    shown: dict[str, Any] = {
        "may_hand_out": is_own and viewer.may(Action.REPORT_HAND_OUT) and report.status in NUMBERED,
        "may_tell": is_own and viewer.may(Action.REPORT_TELL) and report.status in OUT_OF_FORCE,
    }
    return page(
        request,
        "reports/distribution.html",
        status=status,
        report=report,
        sample=sample,
        key=views.key_of(report),
        went=went,
        successor=successor,
        names=names,
        form=form,
        ways=list(Way),
        moods=views.MOODS,
        is_out_of_force=report.status in OUT_OF_FORCE,
        **shown,
    )
