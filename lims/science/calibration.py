"""Calibration (校准曲线): a weighted straight line through standards, its quality, and concentrations read from it.

The line is y = intercept + slope · x, x the nominal concentration, y the response (a peak area or a ratio to the
internal standard). Floats are right here: this is statistics. What leaves for a result is decimal again
(`PredictedConcentration`).

*Zero standards* (零浓度点) count like any other without weighting; with 1/x and 1/x² their weight is undefined, so
they are left out of the fit and shown as not used. With 1/y and 1/y² they count when their response is above zero.
Any other standard is left out only by the caller, who says why (`CalibrationPoint.is_used`).

Other models stand in `calibration_models` (through zero, quadratic), `response_factor`, `four_parameter` and
`standard_addition`; what they share in `calibration_curve`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import sqrt

import numpy as np

from lims.core.errors import BadInput, RuleRefused
from lims.core.reasons import Reason, Where, reason
from lims.science.least_squares import Floats, least_squares
from lims.science.rounding import decimal_from_float, plain, round_significant

#: Fewer points than this leave no degree of freedom to judge a line with two parameters.
FEWEST_LEVELS = 3

#: Nothing measured is beyond 10^50 or below 10^-50; within, no sum of squares overflows.
LARGEST_EXPONENT = 50

#: The digits of a fit that arithmetic in floats does not disturb; ends of the range and levels are compared in them.
STEADY_DIGITS = 12


class Weighting(StrEnum):
    """How much a standard counts (权重): 1/x when the variance grows with x, 1/x² when the standard deviation does.

    1/y and 1/y² say the same of the response. Gu et al., Anal. Chem. 86 (2014) 8959.
    """

    NONE = "1"
    INVERSE_X = "1/x"
    INVERSE_X_SQUARED = "1/x2"
    INVERSE_Y = "1/y"
    INVERSE_Y_SQUARED = "1/y2"

    @property
    def is_of_response(self) -> bool:
        """Whether the weight is taken from the response."""
        return self is Weighting.INVERSE_Y or self is Weighting.INVERSE_Y_SQUARED

    def of(self, concentrations: Floats, responses: Floats | None = None) -> Floats:
        """The weight of each standard, not normalised; shape (n,). `responses` are needed for 1/y and 1/y²."""
        if self.is_of_response and responses is None:
            raise ValueError("weights of the response need the responses")
        taken_from = responses if self.is_of_response and responses is not None else concentrations
        return np.float_power(taken_from, self.power)

    @property
    def power(self) -> int:
        """The power of concentration or response that the weight is."""
        if self is Weighting.NONE:
            return 0
        return -1 if self is Weighting.INVERSE_X or self is Weighting.INVERSE_Y else -2


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """One injection of a standard (标准点): nominal concentration and response, as read.

    Whoever leaves a standard out sets `is_used` to False and says `why_not`; it is still read back.
    """

    concentration: Decimal
    response: Decimal
    label: str = ""
    is_used: bool = True
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class FittedPoint:
    """A standard read back from the line (回算). `deviation_percent` is 100 (found − nominal)/nominal.

    A zero standard has no relative deviation: None. `is_used` is False for zero standards of a weighted fit and for
    those that the caller left out.
    """

    point: CalibrationPoint
    found: Decimal
    deviation_percent: Decimal | None
    is_used: bool


@dataclass(frozen=True, slots=True)
class LineFit:
    """A fitted line and its quality.

    `residual_sd` = sqrt(Σw(y − ŷ)²/(n − 2)), with the weights as they are (its unit depends on them).
    `r` and `r_squared` are the weighted ones. `relative_standard_error_percent` = 100 sqrt(Σ((x' − x)/x)²/(n − 2))
    over the n used points above zero; None when these are fewer than three.
    `lowest` and `highest` bound the calibrated range: used levels above zero.
    The last three are sums the uncertainty of a prediction needs: Σw, the weighted mean of y, Σw(x − x̄)².
    """

    slope: float
    intercept: float
    slope_sd: float
    intercept_sd: float
    r: float
    r_squared: float
    residual_sd: float
    relative_standard_error_percent: float | None
    weighting: Weighting
    n: int
    levels: int
    lowest: Decimal
    highest: Decimal
    points: tuple[FittedPoint, ...]
    sum_of_weights: float
    mean_response: float
    sum_of_squares: float

    def concentration_at(self, response: float) -> float:
        """The concentration that the line gives for a response, within the range or not."""
        return (response - self.intercept) / self.slope


def weighted_line(concentrations: Floats, responses: Floats, weights: Floats) -> tuple[float, float]:
    """Intercept and slope that minimise Σw(y − intercept − slope·x)².

    By QR of columns scaled to unit length: on the NIST set Norris 12 correct digits, and still good where the
    normal equations have lost every digit.
    """
    solved = least_squares(np.column_stack((np.ones_like(concentrations), concentrations)), responses, weights)
    intercept, slope = solved.coefficients
    return float(intercept), float(slope)


def fit_line(
    points: Sequence[CalibrationPoint], weighting: Weighting, *, fewest_levels: int = FEWEST_LEVELS
) -> LineFit:
    """Fit the line to the standards that are to be used.

    Raises `BadInput` for numbers that are not finite or concentrations below zero, `RuleRefused` for fewer distinct
    levels than `fewest_levels` (`calibration.too_few_levels`) and for a response that does not grow with the
    concentration (`calibration.slope_not_positive`).
    """
    if fewest_levels < FEWEST_LEVELS:
        raise ValueError(f"a line needs at least {FEWEST_LEVELS} levels")
    used = usable_points(points, weighting, fewest_levels=fewest_levels)
    x, y = coordinates(used)
    weights = weighting.of(x, y)
    intercept, slope = weighted_line(x, y, weights)
    require_rising(y, slope)
    return _described(points, used, weighting, (x, y, weights), (intercept, slope))


def usable_points(
    points: Sequence[CalibrationPoint], weighting: Weighting, *, fewest_levels: int
) -> list[CalibrationPoint]:
    """The standards that count: used by the caller, and with a weight (see *zero standards* above).

    Raises `BadInput` for numbers that cannot be calculated with, concentrations below zero and, with 1/y and 1/y²,
    responses of used standards that are not above zero; `RuleRefused` `calibration.too_few_levels`.
    """
    refuse_unusable(points, weighting)
    used = [p for p in points if p.is_used and _has_weight(p, weighting)]
    levels = distinct_levels(used)
    if levels < fewest_levels:
        raise RuleRefused(
            reason(
                "calibration.too_few_levels",
                "The calibration has {levels} usable levels; at least {fewest} different concentrations are needed.",
                levels=levels,
                fewest=fewest_levels,
            )
        )
    return used


def coordinates(points: Sequence[CalibrationPoint]) -> tuple[Floats, Floats]:
    """Concentrations and responses as floats, each of the shape (n,)."""
    x = np.array([float(p.concentration) for p in points])
    y = np.array([float(p.response) for p in points])
    return x, y


def require_rising(responses: Floats, slope: float) -> None:
    """Raise `RuleRefused` `calibration.slope_not_positive` unless the response grows with the concentration."""
    if not slope > 0 or np.ptp(responses) == 0:
        raise RuleRefused(
            reason(
                "calibration.slope_not_positive",
                "The response does not grow with the concentration; check the order of the standards and their peaks.",
            )
        )


def distinct_levels(points: Sequence[CalibrationPoint]) -> int:
    """How many concentrations differ in the steady digits: closer ones carry no slope a float could hold."""
    return len({f"{float(p.concentration):.{STEADY_DIGITS}g}" for p in points})


def _has_weight(point: CalibrationPoint, weighting: Weighting) -> bool:
    if weighting is Weighting.NONE:
        return True
    return (point.response if weighting.is_of_response else point.concentration) > 0


def refuse_unusable(points: Sequence[CalibrationPoint], weighting: Weighting = Weighting.NONE) -> None:
    """Raise `BadInput` naming every standard that cannot be calculated with, as `usable_points` says."""
    reasons = [why for row, point in enumerate(points, start=1) if (why := _unusable(row, point, weighting))]
    if reasons:
        raise BadInput(*reasons)


def _unusable(row: int, point: CalibrationPoint, weighting: Weighting) -> Reason | None:
    if not (is_measurable(point.concentration) and is_measurable(point.response)):
        return reason(
            "calibration.not_finite",
            "Standard {row} has concentration {concentration} and response {response}; both must be numbers.",
            at=Where(row=row),
            row=row,
            concentration=str(point.concentration),
            response=str(point.response),
        )
    if point.concentration < 0:
        return reason(
            "calibration.negative_concentration",
            "Standard {row} has the concentration {concentration}; it must be 0 or more.",
            at=Where(row=row),
            row=row,
            concentration=plain(point.concentration),
        )
    if weighting.is_of_response and point.is_used and point.concentration > 0 and point.response <= 0:
        return reason(
            "calibration.no_weight",
            "Standard {row} has the response {response}; weights of the response need one above 0: leave the standard"
            " out or weight otherwise.",
            at=Where(row=row),
            row=row,
            response=plain(point.response),
        )
    return None


def is_measurable(value: Decimal) -> bool:
    """A finite number of a size whose squares and reciprocals still fit into a float."""
    return value.is_finite() and (value == 0 or abs(value.adjusted()) <= LARGEST_EXPONENT)


def _described(
    points: Sequence[CalibrationPoint],
    used: Sequence[CalibrationPoint],
    weighting: Weighting,
    data: tuple[Floats, Floats, Floats],
    line: tuple[float, float],
) -> LineFit:
    """The quality of a line that has been fitted. Sums are taken about the means, where they lose no digits."""
    (x, y, w), (intercept, slope) = data, line
    total = float(w.sum())
    mean_x, mean_y = float((w * x).sum() / total), float((w * y).sum() / total)
    sxx = float((w * (x - mean_x) ** 2).sum())
    sxy = float((w * (x - mean_x) * (y - mean_y)).sum())
    syy = float((w * (y - mean_y) ** 2).sum())
    rss = float((w * (y - intercept - slope * x) ** 2).sum())
    residual_sd = sqrt(rss / (len(used) - 2))
    above_zero = [p.concentration for p in used if p.concentration > 0]
    return LineFit(
        slope=slope,
        intercept=intercept,
        slope_sd=residual_sd / sqrt(sxx),
        intercept_sd=residual_sd * sqrt(1 / total + mean_x**2 / sxx),
        r=min(1.0, sxy / (sqrt(sxx) * sqrt(syy))),
        r_squared=max(0.0, 1 - rss / syy),
        residual_sd=residual_sd,
        relative_standard_error_percent=_relative_standard_error(x, (y - intercept) / slope),
        weighting=weighting,
        n=len(used),
        levels=distinct_levels(used),
        lowest=min(above_zero),
        highest=max(above_zero),
        points=tuple(_read_back(p, intercept, slope, is_used=p in used) for p in points),
        sum_of_weights=total,
        mean_response=mean_y,
        sum_of_squares=sxx,
    )


def _relative_standard_error(nominal: Floats, found: Floats) -> float | None:
    """RSE of EPA 8000D and 1633A: holds for every model and weighting, as r² does not."""
    above_zero = nominal > 0
    freedom = int(above_zero.sum()) - 2
    if freedom < 1:
        return None
    relative = (found[above_zero] - nominal[above_zero]) / nominal[above_zero]
    return 100 * sqrt(float((relative**2).sum()) / freedom)


def _read_back(point: CalibrationPoint, intercept: float, slope: float, *, is_used: bool) -> FittedPoint:
    nominal, found = float(point.concentration), (float(point.response) - intercept) / slope
    deviation = decimal_from_float(100 * (found - nominal) / nominal) if point.concentration > 0 else None
    return FittedPoint(point, decimal_from_float(found), deviation, is_used)


class RangeStatus(StrEnum):
    """Where a concentration lies against the calibrated range (线性范围)."""

    IN_RANGE = "in_range"
    ABOVE_RANGE = "above_range"
    BELOW_RANGE = "below_range"


@dataclass(frozen=True, slots=True)
class PredictedConcentration:
    """A concentration read from the line, in the unit of the standards, 15 significant digits.

    Outside the range it is information, not a result: a status says so and no uncertainty is given (None). None too
    for a response without a weight (`weight_at`).
    """

    concentration: Decimal
    status: RangeStatus
    standard_uncertainty: Decimal | None


def inverse(fit: LineFit, response: Decimal, *, replicates: int = 1) -> PredictedConcentration:
    """The concentration of a sample from its response, the mean of `replicates` injections.

    Standard uncertainty of the inverse prediction: (s/b) sqrt(1/(m·w0) + 1/Σw + (y0 − ȳ)²/(b² Σw(x − x̄)²)), w0 the
    weight at the concentration found (Miller and Miller, Statistics and Chemometrics for Analytical Chemistry, 5.6
    and 5.10). Raises `BadInput` `calibration.response_not_finite`.
    """
    y0 = readable(response)
    found = fit.concentration_at(y0)
    concentration = decimal_from_float(found)
    # The highest standard itself, read back, must not fall out of the range by noise of the last float digits.
    steady = round_significant(concentration, STEADY_DIGITS)
    if steady > fit.highest:
        return PredictedConcentration(concentration, RangeStatus.ABOVE_RANGE, None)
    if steady < fit.lowest:
        return PredictedConcentration(concentration, RangeStatus.BELOW_RANGE, None)
    weight = weight_at(fit.weighting, found, y0)
    if weight is None:
        return PredictedConcentration(concentration, RangeStatus.IN_RANGE, None)
    uncertainty = prediction_uncertainty(fit, y0, weight=weight, replicates=replicates)
    return PredictedConcentration(concentration, RangeStatus.IN_RANGE, decimal_from_float(uncertainty))


def weight_at(weighting: Weighting, concentration: float, response: float) -> float | None:
    """The weight of a sample's reading; None where it has none (1/y of a response that is not above zero)."""
    taken_from = response if weighting.is_of_response else concentration
    if weighting is not Weighting.NONE and not taken_from > 0:
        return None
    return float(np.float_power(taken_from, weighting.power))


def readable(response: Decimal) -> float:
    """The response of a sample as a float. Raises `BadInput` `calibration.response_not_finite`."""
    if not is_measurable(response):
        raise BadInput(
            reason(
                "calibration.response_not_finite",
                "The response {response} is not a number that can be read from a calibration.",
                response=str(response),
            )
        )
    return float(response)


def prediction_uncertainty(fit: LineFit, response: float, *, weight: float, replicates: int = 1) -> float:
    """Standard uncertainty of the concentration read for `response`; the formula is that of `inverse`."""
    from_line = (response - fit.mean_response) ** 2 / (fit.slope**2 * fit.sum_of_squares)
    return fit.residual_sd / fit.slope * sqrt(1 / (replicates * weight) + 1 / fit.sum_of_weights + from_line)
