"""Records of people. A user belongs to one laboratory; inspectors and managers see a region."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from lims.core.actions import Role
from lims.db.record import SECRET, LaboratoryRecord
from lims.db.types import EnumValue


class User(LaboratoryRecord, table=True):
    """A person who signs in. `region_code` widens what they see to the laboratories of a region."""

    __tablename__ = "app_user"

    username: str = Field(max_length=60, unique=True)
    full_name: str = Field(max_length=100)
    password_hash: str = Field(max_length=200, sa_column_kwargs=SECRET)
    region_code: str | None = Field(default=None, max_length=12, foreign_key="region.code", ondelete="RESTRICT")
    is_active: bool = Field(default=True)
    #: When an administrator set a password that the person must replace; None once they have.
    temporary_password_at: datetime | None = Field(default=None)

    @property
    def must_change_password(self) -> bool:
        """Somebody else knows the password: nothing but replacing it is allowed."""
        return self.temporary_password_at is not None


class UserRole(LaboratoryRecord, table=True):
    """One role of one person."""

    __tablename__ = "user_role"
    __table_args__ = (UniqueConstraint("user_id", "role"),)

    user_id: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    role: Role = Field(sa_type=EnumValue(Role))


class ApiToken(LaboratoryRecord, table=True):
    """A token by its SHA-256; the token itself is shown once and never stored."""

    __tablename__ = "api_token"

    user_id: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT", index=True)
    label: str = Field(max_length=100)
    token_sha256: str = Field(max_length=64, unique=True, sa_column_kwargs=SECRET)
    expires_at: datetime
    revoked_at: datetime | None = Field(default=None)


class AuthorisationKind(StrEnum):
    """What a person is authorised for."""

    METHOD = "method"
    SIGNATORY = "signatory"


class Authorisation(LaboratoryRecord, table=True):
    """授权: a technician's method, or the field of an authorised signatory (授权签字人); `subject` "*" is all."""

    user_id: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT", index=True)
    kind: AuthorisationKind = Field(sa_type=EnumValue(AuthorisationKind))
    subject: str = Field(max_length=100)
    starts_on: date
    ends_on: date | None = Field(default=None)
