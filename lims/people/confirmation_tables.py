"""Records of who vouches for an act: the confirmations that acts are done with, and the keys that people sign with."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from lims.db.record import SECRET, LaboratoryRecord
from lims.db.types import EnumValue
from lims.people.sign_in_tables import SignInMethod


class ActConfirmation(LaboratoryRecord, table=True):
    """再次验证: a person proved afresh who they are, for one act on these subjects and for nothing else.

    Database triggers keep the table append-only. `subjects` are what the act is done to (sample numbers, report ids),
    parted by line feeds.
    """

    __tablename__ = "act_confirmation"

    user_id: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT", index=True)
    key_id: UUID = Field(foreign_key="personal_key.id", ondelete="RESTRICT")
    action: str = Field(max_length=60)
    subjects: str = Field(sa_type=Text)
    method: SignInMethod = Field(sa_type=EnumValue(SignInMethod))
    at: datetime


class KeyKind(StrEnum):
    """Where a person's key is from. DEVELOPMENT: made here on first use, for trial. OWN: of their PKCS#12 file.

    TOKEN: in the token of the installation (PKCS#11), under the user name.
    """

    DEVELOPMENT = "development"
    OWN = "own"
    TOKEN = "token"  # noqa: S105  # no password


class PersonalKey(LaboratoryRecord, table=True):
    """个人签名密钥: what one person signs with; the newest is the one in use.

    `sealed_key` is the private key of a person's own file, sealed; a key for trial stands in the folder of keys.
    """

    __tablename__ = "personal_key"
    __table_args__ = (UniqueConstraint("user_id", "serial"),)

    user_id: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    serial: int
    kind: KeyKind = Field(sa_type=EnumValue(KeyKind))
    sealed_key: str = Field(sa_type=Text, sa_column_kwargs=SECRET)
    certificate_pem: str = Field(sa_type=Text)
    issuer: str = Field(max_length=300)
    valid_from: datetime
    valid_until: datetime
    made_at: datetime
