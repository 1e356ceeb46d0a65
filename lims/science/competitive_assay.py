"""Competitive immunoassays (竞争法 ELISA): bound fraction B/B0 and the logit-log line.

B0 is the response without analyte, NSB the unspecific one that is subtracted from both (0 where none is measured).
Rodbard and Lewald, Acta Endocrinol. Suppl. 147 (1970) 79.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from math import exp, log

import numpy as np

from lims.core.errors import RuleRefused
from lims.core.reasons import reason
from lims.science.calibration import (
    FEWEST_LEVELS,
    CalibrationPoint,
    Weighting,
    readable,
    refuse_unusable,
    usable_points,
)
from lims.science.calibration_curve import Prediction, ReadingStatus
from lims.science.least_squares import least_squares
from lims.science.rounding import CALCULATION, decimal_from_float


def bound_percent(response: Decimal, zero: Decimal, unspecific: Decimal = Decimal(0)) -> Decimal:
    """B/B0 in percent, 100 (B − NSB)/(B0 − NSB), 28 digits; all in the unit of the response.

    Raises `RuleRefused` `calibration.no_bound_fraction` unless the zero standard lies above the unspecific response.
    """
    if not zero > unspecific:
        raise RuleRefused(
            reason(
                "calibration.no_bound_fraction",
                "The response of the zero standard, {zero}, must lie above the unspecific one, {unspecific}.",
                zero=str(zero),
                unspecific=str(unspecific),
            )
        )
    with localcontext(CALCULATION):
        return 100 * (response - unspecific) / (zero - unspecific)


@dataclass(frozen=True, slots=True)
class LogitLogLine:
    """logit(B/B0) = intercept + slope · ln x, natural logarithms, with standard errors; falls with the concentration.

    It is fitted to standards above zero whose B/B0 lies inside (0, 100 %); `left_out` tells the labels of the others.
    """

    intercept: float
    slope: float
    intercept_sd: float
    slope_sd: float
    r_squared: float
    zero: Decimal
    unspecific: Decimal
    lowest: Decimal
    highest: Decimal
    left_out: tuple[str, ...]

    @property
    def half_bound(self) -> float:
        """The concentration at B/B0 = 50 % (IC50)."""
        return exp(-self.intercept / self.slope)


def logit_log_line(points: Sequence[CalibrationPoint], zero: Decimal, unspecific: Decimal = Decimal(0)) -> LogitLogLine:
    """Fit the logit-log line; `zero` is the response B0, `unspecific` NSB.

    Raises as `usable_points` and `bound_percent` do, and `RuleRefused` `calibration.not_competitive` when B/B0 does not
    fall with the concentration.
    """
    refuse_unusable(points)
    bound_percent(zero, zero, unspecific)
    inside = [p for p in points if p.concentration > 0 and unspecific < p.response < zero]
    used = usable_points(inside, Weighting.NONE, fewest_levels=FEWEST_LEVELS)
    x = np.log([float(p.concentration) for p in used])
    logits = np.array([_logit(p.response, zero, unspecific) for p in used])
    solved = least_squares(np.column_stack((np.ones_like(x), x)), logits)
    intercept, slope = solved.coefficients.tolist()
    if not slope < 0:
        raise RuleRefused(
            reason(
                "calibration.not_competitive",
                "The response does not fall with the concentration, as it must in a competitive assay.",
            )
        )
    errors = solved.standard_errors.tolist()
    spread = float(((logits - logits.mean()) ** 2).sum())
    return LogitLogLine(
        intercept,
        slope,
        errors[0],
        errors[1],
        max(0.0, 1 - solved.residual_sum_of_squares / spread),
        zero,
        unspecific,
        min(p.concentration for p in used),
        max(p.concentration for p in used),
        tuple(p.label for p in points if p not in used),
    )


def predict_logit_log(line: LogitLogLine, response: Decimal) -> Prediction:
    """The concentration of a response by the line, in the unit of the standards, without an uncertainty.

    Outside (NSB, B0) there is none; outside the standards' range it is information only. Raises `BadInput`
    `calibration.response_not_finite`.
    """
    readable(response)
    if not line.unspecific < response < line.zero:
        return Prediction(None, ReadingStatus.OUTSIDE_ASYMPTOTES)
    logarithm = (_logit(response, line.zero, line.unspecific) - line.intercept) / line.slope
    if abs(logarithm) > 300:
        return Prediction(None, ReadingStatus.OUTSIDE_ASYMPTOTES)
    found = decimal_from_float(exp(logarithm))
    if found > line.highest:
        return Prediction(found, ReadingStatus.ABOVE_RANGE)
    return Prediction(found, ReadingStatus.BELOW_RANGE if found < line.lowest else ReadingStatus.IN_RANGE)


def _logit(response: Decimal, zero: Decimal, unspecific: Decimal) -> float:
    """ln(B/(B0 − B)), with NSB subtracted: exact differences, no cancellation near the ends."""
    return log(float(response - unspecific) / float(zero - response))
