"""Records of returns and of the batches that the indicators are computed from."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint
from sqlmodel import Field

from lims.db.record import LaboratoryRecord
from lims.db.types import EnumValue
from lims.indicators.rules import BatchVerdict
from lims.samples.rules import Programme, Stage


class ReturnSent(LaboratoryRecord, table=True):
    """直报: a return of the batches of a period, as it was signed and handed out.

    `sha256` is the address of the file in the vault; `content_sha256` covers the reported batches alone, so that a
    period in which nothing changed is not sent twice under two numbers. `log_size`: so many leaves had the transparency
    log whose head went along; empty when none did.
    """

    __tablename__ = "return_sent"
    __table_args__ = (
        UniqueConstraint("laboratory_id", "number"),
        Index("ix_return_sent_period", "laboratory_id", "starts_on", "ends_on"),
    )

    number: str = Field(max_length=40)
    starts_on: date
    ends_on: date
    records: int
    sha256: str = Field(max_length=64)
    content_sha256: str = Field(max_length=64)
    created_at: datetime
    created_by: str = Field(max_length=200)
    log_size: int | None = Field(default=None, sa_type=BigInteger)


class ReturnReceived(LaboratoryRecord, table=True):
    """A return from below, verified against its sender's certificate. `laboratory_id` is the receiver.

    `sha256` is the address of the file in the vault, in its canonical spelling. `log_size` and `log_root` are the head
    of the sender's transparency log that went along; empty when none did.
    """

    __tablename__ = "return_received"
    __table_args__ = (
        UniqueConstraint("laboratory_id", "sha256"),
        UniqueConstraint("laboratory_id", "sender_code", "number", name="uq_return_received_number"),
    )

    sender_code: str = Field(max_length=20)
    number: str = Field(max_length=40)
    starts_on: date
    ends_on: date
    records: int
    added: int
    changed: int
    sha256: str = Field(max_length=64)
    created_at: datetime
    received_at: datetime
    received_by: str = Field(max_length=200)
    log_size: int | None = Field(default=None, sa_type=BigInteger)
    log_root: str | None = Field(default=None, max_length=64)


class ReportedBatch(LaboratoryRecord, table=True):
    """上报批次: what one issued report says of its sample, here or below; the grain of every indicator.

    `laboratory_id` is the laboratory that keeps the record, `origin_code` the one that tested. A
    withdrawn report keeps its row with `withdrawn` set; a replaced one is superseded by the row of
    its successor (same `origin_code` and `sample_number`). `revision` grows with each of these:
    it counts the reports issued for the sample and the withdrawals. What a revision says never
    changes; only the hash of its PDF comes later, when the file has been drawn and signed.
    """

    __tablename__ = "reported_batch"
    __table_args__ = (
        UniqueConstraint("laboratory_id", "origin_code", "sample_number"),
        Index("ix_reported_batch_region", "laboratory_id", "region_code", "sampled_on"),
        Index("ix_reported_batch_groups", "laboratory_id", "food_group"),
        # Finds the other copies of a batch: a superior that lives in the same database keeps one too.
        Index("ix_reported_batch_copies", "origin_code", "sample_number", "revision", "laboratory_id", "id"),
    )

    origin_code: str = Field(max_length=20)
    sample_number: str = Field(max_length=30)
    report_number: str = Field(max_length=40)
    revision: int = Field(default=1)
    region_code: str = Field(max_length=12, foreign_key="region.code", ondelete="RESTRICT")
    product_name: str = Field(max_length=100)
    food: str = Field(max_length=200)
    food_group: str = Field(max_length=100)
    programme: Programme = Field(sa_type=EnumValue(Programme))
    stage: Stage = Field(sa_type=EnumValue(Stage))
    sampled_on: date
    issued_at: datetime
    verdict: BatchVerdict = Field(sa_type=EnumValue(BatchVerdict))
    withdrawn: bool = Field(default=False)
    failing: str | None = Field(default=None, sa_type=Text, description="Failing parameters, in words.")
    pdf_sha256: str | None = Field(default=None, max_length=64)
    report_id: UUID | None = Field(default=None, foreign_key="report.id", ondelete="RESTRICT", index=True)
    return_id: UUID | None = Field(default=None, foreign_key="return_received.id", ondelete="RESTRICT")
