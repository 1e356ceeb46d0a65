"""Tests of precision experiments (离群值检验): Cochran, Grubbs, and Mandel's h and k (ISO 5725-2, GB/T 6379.2).

They tell; they take nothing out. Beyond the critical value at 5 % a value is a straggler (歧离值), beyond that at 1 %
an outlier (统计离群值).
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import sqrt

import numpy as np

from lims.science.robust import Floats, has_no_spread
from lims.science.student import t_quantile
from lims.science.variance_ratio import f_quantile

STRAGGLER, OUTLIER = 0.05, 0.01


class Standing(StrEnum):
    """What a test says of the value that lies farthest off."""

    UNREMARKABLE = "unremarkable"
    STRAGGLER = "straggler"
    OUTLIER = "outlier"


@dataclass(frozen=True, slots=True)
class Tested:
    """The value that is farthest off, by its place among those tested, with the critical values at 5 % and 1 %."""

    place: int
    statistic: float
    critical_5: float
    critical_1: float

    @property
    def standing(self) -> Standing:
        """Beyond neither, the first or both critical values."""
        if self.statistic > self.critical_1:
            return Standing.OUTLIER
        return Standing.STRAGGLER if self.statistic > self.critical_5 else Standing.UNREMARKABLE


@dataclass(frozen=True, slots=True, eq=False)
class Mandel:
    """h and k of every laboratory, and their indicators at 5 % and 1 %: h between laboratories, k within them."""

    h: Floats
    k: Floats
    h_5: float
    h_1: float
    k_5: float
    k_1: float


def grubbs(values: Floats) -> Tested | None:
    """Grubbs's test of the one value that is farthest from the mean, two-sided (ISO 5725-2, 7.3.4).

    None for fewer than three values or values that are all the same.
    """
    count = values.size
    if count < 3:
        return None
    mean = float(values.mean())
    deviation = float(values.std(ddof=1))
    if has_no_spread(deviation, mean):
        return None
    off = np.abs(values - mean)
    place = int(off.argmax())
    return Tested(
        place, float(off[place]) / deviation, grubbs_critical(count, STRAGGLER), grubbs_critical(count, OUTLIER)
    )


@lru_cache(maxsize=512)
def grubbs_critical(count: int, significance: float) -> float:
    """The critical value for so many values: with 8 and 5 %, 2.126."""
    t = t_quantile(1 - significance / (2 * count), count - 2)
    return (count - 1) / sqrt(count) * sqrt(t * t / (count - 2 + t * t))


def cochran(replicates: Floats) -> Tested | None:
    """Cochran's test of the largest variance (ISO 5725-2, 7.3.3). `replicates` is of the shape (laboratories, n).

    None for fewer than two laboratories, single values, or no variance at all.
    """
    groups, size = replicates.shape
    if groups < 2 or size < 2:
        return None
    variances = replicates.var(axis=1, ddof=1)
    total = float(variances.sum())
    if total == 0:
        return None
    place = int(variances.argmax())
    share = float(variances[place]) / total
    return Tested(place, share, cochran_critical(groups, size, STRAGGLER), cochran_critical(groups, size, OUTLIER))


def cochran_critical(groups: int, size: int, significance: float) -> float:
    """The critical value for so many groups of one size: with 10 pairs and 5 %, 0.602."""
    ratio = f_quantile(1 - significance / groups, size - 1, (size - 1) * (groups - 1))
    return 1 / (1 + (groups - 1) / ratio)


def mandel(replicates: Floats) -> Mandel | None:
    """Mandel's h and k (ISO 5725-2, 7.3.1). `replicates` is of the shape (laboratories, n).

    None for fewer than three laboratories, single values, or where means or replicates have no spread.
    """
    groups, size = replicates.shape
    if groups < 3 or size < 2:
        return None
    means, variances = replicates.mean(axis=1), replicates.var(axis=1, ddof=1)
    between, within = float(means.std(ddof=1)), sqrt(float(variances.mean()))
    if has_no_spread(between, float(means.mean())) or within == 0:
        return None
    limits = [_mandel_limits(groups, size, significance) for significance in (STRAGGLER, OUTLIER)]
    return Mandel(
        (means - means.mean()) / between,
        np.sqrt(variances) / within,
        limits[0][0], limits[1][0], limits[0][1], limits[1][1],
    )  # fmt: skip


@lru_cache(maxsize=512)
def _mandel_limits(groups: int, size: int, significance: float) -> tuple[float, float]:
    t = t_quantile(1 - significance / 2, groups - 2)
    h = (groups - 1) * t / sqrt(groups * (t * t + groups - 2))
    ratio = f_quantile(1 - significance, size - 1, (groups - 1) * (size - 1))
    return h, sqrt(groups * ratio / (groups - 1 + ratio))
