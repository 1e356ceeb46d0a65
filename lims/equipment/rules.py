"""Pure decisions about instruments."""

from datetime import date

from lims.core.reasons import Reason, Where, reason


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
