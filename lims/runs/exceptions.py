"""What of a run is looked at by exception (例外复核): all that failed, could not be looked at, or is near a limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Float, cast, or_
from sqlmodel import Session, col, select

from lims.core.reasons import Translate
from lims.people.queries import names_of
from lims.runs.curves import NameOf
from lims.runs.deciding import decisions_of, holds_back
from lims.runs.page_queries import checks_with_positions
from lims.runs.rules import QcDecisionKind
from lims.runs.run_lists import row_address, value_text
from lims.runs.tables import BatchCheck, Measurement, QcDecision, Signal, WorksheetEntry
from lims.runs.views import said
from lims.science.quality_control import QcCheck, QcVerdict
from lims.science.quality_control_rules import NEAR

#: So many of each sort are shown; the list of checks has them all.
MOST: Final = 60
#: Not evaluated, these say something about the batch; a pair below the LOQ does not.
_TELLING: Final = frozenset(QcCheck) - {QcCheck.DUPLICATE, QcCheck.PRECISION, QcCheck.CALIBRATION_LEVEL}


class Look(StrEnum):
    """Why something is looked at."""

    FAILED = "look_failed"
    UNKNOWN = "look_not_evaluated"
    NEAR = "look_near"
    BY_HAND = "look_by_hand"
    OVER = "look_over_range"


@dataclass(frozen=True, slots=True)
class Flagged:
    """A check to look at. `may_decide`: it holds results back, and nobody has accepted it."""

    check: BatchCheck
    look: Look
    name: str
    position: str
    value: str
    why: str
    holds: bool
    decision: QcDecision | None
    decided_by: str

    @property
    def token(self) -> str:
        """The value of its box: the check and the edition of the decision that was seen."""
        return f"{self.check.id}:{self.decision.edition if self.decision else 0}"

    @property
    def may_decide(self) -> bool:
        """Whether a decision on it is open."""
        accepted = self.decision is not None and self.decision.decision is QcDecisionKind.ACCEPT
        return self.holds and not accepted


@dataclass(frozen=True, slots=True)
class Noted:
    """A measured sample to look at: integrated by hand, or above the calibrated range."""

    look: Look
    name: str
    label: str
    address: str


def flagged_checks(session: Session, run_id: UUID, name_of: NameOf, say: Translate) -> list[Flagged]:
    """The checks of a run to look at: what holds results back first, then what is not known, then what is near."""
    is_near = cast(col(BatchCheck.limit_used), Float) >= float(NEAR)
    rows: Sequence[tuple[BatchCheck, WorksheetEntry | None]] = session.exec(
        checks_with_positions()
        .where(BatchCheck.run_id == run_id, or_(col(BatchCheck.verdict) != QcVerdict.PASS, is_near))
        .order_by(col(BatchCheck.kind), col(BatchCheck.analyte), col(WorksheetEntry.position), col(BatchCheck.id))
    ).all()
    decisions = decisions_of(session, run_id)
    names = names_of(session, {one.decided_by for one in decisions.values()})
    found = []
    for check, entry in rows:
        look = _look_of(check)
        if look is None:
            continue
        decision = decisions.get(check.id)
        found.append(
            Flagged(
                check,
                look,
                name_of(check.analyte),
                "" if entry is None else entry.label,
                value_text(check),
                said(check.reason, say)["text"] if check.reason else "",
                holds_back(check),
                decision,
                names.get(decision.decided_by, "") if decision else "",
            )
        )
    order = list(Look)
    return sorted(found, key=lambda one: (not one.may_decide, not one.holds, order.index(one.look)))


def _look_of(check: BatchCheck) -> Look | None:
    if check.verdict is QcVerdict.FAIL:
        return Look.FAILED
    if check.verdict is QcVerdict.NOT_EVALUATED:
        is_planned = (check.reason or {}).get("code") != "qc.no_limit"
        return Look.UNKNOWN if check.kind in _TELLING and is_planned else None
    return Look.NEAR if check.limit_used is not None and check.limit_used >= NEAR else None


def noted_samples(session: Session, run_id: UUID, name_of: NameOf) -> Sequence[Noted]:
    """Samples that were integrated by hand or lie above the calibrated range."""
    over = Measurement.__table__.c.factors["range"].as_string() == "above_range"
    by_hand = col(Signal.manually_integrated).is_(True)
    rows = session.exec(
        select(Measurement, WorksheetEntry.label, Signal)
        .join(WorksheetEntry, col(WorksheetEntry.id) == col(Measurement.entry_id))
        .join(Signal, col(Signal.id) == col(Measurement.signal_id))
        .where(Measurement.run_id == run_id, or_(over, by_hand))
        .order_by(col(WorksheetEntry.position), col(Measurement.analyte))
        .limit(MOST)
    ).all()
    return [
        Noted(
            Look.OVER if measurement.factors.get("range") == "above_range" else Look.BY_HAND,
            name_of(measurement.analyte),
            label,
            row_address(run_id, signal.row, signal.column),
        )
        for measurement, label, signal in rows
    ]
