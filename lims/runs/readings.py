"""The readings of one analyte in a batch, its calibration, and what the prepared positions contain."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from lims.core.errors import LimsError
from lims.core.reasons import Reason, reason
from lims.runs.calibration_choice import StandardUse
from lims.runs.cells import CellStatus
from lims.runs.contents import Content, contents_of
from lims.runs.file_units import unit_of
from lims.runs.kept_curve import read_response
from lims.runs.outcomes import AnalyteCalibration, LeftOut, Needs, VerifiedLimits
from lims.runs.profile import ImportProfile
from lims.runs.quality_plan import QualityPlan
from lims.runs.records import Figure, Injection
from lims.runs.rules import PREPARED, EntryKind, PlannedEntry, WorksheetFacts
from lims.science.amounts import Amount
from lims.science.calibration import CalibrationPoint
from lims.science.calibration_acceptance import reasons_not_to_accept
from lims.science.calibration_fitting import fit_curve
from lims.science.quality_control import check_range
from lims.science.quantification import amount_found
from lims.science.rounding import CALCULATION, plain
from lims.science.units import convert


@dataclass(frozen=True, slots=True)
class Reading:
    """The response of one analyte in one injection. `response` is None when there is no peak to read."""

    entry: PlannedEntry
    injection: Injection
    response: Decimal | None


def standard_responses(
    injections: Iterable[Injection], names: Iterable[str], figure: Figure
) -> dict[str, dict[int, Decimal | None]]:
    """The responses of internal standards, by name and by the row of each injection.

    Many analytes are divided by the same one, so a batch looks it up once.
    """
    every = list(injections)
    return {name: {injection.row: _peak(injection, name, figure) for injection in every} for name in names}


def _ratio(own: Decimal, standard: Decimal | None) -> Decimal | None:
    return None if standard is None else CALCULATION.divide(own, standard)


def _peak(injection: Injection, compound: str, figure: Figure) -> Decimal | None:
    trace = injection.quantifier(compound)
    return None if trace is None else trace.peak(figure)


def figure_of(profile: ImportProfile) -> Figure:
    """The figure that is the response."""
    return Figure(profile.response.value)


@dataclass(frozen=True, slots=True)
class Batch:
    """What all analytes of a batch share.

    `standards` are the responses of the internal standards that any analyte is divided by (`standard_responses`).
    `left_out` are the calibration levels that somebody excluded: why, by analyte and label.
    """

    worksheet: WorksheetFacts
    plan: QualityPlan
    profile: ImportProfile
    by_label: Mapping[str, Sequence[Injection]]
    needs: Needs
    standards: Mapping[str, Mapping[int, Decimal | None]]
    left_out: LeftOut = field(default_factory=dict)


class AnalyteReadings:
    """One analyte of a batch: `calibration`, and `contents` by the label of the position.

    `uncorrected` are the contents without the correction for recovery that the formula of the method may ask for.
    `standard` is the internal standard that its responses are divided by, as the file writes it; None: external.
    """

    def __init__(self, batch: Batch, analyte: str, compound: str, standard: str | None) -> None:
        self.batch = batch
        self.analyte = analyte
        self.compound = compound
        self.standard = standard
        self.figure = figure_of(batch.profile)
        self.choice = batch.plan.curve_of(analyte)
        self.left_out = batch.left_out.get(analyte, {})
        self.calibration = self._calibrated()
        entries = [entry for entry in batch.worksheet.entries if entry.kind in PREPARED]
        read = {entry.label: self._read(entry) for entry in entries}
        found = contents_of(batch.worksheet, batch.plan.content_formula, compound, read)
        self.contents, self.uncorrected = found.reported, found.uncorrected

    def response(self, injection: Injection) -> Decimal | None:
        """The response of the analyte: its figure of the profile, over that of the internal standard if it has one.

        None when the compound was not found, or the internal standard was not.
        """
        own = _peak(injection, self.compound, self.figure)
        if own is None or self.standard is None:
            return own
        return _ratio(own, self.batch.standards[self.standard].get(injection.row))

    def of_kind(self, kind: EntryKind) -> list[Reading]:
        """The readings of the analyte in all injections of the positions of a kind."""
        return [
            Reading(entry, injection, self.response(injection))
            for entry in self.batch.worksheet.of_kind(kind)
            for injection in self.batch.by_label.get(entry.label, ())
        ]

    def amount(self, found: Content, limits: VerifiedLimits, *, identified: bool) -> Amount:
        """What may be said of a content against the verified limits."""
        value = found.value
        uncertainty = None
        if value is not None and value > 0 and limits.expanded_uncertainty_percent is not None:
            part = CALCULATION.multiply(value, limits.expanded_uncertainty_percent)
            uncertainty = CALCULATION.divide(part, 100)
        return amount_found(
            value,
            self.batch.worksheet.result_unit,
            limit_of_quantification=limits.limit_of_quantification,
            limit_of_detection=limits.limit_of_detection,
            identified=identified,
            expanded_uncertainty=uncertainty,
        )

    def _calibrated(self) -> AnalyteCalibration:
        reasons: list[Reason] = list(self._standard_unknown())
        points = []
        for reading in self.of_kind(EntryKind.CALIBRATION_STANDARD):
            nominal, label = reading.entry.nominal or Decimal(0), reading.entry.label
            is_used = label not in self.left_out
            if is_used:
                reasons += self._nominal_reasons(reading, nominal)
            if reading.response is not None:
                why = self.left_out.get(label, "")
                points.append(CalibrationPoint(nominal, reading.response, label, is_used, why))
            elif nominal > 0 and is_used:
                reasons.append(self._standard_without_peak(reading))
        curve = None
        try:
            curve = fit_curve(points, self.choice.model, self.choice.weighting, self.choice.origin)
            reasons += reasons_not_to_accept(curve, self.batch.plan.for_calibration())
        except LimsError as refusal:
            reasons += refusal.reasons
        return AnalyteCalibration(
            self.analyte, self.compound, curve, tuple(reasons), self.choice, self.standard, self.batch.plan.is_matched
        )

    def _standard_unknown(self) -> list[Reason]:
        if self.choice.standard_use is not StandardUse.NAMED or self.standard is not None:
            return []
        return [
            reason(
                "run.standard_not_in_file",
                "The file has no compound {standard}, which the rules of the method name as internal standard of"
                " {compound}.",
                standard=self.choice.internal_standard,
                compound=self.compound,
            )
        ]

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

    def _read(self, entry: PlannedEntry) -> Content:
        """What the curve says of a position; its content is calculated when all are read."""
        injections = self.batch.by_label.get(entry.label, ())
        if len(injections) != 1:
            return Content(None, None, None, (_not_once(entry.label, len(injections)),))
        (injection,) = injections
        if why := self._without_internal_standard(injection):
            return Content(injection, None, None, (why,))
        response, curve = self.response(injection), self.calibration.fit
        if response is None or curve is None:
            return Content(injection, None, None, response=response)
        predicted = read_response(curve, response)
        if predicted.concentration is not None:
            return Content(injection, predicted, None, response=response)
        unit = self.batch.worksheet
        over = check_range(predicted, curve, unit.concentration_unit, self.batch.plan.for_checks(unit.result_unit))
        return Content(injection, predicted, None, () if over.reason is None else (over.reason,), response)

    def _without_internal_standard(self, injection: Injection) -> Reason | None:
        if self.standard is None or self.batch.standards[self.standard].get(injection.row) is not None:
            return None
        return reason(
            "run.no_internal_standard",
            "Row {row}: the internal standard {compound} was not found in {name}; nothing can be calculated from it.",
            row=injection.row,
            compound=self.standard,
            name=injection.name,
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
