"""Rounding against the worked examples of GB/T 8170-2008 (数值修约规则与极限数值的表示和判定)."""

from decimal import Decimal

import pytest

from lims.science.rounding import plain, round_significant, round_to_places

PLACES = [
    # 3.2.1: below five is dropped
    ("12.1498", 1, "12.1"),
    ("12.1498", 0, "12"),
    # 3.2.2 and 3.2.3: above five, or five and more behind it, is rounded up
    ("1268", -2, "1300"),
    ("10.5002", 0, "11"),
    # 3.2.4: exactly five goes to the even digit
    ("1.050", 1, "1.0"),
    ("0.35", 1, "0.4"),
    ("2500", -3, "2000"),
    ("3500", -3, "4000"),
    # 3.2.5: negative numbers as their absolute value
    ("-355", -1, "-360"),
    ("-325", -1, "-320"),
    ("-0.0365", 3, "-0.036"),
    # 3.3.1: in one step
    ("97.46", 0, "97"),
    ("15.4546", 0, "15"),
    # the example that is usually taught for it
    ("8.53459", 2, "8.53"),
]


@pytest.mark.parametrize(("value", "places", "rounded"), PLACES)
def test_places_are_those_of_the_standard(value: str, places: int, rounded: str) -> None:
    assert plain(round_to_places(Decimal(value), places)) == rounded


@pytest.mark.parametrize(
    ("value", "figures", "rounded"), [("12.1498", 2, "12"), ("1268", 2, "1300"), ("10.5002", 2, "11")]
)
def test_figures_are_those_of_the_standard(value: str, figures: int, rounded: str) -> None:
    assert plain(round_significant(Decimal(value), figures)) == rounded
