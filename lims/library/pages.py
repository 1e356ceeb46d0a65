"""Pages of the library: substances, foods, limits, methods, prohibitions, standards and releases. Each fact names its
source.
"""

from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput, NotFound
from lims.core.reasons import mark
from lims.library import draft_pages, queries, service
from lims.library.facts import FOOD_STANDARD, FoodLevel
from lims.library.files import read_library
from lims.library.food_tree import covers, folded
from lims.library.lists import (
    LIMITS,
    METHODS,
    PROHIBITIONS,
    STANDARDS,
    SUBSTANCES,
    limit_lines,
    prohibition_lines,
    substance_lines,
)
from lims.library.rules import Library
from lims.people.queries import names_of
from lims.runtime import Lims
from lims.web.addresses import address
from lims.web.dependencies import LimsDep
from lims.web.forms import FormDep
from lims.web.page import page, see_other
from lims.web.table_page import read_values, table_page
from lims.web.viewer import Viewer, ViewerDep, language_of

router = APIRouter(prefix="/library")
router.include_router(draft_pages.router)

#: A name that fits more foods than this is asked for more precisely.
_MOST_FOODS = 60


@router.get("/limits")
def limits(request: Request, lims: LimsDep, viewer: ViewerDep, day: date | None = None) -> Response:
    """The limits in force on a day."""
    on = day or local_day(lims.clock.now())
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        library = queries.current_library(session)
        lines = limit_lines(library, library.limits_in_force(on), language_of(request))
        table = read_values(session, LIMITS, lines, request)
    edition = library.edition_on(FOOD_STANDARD, on)
    return table_page(request, table, "library/limits.html", on=on, edition=edition)


@router.get("/substances")
def substances(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Every substance of the library."""
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        lines = substance_lines(queries.current_library(session), language_of(request))
        table = read_values(session, SUBSTANCES, lines, request)
    return table_page(request, table, "library/list.html", title=SUBSTANCES.title)


@router.get("/substances/{name}")
def substance(request: Request, name: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """A substance by its code, name, alias or CAS number, with all that is known of it."""
    library, language = _library(lims, viewer), language_of(request)
    found = library.substance(name)
    edition = library.edition_on(FOOD_STANDARD, local_day(lims.clock.now()))
    rows = library.limits(edition.code, found.code) if edition else ()
    return page(
        request,
        "library/substance.html",
        found=found,
        name=library.substance_name(found.code, language),
        aliases=[a.alias for a in library.facts.substance_aliases if a.substance == found.code],
        edition=edition,
        coverage=library.coverage(edition.code, found.code) if edition else None,
        limits=limit_lines(library, rows, language),
        definitions=[d for d in library.facts.definitions if d.substance == found.code],
        part_of=[
            d
            for d in library.facts.definitions
            if d.substance != found.code and any(p.substance == found.code for p in d.components)
        ],
        prohibitions=prohibition_lines(
            library, [p for p in library.prohibitions if p.substance == found.code], language
        ),
        methods=library.methods_for(found.code),
        named=lambda code: library.substance_name(code, language),
        food_name=library.food_name,
        address=address,
    )


@router.get("/foods")
def foods(request: Request, lims: LimsDep, viewer: ViewerDep, q: str = "") -> Response:
    """The tree of foods from its top, or the foods that a name may mean."""
    tree = _library(lims, viewer).foods
    wanted = folded(q[:100])
    hits = [food for food in tree.all() if wanted in folded(food.name)] if wanted else []
    known = {food.food for food in hits}
    hits += [c.food for c in tree.candidates(q[:100]) if c.food.food not in known] if wanted else []
    return page(
        request,
        "library/foods.html",
        part="library/_foods.html",
        tops=[food for food in tree.all() if not food.parent],
        wanted=q[:100],
        hits=hits[:_MOST_FOODS],
        more=max(0, len(hits) - _MOST_FOODS),
        address=address,
        GROUP=FoodLevel.GROUP,
    )


@router.get("/food")
def food(request: Request, path: str, lims: LimsDep, viewer: ViewerDep, day: date | None = None) -> Response:
    """A food or group: where it stands, what is inside, and which limits reach it. A name that is one food will do."""
    library, language = _library(lims, viewer), language_of(request)
    tree = library.foods
    try:
        found = tree.food(path) if path in tree else tree.resolve(path).food
    except BadInput as unclear:
        raise NotFound(*unclear.reasons) from unclear
    on = day or local_day(lims.clock.now())
    around = tree.keys_around(found.food)
    reaching = [
        row for row in library.limits_in_force(on) if row.food in around and covers([row.food], row.exclude, found.food)
    ]
    reaching.sort(key=lambda row: (library.substance_name(row.substance, language), -len(row.food)))
    return page(
        request,
        "library/food.html",
        found=found,
        steps=list(reversed(tree.path(found.food)))[:-1],
        inside=[one for one in tree.below(found.food) if one.parent == found.food],
        aliases=[a.alias for a in library.facts.food_aliases if a.food == found.food],
        limits=limit_lines(library, reaching, language),
        prohibitions=prohibition_lines(
            library,
            [p for p in library.prohibitions if p.in_force_on <= on and covers(p.foods, p.except_foods, found.food)],
            language,
        ),
        edition=library.edition_on(FOOD_STANDARD, on),
        on=on,
        address=address,
        is_confirmed=lambda group: tree.is_printed_within(found.food, group),
    )


@router.get("/food/inside")
def inside(request: Request, path: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """What stands directly in a group, as a part of the tree."""
    tree = _library(lims, viewer).foods
    group = tree.food(path)
    children = [one for one in tree.below(group.food) if one.parent == group.food]
    return page(request, "library/_branch.html", children=children, address=address, GROUP=FoodLevel.GROUP)


@router.get("/methods")
def methods(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Every test method of the library."""
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        table = read_values(session, METHODS, queries.current_library(session).facts.methods, request)
    return table_page(request, table, "library/list.html", title=METHODS.title)


@router.get("/methods/{code:path}")
def method(request: Request, code: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """One test method: what it is for, and its other editions."""
    library, language = _library(lims, viewer), language_of(request)
    found = library.methods.get(code)
    if found is None:
        raise NotFound.of("method", code)
    return page(
        request,
        "library/method.html",
        found=found,
        substances=[(one, library.substance_name(one, language)) for one in found.substances],
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
        table = read_values(session, STANDARDS, queries.current_library(session).facts.standards, request)
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


def _library(lims: Lims, viewer: Viewer) -> Library:
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        return queries.current_library(session)
