"""Properties of the statistics of proficiency rounds: what bears gross errors, what is irrelevant, what must not be."""

from dataclasses import replace
from decimal import Decimal
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.science.algorithm_a import algorithm_a
from lims.science.homogeneity import homogeneity
from lims.science.proficiency import Measured, evaluate
from lims.science.proficiency_scores import Grade, ScoreKind, grade
from lims.science.proficiency_setting import AssignedBy, Choice, Given, SigmaBy
from lims.science.robust import Floats, Robust, median
from lims.science.robust_pairs import hampel, q_method
from lims.science.units import UnitCode

#: Results in thousandths, spread at least a little: what has no spread has its own tests.
spread_out = st.lists(st.integers(500, 1500), min_size=10, max_size=60).filter(
    lambda found: len(set(found)) > len(found) // 2 + 1
)
estimators = st.sampled_from([lambda x: algorithm_a(x).fixed, hampel, lambda x: Robust(median(x), q_method(x))])


def results(thousandths: list[int]) -> Floats:
    return np.array(thousandths) / 1000


def measured(values: Floats, expanded: Floats | None = None) -> Measured:
    return Measured(
        analyte="chlorpyrifos", item="", unit=UnitCode.MG_PER_KG, places=np.arange(values.size), values=values,
        expanded=np.full(values.size, np.nan) if expanded is None else expanded,
        counts=np.ones(values.size, dtype=bool), figures=np.full(values.size, 3), replicates=values[:, np.newaxis],
        given=Given(),
    )  # fmt: skip


def reach(clean: Floats, gross: int) -> float:
    """How far beyond the clean results x* can be drawn by gross ones that all lie on one side.

    With p results, k of them gross and m = p − k clean in a range R: were x* beyond the clean ones by t, each of them
    would pull back by min(t, 1.5 s*) and each gross one forth by 1.5 s*, so t ≤ 1.5 s* k/m; and s* follows from its own
    equation, each clean result being within R + t of x*.
    """
    m, p = clean.size, clean.size + gross
    t = 1.5 * gross / m
    root = sqrt((p - 1) / 1.134**2 - 2.25 * gross)
    assert root > sqrt(m) * t
    return t * sqrt(m) * float(np.ptp(clean)) / (root - sqrt(m) * t)


@given(spread_out, st.sampled_from([1e2, 1e4, 1e8]))
def test_a_fifth_of_gross_errors_moves_the_robust_mean_no_further_than_theory_allows(
    thousandths: list[int], times: float
) -> None:
    clean = results(thousandths)
    gross = clean.size // 4
    found = algorithm_a(np.concatenate([clean, times * (1 + np.arange(gross))])).fixed

    assert clean.min() <= found.mean <= clean.max() + reach(clean, gross)


@given(spread_out)
def test_algorithm_a_ends_where_one_more_round_changes_nothing(thousandths: list[int]) -> None:
    values = results(thousandths)
    found = algorithm_a(values).fixed

    clipped = np.clip(values, found.mean - 1.5 * found.deviation, found.mean + 1.5 * found.deviation)

    assert clipped.mean() == pytest.approx(found.mean, rel=1e-9)
    assert 1.134 * clipped.std(ddof=1) == pytest.approx(found.deviation, rel=1e-9)


@given(spread_out, estimators, st.randoms(use_true_random=False))
def test_the_order_of_results_does_not_matter(thousandths, estimate, chance) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(thousandths)
    chance.shuffle(shuffled)

    assert estimate(results(shuffled)) == estimate(results(thousandths))


@given(spread_out, estimators, st.sampled_from([0.001, 0.5, 1000.0]), st.integers(-400, 4000))
def test_unit_and_origin_do_not_matter(thousandths, estimate, scale, shift) -> None:  # type: ignore[no-untyped-def]
    values = results(thousandths)
    plain, moved = estimate(values), estimate((values + shift / 1000) * scale)

    assert moved.mean == pytest.approx((plain.mean + shift / 1000) * scale, rel=1e-6, abs=1e-9 * scale)
    assert moved.deviation == pytest.approx(plain.deviation * scale, rel=1e-6)


@given(
    st.integers(1, 2000), st.integers(3, 40), st.sampled_from([by for by in AssignedBy if by is not AssignedBy.GIVEN])
)
def test_results_without_spread_give_no_score(thousandth: int, count: int, by: AssignedBy) -> None:
    values = np.full(count, thousandth / 1000)

    found = evaluate(measured(values, np.full(count, 0.01)), Choice(assigned=by))

    assert (found.judged_by, set(found.scores)) == (None, {ScoreKind.D_PERCENT})
    assert np.isnan(found.grades).all()
    assert {found.missing[kind].code for kind in (ScoreKind.Z, ScoreKind.Z_PRIME)} == {"proficiency.no_spread"}


@given(spread_out, st.sampled_from([by for by in AssignedBy if by is not AssignedBy.GIVEN]))
def test_no_score_is_ever_infinite(thousandths: list[int], by: AssignedBy) -> None:
    values = results(thousandths)
    found = evaluate(measured(values, np.full(values.size, 0.05)), Choice(assigned=by))

    assert all(np.isfinite(score).all() for score in found.scores.values())


@given(st.integers(2, 60), st.lists(st.integers(1, 10**6), max_size=12), st.sampled_from([100, 1, 123]))
def test_values_that_are_nearly_all_the_same_have_no_spread_or_a_finite_score(
    count: int, others: list[int], usual: int
) -> None:
    """Results of two figures often are: every estimator comes to rest, with a deviation of 0 or a real one."""
    values = np.array([usual] * count + others) / 1000
    for by in (AssignedBy.ROBUST_MEAN, AssignedBy.MEDIAN, AssignedBy.HAMPEL):
        found = evaluate(measured(values), Choice(assigned=by))

        assert found.robust is not None
        assert np.isfinite(found.scores.get(ScoreKind.Z, np.zeros(1))).all()
        assert found.judged_by is not None or found.missing[ScoreKind.Z].code.startswith("proficiency.")


@given(st.floats(0, 10), st.floats(0, 10), st.sampled_from([ScoreKind.Z, ScoreKind.ZETA, ScoreKind.EN, ScoreKind.PA]))
def test_a_larger_score_has_no_better_grade(one: float, other: float, kind: ScoreKind) -> None:
    order = list(Grade)
    small, large = sorted((one, other))

    assert order.index(grade(kind, small)) <= order.index(grade(kind, large))
    assert grade(kind, -large) is grade(kind, large)


@given(st.integers(1, 400), st.sampled_from(["0.01", "0.001", "0.03", "0.0007"]))
def test_a_score_that_is_just_2_is_satisfactory_and_just_3_is_not(assigned: int, sigma: str) -> None:
    """In floats (0.12 − 0.10)/0.01 is more than 2; in decimals it is 2."""
    x_pt, step = Decimal(assigned) / 1000, Decimal(sigma)
    values = np.array([float(x_pt + 2 * step), float(x_pt + 3 * step), float(x_pt), float(x_pt + step)])
    handed_in = replace(measured(values), given=Given(assigned=float(x_pt), sigma=float(step)))

    assert evaluate(handed_in, Choice()).grades.tolist() == [0, 2, 0, 0]


@given(st.lists(st.tuples(st.integers(90, 110), st.integers(90, 110)), min_size=7, max_size=20))
def test_homogeneity_is_an_analysis_of_variance(pairs: list[tuple[int, int]]) -> None:
    values = np.array(pairs) / 10
    found = homogeneity(values, 1.0)

    between = 2 * values.mean(axis=1).var(ddof=1)
    within = float(((values[:, 0] - values[:, 1]) ** 2).sum()) / (2 * len(pairs))
    assert found.within**2 == pytest.approx(within)
    assert found.between**2 == pytest.approx(max(0, (between - within) / 2), abs=1e-12)


def test_a_fixed_sigma_needs_its_number() -> None:
    with pytest.raises(ValueError, match="a number belongs"):
        Choice(sigma=SigmaBy.PERCENT)
