"""Robust means and standard deviations (稳健统计): median, MADe, nIQR, algorithms A and S of ISO 13528, Annex C.

They hold while a minority of the values is grossly wrong, so nothing has to be thrown away first. The printed factors
of the standard (1.483, 1.134) are used; the exact ones differ from the fourth figure on.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lims.science.variance_ratio import chi_squared_probability, chi_squared_quantile

Floats = NDArray[np.float64]

#: Of median absolute deviation and interquartile range; clipping and correction of algorithm A (ISO 13528, C.2, C.3).
MAD_FACTOR: Final = 1.483
IQR_FACTOR: Final = 0.7413
CLIPPED_AT: Final = 1.5
AFTER_CLIPPING: Final = 1.134
#: A deviation that is less than this part of the values is noise of the floats, not of the laboratories.
NO_SPREAD: Final = 1e-12
_MOST_ROUNDS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Robust:
    """A robust mean x* and standard deviation s*, in the unit of the values; `rounds` of iteration it took."""

    mean: float
    deviation: float
    rounds: int = 0


@dataclass(frozen=True, slots=True)
class AlgorithmA:
    """What algorithm A comes to: at its fixed point, and where the standard's rule stops it."""

    fixed: Robust
    stopped: Robust


def median(values: Floats) -> float:
    """The middle value, or the mean of the two in the middle."""
    return _middle(np.sort(values))


def made(values: Floats) -> float:
    """MADe = 1.483 · median |x − median| (ISO 13528, C.2.2)."""
    return MAD_FACTOR * _middle(np.sort(np.abs(values - median(values))))


def niqr(values: Floats) -> float:
    """nIQR = 0.7413 (Q3 − Q1), quartiles by linear interpolation between the ordered values (ISO 13528, C.2.3)."""
    first, third = np.percentile(values, [25, 75])
    return IQR_FACTOR * float(third - first)


def has_no_spread(deviation: float, mean: float) -> bool:
    """Are the values all the same, but for the last digits of a float? A score would divide by that."""
    return deviation <= NO_SPREAD * abs(mean)


def algorithm_a(values: Floats) -> AlgorithmA:
    """x* and s* by clipping at x* ± 1.5 s* again and again (ISO 13528, C.3.1).

    It starts from the median and MADe; from the standard deviation where more than half of the values are the same.
    The standard stops once the third significant figure of both stays as it is, which may be well before the end; the
    fixed point is where no further round changes anything. Raises `ValueError` without values.
    """
    if not values.size:
        raise ValueError("there are no values")
    ordered = np.sort(values)
    middle = _middle(ordered)
    # About the median, so that the squares of large values with little spread keep their digits.
    centred = ordered - middle
    deviation = MAD_FACTOR * _middle(np.sort(np.abs(centred)))
    if deviation == 0 and values.size > 1:
        deviation = float(np.std(centred, ddof=1))
    if values.size == 1 or has_no_spread(deviation, middle):
        alone = Robust(middle, 0.0)
        return AlgorithmA(alone, alone)
    fixed, stopped = _iterated(centred, deviation, middle)
    return AlgorithmA(
        Robust(middle + fixed.mean, fixed.deviation, fixed.rounds),
        Robust(middle + stopped.mean, stopped.deviation, stopped.rounds),
    )


def _iterated(ordered: Floats, deviation: float, middle: float) -> tuple[Robust, Robust]:
    """The fixed point, and where the standard stops; both relative to the median, which is `middle`."""
    mean = 0.0
    fixed: Robust | None = None
    stopped: Robust | None = None
    clipped_before = (-1, -1)
    figures = _figures(middle, deviation)
    for number in range(1, _MOST_ROUNDS):
        clipped = _clipped(ordered, mean, deviation)
        if fixed is None and clipped == clipped_before:
            fixed = _solved(ordered, clipped, number)
        before = (mean, deviation)
        mean, deviation = _round(ordered, clipped, mean, deviation)
        if stopped is None:
            now = _figures(middle + mean, deviation)
            stopped = Robust(mean, deviation, number) if now == figures else None
            figures = now
        if fixed is None and (mean, deviation) == before:
            fixed = Robust(mean, deviation, number)
        if fixed and stopped:
            return fixed, stopped
        clipped_before = clipped
    raise ArithmeticError("algorithm A did not come to rest")


def _clipped(ordered: Floats, mean: float, deviation: float) -> tuple[int, int]:
    """Where the values that stay as they are begin and end."""
    reach = CLIPPED_AT * deviation
    return int(ordered.searchsorted(mean - reach)), int(ordered.searchsorted(mean + reach, side="right"))


def _round(ordered: Floats, clipped: tuple[int, int], mean: float, deviation: float) -> tuple[float, float]:
    begin, end = clipped
    kept, count, reach = ordered[begin:end], ordered.size, CLIPPED_AT * deviation
    low, high = begin, count - end
    new = (float(kept.sum()) + low * (mean - reach) + high * (mean + reach)) / count
    off = kept - new
    squares = float(off @ off) + low * (mean - reach - new) ** 2 + high * (mean + reach - new) ** 2
    return new, AFTER_CLIPPING * sqrt(squares / (count - 1))


def _solved(ordered: Floats, clipped: tuple[int, int], rounds: int) -> Robust | None:
    """The fixed point if just these values are clipped, or None when others are clipped there.

    Which values are clipped settles long before the last digits do; then the two equations of the algorithm are solved
    for x* = m + c·s*, m being the mean of the values that are kept.
    """
    begin, end = clipped
    kept, count = ordered[begin:end], ordered.size
    if not kept.size:
        return None
    low, high = begin, count - end
    centre = float(kept.mean())
    tilt = CLIPPED_AT * (high - low) / kept.size
    off = kept - centre
    left = (count - 1) / AFTER_CLIPPING**2 - kept.size * tilt**2 - (low + high) * CLIPPED_AT**2
    if left <= 0:
        return None
    deviation = sqrt(float(off @ off) / left)
    mean = centre + tilt * deviation
    return Robust(mean, deviation, rounds) if _clipped(ordered, mean, deviation) == clipped else None


def _figures(mean: float, deviation: float) -> tuple[str, str]:
    return f"{mean:.2e}", f"{deviation:.2e}"


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


def _middle(ordered: Floats) -> float:
    half = ordered.size // 2
    if ordered.size % 2:
        return float(ordered[half])
    return float(ordered[half - 1] + ordered[half]) / 2
