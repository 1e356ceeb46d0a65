"""Records of what a worksheet was worked with: the room, the lots and the equipment of its day."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from lims.db.record import LaboratoryRecord
from lims.db.types import ExactDecimal


class BenchRecord(LaboratoryRecord, table=True):
    """实验条件记录: the day and the conditions of a worksheet; what is None was not recorded."""

    __tablename__ = "bench_record"

    worksheet_id: UUID = Field(foreign_key="worksheet.id", ondelete="RESTRICT", unique=True)
    used_on: date
    room: str | None = Field(default=None, max_length=60)
    temperature_c: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    humidity_percent: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    recorded_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    recorded_at: datetime


class MaterialUse(LaboratoryRecord, table=True):
    """A lot that was used on a worksheet."""

    __tablename__ = "material_use"
    __table_args__ = (UniqueConstraint("bench_record_id", "material_id"),)

    bench_record_id: UUID = Field(foreign_key="bench_record.id", ondelete="RESTRICT")
    material_id: UUID = Field(foreign_key="material.id", ondelete="RESTRICT", index=True)


class EquipmentUse(LaboratoryRecord, table=True):
    """An instrument, balance or pipette that was used on a worksheet, and how long its calibration held then."""

    __tablename__ = "equipment_use"
    __table_args__ = (UniqueConstraint("bench_record_id", "instrument_id"),)

    bench_record_id: UUID = Field(foreign_key="bench_record.id", ondelete="RESTRICT")
    instrument_id: UUID = Field(foreign_key="instrument.id", ondelete="RESTRICT", index=True)
    calibrated_until: date
