"""Sums of a residue definition between their two bounds."""

from decimal import Decimal

import pytest

from lims.core.errors import BadInput, RuleRefused
from lims.science.amounts import Amount, BelowLoq, NotDetected, Quantified
from lims.science.residues import Component, ResidueDefinition, conversion_factor, sum_residues
from lims.science.units import UnitCode

D = Decimal
MG_KG, UG_KG = UnitCode.MG_PER_KG, UnitCode.UG_PER_KG

CARBOFURAN = ResidueDefinition("carbofuran", (Component("carbofuran"), Component("3-hydroxycarbofuran", D("0.9326"))))


@pytest.mark.parametrize(
    ("carbofuran", "hydroxy", "lower", "upper"),
    [
        (Quantified(D("0.010"), MG_KG), Quantified(D("0.010"), MG_KG), "0.019326", "0.019326"),
        (Quantified(D("0.010"), MG_KG), Quantified(D("10"), UG_KG), "0.019326", "0.019326"),
        (Quantified(D("0.010"), MG_KG), BelowLoq(D("0.010"), MG_KG), "0.010", "0.019326"),
        (NotDetected(D("0.003"), MG_KG, D("0.010")), BelowLoq(D("0.010"), MG_KG, detected=True), "0", "0.019326"),
        (NotDetected(D("0.003"), MG_KG), NotDetected(D("0.003"), MG_KG), "0", "0.0057978"),
    ],
)
def test_a_sum_lies_between_nothing_and_all_that_could_be_missed(
    carbofuran: Amount, hydroxy: Amount, lower: str, upper: str
) -> None:
    found = {"carbofuran": carbofuran, "3-hydroxycarbofuran": hydroxy}

    total = sum_residues(CARBOFURAN, found, MG_KG)

    assert (total.lower, total.upper) == (D(lower), D(upper))
    assert [(term.code, term.factor) for term in total.terms] == [
        ("carbofuran", D(1)),
        ("3-hydroxycarbofuran", D("0.9326")),
    ]
    assert total.lower == sum(term.lower for term in total.terms)


@pytest.mark.parametrize(
    ("first", "quantified", "detected"),
    [
        (Quantified(D("0.02"), MG_KG), True, True),
        (BelowLoq(D("0.01"), MG_KG, detected=True), False, True),
        (BelowLoq(D("0.01"), MG_KG), False, False),
        (NotDetected(D("0.01"), MG_KG), False, False),
    ],
)
def test_a_sum_knows_whether_anything_was_found(first: Amount, quantified: bool, detected: bool) -> None:
    found = {"carbofuran": first, "3-hydroxycarbofuran": NotDetected(D("0.01"), MG_KG)}

    total = sum_residues(CARBOFURAN, found, MG_KG)

    assert total.is_quantified is quantified
    assert total.is_detected is detected


def test_look_alikes_outside_the_definition_are_not_added() -> None:
    definition = ResidueDefinition("dimethoate", (Component("dimethoate"),))
    found = {"dimethoate": Quantified(D("0.01"), MG_KG), "omethoate": Quantified(D("5"), MG_KG)}

    assert sum_residues(definition, found, MG_KG).lower == D("0.01")


def test_every_component_without_a_result_is_named() -> None:
    with pytest.raises(RuleRefused) as refused:
        sum_residues(CARBOFURAN, {}, MG_KG)

    assert [(r.code, r.values["components"]) for r in refused.value.reasons] == [
        ("residue.needs_components", "carbofuran, 3-hydroxycarbofuran")
    ]


def test_uncertainties_of_independent_terms_add_as_squares() -> None:
    definition = ResidueDefinition("DDT", (Component("p,p'-DDT"), Component("p,p'-DDE")))
    found: dict[str, Amount] = {
        "p,p'-DDT": Quantified(D("0.10"), MG_KG, D("0.03")),
        "p,p'-DDE": Quantified(D("0.10"), MG_KG, D("0.04")),
    }

    assert sum_residues(definition, found, MG_KG).expanded_uncertainty == D("0.05")

    found["p,p'-DDE"] = Quantified(D("0.10"), MG_KG)
    assert sum_residues(definition, found, MG_KG).expanded_uncertainty is None

    found["p,p'-DDE"] = NotDetected(D("0.01"), MG_KG)
    assert sum_residues(definition, found, MG_KG).expanded_uncertainty == D("0.03")


@pytest.mark.parametrize(
    "components",
    [(), (Component("a"), Component("a")), (Component("a", D(0)),), (Component("a", D("NaN")),)],
)
def test_a_definition_that_makes_no_sense_is_refused(components: tuple[Component, ...]) -> None:
    with pytest.raises(BadInput):
        ResidueDefinition("a", components)


@pytest.mark.parametrize(("parent", "component"), [("0", "1"), ("1", "0"), ("-1", "1"), ("NaN", "1")])
def test_a_factor_needs_two_molar_masses(parent: str, component: str) -> None:
    with pytest.raises(BadInput):
        conversion_factor(D(parent), D(component))
