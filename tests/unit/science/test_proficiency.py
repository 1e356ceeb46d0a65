"""What a round shows besides its scores: modes, blunders, copied digits, homogeneity, stability, pairs."""

from typing import Any

import numpy as np
import pytest

from lims.core.errors import BadInput
from lims.science.algorithm_a import algorithm_a
from lims.science.homogeneity import homogeneity, homogeneity_factors, stability
from lims.science.kernel_density import density
from lims.science.outlier_tests import cochran, mandel
from lims.science.proficiency_hints import Blunder, SameDigits, blunders, same_digits
from lims.science.proficiency_scores import Reference, ScoreKind, scores
from lims.science.robust import Floats
from lims.science.robust_pairs import hampel, q_method, qn
from lims.science.youden import Lean, youden_pairs

CHANCE = np.random.default_rng(2026)


def test_scores_by_their_formulas() -> None:
    found = scores(np.array([0.13]), np.array([0.04]), Reference(0.10, 0.015, 0.02))

    assert {kind: float(score[0]) for kind, score in found.items()} == pytest.approx(
        {
            ScoreKind.Z: 1.5,
            ScoreKind.Z_PRIME: 0.03 / (0.02**2 + 0.015**2) ** 0.5,
            ScoreKind.ZETA: 0.03 / (0.02**2 + 0.015**2) ** 0.5,
            ScoreKind.EN: 0.03 / (0.04**2 + 0.03**2) ** 0.5,
            ScoreKind.D_PERCENT: 30,
            ScoreKind.PA: 50,
        }
    )


@pytest.mark.parametrize(("uncertainty", "is_uncertain"), [(0.006, False), (0.00601, True), (None, False)])
def test_z_gives_way_where_the_assigned_value_is_uncertain(uncertainty: float | None, is_uncertain: bool) -> None:
    assert Reference(0.1, uncertainty, 0.02).is_uncertain is is_uncertain


def test_two_groups_are_two_modes_and_a_single_gross_error_is_none() -> None:
    groups = np.concatenate([CHANCE.normal(10, 1, 60), CHANCE.normal(16, 1, 25)])
    one = np.concatenate([CHANCE.normal(10, 1, 60), [1e5, 18.0]])

    found, single = density(groups, 11, 2, 0.8), density(one, 10, 1, 0.8)

    assert [round(mode.place) for mode in found.considerable] == [10, 16]
    assert sum(mode.share for mode in found.modes) == pytest.approx(1, abs=1e-3)
    assert (len(single.considerable), single.beyond) == (1, 1)


def test_the_density_on_the_grid_is_the_sum_of_kernels() -> None:
    values = CHANCE.normal(10, 1, 40)
    found = density(values, 10, 1, 0.5)

    exact = np.exp(-0.5 * ((found.places[:, np.newaxis] - values) / 0.5) ** 2).sum(axis=1) / (
        40 * 0.5 * (2 * np.pi) ** 0.5
    )

    assert np.abs(found.heights - exact).max() < 1e-3 * exact.max()


def test_a_point_misplaced_and_a_unit_mistaken_are_told_apart() -> None:
    values = np.array([0.101, 1.02, 98.0, 0.0001, 0.5, 0.012])
    z = (values - 0.1) / 0.01

    found = blunders(values, z, 0.1, 0.01)

    assert found == [Blunder(1, 1), Blunder(2, 3), Blunder(3, -3), Blunder(5, -1)]
    assert [one.is_unit for one in found] == [False, True, True, False]


def test_copied_results_are_found_and_chance_is_not() -> None:
    table = CHANCE.normal(100, 10, (40, 10)).round(1)
    table[7] = table[31]
    table[7, 3] = 99.9
    table[7, 4] = np.nan

    assert same_digits(table) == [SameDigits(7, 31, 8, 9)]


def test_values_that_many_gave_are_nobodys_own() -> None:
    """An analyte that all but a few report alike, a thousand times over, neither accuses anybody nor takes long."""
    table = np.full((1000, 30), 0.125)
    table[:, :4] = CHANCE.normal(100, 10, (1000, 4)).round(2)
    table[3, :4] = table[900, :4]

    assert same_digits(table) == [SameDigits(3, 900, 4, 4)]


def test_few_figures_that_agree_prove_nothing() -> None:
    table = CHANCE.integers(5, 9, (30, 4)).astype(float)

    assert same_digits(table) == []


@pytest.mark.parametrize("others", [[0.12, 100.0], [100.0], [0.05], []])
def test_values_that_are_nearly_all_the_same_have_no_spread(others: list[float]) -> None:
    values = np.array([0.1] * 9 + others)
    found = algorithm_a(values)

    assert (found.fixed.mean, found.fixed.deviation, found.stopped.deviation) == (0.1, 0, 0)
    assert hampel(values).deviation == 0


def test_hampel_and_qn_stand_what_algorithm_a_does_not() -> None:
    """Four of ten far off on one side: the breakdown point of algorithm A is lower (ISO 13528, annex C)."""
    values = np.array([9.8, 9.9, 10.0, 10.1, 10.2, 10.05, 1000.0, 1100.0, 1200.0, 1300.0])

    assert hampel(values, 0.2).mean == pytest.approx(10.0083, abs=0.001)
    assert qn(values) < 300
    assert algorithm_a(values).fixed.mean > 100


def test_the_q_method_reads_past_pairs_that_are_equal() -> None:
    """Values to one figure only: half of the pairs may be equal, and the deviation is still found."""
    values = np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], [3, 9, 14, 9, 3])

    assert q_method(values) == pytest.approx(values.std(ddof=1), rel=0.25)
    assert q_method(np.full(5, 2.0)) == 0


def test_the_expanded_criterion_compares_squares_with_squares() -> None:
    """s_s against F1 (0.3 σ)² + F2 s_w², without the square, would pass what is not homogeneous when σ is large."""
    values = np.array([[10.0, 10.2], [12.9, 13.1], [9.9, 10.1], [13.0, 12.8], [10.1, 9.9],
                       [12.0, 12.2], [10.0, 9.8], [13.2, 13.0], [9.9, 10.1], [12.1, 12.3]])  # fmt: skip
    found = homogeneity(values, 3.0)
    first, second = homogeneity_factors(10)

    assert found.between < first * 0.9**2 + second * found.within**2
    assert found.between**2 > first * 0.9**2 + second * found.within**2
    assert (found.is_homogeneous, found.is_homogeneous_by_expanded, found.is_precise) == (False, False, True)


def test_homogeneity_needs_units_portions_and_a_sigma() -> None:
    with pytest.raises(BadInput) as refused:
        homogeneity(np.ones((3, 1)), 0.0)

    assert [why.code for why in refused.value.reasons] == [
        "homogeneity.too_few_units", "homogeneity.single_portions", "homogeneity.no_sigma"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("later", "stable", "by_expanded"), [(10.2, True, True), (10.4, False, True), (11.5, False, False)]
)
def test_stability_with_and_without_uncertainty(later: float, stable: bool, by_expanded: bool) -> None:
    first = np.array([9.8, 10.2, 10.0, 9.9, 10.1])

    found = stability(first, first - 10 + later, 1.0)

    assert (found.is_stable, found.is_stable_by_expanded) == (stable, by_expanded)


def test_cochran_and_mandel_point_at_the_laboratory_that_repeats_badly() -> None:
    replicates = np.column_stack([CHANCE.normal(10, 0.5, 12), np.zeros(12)])
    replicates[:, 1] = replicates[:, 0] + CHANCE.normal(0, 0.1, 12)
    replicates[5, 1] = replicates[5, 0] + 2

    worst, both = cochran(replicates), mandel(replicates)

    assert worst is not None
    assert both is not None
    assert (worst.place, worst.standing.value, int(both.k.argmax())) == (5, "outlier", 5)
    assert both.k[5] > both.k_1
    assert float(both.h.mean()) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("replicates", [np.ones((5, 2)), np.ones((1, 2)), np.arange(4.0).reshape(4, 1)])
def test_nothing_is_tested_without_spread_or_replicates(replicates: Floats) -> None:
    assert (cochran(replicates), mandel(replicates)) == (None, None)


def test_pairs_tell_a_lean_from_chance() -> None:
    names: Any = (("a", "b", "c", "d", "e"), ("e", "d", "c", "b"))
    pairs = youden_pairs(names, (np.array([0.1, 3.0, -2.5, 0.4, 2.2]), np.array([-2.6, 0.5, -2.1, 2.4])))

    assert pairs.participants == ("b", "c", "d", "e")
    assert [pairs.lean(place) for place in range(4)] == [Lean.SYSTEMATIC, Lean.SYSTEMATIC, Lean.NEAR, Lean.RANDOM]
    assert pairs.rank_correlation == pytest.approx(0.4)
