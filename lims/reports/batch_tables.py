"""Records of batches of reports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from lims.db.record import LaboratoryRecord
from lims.db.types import EnumValue
from lims.reports.batch_rules import BatchAct, ItemState


class ReportBatch(LaboratoryRecord, table=True):
    """批量办理: one act on many reports, ordered by one person. `finished_at`: no report of it is open any more."""

    __tablename__ = "report_batch"
    __table_args__ = (Index("ix_report_batch_newest", "laboratory_id", "ordered_at"),)

    act: BatchAct = Field(sa_type=EnumValue(BatchAct))
    ordered_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    ordered_at: datetime
    confirmation_id: UUID = Field(foreign_key="act_confirmation.id", ondelete="RESTRICT")
    total: int
    finished_at: datetime | None = Field(default=None)


class ReportBatchItem(LaboratoryRecord, table=True):
    """One report of a batch.

    `asked`: what the act needs besides: the version that was looked at, or how a report is to be compiled.
    `report_id` is empty until a report is compiled. `refusals`: why it was refused, as code, sentence and values.
    """

    __tablename__ = "report_batch_item"
    __table_args__ = (
        UniqueConstraint("batch_id", "place"),
        Index("ix_report_batch_item_report_id", "report_id"),
        Index("ix_report_batch_item_state", "batch_id", "state"),
    )

    batch_id: UUID = Field(foreign_key="report_batch.id", ondelete="RESTRICT")
    place: int
    sample_id: UUID = Field(foreign_key="sample.id", ondelete="RESTRICT")
    report_id: UUID | None = Field(default=None, foreign_key="report.id", ondelete="RESTRICT")
    asked: dict[str, Any] = Field(sa_type=JSON)
    state: ItemState = Field(default=ItemState.OPEN, sa_type=EnumValue(ItemState))
    refusals: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    settled_at: datetime | None = Field(default=None)
