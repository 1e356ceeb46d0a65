"""The tables of the audit chain. Database triggers make `audit_entry` append-only (see the first migration)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

#: The chain of records that belong to no laboratory.
NETWORK_CHAIN = "network"


class AuditEntry(SQLModel, table=True):
    """审计: one insert, change or deletion of one record, linked by hash to the entry before it in its chain."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("chain", "number"),
        Index("ix_audit_entry_newest", "chain", "id"),
        Index("ix_audit_entry_acts", "chain", "action", "id"),
        Index("ix_audit_entry_kinds", "chain", "entity", "id"),
        Index("ix_audit_entry_of_record", "entity_id", "chain", "entity"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger().with_variant(Integer, "sqlite"))
    chain: str = Field(max_length=36)
    number: int = Field(sa_type=BigInteger)
    at: datetime
    actor_id: UUID | None = Field(default=None)
    actor_name: str = Field(max_length=200)
    action: str = Field(max_length=60)
    reason: str | None = Field(default=None, sa_type=Text)
    operation: str = Field(max_length=10)
    entity: str = Field(max_length=60)
    entity_id: str = Field(max_length=36)
    before: str | None = Field(default=None, sa_type=Text)
    after: str | None = Field(default=None, sa_type=Text)
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class AuditHead(SQLModel, table=True):
    """The last entry of each chain; its row lock makes appending serial on PostgreSQL."""

    __tablename__ = "audit_head"

    chain: str = Field(primary_key=True, max_length=36)
    number: int = Field(sa_type=BigInteger)
    hash: str = Field(max_length=64)
