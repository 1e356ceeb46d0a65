"""Straight lines and parabolas through standards (线性、二次校准), free, forced through zero or with the origin.

The response may be a peak area or a ratio to the internal standard (`internal_standard`); standards may be in solvent
or in matrix (`matrix_effect`): the curve is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from lims.core.errors import RuleRefused
from lims.core.reasons import reason
from lims.science.calibration import (
    FEWEST_LEVELS,
    CalibrationPoint,
    Weighting,
    coordinates,
    require_rising,
    usable_points,
    weighted_line,
)
from lims.science.calibration_curve import (
    CalibrationModel,
    Curve,
    Fitted,
    FittedTo,
    Origin,
    ReadingStatus,
    curve_of,
)
from lims.science.least_squares import Floats, least_squares


@dataclass(frozen=True, slots=True)
class Polynomial:
    """y = c0 + c1·x + c2·x², of which the first and the last may be missing (0). `powers` are those fitted."""

    c0: float
    c1: float
    c2: float
    powers: tuple[int, ...]

    def response(self, concentration: float) -> float:
        """ŷ."""
        return self.c0 + concentration * (self.c1 + concentration * self.c2)

    def steepness(self, concentration: float) -> float:
        """dŷ/dx."""
        return self.c1 + 2 * self.c2 * concentration

    def gradient(self, concentration: float) -> Floats:
        """1, x and x², as far as fitted."""
        return np.array([concentration**power for power in self.powers])

    def concentration(self, response: float) -> float | ReadingStatus:
        """The root on the rising branch, in the form that does not cancel; a line has one root."""
        above = response - self.c0
        if self.c2 == 0:
            return above / self.c1
        discriminant = self.c1**2 + 4 * self.c2 * above
        if discriminant < 0:
            return ReadingStatus.NO_REAL_ROOT
        if self.c1 > 0:
            return 2 * above / (self.c1 + sqrt(discriminant))
        return (sqrt(discriminant) - self.c1) / (2 * self.c2)


#: Which powers of x a model fits, by whether it has an intercept, and the names of their coefficients.
_POWERS = {
    (CalibrationModel.LINEAR, False): (0, 1),
    (CalibrationModel.LINEAR, True): (1,),
    (CalibrationModel.QUADRATIC, False): (0, 1, 2),
    (CalibrationModel.QUADRATIC, True): (1, 2),
}
_NAMES = {CalibrationModel.LINEAR: ("intercept", "slope"), CalibrationModel.QUADRATIC: ("c0", "c1", "c2")}


def fit_polynomial(
    points: Sequence[CalibrationPoint],
    model: CalibrationModel,
    weighting: Weighting = Weighting.NONE,
    origin: Origin = Origin.FREE,
) -> Curve:
    """Fit a line (coefficients `intercept`, `slope`) or a parabola (`c0`, `c1`, `c2`) to the used standards.

    Through zero, the first coefficient is missing. It takes one level more than there are coefficients, and never
    fewer than three. Raises `ValueError` for another model, `BadInput` and `RuleRefused` as `usable_points` does,
    `calibration.slope_not_positive` for responses that do not grow, `calibration.curve_turns` for a parabola that does
    not rise throughout the calibrated range, where a response would have two concentrations.
    """
    if model not in _NAMES:
        raise ValueError(f"{model} is no polynomial")
    powers = _POWERS[model, origin is Origin.FORCED]
    used = usable_points(points, weighting, fewest_levels=max(FEWEST_LEVELS, len(powers) + 1))
    x, y = coordinates(used)
    w = weighting.of(x, y)
    # By the standards alone: the origin would make a slope of responses that are all alike.
    require_rising(y, weighted_line(x, y, w)[1])
    if origin is Origin.POINT:
        x, y, w = _with_origin(x, y, w)
    solved = least_squares(np.column_stack([x**power for power in powers]), y, w)
    every = dict(zip(powers, solved.coefficients.tolist(), strict=True))
    shape = Polynomial(every.get(0, 0.0), every[1], every.get(2, 0.0), powers)
    _require_one_branch(shape, x, y)
    names = tuple(_NAMES[model][power] for power in powers)
    return curve_of(
        Fitted(shape, names, solved.coefficients, solved.covariance),
        FittedTo(model, origin, weighting, points, used, (x, y, w)),
    )


def _with_origin(x: Floats, y: Floats, w: Floats) -> tuple[Floats, Floats, Floats]:
    """The origin has no weight of its own by 1/x: it gets that of the lowest level above zero."""
    lowest = np.argmin(np.where(x > 0, x, np.inf))
    return np.append(x, 0.0), np.append(y, 0.0), np.append(w, w[lowest])


def _require_one_branch(shape: Polynomial, x: Floats, y: Floats) -> None:
    above_zero = x[x > 0]
    steepness = [shape.steepness(float(end)) for end in (above_zero.min(), above_zero.max())]
    require_rising(y, max(steepness))
    if min(steepness) <= 0:
        raise RuleRefused(
            reason(
                "calibration.curve_turns",
                "The curve does not rise throughout the calibrated range, a response would have two concentrations; use"
                " fewer levels or another model.",
            )
        )
