"""Standards that somebody left out of a calibration (剔除的校准点): what was decided on each, and what counts."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from lims.runs.tables import Calibration, LevelDecision


def level_decisions_of(session: Session, run_id: UUID) -> dict[UUID, list[LevelDecision]]:
    """Every decision on the standards of a run by its calibration, the oldest first."""
    rows = session.exec(
        select(LevelDecision)
        .join(Calibration, col(Calibration.id) == col(LevelDecision.calibration_id))
        .where(Calibration.run_id == run_id)
        .order_by(col(LevelDecision.decided_at), col(LevelDecision.edition))
    ).all()
    found: dict[UUID, list[LevelDecision]] = {}
    for one in rows:
        found.setdefault(one.calibration_id, []).append(one)
    return found


def that_count(decisions: Sequence[LevelDecision]) -> dict[UUID, LevelDecision]:
    """The newest decision on each standard of a calibration, by its position."""
    return {one.entry_id: one for one in sorted(decisions, key=lambda one: one.edition)}


def left_out_by(decisions: Sequence[LevelDecision], labels: Mapping[UUID, str]) -> dict[str, str]:
    """Why each standard is left out, by its label."""
    return {labels[entry_id]: one.reason for entry_id, one in that_count(decisions).items() if one.is_left_out}
