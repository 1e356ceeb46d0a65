"""The annex and the verified limits as spreadsheets: the columns, and reading them all or nothing."""

from typing import Final

from lims.accreditation.schemas import MethodLimitsIn, ScopeLineIn
from lims.core.errors import refuse_bad
from lims.core.spreadsheets import Column, ColumnKind, read_table
from lims.web.rows import Numbered, orders_of

SCOPE_COLUMNS: Final = (
    Column("product", ("产品", "类别", "Product"), required=True, example="蔬菜"),
    Column("parameter", ("参数", "项目", "参数名称", "Parameter"), required=True, example="克百威"),
    Column("method", ("方法", "依据标准", "标准编号", "Method"), required=True, example="GB 23200.121-2026"),
    Column("restriction", ("限制范围", "说明", "Restriction"), example="只做 GC-MS"),
    Column("restricted_to", ("限制产品", "Restricted to"), example="豇豆"),
    Column("valid_from", ("生效日期", "Valid from"), kind=ColumnKind.DAY, example="2026-01-01"),
    Column("valid_until", ("截止日期", "Valid until"), kind=ColumnKind.DAY, example="2031-12-31"),
)

LIMITS_COLUMNS: Final = (
    Column("method", ("方法", "标准编号", "Method"), required=True, example="GB 23200.121-2026"),
    Column("analyte", ("化合物", "参数", "Analyte"), required=True, example="克百威"),
    Column("product", ("产品", "Product"), example="蔬菜"),
    Column("limit_of_quantification", ("定量限", "LOQ"), required=True, example="0.01"),
    Column("limit_of_detection", ("检出限", "LOD"), required=True, example="0.003"),
    Column("unit", ("单位", "Unit"), example="mg/kg"),
    Column("expanded_uncertainty_percent", ("扩展不确定度(%)", "Expanded uncertainty (%)"), example="18"),
    Column("verified_on", ("验证日期", "Verified on"), required=True, kind=ColumnKind.DAY, example="2026-03-02"),
)


def read_scope(content: bytes, encoding: str = "utf-8") -> list[Numbered[ScopeLineIn]]:
    """The lines of an annex. Raises `BadInput` with every fault of every row."""
    orders, faults = orders_of(read_table(content, SCOPE_COLUMNS, encoding=encoding), SCOPE_COLUMNS, ScopeLineIn)
    refuse_bad(faults)
    return orders


def read_limits(content: bytes, encoding: str = "utf-8") -> list[Numbered[MethodLimitsIn]]:
    """Verified limits of methods. Raises `BadInput` with every fault of every row."""
    orders, faults = orders_of(read_table(content, LIMITS_COLUMNS, encoding=encoding), LIMITS_COLUMNS, MethodLimitsIn)
    refuse_bad(faults)
    return orders
