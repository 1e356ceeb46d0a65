"""Least squares against certified values: NIST Statistical Reference Datasets, linear regression.

https://www.itl.nist.gov/div898/strd/lls/lls.shtml (Wampler1.dat to Wampler3.dat, Pontius.dat, NoInt1.dat, NoInt2.dat,
Longley.dat), public domain. `nist_certified.csv` holds what NIST certifies. Norris: `test_calibration_reference`.
"""

import csv
from collections.abc import Mapping
from decimal import Decimal
from math import log10
from pathlib import Path

import numpy as np
import pytest

from lims.science.calibration import CalibrationPoint
from lims.science.calibration_curve import CalibrationModel, Curve, Origin
from lims.science.calibration_models import fit_polynomial
from lims.science.least_squares import LeastSquares, least_squares

DATA = Path(__file__).parent / "data"
Certified = Mapping[str, tuple[float, float]]


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def certified(name: str) -> Certified:
    """Value and standard deviation by statistic; the latter NaN where there is none."""
    found = [row for row in rows("nist_certified.csv") if row["set"] == name]
    assert found
    return {row["statistic"]: (float(row["value"]), float(row["standard_deviation"] or "nan")) for row in found}


def digits(found: float, expected: float) -> float:
    """Log relative error as NIST defines it: how many significant digits agree."""
    return 15.0 if found == expected else min(15.0, -log10(abs(found - expected) / abs(expected)))


def least_digits(solved: LeastSquares, expected: Certified, first: int = 0) -> tuple[float, float]:
    """The digits of the worst coefficient, and of the worst standard error that is not 0."""
    pairs = [expected[f"B{first + index}"] for index in range(len(solved.coefficients))]
    values = [digits(f, e) for f, (e, _) in zip(solved.coefficients.tolist(), pairs, strict=True)]
    errors = [digits(f, sd) for f, (_, sd) in zip(solved.standard_errors.tolist(), pairs, strict=True) if sd > 0]
    return min(values), min(errors, default=15.0)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_polynomials_of_the_fifth_degree_keep_nine_digits(number: int) -> None:
    data = rows("nist_wampler.csv")
    x, y = (np.array([float(row[name]) for row in data]) for name in ("x", f"y{number}"))

    solved = least_squares(np.vander(x, 6, increasing=True), y)

    values, errors = least_digits(solved, certified(f"Wampler{number}"))
    assert values >= 9
    assert errors >= 9


def test_the_multiple_regression_of_longley_keeps_ten_digits() -> None:
    data = rows("nist_longley.csv")
    design = np.array([[1.0, *(float(row[f"x{number}"]) for number in range(1, 7))] for row in data])

    solved = least_squares(design, np.array([float(row["y"]) for row in data]))

    values, errors = least_digits(solved, certified("Longley"))
    assert values >= 10
    assert errors >= 10
    assert digits(solved.residual_sd, certified("Longley")["residual_sd"][0]) >= 10


def points(data: list[dict[str, str]]) -> list[CalibrationPoint]:
    return [CalibrationPoint(Decimal(row["x"]), Decimal(row["y"])) for row in data]


def curve_digits(curve: Curve, expected: Certified, names: Mapping[str, str]) -> float:
    """The digits of the worst statistic of a curve: coefficients, their standard errors, s and R²."""
    found = [(curve.residual_sd, expected["residual_sd"][0]), (curve.r_squared, expected["r_squared"][0])]
    for ours, theirs in names.items():
        one, (value, sd) = curve.coefficient(ours), expected[theirs]
        found += [(one.value, value), (one.standard_error, sd)]
    return min(digits(*pair) for pair in found)


def test_the_quadratic_calibration_of_pontius_keeps_eleven_digits() -> None:
    """Load cells, 40 points up to 3 000 000: `lstsq` on the raw columns keeps six."""
    curve = fit_polynomial(points(rows("nist_pontius.csv")), CalibrationModel.QUADRATIC)

    expected = certified("Pontius")
    coefficients = {name: curve.coefficient(name).value for name in ("c0", "c1", "c2")}
    assert min(digits(coefficients[f"c{n}"], expected[f"B{n}"][0]) for n in range(3)) >= 11
    assert curve_digits(curve, expected, {"c0": "B0", "c1": "B1", "c2": "B2"}) >= 10.5


@pytest.mark.parametrize("name", ["NoInt1", "NoInt2"])
def test_lines_through_zero_keep_thirteen_digits(name: str) -> None:
    data = [row for row in rows("nist_noint.csv") if row["set"] == name]

    curve = fit_polynomial(points(data), CalibrationModel.LINEAR, origin=Origin.FORCED)

    assert curve.r_squared_is_about_zero
    assert curve_digits(curve, certified(name), {"slope": "B1"}) >= 13
