"""A substance as its page shows it: which editions speak of it, and how far down the methods for it reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lims.core.errors import LimsError
from lims.library.facts import Coverage, LimitRow, MethodAnalyte, Standard, Substance
from lims.library.law import Law
from lims.library.limit_tree import LimitNode, Scale, limit_tree, scale_of
from lims.library.rules import Library, in_force, row_holds
from lims.science.units import UnitCode, convert


@dataclass(frozen=True, slots=True)
class EditionChoice:
    """An edition whose limits can be looked at, and how many of them are the substance's."""

    standard: Standard
    count: int
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class ShownLimits:
    """The limits of a substance in an edition and its supplements, over the food tree of that edition."""

    edition: Standard
    supplements: tuple[Standard, ...]
    coverage: Coverage | None
    is_in_force: bool
    rows: tuple[LimitRow, ...]
    nodes: tuple[LimitNode, ...]
    without: tuple[str, ...]
    scale: Scale

    @property
    def lowest(self) -> Decimal | None:
        """The lowest number, in the unit of the scale."""
        return self.scale.values[0] if self.scale.values else None


@dataclass(frozen=True, slots=True)
class MethodLine:
    """A method for a substance: `reaches` says whether its limit of quantification lies within the lowest limit.

    None: one of the two numbers is not known.
    """

    code: str
    title: str
    is_cited: bool
    detects: str
    quantifies: str
    transitions: str
    reaches: bool | None
    source: str


def edition_codes(library: Library, edition: Standard, day: date | None = None) -> tuple[str, ...]:
    """The codes of an edition and its loaded supplements, which come first: those in force on a day, or all."""
    beside = [
        s.code
        for s in library.editions_of(edition.family)
        if s.supplements == edition.code and s.limits_loaded and (day is None or in_force(s, day))
    ]
    return (*beside, edition.code)


def edition_choices(library: Library, substance: Substance, law: Law) -> Sequence[EditionChoice]:
    """The editions of a market that hold limits of a substance, and those in force that should speak of it."""
    found = []
    for family in library.families(law.market):
        speaks = library.speaks_of(family, substance)
        for one in library.editions_of(family):
            if not one.limits_loaded or one.supplements:
                continue
            holds = in_force(one, law.day)
            count = sum(len(library.limits(code, substance.code)) for code in edition_codes(library, one))
            if count or (speaks and holds):
                found.append(EditionChoice(one, count, holds))
    return found


def chosen_edition(choices: Sequence[EditionChoice], code: str) -> Standard | None:
    """The edition of a code; else one in force with limits, else one in force, else the newest."""
    asked = next((one for one in choices if one.standard.code == code), None)
    best = max(choices, key=lambda one: (one.is_in_force, one.count > 0), default=None)
    found = asked or best
    return None if found is None else found.standard


def shown_limits(library: Library, edition: Standard, substance: Substance, law: Law) -> ShownLimits:
    """The limits of a substance in an edition; on a day on which it is in force, those that hold on that day."""
    holds = in_force(edition, law.day)
    codes = edition_codes(library, edition, law.day if holds else None)
    rows = tuple(
        row for code in codes for row in library.limits(code, substance.code) if not holds or row_holds(row, law.day)
    )
    tree, scale = library.tree(edition.tree), scale_of(rows)
    nodes = limit_tree(tree, rows, scale)
    held = {node.food.food for node in nodes}
    return ShownLimits(
        edition,
        tuple(library.standard(code) for code in codes if code != edition.code),
        library.coverage(edition.code, substance.code),
        holds,
        rows,
        nodes,
        tuple(food.name for food in tree.children("") if food.food not in held),
        scale,
    )


def method_lines(library: Library, substance: Substance, limits: ShownLimits | None) -> Sequence[MethodLine]:
    """The methods that a standard cites for a substance, and those known to measure it."""
    cited = {method.code for method in library.methods_for(substance.code)}
    reached: dict[str, list[MethodAnalyte]] = {}
    for one in library.reached_by(substance.code):
        reached.setdefault(one.method, []).append(one)
    lines = [_method_line(library, code, code in cited, reached.get(code, []), limits) for code in {*cited, *reached}]
    return sorted(lines, key=lambda line: (not line.is_cited, not line.quantifies, line.code))


def _method_line(
    library: Library, code: str, is_cited: bool, known: Sequence[MethodAnalyte], limits: ShownLimits | None
) -> MethodLine:
    quantified = [one for one in known if one.limit_of_quantification is not None]
    method = library.methods.get(code)
    transitions = [" / ".join(filter(None, (one.quantifier, one.qualifiers))) for one in known]
    return MethodLine(
        code,
        method.title if method else "",
        is_cited,
        ", ".join(_amount(one.limit_of_detection, one.unit) for one in known if one.limit_of_detection is not None),
        ", ".join(_amount(one.limit_of_quantification, one.unit) for one in quantified),
        "; ".join(dict.fromkeys(filter(None, transitions))),
        _reaches(quantified[0], limits) if quantified and limits else None,
        known[0].source if known else method.source if method else "",
    )


def _amount(value: Decimal | None, unit: UnitCode) -> str:
    return "" if value is None else f"{value:f} {unit}"


def _reaches(one: MethodAnalyte, limits: ShownLimits) -> bool | None:
    if limits.lowest is None or one.limit_of_quantification is None:
        return None
    try:
        return convert(one.limit_of_quantification, one.unit, limits.scale.unit) <= limits.lowest
    except LimsError:  # another kind of content
        return None
