"""Records of the signed acts of reports."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from lims.db.record import LaboratoryRecord
from lims.db.types import EnumValue
from lims.documents.act_forms import SignedAct
from lims.people.sign_in_tables import SignInMethod


class ReportSignature(LaboratoryRecord, table=True):
    """签名: one of the three acts of a report, stated and signed by one person. Triggers keep the table append-only.

    `statement` is the canonical JSON of an `ActStatement`, `signature` that of the person's key over it, in base64;
    `content_sha256` names what was signed. `subject` is what the confirmation was asked for: it serves once.
    """

    __tablename__ = "report_signature"
    __table_args__ = (UniqueConstraint("report_id", "act"), UniqueConstraint("confirmation_id", "subject"))

    report_id: UUID = Field(foreign_key="report.id", ondelete="RESTRICT")
    act: SignedAct = Field(sa_type=EnumValue(SignedAct))
    person_id: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    at: datetime
    method: SignInMethod = Field(sa_type=EnumValue(SignInMethod))
    confirmation_id: UUID = Field(foreign_key="act_confirmation.id", ondelete="RESTRICT")
    subject: str = Field(max_length=60)
    key_id: UUID = Field(foreign_key="personal_key.id", ondelete="RESTRICT")
    content_sha256: str = Field(max_length=64)
    statement: str = Field(sa_type=Text)
    signature: str = Field(sa_type=Text)
    certificate_pem: str = Field(sa_type=Text)
