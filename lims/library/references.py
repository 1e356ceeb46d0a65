"""Checks between the files of the library: every code that a row names must exist, every key only once."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

from lims.core.reasons import Reason, Where, reason
from lims.library.facts import FOOD_STANDARD, DefinitionState, LibraryFacts, LimitRow, Standard, StandardKind
from lims.science.units import UnitKind


def faults_between(library: LibraryFacts) -> list[Reason]:
    """Everything that does not fit together; empty when the library is sound."""
    faults = [
        *_twice(library),
        *_unknown_substances(library),
        *_unknown_foods(library),
        *_unknown_methods(library),
        *_unknown_definitions(library),
        *_standards(library),
        *_limits(library),
    ]
    for definition in library.definitions:
        if (definition.state is DefinitionState.COMPONENTS_KNOWN) != bool(definition.components):
            faults.append(
                reason(
                    "library.definition_components",
                    "The residue definition {definition} needs components exactly when they are known.",
                    at=Where("residue_components.csv"),
                    definition=definition.definition,
                )
            )
    return faults


def _twice(library: LibraryFacts) -> Iterator[Reason]:
    keys: dict[str, Iterable[tuple[str, ...]]] = {
        "substances.csv": ((s.code,) for s in library.substances),
        "foods.csv": ((x.standard, x.food) for x in library.foods),
        "food_aliases.csv": ((a.standard, a.alias, a.food) for a in library.food_aliases),
        "standards.csv": ((s.code,) for s in library.standards),
        "food_links.csv": ((k.standard, k.food, k.to_standard) for k in library.food_links),
        "screenings.csv": ((k.standard, k.parameter) for k in library.screenings),
        "limits": (
            (r.standard, r.substance, r.food, ";".join(r.exclude), r.condition, r.basis, str(r.starts_on or ""))
            for r in library.limits
        ),
        "residue_definitions.csv": ((d.standard, d.definition) for d in library.definitions),
        "methods.csv": ((m.code,) for m in library.methods),
        "divisions_guizhou.csv": ((d.code,) for d in library.divisions),
        "targets.csv": ((t.id,) for t in library.targets),
    }
    for file, found in keys.items():
        for key, times in Counter(found).items():
            if times > 1:
                said = "{key} stands here {times} times; it may stand once."
                yield reason("library.twice", said, at=Where(file), key=" / ".join(key), times=times)


def _unknown_substances(library: LibraryFacts) -> Iterator[Reason]:
    known = {s.code for s in library.substances}
    named = {
        "substance_aliases.csv": [a.substance for a in library.substance_aliases],
        "limits": [r.substance for r in library.limits] + [c.substance for c in library.coverage],
        "residue_definitions.csv": [d.substance for d in library.definitions]
        + [d.expressed_as for d in library.definitions if d.expressed_as],
        "residue_components.csv": [c.substance for d in library.definitions for c in d.components],
        "prohibitions.csv": [p.substance for p in library.prohibitions],
        "screenings.csv": [code for k in library.screenings for code in (k.parameter, k.screened_by)],
        "announced_limits.csv": [a.substance for a in library.announced],
        "method_substances.csv": [code for m in library.methods for code in m.substances],
        "method_analytes.csv": [a.substance for a in library.method_analytes],
    }
    for file, codes in named.items():
        for code in sorted(set(codes) - known):
            said = "The substance {substance} is not in substances.csv."
            yield reason("library.substance_unknown", said, at=Where(file), substance=code)


def _unknown_foods(library: LibraryFacts) -> Iterator[Reason]:
    trees: dict[str, set[str]] = {}
    for food in library.foods:
        trees.setdefault(food.standard, set()).add(food.food)
    tree_of = {standard.code: standard.tree for standard in library.standards}
    named = [
        *(("foods.csv", food.standard, one) for food in library.foods for one in (food.parent, *food.printed_within)),
        *(("food_aliases.csv", a.standard, a.food) for a in library.food_aliases),
        *(("food_links.csv", k.standard, k.food) for k in library.food_links),
        *(("food_links.csv", k.to_standard, k.to_food) for k in library.food_links),
        *(("limits", tree_of.get(r.standard, ""), one) for r in library.limits for one in (r.food, *r.exclude)),
        *(
            ("residue_definitions.csv", tree_of.get(d.standard, ""), one)
            for d in library.definitions
            for one in (*d.foods, *d.except_foods)
        ),
        *(
            ("prohibitions.csv", FOOD_STANDARD, one)
            for p in library.prohibitions
            for one in (*p.foods, *p.except_foods)
        ),
    ]
    for file, tree, one in sorted({(file, tree, one) for file, tree, one in named if one}):
        if one not in trees.get(tree, ()):
            said = "The food {food} is not in the tree of {tree} in foods.csv."
            yield reason("library.food_unknown", said, at=Where(file), food=one, tree=tree)
    for row in library.foods:
        if row.food != "/".join(part for part in (row.parent, row.name) if part):
            said = "The path {food} must be the path of its parent and its own name."
            yield reason("library.food_path", said, at=Where("foods.csv"), food=row.food)


def _unknown_methods(library: LibraryFacts) -> Iterator[Reason]:
    known = {method.code for method in library.methods}
    for code in sorted({a.method for a in library.method_analytes} - known):
        said = "The method {method} is not in methods.csv."
        yield reason("library.method_unknown", said, at=Where("method_analytes.csv"), method=code)


def _unknown_definitions(library: LibraryFacts) -> Iterator[Reason]:
    editions = {s.code for s in library.standards}
    defined = {(d.standard, d.substance) for d in library.definitions}
    covered = {(c.standard, c.substance) for c in library.coverage}
    for standard in sorted({r.standard for r in library.limits} - editions):
        said = "The standard {standard} is not in standards.csv."
        yield reason("library.standard_unknown", said, at=Where("limits"), standard=standard)
    for standard, substance in sorted({(r.standard, r.substance) for r in library.limits}):
        if (standard, substance) not in defined or (standard, substance) not in covered:
            yield reason(
                "library.limit_undefined",
                "{substance} has limits in {standard} and needs a residue definition and a coverage there.",
                at=Where("limits"),
                substance=substance,
                standard=standard,
            )


def _standards(library: LibraryFacts) -> Iterator[Reason]:
    at = Where("standards.csv")
    known = {standard.code: standard for standard in library.standards}
    trees = {food.standard for food in library.foods}
    for one in library.standards:
        if one.limits_loaded and one.tree not in trees:
            said = "{standard} uses the food tree of {tree}, which has no foods."
            yield reason("library.tree_unknown", said, at=at, standard=one.code, tree=one.tree)
        for other in (one.supplements, one.replaced_by):
            if other and other not in known:
                said = "{standard} names {other}, which is not in standards.csv."
                yield reason("library.standard_unnamed", said, at=at, standard=one.code, other=other)
        if one.effective_on and one.ended_on and one.ended_on <= one.effective_on:
            said = "{standard} ends before it begins."
            yield reason("library.standard_ends_early", said, at=at, standard=one.code)
        if one.limits_loaded and one.effective_on is None:
            said = "The limits of {standard} are loaded, so the day on which it takes effect is needed."
            yield reason("library.standard_undated", said, at=at, standard=one.code)
    yield from _mixed(library)
    yield from _cycles(known)
    for screening in library.screenings:
        if screening.standard not in known:
            said = "The standard {standard} is not in standards.csv."
            yield reason("library.standard_unknown", said, at=Where("screenings.csv"), standard=screening.standard)


def _mixed(library: LibraryFacts) -> Iterator[Reason]:
    """Families of which some editions are law and some are declared: what was promised would become law."""
    kinds: dict[str, set[StandardKind]] = {}
    for standard in library.standards:
        kinds.setdefault(standard.family, set()).add(standard.kind)
    for family in sorted(family for family, found in kinds.items() if len(found) > 1):
        said = "The editions of {family} are law and declared at once; they must all be one of them."
        yield reason("library.family_mixed", said, at=Where("standards.csv"), family=family)


def _cycles(known: dict[str, Standard]) -> Iterator[Reason]:
    """Editions that supplement or replace each other in a circle."""
    for start in known.values():
        for name, step in (("supplements", _supplemented), ("replaced_by", _replacing)):
            seen, here = {start.code}, step(start)
            while here in known and here not in seen:
                seen.add(here)
                here = step(known[here])
            if here == start.code:
                said = "{standard} leads back to itself by {column}."
                yield reason(
                    "library.standard_cycle", said, at=Where("standards.csv"), standard=start.code, column=name
                )


def _supplemented(standard: Standard) -> str:
    return standard.supplements


def _replacing(standard: Standard) -> str:
    return standard.replaced_by


def _limits(library: LibraryFacts) -> Iterator[Reason]:
    """Units that are no content of a food, exceptions outside their group, and two limits for one pair."""
    rows: dict[tuple[str, str, str, str, str], list[LimitRow]] = {}
    for row in library.limits:
        if row.unit.kind is not UnitKind.MASS_FRACTION:
            said = "The limit of {substance} in {food} has the unit {unit}, which is no content of a food."
            yield _limit_fault("library.limit_unit", said, row, unit=row.unit.value)
        for one in row.exclude:
            if not one.startswith(f"{row.food}/"):
                said = "The limit of {substance} in {food} excepts {one}, which is not inside it."
                yield _limit_fault("library.exception_outside", said, row, one=one)
        if row.starts_on and row.ends_on and row.ends_on <= row.starts_on:
            said = "The limit of {substance} in {food} ends before it begins."
            yield _limit_fault("library.limit_ends_early", said, row)
        rows.setdefault((row.standard, row.substance, row.food, row.condition, row.basis), []).append(row)
    for same in rows.values():
        for number, row in enumerate(same):
            if any(_contradict(row, other) for other in same[number + 1 :]):
                said = "There are two limits of {substance} in {food} for the same days and foods."
                yield _limit_fault("library.limits_contradict", said, row)


def _contradict(one: LimitRow, other: LimitRow) -> bool:
    """Do two rows of one node speak of the same days? (Rows of one node hold for the same foods but exceptions.)"""
    starts = (one.starts_on or date.min, other.starts_on or date.min)
    ends = (one.ends_on or date.max, other.ends_on or date.max)
    return max(starts) < min(ends)


def _limit_fault(code: str, said: str, row: LimitRow, **values: str) -> Reason:
    at = Where(f"limits {row.standard}")
    return reason(code, said, at=at, substance=row.substance, food=row.food, **values)
