"""Records and values of runs as the JSON door shows them; reasons are said in the language of the reader."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Session

from lims.core.reasons import Reason, Translate
from lims.equipment.tables import Instrument
from lims.runs import queries, stored
from lims.runs.kept_curve import KeptCurve, kept_curve
from lims.runs.previewing import Preview
from lims.runs.schemas import (
    AmountOut,
    CalibrationOut,
    CheckOut,
    EntryOut,
    MeasuredOut,
    PreviewOut,
    ReasonOut,
    RunDetail,
    RunOut,
    WorksheetOut,
)
from lims.runs.tables import InstrumentFile, Run, Worksheet, WorksheetEntry
from lims.science.amounts import amount_to_dict
from lims.science.calibration_curve import CalibrationModel, Origin
from lims.science.rounding import decimal_from_float


def worksheet_shown(session: Session, worksheet: Worksheet) -> WorksheetOut:
    """A worksheet with its positions."""
    instrument = session.get_one(Instrument, worksheet.instrument_id)
    entries = _entries_shown(queries.entries_of(session, worksheet.id))
    shown = {**worksheet.model_dump(), "instrument_code": instrument.code, "entries": entries}
    return WorksheetOut.model_validate(shown)


def _entries_shown(entries: Sequence[WorksheetEntry]) -> list[EntryOut]:
    labels: dict[UUID | None, str] = {entry.id: entry.label for entry in entries}
    return [
        EntryOut.model_validate({**entry.model_dump(), "parent": labels.get(entry.parent_entry_id)})
        for entry in entries
    ]


def preview_shown(preview: Preview, say: Translate, *, only_good_rows: bool) -> PreviewOut:
    """A preview, in the form that a stored run is shown in."""
    evaluation = preview.evaluation
    return PreviewOut(
        sha256=preview.batch.sha256,
        reader=preview.batch.reader,
        reader_version=preview.batch.reader_version,
        can_be_imported=not preview.hindrances and (only_good_rows or not preview.doubts),
        hindrances=_reasons(preview.hindrances, say),
        doubts=_reasons(preview.doubts, say),
        accounting=said(stored.accounting_as_dict(preview.accounting, preview.batch, preview.notices), say),
        calibrations=[
            calibration_shown({**stored.calibration_row(c, preview.facts), "id": None}, say)
            for c in evaluation.calibrations
        ],
        checks=[
            CheckOut.model_validate({**said(stored.check_row(c, {}), say), "position": c.label})
            for c in evaluation.checks
        ],
        amounts=[
            AmountOut(
                label=m.label,
                analyte=m.analyte,
                amount=None if m.amount is None else amount_to_dict(m.amount),
                reasons=_reasons(m.reasons, say),
            )
            for m in evaluation.measurements
        ],
    )


def calibration_shown(kept: Mapping[str, Any], say: Translate) -> CalibrationOut:
    """A calibration with its curve in words and its coefficients, as stored or as it would be."""
    curve = kept_curve(kept)
    fitted = kept["fitted"] or {}
    values = {} if curve is None else {name: decimal_from_float(value) for name, value in curve.values.items()}
    is_line = curve is not None and curve.model is CalibrationModel.LINEAR
    return CalibrationOut.model_validate(
        said(
            {
                **kept,
                "model": fitted.get("model", CalibrationModel.LINEAR),
                "origin": fitted.get("origin", Origin.FREE),
                "equation": "" if curve is None else curve.equation(6),
                "coefficients": values,
                "slope": values["slope"] if is_line else None,
                "intercept": values.get("intercept", Decimal(0)) if is_line else None,
                "internal_standard": fitted.get("internal_standard"),
                "is_matrix_matched": fitted.get("is_matrix_matched"),
                "residual_sd": _digits(curve, "residual_sd"),
                "r_squared": _digits(curve, "r_squared"),
                "vendor_curve": fitted.get("vendor"),
            },
            say,
        )
    )


def _digits(kept: KeptCurve | None, name: str) -> Decimal | None:
    """A figure of the fit; None in older records, which keep none."""
    return None if kept is None or kept.curve is None else decimal_from_float(getattr(kept.curve, name))


def _reasons(reasons: Sequence[Reason], say: Translate) -> list[ReasonOut]:
    return [ReasonOut(code=why.code, text=why.translated(say), where=why.where.as_dict()) for why in reasons]


def said(kept: Any, say: Translate) -> Any:
    """JSON with every reason in it said in the language of `say`: `stored.reason_as_dict` keeps what that needs."""
    if isinstance(kept, list):
        return [said(part, say) for part in kept]
    if not isinstance(kept, dict):
        return kept
    if "sentence" in kept and "values" in kept:
        return {**kept, "text": Reason(kept["code"], kept["sentence"], kept["values"]).translated(say)}
    return {name: said(part, say) for name, part in kept.items()}


def download_name(file: InstrumentFile) -> str:
    """What a file is called when it is taken out again: by its hash, with the ending it came with."""
    ending = file.name.rpartition(".")[2]
    known = ending.lower() if ending.isascii() and ending.isalnum() and len(ending) <= 5 else "bin"
    return f"{file.sha256[:12]}.{known}"


def run_shown(session: Session, run: Run) -> RunOut:
    """A run in short."""
    return RunOut(**_run_fields(session, run))


def _run_fields(session: Session, run: Run) -> dict[str, Any]:
    file = queries.file_of(session, run)
    return {
        "id": run.id,
        "version": run.version,
        "worksheet": queries.worksheet_of(session, run).number,
        "status": run.status,
        "imported_at": run.imported_at,
        "repeat_reason": run.repeat_reason,
        "file_name": file.name,
        "file_sha256": file.sha256,
        "reader": run.accounting.get("reader", file.reader),
        "reader_version": run.accounting.get("reader_version", file.reader_version),
        "profile_version_id": run.profile_version_id,
        "sum": run.accounting["sum"],
    }


def run_detail(session: Session, run: Run, say: Translate) -> RunDetail:
    """A run with everything but its signals."""
    labels: dict[UUID | None, str] = {entry.id: entry.label for entry in queries.entries_of(session, run.worksheet_id)}
    return RunDetail(
        **_run_fields(session, run),
        profile=run.profile,
        accounting=said(run.accounting, say),
        calibrations=[calibration_shown(c.model_dump(), say) for c in queries.calibrations_of(session, run.id)],
        checks=[
            CheckOut.model_validate({**said(check.model_dump(), say), "position": labels.get(check.entry_id)})
            for check in queries.checks_of(session, run.id)
        ],
        amounts=[_measured_shown(m, say) for m in queries.measured_amounts(session, run.id)],
    )


def _measured_shown(measured: queries.MeasuredAmount, say: Translate) -> MeasuredOut:
    return MeasuredOut(
        id=measured.measurement_id,
        label=measured.label,
        analyte=measured.analyte,
        amount=None if measured.amount is None else amount_to_dict(measured.amount),
        reasons=[ReasonOut.model_validate(said(why, say)) for why in measured.reasons],
        content=measured.content,
        unit=measured.unit.value,
        limit_of_quantification=measured.limit_of_quantification,
        limit_of_detection=measured.limit_of_detection,
        factors=said(measured.factors, say),
        row=measured.row,
        column=measured.column,
        analysed_on=measured.analysed_on,
        reservations=said(list(measured.reservations), say),
    )
