"""Records of where reports went: handed out by the laboratory, and downloaded by people who are signed in."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from lims.db.record import LaboratoryRecord
from lims.db.types import EnumValue
from lims.reports.distribution_rules import ReceiptForm, Way


class Handout(LaboratoryRecord, table=True):
    """报告发放登记: a report was given to somebody. `told_at`: they know that it was replaced or withdrawn since."""

    __tablename__ = "report_handout"
    __table_args__ = (Index("ix_report_handout_report_id", "report_id"),)

    report_id: UUID = Field(foreign_key="report.id", ondelete="RESTRICT")
    recipient: str = Field(max_length=100)
    organisation: str | None = Field(default=None, max_length=200)
    way: Way = Field(sa_type=EnumValue(Way))
    copies: int = Field(default=1)
    handed_on: date
    remark: str | None = Field(default=None, max_length=500)
    noted_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    noted_at: datetime
    told_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    told_at: datetime | None = Field(default=None)
    told_how: str | None = Field(default=None, max_length=500)


class ReportReceipt(LaboratoryRecord, table=True):
    """下载记录: somebody who is signed in took a report away. `laboratory_id` is the one that issued it.

    `person` and `organisation` are names as they were then: whoever downloads may belong to another laboratory.
    """

    __tablename__ = "report_receipt"
    __table_args__ = (Index("ix_report_receipt_report_id", "report_id", "at"),)

    report_id: UUID = Field(foreign_key="report.id", ondelete="RESTRICT")
    form: ReceiptForm = Field(sa_type=EnumValue(ReceiptForm))
    pdf_sha256: str | None = Field(default=None, max_length=64)
    user_id: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    person: str = Field(max_length=100)
    organisation: str | None = Field(default=None, max_length=200)
    at: datetime
