"""Sessions: one act is one transaction, scoped to what the actor may see; its audit entries are written with it.

Services take the open `Session` and never commit. A change outside `LimsSession.act` raises
`UnauditedWrite`: that is a fault of the program, not of its user.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import Engine, Table, event, insert, inspect
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, col

from lims.core.actors import Actor
from lims.core.errors import BadInput, Conflict, Forbidden, RuleRefused
from lims.core.reasons import reason
from lims.db.audit import Act, Change, append, canonical, chain_of, plain, state_of
from lims.db.blocks import LARGEST_BLOCK, write_block
from lims.db.engine import WRITES
from lims.db.parts import parts
from lims.db.record import LaboratoryOwned, LaboratoryRecord, Record

R = TypeVar("R", bound=Record)


class UnauditedWrite(RuntimeError):
    """The program tried to change a record without an act."""


class LimsSession(Session):
    """A session that knows who is at work. `act` is None while reading."""

    def __init__(self, engine: Engine, actor: Actor, act: Act | None) -> None:
        super().__init__(engine.execution_options(**{WRITES: act is not None}), expire_on_commit=False)
        self.actor = actor
        self.act = act
        self.info["scope"] = _scope_options(actor.visible_laboratories)
        self._changes: list[Change] = []

    @property
    def instant(self) -> datetime:
        """The instant of the act: "now" for everything that happens in it."""
        return _act_of(self).at

    def note(self, changes: Iterable[Change]) -> None:
        """Remember changes for the audit trail. Raises `UnauditedWrite` outside an act."""
        _act_of(self)
        self._changes.extend(changes)

    def write_entries(self, act: Act) -> None:
        """Write the entries of all changes, last in the act: the ends of the chains are locked for a moment only."""
        self.flush()
        if self._changes:
            append(self.connection(), act, self._changes)
            self._changes = []


@contextmanager
def open_session(engine: Engine, actor: Actor, act: Act | None) -> Iterator[LimsSession]:
    """A transaction that is committed on leaving (an act) or rolled back (a read, a failure).

    Raises:
        Conflict: another writer changed the same record meanwhile, or a key is taken.
        BadInput: the database cannot hold a value (PostgreSQL: a NUL in a text, a text that is too long).
    """
    with LimsSession(engine, actor, act) as session:
        try:
            _announce_scope(session)
            yield session
            if act is not None:
                session.write_entries(act)
                session.commit()
        except StaleDataError as error:
            raise _overtaken() from error
        except IntegrityError as error:
            raise Conflict(
                reason("conflict.key", "This collides with what is already stored: {what}", what=_brief(error))
            ) from error
        except DataError as error:
            raise BadInput(
                reason("value.unstorable", "A value here is too long, too large, or has characters that are no text.")
            ) from error
        except OperationalError as error:
            if _is_contention(error):
                raise _overtaken() from error
            raise


def save(session: Session, *records: R) -> R:
    """Add records and write them at once, so that the next ones may refer to them; the first is given back."""
    session.add_all(records)
    session.flush()
    return records[0]


def insert_many(session: LimsSession, model: type[R], rows: Sequence[Mapping[str, Any]]) -> list[UUID]:
    """Write many new records in few statements, each with its audit entry; their ids are given back.

    The object mapper is some ten times slower. Values are taken as they are, so rules must have checked them before.
    """
    if not rows:
        return []
    table = model.__table__
    defaults = _defaults(model)
    _refuse_foreign(session, model, (row.get("laboratory_id") for row in rows))
    session.flush()
    ids: list[UUID] = []
    for some in parts(rows):
        full = [{**defaults, "id": uuid4(), "version": 1, **row} for row in some]
        session.note(_new(table, row) for row in full)
        session.connection().execute(insert(table), full)
        ids.extend(row["id"] for row in full)
    return ids


def insert_block(session: LimsSession, model: type[R], rows: Iterable[Mapping[str, Any]]) -> list[UUID]:
    """Write what was read or computed by the ten thousand, with one audit entry for each `LARGEST_BLOCK` records.

    Their ids, which are made here, are given back in the order of the rows. What a person adds gets entries of its own
    (`insert_many`). Values are taken as they are. Raises `ValueError` for rows of several laboratories.
    """
    defaults = {**_defaults(model), "version": 1}
    session.flush()
    ids: list[UUID] = []
    for some in parts(rows, LARGEST_BLOCK):
        _refuse_foreign(session, model, (row.get("laboratory_id") for row in some))
        made, change = write_block(session.connection(), model.__table__, some, defaults)
        session.note((change,))
        ids += made
    return ids


def _new(table: Table, row: Mapping[str, Any]) -> Change:
    state = state_of(table, row)
    # As text: thousands of states would wait as dictionaries, several times as large.
    return Change(chain_of(state), "insert", table.name, str(row["id"]), None, canonical(state))


def check_version(record: Record, expected: int | None) -> None:
    """Refuse a change that was decided on an older state of the record."""
    if expected is not None and record.version != expected:
        raise _overtaken()


def own_laboratory(session: LimsSession) -> UUID:
    """The laboratory that new records belong to. Raises `RuleRefused` for an actor without one."""
    if session.actor.laboratory_id is None:
        raise RuleRefused(reason("laboratory.none", "You belong to no laboratory, so nothing can be recorded for one."))
    return session.actor.laboratory_id


def acting_person(session: LimsSession) -> UUID:
    """The person at work: results and reports are people's work, never the installation's. Raises `RuleRefused`."""
    if session.actor.user_id is None:
        raise RuleRefused(reason("result.no_person", "A result is entered or verified by a person who is signed in."))
    return session.actor.user_id


def _defaults(model: type[Record]) -> dict[str, Any]:
    return {
        name: field.get_default(call_default_factory=True, validated_data={})
        for name, field in model.model_fields.items()
        if not field.is_required() and name != "id"
    }


def _act_of(session: Session) -> Act:
    act: Act | None = getattr(session, "act", None)
    if act is None:
        raise UnauditedWrite("records are changed only inside an act")
    return act


@lru_cache(maxsize=256)
def _scope_options(visible: frozenset[UUID] | None) -> tuple[Any, ...]:
    """What every query of the session is limited to: law 7 has its one place here."""
    if visible is None:
        return ()
    ids = sorted(visible)
    return tuple(
        with_loader_criteria(model, col(model.laboratory_id).in_(ids), include_aliases=True)
        for model in _owned_models(LaboratoryOwned)
    )


def _owned_models(base: type[Any]) -> list[type[LaboratoryOwned]]:
    found = []
    for model in base.__subclasses__():
        if hasattr(model, "__mapper__") and model not in found:
            found.append(model)
        found.extend(m for m in _owned_models(model) if m not in found)
    return found


def _announce_scope(session: LimsSession) -> None:
    """Tell PostgreSQL's row-level security who is reading; it stands behind the scope of the queries."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        visible = session.actor.visible_laboratories
        scope = "*" if visible is None else ",".join(str(i) for i in sorted(visible))
        connection.exec_driver_sql("SELECT set_config('lims.laboratories', %s, true)", (scope,))


@event.listens_for(LimsSession, "do_orm_execute")
def _limit_to_scope(execution: ORMExecuteState) -> None:
    if execution.is_update or execution.is_delete:
        raise UnauditedWrite("bulk changes would leave no audit entries: load and change the records")
    if execution.is_select and not execution.is_column_load and not execution.is_relationship_load:
        scope = execution.session.info["scope"]
        if scope:
            execution.statement = execution.statement.options(*scope)


@event.listens_for(LimsSession, "before_flush")
def _audit(session: LimsSession, _context: Any, _instances: Any) -> None:
    changes = [
        *(_inserted(r) for r in session.new if isinstance(r, Record)),
        *(c for r in session.dirty if isinstance(r, Record) and (c := _changed(r)) is not None),
        *(_deleted(r) for r in session.deleted if isinstance(r, Record)),
    ]
    if not changes:
        return
    session.note(changes)
    for record in (*session.new, *session.dirty, *session.deleted):
        if isinstance(record, LaboratoryRecord):
            _refuse_foreign(session, type(record), (record.laboratory_id,))


def _refuse_foreign(session: LimsSession, model: type[Record], laboratory_ids: Any) -> None:
    """Who sees the laboratories of a region reads them; a person writes only into their own laboratory."""
    actor = session.actor
    if actor.visible_laboratories is None or not issubclass(model, LaboratoryRecord):
        return
    if not set(laboratory_ids) <= {actor.laboratory_id}:
        raise Forbidden(reason("laboratory.foreign", "This belongs to another laboratory."))


def _values(record: Record) -> dict[str, Any]:
    return {column.name: getattr(record, column.name) for column in record.__table__.columns}


def _inserted(record: Record) -> Change:
    state = state_of(record.__table__, _values(record))
    return Change(chain_of(state), "insert", record.__table__.name, str(record.id), None, state)


def _deleted(record: Record) -> Change:
    state = state_of(record.__table__, _values(record))
    return Change(chain_of(state), "delete", record.__table__.name, str(record.id), state, None)


def _changed(record: Record) -> Change | None:
    """Only the columns that differ; None when nothing does."""
    attributes = inspect(record).attrs
    old_values = _values(record)
    for column in record.__table__.columns:
        history = attributes[column.name].history
        if history.deleted:
            old_values[column.name] = history.deleted[0]
    new = state_of(record.__table__, _values(record))
    old = state_of(record.__table__, old_values)
    differing = [name for name in new if plain(new[name]) != plain(old[name])]
    if not differing:
        return None
    return Change(
        chain_of(new),
        "update",
        record.__table__.name,
        str(record.id),
        {name: old[name] for name in differing},
        {name: new[name] for name in differing},
    )


def _overtaken() -> Conflict:
    return Conflict(
        reason("conflict.changed", "Somebody changed this meanwhile. Load it again and repeat your change.")
    )


def _is_contention(error: OperationalError) -> bool:
    text = str(error.orig)
    return "database is locked" in text or "deadlock" in text or "could not serialize" in text


def _brief(error: IntegrityError) -> str:
    """The columns or the constraint; nothing else of what the database says."""
    named = re.search(r"constraint failed: (\w+\.\w+(?:, \w+\.\w+)*)|constraint \"(\w+)\"", str(error.orig))
    return (named[1] or named[2]) if named else "reference"
