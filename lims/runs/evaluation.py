"""From the readings of a batch to contents: calibration, checks, and what may be said of each sample. Pure.

For every analyte: the line through its standards, the checks of the batch, and, when nothing speaks against it, the
content of each sample that needs it. What cannot be calculated keeps its reasons.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from lims.core.reasons import Reason, reason
from lims.runs.batch_checks import BatchChecks, hindrance
from lims.runs.calibration_choice import CurveChoice, StandardUse
from lims.runs.cells import folded
from lims.runs.contents import Content
from lims.runs.identification import Identification, identify, reference_of
from lims.runs.outcomes import EntryCheck, Evaluation, LeftOut, Measurement, Needs, VerifiedLimits
from lims.runs.peak_checks import IDENTITY, PeakChecks
from lims.runs.profile import ImportProfile
from lims.runs.quality_plan import QualityPlan
from lims.runs.readings import AnalyteReadings, Batch, figure_of, standard_responses
from lims.runs.records import Injection
from lims.runs.rules import EntryKind, PlannedEntry, WorksheetFacts
from lims.runs.sequence_checks import Ordered, SequenceChecks, in_order, internal_standard_checks
from lims.science.amounts import Amount, Quantified
from lims.science.calibration_curve import ReadingStatus
from lims.science.quality_control import QcVerdict, check_range
from lims.science.rounding import plain

#: A check that holds samples back, and why.
Hindrance = tuple[EntryCheck, Reason]


def evaluate(
    worksheet: WorksheetFacts,
    plan: QualityPlan,
    profile: ImportProfile,
    compounds: Mapping[str, str],
    injections: Sequence[tuple[Injection, str]],
    needs: Needs,
    left_out: LeftOut = MappingProxyType({}),
) -> Evaluation:
    """Evaluate a batch.

    `compounds` maps analyte codes to the compound names of the file; `injections` come with the label of their
    position. Only analytes that a sample needs are evaluated, without the calibration levels `left_out` for them.
    """
    wanted = sorted({analyte for analytes in needs.values() for analyte in analytes} & compounds.keys())
    named = {analyte: _standard_of(plan.curve_of(analyte), profile, injections) for analyte in wanted}
    by_label: dict[str, list[Injection]] = {}
    for injection, label in injections:
        by_label.setdefault(label, []).append(injection)
    names = sorted({name for name in (*named.values(), profile.internal_standard) if name is not None})
    standards = standard_responses((injection for injection, _ in injections), names, figure_of(profile))
    sequence = in_order(worksheet, injections)
    places = {injection.order: place for place, (injection, _) in enumerate(sequence, start=1)}
    batch = Batch(worksheet, plan, profile, by_label, needs, standards, left_out, places)
    shared = internal_standard_checks(batch, sequence)
    parts = [
        _Analyte(AnalyteReadings(batch, analyte, compounds[analyte], named[analyte]), sequence, shared).evaluated()
        for analyte in wanted
    ]
    return Evaluation(
        tuple(part.calibrations[0] for part in parts),
        (*shared, *(check for part in parts for check in part.checks)),
        tuple(m for part in parts for m in part.measurements),
    )


def _standard_of(
    choice: CurveChoice, profile: ImportProfile, injections: Sequence[tuple[Injection, str]]
) -> str | None:
    """The internal standard of an analyte as the file writes it; None: there is none, or the file has none such."""
    if choice.standard_use is StandardUse.AS_PROFILE:
        return profile.internal_standard
    if choice.standard_use is StandardUse.NONE:
        return None
    wanted = folded(choice.internal_standard)
    names = (trace.compound for injection, _ in injections for trace in injection.traces)
    return next((name for name in names if folded(name) == wanted), None)


class _Analyte:
    """Evaluates one analyte of a batch."""

    def __init__(self, readings: AnalyteReadings, sequence: Ordered, shared: Sequence[EntryCheck]) -> None:
        self.batch = readings.batch
        self.sequence = sequence
        self.shared = shared
        self.analyte = readings.analyte
        self.compound = readings.compound
        self.criteria = self.batch.plan.for_checks(self.batch.worksheet.result_unit)
        self.readings = readings
        self.calibration = readings.calibration
        standards = readings.of_kind(EntryKind.CALIBRATION_STANDARD)
        self.reference = reference_of([reading.injection for reading in standards], self.compound)

    def evaluated(self) -> Evaluation:
        """The calibration, the checks, and the measurements of the samples that need this analyte."""
        samples = [
            entry
            for entry in self.batch.worksheet.of_kind(EntryKind.SAMPLE)
            if self.analyte in self.batch.needs.get(entry.label, {})
        ]
        checks = [
            *BatchChecks(self.readings, self.criteria).made(),
            *SequenceChecks(self.readings, self.sequence).made(),
            *PeakChecks(self.readings, self.reference).made(samples),
        ]
        labels = {sample.label for sample in self.batch.worksheet.of_kind(EntryKind.SAMPLE)}
        hindering = [(check, why) for check in (*self.shared, *checks) if (why := hindrance(check))]
        measurements = [
            self._measurement(
                entry,
                self.batch.needs[entry.label][self.analyte],
                # Those of the batch, and those of its own position.
                [one for one in hindering if one[0].label == entry.label or one[0].label not in labels],
            )
            for entry in samples
        ]
        return Evaluation((self.calibration,), tuple(checks), tuple(measurements))

    def _measurement(self, entry: PlannedEntry, limits: VerifiedLimits, against: Sequence[Hindrance]) -> Measurement:
        found = self.readings.contents[entry.label]
        seen = Identification(False, (), {})
        if found.injection is not None:
            seen = identify(found.injection, self.compound, self.reference, self.batch.plan)
        checked = [why for _, why in against]
        reasons = [*self.calibration.reasons, *found.reasons]
        amount = None
        if not reasons:
            is_doubted = any(check.outcome.check in IDENTITY for check, _ in against)
            amount = self.readings.amount(found, limits, identified=seen.identified)
            reasons += self._reasons_not_to_report(found, amount, seen, is_doubted=is_doubted)
        told = (*self.calibration.reasons, *checked, *reasons[len(self.calibration.reasons) :])
        return Measurement(
            label=entry.label,
            analyte=self.analyte,
            injection=found.injection,
            concentration=None if found.predicted is None else found.predicted.concentration,
            range_status=None if found.predicted is None else found.predicted.status,
            content=found.value,
            limits=limits,
            amount=None if told else amount,
            identification=seen,
            reasons=told,
            withheld=amount if checked and not reasons else None,
            response=found.response,
            concentration_uncertainty=None if found.predicted is None else found.predicted.standard_uncertainty,
            internal_standard=self.readings.standard,
            quantities=found.quantities,
            bracket=found.bracket,
            standard_concentration=(
                None if found.injection is None else self.readings.standard_concentration(found.injection)
            ),
        )

    def _reasons_not_to_report(
        self, found: Content, amount: Amount, seen: Identification, *, is_doubted: bool
    ) -> list[Reason]:
        """A number may be reported only inside the calibrated range, and only of a peak that is the substance.

        `is_doubted`: a check of the peak says that already.
        """
        fit, predicted = self.calibration.fit, found.predicted
        if fit is None or predicted is None:
            return []
        unit = self.batch.worksheet.concentration_unit
        reasons = []
        if predicted.status is ReadingStatus.ABOVE_RANGE:
            over = check_range(predicted, fit, unit, self.criteria)
            reasons += [over.reason] if over.verdict is QcVerdict.FAIL and over.reason is not None else []
        if not isinstance(amount, Quantified):
            return reasons
        if predicted.status is ReadingStatus.BELOW_RANGE and predicted.concentration is not None:
            reasons.append(
                reason(
                    "run.below_lowest_standard",
                    "{compound}: {found} {unit} lies below the lowest standard, {lowest} {unit}, but above the limit of"
                    " quantification; calibrate from a lower level and measure again.",
                    compound=self.compound,
                    found=plain(predicted.concentration),
                    lowest=plain(fit.lowest),
                    unit=unit.value,
                )
            )
        if not seen.identified and not is_doubted:
            reasons += seen.reasons or (self._nothing_to_identify(),)
        return reasons

    def _nothing_to_identify(self) -> Reason:
        return reason(
            "run.not_identified",
            "The file has neither a retention time nor an ion ratio by which {compound} could be identified; export"
            " them with the table.",
            compound=self.compound,
        )
