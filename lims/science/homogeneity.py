"""Are the items of a round alike and do they stay so (均匀性、稳定性)? ISO 13528, Annex B; IUPAC 2006, appendix 1."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from lims.core.errors import BadInput
from lims.core.reasons import reason
from lims.science.outlier_tests import Tested, cochran
from lims.science.robust import Floats
from lims.science.variance_ratio import chi_squared_quantile, f_quantile

#: Of the standard deviation for proficiency assessment: how far items may differ and drift, and how precise the
#: measurement of it must be (ISO 13528, B.2.3 and B.2.4; the latter from memory).
ALLOWED: Final = 0.3
PRECISE: Final = 0.5
FEWEST_UNITS: Final = 7


@dataclass(frozen=True, slots=True)
class Homogeneity:
    """What a test of homogeneity found, in the unit of the values.

    `between` is s_s, `within` s_w, `of_means` s_x̄; `allowed` is 0.3 σ_pt, and `expanded` the root of
    F1 (0.3 σ_pt)² + F2 s_w², which allows for the error of the test itself.
    """

    units: int
    portions: int
    mean: float
    within: float
    of_means: float
    between: float
    allowed: float
    expanded: float
    largest_difference: Tested | None
    is_precise: bool

    @property
    def is_homogeneous(self) -> bool:
        """s_s ≤ 0.3 σ_pt."""
        return self.between <= self.allowed

    @property
    def is_homogeneous_by_expanded(self) -> bool:
        """s_s² ≤ F1 (0.3 σ_pt)² + F2 s_w²: squares with squares."""
        return self.between <= self.expanded


@dataclass(frozen=True, slots=True)
class Stability:
    """How far the mean moved, and how far it may, without and with the uncertainty of both means."""

    moved: float
    allowed: float
    expanded: float

    @property
    def is_stable(self) -> bool:
        """|ȳ1 − ȳ2| ≤ 0.3 σ_pt."""
        return self.moved <= self.allowed

    @property
    def is_stable_by_expanded(self) -> bool:
        """|ȳ1 − ȳ2| ≤ 0.3 σ_pt + 2 √(u²(ȳ1) + u²(ȳ2))."""
        return self.moved <= self.expanded


def homogeneity_factors(units: int, portions: int = 2) -> tuple[float, float]:
    """F1 = χ²₀.₉₅(g−1)/(g−1) and F2 = (F₀.₉₅(g−1, g(m−1)) − 1)/m: for 10 units in duplicate 1.88 and 1.01."""
    first = chi_squared_quantile(0.95, units - 1) / (units - 1)
    return first, (f_quantile(0.95, units - 1, units * (portions - 1)) - 1) / portions


def homogeneity(values: Floats, sigma_pt: float) -> Homogeneity:
    """Homogeneity of items measured several times each, `values` of the shape (units, portions).

    Raises `BadInput` `homogeneity.too_few_units`, `homogeneity.single_portions`, `homogeneity.no_sigma`.
    """
    units, portions = values.shape
    _require(units, portions, sigma_pt)
    within = sqrt(float(values.var(axis=1, ddof=1).mean()))
    means = values.mean(axis=1)
    of_means = float(means.std(ddof=1))
    between = sqrt(max(0.0, of_means**2 - within**2 / portions))
    allowed = ALLOWED * sigma_pt
    first, second = homogeneity_factors(units, portions)
    return Homogeneity(
        units=units,
        portions=portions,
        mean=float(means.mean()),
        within=within,
        of_means=of_means,
        between=between,
        allowed=allowed,
        expanded=sqrt(max(0.0, first * allowed**2 + second * within**2)),
        largest_difference=cochran(values),
        is_precise=within <= PRECISE * sigma_pt,
    )


def stability(first: Floats, later: Floats, sigma_pt: float) -> Stability:
    """Did the mean move between two times of measuring (ISO 13528, B.5)? Each value is the mean of one unit.

    Raises `BadInput` `homogeneity.single_unit`, `homogeneity.no_sigma`.
    """
    if min(first.size, later.size) < 2:
        sentence = "Stability is tested on at least two units at each time."
        raise BadInput(reason("homogeneity.single_unit", sentence))
    _require(FEWEST_UNITS, 2, sigma_pt)
    moved = abs(float(first.mean()) - float(later.mean()))
    uncertainty = sqrt(float(first.var(ddof=1)) / first.size + float(later.var(ddof=1)) / later.size)
    allowed = ALLOWED * sigma_pt
    return Stability(moved, allowed, allowed + 2 * uncertainty)


def _require(units: int, portions: int, sigma_pt: float) -> None:
    faults = []
    if units < FEWEST_UNITS:
        sentence = "Homogeneity is tested on at least {fewest} units, better 10; there are {count}."
        faults.append(reason("homogeneity.too_few_units", sentence, fewest=FEWEST_UNITS, count=units))
    if portions < 2:
        sentence = "Every unit must be measured at least twice, or nothing is known of the measurement itself."
        faults.append(reason("homogeneity.single_portions", sentence))
    if not (np.isfinite(sigma_pt) and sigma_pt > 0):
        sentence = "The standard deviation for proficiency assessment must be above 0."
        faults.append(reason("homogeneity.no_sigma", sentence))
    if faults:
        raise BadInput(*faults)
