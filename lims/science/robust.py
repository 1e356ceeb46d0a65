"""Robust statistics (稳健统计): median, MADe, nIQR and algorithm S of ISO 13528, Annex C; for A see `algorithm_a`.

They hold while a minority of the values is grossly wrong, so nothing has to be thrown away first. The printed factors
of the standard are used; the exact ones differ from the fourth figure on.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lims.science.variance_ratio import chi_squared_probability, chi_squared_quantile

Floats = NDArray[np.float64]

#: Of the median absolute deviation and the interquartile range (ISO 13528, C.2).
MAD_FACTOR: Final = 1.483
IQR_FACTOR: Final = 0.7413
#: A deviation that is less than this part of the values is noise of the floats, not of the laboratories.
NO_SPREAD: Final = 1e-12
_MOST_ROUNDS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Robust:
    """A robust mean x* and standard deviation s*, in the unit of the values; `rounds` of iteration it took."""

    mean: float
    deviation: float
    rounds: int = 0


def median(values: Floats) -> float:
    """The middle value, or the mean of the two in the middle."""
    return middle_of(np.sort(values))


def made(values: Floats) -> float:
    """MADe = 1.483 · median |x − median| (ISO 13528, C.2.2)."""
    return MAD_FACTOR * middle_of(np.sort(np.abs(values - median(values))))


def niqr(values: Floats) -> float:
    """nIQR = 0.7413 (Q3 − Q1), quartiles by linear interpolation between the ordered values (ISO 13528, C.2.3)."""
    first, third = np.percentile(values, [25, 75])
    return IQR_FACTOR * float(third - first)


def has_no_spread(deviation: float, mean: float) -> bool:
    """Are the values all the same, but for the last digits of a float? A score would divide by that."""
    return deviation <= NO_SPREAD * abs(mean)


def algorithm_s(deviations: Floats, freedom: int) -> float:
    """The pooled standard deviation of groups of one size (ISO 13528, C.4), at its fixed point.

    `deviations` are standard deviations with `freedom` degrees each, or ranges of two with 1: then it is the pooled
    range, √2 times the standard deviation. Limit factor η and correction ξ are calculated for any freedom; the standard
    prints them for 1 to 10. Raises `ValueError` without values.
    """
    if not deviations.size:
        raise ValueError("there are no standard deviations")
    squared = chi_squared_quantile(0.9, freedom) / freedom
    correction = 1 / sqrt(chi_squared_probability(freedom * squared, freedom + 2) + 0.1 * squared)
    pooled, ordered = median(deviations), np.sort(deviations)
    for _ in range(_MOST_ROUNDS):
        kept = np.minimum(ordered, sqrt(squared) * pooled)
        new = correction * sqrt(float(kept @ kept) / kept.size)
        if abs(new - pooled) <= 1e-15 * pooled:
            return new
        pooled = new
    return pooled


def middle_of(ordered: Floats) -> float:
    """The median of values that are in order already."""
    half = ordered.size // 2
    if ordered.size % 2:
        return float(ordered[half])
    return float(ordered[half - 1] + ordered[half]) / 2
