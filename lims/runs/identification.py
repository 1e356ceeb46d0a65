"""Is the peak the substance (定性确证)? Retention time and ion ratio against the standards of the same batch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from lims.core.reasons import Reason, reason
from lims.runs.quality_plan import QualityPlan
from lims.runs.records import Figure, Injection, Trace
from lims.science.quality_control_rules import RuleBasis
from lims.science.rounding import CALCULATION, plain, round_significant


@dataclass(frozen=True, slots=True)
class Reference:
    """What the standards show: mean retention time in minutes, mean ion ratios (qualifier/quantifier, %) by label.

    `time_text` and `ratio_texts` are the same rounded, as they are kept with every peak that is compared with them.
    """

    retention_time: Decimal | None
    ion_ratios: dict[str, Decimal]
    time_text: str = field(init=False, repr=False, compare=False)
    ratio_texts: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        time = "" if self.retention_time is None else plain(round_significant(self.retention_time, 5))
        ratios = {label: plain(round_significant(ratio, 4)) for label, ratio in self.ion_ratios.items()}
        object.__setattr__(self, "time_text", time)
        object.__setattr__(self, "ratio_texts", ratios)


@dataclass(frozen=True, slots=True)
class Identification:
    """Identified when nothing speaks against it and at least one criterion could be looked at.

    `seen` are the figures compared, as texts, to be kept with the result.
    """

    identified: bool
    reasons: tuple[Reason, ...]
    seen: dict[str, str]


def reference_of(standards: Sequence[Injection], compound: str) -> Reference:
    """The means over the standards in which the compound was found."""
    times: list[Decimal] = []
    ratios: dict[str, list[Decimal]] = {}
    for injection in standards:
        trace = injection.quantifier(compound)
        if trace is None or not trace.found():
            continue
        if (time := number_of(trace, Figure.RETENTION_TIME)) is not None:
            times.append(time)
        for label, ratio in ion_ratios(trace, injection.qualifiers(compound)).items():
            ratios.setdefault(label, []).append(ratio)
    return Reference(_mean(times), {label: mean for label, found in ratios.items() if (mean := _mean(found))})


def identify(injection: Injection, compound: str, reference: Reference, plan: QualityPlan) -> Identification:
    """Compare the peak of a compound with the reference; a peak that is not there is not identified."""
    trace = injection.quantifier(compound)
    if trace is None or not trace.found():
        return Identification(False, (), {})
    reasons: list[Reason] = []
    seen: dict[str, str] = {}
    _compare_time(trace, reference, plan, reasons, seen)
    _compare_ratios(trace, injection.qualifiers(compound), reference, plan, reasons, seen)
    return Identification(bool(seen) and not reasons, tuple(reasons), seen)


def _compare_time(
    trace: Trace, reference: Reference, plan: QualityPlan, reasons: list[Reason], seen: dict[str, str]
) -> None:
    expected, found = reference.retention_time, number_of(trace, Figure.RETENTION_TIME)
    tolerance = None if expected is None else plan.time_tolerance(expected)
    if tolerance is None or expected is None or found is None:
        return
    seen["retention_time_min"] = plain(found)
    seen["retention_time_of_standards_min"] = reference.time_text
    if abs(found - expected) > tolerance:
        reasons.append(
            reason(
                "identification.retention_time",
                "{compound} elutes at {found} min, the standards at {expected} min; at most {tolerance} min apart is"
                " allowed.",
                compound=trace.compound,
                found=plain(found),
                expected=plain(round_significant(expected, 4)),
                tolerance=plain(tolerance),
            )
        )


def _compare_ratios(
    trace: Trace,
    qualifiers: Sequence[Trace],
    reference: Reference,
    plan: QualityPlan,
    reasons: list[Reason],
    seen: dict[str, str],
) -> None:
    found = ion_ratios(trace, qualifiers)
    for label, expected in reference.ion_ratios.items():
        tolerance, basis = plan.ratio_tolerance(expected)
        if tolerance is None:
            continue
        ratio = found.get(label, Decimal(0))
        deviation = _percent(CALCULATION.subtract(ratio, expected), expected)
        if basis is RuleBasis.QUANTIFIER_OVER_QUALIFIER and ratio:
            deviation = _percent(CALCULATION.subtract(expected, ratio), ratio)
        seen[f"ion_ratio_percent {label}"] = plain(round_significant(ratio, 4))
        seen[f"ion_ratio_of_standards_percent {label}"] = reference.ratio_texts[label]
        if abs(deviation) > tolerance:
            reasons.append(
                reason(
                    "identification.ion_ratio",
                    "The ion ratio {label} of {compound} is {found} %, in the standards {expected} %; at most"
                    " {tolerance} % relative deviation is allowed.",
                    label=label,
                    compound=trace.compound,
                    found=plain(round_significant(ratio, 3)),
                    expected=plain(round_significant(expected, 3)),
                    tolerance=plain(tolerance),
                )
            )


def ion_ratios(quantifier: Trace, qualifiers: Sequence[Trace]) -> dict[str, Decimal]:
    """Qualifier over quantifier in percent, from the areas; the vendor's own ratio when a qualifier has no area."""
    base = number_of(quantifier, Figure.AREA)
    ratios = {}
    for qualifier in qualifiers:
        area = number_of(qualifier, Figure.AREA)
        if area is not None and base:
            ratios[qualifier.label] = _percent(area, base)
        elif Figure.AREA not in qualifier.figures and (ratio := number_of(qualifier, Figure.ION_RATIO)) is not None:
            ratios[qualifier.label] = ratio
    return ratios


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    return CALCULATION.divide(CALCULATION.multiply(100, part), whole)


def number_of(trace: Trace, figure: Figure) -> Decimal | None:
    """The number of a figure, if there is one."""
    cell = trace.value(figure)
    return None if cell is None else cell.number


def _mean(values: Sequence[Decimal]) -> Decimal | None:
    if not values:
        return None
    with localcontext(CALCULATION):
        return sum(values, Decimal(0)) / len(values)
