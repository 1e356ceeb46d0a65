"""One door to all models of calibration curves: fitting the chosen one, and a fitted curve as data and back.

What is kept of a curve reads any response again, to the last digit, without its standards: floats are written in the
shortest form that gives the same float back.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from lims.science.calibration import CalibrationPoint, Weighting
from lims.science.calibration_curve import CalibrationModel, Coefficient, Curve, Origin, ReadingStatus, Shape
from lims.science.calibration_models import Polynomial, fit_polynomial
from lims.science.four_parameter import Logistic, fit_four_parameter
from lims.science.response_factor import average_response_factor, mean_of_bracketing_standards
from lims.science.rounding import plain

#: Models of a run. Standard addition is none: there every sample is its own calibration.
MODELS_OF_RUNS = (
    CalibrationModel.LINEAR,
    CalibrationModel.QUADRATIC,
    CalibrationModel.AVERAGE_RF,
    CalibrationModel.FOUR_PARAMETER,
    CalibrationModel.BRACKETING,
)


def fit_curve(
    points: Sequence[CalibrationPoint], model: CalibrationModel, weighting: Weighting, origin: Origin
) -> Curve:
    """The curve of a model of `MODELS_OF_RUNS` through the used standards.

    An average response factor and bracketing have their own weighting and origin; a logistic has no origin to be
    chosen. Raises as the fit of the model does, `ValueError` for standard addition.
    """
    if model is CalibrationModel.BRACKETING:
        return mean_of_bracketing_standards(points)
    if model is CalibrationModel.AVERAGE_RF:
        return average_response_factor(points).curve
    if model is CalibrationModel.FOUR_PARAMETER:
        return fit_four_parameter(points, weighting)
    return fit_polynomial(points, model, weighting, origin)


def reaches_above(curve: Curve, response: float) -> bool:
    """Whether a response lies beyond that of the highest standard; else it is that of less than the lowest.

    It tells which of the two a reading without a concentration means: more than the curve can say, or nothing.
    """
    lowest, highest = (curve.shape.response(float(end)) for end in (curve.lowest, curve.highest))
    return response > highest if highest > lowest else response < highest


def lies_above(curve: Curve, status: ReadingStatus, response: float) -> bool:
    """Whether a reading of this status is of more than the highest standard."""
    if status in {ReadingStatus.NO_REAL_ROOT, ReadingStatus.OUTSIDE_ASYMPTOTES}:
        return reaches_above(curve, response)
    return status is ReadingStatus.ABOVE_RANGE


def curve_as_dict(curve: Curve) -> dict[str, Any]:
    """A curve for JSON, without its standards; `curve_from_dict` reads it."""
    return {
        "model": curve.model.value,
        "origin": curve.origin.value,
        "weighting": curve.weighting.value,
        "coefficients": [
            {"name": one.name, "value": repr(one.value), "standard_error": repr(one.standard_error)}
            for one in curve.coefficients
        ],
        "covariance": [[repr(one) for one in row] for row in curve.covariance.tolist()],
        "n": curve.n,
        "levels": curve.levels,
        "degrees_of_freedom": curve.degrees_of_freedom,
        "r": repr(curve.r),
        "r_squared": repr(curve.r_squared),
        "r_squared_is_about_zero": curve.r_squared_is_about_zero,
        "residual_sd": repr(curve.residual_sd),
        "relative_standard_error_percent": (
            None if curve.relative_standard_error_percent is None else repr(curve.relative_standard_error_percent)
        ),
        "lowest": plain(curve.lowest),
        "highest": plain(curve.highest),
    }


def curve_from_dict(kept: Mapping[str, Any]) -> Curve:
    """What `curve_as_dict` wrote, without standards (`points` is empty). Raises `KeyError` for anything else."""
    model = CalibrationModel(kept["model"])
    coefficients = tuple(
        Coefficient(one["name"], float(one["value"]), float(one["standard_error"])) for one in kept["coefficients"]
    )
    error = kept["relative_standard_error_percent"]
    return Curve(
        model=model,
        origin=Origin(kept["origin"]),
        weighting=Weighting(kept["weighting"]),
        shape=_shape(model, {one.name: one.value for one in coefficients}),
        coefficients=coefficients,
        covariance=np.array([[float(one) for one in row] for row in kept["covariance"]]),
        n=kept["n"],
        levels=kept["levels"],
        degrees_of_freedom=kept["degrees_of_freedom"],
        r=float(kept["r"]),
        r_squared=float(kept["r_squared"]),
        r_squared_is_about_zero=kept["r_squared_is_about_zero"],
        residual_sd=float(kept["residual_sd"]),
        relative_standard_error_percent=None if error is None else float(error),
        lowest=Decimal(kept["lowest"]),
        highest=Decimal(kept["highest"]),
        points=(),
    )


def _shape(model: CalibrationModel, values: Mapping[str, float]) -> Shape:
    match model:
        case CalibrationModel.FOUR_PARAMETER:
            return Logistic(values["a"], values["b"], values["c"], values["d"])
        case CalibrationModel.AVERAGE_RF:
            return Polynomial(0.0, values["response factor"], 0.0, (1,))
        case CalibrationModel.BRACKETING:
            return Polynomial(0.0, values["mean response factor"], 0.0, (1,))
        case CalibrationModel.QUADRATIC:
            return Polynomial(
                values.get("c0", 0.0), values["c1"], values["c2"], (0, 1, 2) if "c0" in values else (1, 2)
            )
        case _:
            with_intercept = "intercept" in values
            return Polynomial(values.get("intercept", 0.0), values["slope"], 0.0, (0, 1) if with_intercept else (1,))
