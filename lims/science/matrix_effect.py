"""The matrix effect (基质效应): how standards in matrix respond against standards in solvent."""

from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

from lims.core.errors import BadInput
from lims.core.reasons import reason
from lims.science.calibration_curve import Curve
from lims.science.rounding import decimal_from_float


@dataclass(frozen=True, slots=True)
class MatrixEffect:
    """ME% = 100 (b_matrix/b_solvent − 1): below zero the matrix suppresses the signal, above it enhances it."""

    percent: Decimal
    standard_uncertainty: Decimal


def matrix_effect(in_matrix: Curve, in_solvent: Curve) -> MatrixEffect:
    """The matrix effect from two lines of one kind, in percent; concentrations and responses in the same units.

    Uncertainty by propagation from the standard errors of the slopes. From which size matched standards are needed is
    the method's to say (SANTE/11312/2021, C18: ±20 %). Raises `BadInput` `calibration.slopes_not_comparable` unless
    both are lines, or both average response factors, with the same weights and the same origin.
    """
    kinds = {(curve.model, curve.origin, curve.weighting) for curve in (in_matrix, in_solvent)}
    slopes = [curve.coefficients[-1] for curve in (in_matrix, in_solvent)]
    if len(kinds) > 1 or any(slope.name not in {"slope", "response factor"} for slope in slopes):
        raise BadInput(
            reason(
                "calibration.slopes_not_comparable",
                "A matrix effect is taken from two lines that were fitted alike; model, weights and origin must agree.",
            )
        )
    matrix, solvent = slopes
    ratio = matrix.value / solvent.value
    relative = sqrt((matrix.standard_error / matrix.value) ** 2 + (solvent.standard_error / solvent.value) ** 2)
    return MatrixEffect(decimal_from_float(100 * (ratio - 1)), decimal_from_float(100 * ratio * relative))
