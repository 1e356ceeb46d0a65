"""The sum of a residue definition (残留物定义): components times their conversion factors, between two bounds.

Lower bound: what was not quantified counts 0; it decides the verdict. Upper bound: it counts as much as the method
could have missed; it is shown beside. Each component keeps its own limit of quantification, a sum has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from lims.core.errors import BadInput, RuleRefused
from lims.core.reasons import reason
from lims.science.amounts import Amount, Quantified, in_unit, is_detected, lower_bound, upper_bound
from lims.science.rounding import CALCULATION
from lims.science.units import UnitCode


@dataclass(frozen=True, slots=True)
class Component:
    """A substance of a definition and by what its content is multiplied (换算系数); 1 when it counts as it is."""

    code: str
    factor: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class ResidueDefinition:
    """Which substances are added up and as which substance the sum is expressed (以……计).

    `residue_of` is whose residue it is, where that is another: thiophanate-methyl is expressed as carbendazim.
    """

    expressed_as: str
    components: tuple[Component, ...]
    residue_of: str = ""

    def __post_init__(self) -> None:
        codes = [component.code for component in self.components]
        if not codes or len(set(codes)) < len(codes):
            raise BadInput(
                reason(
                    "residue.components_wrong",
                    "The residue definition of {substance} names {count} components; it must name each of them once.",
                    substance=self.expressed_as,
                    count=len(codes),
                )
            )
        for component in self.components:
            _require_positive(component.code, component.factor)


@dataclass(frozen=True, slots=True)
class Term:
    """One component of a sum: what was found, in the unit of the sum, and what it contributes at least and at most."""

    code: str
    found: Amount
    factor: Decimal
    lower: Decimal
    upper: Decimal


@dataclass(frozen=True, slots=True)
class ResidueSum:
    """A residue sum with its terms, in one unit.

    `expanded_uncertainty` combines those of the quantified terms as independent; None when one of them is unknown
    or nothing was quantified.
    """

    expressed_as: str
    unit: UnitCode
    terms: tuple[Term, ...]
    lower: Decimal
    upper: Decimal
    expanded_uncertainty: Decimal | None

    @property
    def is_quantified(self) -> bool:
        """Was any component quantified? If not, the sum is reported as not detected or below LOQ, never as 0."""
        return any(isinstance(term.found, Quantified) for term in self.terms)

    @property
    def is_detected(self) -> bool:
        """Was any component found at all?"""
        return any(is_detected(term.found) for term in self.terms)

    @property
    def is_calculated(self) -> bool:
        """Is it more than one amount as it was measured? Then its digits carry zeros that nobody measured."""
        return len(self.terms) > 1 or self.terms[0].factor != 1


def conversion_factor(parent_molar_mass: Decimal, component_molar_mass: Decimal) -> Decimal:
    """By what the content of a component is multiplied to be expressed as its parent: M(parent)/M(component).

    Both in g/mol; 28 significant digits. Raises `BadInput` `residue.not_positive`.
    """
    _require_positive("parent", parent_molar_mass)
    _require_positive("component", component_molar_mass)
    return CALCULATION.divide(parent_molar_mass, component_molar_mass)


def sum_residues(definition: ResidueDefinition, found: Mapping[str, Amount], unit: UnitCode) -> ResidueSum:
    """The sum of the definition in `unit`, from what was found of each component, by its code.

    Substances outside the definition are left alone: look-alikes are not summed. Raises `RuleRefused`
    `residue.needs_components` naming every component without a result, `unit.kind_differs` for one in another kind.
    """
    missing = [component.code for component in definition.components if component.code not in found]
    if missing:
        raise RuleRefused(
            reason(
                "residue.needs_components",
                "The residue of {substance} includes {components}, without a result; every component is needed.",
                substance=definition.residue_of or definition.expressed_as,
                components=", ".join(missing),
            )
        )
    with localcontext(CALCULATION):
        terms = tuple(_term(component, in_unit(found[component.code], unit)) for component in definition.components)
        lower = sum((term.lower for term in terms), Decimal(0))
        upper = sum((term.upper for term in terms), Decimal(0))
        uncertainty = _combined_uncertainty(terms)
    return ResidueSum(definition.expressed_as, unit, terms, lower, upper, uncertainty)


def _term(component: Component, amount: Amount) -> Term:
    factor = component.factor
    return Term(component.code, amount, factor, lower_bound(amount) * factor, upper_bound(amount) * factor)


def _combined_uncertainty(terms: tuple[Term, ...]) -> Decimal | None:
    contributions = []
    for term in terms:
        if isinstance(term.found, Quantified):
            if term.found.expanded_uncertainty is None:
                return None
            contributions.append(term.found.expanded_uncertainty * term.factor)
    if len(contributions) < 2:
        # Alone it stays as it is: a square and its root would cost digits.
        return contributions[0] if contributions else None
    return sum((u * u for u in contributions), Decimal(0)).sqrt()


def _require_positive(name: str, value: Decimal) -> None:
    if not (value.is_finite() and value > 0):
        raise BadInput(
            reason(
                "residue.not_positive",
                "{name} has {value} as factor or molar mass; it must be a number above 0.",
                name=name,
                value=str(value),
            )
        )
