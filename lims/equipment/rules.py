"""Pure decisions about instruments."""

from datetime import date, timedelta
from enum import StrEnum

from lims.core.reasons import Reason, Where, reason

#: A calibration is booked weeks ahead; from here on people are told.
SOON = timedelta(days=60)


class CalibrationState(StrEnum):
    """What a calibration (检定/校准) is worth on a day."""

    HOLDS = "holds"
    ENDS_SOON = "ends_soon"
    OVER = "over"


def calibration_on(calibrated_until: date, day: date) -> CalibrationState:
    """What a calibration with this last day is worth on a day."""
    if calibrated_until < day:
        return CalibrationState.OVER
    return CalibrationState.ENDS_SOON if calibrated_until - day <= SOON else CalibrationState.HOLDS


def reasons_not_to_use(code: str, calibrated_until: date, day: date) -> list[Reason]:
    """Why an instrument may not be used on a day; none when it may (ISO/IEC 17025:2017, 6.4.8)."""
    if day <= calibrated_until:
        return []
    return [
        reason(
            "instrument.calibration_over",
            "The calibration of {code} ended on {until}; on {day} it may not be used.",
            code=code,
            until=calibrated_until.isoformat(),
            day=day.isoformat(),
            at=Where("instrument"),
        )
    ]
