"""Records of control charts and nonconforming work."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, Text, UniqueConstraint
from sqlmodel import Field

from lims.db.record import LaboratoryRecord
from lims.db.types import EnumValue, ExactDecimal
from lims.quality.rules import NonconformingSource, NonconformingState, PointSource, Significance
from lims.science.control_charts import DeviationFrom
from lims.science.control_rules import RuleSet


class ControlChartLimits(LaboratoryRecord, table=True):
    """控制限: centre and spread of one chart, set from a reference period by a person with a reason.

    A new edition never changes an old one; the newest counts. `excluded` are ids of checks in the period that were
    left out of the calculation.
    """

    __tablename__ = "control_chart_limits"
    __table_args__ = (UniqueConstraint("laboratory_id", "method_code", "analyte", "source", "level", "edition"),)

    method_code: str = Field(max_length=60)
    analyte: str = Field(max_length=100)
    source: PointSource = Field(sa_type=EnumValue(PointSource))
    level: str = Field(max_length=60)
    edition: int
    unit: str = Field(max_length=20)
    rule_set: RuleSet = Field(sa_type=EnumValue(RuleSet))
    centre: Decimal = Field(sa_type=ExactDecimal)
    deviation: Decimal = Field(sa_type=ExactDecimal)
    mean_moving_range: Decimal = Field(sa_type=ExactDecimal)
    deviation_from: DeviationFrom = Field(sa_type=EnumValue(DeviationFrom))
    points: int
    reference_from: date
    reference_until: date
    excluded: list[str] = Field(default_factory=list, sa_type=JSON)
    reason: str = Field(sa_type=Text)
    set_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    set_at: datetime


class ControlChartReading(LaboratoryRecord, table=True):
    """That the charts were read after a run, and which rules its points broke.

    A run is read again when standards were left out of its calibrations since: `decisions` is how many decisions on
    standards were there. What the earlier reading said stays in the audit trail.
    """

    __tablename__ = "control_chart_reading"
    __table_args__ = (UniqueConstraint("run_id"),)

    run_id: UUID = Field(foreign_key="run.id", ondelete="RESTRICT")
    read_at: datetime
    broken: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    decisions: int | None = Field(default=None)


class NonconformingWork(LaboratoryRecord, table=True):
    """不符合工作: what did not go as it must, who answers for it, and what was done (ISO/IEC 17025:2017, 7.10).

    `origin_key` tells what it was opened for by itself, so that it is not opened twice. `what` is a reason as JSON, or
    the words of a person. `told` of a point of a chart holds its value and the rules it broke, and under `before` what
    they were before the run was evaluated again.
    """

    __tablename__ = "nonconforming_work"
    __table_args__ = (
        UniqueConstraint("laboratory_id", "number"),
        UniqueConstraint("laboratory_id", "origin_key"),
        Index("ix_nonconforming_work_list", "laboratory_id", "state", "opened_at"),
    )

    number: str = Field(max_length=30)
    state: NonconformingState = Field(default=NonconformingState.OPEN, sa_type=EnumValue(NonconformingState))
    source: NonconformingSource = Field(sa_type=EnumValue(NonconformingSource))
    origin_key: str | None = Field(default=None, max_length=300)
    run_id: UUID | None = Field(default=None, foreign_key="run.id", ondelete="RESTRICT", index=True)
    check_id: UUID | None = Field(default=None, foreign_key="qc_check.id", ondelete="RESTRICT")
    method_code: str | None = Field(default=None, max_length=60)
    analyte: str | None = Field(default=None, max_length=100)
    level: str | None = Field(default=None, max_length=60)
    point_source: PointSource | None = Field(default=None, sa_type=EnumValue(PointSource))
    what: str = Field(sa_type=Text)
    told: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    opened_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    opened_at: datetime
    responsible: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    significance: Significance | None = Field(default=None, sa_type=EnumValue(Significance))
    action: str | None = Field(default=None, sa_type=Text)
    evaluated_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    evaluated_at: datetime | None = Field(default=None)
    outcome: str | None = Field(default=None, sa_type=Text)
    closed_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    closed_at: datetime | None = Field(default=None)
