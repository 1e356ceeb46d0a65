"""Checks of one peak (色谱峰): retention time, ion ratio with its direction, signal to noise, integration by hand."""

from collections.abc import Iterable
from decimal import Decimal, localcontext

from lims.core.reasons import reason
from lims.science.quality_control import QcCheck, QcOutcome, QcVerdict
from lims.science.quality_control_rules import QcRule, RuleBasis, held, not_evaluated, rule_for, shown
from lims.science.rounding import CALCULATION


def ratio_percent(qualifier: Decimal, quantifier: Decimal, basis: RuleBasis | None) -> Decimal | None:
    """The ion ratio in percent, in the direction of the rule; qualifier over quantifier where it says nothing.

    None when it would be divided by 0.
    """
    over, under = qualifier, quantifier
    if basis is RuleBasis.QUANTIFIER_OVER_QUALIFIER:
        over, under = quantifier, qualifier
    with localcontext(CALCULATION):
        return 100 * over / under if under else None


def abundance_percent(qualifier: Decimal, quantifier: Decimal) -> Decimal:
    """The qualifier over the more abundant of the two, in percent: by this the widths of 2002/657/EC are chosen."""
    with localcontext(CALCULATION):
        return 100 * min(qualifier, quantifier) / max(qualifier, quantifier)


def check_ion_ratio(
    qualifier: Decimal | None,
    quantifier: Decimal | None,
    reference: tuple[Decimal, Decimal] | None,
    rules: Iterable[QcRule],
    label: str,
) -> QcOutcome | None:
    """Ion ratio (离子丰度比): 100 (R − R_ref)/R_ref, by the rule for the abundance of the qualifier in the standards.

    `reference` are the mean qualifier and quantifier of the standards. A missing area is not evaluated: an instrument
    that writes 0 for it has measured nothing. None: there is no rule for this abundance.
    """
    known = [rule for rule in rules if rule.check is QcCheck.ION_RATIO]
    if reference is None or not reference[0] or not reference[1]:
        return _no_reference(known)
    rule = rule_for(known, QcCheck.ION_RATIO, abundance_percent(*reference))
    if rule is None:
        return None
    found = ratio_percent(qualifier, quantifier, rule.basis) if qualifier and quantifier else None
    expected = ratio_percent(*reference, rule.basis)
    if found is None or not expected:
        why = reason("qc.no_area", "The ion {label} has no area; its ratio cannot be looked at.", label=label)
        return not_evaluated(rule, why)
    with localcontext(CALCULATION):
        deviation = 100 * (found - expected) / expected
    why = reason(
        "qc.ion_ratio_outside",
        "The ion ratio {label} is {found} %, in the standards {expected} %: a deviation of {deviation} %, allowed is"
        " {limit}.",
        label=label,
        found=shown(found),
        expected=shown(expected),
        deviation=shown(deviation),
        limit=rule.limit,
    )
    return held(rule, deviation, why)


def _no_reference(known: list[QcRule]) -> QcOutcome | None:
    if not known:
        return None
    return not_evaluated(known[0], reason("qc.no_reference_ratio", "The standards show no ion ratio to compare with."))


def check_retention_time(found: Decimal | None, expected: Decimal | None, rule: QcRule) -> QcOutcome:
    """Retention time (保留时间): its deviation from that of the standards, in minutes or in percent of it."""
    if found is None or not expected:
        why = reason("qc.no_retention_time", "The file has no retention time to compare.")
        return not_evaluated(rule, why)
    with localcontext(CALCULATION):
        deviation = found - expected
        if rule.basis is RuleBasis.PERCENT_OF_TIME:
            deviation = 100 * deviation / expected
    why = reason(
        "qc.retention_time_outside",
        "It elutes at {found} min, the standards at {expected} min; allowed is {limit}.",
        found=shown(found),
        expected=shown(expected),
        limit=rule.limit,
    )
    return held(rule, deviation, why)


def check_signal_to_noise(found: Decimal | None, rule: QcRule) -> QcOutcome:
    """Signal to noise (信噪比) as the instrument states it; how it counts is the instrument's matter."""
    if found is None:
        return not_evaluated(rule, reason("qc.no_noise", "The file states no signal to noise."))
    why = reason(
        "qc.noise_too_high", "The signal to noise is {found}; it must be {limit}.", found=shown(found), limit=rule.limit
    )
    return held(rule, found, why)


def check_integration(by_hand: bool | None, rule: QcRule) -> QcOutcome:
    """Manual integration (手动积分): it holds the number until a second person has given a reason for it."""
    if by_hand is None:
        why = reason("qc.integration_unknown", "The file does not say whether the peak was integrated by hand.")
        return not_evaluated(rule, why)
    if not by_hand:
        return QcOutcome(rule.check, QcVerdict.PASS, None, rule.limit, rule.source, status=rule.status)
    why = reason("qc.by_hand", "The peak was integrated by hand; somebody entitled must look at it and give a reason.")
    return QcOutcome(rule.check, QcVerdict.FAIL, None, rule.limit, rule.source, why, status=rule.status)
