"""The checks of a batch for one analyte (质控检查): levels, check standards, blanks, spikes, duplicates."""

from dataclasses import replace
from decimal import Decimal, localcontext

from lims.core.reasons import Reason, reason
from lims.runs.outcomes import EntryCheck
from lims.runs.readings import AnalyteReadings, Reading
from lims.runs.rules import EntryKind, PlannedEntry
from lims.science.amounts import Amount, Quantified
from lims.science.calibration_curve import Curve, ReadBack, ReadingStatus
from lims.science.quality_control import (
    QcCheck,
    QcCriteria,
    QcOutcome,
    QcVerdict,
    check_blank,
    check_calibration_levels,
    check_duplicate,
    check_range,
    check_recovery,
)
from lims.science.quality_control_precision import check_precision
from lims.science.quality_control_sequence import check_bracket_drift
from lims.science.rounding import CALCULATION, plain
from lims.science.units import UnitCode, UnitKind, convert


class BatchChecks:
    """Makes every check that the worksheet has positions for."""

    def __init__(self, readings: AnalyteReadings, criteria: QcCriteria) -> None:
        self.batch = readings.batch
        self.analyte = readings.analyte
        self.compound = readings.compound
        self.calibration = readings.calibration
        self.contents = readings.contents
        self.readings = readings
        self.criteria = criteria

    def made(self) -> list[EntryCheck]:
        """All checks; none without a line to read concentrations from: then the calibration itself hinders."""
        fit = self.calibration.fit
        if fit is None:
            return []
        found = self._brackets() if self.readings.is_bracketed else self._levels(fit)
        found += [self._left_out(point) for point in fit.points if point.point.why_not]
        if self.batch.plan.rule(QcCheck.CHECK_STANDARD) is None:
            found += self._check_standards(fit)
        found += [self._blank(entry) for entry in self.batch.worksheet.of_kind(EntryKind.BLANK)]
        for spike in self.batch.worksheet.of_kind(EntryKind.MATRIX_SPIKE):
            found += self._recovery(spike, fit)
        duplicates = self.batch.worksheet.of_kind(EntryKind.DUPLICATE)
        found += [check for entry in duplicates for check in self._duplicate(entry)]
        return [self._sourced(check) for check in found]

    def _levels(self, fit: Curve) -> list[EntryCheck]:
        labels = (fitted.point.label for fitted in fit.points if fitted.is_used)
        levels = zip(labels, check_calibration_levels(fit, self.criteria), strict=True)
        return [EntryCheck(self.analyte, label, outcome) for label, outcome in levels]

    def _brackets(self) -> list[EntryCheck]:
        """The drift of the bracket that each position was read from; of a sample, where it needs the analyte."""
        terms = self.batch.plan.bracketing
        if terms is None:
            return []
        return [
            EntryCheck(self.analyte, entry.label, check_bracket_drift(found.bracket, terms))
            for entry in self.batch.worksheet.entries
            if (found := self.contents.get(entry.label)) is not None
            and found.bracket is not None
            and (entry.kind is not EntryKind.SAMPLE or self.analyte in self.batch.needs.get(entry.label, {}))
        ]

    def _sourced(self, check: EntryCheck) -> EntryCheck:
        """The check with the source of its rule, and how well that is known."""
        outcome, plan = check.outcome, self.batch.plan
        rule = plan.rule(outcome.check)
        source = outcome.source if rule is None or outcome.source != plan.source else rule.source
        return replace(check, outcome=replace(outcome, source=source, status=plan.status_of(outcome.check, source)))

    def _left_out(self, level: ReadBack) -> EntryCheck:
        """A level that somebody excluded is not held against any limit, and says so."""
        why = reason(
            "run.level_left_out", "The standard was left out of the calibration: {why}", why=level.point.why_not
        )
        outcome = QcOutcome(
            QcCheck.CALIBRATION_LEVEL,
            QcVerdict.NOT_EVALUATED,
            level.deviation_percent,
            "",
            self.criteria.source,
            why,
        )
        return EntryCheck(self.analyte, level.point.label, outcome)

    def _check_standards(self, fit: Curve) -> list[EntryCheck]:
        """A standard measured as a sample, to see drift: its deviation is held against that of a level."""
        checks = []
        allowed = self.criteria.level_deviation_percent
        for reading in self.readings.of_kind(EntryKind.CHECK_STANDARD):
            if not reading.entry.nominal or allowed is None:
                continue
            said = self.readings.read(reading.injection)
            read = said.predicted
            if said.reasons:
                outcome = QcOutcome(
                    QcCheck.CALIBRATION_LEVEL,
                    QcVerdict.NOT_EVALUATED,
                    None,
                    f"±{plain(allowed)} %",
                    self.criteria.source,
                    said.reasons[0],
                )
                checks.append(EntryCheck(self.analyte, reading.entry.label, outcome))
                continue
            if read is not None and read.concentration is None and read.status is ReadingStatus.ABOVE_RANGE:
                over = check_range(read, fit, self.batch.worksheet.concentration_unit, self.criteria)
                checks.append(EntryCheck(self.analyte, reading.entry.label, over))
                continue
            found = Decimal(0) if read is None or read.concentration is None else read.concentration
            with localcontext(CALCULATION):
                deviation = 100 * (found - reading.entry.nominal) / reading.entry.nominal
            passed = abs(deviation) <= allowed
            why = None if passed else self._drifted(reading, deviation, allowed)
            verdict = QcVerdict.PASS if passed else QcVerdict.FAIL
            outcome = QcOutcome(
                QcCheck.CALIBRATION_LEVEL, verdict, deviation, f"±{plain(allowed)} %", self.criteria.source, why
            )
            checks.append(EntryCheck(self.analyte, reading.entry.label, outcome))
        return checks

    def _drifted(self, reading: Reading, deviation: Decimal, allowed: Decimal) -> Reason:
        return reason(
            "run.check_standard_deviates",
            "The check standard {label} deviates by {deviation} % for {compound}; at most {allowed} % is allowed.",
            label=reading.entry.label,
            deviation=f"{deviation:.1f}",
            compound=self.compound,
            allowed=plain(allowed),
        )

    def _blank(self, entry: PlannedEntry) -> EntryCheck:
        limits = [known[self.analyte] for known in self.batch.needs.values() if self.analyte in known]
        strictest = min(one.limit_of_quantification for one in limits)
        blank = self.contents[entry.label]
        outcome = check_blank(
            blank.value,
            strictest,
            self.batch.worksheet.result_unit,
            self.criteria,
            was_measured=blank.was_measured,
        )
        return EntryCheck(self.analyte, entry.label, outcome)

    def _recovery(self, spike: PlannedEntry, fit: Curve) -> list[EntryCheck]:
        uncorrected = self.readings.uncorrected
        spiked, plain_sample = uncorrected[spike.label], uncorrected[self._parent(spike)]
        missing = [*spiked.reasons, *plain_sample.reasons]
        if missing or spike.spiked is None:
            why = missing[0] if missing else None
            outcome = QcOutcome(QcCheck.SPIKE_RECOVERY, QcVerdict.NOT_EVALUATED, None, "", self.criteria.source, why)
            return [EntryCheck(self.analyte, spike.label, outcome)]
        native = plain_sample.value if plain_sample.value is not None and plain_sample.value > 0 else None
        unit = self.batch.worksheet.result_unit
        checks = [
            EntryCheck(
                self.analyte, spike.label, check_recovery(spiked.value, native, spike.spiked, unit, self.criteria)
            )
        ]
        if spiked.predicted is not None:
            over = check_range(spiked.predicted, fit, self.batch.worksheet.concentration_unit, self.criteria)
            checks.append(EntryCheck(self.analyte, spike.label, over))
        return checks

    def _duplicate(self, entry: PlannedEntry) -> list[EntryCheck]:
        parent = self._parent(entry)
        limits = self.batch.needs.get(parent, {}).get(self.analyte)
        if limits is None:
            return []
        pair = (self.contents[parent], self.contents[entry.label])
        for one in pair:
            if one.reasons:
                outcome = QcOutcome(
                    QcCheck.DUPLICATE, QcVerdict.NOT_EVALUATED, None, "", self.criteria.source, one.reasons[0]
                )
                return [EntryCheck(self.analyte, entry.label, outcome)]
        first, second = (self.readings.amount(one, limits, identified=True) for one in pair)
        found = [check_duplicate(first, second, self._for_pair(first))]
        if (horrat := self.batch.plan.rule(QcCheck.PRECISION)) is not None:
            found.append(check_precision(first, second, horrat))
        return [EntryCheck(self.analyte, entry.label, outcome) for outcome in found]

    def _for_pair(self, first: Amount) -> QcCriteria:
        """The criteria with the limit that the rules give for the content of a pair, where they depend on it."""
        if not isinstance(first, Quantified) or first.unit.kind is not UnitKind.MASS_FRACTION:
            return self.criteria
        rule = self.batch.plan.rule(QcCheck.DUPLICATE, convert(first.value, first.unit, UnitCode.MG_PER_KG))
        if rule is None:
            return self.criteria
        return replace(self.criteria, source=rule.source, duplicate_difference_percent=rule.high)

    def _parent(self, entry: PlannedEntry) -> str:
        return entry.parent or ""


def hindrance(check: EntryCheck) -> Reason | None:
    """Why a check keeps every sample of the batch from being calculated, if it does.

    A failure does; so does a blank or a spike that was not measured. A duplicate below the limit of quantification, or
    a check for which the plan sets no limit, says nothing and hinders nothing.
    """
    outcome = check.outcome
    if outcome.verdict is QcVerdict.FAIL:
        return outcome.reason
    unmeasured = outcome.reason is not None and outcome.reason.code != "qc.no_limit"
    needed = outcome.check in (QcCheck.BLANK, QcCheck.SPIKE_RECOVERY)
    return outcome.reason if needed and outcome.verdict is QcVerdict.NOT_EVALUATED and unmeasured else None
