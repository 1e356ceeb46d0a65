"""A report with the field's defaults; tests change what they are about."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lims.documents.snapshot import (
    LaboratoryBlock,
    MarksBlock,
    PartyBlock,
    PeopleBlock,
    ReportLine,
    ReportSnapshot,
    SampleBlock,
    Signatory,
)
from lims.documents.templates import template_ref

PROJECT = Path(__file__).parents[2]
TEMPLATES = PROJECT / "report_templates"
ASSETS = PROJECT / ".assets"
APPROVED_AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
ISSUED_AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

_PARAMETERS = (
    "毒死蜱",
    "克百威（以克百威和3-羟基克百威之和计）",
    "氧乐果",
    "噻虫嗪",
    "腐霉利",
    "吡虫啉",
    "多菌灵",
    "铅（以Pb计）",
)


def some_lines(count: int) -> tuple[ReportLine, ...]:
    """As many lines as asked for, the first one failing."""
    return tuple(
        ReportLine(
            no=i + 1,
            parameter=_PARAMETERS[i % len(_PARAMETERS)],
            unit="mg/kg",
            limit="≤0.05",
            result="0.12" if i == 0 else "<0.01",
            loq="0.01",
            method="GB 23200.121-2021",
            verdict="不合格" if i == 0 else "合格",
            failing=i == 0,
            in_cma=True,
            in_catl=True,
        )
        for i in range(count)
    )


def a_snapshot(**changed: Any) -> ReportSnapshot:
    """A complete report of a failing celery sample."""
    fields: dict[str, Any] = {
        "template": template_ref(TEMPLATES, "supervised", "1"),
        "number": "QJ2026J000017",
        "verification_url": "https://lims.example.gov.cn/v/7f3kQ9wZx2",
        "issued_at": ISSUED_AT,
        "laboratory": LaboratoryBlock(
            name="黔中县农产品质量安全检验检测中心",
            address="贵州省贵阳市黔中县农业路 8 号",
            phone="0851-8888 6666",
            postcode="550001",
            place_of_activity="贵州省贵阳市黔中县农业路 8 号 2 号楼",
        ),
        "marks": MarksBlock(cma_number="242404090030", catl_number="[2024]农质检核（黔）字第0021号"),
        "category": "监督抽查",
        "client": PartyBlock(name="黔中县农业农村局", address="黔中县人民路 1 号", contact="0851-8888 1234"),
        "inspected_party": PartyBlock(
            name="黔中县绿源蔬菜种植专业合作社", address="黔中县清水镇龙井村", contact="张明 138****0001"
        ),
        "sample": SampleBlock(
            name="芹菜",
            accession="Q2026-000012",
            original_number="GZ-2026-JD-0117",
            specification="散装",
            producer="黔中县绿源蔬菜种植专业合作社",
            producer_address="黔中县清水镇龙井村",
            sampling_plan="2026 年第四季度监督抽查",
            sampling_method="NY/T 789-2004",
            sampling_place="生产基地",
            samplers="李强、王芳",
            sampled_on="2026.11.16",
            sampling_sheet="CY20261116003",
            sampling_base="约 800 kg",
            quantity="3 kg",
            produced_on="2026.11.16（采收）",
            condition="新鲜、完整、无腐烂",
            seal_state="封条完好",
            seal_checker="陈洁",
            received_on="2026.11.16",
        ),
        "tested_on": "2026.11.17—2026.11.20",
        "test_items": "农药残留等 8 项，检验项目及结果见检验结果页",
        "methods": (
            "GB 23200.121-2021《食品安全国家标准 植物源性食品中331种农药及其代谢物残留量的测定 液相色谱-质谱联用法》",
            "GB 5009.12-2023《食品安全国家标准 食品中铅的测定》",
        ),
        "judgement_standards": (
            "GB 2763-2026《食品安全国家标准 食品中农药最大残留限量》",
            "GB 2762-2022《食品安全国家标准 食品中污染物限量》",
        ),
        "instruments": (
            "液相色谱-串联质谱仪 6470B（SB-017）",
            "电感耦合等离子体质谱仪 7850（SB-021）",
            "电子天平 XPR205（SB-003）",
        ),
        "environment": "温度 22 ℃，相对湿度 52 %",
        "conclusion": "经检验，该样品毒死蜱项目不符合 GB 2763-2026 要求，检验结论为不合格。",
        "verdict": "fails",
        "lines": some_lines(8),
        "notes": (
            "报告无“检验检测专用章”或检验机构公章无效。",
            "报告无编制、审核、批准人签字无效。",
            "报告涂改无效；未经本机构书面批准，不得复制（全文复制除外）报告，复制报告未重新加盖“检验检测专用章”无效。",
            "受检单位对检验结果有异议的，可自收到检验结果之日起五个工作日内，向实施监督抽查的农业农村主管部门或者其上一级农业农村主管部门申请复检。",
            "委托检验仅对来样负责。",
            "未经本机构同意，不得将报告用于商业宣传。",
        ),
        "scope_statement": "本报告检验结果仅对所检样品有效。",
        "remarks": ("毒死蜱自 2016 年 12 月 31 日起禁止在蔬菜上使用。",),
        "people": PeopleBlock(
            compiled_by=Signatory(name="安丽", at=datetime(2026, 11, 20, 7, 0, tzinfo=UTC)),
            reviewed_by=Signatory(name="韦强", at=datetime(2026, 11, 20, 8, 0, tzinfo=UTC)),
            approved_by=Signatory(name="马志远", at=APPROVED_AT),
        ),
        "development_ca": True,
    }
    return ReportSnapshot(**fields | changed)
