"""Pages of the desk: today, search, the audit trail and its check, background work."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import NotFound
from lims.core.language import translator
from lims.core.reasons import mark
from lims.db.audit_reading import entries_of_chain
from lims.desk import background, trail, trail_check
from lims.desk.background import Background
from lims.desk.glance import glance
from lims.desk.library_search import library_hits
from lims.desk.look import Look
from lims.desk.rules import search_text, verification_token
from lims.desk.search import FindHits, Hits, Search, exact_hit
from lims.desk.today import blocks_for
from lims.desk.watch import watched
from lims.network import queries as network
from lims.web.dependencies import LimsDep
from lims.web.forms import FormDep
from lims.web.page import page, see_other
from lims.web.table_page import read_table, table_page
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter()

_WEEKDAYS = (
    mark("Monday"), mark("Tuesday"), mark("Wednesday"), mark("Thursday"), mark("Friday"), mark("Saturday"),
    mark("Sunday"),
)  # fmt: skip


# ── today ────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/")
def home_page(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """What waits for the person who looks, and what of it is late."""
    now = lims.clock.now()
    with lims.read(viewer.actor, Action.NETWORK_READ) as session:
        blocks = blocks_for(Look(session, now, language))
        own = viewer.actor.laboratory_id
        laboratory = network.laboratory_by_id(session, own).name if own else ""
    blocks = [watched(lims, viewer, block, language) for block in blocks]
    deadlines = dict.fromkeys(deadline for block in blocks for deadline in block.deadlines)
    return page(
        request,
        "desk/home.html",
        blocks=blocks,
        deadlines=list(deadlines),
        day=local_day(now),
        weekday=translator(language)(_WEEKDAYS[local_day(now).weekday()]),
        laboratory=laboratory,
    )


@router.get("/today/indicators")
def glance_part(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """The figures of the network, which take longer to count than the rest of the first page."""
    place, figures = glance(lims, viewer, language)
    return page(request, "desk/glance.html", part="desk/_glance.html", place=place, figures=figures)


# ── search ───────────────────────────────────────────────────────────────────────────────────────────


@router.get("/search")
def search_page(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, q: str = "") -> Response:
    """Any number or name. The number of one record leads straight to its page."""
    text = search_text(q)
    found: list[Hits] = []
    if text:
        with lims.read(viewer.actor, Action.NETWORK_READ) as session:
            search = Search(session, text, translator(language))
            if token := verification_token(text):
                return RedirectResponse(search.report_of_token(token), 303)
            say = translator(language)
            # What features downstream of this room find, as the application gives them.
            downstream: tuple[FindHits, ...] = request.app.state.searches
            found = search.everywhere() + [hits for find in downstream for hits in find(session, text, say)]
            found += library_hits(session, text, say)
        if (only := exact_hit(found)) is not None:
            return RedirectResponse(only, 303)
    return page(request, "desk/search.html", search_text=text, found=found)


# ── the audit trail ──────────────────────────────────────────────────────────────────────────────────


@router.get("/audit")
def trail_page(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """Who changed what, when, why, from what to what; one chain at a time, `chain` in the address."""
    with lims.read(viewer.actor, Action.AUDIT_READ) as session:
        chains = trail.chains_of(session, translator(language))
        chosen = request.query_params.get("chain", "")
        chain = chosen if chosen in dict(chains) else chains[0][0]
        table = read_table(
            session,
            trail.TRAIL,
            entries_of_chain(viewer.actor, chain),
            request,
            lambda session, entries: trail.entry_rows(session, entries, language),
            trail.trail_options(translator(language)),
        )
    return table_page(request, table, "desk/trail.html", chains=chains, chain=chain)


@router.get("/audit/check")
def check_page(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """The newest check of the trail: how far it is, or what it found."""
    check = trail_check.newest_check(lims, viewer.actor)
    return page(
        request,
        "desk/check.html",
        part="desk/_check.html",
        check=check,
        is_running=check is not None and check.is_running(lims.clock.now()),
        findings=trail.told_findings(check.findings, translator(language)) if check else (),
    )


@router.post("/audit/check")
def start_check(request: Request, lims: LimsDep, viewer: ViewerDep, form: FormDep) -> Response:  # noqa: ARG001  # checked
    """Check the trail anew, beside the pages."""
    trail_check.start_check(lims, viewer.actor)
    return see_other(request, "/audit/check")


@router.get("/audit/{entity}/{record_id}")
def history_page(
    entity: str, record_id: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage
) -> Response:
    """One record from its first entry to its last."""
    with lims.read(viewer.actor, Action.AUDIT_READ) as session:
        history = trail.history(session, entity, _id(record_id), language)
    return page(request, "desk/history.html", part="desk/_history.html", history=history)


# ── background work ──────────────────────────────────────────────────────────────────────────────────


@router.get("/background")
def background_page(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Background work with its failures; a part of the page asks again every few seconds."""
    view = background.background_view(lims, viewer, _background(request))
    return page(request, "desk/background.html", part="desk/_background.html", view=view, now=lims.clock.now())


@router.post("/background/retry")
def retry(request: Request, lims: LimsDep, viewer: ViewerDep, form: FormDep) -> Response:
    """Let what failed be tried again."""
    lims.require(viewer.actor, Action.REPORT_RETRY)
    number = background.retry(lims, viewer, _background(request), form.text("task"), _id(form.text("key")))
    return see_other(request, "/background", mark("Report {number} is tried again."), number=number)


# ── what these pages share ───────────────────────────────────────────────────────────────────────────


def _background(request: Request) -> Background:
    found: Background = request.app.state.background
    return found


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound.of("record", text[:60]) from error
