"""The audit chain: what is written, and how each entry is bound to the one before it.

Ring 1 of three (see `docs/architecture.md`): every change of a record becomes an entry in the same
transaction. Ring 2 are database triggers, ring 3 is `lims.db.audit_check`.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from lims.core.actors import Actor
from lims.core.canonical import canonical_bytes, canonical_text
from lims.db.audit_tables import NETWORK_CHAIN, AuditEntry, AuditHead
from lims.db.parts import parts

ENTRIES: Table = AuditEntry.__table__  # type: ignore[attr-defined]  # SQLModel does not declare __table__
HEADS: Table = AuditHead.__table__  # type: ignore[attr-defined]
#: Hash before the first entry of a chain.
GENESIS = "0" * 64
#: Columns that say nothing about the record's content.
UNAUDITED = frozenset({"version"})
PLAIN_TYPES = frozenset({str, int, bool, type(None)})


@dataclass(frozen=True, slots=True)
class Act:
    """The circumstances of a transaction: who, what, why, when."""

    actor: Actor
    action: str
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One record before and after; a state is a mapping of column to plain value, or already its canonical text."""

    chain: str
    operation: str
    entity: str
    entity_id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | str | None


def plain(value: Any) -> Any:
    """A column value as JSON can hold it, the same for the same content on every database."""
    if type(value) in PLAIN_TYPES:  # most values by far; an import has tens of thousands
        return value
    match value:
        case Enum():
            return value.value
        case Decimal():
            return format(value, "f")
        case UUID():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
        case list() | tuple():
            return [item if type(item) in PLAIN_TYPES else plain(item) for item in value]
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case _:
            raise TypeError(f"no audit form for {type(value).__name__}")


def state_of(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """The audited state of a row; secret columns leave only a digest."""
    state = {}
    for name, is_secret in _audited_columns(table):
        value = plain(values.get(name))
        if is_secret and value is not None:
            value = "sha256:" + hashlib.sha256(str(value).encode()).hexdigest()
        state[name] = value
    return state


@cache
def _audited_columns(table: Table) -> tuple[tuple[str, bool], ...]:
    """The names of the audited columns, and whether each is secret."""
    return tuple((c.name, bool(c.info.get("secret"))) for c in table.columns if c.name not in UNAUDITED)


def chain_of(state: Mapping[str, Any]) -> str:
    """The chain that a record belongs to: its laboratory's, or the network's."""
    return str(state.get("laboratory_id") or NETWORK_CHAIN)


def canonical(state: Any) -> str | None:
    """The one text form of a state; hashes are taken over it."""
    return state if state is None or isinstance(state, str) else canonical_text(state)


def entry_hash(entry: Mapping[str, Any]) -> str:
    """SHA-256 over every field of an entry and the hash of the entry before it."""
    at: datetime = entry["at"]
    content = [
        entry["previous_hash"],
        entry["chain"],
        entry["number"],
        at.astimezone(UTC).isoformat(timespec="microseconds"),
        str(entry["actor_id"]) if entry["actor_id"] else None,
        entry["actor_name"],
        entry["action"],
        entry["reason"],
        entry["operation"],
        entry["entity"],
        entry["entity_id"],
        entry["before"],
        entry["after"],
    ]
    return hashlib.sha256(canonical_bytes(content)).hexdigest()


def append(connection: Connection, act: Act, changes: Sequence[Change]) -> None:
    """Write the entries of these changes at the ends of their chains."""
    by_chain: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_chain[change.chain].append(change)
    for chain in sorted(by_chain):  # one order for everyone, so that two writers cannot wait for each other
        number, last = _locked_head(connection, chain)
        for some in parts(by_chain[chain]):
            rows = []
            for change in some:
                number += 1
                row = _entry(act, change, number, last)
                last = row["hash"]
                rows.append(row)
            connection.execute(insert(ENTRIES), rows)
        connection.execute(update(HEADS).where(HEADS.c.chain == chain).values(number=number, hash=last))


def _entry(act: Act, change: Change, number: int, previous_hash: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "chain": change.chain,
        "number": number,
        "at": act.at,
        "actor_id": act.actor.user_id,
        "actor_name": act.actor.name,
        "action": act.action,
        "reason": act.reason,
        "operation": change.operation,
        "entity": change.entity,
        "entity_id": change.entity_id,
        "before": canonical(change.before),
        "after": canonical(change.after),
        "previous_hash": previous_hash,
    }
    row["hash"] = entry_hash(row)
    return row


def _locked_head(connection: Connection, chain: str) -> tuple[int, str]:
    query = select(HEADS.c.number, HEADS.c.hash).where(HEADS.c.chain == chain).with_for_update()
    head = connection.execute(query).one_or_none()
    if head is None:
        dialect_insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        first = dialect_insert(HEADS).values(chain=chain, number=0, hash=GENESIS).on_conflict_do_nothing()
        connection.execute(first)
        head = connection.execute(query).one()
    return head.number, head.hash
