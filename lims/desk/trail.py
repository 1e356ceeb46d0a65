"""The audit trail as pages show it: the list of entries, and the history of one record with every difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import ColumnElement, case, or_
from sqlalchemy import select as select_rows
from sqlmodel import col

from lims.core.action_words import ACTION_WORDS, action_phrase
from lims.core.actions import Action
from lims.core.errors import NotFound
from lims.core.language import Language, translator
from lims.core.reasons import Translate, mark
from lims.core.record_words import table_word
from lims.db.audit_check import audited_tables
from lims.db.audit_reading import history_of, names_of_records, of_record
from lims.db.audit_tables import NETWORK_CHAIN, AuditEntry
from lims.db.blocks import BLOCK, count_of, listed
from lims.db.record import metadata
from lims.db.work import LimsSession
from lims.desk.trail_check import Found
from lims.network import queries as network
from lims.web import formats
from lims.web.differences import Difference, differences, person_of
from lims.web.table import Column, Link, Mood, Said, Table
from lims.web.table_filters import ChoiceFilter, DaysFilter, Options, TextFilter, words_in

#: A list shows so many of the values that an entry changed; the history of the record shows all of them.
MOST_SHOWN = 4
_LONGEST = 60
#: In the history of a record values are whole, folded where they are long.
_WHOLE = 1_000_000
#: Words for what was done to a record.
OPERATIONS = {
    "insert": mark("added"),
    BLOCK: mark("added together"),
    "update": mark("changed"),
    "delete": mark("deleted"),
}
_OPERATION_MOODS: dict[str, Mood] = {"insert": "good", "update": "plain", "delete": "bad"}
#: By table: who may open the page of a record, the column that its address holds, and the address.
_PAGES: dict[str, tuple[Action, str, str]] = {
    "app_user": (Action.PEOPLE_READ, "username", "/people/{}"),
    "certificate": (Action.ACCREDITATION_READ, "id", "/accreditation/certificates/{}"),
    "instrument": (Action.EQUIPMENT_READ, "code", "/equipment/{}"),
    "laboratory": (Action.NETWORK_READ, "code", "/laboratories/{}"),
    "material": (Action.MATERIAL_READ, "id", "/materials/{}"),
    "report": (Action.REPORT_READ, "id", "/reports/{}"),
    "result": (Action.RESULT_READ, "id", "/results/{}"),
    "run": (Action.RUN_READ, "id", "/runs/{}"),
    "sample": (Action.SAMPLE_UNBLIND, "number", "/samples/{}"),
    "worksheet": (Action.RUN_READ, "number", "/worksheets/{}"),
}


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry in the list: what its record is called, and the first of what it changed."""

    entry: AuditEntry
    name: str
    who: str
    changed: str

    @property
    def address(self) -> str:
        """The entry in the history of its record."""
        return f"{history_address(self.entry.entity, self.entry.entity_id)}#e-{self.entry.id}"


@dataclass(frozen=True, slots=True)
class ToldFinding:
    """One thing that the check of the trail found: where, what, and the history of the record if it is one."""

    place: str
    text: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One entry in the history of a record, with every difference; texts are ready."""

    entry: AuditEntry
    what: str
    who: str
    operation: str
    mood: Mood
    differences: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class History:
    """A record from its first entry to its last. `address` leads to its own page, for those who may open it."""

    kind: str
    name: str
    steps: Sequence[Step]
    address: str | None


def _with_id(text: str) -> ColumnElement[bool]:
    """Entries on records whose id has these digits; by the whole id also that on the block of the record."""
    contained = words_in([col(AuditEntry.entity_id)], text)
    try:
        return or_(contained, of_record(UUID(text)))
    except ValueError:
        return contained


TRAIL: Table[EntryRow] = Table(
    name="audit",
    title=mark("Audit trail"),
    columns=(
        Column(
            "at",
            mark("When"),
            cell=lambda r: formats.second(r.entry.at),
            order=col(AuditEntry.at),
            link=lambda r: r.address,
            export=lambda r: r.entry.at,
        ),
        Column("who", mark("Who"), cell=lambda r: r.who, order=col(AuditEntry.actor_name)),
        Column("act", mark("Act"), cell=lambda r: Said(action_phrase(r.entry.action)), order=col(AuditEntry.action)),
        Column(
            "kind", mark("Record"), cell=lambda r: Said(table_word(r.entry.entity)), order=col(AuditEntry.entity)
        ),
        Column(
            "record",
            mark("Which one"),
            cell=lambda r: Link(history_address(r.entry.entity, r.entry.entity_id), r.name),
        ),
        Column("operation", mark("Was"), cell=lambda r: Said(OPERATIONS.get(r.entry.operation, r.entry.operation))),
        Column("changed", mark("From what to what"), cell=lambda r: r.changed),
        Column("reason", mark("Why"), cell=lambda r: r.entry.reason),
        Column("number", mark("No."), cell=lambda r: r.entry.number, kind="number", shown=False),
        Column("hash", mark("Hash"), cell=lambda r: r.entry.hash, shown=False),
    ),
    filters=(
        TextFilter("who", mark("Who"), [col(AuditEntry.actor_name)]),
        ChoiceFilter("act", mark("Act"), (), col(AuditEntry.action)),
        ChoiceFilter("kind", mark("Record"), (), col(AuditEntry.entity)),
        ChoiceFilter("operation", mark("Was"), (), col(AuditEntry.operation)),
        DaysFilter("at", mark("When"), col(AuditEntry.at)),
        TextFilter("id", mark("Id of the record"), [col(AuditEntry.entity_id)], by=_with_id),
    ),
    search=(
        col(AuditEntry.actor_name), col(AuditEntry.reason), col(AuditEntry.before),
        case((col(AuditEntry.operation) != BLOCK, col(AuditEntry.after))),  # packed, a block may hold any letters
    ),
    order=(col(AuditEntry.id).desc(),),
    nothing=mark("Nothing has been changed in this laboratory yet."),
)  # fmt: skip


def chains_of(session: LimsSession, say: Translate) -> list[tuple[str, str]]:
    """The chains that a person may look at, each with its name: the own laboratory's first, the network's last."""
    actor = session.actor
    visible = actor.visible_laboratories
    seen = [lab for lab in network.laboratories(session) if visible is None or lab.id in visible]
    seen.sort(key=lambda lab: (lab.id != actor.laboratory_id, lab.code))
    named = [(str(lab.id), f"{lab.code} {lab.name}") for lab in seen]
    return [*named, (NETWORK_CHAIN, say(mark("Records of the network: laboratories, regions, method library")))]


def trail_options(say: Translate) -> dict[str, Options]:
    """The choices of the filters: acts that change something, records that are audited."""
    acts = [(a.value, say(phrase)) for a, phrase in ACTION_WORDS.items() if not a.value.endswith(".read")]
    kinds = sorted((say(table_word(table.name)), table.name) for table in audited_tables())
    return {
        "act": acts,
        "kind": [(name, text) for text, name in kinds],
        "operation": [(value, say(text)) for value, text in OPERATIONS.items()],
    }


def entry_rows(session: LimsSession, entries: Sequence[AuditEntry], language: Language) -> Sequence[EntryRow]:
    """Rows of the list: names and differences of all entries of a page at once."""
    names = names_of_records(session, ((e.entity, e.entity_id) for e in entries))
    told = differences(session, [listed(entry) for entry in entries], language)
    say = translator(language)
    return [
        EntryRow(
            entry,
            _called(entry, names.get((entry.entity, entry.entity_id), entry.entity_id[:8]), say),
            person_of(entry, say),
            _brief(entry, several, say),
        )
        for entry, several in zip(entries, told, strict=True)
    ]


def history(session: LimsSession, entity: str, record_id: UUID, language: Language) -> History:
    """One record from first to last. Raises `NotFound` when no entry on it is the reader's to see."""
    entries = history_of(session, entity, record_id)
    if not entries:
        raise NotFound.of("record", record_id)
    say = translator(language)
    name = names_of_records(session, [(entity, str(record_id))]).get((entity, str(record_id)), str(record_id)[:8])
    steps = [
        Step(
            entry,
            say(action_phrase(entry.action)),
            person_of(entry, say),
            say(OPERATIONS.get(entry.operation, entry.operation)),
            _OPERATION_MOODS.get(entry.operation, "plain"),
            several,
        )
        for entry, several in zip(entries, differences(session, entries, language, longest=_WHOLE), strict=True)
    ]
    return History(say(table_word(entity)), name, steps, _page_of(session, entity, record_id))


def told_findings(findings: Sequence[Found], say: Translate) -> list[ToldFinding]:
    """What a check found, in words, each with the history of its record."""
    told = []
    for one in findings:
        entity, _, key = one.place.partition(" ")
        is_record = entity in metadata.tables and one.code.startswith("record.")
        place = f"{say(table_word(entity))} {key}" if is_record else one.place
        told.append(ToldFinding(place, one.why.translated(say), history_address(entity, key) if is_record else None))
    return told


def history_address(entity: str, record_id: str | UUID) -> str:
    """Where the history of a record is."""
    return f"/audit/{quote(entity, safe='')}/{record_id}"


def _brief(entry: AuditEntry, several: Sequence[Difference], say: Translate) -> str:
    """The first differences in a line; of a new record only its values."""
    told = []
    for one in several[:MOST_SHOWN]:
        new = _short(one.new) if one.new is not None else "—"
        if one.is_secret:
            told.append(say(mark("{what}: changed (secret)")).format(what=say(one.what)))
        elif entry.operation == "update":
            told.append(f"{say(one.what)}: {_short(one.old) if one.old is not None else '—'} → {new}")
        else:
            told.append(f"{say(one.what)}: {_short(one.old or '—') if entry.operation == 'delete' else new}")
    if len(several) > MOST_SHOWN:
        told.append(say(mark("{count} more")).format(count=len(several) - MOST_SHOWN))
    return say(mark("; ")).join(told)


def _called(entry: AuditEntry, name: str, say: Translate) -> str:
    """What an entry is on: of a block the first record, and how many more."""
    more = count_of(entry.after) - 1 if entry.operation == BLOCK else 0
    return say(mark("{name} and {count} more")).format(name=name, count=more) if more > 0 else name


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _page_of(session: LimsSession, entity: str, record_id: UUID) -> str | None:
    if entity not in _PAGES:
        return None
    needs, column, address = _PAGES[entity]
    actor, table = session.actor, metadata.tables[entity]
    if not actor.may(needs):
        return None
    query = select_rows(table.c[column]).where(table.c.id == record_id)
    if "laboratory_id" in table.c and actor.visible_laboratories is not None:
        query = query.where(table.c.laboratory_id.in_(actor.visible_laboratories))
    key = session.connection().execute(query).scalar_one_or_none()
    return None if key is None else address.format(quote(str(key), safe=""))
