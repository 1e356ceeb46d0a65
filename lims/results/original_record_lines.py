"""Lines of an original record for one analyte: calibration, quality control, results with their formula filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from lims.core.language import Language
from lims.core.reasons import Translate, mark
from lims.core.words import word, word_in
from lims.documents.calibration_drawing import CalibrationDrawing
from lims.documents.original_record import AnalytePart, BracketLine, CheckLine, Facts, LevelLine, ResultLine
from lims.library.rules import Library
from lims.results.rules import ResultStatus
from lims.results.tables import Result
from lims.runs.curves import Curve, curve_of, matrix_words
from lims.runs.kept_brackets import KeptBrackets, kept_bracket
from lims.runs.kept_content import kept_content
from lims.runs.preview_views import response_words
from lims.runs.profile import Response as ResponseFigure
from lims.runs.run_lists import value_text
from lims.runs.tables import (
    BatchCheck,
    Calibration,
    LevelDecision,
    Measurement,
    QcDecision,
    Run,
    Worksheet,
    WorksheetEntry,
)
from lims.runs.views import said
from lims.science.amounts import Quantified, amount_from_dict
from lims.science.quality_control import QcVerdict
from lims.science.quantification import content
from lims.science.rounding import plain, round_to_places
from lims.science.units import UnitCode
from lims.web.amounts import amount_text
from lims.web.formats import second, short

#: Enough figures to multiply again by hand and come to the rounded result.
_FIGURES = 6


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reading stands in the file, and what the file says of the peak."""

    compound: str
    row: int
    column: str
    acquired_at: datetime | None
    manually_integrated: bool | None

    @property
    def cell(self) -> str:
        """`F12`, as a spreadsheet calls it."""
        return f"{self.column}{self.row}"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the record: names of substances, sentences, and names of people."""

    library: Library
    language: Language
    say: Translate
    names: Mapping[UUID, str]

    def name_of(self, code: str) -> str:
        """A substance in the reader's language."""
        return self.library.substance_name(code, self.language)

    def did(self, who: UUID, at: datetime) -> str:
        """A person and an instant."""
        return f"{self.names.get(who, who)} {second(at)}"


@dataclass(frozen=True, slots=True)
class AnalyteRecords:
    """What is stored for one analyte of a run; `places` by position, `results` by measurement.

    `levels` are the decisions on standards to be left out, the oldest first.
    """

    run: Run
    worksheet: Worksheet
    calibration: Calibration
    checks: Sequence[BatchCheck]
    measurements: Sequence[Measurement]
    entries: Mapping[UUID, WorksheetEntry]
    places: Mapping[UUID, Place]
    results: Mapping[UUID, Result]
    decisions: Mapping[UUID, Sequence[QcDecision]]
    levels: Sequence[LevelDecision] = ()

    def label(self, entry_id: UUID | None) -> str:
        """The name of a position; empty for none."""
        return self.entries[entry_id].label if entry_id is not None else ""

    def cell(self, entry_id: UUID | None) -> str:
        """The cell of the file that the response of a position stands in; empty where there is none."""
        place = self.places.get(entry_id) if entry_id is not None else None
        return place.cell if place is not None else ""


def analyte_part(records: AnalyteRecords, reader: Reader) -> AnalytePart:
    """Everything of one analyte, ready to be printed."""
    curve = curve_of(records.calibration.model_dump(), reader.say)
    compounds = {place.compound for place in records.places.values()}
    return AnalytePart(
        name=reader.name_of(curve.analyte),
        compound=", ".join(sorted(compounds)),
        facts=calibration_facts(curve, records.worksheet, reader.say),
        reasons=(*curve.reasons, *_levels_decided(records, reader)),
        drawing=drawing_of(records.run, records.measurements, curve, reader.say),
        levels=_levels(records, curve),
        brackets=_brackets(records, curve),
        checks=tuple(_check(records, check, reader) for check in records.checks),
        results=tuple(_result(records, one, reader) for one in records.measurements),
    )


def nominal_text(entry: WorksheetEntry, worksheet: Worksheet) -> str:
    """What was put into a position: the concentration of a standard, or the content added to a spike."""
    if entry.spiked_content is not None:
        return f"+{plain(entry.spiked_content)} {worksheet.result_unit}"
    if entry.nominal_concentration is not None:
        return f"{plain(entry.nominal_concentration)} {worksheet.concentration_unit}"
    return ""


# ── calibration ──────────────────────────────────────────────────────────────────────────────────────


def calibration_facts(curve: Curve, worksheet: Worksheet, say: Translate) -> Facts:
    """What is told of a calibration: keys of the record's words with what is said of them."""
    plan = worksheet.quality_plan
    accepted = mark("accepted") if curve.is_accepted else mark("not accepted")
    least_r, deviation = plan.get("least_r"), plan.get("level_deviation_percent")
    demands = [f"n ≥ {plan.get('fewest_levels')}"]
    demands += [f"r ≥ {least_r}"] if least_r is not None else []
    demands += [f"±{deviation} %"] if deviation is not None else []
    has_range = curve.lowest is not None and curve.highest is not None
    made_in = matrix_words(curve, worksheet.matrix_group, say)
    if curve.brackets is not None:
        return _bracketing_facts(curve, curve.brackets, made_in, say(accepted), say)
    return (
        ("model", f"{say(word(curve.model))}, {say(word(curve.origin))}"),
        ("equation", None if curve.kept is None else curve.kept.equation(_FIGURES)),
        ("coefficients", None if curve.kept is None else curve.kept.told(_FIGURES)),
        ("r", _figure(curve.r)),
        ("weighting", say(word(curve.weighting_word))),
        ("rse", None if curve.error_percent is None else f"{plain(round_to_places(curve.error_percent, 2))} %"),
        ("range", f"{plain(curve.lowest)} – {plain(curve.highest)} {curve.unit}" if has_range else None),  # type: ignore[arg-type]  # both are there
        *((("standards_in", made_in),) if made_in else ()),
        ("demands", f"{'; '.join(demands)} ({say(str(plan.get('source') or '—'))})"),
        ("accepted", say(accepted)),
    )


def _levels_decided(records: AnalyteRecords, reader: Reader) -> list[str]:
    """Every standard that somebody left out or took back, with who, when and why."""
    sentences = {
        True: mark("{label} was left out of the calibration: {reason} ({person})"),
        False: mark("{label} was taken back into the calibration: {reason} ({person})"),
    }
    return [
        reader.say(sentences[one.is_left_out]).format(
            label=records.label(one.entry_id), reason=one.reason, person=reader.did(one.decided_by, one.decided_at)
        )
        for one in records.levels
    ]


def _bracketing_facts(
    curve: Curve, brackets: KeptBrackets, made_in: str | None, accepted: str, say: Translate
) -> Facts:
    terms = brackets.terms
    allowed = f"±{plain(terms.max_drift_percent)} %"
    return (
        ("model", say(word(curve.model))),
        ("equation", "c = y / RF"),
        ("bracket_factor", say(word(terms.rule))),
        ("coefficients", None if curve.kept is None else curve.kept.told(_FIGURES)),
        ("range", None if curve.lowest is None else f"{plain(curve.lowest)} – {plain(curve.highest)} {curve.unit}"),  # type: ignore[arg-type]  # both are there
        *((("standards_in", made_in),) if made_in else ()),
        ("demands", f"{say(word_in('QcCheck', 'bracket_drift'))} {allowed} ({terms.source})"),
        ("accepted", accepted),
    )


def _brackets(records: AnalyteRecords, curve: Curve) -> tuple[BracketLine, ...]:
    """The bracketing standards along the sequence; none for an analyte with a curve."""
    cells = {records.label(entry_id): place.cell for entry_id, place in records.places.items()}
    return tuple(
        BracketLine(
            place=plain(one.position),
            label=one.point.label,
            nominal=plain(one.point.concentration),
            response=short(one.point.response, _FIGURES),
            factor=short(one.factor, _FIGURES),
            is_used=one.point.is_used,
            cell=cells.get(one.point.label, ""),
        )
        for one in (curve.brackets.standards if curve.brackets else ())
    )


def _figure(value: Decimal | None) -> str | None:
    return None if value is None else short(value, _FIGURES)


def drawing_of(run: Run, measured: Sequence[Measurement], curve: Curve, say: Translate) -> CalibrationDrawing | None:
    """The plot of a calibration with these measurements; None without any standard."""
    if not curve.levels:
        return None
    figure = ResponseFigure(run.profile["response"])
    samples = [(one.factors.get("concentration"), one.factors.get("response")) for one in measured]
    return CalibrationDrawing(
        x_title=f"{say(mark('Concentration'))} ({curve.unit})",
        y_title=response_words(figure, curve.standard_of(run.profile), say),
        standards=tuple((float(one.concentration), float(one.response), one.is_used) for one in curve.levels),
        samples=tuple((float(x), float(y)) for x, y in samples if x is not None and y is not None),
        curve=tuple((one.x, one.y) for one in curve.points() if one.y is not None),
    )


def _levels(records: AnalyteRecords, curve: Curve) -> tuple[LevelLine, ...]:
    cells = {records.label(entry_id): place.cell for entry_id, place in records.places.items()}
    return tuple(
        LevelLine(
            label=level.label,
            nominal=plain(level.concentration),
            response=short(level.response, _FIGURES),
            found="—" if level.found is None else short(level.found, _FIGURES),
            deviation=level.deviation,
            is_used=level.is_used,
            cell=cells.get(level.label, ""),
        )
        for level in curve.levels
    )


# ── quality control ──────────────────────────────────────────────────────────────────────────────────


def _check(records: AnalyteRecords, check: BatchCheck, reader: Reader) -> CheckLine:
    say = reader.say
    why = [said(check.reason, say)["text"]] if check.reason else []
    decided = [
        say(mark("Decided: {decision}; {reason} ({person})")).format(
            decision=say(word(one.decision)), reason=one.reason, person=reader.did(one.decided_by, one.decided_at)
        )
        for one in records.decisions.get(check.id, ())
    ]
    return CheckLine(
        kind=say(word(check.kind)),
        position=records.label(check.entry_id),
        value=value_text(check),
        limit=check.limit_text,
        verdict=say(word(check.verdict)),
        is_bad=check.verdict is not QcVerdict.PASS,
        source=say(check.source),
        cell=records.cell(check.entry_id),
        remarks=(*why, *decided),
    )


# ── results ──────────────────────────────────────────────────────────────────────────────────────────


def _result(records: AnalyteRecords, measured: Measurement, reader: Reader) -> ResultLine:
    say, result = reader.say, records.results.get(measured.id)
    response = measured.factors.get("response")
    is_checked = result is not None and result.verified_by is not None and result.verified_at is not None
    return ResultLine(
        label=records.label(measured.entry_id),
        response="" if response is None else short(Decimal(response), _FIGURES),
        content=formula_text(measured.factors, measured.content, measured.unit),
        result=amount_text(amount_from_dict(measured.amount), say) if measured.amount else "",
        loq=plain(measured.limit_of_quantification),
        cell=records.cell(measured.entry_id),
        analyst=None if result is None else reader.did(result.entered_by, result.entered_at),
        checker=reader.did(result.verified_by, result.verified_at) if is_checked else None,  # type: ignore[union-attr, arg-type]  # is_checked
        remarks=tuple(_remarks(records, measured, result, say)),
    )


def formula_text(factors: Mapping[str, Any], found: Decimal | None, unit: str) -> str:
    """w = c · V · f / m with its numbers: `0.1234 μg/mL × 10 mL × 1 / 5.00 g = 0.2468 mg/kg`; empty without a peak.

    Where the units alone do not lead to `unit`, the factor between them stands as a further number. A formula of the
    method stands before its numbers, which carry their units: `w = (c − c0) × V / m = (…) = 0.2468 mg/kg`.
    """
    calculation = kept_content(factors)
    if found is None or calculation is None:
        return ""
    result = f" = {short(found, _FIGURES)} {unit}"
    if not calculation.formula.is_usual:
        return f"{calculation.formula.printed} = {calculation.filled(_FIGURES)}{result}"
    one = Decimal(1)
    between = content(
        replace(calculation.factors, concentration=one, final_volume=one, test_portion=one, dilution=one),
        UnitCode(unit),
    )
    conversion = "" if between == 1 else f" × {plain(between.normalize())}"
    return (
        f"{short(Decimal(factors['concentration']), _FIGURES)} {factors['concentration_unit']}"
        f" × {factors['final_volume']} {factors['final_volume_unit']} × {factors['dilution']}"
        f" / {factors['test_portion']} {factors['test_portion_unit']}{conversion}{result}"
    )


def _remarks(records: AnalyteRecords, measured: Measurement, result: Result | None, say: Translate) -> list[str]:
    """What must be known of a result: why there is none, reservations, integration by hand, corrections."""
    told = [why["text"] for why in said(list(measured.reasons), say)]
    told += [_reservation(kept, say) for kept in measured.reservations or ()]
    if (bracket := kept_bracket(measured.factors.get("bracket"))) is not None:
        told.append(
            say(mark("Read from the bracket {standards}: RF = {factor}, drift {drift} %.")).format(
                standards=bracket.standards, factor=short(bracket.response_factor, _FIGURES), drift=bracket.drift
            )
        )
    if (amount := measured.factors.get("standard_concentration")) is not None:
        told.append(
            say(mark("Concentration of the internal standard in the solution: {amount} {unit}.")).format(
                amount=amount, unit=measured.factors["concentration_unit"]
            )
        )
    amount_kept = amount_from_dict(measured.amount) if measured.amount else None
    if isinstance(amount_kept, Quantified) and amount_kept.reporting is not None:
        told.append(say(mark("Rounded as {source} asks for.")).format(source=amount_kept.reporting.source))
    place = records.places.get(measured.entry_id)
    if place is not None and place.manually_integrated:
        told.append(say(mark("The peak was integrated by hand.")))
    if result is not None and result.status is ResultStatus.SUPERSEDED:
        told.append(
            say(mark("The recorded result was corrected since; its versions stand in the trail of the result."))
        )
    return list(dict.fromkeys(told))


def _reservation(kept: Mapping[str, Any], say: Translate) -> str:
    """What a result was accepted in spite of, as `lims.runs.deciding` keeps it; the reason stands with the check."""
    return say(mark("Accepted with a reservation: {check}; {why} ({person})")).format(
        check=say(word_in("QcCheck", kept["kind"])),
        why=said(kept["why"], say)["text"] if kept["why"] else kept["limit"],
        person=f"{kept['decided_by']} {second(datetime.fromisoformat(kept['decided_at']))}",
    )
