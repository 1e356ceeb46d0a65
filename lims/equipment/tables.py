"""Records of equipment."""

from datetime import date

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from lims.db.record import LaboratoryRecord


class Instrument(LaboratoryRecord, table=True):
    """An instrument of the laboratory; it may be used until its calibration ends."""

    __table_args__ = (UniqueConstraint("laboratory_id", "code"),)

    code: str = Field(max_length=40)
    name: str = Field(max_length=100)
    model: str = Field(max_length=100)
    serial_number: str = Field(max_length=60)
    calibrated_until: date
