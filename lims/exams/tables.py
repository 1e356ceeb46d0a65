"""Records of exams: the question bank, exams with their candidates, answers one by one, markings, faulty questions."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Integer, Table, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from lims.db.record import SECRET, LaboratoryRecord
from lims.db.types import EnumValue, ExactDecimal
from lims.exams.rules import Difficulty, Draw, ExamState, FaultState, HandedInBy, PartialCredit, QuestionKind


class ExamQuestion(LaboratoryRecord, table=True):
    """题库题目: one edition of a question; what it says never changes, an edited one is the next edition.

    `answers`: letters of `options`, `true` or `false`, one number, or the texts that are accepted. `superseded_at`:
    when the next edition came.
    """

    __tablename__ = "exam_question"
    __table_args__ = (UniqueConstraint("laboratory_id", "code", "edition"),)

    code: str = Field(max_length=20)
    edition: int = Field(default=1)
    kind: QuestionKind = Field(sa_type=EnumValue(QuestionKind))
    subject: str = Field(max_length=40)
    difficulty: Difficulty = Field(sa_type=EnumValue(Difficulty))
    stem: str = Field(sa_type=Text)
    stem_en: str | None = Field(default=None, sa_type=Text)
    options: list[str] = Field(default_factory=list, sa_type=JSON)
    options_en: list[str] = Field(default_factory=list, sa_type=JSON)
    answers: list[str] = Field(sa_type=JSON)
    tolerance: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    unit: str | None = Field(default=None, max_length=20)
    explanation: str | None = Field(default=None, sa_type=Text)
    explanation_en: str | None = Field(default=None, sa_type=Text)
    source: str | None = Field(default=None, max_length=200)
    written_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    written_at: datetime
    superseded_at: datetime | None = Field(default=None)
    retired_at: datetime | None = Field(default=None)


class Exam(LaboratoryRecord, table=True):
    """考试: when it can be begun, how long it takes, and what papers are made of (`rules.Section` as stored).

    `seed` draws the papers; `pool` are the questions that it draws from (ids), kept when the exam opens.
    """

    number: str = Field(max_length=40, unique=True)
    title: str = Field(max_length=200)
    state: ExamState = Field(default=ExamState.DRAFT, sa_type=EnumValue(ExamState))
    sections: list[dict[str, Any]] = Field(sa_type=JSON)
    draw: Draw = Field(default=Draw.ONE_PAPER, sa_type=EnumValue(Draw))
    shuffles: bool = Field(default=True)
    partial_credit: PartialCredit = Field(default=PartialCredit.NOTHING, sa_type=EnumValue(PartialCredit))
    minutes: int
    opens_at: datetime
    last_start: datetime
    pass_mark: Decimal = Field(sa_type=ExactDecimal)
    full_marks: Decimal = Field(sa_type=ExactDecimal)
    seed: str = Field(max_length=64, sa_column_kwargs=SECRET)
    pool: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=SECRET)
    candidate_count: int = Field(default=0)
    planned_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    planned_at: datetime
    opened_at: datetime | None = Field(default=None)
    closed_at: datetime | None = Field(default=None)
    published_at: datetime | None = Field(default=None)


class ExamCandidate(LaboratoryRecord, table=True):
    """考生: somebody who sits an exam, by a key that says nothing of who it is; `name` may stay empty.

    Of the admission code and of the browser that sits there now only digests are kept. `paper` are its questions in
    their order, `rules` of marks included.
    """

    __tablename__ = "exam_candidate"
    __table_args__ = (UniqueConstraint("exam_id", "candidate_key"),)

    exam_id: UUID = Field(foreign_key="exam.id", ondelete="RESTRICT")
    candidate_key: str = Field(max_length=40)
    name: str | None = Field(default=None, max_length=60)
    admission_sha256: str | None = Field(default=None, max_length=64, unique=True, sa_column_kwargs=SECRET)
    session_sha256: str | None = Field(default=None, max_length=64, unique=True, sa_column_kwargs=SECRET)
    paper: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=SECRET)
    extra_minutes: int = Field(default=0)
    extra_reason: str | None = Field(default=None, sa_type=Text)
    started_at: datetime | None = Field(default=None)
    ends_at: datetime | None = Field(default=None, index=True)
    handed_in_at: datetime | None = Field(default=None)
    handed_in_by: HandedInBy | None = Field(default=None, sa_type=EnumValue(HandedInBy))


class ExamAnswer(LaboratoryRecord, table=True):
    """作答: what a candidate gave to one place of its paper, letters as they stand in the bank.

    `serial` orders what one candidate sent: what arrives late overtakes nothing.
    """

    __tablename__ = "exam_answer"
    __table_args__ = (UniqueConstraint("candidate_id", "place"),)

    candidate_id: UUID = Field(foreign_key="exam_candidate.id", ondelete="RESTRICT")
    place: int
    given: list[str] = Field(sa_type=JSON)
    serial: int = Field(sa_type=BigInteger)
    answered_at: datetime


class ExamMarking(LaboratoryRecord, table=True):
    """判分: what a paper is worth; frozen, marking it again is a new edition. `lines` are by place of the paper."""

    __tablename__ = "exam_marking"
    __table_args__ = (UniqueConstraint("candidate_id", "edition"),)

    exam_id: UUID = Field(foreign_key="exam.id", ondelete="RESTRICT", index=True)
    candidate_id: UUID = Field(foreign_key="exam_candidate.id", ondelete="RESTRICT")
    edition: int
    lines: list[dict[str, Any]] = Field(sa_type=JSON)
    total: Decimal = Field(sa_type=ExactDecimal)
    is_passed: bool
    marked_at: datetime


class ExamFault(LaboratoryRecord, table=True):
    """题目更正: a question of an exam that was found faulty; once a second person agrees, all papers are marked again.

    `answers` are what is right instead, as those of a question; without them everybody has its full marks.
    """

    __tablename__ = "exam_fault"

    exam_id: UUID = Field(foreign_key="exam.id", ondelete="RESTRICT", index=True)
    question_id: UUID = Field(foreign_key="exam_question.id", ondelete="RESTRICT")
    state: FaultState = Field(default=FaultState.PROPOSED, sa_type=EnumValue(FaultState))
    fault: str = Field(sa_type=Text)
    answers: list[str] | None = Field(default=None, sa_type=JSON)
    proposed_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    proposed_at: datetime
    decided_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    decided_at: datetime | None = Field(default=None)


class ExamAttempt(SQLModel, table=True):
    """Somebody gave an admission code that opens nothing; kept for minutes, against guessing. Never audited."""

    __tablename__ = "exam_attempt"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger().with_variant(Integer, "sqlite"))
    at: datetime = Field(index=True)
    address: str = Field(max_length=64, index=True)


_attempts: Table = ExamAttempt.__table__  # type: ignore[attr-defined]  # SQLModel does not declare __table__
ATTEMPTS = _attempts
