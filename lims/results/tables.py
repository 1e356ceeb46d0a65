"""Records of results."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, Text, text
from sqlmodel import Field

from lims.db.record import LaboratoryRecord
from lims.db.types import EnumValue, ExactDecimal
from lims.results.rules import ResultOrigin, ResultStatus

#: What of a result by itself asks for a second look; lists look for it in these very words, so that the index serves.
NOTED = text("(origin = 'hand' OR supersedes_id IS NOT NULL OR returned_at IS NOT NULL)")


class Result(LaboratoryRecord, table=True):
    """检测结果: the amount of one analyte found for one assigned test.

    `amount` is the plain form of `lims.science.amounts.Amount`; `value` repeats its number for
    sorting and reading. `calculation` holds every factor with its unit as it was used, and the file,
    row and column of the reading; `measurement_id` and `signal_id` lead back to the run. At most one
    result of a test and analyte is not superseded.
    """

    __table_args__ = (
        Index(
            "uq_result_current",
            "test_id",
            "analyte",
            unique=True,
            sqlite_where=text("status <> 'superseded'"),
            postgresql_where=text("status <> 'superseded'"),
        ),
        # To sort by. With the laboratory before the day they would be taken wherever a laboratory is named.
        Index("ix_result_newest", "entered_at"),
        Index("ix_result_analysed", "analysed_on"),
        Index("ix_result_noted", "laboratory_id", sqlite_where=NOTED, postgresql_where=NOTED),
        Index("ix_result_list", "laboratory_id", "status", "entered_by"),
        # The newest of a status; without it every verified result of the laboratory is sorted.
        Index("ix_result_newest_of_status", "laboratory_id", "status", "entered_at"),
        # The longer one is taken where a sample is named too: without it SQLite goes through all verified results.
        Index("ix_result_of_sample", "sample_id", "laboratory_id", "status"),
    )

    sample_id: UUID = Field(foreign_key="sample.id", ondelete="RESTRICT")
    test_id: UUID = Field(foreign_key="assigned_test.id", ondelete="RESTRICT", index=True)
    analyte: str = Field(max_length=100)
    status: ResultStatus = Field(default=ResultStatus.ENTERED, sa_type=EnumValue(ResultStatus))
    origin: ResultOrigin = Field(sa_type=EnumValue(ResultOrigin))
    amount: dict[str, Any] = Field(sa_type=JSON)
    value: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    unit: str = Field(max_length=20)
    limit_of_quantification: Decimal = Field(sa_type=ExactDecimal)
    limit_of_detection: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    calculation: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    measurement_id: UUID | None = Field(default=None, foreign_key="measurement.id", ondelete="RESTRICT", index=True)
    signal_id: UUID | None = Field(default=None, foreign_key="signal.id", ondelete="RESTRICT", index=True)
    analysed_on: date
    entered_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    entered_at: datetime
    submitted_at: datetime | None = Field(default=None)
    verified_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    verified_at: datetime | None = Field(default=None)
    returned_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    returned_at: datetime | None = Field(default=None)
    return_reason: str | None = Field(default=None, sa_type=Text)
    supersedes_id: UUID | None = Field(default=None, foreign_key="result.id", ondelete="RESTRICT", unique=True)
    correction_reason: str | None = Field(default=None, sa_type=Text)
    remark: str | None = Field(default=None, sa_type=Text)
