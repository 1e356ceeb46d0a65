"""Every limit that reaches a food (食品适用限量): of each substance the row that decides, and where it comes from.

Each family of standards of a market has a tree of its own, so the food is first given its place in each; what decides
there is what a judgement would use (`find_limit`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from lims.library.facts import FOOD_STANDARD, Basis, Food, LimitRow, Prohibition, Standard
from lims.library.rules import Library
from lims.limits.search import Found, find_limit

_BASIS_DIFFERS = "limit.basis_differs"
#: Why no row is named although one is there: told beside the substance. Whatever else is missing is only counted.
_TOLD = frozenset({"food.not_specific", "limit.condition_unknown", "limit.unreadable", _BASIS_DIFFERS})


@dataclass(frozen=True, slots=True)
class Placed:
    """The place of a food in the tree of a family of standards, and the editions that decide there."""

    family: str
    editions: tuple[Standard, ...]
    food: Food


@dataclass(frozen=True, slots=True)
class FoodLimit:
    """What reaches a food of one substance: the outcome of the search in one family, and the rules that forbid it.

    `found` is None where nothing but a rule speaks of it.
    """

    substance: str
    placed: Placed | None
    found: Found | None
    rules: tuple[Prohibition, ...]

    @property
    def row(self) -> LimitRow | None:
        """The row that decides."""
        return None if self.found is None else self.found.row


@dataclass(frozen=True, slots=True)
class FoodLimits:
    """All that reaches a food on a day.

    `unknown` are substances of which only a part is loaded and no row is certain to reach it; `missing` families of
    standards with no place for the food, or with nothing loaded for that day.
    """

    lines: tuple[FoodLimit, ...]
    places: tuple[Placed, ...]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]


def deciding(library: Library, editions: Sequence[Standard], substance: str, food: str, day: date | None) -> Found:
    """The row that decides for a food as received; where there is only one for its fat, that one."""
    found = find_limit(library, editions, substance, food, Basis.AS_RECEIVED, day)
    if found.reason is not None and found.reason.code == _BASIS_DIFFERS:
        of_fat = find_limit(library, editions, substance, food, Basis.FAT, day)
        return of_fat if of_fat.row is not None else found
    return found


@lru_cache(maxsize=64)
def food_limits(library: Library, standard: str, food: str, day: date, market: str) -> FoodLimits:
    """Everything that reaches a food, which is named by its path in the tree of a standard."""
    given = library.tree(standard).food(food)
    home = given if standard == FOOD_STANDARD else library.home_of(standard, food)
    rules = _rules(library, home, day)
    lines: list[FoodLimit] = []
    places: list[Placed] = []
    unknown: set[str] = set()
    missing: list[str] = []
    for family in library.families(market):
        placed = _placed(library, family, given, home, day)
        if placed is None:
            missing.append(family)
            continue
        places.append(placed)
        for substance in sorted({row.substance for one in placed.editions for row in library.limits_of(one.code)}):
            found = deciding(library, placed.editions, substance, placed.food.food, day)
            if found.row is not None or (found.reason is not None and found.reason.code in _TOLD):
                lines.append(FoodLimit(substance, placed, found, rules.get(substance, ())))
            elif found.reason is not None:
                unknown.add(substance)
    known = {line.substance for line in lines}
    lines += [FoodLimit(code, None, None, forbidding) for code, forbidding in rules.items() if code not in known]
    return FoodLimits(tuple(lines), tuple(places), tuple(sorted(unknown - known)), tuple(missing))


def _placed(library: Library, family: str, given: Food, home: Food | None, day: date) -> Placed | None:
    editions = library.editions_on(family, day)
    if not editions:
        return None
    tree = editions[-1].tree
    if tree == given.standard:
        return Placed(family, editions, given)
    if home is None:
        return None
    linked = home if tree == FOOD_STANDARD else library.linked(home.food, tree)
    return None if linked is None else Placed(family, editions, linked)


def _rules(library: Library, home: Food | None, day: date) -> dict[str, tuple[Prohibition, ...]]:
    """What forbids a substance in the food, by substance."""
    if home is None:
        return {}
    codes = {rule.substance for rule in library.prohibitions}
    found = {code: tuple(library.prohibitions_of(code, home.food, day)) for code in sorted(codes)}
    return {code: rules for code, rules in found.items() if rules}
