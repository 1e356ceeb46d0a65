"""The distributions of variances: chi-squared and Fisher's F (χ² 分布、F 分布), for whole degrees of freedom.

Quantiles by bisection to the last digit of a float; no table. Student's t is in `student`.
"""

from collections.abc import Callable
from functools import lru_cache
from math import erf, exp, lgamma, log, log1p, pi, sqrt

#: As in `student`: nothing here asks for less probability in a tail.
LEAST_TAIL = 1e-9
#: Beyond them e^(−χ²/2) would be no float any more, and the sums would be wrong without a word.
MOST_FREEDOM = 500
_SMALLEST = 1e-300
_TERMS = 10_000


def chi_squared_probability(value: float, freedom: int) -> float:
    """P(χ² ≤ value): finite sums of Abramowitz and Stegun, 26.4.4 and 26.4.5. Raises `ValueError`, also above 500."""
    _require(freedom)
    if freedom > MOST_FREEDOM:
        raise ValueError(f"chi-squared has no more than {MOST_FREEDOM} degrees of freedom here")
    if value <= 0:
        return 0.0
    half = value / 2
    below = erf(sqrt(half)) if freedom % 2 else 1 - exp(-half)
    # What is lost by each two degrees of freedom more, from 1 or 2 on.
    term = sqrt(2 * value / pi) * exp(-half) if freedom % 2 else half * exp(-half)
    for number in range(freedom % 2 or 2, freedom - 1, 2):
        below -= term
        term *= value / (number + 2)
    return below


def f_probability(value: float, above: int, below: int) -> float:
    """P(F ≤ value), `above` and `below` being the degrees of freedom of numerator and denominator.

    By the incomplete beta function (Abramowitz and Stegun, 26.6.2). Raises `ValueError`.
    """
    _require(above)
    _require(below)
    if value <= 0:
        return 0.0
    share = above * value / (above * value + below)
    return _incomplete_beta(share, above / 2, below / 2)


@lru_cache(maxsize=1024)
def chi_squared_quantile(probability: float, freedom: int) -> float:
    """The χ² that is not exceeded with this probability: `chi_squared_quantile(0.95, 1)` is 3.841."""
    return _quantile(probability, lambda value: chi_squared_probability(value, freedom))


@lru_cache(maxsize=1024)
def f_quantile(probability: float, above: int, below: int) -> float:
    """The F that is not exceeded with this probability: `f_quantile(0.95, 2, 10)` is 4.103."""
    return _quantile(probability, lambda value: f_probability(value, above, below))


def _quantile(probability: float, distribution: Callable[[float], float]) -> float:
    if not LEAST_TAIL <= probability <= 1 - LEAST_TAIL:
        raise ValueError("a quantile needs a probability between 0 and 1")
    low, high = 0.0, 1.0
    while distribution(high) < probability:
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if distribution(middle) < probability else (low, middle)
    return high


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """I_x(a, b), by its continued fraction (26.5.8), on the side where that converges quickly."""
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    return front * _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    """Lentz's way of evaluating a continued fraction from its beginning."""
    numerator, denominator = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = denominator
    for m in range(1, _TERMS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            denominator = 1 / _not_zero(1 + term * denominator)
            numerator = _not_zero(1 + term / numerator)
            value *= denominator * numerator
        if abs(denominator * numerator - 1) < 1e-15:
            return value
    raise ArithmeticError("the incomplete beta function did not converge")


def _not_zero(value: float) -> float:
    return value if abs(value) > _SMALLEST else _SMALLEST


def _require(freedom: int) -> None:
    if freedom < 1:
        raise ValueError("there is no degree of freedom")
