"""Reads of the audit trail, limited to the chains that an actor may see, and of what the records in it are called."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, false, or_, true
from sqlalchemy import select as select_rows
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.db.audit_tables import NETWORK_CHAIN, AuditEntry
from lims.db.blocks import block_of, seen_of
from lims.db.parts import parts
from lims.db.record import metadata
from lims.db.work import LimsSession

#: By table the column that people know a record by.
_NAMED_BY: Mapping[str, str] = MappingProxyType(
    {
        "api_token": "label",
        "app_user": "full_name",
        "assigned_test": "parameter",
        "authorisation": "subject",
        "calibration": "analyte",
        "certificate": "number",
        "instrument": "code",
        "instrument_file": "name",
        "judgement": "serial",
        "judgement_line": "parameter",
        "laboratory": "name",
        "library_draft": "standard",
        "library_draft_file": "name",
        "library_file": "name",
        "library_release": "edition",
        "measurement": "analyte",
        "contest": "number",
        "contest_document": "number",
        "contest_entrant": "code",
        "contest_entry": "full_name",
        "contest_event": "title",
        "contest_judge": "label",
        "control_chart_limits": "analyte",
        "nonconforming_work": "number",
        "passkey": "label",
        "proficiency_participant": "code",
        "proficiency_result": "analyte",
        "proficiency_round": "number",
        "qc_plan": "method_code",
        "qc_check": "analyte",
        "region": "name",
        "report": "number",
        "reported_batch": "report_number",
        "result": "analyte",
        "return_received": "number",
        "return_sent": "number",
        "sample": "number",
        "saved_view": "name",
        "scope_line": "parameter",
        "signal": "compound",
        "target": "code",
        "user_role": "role",
        "verified_method": "analyte",
        "worksheet": "number",
        "worksheet_entry": "label",
    }
)

#: A record: its table and its id.
Key = tuple[str, str]


def visible_entries(actor: Actor, *, with_network: bool = False) -> SelectOfScalar[AuditEntry]:
    """The entries of the chains that an actor may see: those of their laboratories, and the network's when asked."""
    return select(AuditEntry).where(_visible(actor, with_network=with_network))


def entries_of_chain(actor: Actor, chain: str) -> SelectOfScalar[AuditEntry]:
    """The entries of one chain; none when the actor may not see it. One chain is read in order of an index."""
    visible = actor.visible_laboratories
    is_seen = visible is None or chain == NETWORK_CHAIN or chain in {str(v) for v in visible}
    return select(AuditEntry).where(AuditEntry.chain == chain, true() if is_seen else false())


def history_of(session: LimsSession, entity: str, record_id: UUID) -> Sequence[AuditEntry]:
    """Every entry on one record, first to last; of a block the record alone."""
    query = visible_entries(session.actor, with_network=True)
    found = query.where(of_record(record_id), AuditEntry.entity == entity).order_by(col(AuditEntry.id))
    return seen_of_record(session.exec(found).all(), record_id)


def of_record(record_id: UUID) -> ColumnElement[bool]:
    """The entries on one record, and that on the block in which it may have been made."""
    return col(AuditEntry.entity_id).in_({str(record_id), block_of(str(record_id))})


def seen_of_record(entries: Iterable[AuditEntry], record_id: UUID) -> list[AuditEntry]:
    """Entries as the history of a record has them."""
    seen = (seen_of(entry, str(record_id)) for entry in entries)
    return [entry for entry in seen if entry is not None]


def entries_since(session: LimsSession, entity: str, record_id: UUID, version: int) -> Sequence[AuditEntry]:
    """The entries on a record after a version of it: the first made version 1, and each that followed the next one."""
    return history_of(session, entity, record_id)[version:]


def names_of_records(session: LimsSession, wanted: Iterable[Key]) -> dict[Key, str]:
    """What people call these records; one query for each table. Without a name: records that are gone or nameless.

    The bench knows a sample by its blind code.
    """
    by_table: dict[str, set[UUID]] = defaultdict(set)
    for entity, record_id in wanted:
        if entity in _NAMED_BY and (key := _uuid(record_id)) is not None:
            by_table[entity].add(key)
    found: dict[Key, str] = {}
    for entity, ids in sorted(by_table.items()):
        table = metadata.tables.get(entity)
        if table is not None:
            found |= _names(session, table, _naming_column(session.actor, entity), ids)
    return found


def _names(session: LimsSession, table: Table, column: str, ids: set[UUID]) -> dict[Key, str]:
    visible = session.actor.visible_laboratories
    found: dict[Key, str] = {}
    for part in parts(ids):
        query = select_rows(table.c.id, table.c[column]).where(table.c.id.in_(part))
        if "laboratory_id" in table.c and visible is not None:
            query = query.where(table.c.laboratory_id.in_(visible))
        rows = session.connection().execute(query).all()
        found |= {(table.name, str(key)): str(name) for key, name in rows if name is not None}
    return found


def _naming_column(actor: Actor, entity: str) -> str:
    if entity == "sample" and not actor.may(Action.SAMPLE_UNBLIND):
        return "blind_code"
    return _NAMED_BY[entity]


def _visible(actor: Actor, *, with_network: bool) -> ColumnElement[bool]:
    if actor.visible_laboratories is None:
        return true()
    chains: list[Any] = [col(AuditEntry.chain) == str(v) for v in sorted(actor.visible_laboratories)]
    if with_network:
        chains.append(col(AuditEntry.chain) == NETWORK_CHAIN)
    return or_(*chains) if chains else false()


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
