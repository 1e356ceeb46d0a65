"""Records of the library. They belong to the network: every laboratory judges by the same facts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Text, UniqueConstraint
from sqlmodel import Field

from lims.db.record import SECRET, Record
from lims.db.types import EnumValue
from lims.library.draft_state import DraftState


class LibraryRelease(Record, table=True):
    """方法库版本: a released state of the library. It is never changed; the newest one loaded is in use."""

    __tablename__ = "library_release"

    edition: str = Field(max_length=40, unique=True)
    title: str = Field(max_length=200)
    sha256: str = Field(max_length=64, unique=True)
    # The audit trail keeps a digest of a whole file, not the file.
    manifest: str = Field(sa_type=Text, sa_column_kwargs=SECRET)
    loaded_at: datetime


class LibraryDraft(Record, table=True):
    """待发布版本: an edition that somebody loaded from a table. It decides nothing until a second person releases it.

    `loaded_by` None: by the command line. `release_id` is the release that was made with it.
    """

    __tablename__ = "library_draft"

    standard: str = Field(max_length=100, description="Code of the edition.")
    title: str = Field(max_length=200)
    market: str = Field(max_length=20)
    effective_on: date
    limits: int = Field(description="How many limits it has.")
    substances: int
    notes: dict[str, Any] = Field(sa_type=JSON, description="What became of the rows that are no limits.")
    file_name: str = Field(max_length=200)
    file_sha256: str = Field(max_length=64)
    state: DraftState = Field(default=DraftState.DRAFT, sa_type=EnumValue(DraftState))
    loaded_at: datetime
    loaded_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    decided_at: datetime | None = Field(default=None)
    decided_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    reason: str | None = Field(default=None, sa_type=Text)
    release_id: UUID | None = Field(default=None, foreign_key="library_release.id", ondelete="RESTRICT")


class LibraryDraftFile(Record, table=True):
    """One file of a loaded edition, as it will lie in the release."""

    __tablename__ = "library_draft_file"
    __table_args__ = (UniqueConstraint("draft_id", "name"),)

    draft_id: UUID = Field(foreign_key="library_draft.id", ondelete="RESTRICT")
    name: str = Field(max_length=200)
    sha256: str = Field(max_length=64)
    content: str = Field(sa_type=Text, sa_column_kwargs=SECRET)


class LibraryFile(Record, table=True):
    """One file of a release, byte for byte as it was released; the library in use is built from them."""

    __tablename__ = "library_file"
    __table_args__ = (UniqueConstraint("release_id", "name"),)

    release_id: UUID = Field(foreign_key="library_release.id", ondelete="RESTRICT")
    name: str = Field(max_length=100)
    sha256: str = Field(max_length=64)
    content: str = Field(sa_type=Text, sa_column_kwargs=SECRET)
