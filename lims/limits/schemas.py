"""JSON of judgements."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from lims.core.patterns import REGION_CODE_OR_NONE
from lims.library.facts import HOME_MARKET, Basis, Form
from lims.limits.verdicts import Overall, Verdict
from lims.samples.rules import BasisKind
from lims.science.amounts import Amount, BelowLoq, NotDetected, Quantified
from lims.science.conformity import Comparison, DecisionRule
from lims.science.units import UnitCode
from lims.web.fields import DecimalText, Input, Output


class LineOut(Output):
    """What is said of one parameter. `explanation` is the whole way to the verdict."""

    parameter: str = Field(examples=["carbofuran"])
    verdict: Verdict
    limit_verdict: Verdict = Field(description="What the limit alone says.")
    banned_detected: bool
    local_use_violation: bool
    amount: dict[str, Any] | None
    limit_value: DecimalText | None
    unit: str
    explanation: dict[str, Any]
    sentence_zh: str
    sentence_en: str


class JudgementOut(Output):
    """A judgement of a sample."""

    id: UUID
    version: int
    sample: str = Field(description="The number or blind code that was asked for.")
    serial: int
    judged_at: datetime
    judged_by: UUID | None
    library_sha256: str
    basis_on: date
    overall: Overall
    flags: dict[str, list[str]]


class JudgementWithLines(JudgementOut):
    """A judgement with its lines."""

    lines: list[LineOut]


class QuantifiedIn(Input):
    """A value was measured."""

    kind: Literal["quantified"]
    value: DecimalText = Field(ge=0, examples=["0.015"])
    unit: UnitCode = UnitCode.MG_PER_KG
    expanded_uncertainty: DecimalText | None = Field(default=None, ge=0)

    def amount(self) -> Amount:
        """The amount it stands for."""
        return Quantified(self.value, self.unit, self.expanded_uncertainty)


class BelowLoqIn(Input):
    """Less than the limit of quantification."""

    kind: Literal["below_loq"]
    limit_of_quantification: DecimalText = Field(gt=0, examples=["0.01"])
    unit: UnitCode = UnitCode.MG_PER_KG
    detected: bool = False

    def amount(self) -> Amount:
        """The amount it stands for."""
        return BelowLoq(self.limit_of_quantification, self.unit, self.detected)


class NotDetectedIn(Input):
    """Not found."""

    kind: Literal["not_detected"]
    limit_of_detection: DecimalText = Field(gt=0, examples=["0.003"])
    limit_of_quantification: DecimalText | None = Field(default=None, gt=0)
    unit: UnitCode = UnitCode.MG_PER_KG

    def amount(self) -> Amount:
        """The amount it stands for."""
        return NotDetected(self.limit_of_detection, self.unit, self.limit_of_quantification)


AmountIn = Annotated[QuantifiedIn | BelowLoqIn | NotDetectedIn, Field(discriminator="kind")]


class Question(Input):
    """Amounts to be judged without a sample: what would the law of that day say?"""

    food: str = Field(min_length=1, max_length=200, examples=["豇豆"])
    basis_on: date = Field(examples=["2026-05-10"])
    basis_kind: BasisKind = BasisKind.HARVEST
    region: str = Field(default="", pattern=REGION_CODE_OR_NONE, examples=["520304"], description="Code of the origin.")
    basis: Basis = Basis.AS_RECEIVED
    rule: DecisionRule | None = Field(default=None, description="None: as the market decides.")
    comparison: Comparison = Comparison.FULL_VALUE
    market: str = Field(default=HOME_MARKET, max_length=20, examples=["CN", "KR"])
    species: str = Field(default="", max_length=100, examples=["鸡"])
    tissue: str = Field(default="", max_length=100, examples=["肌肉"])
    form: Form = Form.ANY
    declared: list[str] = Field(default_factory=list, max_length=10, description="Standards declared besides the law.")
    parameters: list[str] | None = Field(default=None, max_length=500, description="None: all that were measured.")
    unconfirmed: list[str] = Field(default_factory=list, max_length=500, description="Identity not yet confirmed.")
    measured: dict[str, AmountIn] = Field(
        max_length=500,
        examples=[{"carbofuran": {"kind": "quantified", "value": "0.010"}}],
        description="By code, name or CAS number of the analyte.",
    )


class Answer(Output):
    """What the law of that day says of the amounts."""

    overall: Overall
    lines: list[LineOut]
