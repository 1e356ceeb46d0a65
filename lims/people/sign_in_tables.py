"""Records of signing in, and the few tables of the mechanism beside them that change with every request.

What a person did (signed in, set up a second factor) is a record and audited. When a session was last used, which step
of a one-time code was spent, who tried in vain: these tell nothing about the laboratory's work and would flood the
trail. They are plain tables, written by statements alone.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Integer, Table, Text
from sqlmodel import Field, SQLModel

from lims.db.record import SECRET, LaboratoryRecord
from lims.db.types import EnumValue
from lims.people.throttle import AttemptOutcome


class SignInMethod(StrEnum):
    """How a person proved who they are."""

    PASSWORD = "password"  # noqa: S105  # no password
    PASSWORD_AND_CODE = "password_and_code"  # noqa: S105  # no password
    PASSWORD_AND_RECOVERY_CODE = "password_and_recovery_code"  # noqa: S105  # no password
    PASSKEY = "passkey"


class WebSession(LaboratoryRecord, table=True):
    """A browser that a person has signed in with; the token itself is in its cookie and never stored."""

    __tablename__ = "web_session"

    user_id: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT", index=True)
    token_sha256: str = Field(max_length=64, unique=True, sa_column_kwargs=SECRET)
    method: SignInMethod = Field(sa_type=EnumValue(SignInMethod))
    device: str = Field(max_length=100)
    opened_at: datetime
    expires_at: datetime
    ended_at: datetime | None = Field(default=None)


class Totp(LaboratoryRecord, table=True):
    """The secret that a person's phone makes one-time codes from (RFC 6238), sealed; in force once confirmed."""

    user_id: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT", unique=True)
    sealed_secret: str = Field(max_length=300, sa_column_kwargs=SECRET)
    confirmed_at: datetime | None = Field(default=None)


class RecoveryCode(LaboratoryRecord, table=True):
    """A code for the day on which the phone is lost, by its SHA-256; it serves once."""

    __tablename__ = "recovery_code"

    user_id: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT", index=True)
    code_sha256: str = Field(max_length=64, unique=True, sa_column_kwargs=SECRET)
    used_at: datetime | None = Field(default=None)


class Passkey(LaboratoryRecord, table=True):
    """A key pair of a person's device (WebAuthn); here is its public half. Ids and keys are written in base64url."""

    user_id: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT", index=True)
    credential_id: str = Field(max_length=1400, unique=True)
    public_key: str = Field(sa_type=Text)
    label: str = Field(max_length=60)
    registered_at: datetime


class SessionUse(SQLModel, table=True):
    """When a session was last used, to the minute."""

    __tablename__ = "session_use"

    session_id: UUID = Field(primary_key=True, foreign_key="web_session.id", ondelete="RESTRICT")
    used_at: datetime


class TotpUse(SQLModel, table=True):
    """The last step of 30 seconds whose code a person has used: it and those before it are spent (RFC 6238, 5.2)."""

    __tablename__ = "totp_use"

    user_id: UUID = Field(primary_key=True, foreign_key="app_user.id", ondelete="RESTRICT")
    step: int = Field(sa_type=BigInteger)


class PasskeyUse(SQLModel, table=True):
    """How often the device says that it has signed, and when it last did."""

    __tablename__ = "passkey_use"

    passkey_id: UUID = Field(primary_key=True, foreign_key="passkey.id", ondelete="RESTRICT")
    sign_count: int = Field(sa_type=BigInteger)
    used_at: datetime | None = Field(default=None)


class PendingKind(StrEnum):
    """What a half-finished ceremony waits for."""

    SECOND_FACTOR = "second_factor"
    PASSKEY_REGISTRATION = "passkey_registration"
    PASSKEY_SIGN_IN = "passkey_sign_in"
    PASSKEY_CONFIRMATION = "passkey_confirmation"


class PendingCeremony(SQLModel, table=True):
    """Somebody in the middle of signing in or of registering a passkey. It gives no right; it lives some minutes.

    `user_version` binds it to the account as it was: a new password or a deactivation ends what was under way.
    """

    __tablename__ = "pending_ceremony"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    kind: PendingKind = Field(sa_type=EnumValue(PendingKind))
    token_sha256: str = Field(max_length=64, unique=True)
    user_id: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    user_version: int | None = Field(default=None)
    challenge: str = Field(max_length=100)
    address: str = Field(max_length=64, index=True)
    expires_at: datetime = Field(index=True)


class SignInAttempt(SQLModel, table=True):
    """Somebody tried to sign in. Of a name that nobody has, only a digest is kept: people type passwords there."""

    __tablename__ = "sign_in_attempt"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger().with_variant(Integer, "sqlite"))
    at: datetime = Field(index=True)
    username: str = Field(max_length=80, index=True)
    address: str = Field(max_length=64, index=True)
    outcome: AttemptOutcome = Field(sa_type=EnumValue(AttemptOutcome))


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel does not declare __table__
    return table


SESSION_USES = _table(SessionUse)
TOTP_USES = _table(TotpUse)
PASSKEY_USES = _table(PasskeyUse)
CEREMONIES = _table(PendingCeremony)
ATTEMPTS = _table(SignInAttempt)
