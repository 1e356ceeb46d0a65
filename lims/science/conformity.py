"""Does an amount conform to an upper limit (符合性判定)?

Pure and total: amount, limit, decision rule and way of comparing in; verdict and the compared values out. Which limit
applies, bans, and whether there is one at all, is decided elsewhere.
"""

from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import assert_never

from lims.core.errors import BadInput, RuleRefused
from lims.core.reasons import Reason, reason
from lims.science.amounts import (
    UNSTATED,
    Amount,
    BelowLoq,
    NotDetected,
    Quantified,
    in_unit,
    is_detected,
    is_stated,
    upper_bound,
)
from lims.science.residues import ResidueSum
from lims.science.rounding import CALCULATION, plain, round_to_places
from lims.science.units import UnitCode, convert


class Verdict(StrEnum):
    """What follows from the numbers (判定结论); INCONCLUSIVE: the method reaches only above the limit."""

    CONFORMS = "conforms"
    EXCEEDS = "exceeds"
    INCONCLUSIVE = "inconclusive"


class DecisionRule(StrEnum):
    """How uncertainty enters the verdict (判定规则), ISO/IEC 17025:2017, 7.1.3 and 7.8.6.

    SIMPLE: the value itself is compared (simple acceptance; Chinese supervision publishes on it).
    SUBTRACT_U: only what exceeds by more than the expanded uncertainty exceeds (guarded rejection).
    ADD_U: only what stays below by more than it conforms (guarded acceptance, ILAC-G8), where a contract says so.
    SANTE_50: as SUBTRACT_U with 50 % of the value (SANTE/11312: default expanded uncertainty of pesticide residues).
    """

    SIMPLE = "simple"
    SUBTRACT_U = "subtract_u"
    ADD_U = "add_u"
    SANTE_50 = "sante_50"


class Comparison(StrEnum):
    """Which value is compared, GB/T 8170-2008, 4.3.

    FULL_VALUE (全数值比较法): the unrounded one; applies unless the standard says otherwise.
    ROUNDED_VALUE (修约值比较法): rounded once to the places of the limit.
    """

    FULL_VALUE = "full_value"
    ROUNDED_VALUE = "rounded_value"


@dataclass(frozen=True, slots=True)
class Limit:
    """An upper limit (限量); the amount may reach it. Its decimal places count for ROUNDED_VALUE only."""

    value: Decimal
    unit: UnitCode

    def __post_init__(self) -> None:
        if not (self.value.is_finite() and self.value >= 0):
            raise BadInput(
                reason(
                    "conformity.limit_out_of_range",
                    "{value} cannot be a limit; it must be a number of 0 or more.",
                    value=str(self.value),
                )
            )

    @property
    def places(self) -> int:
        """Decimal places in which the limit is written."""
        exponent = self.value.as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0


@dataclass(frozen=True, slots=True)
class Assessment:
    """A verdict and how it came about.

    `compared` is the comparison in signs, for every language: `0.153 > 0.15`, `<0.01 ≤ 0.02`. `tested` is the value
    that was held against the limit, in the limit's unit: the value, or the most there can be of what was not
    quantified. `reasons` say why nothing follows (INCONCLUSIVE) or with which reservation the verdict stands.
    """

    verdict: Verdict
    compared: str
    tested: Decimal
    limit: Limit
    rule: DecisionRule
    comparison: Comparison
    reasons: tuple[Reason, ...] = ()


def assess(
    amount: Amount,
    limit: Limit,
    rule: DecisionRule = DecisionRule.SIMPLE,
    comparison: Comparison = Comparison.FULL_VALUE,
) -> Assessment:
    """Does the amount conform to the limit? Equal is not above.

    What was not quantified conforms if the method reaches down to the limit, and proves nothing if it does not.
    Raises `RuleRefused`: `unit.kind_differs`, or `conformity.uncertainty_unknown` for a rule that needs one.
    """
    ours = in_unit(amount, limit.unit)
    match ours:
        case Quantified(value=value, expanded_uncertainty=u):
            return _compare(value, u, limit, rule, comparison)
        case BelowLoq() | NotDetected() if not is_stated(ours):
            return _unstated(ours, limit, rule, comparison)
        case BelowLoq() | NotDetected():
            bound = upper_bound(ours)
            if bound <= limit.value:
                said = f"<{plain(bound)} ≤ {plain(limit.value)}"
                return Assessment(Verdict.CONFORMS, said, bound, limit, rule, comparison)
            return _inconclusive(bound, limit, rule, comparison)
        case _:
            assert_never(ours)


def assess_sum(
    total: ResidueSum,
    limit: Limit,
    rule: DecisionRule = DecisionRule.SIMPLE,
    comparison: Comparison = Comparison.FULL_VALUE,
) -> Assessment:
    """Does a residue sum conform? The lower bound (what was not quantified counts 0) decides.

    A component that was not quantified and whose own bound lies above the limit proves nothing: INCONCLUSIVE, unless
    the rest exceeds already. When only the upper bound of the sum passes the limit, it conforms with the reservation
    `conformity.loq_unfit_for_sum`. Raises as `assess` does.
    """
    lower, upper = (_bound_of(total, bound, limit.unit) for bound in (total.lower, total.upper))
    u = None if total.expanded_uncertainty is None else convert(total.expanded_uncertainty, total.unit, limit.unit)
    if total.is_quantified:
        decided = _compare(lower, u, limit, rule, comparison)
        if decided.verdict is Verdict.EXCEEDS:
            return decided
    elif upper <= limit.value:
        # Nothing was quantified: there is no value to show, only the most there can be.
        said = f"<{plain(upper)} ≤ {plain(limit.value)}"
        decided = Assessment(Verdict.CONFORMS, said, upper, limit, rule, comparison)
    else:
        decided = _compare(lower, None, limit, DecisionRule.SIMPLE, comparison)
        decided = replace(decided, rule=rule)
    unstated = [term.found for term in total.terms if not is_stated(term.found)]
    if any(is_detected(found) for found in unstated):
        return _unstated(BelowLoq(UNSTATED, limit.unit, detected=True), limit, rule, comparison)
    unquantified = [term.upper for term in total.terms if not isinstance(term.found, Quantified)]
    worst = _bound_of(total, max(unquantified, default=Decimal(0)), limit.unit)
    if worst > limit.value:
        return _inconclusive(worst, limit, rule, comparison)
    if lower < upper and upper > limit.value:  # a value alone may lie above the limit where the rule takes off from it
        return _with_reservation(decided, upper)
    if unstated:
        said = decided.compared if upper > 0 else ""
        return replace(decided, compared=said, reasons=(_NOT_STATED,))
    return decided


def assess_absence(total: ResidueSum, unit: UnitCode, rule: DecisionRule, comparison: Comparison) -> Assessment:
    """Does a residue meet 不得检出: was none of its components detected? What a method did not find conforms."""
    lower = _bound_of(total, total.lower, unit)
    verdict = Verdict.EXCEEDS if total.is_detected else Verdict.CONFORMS
    said = f"{plain(lower)} > 0" if lower > 0 else ""
    return Assessment(verdict, said, lower, Limit(Decimal(0), unit), rule, comparison)


#: What SANTE_50 subtracts, as a part of the value.
_DEFAULT_PART = Decimal("0.5")


def _compare(value: Decimal, u: Decimal | None, limit: Limit, rule: DecisionRule, comparison: Comparison) -> Assessment:
    tested, said = _tested(value, u, rule)
    if comparison is Comparison.ROUNDED_VALUE:
        rounded = round_to_places(tested, limit.places)
        if plain(rounded) != plain(tested):
            said = f"{said} → {plain(rounded)}"
        tested = rounded
    exceeds = tested > limit.value
    said = f"{said} {'>' if exceeds else '≤'} {plain(limit.value)}"
    return Assessment(Verdict.EXCEEDS if exceeds else Verdict.CONFORMS, said, tested, limit, rule, comparison)


def _tested(value: Decimal, u: Decimal | None, rule: DecisionRule) -> tuple[Decimal, str]:
    """What the rule holds against the limit, and how it was formed, in signs."""
    if rule is DecisionRule.SIMPLE:
        return value, plain(value)
    with localcontext(CALCULATION):
        guard = value * _DEFAULT_PART if rule is DecisionRule.SANTE_50 else u
        if guard is None:
            raise RuleRefused(
                reason(
                    "conformity.uncertainty_unknown",
                    "The decision rule needs the expanded uncertainty, which is not known for this amount.",
                )
            )
        adds = rule is DecisionRule.ADD_U
        tested = value + guard if adds else value - guard
    return tested, f"{plain(value)} {'+' if adds else '−'} {plain(guard)} = {plain(tested)}"


def _bound_of(total: ResidueSum, bound: Decimal, unit: UnitCode) -> Decimal:
    """A bound of a sum or of its term in another unit, without zeros that only the calculation added."""
    converted = convert(bound, total.unit, unit)
    return converted.normalize() if total.is_calculated else converted


_NOT_STATED = reason(
    "conformity.loq_not_stated",
    "How far down the method reaches was not stated; the verdict holds if it reaches the limit.",
)


def _unstated(found: Amount, limit: Limit, rule: DecisionRule, comparison: Comparison) -> Assessment:
    """Of what was not quantified by a method whose reach nobody stated: absence conforms with that said."""
    if is_detected(found):
        why = reason(
            "conformity.not_quantified",
            "It was detected, but neither a number nor a limit of quantification is given; it must be quantified.",
        )
        return Assessment(Verdict.INCONCLUSIVE, "", Decimal(0), limit, rule, comparison, (why,))
    return Assessment(Verdict.CONFORMS, "", Decimal(0), limit, rule, comparison, (_NOT_STATED,))


def _inconclusive(bound: Decimal, limit: Limit, rule: DecisionRule, comparison: Comparison) -> Assessment:
    why = reason(
        "conformity.loq_above_limit",
        "The method reaches only {bound} {unit}, above the limit {limit} {unit}; a more sensitive method is needed.",
        bound=plain(bound),
        limit=plain(limit.value),
        unit=limit.unit.value,
    )
    said = f"<{plain(bound)} > {plain(limit.value)}"
    return Assessment(Verdict.INCONCLUSIVE, said, bound, limit, rule, comparison, (why,))


def _with_reservation(decided: Assessment, upper: Decimal) -> Assessment:
    why = reason(
        "conformity.loq_unfit_for_sum",
        "The sum could be up to {upper} {unit}, above the limit {limit} {unit}, by what the method cannot quantify; "
        "lower limits of quantification would settle it.",
        upper=plain(upper),
        limit=plain(decided.limit.value),
        unit=decided.limit.unit.value,
    )
    return Assessment(
        decided.verdict, decided.compared, decided.tested, decided.limit, decided.rule, decided.comparison, (why,)
    )
