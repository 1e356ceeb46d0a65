"""Records of contests: those of the organiser, and those of laboratories and judges, each in their own laboratory."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Text, UniqueConstraint
from sqlmodel import Field

from lims.contests.rules import ContestState, CorrectionState, DocumentKind, EventKind, Finding, Gender, SheetState
from lims.db.record import SECRET, LaboratoryRecord
from lims.db.types import EnumValue, ExactDecimal
from lims.documents.phrases import ReportLanguage
from lims.network.rules import Level


class Contest(LaboratoryRecord, table=True):
    """竞赛: one stage of a season, at the level of the laboratory that organises it. `settings`: `rules.Settings`.

    `seed` is secret until the draw; its digest is shown from the beginning of entries. `board_frozen`: what the board
    shows while it is frozen.
    """

    __tablename__ = "contest"

    number: str = Field(max_length=40, unique=True)
    title: str = Field(max_length=200)
    title_en: str | None = Field(default=None, max_length=200)
    season: str = Field(max_length=100)
    year: int
    level: Level = Field(sa_type=EnumValue(Level))
    state: ContestState = Field(default=ContestState.DRAFT, sa_type=EnumValue(ContestState))
    streams: list[str] = Field(default_factory=list, sa_type=JSON)
    settings: dict[str, Any] = Field(sa_type=JSON)
    entries_until: datetime
    seed: str | None = Field(default=None, max_length=64, sa_column_kwargs=SECRET)
    seed_sha256: str | None = Field(default=None, max_length=64)
    draw_words: str | None = Field(default=None, max_length=200)
    drawn_at: datetime | None = Field(default=None)
    announced_at: datetime | None = Field(default=None)
    appeals_until: datetime | None = Field(default=None)
    finished_at: datetime | None = Field(default=None)
    board_token: str | None = Field(default=None, max_length=64, unique=True, sa_column_kwargs=SECRET)
    board_by_name: bool = Field(default=False)
    board_frozen: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    planned_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    planned_at: datetime


class ContestEvent(LaboratoryRecord, table=True):
    """竞赛项目. `sheets`: the score sheet in all its versions, the last one counts; `targets`: blind items, secret.

    `share` is its part among the events of theory, or among those of operation.
    """

    __tablename__ = "contest_event"
    __table_args__ = (UniqueConstraint("contest_id", "code"),)

    contest_id: UUID = Field(foreign_key="contest.id", ondelete="RESTRICT")
    code: str = Field(max_length=10)
    title: str = Field(max_length=100)
    title_en: str | None = Field(default=None, max_length=100)
    kind: EventKind = Field(sa_type=EnumValue(EventKind))
    place: int
    share: Decimal = Field(sa_type=ExactDecimal)
    full: Decimal = Field(default=Decimal(100), sa_type=ExactDecimal)
    sheets: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    targets: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs=SECRET)


class ContestEntry(LaboratoryRecord, table=True):
    """报名: a person whom a laboratory (`member_id`) enters; kept by the laboratory that wrote it.

    `team` is the key of the team, `team_name` its name. `origin_id`: the entry of the stage before it.
    """

    __tablename__ = "contest_entry"
    __table_args__ = (UniqueConstraint("contest_id", "member_id", "full_name", "stream"),)

    contest_id: UUID = Field(foreign_key="contest.id", ondelete="RESTRICT")
    member_id: UUID = Field(foreign_key="laboratory.id", ondelete="RESTRICT", index=True)
    full_name: str = Field(max_length=60)
    gender: Gender = Field(sa_type=EnumValue(Gender))
    stream: str = Field(max_length=40)
    post: str | None = Field(default=None, max_length=60)
    team: str = Field(max_length=20)
    team_name: str = Field(max_length=200)
    origin_id: UUID | None = Field(default=None, foreign_key="contest_entry.id", ondelete="RESTRICT")
    entered_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    entered_at: datetime


class ContestEntrant(LaboratoryRecord, table=True):
    """选手编号: which entry has which start number and which secret code. `withdrawn_reason`: takes no part now."""

    __tablename__ = "contest_entrant"
    __table_args__ = (UniqueConstraint("contest_id", "code"), UniqueConstraint("contest_id", "start_number"))

    contest_id: UUID = Field(foreign_key="contest.id", ondelete="RESTRICT")
    entry_id: UUID = Field(foreign_key="contest_entry.id", ondelete="RESTRICT", unique=True)
    member_id: UUID = Field(foreign_key="laboratory.id", ondelete="RESTRICT", index=True)
    start_number: int
    code: str = Field(max_length=10)
    withdrawn_reason: str | None = Field(default=None, sa_type=Text)


class ContestJudge(LaboratoryRecord, table=True):
    """裁判: a person with the codes of the events that they score. Shown as `label`, never by name."""

    __tablename__ = "contest_judge"
    __table_args__ = (UniqueConstraint("contest_id", "user_id"), UniqueConstraint("contest_id", "label"))

    contest_id: UUID = Field(foreign_key="contest.id", ondelete="RESTRICT")
    user_id: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT", index=True)
    member_id: UUID = Field(foreign_key="laboratory.id", ondelete="RESTRICT")
    label: str = Field(max_length=20)
    events: list[str] = Field(default_factory=list, sa_type=JSON)


class ContestSheet(LaboratoryRecord, table=True):
    """评分表: what one judge gave one entrant in one event; kept by the judge's laboratory, final when submitted."""

    __tablename__ = "contest_sheet"
    __table_args__ = (UniqueConstraint("judge_id", "event_id", "entrant_id"),)

    contest_id: UUID = Field(foreign_key="contest.id", ondelete="RESTRICT", index=True)
    event_id: UUID = Field(foreign_key="contest_event.id", ondelete="RESTRICT")
    entrant_id: UUID = Field(foreign_key="contest_entrant.id", ondelete="RESTRICT")
    judge_id: UUID = Field(foreign_key="contest_judge.id", ondelete="RESTRICT")
    sheet_version: int
    marks: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    deducted: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    seconds: int | None = Field(default=None)
    note: str | None = Field(default=None, sa_type=Text)
    state: SheetState = Field(default=SheetState.DRAFT, sa_type=EnumValue(SheetState))
    submitted_at: datetime | None = Field(default=None)


class ContestMark(LaboratoryRecord, table=True):
    """What comes without a judge: `given` is `{"mark": "87"}` of a theory paper, or parallel results by analyte."""

    __tablename__ = "contest_mark"
    __table_args__ = (UniqueConstraint("event_id", "entrant_id"),)

    contest_id: UUID = Field(foreign_key="contest.id", ondelete="RESTRICT", index=True)
    event_id: UUID = Field(foreign_key="contest_event.id", ondelete="RESTRICT")
    entrant_id: UUID = Field(foreign_key="contest_entrant.id", ondelete="RESTRICT")
    given: dict[str, Any] = Field(sa_type=JSON)
    source: str = Field(max_length=100)
    recorded_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    recorded_at: datetime


class ContestCorrection(LaboratoryRecord, table=True):
    """更正: what counts in place of a submitted sheet or a mark once a second person has approved it.

    `change` is what `ContestSheet` keeps in marks, deducted and seconds, or what `ContestMark` keeps in given; of an
    entrant (`entrant_id`) it is `{"takes_part": false}` or true, for who was scored already.
    """

    __tablename__ = "contest_correction"

    contest_id: UUID = Field(foreign_key="contest.id", ondelete="RESTRICT", index=True)
    sheet_id: UUID | None = Field(default=None, foreign_key="contest_sheet.id", ondelete="RESTRICT")
    mark_id: UUID | None = Field(default=None, foreign_key="contest_mark.id", ondelete="RESTRICT")
    entrant_id: UUID | None = Field(default=None, foreign_key="contest_entrant.id", ondelete="RESTRICT")
    change: dict[str, Any] = Field(sa_type=JSON)
    reason: str = Field(sa_type=Text)
    state: CorrectionState = Field(default=CorrectionState.PROPOSED, sa_type=EnumValue(CorrectionState))
    proposed_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    proposed_at: datetime
    decided_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    decided_at: datetime | None = Field(default=None)


class ContestAppeal(LaboratoryRecord, table=True):
    """申诉: of an entrant's laboratory against announced results, of one event or of all."""

    __tablename__ = "contest_appeal"

    contest_id: UUID = Field(foreign_key="contest.id", ondelete="RESTRICT", index=True)
    entrant_id: UUID = Field(foreign_key="contest_entrant.id", ondelete="RESTRICT")
    event_id: UUID | None = Field(default=None, foreign_key="contest_event.id", ondelete="RESTRICT")
    grounds: str = Field(sa_type=Text)
    filed_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    filed_at: datetime


class ContestDecision(LaboratoryRecord, table=True):
    """申诉处理决定: proposed by one person of the organiser and confirmed by another."""

    __tablename__ = "contest_decision"

    appeal_id: UUID = Field(foreign_key="contest_appeal.id", ondelete="RESTRICT", unique=True)
    finding: Finding = Field(sa_type=EnumValue(Finding))
    findings: str = Field(sa_type=Text)
    proposed_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    proposed_at: datetime
    decided_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    decided_at: datetime | None = Field(default=None)


class ContestResult(LaboratoryRecord, table=True):
    """成绩: what was announced; frozen, a further announcement is a new edition. `data_sha256`: of the raw scores."""

    __tablename__ = "contest_result"
    __table_args__ = (UniqueConstraint("contest_id", "edition"),)

    contest_id: UUID = Field(foreign_key="contest.id", ondelete="RESTRICT")
    edition: int
    outcome: dict[str, Any] = Field(sa_type=JSON, sa_column_kwargs=SECRET)
    data_sha256: str = Field(max_length=64)
    announced_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    announced_at: datetime


class ContestDocument(LaboratoryRecord, table=True):
    """获奖证书、成绩公告: frozen as `snapshot`, drawn and signed in the background. `token`: in the QR code."""

    __tablename__ = "contest_document"

    contest_id: UUID = Field(foreign_key="contest.id", ondelete="RESTRICT", index=True)
    entrant_id: UUID | None = Field(default=None, foreign_key="contest_entrant.id", ondelete="RESTRICT")
    kind: DocumentKind = Field(sa_type=EnumValue(DocumentKind))
    number: str = Field(max_length=60, unique=True)
    language: ReportLanguage = Field(sa_type=EnumValue(ReportLanguage))
    snapshot: dict[str, Any] = Field(sa_type=JSON)
    token: str = Field(max_length=64, unique=True, sa_column_kwargs=SECRET)
    issued_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    issued_at: datetime
    pdf_sha256: str | None = Field(default=None, max_length=64)
    signed_at: datetime | None = Field(default=None)
    render_error: str | None = Field(default=None, sa_type=Text)
