"""One lot before every market at once (各市场对照): who would accept it, and what would have to change.

The same amounts are judged by the law of each market that the library knows, each with its own way of deciding where
none was agreed, and by each declared standard alone. Nothing is carried over from one to another.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_UP, Context, Decimal
from enum import StrEnum

from lims.core.language import Language, translator
from lims.core.reasons import Reason, mark
from lims.library.facts import HOME_MARKET, LimitKind
from lims.library.market_names import market_name
from lims.library.rules import Library
from lims.limits.rules import NOT_VERIFIED
from lims.limits.rulings import NEEDS_FURTHER_TEST
from lims.limits.verdicts import NO_MARKET, Line, Occasion, Overall, SampleJudgement, Verdict
from lims.limits.wording import short, told, without_zeros
from lims.science.conformity import DecisionRule
from lims.science.rounding import plain
from lims.science.units import UnitCode, convert


class Acceptance(StrEnum):
    """What a market would say of the lot (接收结论)."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNDECIDED = "undecided"


class Obstacle(StrEnum):
    """What stands in the way of acceptance (障碍)."""

    TOO_MUCH = "too_much"
    MUST_BE_ABSENT = "must_be_absent"
    LOQ_TOO_HIGH = "loq_too_high"
    COMPONENTS_MISSING = "components_missing"
    NOT_VERIFIED = "not_verified"
    FURTHER_TEST = "further_test"
    NOT_LOADED = "not_loaded"
    NO_LIMIT = "no_limit"
    FOOD_UNCLEAR = "food_unclear"
    ELSE = "else"


@dataclass(frozen=True, slots=True)
class Hindrance:
    """What stands in the way for one parameter. Numbers are in the unit of the limit.

    `factor` is by what the content must fall at least; `needed` the highest limit of quantification that would do.
    """

    parameter: str
    obstacle: Obstacle
    limit: Decimal | None = None
    unit: UnitCode = UnitCode.MG_PER_KG
    found: Decimal | None = None
    factor: Decimal | None = None
    needed: Decimal | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class MarketAnswer:
    """What one market says, or a declared `standard` alone, which has no market.

    `is_loaded`: an edition of its law, or of that standard, that was in force on the day is loaded.
    """

    market: str
    standard: str
    is_loaded: bool
    rule: DecisionRule
    acceptance: Acceptance
    judgement: SampleJudgement
    hindrances: tuple[Hindrance, ...]


#: The word of a sample as a market's.
_ACCEPTANCE = {Overall.CONFORMS: Acceptance.ACCEPTED, Overall.FAILS: Acceptance.REFUSED}
_OBSTACLES: Mapping[str, Obstacle] = {
    "residue.needs_components": Obstacle.COMPONENTS_MISSING,
    NEEDS_FURTHER_TEST: Obstacle.FURTHER_TEST,
    "prohibition.needs_confirmation": Obstacle.FURTHER_TEST,
    "conformity.not_quantified": Obstacle.FURTHER_TEST,
    NOT_VERIFIED: Obstacle.NOT_VERIFIED,
    "conformity.loq_above_limit": Obstacle.LOQ_TOO_HIGH,
    "limit.edition_not_loaded": Obstacle.NOT_LOADED,
    "limit.substance_not_loaded": Obstacle.NOT_LOADED,
    "limit.standard_not_loaded": Obstacle.NOT_LOADED,
    "limit.incomplete": Obstacle.NOT_LOADED,
}
#: A factor is shown so exactly, rounded up: falling by less would not do.
_FACTOR = Context(prec=3, rounding=ROUND_UP)


def everywhere(
    library: Library, occasion: Occasion, judge: Callable[[Occasion], SampleJudgement]
) -> tuple[MarketAnswer, ...]:
    """What each market of the library says of a lot that `judge` judges by the law of an occasion, then each standard
    that was declared."""
    laws = [replace(occasion, market=market, declared=()) for market in library.markets]
    promises = [replace(occasion, market=NO_MARKET, declared=(one,)) for one in dict.fromkeys(occasion.declared)]
    return tuple(_answer(library, one, judge) for one in (*laws, *promises))


def _answer(library: Library, occasion: Occasion, judge: Callable[[Occasion], SampleJudgement]) -> MarketAnswer:
    families = (*library.families(occasion.market), *occasion.declared)
    judgement = judge(occasion)
    acceptance = _ACCEPTANCE.get(judgement.overall, Acceptance.UNDECIDED)
    hindrances = [found for line in judgement.lines if (found := hindrance(line)) is not None]
    unruled = _found_without_limit(occasion.market, judgement)
    if acceptance is Acceptance.ACCEPTED and unruled:
        acceptance = Acceptance.UNDECIDED
        hindrances = [one for one in hindrances if one.parameter in unruled]
    elif acceptance is Acceptance.ACCEPTED:
        hindrances = []
    elif acceptance is Acceptance.REFUSED or any(h.obstacle is not Obstacle.NO_LIMIT for h in hindrances):
        hindrances = [one for one in hindrances if one.obstacle is not Obstacle.NO_LIMIT]
    return MarketAnswer(
        market=occasion.market,
        standard="".join(occasion.declared),
        is_loaded=any(library.editions_on(family, occasion.basis_on) for family in families),
        rule=occasion.decision_rule,
        acceptance=acceptance,
        judgement=judgement,
        hindrances=tuple(sorted(hindrances, key=lambda one: list(Obstacle).index(one.obstacle))),
    )


def _found_without_limit(market: str, judgement: SampleJudgement) -> frozenset[str]:
    """What was found where a foreign law sets no limit: of bans and defaults abroad the library may know nothing."""
    if market in {HOME_MARKET, NO_MARKET}:
        return frozenset()
    silent = (line for line in judgement.lines if line.verdict is Verdict.NO_LIMIT)
    return frozenset(line.parameter.code for line in silent if line.total is not None and line.total.is_detected)


def hindrance(line: Line) -> Hindrance | None:
    """What would have to change in this parameter; None when it conforms."""
    code, made = line.parameter.code, line.assessment
    if line.verdict is Verdict.CONFORMS:
        return None
    if line.verdict is Verdict.NO_LIMIT:
        return Hindrance(code, Obstacle.NO_LIMIT)
    row = None if line.found is None else line.found.row
    unit = UnitCode.MG_PER_KG if row is None else row.unit
    limit = None if row is None else row.value
    found = _content(line, unit)
    if line.verdict is Verdict.PROHIBITED_DETECTED or (
        line.verdict is Verdict.EXCEEDS and row is not None and row.kind is LimitKind.MUST_NOT_DETECT
    ):
        return Hindrance(code, Obstacle.MUST_BE_ABSENT, limit, unit, found)
    if line.verdict is Verdict.EXCEEDS and made is not None:
        factor = _FACTOR.divide(made.tested, made.limit.value) if made.limit.value > 0 else None
        return Hindrance(code, Obstacle.TOO_MUCH, limit, unit, found, factor)
    obstacle = next((_obstacle(why) for why in line.reasons), Obstacle.ELSE)
    needed = limit if obstacle is Obstacle.LOQ_TOO_HIGH else None
    return Hindrance(code, obstacle, limit, unit, found, needed=needed, reasons=line.reasons)


def _content(line: Line, unit: UnitCode) -> Decimal | None:
    """What was quantified, in the unit of the limit."""
    total = line.total
    if total is None or not total.is_quantified:
        return None
    content = convert(total.lower, total.unit, unit)
    return without_zeros(content) if total.is_calculated else content


def _obstacle(why: Reason) -> Obstacle:
    if why.code.startswith("food."):
        return Obstacle.FOOD_UNCLEAR
    return _OBSTACLES.get(why.code, Obstacle.ELSE)


# ── in words ─────────────────────────────────────────────────────────────────────────────────────────

_SAID = {
    Acceptance.ACCEPTED: mark("{market} would accept this lot."),
    Acceptance.REFUSED: mark("{market} would refuse this lot: {obstacles}."),
    Acceptance.UNDECIDED: mark("Whether {market} would accept this lot cannot be said: {obstacles}."),
}
_SAID_OF_STANDARD = {
    Acceptance.ACCEPTED: mark("The lot meets {standard}."),
    Acceptance.REFUSED: mark("The lot does not meet {standard}: {obstacles}."),
    Acceptance.UNDECIDED: mark("Whether the lot meets {standard} cannot be said: {obstacles}."),
}
#: What many parameters share is said once, with their names behind.
_TOGETHER = {
    Obstacle.NOT_LOADED: mark("limits not loaded for {names}"),
    Obstacle.NO_LIMIT: mark("no limit is set for {names}"),
    Obstacle.NOT_VERIFIED: mark("results not verified yet of {names}"),
    Obstacle.FOOD_UNCLEAR: mark("its standards do not say clearly which food this is, for {names}"),
}


def plain_line(answer: MarketAnswer, library: Library, language: Language) -> str:
    """One sentence: accepted, refused or not to be said, and what would have to change."""
    say, gaps = translator(language), {"market": market_name(answer.market, language), "standard": answer.standard}
    if not answer.is_loaded and answer.standard:
        return say(mark("No edition of {standard} of that day is loaded; nothing can be said.")).format(**gaps)
    if not answer.is_loaded:
        return say(mark("{market}: nothing of its law on that day is loaded; nothing can be said.")).format(**gaps)
    told_of = obstacles(answer.hindrances, library, language) or [say(mark("nothing was measured"))]
    said = _SAID_OF_STANDARD if answer.standard else _SAID
    return say(said[answer.acceptance]).format(obstacles=_stop(language).join(told_of), **gaps)


def obstacles(hindrances: Sequence[Hindrance], library: Library, language: Language) -> list[str]:
    """What stands in the way, parameter by parameter; what many share is said once."""
    say, texts = translator(language), []
    comma = "、" if language is Language.CHINESE else ", "
    shared: dict[Obstacle, list[str]] = {}
    for one in hindrances:
        if one.obstacle in _TOGETHER:
            shared.setdefault(one.obstacle, []).append(library.substance_name(one.parameter, language))
        else:
            texts.append(change(one, library, language))
    return texts + [say(_TOGETHER[what]).format(names=comma.join(names)) for what, names in shared.items()]


def change(one: Hindrance, library: Library, language: Language) -> str:
    """What would have to change in one parameter."""
    say, name = translator(language), library.substance_name(one.parameter, language)
    unit = one.unit.value
    limit = "" if one.limit is None else f"{plain(one.limit)} {unit}"
    found = "" if one.found is None else f"{short(one.found, one.limit)} {unit}"
    match one.obstacle:
        case Obstacle.TOO_MUCH if one.factor is not None:
            said = mark("{name} {found}, limit {limit}, must fall by a factor of {factor}")
        case Obstacle.TOO_MUCH | Obstacle.MUST_BE_ABSENT:
            said = mark("{name} was found and may not be there at all")
        case Obstacle.LOQ_TOO_HIGH:
            said = mark("{name} needs a limit of quantification of {limit} or lower")
        case _ if one.obstacle in _TOGETHER:
            return say(_TOGETHER[one.obstacle]).format(names=name)
        case _:
            why = _stop(language).join(told(why, library, language).rstrip("。.") for why in one.reasons[:1])
            return f"{name}：{why}" if language is Language.CHINESE else f"{name}: {why}"
    factor = "" if one.factor is None else plain(one.factor)
    return say(said).format(name=name, found=found, limit=limit, factor=factor)


def _stop(language: Language) -> str:
    return "；" if language is Language.CHINESE else "; "
