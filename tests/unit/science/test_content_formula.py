"""The formula of a method: what may be set, and that the usual one is calculated as ever."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lims.core.errors import RuleRefused
from lims.science.content_formula import ContentFormula, reasons_not_to_calculate, reasons_not_to_fit
from lims.science.formula import Measured
from lims.science.quantification import QuantificationInput, content
from lims.science.units import UnitCode as U

D = Decimal
ML = Measured(D(5), U.ML)
NUMBERS = st.decimals("0.0001", "9999", places=4)
USED = QuantificationInput(D("45.1"), U.UG_PER_L, D(10), U.ML, D("10.02"), U.G)


@settings(deadline=None)  # the first call builds the registry of units
@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_the_usual_formula_gives_the_same_digits_however_it_is_written(
    c: D, volume: D, dilution: D, portion: D
) -> None:
    used = QuantificationInput(c, U.UG_PER_L, volume, U.ML, portion, U.G, dilution)

    found = ContentFormula("c×V×f/m").content(used, {}, U.MG_PER_KG)

    assert str(found) == str(content(used, U.MG_PER_KG))


@pytest.mark.parametrize(
    ("text", "constants"),
    [
        ("c * V * f / m", {}),
        ("(c - c0) * V * f / m", {}),
        ("c * V * f / m / R", {}),
        ("c * V * f / (m * (1 - H))", {}),
        ("(c - c0) * V * f * V2 / (m * V1) / R", {"V1": ML, "V2": Measured(D("0.01"), U.L)}),
        ("c * f", {}),  # of water, as it is injected
    ],
)
def test_what_methods_write_may_be_set(text: str, constants: dict[str, Measured]) -> None:
    assert reasons_not_to_calculate(ContentFormula(text, constants)) == []


@pytest.mark.parametrize(
    ("text", "constants", "code", "at"),
    [
        ("c ** 2", {}, "formula.not_allowed", "formula"),
        ("c * V * f / m * V1", {}, "formula.name_unknown", "formula"),
        ("V * f / m", {}, "formula.without_concentration", "formula"),
        ("c * f / m", {}, "formula.units_differ", "formula"),
        ("c * V * f / m * V1", {"V1": ML}, "formula.units_differ", "formula"),
        ("(c - R) * V * f / m", {}, "formula.units_differ", "formula"),
        ("c * V * f / m", {"V1": ML}, "formula.constant_unused", "constants"),
        ("c * V * f / m / R", {"R": ML}, "formula.name_taken", "constants"),
        ("c * V * f / m * k", {"k": Measured(D(0), U.ONE)}, "formula.constant_impossible", "constants"),
        ("c * V * f / m * k", {"k": Measured(D("NaN"), U.ONE)}, "formula.constant_impossible", "constants"),
        ("c * V * f / m * k", {"k": Measured(D("1e999999"), U.ONE)}, "formula.constant_impossible", "constants"),
    ],
)
def test_what_gives_no_content_may_not(text: str, constants: dict[str, Measured], code: str, at: str) -> None:
    (found,) = reasons_not_to_calculate(ContentFormula(text, constants))

    assert (found.code, found.where.field) == (code, at)


def test_a_formula_by_volume_does_not_fit_a_worksheet_by_mass() -> None:
    water = ContentFormula("c * f")
    by_volume = QuantificationInput(D(1), U.UG_PER_L, D(10), U.ML, D(10), U.ML)

    assert reasons_not_to_fit(water, by_volume, U.MG_PER_L) == []
    (why,) = reasons_not_to_fit(water, USED, U.MG_PER_KG)
    assert why.code == "worksheet.formula_does_not_fit"


def test_a_portion_of_nothing_gives_no_content() -> None:
    nothing = QuantificationInput(D(1), U.UG_PER_L, D(10), U.ML, D(0), U.G)

    with pytest.raises(RuleRefused):
        ContentFormula("2 * c * V / m").content(nothing, {}, U.MG_PER_KG)


def test_a_formula_is_read_as_it_was_kept() -> None:
    formula = ContentFormula("c * V * f * V2 / (m * V1)", {"V1": ML, "V2": Measured(D("0.010"), U.L)})

    again = ContentFormula.from_dict(formula.as_dict())

    assert again == formula
    assert again.content(USED, {}, U.MG_PER_KG) == pytest.approx(2 * content(USED, U.MG_PER_KG), rel=D("1e-24"))
