"""The four-parameter logistic of immunoassays (四参数逻辑斯蒂曲线, ELISA): y = d + (a − d)/(1 + (x/c)^b).

a is the response without analyte, d the one of very much, c the concentration half-way (IC50, EC50), b > 0 the
steepness there. The curve falls in competitive assays (a > d) and rises in sandwich assays. It is fitted to single
wells. DeLean, Munson and Rodbard, Am. J. Physiol. 235 (1978) E97.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import exp, isfinite, log

import numpy as np

from lims.core.errors import RuleRefused
from lims.core.reasons import reason
from lims.science.calibration import CalibrationPoint, Weighting, coordinates, usable_points
from lims.science.calibration_curve import (
    CalibrationModel,
    Curve,
    Fitted,
    FittedTo,
    Origin,
    ReadingStatus,
    curve_of,
)
from lims.science.least_squares import Floats, inverse_of_squares, scaled_qr

#: Four coefficients leave no degree of freedom with fewer levels.
FEWEST_LEVELS_4PL = 5

_MOST_STEPS = 400
#: (x/c)^b is held within what a float carries.
_LARGEST_LOGARITHM = 600.0
#: A sum of squares this small against Σwy² is rounding: the standards lie on the curve.
_ROUNDING = 1e-28


@dataclass(frozen=True, slots=True)
class Logistic:
    """A four-parameter logistic with its coefficients, c > 0 and b > 0."""

    a: float
    b: float
    c: float
    d: float

    def powers(self, concentrations: Floats) -> Floats:
        """(x/c)^b, shape (n,); 0 at concentrations of 0."""
        above_zero = np.where(concentrations > 0, concentrations, 1.0)
        logarithms = np.minimum(_LARGEST_LOGARITHM, self.b * np.log(above_zero / self.c))
        powers: Floats = np.where(concentrations > 0, np.exp(logarithms), 0.0)
        return powers

    def responses(self, concentrations: Floats) -> Floats:
        """ŷ, shape (n,)."""
        return self.d + (self.a - self.d) / (1 + self.powers(concentrations))

    def gradients(self, concentrations: Floats) -> Floats:
        """dŷ/d(a, b, c, d), shape (n, 4)."""
        powers = self.powers(concentrations)
        parts = powers / (1 + powers)
        rises = (self.d - self.a) * parts / (1 + powers)
        logarithms = np.log(np.where(concentrations > 0, concentrations, self.c) / self.c)
        return np.column_stack((1 / (1 + powers), rises * logarithms, -rises * self.b / self.c, parts))

    def response(self, concentration: float) -> float:
        """ŷ; a at concentrations of 0."""
        return float(self.responses(np.array([concentration]))[0])

    def steepness(self, concentration: float) -> float:
        """dŷ/dx; 0 at concentrations of 0."""
        if concentration <= 0:
            return 0.0
        power = float(self.powers(np.array([concentration]))[0])
        return (self.d - self.a) * self.b / concentration * (power / (1 + power)) / (1 + power)

    def gradient(self, concentration: float) -> Floats:
        """dŷ/d(a, b, c, d), shape (4,)."""
        gradient: Floats = self.gradients(np.array([concentration]))[0]
        return gradient

    def concentration(self, response: float) -> float | ReadingStatus:
        """c ((a − d)/(y − d) − 1)^(1/b) for a response between the asymptotes."""
        if not min(self.a, self.d) < response < max(self.a, self.d):
            return ReadingStatus.OUTSIDE_ASYMPTOTES
        found = log((self.a - response) / (response - self.d)) / self.b + log(self.c)
        return exp(found) if abs(found) < _LARGEST_LOGARITHM else ReadingStatus.OUTSIDE_ASYMPTOTES


def fit_four_parameter(points: Sequence[CalibrationPoint], weighting: Weighting = Weighting.NONE) -> Curve:
    """Fit the logistic to the used standards; coefficients `a`, `b`, `c`, `d` as above.

    By Levenberg and Marquardt's method (Marquardt, J. SIAM 11 (1963) 431) from several starts, in ln b and ln c, so
    that both stay above zero; each step by QR of scaled columns. Standard errors are those of the linearised curve.
    Five levels are needed. Raises `BadInput` and `RuleRefused` as `usable_points` does, `calibration.flat` for
    responses that are all alike, and `calibration.no_logistic` when the standards do not determine the four
    coefficients, mostly since they do not reach both plateaus.
    """
    used = usable_points(points, weighting, fewest_levels=FEWEST_LEVELS_4PL)
    x, y = coordinates(used)
    w = weighting.of(x, y)
    if np.ptp(y) == 0:
        raise RuleRefused(reason("calibration.flat", "All standards have the same response; check their peaks."))
    system = _System(x, y, np.sqrt(w))
    logistic = system.logistic(system.lowest(_starts(x, y)))
    return curve_of(
        Fitted(logistic, ("a", "b", "c", "d"), _values(logistic), system.covariance(logistic)),
        FittedTo(CalibrationModel.FOUR_PARAMETER, Origin.FREE, weighting, points, used, (x, y, w)),
    )


def _values(logistic: Logistic) -> Floats:
    return np.array([logistic.a, logistic.b, logistic.c, logistic.d])


class _System:
    """The least squares problem in θ = (a, ln b, ln c, d); `root` is the root of the weights."""

    def __init__(self, x: Floats, y: Floats, root: Floats) -> None:
        self.x, self.y, self.root = x, y, root
        self.rounding = _ROUNDING * float(((root * y) ** 2).sum())
        height = float(np.abs(y).max())
        self.smallest_step = 1e-11 * np.array([height, 1.0, 1.0, height])

    def logistic(self, theta: Floats) -> Logistic:
        """The curve of a point of the search."""
        a, log_b, log_c, d = theta.tolist()
        return Logistic(a, exp(log_b), exp(log_c), d)

    def residuals(self, theta: Floats) -> Floats:
        """Weighted y − ŷ, shape (n,)."""
        weighted: Floats = self.root * (self.y - self.logistic(theta).responses(self.x))
        return weighted

    def squares(self, theta: Floats) -> float:
        """Σw(y − ŷ)²; infinite where the search has left the plane."""
        if not np.isfinite(theta).all() or np.abs(theta[1:3]).max() > _LARGEST_LOGARITHM / 4:
            return float("inf")
        return float((self.residuals(theta) ** 2).sum())

    def slopes(self, logistic: Logistic) -> Floats:
        """Weighted dŷ/d(a, b, c, d), shape (n, 4)."""
        weighted: Floats = self.root[:, np.newaxis] * logistic.gradients(self.x)
        return weighted

    def lowest(self, starts: Iterable[Floats]) -> Floats:
        """The lowest minimum that is reached from any of the starts. Raises `RuleRefused` when none is."""
        best, least = None, float("inf")
        for start in starts:
            end = self.descend(start)
            if end is not None and (squares := self.squares(end)) < least:
                best, least = end, squares
            if least <= self.rounding:
                break
        if best is None:
            raise _no_logistic()
        return best

    def descend(self, theta: Floats) -> Floats | None:
        """The minimum below a start; None when none is reached."""
        damping, now = 1e-3, self.squares(theta)
        for _ in range(_MOST_STEPS):
            if now <= self.rounding:
                return theta
            step = self._step(theta, damping)
            if step is None:
                return None
            if (then := self.squares(theta + step)) < now:
                is_settled = now - then <= 1e-14 * now and self._is_small(step)
                theta, now, damping = theta + step, then, damping / 10
                if is_settled:
                    return theta
            elif self._is_small(step):
                return theta
            else:
                damping = max(damping, 1e-12) * 10
        return None

    def _is_small(self, step: Floats) -> bool:
        return bool((np.abs(step) <= self.smallest_step).all())

    def _step(self, theta: Floats, damping: float) -> Floats | None:
        logistic = self.logistic(theta)
        slopes = self.slopes(logistic) * np.array([1.0, logistic.b, logistic.c, 1.0])
        lengths = np.linalg.norm(slopes, axis=0)
        if not (np.isfinite(lengths).all() and (lengths > 0).all()):
            return None
        damped = np.vstack((slopes / lengths, np.sqrt(damping) * np.eye(4)))
        q, triangle = np.linalg.qr(damped)
        if np.abs(np.diag(triangle)).min() == 0:
            return None
        step: Floats = np.linalg.solve(triangle, q.T @ np.append(self.residuals(theta), np.zeros(4))) / lengths
        return step

    def covariance(self, logistic: Logistic) -> Floats:
        """s²(JᵀWJ)⁻¹ of (a, b, c, d), shape (4, 4). Raises `RuleRefused` where it is not determined."""
        try:
            lengths, _, triangle = scaled_qr(self.slopes(logistic))
        except RuleRefused as undetermined:
            raise _no_logistic() from undetermined
        if np.abs(np.diag(triangle)).min() < 1e-7:
            raise _no_logistic()
        residuals = self.root * (self.y - logistic.responses(self.x))
        variance = float((residuals**2).sum()) / (len(self.x) - 4)
        covariance: Floats = variance * inverse_of_squares(triangle, lengths)
        return covariance


def _starts(x: Floats, y: Floats) -> Iterator[Floats]:
    """The means at the ends as asymptotes, a little beyond; the middle by logits, or by levels; some steepnesses."""
    order = np.argsort(x)
    near, far = _mean_at(x, y, x[order[0]]), _mean_at(x, y, x[order[-1]])
    positive = np.unique(x[x > 0])
    margin = 0.05 * (far - near) if far != near else 0.05 * float(np.ptp(y))
    a, d = near - margin, far + margin
    middles = {float(np.exp(np.log(positive).mean())), float(positive[len(positive) // 2]), float(positive[1])}
    begun = _by_logits(x, y, a, d)
    if begun is not None:
        yield np.array([a, begun[0], begun[1], d])
    for steepness in (0.7, 1.0, 2.0, 5.0):
        for middle in sorted(middles):
            yield np.array([a, log(steepness), log(middle), d])


def _by_logits(x: Floats, y: Floats, a: float, d: float) -> tuple[float, float] | None:
    """ln b and ln c of the line ln((a − y)/(y − d)) = b ln x − b ln c through the points between the asymptotes."""
    between = (x > 0) & ((a - y) * (y - d) > 0)
    if len(np.unique(x[between])) < 2:
        return None
    logarithms = np.log(x[between])
    logits = np.log((a - y[between]) / (y[between] - d))
    centred = logarithms - logarithms.mean()
    b = float((centred * logits).sum() / (centred**2).sum())
    if not b > 0:
        return None
    log_c = float(logarithms.mean() - logits.mean() / b)
    return (log(b), log_c) if isfinite(log_c) and abs(log_c) < _LARGEST_LOGARITHM / 4 else None


def _mean_at(x: Floats, y: Floats, level: float) -> float:
    return float(y[x == level].mean())


def _no_logistic() -> RuleRefused:
    return RuleRefused(
        reason(
            "calibration.no_logistic",
            "The standards do not determine a four-parameter curve; they must reach both plateaus and the slope between"
            " them.",
        )
    )
