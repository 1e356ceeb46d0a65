"""Student's t distribution (t 分布), for whole degrees of freedom: exact sums, no table."""

from math import atan2, cos, pi, sin, sqrt

#: No limit of the laboratory asks for less probability in a tail.
LEAST_TAIL = 1e-9


def t_probability(t: float, freedom: int) -> float:
    """P(T ≤ t) with `freedom` degrees of freedom, at least 1.

    Finite series of Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4. Raises `ValueError`.
    """
    if freedom < 1:
        raise ValueError("Student's t needs at least one degree of freedom")
    angle = atan2(t, sqrt(freedom))
    # atan2 keeps far tails apart from 1, where cos² of the angle would vanish.
    squared = cos(angle) ** 2
    term = total = 1.0 if freedom > 1 else 0.0
    for number in range(2 if freedom % 2 else 1, freedom - 1, 2):
        term *= number / (number + 1) * squared
        total += term
    if freedom % 2:
        return 0.5 + (angle + sin(angle) * cos(angle) * total) / pi
    return 0.5 + sin(angle) * total / 2


def t_quantile(probability: float, freedom: int) -> float:
    """The t that is not exceeded with this probability: `t_quantile(0.975, 10)` is 2.2281.

    By bisection to the last digit of a float. Raises `ValueError` for a probability that is not inside
    (0, 1) or nearer to its ends than 10⁻⁹, and without a degree of freedom.
    """
    if not LEAST_TAIL <= probability <= 1 - LEAST_TAIL:
        raise ValueError("a quantile needs a probability between 0 and 1")
    if probability < 0.5:
        return -t_quantile(1 - probability, freedom)
    low, high = 0.0, 1.0
    while t_probability(high, freedom) < probability:
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if t_probability(middle, freedom) < probability else (low, middle)
    return high
