"""Decisions on quality control (质控判定): what somebody entitled decides on checks that hold results back.

Accepted checks hold nothing back any more: the amounts that only they withheld count, with a reservation that stays
with them. Rejected ones, and those to be repeated, keep the results locked; the batch is run again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from lims.core.errors import Conflict, NotFound, refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.work import LimsSession, acting_person, save
from lims.people.queries import names_of
from lims.runs import queries
from lims.runs.rules import EntryKind, QcDecisionKind, RunStatus, WorksheetStatus
from lims.runs.tables import BatchCheck, Measurement, QcDecision, Run, WorksheetEntry
from lims.science.quality_control import QcCheck, QcVerdict

#: A reason shorter than this explains nothing.
SHORTEST_REASON = 10
#: Checks that must have been looked at: not evaluated, they hold back as a failure does.
_NEEDED = frozenset({QcCheck.BLANK, QcCheck.SPIKE_RECOVERY})


@dataclass(frozen=True, slots=True)
class Chosen:
    """A check, and the edition of the decision on it that was seen; 0 for none."""

    check_id: UUID
    edition: int


def holds_back(check: BatchCheck) -> bool:
    """Whether a stored check withholds amounts: as `lims.runs.batch_checks.hindrance` says of a fresh one."""
    if check.verdict is QcVerdict.FAIL:
        return True
    code = (check.reason or {}).get("code")
    return check.verdict is QcVerdict.NOT_EVALUATED and check.kind in _NEEDED and code not in (None, "qc.no_limit")


def covers(check: BatchCheck, kind: EntryKind | None, measurement: Measurement) -> bool:
    """Does a check speak of a measurement? On the position of a sample it speaks of that sample alone."""
    same = check.analyte == measurement.analyte or check.kind is QcCheck.INTERNAL_STANDARD
    return same and (kind is not EntryKind.SAMPLE or check.entry_id == measurement.entry_id)


def decisions_of(session: Session, run_id: UUID) -> dict[UUID, QcDecision]:
    """The decision that counts, by check."""
    rows = session.exec(select(QcDecision).where(QcDecision.run_id == run_id).order_by(col(QcDecision.edition))).all()
    return {row.check_id: row for row in rows}


def accepted_checks(session: Session, run_ids: Collection[UUID]) -> set[UUID]:
    """The checks of runs that were accepted."""
    rows = session.exec(
        select(QcDecision).where(col(QcDecision.run_id).in_(sorted(run_ids))).order_by(col(QcDecision.edition))
    ).all()
    newest = {row.check_id: row.decision for row in rows}
    return {check_id for check_id, decision in newest.items() if decision is QcDecisionKind.ACCEPT}


def decide(
    session: LimsSession, run_id: UUID, chosen: Sequence[Chosen], decision: QcDecisionKind, why: str
) -> list[QcDecision]:
    """Decide on checks of a run, all of them or none.

    Raises `NotFound`, `Conflict` when somebody decided meanwhile, `RuleRefused`: no reason, the own run, a check that
    holds nothing back, one that was accepted before.
    """
    person = acting_person(session)
    run = queries.run_by_id(session, run_id)
    if run.laboratory_id != session.actor.laboratory_id:
        raise NotFound.of("run", run_id)
    checks = {check.id: check for check in queries.checks_of(session, run.id)}
    known = decisions_of(session, run.id)
    refuse_if(_reasons_against(run, person, chosen, checks, known, why))
    for one in chosen:
        before = known[one.check_id].edition if one.check_id in known else 0
        if before != one.edition:
            raise Conflict(
                reason("conflict.changed", "Somebody changed this meanwhile. Load it again and repeat your change.")
            )
    made = [
        QcDecision(
            laboratory_id=run.laboratory_id,
            run_id=run.id,
            check_id=one.check_id,
            edition=one.edition + 1,
            decision=decision,
            reason=why.strip(),
            decided_by=person,
            decided_at=session.instant,
        )
        for one in chosen
    ]
    save(session, *made)
    if decision is QcDecisionKind.ACCEPT:
        release(session, run)
    return made


def _reasons_against(
    run: Run,
    person: UUID,
    chosen: Sequence[Chosen],
    checks: Mapping[UUID, BatchCheck],
    known: Mapping[UUID, QcDecision],
    why: str,
) -> list[Reason]:
    found = []
    if not chosen:
        found.append(reason("table.none_chosen", "Choose at least one row first.", at=Where(field="chosen")))
    if len(why.strip()) < SHORTEST_REASON:
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
    for one in chosen:
        check = checks.get(one.check_id)
        if check is None:
            raise NotFound.of("check", one.check_id)
        if not holds_back(check):
            found.append(reason("qc.holds_nothing", "A check that holds nothing back needs no decision."))
        elif one.check_id in known and known[one.check_id].decision is QcDecisionKind.ACCEPT:
            found.append(
                reason(
                    "qc.accepted_before",
                    "This check was accepted already; results may rest on it. Open nonconforming work instead.",
                )
            )
    return found


def release(session: LimsSession, run: Run) -> None:
    """Give the amounts that nothing holds back any more, each with the reservations it rests on."""
    checks = queries.checks_of(session, run.id)
    decisions = decisions_of(session, run.id)
    kinds = {
        entry.id: entry.kind
        for entry in session.exec(select(WorksheetEntry).where(WorksheetEntry.worksheet_id == run.worksheet_id)).all()
    }
    names = names_of(session, {one.decided_by for one in decisions.values()})
    holding = [check for check in checks if holds_back(check)]
    measurements = session.exec(
        select(Measurement).where(Measurement.run_id == run.id, col(Measurement.is_computed).is_(False))
    ).all()
    released = []
    for measurement in measurements:
        if measurement.withheld is None:
            continue
        over = [one for one in holding if covers(one, kinds.get(one.entry_id) if one.entry_id else None, measurement)]
        found = [decisions.get(check.id) for check in over]
        if not over or any(one is None or one.decision is not QcDecisionKind.ACCEPT for one in found):
            continue
        measurement.amount = measurement.withheld
        measurement.is_computed = True
        measurement.reservations = [
            _reservation(check, decisions[check.id], names.get(decisions[check.id].decided_by, "")) for check in over
        ]
        measurement.reasons = []
        released.append(measurement)
    if not released:
        return
    save(session, *released)
    if run.status is RunStatus.FAILED:
        run.status = RunStatus.ACCEPTED
        worksheet = queries.worksheet_of(session, run)
        worksheet.status = WorksheetStatus.IMPORTED
        save(session, run)
        save(session, worksheet)


def _reservation(check: BatchCheck, decision: QcDecision, name: str) -> dict[str, Any]:
    return {
        "check": str(check.id),
        "kind": check.kind.value,
        "limit": check.limit_text,
        "why": check.reason,
        "decision": str(decision.id),
        "reason": decision.reason,
        "decided_by": name,
        "decided_at": decision.decided_at.isoformat(),
    }
