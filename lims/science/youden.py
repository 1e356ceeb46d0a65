"""Two items of a round side by side (尤登图): does a laboratory err in one direction, or by chance?

W. J. Youden, Graphical diagnosis of interlaboratory test results, Industrial Quality Control 15 (1959) 24; ISO 13528,
10.5.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from lims.science.robust import Floats

#: From this score on, with the same sign for both items, an error is called systematic.
FAR = 2.0


class Lean(StrEnum):
    """How a laboratory's two results lie."""

    NEAR = "near_the_middle"
    SYSTEMATIC = "systematic"
    RANDOM = "random"


@dataclass(frozen=True, slots=True, eq=False)
class YoudenPairs:
    """Who measured both items, with the z-scores of each, and Spearman's rank correlation (None: not to be told)."""

    participants: tuple[str, ...]
    first: Floats
    second: Floats
    rank_correlation: float | None

    def lean(self, place: int) -> Lean:
        """Both beyond 2 on the same side are systematic; one beyond 2 alone, or on opposite sides, is random."""
        x, y = float(self.first[place]), float(self.second[place])
        if abs(x) > FAR and abs(y) > FAR and x * y > 0:
            return Lean.SYSTEMATIC
        return Lean.RANDOM if max(abs(x), abs(y)) > FAR else Lean.NEAR


def youden_pairs(participants: tuple[tuple[str, ...], tuple[str, ...]], scores: tuple[Floats, Floats]) -> YoudenPairs:
    """Pair the z-scores of two items by participant; who measured one only is left out."""
    second = dict(zip(participants[1], scores[1].tolist(), strict=True))
    both = [(name, one, second[name]) for name, one in zip(participants[0], scores[0].tolist(), strict=True)
            if name in second]  # fmt: skip
    x, y = np.array([one for _, one, _ in both]), np.array([other for _, _, other in both])
    return YoudenPairs(tuple(name for name, _, _ in both), x, y, rank_correlation(x, y))


def rank_correlation(x: Floats, y: Floats) -> float | None:
    """Spearman's ρ, equal values with their mean rank; None for fewer than three pairs or values all alike."""
    if x.size < 3:
        return None
    first, second = (_ranks(values) for values in (x, y))
    first, second = first - first.mean(), second - second.mean()
    squares = float(first @ first) * float(second @ second)
    return float(first @ second) / squares**0.5 if squares else None


def _ranks(values: Floats) -> Floats:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Floats = (last - (counts - 1) / 2)[places]
    return ranks
