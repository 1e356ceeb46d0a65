"""What an organiser should look at (提示): results off by a power of ten, and two participants with the same digits.

Nothing is changed or left out by a hint; a person decides.
"""

from dataclasses import dataclass
from math import comb
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lims.science.proficiency_scores import ACTS, SATISFIES
from lims.science.robust import Floats

#: A point in the wrong place, and units taken for each other (mg and μg, mg and ng).
POWERS: Final = (1, -1, 2, -2, 3, -3, 6, -6)
#: As a unit is mistaken: by thousands.
UNIT_POWERS: Final = frozenset({3, -3, 6, -6})
#: Values of one or two figures are the same by chance.
FEWEST_FIGURES: Final = 3
FEWEST_SHARED: Final = 3
#: A value that more than so many participants gave, and more than a tenth of them, is nobody's own.
MOST_SHARING: Final = 5
#: Of the analytes that both gave with enough figures, this part must be the same to the last digit …
LEAST_PART: Final = 0.8
#: … and chance alone would bring less than this many such pairs into a round like this one.
BY_CHANCE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Blunder:
    """The result at this place is 10^power times what would be satisfactory."""

    place: int
    power: int

    @property
    def is_unit(self) -> bool:
        """As if a unit had been mistaken, rather than a decimal point."""
        return self.power in UNIT_POWERS


@dataclass(frozen=True, slots=True)
class SameDigits:
    """Two participants, by their places, who gave the same digits for `shared` of `compared` analytes."""

    first: int
    second: int
    shared: int
    compared: int


def blunders(values: Floats, z: Floats, assigned: float, sigma: float) -> list[Blunder]:
    """Unsatisfactory results that would be satisfactory divided by a power of ten."""
    if assigned <= 0:
        return []
    found = []
    for place in np.flatnonzero(np.abs(z) >= ACTS):
        value = float(values[place])
        for power in POWERS:
            if abs(value / 10.0**power - assigned) <= SATISFIES * sigma:
                found.append(Blunder(int(place), power))
                break
    return found


def same_digits(values: Floats) -> list[SameDigits]:
    """Pairs of participants whose results are the same more often than chance would have it.

    `values` is of the shape (participants, analytes), NaN where there is none or where it has fewer than three figures.
    Chance is estimated from the round itself: how often two results of an analyte are the same.
    """
    count, analytes = values.shape
    if count < 2 or analytes < FEWEST_SHARED:
        return []
    values = np.column_stack([_own(values[:, column]) for column in range(analytes)])
    columns = [_equal_pairs(values[:, column]) for column in range(analytes)]
    pairs, shared = np.unique(np.concatenate(columns), return_counts=True)
    chance = _chance(values, sum(column.size for column in columns))
    found = []
    for pair, times in zip(pairs[shared >= FEWEST_SHARED], shared[shared >= FEWEST_SHARED], strict=True):
        first, second = divmod(int(pair), count)
        compared = int((~np.isnan(values[first]) & ~np.isnan(values[second])).sum())
        expected = comb(count, 2) * comb(compared, int(times)) * chance ** int(times)
        if times >= LEAST_PART * compared and expected <= BY_CHANCE:
            found.append(SameDigits(first, second, int(times), compared))
    return found


def _own(column: Floats) -> Floats:
    """The column without values that many gave: agreeing in them proves nothing."""
    most = max(MOST_SHARING, column.size // 10)
    ordered = np.sort(column)
    common = ordered[most:][ordered[most:] == ordered[:-most]]
    return np.where(np.isin(column, common), np.nan, column) if common.size else column


def _equal_pairs(column: Floats) -> NDArray[np.int64]:
    """first · count + second for each pair of equal values, the first before the second."""
    order = np.argsort(column, kind="stable")
    ordered = column[order]
    found = []
    for apart in range(1, column.size):
        at = np.flatnonzero(ordered[apart:] == ordered[:-apart])
        if not at.size:
            break
        found.append(order[at] * column.size + order[at + apart])
    return np.concatenate(found) if found else np.empty(0, dtype=np.int64)


def _chance(values: Floats, equal: int) -> float:
    given = (~np.isnan(values)).sum(axis=0)
    return equal / max(1, int((given * (given - 1) // 2).sum()))
