"""Pages of foods: the tree of each standard, a food with its place in every tree, the names that a text may mean."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from lims.core.actions import Action
from lims.core.errors import BadInput, NotFound
from lims.library import queries
from lims.library.facts import FOOD_STANDARD, Food, FoodLevel
from lims.library.food_tree import FoodTree, covers
from lims.library.law import LawDep, markets_of
from lims.library.lists import prohibition_lines
from lims.library.lookup import lookup_of
from lims.library.rules import Library, rule_holds
from lims.runtime import Lims
from lims.web.addresses import address
from lims.web.dependencies import LimsDep
from lims.web.page import page
from lims.web.table_filters import cleaned
from lims.web.viewer import Viewer, ViewerDep, language_of

router = APIRouter()

#: A name that fits more foods than this is asked for more precisely.
_MOST_FOODS = 60
#: So many names are offered while somebody types.
_MOST_OFFERED = 12
Tree = Annotated[str, Query(description="The standard whose food tree is meant.")]


@router.get("/foods")
def foods(request: Request, lims: LimsDep, viewer: ViewerDep, q: str = "", standard: Tree = FOOD_STANDARD) -> Response:
    """The tree of foods of a standard from its top, or the foods that a text may mean."""
    library = _library(lims, viewer)
    tree, typed = library.tree(standard), cleaned(q)
    hits = lookup_of(library).foods(typed, tree.standard) if typed else ()
    return page(
        request,
        "library/foods.html",
        part="library/_foods.html",
        children=tree.children(""),
        standard=tree.standard,
        trees=_trees(library),
        wanted=typed,
        hits=hits[:_MOST_FOODS],
        more=max(0, len(hits) - _MOST_FOODS),
        address=address,
        GROUP=FoodLevel.GROUP,
    )


@router.get("/food")
def food(
    request: Request, path: str, lims: LimsDep, viewer: ViewerDep, asked: LawDep, standard: Tree = FOOD_STANDARD
) -> Response:
    """A food or group: where it stands, what is inside, what may not be in it. A name that is one food will do.

    A text that only resembles names leads to what it may mean. The limits are a part by themselves
    (`lims.limits.food_pages`).
    """
    library, language = _library(lims, viewer), language_of(request)
    tree, law = library.tree(standard), asked.within(library)
    if path not in tree and len(tree.candidates(path)) != 1 and lookup_of(library).foods(path, standard):
        return RedirectResponse(address("/library/foods", q=path, standard=standard), 303)  # a person chooses
    found = _resolved(tree, path)
    home = found if tree.standard == FOOD_STANDARD else library.home_of(tree.standard, found.food)
    rules = [
        rule
        for rule in library.prohibitions
        if home is not None and rule_holds(rule, law.day) and covers(rule.foods, rule.except_foods, home.food)
    ]
    return page(
        request,
        "library/food.html",
        found=found,
        form=tree.form_of(found),
        steps=list(reversed(tree.path(found.food)))[:-1],
        inside=tree.children(found.food),
        aliases=[a.alias for a in library.facts.food_aliases if (a.standard, a.food) == (standard, found.food)],
        elsewhere=_elsewhere(library, found, home),
        prohibitions=prohibition_lines(library, rules, language),
        law=law,
        markets=markets_of(library, language),
        query={"path": found.food, "standard": standard, **law.query},
        compared=_newest_change(library, law.market),
        address=address,
        is_confirmed=lambda group: tree.standard != FOOD_STANDARD or tree.is_printed_within(found.food, group),
    )


@router.get("/food/inside")
def inside(request: Request, path: str, lims: LimsDep, viewer: ViewerDep, standard: Tree = FOOD_STANDARD) -> Response:
    """What stands directly in a group, as a part of the tree."""
    tree = _library(lims, viewer).tree(standard)
    group = tree.food(path)
    return page(
        request,
        "library/_branch.html",
        children=tree.children(group.food),
        standard=tree.standard,
        address=address,
        GROUP=FoodLevel.GROUP,
    )


@router.get("/lookup")
def lookup(
    request: Request,
    lims: LimsDep,
    viewer: ViewerDep,
    kind: Literal["substance", "food"] = "substance",
    standard: Tree = FOOD_STANDARD,
) -> Response:
    """The names that a text may mean, as options of the list beside a field: for whoever still types, never judged by.

    The text is that of the field, whatever its name is. A substance is offered by its name in the library, a food by
    its name, or by its path where two foods share the name.
    """
    texts = (text for name, text in request.query_params.multi_items() if name not in {"kind", "standard"})
    library, typed = _library(lims, viewer), cleaned(next(texts, ""))
    ready = lookup_of(library)
    offered: dict[str, str] = {}
    if kind == "substance":
        for one in ready.substances(typed)[:_MOST_OFFERED]:
            offered.setdefault(one.found.name_zh or one.found.code, one.found.name_en or one.name)
    else:
        tree = library.tree(standard)
        for hit in ready.foods(typed, standard)[:_MOST_OFFERED]:
            is_only = len(tree.candidates(hit.found.name)) == 1
            offered.setdefault(hit.found.name if is_only else hit.found.food, hit.found.food.replace("/", " › "))
    return page(request, "library/_options.html", offered=offered)


def _resolved(tree: FoodTree, path: str) -> Food:
    try:
        return tree.food(path) if path in tree else tree.resolve(path).food
    except BadInput as unclear:
        raise NotFound(*unclear.reasons) from unclear


def _elsewhere(library: Library, found: Food, home: Food | None) -> list[tuple[str, Food]]:
    """The places of a food in the trees of other standards."""
    places = [] if home is None or home is found else [(FOOD_STANDARD, home)]
    for standard, _ in _trees(library):
        if home is not None and standard not in {FOOD_STANDARD, found.standard}:
            linked = library.linked(home.food, standard)
            if linked is not None:
                places.append((standard, linked))
    return places


def _newest_change(library: Library, market: str) -> tuple[str, str] | None:
    """The newest edition for foods of a market and the one it replaced, where both are loaded."""
    families = library.families(market)
    for one in library.editions_of(families[0]) if families else ():
        if before := library.edition_before(one.code):
            return before, one.code
    return None


def _trees(library: Library) -> list[tuple[str, str]]:
    """The standards with a food tree of their own and foods in it: that of the samples first."""
    return [(one, one) for one in sorted(library.trees, key=lambda tree: (tree != FOOD_STANDARD, tree))]


def _library(lims: Lims, viewer: Viewer) -> Library:
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        return queries.current_library(session)
