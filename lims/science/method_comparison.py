"""Do the methods of a round agree (方法比较)? Robust statistics of the results by each method, side by side.

A consensus of several methods that disagree may be the value of none (ISO 13528, 7.7 and 10.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import hypot, sqrt
from typing import Final

from lims.science.algorithm_a import algorithm_a
from lims.science.robust import Floats

#: Results that a method needs before it is compared (our choice: below it, s* says hardly anything).
FEWEST_OF_A_METHOD: Final = 5
#: Means differ for certain beyond this many standard uncertainties of their difference.
_DIFFERENT: Final = 2.0


@dataclass(frozen=True, slots=True)
class MethodGroup:
    """The results by one method: how many, robust mean and standard deviation by algorithm A, 1.25 s*/√p."""

    method: str
    count: int
    mean: float
    deviation: float

    @property
    def uncertainty(self) -> float:
        """The standard uncertainty of the mean, as that of a consensus (ISO 13528, 7.7.3)."""
        return 1.25 * self.deviation / sqrt(self.count)

    def differs_from(self, other: "MethodGroup") -> bool:
        """Are the means farther apart than both are uncertain? Without any spread every difference counts."""
        apart = abs(self.mean - other.mean)
        return apart > _DIFFERENT * hypot(self.uncertainty, other.uncertainty)


def by_method(values: Floats, methods: Sequence[str]) -> tuple[MethodGroup, ...]:
    """The methods that have enough results, the most used first; nothing unless there are two of them.

    Args:
        values: results, all in one unit.
        methods: the method of each; an empty text is none.
    Raises `ValueError` where the two are not of one length.
    """
    places: dict[str, list[int]] = {}
    for place, (method, _) in enumerate(zip(methods, values, strict=True)):
        if method:
            places.setdefault(method, []).append(place)
    groups = [_group(method, values[own]) for method, own in places.items() if len(own) >= FEWEST_OF_A_METHOD]
    return tuple(sorted(groups, key=lambda one: (-one.count, one.method))) if len(groups) > 1 else ()


def that_differ(groups: Sequence[MethodGroup]) -> tuple[tuple[MethodGroup, MethodGroup], ...]:
    """The pairs of methods whose means differ."""
    return tuple(pair for pair in combinations(groups, 2) if pair[0].differs_from(pair[1]))


def _group(method: str, values: Floats) -> MethodGroup:
    robust = algorithm_a(values).fixed
    return MethodGroup(method, values.size, robust.mean, robust.deviation)
