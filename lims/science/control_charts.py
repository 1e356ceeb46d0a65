"""Control charts (质控图): limits of Shewhart charts, individuals with moving range, X̄ and R, EWMA and CUSUM.

Limits are made once, from a reference period that a person chose, and are kept; nothing here follows the data by
itself. Which rules the points break is said by `lims.science.control_rules`.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from lims.core.errors import BadInput
from lims.core.reasons import reason
from lims.science.rounding import CALCULATION

#: Fewer points of a reference period say too little of its spread.
FEWEST_POINTS: Final = 20
#: Weight of the newest point and width of the limits (Hunter 1986; Lucas and Saccucci 1990: 0.2 to 0.3, 3).
EWMA_WEIGHT: Final = Decimal("0.2")
EWMA_WIDTH: Final = Decimal(3)
#: Slack and decision interval in standard deviations: they see a shift of 1 s soon (ISO 7870-4; Montgomery, 9.1).
CUSUM_SLACK: Final = Decimal("0.5")
CUSUM_DECISION: Final = Decimal(5)


class ChartKind(StrEnum):
    """How the points of a chart are drawn."""

    INDIVIDUALS = "individuals"
    MEANS = "means"
    EWMA = "ewma"
    CUSUM = "cusum"


class DeviationFrom(StrEnum):
    """How the standard deviation of a reference period was found."""

    ALL_POINTS = "all_points"
    MOVING_RANGE = "moving_range"


@dataclass(frozen=True, slots=True)
class Factors:
    """Factors of a Shewhart chart for groups of n: `a2`, `d3` and `d4` with the mean range, `d2` from range to s."""

    a2: Decimal
    d2: Decimal
    d3: Decimal
    d4: Decimal


def _factors(a2: str, d2: str, d3: str, d4: str) -> Factors:
    return Factors(Decimal(a2), Decimal(d2), Decimal(d3), Decimal(d4))


#: By size of the group. ISO 7870-2, table of factors; NIST/SEMATECH e-Handbook, 6.3.2.1.
FACTORS: Mapping[int, Factors] = MappingProxyType(
    {
        2: _factors("1.880", "1.128", "0", "3.267"),
        3: _factors("1.023", "1.693", "0", "2.575"),
        4: _factors("0.729", "2.059", "0", "2.282"),
        5: _factors("0.577", "2.326", "0", "2.114"),
        6: _factors("0.483", "2.534", "0", "2.004"),
        7: _factors("0.419", "2.704", "0.076", "1.924"),
        8: _factors("0.373", "2.847", "0.136", "1.864"),
        9: _factors("0.337", "2.970", "0.184", "1.816"),
        10: _factors("0.308", "3.078", "0.223", "1.777"),
    }
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Three lines of a chart; `upper` and `lower` are action limits."""

    centre: Decimal
    lower: Decimal
    upper: Decimal


@dataclass(frozen=True, slots=True)
class Reference:
    """What a reference period says: its mean and standard deviation, and the mean of its moving ranges."""

    count: int
    centre: Decimal
    deviation: Decimal
    mean_moving_range: Decimal
    deviation_from: DeviationFrom

    def line(self, deviations: int) -> Decimal:
        """The line so many standard deviations from the centre: −3 to +3."""
        with localcontext(CALCULATION):
            return self.centre + deviations * self.deviation


@dataclass(frozen=True, slots=True)
class Smoothed:
    """A point of an EWMA chart with its own limits, which widen from the first point on."""

    value: Decimal
    limits: Limits

    @property
    def is_out(self) -> bool:
        """Beyond its limits."""
        return not self.limits.lower <= self.value <= self.limits.upper


@dataclass(frozen=True, slots=True)
class Summed:
    """A point of a CUSUM chart: sums of what went above and below, in the unit of the values; both 0 or more."""

    above: Decimal
    below: Decimal
    decision: Decimal

    @property
    def is_out(self) -> bool:
        """Beyond the decision interval."""
        return max(self.above, self.below) > self.decision


def reference_of(
    values: Sequence[Decimal], *, fewest: int = FEWEST_POINTS, by: DeviationFrom = DeviationFrom.ALL_POINTS
) -> Reference:
    """Mean and spread of a reference period, its points in order of time.

    The standard deviation is that of all points (n − 1), or the mean moving range over d2 of two. Raises `BadInput`
    `chart.too_few_points`, `chart.no_spread`: points that are all the same say nothing of what is usual.
    """
    if len(values) < max(fewest, 2):
        raise BadInput(
            reason(
                "chart.too_few_points",
                "The reference period has {count} points; at least {fewest} are needed to set limits.",
                count=len(values),
                fewest=fewest,
            )
        )
    ranges = moving_ranges(values)
    with localcontext(CALCULATION):
        mean = sum(values, Decimal(0)) / len(values)
        mean_range = sum(ranges, Decimal(0)) / len(ranges)
        if by is DeviationFrom.MOVING_RANGE:
            deviation = mean_range / FACTORS[2].d2
        else:
            deviation = (sum(((v - mean) ** 2 for v in values), Decimal(0)) / (len(values) - 1)).sqrt()
    if deviation == 0:
        raise BadInput(
            reason("chart.no_spread", "All points of the reference period are the same; limits cannot be set by them.")
        )
    return Reference(len(values), mean, deviation, mean_range, by)


def moving_ranges(values: Sequence[Decimal]) -> list[Decimal]:
    """How far each value is from the one before it; one fewer than the values."""
    with localcontext(CALCULATION):
        return [abs(after - before) for before, after in itertools.pairwise(values)]


def moving_range_limits(mean_moving_range: Decimal) -> Limits:
    """The limits of the chart of moving ranges."""
    return _range_limits(mean_moving_range, 2)


def individuals_limits(values: Sequence[Decimal]) -> Limits:
    """Mean ± 3 MR̄/d2 (NIST/SEMATECH e-Handbook, 6.3.2.2)."""
    reference = reference_of(values, fewest=2, by=DeviationFrom.MOVING_RANGE)
    return Limits(reference.centre, reference.line(-3), reference.line(3))


def mean_and_range_limits(groups: Sequence[Sequence[Decimal]]) -> tuple[Limits, Limits]:
    """The limits of X̄ and of R for groups of one size, 2 to 10. Raises `BadInput` `chart.groups_differ`."""
    sizes = {len(group) for group in groups}
    size = next(iter(sizes), 0)
    if len(sizes) != 1 or size not in FACTORS:
        raise BadInput(
            reason("chart.groups_differ", "A chart of means and ranges needs groups of one size, 2 to 10 values each.")
        )
    with localcontext(CALCULATION):
        grand = sum((sum(group, Decimal(0)) / size for group in groups), Decimal(0)) / len(groups)
        mean_range = sum((max(group) - min(group) for group in groups), Decimal(0)) / len(groups)
        width = FACTORS[size].a2 * mean_range
        return Limits(grand, grand - width, grand + width), _range_limits(mean_range, size)


def _range_limits(mean_range: Decimal, size: int) -> Limits:
    factors = FACTORS[size]
    with localcontext(CALCULATION):
        return Limits(mean_range, factors.d3 * mean_range, factors.d4 * mean_range)


def ewma(
    values: Sequence[Decimal],
    centre: Decimal,
    deviation: Decimal,
    *,
    weight: Decimal = EWMA_WEIGHT,
    width: Decimal = EWMA_WIDTH,
) -> list[Smoothed]:
    """Exponentially weighted moving averages from the centre on (NIST/SEMATECH e-Handbook, 6.3.2.4).

    The limits are exact: centre ± width · s · √(w/(2 − w) · (1 − (1 − w)^2i)).
    """
    found, before = [], centre
    with localcontext(CALCULATION):
        for place, value in enumerate(values, start=1):
            before = weight * value + (1 - weight) * before
            share = weight / (2 - weight) * (1 - (1 - weight) ** (2 * place))
            reach = width * deviation * share.sqrt()
            found.append(Smoothed(before, Limits(centre, centre - reach, centre + reach)))
    return found


def cusum(
    values: Sequence[Decimal],
    centre: Decimal,
    deviation: Decimal,
    *,
    slack: Decimal = CUSUM_SLACK,
    decision: Decimal = CUSUM_DECISION,
) -> list[Summed]:
    """Tabular cumulative sums, two-sided (ISO 7870-4; Montgomery, Introduction to SQC, 9.1.2), from 0 on."""
    found = []
    above = below = Decimal(0)
    with localcontext(CALCULATION):
        k, h = slack * deviation, decision * deviation
        for value in values:
            above = max(Decimal(0), above + value - (centre + k))
            below = max(Decimal(0), below + (centre - k) - value)
            found.append(Summed(above, below, h))
    return found
