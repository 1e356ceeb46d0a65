"""The words of a test report in Chinese and English: categories, verdicts, conclusions. Their layout is the template's.

What a person entered, the titles of standards and the names of foods are Chinese in both: nobody translated them.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from lims.documents.phrases import NOT_JUDGED, Phrase
from lims.documents.snapshot import NOT_APPLICABLE
from lims.limits.verdicts import Overall, Verdict
from lims.results.bench_queries import Conditions
from lims.samples.rules import BasisKind, Programme, Stage
from lims.samples.words import BASIS_WORDS, PROGRAMME_WORDS, STAGE_WORDS
from lims.science.conformity import Comparison, DecisionRule
from lims.science.rounding import plain

_PROGRAMMES = {
    Programme.ROUTINE: "Routine monitoring",
    Programme.SURVEY: "Survey",
    Programme.SPECIAL: "Special monitoring",
    Programme.SUPERVISION: "Supervision sampling",
    Programme.RETEST: "Retest",
    Programme.EMERGENCY: "Emergency monitoring",
    Programme.COMMISSIONED: "Commissioned test",
}
PROGRAMMES = {programme: Phrase(PROGRAMME_WORDS[programme], en) for programme, en in _PROGRAMMES.items()}

_STAGES = {
    Stage.FARM: "production site",
    Stage.STORAGE: "purchase, storage and transport",
    Stage.SLAUGHTERHOUSE: "slaughterhouse",
    Stage.TRANSPORT: "transport vehicle",
    Stage.WHOLESALE_MARKET: "wholesale market",
    Stage.RETAIL_MARKET: "retail market",
    Stage.SUPERMARKET: "supermarket",
    Stage.ONLINE: "online shop",
}
#: A report speaks of the link of the chain, a sampling sheet only names it.
STAGES = {stage: Phrase(STAGE_WORDS[stage], en) for stage, en in _STAGES.items()} | {
    Stage.STORAGE: Phrase("收储运环节", _STAGES[Stage.STORAGE])
}

_BASES = {
    BasisKind.PRODUCTION: "produced",
    BasisKind.HARVEST: "harvested",
    BasisKind.PURCHASE: "purchased",
    BasisKind.SLAUGHTER: "slaughtered",
}
BASES = {kind: Phrase(BASIS_WORDS[kind], en) for kind, en in _BASES.items()}

_PASS, _FAIL = Phrase("合格", "Pass"), Phrase("不合格", "Fail")
VERDICTS = {
    Verdict.CONFORMS: _PASS,
    Verdict.EXCEEDS: _FAIL,
    Verdict.PROHIBITED_DETECTED: _FAIL,
    Verdict.NO_LIMIT: NOT_JUDGED,
    Verdict.NOT_JUDGED: NOT_JUDGED,
}
OVERALL = {Overall.CONFORMS: _PASS, Overall.FAILS: _FAIL, Overall.NOT_JUDGED: NOT_JUDGED}

#: Behind the name of a parameter that is outside the scope of a mark.
OUTSIDE = "*"

TITLE = Phrase("检验报告", "Test Report")
ORIGINAL = Phrase("正本", "Original")
NO_DEVIATIONS = Phrase("无", "None")

#: 实测值 without a number.
NOT_DETECTED = Phrase("未检出", "Not detected")
BELOW_LOQ = Phrase("低于定量限", "Below LOQ")
DETECTED_BELOW_LOQ = Phrase("检出，低于定量限", "Detected, below LOQ")
#: 标准值 of a substance that may not be there at all.
MUST_NOT_BE_THERE = Phrase("不得检出", "Must not be detected")
#: The remark beside a prohibited substance that was found.
PROHIBITED_SUBSTANCE = Phrase("禁止使用物质", "Prohibited substance")
CMA_TITLE = Phrase("资质认定（CMA）", "CMA (inspection body and laboratory mandatory approval)")
CATL_TITLE = Phrase("机构考核（CATL）", "CATL (assessment of agricultural product testing laboratories)")

#: Instead of a sampling plan: the client brought the sample.
BROUGHT = Phrase("委托方送样", "Brought by the client")

_SCOPE_RECEIVED = Phrase(
    "本报告的检验结果仅对来样负责。", "The results of this report relate only to the sample as received."
)
_SCOPE = Phrase(
    "本报告的检验结果仅对所检样品负责。", "The results of this report relate only to the sample that was tested."
)
OUT_OF_SCOPE_STATEMENT = Phrase(
    "带“*”的项目未同时在本机构资质认定（CMA）和机构考核（CATL）的能力范围内，"
    "其数据和结果仅供参考，不具有对社会的证明作用。",
    "Parameters marked * are not in the scope of both CMA and CATL of this laboratory; their data and results are for "
    "reference only and prove nothing to the public.",
)

_NOTES = (
    Phrase(
        "本报告无检验检测专用章或单位公章无效。",
        "This report is invalid without the testing seal or the official seal of the laboratory.",
    ),
    Phrase(
        "本报告无编制、审核、批准人签字无效。",
        "This report is invalid without the signatures of those who compiled, reviewed and approved it.",
    ),
    Phrase("本报告涂改无效。", "This report is invalid if it was altered."),
    Phrase(
        "未经本机构书面批准，不得部分复制本报告；复制的报告未重新加盖检验检测专用章无效。",
        "This report must not be reproduced in part without written approval of the laboratory; a copy is invalid "
        "unless it carries the testing seal anew.",
    ),
    Phrase(
        "本报告及本机构名称不得用于产品标签、广告、评优和商业宣传。",
        "Neither this report nor the name of the laboratory may be used on labels, in advertisements, awards or "
        "promotion.",
    ),
)
#: How a conclusion begins where the laboratory did not test what it drew itself.
_OPENINGS = {Programme.COMMISSIONED: "经检验", Programme.RETEST: "经复检"}
#: 判定规则, as the verdicts of a report came about.
_RULES = {
    DecisionRule.SIMPLE: Phrase(
        "检测结果与标准值直接比较，不考虑测量不确定度",
        "results are compared with the limits directly, measurement uncertainty not being taken into account",
    ),
    DecisionRule.SUBTRACT_U: Phrase(
        "检测结果扣除扩展不确定度（k = 2）后与标准值比较",
        "results are compared with the limits after their expanded uncertainty (k = 2) was subtracted",
    ),
    DecisionRule.ADD_U: Phrase(
        "检测结果加上扩展不确定度（k = 2）后与标准值比较",
        "results are compared with the limits after their expanded uncertainty (k = 2) was added",
    ),
    DecisionRule.SANTE_50: Phrase(
        "检测结果扣除 50 % 的默认扩展不确定度后与标准值比较",
        "results are compared with the limits after a default expanded uncertainty of 50 % was subtracted",
    ),
}
_WAYS = {
    Comparison.FULL_VALUE: Phrase("GB/T 8170 全数值比较法", "GB/T 8170: unrounded values"),
    Comparison.ROUNDED_VALUE: Phrase("GB/T 8170 修约值比较法", "GB/T 8170: values rounded to the places of the limit"),
}
_PROHIBITION_RULE = Phrase(
    "国家禁止使用的物质，检出即判为不合格", "a substance whose use the state prohibits fails when it is detected"
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")

#: Which of the two versions counts; only a bilingual report has two.
CHINESE_PREVAILS = Phrase(
    "本报告为中英文对照；两种文字有不一致的，以中文为准。",
    "This report is in Chinese and English; where they differ, the Chinese text prevails.",
)

#: The period of objection to a supervised sampling is the law's (农产品质量安全法, 第五十一条); that of other
#: tests is agreed with the client, and this is what laboratories usually print.
_OBJECTION_SUPERVISION = Phrase(
    "被抽查人对监督抽查检测结果有异议的，可以自收到检测结果之日起五个工作日内，向实施监督抽查的农业农村主管部门"
    "或者其上一级农业农村主管部门申请复检。",
    "An inspected party that objects to the results of a supervision sampling may apply for a retest within five "
    "working days of receiving them, to the department of agriculture that ordered the sampling or to the one above "
    "it.",
)
_OBJECTION_OTHER = Phrase(
    "对本报告如有异议，请于收到报告之日起十五个工作日内向本机构书面提出，逾期不予受理。",
    "Objections to this report must reach the laboratory in writing within fifteen working days of its receipt; later "
    "ones are not accepted.",
)
_COMMISSIONED = Phrase(
    "样品信息由委托方提供，本机构不对其真实性负责。",
    "What is said of the sample was provided by the client; the laboratory does not answer for its truth.",
)


def notes_for(programme: Programme) -> tuple[Phrase, ...]:
    """注意事项 of a programme; a retest is what an objection leads to, and tells of no other."""
    objection = _OBJECTION_SUPERVISION if programme is Programme.SUPERVISION else _OBJECTION_OTHER
    objections = () if programme is Programme.RETEST else (objection,)
    extra = (_COMMISSIONED,) if programme is Programme.COMMISSIONED else ()
    return (*_NOTES, *objections, *extra)


def scope_statement(programme: Programme) -> Phrase:
    """What the results relate to; a sample that was brought: as received (ISO/IEC 17025:2017, 7.8.2.1 l)."""
    return _SCOPE_RECEIVED if programme is Programme.COMMISSIONED else _SCOPE


def environment(conditions: Conditions) -> Phrase | None:
    """检验环境 over all worksheets of a report; None where nothing was recorded."""
    said = []
    if conditions.temperature_c is not None:
        zh, en = _span(conditions.temperature_c, " ℃", " °C")
        said.append(Phrase(f"温度 {zh}", f"temperature {en}"))
    if conditions.humidity_percent is not None:
        zh, en = _span(conditions.humidity_percent, " %", " %")
        said.append(Phrase(f"相对湿度 {zh}", f"relative humidity {en}"))
    if not said:
        return None
    joined = Phrase.join(said, "，", ", ")
    return Phrase(joined.zh, joined.en[0].upper() + joined.en[1:])


def _span(ends: tuple[Decimal, Decimal], zh: str, en: str) -> tuple[str, str]:
    """From the lowest to the highest, each end with its unit, for one may be below zero; once where they are equal."""
    low, high = map(plain, ends)
    if ends[0] == ends[1]:
        return f"{low}{zh}", f"{low}{en}"
    return f"{low}{zh}～{high}{zh}", f"{low}{en} to {high}{en}"


def no_mark(scheme_title: Phrase, parameters: Sequence[Phrase]) -> Phrase:
    """Why a mark is absent."""
    if not parameters:
        return Phrase(
            f"本报告不使用{scheme_title.zh}标志。", f"This report does not carry the mark of {scheme_title.en}."
        )
    named, count = Phrase.join(parameters[:5]), len(parameters)
    more = Phrase("等", " and others") if count > 5 else Phrase.same("")
    return Phrase(
        f"检验项目{named.zh}{more.zh}共 {count} 项不在{scheme_title.zh}的能力范围内，本报告不使用该标志。",
        f"Parameters outside the scope of {scheme_title.en}: {count} ({named.en}{more.en}). This report does not carry "
        "its mark.",
    )


def below_loq(bound: str, *, detected: bool) -> Phrase:
    """实测值 below the limit of quantification."""
    return Phrase(f"<{bound}（检出）", f"<{bound} (detected)") if detected else Phrase.same(f"<{bound}")


def not_detected(bound: str) -> Phrase:
    """实测值 of what was not found, with the limit of detection."""
    return Phrase(f"{NOT_DETECTED.zh}（<{bound}）", f"{NOT_DETECTED.en} (<{bound})")


def with_unit(result: str, unit: str) -> str:
    """A result (实测值) with its unit behind each number, where the unit has no column of its own."""
    return result if unit == NOT_APPLICABLE else _NUMBER.sub(rf"\g<0> {unit}", result)


def decision_rule(ways: Iterable[tuple[DecisionRule, Comparison]], *, prohibited: bool) -> Phrase:
    """判定规则 of the verdicts of a report (ISO/IEC 17025:2017, 7.8.6.2): nothing where nothing was compared.

    Args:
        ways: how values were compared with limits, each once.
        prohibited: a verdict also rests on a prohibited substance having been detected.
    """
    rules = [
        Phrase(f"{_RULES[rule].zh}（{_WAYS[way].zh}）", f"{_RULES[rule].en} ({_WAYS[way].en})") for rule, way in ways
    ]
    if prohibited:
        rules.append(_PROHIBITION_RULE)
    if not rules:
        return Phrase.same("")
    joined = Phrase.join(rules, "；", "; ")
    return Phrase(f"判定规则：{joined.zh}。", f"Decision rule: {joined.en}.")


def local_use_violation(name: Phrase, rules: Sequence[str]) -> Phrase:
    """备注: a local rule of use was broken."""
    broken = Phrase.join(map(Phrase.same, rules))
    return Phrase(
        f"检出{name.zh}，违反{broken.zh}的使用规定；该项不改变限量判定。",
        f"{name.en} was detected, against the rules of use in {broken.en}; "
        "this does not change the judgement by limits.",
    )


def prohibited_found(name: Phrase, rules: Sequence[str]) -> Phrase:
    """备注: a substance was found that the state prohibits."""
    broken = Phrase.join(map(Phrase.same, rules))
    return Phrase(
        f"检出国家禁止使用的{name.zh}（{broken.zh}）。",
        f"{name.en} was detected, whose use the state prohibits ({broken.en}).",
    )


def declared_standard(code: str) -> Phrase:
    """A standard that binds because the sample was declared to it, in 判定依据."""
    return Phrase(f"{code}（声明执行）", f"{code} (declared)")


def decided_by_declared(code: str) -> Phrase:
    """The remark beside a parameter whose limit is that of a declared standard."""
    return Phrase(f"限量依据声明执行的 {code}", f"Limit of the declared standard {code}")


def declared(families: Sequence[str]) -> Phrase:
    """备注: what the sample claims to meet besides the law."""
    named = Phrase.join(map(Phrase.same, families))
    return Phrase(
        f"本样品声明执行 {named.zh}，除国家标准外，按该标准一并判定。",
        f"The sample is declared to meet {named.en}; it is judged by that standard besides the national ones.",
    )


def replaces(number: str, why: str) -> Phrase:
    """备注 of an amended report."""
    return Phrase(
        f"本报告替代 {number}，原报告作废。更改原因：{why}",
        f"This report replaces {number}, which is void. Reason of the change: {why}",
    )


def items_in_a_line(names: Sequence[Phrase]) -> Phrase:
    """检测项目 in one line."""
    count = len(names)
    if count <= 6:
        named = Phrase.join(names)
        return Phrase(f"{named.zh}，共 {count} 项", f"{named.en} ({count} in all)")
    named = Phrase.join(names[:3])
    return Phrase(f"{named.zh}等 {count} 项（见结果页）", f"{named.en} and others, {count} in all (see the results)")


def conclusion(
    programme: Programme,
    overall: Overall,
    standards: Sequence[Phrase],
    failing: Sequence[Phrase],
    unjudged: int,
    items: int,
) -> Phrase:
    """检验结论. It never speaks of more than was judged; a commissioned sample was brought, not drawn."""
    judged = items - unjudged
    rest = _unjudged(unjudged) if unjudged else Phrase.same("")
    basis, named = Phrase.join(standards), Phrase.join(failing)
    opening = _OPENINGS.get(programme, "经抽样检验")
    match overall:
        case Overall.CONFORMS:
            return Phrase(
                f"{opening}，所判定的 {judged} 项检验项目符合{basis.zh}要求，综合判定为合格。{rest.zh}",
                f"Parameters judged: {judged}. All of them meet {basis.en}. Overall verdict: pass.{rest.en}",
            )
        case Overall.FAILS:
            return Phrase(
                f"{opening}，{named.zh}项目不符合{basis.zh}要求，综合判定为不合格。{rest.zh}",
                f"Parameters that do not meet {basis.en}: {named.en}. Overall verdict: fail.{rest.en}",
            )
    if judged and unjudged:
        return Phrase(
            f"{opening}，所判定的 {judged} 项检验项目符合{basis.zh}要求；{rest.zh}综合不作判定。",
            f"Parameters judged: {judged}. All of them meet {basis.en}.{rest.en} No overall verdict is given.",
        )
    return Phrase(
        f"{opening}，所检 {items} 项检验项目不作判定，仅提供检测数据。",
        f"Parameters tested: {items}. None of them is judged; only the data are given.",
    )


def _unjudged(count: int) -> Phrase:
    return Phrase(
        f"另有 {count} 项无适用的限量规定或不能判定，不作判定，仅提供检测数据。",
        f" Parameters not judged, for lack of a limit that applies or because they cannot be: {count}; only their data "
        "are given.",
    )


def overall_word(verdict: str) -> str:
    """The Chinese word of an overall verdict."""
    return OVERALL.get(Overall(verdict), NOT_JUDGED).zh
