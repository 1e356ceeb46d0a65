"""The columns of a spreadsheet of sampling sheets: Chinese and English headings, and the words they allow."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from lims.core.spreadsheets import Column, ColumnKind
from lims.samples.words import BASIS_WORDS, PROGRAMME_WORDS, STAGE_WORDS

E = TypeVar("E", bound=StrEnum)


def _choices(words: Mapping[E, str]) -> dict[str, str]:
    """What may stand in a cell, and the value that it means."""
    return {word: value.value for value, word in words.items()}


SAMPLE_COLUMNS: Final = (
    Column("sampling_sheet_number", ("抽样单编号", "Sampling sheet"), required=True, example="CY2026-0117"),
    Column("number", ("样品编号", "Number"), example="（空：由本机构编号）"),
    Column("product_name", ("样品名称", "Product"), required=True, example="豇豆"),
    Column("food", ("判定食品名称", "Food"), example="蔬菜/豆类蔬菜/荚可食类豆类蔬菜/豇豆"),
    Column(
        "programme",
        ("任务类别", "抽样类别", "Programme"),
        required=True,
        kind=ColumnKind.CHOICE,
        choices=_choices(PROGRAMME_WORDS),
        example="例行监测",
    ),
    Column(
        "stage",
        ("抽样环节", "监测环节", "Stage"),
        required=True,
        kind=ColumnKind.CHOICE,
        choices=_choices(STAGE_WORDS),
        example="生产基地",
    ),
    Column("client", ("委托单位", "Client"), required=True, example="播州区农业农村局"),
    Column("client_address", ("委托单位地址", "Client address"), required=True, example="遵义市播州区南白街道"),
    Column("inspected_party", ("受检单位", "Inspected party"), required=True, example="绿源蔬菜专业合作社"),
    Column("inspected_address", ("受检单位地址", "Inspected address"), example="南白街道龙山村"),
    Column("producer", ("生产单位", "Producer")),
    Column("producer_address", ("生产单位地址", "Producer address")),
    Column("trademark", ("商标", "Trademark")),
    Column("specification", ("型号规格", "Specification"), example="散装"),
    Column("grade", ("等级", "Grade")),
    Column("batch_number", ("批号", "Batch")),
    Column("region_code", ("行政区划代码", "Region"), required=True, example="520304"),
    Column("place", ("抽样地点", "Place"), required=True, example="南白街道龙山村"),
    Column("sampled_on", ("抽样日期", "Sampled on"), required=True, kind=ColumnKind.DAY, example="2026-11-20"),
    Column("samplers", ("抽样人员", "Samplers"), required=True, example="李明、王芳"),
    Column("sampling_method", ("抽样方法", "Sampling method"), example="NY/T 789-2004"),
    Column("base_quantity", ("抽样基数", "Base quantity"), example="500 kg"),
    Column("quantity", ("抽样数量", "Quantity"), required=True, example="3.0"),
    Column("quantity_unit", ("数量单位", "Unit"), required=True, example="kg"),
    Column("basis_on", ("判定依据日期", "Basis day"), required=True, kind=ColumnKind.DAY, example="2026-11-20"),
    Column(
        "basis_kind",
        ("依据日期类型", "Basis kind"),
        required=True,
        kind=ColumnKind.CHOICE,
        choices=_choices(BASIS_WORDS),
        example="采收日期",
    ),
    Column("declared", ("声明执行标准", "Declared standards"), kind=ColumnKind.LIST, example="NY/T 744"),
    Column(
        "parameters",
        ("检测项目", "Parameters"),
        required=True,
        kind=ColumnKind.LIST,
        example="全部；或 克百威、氧乐果@GB 23200.121-2026",
    ),
    Column("remark", ("备注", "Remark")),
)
HEADINGS: Final = {column.key: column.headings[0] for column in SAMPLE_COLUMNS}
