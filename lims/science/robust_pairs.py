"""Robust statistics from differences of pairs: Qn, the Q method and Hampel's estimator (ISO 13528, C.5).

They stand more gross errors than algorithm A, nearly half of the values, and cost p² operations.
"""

from math import sqrt
from statistics import NormalDist
from typing import Final

import numpy as np

from lims.science.robust import NO_SPREAD, Floats, Robust, has_no_spread, median

#: 1/(√2 Φ⁻¹(5/8)): makes Qn the standard deviation of a normal distribution.
QN_FACTOR: Final = 2.2219
#: From here on the Q method has nothing to read (a choice of this program; the standard says nothing).
MOST_EQUAL: Final = 0.5
#: For 2 to 12 values; the standard gives a formula beyond (ISO 13528:2022, table C.2).
_SMALL_COUNTS: Final = (0.3994, 0.9937, 0.5132, 0.8440, 0.6122, 0.8588, 0.6699, 0.8734, 0.7201, 0.8891, 0.7574)
#: Where Hampel's function turns: it rises, is level, falls, and is 0 (ISO 13528, C.5.3).
TURNS: Final = (1.5, 3.0, 4.5)


def differences(values: Floats) -> Floats:
    """|xi − xj| of every pair, ascending."""
    first, second = np.triu_indices(values.size, k=1)
    apart: Floats = np.sort(np.abs(values[first] - values[second]))
    return apart


def qn(values: Floats) -> float:
    """Qn of Rousseeuw and Croux (J. Am. Stat. Assoc. 88 (1993) 1273), with its correction for small counts."""
    count = values.size
    if count < 2:
        raise ValueError("there is no pair of values")
    half = count // 2 + 1
    return QN_FACTOR * _small_count(count) * float(differences(values)[half * (half - 1) // 2 - 1])


def _small_count(count: int) -> float:
    if count <= len(_SMALL_COUNTS) + 1:
        return _SMALL_COUNTS[count - 2]
    if count % 2:
        more = (1.6019 + (-2.128 - 5.172 / count) / count) / count
    else:
        more = (3.6756 + (1.965 + (6.987 - 77 / count) / count) / count) / count
    return 1 / (1 + more)


def q_method(values: Floats) -> float:
    """s* by the Q method for one value of each participant (ISO 13528, C.5.2; ISO 20612).

    The distribution of the differences, made continuous between its steps, is read where a quarter of what is not 0 is
    reached. 0 when half of the pairs are equal: what is left is the distance of a few, not a spread.
    """
    if values.size < 2:
        raise ValueError("there is no pair of values")
    steps, counts = _steps(differences(values))
    reached = np.cumsum(counts) / counts.sum()
    equal = float(reached[0]) if steps[0] == 0 else 0.0
    if equal >= MOST_EQUAL:
        return 0.0
    before = np.concatenate(([0.0], reached[:-1]))
    heights, places = (reached + before) / 2, steps
    if steps[0] == 0:
        heights = heights.copy()
        heights[0] = 0.0
    else:
        heights, places = np.concatenate(([0.0], heights)), np.concatenate(([0.0], places))
    wanted = 0.25 + 0.75 * equal
    return float(np.interp(wanted, heights, places)) / (sqrt(2) * NormalDist().inv_cdf(0.625 + 0.375 * equal))


def _steps(ascending: Floats) -> tuple[Floats, Floats]:
    """The differences that there are, and how many pairs have each.

    0.503 − 0.502 and 0.502 − 0.501 are the same difference, though not to a float.
    """
    begins = np.flatnonzero(np.diff(ascending, prepend=-np.inf) > NO_SPREAD * ascending[-1])
    steps = ascending[begins]
    steps[steps <= NO_SPREAD * ascending[-1]] = 0.0
    return steps, np.diff(np.append(begins, ascending.size)).astype(np.float64)


def hampel(values: Floats, deviation: float | None = None) -> Robust:
    """Hampel's mean with the deviation of the Q method, exactly, without iteration (ISO 13528, C.5.3.2).

    The sum of ψ((xi − x)/s*) is a broken line in x; of its zeros the one nearest to the median is taken, the median
    itself where two are equally near.
    """
    spread = q_method(values) if deviation is None else deviation
    middle = median(values)
    if has_no_spread(spread, middle):
        return Robust(middle, 0.0)
    scaled = (np.sort(values) - middle) / spread
    corners = np.unique(np.concatenate([scaled + turn for one in TURNS for turn in (one, -one)]))
    heights = _sums(scaled, corners)
    zeros = [float(corner) for corner in corners[heights == 0]]
    for left in np.flatnonzero(heights[:-1] * heights[1:] < 0):
        share = heights[left] / (heights[left] - heights[left + 1])
        zeros.append(float(corners[left] + share * (corners[left + 1] - corners[left])))
    return Robust(middle + spread * _nearest(zeros), spread)


def _sums(scaled: Floats, places: Floats) -> Floats:
    """Σ ψ(x − place) for every place, a part of them at a time."""
    first, second, third = TURNS
    sums = np.empty(places.size)
    step = max(1, 1_000_000 // scaled.size)
    for begin in range(0, places.size, step):
        off = scaled - places[begin : begin + step, np.newaxis]
        size = np.abs(off)
        height = np.where(size <= second, np.minimum(size, first), np.maximum(third - size, 0.0))
        sums[begin : begin + step] = (np.sign(off) * height).sum(axis=1)
    # What is left of terms that cancel is no crossing of zero.
    sums[np.abs(sums) < 1e-12 * scaled.size] = 0.0
    return sums


def _nearest(zeros: list[float]) -> float:
    """The zero nearest to the median, which is at 0."""
    near = min(abs(zero) for zero in zeros)
    nearest = {zero for zero in zeros if abs(zero) <= near * (1 + 1e-12)}
    return nearest.pop() if len(nearest) == 1 else 0.0
