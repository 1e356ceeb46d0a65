"""May a calibration be used (校准验收)? What the method asks, as data, and every way in which a line misses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lims.core.errors import refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.science.calibration import FittedPoint, LineFit
from lims.science.calibration_curve import Curve, ReadBack
from lims.science.rounding import decimal_from_float, plain, round_significant


@dataclass(frozen=True, slots=True)
class CalibrationCriteria:
    """What a method asks of a calibration (校准验收要求), with the text that asks it. None: not asked.

    `max_deviation_percent_lowest` replaces `max_deviation_percent` at the lowest level.
    """

    source: str
    fewest_levels: int | None = None
    least_r: Decimal | None = None
    max_deviation_percent: Decimal | None = None
    max_deviation_percent_lowest: Decimal | None = None
    max_relative_standard_error_percent: Decimal | None = None

    def max_deviation_at(self, fit: LineFit | Curve, concentration: Decimal) -> Decimal | None:
        """The largest allowed deviation at a level of the calibration, in percent."""
        if concentration == fit.lowest and self.max_deviation_percent_lowest is not None:
            return self.max_deviation_percent_lowest
        return self.max_deviation_percent


def reasons_not_to_accept(fit: LineFit | Curve, criteria: CalibrationCriteria) -> list[Reason]:
    """Every way in which the calibration misses what the method asks; empty when it may be used.

    r alone never accepts a curve: the deviation of each used level is looked at as well.
    """
    reasons = []
    if criteria.fewest_levels is not None and fit.levels < criteria.fewest_levels:
        reasons.append(
            reason(
                "calibration.fewer_levels_than_asked",
                "The calibration has {levels} levels; {source} asks for at least {fewest}.",
                levels=fit.levels,
                fewest=criteria.fewest_levels,
                source=criteria.source,
            )
        )
    if criteria.least_r is not None and decimal_from_float(fit.r) < criteria.least_r:
        reasons.append(
            reason(
                "calibration.r_too_low",
                "The correlation coefficient is {r}; {source} asks for at least {least}.",
                r=f"{fit.r:.6f}",
                least=plain(criteria.least_r),
                source=criteria.source,
            )
        )
    reasons += _levels_that_deviate(fit, criteria)
    return reasons + _error_too_large(fit, criteria)


def _levels_that_deviate(fit: LineFit | Curve, criteria: CalibrationCriteria) -> list[Reason]:
    reasons = []
    points: Sequence[FittedPoint | ReadBack] = fit.points
    for row, fitted in enumerate(points, start=1):
        allowed = criteria.max_deviation_at(fit, fitted.point.concentration)
        deviation = fitted.deviation_percent
        if fitted.is_used and allowed is not None and deviation is not None and abs(deviation) > allowed:
            reasons.append(
                reason(
                    "calibration.level_deviates",
                    "The standard {concentration} reads back with a deviation of {deviation} %; "
                    "{source} allows at most {allowed} %.",
                    at=Where(row=row),
                    concentration=plain(fitted.point.concentration),
                    deviation=plain(round_significant(deviation, 3)),
                    allowed=plain(allowed),
                    source=criteria.source,
                )
            )
    return reasons


def _error_too_large(fit: LineFit | Curve, criteria: CalibrationCriteria) -> list[Reason]:
    allowed, error = criteria.max_relative_standard_error_percent, fit.relative_standard_error_percent
    if allowed is None or (error is not None and decimal_from_float(error) <= allowed):
        return []
    if error is None:
        return [
            reason(
                "calibration.error_not_known",
                "The relative standard error needs at least three standards above zero; {source} limits it.",
                source=criteria.source,
            )
        ]
    return [
        reason(
            "calibration.error_too_large",
            "The relative standard error is {error} %; {source} allows at most {allowed} %.",
            error=plain(round_significant(decimal_from_float(error), 3)),
            allowed=plain(allowed),
            source=criteria.source,
        )
    ]


def require_acceptable(fit: LineFit | Curve, criteria: CalibrationCriteria) -> None:
    """Raise `RuleRefused` with every reason of `reasons_not_to_accept`, if there is any."""
    refuse_if(reasons_not_to_accept(fit, criteria))
