"""The sentence of a judgement line, in Chinese and in English, made from the line itself (判定依据说明).

A sentence is a frame around what was measured: `head + measured + tail`. Head and tail do not change with the amount
as long as the line has the same verdict, reasons and reservations.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from lims.core.language import Language, translator
from lims.core.reasons import Reason, Translate
from lims.library.facts import (
    DateIs,
    DefinitionState,
    LimitKind,
    LimitRow,
    Prohibition,
    ProhibitionKind,
    ResidueDefinition,
    SubstanceKind,
)
from lims.library.rules import Library
from lims.limits.phrases import PHRASES
from lims.limits.verdicts import Line, Ruling, Verdict
from lims.science.amounts import BelowLoq, NotDetected, Quantified, is_stated
from lims.science.conformity import Assessment
from lims.science.residues import ResidueSum, Term
from lims.science.rounding import plain, round_significant
from lims.science.units import UnitCode

_STOP = {Language.CHINESE: "；", Language.ENGLISH: "; "}
_END = {Language.CHINESE: "。", Language.ENGLISH: "."}

#: A calculated value is shown with so many figures (有效数字), unless that would change how it stands to the limit.
_FIGURES = 6
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
#: Gaps of reasons that hold a substance by its code or by its name in one language.
_SUBSTANCE_GAPS = frozenset({"substance", "component", "parameter", "total"})
#: Gaps that list substances by their codes.
_SUBSTANCE_LIST_GAPS = frozenset({"components"})
#: Gaps of reasons that list foods or editions.
_LIST_GAPS = frozenset({"inside", "candidates", "loaded", "components"})
#: How a reason says that an edition is still in force; judgements of earlier days left the end empty.
_OPEN_SPAN = re.compile(r"(?<=\()(?:since (\d{4}-\d\d-\d\d)|(\d{4}-\d\d-\d\d) – )(?=\))")
#: Within the sentence of a reason: where one sentence ends and the next begins.
_BETWEEN = {Language.CHINESE: re.compile(r"。(?=.)"), Language.ENGLISH: re.compile(r"\. ([A-Z])(?=[a-z ])")}


def sentence(line: Line, library: Library, language: Language) -> str:
    """One sentence: standard and edition, clause, food and its path, exceptions met, the node the limit came from,
    residue, terms of the sum, comparison and rule, prohibitions, what other standards say, and the verdict with why it
    is none or with what restriction it stands."""
    head, tail = frame(line, library, language)
    return head + measured(line, library, language) + tail


def frame(line: Line, library: Library, language: Language) -> tuple[str, str]:
    """What stands before and behind the measured part of the sentence."""
    words = PHRASES[language]
    name = library.substance_name(line.parameter.code, language)
    colon = "：" if language is Language.CHINESE else ": "
    before = [*_law(line, words), *_limit(line, words), *_residue(line, library, language)]
    behind = [
        *_rules(line, words),
        *_others(line, words),
        words["verdict"].format(verdict=words[line.verdict]),
        *_said(words[_why(line)], line.reasons, library, language),
        *_said(words["reserved"], line.reservations, library, language),
    ]
    head = name + colon + "".join(part + _STOP[language] for part in before)
    return head, _STOP[language].join(behind) + _END[language]


def measured(line: Line, library: Library, language: Language) -> str:
    """What was found and how it was compared, with the mark behind it; empty without a residue."""
    total = line.total
    if total is None:
        return ""
    words = PHRASES[language]
    parts = [_found(total, _limit_in(line.assessment, total.unit), library, language)]
    if (made := line.assessment) is not None:
        said = compared_shortly(made.compared, made.limit.value, is_calculated=total.is_calculated)
        if said:
            parts.append(words["compared"].format(way=words[made.comparison], rule=words[made.rule], compared=said))
    return "".join(part + _STOP[language] for part in parts)


def told(why: Reason, library: Library, language: Language) -> str:
    """The sentence of a reason: substances by their names, numbers shortened."""
    return replace(why, values=_values(why, library, language)).translated(translator(language))


# ── the frame ────────────────────────────────────────────────────────────────────────────────────────


def _law(line: Line, words: Mapping[str, str]) -> list[str]:
    basis, day, edition = words[line.occasion.basis_kind], line.occasion.basis_on, line.edition
    if edition is None:
        parts = [words["day"].format(basis=basis, day=day)]
    else:
        phrase = words["promised" if line.is_by_promise else "edition"]
        by = words["by"] if edition.effective_is is DateIs.NO_LATER_THAN else ""
        said = phrase.format(edition=edition.code, effective=edition.effective_on, by=by, basis=basis, day=day)
        clause = line.found.row.clause if line.found is not None and line.found.row is not None else ""
        clause = clause or (line.definition.clause if line.definition is not None else "")
        parts = [said + (words["clause"].format(clause=clause) if clause else "")]
    if line.food is not None:
        given = last(line.occasion.food)
        phrase = words["food"] if given == line.food.food.name else words["classified"]
        parts.append(phrase.format(given=given, food=line.food.food.name, path=" ← ".join(line.path)))
    return parts


def _limit(line: Line, words: Mapping[str, str]) -> list[str]:
    if line.found is None:
        return []
    parts = [
        words["passed"].format(printed=passed.row.printed, excepted=last(passed.excepted))
        for passed in line.found.passed
    ]
    row = line.found.row
    if row is not None:
        parts.append(_limit_phrase(line, row, words))
    return parts


def _limit_phrase(line: Line, row: LimitRow, words: Mapping[str, str]) -> str:
    """The limit with the node it stands at, where that is not the food itself."""
    is_own = line.food is not None and row.food == line.food.food.food
    if row.value is None:
        phrase = words["nothing_allowed"] if is_own else words["nothing_allowed_above"]
        return phrase.format(printed=row.printed, node=last(row.food))
    is_level = line.parameter.kind is SubstanceKind.CONTAMINANT and row.kind is LimitKind.MRL
    kind = words["contaminant"] if is_level else words[row.kind]
    value = f"{plain(row.value)} {row.unit.value}"
    if row.kind is LimitKind.DEFAULT:
        return words["everything"].format(kind=kind, value=value)
    phrase = words["own"] if is_own else words["climbed"]
    return phrase.format(node=last(row.food), printed=row.printed, kind=kind, value=value)


def _residue(line: Line, library: Library, language: Language) -> list[str]:
    words = PHRASES[language]
    parts = []
    if (screening := line.ruling.screening) is not None:
        names = (library.substance_name(code, language) for code in (screening.screened_by, screening.parameter))
        parts.append(words["screened"].format(**dict(zip(("total", "parameter"), names, strict=True))))
    definition = line.definition
    if definition is None or not (definition.text or definition.components):
        return parts
    if line.parameter.kind is SubstanceKind.CONTAMINANT:
        return [*parts, *([words["counted"].format(text=definition.text)] if definition.text else [])]
    text = definition_text(definition, library, language)
    return [*parts, words["residue"].format(text=text)] if text else parts


def definition_text(definition: ResidueDefinition, library: Library, language: Language) -> str:
    """What counts as residue: as printed; in English by its components where they are known, else quoted."""
    if language is Language.CHINESE:
        return definition.text
    words = PHRASES[language]
    if definition.state is not DefinitionState.COMPONENTS_KNOWN or not definition.components:
        return words["quoted"].format(text=definition.text) if definition.text else ""
    names = [library.substance_name(part.substance, language) for part in definition.components]
    if len(names) == 1:
        return words["alone"].format(name=names[0])
    as_ = library.substance_name(definition.expressed_as or definition.substance, language)
    return words["sum_of"].format(names=f"{', '.join(names[:-1])} and {names[-1]}", as_=as_)


def _rules(line: Line, words: Mapping[str, str]) -> list[str]:
    parts = [_ban(rule, words) for rule in line.bans]
    if line.banned_detected:
        parts.append(words["banned"])
    elif line.bans and line.assessment is not None and line.found is not None and line.found.row is not None:
        if line.found.row.kind is LimitKind.EMRL:
            parts.append(words["for_banned"])
        elif all(rule.kind is ProhibitionKind.LAY_PERIOD_BAN for rule in line.bans):
            parts.append(words["for_eggs"])
    if line.local_use_violation:
        for rule in line.local_rules:
            phrase = words["local"] if rule.note else words["local_without_note"]
            parts.append(phrase.format(rule=_after_a_word(rule.rule, words), note=_in_brackets(rule.note)))
    return parts


def _why(line: Line) -> str:
    """What reasons are said for: where a ban decides, they only tell why no limit was compared with."""
    return "because" if line.verdict in {Verdict.NOT_JUDGED, Verdict.NO_LIMIT} else "not_compared"


def _ban(rule: Prohibition, words: Mapping[str, str]) -> str:
    by = words["by"] if rule.date_is is DateIs.NO_LATER_THAN else ""
    phrase = words["ban"] if rule.note else words["ban_without_note"]
    return phrase.format(
        rule=_after_a_word(rule.rule, words),
        day=rule.in_force_on,
        by=by,
        what=words[rule.kind],
        note=_in_brackets(rule.note),
    )


def _in_brackets(note: str) -> str:
    """A printed note goes into the sentence without ending it."""
    return note.rstrip("。.").replace("；", "，").replace("。", "，")


def _after_a_word(rule: str, words: Mapping[str, str]) -> str:
    """Between a Chinese word and Latin letters stands a blank."""
    return f" {rule}" if rule[:1].isascii() and words is PHRASES[Language.CHINESE] else rule


def _others(line: Line, words: Mapping[str, str]) -> list[str]:
    """What further standards say: only those that have a limit for it."""
    declared = line.occasion.declared
    return [
        _other(other, words, "other_promised" if other.family in declared else "other")
        for other in line.others
        if other.edition is not None and other.assessment is not None
    ]


def _other(other: Ruling, words: Mapping[str, str], phrase: str) -> str:
    edition, row = other.edition, None if other.found is None else other.found.row
    limit = words[LimitKind.MUST_NOT_DETECT]
    if row is not None and row.value is not None:
        limit = f"“{row.printed}” {plain(row.value)} {row.unit.value}"
        if other.assessment is not None and other.assessment.compared:
            limit += f", {compared_shortly(other.assessment.compared, other.assessment.limit.value)}"
    standard = "" if edition is None else edition.code
    said = words[phrase].format(standard=standard, limit=limit, verdict=words[other.verdict])
    return said.replace(", ", "，") if words is PHRASES[Language.CHINESE] else said


def _said(template: str, reasons: Sequence[Reason], library: Library, language: Language) -> list[str]:
    """Reasons as parts of the sentence: each begins small and ends without a stop."""
    if not reasons:
        return []
    translate = translator(language)
    parts = []
    for why in reasons:
        text = translate(why.sentence).rstrip("。.？?")
        if language is Language.ENGLISH:
            text = _BETWEEN[language].sub(lambda found: f"; {found[1].lower()}", text)
            text = text[:1].lower() + text[1:] if re.match(r"[A-Z](?=[a-z ])", text) else text
        else:
            text = _BETWEEN[language].sub("；", text)
        filled = replace(why, sentence=text, values=_values(why, library, language))
        parts.append(filled.translated(_except(text, translate)))
    return [template.format(reasons=_STOP[language].join(parts)).rstrip("。.")]


def _except(text: str, translate: Translate) -> Translate:
    """Translates words, and leaves the sentence that is translated already."""
    return lambda said: said if said == text else translate(said)


def _values(said: Reason, library: Library, language: Language) -> dict[str, Any]:
    """The values of a reason with substances by their names and numbers shortened."""
    limit = _number(said.values.get("limit"))
    values = dict(said.values)
    if "loaded" in values:
        values["loaded"] = _spans(str(values["loaded"]), language)
    for gap, value in said.values.items():
        if gap in _SUBSTANCE_GAPS:
            values[gap] = library.substance_name(str(value), language)
            continue
        if gap in _SUBSTANCE_LIST_GAPS:
            values[gap] = ", ".join(library.substance_name(code, language) for code in str(value).split(", "))
        if gap in _LIST_GAPS and language is Language.CHINESE:
            values[gap] = str(values[gap]).replace(", ", "、")
        elif (number := _number(value)) is not None:
            values[gap] = short(number, limit)
    return values


def _spans(text: str, language: Language) -> str:
    since = PHRASES[language]["since"]
    return _OPEN_SPAN.sub(lambda found: since.format(day=found[1] or found[2]), text)


def _number(value: object) -> Decimal | None:
    return Decimal(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


# ── what was measured ────────────────────────────────────────────────────────────────────────────────


def _found(total: ResidueSum, limit: Decimal | None, library: Library, language: Language) -> str:
    """What was found: the terms and their sum, or that nothing could be quantified and up to how much there may be."""
    words = PHRASES[language]
    unit = total.unit.value
    if total.is_quantified:
        terms = " + ".join(_term(term, limit, library, language) for term in total.terms)
        if not total.is_calculated:
            return words["sum"].format(terms=f"{terms} {unit}")
        said = words["sum"].format(terms=f"{terms} = {short(without_zeros(total.lower), limit)} {unit}")
        if total.lower == total.upper:
            return said
        return said + words["at_most"].format(upper=short(without_zeros(total.upper), limit), unit=unit)
    stated = all(is_stated(term.found) for term in total.terms)
    upper = short(without_zeros(total.upper) if total.is_calculated else total.upper, limit)
    if total.is_detected:
        return words["detected_below"].format(upper=upper, unit=unit) if stated else words["detected"]
    if not stated:
        return words["nothing"]
    below = any(isinstance(term.found, BelowLoq) for term in total.terms)
    return words["below" if below else "nothing_above"].format(upper=upper, unit=unit)


def _term(term: Term, limit: Decimal | None, library: Library, language: Language) -> str:
    name = library.substance_name(term.code, language)
    match term.found:
        case Quantified(value=value):
            factor = "" if term.factor == Decimal(1) else f" × {plain(term.factor)}"
            shown = short(value, limit) + factor
        case BelowLoq(limit_of_quantification=bound) if is_stated(term.found):
            shown = f"<{short(bound, limit)}"
        case BelowLoq(detected=True):
            shown = PHRASES[language]["detected"]
        case BelowLoq() | NotDetected():
            shown = PHRASES[language]["absent"]
    return f"{name} {shown}"


def _limit_in(made: Assessment | None, unit: UnitCode) -> Decimal | None:
    """The limit that was compared with, if it is in this unit."""
    return None if made is None or made.limit.unit is not unit else made.limit.value


def compared_shortly(signs: str, limit: Decimal, *, is_calculated: bool = False) -> str:
    """The comparison in signs with its numbers shortened; the limit, and what equals it, stays as it is.

    A calculated value carries zeros that nobody measured; they are cut off.
    """

    def shortly(found: re.Match[str]) -> str:
        number = Decimal(found[0])
        return short(without_zeros(number) if is_calculated and number != limit else number, limit)

    return _NUMBER.sub(shortly, signs)


def without_zeros(value: Decimal) -> Decimal:
    """The number without zeros at its end."""
    return value.normalize()


def short(value: Decimal, limit: Decimal | None) -> str:
    """At most six figures (half to even); more, if with six the value would look equal to the limit or pass it."""
    for figures in range(_FIGURES, len(value.as_tuple().digits)):
        shown = round_significant(value, figures)
        if limit is None or shown.compare(limit) == value.compare(limit):
            return plain(shown)
    return plain(value)


def last(path: str) -> str:
    """A food's own name, the last of its path."""
    return path.rpartition("/")[2]
