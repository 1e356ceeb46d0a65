"""Amounts: what can be one, its bounds, its unit, its way through JSON."""

import json
from decimal import Decimal

import pytest

from lims.core.errors import BadInput, RuleRefused
from lims.science.amounts import (
    Amount,
    BelowLoq,
    NotDetected,
    Quantified,
    amount_from_dict,
    amount_to_dict,
    in_unit,
    is_detected,
    lower_bound,
    upper_bound,
)
from lims.science.units import UnitCode

D = Decimal
MG_KG, UG_KG, MG_L = UnitCode.MG_PER_KG, UnitCode.UG_PER_KG, UnitCode.MG_PER_L


@pytest.mark.parametrize(
    ("amount", "lower", "upper", "detected"),
    [
        (Quantified(D("0.10"), MG_KG), "0.10", "0.10", True),
        (Quantified(D("0"), MG_KG), "0", "0", False),
        (BelowLoq(D("0.01"), MG_KG), "0", "0.01", False),
        (BelowLoq(D("0.01"), MG_KG, detected=True), "0", "0.01", True),
        (NotDetected(D("0.003"), MG_KG), "0", "0.003", False),
        (NotDetected(D("0.003"), MG_KG, D("0.01")), "0", "0.01", False),
    ],
)
def test_an_amount_lies_between_its_bounds(amount: Amount, lower: str, upper: str, detected: bool) -> None:
    assert lower_bound(amount) == D(lower)
    assert upper_bound(amount) == D(upper)
    assert is_detected(amount) is detected


@pytest.mark.parametrize(
    ("amount", "texts"),
    [
        (Quantified(D("0.10"), MG_KG), {"kind": "quantified", "value": "0.10", "unit": "mg/kg"}),
        (
            Quantified(D("1E-8"), UG_KG, D("0.50")),
            {"kind": "quantified", "value": "0.00000001", "unit": "μg/kg", "expanded_uncertainty": "0.50"},
        ),
        (
            BelowLoq(D("0.010"), MG_KG, detected=True),
            {"kind": "below_loq", "limit_of_quantification": "0.010", "unit": "mg/kg", "detected": "yes"},
        ),
        (
            NotDetected(D("0.003"), MG_KG, D("0.01")),
            {
                "kind": "not_detected",
                "limit_of_detection": "0.003",
                "limit_of_quantification": "0.01",
                "unit": "mg/kg",
            },
        ),
    ],
)
def test_an_amount_travels_as_plain_texts(amount: Amount, texts: dict[str, str]) -> None:
    assert amount_to_dict(amount) == texts
    assert amount_from_dict(json.loads(json.dumps(texts))) == amount


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ({"kind": "quantified", "value": "0.1"}, "amount.part_missing"),
        ({"kind": "quantified", "unit": "mg/kg"}, "amount.part_missing"),
        ({"kind": "quantified", "value": "N/F", "unit": "mg/kg"}, "amount.not_a_number"),
        ({"kind": "quantified", "value": "NaN", "unit": "mg/kg"}, "amount.out_of_range"),
        ({"kind": "quantified", "value": "0.1", "unit": "ppm"}, "unit.unknown"),
        ({"kind": "trace", "value": "0.1", "unit": "mg/kg"}, "amount.kind_unknown"),
        (
            {"kind": "below_loq", "limit_of_quantification": "1", "detected": "perhaps", "unit": "mg/kg"},
            "amount.not_yes_or_no",
        ),
    ],
)
def test_what_is_not_an_amount_is_refused(texts: dict[str, str], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        amount_from_dict(texts)

    assert [r.code for r in refused.value.reasons] == [code]


def test_a_float_is_no_text_of_a_number() -> None:
    with pytest.raises(BadInput) as refused:
        amount_from_dict({"kind": "quantified", "unit": "mg/kg", "value": 0.1})  # type: ignore[dict-item]  # JSON may

    assert refused.value.reasons[0].code == "amount.not_a_number"


@pytest.mark.parametrize("value", ["-0.001", "NaN", "Infinity"])
def test_no_content_is_negative_or_no_number(value: str) -> None:
    with pytest.raises(BadInput):
        Quantified(D(value), MG_KG)


@pytest.mark.parametrize("bound", ["0", "-1", "NaN"])
def test_no_method_reaches_down_to_zero(bound: str) -> None:
    with pytest.raises(BadInput):
        BelowLoq(D(bound), MG_KG)
    with pytest.raises(BadInput):
        NotDetected(D(bound), MG_KG)


def test_an_amount_changes_its_unit_with_all_its_parts() -> None:
    assert in_unit(Quantified(D("0.1"), MG_KG, D("0.05")), UG_KG) == Quantified(D(100), UG_KG, D(50))
    assert in_unit(BelowLoq(D("0.01"), MG_KG, detected=True), UG_KG) == BelowLoq(D(10), UG_KG, detected=True)
    assert in_unit(NotDetected(D("0.003"), MG_KG, D("0.01")), UG_KG) == NotDetected(D(3), UG_KG, D(10))
    with pytest.raises(RuleRefused):
        in_unit(NotDetected(D("0.003"), MG_KG), MG_L)
