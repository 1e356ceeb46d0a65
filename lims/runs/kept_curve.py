"""A calibration as it is stored, read again: its curve, its equation, and what a response gives by it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from lims.science.calibration import CalibrationPoint, Weighting
from lims.science.calibration_curve import CalibrationModel, Curve, Origin, Prediction, ReadingStatus, Shape, predict
from lims.science.calibration_fitting import curve_from_dict, fit_curve, lies_above
from lims.science.calibration_models import Polynomial
from lims.science.rounding import decimal_from_float, plain, round_significant

#: How a concentration follows from a response, by model; the equation says what the letters are.
_READ_BY: Final[Mapping[CalibrationModel, str]] = {
    CalibrationModel.LINEAR: "c = (y − a) / b",
    CalibrationModel.QUADRATIC: "c = 2 (y − c₀) / (c₁ + √(c₁² + 4 c₂ (y − c₀)))",
    CalibrationModel.AVERAGE_RF: "c = y / RF",
    CalibrationModel.BRACKETING: "c = y / RF",
    CalibrationModel.FOUR_PARAMETER: "x = c · ((a − y) / (y − d))^(1/b)",
}
_LETTERS: Final[Mapping[str, str]] = {
    "intercept": "a",
    "slope": "b",
    "response factor": "RF",
    "mean response factor": "RF (mean)",
    "c0": "c₀",
    "c1": "c₁",
    "c2": "c₂",
}


@dataclass(frozen=True, slots=True)
class KeptCurve:
    """The curve of a stored calibration.

    `curve` is whole but for its standards; None for an older record, of which the line alone is kept, in `shape`.
    """

    model: CalibrationModel
    origin: Origin
    weighting: Weighting
    values: Mapping[str, float]
    shape: Shape
    curve: Curve | None

    def equation(self, figures: int = 4) -> str:
        """y = 0.02079 x − 0.0002002, with so many figures."""
        told = {name: _short(value, figures) for name, value in self.values.items()}
        match self.model:
            case CalibrationModel.FOUR_PARAMETER:
                signed = _signed(-self.values["d"], figures)
                return f"y = {told['d']} + ({told['a']} {signed}) / (1 + (x / {told['c']})^{told['b']})"
            case CalibrationModel.QUADRATIC:
                rest = f" {_signed(self.values['c0'], figures)}" if "c0" in self.values else ""
                return f"y = {told['c2']} x² {_signed(self.values['c1'], figures)} x{rest}"
            case CalibrationModel.AVERAGE_RF:
                return f"y = {told['response factor']} x"
            case CalibrationModel.BRACKETING:
                return "y = RF · x"
            case _:
                rest = f" {_signed(self.values['intercept'], figures)}" if "intercept" in self.values else ""
                return f"y = {told['slope']} x{rest}"

    @property
    def read_by(self) -> str:
        """The formula by which a response becomes a concentration."""
        if self.model is CalibrationModel.LINEAR and "intercept" not in self.values:
            return "c = y / b"
        return _READ_BY[self.model]

    def told(self, figures: int) -> str:
        """Every coefficient: b = 0.02079, a = −0.0002002."""
        named = [(letter_of(name), value) for name, value in reversed(list(self.values.items()))]
        return ", ".join(f"{letter} = {_short(value, figures)}" for letter, value in named)

    def read(self, response: Decimal) -> Prediction:
        """What a response gives: `lims.runs.readings.AnalyteReadings.read`, from what is stored alone."""
        if self.curve is not None:
            return read_response(self.curve, response)
        found = self.shape.concentration(float(response))
        return Prediction(
            None if isinstance(found, ReadingStatus) else decimal_from_float(found), ReadingStatus.IN_RANGE
        )


def letter_of(name: str) -> str:
    """The letter of a coefficient in formulas."""
    return _LETTERS.get(name, name)


def read_response(curve: Curve, response: Decimal) -> Prediction:
    """The concentration of a response. Where the curve gives none, the status says above or below the range."""
    predicted = predict(curve, response)
    if predicted.concentration is not None:
        return predicted
    is_above = lies_above(curve, predicted.status, float(response))
    return Prediction(None, ReadingStatus.ABOVE_RANGE if is_above else ReadingStatus.BELOW_RANGE)


def kept_curve(kept: Mapping[str, Any]) -> KeptCurve | None:
    """The curve of a calibration as it is stored (`stored.calibration_row`); None when none could be laid."""
    fitted = kept.get("fitted") or {}
    if fitted.get("curve"):
        curve = curve_from_dict(fitted["curve"])
        values = {one.name: one.value for one in curve.coefficients}
        return KeptCurve(curve.model, curve.origin, curve.weighting, values, curve.shape, curve)
    slope, intercept = kept["slope"], kept["intercept"]
    if slope is None or intercept is None:
        return None
    values = {"intercept": float(intercept), "slope": float(slope)}
    shape = Polynomial(values["intercept"], values["slope"], 0.0, (0, 1))
    return KeptCurve(CalibrationModel.LINEAR, Origin.FREE, Weighting(kept["weighting"]), values, shape, None)


def fitted_again(kept: KeptCurve, levels: Sequence[Mapping[str, Any]]) -> Curve:
    """The curve laid once more through the stored standards, without those that somebody left out.

    Raises as `fit_curve` does.
    """
    points = [
        CalibrationPoint(
            Decimal(level["concentration"]),
            Decimal(level["response"]),
            level["label"],
            is_used=not level.get("why_not"),
            why_not=level.get("why_not") or "",
        )
        for level in levels
    ]
    return fit_curve(points, kept.model, kept.weighting, kept.origin)


def _signed(value: float, figures: int) -> str:
    sign = "−" if value < 0 else "+"
    return f"{sign} {_short(abs(value), figures)}"


def _short(value: float, figures: int) -> str:
    return plain(round_significant(decimal_from_float(value), figures)).replace("-", "−")
