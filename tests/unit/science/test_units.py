"""Units: a closed list, kinds, exact conversion, reading."""

from decimal import Decimal
from itertools import permutations

import pytest

from lims.core.errors import BadInput, RuleRefused
from lims.science.units import UnitCode, UnitKind, convert, factor, parse_unit, registry, registry_name


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        ("0.2", UnitCode.MG_PER_KG, UnitCode.UG_PER_KG, "200"),
        ("15", UnitCode.UG_PER_KG, UnitCode.MG_PER_KG, "0.015"),
        ("1", UnitCode.NG_PER_G, UnitCode.UG_PER_KG, "1"),
        ("0.5", UnitCode.G_PER_100G, UnitCode.MG_PER_KG, "5000"),
        ("50", UnitCode.NG_PER_ML, UnitCode.MG_PER_L, "0.05"),
        ("10", UnitCode.ML, UnitCode.L, "0.010"),
        ("5.0003", UnitCode.G, UnitCode.KG, "0.0050003"),
        ("37.5", UnitCode.PERCENT, UnitCode.ONE, "0.375"),
    ],
)
def test_a_value_converts_exactly(value: str, source: UnitCode, target: UnitCode, expected: str) -> None:
    assert convert(Decimal(value), source, target) == Decimal(expected)


def test_every_digit_of_a_long_value_is_kept() -> None:
    long = Decimal("0.1234567890123456789012345678901234567890123")

    converted = convert(long, UnitCode.MG_PER_KG, UnitCode.UG_PER_KG)

    assert str(converted) == "123.4567890123456789012345678901234567890123"


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (UnitCode.MG_PER_KG, UnitCode.MG_PER_L),
        (UnitCode.MG_PER_KG, UnitCode.PERCENT),  # the same dimension for Pint, not for a laboratory
        (UnitCode.MG_PER_KG, UnitCode.ONE),
        (UnitCode.G, UnitCode.ML),
    ],
)
def test_units_of_different_kinds_do_not_convert(source: UnitCode, target: UnitCode) -> None:
    with pytest.raises(RuleRefused) as refused:
        convert(Decimal(1), source, target)

    assert [r.code for r in refused.value.reasons] == ["unit.kind_differs"]
    assert source.value in refused.value.reasons[0].text
    assert target.value in refused.value.reasons[0].text


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_does_not_convert(value: str) -> None:
    with pytest.raises(BadInput):
        convert(Decimal(value), UnitCode.MG_PER_KG, UnitCode.UG_PER_KG)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("mg/kg", UnitCode.MG_PER_KG),
        ("mg/Kg", UnitCode.MG_PER_KG),
        (" mg / kg ", UnitCode.MG_PER_KG),
        ("ｍｇ／ｋｇ", UnitCode.MG_PER_KG),
        ("毫克/千克", UnitCode.MG_PER_KG),
        ("毫克每公斤", UnitCode.MG_PER_KG),
        ("mg·kg⁻¹", UnitCode.MG_PER_KG),
        ("mg kg-1", UnitCode.MG_PER_KG),
        ("ug/kg", UnitCode.UG_PER_KG),
        ("\u00b5g/kg", UnitCode.UG_PER_KG),  # micro sign
        ("\u03bcg/kg", UnitCode.UG_PER_KG),  # Greek letter mu
        ("㎍/㎏", UnitCode.UG_PER_KG),
        ("微克/千克", UnitCode.UG_PER_KG),
        ("ng/ml", UnitCode.NG_PER_ML),
        ("ng/mL", UnitCode.NG_PER_ML),
        ("纳克/毫升", UnitCode.NG_PER_ML),
        ("mg/l", UnitCode.MG_PER_L),
        ("g/100g", UnitCode.G_PER_100G),
        ("uL", UnitCode.UL),
        ("升", UnitCode.L),
        ("克", UnitCode.G),
        ("％", UnitCode.PERCENT),
        ("1", UnitCode.ONE),
    ],
)
def test_a_unit_is_read_as_people_write_it(text: str, code: UnitCode) -> None:
    assert parse_unit(text) is code


@pytest.mark.parametrize("text", ["", "ppm", "ppb", "Mg/kg", "MG/KG", "mg/kg/d", "pH", "mgkg", "kg-1", "毫克/亩"])
def test_a_unit_that_is_not_on_the_list_is_refused_with_the_list(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_unit(text)

    assert refused.value.reasons[0].code == "unit.unknown"
    assert all(code.value in refused.value.reasons[0].text for code in UnitCode)


def test_the_old_micro_sign_finds_the_same_unit() -> None:
    assert UnitCode("\u00b5g/kg") is UnitCode.UG_PER_KG
    with pytest.raises(ValueError, match="not a valid UnitCode"):
        UnitCode("ug/kg")


@pytest.mark.parametrize("code", list(UnitCode))
def test_every_code_is_known_to_the_registry_in_the_dimension_of_its_kind(code: UnitCode) -> None:
    dimensions = {
        UnitKind.MASS_FRACTION: "",
        UnitKind.MASS_CONCENTRATION: "[mass] / [length] ** 3",
        UnitKind.MASS: "[mass]",
        UnitKind.VOLUME: "[length] ** 3",
        UnitKind.RATIO: "",
    }

    assert registry().Quantity(Decimal(1), registry_name(code)).check(dimensions[code.kind])


def test_every_factor_is_that_of_the_registry_digit_by_digit() -> None:
    for source, target in permutations(UnitCode, 2):
        if source.kind is target.kind:
            of_registry = registry().Quantity(Decimal(1), registry_name(source)).to(registry_name(target)).magnitude

            assert factor(source, target).as_tuple() == Decimal(of_registry).as_tuple()


@pytest.mark.parametrize("code", list(UnitCode))
def test_every_code_is_read_back_from_its_own_text(code: UnitCode) -> None:
    assert parse_unit(code.value) is code
