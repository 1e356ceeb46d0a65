"""Quality control of a batch (质量控制): each check gives pass, fail or not evaluated, with value, limit and source.

The limits are data of the method (`QcCriteria`), never constants of the code. A check without a limit or without
something to look at is *not evaluated* and says why; it never passes unseen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum

from lims.core.errors import BadInput
from lims.core.reasons import Reason, reason
from lims.science.amounts import Amount, Quantified, in_unit, upper_bound
from lims.science.calibration import FittedPoint, LineFit, PredictedConcentration, RangeStatus
from lims.science.calibration_curve import Curve, Prediction, ReadBack
from lims.science.rounding import CALCULATION, plain, round_significant
from lims.science.units import UnitCode, convert


class QcVerdict(StrEnum):
    """The outcome of a check (质控结论)."""

    PASS = "pass"  # noqa: S105  a verdict, no password
    FAIL = "fail"
    NOT_EVALUATED = "not_evaluated"


class QcCheck(StrEnum):
    """What is checked (质控项目)."""

    BLANK = "blank"
    SPIKE_RECOVERY = "spike_recovery"
    DUPLICATE = "duplicate"
    CALIBRATION_LEVEL = "calibration_level"
    OVER_RANGE = "over_range"
    PRECISION = "horrat"
    CHECK_STANDARD = "check_standard"
    BRACKET = "bracket"
    BRACKET_DRIFT = "bracket_drift"
    DRIFT = "drift"
    INTERNAL_STANDARD = "internal_standard"
    ION_RATIO = "ion_ratio"
    RETENTION_TIME = "retention_time"
    SIGNAL_TO_NOISE = "signal_to_noise"
    CARRY_OVER = "carry_over"
    MANUAL_INTEGRATION = "manual_integration"


class SourceStatus(StrEnum):
    """How well the source of a limit is known (依据核实情况). What is only recalled says that it is unverified."""

    READ = "source_read"
    SECOND_HAND = "source_second_hand"
    RECALLED = "source_recalled"
    OWN = "source_own"


@dataclass(frozen=True, slots=True)
class RecoveryWindow:
    """The recoveries a method allows in a range of spiking levels (回收率允许范围).

    The range reaches from `above` to `up_to` in `unit`: the upper end belongs to it, the lower one if
    `includes_above`; `up_to` None means without end.
    """

    above: Decimal
    up_to: Decimal | None
    unit: UnitCode
    low_percent: Decimal
    high_percent: Decimal
    source: str
    includes_above: bool = False

    def __post_init__(self) -> None:
        backwards = self.up_to is not None and self.up_to < self.above
        if backwards or self.low_percent > self.high_percent:
            raise BadInput(
                reason(
                    "qc.window_backwards",
                    "A window of recoveries in {source} ends before it begins; give the lower number first.",
                    source=self.source,
                )
            )

    def covers(self, level: Decimal) -> bool:
        """Does the window speak of this spiking level, given in its unit?"""
        from_below = level > self.above or (self.includes_above and level == self.above)
        return from_below and (self.up_to is None or level <= self.up_to)


@dataclass(frozen=True, slots=True)
class QcCriteria:
    """What a method asks of its quality control, with the text that asks it. None: the method sets no limit.

    `blank_fraction` is a part of the limit of quantification or reporting limit (0.3 for 30 %). Of the
    `recovery_windows` the first that covers a level applies.
    """

    source: str
    blank_fraction: Decimal | None = None
    duplicate_difference_percent: Decimal | None = None
    level_deviation_percent: Decimal | None = None
    level_deviation_percent_lowest: Decimal | None = None
    recovery_windows: tuple[RecoveryWindow, ...] = ()


@dataclass(frozen=True, slots=True)
class QcOutcome:
    """One evaluated check. `value` is unrounded, in percent or in the unit that `limit` names; None if there is none.

    `reason` is given whenever the verdict is not PASS. `used` is the part of the limit that the value uses up: 1 at
    the limit. `status` says how well the source of the limit is known.
    """

    check: QcCheck
    verdict: QcVerdict
    value: Decimal | None
    limit: str
    source: str
    reason: Reason | None = None
    used: Decimal | None = None
    status: SourceStatus | None = None


def part_used(value: Decimal, low: Decimal | None, high: Decimal | None) -> Decimal | None:
    """Which part of a limit a value uses up: 0 in the middle of a window, 1 at its ends, more beyond them."""
    with localcontext(CALCULATION):
        if low is not None and high is not None:
            half = (high - low) / 2
            return abs(value - low - half) / half if half else None
        if high is not None:
            return abs(value) / high if high else None
        return low / value if low is not None and value > 0 else None


def check_blank(
    found: Decimal | None, reporting_limit: Decimal, unit: UnitCode, criteria: QcCriteria, *, was_measured: bool = True
) -> QcOutcome:
    """Is the blank (空白) clean: at most a fraction of the limit of quantification or reporting limit?

    `found` and `reporting_limit` are in `unit`; `found` is the calculated content, however small, or None when there
    was no peak, which passes. A blank that was not measured is not evaluated.
    """
    if criteria.blank_fraction is None:
        return _no_limit(QcCheck.BLANK, found, criteria.source)
    allowed = CALCULATION.multiply(criteria.blank_fraction, reporting_limit)
    limit = f"≤ {plain(allowed)} {unit.value}"
    if not was_measured:
        why = reason("qc.blank_not_measured", "The blank was not measured; a batch needs one.")
        return QcOutcome(QcCheck.BLANK, QcVerdict.NOT_EVALUATED, None, limit, criteria.source, why)
    if found is None or found <= allowed:
        used = part_used(found or Decimal(0), None, allowed)
        return QcOutcome(QcCheck.BLANK, QcVerdict.PASS, found, limit, criteria.source, used=used)
    why = reason(
        "qc.blank_too_high",
        "The blank contains {found} {unit}; at most {allowed} {unit} is allowed.",
        found=_shown(found),
        allowed=plain(allowed),
        unit=unit.value,
    )
    return QcOutcome(QcCheck.BLANK, QcVerdict.FAIL, found, limit, criteria.source, why)


def check_recovery(
    spiked: Decimal | None, unspiked: Decimal | None, added: Decimal, unit: UnitCode, criteria: QcCriteria
) -> QcOutcome:
    """Is the recovery (加标回收率) 100 (spiked − unspiked)/added inside the window for its level?

    All in `unit`. `unspiked` None: nothing was found in the unspiked sample, so nothing is subtracted. `spiked` None:
    the substance that was added was not found, which fails. Raises `BadInput` `qc.added_not_positive`.
    """
    if added <= 0:
        raise BadInput(
            reason(
                "qc.added_not_positive",
                "A spike of {added} {unit} cannot be recovered; the added amount must be above 0.",
                added=plain(added),
                unit=unit.value,
            )
        )
    recovery = None if spiked is None else recovery_percent(spiked, unspiked, added)
    window = _window_for(added, unit, criteria.recovery_windows)
    if window is None:
        return _no_limit(QcCheck.SPIKE_RECOVERY, recovery, criteria.source)
    limit = f"{plain(window.low_percent)}–{plain(window.high_percent)} %"
    if recovery is None:
        why = reason(
            "qc.spike_not_found",
            "The spike of {added} {unit} was not found; its recovery must be {limit}.",
            added=plain(added),
            unit=unit.value,
            limit=limit,
        )
        return QcOutcome(QcCheck.SPIKE_RECOVERY, QcVerdict.FAIL, None, limit, window.source, why)
    if window.low_percent <= recovery <= window.high_percent:
        used = part_used(recovery, window.low_percent, window.high_percent)
        return QcOutcome(QcCheck.SPIKE_RECOVERY, QcVerdict.PASS, recovery, limit, window.source, used=used)
    why = reason(
        "qc.recovery_outside",
        "The recovery of {added} {unit} is {recovery} %; it must be {limit}.",
        added=plain(added),
        unit=unit.value,
        recovery=_shown(recovery),
        limit=limit,
    )
    return QcOutcome(QcCheck.SPIKE_RECOVERY, QcVerdict.FAIL, recovery, limit, window.source, why)


def recovery_percent(spiked: Decimal, unspiked: Decimal | None, added: Decimal) -> Decimal:
    """The recovery 100 (spiked − unspiked)/added; `unspiked` None: nothing is subtracted. All in one unit."""
    with localcontext(CALCULATION):
        native = Decimal(0) if unspiked is None else unspiked
        return 100 * (spiked - native) / added


def _window_for(added: Decimal, unit: UnitCode, windows: Sequence[RecoveryWindow]) -> RecoveryWindow | None:
    return next((window for window in windows if window.covers(convert(added, unit, window.unit))), None)


def check_duplicate(first: Amount, second: Amount, criteria: QcCriteria) -> QcOutcome:
    """Do two determinations agree (平行样相对偏差): 200 |a − b|/(a + b) at most the limit?

    Below the limit of quantification this is not evaluated. If only one of the two was quantified, the difference is
    at least the one to the most the other can contain; when that is too much already, the check fails.
    """
    if criteria.duplicate_difference_percent is None:
        return _no_limit(QcCheck.DUPLICATE, None, criteria.source)
    other = in_unit(second, first.unit)
    least = _least_difference_percent(first, other)
    allowed = criteria.duplicate_difference_percent
    limit = f"≤ {plain(allowed)} %"
    if least is not None and least > allowed:
        why = reason(
            "qc.duplicates_differ",
            "The two determinations differ by {difference} % of their mean; at most {allowed} % is allowed.",
            difference=_shown(least),
            allowed=plain(allowed),
        )
        return QcOutcome(QcCheck.DUPLICATE, QcVerdict.FAIL, least, limit, criteria.source, why)
    if least is None or not (isinstance(first, Quantified) and isinstance(other, Quantified)):
        why = reason(
            "qc.duplicates_below_loq",
            "The two determinations are not both quantified; their difference says nothing below that.",
        )
        return QcOutcome(QcCheck.DUPLICATE, QcVerdict.NOT_EVALUATED, None, limit, criteria.source, why)
    used = part_used(least, None, allowed)
    return QcOutcome(QcCheck.DUPLICATE, QcVerdict.PASS, least, limit, criteria.source, used=used)


def _least_difference_percent(first: Amount, other: Amount) -> Decimal | None:
    """The relative difference, or the least it can be when one is not quantified; None when nothing can be said."""
    quantified = [isinstance(amount, Quantified) for amount in (first, other)]
    a, b = upper_bound(first), upper_bound(other)
    if not any(quantified) or a + b == 0:
        return None
    if not all(quantified):
        # The bound is no measurement: it tells something only when the measured value lies above it.
        measured, bound = (a, b) if quantified[0] else (b, a)
        a, b = max(measured, bound), bound
    with localcontext(CALCULATION):
        return 200 * abs(a - b) / (a + b)


def check_calibration_levels(fit: LineFit | Curve, criteria: QcCriteria) -> tuple[QcOutcome, ...]:
    """Does each used standard read back near its nominal concentration (回算偏差)? One outcome for each used point."""
    return tuple(
        _check_level(fitted, fitted.point.concentration == fit.lowest, criteria)
        for fitted in fit.points
        if fitted.is_used
    )


def _check_level(fitted: FittedPoint | ReadBack, is_lowest: bool, criteria: QcCriteria) -> QcOutcome:
    allowed, deviation = criteria.level_deviation_percent, fitted.deviation_percent
    if is_lowest and criteria.level_deviation_percent_lowest is not None:
        allowed = criteria.level_deviation_percent_lowest
    if allowed is None:
        return _no_limit(QcCheck.CALIBRATION_LEVEL, deviation, criteria.source)
    limit = f"±{plain(allowed)} %"
    if deviation is None:
        why = reason("qc.zero_standard", "A standard of concentration 0 has no relative deviation.")
        return QcOutcome(QcCheck.CALIBRATION_LEVEL, QcVerdict.NOT_EVALUATED, None, limit, criteria.source, why)
    if abs(deviation) <= allowed:
        used = part_used(deviation, None, allowed)
        return QcOutcome(QcCheck.CALIBRATION_LEVEL, QcVerdict.PASS, deviation, limit, criteria.source, used=used)
    why = reason(
        "qc.level_deviates",
        "The standard {concentration} reads back with a deviation of {deviation} %; at most {allowed} % is allowed.",
        concentration=plain(fitted.point.concentration),
        deviation=_shown(deviation),
        allowed=plain(allowed),
    )
    return QcOutcome(QcCheck.CALIBRATION_LEVEL, QcVerdict.FAIL, deviation, limit, criteria.source, why)


def check_range(
    predicted: PredictedConcentration | Prediction, fit: LineFit | Curve, unit: UnitCode, criteria: QcCriteria
) -> QcOutcome:
    """Does the measured concentration stay below the highest standard (超线性范围)? `unit` is that of the standards.

    Below the lowest standard passes here: such a result is below the limit of quantification, not wrong. A reading
    above the range may have no concentration, where the curve ends before it.
    """
    limit = f"≤ {plain(fit.highest)} {unit.value}"
    found = predicted.concentration
    if predicted.status.value != RangeStatus.ABOVE_RANGE.value:
        return QcOutcome(QcCheck.OVER_RANGE, QcVerdict.PASS, found, limit, criteria.source)
    if found is None:
        beyond = reason(
            "qc.beyond_curve",
            "The response lies beyond what the curve reaches above the highest standard, {highest} {unit}; dilute the"
            " extract and measure again.",
            highest=plain(fit.highest),
            unit=unit.value,
        )
        return QcOutcome(QcCheck.OVER_RANGE, QcVerdict.FAIL, None, limit, criteria.source, beyond)
    why = reason(
        "qc.over_range",
        "{found} {unit} lies above the highest standard, {highest} {unit}; dilute the extract and measure again.",
        found=_shown(found),
        highest=plain(fit.highest),
        unit=unit.value,
    )
    return QcOutcome(QcCheck.OVER_RANGE, QcVerdict.FAIL, found, limit, criteria.source, why)


def _no_limit(check: QcCheck, value: Decimal | None, source: str) -> QcOutcome:
    why = reason("qc.no_limit", "{source} sets no limit for this check; one is needed to evaluate it.", source=source)
    return QcOutcome(check, QcVerdict.NOT_EVALUATED, value, "", source, why)


def _shown(value: Decimal) -> str:
    """Four figures tell 120.04 from 120 where three would not; the full value is kept in the outcome."""
    return plain(round_significant(value, 4))
