"""Checks along a sequence of injections (进样序列): check standards, drift, brackets, internal standard, carry-over."""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import Final

from lims.core.reasons import reason
from lims.science.bracketing import Bracketed, BracketTerms
from lims.science.quality_control import QcCheck, QcOutcome, QcVerdict, part_used
from lims.science.quality_control_rules import QcRule, held, not_evaluated, shown
from lims.science.rounding import CALCULATION, plain

#: Two check standards lie on every line.
FEWEST_FOR_DRIFT: Final = 3


def check_standard(found: Decimal | None, nominal: Decimal, rule: QcRule) -> QcOutcome:
    """Initial or continuing calibration verification (校准核查): 100 found/nominal inside its window.

    `found` None: the substance was not found in the standard, which fails with 0 %.
    """
    with localcontext(CALCULATION):
        percent = 100 * (found or Decimal(0)) / nominal
    why = reason(
        "qc.check_standard_outside",
        "The check standard reads {percent} % of its {nominal}; it must be {limit}.",
        percent=shown(percent),
        nominal=plain(nominal),
        limit=rule.limit,
    )
    return held(rule, percent, why)


def check_drift(read: Sequence[tuple[int, Decimal]], rule: QcRule) -> QcOutcome:
    """Drift: what the line through the check standards changes from the first of them to the last.

    `read` holds place in the sequence and 100 found/nominal. Fewer than three are not evaluated.
    """
    if len(read) < FEWEST_FOR_DRIFT:
        why = reason(
            "qc.drift_too_few",
            "There are {count} check standards; a drift shows from {fewest} on.",
            count=len(read),
            fewest=FEWEST_FOR_DRIFT,
        )
        return not_evaluated(rule, why)
    change = slope(read) * (max(place for place, _ in read) - min(place for place, _ in read))
    why = reason(
        "qc.drifts",
        "Over the sequence the check standards change by {change} %; at most {limit} is allowed.",
        change=shown(change),
        limit=rule.limit,
    )
    return held(rule, change, why)


def slope(points: Sequence[tuple[int, Decimal]]) -> Decimal:
    """The slope of the least-squares line through points; 0 when they all stand at one place."""
    with localcontext(CALCULATION):
        count = len(points)
        x_mean = sum((Decimal(x) for x, _ in points), Decimal(0)) / count
        y_mean = sum((y for _, y in points), Decimal(0)) / count
        spread = sum(((x - x_mean) ** 2 for x, _ in points), Decimal(0))
        if spread == 0:
            return Decimal(0)
        return sum(((x - x_mean) * (y - y_mean) for x, y in points), Decimal(0)) / spread


def check_bracket(is_check: Sequence[bool], rule: QcRule) -> QcOutcome:
    """Brackets: after at most so many injections a check standard, and one at the end.

    `is_check` says of every injection in order, from the first after the calibration on, whether it is one.
    """
    allowed = rule.every or 0
    longest = counted = 0
    for is_one in is_check:
        counted = 0 if is_one else counted + 1
        longest = max(longest, counted)
    value = Decimal(longest)
    if longest > allowed:
        why = reason(
            "qc.bracket_too_long",
            "{count} injections follow each other without a check standard; at most {allowed} may.",
            count=longest,
            allowed=allowed,
        )
        return QcOutcome(rule.check, QcVerdict.FAIL, value, rule.limit, rule.source, why, status=rule.status)
    if counted:
        why = reason(
            "qc.bracket_open",
            "{count} injections stand after the last check standard; the sequence must end with one.",
            count=counted,
        )
        return QcOutcome(rule.check, QcVerdict.FAIL, value, rule.limit, rule.source, why, status=rule.status)
    return QcOutcome(rule.check, QcVerdict.PASS, value, rule.limit, rule.source, status=rule.status)


def check_bracket_drift(bracket: Bracketed, terms: BracketTerms) -> QcOutcome:
    """Drift within a bracket (夹心漂移): how far the response factor of the standard after is from that before, in %.

    The limit is that of the method's bracketing, not of its rules of quality control.
    """
    return QcOutcome(
        QcCheck.BRACKET_DRIFT,
        QcVerdict.PASS if bracket.is_valid else QcVerdict.FAIL,
        bracket.drift_percent,
        f"±{plain(terms.max_drift_percent)} %",
        terms.source,
        None if bracket.is_valid else bracket.reasons[0],
        part_used(abs(bracket.drift_percent), None, terms.max_drift_percent),
    )


def check_internal_standard(response: Decimal | None, in_standards: Sequence[Decimal], rule: QcRule) -> QcOutcome:
    """Internal standard (内标回收率): 100 response over its mean in the calibration standards.

    Without a peak it fails with 0 %; without one in the standards it is not evaluated.
    """
    if not in_standards:
        return not_evaluated(
            rule, reason("qc.no_internal_standard", "The internal standard was found in no calibration standard.")
        )
    with localcontext(CALCULATION):
        percent = 100 * (response or Decimal(0)) * len(in_standards) / sum(in_standards, Decimal(0))
    why = reason(
        "qc.internal_standard_outside",
        "The internal standard reaches {percent} % of its mean in the calibration standards; it must be {limit}.",
        percent=shown(percent),
        limit=rule.limit,
    )
    return held(rule, percent, why)


def check_carry_over(after_highest: Decimal | None, lowest: Decimal | None, rule: QcRule) -> QcOutcome:
    """Carry-over (残留): 100 response of the blank after the highest standard over that of the lowest standard."""
    if lowest is None:
        return not_evaluated(rule, reason("qc.no_lowest", "The lowest standard shows no peak to compare with."))
    with localcontext(CALCULATION):
        percent = 100 * (after_highest or Decimal(0)) / lowest
    why = reason(
        "qc.carried_over",
        "The blank after the highest standard shows {percent} % of the lowest one; at most {limit} is allowed.",
        percent=shown(percent),
        limit=rule.limit,
    )
    return held(rule, percent, why)


def no_blank_after_highest(rule: QcRule) -> QcOutcome:
    """Carry-over cannot be seen without a blank right after the highest standard."""
    why = reason("qc.no_blank_after", "No blank was injected right after the highest standard, so nothing is known.")
    return not_evaluated(rule, why)


def after_a_high_one(before: str, rule: QcRule) -> QcOutcome:
    """A sample whose injection follows one above the highest standard may have been reached by it."""
    why = reason(
        "qc.after_high",
        "It was injected right after {before}, which lies above the highest standard; inject it again to be sure.",
        before=before,
    )
    return not_evaluated(rule, why)
