"""Response factors (响应因子): their average over the standards as a calibration, one standard alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from lims.core.errors import BadInput
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
    factors = y / x
    mean, n = float(factors.mean()), len(factors)
    require_rising(y, min(mean, weighted_line(x, y, weighting.of(x))[1]))
    sd = float(factors.std(ddof=1))
    curve = curve_of(
        Fitted(Polynomial(0.0, mean, 0.0, (1,)), ("response factor",), np.array([mean]), np.array([[sd**2 / n]])),
        FittedTo(CalibrationModel.AVERAGE_RF, Origin.FORCED, weighting, points, used, (x, y, weighting.of(x))),
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
