"""The checks of the peaks of samples for one analyte: made by the rules of the method where a number is reported."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from lims.runs.identification import Reference, ion_ratios, number_of
from lims.runs.outcomes import EntryCheck
from lims.runs.readings import AnalyteReadings
from lims.runs.records import Figure, Injection
from lims.runs.rules import PlannedEntry
from lims.science.quality_control import QcCheck, QcOutcome
from lims.science.quality_control_peaks import (
    check_integration,
    check_ion_ratio,
    check_retention_time,
    check_signal_to_noise,
)

#: Checks that doubt whether a peak is the substance.
IDENTITY: Final = frozenset({QcCheck.ION_RATIO, QcCheck.RETENTION_TIME})
_WHOLE: Final = Decimal(100)


class PeakChecks:
    """Retention time, ion ratios, signal to noise and manual integration of the samples of one analyte."""

    def __init__(self, readings: AnalyteReadings, reference: Reference) -> None:
        self.readings = readings
        self.reference = reference
        self.plan = readings.batch.plan

    def made(self, samples: Sequence[PlannedEntry]) -> list[EntryCheck]:
        """One check for each rule of the plan and each sample with a content from the LOQ on."""
        if not self.plan.rules:
            return []
        return [
            EntryCheck(self.readings.analyte, entry.label, outcome)
            for entry in samples
            if (injection := self._quantified(entry)) is not None
            for outcome in self._outcomes(injection)
        ]

    def _quantified(self, entry: PlannedEntry) -> Injection | None:
        found = self.readings.contents[entry.label]
        limits = self.readings.batch.needs[entry.label][self.readings.analyte]
        if found.value is None or found.value < limits.limit_of_quantification:
            return None
        return found.injection

    def _outcomes(self, injection: Injection) -> Iterator[QcOutcome]:
        compound = self.readings.compound
        trace = injection.quantifier(compound)
        if trace is None:
            return
        if (rule := self.plan.rule(QcCheck.RETENTION_TIME)) is not None:
            time = number_of(trace, Figure.RETENTION_TIME)
            yield check_retention_time(time, self.reference.retention_time, rule)
        ratios = ion_ratios(trace, injection.qualifiers(compound))
        for label, expected in self.reference.ion_ratios.items():
            # Ratios in percent: the quantifier stands for the hundred.
            outcome = check_ion_ratio(ratios.get(label), _WHOLE, (expected, _WHOLE), self.plan.rules, label)
            if outcome is not None:
                yield outcome
        if (rule := self.plan.rule(QcCheck.SIGNAL_TO_NOISE)) is not None:
            yield check_signal_to_noise(number_of(trace, Figure.SIGNAL_TO_NOISE), rule)
        if (rule := self.plan.rule(QcCheck.MANUAL_INTEGRATION)) is not None:
            yield check_integration(trace.manually_integrated, rule)
