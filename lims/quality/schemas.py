"""JSON of control charts and nonconforming work."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from lims.quality.rules import NonconformingSource, NonconformingState, PointSource, Significance
from lims.science.control_charts import DeviationFrom
from lims.science.control_rules import ChartState, ControlRule, RuleSet, Weight
from lims.web.fields import DecimalText, Input, Output
from lims.web.texts import Text60, Text100, Text500, Text1000

#: Empty for a blank, which has no level.
LevelText = Annotated[str, Field(max_length=60, description='"0.05 mg/kg"; empty for a blank.')]


class LimitsIn(Input):
    """Limits for one chart from a reference period. `edition` is that of the limits that were seen, 0 for none."""

    method: Text60 = Field(examples=["GB 23200.121-2026"])
    analyte: Text100 = Field(examples=["carbofuran"])
    source: PointSource
    level: LevelText = ""
    edition: int = Field(ge=0, le=100_000)
    reference_from: date
    reference_until: date
    excluded: list[UUID] = Field(default_factory=list, max_length=200, description="Checks of the period to leave out.")
    deviation_from: DeviationFrom = DeviationFrom.ALL_POINTS
    rule_set: RuleSet = RuleSet.WESTGARD
    reason: Text500 = Field(examples=["Twenty days in which the work was in order"])


class LimitsOut(Output):
    """The limits of a chart as they were set."""

    id: UUID
    edition: int
    unit: str
    rule_set: RuleSet
    centre: DecimalText
    deviation: DecimalText
    mean_moving_range: DecimalText
    deviation_from: DeviationFrom
    points: int
    reference_from: date
    reference_until: date
    reason: str
    set_by: UUID
    set_at: datetime


class ChartOut(Output):
    """A chart in short."""

    method: str
    analyte: str
    source: PointSource
    level: str
    points: int
    newest: datetime
    state: ChartState
    limits: LimitsOut | None


class PointOut(Output):
    """A point of a chart."""

    check_id: UUID
    run_id: UUID
    worksheet: str
    label: str
    at: datetime
    value: DecimalText
    unit: str


class BrokenOut(Output):
    """A rule that a point broke."""

    rule: ControlRule
    weight: Weight
    check_id: UUID


class ChartDetail(Output):
    """A chart with its points and the rules that they break."""

    points: list[PointOut]
    limits: LimitsOut | None
    broken: list[BrokenOut]


class NonconformingIn(Input):
    """Nonconforming work that a person reports."""

    what: Text1000 = Field(examples=["The freezer stood open over night."])
    run_id: UUID | None = None


class EvaluationIn(Input):
    """How grave it is, what is done about it, and who answers for it."""

    version: int
    significance: Significance
    action: Text1000 = Field(examples=["Samples of the freezer are drawn anew."])
    responsible: Text60 | None = Field(default=None, description="User name; who evaluates if it is left out.")


class ClosingIn(Input):
    """What became of it."""

    version: int
    outcome: Text1000 = Field(examples=["The door has an alarm now."])


class NonconformingOut(Output):
    """Nonconforming work."""

    id: UUID
    version: int
    number: str
    state: NonconformingState
    source: NonconformingSource
    what: str
    run_id: UUID | None
    check_id: UUID | None
    method_code: str | None
    analyte: str | None
    level: str | None
    opened_at: datetime
    significance: Significance | None
    action: str | None
    outcome: str | None
    closed_at: datetime | None
