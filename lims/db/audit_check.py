"""`lims audit verify`: finds every edit, removal and insertion made behind the program's back, and names it.

Two questions. Is each chain whole: every entry hashed over its content and the entry before it, the
numbers without gaps, the head where the last entry is? And does every record still look as its last
entry left it, with none missing and none that no entry made?
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.exc import SQLAlchemyError

from lims.db.audit import ENTRIES, GENESIS, HEADS, entry_hash, state_of
from lims.db.record import Record, metadata


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as the program left it."""

    kind: str
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was looked at, and what was found."""

    chains: int
    entries: int
    records: int
    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        return not self.findings


def verify(connection: Connection) -> AuditReport:
    """Check every chain and every audited record of the database."""
    findings: list[Finding] = []
    states: dict[tuple[str, str], dict[str, Any]] = {}
    chains = entries = 0
    for chain, rows in _chains(connection):
        chains += 1
        entries += len(rows)
        findings += _check_chain(connection, chain, rows)
        _fold(rows, states)
    findings += _unknown_chains(connection)
    records = 0
    for table in audited_tables():
        found, count = _check_table(connection, table, states)
        findings += found
        records += count
    findings += [
        Finding("record.deleted", f"{entity} {key}", "The record is gone, and no entry says that it was deleted.")
        for entity, key in states
    ]
    return AuditReport(chains, entries, records, tuple(findings))


def audited_tables() -> list[Table]:
    """The tables of all record classes, in the order of their names."""
    names = {model.__table__.name for model in _models(Record)}
    return [table for name, table in sorted(metadata.tables.items()) if name in names]


def _models(base: type[Record]) -> Iterator[type[Record]]:
    for model in base.__subclasses__():
        if hasattr(model, "__mapper__"):
            yield model
        yield from _models(model)


def _chains(connection: Connection) -> Iterator[tuple[str, Sequence[Any]]]:
    names = connection.execute(select(ENTRIES.c.chain).distinct().order_by(ENTRIES.c.chain)).scalars().all()
    for chain in names:
        query = select(ENTRIES).where(ENTRIES.c.chain == chain).order_by(ENTRIES.c.number, ENTRIES.c.id)
        yield chain, connection.execute(query).all()


def _check_chain(connection: Connection, chain: str, rows: Sequence[Any]) -> list[Finding]:
    findings = []
    previous, expected = GENESIS, 1
    for row in rows:
        place = f"audit_entry {chain} #{row.number}"
        if row.number > expected:
            findings.append(
                Finding("entry.deleted", place, f"Entries #{expected} to #{row.number - 1} before it were removed.")
            )
        elif row.number < expected:
            findings.append(Finding("entry.inserted", place, "The entry was put in: its number occurs twice."))
        if row.number == expected and row.previous_hash != previous:
            findings.append(Finding("entry.broken", place, "The entry does not continue the one before it."))
        if row.hash != entry_hash(row._mapping):
            findings.append(Finding("entry.edited", place, f"The entry on {row.entity} {row.entity_id} was edited."))
        previous, expected = row.hash, row.number + 1
    head = connection.execute(select(HEADS).where(HEADS.c.chain == chain)).one_or_none()
    if head is None or (head.number, head.hash) != (expected - 1, previous):
        said = f"#{head.number}" if head else "nothing"
        findings.append(
            Finding("chain.cut", f"chain {chain}", f"The chain ends at #{expected - 1}, but its head says {said}.")
        )
    return findings


def _unknown_chains(connection: Connection) -> list[Finding]:
    used = select(ENTRIES.c.chain)
    empty = connection.execute(select(HEADS).where(HEADS.c.chain.not_in(used), HEADS.c.number > 0)).all()
    return [Finding("chain.cut", f"chain {row.chain}", f"All {row.number} entries were removed.") for row in empty]


def _fold(rows: Sequence[Any], states: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Replay the entries: the state in which each record must be now."""
    for row in rows:
        key = (row.entity, row.entity_id)
        match row.operation:
            case "insert":
                states[key] = json.loads(row.after)
            case "update":
                states[key] = {**states.get(key, {}), **json.loads(row.after)}
            case "delete":
                states.pop(key, None)


def _check_table(
    connection: Connection, table: Table, states: dict[tuple[str, str], dict[str, Any]]
) -> tuple[list[Finding], int]:
    findings = []
    ids = connection.execute(select(table.c.id)).scalars().all()
    try:
        rows = {row.id: row._asdict() for row in connection.execute(select(table))}
    except (ValueError, LookupError, ArithmeticError, TypeError, SQLAlchemyError):
        rows = {}  # somewhere stands what the program would never write: look row by row
    for key in ids:
        place = f"{table.name} {key}"
        expected = states.pop((table.name, str(key)), None)
        if expected is None:
            findings.append(Finding("record.inserted", place, "The record was put in: no entry made it."))
            continue
        actual = _actual(connection, table, rows, key)
        changed = sorted(name for name in actual.keys() | expected.keys() if actual.get(name) != expected.get(name))
        if changed:
            findings.append(Finding("record.edited", place, f"Edited behind the program: {', '.join(changed)}."))
    return findings, len(ids)


def _actual(connection: Connection, table: Table, rows: dict[Any, Any], key: Any) -> dict[str, Any]:
    if key in rows:
        return state_of(table, rows[key])
    try:
        row = connection.execute(select(table).where(table.c.id == key)).one()
        return state_of(table, row._asdict())
    except (ValueError, LookupError, ArithmeticError, TypeError, SQLAlchemyError):
        return {"content": "unreadable"}
