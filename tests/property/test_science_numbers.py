"""Properties of rounding, units and amounts."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lims.core.errors import BadInput
from lims.science.amounts import (
    Amount,
    BelowLoq,
    NotDetected,
    Quantified,
    amount_from_dict,
    amount_to_dict,
    in_unit,
    lower_bound,
    upper_bound,
)
from lims.science.rounding import decimal_from_float, plain, round_significant, round_to_places
from lims.science.units import UnitCode, convert, parse_unit, registry

numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=9)
contents = st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**6, places=6)
bounds = contents.filter(bool)
units = st.sampled_from(UnitCode)
amounts: st.SearchStrategy[Amount] = st.one_of(
    st.builds(Quantified, contents, units, st.none() | contents),
    st.builds(BelowLoq, bounds, units, st.booleans()),
    st.builds(NotDetected, bounds, units, st.none() | bounds),
)


@pytest.fixture(scope="module", autouse=True)
def _registry_is_built() -> None:
    """Building it takes longer than one example may."""
    registry()


@given(numbers, st.integers(1, 8))
def test_rounding_to_figures_twice_is_rounding_once(value: Decimal, figures: int) -> None:
    once = round_significant(value, figures)

    assert round_significant(once, figures) == once
    assert plain(round_significant(once, figures)) == plain(once)


@given(numbers, st.integers(-3, 9))
def test_rounding_to_places_moves_at_most_half_a_step_and_is_settled_then(value: Decimal, places: int) -> None:
    once = round_to_places(value, places)

    assert abs(once - value) * 2 <= Decimal(1).scaleb(-places)
    assert round_to_places(once, places) == once


@given(numbers, numbers, st.integers(-3, 9))
def test_rounding_keeps_the_order(first: Decimal, second: Decimal, places: int) -> None:
    low, high = sorted((first, second))

    assert round_to_places(low, places) <= round_to_places(high, places)


@given(numbers, st.integers(1, 8))
def test_rounding_a_negative_number_is_rounding_its_absolute_value(value: Decimal, figures: int) -> None:
    assert round_significant(-value, figures) == -round_significant(value, figures)


@given(numbers)
def test_a_printed_number_is_the_number(value: Decimal) -> None:
    assert Decimal(plain(value)) == value
    assert "E" not in plain(value)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300))
def test_a_float_is_kept_to_fifteen_digits(value: float) -> None:
    kept = decimal_from_float(value)

    assert len(kept.as_tuple().digits) <= 15
    assert abs(kept - Decimal(value)) <= abs(Decimal(value)) * Decimal("1E-14") + Decimal("1E-320")


@given(numbers, units, units)
def test_a_conversion_and_back_changes_nothing(value: Decimal, there: UnitCode, here: UnitCode) -> None:
    assume(there.kind is here.kind)

    assert convert(convert(value, here, there), there, here) == value


@given(numbers, units, units, units)
def test_a_detour_over_a_third_unit_changes_nothing(value: Decimal, a: UnitCode, b: UnitCode, c: UnitCode) -> None:
    assume(a.kind is b.kind is c.kind)

    assert convert(convert(value, a, b), b, c) == convert(value, a, c)


def read(text: str) -> UnitCode | list[str]:
    """The unit that a text means, or the codes of the refusal."""
    try:
        return parse_unit(text)
    except BadInput as refused:
        return [r.code for r in refused.reasons]


@given(st.text(max_size=12) | st.text("mMuUμgGkKlL/1% 毫微千克升-⁻·", max_size=8))
def test_any_text_is_a_unit_of_the_list_or_refused(text: str) -> None:
    meant = read(text)

    assert isinstance(meant, UnitCode) or meant == ["unit.unknown"]


@given(amounts)
def test_an_amount_survives_its_way_through_texts(amount: Amount) -> None:
    assert amount_from_dict(amount_to_dict(amount)) == amount


@given(amounts, units)
def test_bounds_convert_with_their_amount(amount: Amount, unit: UnitCode) -> None:
    assume(unit.kind is amount.unit.kind)

    there = in_unit(amount, unit)

    assert lower_bound(there) <= upper_bound(there)
    assert upper_bound(there) == convert(upper_bound(amount), amount.unit, unit)
    assert in_unit(there, amount.unit) == amount
