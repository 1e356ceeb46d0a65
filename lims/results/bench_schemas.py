"""JSON of the bench record of a worksheet."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from lims.materials.rules import MaterialKind
from lims.web.fields import DecimalText, Input, Output
from lims.web.texts import Text40, Text60


class BenchRecordIn(Input):
    """What a worksheet was worked with. What is left out was not recorded, and the original record says so."""

    version: int = Field(default=0, ge=0, description="Of the record that was seen; 0 where there was none.")
    used_on: date = Field(description="The day of the work: lots and calibrations must hold on it.")
    room: Text60 | None = Field(default=None, examples=["仪器室二"])
    temperature_c: DecimalText | None = Field(default=None, examples=["22.5"])
    humidity_percent: DecimalText | None = Field(default=None, examples=["48"], description="Relative humidity, %.")
    materials: list[Text40] = Field(default=[], max_length=200, examples=[["WS-26-031"]])
    equipment: list[Text40] = Field(
        default=[], max_length=200, examples=[["BAL-02"]], description="Besides the instrument of the worksheet."
    )


class LotUsed(Output):
    """A lot that was used."""

    code: str
    kind: MaterialKind
    name: str
    lot: str | None
    expires_on: date


class EquipmentUsed(Output):
    """Equipment that was used, with the last day of its calibration as it stood then."""

    code: str
    name: str
    calibrated_until: date


class BenchRecordOut(Output):
    """The bench record of a worksheet."""

    version: int
    used_on: date
    room: str | None
    temperature_c: DecimalText | None
    humidity_percent: DecimalText | None
    materials: Sequence[LotUsed]
    equipment: Sequence[EquipmentUsed]
    recorded_by: UUID
    recorded_at: datetime


class BenchOut(Output):
    """The record, or null; what the last worksheet of the method was worked with; whether it may be changed."""

    worksheet: str
    record: BenchRecordOut | None
    previous: BenchRecordOut | None
    can_be_changed: bool
