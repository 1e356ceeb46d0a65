"""JSON of equipment."""

from datetime import date
from uuid import UUID

from pydantic import Field

from lims.web.fields import Input, Output
from lims.web.texts import Text40, Text60, Text100


class InstrumentIn(Input):
    """A new instrument."""

    code: Text40 = Field(examples=["GCMS-01"], description="The number on the instrument's label.")
    name: Text100 = Field(examples=["气相色谱-三重四极杆质谱联用仪"])
    model: Text100 = Field(examples=["8890/7000D"])
    serial_number: Text60 = Field(examples=["US2134A056"])
    calibrated_until: date = Field(description="The last day of its calibration (检定/校准有效期至).")


class CalibrationIn(Input):
    """A new end of calibration."""

    version: int
    calibrated_until: date


class InstrumentOut(Output):
    """An instrument; `usable` says whether its calibration holds on the day of asking."""

    id: UUID
    version: int
    code: str
    name: str
    model: str
    serial_number: str
    calibrated_until: date
    usable: bool
