"""Importing an instrument file: one act that keeps the file, every signal, the calibrations, checks and amounts.

The same file, read the same way for the same worksheet, is imported once: a second time gives the same run back and
changes nothing.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.clock import local_day
from lims.core.errors import refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.work import LimsSession, insert_block, save
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.runs import profile_queries, queries, stored
from lims.runs.accounting import Accounting, account
from lims.runs.matching import kept, resolved
from lims.runs.previewing import FileImport, Preview, code_of, preview_import, read_order
from lims.runs.reading import hash_of
from lims.runs.records import Batch
from lims.runs.rules import RunStatus, WorksheetStatus
from lims.runs.service import own_laboratory_and_person, reasons_not_authorised
from lims.runs.tables import (
    BatchCheck,
    Calibration,
    InstrumentFile,
    Measurement,
    Run,
    Signal,
    Worksheet,
    WorksheetEntry,
)
from lims.runtime import Lims


def import_file(lims: Lims, actor: Actor, order: FileImport) -> Run:
    """Keep the file and import it, in one act. Raises what `import_run` raises."""
    lims.vault.put(order.content)
    with lims.work(actor, Action.RUN_IMPORT, order.repeat_reason) as session:
        return import_run(session, current_library(session), order)


def import_run(session: LimsSession, library: Library, order: FileImport) -> Run:
    """Import a file, whose bytes the vault keeps already, for a worksheet.

    Signals, calibrations, checks and measurements are stored with the run; an analyte whose calibration or checks fail
    has no amount, with the reasons. Raises `NotFound`, `BadInput`, `RuleRefused` with every reason; then nothing is
    stored.
    """
    laboratory_id, user_id = own_laboratory_and_person(session)
    day = local_day(session.instant)
    worksheet = queries.worksheet_by_number(session, order.worksheet_number)
    if (before := _imported_before(session, worksheet, order)) is not None:
        return before
    refuse_if(
        [
            *reasons_not_authorised(session, user_id, worksheet.method_code, day),
            *_reasons_not_to_run(session, worksheet, order),
        ]
    )
    version = _version_used(session, worksheet, order)
    preview = preview_import(session, library, order, day)
    refuse_if([*preview.hindrances, *(() if order.only_good_rows else preview.doubts)])
    file = _file(session, order, preview.batch, laboratory_id, user_id)
    computed = any(m.amount is not None for m in preview.evaluation.measurements)
    run = save(
        session,
        Run(
            laboratory_id=laboratory_id,
            worksheet_id=worksheet.id,
            file_id=file.id,
            status=RunStatus.ACCEPTED if computed else RunStatus.FAILED,
            imported_by=user_id,
            imported_at=session.instant,
            repeat_reason=order.repeat_reason,
            settings_sha256=_settings_hash(order),
            profile=preview.profile.as_dict(),
            profile_version_id=version,
            accounting={
                **stored.accounting_as_dict(preview.accounting, preview.batch, preview.notices),
                "matched": kept(order.matches.reason, preview.by_hand, preview.batch.injections),
            },
        ),
    )
    _store(session, run, preview)
    if computed:
        worksheet.status = WorksheetStatus.IMPORTED
        save(session, worksheet)
    return run


def _imported_before(session: LimsSession, worksheet: Worksheet, order: FileImport) -> Run | None:
    """The run that this import would repeat: of this file, accepted, or read in the very same way.

    With a reason to repeat, only the latter: a corrected profile makes a new run of the same file.
    """
    file = queries.file_with(session, worksheet.laboratory_id, hash_of(order.content))
    if file is None:
        return None
    runs = [run for run in queries.runs_of(session, worksheet.id) if run.file_id == file.id]
    same_way = _settings_hash(order)
    accepted = [] if order.repeat_reason else [run for run in runs if run.status is RunStatus.ACCEPTED]
    return next(iter([*accepted, *(run for run in runs if run.settings_sha256 == same_way)]), None)


def accounted(session: LimsSession, library: Library, order: FileImport) -> tuple[Batch, Accounting]:
    """A file as it is read, and what becomes of its rows on the worksheet, which may be none. Raises `BadInput`."""
    batch = read_order(order)
    labels, by_hand = None, None
    if order.worksheet_number:
        worksheet = queries.worksheet_by_number(session, order.worksheet_number)
        labels = {entry.label: entry.label for entry in queries.entries_of(session, worksheet.id)}
        by_hand = resolved(order.matches, batch.injections, labels)
    return batch, account(batch, order.profile, lambda name: code_of(library, name), labels, by_hand=by_hand)


def _version_used(session: LimsSession, worksheet: Worksheet, order: FileImport) -> UUID | None:
    """The stored version that the file is read by; None where something of it was changed for this file alone.

    Raises `NotFound` for one that is not of the worksheet's laboratory.
    """
    if order.profile_version is None:
        return None
    version = profile_queries.version_of_laboratory(session, worksheet.laboratory_id, order.profile_version)
    return version.id if version.settings == order.profile.as_dict() else None


def _settings_hash(order: FileImport) -> str:
    """The hash of everything that decides how the file is read."""
    settings = {
        **order.profile.as_dict(),
        "reader": order.reader or order.profile.reader,
        "only_good_rows": order.only_good_rows,
        **({"matches": dict(order.matches.positions)} if order.matches.positions else {}),
    }
    return sha256(json.dumps(settings, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _reasons_not_to_run(session: LimsSession, worksheet: Worksheet, order: FileImport) -> list[Reason]:
    if worksheet.status is WorksheetStatus.CLOSED:
        return [reason("run.worksheet_closed", "The worksheet {number} is closed.", number=worksheet.number)]
    accepted = [run for run in queries.runs_of(session, worksheet.id) if run.status is RunStatus.ACCEPTED]
    if accepted and not (order.repeat_reason or "").strip():
        return [
            reason(
                "run.repeated",
                "The worksheet {number} has an accepted run already; say why another file is imported for it.",
                at=Where(field="repeat_reason"),
                number=worksheet.number,
            )
        ]
    return []


def _file(session: LimsSession, order: FileImport, batch: Batch, laboratory_id: UUID, user_id: UUID) -> InstrumentFile:
    if (known := queries.file_with(session, laboratory_id, batch.sha256)) is not None:
        return known
    return save(
        session,
        InstrumentFile(
            laboratory_id=laboratory_id,
            sha256=batch.sha256,
            name=order.name[:200],
            size=len(order.content),
            reader=batch.reader,
            reader_version=batch.reader_version,
            encoding=batch.encoding,
            uploaded_by=user_id,
            uploaded_at=session.instant,
        ),
    )


def _store(session: LimsSession, run: Run, preview: Preview) -> None:
    """Signals, calibrations, checks and measurements, in this order: each refers to those before it."""
    common: dict[str, Any] = {"laboratory_id": run.laboratory_id, "run_id": run.id}
    entries = {entry.label: entry for entry in preview.entries}
    entry_ids = {label: entry.id for label, entry in entries.items()}
    accepted = [(i, entry_ids[label]) for i, label in preview.accounting.accepted if label is not None]
    analytes = {compound: analyte for analyte, compound in preview.compounds.items()}
    standards = {c.name for c in preview.batch.compounds if c.is_internal_standard}
    divided_by = [preview.profile.internal_standard, *(c.internal_standard for c in preview.evaluation.calibrations)]
    standards |= {name for name in divided_by if name is not None}
    keys: list[tuple[str, str]] = []
    signals = stored.signal_rows(accepted, analytes, standards, preview.profile, common)
    signal_ids = insert_block(session, Signal, _noted(signals, keys))
    curves = {compound.name: compound.curve for compound in preview.batch.compounds}
    calibrations = [
        {**common, **stored.calibration_row(c, preview.facts, curves.get(c.compound))}
        for c in preview.evaluation.calibrations
    ]
    calibration_ids = insert_block(session, Calibration, calibrations)
    checks = [{**common, **stored.check_row(check, entry_ids)} for check in preview.evaluation.checks]
    insert_block(session, BatchCheck, checks)
    ids = dict(zip(keys, signal_ids, strict=True))
    of_calibration = {row["analyte"]: one for row, one in zip(calibrations, calibration_ids, strict=True)}
    insert_block(session, Measurement, _measurement_rows(preview, entries, ids, of_calibration, common))


def _noted(signals: Iterable[dict[str, Any]], keys: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """The rows as they come; what remains of them is by which injection and analyte each is found."""
    for row in signals:
        keys.append((row["injection_key"], row["analyte"]))
        yield row


def _measurement_rows(
    preview: Preview,
    entries: Mapping[str, WorksheetEntry],
    signal_ids: Mapping[tuple[str, str], UUID],
    calibration_ids: Mapping[str, UUID],
    common: Mapping[str, Any],
) -> Iterator[dict[str, Any]]:
    formula = preview.plan.content_formula
    planned = {entry.label: stored.planned_factors(entry, preview.facts, formula) for entry in preview.facts.entries}
    places = {label: {**common, "entry_id": one.id, "sample_id": one.sample_id} for label, one in entries.items()}
    unit = preview.facts.result_unit
    for m in preview.evaluation.measurements:
        key = "" if m.injection is None else m.injection.key
        yield {
            **places[m.label],
            **stored.measurement_row(m, planned[m.label], unit),
            "signal_id": signal_ids.get((key, m.analyte)),
            "calibration_id": calibration_ids[m.analyte],
        }
