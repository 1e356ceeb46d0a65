"""Where a food stands in the tree of a standard (食品归类): by its name there, by species and tissue, or by a link.

Every standard classifies foods for itself: a leaf vegetable of GB 2763 may be none in GB 2762, and GB 31650 speaks of
species and tissues. So a place is looked up in each tree, and where only a link says it, that is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from lims.core.errors import BadInput, LimsError
from lims.core.reasons import Reason, Where, reason
from lims.library.facts import FOOD_STANDARD, Food, SubstanceKind
from lims.library.food_tree import FoodFound, FoodTree, folded, lies_in
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
    foods = [food for tree in _tissue_trees(library) for food in library.tree(tree).all()]
    return Animals(
        species=sorted({food.name for food in foods if food.parent}),
        tissues=sorted({food.name for food in foods if not food.parent}),
    )


def place_of(library: Library, occasion: Occasion, standard: str) -> Place | None:
    """The food of an occasion in the tree of a standard; None when that standard does not speak of it.

    Raises `BadInput`: `food.unknown`, `food.ambiguous`, `food.form_differs`, and of an animal that is named by species
    or tissue `food.tissue_unknown`, `food.contradicts`.
    """
    tree = library.tree(standard)
    if standard in _tissue_trees(library) and _is_animal(occasion):
        return Place(FoodFound(_of_animal(library, tree, occasion), ""))
    _refuse_contradiction(library, occasion)
    if standard == FOOD_STANDARD:
        return _in_home_tree(library, occasion)
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
        own = _own_place(library, occasion, standard)
        if own is not None and (home := library.home_of(standard, own.food)) is not None:
            return home
    return None


def _own_place(library: Library, occasion: Occasion, standard: str) -> Food | None:
    """The food in a tree by its own names alone; None when there is not exactly one."""
    tree = library.tree(standard)
    if standard in _tissue_trees(library) and _is_animal(occasion):
        try:
            return _of_animal(library, tree, occasion)
        except LimsError:
            return None
    found = tree.candidates(occasion.food, occasion.form)
    return found[0].food if len(found) == 1 else None


def _is_animal(occasion: Occasion) -> bool:
    return bool(occasion.species or occasion.tissue)


def _refuse_contradiction(library: Library, occasion: Occasion) -> None:
    """A food that is not what species and tissue say is refused by every standard, also where they are not asked."""
    for standard in sorted(_tissue_trees(library)) if _is_animal(occasion) else ():
        try:
            _of_animal(library, library.tree(standard), occasion)
        except LimsError as unclear:
            if any(why.code == "food.contradicts" for why in unclear.reasons):
                raise


@lru_cache(maxsize=4)
def _tissue_trees(library: Library) -> frozenset[str]:
    """The trees that part tissues: those of the standards of drugs in animals."""
    speaking = {one.tree for one in library.facts.standards if SubstanceKind.VETERINARY_DRUG in one.subjects}
    return frozenset((speaking & library.trees) - {FOOD_STANDARD})


def _in_home_tree(library: Library, occasion: Occasion) -> Place:
    """By its name; an animal food whose name the home tree does not know, by species and tissue."""
    try:
        return Place(library.foods.resolve(occasion.food, occasion.form))
    except BadInput as unclear:
        is_unknown = all(why.code == "food.unknown" for why in unclear.reasons)
        home = home_food(library, occasion) if is_unknown and _is_animal(occasion) else None
        if home is None:
            raise
        return Place(FoodFound(home, ""), (_linked(occasion.food, home, FOOD_STANDARD),))


def _of_animal(library: Library, tree: FoodTree, occasion: Occasion) -> Food:
    """The species inside its tissue. Where the food has a name besides, both must lead to one place."""
    named = [] if folded(occasion.food) == folded(occasion.species) else _named_places(library, tree, occasion)
    if not occasion.species:
        tissue = folded(occasion.tissue)
        within = [food for food in named if _tissue_of(food) == tissue]
        if named and not within:
            raise _contradiction(tree, occasion, named)
        return _the_one(tree, occasion.food, within)
    fitting = _of_species(tree, occasion)
    if not named:
        return _the_one(tree, occasion.species, fitting)
    agreeing = {max(one, other, key=lambda food: len(food.food)) for one in named for other in fitting
                if lies_in(one.food, other.food) or lies_in(other.food, one.food)}  # fmt: skip
    if not agreeing:
        raise _contradiction(tree, occasion, named)
    return _the_one(tree, occasion.species, sorted(agreeing, key=lambda food: food.food))


def _named_places(library: Library, tree: FoodTree, occasion: Occasion) -> list[Food]:
    """Where the name of the food alone leads in the tree, perhaps to several places or none."""
    direct = [found.food for found in tree.candidates(occasion.food, occasion.form)]
    if direct:
        return direct
    home = library.foods.candidates(occasion.food, occasion.form)
    linked = library.linked(home[0].food.food, tree.standard) if len(home) == 1 else None
    return [] if linked is None else [linked]


def _of_species(tree: FoodTree, occasion: Occasion) -> list[Food]:
    """The places of a species, those inside its tissue when one is given."""
    names = {folded(occasion.species)} | {folded(found.food.name) for found in tree.candidates(occasion.species)}
    places = [food for food in tree.all() if food.parent and folded(food.name) in names]
    if not places:
        said = "{standard} names no animal “{species}”; it names {candidates}."
        told = ", ".join(sorted({food.name for food in tree.all() if food.parent}))
        gaps = {"standard": tree.standard, "species": occasion.species, "candidates": told}
        raise BadInput(reason("food.unknown", said, at=Where(field="species"), **gaps))
    tissue = folded(occasion.tissue)
    fitting = [food for food in places if not tissue or _tissue_of(food) == tissue]
    if not fitting:
        said = "{standard} has no “{tissue}” of {species}; it names {candidates}."
        told = ", ".join(dict.fromkeys(food.food.partition("/")[0] for food in places))
        gaps = {"standard": tree.standard, "tissue": occasion.tissue, "species": occasion.species, "candidates": told}
        raise BadInput(reason("food.tissue_unknown", said, at=Where(field="tissue"), **gaps))
    return fitting


def _tissue_of(food: Food) -> str:
    return folded(food.food.partition("/")[0])


def _the_one(tree: FoodTree, name: str, fitting: Sequence[Food]) -> Food:
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        return tree.resolve(name).food
    said = "“{name}” may be {candidates}; choose one of them."
    told = ", ".join(food.food for food in fitting)
    raise BadInput(reason("food.ambiguous", said, at=Where(field="food"), name=name, candidates=told))


def _contradiction(tree: FoodTree, occasion: Occasion, named: Sequence[Food]) -> BadInput:
    said = "“{food}” is {candidates} in {standard}, and not {animal}; name the food by one of the two."
    given = " ".join(part for part in (occasion.species, occasion.tissue) if part)
    told = ", ".join(food.food for food in named)
    gaps = {"food": occasion.food, "candidates": told, "standard": tree.standard, "animal": given}
    return BadInput(reason("food.contradicts", said, at=Where(field="food"), **gaps))


def _by_home_food(library: Library, tree: FoodTree, occasion: Occasion) -> Place | None:
    home = _in_home_tree(library, occasion).found.food
    linked = library.linked(home.food, tree.standard)
    if linked is None:
        named = tree.candidates(home.name)
        linked = named[0].food if len(named) == 1 else None
    if linked is None:
        return None
    if folded(linked.name) == folded(home.name):
        return Place(FoodFound(linked, ""))
    return Place(FoodFound(linked, ""), (_linked(home.name, linked, tree.standard),))


def _linked(name: str, linked: Food, standard: str) -> Reason:
    said = "That {food} is “{linked}” in {standard} is customary, and has not been confirmed there."
    return reason("food.linked", said, food=name, linked=linked.food, standard=standard)
