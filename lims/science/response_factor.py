"""Response factors (响应因子): their average over the standards as a calibration, one standard alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from lims.core.errors import BadInput, RuleRefused
from lims.core.reasons import Where, reason
from lims.science.calibration import (
    FEWEST_LEVELS,
    CalibrationPoint,
    Weighting,
    coordinates,
    require_rising,
    usable_points,
    weighted_line,
)
from lims.science.calibration_curve import CalibrationModel, Curve, Fitted, FittedTo, Origin, curve_of
from lims.science.calibration_models import Polynomial
from lims.science.rounding import CALCULATION

#: One standard before the samples, one after them.
FEWEST_BRACKETING = 2


@dataclass(frozen=True, slots=True)
class AverageResponseFactor:
    """RF = mean(y/x) over the used standards above zero; `rsd_percent`, 100 s/RF, is what methods limit.

    `factors` are those of the used standards, in their order. `curve` is y = RF·x, coefficient `response factor`.
    """

    mean: float
    sd: float
    rsd_percent: float
    factors: tuple[float, ...]
    curve: Curve


def average_response_factor(points: Sequence[CalibrationPoint]) -> AverageResponseFactor:
    """The average response factor of the used standards (EPA 8000D, 11.5.1).

    It is the line through zero with weights 1/x²: least squares then gives the mean of y/x, the standard deviation of
    the factors as `residual_sd`, and s/√n as standard error. Zero standards have no factor and are left out. Raises as
    `fit_polynomial` does; three levels are needed.
    """
    weighting = Weighting.INVERSE_X_SQUARED
    used = usable_points(points, weighting, fewest_levels=FEWEST_LEVELS)
    x, y = coordinates(used)
    mean = float((y / x).mean())
    require_rising(y, min(mean, weighted_line(x, y, weighting.of(x))[1]))
    return _averaged(CalibrationModel.AVERAGE_RF, "response factor", points, used)


def mean_of_bracketing_standards(points: Sequence[CalibrationPoint]) -> Curve:
    """The average response factor of standards that bracket, as the overview of a calibration (`bracketing`).

    One level is enough, injected twice at least; coefficient `mean response factor`. No sample is read from it. Raises
    `BadInput` as `usable_points` does and `calibration.no_response_factor`, `RuleRefused`
    `calibration.too_few_bracketing`.
    """
    used = usable_points(points, Weighting.INVERSE_X_SQUARED, fewest_levels=1)
    if len(used) < FEWEST_BRACKETING:
        raise RuleRefused(
            reason(
                "calibration.too_few_bracketing",
                "Bracketing needs standards before and after the samples, at least {fewest}; there are {count}.",
                fewest=FEWEST_BRACKETING,
                count=len(used),
            )
        )
    for point in used:
        response_factor(point)
    return _averaged(CalibrationModel.BRACKETING, "mean response factor", points, used).curve


def _averaged(
    model: CalibrationModel, name: str, points: Sequence[CalibrationPoint], used: Sequence[CalibrationPoint]
) -> AverageResponseFactor:
    weighting = Weighting.INVERSE_X_SQUARED
    x, y = coordinates(used)
    factors = y / x
    mean, n = float(factors.mean()), len(factors)
    sd = float(factors.std(ddof=1))
    curve = curve_of(
        Fitted(Polynomial(0.0, mean, 0.0, (1,)), (name,), np.array([mean]), np.array([[sd**2 / n]])),
        FittedTo(model, Origin.FORCED, weighting, points, used, (x, y, weighting.of(x))),
    )
    return AverageResponseFactor(mean, sd, 100 * sd / mean, tuple(factors.tolist()), curve)


def response_factor(point: CalibrationPoint) -> Decimal:
    """y/x of one standard, 28 digits. Raises `BadInput` `calibration.no_response_factor` unless both are above zero."""
    if not (point.concentration > 0 and point.response > 0):
        raise BadInput(
            reason(
                "calibration.no_response_factor",
                "The standard {label} has no response factor; its concentration and response must be above 0.",
                at=Where(field="standard"),
                label=point.label,
            )
        )
    return CALCULATION.divide(point.response, point.concentration)


def single_point(point: CalibrationPoint, response: Decimal) -> Decimal:
    """The concentration by one standard: response / (y/x). Valid near the standard only; the method says how near."""
    return CALCULATION.divide(response, response_factor(point))
