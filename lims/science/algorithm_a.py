"""Algorithm A (算法 A) of ISO 13528, C.3: robust mean and standard deviation by clipping again and again.

It is Huber's second proposal with the printed correction 1.134 (exactly 1.13339). The standard stops once the third
significant figure of both stays as it is, which depends on where one began; the fixed point does not.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from lims.science.robust import MAD_FACTOR, NO_SPREAD, Floats, Robust, has_no_spread, middle_of

#: Values are clipped at so many s* from x*; their standard deviation times the second is the new s*.
CLIPPED_AT: Final = 1.5
AFTER_CLIPPING: Final = 1.134
#: So many times MADe: normal results hardly ever have it, and a fifth of gross errors does not bring it (our choice).
OVERRUN: Final = 2.5
_MOST_ROUNDS: Final = 10_000
#: Near a quarter of gross errors, and where nearly all values are the same, rounds hardly move: then it is looked for.
_PATIENCE: Final = 50


@dataclass(frozen=True, slots=True)
class AlgorithmA:
    """What algorithm A comes to: at its fixed point, and where the standard's rule stops it.

    `begun` are the median and MADe that it began from.
    """

    fixed: Robust
    stopped: Robust
    begun: Robust

    @property
    def is_overrun(self) -> bool:
        """Is s* so far above MADe that gross errors must have drawn it up? A quarter of them on one side is enough."""
        return self.fixed.deviation > OVERRUN * self.begun.deviation


def algorithm_a(values: Floats) -> AlgorithmA:
    """x* and s* by clipping at x* ± 1.5 s* again and again (ISO 13528, C.3.1).

    It starts from the median and MADe; from the standard deviation where more than half of the values are the same.
    The standard stops once the third significant figure of both stays as it is, which may be well before the end; the
    fixed point is where no further round changes anything; there s* is 0 where all but one or two of ten are the same.
    Raises `ValueError` without values.
    """
    if not values.size:
        raise ValueError("there are no values")
    ordered = np.sort(values)
    middle = middle_of(ordered)
    # About the median, so that the squares of large values with little spread keep their digits.
    centred = ordered - middle
    deviation = MAD_FACTOR * middle_of(np.sort(np.abs(centred)))
    begun = Robust(middle, deviation)
    if deviation == 0 and values.size > 1:
        deviation = float(np.std(centred, ddof=1))
    if values.size == 1 or has_no_spread(deviation, middle) or deviation == 0:
        alone = Robust(middle, 0.0)
        return AlgorithmA(alone, alone, begun)
    fixed, stopped = _iterated(centred, deviation, middle)
    return AlgorithmA(
        Robust(middle + fixed.mean, fixed.deviation, fixed.rounds),
        Robust(middle + stopped.mean, stopped.deviation, stopped.rounds),
        begun,
    )


def _iterated(ordered: Floats, deviation: float, middle: float) -> tuple[Robust, Robust]:
    """The fixed point, and where the standard stops; both relative to the median, which is `middle`."""
    mean = 0.0
    fixed: Robust | None = None
    clipped_before = (-1, -1)
    least = NO_SPREAD * (abs(middle) or deviation)
    figures = _figures(middle, deviation)
    stopped: Robust | None = None
    for number in range(1, _MOST_ROUNDS):
        clipped = _clipped(ordered, mean, deviation)
        if fixed is None and clipped == clipped_before:
            fixed = _solved(ordered, clipped, number)
        if fixed is None and number == _PATIENCE:
            fixed = _searched(ordered, least)
        mean, deviation = _round(ordered, clipped, mean, deviation)
        if stopped is None:
            now = _figures(middle + mean, deviation)
            stopped = Robust(mean, deviation, number) if now == figures else None
            figures = now
        if fixed and (stopped or fixed.deviation == 0):
            return fixed, stopped or fixed
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


def _searched(ordered: Floats, least: float) -> Robust:
    """The fixed point by bisection; there is only one (Huber, Robust Statistics, 1981, 6.4).

    For any s* the clipped values have one mean x* that is their own, and the larger s*, the smaller is the sum of their
    squares in units of s*. Where it is too small even for the least s*, too many values are the same: s* is 0, and x*
    the value that they have, the median.
    """
    wanted = (ordered.size - 1) / AFTER_CLIPPING**2

    def is_too_small(deviation: float) -> bool:
        return _squares(ordered, _own_mean(ordered, deviation), deviation) >= wanted

    if not is_too_small(least):
        return Robust(0.0, 0.0, _PATIENCE)
    low, high = least, float(ordered[-1] - ordered[0])
    while is_too_small(high):
        low, high = high, 2 * high
    while low < (between := sqrt(low) * sqrt(high)) < high and high > low * (1 + 1e-15):
        low, high = (between, high) if is_too_small(between) else (low, between)
    mean = _own_mean(ordered, high)
    return _solved(ordered, _clipped(ordered, mean, high), _PATIENCE) or Robust(mean, high, _PATIENCE)


def _own_mean(ordered: Floats, deviation: float) -> float:
    """The x that is the mean of the values clipped at x ± 1.5 s*, by bisection."""
    low, high = float(ordered[0]), float(ordered[-1])
    while low < (between := (low + high) / 2) < high:
        begin, end = _clipped(ordered, between, deviation)
        kept = ordered[begin:end]
        pull = float(kept.sum()) - kept.size * between + CLIPPED_AT * deviation * (ordered.size - end - begin)
        low, high = (between, high) if pull > 0 else (low, between)
    return high


def _squares(ordered: Floats, mean: float, deviation: float) -> float:
    """Σ ((xi − x*)/s*)² of the clipped values."""
    begin, end = _clipped(ordered, mean, deviation)
    off = (ordered[begin:end] - mean) / deviation
    return float(off @ off) + (ordered.size - off.size) * CLIPPED_AT**2


def _figures(mean: float, deviation: float) -> tuple[str, str]:
    return f"{mean:.2e}", f"{deviation:.2e}"
