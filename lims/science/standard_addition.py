"""Standard addition (标准加入法): the sample is its own calibration, read where the line meets y = 0."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

from lims.core.errors import BadInput, RuleRefused
from lims.core.reasons import Reason, reason
from lims.science.calibration import CalibrationPoint, Weighting, distinct_levels
from lims.science.calibration_curve import CalibrationModel, Curve
from lims.science.calibration_models import fit_polynomial
from lims.science.rounding import decimal_from_float, plain, round_significant

#: Fewer additions say nothing of whether the response stays linear.
FEWEST_ADDITIONS = 3


@dataclass(frozen=True, slots=True, eq=False)
class StandardAddition:
    """The concentration of the sample, in the unit of the additions, times `dilution`, with its standard uncertainty.

    `extrapolated` is how far the line is followed below zero, against the range of the additions: 1 is as far again.
    A concentration may come out negative, as any that is read from a line.
    """

    concentration: Decimal
    standard_uncertainty: Decimal
    dilution: Decimal
    extrapolated: Decimal
    curve: Curve


def standard_addition(
    points: Sequence[CalibrationPoint], *, dilution: Decimal = Decimal(1), weighting: Weighting = Weighting.NONE
) -> StandardAddition:
    """c = a/b of the line through responses over added concentrations, the sample without addition among them at 0.

    s_c = (s/b) sqrt(1/Σw + ȳ²/(b² Σw(x − x̄)²)), without weights 1/n for 1/Σw (Miller and Miller, Statistics and
    Chemometrics for Analytical Chemistry, 5.8), here by the delta method on the covariance of a and b, which is the
    same. `dilution` is by how much the solutions with additions are more dilute than the sample. Raises `BadInput`
    `calibration.weights_of_additions` for weights of x, which the sample itself would not have;
    `calibration.dilution_not_positive`; `RuleRefused` `calibration.too_few_additions` for fewer than three different
    additions above zero; and what `fit_polynomial` raises.
    """
    if weighting in {Weighting.INVERSE_X, Weighting.INVERSE_X_SQUARED}:
        raise BadInput(
            reason(
                "calibration.weights_of_additions",
                "Additions cannot be weighted by their concentration: the sample without addition would not count.",
            )
        )
    if not (dilution.is_finite() and dilution > 0):
        raise BadInput(
            reason(
                "calibration.dilution_not_positive",
                "The dilution is {dilution}; it must be a number above 0.",
                dilution=str(dilution),
            )
        )
    curve = fit_polynomial(points, CalibrationModel.LINEAR, weighting)
    _require_additions(curve)
    (intercept, slope) = (curve.coefficient(name).value for name in ("intercept", "slope"))
    found, by = intercept / slope, float(dilution)
    (v00, v01), (_, v11) = curve.covariance.tolist()
    variance = max(0.0, v00 - 2 * found * v01 + found**2 * v11) / slope**2
    return StandardAddition(
        concentration=decimal_from_float(found * by),
        standard_uncertainty=decimal_from_float(sqrt(variance) * by),
        dilution=dilution,
        extrapolated=decimal_from_float(found / float(curve.highest)),
        curve=curve,
    )


def _require_additions(curve: Curve) -> None:
    additions = distinct_levels([p.point for p in curve.points if p.is_used and p.point.concentration > 0])
    if additions < FEWEST_ADDITIONS:
        raise RuleRefused(
            reason(
                "calibration.too_few_additions",
                "There are {additions} different additions; at least {fewest} are needed beside the sample.",
                additions=additions,
                fewest=FEWEST_ADDITIONS,
            )
        )


def reasons_not_to_extrapolate(found: StandardAddition, most: Decimal, source: str) -> list[Reason]:
    """Is the line followed further than the method allows? `most` against the range of additions; empty if not."""
    if found.extrapolated <= most:
        return []
    return [
        reason(
            "calibration.extrapolated_too_far",
            "The concentration lies {times} times the range of the additions below zero; {source} allows at most"
            " {most}: add more.",
            times=plain(round_significant(found.extrapolated, 3)),
            most=plain(most),
            source=source,
        )
    ]
