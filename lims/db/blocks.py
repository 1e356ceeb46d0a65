"""Blocks of the audit trail (整块登记): one entry for all records that an act adds to one table at once.

What a machine read or the program computed comes by the ten thousand; an entry of its own for each record would cost
more than all the rest of the act. A block keeps the whole state of every record of it, column by column and packed, so
that the trail still says of each record what it was when it was made, and by whom, when and why.

Nothing in a record names its block. The ids of a block are the same but for four digits in their middle, which count
its records from 0: with zeros there, an id is that of the first record, under which the entry stands. The last eight
digits are random as those of any id.
"""

import base64
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, Connection, Table, insert
from sqlalchemy.engine import Dialect

from lims.core.canonical import canonical_text
from lims.db.audit import PLAIN_TYPES, UNAUDITED, Change, plain
from lims.db.audit_tables import NETWORK_CHAIN, AuditEntry
from lims.db.engine import json_text
from lims.db.types import ExactDecimal

#: The operation of an entry on a block.
BLOCK = "insert_all"
#: So many records are in a block at most; reading one of them unpacks them all.
LARGEST_BLOCK = 2_000
#: Where the counting digits stand in the written form of an id.
_COUNT = slice(24, 28)
_SHIFT = 32

State = dict[str, Any]


class BrokenBlock(ValueError):
    """What stands in an entry is no block: somebody edited it."""


def block_of(record_id: str) -> str:
    """The id under which the entry on the block of a record stands, if the record was made in one."""
    return f"{record_id[: _COUNT.start]}0000{record_id[_COUNT.stop :]}"


def write_block(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], defaults: Mapping[str, Any]
) -> tuple[list[UUID], Change]:
    """Insert rows, at most `LARGEST_BLOCK`, all of one laboratory; their ids, and what the trail is to say of them.

    Of a column that a row does not have the default is written, else NULL. JSON values are taken as they are: they hold
    no floats, as nowhere.

    Raises `ValueError` for rows of several laboratories, and for a table with secret columns.
    """
    ids = _ids(len(rows))
    kept: dict[str, list[Any]] = {}
    texts: dict[str, list[Any]] = {}
    bound: dict[str, list[Any]] = {}
    for column in table.columns:
        if column.info.get("secret"):
            raise ValueError(f"{table.name}.{column.name} is secret: its records need entries of their own")
        name, default = column.name, defaults.get(column.name)
        values: list[Any] = ids if name == "id" else [row.get(name, default) for row in rows]
        if isinstance(column.type, JSON):
            texts[name] = bound[name] = _spelled(values, json_text)
            continue
        bound[name] = _spelled(values, _binding(column.type, connection.dialect))
        if name not in UNAUDITED and name != "id":
            # A decimal is bound as the trail spells it.
            as_bound = isinstance(column.type, ExactDecimal)
            kept[name] = bound[name] if as_bound else _spelled(values, plain)
    laboratories = set(kept.get("laboratory_id", [NETWORK_CHAIN]))
    if len(laboratories) != 1:
        raise ValueError(f"a block of {table.name} belongs to one laboratory")
    _insert(connection, table, bound)
    return ids, Change(laboratories.pop(), BLOCK, table.name, str(ids[0]), None, _packed(len(ids), kept, texts))


def count_of(after: str | None) -> int:
    """How many records a block has, by the text of its entry; 0 for what is no block."""
    try:
        return int(json.loads(after or "")["count"])
    except (LookupError, TypeError, ValueError):
        return 0


def listed(entry: AuditEntry) -> AuditEntry:
    """An entry as a list of many has it: of a block, instead of the states, what all of its records share."""
    if entry.operation != BLOCK:
        return entry
    try:
        shared = json.loads(entry.after or "")["shared"]
    except (LookupError, TypeError, ValueError):
        shared = {}
    return AuditEntry(**(entry.model_dump() | {"after": canonical_text(shared)}))


def records_of(first_id: str, after: str | None) -> Iterator[tuple[str, State]]:
    """The id and the state of each record of a block, as an entry of its own would say it. Raises `BrokenBlock`."""
    block = _unpacked(after)
    try:
        columns = block["columns"]
        for n in range(block["count"]):
            key = f"{first_id[: _COUNT.start]}{n:04x}{first_id[_COUNT.stop :]}"
            state = {"id": key, **block["shared"]}
            state |= {name: values[n] for name, values in columns.items()}
            yield key, state
    except (LookupError, TypeError, ValueError) as error:
        raise BrokenBlock(str(error)) from error


def seen_of(entry: AuditEntry, record_id: str) -> AuditEntry | None:
    """An entry as the history of a record has it: of a block the record alone; None when it does not speak of it.

    A block that somebody edited speaks of nothing any more; the check of the trail names it.
    """
    if entry.operation != BLOCK:
        return entry if entry.entity_id == record_id else None
    try:
        states = dict(records_of(entry.entity_id, entry.after))
    except BrokenBlock:
        return None
    if (state := states.get(record_id)) is None:
        return None
    own = {"operation": "insert", "entity_id": record_id, "after": canonical_text(state)}
    return AuditEntry(**(entry.model_dump() | own))


def _ids(count: int) -> list[UUID]:
    if not 0 < count <= LARGEST_BLOCK:
        raise ValueError(f"a block has 1 to {LARGEST_BLOCK} records, not {count}")
    first = UUID(block_of(str(uuid4()))).int
    return [UUID(int=first + (n << _SHIFT)) for n in range(count)]


def _packed(count: int, kept: Mapping[str, list[Any]], texts: Mapping[str, list[Any]]) -> str:
    """The text of the entry: what all records have in common once, of the rest a JSON list for each column, packed.

    `texts` are the columns whose values are JSON already.
    """
    shared = {name: values[0] for name, values in kept.items() if all(value == values[0] for value in values)}
    lists = {name: canonical_text(values) for name, values in kept.items() if name not in shared}
    lists |= {name: f"[{','.join(values)}]" for name, values in texts.items()}
    content = ",".join(f'"{name}":{values}' for name, values in lists.items())
    packed = zlib.compress(f"{{{content}}}".encode(), 1)
    return canonical_text({"count": count, "shared": shared, "zlib": base64.b64encode(packed).decode("ascii")})


def _unpacked(after: str | None) -> State:
    try:
        outer = json.loads(after or "")
        return {**outer, "columns": json.loads(zlib.decompress(base64.b64decode(outer["zlib"])))}
    except (LookupError, TypeError, ValueError, zlib.error) as error:
        raise BrokenBlock(str(error)) from error


def _binding(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    """How the driver gets the values of a type; None: as they are."""
    found: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def _spelled(values: list[Any], spell: Callable[[Any], Any] | None) -> list[Any]:
    """Each value of a column spelled; an object that comes again and again is spelled once."""
    if spell is None or (spell is plain and set(map(type, values)) <= PLAIN_TYPES):
        return values
    several = {id(value): value for value in values}
    known = {key: spell(value) for key, value in several.items()}
    return [known[id(value)] for value in values]


def _insert(connection: Connection, table: Table, bound: Mapping[str, Sequence[Any]]) -> None:
    """The statement that SQLAlchemy makes, with values that are ready: it would spell each of them once more."""
    statement = insert(table).compile(dialect=connection.dialect, column_keys=list(bound))
    rows: list[Any]
    if statement.positional:
        rows = list(zip(*(bound[name] for name in statement.positiontup or ()), strict=True))
    else:
        rows = [dict(zip(bound, row, strict=True)) for row in zip(*bound.values(), strict=True)]
    connection.exec_driver_sql(str(statement), rows)
