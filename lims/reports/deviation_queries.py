"""Reads what the records know of deviations behind results: decisions on checks and standards, nonconforming work."""

from collections.abc import Callable, Collection, Sequence
from uuid import UUID

from sqlalchemy.orm import load_only
from sqlmodel import Session, col, select

from lims.core.language import Language
from lims.db.parts import parts
from lims.documents.phrases import Phrase
from lims.library.rules import Library
from lims.quality.rules import Significance
from lims.quality.tables import NonconformingWork
from lims.reports.deviations import AcceptedCheck, AffectedWork, LeftOutLevel, told
from lims.results.tables import Result
from lims.runs.deciding import accepted_checks, covers, decisions_of
from lims.runs.left_out import that_count
from lims.runs.rules import EntryKind
from lims.runs.run_lists import value_text
from lims.runs.tables import BatchCheck, Calibration, LevelDecision, Measurement, WorksheetEntry
from lims.science.quality_control import QcCheck, QcVerdict
from lims.science.rounding import plain

NameOf = Callable[[str], Phrase]


def deviations_of(
    session: Session, library: Library, results: Sequence[Result], stated: str | None
) -> tuple[Phrase, ...]:
    """What a report of these results says of deviations; () when nothing is known and nothing was stated.

    Args:
        library: names the analytes.
        stated: what the compiler states besides.
    """

    def name_of(code: str) -> Phrase:
        return Phrase(*(library.substance_name(code, one) for one in (Language.CHINESE, Language.ENGLISH)))

    measured = _measured(session, [one.measurement_id for one in results if one.measurement_id is not None])
    return told(
        _affected(session, measured, name_of),
        _accepted(session, measured, name_of),
        _left_out(session, {one.calibration_id for one in measured}, name_of),
        stated,
    )


def _measured(session: Session, ids: Collection[UUID]) -> list[Measurement]:
    """The measurements, without their factors."""
    wanted = (Measurement.run_id, Measurement.entry_id, Measurement.analyte, Measurement.calibration_id)
    short = load_only(*(col(one) for one in wanted))  # type: ignore[arg-type]  # columns are attributes of the mapper
    found: list[Measurement] = []
    for part in parts(sorted(ids)):
        found += session.exec(select(Measurement).options(short).where(col(Measurement.id).in_(part))).all()
    return found


def _accepted(session: Session, measured: Sequence[Measurement], name_of: NameOf) -> list[AcceptedCheck]:
    """The checks that hold these measurements back and were accepted, by kind and analyte."""
    runs = {one.run_id for one in measured}
    accepted = accepted_checks(session, runs)
    if not accepted:
        return []
    decisions = {key: one for run in runs for key, one in decisions_of(session, run).items() if key in accepted}
    rows = session.exec(
        select(BatchCheck, WorksheetEntry.kind)
        .outerjoin(WorksheetEntry, col(WorksheetEntry.id) == col(BatchCheck.entry_id))
        .where(col(BatchCheck.run_id).in_(runs), col(BatchCheck.id).in_(sorted(accepted)))
    ).all()
    speaking = [
        check
        for check, kind in rows
        if any(check.run_id == one.run_id and covers(check, _kind(kind), one) for one in measured)
    ]
    order = list(QcCheck)
    return [
        AcceptedCheck(
            check.kind,
            name_of(check.analyte),
            value_text(check),
            check.limit_text,
            check.verdict is QcVerdict.FAIL,
            decisions[check.id].reason,
        )
        for check in sorted(speaking, key=lambda one: (order.index(one.kind), one.analyte, str(one.value), str(one.id)))
    ]


def _kind(stored: str | None) -> EntryKind | None:
    return None if stored is None else EntryKind(stored)


def _left_out(session: Session, calibrations: Collection[UUID], name_of: NameOf) -> list[LeftOutLevel]:
    """The standards that are left out of these calibrations by the newest decision on each, by analyte and label."""
    rows = session.exec(
        select(LevelDecision, Calibration, WorksheetEntry)
        .join(Calibration, col(Calibration.id) == col(LevelDecision.calibration_id))
        .join(WorksheetEntry, col(WorksheetEntry.id) == col(LevelDecision.entry_id))
        .where(col(LevelDecision.calibration_id).in_(sorted(calibrations)))
    ).all()
    newest = {
        decision.id
        for calibration in {row[1].id for row in rows}
        for decision in that_count([row[0] for row in rows if row[1].id == calibration]).values()
        if decision.is_left_out
    }
    return [
        LeftOutLevel(entry.label, _concentration(entry, calibration), name_of(calibration.analyte), decision.reason)
        for decision, calibration, entry in sorted(rows, key=lambda row: (row[1].analyte, row[2].position))
        if decision.id in newest
    ]


def _concentration(entry: WorksheetEntry, calibration: Calibration) -> str:
    nominal = entry.nominal_concentration
    return "" if nominal is None else f"{plain(nominal)} {calibration.unit}"


def _affected(session: Session, measured: Sequence[Measurement], name_of: NameOf) -> list[AffectedWork]:
    """Nonconforming work on the runs of these measurements by which results that were given may be wrong."""
    analytes: dict[UUID, set[str]] = {}
    for one in measured:
        analytes.setdefault(one.run_id, set()).add(one.analyte)
    found = session.exec(
        select(NonconformingWork)
        .where(
            col(NonconformingWork.run_id).in_(sorted(analytes)),
            NonconformingWork.significance == Significance.RESULTS_AFFECTED,
        )
        .order_by(col(NonconformingWork.number))
    ).all()
    return [
        AffectedWork(work.number, None if work.analyte is None else name_of(work.analyte), work.action or "—")
        for work in found
        if work.run_id is not None and (work.analyte is None or work.analyte in analytes[work.run_id])
    ]
