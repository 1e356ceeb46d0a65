"""Pages of what reaches a food, and what the foods of a group have of one substance; parts of pages of the library."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import BadInput, NotFound
from lims.core.language import translator
from lims.library.facts import FOOD_STANDARD, Food, FoodLevel, LimitRow
from lims.library.law import Law, LawDep
from lims.library.limit_tree import scale_of
from lims.library.queries import current_library
from lims.library.rules import Library, in_force
from lims.library.substance_view import edition_codes
from lims.limits.food_limits import FoodLimits, deciding, food_limits
from lims.limits.food_views import FOOD_LIMITS, food_limit_lines
from lims.runtime import Lims
from lims.web.addresses import address
from lims.web.dependencies import LimsDep
from lims.web.page import page
from lims.web.table_page import read_values, table_page
from lims.web.table_view import TableView
from lims.web.viewer import Viewer, ViewerDep, language_of

router = APIRouter(prefix="/library/food-limits")


@dataclass(frozen=True, slots=True)
class Inherited:
    """A food of a group without a limit of its own: the row that reaches it and the name of its node, or why none."""

    food: Food
    row: LimitRow | None
    origin: str
    why: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """What reaches a food, read for a page."""

    library: Library
    food: Food
    law: Law
    found: FoodLimits
    table: TableView


@router.get("")
def of_food(
    request: Request, path: str, lims: LimsDep, viewer: ViewerDep, asked: LawDep, standard: str = FOOD_STANDARD
) -> Response:
    """Every limit that reaches a food, of each substance and standard the row that decides."""
    read = _read(request, lims, viewer, asked, path, standard)
    return table_page(request, read.table, "limits/food_limits.html", read=read, address=address)


@router.get("/part")
def part(
    request: Request, path: str, lims: LimsDep, viewer: ViewerDep, asked: LawDep, standard: str = FOOD_STANDARD
) -> Response:
    """The same, for the page of the food."""
    read = _read(request, lims, viewer, asked, path, standard)
    return page(
        request,
        "limits/food_limits.html",
        part="limits/_food_limits.html",
        table=read.table,
        read=read,
        address=address,
    )


@router.get("/inherited")
def inherited(
    request: Request, substance: str, edition: str, path: str, lims: LimsDep, viewer: ViewerDep, asked: LawDep
) -> Response:
    """What of a substance reaches the foods of a group that have no limit of their own; a part of its tree."""
    library, say = _library(lims, viewer), translator(language_of(request))
    code, standard = library.substance(substance).code, library.standard(edition)
    day = asked.day if in_force(standard, asked.day) else None
    editions = [library.standard(one) for one in edition_codes(library, standard, day)]
    tree = library.tree(standard.tree)
    rows = [row for one in editions for row in library.limits(one.code, code)]
    held = {step for row in rows if row.food in tree for step in tree.keys_around(row.food)}
    lines = []
    for food in tree.children(tree.food(path).food):
        if food.food not in held:
            found = deciding(library, editions, code, food.food, day)
            origin = library.food_name(found.row.food) if found.row else ""
            lines.append(Inherited(food, found.row, origin, found.reason.translated(say) if found.reason else ""))
    return page(
        request,
        "limits/_inherited.html",
        lines=lines,
        scale=scale_of(rows),
        query={**asked.query, "substance": code, "edition": edition},
        address=address,
        GROUP=FoodLevel.GROUP,
    )


def _read(request: Request, lims: Lims, viewer: Viewer, asked: Law, path: str, standard: str) -> _Asked:
    language = language_of(request)
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        library = current_library(session)
        tree, law = library.tree(standard), asked.within(library)
        try:
            food = tree.food(path) if path in tree else tree.resolve(path).food
        except BadInput as unclear:
            raise NotFound(*unclear.reasons) from unclear
        found = food_limits(library, standard, food.food, law.day, law.market)
        lines = food_limit_lines(library, found, language)
        options = {"family": [(placed.family, placed.family) for placed in found.places]}
        table = read_values(session, FOOD_LIMITS, lines, request, options, path="/library/food-limits")
    return _Asked(library, food, law, found, table)


def _library(lims: Lims, viewer: Viewer) -> Library:
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        return current_library(session)
