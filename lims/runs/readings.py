"""The readings of one analyte in a batch, its calibration, and what the prepared positions contain."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from lims.core.errors import LimsError
from lims.core.reasons import Reason, reason
from lims.runs.cells import CellStatus
from lims.runs.file_units import unit_of
from lims.runs.outcomes import AnalyteCalibration, Needs, VerifiedLimits
from lims.runs.profile import ImportProfile
from lims.runs.quality_plan import QualityPlan
from lims.runs.records import Figure, Injection
from lims.runs.rules import PREPARED, EntryKind, PlannedEntry, WorksheetFacts
from lims.science.amounts import Amount
from lims.science.calibration import CalibrationPoint, PredictedConcentration, fit_line, inverse
from lims.science.calibration_acceptance import reasons_not_to_accept
from lims.science.quantification import QuantificationInput, amount_found, content
from lims.science.rounding import CALCULATION, plain
from lims.science.units import convert


@dataclass(frozen=True, slots=True)
class Reading:
    """The response of one analyte in one injection. `response` is None when there is no peak to read."""

    entry: PlannedEntry
    injection: Injection
    response: Decimal | None


def standard_responses(injections: Iterable[Injection], profile: ImportProfile) -> dict[int, Decimal | None]:
    """The response of the internal standard by the row of each injection; empty when the profile names none.

    Every analyte is divided by it, so a batch looks it up once.
    """
    if profile.internal_standard is None:
        return {}
    figure = figure_of(profile)
    return {injection.row: _peak(injection, profile.internal_standard, figure) for injection in injections}


def response_of(injection: Injection, compound: str, profile: ImportProfile) -> Decimal | None:
    """The response of a compound: its area or height, over that of the internal standard when the profile names one.

    None when the compound was not found, or the internal standard was not.
    """
    figure = figure_of(profile)
    own = _peak(injection, compound, figure)
    if own is None or profile.internal_standard is None:
        return own
    return _ratio(own, _peak(injection, profile.internal_standard, figure))


def _ratio(own: Decimal, standard: Decimal | None) -> Decimal | None:
    return None if standard is None else CALCULATION.divide(own, standard)


def _peak(injection: Injection, compound: str, figure: Figure) -> Decimal | None:
    trace = injection.quantifier(compound)
    return trace.figures[figure].number if trace is not None and trace.found(figure) else None


def figure_of(profile: ImportProfile) -> Figure:
    """The figure that is the response."""
    return Figure(profile.response.value)


@dataclass(frozen=True, slots=True)
class Batch:
    """What all analytes of a batch share."""

    worksheet: WorksheetFacts
    plan: QualityPlan
    profile: ImportProfile
    by_label: Mapping[str, Sequence[Injection]]
    needs: Needs
    standards: Mapping[int, Decimal | None]

    def response(self, injection: Injection, compound: str) -> Decimal | None:
        """`response_of`, with the internal standard looked up already (`standard_responses`)."""
        own = _peak(injection, compound, figure_of(self.profile))
        if own is None or self.profile.internal_standard is None:
            return own
        return _ratio(own, self.standards[injection.row])

    def readings(self, kind: EntryKind, compound: str) -> list[Reading]:
        """The readings of a compound in all injections of the positions of a kind."""
        return [
            Reading(entry, injection, self.response(injection, compound))
            for entry in self.worksheet.of_kind(kind)
            for injection in self.by_label.get(entry.label, ())
        ]


@dataclass(frozen=True, slots=True)
class Content:
    """What one prepared position gives for the analyte, before limits are looked at."""

    injection: Injection | None
    predicted: PredictedConcentration | None
    value: Decimal | None
    reasons: tuple[Reason, ...] = ()

    @property
    def was_measured(self) -> bool:
        """Whether the position was injected once and can be calculated with; a peak it need not have."""
        return self.injection is not None and not self.reasons


class AnalyteReadings:
    """One analyte of a batch: `calibration`, and `contents` by the label of the position."""

    def __init__(self, batch: Batch, analyte: str, compound: str) -> None:
        self.batch = batch
        self.analyte = analyte
        self.compound = compound
        self.calibration = self._calibrated()
        entries = [entry for entry in batch.worksheet.entries if entry.kind in PREPARED]
        self.contents = {entry.label: self._content(entry) for entry in entries}

    def amount(self, found: Content, limits: VerifiedLimits, *, identified: bool) -> Amount:
        """What may be said of a content against the verified limits."""
        value = found.value
        uncertainty = None
        if value is not None and value > 0 and limits.expanded_uncertainty_percent is not None:
            with localcontext(CALCULATION):
                uncertainty = value * limits.expanded_uncertainty_percent / 100
        return amount_found(
            value,
            self.batch.worksheet.result_unit,
            limit_of_quantification=limits.limit_of_quantification,
            limit_of_detection=limits.limit_of_detection,
            identified=identified,
            expanded_uncertainty=uncertainty,
        )

    def _calibrated(self) -> AnalyteCalibration:
        reasons: list[Reason] = []
        points = []
        for reading in self.batch.readings(EntryKind.CALIBRATION_STANDARD, self.compound):
            nominal = reading.entry.nominal or Decimal(0)
            reasons += self._nominal_reasons(reading, nominal)
            if reading.response is not None:
                points.append(CalibrationPoint(nominal, reading.response, reading.entry.label))
            elif nominal > 0:
                reasons.append(self._standard_without_peak(reading))
        fit = None
        try:
            fit = fit_line(points, self.batch.plan.weighting)
            reasons += reasons_not_to_accept(fit, self.batch.plan.for_calibration())
        except LimsError as refusal:
            reasons += refusal.reasons
        return AnalyteCalibration(self.analyte, self.compound, fit, tuple(reasons))

    def _standard_without_peak(self, reading: Reading) -> Reason:
        return reason(
            "run.standard_without_peak",
            "Row {row}: {compound} was not found in the standard {label}; correct the integration or remove the"
            " standard.",
            row=reading.injection.row,
            compound=self.compound,
            label=reading.entry.label,
        )

    def _nominal_reasons(self, reading: Reading, nominal: Decimal) -> list[Reason]:
        """The vendor's expected concentration, if the file has one, must be that of the worksheet."""
        trace = reading.injection.quantifier(self.compound)
        cell = trace.value(Figure.NOMINAL_CONCENTRATION) if trace is not None else None
        if trace is None or cell is None or cell.status is not CellStatus.VALUE or cell.number is None:
            return []
        unit = unit_of(trace, self.batch.profile)
        if unit is None:  # asked for before anything is imported
            return []
        written = convert(cell.number, unit, self.batch.worksheet.concentration_unit)
        if written == nominal:
            return []
        return [
            reason(
                "run.nominal_differs",
                "Cell {address}: the file expects {written} {unit} of {compound} in {label}, the worksheet {nominal}"
                " {unit}; correct the one that is wrong, or the unit in the import profile.",
                address=cell.address,
                written=plain(written),
                nominal=plain(nominal),
                unit=self.batch.worksheet.concentration_unit.value,
                compound=self.compound,
                label=reading.entry.label,
            )
        ]

    def _content(self, entry: PlannedEntry) -> Content:
        injections = self.batch.by_label.get(entry.label, ())
        if len(injections) != 1:
            return Content(None, None, None, (_not_once(entry.label, len(injections)),))
        (injection,) = injections
        if why := self._without_internal_standard(injection):
            return Content(injection, None, None, (why,))
        response = self.batch.response(injection, self.compound)
        if response is None or self.calibration.fit is None:
            return Content(injection, None, None)
        predicted = inverse(self.calibration.fit, response)
        return Content(injection, predicted, self._in_sample(entry, predicted.concentration))

    def _without_internal_standard(self, injection: Injection) -> Reason | None:
        profile = self.batch.profile
        if profile.internal_standard is None or self.batch.standards[injection.row] is not None:
            return None
        return reason(
            "run.no_internal_standard",
            "Row {row}: the internal standard {compound} was not found in {name}; nothing can be calculated from it.",
            row=injection.row,
            compound=profile.internal_standard,
            name=injection.name,
        )

    def _in_sample(self, entry: PlannedEntry, concentration: Decimal) -> Decimal:
        return content(factors_of(entry, self.batch.worksheet, concentration), self.batch.worksheet.result_unit)


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


def _not_once(label: str, times: int) -> Reason:
    if times == 0:
        return reason(
            "run.position_missing", "The position {label} of the worksheet was not injected in this file.", label=label
        )
    return reason(
        "run.position_repeated",
        "The position {label} was injected {times} times; it is not clear which injection counts.",
        label=label,
        times=times,
    )
