"""Judgements as pages show them: the lines that need eyes on top, each with the whole way to its verdict."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lims.core.language import Language, translator
from lims.core.reasons import Reason
from lims.library.facts import LimitKind
from lims.library.rules import Library
from lims.limits.tables import JudgementLine
from lims.limits.verdicts import Flag, Overall, Verdict
from lims.limits.wording import compared_shortly, last, short, told, without_zeros
from lims.science.amounts import amount_from_dict
from lims.science.rounding import plain
from lims.web.amounts import amount_text
from lims.web.table import Mood

VERDICT_MOODS: Mapping[Verdict, Mood] = {
    Verdict.PROHIBITED_DETECTED: "bad",
    Verdict.EXCEEDS: "bad",
    Verdict.NOT_JUDGED: "warn",
    Verdict.NO_LIMIT: "plain",
    Verdict.CONFORMS: "good",
}
OVERALL_MOODS: Mapping[Overall, Mood] = {
    Overall.CONFORMS: "good",
    Overall.FAILS: "bad",
    Overall.PENDING: "busy",
    Overall.NOT_JUDGED: "warn",
}
#: What breaks a rule is bad; the other flags ask to be looked at, or only tell how it was done.
FLAG_MOODS: Mapping[Flag, Mood] = {Flag.BANNED_DETECTED: "bad", Flag.SCREENED: "plain"}


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the sum of a residue, its numbers as texts."""

    name: str
    found: str
    factor: str
    lower: str
    upper: str


@dataclass(frozen=True, slots=True)
class Other:
    """What a further standard says, which did not decide."""

    standard: str
    is_declared: bool
    verdict: Verdict
    mood: Mood
    limit: str
    must_be_absent: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownLine:
    """What is said of one parameter, ready to be placed. `explanation` is that of `lims.limits.explanation`."""

    parameter: str
    name: str
    verdict: Verdict
    limit_verdict: Verdict
    mood: Mood
    banned_detected: bool
    local_use_violation: bool
    amount: str
    limit: str
    sentence: str
    steps: tuple[str, ...]
    compared: str
    at_least: str
    at_most: str
    terms: tuple[Term, ...]
    flags: tuple[tuple[Flag, Mood], ...]
    others: tuple[Other, ...]
    must_be_absent: bool
    passed: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    reservations: tuple[str, ...]
    explanation: Mapping[str, Any]


def shown_lines(lines: Iterable[JudgementLine], library: Library, language: Language) -> Sequence[ShownLine]:
    """The lines of a stored judgement: what fails, then what is not judged, then the rest."""
    columns = (*ShownLine.__dataclass_fields__, "limit_value", "unit", "sentence_zh", "sentence_en")
    return ordered([shown({n: getattr(line, n, None) for n in columns}, library, language) for line in lines])


def ordered(lines: Iterable[ShownLine]) -> Sequence[ShownLine]:
    """What needs eyes first."""
    places = {verdict: place for place, verdict in enumerate(VERDICT_MOODS)}
    return sorted(lines, key=lambda line: (places[line.verdict], line.name))


def shown(values: Mapping[str, Any], library: Library, language: Language) -> ShownLine:
    """One line, from the values of its columns."""
    say = translator(language)
    verdict = Verdict(values["verdict"])
    explanation: Mapping[str, Any] = values["explanation"]
    limit = values["limit_value"]
    amount = values["amount"]
    return ShownLine(
        parameter=values["parameter"],
        name=library.substance_name(values["parameter"], language),
        verdict=verdict,
        limit_verdict=Verdict(values["limit_verdict"]),
        mood=VERDICT_MOODS[verdict],
        banned_detected=values["banned_detected"],
        local_use_violation=values["local_use_violation"],
        amount=amount_text(amount_from_dict(amount), say) if amount else "",
        limit="" if limit is None else f"{limit:f} {values['unit']}",
        sentence=values["sentence_zh"] if language is Language.CHINESE else values["sentence_en"],
        steps=tuple(library.food_name(step) for step in explanation["food"]["climbed"]),
        compared=_compared(explanation, limit),
        at_least=_short(explanation["sum"], "lower", limit),
        at_most=_short(explanation["sum"], "upper", limit),
        terms=tuple(_term(term, limit, library, language) for term in (explanation["sum"] or {}).get("terms", ())),
        flags=_flags(explanation, verdict),
        others=tuple(_other(other, library, language) for other in explanation.get("others", ())),
        must_be_absent=_is_absence(explanation["limit"]),
        passed=tuple((one["printed"], last(one["excepted"])) for one in (explanation["limit"] or {}).get("passed", ())),
        reasons=_told(explanation["reasons"], library, language),
        reservations=_told(explanation["reservations"], library, language),
        explanation=explanation,
    )


def _other(said: Mapping[str, Any], library: Library, language: Language) -> Other:
    row = (said["limit"] or {}).get("row")
    verdict = Verdict(said["verdict"])
    return Other(
        standard=said["edition"] or said["family"],
        is_declared=bool(said.get("declared")),
        verdict=verdict,
        mood=VERDICT_MOODS[verdict],
        limit="" if row is None or row["value"] is None else f"{row['value']} {row['unit']}",
        must_be_absent=_is_absence(said["limit"]),
        reasons=_told(said["reasons"], library, language),
    )


def _is_absence(limit: Mapping[str, Any] | None) -> bool:
    row = (limit or {}).get("row")
    return row is not None and row["kind"] == LimitKind.MUST_NOT_DETECT.value


def _told(reasons: Iterable[Mapping[str, Any]], library: Library, language: Language) -> tuple[str, ...]:
    """Stored reasons in a language; judgements of earlier days kept the English text alone."""
    return tuple(
        told(Reason(why["code"], why["sentence"], why["values"]), library, language)
        if "sentence" in why
        else str(why["text"])
        for why in reasons
    )


def _flags(explanation: Mapping[str, Any], verdict: Verdict) -> tuple[tuple[Flag, Mood], ...]:
    """What the verdict does not say itself."""
    raised = map(Flag, explanation.get("flags", ()))
    said = {Flag.BANNED_DETECTED} if verdict is Verdict.PROHIBITED_DETECTED else set()
    return tuple((flag, FLAG_MOODS.get(flag, "warn")) for flag in raised if flag not in said)


def _compared(explanation: Mapping[str, Any], limit: Decimal | None) -> str:
    made = explanation["comparison"]
    if made is None:
        return ""
    if limit is None:
        return str(made["compared"])
    return compared_shortly(made["compared"], limit, is_calculated=_is_calculated(explanation["sum"]))


def _is_calculated(total: Mapping[str, Any] | None) -> bool:
    terms = () if total is None else total["terms"]
    return len(terms) > 1 or any(Decimal(term["factor"]) != 1 for term in terms)


def _short(numbers: Mapping[str, Any] | None, key: str, limit: Decimal | None) -> str:
    return short(without_zeros(Decimal(numbers[key])), limit) if numbers else ""


def _term(term: Mapping[str, Any], limit: Decimal | None, library: Library, language: Language) -> Term:
    found = amount_text(amount_from_dict(term["found"]), translator(language))
    name = library.substance_name(term["substance"], language)
    lower, upper = _short(term, "lower", limit), _short(term, "upper", limit)
    return Term(name, found, plain(without_zeros(Decimal(term["factor"]))), lower, upper)
