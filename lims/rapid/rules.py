"""Pure decisions about rapid tests: what a reading says, and when a positive may be confirmed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from lims.core.reasons import Reason, Where, reason
from lims.runs.records import QualitativeResult
from lims.samples.rules import SampleStatus

#: An inhibition from this on is positive (GB/T 5009.199-2003): so is 50.0 %, which some readers call conforming.
POSITIVE_FROM: Final = Decimal(50)
#: Clocks of readers in the field are not exact.
_AHEAD: Final = timedelta(hours=1)


class RapidOutcome(StrEnum):
    """What a rapid test says (快检结果). INVALID: nothing; it is done again."""

    NEGATIVE = "rapid_negative"
    POSITIVE = "rapid_positive"
    INVALID = "rapid_invalid"


class ConfirmedOn(StrEnum):
    """What a positive is confirmed on (确证样品): the sample as it is, or its retained portion (备样)."""

    SAMPLE = "same_sample"
    RETAINED = "retained_portion"


def outcome_of(
    inhibition_percent: Decimal | None, said: QualitativeResult | None, limit_percent: Decimal = POSITIVE_FROM
) -> RapidOutcome:
    """What a reading says, recomputed from the inhibition; where reader and inhibition disagree, the worse counts."""
    if said is QualitativeResult.INVALID or (inhibition_percent is None and said is None):
        return RapidOutcome.INVALID
    is_over = inhibition_percent is not None and inhibition_percent >= limit_percent
    return RapidOutcome.POSITIVE if is_over or said is QualitativeResult.POSITIVE else RapidOutcome.NEGATIVE


def contradicts(
    inhibition_percent: Decimal | None, said: QualitativeResult | None, limit_percent: Decimal = POSITIVE_FROM
) -> bool:
    """Whether the reader says otherwise than its inhibition does."""
    if inhibition_percent is None or said not in {QualitativeResult.NEGATIVE, QualitativeResult.POSITIVE}:
        return False
    return (inhibition_percent >= limit_percent) is not (said is QualitativeResult.POSITIVE)


def reasons_not_to_keep(tested_at: datetime | None, now: datetime, row: int) -> list[Reason]:
    """A test that lies in the future has a wrong clock."""
    if tested_at is None or tested_at <= now + _AHEAD:
        return []
    return [
        reason(
            "rapid.in_future",
            "Record {row} was tested on {day}, in the future; set the clock of the reader right and send it again.",
            row=row,
            day=tested_at.date().isoformat(),
            at=Where(row=row),
        )
    ]


def reasons_not_to_confirm(
    outcome: RapidOutcome, sample: SampleStatus, confirmed: Sequence[str], parameters: Sequence[str]
) -> list[Reason]:
    """May these parameters be ordered to confirm a rapid test? `confirmed` are those that were ordered before."""
    found = []
    if outcome is not RapidOutcome.POSITIVE:
        found.append(reason("rapid.not_positive", "Only a positive rapid test is confirmed."))
    if sample is SampleStatus.REPORTED:
        found.append(
            reason(
                "rapid.sample_reported",
                "The report of the sample is issued; register its retained portion as a sample of its own.",
            )
        )
    if not parameters:
        found.append(
            reason("rapid.no_parameter", "Name at least one parameter to confirm.", at=Where(field="parameters"))
        )
    found += [
        reason(
            "rapid.ordered_before",
            "{parameter} is ordered already to confirm this test.",
            parameter=one,
            at=Where(field="parameters"),
        )
        for one in parameters
        if one in confirmed
    ]
    return found
