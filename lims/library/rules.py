"""Finds things in the library: a substance by any of its names, a food in its tree, the methods for both."""

import difflib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import islice, takewhile
from typing import TypeVar

from lims.core.errors import NotFound
from lims.core.language import Language
from lims.library.facts import (
    FOOD_STANDARD,
    HOME_MARKET,
    AnnouncedLimit,
    Coverage,
    Food,
    LibraryFacts,
    LimitKind,
    LimitRow,
    Method,
    MethodAnalyte,
    Prohibition,
    ResidueDefinition,
    Screening,
    Standard,
    StandardKind,
    Substance,
    SubstanceKind,
)
from lims.library.food_tree import FoodTree, covers, folded
from lims.library.screening import is_screening
from lims.science.residues import Component

K = TypeVar("K")
V = TypeVar("V")


def _grouped(values: Iterable[V], key: Callable[[V], K]) -> dict[K, list[V]]:
    found: dict[K, list[V]] = {}
    for value in values:
        found.setdefault(key(value), []).append(value)
    return found


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
        self._links = {(link.standard, link.to_standard, link.food): link.to_food for link in facts.food_links}
        self._standards = {s.code: s for s in facts.standards}
        self._families = _grouped(facts.standards, lambda s: s.family)
        for editions in self._families.values():
            editions.sort(key=lambda s: (s.effective_on or date.min, s.code), reverse=True)
        self._limits = _grouped(facts.limits, lambda row: (row.standard, row.substance))
        self._limits_at = _grouped(facts.limits, lambda row: (row.standard, row.substance, row.food))
        self._limited: dict[tuple[str, str], list[str]] = {}
        self._law = _grouped((s for s in facts.standards if s.kind is StandardKind.LAW), lambda s: s.market)
        self._spoken_of: dict[tuple[str, str], bool] = {}
        self._extraneous = {row.substance for row in facts.limits if row.kind is LimitKind.EMRL}
        self._coverage = {(c.standard, c.substance): c.coverage for c in facts.coverage}
        more = {c.standard for c in facts.coverage if c.coverage is not Coverage.PARTIAL}
        self._fragments = {s.code for s in facts.standards if not s.is_complete and s.code not in more}
        self._definitions = _grouped(facts.definitions, lambda d: (d.standard, d.substance))
        self._screenings = _grouped(facts.screenings, lambda s: s.standard)
        parts = [(part.substance, d.substance) for d in facts.definitions for part in d.components]
        self._owners = _grouped(parts, lambda pair: pair[0])
        self._homes = _grouped(facts.food_links, lambda link: (link.to_standard, link.to_food))
        self._prohibitions = _grouped(facts.prohibitions, lambda rule: rule.substance)
        self._methods = {m.code: m for m in facts.methods}
        self._reached = _grouped(facts.method_analytes, lambda one: one.substance)

    def _remember(self, name: str, code: str) -> None:
        if name:
            self._by_name.setdefault(folded(name), set()).add(code)

    def _tree(self, standard: str) -> FoodTree:
        foods = [food for food in self.facts.foods if food.standard == standard]
        aliases = [(a.alias, a.food) for a in self.facts.food_aliases if a.standard == standard]
        return FoodTree(standard, foods, aliases)

    @property
    def trees(self) -> frozenset[str]:
        """The standards that classify foods for themselves."""
        return frozenset(self._trees)

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

    def substances_alike(self, name: str, most: int = 4) -> tuple[str, ...]:
        """Names of substances that look like a name, or all that it may mean: for a question, never for a verdict."""
        meant = self._by_name.get(folded(name), set())
        if meant:
            return tuple(self._substances[code].name_zh for code in sorted(meant))[:most]
        names = {s.name_zh for s in self.facts.substances} | {a.alias for a in self.facts.substance_aliases}
        names |= {s.name_en for s in self.facts.substances if name.isascii()}
        return tuple(difflib.get_close_matches(name, sorted(names), n=most, cutoff=0.6 if len(name) > 3 else 0.5))

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

    def standard(self, code: str) -> Standard:
        """An edition by its code. Raises `NotFound`."""
        if code not in self._standards:
            raise NotFound.of("standard", code)
        return self._standards[code]

    @property
    def markets(self) -> tuple[str, ...]:
        """Every market with law in the library, the home market first."""
        found = {s.market for s in self.facts.standards if s.kind is StandardKind.LAW}
        return tuple(sorted(found, key=lambda market: (market != HOME_MARKET, market)))

    def families(self, market: str) -> tuple[str, ...]:
        """The families of standards that are law in a market, without their years; that of foods first."""
        found = {s.family for s in self._law.get(market, ())}
        return tuple(sorted(found, key=lambda family: (family != FOOD_STANDARD, family)))

    @property
    def declared_families(self) -> tuple[str, ...]:
        """Standards that bind only whoever declares them: organic, green food, a buyer's contract."""
        return tuple(sorted({s.family for s in self.facts.standards if s.kind is StandardKind.DECLARED}))

    def speaks_of(self, family: str, substance: Substance) -> bool:
        """Does a family of standards set limits for such a substance? By its kind, or because it names it."""
        key = (family, substance.code)
        if key not in self._spoken_of:
            self._spoken_of[key] = self._speaks_of(family, substance)
        return self._spoken_of[key]

    def _speaks_of(self, family: str, substance: Substance) -> bool:
        editions = self._families.get(family, ())
        return any(substance.kind in s.subjects or (s.code, substance.code) in self._coverage for s in editions) or any(
            substance.kind is SubstanceKind.RESIDUE_COMPONENT and SubstanceKind.PESTICIDE in s.subjects
            for s in editions
        )

    def editions_of(self, family: str) -> list[Standard]:
        """All known editions of a family and their supplements, newest first."""
        return list(self._families.get(family, ()))

    def edition_before(self, code: str) -> str:
        """The loaded edition that a loaded one replaced; empty when there is none, and for a supplement."""
        one = self._standards[code]
        whole = [s for s in self._families[one.family] if s.limits_loaded and not s.supplements]
        older = [s for s in whole if (s.effective_on or date.min) < (one.effective_on or date.min)]
        return older[0].code if one in whole and older else ""

    def edition_on(self, family: str, day: date) -> Standard | None:
        """The edition of a family that was in force on a day *and* is loaded; None when there is none."""
        return next((one for one in self.editions_on(family, day) if not one.supplements), None)

    def editions_on(self, family: str, day: date) -> tuple[Standard, ...]:
        """The loaded edition of a family in force on a day with its supplements, which come first; perhaps none."""
        holding = [s for s in self._families.get(family, ()) if s.limits_loaded and in_force(s, day)]
        main = next((s for s in holding if not s.supplements), None)
        if main is None:
            return ()
        return (*(s for s in holding if s.supplements == main.code), main)

    def limits_in_force(self, day: date, market: str = HOME_MARKET) -> Sequence[LimitRow]:
        """All loaded limits that are law in a market on a day; none when no edition of that day is loaded."""
        codes = {one.code for family in self.families(market) for one in self.editions_on(family, day)}
        return [row for row in self.facts.limits if row.standard in codes and row_holds(row, day)]

    def linked(self, food: str, tree: str) -> Food | None:
        """The food of another tree that a food of the home tree stands for; that of the nearest group with one."""
        for node in self.foods.keys_around(food):
            to_food = self._links.get((FOOD_STANDARD, tree, node))
            if to_food is not None:
                return self.tree(tree).food(to_food)
        return None

    def home_of(self, standard: str, food: str) -> Food | None:
        """The food of the home tree that a food of another tree stands for: the smallest node around all its links."""
        for node in self.tree(standard).keys_around(food):
            links = self._homes.get((standard, node))
            if links:
                around = (set(self.foods.keys_around(link.food)) for link in links)
                common = set.intersection(*around)
                return self.foods.food(max(common, key=len)) if common else None
        return None

    def screenings_of(self, edition: str) -> Sequence[Screening]:
        """Which totals show, without speciation, that a parameter conforms."""
        return self._screenings.get(edition, ())

    def owners_of(self, component: str) -> Sequence[str]:
        """The substances whose residue a substance is part of, by any definition."""
        return sorted({owner for _, owner in self._owners.get(component, ())})

    def coverage(self, edition: str, substance: str) -> Coverage | None:
        """Whether the limits of a substance are loaded for an edition; None when it was not loaded at all."""
        standard = self._standards.get(edition)
        if standard is not None and standard.is_complete:
            return Coverage.COMPLETE
        return self._coverage.get((edition, substance))

    def is_fragment(self, edition: str) -> bool:
        """Are only single limits of an edition loaded, whole substances nowhere?"""
        return edition in self._fragments

    def limits(self, edition: str, substance: str) -> Sequence[LimitRow]:
        """All limits of a substance in an edition."""
        return self._limits.get((edition, substance), ())

    def limits_at(self, edition: str, substance: str, food: str) -> Sequence[LimitRow]:
        """The limits of a substance in an edition that stand at a food itself."""
        return self._limits_at.get((edition, substance, food), ())

    def limited_inside(self, edition: str, substance: str, food: str) -> Sequence[str]:
        """The foods inside a food that a limit of a substance in an edition names, also as excepted; on any day."""
        key = (edition, substance)
        if key not in self._limited:
            rows = self.limits(edition, substance)
            self._limited[key] = sorted({row.food for row in rows} | {one for row in rows for one in row.exclude})
        named, inside = self._limited[key], f"{food}/"
        first = bisect_left(named, inside)
        return list(takewhile(lambda one: one.startswith(inside), islice(named, first, None)))

    def has_extraneous_limit(self, substance: str) -> bool:
        """Does any loaded edition set a limit for what the environment still holds of a banned substance?"""
        return substance in self._extraneous

    def limits_of(self, edition: str) -> Sequence[LimitRow]:
        """All limits of an edition."""
        return [row for row in self.facts.limits if row.standard == edition]

    def definition(self, edition: str, substance: str, food: str) -> ResidueDefinition | None:
        """What counts as residue of the substance in the food, in an edition."""
        for definition in self._definitions.get((edition, substance), ()):
            if covers(definition.foods, definition.except_foods, food):
                return definition
        return None

    def components(self, parameter: str, food: str, day: date | None = None) -> tuple[Component, ...]:
        """The analytes that the residue of a parameter in a food needs, with their conversion factors.

        Itself alone when its residue is no sum, or not known; all that any standard asks for where several speak of it.
        Decided by the editions in force on `day`, or by the newest that are loaded. Raises `NotFound` for an unknown
        parameter.
        """
        substance = self.substance(parameter)
        found: dict[str, Component] = {}
        for family in self.families(HOME_MARKET):
            node = self._place(food, family) if self.speaks_of(family, substance) else None
            for edition in self._deciding(family, day) if node is not None else ():
                definition = self.definition(edition.code, substance.code, node or "")
                if definition is not None and definition.components:
                    for part in definition.components:
                        found.setdefault(part.substance, Component(part.substance, part.factor))
                    break
        return tuple(found.values()) or (Component(substance.code),)

    def _deciding(self, family: str, day: date | None) -> tuple[Standard, ...]:
        if day is not None:
            return self.editions_on(family, day)
        loaded = [one for one in self.editions_of(family) if one.limits_loaded]
        return tuple(loaded[:1])

    def _place(self, food: str, family: str) -> str | None:
        """Where a food of the home tree stands in the tree of a family; None when it has no place there."""
        if family == FOOD_STANDARD:
            return food
        tree = self._families[family][0].tree
        linked = self.linked(food, tree) if food in self.foods and tree in self._trees else None
        return None if linked is None else linked.food

    def definitions_of(self, edition: str, substance: str) -> Sequence[ResidueDefinition]:
        """What counts as residue of a substance in an edition, one for each kind of food."""
        return self._definitions.get((edition, substance), ())

    def definitions(self, edition: str) -> Sequence[ResidueDefinition]:
        """All residue definitions of an edition."""
        return [d for d in self.facts.definitions if d.standard == edition]

    def rules_for(self, substance: str) -> Sequence[Prohibition]:
        """Every rule that forbids a substance, on any day and in any food."""
        return self._prohibitions.get(substance, ())

    def prohibitions_of(self, substance: str, food: str, day: date) -> Sequence[Prohibition]:
        """Every rule that forbids the substance in the food and was in force on the day."""
        return [
            rule
            for rule in self._prohibitions.get(substance, ())
            if rule_holds(rule, day) and covers(rule.foods, rule.except_foods, food)
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

    def is_screening(self, code: str) -> bool:
        """Whether a method only screens, so that its finds are confirmed by another."""
        return is_screening(code, self._methods.get(code))

    def reached_by(self, substance: str) -> Sequence[MethodAnalyte]:
        """What methods say of a substance: how far down they reach, and by which transitions."""
        return self._reached.get(substance, ())

    def measured_by(self, method: str) -> Sequence[MethodAnalyte]:
        """What a method says of every substance that it measures."""
        return [one for one in self.facts.method_analytes if one.method == method]

    def announced_for(self, substance: str) -> Sequence[AnnouncedLimit]:
        """The limits of a substance that inspection notices printed: history, decides nothing."""
        return [one for one in self.facts.announced if one.substance == substance]

    def methods_for(self, substance: str) -> Sequence[Method]:
        """The methods that a loaded limit standard cites for the substance."""
        return [m for m in self.facts.methods if substance in m.substances]


def in_force(standard: Standard, day: date) -> bool:
    """Does an edition decide on a day?"""
    begun = standard.effective_on is not None and standard.effective_on <= day
    return begun and (standard.ended_on is None or day < standard.ended_on)


def row_holds(row: LimitRow, day: date) -> bool:
    """Does a limit of an edition in force hold on a day?"""
    return (row.starts_on is None or row.starts_on <= day) and (row.ends_on is None or day < row.ends_on)


def rule_holds(rule: Prohibition, day: date) -> bool:
    """Was a prohibition in force on a day?"""
    return rule.in_force_on <= day and (rule.ended_on is None or day < rule.ended_on)
