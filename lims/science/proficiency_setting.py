"""What results are scored against (指定值、能力评定标准差): x_pt with its uncertainty, and σ_pt, each with its origin.

ISO 13528, clauses 7 and 8. What cannot be set says why; nothing stands in for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import sqrt
from types import MappingProxyType
from typing import Final

from lims.core.reasons import Reason, reason
from lims.science.algorithm_a import AlgorithmA
from lims.science.quality_control_precision import horwitz_thompson_percent
from lims.science.robust import Floats, Robust, has_no_spread, median, niqr
from lims.science.robust_pairs import hampel
from lims.science.rounding import decimal_from_float
from lims.science.units import UnitCode, UnitKind, convert

#: Of two nobody knows which is right.
FEWEST_FOR_CONSENSUS: Final = 3
#: From here on a consensus may be relied upon without a warning (ISO 13528, 7.7 and annex D; the number from memory).
ENOUGH_FOR_CONSENSUS: Final = 12
#: √(π/2): the median of normal values is so much less certain than their mean; taken for every robust mean (7.7.3).
ROBUST_UNCERTAINTY: Final = 1.25


class AssignedBy(StrEnum):
    """Where an assigned value comes from; what is given with the results goes before any consensus."""

    GIVEN = "given"
    ROBUST_MEAN = "robust-mean"
    MEDIAN = "median"
    HAMPEL = "hampel"


class SigmaBy(StrEnum):
    """Where a standard deviation for proficiency assessment comes from."""

    GIVEN = "given"
    ROBUST = "robust"
    ALGORITHM_S = "algorithm-s"
    HORWITZ = "horwitz"
    VALUE = "value"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Choice:
    """How a round is evaluated where its results say nothing of it. `number` belongs to VALUE and PERCENT.

    `coverage` is k of the expanded uncertainties that participants and the assigned value come with.
    """

    assigned: AssignedBy = AssignedBy.ROBUST_MEAN
    sigma: SigmaBy = SigmaBy.ROBUST
    number: float | None = None
    coverage: float = 2.0

    def __post_init__(self) -> None:
        if (self.number is None) != (self.sigma not in {SigmaBy.VALUE, SigmaBy.PERCENT}):
            raise ValueError("a number belongs to a standard deviation that is named by it, and to no other")


@dataclass(frozen=True, slots=True)
class Given:
    """What was handed in with the results of an analyte, in their unit: x_pt, its expanded uncertainty, σ_pt."""

    assigned: float | None = None
    expanded: float | None = None
    sigma: float | None = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """The assigned value; `uncertainty` u(x_pt) is None where it is not known."""

    value: float
    uncertainty: float | None
    by: AssignedBy


@dataclass(frozen=True, slots=True)
class Sigma:
    """The standard deviation for proficiency assessment."""

    value: float
    by: SigmaBy


def _by_algorithm_a(_: Floats, found: AlgorithmA) -> Robust:
    return found.fixed


def _by_median(values: Floats, _: AlgorithmA) -> Robust:
    return Robust(median(values), niqr(values))


def _by_hampel(values: Floats, _: AlgorithmA) -> Robust:
    return hampel(values)


_CONSENSUS: Mapping[AssignedBy, Callable[[Floats, AlgorithmA], Robust]] = MappingProxyType(
    {
        AssignedBy.ROBUST_MEAN: _by_algorithm_a,
        AssignedBy.MEDIAN: _by_median,
        AssignedBy.HAMPEL: _by_hampel,
    }
)


def consensus(values: Floats, by: AssignedBy, found: AlgorithmA | None) -> Robust | Reason:
    """x* and s* of the participants by the estimator that was chosen, or why there is none.

    `found` is what algorithm A says of the same values.
    """
    if values.size < FEWEST_FOR_CONSENSUS or found is None:
        return reason(
            "proficiency.too_few_participants",
            "There is no consensus of {count} results; it takes at least {fewest}.",
            count=values.size,
            fewest=FEWEST_FOR_CONSENSUS,
        )
    return _CONSENSUS[by](values, found)


def assigned_value(given: Given, agreed: Robust | Reason, count: int, choice: Choice) -> Assigned | Reason:
    """The value that was given, or the consensus of `count` results with u(x_pt) = 1.25 s*/√p."""
    if given.assigned is not None:
        uncertainty = None if given.expanded is None else given.expanded / choice.coverage
        return Assigned(given.assigned, uncertainty, AssignedBy.GIVEN)
    if isinstance(agreed, Reason):
        return agreed
    # Of values that are all alike, no spread tells how certain they are.
    uncertainty = None if _is_flat(agreed) else ROBUST_UNCERTAINTY * agreed.deviation / sqrt(count)
    return Assigned(agreed.mean, uncertainty, choice.assigned)


def sigma_pt(
    given: Given,
    agreed: Robust | Reason,
    assigned: Assigned | Reason,
    unit: UnitCode,
    choice: Choice,
    repeatability: float | None = None,
) -> Sigma | Reason:
    """σ_pt, always above 0, or why there is none. `repeatability`: that of the round, pooled by algorithm S."""
    if given.sigma is not None:
        return Sigma(given.sigma, SigmaBy.GIVEN)
    match choice.sigma:
        case SigmaBy.ROBUST:
            return _of_participants(agreed)
        case SigmaBy.ALGORITHM_S:
            return _of_replicates(agreed, repeatability)
        case SigmaBy.HORWITZ:
            return _horwitz(assigned, unit)
        case SigmaBy.PERCENT:
            return _percent(assigned, choice.number or 0.0)
        case _:
            return Sigma(choice.number or 0.0, SigmaBy.VALUE)


def _of_participants(agreed: Robust | Reason) -> Sigma | Reason:
    if isinstance(agreed, Reason):
        return agreed
    if _is_flat(agreed):
        return reason(
            "proficiency.no_spread",
            "The results are all the same, or too many of them: their standard deviation is 0 and gives no score.",
        )
    return Sigma(agreed.deviation, SigmaBy.ROBUST)


def _of_replicates(agreed: Robust | Reason, repeatability: float | None) -> Sigma | Reason:
    if repeatability is None:
        return reason(
            "proficiency.no_replicates",
            "Algorithm S pools the standard deviations of replicates; there are none.",
        )
    if has_no_spread(repeatability, 0.0 if isinstance(agreed, Reason) else agreed.mean):
        return reason(
            "proficiency.replicates_alike",
            "The replicates of each participant are the same, or of too many of them: their standard deviation is 0"
            " and gives no score.",
        )
    return Sigma(repeatability, SigmaBy.ALGORITHM_S)


def _horwitz(assigned: Assigned | Reason, unit: UnitCode) -> Sigma | Reason:
    if isinstance(assigned, Reason):
        return assigned
    if unit.kind is not UnitKind.MASS_FRACTION:
        return reason(
            "proficiency.no_mass_fraction",
            "{unit} is no mass fraction; Horwitz speaks of mass fractions only: say --sigma otherwise.",
            unit=unit.value,
        )
    if assigned.value <= 0:
        return _not_above_zero()
    fraction = convert(decimal_from_float(assigned.value), unit, UnitCode.MG_PER_KG) / Decimal(1_000_000)
    return Sigma(assigned.value * float(horwitz_thompson_percent(fraction)) / 100, SigmaBy.HORWITZ)


def _percent(assigned: Assigned | Reason, number: float) -> Sigma | Reason:
    if isinstance(assigned, Reason):
        return assigned
    if assigned.value <= 0:
        return _not_above_zero()
    return Sigma(assigned.value * number / 100, SigmaBy.PERCENT)


def _not_above_zero() -> Reason:
    return reason(
        "proficiency.assigned_not_above_zero",
        "The assigned value is 0: no part of it can be the standard deviation for proficiency assessment.",
    )


def _is_flat(agreed: Robust) -> bool:
    return has_no_spread(agreed.deviation, agreed.mean)
