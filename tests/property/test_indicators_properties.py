"""What holds of figures whatever the counts are."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from lims.indicators.figures import by_calendar
from lims.indicators.rules import Period, Tally, per_thousand, quota, shown

counts = st.integers(0, 10_000_000)
tallies = st.builds(Tally, counts, counts, counts, counts, counts)
targets = st.decimals(min_value=0, max_value=100, places=2)
places = st.integers(0, 3)


@given(counts, st.integers(1, 10_000_000), places)
def test_a_rate_is_never_shown_as_100_when_something_failed(conforming: int, failing: int, digits: int) -> None:
    rate = Tally(conforming, failing).pass_rate
    assert rate is not None

    assert Fraction(shown(rate, digits, (100,))) < 100


@given(st.integers(1, 10_000_000), places)
def test_a_rate_without_failures_is_shown_as_100(conforming: int, digits: int) -> None:
    rate = Tally(conforming).pass_rate
    assert rate is not None

    assert Fraction(shown(rate, digits, (100,))) == 100


@given(counts, st.integers(1, 10_000_000), places, targets)
def test_what_is_shown_is_on_the_same_side_of_the_target_as_the_rate(
    conforming: int, failing: int, digits: int, target: Decimal
) -> None:
    rate = Tally(conforming, failing).pass_rate
    assert rate is not None
    goal = Fraction(str(target))

    text = shown(rate, digits, (100, target))

    if rate < goal:
        assert Fraction(text) < goal
    assert abs(Fraction(text) - rate) < Fraction(1, 10**digits)


@given(st.fractions(min_value=-100, max_value=100, max_denominator=10**9), places)
def test_a_gap_is_shown_as_nothing_only_when_it_is_nothing(gap: Fraction, digits: int) -> None:
    assert (Fraction(shown(gap, digits)) == 0) is (gap == 0)


@given(st.lists(tallies, max_size=8))
def test_counts_of_regions_that_share_nothing_add_up(parts: list[Tally]) -> None:
    whole = sum(parts, Tally())

    assert whole.judged == sum(part.judged for part in parts)
    assert whole.batches == sum(part.batches for part in parts)
    # The rate of the whole is the mean of the rates, weighted by what was judged.
    weighted = sum((part.pass_rate or Fraction(0)) * part.judged for part in parts)
    assert whole.pass_rate == (weighted / whole.judged if whole.judged else None)


@given(st.dictionaries(st.integers(1, 12), tallies), st.sampled_from([1, 3]))
def test_the_last_row_of_a_year_is_the_year(months: dict[int, Tally], step: int) -> None:
    rows = [tally for _, tally in by_calendar(months, Period.parse("2026"), step)]

    whole = sum(months.values(), Tally())
    assert rows[-1].accepted == whole.accepted
    assert sum(tally.judged for tally in rows) == whole.judged


@given(targets, st.integers(1, 50_000_000))
def test_the_quota_is_the_smallest_number_that_reaches_the_target(target: Decimal, residents: int) -> None:
    needed = quota(target, residents)

    assert per_thousand(needed, residents) >= Fraction(str(target))
    if needed:
        assert per_thousand(needed - 1, residents) < Fraction(str(target))
