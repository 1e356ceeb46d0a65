"""What every calibration curve has in common (标准曲线): coefficients, quality, levels read back, inverse prediction.

A model is a `Shape`: how the response follows from the concentration, and back. A `Curve` is a fitted shape. Models
stand in `calibration_models`, `response_factor` and `four_parameter`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import hypot, isfinite, sqrt
from typing import Protocol

import numpy as np

from lims.core.reasons import Reason, reason
from lims.science.calibration import (
    STEADY_DIGITS,
    CalibrationPoint,
    Weighting,
    distinct_levels,
    readable,
    weight_at,
)
from lims.science.least_squares import Floats
from lims.science.rounding import decimal_from_float, round_significant


class CalibrationModel(StrEnum):
    """How the response depends on the concentration (校准模型)."""

    LINEAR = "linear"
    QUADRATIC = "quadratic"
    AVERAGE_RF = "average-rf"
    FOUR_PARAMETER = "4pl"
    STANDARD_ADDITION = "standard-addition"
    BRACKETING = "bracketing"


class Origin(StrEnum):
    """What a curve makes of the origin (原点): nothing, is forced through it, or counts it as one more standard."""

    FREE = "free"
    FORCED = "through_zero"
    POINT = "with_origin"


class ReadingStatus(StrEnum):
    """What a concentration read from a curve is worth (读数状态)."""

    IN_RANGE = "in_range"
    ABOVE_RANGE = "above_range"
    BELOW_RANGE = "below_range"
    NO_REAL_ROOT = "no_real_root"
    OUTSIDE_ASYMPTOTES = "outside_asymptotes"


class Shape(Protocol):
    """A model with its coefficients put in. Gradients have one entry for each coefficient, in their order."""

    def response(self, concentration: float) -> float:
        """ŷ at a concentration."""
        ...

    def steepness(self, concentration: float) -> float:
        """dŷ/dx at a concentration."""
        ...

    def gradient(self, concentration: float) -> Floats:
        """dŷ/dθ at a concentration, shape (p,)."""
        ...

    def concentration(self, response: float) -> float | ReadingStatus:
        """The concentration of a response, on the branch that standards lie on, or why there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One coefficient and its standard error; 0 when the standards lie on the curve."""

    name: str
    value: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A standard read back from the curve (回算). `residual` is y − ŷ, in the unit of the response.

    `found` is None where the curve gives no concentration for the response; `deviation_percent`, 100 (found −
    nominal)/nominal, is None then and for a zero standard.
    """

    point: CalibrationPoint
    residual: Decimal
    found: Decimal | None
    deviation_percent: Decimal | None
    is_used: bool


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A fitted curve and its quality.

    `coefficients` are in the order of `covariance`, shape (p, p). `residual_sd` = sqrt(Σw(y − ŷ)²/(n − p)), with the
    weights as they are. `r_squared` = 1 − Σw(y − ŷ)²/Σw(y − ȳ)² with the weighted mean ȳ; through zero Σwy² stands
    below the line instead, `r_squared_is_about_zero` says so, and the two must not be compared. `r` is its root.
    `relative_standard_error_percent` = 100 sqrt(Σ((x' − x)/x)²/(n' − p)) over the n' used standards above zero (EPA
    8000D and 1633A); None without a degree of freedom, or when one of them has no concentration on the curve.
    `n` counts the origin when it is a point. `lowest` and `highest` bound the calibrated range: used levels above zero.
    """

    model: CalibrationModel
    origin: Origin
    weighting: Weighting
    shape: Shape
    coefficients: tuple[Coefficient, ...]
    covariance: Floats
    n: int
    levels: int
    degrees_of_freedom: int
    r: float
    r_squared: float
    r_squared_is_about_zero: bool
    residual_sd: float
    relative_standard_error_percent: float | None
    lowest: Decimal
    highest: Decimal
    points: tuple[ReadBack, ...]

    def coefficient(self, name: str) -> Coefficient:
        """The coefficient of this name. Raises `KeyError`."""
        for one in self.coefficients:
            if one.name == name:
                return one
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a model hands over of its fit: the shape, names of its coefficients, their values and covariance."""

    shape: Shape
    names: tuple[str, ...]
    values: Floats
    covariance: Floats


@dataclass(frozen=True, slots=True)
class FittedTo:
    """What a curve was fitted to: all standards, those used, and x, y, w of the fit (the origin among them, if asked).

    `model`, `origin` and `weighting` are kept with the curve.
    """

    model: CalibrationModel
    origin: Origin
    weighting: Weighting
    points: Sequence[CalibrationPoint]
    used: Sequence[CalibrationPoint]
    data: tuple[Floats, Floats, Floats]


def curve_of(fitted: Fitted, to: FittedTo) -> Curve:
    """The curve with its quality and its levels read back."""
    x, y, w = to.data
    freedom = len(x) - len(fitted.names)
    squares = float((w * (y - np.array([fitted.shape.response(one) for one in x.tolist()])) ** 2).sum())
    about_zero = to.origin is Origin.FORCED
    centre = 0.0 if about_zero else float((w * y).sum() / w.sum())
    r_squared = max(0.0, 1 - squares / float((w * (y - centre) ** 2).sum()))
    errors = np.sqrt(np.diag(fitted.covariance))
    above_zero = [p.concentration for p in to.used if p.concentration > 0]
    points = tuple(_read_back(fitted.shape, p, is_used=p in to.used) for p in to.points)
    return Curve(
        model=to.model,
        origin=to.origin,
        weighting=to.weighting,
        shape=fitted.shape,
        coefficients=tuple(
            Coefficient(name, float(value), float(error))
            for name, value, error in zip(fitted.names, fitted.values, errors, strict=True)
        ),
        covariance=fitted.covariance,
        n=len(x),
        levels=distinct_levels(to.used),
        degrees_of_freedom=freedom,
        r=sqrt(r_squared),
        r_squared=r_squared,
        r_squared_is_about_zero=about_zero,
        residual_sd=sqrt(squares / freedom),
        relative_standard_error_percent=_relative_standard_error(points, len(fitted.names)),
        lowest=min(above_zero),
        highest=max(above_zero),
        points=points,
    )


def _read_back(shape: Shape, point: CalibrationPoint, *, is_used: bool) -> ReadBack:
    nominal, response = float(point.concentration), float(point.response)
    residual = decimal_from_float(response - shape.response(nominal))
    found = shape.concentration(response)
    if isinstance(found, ReadingStatus) or not isfinite(found):
        return ReadBack(point, residual, None, None, is_used)
    deviation = decimal_from_float(100 * (found - nominal) / nominal) if nominal > 0 else None
    return ReadBack(point, residual, decimal_from_float(found), deviation, is_used)


def _relative_standard_error(points: Sequence[ReadBack], parameters: int) -> float | None:
    counted = [p.deviation_percent for p in points if p.is_used and p.point.concentration > 0]
    freedom = len(counted) - parameters
    deviations = [float(one) for one in counted if one is not None]
    if freedom < 1 or len(deviations) < len(counted):
        return None
    return hypot(*deviations) / sqrt(freedom)


@dataclass(frozen=True, slots=True)
class Prediction:
    """A concentration read from a curve, in the unit of the standards, 15 significant digits.

    Outside the range it is information, not a result: the status says so, and there is no uncertainty (None). There is
    no concentration at all (None) where the curve has none for the response. Within the range the uncertainty is None
    only for a response without a weight (`weight_at`).
    """

    concentration: Decimal | None
    status: ReadingStatus
    standard_uncertainty: Decimal | None = None


def predict(curve: Curve, response: Decimal, *, replicates: int = 1) -> Prediction:
    """The concentration of a sample from its response, the mean of `replicates` injections.

    Standard uncertainty by the delta method, s_x0 = sqrt(s²/(m·w0) + gᵀVg)/|dŷ/dx|, with w0 the weight at the reading,
    g = dŷ/dθ and V the covariance of the coefficients. For a line that is the textbook's
    (s/b) sqrt(1/(m·w0) + 1/Σw + (y0 − ȳ)²/(b² Σw(x − x̄)²)) (Miller and Miller, Statistics and Chemometrics for
    Analytical Chemistry, 5.6 and 5.10). Raises `BadInput` `calibration.response_not_finite`, `ValueError` for
    replicates below 1.
    """
    if replicates < 1:
        raise ValueError("a response is the mean of at least one injection")
    y0 = readable(response)
    found = curve.shape.concentration(y0)
    if isinstance(found, ReadingStatus):
        return Prediction(None, found)
    if not isfinite(found):
        return Prediction(None, ReadingStatus.OUTSIDE_ASYMPTOTES)
    concentration = decimal_from_float(found)
    # The highest standard itself, read back, must not fall out of the range by noise of the last float digits.
    steady = round_significant(concentration, STEADY_DIGITS)
    if steady > curve.highest:
        return Prediction(concentration, ReadingStatus.ABOVE_RANGE)
    if steady < curve.lowest:
        return Prediction(concentration, ReadingStatus.BELOW_RANGE)
    uncertainty = _uncertainty(curve, found, y0, replicates)
    return Prediction(
        concentration, ReadingStatus.IN_RANGE, None if uncertainty is None else decimal_from_float(uncertainty)
    )


def _uncertainty(curve: Curve, concentration: float, response: float, replicates: int) -> float | None:
    weight = weight_at(curve.weighting, concentration, response)
    steepness = abs(curve.shape.steepness(concentration))
    if weight is None or steepness == 0:
        return None
    gradient = curve.shape.gradient(concentration)
    from_curve = max(0.0, float(gradient @ curve.covariance @ gradient))
    return sqrt(curve.residual_sd**2 / (replicates * weight) + from_curve) / steepness


def rules_of_zero(curve: Curve) -> tuple[Reason, ...]:
    """What the fit made of standards of concentration 0 and of the origin, to be printed with the curve."""
    said = [_rule_of_zero_standards(curve.weighting)]
    if curve.origin is Origin.FORCED:
        said.append(
            reason(
                "calibration.rule_forced",
                "The curve is forced through zero; R² is taken about zero and must not be compared with one about the"
                " mean.",
            )
        )
    elif curve.origin is Origin.POINT:
        said.append(
            reason(
                "calibration.rule_origin",
                "The origin counts as one more standard, with the weight of the lowest level above zero.",
            )
        )
    return tuple(said)


def _rule_of_zero_standards(weighting: Weighting) -> Reason:
    if weighting is Weighting.NONE:
        return reason("calibration.rule_zero_counts", "Standards of concentration 0 count like any other.")
    if weighting.is_of_response:
        return reason(
            "calibration.rule_zero_by_response",
            "Standards of concentration 0 count when their response is above 0.",
        )
    return reason(
        "calibration.rule_zero_left_out",
        "Standards of concentration 0 have no weight and are left out of the fit.",
    )
