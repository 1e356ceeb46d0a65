"""Records of rapid tests and of the orders that confirm them."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, Text, UniqueConstraint
from sqlmodel import Field

from lims.db.record import LaboratoryRecord
from lims.db.types import EnumValue, ExactDecimal
from lims.rapid.rules import ConfirmedOn, RapidOutcome
from lims.runs.records import QualitativeResult


class RapidTest(LaboratoryRecord, table=True):
    """快检记录: one channel of a reader for one sample, with the record it came as. It is never changed.

    `reading_key` names the record again, so that one that is sent twice is kept once. `positive_from` is the inhibition
    in percent from which it counts as positive.
    """

    __tablename__ = "rapid_test"
    __table_args__ = (
        UniqueConstraint("laboratory_id", "reading_key"),
        Index("ix_rapid_test_outcome", "laboratory_id", "outcome", "entered_at"),
    )

    sample_id: UUID = Field(foreign_key="sample.id", ondelete="RESTRICT", index=True)
    item: str = Field(max_length=200, description="What the reader tested for, in its words.")
    method_code: str = Field(max_length=60)
    outcome: RapidOutcome = Field(sa_type=EnumValue(RapidOutcome))
    inhibition_percent: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    positive_from: Decimal = Field(sa_type=ExactDecimal)
    device_said: QualitativeResult | None = Field(default=None, sa_type=EnumValue(QualitativeResult))
    tested_at: datetime | None = Field(default=None)
    channel: str | None = Field(default=None, max_length=40)
    reading_key: str = Field(max_length=400)
    file_sha256: str = Field(max_length=64)
    reader: str = Field(max_length=40)
    row: int
    raw: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    entered_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    entered_at: datetime


class ConfirmationOrder(LaboratoryRecord, table=True):
    """确证任务: a test by an instrument method that was ordered because a rapid test was positive."""

    __tablename__ = "confirmation_order"
    __table_args__ = (UniqueConstraint("rapid_test_id", "test_id"),)

    rapid_test_id: UUID = Field(foreign_key="rapid_test.id", ondelete="RESTRICT")
    test_id: UUID = Field(foreign_key="assigned_test.id", ondelete="RESTRICT", index=True)
    confirmed_on: ConfirmedOn = Field(sa_type=EnumValue(ConfirmedOn))
    note: str | None = Field(default=None, sa_type=Text)
    ordered_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    ordered_at: datetime
