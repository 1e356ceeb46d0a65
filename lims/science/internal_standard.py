"""Responses against an internal standard (内标法): the ratio that is calibrated, and what was found of the standard."""

from collections.abc import Sequence
from decimal import Decimal, localcontext

from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.science.rounding import CALCULATION


def response_ratio(area: Decimal, standard_area: Decimal, standard_concentration: Decimal | None = None) -> Decimal:
    """y = A/A_IS, or y = A·c_IS/A_IS where the internal standard's concentration is known and differs; 28 digits.

    Areas in one unit, the second form in the unit of the concentration. Raises `BadInput`
    `calibration.no_internal_standard` unless the internal standard was found.
    """
    if not (standard_area.is_finite() and standard_area > 0):
        raise BadInput(
            reason(
                "calibration.no_internal_standard",
                "The response of the internal standard is {area}; it must be above 0.",
                at=Where(field="standard_area"),
                area=str(standard_area),
            )
        )
    with localcontext(CALCULATION):
        own = area if standard_concentration is None else area * standard_concentration
        return own / standard_area


def internal_standard_recovery(standard_area: Decimal, in_standards: Sequence[Decimal]) -> Decimal:
    """100 A_IS/mean(A_IS of the calibration standards), in percent, 28 digits.

    Blanks without internal standard are not asked. Raises `BadInput` `calibration.no_internal_standard` when the
    standards have none.
    """
    with localcontext(CALCULATION):
        mean = sum(in_standards, Decimal(0)) / max(1, len(in_standards))
        return 100 * response_ratio(standard_area, mean)
