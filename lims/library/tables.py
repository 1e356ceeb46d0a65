"""Records of the library. They belong to the network: every laboratory judges by the same facts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from lims.db.record import SECRET, Record


class LibraryRelease(Record, table=True):
    """方法库版本: a released state of the library. It is never changed; the newest one loaded is in use."""

    __tablename__ = "library_release"

    edition: str = Field(max_length=40, unique=True)
    title: str = Field(max_length=200)
    sha256: str = Field(max_length=64, unique=True)
    # The audit trail keeps a digest of a whole file, not the file.
    manifest: str = Field(sa_type=Text, sa_column_kwargs=SECRET)
    loaded_at: datetime


class LibraryFile(Record, table=True):
    """One file of a release, byte for byte as it was released; the library in use is built from them."""

    __tablename__ = "library_file"
    __table_args__ = (UniqueConstraint("release_id", "name"),)

    release_id: UUID = Field(foreign_key="library_release.id", ondelete="RESTRICT")
    name: str = Field(max_length=100)
    sha256: str = Field(max_length=64)
    content: str = Field(sa_type=Text, sa_column_kwargs=SECRET)
