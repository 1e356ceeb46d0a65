"""The checks along the sequence of a batch: check standards, drift, brackets, carry-over, internal standard."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

from lims.runs.outcomes import EntryCheck
from lims.runs.readings import AnalyteReadings, Batch
from lims.runs.records import Injection
from lims.runs.rules import EntryKind, PlannedEntry, WorksheetFacts
from lims.science.calibration_curve import ReadingStatus
from lims.science.quality_control import QcCheck, QcOutcome
from lims.science.quality_control_rules import not_evaluated
from lims.science.quality_control_sequence import (
    after_a_high_one,
    check_bracket,
    check_carry_over,
    check_drift,
    check_internal_standard,
    check_standard,
    no_blank_after_highest,
)

#: The injections of a batch in order of time, each with its position.
Ordered: TypeAlias = Sequence[tuple[Injection, PlannedEntry]]
#: Kinds that are measured between the calibration and the end.
_MEASURED: Final = frozenset(EntryKind) - {EntryKind.CALIBRATION_STANDARD}


def in_order(worksheet: WorksheetFacts, injections: Sequence[tuple[Injection, str]]) -> Ordered:
    """By the time of the injection; those without a time stay where they stand in the file."""
    entries = {entry.label: entry for entry in worksheet.entries}
    known = [(injection, entries[label]) for injection, label in injections if label in entries]
    if all(injection.acquired_at is not None for injection, _ in known):
        return sorted(known, key=lambda pair: (str(pair[0].acquired_at), pair[0].order))
    return sorted(known, key=lambda pair: pair[0].order)


def internal_standard_checks(batch: Batch, sequence: Ordered) -> list[EntryCheck]:
    """Every internal standard of every injection over its mean in the calibration; it concerns every analyte.

    A blank without it is exempt: a solvent has none.
    """
    rule = batch.plan.rule(QcCheck.INTERNAL_STANDARD)
    if rule is None:
        return []
    found = []
    for name, by_order in batch.standards.items():
        responses = [(entry, by_order.get(injection.order)) for injection, entry in sequence]
        calibration = EntryKind.CALIBRATION_STANDARD
        in_standards = [response for entry, response in responses if entry.kind is calibration and response is not None]
        found += [
            EntryCheck(name, entry.label, check_internal_standard(response, in_standards, rule))
            for entry, response in responses
            if entry.kind in _MEASURED and not (entry.kind is EntryKind.BLANK and response is None)
        ]
    return found


class SequenceChecks:
    """Makes the checks of one analyte that look at the order of injections, by the rules of the method."""

    def __init__(self, readings: AnalyteReadings, sequence: Ordered) -> None:
        self.readings = readings
        self.batch = readings.batch
        self.plan = readings.batch.plan
        self.sequence = sequence

    def made(self) -> list[EntryCheck]:
        """All of them; none without a line to read concentrations from, or without rules."""
        if self.readings.calibration.fit is None or not self.plan.rules:
            return []
        return [*self._check_standards(), *self._bracket(), *self._carry_over()]

    def _made(self, label: str | None, outcome: QcOutcome) -> EntryCheck:
        return EntryCheck(self.readings.analyte, label, outcome)

    def _check_standards(self) -> Iterator[EntryCheck]:
        fit, rule = self.readings.calibration.fit, self.plan.rule(QcCheck.CHECK_STANDARD)
        read: list[tuple[int, Decimal]] = []
        for place, (injection, entry) in enumerate(self.sequence):
            if entry.kind is not EntryKind.CHECK_STANDARD or not entry.nominal or fit is None:
                continue
            said = self.readings.read(injection)
            if said.reasons:
                if rule is not None:
                    yield self._made(entry.label, not_evaluated(rule, said.reasons[0]))
                continue
            found = None if said.predicted is None else said.predicted.concentration
            read.append((place, 100 * (found or Decimal(0)) / entry.nominal))
            if rule is not None:
                yield self._made(entry.label, check_standard(found, entry.nominal, rule))
        if read and (drift := self.plan.rule(QcCheck.DRIFT)) is not None:
            yield self._made(None, check_drift(read, drift))

    def _bracket(self) -> Iterator[EntryCheck]:
        rule = self.plan.rule(QcCheck.BRACKET)
        measured = [entry.kind for _, entry in self.sequence if entry.kind in _MEASURED]
        if rule is not None and measured:
            yield self._made(None, check_bracket([kind is EntryKind.CHECK_STANDARD for kind in measured], rule))

    def _carry_over(self) -> Iterator[EntryCheck]:
        rule = self.plan.rule(QcCheck.CARRY_OVER)
        standards = [
            (entry.nominal, place)
            for place, (_, entry) in enumerate(self.sequence)
            if entry.kind is EntryKind.CALIBRATION_STANDARD and entry.nominal
        ]
        if rule is None or not standards:
            return
        (_, highest), (_, lowest) = max(standards), min(standards)
        after = self.sequence[highest + 1] if highest + 1 < len(self.sequence) else None
        if after is None or after[1].kind is not EntryKind.BLANK:
            yield self._made(None, no_blank_after_highest(rule))
        else:
            outcome = check_carry_over(self._response(highest + 1), self._response(lowest), rule)
            yield self._made(after[1].label, outcome)
        for place in range(1, len(self.sequence)):
            before, entry = self.sequence[place - 1][1], self.sequence[place][1]
            if entry.kind is EntryKind.SAMPLE and self._is_high(before) and self._response(place) is not None:
                yield self._made(entry.label, after_a_high_one(before.label, rule))

    def _response(self, place: int) -> Decimal | None:
        return self.readings.response(self.sequence[place][0])

    def _is_high(self, entry: PlannedEntry) -> bool:
        found = self.readings.contents.get(entry.label)
        predicted = None if found is None else found.predicted
        return predicted is not None and predicted.status is ReadingStatus.ABOVE_RANGE
