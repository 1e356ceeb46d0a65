"""Leaving a standard out of the calibration of one analyte (剔除校准点), or taking that back, with a reason.

Only before results of the analyte are recorded from the run, and never by whoever imported it: what a result rests on
does not change under it.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from lims.core.errors import NotFound, refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.locks import hold
from lims.db.work import LimsSession, acting_person, check_version, save
from lims.library.rules import Library
from lims.results.tables import Result
from lims.runs import page_queries, queries
from lims.runs.deciding import SHORTEST_REASON, decisions_of
from lims.runs.left_out import left_out_by, level_decisions_of, that_count
from lims.runs.reevaluation import reevaluate
from lims.runs.rules import EntryKind
from lims.runs.tables import Calibration, LevelDecision, Measurement, Run, WorksheetEntry


@dataclass(frozen=True, slots=True)
class LevelChoice:
    """A standard of the calibration of one analyte, and what is decided on it.

    `label` is its position; all injections of it are meant. `version` is that of the calibration that was seen.
    """

    analyte: str
    label: str
    is_left_out: bool
    reason: str
    version: int


def decide_on_level(
    session: LimsSession, library: Library, run_id: UUID, content: bytes, choice: LevelChoice
) -> Calibration:
    """Decide on a standard and evaluate the analyte again, in the act of the session. `content`: the file of the run.

    Raises `NotFound`, `Conflict` when somebody changed the calibration meanwhile, `RuleRefused` with every reason.
    """
    person = acting_person(session)
    run = queries.run_by_id(session, run_id)
    if run.laboratory_id != session.actor.laboratory_id:
        raise NotFound.of("run", run_id)
    calibration = page_queries.calibration_of(session, run_id, choice.analyte)
    if calibration is None:
        raise NotFound.of("calibration", choice.analyte)
    # Whoever records results of the run waits, and sees what came of it.
    hold(session, run)
    hold(session, calibration)
    check_version(calibration, choice.version)
    entries = {entry.label: entry for entry in queries.entries_of(session, run.worksheet_id)}
    entry = entries.get(choice.label)
    if entry is None or entry.kind is not EntryKind.CALIBRATION_STANDARD:
        raise NotFound.of("position", choice.label)
    before = level_decisions_of(session, run_id).get(calibration.id, [])
    newest = that_count(before).get(entry.id)
    refuse_if(
        [
            *_reasons_against(session, run, person, choice),
            *_nothing_changes(choice, entry, newest),
        ]
    )
    made = save(
        session,
        LevelDecision(
            laboratory_id=run.laboratory_id,
            calibration_id=calibration.id,
            entry_id=entry.id,
            edition=1 if newest is None else newest.edition + 1,
            is_left_out=choice.is_left_out,
            reason=choice.reason.strip(),
            decided_by=person,
            decided_at=session.instant,
        ),
    )
    labels = {one.id: one.label for one in entries.values()}
    reevaluate(session, library, run, content, calibration, left_out_by([*before, made], labels))
    return calibration


def _reasons_against(session: LimsSession, run: Run, person: UUID, choice: LevelChoice) -> list[Reason]:
    found = []
    if len(choice.reason.strip()) < SHORTEST_REASON:
        found.append(
            reason(
                "reason.too_short",
                "Say why, in at least {count} characters.",
                count=SHORTEST_REASON,
                at=Where(field="reason"),
            )
        )
    if run.imported_by == person:
        found.append(reason("qc.own_run", "You imported this run yourself; another person must decide on it."))
    if _is_recorded(session, run, choice.analyte):
        found.append(
            reason(
                "calibration.results_recorded",
                "Results of {analyte} are recorded from this run already; its calibration stays as it is.",
                analyte=choice.analyte,
            )
        )
    decided = decisions_of(session, run.id).keys()
    if any(check.id in decided for check in queries.checks_of(session, run.id, choice.analyte)):
        found.append(
            reason(
                "calibration.checks_decided",
                "Checks of {analyte} are decided on already, by the calibration as it is; import the file again for a"
                " run of its own.",
                analyte=choice.analyte,
            )
        )
    return found


def _is_recorded(session: LimsSession, run: Run, analyte: str) -> bool:
    return (
        session.exec(
            select(Result.id)
            .join(Measurement, col(Measurement.id) == col(Result.measurement_id))
            .where(Measurement.run_id == run.id, Measurement.analyte == analyte)
            .limit(1)
        ).first()
        is not None
    )


def _nothing_changes(choice: LevelChoice, entry: WorksheetEntry, newest: LevelDecision | None) -> list[Reason]:
    if choice.is_left_out is (newest is not None and newest.is_left_out):
        sentence = "{label} is left out already." if choice.is_left_out else "{label} is not left out."
        code = "calibration.left_out_before" if choice.is_left_out else "calibration.not_left_out"
        return [reason(code, sentence, label=entry.label, at=Where(field="label"))]
    return []
