"""The sentence of a judgement line, in Chinese and in English, made from the line itself (判定依据说明)."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

from lims.core.language import Language, translator
from lims.core.reasons import Reason
from lims.library.facts import LimitKind, ProhibitionKind
from lims.library.rules import Library
from lims.limits.verdicts import Line, Verdict
from lims.samples.rules import BasisKind
from lims.science.amounts import BelowLoq, NotDetected, Quantified
from lims.science.conformity import Comparison, DecisionRule
from lims.science.residues import Term
from lims.science.rounding import plain, round_significant
from lims.science.units import UnitCode

_ZH: dict[str, str] = {
    BasisKind.PRODUCTION: "生产日期",
    BasisKind.HARVEST: "采收日期",
    BasisKind.PURCHASE: "购进日期",
    BasisKind.SLAUGHTER: "屠宰日期",
    LimitKind.MRL: "最大残留限量",
    LimitKind.TEMPORARY_MRL: "临时限量",
    LimitKind.EMRL: "再残留限量",
    LimitKind.DEFAULT: "一律限量",
    LimitKind.UNREADABLE: "限量",
    Verdict.CONFORMS: "符合",
    Verdict.EXCEEDS: "超过限量，不符合",
    Verdict.PROHIBITED_DETECTED: "检出禁用物质，不符合",
    Verdict.NO_LIMIT: "无限量标准，不作判定",
    Verdict.NOT_JUDGED: "不作判定",
    DecisionRule.SIMPLE: "直接比较",
    DecisionRule.SUBTRACT_U: "扣除扩展不确定度后比较",
    DecisionRule.ADD_U: "加上扩展不确定度后比较",
    DecisionRule.SANTE_50: "扣除 50% 默认扩展不确定度后比较",
    Comparison.FULL_VALUE: "全数值比较法",
    Comparison.ROUNDED_VALUE: "修约值比较法",
    "edition": "{edition}（{effective} 起施行，按{basis} {day} 适用）",
    "clause": "第 {clause} 条",
    "food": "食品“{food}”（{path}）",
    "alias": "（按“{alias}”归类）",
    "passed": "“{printed}”已将其除外，不适用",
    "limit": "适用“{printed}”的{kind} {value} {unit}",
    "screened": "先测{total}，以{parameter}的限量判",
    "residue": "残留物：{text}",
    "sum": "计得 {terms}",
    "nothing": "未检出（最多不超过 {upper} {unit}）",
    "below": "检出但低于定量限",
    "absent": "未检出",
    "compared": "{way}、{rule}：{compared}",
    "ban": "依据{rule}，自 {day} {by}起禁止（{note}）",
    "by": "或更早",
    "banned": "检出即不符合，与限量无关",
    "for_banned": "该限量为禁用后环境残留而设，以限量为准",
    "for_eggs": "该标准已为禽蛋规定限量，以限量为准",
    "others": "{standard}：{verdict}",
    "local": "违反{rule}（{note}）；该项不改变限量判定",
    "because": "原因：{reasons}",
    "reserved": "说明：{reasons}",
    "verdict": "结论：{verdict}",
}
_EN: dict[str, str] = {
    BasisKind.PRODUCTION: "day of production",
    BasisKind.HARVEST: "day of harvest",
    BasisKind.PURCHASE: "day of purchase",
    BasisKind.SLAUGHTER: "day of slaughter",
    LimitKind.MRL: "maximum residue limit",
    LimitKind.TEMPORARY_MRL: "temporary limit",
    LimitKind.EMRL: "extraneous residue limit",
    LimitKind.DEFAULT: "uniform limit",
    LimitKind.UNREADABLE: "limit",
    Verdict.CONFORMS: "conforms",
    Verdict.EXCEEDS: "exceeds the limit, does not conform",
    Verdict.PROHIBITED_DETECTED: "a prohibited substance was detected, does not conform",
    Verdict.NO_LIMIT: "there is no limit, not judged",
    Verdict.NOT_JUDGED: "not judged",
    DecisionRule.SIMPLE: "simple acceptance",
    DecisionRule.SUBTRACT_U: "after subtracting the expanded uncertainty",
    DecisionRule.ADD_U: "after adding the expanded uncertainty",
    DecisionRule.SANTE_50: "after subtracting 50 % as default expanded uncertainty",
    Comparison.FULL_VALUE: "full value",
    Comparison.ROUNDED_VALUE: "rounded value",
    "edition": "{edition} (in force from {effective}, by the {basis} {day})",
    "clause": " clause {clause}",
    "food": "food “{food}” ({path})",
    "alias": " (classified by the name “{alias}”)",
    "passed": "“{printed}” excepts it and does not apply",
    "limit": "the {kind} of “{printed}” applies, {value} {unit}",
    "screened": "{total} was measured first and is held against the limit of {parameter}",
    "residue": "the residue is {text}",
    "sum": "found {terms}",
    "nothing": "not detected (at most {upper} {unit})",
    "below": "detected below the limit of quantification",
    "absent": "ND",
    "compared": "{way}, {rule}: {compared}",
    "ban": "prohibited by {rule} from {day}{by} ({note})",
    "by": " or earlier",
    "banned": "any detection fails, whatever the limit",
    "for_banned": "the limit is set for what the environment holds after the ban, and decides",
    "for_eggs": "the standard sets a number for eggs, which decides",
    "others": "{standard}: {verdict}",
    "local": "breaks {rule} ({note}); this does not change the verdict by the limit",
    "because": "because: {reasons}",
    "reserved": "note: {reasons}",
    "verdict": "verdict: {verdict}",
}
_WORDS = {Language.CHINESE: _ZH, Language.ENGLISH: _EN}
_STOP = {Language.CHINESE: "；", Language.ENGLISH: "; "}
_END = {Language.CHINESE: "。", Language.ENGLISH: "."}
#: Between the sentences of two reasons.
_NEXT = {Language.CHINESE: "", Language.ENGLISH: " "}

#: A calculated value is shown with so many figures (有效数字), unless that would change how it stands to the limit.
_FIGURES = 6
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
#: Gaps of reasons that hold a substance by its code or by its name in one language.
_SUBSTANCE_GAPS = frozenset({"substance", "component", "parameter", "total"})
#: Gaps of reasons that list foods.
_LIST_GAPS = frozenset({"inside", "candidates"})


def sentence(line: Line, library: Library, language: Language) -> str:
    """One sentence: standard and edition, clause, food and its path, exceptions met, limit, residue, sum, comparison
    and rule, prohibitions, and the verdict or why there is none."""
    words = _WORDS[language]
    name = line.parameter.name_zh if language is Language.CHINESE else line.parameter.name_en
    parts = [
        *_law(line, words),
        *_limit(line, words),
        *_measured(line, library, words, language),
        *_rules(line, words),
        *_others(line, words),
        words["verdict"].format(verdict=words[line.verdict]),
        *_said(words["because"], line.reasons, library, language),
        *_said(words["reserved"], line.reservations, library, language),
    ]
    colon = "：" if language is Language.CHINESE else ": "
    return name + colon + _STOP[language].join(parts).rstrip("。.") + _END[language]


def _law(line: Line, words: dict[str, str]) -> list[str]:
    parts = []
    if line.edition is not None:
        said = words["edition"].format(
            edition=line.edition.code,
            effective=line.edition.effective_on,
            basis=words[line.occasion.basis_kind],
            day=line.occasion.basis_on,
        )
        clause = line.found.row.clause if line.found is not None and line.found.row is not None else ""
        clause = clause or (line.definition.clause if line.definition is not None else "")
        parts.append(said + (words["clause"].format(clause=clause) if clause else ""))
    if line.food is not None:
        food = words["food"].format(food=line.food.food.name, path=" ← ".join(line.path))
        parts.append(food + (words["alias"].format(alias=line.food.alias) if line.food.alias else ""))
    return parts


def _limit(line: Line, words: dict[str, str]) -> list[str]:
    if line.found is None:
        return []
    parts = [words["passed"].format(printed=passed.row.printed) for passed in line.found.passed]
    row = line.found.row
    if row is not None and row.value is not None:
        kind = words[row.kind]
        said = words["limit"].format(printed=row.printed, kind=kind, value=plain(row.value), unit=row.unit.value)
        parts.append(said)
    return parts


def _measured(line: Line, library: Library, words: dict[str, str], language: Language) -> list[str]:
    parts = []
    if line.ruling.screening is not None:
        screening = line.ruling.screening
        parts.append(
            words["screened"].format(
                total=library.substance_name(screening.screened_by, language),
                parameter=library.substance_name(screening.parameter, language),
            )
        )
    if line.definition is not None and line.definition.text:
        parts.append(words["residue"].format(text=line.definition.text))
    total = line.total
    if total is None:
        return parts
    limit = _limit_in(line, total.unit)
    if total.is_quantified:
        terms = " + ".join(_term(term, limit, library, language) for term in total.terms)
        value = f" = {short(total.lower, limit)}" if len(total.terms) > 1 or total.terms[0].factor != 1 else ""
        parts.append(words["sum"].format(terms=f"{terms}{value} {total.unit.value}"))
    elif total.is_detected:
        parts.append(words["below"])
    else:
        parts.append(words["nothing"].format(upper=short(total.upper, limit), unit=total.unit.value))
    if line.assessment is not None:
        made = line.assessment
        parts.append(
            words["compared"].format(
                way=words[made.comparison],
                rule=words[made.rule],
                compared=compared_shortly(made.compared, made.limit.value),
            )
        )
    return parts


def _limit_in(line: Line, unit: UnitCode) -> Decimal | None:
    """The limit that was compared with, if it is in this unit."""
    if line.assessment is None or line.assessment.limit.unit is not unit:
        return None
    return line.assessment.limit.value


def compared_shortly(signs: str, limit: Decimal) -> str:
    """The comparison in signs with its numbers shortened; the limit, and what equals it, stays as it is."""
    return _NUMBER.sub(lambda found: short(Decimal(found[0]), limit), signs)


def short(value: Decimal, limit: Decimal | None) -> str:
    """At most six figures (half to even); more, if with six the value would look equal to the limit or pass it."""
    for figures in range(_FIGURES, len(value.as_tuple().digits)):
        shown = round_significant(value, figures)
        if limit is None or shown.compare(limit) == value.compare(limit):
            return plain(shown)
    return plain(value)


def _term(term: Term, limit: Decimal | None, library: Library, language: Language) -> str:
    substance = library.substance(term.code)
    name = substance.name_zh if language is Language.CHINESE else substance.name_en
    match term.found:
        case Quantified(value=value):
            shown = short(value, limit)
        case BelowLoq(limit_of_quantification=bound):
            shown = f"<{short(bound, limit)}"
        case NotDetected():
            shown = _WORDS[language]["absent"]
    factor = "" if term.factor == Decimal(1) else f" × {plain(term.factor)}"
    return f"{name} {shown}{factor}"


def _rules(line: Line, words: dict[str, str]) -> list[str]:
    parts = []
    for rule in line.bans:
        by = words["by"] if rule.date_is.value == "no_later_than" else ""
        parts.append(words["ban"].format(rule=rule.rule, day=rule.in_force_on, by=by, note=rule.note))
    if line.banned_detected:
        parts.append(words["banned"])
    elif line.bans and line.assessment is not None and line.found is not None and line.found.row is not None:
        if line.found.row.kind is LimitKind.EMRL:
            parts.append(words["for_banned"])
        elif all(rule.kind is ProhibitionKind.LAY_PERIOD_BAN for rule in line.bans):
            parts.append(words["for_eggs"])
    if line.local_use_violation:
        parts.extend(
            words["local"].format(rule=rule.rule, note=rule.note)
            for rule in line.local_rules
            if rule.kind is ProhibitionKind.LOCAL_USE_BAN
        )
    return parts


def _others(line: Line, words: dict[str, str]) -> list[str]:
    """What further standards say: only those that have a limit for it."""
    return [
        words["others"].format(standard=other.edition.code, verdict=words[other.verdict])
        for other in line.others
        if other.edition is not None and other.assessment is not None
    ]


def _said(template: str, reasons: tuple[Reason, ...], library: Library, language: Language) -> list[str]:
    if not reasons:
        return []
    translate = translator(language)
    told = (replace(r, values=_values(r, library, language)).translated(translate) for r in reasons)
    return [template.format(reasons=_NEXT[language].join(told).rstrip("。."))]


def _values(said: Reason, library: Library, language: Language) -> dict[str, Any]:
    """The values of a reason with substances by their names and numbers shortened."""
    limit = _number(said.values.get("limit"))
    values = dict(said.values)
    for gap, value in said.values.items():
        if gap in _SUBSTANCE_GAPS:
            values[gap] = library.substance_name(str(value), language)
        elif gap in _LIST_GAPS and language is Language.CHINESE:
            values[gap] = str(value).replace(", ", "、")
        elif (number := _number(value)) is not None:
            values[gap] = short(number, limit)
    return values


def _number(value: object) -> Decimal | None:
    return Decimal(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None
