"""Decision, detection and quantification limit (检出限、定量限) by DIN 32645, from a line or from blanks.

In residue work the limit of quantification is the lowest validated spiking level, not this figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

import numpy as np

from lims.core.errors import RuleRefused
from lims.core.reasons import reason
from lims.science.calibration import Weighting
from lims.science.calibration_curve import CalibrationModel, Curve, Origin
from lims.science.rounding import decimal_from_float
from lims.science.student import t_quantile


@dataclass(frozen=True, slots=True)
class DetectionLimits:
    """Concentrations in the unit of the standards.

    `decision` x_c (Nachweisgrenze): above it the substance counts as found, wrongly so with probability alpha.
    `detection` x_d (Erfassungsgrenze): from it on the substance is found, missed with probability beta.
    `quantification` x_q (Bestimmungsgrenze): the relative uncertainty of a reading is 1/k. None where the line is too
    uncertain for any concentration to reach that, or where blanks alone do not give it.
    """

    decision: Decimal
    detection: Decimal
    quantification: Decimal | None
    alpha: float
    beta: float


def detection_limits(
    curve: Curve, *, alpha: float = 0.01, beta: float | None = None, k: float = 3, replicates: int = 1
) -> DetectionLimits:
    """The limits from an unweighted line with intercept through levels near the limit (Kalibriergeradenmethode).

    x_c = (s/b) t(1−α, n−2) sqrt(1/m + 1/n + x̄²/Sxx); x_d = x_c + (s/b) t(1−β, n−2) sqrt(…), 2 x_c for α = β, the
    default; x_q = k (s/b) t(1−α/2, n−2) sqrt(1/m + 1/n + (x_q − x̄)²/Sxx), solved, not iterated. m is `replicates`, the
    measurements that the sample's response will be the mean of. DIN 32645:2008-11. Raises `RuleRefused`
    `calibration.limits_need_a_line` for another curve, `ValueError` for probabilities that are none.
    """
    if (curve.model, curve.origin, curve.weighting) != (CalibrationModel.LINEAR, Origin.FREE, Weighting.NONE):
        raise RuleRefused(
            reason(
                "calibration.limits_need_a_line",
                "Limits by DIN 32645 are defined for a straight line with intercept and without weights.",
            )
        )
    beta = alpha if beta is None else beta
    x = np.array([float(p.point.concentration) for p in curve.points if p.is_used])
    n, mean = len(x), float(x.mean())
    spread = float(((x - mean) ** 2).sum())
    unit = curve.residual_sd / curve.coefficient("slope").value
    at_zero = unit * sqrt(1 / replicates + 1 / n + mean**2 / spread)
    decision = t_quantile(1 - alpha, n - 2) * at_zero
    quantification = _quantification(k * unit * t_quantile(1 - alpha / 2, n - 2), 1 / replicates + 1 / n, mean, spread)
    return DetectionLimits(
        decimal_from_float(decision),
        decimal_from_float(decision + t_quantile(1 - beta, n - 2) * at_zero),
        None if quantification is None else decimal_from_float(quantification),
        alpha,
        beta,
    )


def _quantification(factor: float, shares: float, mean: float, spread: float) -> float | None:
    """The positive root of x² = factor² (shares + (x − mean)²/spread)."""
    share = factor**2 / spread
    if share >= 1:
        return None
    constant = factor**2 * (shares + mean**2 / spread)
    half = share * mean
    return (sqrt(half**2 + (1 - share) * constant) - half) / (1 - share)


def limits_from_blanks(
    responses: Sequence[Decimal], slope: float, *, alpha: float = 0.01, beta: float | None = None, replicates: int = 1
) -> DetectionLimits:
    """Decision and detection limit from at least two blanks (Leerwertmethode); `slope` in response per concentration.

    x_c = t(1−α, n−1) (s_blank/b) sqrt(1/m + 1/n); x_d likewise with β added. DIN 32645:2008-11. Raises `ValueError` for
    fewer blanks or a slope that is not above zero.
    """
    n = len(responses)
    if n < 2 or not slope > 0:
        raise ValueError("limits from blanks need two of them and a slope above zero")
    beta = alpha if beta is None else beta
    sd = float(np.array([float(one) for one in responses]).std(ddof=1))
    unit = sd / slope * sqrt(1 / replicates + 1 / n)
    decision = t_quantile(1 - alpha, n - 1) * unit
    detection = decision + t_quantile(1 - beta, n - 1) * unit
    return DetectionLimits(decimal_from_float(decision), decimal_from_float(detection), None, alpha, beta)
