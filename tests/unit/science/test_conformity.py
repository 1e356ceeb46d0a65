"""Verdicts against an upper limit."""

from decimal import Decimal

import pytest

from lims.core.errors import BadInput, RuleRefused
from lims.science.amounts import Amount, BelowLoq, NotDetected, Quantified
from lims.science.conformity import Comparison, DecisionRule, Limit, Verdict, assess, assess_sum
from lims.science.residues import Component, ResidueDefinition, ResidueSum, sum_residues
from lims.science.units import UnitCode

D = Decimal
MG_KG, UG_KG = UnitCode.MG_PER_KG, UnitCode.UG_PER_KG
CONFORMS, EXCEEDS, INCONCLUSIVE = Verdict.CONFORMS, Verdict.EXCEEDS, Verdict.INCONCLUSIVE
SIMPLE, SUBTRACT_U = DecisionRule.SIMPLE, DecisionRule.SUBTRACT_U
FULL, ROUNDED = Comparison.FULL_VALUE, Comparison.ROUNDED_VALUE
LIMIT = Limit(D("0.02"), MG_KG)


@pytest.mark.parametrize(
    ("amount", "rule", "verdict", "compared"),
    [
        (Quantified(D("0.020"), MG_KG, D("0.010")), SIMPLE, CONFORMS, "0.020 ≤ 0.02"),  # equal is not above
        (Quantified(D("0.021"), MG_KG, D("0.010")), SIMPLE, EXCEEDS, "0.021 > 0.02"),
        (Quantified(D("0.021"), MG_KG, D("0.010")), SUBTRACT_U, CONFORMS, "0.021 − 0.010 = 0.011 ≤ 0.02"),
        (Quantified(D("0.041"), MG_KG, D("0.0205")), SUBTRACT_U, EXCEEDS, "0.041 − 0.0205 = 0.0205 > 0.02"),
        (Quantified(D("15"), UG_KG), SIMPLE, CONFORMS, "0.015 ≤ 0.02"),
        (Quantified(D("25"), UG_KG), SIMPLE, EXCEEDS, "0.025 > 0.02"),
        (BelowLoq(D("0.01"), MG_KG), SIMPLE, CONFORMS, "<0.01 ≤ 0.02"),
        (BelowLoq(D("0.02"), MG_KG), SIMPLE, CONFORMS, "<0.02 ≤ 0.02"),
        (BelowLoq(D("0.05"), MG_KG), SIMPLE, INCONCLUSIVE, "<0.05 > 0.02"),
        (NotDetected(D("0.005"), MG_KG), SIMPLE, CONFORMS, "<0.005 ≤ 0.02"),
        (NotDetected(D("0.05"), MG_KG), SIMPLE, INCONCLUSIVE, "<0.05 > 0.02"),
        (NotDetected(D("0.01"), MG_KG, D("0.03")), SIMPLE, INCONCLUSIVE, "<0.03 > 0.02"),
    ],
)
def test_verdict(amount: Amount, rule: DecisionRule, verdict: Verdict, compared: str) -> None:
    assessed = assess(amount, LIMIT, rule)

    assert assessed.verdict is verdict
    assert assessed.compared == compared
    assert bool(assessed.reasons) == (verdict is INCONCLUSIVE)


@pytest.mark.parametrize(
    ("value", "limit", "full", "rounded"),
    [
        ("0.153", "0.15", EXCEEDS, CONFORMS),
        ("0.15", "0.15", CONFORMS, CONFORMS),
        ("0.155", "0.15", EXCEEDS, EXCEEDS),  # the half goes to the even 0.16
        ("0.145", "0.14", EXCEEDS, CONFORMS),  # … and here to 0.14
        ("0.204", "0.20", EXCEEDS, CONFORMS),
        ("0.204", "0.2", EXCEEDS, CONFORMS),
        ("1.4", "1", EXCEEDS, CONFORMS),
        ("149", "1E+2", EXCEEDS, EXCEEDS),  # 100 is written with its units
    ],
)
def test_the_full_value_is_compared_unless_the_standard_rounds(
    value: str, limit: str, full: Verdict, rounded: Verdict
) -> None:
    amount, bound = Quantified(D(value), MG_KG), Limit(D(limit), MG_KG)

    assert assess(amount, bound).verdict is full
    assert assess(amount, bound, SIMPLE, ROUNDED).verdict is rounded


def test_rounding_before_comparing_is_shown() -> None:
    assessed = assess(Quantified(D("0.153"), MG_KG), Limit(D("0.15"), MG_KG), SIMPLE, ROUNDED)

    assert assessed.compared == "0.153 → 0.15 ≤ 0.15"
    assert assessed.tested == D("0.15")


def test_an_unknown_uncertainty_is_not_subtracted() -> None:
    with pytest.raises(RuleRefused) as refused:
        assess(Quantified(D("0.021"), MG_KG), LIMIT, SUBTRACT_U)

    assert [r.code for r in refused.value.reasons] == ["conformity.uncertainty_unknown"]


def test_a_content_is_not_held_against_a_limit_of_another_kind() -> None:
    with pytest.raises(RuleRefused) as refused:
        assess(Quantified(D("0.021"), UnitCode.MG_PER_L), LIMIT)

    assert [r.code for r in refused.value.reasons] == ["unit.kind_differs"]


@pytest.mark.parametrize("value", ["-1", "NaN", "Infinity"])
def test_a_limit_is_a_number_of_zero_or_more(value: str) -> None:
    with pytest.raises(BadInput):
        Limit(D(value), MG_KG)


def total(*found: Amount) -> ResidueSum:
    codes = [f"component {n}" for n in range(len(found))]
    definition = ResidueDefinition("parent", tuple(Component(code) for code in codes))
    return sum_residues(definition, dict(zip(codes, found, strict=True)), MG_KG)


Q, ND = Quantified, NotDetected


@pytest.mark.parametrize(
    ("found", "verdict", "compared", "codes"),
    [
        ([Q(D("0.01"), MG_KG), Q(D("0.01"), MG_KG)], CONFORMS, "0.02 ≤ 0.02", []),
        ([Q(D("0.01"), MG_KG), Q(D("0.011"), MG_KG)], EXCEEDS, "0.021 > 0.02", []),
        ([Q(D("0.01"), MG_KG), ND(D("0.005"), MG_KG)], CONFORMS, "0.01 ≤ 0.02", []),
        # only together the bounds pass the limit: it conforms, with a reservation
        ([Q(D("0.015"), MG_KG), ND(D("0.01"), MG_KG)], CONFORMS, "0.015 ≤ 0.02", ["conformity.loq_unfit_for_sum"]),
        ([ND(D("0.01"), MG_KG)] * 3, CONFORMS, "0 ≤ 0.02", ["conformity.loq_unfit_for_sum"]),
        ([ND(D("0.01"), MG_KG)] * 2, CONFORMS, "<0.02 ≤ 0.02", []),
        # one bound alone passes the limit: it proves nothing …
        ([ND(D("0.05"), MG_KG)], INCONCLUSIVE, "<0.05 > 0.02", ["conformity.loq_above_limit"]),
        ([Q(D("0.01"), MG_KG), ND(D("0.05"), MG_KG)], INCONCLUSIVE, "<0.05 > 0.02", ["conformity.loq_above_limit"]),
        # … unless the rest exceeds by itself
        ([Q(D("0.03"), MG_KG), ND(D("0.05"), MG_KG)], EXCEEDS, "0.03 > 0.02", []),
    ],
)
def test_the_lower_bound_of_a_sum_decides(
    found: list[Amount], verdict: Verdict, compared: str, codes: list[str]
) -> None:
    assessed = assess_sum(total(*found), LIMIT)

    assert assessed.verdict is verdict
    assert assessed.compared == compared
    assert [r.code for r in assessed.reasons] == codes


def test_what_a_rule_takes_off_is_nothing_that_a_method_could_not_quantify() -> None:
    assessed = assess_sum(total(Q(D("0.03"), MG_KG)), LIMIT, DecisionRule.SANTE_50)

    assert (assessed.verdict, assessed.compared) == (CONFORMS, "0.03 − 0.015 = 0.015 ≤ 0.02")
    assert assessed.reasons == ()


def test_the_uncertainty_of_a_sum_can_be_subtracted() -> None:
    found = total(Q(D("0.021"), MG_KG, D("0.003")), Q(D("0.004"), MG_KG, D("0.004")))

    assessed = assess_sum(found, Limit(D(20), UG_KG), SUBTRACT_U)

    assert assessed.verdict is CONFORMS
    assert assessed.compared == "25 − 5 = 20 ≤ 20"
