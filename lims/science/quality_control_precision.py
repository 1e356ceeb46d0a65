"""Precision expected at a content (精密度): Horwitz, Thompson's floor, and what was found over it (HorRat)."""

from decimal import Decimal, localcontext
from typing import Final

from lims.core.reasons import reason
from lims.science.amounts import Amount, Quantified, in_unit
from lims.science.quality_control import QcOutcome
from lims.science.quality_control_rules import QcRule, held, not_evaluated, shown
from lims.science.rounding import CALCULATION
from lims.science.units import UnitCode, UnitKind, convert

#: Thompson, Analyst 125 (2000) 385: below the one mass fraction the spread grows no more, above the other σ = 0.01 √C.
THOMPSON_FROM: Final = Decimal("1.2e-7")
THOMPSON_TO: Final = Decimal("0.138")
THOMPSON_FLOOR_PERCENT: Final = Decimal(22)


def horwitz_percent(fraction: Decimal) -> Decimal:
    """PRSD(R) = 2 C^(−0.15) in percent, C as a mass fraction (AOAC Official Methods, Appendix F)."""
    if not 0 < fraction <= 1:
        raise ValueError(f"{fraction} is no mass fraction")
    with localcontext(CALCULATION):
        return 2 * fraction ** Decimal("-0.15")


def horwitz_thompson_percent(fraction: Decimal) -> Decimal:
    """As Horwitz, but never above 22 % (Thompson): below 1.2·10⁻⁷ the Horwitz curve expects too much spread."""
    if fraction < THOMPSON_FROM:
        if fraction <= 0:
            raise ValueError(f"{fraction} is no mass fraction")
        return THOMPSON_FLOOR_PERCENT
    with localcontext(CALCULATION):
        if fraction <= THOMPSON_TO:
            return 2 * fraction ** Decimal("-0.1505")
        return fraction ** Decimal("-0.5")


def relative_spread_percent(first: Decimal, second: Decimal) -> Decimal:
    """The relative standard deviation of two determinations: 100 |a − b|/(√2 · mean)."""
    with localcontext(CALCULATION):
        return 100 * abs(first - second) / (Decimal(2).sqrt() * (first + second) / 2)


def check_precision(first: Amount, second: Amount, rule: QcRule) -> QcOutcome:
    """HorRat of two determinations: their spread over what Horwitz and Thompson expect at their mean.

    Not evaluated unless both are quantified, or when the content is no mass fraction. Two determinations may agree by
    chance, so their HorRat has no lower limit.
    """
    if first.unit.kind is not UnitKind.MASS_FRACTION:
        why = reason("qc.no_mass_fraction", "The content is no mass fraction; Horwitz speaks of mass fractions only.")
        return not_evaluated(rule, why)
    other = in_unit(second, first.unit)
    if not (isinstance(first, Quantified) and isinstance(other, Quantified)) or first.value + other.value == 0:
        why = reason("qc.precision_below_loq", "The two determinations are not both quantified; they have no HorRat.")
        return not_evaluated(rule, why)
    with localcontext(CALCULATION):
        mean = (first.value + other.value) / 2
        fraction = convert(mean, first.unit, UnitCode.MG_PER_KG) / 1_000_000
        expected = horwitz_thompson_percent(fraction)
        ratio = relative_spread_percent(first.value, other.value) / expected
    why = reason(
        "qc.horrat_outside",
        "The spread of the two determinations is {ratio} times the {expected} % expected at this content (HorRat).",
        ratio=shown(ratio),
        expected=shown(expected),
    )
    return held(rule, ratio, why)
