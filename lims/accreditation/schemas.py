"""JSON of accreditation."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import Field

from lims.accreditation.dual import DualRate, DualStatus
from lims.accreditation.rules import ParameterCounts, Scheme
from lims.core.reasons import Reason, Translate
from lims.network.rules import Level
from lims.web.fields import DecimalText, Input, Output
from lims.web.texts import Text20, Text60, Text100, Text200


class CertificateIn(Input):
    """A certificate as printed. The end of validity is what it says, never computed."""

    scheme: Scheme
    number: Text60 = Field(examples=["232404090030"])
    issued_by: Text100 = Field(examples=["贵州省市场监督管理局"])
    valid_from: date
    valid_until: date


class SuspensionIn(Input):
    """A suspension with its first and last day; without a last day it lasts; without a first it is lifted whole."""

    version: int
    suspended_on: date | None
    suspended_until: date | None = None


class NoteOut(Output):
    """A remark that does not refuse."""

    code: str
    text: str

    @classmethod
    def of(cls, remark: Reason, translate: Translate) -> "NoteOut":
        """The remark in the language of `translate`."""
        return cls(code=remark.code, text=remark.translated(translate))


class CertificateOut(Output):
    """A certificate; `in_force` says whether it holds on the day of asking."""

    id: UUID
    version: int
    laboratory_id: UUID
    scheme: Scheme
    number: str
    issued_by: str
    valid_from: date
    valid_until: date
    suspended_on: date | None
    suspended_until: date | None
    in_force: bool
    warnings: list[NoteOut] = Field(default_factory=list)


class ScopeLineIn(Input):
    """A line of the annex. Names of the library are resolved: substance, food or group (`*`: every product)."""

    product: Text100 = Field(examples=["蔬菜"])
    parameter: Text100 = Field(examples=["克百威"])
    method: Text60 = Field(examples=["GB 23200.121-2026"])
    restriction: Text200 | None = Field(default=None, examples=["只做 GC-MS"])
    restricted_to: Text100 | None = Field(default=None, description="A food or group inside the product.")
    valid_from: date | None = Field(default=None, description="The certificate's first day when left out.")
    valid_until: date | None = None


class ScopeLineEnd(Input):
    """The last day of a line: it was cancelled, or its method has changed."""

    version: int
    valid_until: date


class ScopeLineOut(Output):
    """A line of the annex by the library's keys."""

    id: UUID
    version: int
    certificate_id: UUID
    product: str
    parameter: str
    method_code: str
    restriction: str | None
    restricted_to: str | None
    valid_from: date
    valid_until: date | None


class Imported(Output):
    """How many rows an import recorded."""

    rows: int


class MethodLimitsIn(Input):
    """方法验证: what the laboratory itself has shown for an analyte by a method in a food or group of foods."""

    method: Text60 = Field(examples=["GB 23200.121-2026"])
    analyte: Text100 = Field(examples=["克百威"])
    product: Text100 = Field(default="*", examples=["蔬菜"])
    limit_of_quantification: DecimalText = Field(examples=["0.01"])
    limit_of_detection: DecimalText = Field(examples=["0.003"])
    unit: Text20 = Field(default="mg/kg")
    expanded_uncertainty_percent: DecimalText | None = Field(default=None, examples=["18"])
    verified_on: date


class MethodLimitsOut(Output):
    """The verified limits of a method."""

    id: UUID
    version: int
    method_code: str
    analyte: str
    product: str
    limit_of_quantification: DecimalText
    limit_of_detection: DecimalText
    unit: str
    expanded_uncertainty_percent: DecimalText | None
    verified_on: date


class ParameterCountOut(Output):
    """Parameters of a laboratory on a day, counted three ways; the first is held against the target."""

    laboratory: str
    level: Level
    day: date
    parameters: int = Field(description="Distinct parameters in both annexes, CMA and CATL.")
    parameter_products: int = Field(description="Pairs of parameter and product in both annexes.")
    parameter_product_methods: int = Field(description="Triples with the method in both annexes.")
    target: DecimalText | None
    reached: bool | None

    @classmethod
    def of(
        cls, laboratory: str, level: Level, day: date, counts: ParameterCounts, target: Decimal | None
    ) -> "ParameterCountOut":
        """Counts beside the target of the laboratory's level, when the plan sets one."""
        return cls(
            laboratory=laboratory,
            level=level,
            day=day,
            parameters=counts.parameters,
            parameter_products=counts.parameter_products,
            parameter_product_methods=counts.parameter_product_methods,
            target=target,
            reached=None if target is None else counts.parameters >= target,
        )


class LaboratoryStatusOut(Output):
    """Which certificates a laboratory holds, and until when."""

    code: str
    name: str
    region_code: str
    status: DualStatus
    cma_until: date | None
    catl_until: date | None


class DualRateOut(Output):
    """双认证 rate of the county laboratories of a region, with its denominator and every laboratory."""

    day: date
    region_code: str
    county_laboratories: int
    both: int
    only_cma: int
    only_catl: int
    none: int
    expiring_in_90_days: int
    expiring_in_180_days: int
    percent: DecimalText | None
    target_percent: DecimalText | None
    reached: bool | None
    laboratories: list[LaboratoryStatusOut]

    @classmethod
    def of(cls, rate: DualRate, target_percent: Decimal | None) -> "DualRateOut":
        """The rate beside the target in force on its day."""
        shown = {name: getattr(rate, name) for name in cls.model_fields if hasattr(rate, name)}
        shown["laboratories"] = [LaboratoryStatusOut.model_validate(status) for status in rate.laboratories]
        reached = None if target_percent is None or rate.percent is None else rate.reaches(target_percent)
        return cls(**shown, target_percent=target_percent, reached=reached)
