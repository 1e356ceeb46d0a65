"""Pure decisions about the bench record of a worksheet: its conditions, its day, and until when it may be changed."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from lims.core.reasons import Reason, Where, reason
from lims.results.rules import ResultStatus

#: A room in which people work, a cold room among them; what lies outside was mistyped.
_COLDEST_C, _WARMEST_C = Decimal(-30), Decimal(60)


def reasons_of_conditions(temperature_c: Decimal | None, humidity_percent: Decimal | None) -> list[Reason]:
    """Why a temperature (°C) or a relative humidity (%) cannot have been read in a room."""
    reasons = []
    if temperature_c is not None and not _COLDEST_C <= temperature_c <= _WARMEST_C:
        text = "A room of {temperature} °C is not believable; between {low} and {high} °C is."
        said = {"temperature": temperature_c, "low": _COLDEST_C, "high": _WARMEST_C}
        reasons.append(reason("bench.temperature", text, at=Where("temperature_c"), **said))
    if humidity_percent is not None and not 0 < humidity_percent <= 100:
        text = "A relative humidity of {humidity} % cannot be; it lies between 0 and 100 %."
        reasons.append(reason("bench.humidity", text, at=Where("humidity_percent"), humidity=humidity_percent))
    return reasons


def reasons_of_day(used_on: date, today: date, first_received_on: date | None) -> list[Reason]:
    """The work was done after its first sample came, and is not still to come."""
    at = Where("used_on")
    if used_on > today:
        text = "{day} is still to come; today is {today}."
        return [reason("bench.future", text, at=at, day=used_on.isoformat(), today=today.isoformat())]
    if first_received_on is not None and used_on < first_received_on:
        text = "On {day} no sample of the worksheet had been received; the first came on {received}."
        said = {"day": used_on.isoformat(), "received": first_received_on.isoformat()}
        return [reason("bench.before_receipt", text, at=at, **said)]
    return []


def reasons_not_to_change(statuses: Collection[ResultStatus], *, was_verified: bool) -> list[Reason]:
    """A record changes until its results are handed over; one that is returned opens it until one is verified.

    `statuses` are those of the results of the worksheet's runs; `was_verified`: one of them was verified at any time.
    """
    if was_verified:
        text = "Results of this worksheet were verified with this record; it can no longer be changed."
        return [reason("bench.verified", text)]
    if ResultStatus.SUBMITTED in statuses and ResultStatus.RETURNED not in statuses:
        text = "Results of this worksheet are submitted; the record can be changed when the verifier returns one."
        return [reason("bench.submitted", text)]
    return []
