"""Editions that a laboratory loaded itself, laid over the library that the program ships.

They lie in a release as `editions/<name>/<file>`. What such an edition says of its standard counts alone: the shipped
limits, coverage and definitions of the same standard are put aside. Substances, foods and links that both have are the
shipped ones.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

#: Rows by the kind of their file.
Rows = Mapping[str, Sequence[Any]]

FOLDER = "editions"
STANDARDS, LIMITS, COVERAGE = "standards.csv", "limits/*.csv", "limits/*-coverage.csv"
DEFINITIONS, COMPONENTS = "residue_definitions.csv", "residue_components.csv"
#: The files of a loaded edition, and the kind of each.
EDITION_FILES = {
    "standards.csv": STANDARDS,
    "limits.csv": LIMITS,
    "coverage.csv": COVERAGE,
    "residue_definitions.csv": DEFINITIONS,
    "residue_components.csv": COMPONENTS,
    "substances.csv": "substances.csv",
    "substance_aliases.csv": "substance_aliases.csv",
    "foods.csv": "foods.csv",
    "food_aliases.csv": "food_aliases.csv",
    "food_links.csv": "food_links.csv",
    "prohibitions.csv": "prohibitions.csv",
}
#: What may be there once, by this key: whoever comes first stays, and the shipped library comes first.
_ONCE: Mapping[str, Callable[[Any], Hashable]] = {
    "substances.csv": lambda s: s.code,
    "substance_aliases.csv": lambda a: (a.alias, a.substance),
    "foods.csv": lambda food: (food.standard, food.food),
    "food_aliases.csv": lambda a: (a.standard, a.alias, a.food),
    "food_links.csv": lambda k: (k.standard, k.food, k.to_standard),
}


def edition_of(name: str) -> tuple[str, str]:
    """The loaded edition that a file belongs to, and its name there; two empty texts for a shipped file."""
    parts = name.split("/")
    return (parts[1], parts[2]) if len(parts) == 3 and parts[0] == FOLDER and parts[1] else ("", "")


def overlaid(shipped: Rows, editions: Iterable[Rows]) -> dict[str, list[Any]]:
    """The rows of a whole release: what is shipped, under what was loaded."""
    loaded = list(editions)
    rows = {kind: list(found) for kind, found in shipped.items()}
    codes = {standard.code for edition in loaded for standard in edition.get(STANDARDS, ())}
    if codes:
        aside = {d.definition for d in rows[DEFINITIONS] if d.standard in codes}
        rows[STANDARDS] = [s for s in rows[STANDARDS] if s.code not in codes]
        for kind in (LIMITS, COVERAGE, DEFINITIONS):
            rows[kind] = [row for row in rows[kind] if row.standard not in codes]
        aside -= {d.definition for d in rows[DEFINITIONS]}
        rows[COMPONENTS] = [c for c in rows[COMPONENTS] if c.definition not in aside]
    for edition in loaded:
        for kind, found in edition.items():
            rows[kind].extend(found)
    for kind, key in _ONCE.items() if loaded else ():
        rows[kind] = list({key(row): row for row in reversed(rows[kind])}.values())[::-1]
    return rows
