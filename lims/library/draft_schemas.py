"""JSON of editions that are loaded from a table."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from lims.library.difference import ChangeKind
from lims.library.draft_state import DraftState
from lims.library.schemas import DefinitionOut
from lims.web.fields import DecimalText, Input, Output, Page


class DraftOut(Output):
    """An edition that was loaded from a table."""

    id: UUID
    version: int
    standard: str
    title: str
    market: str
    effective_on: date
    limits: int
    substances: int
    notes: dict[str, Any]
    file_name: str
    file_sha256: str
    state: DraftState
    loaded_at: datetime
    loaded_by: str | None = Field(description="Full name, where the reader may see it; null for the command line too.")
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None
    release_id: UUID | None


class ChangeOut(Output):
    """A limit that differs."""

    kind: ChangeKind
    substance: str
    food: str
    before: DecimalText | None
    after: DecimalText | None
    unit: str


class ResidueChangeOut(Output):
    """A substance whose residue counts differently: its definitions as they were, and as they are."""

    substance: str
    before: list[DefinitionOut]
    after: list[DefinitionOut]


class ChangesOut(Page[ChangeOut]):
    """Limits that differ, and how many there are of each kind."""

    against: str | None
    against_is_whole: bool = Field(description="False: what the table adds may only not have been loaded before.")
    counts: dict[ChangeKind, int]
    residues: list[ResidueChangeOut] = Field(description="Of all substances of both editions, whatever part is asked.")


class DecisionIn(Input):
    """What was seen when it was decided."""

    version: int


class RejectionIn(DecisionIn):
    """Why an edition is set aside."""

    reason: str = Field(min_length=3, max_length=500, examples=["Two pages of the standard are missing."])
