"""Four-parameter curves and competitive assays."""

from decimal import Decimal

import numpy as np
import pytest

from lims.core.errors import RuleRefused
from lims.science.calibration import CalibrationPoint, Weighting, coordinates
from lims.science.calibration_curve import ReadingStatus, predict
from lims.science.competitive_assay import bound_percent, logit_log_line, predict_logit_log
from lims.science.four_parameter import Logistic, fit_four_parameter

FALLING = Logistic(2.0, 1.2, 0.5, 0.1)
RISING = Logistic(0.05, 1.5, 40.0, 3.0)
LEVELS = ("0", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5")


def wells(curve: Logistic, levels: tuple[str, ...], scatter: tuple[float, ...] = (0.0,)) -> list[CalibrationPoint]:
    """Some wells at each level, off the curve by these parts of it in turn."""
    return [
        CalibrationPoint(Decimal(x), Decimal(repr(curve.response(float(x)) * (1 + scatter[n % len(scatter)]))))
        for n, x in enumerate(levels)
    ]


@pytest.mark.parametrize("weighting", list(Weighting))
@pytest.mark.parametrize(
    ("curve", "levels"), [(FALLING, LEVELS), (RISING, ("0", "1", "5", "10", "30", "60", "200", "1000"))]
)
def test_a_curve_without_scatter_is_found(curve: Logistic, levels: tuple[str, ...], weighting: Weighting) -> None:
    fitted = fit_four_parameter(wells(curve, levels), weighting)

    found = {one.name: one.value for one in fitted.coefficients}
    assert found == pytest.approx({"a": curve.a, "b": curve.b, "c": curve.c, "d": curve.d}, rel=1e-6)
    assert fitted.r_squared == pytest.approx(1)


@pytest.mark.parametrize(
    ("response", "status"),
    [
        ("1.05", ReadingStatus.IN_RANGE),  # half-way: c
        ("2.01", ReadingStatus.OUTSIDE_ASYMPTOTES),
        ("0.09", ReadingStatus.OUTSIDE_ASYMPTOTES),
        ("-1", ReadingStatus.OUTSIDE_ASYMPTOTES),
        ("1.99", ReadingStatus.BELOW_RANGE),
        ("0.12", ReadingStatus.ABOVE_RANGE),
    ],
)
def test_a_response_has_a_concentration_only_between_the_asymptotes(response: str, status: ReadingStatus) -> None:
    predicted = predict(fit_four_parameter(wells(FALLING, LEVELS, (0.001, -0.001))), Decimal(response))

    assert predicted.status is status
    assert (predicted.concentration is None) == (status is ReadingStatus.OUTSIDE_ASYMPTOTES)
    assert (predicted.standard_uncertainty is None) == (status is not ReadingStatus.IN_RANGE)
    if response == "1.05":
        assert float(predicted.concentration or 0) == pytest.approx(0.5, rel=0.01)


@pytest.mark.parametrize("curve", [FALLING, RISING])
@pytest.mark.parametrize("concentration", [0.05, 0.5, 5.0, 50.0])
def test_the_derivatives_are_those_of_the_curve(curve: Logistic, concentration: float) -> None:
    step = 1e-6
    coefficients = np.array([curve.a, curve.b, curve.c, curve.d])
    for number in range(4):
        off = np.zeros(4)
        off[number] = step * coefficients[number]
        up, down = (Logistic(*(coefficients + sign * off)).response(concentration) for sign in (1, -1))
        assert curve.gradient(concentration)[number] == pytest.approx((up - down) / (2 * off[number]), rel=1e-5)
    up, down = (curve.response(concentration * (1 + sign * step)) for sign in (1, -1))
    assert curve.steepness(concentration) == pytest.approx((up - down) / (2 * step * concentration), rel=1e-5)


def test_a_curve_is_the_lowest_point_of_its_squares() -> None:
    """No step to any side makes the sum of squares smaller."""
    standards = wells(FALLING, LEVELS * 2, (0.02, -0.03, 0.01))
    fitted = fit_four_parameter(standards)
    x, y = coordinates(standards)
    coefficients = np.array([one.value for one in fitted.coefficients])
    least = ((y - Logistic(*coefficients).responses(x)) ** 2).sum()

    for number in range(4):
        for sign in (1e-5, -1e-5):
            off = coefficients.copy()
            off[number] *= 1 + sign
            assert ((y - Logistic(*off).responses(x)) ** 2).sum() > least


@pytest.mark.parametrize(
    ("levels", "responses", "code"),
    [
        (("1", "2", "3", "4"), ("1", "2", "3", "4"), "calibration.too_few_levels"),
        (("1", "2", "3", "4", "5"), ("2", "2", "2", "2", "2"), "calibration.flat"),
    ],
)
def test_standards_that_determine_no_curve_are_refused(
    levels: tuple[str, ...], responses: tuple[str, ...], code: str
) -> None:
    standards = [CalibrationPoint(Decimal(x), Decimal(y)) for x, y in zip(levels, responses, strict=True)]

    with pytest.raises(RuleRefused) as refused:
        fit_four_parameter(standards)

    assert refused.value.reasons[0].code == code


def test_a_straight_line_determines_no_plateaus() -> None:
    standards = [CalibrationPoint(Decimal(x), Decimal(2 * x)) for x in range(1, 9)]

    with pytest.raises(RuleRefused) as refused:
        fit_four_parameter(standards)

    assert refused.value.reasons[0].code == "calibration.no_logistic"


def test_the_bound_fraction_is_taken_above_the_unspecific_response() -> None:
    assert bound_percent(Decimal("1.1"), Decimal("2.1"), Decimal("0.1")) == 50
    with pytest.raises(RuleRefused) as refused:
        bound_percent(Decimal(1), Decimal(2), Decimal(2))
    assert refused.value.reasons[0].code == "calibration.no_bound_fraction"


def test_the_logit_log_line_of_a_logistic_is_the_logistic() -> None:
    """With B0 = a and NSB = d, logit(B/B0) = b ln c − b ln x."""
    line = logit_log_line(wells(FALLING, LEVELS), Decimal(2), Decimal("0.1"))

    assert line.slope == pytest.approx(-1.2)
    assert line.half_bound == pytest.approx(0.5)
    assert line.r_squared == pytest.approx(1)
    assert float(predict_logit_log(line, Decimal("1.05")).concentration or 0) == pytest.approx(0.5)
    assert predict_logit_log(line, Decimal(2)).status is ReadingStatus.OUTSIDE_ASYMPTOTES
    assert predict_logit_log(line, Decimal("1.99")).status is ReadingStatus.BELOW_RANGE
    assert predict_logit_log(line, Decimal("0.11")).status is ReadingStatus.ABOVE_RANGE


def test_a_rising_response_is_no_competitive_assay() -> None:
    with pytest.raises(RuleRefused) as refused:
        logit_log_line(wells(RISING, ("1", "5", "10", "30")), Decimal(3))

    assert refused.value.reasons[0].code == "calibration.not_competitive"
