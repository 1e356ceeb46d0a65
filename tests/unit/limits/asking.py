"""Short words for asking the released library."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from lims.library.files import parse_library, read_library
from lims.library.rules import Library
from lims.limits.rules import judge_parameter
from lims.limits.verdicts import Line, Occasion
from lims.samples.rules import BasisKind
from lims.science.amounts import Amount, BelowLoq, NotDetected, Quantified
from lims.science.units import UnitCode

LIBRARY = Library(parse_library(read_library()))
HARVESTED = date(2026, 5, 10)
BOZHOU = "520304"


def found(value: str, unit: UnitCode = UnitCode.MG_PER_KG) -> Amount:
    """A value was measured."""
    return Quantified(Decimal(value), unit)


def below(limit_of_quantification: str, *, detected: bool = False) -> Amount:
    """Below the limit of quantification, in mg/kg."""
    return BelowLoq(Decimal(limit_of_quantification), UnitCode.MG_PER_KG, detected)


def nothing(limit_of_detection: str) -> Amount:
    """Not detected, in mg/kg."""
    return NotDetected(Decimal(limit_of_detection), UnitCode.MG_PER_KG)


def judged(
    food: str,
    parameter: str,
    measured: Amount | Mapping[str, Amount],
    *,
    on: date = HARVESTED,
    region: str = "",
    unconfirmed: frozenset[str] = frozenset(),
) -> Line:
    """The line of a parameter in a food."""
    amounts = measured if isinstance(measured, Mapping) else {LIBRARY.substance(parameter).code: measured}
    return judge_parameter(LIBRARY, Occasion(food, on, BasisKind.HARVEST, region), parameter, amounts, unconfirmed)


def limit_of(line: Line) -> str | None:
    """The limit that decided, as text."""
    return None if line.found is None or line.found.row is None else str(line.found.row.value)
