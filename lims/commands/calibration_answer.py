"""What `lims calibrate` answers, and how it is written for programs: every number a text, as in all answers."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lims.science.calibration_curve import CalibrationModel, Curve, Prediction, ReadBack, rules_of_zero
from lims.science.detection_limits import DetectionLimits
from lims.science.response_factor import AverageResponseFactor
from lims.science.rounding import decimal_from_float, plain
from lims.science.standard_addition import StandardAddition


@dataclass
class Answer:
    """A curve and what its model gives besides."""

    curve: Curve
    average: AverageResponseFactor | None = None
    sample: StandardAddition | None = None
    limits: DetectionLimits | None = None
    readings: list[tuple[Decimal, Prediction]] = field(default_factory=list)

    @property
    def model(self) -> CalibrationModel:
        """The model that was asked for: standard additions lie on a line."""
        return self.curve.model if self.sample is None else CalibrationModel.STANDARD_ADDITION


def as_json(answer: Answer) -> dict[str, Any]:
    """The answer as plain objects; unknown numbers are null, parts that the model has not are left out."""
    curve = answer.curve
    said: dict[str, Any] = {
        "model": answer.model.value,
        "origin": curve.origin.value,
        "weighting": curve.weighting.value,
        "coefficients": [
            {"name": one.name, "value": digits(one.value), "standard_error": digits(one.standard_error)}
            for one in curve.coefficients
        ],
        "r": digits(curve.r),
        "r_squared": digits(curve.r_squared),
        "r_squared_about": "zero" if curve.r_squared_is_about_zero else "mean",
        "residual_sd": digits(curve.residual_sd),
        "relative_standard_error_percent": digits(curve.relative_standard_error_percent),
        "n": curve.n,
        "levels": curve.levels,
        "degrees_of_freedom": curve.degrees_of_freedom,
        "lowest": plain(curve.lowest),
        "highest": plain(curve.highest),
        "rules": [{"code": rule.code, "text": rule.text} for rule in rules_of_zero(curve)],
        "standards": [_standard(one) for one in curve.points],
    }
    return said | _besides(answer)


def _besides(answer: Answer) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if answer.average is not None:
        said["response_factors"] = {
            "mean": digits(answer.average.mean),
            "sd": digits(answer.average.sd),
            "rsd_percent": digits(answer.average.rsd_percent),
        }
    if answer.sample is not None:
        said["sample"] = {
            "concentration": plain(answer.sample.concentration),
            "standard_uncertainty": plain(answer.sample.standard_uncertainty),
            "dilution": plain(answer.sample.dilution),
            "extrapolated": plain(answer.sample.extrapolated),
        }
    if answer.limits is not None:
        limits = answer.limits
        said["limits"] = {
            "source": "DIN 32645",
            "alpha": digits(limits.alpha),
            "beta": digits(limits.beta),
            "decision": plain(limits.decision),
            "detection": plain(limits.detection),
            "quantification": number(limits.quantification),
        }
    if answer.readings:
        said["readings"] = [
            {
                "response": plain(response),
                "concentration": number(read.concentration),
                "status": read.status.value,
                "standard_uncertainty": number(read.standard_uncertainty),
            }
            for response, read in answer.readings
        ]
    return said


def _standard(read: ReadBack) -> dict[str, Any]:
    return {
        "label": read.point.label,
        "x": plain(read.point.concentration),
        "y": plain(read.point.response),
        "used": read.is_used,
        "reason": read.point.why_not,
        "residual": plain(read.residual),
        "found": number(read.found),
        "deviation_percent": number(read.deviation_percent),
    }


def digits(value: float | None) -> str | None:
    """A number of statistics with its 15 digits."""
    return None if value is None else plain(decimal_from_float(value))


def number(value: Decimal | None) -> str | None:
    """An exact number with every digit."""
    return None if value is None else plain(value)
