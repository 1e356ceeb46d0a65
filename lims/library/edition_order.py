"""What is said of an edition that a laboratory loads, beside its table of limits (标准版本信息)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.library.edition_table import EditionTable
from lims.library.facts import FOOD_STANDARD, HOME_MARKET, DateIs, Standard, StandardKind, SubstanceKind
from lims.library.rules import Library
from lims.science.conformity import Comparison
from lims.science.units import UnitCode

_YEAR = re.compile(r"[-—](19|20)\d{2}$")


@dataclass(frozen=True, slots=True)
class EditionOrder:
    """What a person says of the edition; None or empty where the table, or an edition of that code, is to say it."""

    standard: str = ""
    title: str = ""
    market: str = ""
    family: str = ""
    tree: str = ""
    kind: StandardKind | None = None
    subjects: tuple[SubstanceKind, ...] = ()
    supplements: str = ""
    effective_on: date | None = None
    ended_on: date | None = None
    is_complete: bool = False
    default_value: Decimal | None = None
    comparison: Comparison | None = None
    source: str = ""
    new_foods: bool = False


def standard_of(order: EditionOrder, table: EditionTable, library: Library) -> Standard:
    """The edition as the library will know it: as ordered, else as the table says, else as it is known already.

    A code without a year is its own family. Raises `BadInput` for what nobody says: its code, its first day.
    """
    code = order.standard.strip() or _only(table, "standard")
    known = next((s for s in library.facts.standards if s.code == code), None)
    market = order.market.strip() or _only(table, "jurisdiction") or (known.market if known else HOME_MARKET)
    family = order.family.strip() or (known.family if known else _YEAR.sub("", code))
    effective = order.effective_on or (known.effective_on if known else None)
    if effective is None:
        said = "Say from which day {standard} is in force."
        raise BadInput(reason("library.edition_undated", said, at=Where("effective_on"), standard=code))
    siblings = library.editions_of(family)
    kind = _kind(order, known, siblings, family)
    return Standard(
        code=code,
        title=order.title.strip() or (known.title if known else code),
        kind=kind,
        market=market,
        family=family,
        tree=order.tree.strip() or _tree(kind, siblings, family),
        subjects=order.subjects or _subjects(known, siblings),
        supplements=order.supplements.strip() or (known.supplements if known else ""),
        published_on=known.published_on if known else None,
        effective_on=effective,
        effective_is=DateIs.PRINTED,
        ended_on=order.ended_on or (known.ended_on if known else None),
        replaced_by=known.replaced_by if known else "",
        limits_loaded=True,
        is_complete=order.is_complete,
        default_value=order.default_value,
        default_unit=UnitCode.MG_PER_KG,
        comparison=order.comparison or (known.comparison if known else Comparison.FULL_VALUE),
        note="",
        source=order.source.strip() or (known.source if known else "loaded by the laboratory"),
    )


def _kind(order: EditionOrder, known: Standard | None, siblings: Sequence[Standard], family: str) -> StandardKind:
    """What makes the edition bind. Raises `BadInput` where other editions of its family bind otherwise."""
    others = [one for one in siblings if known is None or one.code != known.code]
    usual = known or next(iter(others), None)
    kind = order.kind or (usual.kind if usual else StandardKind.LAW)
    if all(one.kind is kind for one in others):
        return kind
    if kind is StandardKind.DECLARED:
        said = "{family} is law by other editions; a standard that binds whoever declares it needs a family of its own."
    else:
        said = "{family} binds whoever declares it by other editions; load the edition as one that is declared."
    raise BadInput(reason("library.family_mixed", said, at=Where("kind"), family=family))


def _tree(kind: StandardKind, siblings: Sequence[Standard], family: str) -> str:
    """The tree that the table names foods of, where nobody says it: a declared standard names those of GB 2763."""
    if siblings:
        return siblings[0].tree
    return FOOD_STANDARD if kind is StandardKind.DECLARED else family


def _subjects(known: Standard | None, siblings: Sequence[Standard]) -> tuple[SubstanceKind, ...]:
    if known is not None:
        return known.subjects
    return siblings[0].subjects if siblings else (SubstanceKind.PESTICIDE,)


def _only(table: EditionTable, column: str) -> str:
    """The one value of a column; empty when it has none. Raises `BadInput` when it has several."""
    values = table.values(column)
    if len(values) > 1:
        said = "The table speaks of several: {values}. Load one edition at a time."
        raise BadInput(reason("library.editions_mixed", said, at=Where("file"), values=", ".join(values[:5])))
    if not values and column == "standard":
        said = "Say which standard the table belongs to, for example GB 2763-2026."
        raise BadInput(reason("library.edition_unnamed", said, at=Where("standard")))
    return values[0] if values else ""
