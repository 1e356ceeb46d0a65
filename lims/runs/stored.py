"""Values of a run as they are stored: plain rows and JSON, nothing of it recalculated."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from lims.core.reasons import Reason
from lims.runs.accounting import Accounting
from lims.runs.cells import column_letters
from lims.runs.contents import factors_of
from lims.runs.file_units import unit_of
from lims.runs.identification import number_of
from lims.runs.kept_brackets import bracket_as_dict, brackets_as_dict
from lims.runs.outcomes import AnalyteCalibration, EntryCheck, Measurement
from lims.runs.profile import ImportProfile
from lims.runs.readings import figure_of
from lims.runs.records import Batch, Figure, Injection, Trace, VendorCurve
from lims.runs.row_figures import written
from lims.runs.rules import PlannedEntry, WorksheetFacts
from lims.science.amounts import amount_to_dict
from lims.science.calibration_curve import Curve
from lims.science.calibration_fitting import curve_as_dict
from lims.science.content_formula import ContentFormula, quantities_as_dict
from lims.science.rounding import decimal_from_float, plain
from lims.science.units import UnitCode

#: The formula of `lims.science.quantification.content`, and its version. A formula of a method has version 2: its text,
#: with the quantities beyond those of the position.
FORMULA = {"formula": "w = c · V · f / m", "formula_version": "1"}
OWN_FORMULA_VERSION = "2"
_VENDORS = Figure.FINAL_CONCENTRATION


def reason_as_dict(why: Reason) -> dict[str, Any]:
    """A reason for JSON: its sentence and values stay apart, so that it can be shown in another language later."""
    return {
        "code": why.code,
        "text": why.text,
        "sentence": why.sentence,
        "values": {name: str(value) for name, value in why.values.items()},
        "where": why.where.as_dict(),
    }


def accounting_as_dict(accounting: Accounting, batch: Batch, notices: Sequence[Reason] = ()) -> dict[str, Any]:
    """The whole accounting of a file for JSON, with what a person should know of it (`notices`)."""
    return {
        "sum": accounting.sum_text,
        "total": accounting.total,
        "counts": {disposition.value: count for disposition, count in accounting.counts.items()},
        "reader": batch.reader,
        "reader_version": batch.reader_version,
        "sheets": [list(sheet) for sheet in batch.sheets],
        "encoding": batch.encoding,
        "first_beyond_ascii": list(batch.first_beyond_ascii),
        "ambiguous_dates": list(batch.ambiguous_dates),
        "unread_columns": list(batch.unread_columns),
        "notices": [reason_as_dict(why) for why in notices],
        "rows": [
            {
                "row": row.row,
                "disposition": row.disposition.value,
                "injection": row.injection,
                "position": row.position,
                "reasons": [reason_as_dict(why) for why in row.reasons],
            }
            for row in accounting.rows
        ],
        "columns": [
            {
                "compound": column.compound,
                "column": column.address,
                "mapping": column.mapping.value,
                "analyte": column.analyte,
                "qualifiers": list(column.qualifiers),
            }
            for column in accounting.columns
        ],
    }


def signal_rows(
    accepted: Sequence[tuple[Injection, UUID]],
    analytes: dict[str, str],
    internal_standards: set[str],
    profile: ImportProfile,
    common: dict[str, Any],
) -> Iterator[dict[str, Any]]:
    """One row for each known compound and internal standard of each accepted injection.

    `analytes` maps compound names to codes; `common` is what all rows share (laboratory, run).
    """
    figure = figure_of(profile)
    for injection, entry_id in accepted:
        for trace in injection.traces:
            known = trace.compound in analytes or trace.compound in internal_standards
            if trace.label or not known:
                continue
            yield {
                **common,
                "entry_id": entry_id,
                "analyte": analytes.get(trace.compound, trace.compound),
                "is_internal_standard": trace.compound in internal_standards,
                "compound": trace.compound,
                "row": _row(injection, trace) if (cell := trace.value(figure)) is None else cell.row,
                "column": "" if cell is None else column_letters(cell.column),
                "injection_key": injection.key,
                "injection_name": injection.name,
                "acquired_at": injection.acquired_at,
                "response": trace.peak(figure),
                "retention_time": number_of(trace, Figure.RETENTION_TIME),
                "manually_integrated": trace.manually_integrated,
                "vendor_concentration": None if (vendor := trace.value(_VENDORS)) is None else vendor.number,
                "vendor_unit": None if vendor is None or (unit := unit_of(trace, profile)) is None else unit.value,
                "raw": _raw(injection, trace),
            }


def _row(injection: Injection, trace: Trace) -> int:
    """Where the response has no cell: in a long table every compound has a row of its own."""
    cell = next(iter(trace.figures.values()), None)
    return injection.row if cell is None else cell.row


def _raw(injection: Injection, trace: Trace) -> dict[str, Any]:
    """Every written cell of the compound by its address, the qualifiers' too."""
    return {
        f"{column_letters(column)}{row}": (f"{one.label} {figure}" if one.label else figure, raw)
        for one in (trace, *injection.qualifiers(trace.compound))
        for figure, raw, row, column in written(one.figures)
        if raw
    }


def calibration_row(
    calibration: AnalyteCalibration, worksheet: WorksheetFacts, vendor: VendorCurve | None = None
) -> dict[str, Any]:
    """A calibration as its record, without laboratory and run. `vendor` is what the file says of its own curve."""
    curve = calibration.fit
    return {
        "analyte": calibration.analyte,
        "weighting": (calibration.choice.weighting if curve is None else curve.weighting).value,
        # Columns of older records: every coefficient of this one stands in `fitted`.
        "slope": None,
        "intercept": None,
        "r": None if curve is None else decimal_from_float(curve.r),
        "relative_standard_error_percent": _error_of(curve),
        "lowest": None if curve is None else curve.lowest,
        "highest": None if curve is None else curve.highest,
        "unit": worksheet.concentration_unit.value,
        "levels": [] if curve is None else _levels(curve),
        "is_accepted": calibration.is_accepted,
        "reasons": [reason_as_dict(why) for why in calibration.reasons],
        "fitted": {
            "model": calibration.choice.model.value,
            "origin": (calibration.choice.origin if curve is None else curve.origin).value,
            "internal_standard": calibration.internal_standard,
            "is_matrix_matched": calibration.is_matrix_matched,
            "curve": None if curve is None else curve_as_dict(curve),
            "vendor": None if vendor is None else _vendor(vendor),
            **({} if calibration.brackets is None else {"brackets": brackets_as_dict(calibration.brackets)}),
            **_amounts(calibration.standard_concentrations),
        },
    }


def _amounts(concentrations: Mapping[str, Decimal]) -> dict[str, Any]:
    """The concentrations of the internal standard by the key of the injection, where they differ."""
    if not concentrations:
        return {}
    return {"standard_concentrations": {key: plain(one) for key, one in concentrations.items()}}


def _vendor(curve: VendorCurve) -> dict[str, Any]:
    """The curve of the vendor's software, in its own words."""
    return {
        "model": curve.model,
        "weighting": curve.weighting,
        "origin": curve.origin,
        "coefficients": [list(pair) for pair in curve.coefficients],
        "r": curve.r,
        "equation": curve.equation,
    }


def _error_of(curve: Curve | None) -> Decimal | None:
    if curve is None or curve.relative_standard_error_percent is None:
        return None
    return decimal_from_float(curve.relative_standard_error_percent)


def _levels(curve: Curve) -> list[dict[str, Any]]:
    return [
        {
            "label": fitted.point.label,
            "concentration": plain(fitted.point.concentration),
            "response": plain(fitted.point.response),
            "found": None if fitted.found is None else plain(fitted.found),
            "residual": plain(fitted.residual),
            "deviation_percent": None if fitted.deviation_percent is None else plain(fitted.deviation_percent),
            "is_used": fitted.is_used,
            "why_not": fitted.point.why_not,
        }
        for fitted in curve.points
    ]


def check_row(check: EntryCheck, entry_ids: dict[str, UUID]) -> dict[str, Any]:
    """A check as its record, without laboratory and run."""
    outcome = check.outcome
    return {
        "analyte": check.analyte,
        "entry_id": entry_ids.get(check.label or ""),
        "kind": outcome.check,
        "verdict": outcome.verdict,
        "value": outcome.value,
        "limit_text": outcome.limit,
        "source": outcome.source,
        "reason": None if outcome.reason is None else reason_as_dict(outcome.reason),
        "limit_used": outcome.used,
        "source_status": outcome.status,
    }


def measurement_row(measurement: Measurement, planned: Mapping[str, Any], unit: UnitCode) -> dict[str, Any]:
    """A measurement as its record, without laboratory, run, entry, sample, signal and calibration.

    `planned` are the factors of its position (`planned_factors`), `unit` is the worksheet's for results.
    """
    return {
        "analyte": measurement.analyte,
        "is_computed": measurement.amount is not None,
        "amount": None if measurement.amount is None else amount_to_dict(measurement.amount),
        "content": measurement.content,
        "unit": unit.value,
        "limit_of_quantification": measurement.limits.limit_of_quantification,
        "limit_of_detection": measurement.limits.limit_of_detection,
        "withheld": None if measurement.withheld is None else amount_to_dict(measurement.withheld),
        "factors": _factors(measurement, planned),
        "reasons": [reason_as_dict(why) for why in measurement.reasons],
    }


def planned_factors(entry: PlannedEntry, worksheet: WorksheetFacts, formula: ContentFormula) -> dict[str, Any]:
    """The factors that all analytes of a position share, with the formula they stand in."""
    used = factors_of(entry, worksheet, Decimal(0))
    return {
        **(FORMULA if formula.is_usual else _own(formula)),
        "concentration_unit": used.concentration_unit.value,
        "final_volume": plain(used.final_volume),
        "final_volume_unit": used.final_volume_unit.value,
        "test_portion": plain(used.test_portion),
        "test_portion_unit": used.test_portion_unit.value,
        "dilution": plain(used.dilution),
    }


def _own_reading(measurement: Measurement) -> dict[str, Any]:
    """What only some readings have: the bracket, and the concentration of the internal standard."""
    own: dict[str, Any] = {}
    if measurement.bracket is not None:
        own["bracket"] = bracket_as_dict(measurement.bracket)
    if measurement.standard_concentration is not None:
        own["standard_concentration"] = plain(measurement.standard_concentration)
    return own


def _own(formula: ContentFormula) -> dict[str, Any]:
    constants = quantities_as_dict(formula.constants)
    return {"formula": formula.formula.text, "formula_version": OWN_FORMULA_VERSION, "quantities": constants}


def _factors(measurement: Measurement, planned: Mapping[str, Any]) -> dict[str, Any]:
    uncertainty = measurement.concentration_uncertainty
    own = {}
    if "quantities" in planned:
        own = {"quantities": {**planned["quantities"], **quantities_as_dict(measurement.quantities)}}
    return {
        **planned,
        **own,
        "concentration": None if measurement.concentration is None else plain(measurement.concentration),
        "concentration_uncertainty": None if uncertainty is None else plain(uncertainty),
        "response": None if measurement.response is None else plain(measurement.response),
        "internal_standard": measurement.internal_standard,
        **_own_reading(measurement),
        "range": None if measurement.range_status is None else measurement.range_status.value,
        "identified": measurement.identification.identified,
        "identification": measurement.identification.seen,
        "doubts": [reason_as_dict(why) for why in measurement.identification.reasons],
    }
