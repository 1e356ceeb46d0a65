"""JSON routes of the rules of quality control and of decisions on it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from lims.core.actions import Action
from lims.library.queries import current_library
from lims.runs import deciding, plans, queries
from lims.runs.calibration_choice import CalibrationChoice, CurveChoice, StandardAmount, StandardUse
from lims.runs.rules import QcDecisionKind
from lims.science.bracketing import BracketRule, BracketTerms
from lims.science.calibration import Weighting
from lims.science.calibration_curve import CalibrationModel, Origin
from lims.science.content_formula import MOST_CONSTANTS, USUAL, ContentFormula
from lims.science.formula import Measured
from lims.science.quality_control import QcCheck, SourceStatus
from lims.science.quality_control_presets import PRESETS
from lims.science.quality_control_rules import QcRule, RuleBasis
from lims.science.rounding import SANTE_FIGURES, FiguresRule, PlacesRule, ReportingRule
from lims.science.units import UnitCode
from lims.web.dependencies import ActorDep, LimsDep
from lims.web.fields import DecimalText, Input, Output
from lims.web.texts import Text60, Text100, Text200, Text500

router = APIRouter()


class RuleIn(Input):
    """A rule: what is checked, the limits, where they hold, and the text that asks for them."""

    check: QcCheck
    source: Text200 = Field(examples=["NY/T 788-2018"])
    status: SourceStatus = SourceStatus.OWN
    low: DecimalText | None = None
    high: DecimalText | None = None
    above: DecimalText | None = Field(default=None, description="The range begins above this content or abundance.")
    up_to: DecimalText | None = Field(default=None, description="The range ends with this content or abundance.")
    basis: RuleBasis | None = None
    every: int | None = Field(default=None, ge=1, le=1000)

    def to_rule(self) -> QcRule:
        """The rule as the checks know it."""
        return QcRule(**{name: getattr(self, name) for name in type(self).model_fields})


class RuleOut(Output):
    """A rule as it is stored."""

    check: QcCheck
    source: str
    status: SourceStatus
    low: DecimalText | None
    high: DecimalText | None
    above: DecimalText | None
    up_to: DecimalText | None
    basis: RuleBasis | None
    every: int | None


class CurveIn(Input):
    """The calibration curve of an analyte. `internal_standard` is its name in the file, given where one is named."""

    model: CalibrationModel = CalibrationModel.LINEAR
    weighting: Weighting = Weighting.INVERSE_X
    origin: Origin = Origin.FREE
    standard_use: StandardUse = StandardUse.AS_PROFILE
    internal_standard: Text200 | Literal[""] = Field(default="", examples=[""])

    def to_choice(self) -> CurveChoice:
        """The choice as the evaluation knows it."""
        return CurveChoice(**{name: getattr(self, name) for name in type(self).model_fields})


class BracketingIn(Input):
    """How the method brackets; percentages are relative."""

    rule: BracketRule = BracketRule.MEAN
    max_drift_percent: DecimalText = Field(examples=["20"], description="Of the response factor within a bracket.")
    reach_percent: DecimalText = Field(
        default=Decimal(0), examples=["30"], description="So far beyond the standards a concentration is reported."
    )
    source: Text200 = Field(examples=["The method as it was verified"])

    def to_terms(self) -> BracketTerms:
        """The terms as the evaluation knows them."""
        return BracketTerms(**{name: getattr(self, name) for name in type(self).model_fields})


class CalibrationIn(Input):
    """How runs of the method are calibrated: all analytes alike, but for those named by their code."""

    curve: CurveIn = CurveIn()
    is_matrix_matched: bool = Field(default=False, description="Standards are made in extract of the product group.")
    by_analyte: dict[Text100, CurveIn] = Field(default={}, max_length=2000, examples=[{}])
    standard_amount: StandardAmount = Field(
        default=StandardAmount.SAME, description="Where the concentration of the internal standard is told."
    )
    bracketing: BracketingIn | None = Field(default=None, description="Given where a curve brackets.")

    def to_choice(self) -> CalibrationChoice:
        """The choice as the evaluation knows it."""
        own = {code: one.to_choice() for code, one in self.by_analyte.items()}
        terms = None if self.bracketing is None else self.bracketing.to_terms()
        return CalibrationChoice(self.curve.to_choice(), self.is_matrix_matched, own, self.standard_amount, terms)


class ConstantIn(Input):
    """A quantity of the method, as a volume of an aliquot."""

    value: DecimalText = Field(examples=["25"])
    unit: UnitCode = Field(examples=["mL"])


class FormulaIn(Input):
    """By which formula contents are calculated.

    In `text` stand c (concentration in the measured solution), V (final volume), f (dilution), m (test portion), c0
    (mean blank of the batch, a concentration), R (mean recovery of its spikes, in %), H (moisture of the position,
    in %), and the constants.
    """

    text: Text200 = Field(default=USUAL, examples=[USUAL])
    constants: dict[Text60, ConstantIn] = Field(default={}, max_length=MOST_CONSTANTS, examples=[{}])

    def to_formula(self) -> ContentFormula:
        """The formula as the evaluation knows it."""
        return ContentFormula(self.text, {name: Measured(one.value, one.unit) for name, one in self.constants.items()})


class ReportingIn(Input):
    """How results are shown: with so many decimals, or with significant figures, more from a threshold on."""

    places: int | None = Field(default=None, examples=[None], description="Decimals; the figures then stay empty.")
    threshold: DecimalText = Field(default=SANTE_FIGURES.threshold, examples=["10"])
    unit: UnitCode = Field(default=SANTE_FIGURES.unit, examples=["mg/kg"])
    figures_from_threshold: int = SANTE_FIGURES.figures_from_threshold
    figures_below: int = SANTE_FIGURES.figures_below
    source: Text200 = Field(examples=[SANTE_FIGURES.source])

    def to_rule(self) -> ReportingRule:
        """The rule as rounding knows it."""
        if self.places is not None:
            return PlacesRule(self.places, self.unit, self.source)
        return FiguresRule(self.threshold, self.unit, self.figures_from_threshold, self.figures_below, self.source)


class PlanIn(Input):
    """A new edition of the rules of a method. `edition` is that of the rules that were seen, 0 for none."""

    method: Text60 = Field(examples=["GB 23200.121-2026"])
    edition: int = Field(ge=0, le=100_000)
    effective_on: date
    rules: list[RuleIn] = Field(max_length=200, description="May be empty where anything else is given.")
    calibration: CalibrationIn | None = Field(
        default=None, description="If left out, straight lines with the weighting of the worksheet."
    )
    formula: FormulaIn | None = Field(default=None, description="If left out, contents are c * V * f / m.")
    reporting: ReportingIn | None = Field(
        default=None, description="If left out, three figures from 10 mg/kg on, else two."
    )
    reason: Text500 = Field(examples=["The rules of the method, as it was verified"])


class PlanOut(Output):
    """An edition of the rules of a method."""

    id: UUID
    method_code: str
    edition: int
    effective_on: date
    rules: list[RuleOut]
    calibration: dict[str, Any] | None
    formula: dict[str, Any] | None
    reporting: dict[str, Any] | None
    reason: str
    set_by: UUID
    set_at: datetime


class PresetOut(Output):
    """Rules to start from."""

    code: str
    title: str
    rules: list[RuleOut]


class ChosenCheck(Input):
    """A check, and the edition of the decision on it that was seen; 0 for none."""

    id: UUID
    edition: int = Field(default=0, ge=0, le=1000)


class DecisionIn(Input):
    """What is decided on checks of a run that hold results back."""

    checks: list[ChosenCheck] = Field(min_length=1, max_length=2000)
    decision: QcDecisionKind
    reason: Text500 = Field(examples=["The spike was prepared with half the solution."])


class DecisionOut(Output):
    """A decision on a check."""

    id: UUID
    check_id: UUID
    edition: int
    decision: QcDecisionKind
    reason: str
    decided_by: UUID
    decided_at: datetime


@router.get("/qc-plans")
def qc_plans(
    lims: LimsDep,
    actor: ActorDep,
    method: Annotated[str | None, Query(max_length=60, description="Every edition of this method.")] = None,
) -> list[PlanOut]:
    """The rules of quality control of the own laboratory: the newest of each method, or all of one."""
    with lims.read(actor, Action.QUALITY_READ) as session:
        found = plans.newest_plans(session) if method is None else plans.plans_of(session, method)
        return [PlanOut.model_validate(one) for one in found]


@router.get("/qc-plans/presets")
def qc_presets(lims: LimsDep, actor: ActorDep) -> list[PresetOut]:
    """Rules to start from, each with its source and how well that is known."""
    lims.require(actor, Action.QUALITY_READ)
    return [
        PresetOut(code=code, title=one.title, rules=[RuleOut.model_validate(rule) for rule in one.rules])
        for code, one in PRESETS.items()
    ]


@router.post("/qc-plans", status_code=201)
def set_plan(order: PlanIn, lims: LimsDep, actor: ActorDep) -> PlanOut:
    """Set the rules of a method, as a new edition in force from a day on."""
    rules = [rule.to_rule() for rule in order.rules]
    with lims.work(actor, Action.QC_PLAN_SET, order.reason) as session:
        library = current_library(session)
        choices = plans.MethodChoices(
            None if order.calibration is None else order.calibration.to_choice(),
            None if order.formula is None else order.formula.to_formula(),
            None if order.reporting is None else order.reporting.to_rule(),
        )
        made = plans.set_plan(
            session, library, order.method, rules, order.effective_on, order.edition, order.reason, choices
        )
        return PlanOut.model_validate(made)


@router.get("/runs/{run_id}/qc-decisions")
def qc_decisions(run_id: UUID, lims: LimsDep, actor: ActorDep) -> list[DecisionOut]:
    """The decisions that count on the checks of a run."""
    with lims.read(actor, Action.RUN_READ) as session:
        run = queries.run_by_id(session, run_id)
        return [DecisionOut.model_validate(one) for one in deciding.decisions_of(session, run.id).values()]


@router.post("/runs/{run_id}/qc-decisions", status_code=201)
def decide(run_id: UUID, order: DecisionIn, lims: LimsDep, actor: ActorDep) -> list[DecisionOut]:
    """Decide on checks of a run that hold results back: accept with a reservation, reject, or repeat."""
    chosen = [deciding.Chosen(one.id, one.edition) for one in order.checks]
    with lims.work(actor, Action.QC_DECIDE, order.reason) as session:
        made = deciding.decide(session, run_id, chosen, order.decision, order.reason)
        return [DecisionOut.model_validate(one) for one in made]
