"""Statistics of proficiency testing against published tables, data and what other programs make of them."""

from statistics import NormalDist

import numpy as np
import pytest

from lims.science.algorithm_a import algorithm_a
from lims.science.homogeneity import homogeneity_factors
from lims.science.outlier_tests import Standing, cochran_critical, grubbs, grubbs_critical
from lims.science.proficiency_setting import Assigned, AssignedBy, Choice, Given, Sigma, SigmaBy, sigma_pt
from lims.science.robust import Floats, Robust, algorithm_s, made, median, niqr
from lims.science.robust_pairs import hampel, q_method, qn
from lims.science.units import UnitCode
from lims.science.variance_ratio import chi_squared_probability, chi_squared_quantile, f_quantile

#: Copper in wholemeal flour, μg/g: Analytical Methods Committee, Analyst 114 (1989) 1693; `chem` of the R package MASS.
COPPER = np.array(
    [2.90, 3.10, 3.40, 3.40, 3.70, 3.70, 2.80, 2.50, 2.40, 2.40, 2.70, 2.20,
     5.28, 3.37, 3.03, 3.03, 28.95, 3.77, 3.40, 2.20, 3.50, 3.60, 3.70, 3.70]
)  # fmt: skip


def test_algorithm_a_is_hubers_second_proposal() -> None:
    """Venables and Ripley, Modern Applied Statistics with S, 5.5: hubers(chem) gives 3.2055 and 0.67365.

    They take the exact correction 1/√0.7785, ISO 13528 the rounded 1.134: the fourth figure differs.
    """
    found = algorithm_a(COPPER)

    assert found.fixed.mean == pytest.approx(3.2055, abs=1e-4)
    assert found.fixed.deviation == pytest.approx(0.67365, rel=1e-3)


def test_the_stop_rule_ends_before_the_fixed_point_but_in_the_same_three_figures() -> None:
    found = algorithm_a(COPPER)

    assert found.stopped.deviation != found.fixed.deviation
    assert f"{found.stopped.mean:.2e}" == f"{found.fixed.mean:.2e}"
    assert found.stopped.deviation == pytest.approx(found.fixed.deviation, rel=5e-3)


def test_median_and_scaled_median_deviation_of_copper() -> None:
    """As above: median(chem) is 3.385, mad(chem) 0.526323 with the factor 1.4826 where ISO 13528 has 1.483."""
    assert median(COPPER) == pytest.approx(3.385)
    assert made(COPPER) == pytest.approx(0.526323 * 1.483 / 1.4826, abs=1e-6)


def normal_scores(count: int) -> Floats:
    """A sample as normal as a sample can be: mean 0 and, nearly, standard deviation 1."""
    return np.array([NormalDist().inv_cdf((place + 0.5) / count) for place in range(count)])


def test_every_estimator_finds_the_deviation_of_normal_values() -> None:
    scores = normal_scores(801)

    for estimate in (made(scores), niqr(scores), qn(scores), q_method(scores), algorithm_a(scores).fixed.deviation):
        assert estimate == pytest.approx(1, abs=0.01)
    assert hampel(scores).mean == pytest.approx(0, abs=1e-9)
    assert hampel(scores).deviation == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("freedom", "eta", "xi"),
    [  # ISO 13528, table of algorithm S (ISO 5725-5, 6.3)
        (1, 1.645, 1.097), (2, 1.517, 1.054), (3, 1.444, 1.039), (4, 1.395, 1.032), (5, 1.359, 1.027),
        (7, 1.310, 1.021), (8, 1.292, 1.019), (9, 1.277, 1.018),
    ],
)  # fmt: skip
def test_algorithm_s_has_the_factors_of_the_standard(freedom: int, eta: float, xi: float) -> None:
    """Nine deviations of 1 and one so large that it is cut to η w*: the fixed point follows from η and ξ alone."""
    pooled = algorithm_s(np.array([1.0] * 9 + [1e6]), freedom)

    assert pooled == pytest.approx(xi * (0.9 / (1 - 0.1 * (xi * eta) ** 2)) ** 0.5, rel=2e-3)


@pytest.mark.parametrize(
    ("units", "first", "second"),
    [  # ISO 13528, annex B; Fearn and Thompson, Analyst 126 (2001) 1414
        (7, 2.10, 1.43), (8, 2.01, 1.25), (9, 1.94, 1.11), (10, 1.88, 1.01), (11, 1.83, 0.93), (12, 1.79, 0.86),
        (13, 1.75, 0.80), (14, 1.72, 0.75), (15, 1.69, 0.71), (20, 1.59, 0.57),
    ],
)  # fmt: skip
def test_factors_of_the_homogeneity_criterion(units: int, first: float, second: float) -> None:
    assert np.array(homogeneity_factors(units)) == pytest.approx(np.array([first, second]), abs=0.005)


@pytest.mark.parametrize(
    ("probability", "freedom", "printed"),
    [
        (0.95, 1, 3.841),
        (0.95, 2, 5.991),
        (0.95, 10, 18.307),
        (0.99, 30, 50.892),
        (0.9, 7, 12.017),
        (0.95, 100, 124.342),
    ],
)
def test_quantiles_of_chi_squared(probability: float, freedom: int, printed: float) -> None:
    """NIST/SEMATECH e-Handbook, 1.3.6.7.4."""
    assert chi_squared_quantile(probability, freedom) == pytest.approx(printed, abs=0.001)
    assert chi_squared_probability(printed, freedom) == pytest.approx(probability, abs=1e-4)


@pytest.mark.parametrize(
    ("probability", "above", "below", "printed"),
    [(0.95, 1, 1, 161.448), (0.95, 2, 10, 4.103), (0.95, 5, 10, 3.326), (0.99, 3, 20, 4.938), (0.95, 10, 100, 1.927)],
)
def test_quantiles_of_f(probability: float, above: int, below: int, printed: float) -> None:
    """NIST/SEMATECH e-Handbook, 1.3.6.7.3."""
    assert f_quantile(probability, above, below) == pytest.approx(printed, abs=0.001)


def test_grubbs_test_of_published_masses() -> None:
    """NIST/SEMATECH e-Handbook, 1.3.5.17.1: uranium isotope data; G = 2.4687, one-sided critical value 2.032 at 5 %."""
    found = grubbs(np.array([199.31, 199.53, 200.19, 200.82, 201.92, 201.95, 202.18, 245.57]))

    assert found is not None
    assert (found.place, found.standing) == (7, Standing.OUTLIER)
    assert found.statistic == pytest.approx(2.4687, abs=1e-4)
    assert grubbs_critical(8, 2 * 0.05) == pytest.approx(2.032, abs=1e-3)


@pytest.mark.parametrize(
    ("count", "at_5", "at_1"), [(3, 1.155, 1.155), (8, 2.126, 2.274), (10, 2.290, 2.482), (20, 2.709, 3.001)]
)
def test_critical_values_of_grubbs(count: int, at_5: float, at_1: float) -> None:
    """ISO 5725-2 (GB/T 6379.2), table 5, one outlying value."""
    assert grubbs_critical(count, 0.05) == pytest.approx(at_5, abs=0.001)
    assert grubbs_critical(count, 0.01) == pytest.approx(at_1, abs=0.001)


@pytest.mark.parametrize(
    ("groups", "size", "at_5", "at_1"), [(8, 2, 0.680, 0.794), (10, 2, 0.602, 0.718), (12, 2, 0.541, 0.653)]
)
def test_critical_values_of_cochran(groups: int, size: int, at_5: float, at_1: float) -> None:
    """ISO 5725-2 (GB/T 6379.2), table 4."""
    assert cochran_critical(groups, size, 0.05) == pytest.approx(at_5, abs=0.001)
    assert cochran_critical(groups, size, 0.01) == pytest.approx(at_1, abs=0.001)


@pytest.mark.parametrize(
    ("value", "unit", "percent"),
    [("50", UnitCode.UG_PER_KG, 22.0), ("1", UnitCode.MG_PER_KG, 16.0), ("10", UnitCode.G_PER_KG, 4.0)],
)
def test_sigma_by_horwitz_and_thompson(value: str, unit: UnitCode, percent: float) -> None:
    """AOAC Official Methods, appendix F, table of PRSD(R); Thompson, Analyst 125 (2000) 385 below 120 μg/kg."""
    assigned = Assigned(float(value), None, AssignedBy.GIVEN)

    found = sigma_pt(Given(), Robust(0, 0), assigned, unit, Choice(sigma=SigmaBy.HORWITZ))

    assert isinstance(found, Sigma)
    assert 100 * found.value / float(value) == pytest.approx(percent, rel=0.01)
