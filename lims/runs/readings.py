"""The readings of one analyte in a batch, its calibration, and what the prepared positions contain."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from functools import cached_property

from lims.core.errors import LimsError
from lims.core.reasons import Reason, reason
from lims.runs.calibration_choice import StandardAmount, StandardUse
from lims.runs.cells import CellStatus
from lims.runs.contents import Content, contents_of
from lims.runs.file_units import unit_of
from lims.runs.kept_curve import read_response
from lims.runs.outcomes import AnalyteCalibration, BracketedInjection, Brackets, LeftOut, Needs, VerifiedLimits
from lims.runs.profile import ImportProfile
from lims.runs.quality_plan import QualityPlan
from lims.runs.records import Figure, Injection
from lims.runs.rules import PREPARED, EntryKind, PlannedEntry, WorksheetFacts
from lims.science.amounts import Amount
from lims.science.bracketing import Bracketed, BracketStandard, BracketTerms, bracketed
from lims.science.calibration import CalibrationPoint
from lims.science.calibration_acceptance import reasons_not_to_accept
from lims.science.calibration_curve import CalibrationModel, Curve, Prediction, ReadingStatus
from lims.science.calibration_fitting import fit_curve
from lims.science.internal_standard import response_ratio
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
    """The responses of internal standards, by name and by the place of each injection in the file (`order`).

    Many analytes are divided by the same one, so a batch looks it up once. A row may hold several injections.
    """
    every = list(injections)
    return {name: {injection.order: _peak(injection, name, figure) for injection in every} for name in names}


def _peak(injection: Injection, compound: str, figure: Figure) -> Decimal | None:
    trace = injection.quantifier(compound)
    return None if trace is None else trace.peak(figure)


def figure_of(profile: ImportProfile) -> Figure:
    """The figure that is the response."""
    return Figure(profile.response.value)


@dataclass(frozen=True)
class Batch:
    """What all analytes of a batch share.

    `standards` are the responses of the internal standards that any analyte is divided by (`standard_responses`).
    `left_out` are the calibration levels that somebody excluded: why, by analyte and label. `places` are those of the
    injections in the sequence, from 1, by their order in the file.
    """

    worksheet: WorksheetFacts
    plan: QualityPlan
    profile: ImportProfile
    by_label: Mapping[str, Sequence[Injection]]
    needs: Needs
    standards: Mapping[str, Mapping[int, Decimal | None]]
    left_out: LeftOut = field(default_factory=dict)
    places: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def label_of(self) -> Mapping[int, str]:
        """The position of each injection, by its order in the file."""
        return {one.order: label for label, several in self.by_label.items() for one in several}

    @cached_property
    def standards_of_entries(self) -> Mapping[str, Decimal | None]:
        """The concentration of the internal standard that the worksheet gives for each position."""
        return {entry.label: entry.standard_concentration for entry in self.worksheet.entries}


@dataclass(frozen=True, slots=True)
class Read:
    """What an injection gives for the analyte: nothing (no peak), a concentration, or reasons why it gives none."""

    response: Decimal | None = None
    predicted: Prediction | None = None
    bracket: Bracketed | None = None
    reasons: tuple[Reason, ...] = ()


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
        #: Whether the concentration of the internal standard counts: y = A·c_IS/A_IS.
        self.has_amounts = standard is not None and batch.plan.standard_amount is not StandardAmount.SAME
        self.left_out = batch.left_out.get(analyte, {})
        self._brackets: list[BracketStandard] = []
        self.calibration = self._calibrated()
        entries = [entry for entry in batch.worksheet.entries if entry.kind in PREPARED]
        read = {entry.label: self._read(entry) for entry in entries}
        found = contents_of(batch.worksheet, batch.plan.content_formula, compound, read)
        self.contents, self.uncorrected = found.reported, found.uncorrected
        if self.is_bracketed and batch.plan.bracketing is not None:
            self.calibration = replace(self.calibration, brackets=self._bracketed(batch.plan.bracketing))

    @property
    def is_bracketed(self) -> bool:
        """Whether the analyte is read from brackets instead of one curve."""
        return self.choice.model is CalibrationModel.BRACKETING

    def response(self, injection: Injection) -> Decimal | None:
        """The response of the analyte: its figure of the profile, over that of the internal standard if it has one.

        None when the compound was not found, or the internal standard was not, or lacks a concentration that the
        method asks for.
        """
        own = _peak(injection, self.compound, self.figure)
        if own is None or self.standard is None:
            return own
        standard = self.batch.standards[self.standard].get(injection.order)
        if standard is None:
            return None
        if not self.has_amounts:
            return CALCULATION.divide(own, standard)
        amount = self.standard_concentration(injection)
        return None if amount is None else response_ratio(own, standard, amount)

    def standard_concentration(self, injection: Injection) -> Decimal | None:
        """That of the internal standard in an injection, as the method says where it is told; None: it is not.

        In a file it stands with the analyte, or is the nominal concentration of the internal standard.
        """
        if self.standard is None or self.batch.plan.standard_amount is StandardAmount.SAME:
            return None
        if self.batch.plan.standard_amount is StandardAmount.WORKSHEET:
            return self.batch.standards_of_entries.get(self.batch.label_of.get(injection.order, ""))
        places = (
            (self.compound, Figure.INTERNAL_STANDARD_CONCENTRATION),
            (self.standard, Figure.NOMINAL_CONCENTRATION),
        )
        for compound, figure in places:
            trace = injection.quantifier(compound)
            cell = None if trace is None else trace.value(figure)
            if cell is not None and cell.status is CellStatus.VALUE and cell.number is not None and cell.number > 0:
                return cell.number
        return None

    def read(self, injection: Injection) -> Read:
        """What the calibration says of an injection: from the curve, or from the bracket around it."""
        response, curve = self.response(injection), self.calibration.fit
        if response is None or curve is None:
            return Read(response)
        terms = self.batch.plan.bracketing
        if not self.is_bracketed or terms is None:
            return Read(response, read_response(curve, response))
        place = Decimal(self.batch.places[injection.order])
        try:
            found = bracketed(response, place, self._brackets, terms.limit, terms.rule)
        except LimsError as refusal:
            return Read(response, reasons=refusal.reasons)
        return Read(response, Prediction(found.concentration, _status(found.concentration, curve)), found)

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
            reporting=self.batch.plan.reporting,
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
                reasons.append(self._without_amount(reading.injection) or self._standard_without_peak(reading))
            if reading.response is not None and nominal > 0:
                place = Decimal(self.batch.places.get(reading.injection.order, 0))
                self._brackets.append(BracketStandard(points[-1], place))
        curve = None
        try:
            curve = self._fitted(points)
            if not self.is_bracketed:
                reasons += reasons_not_to_accept(curve, self.batch.plan.for_calibration())
        except LimsError as refusal:
            reasons += refusal.reasons
        return AnalyteCalibration(
            self.analyte,
            self.compound,
            curve,
            tuple(reasons),
            self.choice,
            self.standard,
            self.batch.plan.is_matched,
            standard_concentrations=self._amounts(),
        )

    def _fitted(self, points: Sequence[CalibrationPoint]) -> Curve:
        """The curve; that of brackets reaches as far beyond the standards as the method lets it."""
        curve = fit_curve(points, self.choice.model, self.choice.weighting, self.choice.origin)
        terms = self.batch.plan.bracketing
        if not self.is_bracketed or terms is None:
            return curve
        with localcontext(CALCULATION):
            reach = terms.reach_percent / 100
            return replace(curve, lowest=curve.lowest * (1 - reach), highest=curve.highest * (1 + reach))

    def _amounts(self) -> dict[str, Decimal]:
        if not self.has_amounts:
            return {}
        every = [one for several in self.batch.by_label.values() for one in several]
        told = ((one.key, self.standard_concentration(one)) for one in every)
        return {key: amount for key, amount in told if amount is not None}

    def _bracketed(self, terms: BracketTerms) -> Brackets:
        """What was read from brackets, in the order of the sequence: everything but the standards themselves."""
        measured = [
            (self.batch.places[one.order], label, one)
            for label, several in self.batch.by_label.items()
            for one in several
            if label not in {standard.point.label for standard in self._brackets}
        ]
        read = ((place, label, one, self.read(one).bracket) for place, label, one in sorted(measured, key=_by_place))
        return Brackets(
            terms,
            tuple(self._brackets),
            tuple(
                BracketedInjection(one.key, label, place, bracket)
                for place, label, one, bracket in read
                if bracket is not None
            ),
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
        read, curve = self.read(injection), self.calibration.fit
        response, predicted = read.response, read.predicted
        if predicted is None or curve is None:
            return Content(injection, None, None, read.reasons, response)
        if predicted.concentration is not None:
            return Content(injection, predicted, None, response=response, bracket=read.bracket)
        unit = self.batch.worksheet
        over = check_range(predicted, curve, unit.concentration_unit, self.batch.plan.for_checks(unit.result_unit))
        return Content(injection, predicted, None, () if over.reason is None else (over.reason,), response)

    def _without_internal_standard(self, injection: Injection) -> Reason | None:
        if self.standard is None:
            return None
        if self.batch.standards[self.standard].get(injection.order) is not None:
            return self._without_amount(injection)
        return reason(
            "run.no_internal_standard",
            "Row {row}: the internal standard {compound} was not found in {name}; nothing can be calculated from it.",
            row=injection.row,
            compound=self.standard,
            name=injection.name,
        )

    def _without_amount(self, injection: Injection) -> Reason | None:
        """The method counts with the concentration of the internal standard, and nobody tells it."""
        if not self.has_amounts or self.standard_concentration(injection) is not None:
            return None
        return reason(
            "run.no_standard_concentration",
            "Row {row}: neither the analyte nor the internal standard {compound} has a concentration of the internal"
            " standard in {name}, by which the method calculates.",
            row=injection.row,
            compound=self.standard,
            name=injection.name,
        )


def _by_place(one: tuple[int, str, Injection]) -> int:
    return one[0]


def _status(concentration: Decimal, curve: Curve) -> ReadingStatus:
    if concentration > curve.highest:
        return ReadingStatus.ABOVE_RANGE
    return ReadingStatus.BELOW_RANGE if concentration < curve.lowest else ReadingStatus.IN_RANGE


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
