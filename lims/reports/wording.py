"""The Chinese words of a test report: categories, verdicts, conclusions, notes. Their layout is the template's."""

from collections.abc import Sequence

from lims.limits.rules import Overall, Verdict
from lims.samples.rules import BasisKind, Programme, Stage

CATEGORIES = {
    Programme.ROUTINE: "例行监测",
    Programme.SURVEY: "普查",
    Programme.SPECIAL: "专项监测",
    Programme.SUPERVISION: "监督抽查",
    Programme.RETEST: "复检",
    Programme.EMERGENCY: "应急监测",
    Programme.COMMISSIONED: "委托检验",
}

STAGES = {
    Stage.FARM: "生产基地",
    Stage.STORAGE: "收储运环节",
    Stage.SLAUGHTERHOUSE: "屠宰场",
    Stage.TRANSPORT: "运输车",
    Stage.WHOLESALE_MARKET: "批发市场",
    Stage.RETAIL_MARKET: "农贸市场",
    Stage.SUPERMARKET: "超市",
    Stage.ONLINE: "电商",
}

BASIS_DAYS = {
    BasisKind.PRODUCTION: "生产日期",
    BasisKind.HARVEST: "采收日期",
    BasisKind.PURCHASE: "购进日期",
    BasisKind.SLAUGHTER: "屠宰日期",
}

VERDICTS = {
    Verdict.CONFORMS: "合格",
    Verdict.EXCEEDS: "不合格",
    Verdict.PROHIBITED_DETECTED: "不合格",
    Verdict.NO_LIMIT: "不作判定",
    Verdict.NOT_JUDGED: "不作判定",
}

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
