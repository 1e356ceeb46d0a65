"""What a food that somebody types may be, and what the laboratory may test in it: for the form of a sampling sheet."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from lims.core.errors import BadInput
from lims.core.language import Language
from lims.db.work import LimsSession
from lims.library.facts import FOOD_STANDARD, Food, FoodLevel
from lims.library.food_tree import FoodFound, folded
from lims.library.rules import Library
from lims.network.tables import Laboratory
from lims.samples.registration import methods_in_scope

#: So many suggestions are read; whoever needs more types on.
MOST_SUGGESTED = 12
_WORST = (sys.maxsize, 0)
#: A group of more foods than this is not listed: its name says too little.
MOST_IN_GROUP = 60


@dataclass(frozen=True, slots=True)
class ScopeTest:
    """A parameter in scope, its method, and whether each scheme covers it."""

    parameter: str
    name: str
    method: str
    cma: bool
    catl: bool


@dataclass(frozen=True, slots=True)
class FoodChoice:
    """What is known of a typed food: its path from the top down, or the foods that may be meant.

    `code` is empty when the food is known, or nothing was typed; else why it is not: that of the refusal. `candidates`
    stay when one of them was chosen.
    """

    asked: str = ""
    food: str = ""
    path: Sequence[str] = ()
    code: str = ""
    candidates: Sequence[Food] = ()
    tests: Sequence[ScopeTest] = ()


def food_choice(library: Library, name: str, chosen: str = "") -> FoodChoice:
    """The food of a name, or its candidates; `chosen` is one of them, and counts for nothing when it is none."""
    asked = _asked(library, name)
    if asked.food or chosen not in {food.food for food in asked.candidates}:
        return asked
    return replace(_asked(library, chosen), asked=name, candidates=asked.candidates)


def with_tests(
    session: LimsSession, library: Library, laboratory: Laboratory, choice: FoodChoice, day: date, language: Language
) -> FoodChoice:
    """The choice with what is in scope on a day in its food."""
    if not choice.food:
        return choice
    return replace(choice, tests=_tests(session, library, laboratory, choice.food, day, language))


def _asked(library: Library, name: str) -> FoodChoice:
    if not name:
        return FoodChoice()
    tree = library.foods
    try:
        food = tree.resolve(name).food
    except BadInput as refused:
        known = [found.food for found in tree.candidates(name)]
        like = known or [found.food for found in foods_like(library, name)]
        return FoodChoice(name, code=refused.reasons[0].code, candidates=like)
    if food.level is not FoodLevel.FOOD:
        inside = [each for each in tree.below(food.food) if each.level is FoodLevel.FOOD]
        return FoodChoice(name, code="food.is_group", candidates=inside if len(inside) <= MOST_IN_GROUP else ())
    path = [node.name for node in reversed(tree.path(food.food))]
    return FoodChoice(name, food.food, path)


def foods_like(library: Library, text: str) -> Sequence[FoodFound]:
    """Foods whose name or alias holds the text, each by the name that holds it; those that begin with it first."""
    wanted = folded(text)
    if not wanted:
        return ()
    tree = library.foods
    named = [FoodFound(food, "") for food in tree.all() if food.level is FoodLevel.FOOD]
    named += [
        FoodFound(tree.food(known.food), known.alias)
        for known in library.facts.food_aliases
        if known.standard == FOOD_STANDARD and tree.food(known.food).level is FoodLevel.FOOD
    ]
    best: dict[str, tuple[int, int, FoodFound]] = {}
    for found in named:
        name = found.alias or found.food.name
        place = folded(name).find(wanted)
        if place >= 0 and (place, len(name)) < best.get(found.food.food, _WORST)[:2]:
            best[found.food.food] = (place, len(name), found)
    ranked = sorted(best.items(), key=lambda item: (*item[1][:2], item[0]))
    return [found for _, (_, _, found) in ranked[:MOST_SUGGESTED]]


def _tests(
    session: LimsSession, library: Library, laboratory: Laboratory, food: str, day: date, language: Language
) -> Sequence[ScopeTest]:
    tests = [
        ScopeTest(
            choice.parameter,
            library.substance_name(choice.parameter, language),
            choice.method_code,
            cma=choice.cma is not None,
            catl=choice.catl is not None,
        )
        for choice in methods_in_scope(session, library, laboratory, food, day)
    ]
    return sorted(tests, key=lambda test: test.name)
