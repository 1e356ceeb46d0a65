"""A run evaluated again for one analyte, from the file that is kept, with other standards left out of its calibration.

Nothing else of the run changes. What stood there before stays in the audit trail.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlmodel import col, select

from lims.core.clock import local_day
from lims.core.errors import RuleRefused
from lims.core.reasons import Reason, reason
from lims.db.work import LimsSession, save
from lims.library.rules import Library
from lims.runs import queries, stored
from lims.runs.deciding import release
from lims.runs.matching import Matches
from lims.runs.outcomes import AnalyteCalibration
from lims.runs.previewing import FileImport, Preview, preview_import
from lims.runs.profile_form import stored_profile
from lims.runs.rules import RunStatus, WorksheetStatus
from lims.runs.tables import BatchCheck, Calibration, Measurement, Run, Signal, WorksheetEntry

#: What a measurement takes over from its evaluation; position, sample, signal and calibration stay.
_MEASURED = (
    "is_computed",
    "amount",
    "content",
    "unit",
    "limit_of_quantification",
    "limit_of_detection",
    "withheld",
    "factors",
    "reasons",
)


def reevaluate(
    session: LimsSession,
    library: Library,
    run: Run,
    content: bytes,
    calibration: Calibration,
    left_out: Mapping[str, str],
) -> None:
    """Evaluate the analyte of a calibration again without the standards `left_out` (why, by label).

    `content` is the file of the run. Raises `RuleRefused` when too few standards remain for the model, or when the
    file is not read as it was read for the run.
    """
    analyte = calibration.analyte
    preview = _previewed(session, library, run, content, {analyte: left_out})
    fresh = next((one for one in preview.evaluation.calibrations if one.analyte == analyte), None)
    if fresh is None or not _is_read_alike(session, run, preview, analyte):
        raise RuleRefused(
            reason(
                "run.read_otherwise",
                "The file is not read today as it was for this run; import it again for a run of its own.",
            )
        )
    if too_few := _too_few(fresh, left_out):
        raise RuleRefused(*too_few)
    _renew_calibration(session, calibration, fresh, preview)
    _renew_checks(session, run, analyte, preview)
    _renew_measurements(session, run, analyte, preview)
    release(session, run)
    _renew_status(session, run)


def _previewed(
    session: LimsSession, library: Library, run: Run, content: bytes, left_out: Mapping[str, Mapping[str, str]]
) -> Preview:
    file = queries.file_of(session, run)
    order = FileImport(
        worksheet_number=queries.worksheet_of(session, run).number,
        content=content,
        name=file.name,
        profile=stored_profile(run.profile).to_profile(),
        reader=run.accounting.get("reader", file.reader),
        only_good_rows=True,
        matches=_matches_of(session, run),
    )
    return preview_import(session, library, order, local_day(run.imported_at), left_out)


def _matches_of(session: LimsSession, run: Run) -> Matches:
    """Every injection on the position where it stands in the run, also those that were put there by hand."""
    rows = session.exec(
        select(Signal.injection_key, WorksheetEntry.label)
        .join(WorksheetEntry, col(WorksheetEntry.id) == col(Signal.entry_id))
        .where(Signal.run_id == run.id)
        .distinct()
    ).all()
    return Matches(dict(rows), "as in the run")


def _is_read_alike(session: LimsSession, run: Run, preview: Preview, analyte: str) -> bool:
    """Whether every response of the analyte comes out of the file as it is stored."""
    entry_ids = {entry.label: entry.id for entry in preview.entries}
    accepted = [(i, entry_ids[label]) for i, label in preview.accounting.accepted if label is not None]
    rows = stored.signal_rows(accepted, {preview.compounds[analyte]: analyte}, set(), preview.profile, {})
    kept = session.exec(select(Signal).where(Signal.run_id == run.id, Signal.analyte == analyte)).all()
    fresh = {(row["injection_key"], row["row"], row["response"]) for row in rows}
    return fresh == {(one.injection_key, one.row, one.response) for one in kept}


def _too_few(fresh: AnalyteCalibration, left_out: Mapping[str, str]) -> list[Reason]:
    return [why for why in fresh.reasons if left_out and why.code == "calibration.too_few_levels"]


def _renew_calibration(
    session: LimsSession, calibration: Calibration, fresh: AnalyteCalibration, preview: Preview
) -> None:
    vendor = next((one.curve for one in preview.batch.compounds if one.name == fresh.compound), None)
    for name, value in stored.calibration_row(fresh, preview.facts, vendor).items():
        setattr(calibration, name, value)
    save(session, calibration)


def _renew_checks(session: LimsSession, run: Run, analyte: str, preview: Preview) -> None:
    """Each check keeps its record, for charts and nonconforming work may name it; others come or go."""
    entry_ids = {entry.label: entry.id for entry in preview.entries}
    kept: dict[tuple[str, UUID | None], list[BatchCheck]] = {}
    for check in queries.checks_of(session, run.id, analyte):
        kept.setdefault((check.kind, check.entry_id), []).append(check)
    renewed = []
    for made in preview.evaluation.checks:
        if made.analyte != analyte:
            continue
        row = stored.check_row(made, entry_ids)
        same = kept.get((row["kind"], row["entry_id"]))
        if same:
            check = same.pop(0)
            for name, value in row.items():
                setattr(check, name, value)
        else:
            check = BatchCheck(laboratory_id=run.laboratory_id, run_id=run.id, **row)
        renewed.append(check)
    save(session, *renewed)
    for gone in (check for several in kept.values() for check in several):
        session.delete(gone)
    session.flush()


def _renew_measurements(session: LimsSession, run: Run, analyte: str, preview: Preview) -> None:
    labels = {entry.id: entry.label for entry in preview.entries}
    fresh = {one.label: one for one in preview.evaluation.measurements if one.analyte == analyte}
    planned = {entry.label: entry for entry in preview.facts.entries}
    kept = session.exec(select(Measurement).where(Measurement.run_id == run.id, Measurement.analyte == analyte)).all()
    for measurement in kept:
        label = labels[measurement.entry_id]
        if label not in fresh:
            continue
        factors = stored.planned_factors(planned[label], preview.facts, preview.plan.content_formula)
        row = stored.measurement_row(fresh[label], factors, preview.facts.result_unit)
        for name in _MEASURED:
            setattr(measurement, name, row[name])
        measurement.reservations = None
    save(session, *kept)


def _renew_status(session: LimsSession, run: Run) -> None:
    """A run is accepted while anything is said of it; its worksheet has been imported while a run of it is accepted."""
    said = session.exec(
        select(Measurement.id).where(Measurement.run_id == run.id, col(Measurement.is_computed)).limit(1)
    ).first()
    run.status = RunStatus.FAILED if said is None else RunStatus.ACCEPTED
    save(session, run)
    worksheet = queries.worksheet_of(session, run)
    if worksheet.status is not WorksheetStatus.CLOSED:
        runs: Sequence[Run] = queries.runs_of(session, worksheet.id)
        is_imported = any(one.status is RunStatus.ACCEPTED for one in runs)
        worksheet.status = WorksheetStatus.IMPORTED if is_imported else WorksheetStatus.OPEN
        save(session, worksheet)
