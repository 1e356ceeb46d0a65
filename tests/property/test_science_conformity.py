"""Properties of verdicts: more never conforms better; units and order of terms do not matter."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.science.amounts import Amount, BelowLoq, NotDetected, Quantified, in_unit
from lims.science.conformity import Comparison, DecisionRule, Limit, Verdict, assess, assess_sum
from lims.science.residues import Component, ResidueDefinition, ResidueSum, sum_residues
from lims.science.units import UnitCode, registry

MG_KG, UG_KG = UnitCode.MG_PER_KG, UnitCode.UG_PER_KG
SEVERITY = {Verdict.CONFORMS: 0, Verdict.INCONCLUSIVE: 1, Verdict.EXCEEDS: 2}

values = st.decimals(min_value=0, max_value=10, places=4, allow_nan=False)
bounds = values.filter(bool)
limits = st.builds(Limit, bounds, st.just(MG_KG))
rules = st.sampled_from(DecisionRule)
comparisons = st.sampled_from(Comparison)
amounts: st.SearchStrategy[Amount] = st.one_of(
    st.builds(Quantified, values, st.just(MG_KG), values),
    st.builds(BelowLoq, bounds, st.just(MG_KG), st.booleans()),
    st.builds(NotDetected, bounds, st.just(MG_KG)),
)
factors = st.decimals(min_value="0.1", max_value="3", places=4, allow_nan=False)
terms = st.lists(st.tuples(amounts, factors), min_size=1, max_size=5)


def summed(found: list[tuple[Amount, Decimal]], unit: UnitCode = MG_KG) -> ResidueSum:
    components = tuple(Component(str(n), factor) for n, (_, factor) in enumerate(found))
    return sum_residues(
        ResidueDefinition("parent", components), {str(n): amount for n, (amount, _) in enumerate(found)}, unit
    )


@pytest.fixture(scope="module", autouse=True)
def _registry_is_built() -> None:
    """Building it takes longer than one example may."""
    registry()


@given(values, values, limits, rules, comparisons)
def test_more_never_conforms_better(
    value: Decimal, more: Decimal, limit: Limit, rule: DecisionRule, comparison: Comparison
) -> None:
    u = Decimal("0.01")
    less, greater = Quantified(value, MG_KG, u), Quantified(value + more, MG_KG, u)

    verdicts = [assess(amount, limit, rule, comparison).verdict for amount in (less, greater)]

    assert SEVERITY[verdicts[0]] <= SEVERITY[verdicts[1]]


@given(amounts, limits, bounds, rules)
def test_a_wider_limit_never_judges_harder(amount: Amount, limit: Limit, wider: Decimal, rule: DecisionRule) -> None:
    narrow = assess(amount, limit, rule).verdict
    wide = assess(amount, Limit(limit.value + wider, MG_KG), rule).verdict

    assert SEVERITY[wide] <= SEVERITY[narrow]


@given(amounts, limits, rules, comparisons)
def test_the_unit_of_the_amount_does_not_matter(
    amount: Amount, limit: Limit, rule: DecisionRule, comparison: Comparison
) -> None:
    assert (
        assess(in_unit(amount, UG_KG), limit, rule, comparison).verdict
        is assess(amount, limit, rule, comparison).verdict
    )


@given(amounts, limits)
def test_what_was_not_quantified_never_exceeds(amount: Amount, limit: Limit) -> None:
    verdict = assess(amount, limit).verdict

    assert isinstance(amount, Quantified) or verdict is not Verdict.EXCEEDS


@given(amounts, limits, rules, comparisons)
def test_a_sum_of_one_is_judged_like_the_one(
    amount: Amount, limit: Limit, rule: DecisionRule, comparison: Comparison
) -> None:
    of_sum = assess_sum(summed([(amount, Decimal(1))]), limit, rule, comparison)
    of_one = assess(amount, limit, rule, comparison)

    assert (of_sum.verdict, of_sum.compared) == (of_one.verdict, of_one.compared)


@given(terms)
def test_the_order_of_the_terms_does_not_matter(found: list[tuple[Amount, Decimal]]) -> None:
    assert summed(found).lower == summed(found[::-1]).lower
    assert summed(found).upper == summed(found[::-1]).upper


@given(terms)
def test_the_bounds_of_a_sum_enclose_it(found: list[tuple[Amount, Decimal]]) -> None:
    total = summed(found)

    assert 0 <= total.lower <= total.upper
    assert (total.lower == total.upper) == all(isinstance(amount, Quantified) for amount, _ in found)


@given(terms)
def test_a_sum_is_the_same_in_every_unit(found: list[tuple[Amount, Decimal]]) -> None:
    assert summed(found, UG_KG).lower == summed(found).lower * 1000


@given(terms, values, limits)
def test_one_more_component_never_conforms_better(
    found: list[tuple[Amount, Decimal]], value: Decimal, limit: Limit
) -> None:
    fewer = assess_sum(summed(found), limit).verdict
    more = assess_sum(summed([*found, (Quantified(value, MG_KG), Decimal(1))]), limit).verdict

    assert SEVERITY[fewer] <= SEVERITY[more]
