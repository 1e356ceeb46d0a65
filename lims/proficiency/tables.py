"""Records of proficiency rounds: those of the organiser, with the key of the codes, and those of each participant."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Text, UniqueConstraint
from sqlmodel import Field

from lims.db.record import SECRET, LaboratoryRecord
from lims.db.types import EnumValue, ExactDecimal
from lims.proficiency.rules import ArrivalState, RoundState


class ProficiencyRound(LaboratoryRecord, table=True):
    """能力验证轮次: a round of the laboratory that organises it. `measurands` are `rules.Measurand` as stored.

    `coverage` is k of all expanded uncertainties; `replicates` how many values a result has.
    """

    __tablename__ = "proficiency_round"

    number: str = Field(max_length=40, unique=True)
    title: str = Field(max_length=200)
    year: int
    state: RoundState = Field(default=RoundState.DRAFT, sa_type=EnumValue(RoundState))
    items: list[str] = Field(default_factory=list, sa_type=JSON)
    measurands: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    coverage: Decimal = Field(default=Decimal(2), sa_type=ExactDecimal)
    replicates: int = Field(default=1)
    deadline: datetime
    participant_count: int = Field(default=0)
    homogeneity: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    planned_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    planned_at: datetime
    opened_at: datetime | None = Field(default=None)
    closed_at: datetime | None = Field(default=None)
    published_at: datetime | None = Field(default=None)


class ProficiencyParticipant(LaboratoryRecord, table=True):
    """参加者编号: which laboratory has which code in a round. It belongs to the organiser, who alone knows the key.

    `sent_on` and `parcel` are those of the items that were sent last, should others have been lost. `followed_at`: when
    nonconforming work was opened for what is not satisfactory, if anything is.
    """

    __tablename__ = "proficiency_participant"
    __table_args__ = (UniqueConstraint("round_id", "member_id"), UniqueConstraint("round_id", "code"))

    round_id: UUID = Field(foreign_key="proficiency_round.id", ondelete="RESTRICT")
    member_id: UUID = Field(foreign_key="laboratory.id", ondelete="RESTRICT", index=True)
    code: str = Field(max_length=10)
    sent_on: date | None = Field(default=None)
    parcel: str | None = Field(default=None, max_length=100)
    admitted_until: datetime | None = Field(default=None)
    admitted_reason: str | None = Field(default=None, sa_type=Text)
    followed_at: datetime | None = Field(default=None)


class ProficiencyArrival(LaboratoryRecord, table=True):
    """到样确认: when and how the items of a round reached a participant, as it says itself."""

    __tablename__ = "proficiency_arrival"
    __table_args__ = (UniqueConstraint("round_id", "laboratory_id"),)

    round_id: UUID = Field(foreign_key="proficiency_round.id", ondelete="RESTRICT")
    received_on: date
    arrival: ArrivalState = Field(sa_type=EnumValue(ArrivalState))
    note: str | None = Field(default=None, max_length=200)
    reported_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    reported_at: datetime


class ProficiencySubmission(LaboratoryRecord, table=True):
    """结果报送: that a participant handed in, and whether it was late.

    `received_on` and `arrival_condition` are told by older ones only; now `ProficiencyArrival` says it.
    """

    __tablename__ = "proficiency_submission"
    __table_args__ = (UniqueConstraint("round_id", "laboratory_id"),)

    round_id: UUID = Field(foreign_key="proficiency_round.id", ondelete="RESTRICT")
    received_on: date | None = Field(default=None)
    arrival_condition: str | None = Field(default=None, max_length=200)
    is_late: bool = Field(default=False)
    edition: int = Field(default=1)
    handed_in_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    handed_in_at: datetime


class ProficiencyResult(LaboratoryRecord, table=True):
    """What a participant found for one analyte in one item, as it was written; `uncertainty` is expanded."""

    __tablename__ = "proficiency_result"
    __table_args__ = (UniqueConstraint("submission_id", "analyte", "item"),)

    submission_id: UUID = Field(foreign_key="proficiency_submission.id", ondelete="RESTRICT")
    item: str = Field(max_length=20)
    analyte: str = Field(max_length=100)
    unit: str = Field(max_length=20)
    replicates: list[str] = Field(sa_type=JSON)
    uncertainty: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    method: str | None = Field(default=None, max_length=100)


class ProficiencyEvaluation(LaboratoryRecord, table=True):
    """评价结果: what was found from what had been handed in; frozen, a new evaluation is a new edition.

    `rows` are the table as it was read, and `data_sha256` is taken over them and the settings; `reports` is what pages
    and PDF show, by language. Of the large columns the audit trail keeps a digest: they never change.
    """

    __tablename__ = "proficiency_evaluation"
    __table_args__ = (UniqueConstraint("round_id", "edition"),)

    round_id: UUID = Field(foreign_key="proficiency_round.id", ondelete="RESTRICT")
    edition: int
    settings: dict[str, Any] = Field(sa_type=JSON)
    rows: list[dict[str, str]] = Field(sa_type=JSON, sa_column_kwargs=SECRET)
    data_sha256: str = Field(max_length=64)
    outcome: dict[str, Any] = Field(sa_type=JSON, sa_column_kwargs=SECRET)
    reports: dict[str, str] = Field(sa_type=JSON, sa_column_kwargs=SECRET)
    evaluated_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    evaluated_at: datetime
