"""JSON routes of what the law says of a food, and of what a new edition changes."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.clock import local_day
from lims.core.errors import NotFound
from lims.core.reasons import reason
from lims.library.facts import FOOD_STANDARD, HOME_MARKET, LimitKind
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.library.schemas import LimitOut, ProhibitionOut
from lims.limits.edition_comparison import Comparison, Difference
from lims.limits.edition_questions import Answer, Asked, answer, chosen, comparable
from lims.limits.food_limits import FoodLimit, FoodLimits, Placed, food_limits
from lims.limits.law_schemas import (
    ComparisonOut,
    DifferenceOut,
    FoodLimitOut,
    FoodLimitsOut,
    PassedOut,
    PlaceOut,
)
from lims.runtime import Lims
from lims.web.dependencies import ActorDep, LimsDep
from lims.web.fields import Limit, Offset, Page

router = APIRouter(prefix="/library")

Edition = Annotated[str, Query(max_length=40, examples=["GB 2763-2026"])]
Name = Annotated[str, Query(max_length=200)]


@router.get("/compare")
def compare(
    lims: LimsDep,
    actor: ActorDep,
    before: Edition = "",
    after: Edition = "",
    food: Name = "",
    substance: Name = "",
    kind: Annotated[list[Difference] | None, Query(description="These kinds alone.")] = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> ComparisonOut:
    """What an edition changes against an older one, for all limits, for a food or for a substance.

    Without editions: the newest one with the one before it. With a food: what decides for it in each, also from groups.
    """
    library = _library(lims, actor)
    old, new = chosen(library, comparable(library), before, after)
    told = answer(library, Asked(old, new, food.strip(), substance.strip()))
    if told.found is None:
        said = "No two editions of a standard are loaded; there is nothing to compare."
        raise NotFound(reason("edition.none_to_compare", said))
    return _comparison(told, told.found, set(kind or Difference), limit, offset)


def _comparison(told: Answer, found: Comparison, kinds: set[Difference], limit: int, offset: int) -> ComparisonOut:
    listed = [one for one in told.shown if one.kind in kinds]
    items = [DifferenceOut.model_validate(one) for one in listed[offset : offset + limit]]
    return ComparisonOut(
        before=[one.code for one in found.before],
        after=[one.code for one in found.after],
        changes_on=found.changes_on,
        food=told.food.food if told.food else None,
        substance=told.substance or None,
        counts={kind: sum(one.kind is kind for one in told.shown) for kind in Difference},
        unchanged=None if told.substance else found.unchanged,
        unread=list(found.unread),
        differences=Page(items=items, total=len(listed), limit=limit, offset=offset),
    )


@router.get("/food-limits")
def of_food(
    food: Annotated[str, Query(min_length=1, max_length=200, examples=["豇豆"])],
    lims: LimsDep,
    actor: ActorDep,
    standard: Annotated[
        str, Query(max_length=40, description="The standard whose food tree is meant.")
    ] = FOOD_STANDARD,
    on: date | None = None,
    market: Annotated[str, Query(max_length=20, examples=["CN", "KR"])] = HOME_MARKET,
    substance: Name = "",
    limit: Limit = 100,
    offset: Offset = 0,
) -> FoodLimitsOut:
    """Every limit that reaches a food on a day (today when none is named): the deciding row, and its node."""
    library = _library(lims, actor)
    if market not in library.markets:
        raise NotFound.of("market", market)
    path = library.tree(standard).resolve(food).food.food
    code = library.substance(substance).code if substance else ""
    day = on or local_day(lims.clock.now())
    found = food_limits(library, standard, path, day, market)
    lines = [line for line in found.lines if code in {"", line.substance}]
    return FoodLimitsOut(
        food=path,
        standard=standard,
        day=day,
        market=market,
        places=[_place(placed) for placed in found.places],
        missing=list(found.missing),
        unknown=_unknown(found, code),
        limits=Page(
            items=[_limit(line) for line in lines[offset : offset + limit]],
            total=len(lines),
            limit=limit,
            offset=offset,
        ),
    )


def _unknown(found: FoodLimits, code: str) -> list[str]:
    return [one for one in found.unknown if code in {"", one}]


def _place(placed: Placed) -> PlaceOut:
    food, editions = placed.food, [one.code for one in placed.editions]
    return PlaceOut(family=placed.family, editions=editions, tree=food.standard, food=food.food)


def _limit(line: FoodLimit) -> FoodLimitOut:
    row, found, placed = line.row, line.found, line.placed
    is_own = row is None or placed is None or row.food == placed.food.food or row.kind is LimitKind.DEFAULT
    why = None if found is None else found.reason
    return FoodLimitOut(
        substance=line.substance,
        family=None if placed is None else placed.family,
        limit=None if row is None else LimitOut.model_validate(row),
        inherited_from=None if is_own or row is None else row.food,
        is_confirmed=None if found is None or row is None else found.confirmed,
        coverage=None if found is None or row is None else found.coverage,
        passed=[PassedOut(food=one.row.food, excepted=one.excepted) for one in (found.passed if found else ())],
        reason=None if why is None else why.code,
        said=None if why is None else why.text,
        prohibitions=[ProhibitionOut.model_validate(rule) for rule in line.rules],
    )


def _library(lims: Lims, actor: Actor) -> Library:
    with lims.read(actor, Action.LIBRARY_READ) as session:
        return current_library(session)
