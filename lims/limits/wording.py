"""The sentence of a judgement line, in Chinese and in English, made from the line itself (判定依据说明)."""

from decimal import Decimal

from lims.core.language import Language, translator
from lims.core.reasons import Reason
from lims.library.facts import LimitKind, ProhibitionKind
from lims.library.rules import Library
from lims.limits.rules import Line, Verdict
from lims.samples.rules import BasisKind
from lims.science.amounts import BelowLoq, NotDetected, Quantified
from lims.science.conformity import Comparison, DecisionRule
from lims.science.residues import Term
from lims.science.rounding import plain

_ZH: dict[str, str] = {
    BasisKind.PRODUCTION: "生产日期",
    BasisKind.HARVEST: "采收日期",
    BasisKind.PURCHASE: "购进日期",
    BasisKind.SLAUGHTER: "屠宰日期",
    LimitKind.MRL: "最大残留限量",
    LimitKind.TEMPORARY_MRL: "临时限量",
    LimitKind.EMRL: "再残留限量",
    LimitKind.UNREADABLE: "限量",
    Verdict.CONFORMS: "符合",
    Verdict.EXCEEDS: "超过限量，不符合",
    Verdict.PROHIBITED_DETECTED: "检出禁用物质，不符合",
    Verdict.NO_LIMIT: "无限量标准，不作判定",
    Verdict.NOT_JUDGED: "不作判定",
    DecisionRule.SIMPLE: "直接比较",
    DecisionRule.SUBTRACT_U: "扣除扩展不确定度后比较",
    Comparison.FULL_VALUE: "全数值比较法",
    Comparison.ROUNDED_VALUE: "修约值比较法",
    "edition": "{edition}（{effective} 起施行，按{basis} {day} 适用）",
    "clause": "第 {clause} 条",
    "food": "食品“{food}”（{path}）",
    "alias": "（按“{alias}”归类）",
    "passed": "“{printed}”已将其除外，不适用",
    "limit": "适用“{printed}”的{kind} {value} {unit}",
    "residue": "残留物为{text}",
    "sum": "计得 {terms}",
    "nothing": "未检出（最多不超过 {upper} {unit}）",
    "below": "检出但低于定量限",
    "compared": "{way}、{rule}：{compared}",
    "ban": "{rule}自 {day} {by}起禁止（{note}）",
    "by": "或更早",
    "banned": "检出即不符合，与限量无关",
    "for_banned": "该限量为禁用后环境残留而设，以限量为准",
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
    LimitKind.UNREADABLE: "limit",
    Verdict.CONFORMS: "conforms",
    Verdict.EXCEEDS: "exceeds the limit, does not conform",
    Verdict.PROHIBITED_DETECTED: "a prohibited substance was detected, does not conform",
    Verdict.NO_LIMIT: "there is no limit, not judged",
    Verdict.NOT_JUDGED: "not judged",
    DecisionRule.SIMPLE: "simple acceptance",
    DecisionRule.SUBTRACT_U: "after subtracting the expanded uncertainty",
    Comparison.FULL_VALUE: "full value",
    Comparison.ROUNDED_VALUE: "rounded value",
    "edition": "{edition} (in force from {effective}, by the {basis} {day})",
    "clause": " clause {clause}",
    "food": "food “{food}” ({path})",
    "alias": " (classified by the name “{alias}”)",
    "passed": "“{printed}” excepts it and does not apply",
    "limit": "the {kind} of “{printed}” applies, {value} {unit}",
    "residue": "the residue is {text}",
    "sum": "found {terms}",
    "nothing": "not detected (at most {upper} {unit})",
    "below": "detected below the limit of quantification",
    "compared": "{way}, {rule}: {compared}",
    "ban": "prohibited by {rule} from {day}{by} ({note})",
    "by": " or earlier",
    "banned": "any detection fails, whatever the limit",
    "for_banned": "the limit is set for what the environment holds after the ban, and decides",
    "local": "breaks {rule} ({note}); this does not change the verdict by the limit",
    "because": "because: {reasons}",
    "reserved": "note: {reasons}",
    "verdict": "verdict: {verdict}",
}
_WORDS = {Language.CHINESE: _ZH, Language.ENGLISH: _EN}
_STOP = {Language.CHINESE: "；", Language.ENGLISH: "; "}
_END = {Language.CHINESE: "。", Language.ENGLISH: "."}


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
        words["verdict"].format(verdict=words[line.verdict]),
        *_said(words["because"], line.reasons, language),
        *_said(words["reserved"], line.reservations, language),
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
    if line.definition is not None and line.definition.text:
        parts.append(words["residue"].format(text=line.definition.text))
    total = line.total
    if total is None:
        return parts
    if total.is_quantified:
        terms = " + ".join(_term(term, library, language) for term in total.terms)
        value = f" = {plain(total.lower)}" if len(total.terms) > 1 or total.terms[0].factor != 1 else ""
        parts.append(words["sum"].format(terms=f"{terms}{value} {total.unit.value}"))
    elif total.is_detected:
        parts.append(words["below"])
    else:
        parts.append(words["nothing"].format(upper=plain(total.upper), unit=total.unit.value))
    if line.assessment is not None:
        made = line.assessment
        parts.append(
            words["compared"].format(way=words[made.comparison], rule=words[made.rule], compared=made.compared)
        )
    return parts


def _term(term: Term, library: Library, language: Language) -> str:
    substance = library.substance(term.code)
    name = substance.name_zh if language is Language.CHINESE else substance.name_en
    match term.found:
        case Quantified(value=value):
            shown = plain(value)
        case BelowLoq(limit_of_quantification=bound):
            shown = f"<{plain(bound)}"
        case NotDetected():
            shown = "ND"
    factor = "" if term.factor == Decimal(1) else f" × {plain(term.factor)}"
    return f"{name} {shown}{factor}"


def _rules(line: Line, words: dict[str, str]) -> list[str]:
    parts = []
    for rule in line.bans:
        by = words["by"] if rule.date_is.value == "no_later_than" else ""
        parts.append(words["ban"].format(rule=rule.rule, day=rule.in_force_on, by=by, note=rule.note))
    if line.banned_detected:
        parts.append(words["banned"])
    elif line.bans and line.found is not None and line.found.row is not None and line.found.row.kind is LimitKind.EMRL:
        parts.append(words["for_banned"])
    if line.local_use_violation:
        parts.extend(
            words["local"].format(rule=rule.rule, note=rule.note)
            for rule in line.local_rules
            if rule.kind is ProhibitionKind.LOCAL_USE_BAN
        )
    return parts


def _said(template: str, reasons: tuple[Reason, ...], language: Language) -> list[str]:
    if not reasons:
        return []
    translate = translator(language)
    return [template.format(reasons=" ".join(said.translated(translate) for said in reasons))]
