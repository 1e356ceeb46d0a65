"""How values are distributed (核密度): a smooth density from Gaussian kernels, and how many modes it has.

ISO 13528, 10.3. A round with two groups of laboratories (two methods, two units) has two modes; its consensus is the
value of neither.
"""

from dataclasses import dataclass
from math import pi, sqrt
from typing import Final

import numpy as np

from lims.science.robust import Floats

#: In standard deviations for proficiency assessment: narrower modes do not matter for scores (ISO 13528, 10.3.2).
BANDWIDTH: Final = 0.75
#: Farther from the middle than this, in standard deviations, values are left out of the density.
REACH: Final = 10.0
#: A second mode is worth a warning from this part of the values on (a choice of this program).
LEAST_SHARE: Final = 0.1
_PLACES: Final = 512


@dataclass(frozen=True, slots=True)
class Mode:
    """A maximum of the density: where it is, and which part of the values lies about it, valley to valley."""

    place: float
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """The density over evenly spaced places, its bandwidth, its modes ascending, and how many values lie beyond it."""

    places: Floats
    heights: Floats
    bandwidth: float
    modes: tuple[Mode, ...]
    beyond: int

    @property
    def considerable(self) -> tuple[Mode, ...]:
        """Modes that a tenth of the values or more lie about."""
        return tuple(mode for mode in self.modes if mode.share >= LEAST_SHARE)


def silverman_bandwidth(deviation: float, count: int) -> float:
    """0.9 s*/p^0.2: for a general look where no standard deviation is set (ISO 13528, 10.3.2)."""
    return 0.9 * deviation / float(count**0.2)


def density(values: Floats, middle: float, deviation: float, bandwidth: float) -> Density:
    """The density of the values within 10 deviations of the middle.

    The values are put on the grid first, each shared by its two neighbours, and then smoothed; against the exact sum of
    kernels that is wrong by less than the width of a line. Raises `ValueError` without values or bandwidth.
    """
    near = values[np.abs(values - middle) <= REACH * max(deviation, bandwidth)]
    if bandwidth <= 0 or not near.size:
        raise ValueError("a density needs values and a bandwidth above 0")
    begin, end = float(near.min()) - 4 * bandwidth, float(near.max()) + 4 * bandwidth
    step = (end - begin) / (_PLACES - 1)
    at = (near - begin) / step
    below = at.astype(np.intp)
    share = at - below
    counts = np.bincount(below, 1 - share, _PLACES) + np.bincount(below + 1, share, _PLACES)
    half = int(4 * bandwidth / step)
    off = np.arange(-half, half + 1) * (step / bandwidth)
    kernel = np.exp(-0.5 * off * off) / (bandwidth * sqrt(2 * pi))
    heights: Floats = np.asarray(np.convolve(counts, kernel)[half : half + _PLACES] / values.size, dtype=np.float64)
    places: Floats = begin + step * np.arange(_PLACES, dtype=np.float64)
    return Density(places, heights, bandwidth, _modes(places, heights, step), int(values.size - near.size))


def _modes(places: Floats, heights: Floats, step: float) -> tuple[Mode, ...]:
    falls = np.diff(heights) < 0
    # Level stretches count with what follows them: only from rising to falling is a maximum.
    tops = np.flatnonzero(~falls[:-1] & falls[1:]) + 1
    tops = tops[heights[tops] > 1e-6 * heights.max()]
    modes = []
    for number, top in enumerate(tops):
        left = 0 if number == 0 else _valley(heights, int(tops[number - 1]), int(top))
        right = places.size if number == tops.size - 1 else _valley(heights, int(top), int(tops[number + 1]))
        modes.append(Mode(float(places[top]), float(heights[left:right].sum()) * step))
    return tuple(modes)


def _valley(heights: Floats, left: int, right: int) -> int:
    return left + int(heights[left:right].argmin())
