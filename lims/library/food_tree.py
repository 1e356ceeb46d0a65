"""The classification of foods of a standard (食品分类树), and how a name finds its place in it.

Names are compared whole, after NFKC, case and space folding; a part of a name never finds anything (韭葱 is not 韭菜,
辣椒 is not in 干辣椒).
"""

import difflib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lims.core.errors import BadInput, NotFound
from lims.core.reasons import Where, reason
from lims.library.facts import Food, Form


@lru_cache(maxsize=8192)
def folded(name: str) -> str:
    """A name as names are compared: NFKC, no spaces, lower case; brackets of every width become ( )."""
    plain = "".join(unicodedata.normalize("NFKC", name).split()).casefold()
    return plain.replace("[", "(").replace("]", ")").replace("〔", "(").replace("〕", ")")


#: How the name of a food says its form: 枸杞(干), 枸杞(鲜), 干豇豆, 苹果干.
_FORM_SPELLINGS = {Form.DRIED: ("{}(干)", "干{}", "{}干"), Form.FRESH: ("{}(鲜)", "鲜{}")}


@dataclass(frozen=True, slots=True)
class FoodFound:
    """A food that a name stands for, and the alias it was found by (empty when it is its own name)."""

    food: Food
    alias: str


class FoodTree:
    """The classification of foods of one standard (食品分类树), for example that of GB 2763, annex A."""

    def __init__(self, standard: str, foods: Iterable[Food], aliases: Iterable[tuple[str, str]]) -> None:
        self.standard = standard
        self._foods = {food.food: food for food in foods}
        self._named: dict[str, list[Food]] = {}
        self._aliased: dict[str, list[FoodFound]] = {}
        self._children: dict[str, list[Food]] = {}
        for food in self._foods.values():
            self._named.setdefault(folded(food.name), []).append(food)
            self._children.setdefault(food.parent, []).append(food)
        for alias, path in aliases:
            self._aliased.setdefault(folded(alias), []).append(FoodFound(self._foods[path], alias))

    def food(self, path: str) -> Food:
        """The food of a path. Raises `NotFound`."""
        if path not in self._foods:
            raise NotFound.of("food", path)
        return self._foods[path]

    def __contains__(self, path: str) -> bool:
        return path in self._foods

    def all(self) -> Sequence[Food]:
        """Every node, in the order of the paths."""
        return [self._foods[path] for path in sorted(self._foods)]

    def candidates(self, name: str, form: Form = Form.ANY) -> tuple[FoodFound, ...]:
        """What a name may stand for: a path, else foods of that name, else foods of that alias; perhaps several.

        With a form, foods of another form are left out, and `枸杞` may also stand for `枸杞(干)`, `辣椒` for what is
        called `辣椒(干)`.
        """
        path = name.strip()
        if path in self._foods:
            found: tuple[FoodFound, ...] = (FoodFound(self._foods[path], ""),)
        else:
            found = self._called(folded(name))
        if form is Form.ANY:
            return found
        marked = (self._called(spelling.format(folded(name))) for spelling in _FORM_SPELLINGS.get(form, ()))
        of_form = {one.food.food: one for ones in marked for one in ones if self.form_of(one.food) is form}
        fitting = tuple(one for one in found if self.form_of(one.food) in {form, Form.ANY})
        own = tuple(one for one in fitting if self.form_of(one.food) is form)
        return own or tuple(of_form.values()) or fitting

    def _called(self, key: str) -> tuple[FoodFound, ...]:
        """The foods of a folded name, else those of that alias."""
        return tuple(FoodFound(food, "") for food in self._named.get(key, ())) or tuple(self._aliased.get(key, ()))

    def form_of(self, food: Food) -> Form:
        """The form of a food: its own, else that of the nearest group that has one (新鲜 of 蔬菜)."""
        return next((node.form for node in self.path(food.food) if node.form is not Form.ANY), Form.ANY)

    def resolve(self, name: str, form: Form = Form.ANY) -> FoodFound:
        """The one food of a name, in a form when one is given.

        Raises `BadInput`: `food.unknown` with names that look alike, `food.ambiguous` naming the candidates, of which
        a person must choose, or `food.form_differs`.
        """
        found = self.candidates(name, form)
        where = Where(field="food")
        if len(found) == 1:
            return found[0]
        if not found:
            found = self.candidates(name)
        if not found:
            raise self._unknown(name, where)
        if len(found) == 1:
            said = "{food} is not the form that was given ({given}); name the food of that form."
            gaps = {"food": found[0].food.name, "given": form.value}
            raise BadInput(reason("food.form_differs", said, at=where, **gaps))
        raise BadInput(
            reason(
                "food.ambiguous",
                "“{name}” may be {candidates}; choose one of them.",
                at=where,
                name=name,
                candidates=", ".join(one.food.food for one in found),
            )
        )

    def _unknown(self, name: str, where: Where) -> BadInput:
        alike = self.alike(name)
        if alike:
            said = "“{name}” is no food of {standard}; did you mean {candidates}?"
            told = ", ".join(alike)
            return BadInput(reason("food.unknown", said, at=where, name=name, standard=self.standard, candidates=told))
        said = "“{name}” is no food of {standard}; give the name as in its annex A."
        return BadInput(reason("food.unknown", said, at=where, name=name, standard=self.standard))

    def alike(self, name: str, most: int = 4) -> tuple[str, ...]:
        """Names of foods and aliases that look like a name: for a question to a person, never for a verdict."""
        key = folded(name)
        names = {food.name for food in self._foods.values()}
        names |= {one.alias for found in self._aliased.values() for one in found}
        sharing = [other for other in names if key and (key in folded(other) or folded(other) in key)]
        sharing.sort(key=lambda other: (abs(len(other) - len(name)), other))
        cutoff = 0.6 if len(key) > 3 else 0.5  # of two characters, one must fit
        close = difflib.get_close_matches(name, sorted(names), n=most, cutoff=cutoff)
        return tuple(dict.fromkeys([*close, *sharing]))[:most]

    def keys_around(self, path: str) -> tuple[str, ...]:
        """The keys of the food, its group, the group's group … up to the top. Raises `NotFound`."""
        return tuple(food.food for food in self.path(path))

    def path(self, path: str) -> tuple[Food, ...]:
        """The food, its group, the group's group … up to the top. Raises `NotFound`."""
        climbed = [self.food(path)]
        while climbed[-1].parent:
            climbed.append(self._foods[climbed[-1].parent])
        return tuple(climbed)

    def children(self, path: str) -> tuple[Food, ...]:
        """What stands directly in a node; the groups at the top for an empty path."""
        return tuple(sorted(self._children.get(path, ()), key=lambda food: food.food))

    def below(self, path: str) -> tuple[Food, ...]:
        """Everything inside a node, without itself."""
        found: list[Food] = []
        waiting = list(self._children.get(path, ()))
        while waiting:
            food = waiting.pop()
            found.append(food)
            waiting.extend(self._children.get(food.food, ()))
        return tuple(sorted(found, key=lambda food: food.food))

    def is_within(self, path: str, group: str) -> bool:
        """Is the food the group itself or in it?"""
        return lies_in(path, group)

    def is_printed_within(self, path: str, group: str) -> bool:
        """Is every step from the food up to the group named by the standard itself?"""
        if path == group:
            return True
        food = self._foods[path]
        return any(
            self.is_within(step, group) and step != path and self.is_printed_within(step, group)
            for step in food.printed_within
        )


def lies_in(food: str, group: str) -> bool:
    """Is the food, by its path, the group itself or in it?"""
    return food == group or food.startswith(f"{group}/")


def covers(foods: Sequence[str], except_foods: Sequence[str], food: str) -> bool:
    """Is the food in one of `foods` (in any, when there are none) and in none of `except_foods`?"""

    def inside(groups: Sequence[str]) -> bool:
        return any(lies_in(food, group) for group in groups)

    return (not foods or inside(foods)) and not inside(except_foods)
