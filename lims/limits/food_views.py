"""Lists of what reaches a food, as pages show them: rows in the reader's language, and their table."""

from collections.abc import Sequence
from dataclasses import dataclass

from lims.core.language import Language, translator
from lims.core.reasons import mark
from lims.library.facts import Basis, Coverage, LimitKind, ProhibitionKind, SubstanceKind
from lims.library.lists import limit_cell
from lims.library.rules import Library
from lims.limits.food_limits import FoodLimit, FoodLimits
from lims.web.addresses import address
from lims.web.table import Cell, Chip, Column, Link, Said, Table
from lims.web.table_filters import ChoiceFilter, NumbersFilter, TextFilter, YesNoFilter

_OWN = mark("its own row")


@dataclass(frozen=True, slots=True)
class FoodLimitLine:
    """What reaches a food of one substance, in the reader's words. `passed` are groups whose row excepts the food."""

    limit: FoodLimit
    name: str
    names: str
    kind: SubstanceKind
    origin: str
    passed: tuple[str, ...]
    why: str

    @property
    def family(self) -> str:
        """The standard without its year; empty where only a rule speaks."""
        return "" if self.limit.placed is None else self.limit.placed.family

    @property
    def is_forbidden(self) -> bool:
        """Is there a rule against it, other than one against its use in a region?"""
        return any(rule.kind is not ProhibitionKind.LOCAL_USE_BAN for rule in self.limit.rules)

    @property
    def is_inherited(self) -> bool:
        """Does the row stand at a group around the food?"""
        row, placed = self.limit.row, self.limit.placed
        return row is not None and placed is not None and row.food != placed.food.food


def food_limit_lines(library: Library, found: FoodLimits, language: Language) -> Sequence[FoodLimitLine]:
    """What reaches a food, by the name of the substance."""
    say = translator(language)
    lines = []
    for limit in found.lines:
        substance = library.substance(limit.substance)
        row, outcome = limit.row, limit.found
        lines.append(
            FoodLimitLine(
                limit,
                library.substance_name(limit.substance, language),
                f"{substance.name_zh} {substance.name_en} {substance.cas} {substance.code}",
                substance.kind,
                library.food_name(row.food) if row else "",
                tuple(library.food_name(one.row.food) for one in outcome.passed) if outcome else (),
                outcome.reason.translated(say) if outcome and outcome.reason else "",
            )
        )
    return sorted(lines, key=lambda line: (line.name.casefold(), line.family))


def _limit(line: FoodLimitLine) -> Cell:
    row = line.limit.row
    if row is not None:
        return limit_cell(row)
    return Chip(mark("undecided"), "warn") if line.limit.found else None


def _origin(line: FoodLimitLine) -> Cell:
    row, placed = line.limit.row, line.limit.placed
    if row is None or placed is None:
        return None
    if row.kind is LimitKind.DEFAULT:
        return row.kind
    if row.food == placed.food.food:
        return Said(_OWN)
    return Link(address("/library/food", path=row.food, standard=placed.food.standard), line.origin)


def _notes(line: FoodLimitLine) -> Cell:
    """Exceptions met on the way, and with what reservation the row stands."""
    row, found = line.limit.row, line.limit.found
    told: list[Chip | Link | str | Said] = []
    if line.why:
        told.append(line.why)
    if line.passed:
        told.append(Said(mark("{groups} passed: the food is excepted there"), {"groups": "、".join(line.passed)}))
    if row is not None and row.basis is Basis.FAT:
        told.append(Chip(mark("of its fat")))
    if row is not None and found is not None and not found.confirmed:
        told.append(Chip(mark("place in the group not confirmed"), "warn"))
    if found is not None and row is not None and found.coverage is not Coverage.COMPLETE:
        told.append(Chip(mark("from a compilation") if found.coverage is Coverage.COMPILED else mark("loaded in part")))
    return told


def _rules(line: FoodLimitLine) -> Cell:
    kinds = dict.fromkeys(rule.kind for rule in line.limit.rules)
    return [Chip(kind, "warn" if kind is ProhibitionKind.LOCAL_USE_BAN else "bad") for kind in kinds]


FOOD_LIMITS: Table[FoodLimitLine] = Table(
    name="food-limits",
    title=mark("Limits that reach it"),
    columns=(
        Column(
            "substance", mark("Substance"), lambda r: r.name, lambda r: r.name,
            link=lambda r: address("/library/substances", r.limit.substance),
        ),
        Column(
            "limit", mark("Limit"), _limit, lambda r: r.limit.row.value if r.limit.row else None, kind="number"
        ),
        Column("unit", mark("Unit"), lambda r: str(r.limit.row.unit) if r.limit.row else None),
        Column("kind", mark("Kind of limit"), lambda r: r.limit.row.kind if r.limit.row else None),
        Column("origin", mark("Comes from"), _origin, lambda r: r.origin),
        Column("rules", mark("Prohibitions"), _rules, lambda r: not r.limit.rules),
        Column("notes", mark("Remarks"), _notes),
        Column(
            "standard", mark("Standard number"), lambda r: r.limit.row.standard if r.limit.row else None,
            lambda r: r.limit.row.standard if r.limit.row else None,
        ),
        Column("clause", mark("Clause"), lambda r: r.limit.row.clause if r.limit.row else None),
        Column(
            "place", mark("Place in the classification"),
            lambda r: r.limit.placed.food.food.replace("/", " › ") if r.limit.placed else None, shown=False,
        ),
        Column("about", mark("Kind of substance"), lambda r: r.kind, lambda r: r.kind, shown=False),
        Column("source", mark("Source"), lambda r: r.limit.row.source if r.limit.row else None, shown=False),
    ),
    filters=(
        ChoiceFilter("family", mark("Standard number"), term=lambda r: r.family),
        ChoiceFilter("about", mark("Kind of substance"), SubstanceKind, lambda r: r.kind),
        YesNoFilter("inherited", mark("From a group"), lambda r: r.is_inherited),
        YesNoFilter("forbidden", mark("Forbidden"), lambda r: r.is_forbidden),
        NumbersFilter("limit", mark("Limit"), lambda r: r.limit.row.value if r.limit.row else None),
        TextFilter("origin", mark("Comes from"), [lambda r: r.origin]),
    ),
    search=(lambda r: r.name, lambda r: r.names),
    mood=lambda r: "bad" if r.is_forbidden else "plain",
    nothing=mark("No limit that is loaded reaches this food. No limit does not mean that it conforms."),
)  # fmt: skip
