"""Finds things in the library: a substance by any of its names, a food in its tree, the methods for both.

Names are compared whole, after NFKC, case and space folding; a part of a name never finds anything (韭葱 is not 韭菜,
辣椒 is not in 干辣椒).
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lims.core.errors import BadInput, NotFound
from lims.core.language import Language
from lims.core.reasons import Where, reason
from lims.library.facts import (
    FOOD_STANDARD,
    Coverage,
    Food,
    LibraryFacts,
    LimitRow,
    Method,
    Prohibition,
    ResidueDefinition,
    Standard,
    Substance,
)
from lims.science.residues import Component


def folded(name: str) -> str:
    """A name as names are compared: NFKC, no spaces, lower case; brackets of every width become ( )."""
    plain = "".join(unicodedata.normalize("NFKC", name).split()).casefold()
    return plain.replace("[", "(").replace("]", ")").replace("〔", "(").replace("〕", ")")


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

    def candidates(self, name: str) -> tuple[FoodFound, ...]:
        """What a name may stand for: a path, else foods of that name, else foods of that alias; perhaps several."""
        path = name.strip()
        if path in self._foods:
            return (FoodFound(self._foods[path], ""),)
        own = self._named.get(folded(name), [])
        if own:
            return tuple(FoodFound(food, "") for food in own)
        return tuple(self._aliased.get(folded(name), ()))

    def resolve(self, name: str) -> FoodFound:
        """The one food of a name.

        Raises `BadInput`: `food.unknown`, or `food.ambiguous` naming the candidates, of which a person must choose.
        """
        found = self.candidates(name)
        if len(found) == 1:
            return found[0]
        where = Where(field="food")
        if not found:
            raise BadInput(
                reason(
                    "food.unknown",
                    "“{name}” is no food of {standard}; give the name as in its annex A.",
                    at=where,
                    name=name,
                    standard=self.standard,
                )
            )
        raise BadInput(
            reason(
                "food.ambiguous",
                "“{name}” may be {candidates}; choose one of them.",
                at=where,
                name=name,
                candidates=", ".join(one.food.food for one in found),
            )
        )

    def keys_around(self, path: str) -> tuple[str, ...]:
        """The keys of the food, its group, the group's group … up to the top. Raises `NotFound`."""
        return tuple(food.food for food in self.path(path))

    def path(self, path: str) -> tuple[Food, ...]:
        """The food, its group, the group's group … up to the top. Raises `NotFound`."""
        climbed = [self.food(path)]
        while climbed[-1].parent:
            climbed.append(self._foods[climbed[-1].parent])
        return tuple(climbed)

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


class Library:
    """A release, ready for questions. Pure value: build it once per release and share it."""

    def __init__(self, facts: LibraryFacts) -> None:
        self.facts = facts
        self._substances = {s.code: s for s in facts.substances}
        self._by_name: dict[str, set[str]] = {}
        for s in facts.substances:
            for name in (s.code, s.name_zh, s.name_en, s.cas):
                self._remember(name, s.code)
        for alias in facts.substance_aliases:
            self._remember(alias.alias, alias.substance)
        self._trees = {tree: self._tree(tree) for tree in sorted({food.standard for food in facts.foods})}
        self._standards = {s.code: s for s in facts.standards}
        self._limits: dict[tuple[str, str], list[LimitRow]] = {}
        for row in facts.limits:
            self._limits.setdefault((row.standard, row.substance), []).append(row)
        self._coverage = {(c.standard, c.substance): c.coverage for c in facts.coverage}
        self._definitions: dict[tuple[str, str], list[ResidueDefinition]] = {}
        for definition in facts.definitions:
            self._definitions.setdefault((definition.standard, definition.substance), []).append(definition)
        self._prohibitions: dict[str, list[Prohibition]] = {}
        for prohibition in facts.prohibitions:
            self._prohibitions.setdefault(prohibition.substance, []).append(prohibition)
        self._methods = {m.code: m for m in facts.methods}

    def _remember(self, name: str, code: str) -> None:
        if name:
            self._by_name.setdefault(folded(name), set()).add(code)

    def _tree(self, standard: str) -> FoodTree:
        foods = [food for food in self.facts.foods if food.standard == standard]
        aliases = [(a.alias, a.food) for a in self.facts.food_aliases if a.standard == standard]
        return FoodTree(standard, foods, aliases)

    @property
    def foods(self) -> FoodTree:
        """The food tree that samples are named by: GB 2763, annex A."""
        return self.tree(FOOD_STANDARD)

    @property
    def methods(self) -> Mapping[str, Method]:
        """Every method by its code, with and without a year."""
        return self._methods

    @property
    def prohibitions(self) -> Sequence[Prohibition]:
        """Every prohibition."""
        return self.facts.prohibitions

    def substance(self, name: str) -> Substance:
        """The substance of a code, name, alias or CAS number. Raises `NotFound` when there is not exactly one."""
        found = self.find_substance(name)
        if found is None:
            raise NotFound.of("substance", name)
        return found

    def find_substance(self, name: str) -> Substance | None:
        """The one substance of a code, name, alias or CAS number; None when there is none or more than one."""
        if name in self._substances:
            return self._substances[name]
        codes = self._by_name.get(folded(name), set())
        return self._substances[min(codes)] if len(codes) == 1 else None

    def substance_name(self, code: str, language: Language) -> str:
        """What a substance is called in a language; its code when the library does not know it (any more)."""
        found = self.find_substance(code)
        if found is None:
            return code
        return found.name_zh if language is Language.CHINESE else found.name_en or found.name_zh

    def food_name(self, path: str) -> str:
        """A food's own name, the last of its path."""
        return self.foods.food(path).name if path in self.foods else path.rpartition("/")[2]

    def tree(self, standard: str) -> FoodTree:
        """The food tree of a standard, `GB 2763`. Raises `NotFound`."""
        if standard not in self._trees:
            raise NotFound.of("food tree", standard)
        return self._trees[standard]

    def editions_of(self, standard: str) -> list[Standard]:
        """All known editions of a standard, newest first."""
        found = [s for s in self._standards.values() if s.code.startswith(f"{standard}-")]
        return sorted(found, key=lambda s: s.code, reverse=True)

    def edition_on(self, standard: str, day: date) -> Standard | None:
        """The edition of a standard that was in force on a day *and* is loaded; None when there is none."""
        for edition in self.editions_of(standard):
            begun = edition.effective_on is not None and edition.effective_on <= day
            if edition.limits_loaded and begun and (edition.ended_on is None or day < edition.ended_on):
                return edition
        return None

    def limits_in_force(self, day: date) -> Sequence[LimitRow]:
        """All loaded limits that decide on a day; none when no edition of that day is loaded."""
        edition = self.edition_on(FOOD_STANDARD, day)
        return [row for row in self.facts.limits if edition is not None and row.standard == edition.code]

    def coverage(self, edition: str, substance: str) -> Coverage | None:
        """Whether the limits of a substance are loaded for an edition; None when it was not loaded at all."""
        return self._coverage.get((edition, substance))

    def limits(self, edition: str, substance: str) -> Sequence[LimitRow]:
        """All limits of a substance in an edition."""
        return self._limits.get((edition, substance), ())

    def definition(self, edition: str, substance: str, food: str) -> ResidueDefinition | None:
        """What counts as residue of the substance in the food, in an edition."""
        for definition in self._definitions.get((edition, substance), ()):
            if covers(definition.foods, definition.except_foods, food):
                return definition
        return None

    def components(self, parameter: str, food: str, day: date | None = None) -> tuple[Component, ...]:
        """The analytes that the residue of a parameter in a food needs, with their conversion factors.

        Itself alone when its residue is no sum, or not known. Decided by the edition in force on `day`, or by the
        newest one that is loaded. Raises `NotFound` for an unknown parameter.
        """
        code = self.substance(parameter).code
        loaded = [edition for edition in self.editions_of(FOOD_STANDARD) if edition.limits_loaded]
        edition = self.edition_on(FOOD_STANDARD, day) if day else next(iter(loaded), None)
        definition = self.definition(edition.code, code, food) if edition else None
        if definition is None or not definition.components:
            return (Component(code),)
        return tuple(Component(part.substance, part.factor) for part in definition.components)

    def definitions(self, edition: str) -> Sequence[ResidueDefinition]:
        """All residue definitions of an edition."""
        return [d for d in self.facts.definitions if d.standard == edition]

    def prohibitions_of(self, substance: str, food: str, day: date) -> Sequence[Prohibition]:
        """Every rule that forbids the substance in the food and was in force on the day."""
        return [
            rule
            for rule in self._prohibitions.get(substance, ())
            if rule.in_force_on <= day and covers(rule.foods, rule.except_foods, food)
        ]

    def method_on(self, code: str, day: date) -> Method:
        """The method of a code on a day: a dated code is itself, an undated one its newest edition published by then.

        A limit standard cites methods without a year, so the newest edition applies. Raises `NotFound`.
        """
        published = [
            m
            for m in self._methods.values()
            if m.undated_code == code and m.edition and m.published_on is not None and m.published_on <= day
        ]
        if published:
            return max(published, key=lambda m: m.edition)
        if code not in self._methods:
            raise NotFound.of("method", code)
        return self._methods[code]

    def methods_for(self, substance: str) -> Sequence[Method]:
        """The methods that a loaded limit standard cites for the substance."""
        return [m for m in self.facts.methods if substance in m.substances]


def lies_in(food: str, group: str) -> bool:
    """Is the food, by its path, the group itself or in it?"""
    return food == group or food.startswith(f"{group}/")


def covers(foods: Sequence[str], except_foods: Sequence[str], food: str) -> bool:
    """Is the food in one of `foods` (in any, when there are none) and in none of `except_foods`?"""

    def inside(groups: Sequence[str]) -> bool:
        return any(lies_in(food, group) for group in groups)

    return (not foods or inside(foods)) and not inside(except_foods)
