"""Rounding and writing of exact decimals (数值修约): half to even, once, and never through binary digits.

GB/T 8170-2008 (数值修约规则与极限数值的表示和判定), 3.2 and 3.3: the half goes to the even digit, negative numbers
are rounded as their absolute value, and a number is rounded in one step (8.53459 gives 8.53, never 8.54 through 8.535).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Final, TypeAlias

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.science.units import UnitCode, convert

#: Calculations that cannot be exact (a division) keep this many significant digits, far beyond any measurement.
CALCULATION = Context(prec=28, rounding=ROUND_HALF_EVEN)

#: Rounding to places keeps every digit before them.
_WIDE = Context(prec=100_000)

#: A binary double holds 15 decimal digits faithfully; what stands behind them is noise of the representation.
FLOAT_DIGITS = 15

#: Nobody reports more.
MOST_FIGURES: Final = 6
MOST_PLACES: Final = 8


def decimal_from_float(value: float) -> Decimal:
    """The decimal of a result of statistics: its first 15 significant digits. The only way from floats to decimals.

    Raises `BadInput` `number.not_finite` for NaN and infinity.
    """
    return _finite(Decimal(f"{value:.{FLOAT_DIGITS}g}"))


def round_to_places(value: Decimal, places: int) -> Decimal:
    """Round half to even to `places` decimal places; -2 rounds to hundreds (GB/T 8170-2008, 3.1 and 3.2)."""
    _finite(value)
    return value.quantize(_step(places), rounding=ROUND_HALF_EVEN, context=_WIDE)


@lru_cache(maxsize=256)
def _step(places: int) -> Decimal:
    return Decimal((0, (1,), -places))


def round_significant(value: Decimal, figures: int) -> Decimal:
    """Round half to even to `figures` significant figures (有效位数); trailing zeros are added where they count.

    9.96 to two figures is 10, not 10.0. Zero has no significant figure and comes back as 0.
    """
    if figures < 1:
        raise ValueError("a number has at least one significant figure")
    _finite(value)
    if value == 0:
        return Decimal(0)
    rounded = round_to_places(value, figures - 1 - value.adjusted())
    if rounded.adjusted() == value.adjusted():
        return rounded
    # A carry into a new digit (9.96 → 10.0) leaves one figure too many; cutting that zero off is exact.
    return round_to_places(rounded, figures - 1 - rounded.adjusted())


def plain(value: Decimal) -> str:
    """The number as it is printed: every digit and zero it carries, no exponent, no negative zero."""
    text = format(_finite(value), "f")
    return text.removeprefix("-") if value == 0 else text


@dataclass(frozen=True, slots=True)
class FiguresRule:
    """How many significant figures a result shows (结果有效位数): more from a threshold upwards."""

    threshold: Decimal
    unit: UnitCode
    figures_from_threshold: int
    figures_below: int
    source: str


@dataclass(frozen=True, slots=True)
class PlacesRule:
    """How many decimals a result shows (结果小数位数), in `unit`."""

    places: int
    unit: UnitCode
    source: str


#: How a method has its results rounded.
ReportingRule: TypeAlias = FiguresRule | PlacesRule

#: 12.3 mg/kg, but 9.6 mg/kg and 0.012 mg/kg.
SANTE_FIGURES = FiguresRule(Decimal(10), UnitCode.MG_PER_KG, 3, 2, "SANTE/11312/2021, E6")


def round_for_report(value: Decimal, unit: UnitCode, rule: ReportingRule | None = None) -> Decimal:
    """The value with the figures a report shows, in the same unit. Round last: after conversion, from the full value.

    `rule` None: `SANTE_FIGURES`. A number that fixed decimals would make 0 keeps one significant figure: what was
    quantified is never shown as nothing. Raises `RuleRefused` `unit.kind_differs` when the rule speaks of another kind
    of quantity.
    """
    rule = rule or SANTE_FIGURES
    if isinstance(rule, PlacesRule):
        rounded = round_to_places(convert(value, unit, rule.unit), rule.places)
        if rounded == 0 and value != 0:
            return round_significant(value, 1)
        return convert(rounded, rule.unit, unit)
    reaches = convert(value, unit, rule.unit) >= rule.threshold
    return round_significant(value, rule.figures_from_threshold if reaches else rule.figures_below)


def reasons_not_to_report(rule: ReportingRule) -> list[Reason]:
    """What speaks against a rule: figures or decimals that nobody reports, fewer figures above the threshold."""
    at = Where(field="reporting")
    found = []
    if isinstance(rule, PlacesRule):
        if not 0 <= rule.places <= MOST_PLACES:
            found.append(
                reason("rounding.places", "A result has between 0 and {most} decimals.", at=at, most=MOST_PLACES)
            )
    else:
        if not 1 <= rule.figures_below <= rule.figures_from_threshold <= MOST_FIGURES:
            found.append(
                reason(
                    "rounding.figures",
                    "A result has between 1 and {most} significant figures, from the threshold on no fewer than below.",
                    at=at,
                    most=MOST_FIGURES,
                )
            )
        if not (rule.threshold.is_finite() and rule.threshold > 0):
            found.append(
                reason("rounding.threshold", "The content from which more figures count must be above 0.", at=at)
            )
    if not rule.source.strip():
        found.append(reason("rounding.source", "Say which text asks for this rounding.", at=at))
    return found


def reporting_as_dict(rule: ReportingRule) -> dict[str, str]:
    """A rule as plain texts for JSON; `reporting_from_dict` reads it."""
    if isinstance(rule, PlacesRule):
        return {"places": str(rule.places), "unit": rule.unit.value, "source": rule.source}
    return {
        "threshold": plain(rule.threshold),
        "unit": rule.unit.value,
        "figures_from_threshold": str(rule.figures_from_threshold),
        "figures_below": str(rule.figures_below),
        "source": rule.source,
    }


def reporting_from_dict(texts: Mapping[str, str]) -> ReportingRule:
    """What `reporting_as_dict` wrote. Raises `KeyError` for anything else."""
    unit, source = UnitCode(texts["unit"]), texts["source"]
    if "places" in texts:
        return PlacesRule(int(texts["places"]), unit, source)
    figures = (int(texts["figures_from_threshold"]), int(texts["figures_below"]))
    return FiguresRule(Decimal(texts["threshold"]), unit, *figures, source)


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise BadInput(reason("number.not_finite", "{value} is not a number that can be calculated with.", value=value))
    return value
