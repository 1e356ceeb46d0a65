"""Lists of the library's facts, as pages show them: rows in the reader's language, and their tables."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lims.core.language import Language
from lims.core.reasons import mark
from lims.library.facts import (
    Basis,
    Coverage,
    DateIs,
    LimitKind,
    LimitRow,
    Method,
    Prohibition,
    ProhibitionKind,
    Standard,
    StandardKind,
    Substance,
    SubstanceKind,
)
from lims.library.lookup import lookup_of
from lims.library.market_names import market_name
from lims.library.rules import Library
from lims.web.addresses import address
from lims.web.table import Chip, Column, Link, Said, Table
from lims.web.table_filters import ChoiceFilter, DaysFilter, NumbersFilter, TextFilter

EVERY_FOOD = mark("every food")


@dataclass(frozen=True, slots=True)
class SubstanceLine:
    """A substance with everything that it is called. `typed` is the text that the look-up found it by."""

    substance: Substance
    name: str
    aliases: tuple[str, ...]
    typed: str = ""


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A limit in the reader's words."""

    row: LimitRow
    substance: str
    food: str
    exceptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProhibitionLine:
    """A prohibition in the reader's words."""

    rule: Prohibition
    substance: str
    foods: tuple[str, ...]
    exceptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StandardLine:
    """An edition with what of it is loaded; `against` is the edition before it, where that is loaded too."""

    standard: Standard
    market: str
    limits: int
    substances: Mapping[Coverage, int]
    against: str

    @property
    def state(self) -> Chip:
        """How much of it is loaded."""
        if self.standard.is_complete:
            return Chip(mark("loaded whole"), "good")
        if self.standard.limits_loaded:
            return Chip(mark("loaded in part"), "warn")
        return Chip(mark("not loaded"))

    @property
    def loaded(self) -> Sequence[Said]:
        """How many substances are loaded, and how far."""
        return [
            Said(sentence, {"count": self.substances[coverage]})
            for coverage, sentence in _LOADED.items()
            if self.substances.get(coverage)
        ]


_LOADED = {
    Coverage.COMPLETE: mark("{count} whole"),
    Coverage.COMPILED: mark("{count} from a compilation"),
    Coverage.PARTIAL: mark("{count} in part"),
}


def substance_lines(library: Library, language: Language, typed: str = "") -> Sequence[SubstanceLine]:
    """Every substance; or those that a text may mean, the likeliest first."""
    aliases: dict[str, list[str]] = {}
    for alias in library.facts.substance_aliases:
        aliases.setdefault(alias.substance, []).append(alias.alias)
    meant = lookup_of(library).substances(typed) if typed else ()
    found = [hit.found for hit in meant] if typed else library.facts.substances
    return [
        SubstanceLine(s, library.substance_name(s.code, language), tuple(aliases.get(s.code, ())), typed) for s in found
    ]


def standard_lines(library: Library, language: Language) -> Sequence[StandardLine]:
    """Every edition: by market (the home market first) and family, the newest first."""
    limits = Counter(row.standard for row in library.facts.limits)
    loaded: dict[str, Counter[Coverage]] = {}
    for one in library.facts.coverage:
        loaded.setdefault(one.standard, Counter())[one.coverage] += 1
    families = dict.fromkeys(f for market in library.markets for f in library.families(market))
    return [
        StandardLine(
            s, market_name(s.market, language), limits[s.code], loaded.get(s.code, {}), library.edition_before(s.code)
        )
        for family in (*families, *library.declared_families)
        for s in library.editions_of(family)
    ]


def limit_lines(library: Library, rows: Sequence[LimitRow], language: Language) -> Sequence[LimitLine]:
    """Limits, each with the names of its substance and foods."""
    return [
        LimitLine(
            row,
            library.substance_name(row.substance, language),
            library.food_name(row.food),
            tuple(library.food_name(one) for one in row.exclude),
        )
        for row in rows
    ]


def prohibition_lines(library: Library, rules: Sequence[Prohibition], language: Language) -> Sequence[ProhibitionLine]:
    """Prohibitions, each with the names of its substance and foods."""
    return [
        ProhibitionLine(
            rule,
            library.substance_name(rule.substance, language),
            tuple(library.food_name(one) for one in rule.foods),
            tuple(library.food_name(one) for one in rule.except_foods),
        )
        for rule in rules
    ]


def limit_cell(row: LimitRow) -> Decimal | Chip | None:
    """The number of a limit, or the word that stands in its place."""
    match row.kind:
        case LimitKind.UNREADABLE:
            return Chip(mark("not readable"), "warn")
        case LimitKind.MUST_NOT_DETECT:
            return Chip(mark("must not be found"), "bad")
        case _:
            return row.value


def _substance(code: str) -> str:
    return address("/library/substances", code)


SUBSTANCES: Table[SubstanceLine] = Table(
    name="substances",
    title=mark("Substances"),
    columns=(
        Column("name", mark("Name"), lambda r: r.name, lambda r: r.name, link=lambda r: _substance(r.substance.code)),
        Column("english", mark("English name"), lambda r: r.substance.name_en, lambda r: r.substance.name_en),
        Column("cas", mark("CAS number"), lambda r: r.substance.cas, lambda r: r.substance.cas),
        Column("kind", mark("Kind"), lambda r: r.substance.kind, lambda r: r.substance.kind),
        Column("aliases", mark("Other names"), lambda r: "、".join(r.aliases)),
        Column("code", mark("Code"), lambda r: r.substance.code, lambda r: r.substance.code, shown=False),
        Column("source", mark("Source"), lambda r: r.substance.source, shown=False),
    ),
    filters=(ChoiceFilter("kind", mark("Kind"), SubstanceKind, lambda r: r.substance.kind),),
    search=(
        lambda r: r.typed,
        lambda r: r.substance.name_zh,
        lambda r: r.substance.name_en,
        lambda r: r.substance.cas,
        lambda r: r.substance.code,
        lambda r: " ".join(r.aliases),
    ),
    nothing=mark("No method library is loaded."),
)

LIMITS: Table[LimitLine] = Table(
    name="limits",
    title=mark("Limits"),
    columns=(
        Column(
            "substance", mark("Substance"), lambda r: r.substance, lambda r: r.substance,
            link=lambda r: _substance(r.row.substance),
        ),
        Column("food", mark("Food or group"), lambda r: r.food, lambda r: r.row.food),
        Column("except", mark("Except"), lambda r: "、".join(r.exceptions)),
        Column("value", mark("Limit"), lambda r: limit_cell(r.row), lambda r: r.row.value, kind="number"),
        Column("unit", mark("Unit"), lambda r: str(r.row.unit)),
        Column("kind", mark("Kind of limit"), lambda r: r.row.kind, lambda r: r.row.kind),
        Column("condition", mark("Condition"), lambda r: r.row.condition),
        Column("basis", mark("Related to"), lambda r: r.row.basis, shown=False),
        Column("standard", mark("Standard number"), lambda r: r.row.standard, lambda r: r.row.standard),
        Column("clause", mark("Clause"), lambda r: r.row.clause),
        Column("path", mark("Path of the food"), lambda r: r.row.food, shown=False),
        Column("source", mark("Source"), lambda r: r.row.source, shown=False),
    ),
    filters=(
        TextFilter("substance", mark("Substance"), [lambda r: r.substance, lambda r: r.row.substance]),
        TextFilter("food", mark("Food or group"), [lambda r: r.row.food]),
        ChoiceFilter("kind", mark("Kind of limit"), LimitKind, lambda r: r.row.kind),
        ChoiceFilter("basis", mark("Related to"), Basis, lambda r: r.row.basis),
        NumbersFilter("value", mark("Limit"), lambda r: r.row.value),
    ),
    search=(lambda r: r.substance, lambda r: r.row.substance, lambda r: r.row.food, lambda r: r.row.clause),
    nothing=mark("No limits are loaded for this day. What is not loaded is never judged."),
)  # fmt: skip

METHODS: Table[Method] = Table(
    name="methods",
    title=mark("Methods"),
    columns=(
        Column(
            "code", mark("Number of the method"), lambda r: r.code, lambda r: r.code,
            link=lambda r: address("/library/methods", r.code),
        ),
        Column("title", mark("Title"), lambda r: r.title, lambda r: r.title),
        Column("technique", mark("Technique"), lambda r: r.technique, lambda r: r.technique),
        Column("published", mark("Published on"), lambda r: r.published_on, lambda r: r.published_on),
        Column(
            "substances", mark("Substances"), lambda r: len(r.substances), lambda r: len(r.substances), kind="number"
        ),
        Column("citation", mark("Known as"), lambda r: r.citation, lambda r: r.citation, shown=False),
        Column("source", mark("Source"), lambda r: r.source, shown=False),
    ),
    filters=(
        TextFilter("technique", mark("Technique"), [lambda r: r.technique]),
        DaysFilter("published", mark("Published on"), lambda r: r.published_on),
    ),
    search=(lambda r: r.code, lambda r: r.title),
    nothing=mark("No method library is loaded."),
)  # fmt: skip

PROHIBITIONS: Table[ProhibitionLine] = Table(
    name="prohibitions",
    title=mark("Prohibitions"),
    columns=(
        Column(
            "substance", mark("Substance"), lambda r: r.substance, lambda r: r.substance,
            link=lambda r: _substance(r.rule.substance),
        ),
        Column("kind", mark("Kind"), lambda r: Chip(r.rule.kind, "bad"), lambda r: r.rule.kind),
        Column("foods", mark("Foods"), lambda r: "、".join(r.foods) if r.foods else Said(EVERY_FOOD)),
        Column("except", mark("Except"), lambda r: "、".join(r.exceptions)),
        Column("region", mark("Region"), lambda r: r.rule.region, lambda r: r.rule.region),
        Column("rule", mark("Rule"), lambda r: r.rule.rule, lambda r: r.rule.rule),
        Column("since", mark("In force on"), lambda r: r.rule.in_force_on, lambda r: r.rule.in_force_on),
        Column("date", mark("The day is"), lambda r: r.rule.date_is, shown=False),
        Column("note", mark("Note"), lambda r: r.rule.note, shown=False),
        Column("source", mark("Source"), lambda r: r.rule.source, shown=False),
    ),
    filters=(
        ChoiceFilter("kind", mark("Kind"), ProhibitionKind, lambda r: r.rule.kind),
        ChoiceFilter("date", mark("The day is"), DateIs, lambda r: r.rule.date_is),
        DaysFilter("since", mark("In force on"), lambda r: r.rule.in_force_on),
    ),
    search=(lambda r: r.substance, lambda r: r.rule.substance, lambda r: r.rule.rule, lambda r: " ".join(r.foods)),
    nothing=mark("No method library is loaded."),
)  # fmt: skip

STANDARDS: Table[StandardLine] = Table(
    name="standards",
    title=mark("Published standards"),
    columns=(
        Column(
            "code", mark("Standard number"), lambda r: r.standard.code, lambda r: r.standard.code,
            link=lambda r: address("/library/limits", edition=r.standard.code) if r.limits else None,
        ),
        Column("market", mark("Market"), lambda r: r.market, lambda r: r.market),
        Column("family", mark("Standard without year"), lambda r: r.standard.family, shown=False),
        Column("title", mark("Title"), lambda r: r.standard.title, lambda r: r.standard.title),
        Column(
            "effective", mark("In force on"), lambda r: r.standard.effective_on, lambda r: r.standard.effective_on
        ),
        Column(
            "date", mark("The day is"),
            lambda r: Chip(r.standard.effective_is, "plain" if r.standard.effective_is is DateIs.PRINTED else "warn"),
            lambda r: r.standard.effective_is,
        ),
        Column("ended", mark("Ended on"), lambda r: r.standard.ended_on, lambda r: r.standard.ended_on),
        Column("loaded", mark("State"), lambda r: r.state),
        Column("limits", mark("Limits"), lambda r: r.limits, lambda r: r.limits, kind="number"),
        Column("substances", mark("Substances"), lambda r: r.loaded, lambda r: sum(r.substances.values())),
        Column(
            "changes", mark("What changed"),
            lambda r: Link(
                address("/library/compare", **{"from": r.against, "to": r.standard.code}),
                Said(mark("against {standard}"), {"standard": r.against}),
            ) if r.against else None,
        ),
        Column("published", mark("Published on"), lambda r: r.standard.published_on, shown=False),
        Column("supplements", mark("Read together with"), lambda r: r.standard.supplements, shown=False),
        Column("replaced", mark("Replaced by"), lambda r: r.standard.replaced_by, shown=False),
        Column("note", mark("Note"), lambda r: r.standard.note, shown=False),
        Column("source", mark("Source"), lambda r: r.standard.source, shown=False),
    ),
    filters=(
        ChoiceFilter("market", mark("Market"), term=lambda r: r.standard.market),
        ChoiceFilter("kind", mark("Who is bound"), StandardKind, lambda r: r.standard.kind),
        DaysFilter("effective", mark("In force on"), lambda r: r.standard.effective_on),
    ),
    search=(lambda r: r.standard.code, lambda r: r.standard.title, lambda r: r.standard.family),
    nothing=mark("No method library is loaded."),
)  # fmt: skip
