"""Formulas as data: what may be written, what it gives, and that wrong units are found before anybody calculates."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.core.errors import BadInput, LimsError, RuleRefused
from lims.science.formula import Formula, Measured
from lims.science.quantification import QuantificationInput, content
from lims.science.units import UnitCode as U

D = Decimal
PLAIN_UNITS = {"c": U.UG_PER_L, "V": U.ML, "f": U.ONE, "m": U.G}
NUMBERS = st.decimals("0.0001", "9999", places=4)


def test_the_usual_formula_gives_the_content() -> None:
    formula = Formula.read("c × V × f ÷ m")
    quantities = {
        "c": Measured(D("45.12"), U.UG_PER_L), "V": Measured(D(10), U.ML),
        "f": Measured(D(2), U.ONE), "m": Measured(D("10.00"), U.G),
    }  # fmt: skip

    assert formula.names == ("c", "V", "f", "m")
    assert formula.value(quantities, U.MG_PER_KG) == D("0.09024")
    assert formula.printed() == "c × V × f / m"
    assert formula.filled(quantities) == "45.12 μg/L × 10 mL × 2 / 10.00 g"


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_it_agrees_with_the_content_that_runs_calculate(c: D, volume: D, dilution: D, portion: D) -> None:
    quantities = {
        "c": Measured(c, U.UG_PER_L), "V": Measured(volume, U.ML),
        "f": Measured(dilution, U.ONE), "m": Measured(portion, U.G),
    }  # fmt: skip
    known = content(QuantificationInput(c, U.UG_PER_L, volume, U.ML, portion, U.G, dilution), U.MG_PER_KG)

    assert Formula.read("c*V*f/m").value(quantities, U.MG_PER_KG) == pytest.approx(known, rel=D("1e-24"))


@pytest.mark.parametrize(
    ("text", "units", "unit"),
    [
        ("c*V*f/m", PLAIN_UNITS, U.MG_PER_KG),
        ("(c - c0)*V*f/m", {**PLAIN_UNITS, "c0": U.NG_PER_ML}, U.UG_PER_KG),
        ("c*V*V3*f/(m*V2)", {**PLAIN_UNITS, "V2": U.ML, "V3": U.L}, U.MG_PER_KG),
        ("c*V*f/(m*(1 - w))", {**PLAIN_UNITS, "w": U.PERCENT}, U.MG_PER_KG),
        ("c*V*f/m/R*100", {**PLAIN_UNITS, "R": U.PERCENT}, U.MG_PER_KG),
        ("c*V*f/v", {**PLAIN_UNITS, "v": U.ML}, U.MG_PER_L),
    ],
)
def test_what_methods_write_has_units_that_fit(text: str, units: dict[str, U], unit: U) -> None:
    Formula.read(text).check_units(units, unit)


@pytest.mark.parametrize(
    ("text", "units", "unit", "code"),
    [
        ("c*V*f*m", PLAIN_UNITS, U.MG_PER_KG, "formula.units_differ"),
        ("c*f/m", PLAIN_UNITS, U.MG_PER_KG, "formula.units_differ"),
        ("c*V*f/m", {**PLAIN_UNITS, "m": U.ML}, U.MG_PER_KG, "formula.units_differ"),
        ("(c - V)*f/m", PLAIN_UNITS, U.MG_PER_KG, "formula.units_differ"),
        ("w", {"w": U.PERCENT}, U.MG_PER_KG, "formula.units_differ"),
        ("a + w", {"a": U.MG_PER_KG, "w": U.PERCENT}, U.MG_PER_KG, "formula.units_differ"),
        ("c*V*f/m", {"c": U.UG_PER_L}, U.MG_PER_KG, "formula.quantity_missing"),
    ],
)
def test_units_that_do_not_fit_are_refused(text: str, units: dict[str, U], unit: U, code: str) -> None:
    with pytest.raises(RuleRefused) as refusal:
        Formula.read(text).check_units(units, unit)

    assert refusal.value.reasons[0].code == code


@pytest.mark.parametrize(
    "text",
    [
        "", "c *", "c ** 2", "__import__('os')", "c.real", "c[0]", "f(c)", "c if m else V", "lambda: c", "c, m",
        "'c'", "True", "c < m", "c @ m", "c // m", "c % m", "~c", "+c", "浓度 * V", "_c", "c\0", "1" * 300,
        "-" * 90 + "c", "1j * c", "...", "c := 1", "1e999 * c", "0.12345678901234567 * c",
    ],
)  # fmt: skip
def test_what_is_no_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Formula.read(text)


def test_dividing_by_zero_is_a_refusal() -> None:
    with pytest.raises(RuleRefused, match="divides by zero"):
        Formula.read("c/m").value({"c": Measured(D(1), U.G), "m": Measured(D(0), U.G)}, U.ONE)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a-(b-c)", "a − (b − c)"), ("(a-b)-c", "a − b − c"), ("a/(b*c)", "a / (b × c)"),
        ("-(a+b)*c", "(−(a + b)) × c"), ("0.10*a", "0.1 × a"),
    ],
)  # fmt: skip
def test_brackets_stand_where_they_change_something(text: str, printed: str) -> None:
    formula = Formula.read(text)

    assert formula.printed() == printed
    assert Formula.read(printed).names == formula.names


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(LimsError):
        Formula.read(text)
