"""Which editions are to be compared (新旧版本对比的提问): by their codes, and names of a food and a substance."""

from collections.abc import Sequence
from dataclasses import dataclass

from lims.library.facts import FOOD_STANDARD, Food, Standard, Substance
from lims.library.lookup import Fit, lookup_of
from lims.library.rules import Library
from lims.limits.edition_comparison import Compared, Comparison, compare


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be compared; food and substance as they were typed."""

    before: str
    after: str
    food: str
    substance: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The comparison, and of it what is shown: that of one substance when it was asked for."""

    found: Comparison | None = None
    food: Food | None = None
    substance: str = ""

    @property
    def shown(self) -> Sequence[Compared]:
        """The differences."""
        return [one for one in (self.found.differences if self.found else ()) if self.substance in {"", one.substance}]


def comparable(library: Library) -> Sequence[Standard]:
    """The loaded editions that can be compared: those of families with more than one, the newest first."""
    found = []
    for market in library.markets:
        for family in library.families(market):
            loaded = [one for one in library.editions_of(family) if one.limits_loaded and not one.supplements]
            found.extend(loaded if len(loaded) > 1 else [])
    return found


def chosen(library: Library, editions: Sequence[Standard], before: str, after: str) -> tuple[str, str]:
    """The two editions that are asked for; the newest with the one before it where nothing is.

    Raises `NotFound` for an edition that the library does not know.
    """
    new = library.standard(after) if after else None
    old = library.standard(before) if before else None
    if new is None:
        same = [one for one in editions if old is None or one.family == old.family]
        new = same[0] if same else None
    if new is None:
        return "", ""
    return (old.code if old else library.edition_before(new.code)), new.code


def answer(library: Library, asked: Asked) -> Answer:
    """The comparison that is asked for; nothing without two editions.

    Raises `NotFound`, and `BadInput` for a food that is none or several.
    """
    if not asked.before or not asked.after:
        return Answer()
    code = _substance(library, asked.substance).code if asked.substance else ""
    food = _food(library, asked.after, asked.food)
    return Answer(compare(library, asked.before, asked.after, food.food if food else ""), food, code)


def _food(library: Library, edition: str, text: str) -> Food | None:
    """The food that is asked about, in the tree of the editions. Raises `BadInput` and `NotFound`."""
    if not text:
        return None
    tree = library.tree(library.standard(edition).tree)
    if text in tree:
        return tree.food(text)
    meant = [hit.found for hit in lookup_of(library).foods(text, tree.standard) if hit.fit is Fit.EXACT]
    if not tree.candidates(text) and len(meant) == 1:
        return meant[0]
    if tree.standard != FOOD_STANDARD and not tree.candidates(text):
        home = library.foods.resolve(text).food
        linked = library.linked(home.food, tree.standard)
        if linked is not None:
            return linked
    return tree.resolve(text).food


def _substance(library: Library, text: str) -> Substance:
    """The substance that is asked about, also by its pinyin when that is one's. Raises `NotFound`."""
    meant = [hit.found for hit in lookup_of(library).substances(text) if hit.fit is Fit.EXACT]
    return library.find_substance(text) or (meant[0] if len(meant) == 1 else library.substance(text))
