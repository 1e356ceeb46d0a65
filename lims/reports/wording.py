"""The Chinese words of a test report: categories, verdicts, conclusions, notes. Their layout is the template's."""

from collections.abc import Sequence

from lims.limits.verdicts import Overall, Verdict
from lims.samples.rules import Programme, Stage
from lims.samples.words import STAGE_WORDS

#: A report speaks of the link of the chain, a sampling sheet only names it.
STAGES = STAGE_WORDS | {Stage.STORAGE: "收储运环节"}

VERDICTS = {
    Verdict.CONFORMS: "合格",
    Verdict.EXCEEDS: "不合格",
    Verdict.PROHIBITED_DETECTED: "不合格",
    Verdict.NO_LIMIT: "不作判定",
    Verdict.NOT_JUDGED: "不作判定",
}

#: 实测值 without a number.
NOT_DETECTED, BELOW_LOQ, DETECTED_BELOW_LOQ = "未检出", "低于定量限", "检出，低于定量限"
#: 标准值 of a substance that may not be there at all.
MUST_NOT_BE_THERE = "不得检出"
#: The remark beside a prohibited substance that was found.
PROHIBITED_SUBSTANCE = "禁止使用物质"
CMA_TITLE, CATL_TITLE = "资质认定（CMA）", "机构考核（CATL）"

OVERALL = {
    Overall.CONFORMS: "合格",
    Overall.FAILS: "不合格",
    Overall.NOT_JUDGED: "不作判定",
}

#: Instead of a sampling plan: the client brought the sample.
BROUGHT = "委托方送样"

SCOPE_STATEMENT = "本报告的检验结果仅对所检样品负责。"

_OUTSIDE = "带“*”的项目未同时在本机构资质认定（CMA）和机构考核（CATL）的能力范围内，"
_REFERENCE_ONLY = "其数据和结果仅供参考，不具有对社会的证明作用。"
OUT_OF_SCOPE_STATEMENT = _OUTSIDE + _REFERENCE_ONLY

_NOTES = (
    "本报告无检验检测专用章或单位公章无效。",
    "本报告无编制、审核、批准人签字无效。",
    "本报告涂改无效。",
    "未经本机构书面批准，不得部分复制本报告；复制的报告未重新加盖检验检测专用章无效。",
    "本报告及本机构名称不得用于产品标签、广告、评优和商业宣传。",
)

#: The period of objection to a supervised sampling is the law's (农产品质量安全法, 第五十一条); that of other
#: tests is agreed with the client, and this is what laboratories usually print.
_OBJECTION_SUPERVISION = "被抽查人对监督抽查检测结果有异议的，可以自收到检测结果之日起五个工作日内申请复检。"
_OBJECTION_OTHER = "对本报告如有异议，请于收到报告之日起十五个工作日内向本机构书面提出，逾期不予受理。"
_COMMISSIONED = "委托检验仅对来样负责，样品信息由委托方提供，本机构不对其真实性负责。"


def notes_for(programme: Programme) -> tuple[str, ...]:
    """注意事项 of a programme."""
    objection = _OBJECTION_SUPERVISION if programme is Programme.SUPERVISION else _OBJECTION_OTHER
    extra = (_COMMISSIONED,) if programme is Programme.COMMISSIONED else ()
    return (*_NOTES, objection, *extra)


def no_mark(scheme_title: str, parameters: Sequence[str]) -> str:
    """Why a mark is absent."""
    named = "、".join(parameters[:5]) + ("等" if len(parameters) > 5 else "")
    if not parameters:
        return f"本报告不使用{scheme_title}标志。"
    return f"检验项目{named}共 {len(parameters)} 项不在{scheme_title}的能力范围内，本报告不使用该标志。"


def below_loq(bound: str, *, detected: bool) -> str:
    """实测值 below the limit of quantification."""
    return f"<{bound}" + ("（检出）" if detected else "")


def not_detected(bound: str) -> str:
    """实测值 of what was not found, with the limit of detection."""
    return f"{NOT_DETECTED}（<{bound}）"


def local_use_violation(name: str, rules: Sequence[str]) -> str:
    """备注: a local rule of use was broken."""
    return f"检出{name}，违反{'、'.join(rules)}的使用规定；该项不改变限量判定。"


def prohibited_found(name: str, rules: Sequence[str]) -> str:
    """备注: a substance was found that the state prohibits."""
    return f"检出国家禁止使用的{name}（{'、'.join(rules)}）。"


def declared_standard(code: str) -> str:
    """A standard that binds because the sample was declared to it, in 判定依据."""
    return f"{code}（声明执行）"


def decided_by_declared(code: str) -> str:
    """The remark beside a parameter whose limit is that of a declared standard."""
    return f"限量依据声明执行的 {code}"


def declared(families: Sequence[str]) -> str:
    """备注: what the sample claims to meet besides the law."""
    return f"本样品声明执行 {'、'.join(families)}，除国家标准外，按该标准一并判定。"


def replaces(number: str, why: str) -> str:
    """备注 of an amended report."""
    return f"本报告替代 {number}，原报告作废。更改原因：{why}"


def items_in_a_line(names: Sequence[str]) -> str:
    """检测项目 in one line."""
    if len(names) <= 6:
        return "、".join(names) + f"，共 {len(names)} 项"
    return "、".join(names[:3]) + f"等 {len(names)} 项（见检验结果页）"


def conclusion(
    programme: Programme, overall: Overall, standards: Sequence[str], failing: Sequence[str], unjudged: int, items: int
) -> str:
    """检验结论. It never speaks of more than was judged; a commissioned sample was brought, not drawn."""
    opening = "经检验" if programme is Programme.COMMISSIONED else "经抽样检验"
    basis = "、".join(standards)
    rest = f"另有 {unjudged} 项无适用的限量规定或不能判定，不作判定，仅提供检测数据。" if unjudged else ""
    match overall:
        case Overall.CONFORMS:
            return f"{opening}，所判定的 {items - unjudged} 项检验项目符合{basis}要求，综合判定为合格。{rest}"
        case Overall.FAILS:
            return f"{opening}，{'、'.join(failing)}项目不符合{basis}要求，综合判定为不合格。{rest}"
        case _:
            judged = items - unjudged
            if judged and rest:
                return f"{opening}，所判定的 {judged} 项检验项目符合{basis}要求；{rest}综合不作判定。"
            return f"{opening}，所检 {items} 项检验项目不作判定，仅提供检测数据。"


def overall_word(verdict: str) -> str:
    """The word of an overall verdict."""
    return OVERALL.get(Overall(verdict), "不作判定")
