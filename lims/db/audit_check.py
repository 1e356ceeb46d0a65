"""`lims audit verify`: finds every edit, removal and insertion made behind the program's back, and names it.

Two questions. Is each chain whole: every entry hashed over its content and the entry before it, the
numbers without gaps, the head where the last entry is? And does every record still look as its last
entry left it, with none missing and none that no entry made?
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Table, false, func, select, true
from sqlalchemy.exc import SQLAlchemyError

from lims.core.reasons import Reason, reason
from lims.db.audit import ENTRIES, GENESIS, HEADS, entry_hash, state_of
from lims.db.audit_tables import NETWORK_CHAIN
from lims.db.blocks import BLOCK, BrokenBlock, count_of, records_of
from lims.db.parts import parts
from lims.db.record import Record, metadata


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as the program left it."""

    place: str
    why: Reason

    @property
    def kind(self) -> str:
        """What was done behind the program's back."""
        return self.why.code

    @property
    def text(self) -> str:
        """The finding in English."""
        return self.why.text


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


#: Told now and then how many entries and records were looked at, and how many there are.
Tell = Callable[[int, int], None]
#: So many records are read at a time, and replayed at a time in the mean.
_PART, _REPLAYED = 500, 20_000
#: So many entries are read at a time: one on a block has some hundred kilobytes.
_ENTRIES = 100


def verify(connection: Connection, chains: Collection[str] | None = None, tell: Tell | None = None) -> AuditReport:
    """Check every chain and every audited record of the database, or those of some chains alone.

    A chain is named by the id of its laboratory; that of the network is `NETWORK_CHAIN`. However long the trail is,
    only a part of it is in memory.
    """
    work = _Work(connection, chains, tell)
    findings: list[Finding] = []
    names = work.names()
    for chain in names:
        findings += _check_chain(work, chain)
    findings += _unknown_chains(work)
    for span in _spans(work.entries + work.in_blocks):
        findings += _check_records(work, span)
    return AuditReport(len(names), work.entries, work.records, tuple(findings))


@contextmanager
def still(engine: Engine) -> Iterator[Connection]:
    """A connection that sees the whole database as it stands now, whatever is committed while the check runs."""
    if engine.dialect.name != "postgresql":
        with engine.connect() as connection:  # SQLite: a reading transaction is a snapshot
            yield connection
        return
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.exec_driver_sql("SELECT set_config('lims.laboratories', '*', true)")
        yield connection


class _Work:
    """What is looked at, and how far."""

    def __init__(self, connection: Connection, chains: Collection[str] | None, tell: Tell | None) -> None:
        self.connection = connection
        self.chains = None if chains is None else sorted(chains)
        self.entries = self.records = self.in_blocks = 0
        self._tell = tell
        self._total = 0 if tell is None else self._count()

    def limited(self, query: Any, column: Any) -> Any:
        """A query of rows that belong to chains, limited to those that are looked at."""
        return query if self.chains is None else query.where(column.in_(self.chains))

    def of(self, query: Any, table: Table) -> Any:
        """A query of records, limited to the laboratories whose chains are looked at."""
        if self.chains is None:
            return query
        if "laboratory_id" in table.c:
            return query.where(table.c.laboratory_id.in_([UUID(c) for c in self.chains if c != NETWORK_CHAIN]))
        return query.where(true() if NETWORK_CHAIN in self.chains else false())

    def names(self) -> Sequence[str]:
        """The chains that have entries."""
        query = self.limited(select(ENTRIES.c.chain).distinct().order_by(ENTRIES.c.chain), ENTRIES.c.chain)
        return self.connection.execute(query).scalars().all()

    def rows(self, chain: str) -> Iterator[Any]:
        """The entries of a chain, in order; a part of them in memory at a time."""
        query = select(ENTRIES).where(ENTRIES.c.chain == chain).order_by(ENTRIES.c.number, ENTRIES.c.id)
        for part in self.connection.execute(query, execution_options={"yield_per": _ENTRIES}).partitions():
            yield from part
            self.done(entries=len(part))

    def done(self, *, entries: int = 0, records: int = 0) -> None:
        """So many more were looked at."""
        self.entries += entries
        self.records += records
        if self._tell is not None:
            self._tell(self.entries + self.records, self._total)

    def _count(self) -> int:
        queries = [self.limited(select(func.count()).select_from(ENTRIES), ENTRIES.c.chain)]
        queries += [self.of(select(func.count()).select_from(table), table) for table in audited_tables()]
        return sum(self.connection.execute(query).scalar_one() for query in queries)


def audited_tables() -> list[Table]:
    """The tables of all record classes, in the order of their names."""
    names = {model.__table__.name for model in _models(Record)}
    return [table for name, table in sorted(metadata.tables.items()) if name in names]


def _models(base: type[Record]) -> Iterator[type[Record]]:
    for model in base.__subclasses__():
        if hasattr(model, "__mapper__"):
            yield model
        yield from _models(model)


def _check_chain(work: _Work, chain: str) -> list[Finding]:
    findings = []
    previous, expected = GENESIS, 1
    for row in work.rows(chain):
        place = f"audit_entry {chain} #{row.number}"
        if row.number > expected:
            removed = {"first": expected, "last": row.number - 1}
            why = reason("entry.deleted", "Entries #{first} to #{last} before it were removed.", **removed)
            findings.append(Finding(place, why))
        elif row.number < expected:
            why = reason("entry.inserted", "The entry was put in: its number occurs twice.")
            findings.append(Finding(place, why))
        if row.number == expected and row.previous_hash != previous:
            findings.append(Finding(place, reason("entry.broken", "The entry does not continue the one before it.")))
        work.in_blocks += count_of(row.after) if row.operation == BLOCK else 0
        if row.hash != entry_hash(row._mapping):
            edited = f"{row.entity} {row.entity_id}"
            why = reason("entry.edited", "The entry on {edited} was edited.", edited=edited)
            findings.append(Finding(place, why))
        previous, expected = row.hash, row.number + 1
    head = work.connection.execute(select(HEADS).where(HEADS.c.chain == chain)).one_or_none()
    if head is None or (head.number, head.hash) != (expected - 1, previous):
        said = f"#{head.number}" if head else "—"
        why = reason("chain.cut", "The chain ends at #{last}, but its head says {said}.", last=expected - 1, said=said)
        findings.append(Finding(f"chain {chain}", why))
    return findings


def _unknown_chains(work: _Work) -> list[Finding]:
    used = select(ENTRIES.c.chain)
    unknown = work.limited(select(HEADS).where(HEADS.c.chain.not_in(used), HEADS.c.number > 0), HEADS.c.chain)
    empty = work.connection.execute(unknown).all()
    return [
        Finding(f"chain {row.chain}", reason("chain.cut", "All {count} entries were removed.", count=row.number))
        for row in empty
    ]


@dataclass(frozen=True, slots=True)
class _Span:
    """Records whose ids lie between two beginnings of ids; None is open. Ids are random: equal spans hold as many."""

    low: str | None
    high: str | None

    def of_texts(self, query: Any, column: Any) -> Any:
        """A query limited to ids in their written form."""
        if self.low is not None:
            query = query.where(column >= self.low)
        return query if self.high is None else query.where(column < self.high)

    def of_ids(self, query: Any, column: Any) -> Any:
        """A query limited to ids."""
        if self.low is not None:
            query = query.where(column >= UUID(self.low.ljust(32, "0")))
        return query if self.high is None else query.where(column < UUID(self.high.ljust(32, "0")))


def _spans(entries: int) -> list[_Span]:
    """All ids, in as many spans as keep the entries of one of them few; the records of a block are in one span."""
    digits = 0
    while 16**digits * _REPLAYED < entries:
        digits += 1
    bounds = [format(n, f"0{digits}x") for n in range(1, 16**digits)] if digits else []
    return [_Span(low, high) for low, high in zip([None, *bounds], [*bounds, None], strict=True)]


def _check_records(work: _Work, span: _Span) -> list[Finding]:
    """Do the records of a span look as their last entries left them?"""
    states = _states(work, span)
    findings: list[Finding] = []
    for table in audited_tables():
        findings += _check_table(work, table, span, states)
    gone = reason("record.deleted", "The record is gone, and no entry says that it was deleted.")
    return findings + [Finding(f"{entity} {key}", gone) for entity, key in states]


def _states(work: _Work, span: _Span) -> dict[tuple[str, str], dict[str, Any]]:
    """Replay the entries: the state in which each record must be now."""
    states: dict[tuple[str, str], dict[str, Any]] = {}
    query = select(ENTRIES.c.entity, ENTRIES.c.entity_id, ENTRIES.c.operation, ENTRIES.c.after)
    query = span.of_texts(work.limited(query, ENTRIES.c.chain), ENTRIES.c.entity_id)
    for row in work.connection.execute(query.order_by(ENTRIES.c.chain, ENTRIES.c.number, ENTRIES.c.id)):
        key = (row.entity, row.entity_id)
        match row.operation:
            case "insert":
                states[key] = json.loads(row.after)
            case "update":
                states[key] = {**states.get(key, {}), **json.loads(row.after)}
            case "delete":
                states.pop(key, None)
            case operation if operation == BLOCK:
                states |= {(row.entity, one): state for one, state in _records_of(row)}
    return states


def _records_of(row: Any) -> list[tuple[str, dict[str, Any]]]:
    """The records of a block; none of one that somebody edited, which the check of its chain names."""
    try:
        return list(records_of(row.entity_id, row.after))
    except BrokenBlock:
        return []


def _check_table(
    work: _Work, table: Table, span: _Span, states: dict[tuple[str, str], dict[str, Any]]
) -> list[Finding]:
    findings = []
    connection = work.connection
    chosen = span.of_ids(work.of(select(table.c.id), table), table.c.id).order_by(table.c.id)
    for ids in parts(connection.execute(chosen).scalars().all(), _PART):
        rows = _rows(connection, table, ids)
        for key in ids:
            place = f"{table.name} {key}"
            expected = states.pop((table.name, str(key)), None)
            if expected is None:
                findings.append(Finding(place, reason("record.inserted", "The record was put in: no entry made it.")))
                continue
            actual = _actual(connection, table, rows, key)
            changed = sorted(name for name in actual.keys() | expected.keys() if actual.get(name) != expected.get(name))
            if changed:
                why = reason("record.edited", "Edited behind the program: {columns}.", columns=", ".join(changed))
                findings.append(Finding(place, why))
        work.done(records=len(ids))
    return findings


def _rows(connection: Connection, table: Table, ids: Sequence[Any]) -> dict[Any, Any]:
    try:
        return {row.id: row._asdict() for row in connection.execute(select(table).where(table.c.id.in_(ids)))}
    except (ValueError, LookupError, ArithmeticError, TypeError, SQLAlchemyError):
        return {}  # somewhere stands what the program would never write: look row by row


def _actual(connection: Connection, table: Table, rows: dict[Any, Any], key: Any) -> dict[str, Any]:
    if key in rows:
        return state_of(table, rows[key])
    try:
        row = connection.execute(select(table).where(table.c.id == key)).one()
        return state_of(table, row._asdict())
    except (ValueError, LookupError, ArithmeticError, TypeError, SQLAlchemyError):
        return {"content": "unreadable"}
