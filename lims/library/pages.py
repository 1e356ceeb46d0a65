"""Pages of the library: limits, substances, foods, methods, prohibitions, standards and releases. Each fact names its
source.
"""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import NotFound
from lims.core.reasons import mark
from lims.library import draft_pages, food_pages, queries, service, substance_pages
from lims.library.facts import LimitRow
from lims.library.files import read_library
from lims.library.law import Law, LawDep, markets_of
from lims.library.lists import (
    LIMITS,
    METHODS,
    PROHIBITIONS,
    STANDARDS,
    limit_lines,
    prohibition_lines,
    standard_lines,
)
from lims.library.rules import Library
from lims.people.queries import names_of
from lims.web.addresses import address
from lims.web.dependencies import LimsDep
from lims.web.forms import FormDep
from lims.web.page import page, see_other
from lims.web.table_page import read_values, table_page
from lims.web.viewer import ViewerDep, language_of

router = APIRouter(prefix="/library")
router.include_router(draft_pages.router)
router.include_router(substance_pages.router)
router.include_router(food_pages.router)


@router.get("/limits")
def limits(request: Request, lims: LimsDep, viewer: ViewerDep, asked: LawDep, edition: str = "") -> Response:
    """The limits in force on a day in a market, or all of one edition."""
    language = language_of(request)
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        library = queries.current_library(session)
        law = asked.within(library)
        one = library.standard(edition) if edition else None
        in_force = [s for f in library.families(law.market) for s in reversed(library.editions_on(f, law.day))]
        rows = library.limits_of(one.code) if one else _in_force(library, law)
        table = read_values(session, LIMITS, limit_lines(library, rows, language), request)
    return table_page(
        request,
        table,
        "library/limits.html",
        law=law,
        markets=markets_of(library, language),
        editions=[one] if one else in_force,
        edition=one,
        before=library.edition_before(one.code) if one else "",
        address=address,
    )


def _in_force(library: Library, law: Law) -> Sequence[LimitRow]:
    """The limits in force, those of the standard that samples are named by first."""
    order = {family: place for place, family in enumerate(library.families(law.market))}
    rows = library.limits_in_force(law.day, law.market)
    return sorted(rows, key=lambda row: order[library.standard(row.standard).family])


@router.get("/methods")
def methods(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Every test method of the library."""
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        table = read_values(session, METHODS, queries.current_library(session).facts.methods, request)
    return table_page(request, table, "library/list.html", title=METHODS.title)


@router.get("/methods/{code:path}")
def method(request: Request, code: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """One test method: what it is for, how far down it reaches, and its other editions."""
    language = language_of(request)
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        library = queries.current_library(session)
    found = library.methods.get(code)
    if found is None:
        raise NotFound.of("method", code)
    measured = sorted(
        ((library.substance_name(one.substance, language), one) for one in library.measured_by(code)),
        key=lambda pair: (pair[0], pair[1].quantifier),
    )
    return page(
        request,
        "library/method.html",
        found=found,
        substances=[(one, library.substance_name(one, language)) for one in found.substances],
        measured=measured,
        editions=[m for m in library.methods.values() if m.undated_code == found.undated_code and m.code != code],
        address=address,
    )


@router.get("/prohibitions")
def prohibitions(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """What may not be used, and where."""
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        library = queries.current_library(session)
        lines = prohibition_lines(library, library.prohibitions, language_of(request))
        table = read_values(session, PROHIBITIONS, lines, request)
    return table_page(request, table, "library/list.html", title=PROHIBITIONS.title)


@router.get("/standards")
def standards(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Every edition of the standards, and whether its limits are loaded."""
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        library = queries.current_library(session)
        options = {"market": markets_of(library, language_of(request))}
        table = read_values(session, STANDARDS, standard_lines(library, language_of(request)), request, options)
    return table_page(request, table, "library/list.html", title=STANDARDS.title)


@router.get("/releases")
def releases(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The loaded releases, the one in use first."""
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        loaded, drafts = queries.releases(session), queries.drafts(session)
        names = names_of(session, {draft.loaded_by for draft in drafts if draft.loaded_by})
    return page(request, "library/releases.html", releases=loaded, drafts=drafts, names=names)


@router.post("/releases")
def load(request: Request, lims: LimsDep, viewer: ViewerDep, _form: FormDep) -> Response:
    """Load the release in the server's library folder; the same one again changes nothing."""
    lims.require(viewer.actor, Action.LIBRARY_LOAD)
    files = read_library(lims.settings.method_library)
    with lims.work(viewer.actor, Action.LIBRARY_LOAD) as session:
        release = service.load_library(session, files)
    return see_other(request, "/library/releases", mark("Release {edition} is in use."), edition=release.edition)
