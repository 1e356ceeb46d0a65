"""JSON of judgements."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from lims.core.patterns import REGION_CODE_OR_NONE
from lims.library.facts import HOME_MARKET, Basis, Form
from lims.limits.markets import Acceptance, Obstacle
from lims.limits.verdicts import Occasion, Overall, Verdict
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


class LotQuestion(Input):
    """Amounts in a lot, without a sample and without a market."""

    food: str = Field(min_length=1, max_length=200, examples=["豇豆"])
    basis_on: date = Field(examples=["2026-05-10"])
    basis_kind: BasisKind = BasisKind.HARVEST
    region: str = Field(default="", pattern=REGION_CODE_OR_NONE, examples=["520304"], description="Code of the origin.")
    basis: Basis = Basis.AS_RECEIVED
    rule: DecisionRule | None = Field(default=None, description="None: as the market decides.")
    comparison: Comparison | None = Field(default=None, description="None: as the standard says.")
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

    def amounts(self) -> dict[str, Amount]:
        """What was measured."""
        return {name: given.amount() for name, given in self.measured.items()}

    def occasion(self, market: str = HOME_MARKET) -> Occasion:
        """By what it is judged in a market."""
        return Occasion(
            food=self.food,
            basis_on=self.basis_on,
            basis_kind=self.basis_kind,
            region=self.region,
            basis=self.basis,
            rule=self.rule,
            comparison=self.comparison,
            market=market,
            species=self.species,
            tissue=self.tissue,
            form=self.form,
            declared=tuple(self.declared),
        )


class Question(LotQuestion):
    """Amounts to be judged without a sample: what would the law of that day say?"""

    market: str = Field(default=HOME_MARKET, max_length=20, examples=["CN", "KR"])


class Answer(Output):
    """What the law of that day says of the amounts."""

    overall: Overall
    lines: list[LineOut]


class HindranceOut(Output):
    """What would have to change in one parameter before a market accepts the lot; numbers in `unit`."""

    parameter: str = Field(examples=["chlorpyrifos"])
    obstacle: Obstacle
    limit: DecimalText | None
    unit: UnitCode
    found: DecimalText | None = Field(description="What was quantified, if anything was.")
    factor: DecimalText | None = Field(description="By what the content must fall at least, rounded up.")
    needed: DecimalText | None = Field(description="The highest limit of quantification that would do.")
    said_zh: str
    said_en: str


class MarketOut(Output):
    """What one market, or one declared standard alone, says of a lot, and why."""

    market: str = Field(examples=["CN", "KR"], description="Empty for a declared standard.")
    standard: str = Field(description="The declared standard; empty for the law of a market.")
    is_loaded: bool = Field(description="Is an edition of it loaded that was in force on the day?")
    acceptance: Acceptance
    overall: Overall
    rule: DecisionRule
    said_zh: str
    said_en: str
    hindrances: list[HindranceOut]
    lines: list[LineOut]
