"""Calibration against certified data and published worked examples."""

import csv
from decimal import Decimal
from math import log10
from pathlib import Path

import numpy as np
import pytest

from lims.science.calibration import (
    CalibrationPoint,
    LineFit,
    Weighting,
    fit_line,
    inverse,
    weighted_line,
)

DATA = Path(__file__).parent / "data"


def digits_matched(found: float, certified: float) -> float:
    """Log relative error as NIST defines it: how many significant digits agree."""
    return 15.0 if found == certified else -log10(abs(found - certified) / abs(certified))


def points(concentrations: list[str], responses: list[str]) -> list[CalibrationPoint]:
    return [CalibrationPoint(Decimal(x), Decimal(y)) for x, y in zip(concentrations, responses, strict=True)]


@pytest.fixture(scope="module")
def norris() -> LineFit:
    """NIST Statistical Reference Datasets, linear regression, Norris: calibration of ozone monitors, 36 points.

    https://www.itl.nist.gov/div898/strd/lls/data/Norris.shtml
    """
    with (DATA / "nist_norris.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    return fit_line(points([row["x"] for row in rows], [row["y"] for row in rows]), Weighting.NONE)


@pytest.mark.parametrize(
    ("statistic", "certified", "digits"),
    [
        ("intercept", -0.262323073774029, 11),
        ("slope", 1.00211681802045, 12),
        ("intercept_sd", 0.232818234301152, 11),
        ("slope_sd", 0.429796848199937e-03, 11),
        ("residual_sd", 0.884796396144373, 11),
        ("r_squared", 0.999993745883712, 13),
    ],
)
def test_the_certified_values_of_norris_are_met(norris: LineFit, statistic: str, certified: float, digits: int) -> None:
    found = getattr(norris, statistic)

    assert digits_matched(found, certified) >= digits


@pytest.fixture(scope="module")
def fluorescein() -> LineFit:
    """Standard solutions of fluorescein in pg/mL, fluorescence intensities.

    J. N. Miller and J. C. Miller, Statistics and Chemometrics for Analytical Chemistry, examples 5.3.1 to 5.6.1.
    """
    return fit_line(
        points(["0", "2", "4", "6", "8", "10", "12"], ["2.1", "5.0", "9.0", "12.6", "17.3", "21.0", "24.7"]),
        Weighting.NONE,
    )


def test_the_line_of_the_published_unweighted_example_is_met(fluorescein: LineFit) -> None:
    assert fluorescein.slope == pytest.approx(1.93, abs=0.005)
    assert fluorescein.intercept == pytest.approx(1.52, abs=0.005)
    assert fluorescein.r == pytest.approx(0.9989, abs=0.00005)
    # The book goes on from rounded residuals; its last digits may differ by one.
    assert fluorescein.residual_sd == pytest.approx(0.4329, abs=0.0001)
    assert fluorescein.slope_sd == pytest.approx(0.0409, abs=0.0001)
    assert fluorescein.intercept_sd == pytest.approx(0.2950, abs=0.0001)


@pytest.mark.parametrize(("response", "standard_uncertainty"), [("13.5", "0.24"), ("23.0", "0.26")])
def test_the_uncertainty_of_a_concentration_in_the_published_example_is_met(
    fluorescein: LineFit, response: str, standard_uncertainty: str
) -> None:
    predicted = inverse(fluorescein, Decimal(response))

    assert predicted.standard_uncertainty is not None
    assert predicted.standard_uncertainty == pytest.approx(Decimal(standard_uncertainty), abs=Decimal("0.005"))


def test_the_line_of_the_published_weighted_example_is_met() -> None:
    # Miller and Miller, example 5.10.1: weights are the reciprocal squares of the standard deviations.
    concentrations = np.array([0.0, 2.0, 4.0, 6.0, 8.0, 10.0])
    absorbances = np.array([0.009, 0.158, 0.301, 0.472, 0.577, 0.739])
    standard_deviations = np.array([0.001, 0.004, 0.010, 0.013, 0.017, 0.022])

    intercept, slope = weighted_line(concentrations, absorbances, standard_deviations**-2)

    assert slope == pytest.approx(0.0738, abs=0.00005)
    assert intercept == pytest.approx(0.0091, abs=0.00005)
    assert (0.100 - intercept) / slope == pytest.approx(1.23, abs=0.005)
    assert (0.600 - intercept) / slope == pytest.approx(8.01, abs=0.005)


@pytest.mark.parametrize("weighting", list(Weighting))
def test_the_line_agrees_with_the_textbook_sums_about_the_weighted_means(weighting: Weighting) -> None:
    concentrations = ["1", "2", "5", "10", "50", "100"]
    responses = ["1031", "1987", "5210", "9876", "51200", "98700"]
    x, y = (np.array([float(text) for text in texts]) for texts in (concentrations, responses))
    w = {"1": x**0, "1/x": 1 / x, "1/x2": 1 / x**2, "1/y": 1 / y, "1/y2": 1 / y**2}[weighting.value]
    mean_x, mean_y = (w * x).sum() / w.sum(), (w * y).sum() / w.sum()
    slope = (w * (x - mean_x) * (y - mean_y)).sum() / (w * (x - mean_x) ** 2).sum()

    fit = fit_line(points(concentrations, responses), weighting)

    assert fit.slope == pytest.approx(slope, rel=1e-12)
    assert fit.intercept == pytest.approx(mean_y - slope * mean_x, rel=1e-9)
