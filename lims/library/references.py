"""Checks between the files of the library: every code that a row names must exist, every key only once."""

from collections import Counter
from collections.abc import Iterable, Iterator

from lims.core.reasons import Reason, Where, reason
from lims.library.facts import DefinitionState, LibraryFacts


def faults_between(library: LibraryFacts) -> list[Reason]:
    """Everything that does not fit together; empty when the library is sound."""
    faults = [*_twice(library), *_unknown_substances(library), *_unknown_foods(library), *_unknown_definitions(library)]
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
        "limits": ((r.standard, r.substance, r.food, r.condition, r.basis) for r in library.limits),
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
        "method_substances.csv": [code for m in library.methods for code in m.substances],
    }
    for file, codes in named.items():
        for code in sorted(set(codes) - known):
            said = "The substance {substance} is not in substances.csv."
            yield reason("library.substance_unknown", said, at=Where(file), substance=code)


def _unknown_foods(library: LibraryFacts) -> Iterator[Reason]:
    known = {food.food for food in library.foods}
    named = {
        "foods.csv": [food.parent for food in library.foods if food.parent]
        + [group for food in library.foods for group in food.printed_within],
        "food_aliases.csv": [a.food for a in library.food_aliases],
        "limits": [r.food for r in library.limits] + [food for r in library.limits for food in r.exclude],
        "residue_definitions.csv": [food for d in library.definitions for food in (*d.foods, *d.except_foods)],
        "prohibitions.csv": [food for p in library.prohibitions for food in (*p.foods, *p.except_foods)],
    }
    for file, foods in named.items():
        for food in sorted(set(foods) - known):
            yield reason("library.food_unknown", "The food {food} is not in foods.csv.", at=Where(file), food=food)
    for food_row in library.foods:
        if food_row.food != "/".join(part for part in (food_row.parent, food_row.name) if part):
            said = "The path {food} must be the path of its parent and its own name."
            yield reason("library.food_path", said, at=Where("foods.csv"), food=food_row.food)


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
