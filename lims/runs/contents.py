"""What the prepared positions of a batch contain of one analyte, by the formula of the method. Pure.

Blanks and spikes are calculated first, without themselves: what a formula takes from them, mean blank and mean
recovery, then counts in the contents of samples and duplicates.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from typing import Final

from lims.core.errors import RuleRefused
from lims.core.reasons import Reason, reason
from lims.runs.records import Injection
from lims.runs.rules import EntryKind, PlannedEntry, WorksheetFacts
from lims.science.bracketing import Bracketed
from lims.science.calibration_curve import Prediction
from lims.science.content_formula import MEAN_BLANK, MEAN_RECOVERY, MOISTURE, ContentFormula
from lims.science.formula import Measured
from lims.science.quality_control import recovery_percent
from lims.science.quantification import QuantificationInput
from lims.science.rounding import CALCULATION
from lims.science.units import UnitCode

_UNCORRECTED: Final = Measured(Decimal(100), UnitCode.PERCENT)
#: Kinds whose contents are those of samples.
_CORRECTED: Final = frozenset({EntryKind.SAMPLE, EntryKind.DUPLICATE})


@dataclass(frozen=True, slots=True)
class Content:
    """What one prepared position gives for the analyte, before limits are looked at.

    `quantities` are mean blank, mean recovery and moisture by which `value` was calculated, where the formula has them.
    """

    injection: Injection | None
    predicted: Prediction | None
    value: Decimal | None
    reasons: tuple[Reason, ...] = ()
    response: Decimal | None = None
    quantities: Mapping[str, Measured] = field(default_factory=dict)
    bracket: Bracketed | None = None

    @property
    def was_measured(self) -> bool:
        """Whether the position was injected once and can be calculated with; a peak it need not have."""
        return self.injection is not None and not self.reasons

    @property
    def concentration(self) -> Decimal | None:
        """What was read from the curve."""
        return None if self.predicted is None else self.predicted.concentration


@dataclass(frozen=True, slots=True)
class Contents:
    """By the label of the position: `reported` by the whole formula, `uncorrected` with a recovery of 100 %.

    A recovery is that of uncorrected contents, or it would be corrected by itself. From a blank none is subtracted.
    """

    reported: Mapping[str, Content]
    uncorrected: Mapping[str, Content]


def factors_of(entry: PlannedEntry, worksheet: WorksheetFacts, concentration: Decimal) -> QuantificationInput:
    """Every factor of a content, as planned on the worksheet."""
    return QuantificationInput(
        concentration=concentration,
        concentration_unit=worksheet.concentration_unit,
        final_volume=entry.final_volume,
        final_volume_unit=worksheet.final_volume_unit,
        test_portion=entry.test_portion,
        test_portion_unit=worksheet.test_portion_unit,
        dilution=entry.dilution,
    )


def contents_of(
    worksheet: WorksheetFacts, formula: ContentFormula, compound: str, read: Mapping[str, Content]
) -> Contents:
    """The contents of what was `read` from the curve in every prepared position, by its label."""
    return _Calculation(worksheet, formula, compound, read).made()


class _Calculation:
    """Calculates the positions of one analyte."""

    def __init__(
        self, worksheet: WorksheetFacts, formula: ContentFormula, compound: str, read: Mapping[str, Content]
    ) -> None:
        self.worksheet = worksheet
        self.formula = formula
        self.compound = compound
        self.read = read
        #: Whether the formula needs what the positions themselves do not give.
        self.asks_more = any(formula.needs(name) for name in (MEAN_BLANK, MEAN_RECOVERY, MOISTURE))
        self.entries = [entry for entry in worksheet.entries if entry.label in read]
        #: Without a curve there is nothing to correct, and nothing to correct by.
        self.is_read = any(found.predicted is not None for found in read.values())

    def made(self) -> Contents:
        blank = self._mean_blank() if self.is_read and self.formula.needs(MEAN_BLANK) else None
        uncorrected = {
            one.label: self._calculated(one, self._quantities(one, blank, _UNCORRECTED)) for one in self.entries
        }
        if not self.formula.needs(MEAN_RECOVERY):
            return Contents(uncorrected, uncorrected)
        recovery = self._mean_recovery(uncorrected) if self.is_read else None
        reported = {
            one.label: self._calculated(one, self._quantities(one, blank, recovery))
            if one.kind in _CORRECTED
            else uncorrected[one.label]
            for one in self.entries
        }
        return Contents(reported, uncorrected)

    def _mean_blank(self) -> Decimal | None:
        """The mean of concentration times dilution of the blanks; None when none was measured.

        A blank without a peak counts as 0, and so does one below 0: a blank adds nothing to a sample.
        """
        blanks = ((one, self.read[one.label]) for one in self.entries if one.kind is EntryKind.BLANK)
        with localcontext(CALCULATION):
            return _mean(
                max(found.concentration or Decimal(0), Decimal(0)) * one.dilution
                for one, found in blanks
                if found.was_measured
            )

    def _mean_recovery(self, uncorrected: Mapping[str, Content]) -> Measured | None:
        """The mean recovery of the spikes; None when none was measured, or it is not above 0.

        A spike that was not found was recovered to 0 %.
        """
        found = []
        for spike in (one for one in self.entries if one.kind is EntryKind.MATRIX_SPIKE):
            spiked, plain_sample = uncorrected[spike.label], uncorrected.get(spike.parent or "")
            if plain_sample is None or spike.spiked is None or not (spiked.was_measured and plain_sample.was_measured):
                continue
            native = plain_sample.value if plain_sample.value is not None and plain_sample.value > 0 else None
            found.append(Decimal(0) if spiked.value is None else recovery_percent(spiked.value, native, spike.spiked))
        mean = _mean(found)
        return None if mean is None or mean <= 0 else Measured(mean, UnitCode.PERCENT)

    def _quantities(self, entry: PlannedEntry, blank: Decimal | None, recovery: Measured | None) -> dict[str, Measured]:
        found: dict[str, Measured] = {}
        if not self.asks_more:
            return found
        if self.formula.needs(MEAN_BLANK) and (blank is not None or entry.kind is EntryKind.BLANK):
            # In a solution as diluted as that of the position.
            total = Decimal(0) if blank is None or entry.kind is EntryKind.BLANK else blank
            subtracted = CALCULATION.divide(total, entry.dilution)
            found[MEAN_BLANK] = Measured(subtracted, self.worksheet.concentration_unit)
        if self.formula.needs(MEAN_RECOVERY) and recovery is not None:
            found[MEAN_RECOVERY] = recovery
        if self.formula.needs(MOISTURE) and (moisture := self._moisture(entry)) is not None:
            found[MOISTURE] = Measured(moisture, UnitCode.PERCENT)
        return found

    def _moisture(self, entry: PlannedEntry) -> Decimal | None:
        """That of the position; a duplicate or spike is as moist as its sample, a blank is not."""
        if entry.moisture_percent is None and entry.kind is EntryKind.BLANK:
            return Decimal(0)
        if entry.moisture_percent is None and entry.parent is not None:
            return next((one.moisture_percent for one in self.entries if one.label == entry.parent), None)
        return entry.moisture_percent

    def _calculated(self, entry: PlannedEntry, quantities: Mapping[str, Measured]) -> Content:
        read = self.read[entry.label]
        found = replace(read, quantities=quantities) if quantities and self.is_read else read
        if found.concentration is None or found.reasons:
            return found
        if self.asks_more and (missing := [*self._missing(quantities)]):
            return replace(found, reasons=tuple(missing))
        factors = factors_of(entry, self.worksheet, found.concentration)
        try:
            value = self.formula.content(factors, quantities, self.worksheet.result_unit)
        except RuleRefused as refusal:
            return replace(found, reasons=refusal.reasons)
        return Content(found.injection, found.predicted, value, (), found.response, found.quantities)

    def _missing(self, quantities: Mapping[str, Measured]) -> Iterable[Reason]:
        formula = self.formula.printed
        if self.formula.needs(MEAN_BLANK) and MEAN_BLANK not in quantities:
            yield reason(
                "run.no_mean_blank",
                "{compound}: the formula of the method, {formula}, subtracts the mean blank c0, but no blank of this"
                " batch could be measured.",
                compound=self.compound,
                formula=formula,
            )
        if self.formula.needs(MEAN_RECOVERY) and MEAN_RECOVERY not in quantities:
            yield reason(
                "run.no_mean_recovery",
                "{compound}: the formula of the method, {formula}, corrects by the mean recovery R, but no spike of"
                " this batch gives a recovery above 0 %.",
                compound=self.compound,
                formula=formula,
            )
        if self.formula.needs(MOISTURE) and MOISTURE not in quantities:
            yield reason(
                "run.no_moisture",
                "The formula of the method, {formula}, needs the moisture H of the sample, which the worksheet does not"
                " give for this position.",
                formula=formula,
            )


def _mean(values: Iterable[Decimal]) -> Decimal | None:
    several = list(values)
    with localcontext(CALCULATION):
        return sum(several, Decimal(0)) / len(several) if several else None
