"""Where a food stands in the tree of a standard (食品归类): by its name there, by species and tissue, or by a link.

Every standard classifies foods for itself: a leaf vegetable of GB 2763 may be none in GB 2762, and GB 31650 speaks of
species and tissues. So a place is looked up in each tree, and where only a link says it, that is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.library.facts import FOOD_STANDARD, Food, SubstanceKind
from lims.library.food_tree import FoodFound, FoodTree, folded
from lims.library.rules import Library
from lims.limits.verdicts import Occasion


@dataclass(frozen=True, slots=True)
class Place:
    """The food of a tree, and the reservations under which it is the one that was named."""

    found: FoodFound
    reservations: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Animals:
    """The species and tissues that the trees of drugs in animals are made of."""

    species: Sequence[str]
    tissues: Sequence[str]


@lru_cache(maxsize=4)
def animals_of(library: Library) -> Animals:
    """What may be named as species and as tissue; to be offered, anything else may be written."""
    speaking = {one.tree for one in library.facts.standards if SubstanceKind.VETERINARY_DRUG in one.subjects}
    foods = [food for tree in (speaking & library.trees) - {FOOD_STANDARD} for food in library.tree(tree).all()]
    return Animals(
        species=sorted({food.name for food in foods if food.parent}),
        tissues=sorted({food.name for food in foods if not food.parent}),
    )


def place_of(library: Library, occasion: Occasion, standard: str) -> Place | None:
    """The food of an occasion in the tree of a standard; None when that standard does not speak of it.

    Raises `BadInput`: `food.unknown`, `food.ambiguous`, `food.form_differs`.
    """
    tree = library.tree(standard)
    if occasion.species and standard != FOOD_STANDARD:
        return _by_species(tree, occasion)
    if standard == FOOD_STANDARD:
        return Place(tree.resolve(occasion.food, occasion.form))
    direct = tree.candidates(occasion.food, occasion.form)
    if len(direct) == 1:
        return Place(direct[0])
    if len(direct) > 1:
        tree.resolve(occasion.food, occasion.form)
    return _by_home_food(library, tree, occasion)


def home_food(library: Library, occasion: Occasion) -> Food | None:
    """The food of the home tree, by which prohibitions are written; of an animal food also through its species.

    None when the home tree does not know it.
    """
    candidates = library.foods.candidates(occasion.food, occasion.form)
    if len(candidates) == 1:
        return candidates[0].food
    for standard in sorted(library.trees - {FOOD_STANDARD}):
        found = library.tree(standard).candidates(occasion.food, occasion.form)
        if len(found) == 1 and (home := library.home_of(standard, found[0].food.food)) is not None:
            return home
    return None


def _by_species(tree: FoodTree, occasion: Occasion) -> Place | None:
    """Of a tree that parts tissues first: the species below the tissue."""
    wanted = {folded(occasion.species)} | {folded(found.food.name) for found in tree.candidates(occasion.species)}
    tissue = folded(occasion.tissue)
    fitting = [
        food
        for food in tree.all()
        if folded(food.name) in wanted and (not tissue or folded(food.food.partition("/")[0]) == tissue)
    ]
    if len(fitting) == 1:
        return Place(FoodFound(fitting[0], ""))
    if not fitting:
        return None
    said = "“{name}” may be {candidates}; choose one of them."
    told = ", ".join(food.food for food in fitting)
    raise BadInput(reason("food.ambiguous", said, at=Where(field="food"), name=occasion.species, candidates=told))


def _by_home_food(library: Library, tree: FoodTree, occasion: Occasion) -> Place | None:
    home = library.foods.resolve(occasion.food, occasion.form).food
    linked = library.linked(home.food, tree.standard)
    if linked is None:
        named = tree.candidates(home.name)
        linked = named[0].food if len(named) == 1 else None
    if linked is None:
        return None
    if folded(linked.name) == folded(home.name):
        return Place(FoodFound(linked, ""))
    said = "That {food} is “{linked}” in {standard} is customary, and has not been confirmed there."
    why = reason("food.linked", said, food=home.name, linked=linked.food, standard=tree.standard)
    return Place(FoodFound(linked, ""), (why,))
