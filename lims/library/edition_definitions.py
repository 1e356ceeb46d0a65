"""What counts as residue of each substance of a loaded edition (残留物定义), as its table says it.

A text is calculated with only where it is certain what it means: the substance itself, one other substance that it
names whole, or words in which a known edition of the same standard defines the same substance. Any other text leaves
the components unknown, and then nothing is judged by it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from lims.library.facts import DefinitionComponent, DefinitionState, ResidueDefinition, Standard, StandardKind
from lims.library.food_tree import folded
from lims.library.rules import Library

_CLAUSES = re.compile(r"[;；。]")
#: Isomers that are measured together are the substance itself.
_ISOMERS = re.compile(r"\((?:各)?异构体(?:之和|总和)\)|\(sumofisomers\)|,?sumofisomers")


@dataclass(slots=True)
class ResidueText:
    """A text as it stands in the table: its clause, and the foods of the rows that it stands in."""

    clause: str
    foods: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Means:
    """What is asked for the meaning of texts. `code_of` finds the substance of a whole name; empty: none."""

    standard: Standard
    library: Library
    code_of: Callable[[str], str]


def definitions_of(
    code: str, texts: Mapping[str, ResidueText], standard: Standard, library: Library, code_of: Callable[[str], str]
) -> list[ResidueDefinition]:
    """The definitions of a substance: one for all foods, or one for the foods of each text where there are several."""
    means = _Means(standard, library, code_of)
    said = {text: found for text, found in texts.items() if text}
    if len(said) <= 1:
        text, found = next(iter((said or texts).items()))
        made = _meant(code, text, found.clause, means)
    else:
        all_texts = list(texts.values())
        made = [_within(d, one, all_texts) for text, one in texts.items() for d in _each(code, text, one, means)]
    several = len(made) > 1
    return [
        replace(
            _named(one, f"{standard.code} {code}" + (f" {number}" if several else "")),
            standard=standard.code,
            source=standard.source,
        )
        for number, one in enumerate(made, start=1)
    ]


def _each(code: str, text: str, found: ResidueText, means: _Means) -> list[ResidueDefinition]:
    """Of one text among several. Rows without one beside rows with different ones say nothing that is certain."""
    return _meant(code, text, found.clause, means) if text else [_unknown(code, text, found.clause)]


def _within(one: ResidueDefinition, found: ResidueText, texts: Sequence[ResidueText]) -> ResidueDefinition:
    """The definition for the foods of its text, without those that another text speaks of."""
    if one.foods or one.except_foods:
        return one
    others = [food for other in texts if other is not found for food in other.foods]
    inside = [food for food in others if any(food.startswith(f"{own}/") for own in found.foods)]
    return replace(one, foods=tuple(found.foods), except_foods=tuple(dict.fromkeys(inside)))


def _meant(code: str, text: str, clause: str, means: _Means) -> list[ResidueDefinition]:
    known = _known(code, text, means)
    if known:
        return [replace(one, text=text or one.text, clause=clause) for one in known]
    other = code if not text else _single(code, text, means)
    if not other:
        return [_unknown(code, text, clause)]
    part = DefinitionComponent("", other, Decimal(1), means.standard.source)
    return [replace(_unknown(code, text, clause), expressed_as=other, components=(part,))]


def _known(code: str, text: str, means: _Means) -> list[ResidueDefinition]:
    """How an edition of the family defines the substance in these words; how the newest does, where there are none.

    A declared standard without editions counts as the law does: its table rarely says what its limits count.
    """
    library, standard = means.library, means.standard
    editions = library.editions_of(standard.family)
    if standard.kind is StandardKind.DECLARED:
        editions += [one for family in library.families(standard.market) for one in library.editions_of(family)]
    editions.sort(key=lambda one: one.code != means.standard.code)
    for edition in editions:
        found = [d for d in means.library.definitions_of(edition.code, code) if _fits(d, edition, means)]
        chosen = found if not text else _of_words(found, text)
        if chosen and any(one.components for one in chosen):
            return chosen
    return []


def _fits(definition: ResidueDefinition, edition: Standard, means: _Means) -> bool:
    """Foods of a definition mean something in their own tree only."""
    return edition.tree == means.standard.tree or not (definition.foods or definition.except_foods)


def _of_words(found: Sequence[ResidueDefinition], text: str) -> list[ResidueDefinition]:
    same = [one for one in found if folded(one.text) == folded(text)]
    if same:
        return same
    clauses = {folded(clause) for clause in _CLAUSES.split(text) if clause.strip()}
    return list(found) if found and clauses == {folded(one.text) for one in found} else []


def _single(code: str, text: str, means: _Means) -> str:
    """The one substance that a text names whole; empty when it says more than a name."""
    plain = _ISOMERS.sub("", folded(text))
    for name in (folded(text), plain):
        if found := means.code_of(name):
            return found
    substance = next((s for s in means.library.facts.substances if s.code == code), None)
    names = () if substance is None else (substance.name_zh, substance.name_en, substance.code)
    return code if plain in {folded(name) for name in names} else ""


def _unknown(code: str, text: str, clause: str) -> ResidueDefinition:
    return ResidueDefinition(
        definition="",
        standard="",
        substance=code,
        foods=(),
        except_foods=(),
        text=text,
        expressed_as="",
        clause=clause,
        state=DefinitionState.COMPONENTS_UNKNOWN,
        source="",
        components=(),
    )


def _named(one: ResidueDefinition, name: str) -> ResidueDefinition:
    parts = tuple(replace(part, definition=name) for part in one.components)
    state = DefinitionState.COMPONENTS_KNOWN if parts else DefinitionState.COMPONENTS_UNKNOWN
    return replace(one, definition=name, components=parts, state=state)
