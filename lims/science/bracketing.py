"""Bracketing (夹心校准): a sample is read from the standards that were injected before and after it.

Both standards give a response factor; their drift decides whether the bracket is valid. Positions are a time or a
number in the sequence, in any unit, the same for standards and samples.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum

from lims.core.errors import BadInput, RuleRefused
from lims.core.reasons import Reason, Where, reason
from lims.science.calibration import CalibrationPoint
from lims.science.response_factor import response_factor
from lims.science.rounding import CALCULATION, plain, round_significant


class BracketRule(StrEnum):
    """Which response factor a sample gets (响应因子取法): the mean of both, or one between them by position."""

    MEAN = "mean_factor"
    INTERPOLATED = "interpolated_factor"


@dataclass(frozen=True, slots=True)
class BracketStandard:
    """One injection of the bracketing standard, at its position in the sequence."""

    point: CalibrationPoint
    position: Decimal


@dataclass(frozen=True, slots=True)
class BracketLimit:
    """How far the response factor may drift within a bracket, in percent, and the text that says so."""

    max_drift_percent: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Bracketed:
    """What the bracket gives. `before` and `after` are the standards that served; `reasons` speak against it.

    `drift_percent` = 100 (RF_after/RF_before − 1). The concentration is in the unit of the standards, 28 digits; it is
    a result only when `is_valid`.
    """

    concentration: Decimal
    response_factor: Decimal
    drift_percent: Decimal
    before: BracketStandard
    after: BracketStandard
    reasons: tuple[Reason, ...]

    @property
    def is_valid(self) -> bool:
        """Whether nothing speaks against the bracket."""
        return not self.reasons


def bracketing_standards(
    standards: Sequence[BracketStandard], position: Decimal
) -> tuple[BracketStandard, BracketStandard]:
    """The last used standard before a position and the first after it.

    Raises `RuleRefused` `calibration.not_bracketed` when there is none on either side.
    """
    used = [one for one in standards if one.point.is_used]
    before = [one for one in used if one.position <= position]
    after = [one for one in used if one.position > position]
    if not before or not after:
        raise RuleRefused(
            reason(
                "calibration.not_bracketed",
                "The injection at {position} lies between no two standards; inject one before and one after it.",
                at=Where(field="position"),
                position=plain(position),
            )
        )
    return max(before, key=lambda one: one.position), min(after, key=lambda one: one.position)


def bracketed(
    response: Decimal,
    position: Decimal,
    standards: Sequence[BracketStandard],
    limit: BracketLimit,
    rule: BracketRule = BracketRule.MEAN,
) -> Bracketed:
    """The concentration of a sample, response/RF, from the two standards around its position, exactly.

    RF = (RF_before + RF_after)/2, or RF_before + (RF_after − RF_before)·(t − t_before)/(t_after − t_before). Raises
    `BadInput` `calibration.response_not_finite` and `calibration.no_response_factor`, `RuleRefused`
    `calibration.not_bracketed`.
    """
    if not response.is_finite():
        raise BadInput(
            reason(
                "calibration.response_not_finite",
                "The response {response} is not a number that can be read from a calibration.",
                response=str(response),
            )
        )
    before, after = bracketing_standards(standards, position)
    first, last = response_factor(before.point), response_factor(after.point)
    with localcontext(CALCULATION):
        drift = 100 * (last / first - 1)
        share = (position - before.position) / (after.position - before.position)
        factor = (first + last) / 2 if rule is BracketRule.MEAN else first + (last - first) * share
        return Bracketed(response / factor, factor, drift, before, after, tuple(_drifted(drift, limit)))


def _drifted(drift: Decimal, limit: BracketLimit) -> list[Reason]:
    if abs(drift) <= limit.max_drift_percent:
        return []
    return [
        reason(
            "calibration.bracket_drifted",
            "The response factor drifts by {drift} % within the bracket; {source} allows at most {allowed} %.",
            drift=plain(round_significant(drift, 3)),
            allowed=plain(limit.max_drift_percent),
            source=limit.source,
        )
    ]
