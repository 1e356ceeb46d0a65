"""Pages of samples: lists, sheets, the counter, and one sample as a person may know it."""

from collections.abc import Mapping
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.language import Language
from lims.db.work import LimsSession
from lims.library.queries import current_library
from lims.network import queries as network
from lims.people import queries as people
from lims.runtime import Lims
from lims.samples import lists, many_pages, new_pages, photo_pages, queries, receive_pages
from lims.samples.queries import Progress
from lims.samples.rules import SampleStatus, SealState, sees_whole
from lims.samples.tables import Sample
from lims.samples.views import STATUS_MOODS, blinded, days_waiting, options_of, steps_of, test_lines
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled
from lims.web.page import page
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()
# Fixed addresses come before those with the number of a sample in them.
router.include_router(lists.router)
router.include_router(new_pages.router)
router.include_router(many_pages.router)
router.include_router(receive_pages.router)
router.include_router(photo_pages.router)


@router.get("/samples/bench/{blind_code}")
def bench_page(blind_code: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """One sample as the bench knows it."""
    with lims.read(viewer.actor, Action.SAMPLE_READ) as session:
        sample = queries.sample_by_blind_code(session, blind_code)
        return _detail(request, lims, viewer, language, session, sample, whole=False)


@router.get("/samples/{number}")
def detail_page(number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """One whole sample; for those who may see whose it is, and for who registered it."""
    with lims.read(viewer.actor, Action.SAMPLE_READ) as session:
        sample = queries.sample_by_number(session, number)
        if not sees_whole(viewer.actor, sample.registered_by):
            raise blinded()
        return _detail(request, lims, viewer, language, session, sample, whole=True)


def _detail(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    session: LimsSession,
    sample: Sample,
    *,
    whole: bool,
) -> Response:
    library, first = current_library(session), sample.retest_results or ()
    progress = queries.progress_by_sample(session, [sample.id]).get(sample.id, Progress())
    own = viewer.actor.laboratory_id == sample.laboratory_id
    names = _people(session, sample) if whole else {}
    regions = network.region_names(session, [sample.region_code]) if whole else {}
    path = library.foods.path(sample.food) if sample.food in library.foods else ()
    return page(
        request,
        "samples/detail.html" if whole else "samples/bench.html",
        sample=sample,
        key=quote(sample.number, safe=""),
        mood=STATUS_MOODS[sample.status],
        steps=steps_of(sample, progress, names),
        tests=test_lines(queries.tests_of(session, sample.id), library, language),
        progress=progress,
        first_results=[{**one, "name": library.substance_name(one["parameter"], language)} for one in first],
        food=library.food_name(sample.food),
        food_path=[node.name for node in reversed(path)],
        region=regions.get(sample.region_code, sample.region_code),
        laboratory=network.laboratory_by_id(session, sample.laboratory_id).name,
        names=names,
        days=days_waiting(sample, local_day(lims.clock.now())),
        sees_whole=sees_whole(viewer.actor, sample.registered_by),
        may_receive=own and viewer.may(Action.SAMPLE_RECEIVE) and sample.status is SampleStatus.REGISTERED,
        may_label=own and (viewer.may(Action.SAMPLE_RECEIVE) or (whole and viewer.may(Action.SAMPLE_REGISTER))),
        may_follow=own and whole and viewer.may(Action.SAMPLE_REGISTER),
        form=Filled(),
        seals=options_of(SealState, language),
    )


def _people(session: LimsSession, sample: Sample) -> Mapping[UUID, str]:
    return people.names_of(session, {one for one in (sample.registered_by, sample.received_by) if one})
