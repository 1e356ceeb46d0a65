"""The content of a sample from the concentration in the measured solution, and what it says."""

from dataclasses import replace
from decimal import Decimal

import pytest

from lims.core.errors import RuleRefused
from lims.science.amounts import Amount, BelowLoq, NotDetected, Quantified
from lims.science.quantification import QuantificationInput, amount_found, content
from lims.science.rounding import round_significant
from lims.science.units import UnitCode

D = Decimal
MG_KG = UnitCode.MG_PER_KG

#: 10 g of vegetable extracted into 10 mL, measured in ng/mL.
VEGETABLE = QuantificationInput(D("50"), UnitCode.NG_PER_ML, D("10"), UnitCode.ML, D("10"), UnitCode.G)


@pytest.mark.parametrize(
    ("factors", "unit", "expected"),
    [
        (VEGETABLE, MG_KG, "0.05"),
        (VEGETABLE, UnitCode.UG_PER_KG, "50"),
        (replace(VEGETABLE, dilution=D("20")), MG_KG, "1"),
        (replace(VEGETABLE, test_portion=D("5")), MG_KG, "0.1"),
        (replace(VEGETABLE, final_volume=D("25")), MG_KG, "0.125"),
        (replace(VEGETABLE, concentration=D("0.05"), concentration_unit=UnitCode.MG_PER_L), MG_KG, "0.05"),
        (replace(VEGETABLE, test_portion=D("0.010"), test_portion_unit=UnitCode.KG), MG_KG, "0.05"),
        (replace(VEGETABLE, concentration=D("-1")), MG_KG, "-0.001"),
        # milk, by volume: 50 ng/mL in 10 mL from 2 mL
        (
            replace(VEGETABLE, test_portion=D("2"), test_portion_unit=UnitCode.ML),
            UnitCode.UG_PER_L,
            "250",
        ),
    ],
)
def test_content_is_concentration_times_volume_and_dilution_over_portion(
    factors: QuantificationInput, unit: UnitCode, expected: str
) -> None:
    assert content(factors, unit) == D(expected)


def test_a_content_is_not_rounded() -> None:
    third = content(replace(VEGETABLE, test_portion=D("3")), MG_KG)

    assert third == D("0.1666666666666666666666666667")
    assert round_significant(third, 2) == D("0.17")


def test_every_impossible_factor_is_told_at_once() -> None:
    factors = replace(VEGETABLE, final_volume=D(0), test_portion=D("-1"), dilution=D("NaN"))

    with pytest.raises(RuleRefused) as refused:
        content(factors, MG_KG)

    assert [(r.code, r.where.field) for r in refused.value.reasons] == [
        ("quantification.factor_not_positive", "final_volume"),
        ("quantification.factor_not_positive", "test_portion"),
        ("quantification.factor_not_positive", "dilution"),
    ]


@pytest.mark.parametrize(
    ("factors", "unit"),
    [
        (replace(VEGETABLE, concentration_unit=MG_KG), MG_KG),
        (replace(VEGETABLE, final_volume_unit=UnitCode.G), MG_KG),
        (replace(VEGETABLE, test_portion_unit=UnitCode.PERCENT), MG_KG),
        (replace(VEGETABLE, test_portion_unit=UnitCode.ML), MG_KG),  # by volume there is no mass fraction
        (VEGETABLE, UnitCode.MG_PER_L),
    ],
)
def test_a_factor_in_the_wrong_kind_of_unit_is_refused(factors: QuantificationInput, unit: UnitCode) -> None:
    with pytest.raises(RuleRefused) as refused:
        content(factors, unit)

    assert [r.code for r in refused.value.reasons] == ["unit.kind_differs"]


@pytest.mark.parametrize(
    ("value", "detection", "identified", "amount"),
    [
        ("0.010", "0.003", True, Quantified(D("0.010"), MG_KG, D("0.005"))),
        ("0.0099", "0.003", True, BelowLoq(D("0.010"), MG_KG, detected=True)),
        ("0.0099", "0.003", False, BelowLoq(D("0.010"), MG_KG, detected=False)),
        ("0.003", "0.003", True, BelowLoq(D("0.010"), MG_KG, detected=True)),
        ("0.0029", "0.003", True, NotDetected(D("0.003"), MG_KG, D("0.010"))),
        ("-0.001", "0.003", True, NotDetected(D("0.003"), MG_KG, D("0.010"))),
        (None, "0.003", True, NotDetected(D("0.003"), MG_KG, D("0.010"))),
        ("0.0029", None, True, BelowLoq(D("0.010"), MG_KG, detected=True)),
        (None, None, True, BelowLoq(D("0.010"), MG_KG, detected=False)),
    ],
)
def test_a_content_says_only_what_the_method_can_vouch_for(
    value: str | None, detection: str | None, identified: bool, amount: Amount
) -> None:
    found = amount_found(
        None if value is None else D(value),
        MG_KG,
        limit_of_quantification=D("0.010"),
        limit_of_detection=None if detection is None else D(detection),
        identified=identified,
        expanded_uncertainty=D("0.005"),
    )

    assert found == amount
