"""Records of judgements. They are written once: a new judgement is a new record beside the old one."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Text, UniqueConstraint
from sqlmodel import Field

from lims.db.record import LaboratoryRecord
from lims.db.types import EnumValue, ExactDecimal
from lims.limits.verdicts import Overall, Verdict


class Judgement(LaboratoryRecord, table=True):
    """判定: what is said of a sample, by which release of the library and the law of which day.

    `flags` name the parameters behind the word, each a list of substance codes: those of `lims.limits.verdicts.Flag`,
    `without_limit` and `not_judged`. Older judgements lack some of them.
    """

    sample_id: UUID = Field(foreign_key="sample.id", ondelete="RESTRICT", index=True)
    serial: int = Field(description="1 for the first judgement of the sample, 2 for the next.")
    judged_at: datetime
    judged_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    library_sha256: str = Field(max_length=64)
    basis_on: date
    overall: Overall = Field(sa_type=EnumValue(Overall))
    flags: dict[str, Any] = Field(sa_type=JSON)

    __table_args__ = (UniqueConstraint("sample_id", "serial"),)


class JudgementLine(LaboratoryRecord, table=True):
    """单项判定: what is said of one parameter, and the whole way to it.

    `amount` is the residue that was judged, as the plain form of `lims.science.amounts.Amount`, in `unit`; None when
    it could not be formed. `explanation` is made by `lims.limits.explanation`.
    """

    __tablename__ = "judgement_line"
    __table_args__ = (UniqueConstraint("judgement_id", "parameter"),)

    judgement_id: UUID = Field(foreign_key="judgement.id", ondelete="RESTRICT", index=True)
    test_id: UUID = Field(foreign_key="assigned_test.id", ondelete="RESTRICT")
    parameter: str = Field(max_length=100)
    verdict: Verdict = Field(sa_type=EnumValue(Verdict))
    limit_verdict: Verdict = Field(sa_type=EnumValue(Verdict))
    banned_detected: bool
    local_use_violation: bool
    amount: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    limit_value: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    unit: str = Field(max_length=20)
    explanation: dict[str, Any] = Field(sa_type=JSON)
    sentence_zh: str = Field(sa_type=Text)
    sentence_en: str = Field(sa_type=Text)
