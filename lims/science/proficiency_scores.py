"""Scores of proficiency testing (能力验证评分) and their grades: z, z′, ζ, En, D % and P_A (ISO 13528, clause 9).

Whole rounds are scored at once: a score is an array with one entry per participant, NaN where there is none.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import Final

import numpy as np

from lims.science.robust import Floats

#: Up to it the uncertainty of the assigned value may be passed over (ISO 13528, 9.2.1).
NEGLIGIBLE: Final = 0.3
#: |score| up to the first is satisfactory, from the second on unsatisfactory (ISO 13528, 9.4.2).
SATISFIES: Final = 2.0
ACTS: Final = 3.0
#: The error that is allowed, in standard deviations for proficiency assessment (ISO 13528, 8.2.2: σ_pt = δ_E/3).
ALLOWED_ERROR: Final = 3.0
#: Beyond these decimals a score is noise of the floats: (0.12 − 0.10)/0.01 is 2, and satisfactory.
_DECIMALS: Final = 10


class ScoreKind(StrEnum):
    """The scores."""

    Z = "z"
    Z_PRIME = "z_prime"
    ZETA = "zeta"
    EN = "en"
    D_PERCENT = "d_percent"
    PA = "pa"


class Grade(StrEnum):
    """What a score says (评价): 满意, 有问题, 不满意."""

    SATISFACTORY = "satisfactory"
    QUESTIONABLE = "questionable"
    UNSATISFACTORY = "unsatisfactory"


#: How a score is written; the same in every language.
SIGNS: Final = {
    ScoreKind.Z: "z",
    ScoreKind.Z_PRIME: "z′",
    ScoreKind.ZETA: "ζ",
    ScoreKind.EN: "En",
    ScoreKind.D_PERCENT: "D %",
    ScoreKind.PA: "PA %",
}
_GRADES: Final = (Grade.SATISFACTORY, Grade.QUESTIONABLE, Grade.UNSATISFACTORY)
#: Up to the first satisfactory, from the second on unsatisfactory; between them questionable. For En and P_A there is
#: no between: more than 1, and more than 100 % of what is allowed, is unsatisfactory.
_BOUNDS: Final = {
    ScoreKind.Z: (SATISFIES, ACTS),
    ScoreKind.Z_PRIME: (SATISFIES, ACTS),
    ScoreKind.ZETA: (SATISFIES, ACTS),
    ScoreKind.EN: (1.0, 1.0),
    ScoreKind.PA: (100.0, 100.0),
}


@dataclass(frozen=True, slots=True)
class Reference:
    """What results are scored against: x_pt, its standard uncertainty, σ_pt; None for what is not known.

    A `sigma` of None: there is none, or it is 0. `coverage` is k, from standard to expanded uncertainty.
    """

    assigned: float
    uncertainty: float | None
    sigma: float | None
    coverage: float = 2.0

    @property
    def is_uncertain(self) -> bool:
        """u(x_pt) > 0.3 σ_pt: z would blame participants for the assigned value; z′ is to be used."""
        if self.uncertainty is None or self.sigma is None:
            return False
        return round(self.uncertainty / self.sigma, _DECIMALS) > NEGLIGIBLE


def scores(values: Floats, expanded: Floats, reference: Reference) -> dict[ScoreKind, Floats]:
    """Every score there is, by its kind: those that need σ_pt or an uncertainty that is not known are left out.

    `expanded` are the participants' expanded uncertainties, NaN where none was given.
    """
    off = values - reference.assigned
    found: dict[ScoreKind, Floats] = {}
    if (sigma := reference.sigma) is not None:
        found[ScoreKind.Z] = off / sigma
        found[ScoreKind.PA] = off * (100 / (ALLOWED_ERROR * sigma))
        if reference.uncertainty is not None:
            found[ScoreKind.Z_PRIME] = off / sqrt(sigma**2 + reference.uncertainty**2)
    if reference.assigned != 0:
        found[ScoreKind.D_PERCENT] = off * (100 / reference.assigned)
    if reference.uncertainty is not None:
        # En has the expanded uncertainties, k times the standard ones, in both terms: it is ζ/k.
        standard = expanded / reference.coverage
        found[ScoreKind.ZETA] = off / np.sqrt(standard**2 + reference.uncertainty**2)
        found[ScoreKind.EN] = found[ScoreKind.ZETA] / reference.coverage
    return {kind: found[kind] for kind in ScoreKind if kind in found}


def graded(kind: ScoreKind, score: Floats) -> Floats:
    """0, 1 or 2 for satisfactory, questionable, unsatisfactory, NaN where there is no score. D % has the grades of P_A.

    Raises `ValueError` for D %, which says nothing of what is allowed.
    """
    if kind not in _BOUNDS:
        raise ValueError(f"{kind} has no grade of its own")
    satisfies, acts = _BOUNDS[kind]
    # Rounding is slow, and matters only for what is within a hair of a bound.
    size = np.abs(score)
    hair = 0.5 * 10.0**-_DECIMALS
    grades = (size > satisfies + hair).astype(np.float64)
    grades += size >= acts - hair if acts > satisfies else grades
    grades[np.isnan(score)] = np.nan
    return grades


def grade(kind: ScoreKind, score: float) -> Grade:
    """The grade of one score."""
    return _GRADES[int(graded(kind, np.array([score]))[0])]


def grade_named(code: float) -> Grade | None:
    """The grade of a code that `graded` gives; None for NaN."""
    return None if np.isnan(code) else _GRADES[int(code)]
