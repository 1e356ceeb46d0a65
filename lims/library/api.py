"""JSON routes of the library: what can be browsed, and loading a release."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.clock import local_day
from lims.core.language import Language
from lims.library import draft_api, queries, service
from lims.library.facts import FOOD_STANDARD, HOME_MARKET, FoodLevel, SubstanceKind
from lims.library.files import read_library
from lims.library.food_tree import folded
from lims.library.lists import standard_lines
from lims.library.lookup import lookup_of
from lims.library.rules import Library
from lims.library.schemas import (
    CandidateOut,
    Closeness,
    DefinitionOut,
    FoodOut,
    Found,
    LimitOut,
    LookupOut,
    MethodOut,
    ProhibitionOut,
    ReleaseOut,
    StandardOut,
    SubstanceDetail,
    SubstanceOut,
    food_found,
    substance_found,
)
from lims.runtime import Lims
from lims.web.dependencies import ActorDep, LimsDep
from lims.web.fields import Limit, Offset, Output, Page

router = APIRouter(prefix="/api/library", tags=["library"])
router.include_router(draft_api.router)

Words = Annotated[str | None, Query(max_length=100, description="Part of a code or name.")]
Name = Annotated[str, Query(min_length=1, max_length=200)]
Chosen = Annotated[str | None, Query(max_length=200)]
Tree = Annotated[str, Query(max_length=40, description="The standard whose food tree is meant.")]
Market = Annotated[str, Query(max_length=20, examples=["CN", "KR"])]
Shown = TypeVar("Shown", bound=Output)


def _library(lims: Lims, actor: Actor) -> Library:
    with lims.read(actor, Action.LIBRARY_READ) as session:
        return queries.current_library(session)


def _page(found: Sequence[object], out: type[Shown], limit: int, offset: int) -> Page[Shown]:
    items = [out.model_validate(one) for one in found[offset : offset + limit]]
    return Page(items=items, total=len(found), limit=limit, offset=offset)


@router.get("/releases")
def releases(lims: LimsDep, actor: ActorDep) -> list[ReleaseOut]:
    """The loaded releases, the one in use first."""
    with lims.read(actor, Action.LIBRARY_READ) as session:
        return [ReleaseOut.model_validate(release) for release in queries.releases(session)]


@router.post("/releases", status_code=201)
def load(lims: LimsDep, actor: ActorDep) -> ReleaseOut:
    """Load the release in the server's library folder; the same one again changes nothing."""
    files = read_library(lims.settings.method_library)
    with lims.work(actor, Action.LIBRARY_LOAD) as session:
        return ReleaseOut.model_validate(service.load_library(session, files))


@router.get("/substances")
def substances(
    lims: LimsDep,
    actor: ActorDep,
    q: Words = None,
    kind: SubstanceKind | None = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Page[SubstanceOut]:
    """Substances by what `q` may mean (a part of a code, name, alias, CAS number or pinyin), and by kind."""
    library = _library(lims, actor)
    meant = [hit.found for hit in lookup_of(library).substances(q)] if q else library.facts.substances
    return _page([s for s in meant if kind is None or s.kind is kind], SubstanceOut, limit, offset)


@router.get("/substances/{name}")
def substance(name: str, lims: LimsDep, actor: ActorDep) -> SubstanceDetail:
    """A substance by its code, name, alias or CAS number, with definitions, prohibitions and methods."""
    library = _library(lims, actor)
    found = library.substance(name)
    return SubstanceDetail(
        **SubstanceOut.model_validate(found).model_dump(),
        aliases=[a.alias for a in library.facts.substance_aliases if a.substance == found.code],
        definitions=[DefinitionOut.model_validate(d) for d in library.facts.definitions if d.substance == found.code],
        prohibitions=[ProhibitionOut.model_validate(p) for p in library.prohibitions if p.substance == found.code],
        methods=[method.code for method in library.methods_for(found.code)],
    )


@router.get("/foods")
def foods(
    lims: LimsDep,
    actor: ActorDep,
    q: Words = None,
    within: Chosen = None,
    level: FoodLevel | None = None,
    standard: Tree = FOOD_STANDARD,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Page[FoodOut]:
    """Nodes of a food tree by what `q` may mean, inside a group, by level. For one food use `/foods/resolve`."""
    library = _library(lims, actor)
    tree = library.tree(standard)
    group = None if within is None else tree.food(within).food
    meant = [hit.found for hit in lookup_of(library).foods(q, standard)] if q else tree.all()
    found = [
        food
        for food in meant
        if (group is None or tree.is_within(food.food, group)) and (level is None or food.level is level)
    ]
    return _page(found, FoodOut, limit, offset)


@router.get("/foods/resolve")
def resolve_food(name: Name, lims: LimsDep, actor: ActorDep, standard: Tree = FOOD_STANDARD) -> list[CandidateOut]:
    """What a name may stand for: none, one, or several foods of which a person must choose."""
    return [CandidateOut.model_validate(found) for found in _library(lims, actor).tree(standard).candidates(name)]


@router.get("/lookup")
def lookup(
    q: Name,
    lims: LimsDep,
    actor: ActorDep,
    kind: Found | None = None,
    standard: Tree = FOOD_STANDARD,
    limit: Limit = 20,
) -> list[LookupOut]:
    """What a text may mean, the likeliest first: any name, in any width, English, CAS number, pinyin or its initials.

    For finding; whoever hands in results names things exactly.
    """
    ready = lookup_of(_library(lims, actor))
    substances = [] if kind is Found.FOOD else [substance_found(hit) for hit in ready.substances(q)]
    foods_ = [] if kind is Found.SUBSTANCE else [food_found(hit) for hit in ready.foods(q, standard)]
    return sorted([*substances, *foods_], key=lambda one: list(Closeness).index(one.fit))[:limit]


@router.get("/limits")
def limits(
    lims: LimsDep,
    actor: ActorDep,
    substance: Chosen = None,
    food: Chosen = None,
    on: date | None = None,
    market: Market = HOME_MARKET,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Page[LimitOut]:
    """Limits in force on a day (today when none is named), of a substance, of a food and the groups around it.

    Which row decides for a food is what `POST /api/judge` answers: exceptions are not applied here.
    """
    library = _library(lims, actor)
    rows = library.limits_in_force(on or local_day(lims.clock.now()), market)
    if substance is not None:
        code = library.substance(substance).code
        rows = [row for row in rows if row.substance == code]
    if food is not None:
        around = library.foods.keys_around(library.foods.resolve(food).food.food)
        rows = [row for row in rows if row.food in around]
    return _page(rows, LimitOut, limit, offset)


@router.get("/standards")
def standards(
    lims: LimsDep, actor: ActorDep, market: Annotated[str | None, Query(max_length=20)] = None
) -> list[StandardOut]:
    """The editions of every standard, by market and family, newest first, and whether their limits are loaded."""
    lines = standard_lines(_library(lims, actor), Language.ENGLISH)
    return [StandardOut.model_validate(one.standard) for one in lines if market in {None, one.standard.market}]


@router.get("/methods")
def methods(
    lims: LimsDep,
    actor: ActorDep,
    q: Words = None,
    substance: Chosen = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Page[MethodOut]:
    """Test methods by a part of code or title, and by a substance that a limit standard cites them for."""
    library = _library(lims, actor)
    wanted = folded(q or "")
    code = None if substance is None else library.substance(substance).code
    found = [
        m
        for m in library.facts.methods
        if (wanted in folded(m.code) or wanted in folded(m.title)) and (code is None or code in m.substances)
    ]
    return _page(found, MethodOut, limit, offset)


@router.get("/prohibitions")
def prohibitions(
    lims: LimsDep,
    actor: ActorDep,
    substance: Chosen = None,
    food: Chosen = None,
    on: date | None = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Page[ProhibitionOut]:
    """Prohibitions in force on a day (today when none is named), of a substance, in a food."""
    library = _library(lims, actor)
    day = on or local_day(lims.clock.now())
    rules = [rule for rule in library.prohibitions if rule.in_force_on <= day]
    if substance is not None:
        code = library.substance(substance).code
        rules = [rule for rule in rules if rule.substance == code]
    if food is not None:
        path = library.foods.resolve(food).food.food
        rules = [rule for rule in rules if rule in library.prohibitions_of(rule.substance, path, day)]
    return _page(rules, ProhibitionOut, limit, offset)
