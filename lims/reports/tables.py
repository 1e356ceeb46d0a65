"""Records of reports."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint
from sqlmodel import Field

from lims.db.record import LaboratoryRecord
from lims.db.types import EnumValue
from lims.documents.log_forms import LogAct
from lims.documents.phrases import ReportLanguage
from lims.reports.rules import Layout, ReportStatus


class Report(LaboratoryRecord, table=True):
    """检验报告: one report of one sample. `snapshot` is canonical JSON text, frozen when approved.

    The number is taken at approval. `pdf_sha256` is the address of the signed file in the vault, set
    once by the background work that draws and signs it. `results_sha256` names the verified results that
    the report was compiled from; when they are no longer those, the draft is outdated. `revision` counts
    the amendments (更改) of the first report, which is revision 0. `annex`: it carries the explanations of its
    judgement (附录), `annexes` names others. `language`: the one it is made in; `notice`: it tells
    results without verdicts. They are empty in reports that are older than these choices. `deviations`: what it was
    compiled to say of deviations from the method, in its language; when that is no longer so, the draft is outdated.
    """

    __table_args__ = (
        UniqueConstraint("laboratory_id", "number"),
        Index("ix_report_newest", "laboratory_id", "compiled_at", "number", "id"),
        Index("ix_report_list", "laboratory_id", "status", "issued_at"),
    )

    sample_id: UUID = Field(foreign_key="sample.id", ondelete="RESTRICT", index=True)
    number: str | None = Field(default=None, max_length=40)
    status: ReportStatus = Field(default=ReportStatus.COMPILED, sa_type=EnumValue(ReportStatus))
    judgement_id: UUID = Field(foreign_key="judgement.id", ondelete="RESTRICT")
    results_sha256: str = Field(max_length=64)
    revision: int = Field(default=0)
    replaces_id: UUID | None = Field(default=None, foreign_key="report.id", ondelete="RESTRICT", index=True)
    change_reason: str | None = Field(default=None, max_length=500)
    annex: bool | None = Field(default=None)
    language: ReportLanguage | None = Field(default=None, sa_type=EnumValue(ReportLanguage))
    notice: bool | None = Field(default=None)
    annexes: str | None = Field(default=None, max_length=60, description="Further annexes, parted by blanks.")
    stated_deviations: str | None = Field(default=None, max_length=500, description="What the compiler states.")
    deviations: str | None = Field(default=None, sa_type=Text, description="What it says of them; None: none.")
    compiled_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    compiled_at: datetime
    reviewed_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    reviewed_at: datetime | None = Field(default=None)
    approved_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    issued_at: datetime | None = Field(default=None)
    verification_token: str | None = Field(default=None, max_length=43, unique=True)
    snapshot: str | None = Field(default=None, sa_type=Text)
    snapshot_sha256: str | None = Field(default=None, max_length=64)
    pdf_sha256: str | None = Field(default=None, max_length=64)
    signed_at: datetime | None = Field(default=None)
    render_error: str | None = Field(default=None, sa_type=Text)
    sent_back_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    sent_back_at: datetime | None = Field(default=None)
    sent_back_reason: str | None = Field(default=None, max_length=500)
    withdrawn_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    withdrawn_at: datetime | None = Field(default=None)
    withdrawal_reason: str | None = Field(default=None, max_length=500)

    @property
    def layout(self) -> Layout:
        """How it is made; older reports are Chinese and have no annex."""
        further = (self.annexes or "").split()
        return Layout(
            bool(self.annex),
            self.language or ReportLanguage.CHINESE,
            bool(self.notice),
            uncertainty="uncertainty" in further,
            calibration="calibration" in further,
            photos="photos" in further,
            stated=self.stated_deviations,
        )


class LogLeaf(LaboratoryRecord, table=True):
    """日志条目: one leaf of the laboratory's transparency log. Database triggers keep the table append-only.

    `content` is the canonical JSON of its `LogEntry`, `hash` that of the leaf. `nodes` are the hashes of the perfect
    subtrees that the leaf completes, its own first, hexadecimal, parted by blanks: with them heads and proofs need a
    few rows only.
    """

    __tablename__ = "log_leaf"
    __table_args__ = (
        UniqueConstraint("laboratory_id", "place"),
        UniqueConstraint("laboratory_id", "hash"),
        UniqueConstraint("report_id", "act"),
    )

    place: int = Field(sa_type=BigInteger, description="From 0, without gaps.")
    report_id: UUID = Field(foreign_key="report.id", ondelete="RESTRICT")
    act: LogAct = Field(sa_type=EnumValue(LogAct))
    at: datetime
    content: str = Field(sa_type=Text)
    hash: str = Field(max_length=64)
    nodes: str = Field(sa_type=Text)


class LogHead(LaboratoryRecord, table=True):
    """签名树头: a head of the laboratory's log as it was signed. Append-only as well."""

    __tablename__ = "log_head"
    __table_args__ = (UniqueConstraint("laboratory_id", "serial"), Index("ix_log_head_size", "laboratory_id", "size"))

    serial: int
    size: int = Field(sa_type=BigInteger)
    root: str = Field(max_length=64)
    at: datetime
    signature: str = Field(sa_type=Text)
    certificate_pem: str = Field(sa_type=Text)
