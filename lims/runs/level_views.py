"""Standards that may be left out of a calibration, and what was decided on them, as the page of an analyte shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from lims.people.queries import names_of
from lims.runs.left_out import level_decisions_of, that_count
from lims.runs.rules import EntryKind
from lims.runs.tables import Calibration, LevelDecision, WorksheetEntry
from lims.science.rounding import plain


@dataclass(frozen=True, slots=True)
class StandardChoice:
    """A standard of the sequence, and whether somebody left it out. `token` asks for the other."""

    label: str
    nominal: str
    is_left_out: bool

    @property
    def token(self) -> str:
        """What the form sends: in:Cal-1 takes back, out:Cal-1 leaves out."""
        return f"{'in' if self.is_left_out else 'out'}:{self.label}"


@dataclass(frozen=True, slots=True)
class DecidedLevel:
    """A decision on a standard with its position and whoever decided."""

    decision: LevelDecision
    label: str
    by: str


@dataclass(frozen=True, slots=True)
class LevelContext:
    """Everything of the standards of one analyte."""

    version: int
    choices: Sequence[StandardChoice]
    decided: Sequence[DecidedLevel]


def level_context(session: Session, calibration: Calibration, entries: Mapping[UUID, WorksheetEntry]) -> LevelContext:
    """The standards of a calibration with all decisions on them, the newest first."""
    decisions = level_decisions_of(session, calibration.run_id).get(calibration.id, [])
    newest = that_count(decisions)
    names = names_of(session, {one.decided_by for one in decisions})
    standards = [one for one in entries.values() if one.kind is EntryKind.CALIBRATION_STANDARD]
    return LevelContext(
        version=calibration.version,
        choices=[
            StandardChoice(
                one.label,
                "" if one.nominal_concentration is None else plain(one.nominal_concentration),
                one.id in newest and newest[one.id].is_left_out,
            )
            for one in sorted(standards, key=lambda one: one.position)
        ],
        decided=[
            DecidedLevel(one, entries[one.entry_id].label, names.get(one.decided_by, "")) for one in reversed(decisions)
        ],
    )
