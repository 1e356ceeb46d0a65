"""General linear least squares (最小二乘), weighted, by QR of columns scaled to unit length.

Measured on the NIST sets: 10 digits and more where the normal equations have lost most of theirs.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from lims.core.errors import RuleRefused
from lims.core.reasons import reason

Floats = NDArray[np.float64]

#: Columns whose scaled triangle has a smaller diagonal than this, against 1, are the same column to a float.
LEAST_INDEPENDENCE = 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class LeastSquares:
    """A solved system. Arrays have one entry for each column of the design, in its order.

    `covariance` is s²(XᵀWX)⁻¹, `residual_sd` s = sqrt(Σw(y − ŷ)²/(n − p)): NaN without a degree of freedom.
    """

    coefficients: Floats
    covariance: Floats
    fitted: Floats
    residual_sum_of_squares: float
    degrees_of_freedom: int

    @property
    def residual_sd(self) -> float:
        """s, in the unit of y times the root of the weights."""
        return _sd(self.residual_sum_of_squares, self.degrees_of_freedom)

    @property
    def standard_errors(self) -> Floats:
        """The standard error of each coefficient, shape (p,)."""
        errors: Floats = np.sqrt(np.diag(self.covariance))
        return errors


def least_squares(design: Floats, y: Floats, weights: Floats | None = None) -> LeastSquares:
    """The coefficients b that minimise Σw(y − Xb)².

    `design` X has the shape (n, p), n observations and p columns, a column of ones included where there is an
    intercept; `y` and `weights` have the shape (n,), weights are above zero and need not be normalised.
    Raises `ValueError` for shapes that do not fit or fewer observations than columns, `RuleRefused`
    `calibration.undetermined` for columns that depend on each other. Householder QR: Golub and Van Loan, Matrix
    Computations, 5.3; scaling: van der Sluis, Numer. Math. 14 (1969) 14.
    """
    rows, columns = design.shape
    if y.shape != (rows,) or (weights is not None and weights.shape != (rows,)):
        raise ValueError("the design, the responses and the weights must have the same number of rows")
    if rows < columns:
        raise ValueError("there are fewer observations than coefficients")
    root = np.ones(rows) if weights is None else np.sqrt(weights)
    weighted = root[:, np.newaxis] * design
    lengths, q, triangle = scaled_qr(weighted)
    coefficients = np.linalg.solve(triangle, q.T @ (root * y)) / lengths
    fitted = design @ coefficients
    squares = float(((root * (y - fitted)) ** 2).sum())
    freedom = rows - columns
    covariance = inverse_of_squares(triangle, lengths) * _sd(squares, freedom) ** 2
    return LeastSquares(coefficients, covariance, fitted, squares, freedom)


def scaled_qr(design: Floats) -> tuple[Floats, Floats, Floats]:
    """The lengths of the columns, and Q and R of the columns divided by them.

    Raises `RuleRefused` `calibration.undetermined` for a column of zeros or one that the others already make.
    """
    lengths = np.linalg.norm(design, axis=0)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise _undetermined()
    q, triangle = np.linalg.qr(design / lengths)
    if np.abs(np.diag(triangle)).min() < LEAST_INDEPENDENCE:
        raise _undetermined()
    return lengths, q, triangle


def inverse_of_squares(triangle: Floats, lengths: Floats) -> Floats:
    """(XᵀX)⁻¹ from what `scaled_qr` gives; shape (p, p)."""
    inverse = np.linalg.inv(triangle) / lengths[:, np.newaxis]
    product: Floats = inverse @ inverse.T
    return product


def _sd(squares: float, freedom: int) -> float:
    return sqrt(squares / freedom) if freedom > 0 else float("nan")


def _undetermined() -> RuleRefused:
    return RuleRefused(
        reason(
            "calibration.undetermined",
            "The standards do not determine every coefficient of this model; use standards at more levels or a"
            " simpler model.",
        )
    )
