"""From the concentration in the measured solution to the content of the sample (含量计算), and what it says."""

from dataclasses import dataclass
from decimal import Decimal

from lims.core.errors import refuse_if
from lims.core.reasons import Where, reason
from lims.science.amounts import Amount, BelowLoq, NotDetected, Quantified
from lims.science.rounding import CALCULATION, ReportingRule
from lims.science.units import UnitCode, UnitKind, convert


@dataclass(frozen=True, slots=True)
class QuantificationInput:
    """Every factor of one result, as it was weighed, measured or read, each with its unit.

    `test_portion` (试样量) may be a mass, the result then is a mass fraction, or a volume, the result then is a mass
    concentration. `final_volume` (定容体积) is the volume the whole test portion stands for, aliquots included;
    `dilution` (稀释倍数) is how often the measured solution was diluted after that, 1 when it was not.
    """

    concentration: Decimal
    concentration_unit: UnitCode
    final_volume: Decimal
    final_volume_unit: UnitCode
    test_portion: Decimal
    test_portion_unit: UnitCode
    dilution: Decimal = Decimal(1)


def content(factors: QuantificationInput, unit: UnitCode) -> Decimal:
    """The content of the sample, w = c · V · f / m, in `unit`; nothing is subtracted and nothing rounded.

    A division is seldom exact: the result carries 28 significant digits. It may be negative, as the concentration
    read from a line may be. Raises `RuleRefused` with every factor that is not above zero, and `unit.kind_differs`
    when a unit, or the unit asked for, measures something else.
    """
    refuse_impossible(factors)
    solution = convert(factors.concentration, factors.concentration_unit, UnitCode.MG_PER_L)
    volume = convert(factors.final_volume, factors.final_volume_unit, UnitCode.L)
    by_volume = factors.test_portion_unit.kind is UnitKind.VOLUME
    portion_unit, unit_of_result = (UnitCode.L, UnitCode.MG_PER_L) if by_volume else (UnitCode.KG, UnitCode.MG_PER_KG)
    portion = convert(factors.test_portion, factors.test_portion_unit, portion_unit)
    diluted = CALCULATION.multiply(CALCULATION.multiply(solution, volume), factors.dilution)
    result = CALCULATION.divide(diluted, portion)
    return convert(result, unit_of_result, unit)


def refuse_impossible(factors: QuantificationInput) -> None:
    """Raises `RuleRefused` with every factor that is not above zero."""
    named = {
        "final_volume": factors.final_volume,
        "test_portion": factors.test_portion,
        "dilution": factors.dilution,
    }
    reasons = [
        reason(
            "quantification.factor_not_positive",
            "The {factor} is {value}; a content can only be calculated with a number above 0.",
            at=Where(field=name),
            factor=name.replace("_", " "),
            value=str(value),
        )
        for name, value in named.items()
        if not (value.is_finite() and value > 0)
    ]
    refuse_if(reasons)


def amount_found(
    value: Decimal | None,
    unit: UnitCode,
    *,
    limit_of_quantification: Decimal,
    limit_of_detection: Decimal | None = None,
    identified: bool = True,
    expanded_uncertainty: Decimal | None = None,
    reporting: ReportingRule | None = None,
) -> Amount:
    """What may be said of a calculated content; every number is in `unit`.

    | content | says |
    |---|---|
    | at or above the limit of quantification | quantified, the unrounded value |
    | between the limits of detection and quantification | below LOQ, detected if `identified` |
    | below the limit of detection, or None: no peak | not detected |
    | below the limit of quantification, no limit of detection known | below LOQ, detected if a peak is `identified` |

    `identified`: the peak is the substance by the method's criteria (retention time, ion ratio). `reporting` is how the
    method has a value shown; what is said never depends on it.
    """
    if value is not None and value >= limit_of_quantification:
        return Quantified(value, unit, expanded_uncertainty, reporting)
    if limit_of_detection is None:
        return BelowLoq(limit_of_quantification, unit, detected=identified and value is not None)
    if value is None or value < limit_of_detection:
        return NotDetected(limit_of_detection, unit, limit_of_quantification)
    return BelowLoq(limit_of_quantification, unit, detected=identified)
