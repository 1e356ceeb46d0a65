"""Control charts against published examples."""

from decimal import Decimal

import pytest

from lims.core.errors import BadInput
from lims.science.control_charts import (
    FACTORS,
    DeviationFrom,
    cusum,
    ewma,
    individuals_limits,
    mean_and_range_limits,
    moving_range_limits,
    moving_ranges,
    reference_of,
)
from lims.science.rounding import round_to_places


def numbers(text: str) -> list[Decimal]:
    return [Decimal(one) for one in text.split()]


#: NIST/SEMATECH e-Handbook, 6.3.2.2: flow rates.
FLOW = numbers("49.6 47.6 49.9 51.3 47.8 51.2 52.6 52.4 53.6 52.1")
#: NIST/SEMATECH e-Handbook, 6.3.2.4.
SMOOTHED = numbers(
    "52.0 47.0 53.0 49.3 50.1 47.0 51.0 50.1 51.2 50.5 49.6 47.6 49.9 51.3 47.8 51.2 52.6 52.4 53.6 52.1"
)
#: Montgomery and Runger, Applied Statistics and Probability for Engineers, table 16-8: target 99, K = 1, H = 10.
CONCENTRATIONS = numbers(
    "102.0 94.8 98.3 98.4 102.0 98.5 99.0 97.7 100.0 98.1 101.3 98.7 101.1 98.4 97.0 96.7 100.3 101.4 97.2 101.0"
)


def test_individuals_of_the_nist_handbook() -> None:
    limits = individuals_limits(FLOW)
    assert limits.centre == Decimal("50.81")
    assert round_to_places(limits.upper, 3) == Decimal("55.804")
    assert round_to_places(limits.lower, 3) == Decimal("45.816")
    ranges = moving_ranges(FLOW)
    assert round_to_places(sum(ranges, Decimal(0)) / len(ranges), 4) == Decimal("1.8778")


def test_ewma_of_the_nist_handbook() -> None:
    found = ewma(SMOOTHED, Decimal(50), Decimal("2.0539"), weight=Decimal("0.3"))
    told = numbers(
        "50.60 49.52 50.56 50.18 50.16 49.21 49.75 49.85 50.26 50.33 50.11 49.36 49.52 50.05 49.38 49.92 50.73 51.23"
        " 51.94 51.99"
    )
    assert [round_to_places(point.value, 2) for point in found] == told
    # The handbook gives the limits that the exact ones approach.
    assert round_to_places(found[-1].limits.upper, 2) == Decimal("52.59")
    assert not any(point.is_out for point in found)


def test_cusum_of_montgomery_and_runger() -> None:
    found = cusum(CONCENTRATIONS, Decimal(99), Decimal(2), slack=Decimal("0.5"), decision=Decimal(5))
    above = numbers("2.0 0 0 0 2.0 0.5 0 0 0 0 1.3 0 1.1 0 0 0 0.3 1.7 0 1.0")
    below = numbers("0 3.2 2.9 2.5 0 0 0 0.3 0 0 0 0 0 0 1.0 2.3 0 0 0.8 0")
    assert [point.above for point in found] == above
    assert [point.below for point in found] == below
    assert not any(point.is_out for point in found)


def test_cusum_sees_a_shift_of_one_deviation() -> None:
    found = cusum([Decimal(11)] * 12, Decimal(10), Decimal(1))
    assert [point.is_out for point in found].index(True) == 10


@pytest.mark.parametrize("size", FACTORS)
def test_factors_agree_with_each_other(size: int) -> None:
    """A2 = 3/(d2 √n), and the two limits of R lie as far from 1."""
    factors = FACTORS[size]
    assert abs(factors.a2 - 3 / (factors.d2 * Decimal(size).sqrt())) < Decimal("0.001")
    if factors.d3:
        assert factors.d3 + factors.d4 == 2


def test_means_and_ranges() -> None:
    """Mean 74.001 and mean range 0.023 of groups of five give 73.988 to 74.014 (Montgomery, piston rings)."""
    groups = [numbers("73.9895 74.001 74.001 74.001 74.0125")] * 3
    means, ranges = mean_and_range_limits(groups)
    assert [round_to_places(value, 3) for value in (means.lower, means.upper)] == numbers("73.988 74.014")
    assert [round_to_places(value, 3) for value in (ranges.lower, ranges.upper)] == numbers("0 0.049")


def test_groups_of_different_sizes_are_refused() -> None:
    with pytest.raises(BadInput, match="groups of one size"):
        mean_and_range_limits([numbers("1 2"), numbers("1 2 3")])
    with pytest.raises(BadInput, match="groups of one size"):
        mean_and_range_limits([])


def test_the_reference_period() -> None:
    """By the moving range: 1.8778/1.128 = 1.6647."""
    by_all = reference_of(FLOW, fewest=10)
    assert round_to_places(by_all.deviation, 2) == Decimal("2.03")
    by_range = reference_of(FLOW, fewest=10, by=DeviationFrom.MOVING_RANGE)
    assert round_to_places(by_range.deviation, 4) == Decimal("1.6647")
    assert round_to_places(moving_range_limits(by_range.mean_moving_range).upper, 3) == Decimal("6.135")


def test_a_reference_period_needs_points_that_differ() -> None:
    with pytest.raises(BadInput, match="has 10 points; at least 20"):
        reference_of(FLOW)
    with pytest.raises(BadInput, match="are the same"):
        reference_of([Decimal(5)] * 20)
