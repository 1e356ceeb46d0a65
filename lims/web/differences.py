"""An audit entry in words: which values of a record it changed, from what to what."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Boolean, Column, Date, DateTime, TypeDecorator

from lims.core.language import Language, translator
from lims.core.reasons import mark
from lims.core.record_words import column_word
from lims.core.words import word_in
from lims.db.audit_reading import Key, names_of_records
from lims.db.audit_tables import AuditEntry
from lims.db.record import metadata
from lims.db.types import EnumValue
from lims.db.work import LimsSession
from lims.web import formats

#: Longer values (a snapshot, the rows of an accounting) are cut: the trail itself keeps them whole.
LONGEST = 500
#: Columns that say nothing to people: the record is named beside its entry, and its laboratory is the reader's.
_UNSHOWN = frozenset({"id", "laboratory_id", "version"})
_YES_NO = {True: mark("yes"), False: mark("no")}
_EMPTY_LIST = mark("none")
#: What the installation calls itself in the trail when no person acts.
_OWN_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "system": mark("the installation itself"),
        "worker": mark("background work: reports"),
        "indicators": mark("background work: indicators"),
        "command line": mark("the command line"),
    }
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One value before and after; `what` is the English word of its column. Of a secret only that it changed."""

    column: str
    what: str
    old: str | None
    new: str | None
    is_secret: bool = False


def differences(
    session: LimsSession,
    entries: Sequence[AuditEntry],
    language: Language,
    columns: Collection[str] | None = None,
    *,
    longest: int = LONGEST,
) -> list[tuple[Difference, ...]]:
    """What each of these entries changed, in the order of its columns; of all columns, or only of those named.

    An insert is from nothing, a deletion to nothing. People, samples and other records are told by their names, with
    one query for each table. Values of more than `longest` characters are cut.
    """
    states = [(entry, _state(entry.before), _state(entry.after)) for entry in entries]
    names = names_of_records(session, _referred(states))
    say = translator(language)

    def shown(column: "Column[Any] | None", value: Any) -> str | None:
        text = _shown(column, value, names, say)
        return text if text is None or len(text) <= longest else text[:longest] + "…"

    return [tuple(_of_one(entry, before, after, shown, columns)) for entry, before, after in states]


def person_of(entry: AuditEntry, say: Callable[[str], str]) -> str:
    """Who made an entry, as people say it: a person by name, the installation itself by what it was doing."""
    return entry.actor_name if entry.actor_id is not None else own_name(entry.actor_name, say)


def own_name(name: str, say: Callable[[str], str]) -> str:
    """What the installation calls itself when no person acts, in the language of the page; other names as they are."""
    return say(_OWN_NAMES[name]) if name in _OWN_NAMES else name


def _of_one(
    entry: AuditEntry,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    shown: "Callable[[Column[Any] | None, Any], str | None]",
    columns: Collection[str] | None,
) -> Iterator[Difference]:
    known = dict(metadata.tables[entry.entity].columns.items()) if entry.entity in metadata.tables else {}
    order = [name for name in known if name in before or name in after]
    order += sorted((before.keys() | after.keys()).difference(order))  # columns of an older edition of the program
    for name in order:
        old, new = before.get(name), after.get(name)
        if old == new or name in _UNSHOWN or (columns is not None and name not in columns):
            continue
        column = known.get(name)
        what = column_word(name, entry.entity)
        if column is not None and column.info.get("secret"):
            yield Difference(name, what, None, None, is_secret=True)
        else:
            yield Difference(name, what, shown(column, old), shown(column, new))


def _shown(column: "Column[Any] | None", value: Any, names: Mapping[Key, str], say: Callable[[str], str]) -> str | None:
    """A plain value of the trail as people read it."""
    if value is None:
        return None
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False) if value else say(_EMPTY_LIST)
    if column is None:
        return str(value)
    if (key := _refers_to(column, value)) is not None:
        return names.get(key, str(value))
    return _by_type(column, value, say)


def _by_type(column: "Column[Any]", value: Any, say: Callable[[str], str]) -> str:
    kind = column.type
    if isinstance(kind, EnumValue):
        return say(word_in(kind.enum.__name__, str(value)))
    if isinstance(kind, Boolean) and isinstance(value, bool):
        return say(_YES_NO[value])
    base = kind.impl if isinstance(kind, TypeDecorator) else kind
    try:
        if isinstance(base, DateTime):
            return formats.instant(datetime.fromisoformat(str(value)))
        if isinstance(base, Date):
            return formats.day(date.fromisoformat(str(value)))
    except ValueError:
        return str(value)  # written by hand, or by an older edition
    return str(value)


def _referred(states: Iterable[tuple[AuditEntry, Mapping[str, Any], Mapping[str, Any]]]) -> Iterator[Key]:
    """The records that values refer to."""
    for entry, before, after in states:
        if entry.entity not in metadata.tables:
            continue
        columns = metadata.tables[entry.entity].columns
        for state in (before, after):
            for name, value in state.items():
                if name in columns and name not in _UNSHOWN and (key := _refers_to(columns[name], value)) is not None:
                    yield key


def _refers_to(column: "Column[Any]", value: Any) -> Key | None:
    """The record whose id a value is."""
    for target in column.foreign_keys:
        if value is not None and target.column.name == "id":
            return target.column.table.name, str(value)
    return None


def _state(text: str | None) -> dict[str, Any]:
    return {} if text is None else dict(json.loads(text))
