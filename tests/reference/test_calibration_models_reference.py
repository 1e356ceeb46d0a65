"""Models of calibration against published worked examples and published fits of other programs."""

import csv
from decimal import Decimal
from math import sqrt
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import pytest

from lims.science.calibration import CalibrationPoint, Weighting
from lims.science.calibration_curve import CalibrationModel, Curve, Origin, ReadingStatus, predict
from lims.science.calibration_models import fit_polynomial
from lims.science.detection_limits import detection_limits
from lims.science.four_parameter import fit_four_parameter
from lims.science.least_squares import least_squares
from lims.science.standard_addition import standard_addition
from lims.science.student import t_quantile

DATA = Path(__file__).parent / "data"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def points(concentrations: list[str], responses: list[str]) -> list[CalibrationPoint]:
    return [CalibrationPoint(Decimal(x), Decimal(y)) for x, y in zip(concentrations, responses, strict=True)]


@pytest.mark.parametrize(
    ("probability", "freedom", "printed"),
    [  # Abramowitz and Stegun, Handbook of Mathematical Functions, table 26.10
        (0.975, 1, 12.706), (0.995, 2, 9.925), (0.95, 3, 2.353), (0.99, 8, 2.896), (0.975, 10, 2.228),
        (0.9995, 20, 3.850), (0.95, 28, 1.701), (0.995, 120, 2.617),
    ],
)  # fmt: skip
def test_quantiles_of_t_are_those_of_the_printed_table(probability: float, freedom: int, printed: float) -> None:
    assert t_quantile(probability, freedom) == pytest.approx(printed, abs=0.0006)
    assert t_quantile(1 - probability, freedom) == pytest.approx(-printed, abs=0.0006)


@pytest.fixture(scope="module")
def replicates() -> dict[str, list[str]]:
    """Five responses at each of six levels, by level.

    Massart et al., Handbook of Chemometrics and Qualimetrics, part A, chapter 8, example 3 (p. 188); example 1 (p. 175)
    has their means.
    """
    return {row["x"]: [row[f"y{number}"] for number in range(1, 6)] for row in rows("massart_calibration.csv")}


@pytest.fixture(scope="module")
def single_points(replicates: dict[str, list[str]]) -> Curve:
    pairs = [(x, y) for x, responses in replicates.items() for y in responses]
    return fit_polynomial(points([x for x, _ in pairs], [y for _, y in pairs]), CalibrationModel.LINEAR)


@pytest.fixture(scope="module")
def means(replicates: dict[str, list[str]]) -> Curve:
    found = [str(mean(Decimal(y) for y in responses)) for responses in replicates.values()]
    return fit_polynomial(points(list(replicates), found), CalibrationModel.LINEAR)


@pytest.mark.parametrize(
    ("response", "injections", "concentration", "uncertainty"),
    [("90", 1, 43.93983, 1.767747), ("90", 5, 43.93983, 1.141204)],
)
def test_inverse_prediction_of_massart_example_7(
    means: Curve, response: str, injections: int, concentration: float, uncertainty: float
) -> None:
    """The book gives 43.9 ± 4.9 and 43.9 ± 3.2 (95 %); more digits: tests of the R package chemCal 0.2.3."""
    predicted = predict(means, Decimal(response), replicates=injections)

    assert predicted.concentration is not None
    assert predicted.standard_uncertainty is not None
    assert float(predicted.concentration) == pytest.approx(concentration, rel=1e-6)
    assert float(predicted.standard_uncertainty) == pytest.approx(uncertainty, rel=1e-6)


def test_below_the_lowest_level_the_published_number_is_only_information(means: Curve) -> None:
    """The book reads 6.1 ± 4.9 at 15; with 10 as the lowest standard above zero that is no result here."""
    predicted = predict(means, Decimal(15))

    assert float(predicted.concentration or 0) == pytest.approx(6.09381, rel=1e-6)
    assert (predicted.status, predicted.standard_uncertainty) == (ReadingStatus.BELOW_RANGE, None)


@pytest.mark.parametrize(
    ("response", "weight", "concentration", "uncertainty"),
    [(15.0, 1.67, 5.865367, 0.8926109), (90.0, 0.145, 44.06025, 2.829162)],
)
def test_weighted_inverse_prediction_of_massart_example_8(
    replicates: dict[str, list[str]], response: float, weight: float, concentration: float, uncertainty: float
) -> None:
    """The book gives 5.9 ± 2.5 and 44.1 ± 7.9 (p. 200); more digits: tests of the R package chemCal 0.2.3.

    Weights are 1/s² of the replicates, s to two places and the weight to three, as in the book.
    """
    y = [[float(one) for one in responses] for responses in replicates.values()]
    x = np.array([float(level) for level in replicates])
    weights = np.array([round(1 / round(stdev(one), 2) ** 2, 3) for one in y])

    solved = least_squares(np.column_stack((x**0, x)), np.array([mean(one) for one in y]), weights)

    intercept, slope = solved.coefficients.tolist()
    found = (response - intercept) / slope
    at = np.array([1.0, found])
    assert found == pytest.approx(concentration, rel=1e-6)
    assert sqrt(solved.residual_sd**2 / weight + at @ solved.covariance @ at) / slope == pytest.approx(
        uncertainty, rel=1e-6
    )


def test_limits_by_din_32645_agree_with_published_ones(single_points: Curve) -> None:
    """The README of the R package chemCal 0.2.3: decision limit 2.720388, limit of quantification 9.627349 (α 5 %).

    It searches the latter to a tolerance of its own, which costs it the last digits.
    """
    limits = detection_limits(single_points, alpha=0.05)

    assert float(limits.decision) == pytest.approx(2.720388, rel=1e-6)
    assert float(limits.detection) == pytest.approx(2 * 2.720388, rel=1e-6)
    assert float(limits.quantification or 0) == pytest.approx(9.627349, rel=1e-4)


@pytest.mark.parametrize(("injections", "quantification"), [(1, 13.97764), (3, 9.971963)])
def test_the_limit_of_quantification_from_means_agrees_with_a_published_one(
    means: Curve, injections: int, quantification: float
) -> None:
    """Tests of the R package chemCal 0.2.3, `loq` with one and three measurements."""
    limits = detection_limits(means, alpha=0.05, replicates=injections)

    assert float(limits.quantification or 0) == pytest.approx(quantification, rel=1e-4)


def test_the_published_standard_addition_of_silver_is_met() -> None:
    """Silver in photographic waste by AAS: Miller and Miller, example 5.8.1; 17.3 μg/mL, standard deviation 0.749."""
    additions = ["0", "5", "10", "15", "20", "25", "30"]

    found = standard_addition(points(additions, ["0.32", "0.41", "0.52", "0.60", "0.70", "0.77", "0.89"]))

    assert found.curve.coefficient("intercept").value == pytest.approx(0.3218, abs=0.00005)
    assert found.curve.coefficient("slope").value == pytest.approx(0.0186, abs=0.00005)
    assert found.concentration == pytest.approx(Decimal("17.3"), abs=Decimal("0.05"))
    # The book goes on from rounded coefficients: its last digits differ a little.
    assert found.curve.residual_sd == pytest.approx(0.01094, abs=0.00002)
    assert found.standard_uncertainty == pytest.approx(Decimal("0.749"), abs=Decimal("0.0015"))


def test_the_published_standard_addition_of_aluminium_is_met() -> None:
    """Aluminium in chewing gum: tutorial of multiple standard additions, https://www.scribd.com/doc/228626738.

    Volumes of a 300 ppm standard in mL; a/b = 0.1251 mL and s = 1.7321·10⁻³. Its standard error is that of a reading
    with a response of its own, 1 + 1/n under the root, which an extrapolation to y = 0 has not.
    """
    found = standard_addition(points(["0", "0.1", "0.2", "0.3"], ["0.214", "0.386", "0.554", "0.728"]))

    assert found.curve.residual_sd == pytest.approx(1.7321e-3, abs=5e-8)
    assert found.concentration == pytest.approx(Decimal("0.1251"), abs=Decimal("0.00005"))


def test_the_published_logistic_fit_of_ryegrass_is_met() -> None:
    """Ferulic acid on ryegrass roots: Ritz et al., PLoS ONE 10 (2015) e0146021, `drm(rootl ~ conc, fct = LL.4())`.

    Their b, c, d, e are our b, d, a, c. Data of the R package drc to four places. Standard errors there come from the
    numerical Hessian, ours from the linearised curve, so they agree only in size.
    """
    data = rows("drc_ryegrass.csv")

    curve = fit_four_parameter(points([row["x"] for row in data], [row["y"] for row in data]))

    printed = {"b": (2.98222, 0.46506), "d": (0.48141, 0.21219), "a": (7.79296, 0.18857), "c": (3.05795, 0.18573)}
    for name, (value, error) in printed.items():
        assert curve.coefficient(name).value == pytest.approx(value, abs=0.00003)
        assert curve.coefficient(name).standard_error == pytest.approx(error, rel=0.02)
    assert curve.residual_sd == pytest.approx(0.5196256, abs=1e-7)
    assert curve.degrees_of_freedom == 20
    assert predict(curve, Decimal("8.5")).status is ReadingStatus.OUTSIDE_ASYMPTOTES


def test_the_three_ways_with_the_origin_differ_as_by_hand() -> None:
    """Worked by hand for (1, 3), (2, 5), (3, 7), which lie on y = 1 + 2x."""
    standards = points(["1", "2", "3"], ["3", "5", "7"])

    free, forced, point = (fit_polynomial(standards, CalibrationModel.LINEAR, origin=origin) for origin in Origin)

    assert [c.value for c in free.coefficients] == pytest.approx([1, 2])
    assert [c.value for c in forced.coefficients] == pytest.approx([34 / 14])  # Σxy/Σx²
    assert [c.value for c in point.coefficients] == pytest.approx([0.3, 2.3])  # x̄ 1.5, ȳ 3.75, Sxy 11.5, Sxx 5
    assert forced.r_squared == pytest.approx(1 - (83 - 34**2 / 14) / 83)  # about zero
    assert (free.n, forced.n, point.n) == (3, 3, 4)


@pytest.mark.parametrize("weighting", list(Weighting))
def test_the_uncertainty_of_a_line_is_that_of_the_textbook(weighting: Weighting) -> None:
    x, y = np.array([1.0, 2, 5, 10, 50, 100]), np.array([1031.0, 1987, 5210, 9876, 51200, 98700])
    curve = fit_polynomial(points([str(v) for v in x], [str(v) for v in y]), CalibrationModel.LINEAR, weighting)
    w = weighting.of(x, y)
    total, xm, ym = w.sum(), (w * x).sum() / w.sum(), (w * y).sum() / w.sum()
    slope = (w * (x - xm) * (y - ym)).sum() / (w * (x - xm) ** 2).sum()
    s = sqrt((w * (y - ym - slope * (x - xm)) ** 2).sum() / 4)

    predicted = predict(curve, Decimal(30000), replicates=2)

    x0 = xm + (30000 - ym) / slope
    w0 = weighting.of(np.array([x0]), np.array([30000.0]))[0]
    # The form printed for weighted lines: (y0 − ȳ)² Σw / (b² (Σw Σwx² − (Σwx)²)).
    away = (30000 - ym) ** 2 * total / (slope**2 * (total * (w * x**2).sum() - (w * x).sum() ** 2))
    assert float(predicted.concentration or 0) == pytest.approx(x0, rel=1e-10)
    assert float(predicted.standard_uncertainty or 0) == pytest.approx(
        s / slope * sqrt(1 / (2 * w0) + 1 / total + away), rel=1e-9
    )
