"""Rounding for reports and writing numbers out."""

from decimal import Decimal

import pytest

from lims.core.errors import BadInput, RuleRefused
from lims.science.amounts import Quantified, amount_from_dict, amount_to_dict, in_unit, shared_reporting
from lims.science.rounding import (
    FiguresRule,
    PlacesRule,
    ReportingRule,
    decimal_from_float,
    plain,
    reasons_not_to_report,
    round_for_report,
    round_significant,
    round_to_places,
)
from lims.science.units import UnitCode, parse_unit


@pytest.mark.parametrize(
    ("value", "figures", "rounded"),
    [
        ("0.0125", 2, "0.012"),
        ("0.0135", 2, "0.014"),
        ("9.96", 2, "10"),
        ("0.0996", 2, "0.10"),
        ("0.1", 3, "0.100"),
        ("1234", 2, "1200"),
        ("99.5", 2, "100"),
        ("-0.125", 2, "-0.12"),
        ("0.000", 2, "0"),
    ],
)
def test_significant_figures_are_counted_from_the_first_digit(value: str, figures: int, rounded: str) -> None:
    assert plain(round_significant(Decimal(value), figures)) == rounded


def test_a_number_without_figures_does_not_exist() -> None:
    with pytest.raises(ValueError, match="at least one"):
        round_significant(Decimal(1), 0)


@pytest.mark.parametrize(
    ("value", "unit", "rounded"),
    [
        ("12.345", UnitCode.MG_PER_KG, "12.3"),
        ("10", UnitCode.MG_PER_KG, "10.0"),
        ("9.994", UnitCode.MG_PER_KG, "10"),  # the unrounded value decides how many figures there are
        ("0.15349", UnitCode.MG_PER_KG, "0.15"),
        ("9999", UnitCode.UG_PER_KG, "10000"),
        ("12345", UnitCode.UG_PER_KG, "12300"),
        ("153.4", UnitCode.UG_PER_KG, "150"),
    ],
)
def test_a_report_shows_two_figures_and_three_from_ten_milligrams_upwards(
    value: str, unit: UnitCode, rounded: str
) -> None:
    assert plain(round_for_report(Decimal(value), unit)) == rounded


def test_the_rule_for_contents_says_nothing_of_a_ratio() -> None:
    with pytest.raises(RuleRefused) as refused:
        round_for_report(Decimal(50), UnitCode.PERCENT)

    assert refused.value.reasons[0].code == "unit.kind_differs"


@pytest.mark.parametrize(
    ("value", "text"),
    [("0.10", "0.10"), ("1.0E+2", "100"), ("1E-7", "0.0000001"), ("-0.00", "0.00"), ("-0.5", "-0.5"), ("0", "0")],
)
def test_a_number_is_printed_without_exponent_and_with_its_zeros(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity"])
def test_what_is_no_number_is_neither_rounded_nor_printed(value: str) -> None:
    for act in (plain, lambda v: round_to_places(v, 2), lambda v: round_significant(v, 2)):
        with pytest.raises(BadInput):
            act(Decimal(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1 + 0.2, "0.3"),
        (2.675, "2.675"),
        (20.000000000000004, "20"),
        (1 / 3, "0.333333333333333"),
        (-1.5e-9, "-1.5E-9"),
    ],
)
def test_fifteen_digits_of_a_float_become_a_decimal(value: float, expected: str) -> None:
    assert decimal_from_float(value) == Decimal(expected)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_float_that_is_no_number_becomes_nothing(value: float) -> None:
    with pytest.raises(BadInput):
        decimal_from_float(value)


PLACES = PlacesRule(2, UnitCode.MG_PER_KG, "GB 23200.121-2026")


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [("0.125", "mg/kg", "0.12"), ("12.3456", "mg/kg", "12.35"), ("125", "μg/kg", "120"), ("0.0041", "mg/kg", "0.004")],
)
def test_fixed_decimals_are_those_of_the_method_and_never_make_nothing_of_a_find(
    value: str, unit: str, shown: str
) -> None:
    assert round_for_report(Decimal(value), parse_unit(unit), PLACES) == Decimal(shown)


@pytest.mark.parametrize("rule", [PLACES, FiguresRule(Decimal(1), UnitCode.MG_PER_KG, 4, 3, "own")])
def test_a_rule_travels_with_its_amount(rule: ReportingRule) -> None:
    amount = Quantified(Decimal("0.123456"), UnitCode.MG_PER_KG, None, rule)

    assert amount_from_dict(amount_to_dict(in_unit(amount, UnitCode.UG_PER_KG))) == in_unit(amount, UnitCode.UG_PER_KG)
    assert shared_reporting([amount, amount]) == rule
    assert shared_reporting([amount, Quantified(Decimal(1), UnitCode.MG_PER_KG)]) is None


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (PlacesRule(9, UnitCode.MG_PER_KG, "own"), "rounding.places"),
        (FiguresRule(Decimal(10), UnitCode.MG_PER_KG, 1, 2, "own"), "rounding.figures"),
        (FiguresRule(Decimal(0), UnitCode.MG_PER_KG, 3, 2, "own"), "rounding.threshold"),
        (PlacesRule(2, UnitCode.MG_PER_KG, " "), "rounding.source"),
    ],
)
def test_a_rule_that_nobody_could_report_by_is_refused(rule: ReportingRule, code: str) -> None:
    assert [why.code for why in reasons_not_to_report(rule)] == [code]
