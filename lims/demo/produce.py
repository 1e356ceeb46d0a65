"""Twelve samples of real products, and what is in them. The contents are made up, in mg/kg."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from lims.samples.rules import BasisKind, Programme, Stage
from lims.samples.schemas import SampleOrder

METHOD = "GB 23200.121-2026"
#: Parameters that every sample is tested for.
COMMON = ("克百威", "毒死蜱", "乐果", "吡虫啉", "灭多威", "氧乐果", "甲拌磷", "噻虫嗪")


@dataclass(frozen=True, slots=True)
class Lot:
    """One product drawn at one place. `contents`: analyte code to mg/kg; what is not named is absent."""

    product: str
    party: str
    place: str
    stage: Stage
    parameters: tuple[str, ...]
    contents: dict[str, Decimal] = field(default_factory=dict)


def _mg(**contents: str) -> dict[str, Decimal]:
    return {name.replace("_", "-"): Decimal(value) for name, value in contents.items()}


LOTS = (
    # Clearly above its limit: 噻虫胺 in cowpea may be 0.01 mg/kg.
    Lot("豇豆", "绿源蔬菜专业合作社", "南白街道龙山村", Stage.FARM, ("啶虫脒", "噻虫胺", "氟虫腈", "嘧菌酯"),
        _mg(clothianidin="0.0874", acetamiprid="0.0461", thiamethoxam="0.0332")),
    # Borderline: just below 0.05 mg/kg.
    Lot("芹菜", "苟江镇兴农家庭农场", "苟江镇", Stage.FARM, ("啶虫脒", "噻虫胺", "氟虫腈", "嘧菌酯"),
        _mg(chlorpyrifos="0.0489", imidacloprid="0.0215")),
    # Forbidden in vegetables: 克百威, here mostly as its metabolite.
    Lot("韭菜", "鸭溪镇杨家坝种植户", "鸭溪镇", Stage.WHOLESALE_MARKET, ("啶虫脒", "氟虫腈", "多菌灵"),
        {"carbofuran": Decimal("0.0183"), "3-hydroxycarbofuran": Decimal("0.0412"), "carbendazim": Decimal("0.0655")}),
    Lot("辣椒", "虾子镇辣椒基地", "三合镇", Stage.FARM, ("啶虫脒", "噻虫胺", "氟虫腈", "吡唑醚菌酯"),
        _mg(imidacloprid="0.0318", pyraclostrobin="0.0527")),
    Lot("番茄", "乌江镇设施蔬菜园", "乌江镇", Stage.FARM, ("啶虫脒", "噻虫胺", "氟虫腈", "嘧菌酯"),
        _mg(azoxystrobin="0.0734")),
    Lot("结球甘蓝", "新民镇高山蔬菜基地", "新民镇", Stage.FARM, ("啶虫脒", "噻虫胺", "氟虫腈", "吡唑醚菌酯"),
        _mg(acetamiprid="0.0264")),
    Lot("小白菜", "播南街道农贸市场", "播南街道", Stage.RETAIL_MARKET, ("啶虫脒", "噻虫胺", "氟虫腈"),
        _mg(thiamethoxam="0.0148")),
    Lot("黄瓜", "石板镇蔬菜合作社", "石板镇", Stage.FARM, ("啶虫脒", "氟虫腈", "嘧菌酯"), _mg(azoxystrobin="0.0416")),
    Lot("茄子", "龙坑街道批发市场", "龙坑街道", Stage.WHOLESALE_MARKET, ("啶虫脒", "噻虫胺", "氟虫腈"), {}),
    Lot("猕猴桃", "枫香镇果业合作社", "枫香镇", Stage.FARM, ("啶虫脒", "噻虫胺", "氟虫腈", "吡唑醚菌酯"),
        _mg(pyraclostrobin="0.0613")),
    # 啶虫脒 has no limit in ginger: such an item is not judged, and the report says so.
    Lot("姜", "茅栗镇种植户", "茅栗镇", Stage.FARM, ("啶虫脒", "噻虫胺", "氟虫腈"), _mg(clothianidin="0.0187")),
    Lot("茶叶", "马蹄镇茶叶合作社", "马蹄镇", Stage.FARM, ("啶虫脒", "噻虫胺"), _mg(imidacloprid="0.0722")),
)  # fmt: skip


def sheets(today: date) -> list[SampleOrder]:
    """The sampling sheets: drawn two days ago, judged by the day of harvest."""
    drawn = today - timedelta(days=2)
    return [_sheet(n, lot, drawn) for n, lot in enumerate(LOTS, start=1)]


def sheet_number(position: int) -> str:
    """The number printed on a sampling sheet of the rehearsal."""
    return f"YS-{position:04}"


def _sheet(position: int, lot: Lot, drawn: date) -> SampleOrder:
    return SampleOrder.model_validate(
        {
            "product_name": lot.product,
            "programme": Programme.ROUTINE,
            "stage": lot.stage,
            "client": "播州区农业农村局",
            "client_address": "遵义市播州区南白街道",
            "inspected_party": lot.party,
            "inspected_address": f"遵义市播州区{lot.place}",
            "producer": lot.party if lot.stage is Stage.FARM else "见抽样单",
            "specification": "散装",
            "region_code": "520304",
            "place": f"遵义市播州区{lot.place}",
            "sampled_on": drawn,
            "sampling_sheet_number": sheet_number(position),
            "samplers": "冉小雨、安静",
            "sampling_method": "NY/T 789-2004",
            "base_quantity": "200 kg",
            "quantity": "3.0",
            "quantity_unit": "kg",
            "basis_on": drawn,
            "basis_kind": BasisKind.HARVEST if lot.stage is Stage.FARM else BasisKind.PURCHASE,
            "parameters": [f"{name}@{METHOD}" for name in (*COMMON, *lot.parameters)],
        }
    )
