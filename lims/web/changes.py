"""What others changed while a form was open: what a refused change (409) shows beside what was typed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lims.core.language import Language, translator
from lims.db.audit_reading import entries_since
from lims.db.work import LimsSession
from lims.web.differences import differences, person_of


@dataclass(frozen=True, slots=True)
class Change:
    """Who changed what, when, from what to what. `what` is the English word of the field, for the filter `word`."""

    who: str
    at: datetime
    what: str
    old: str | None
    new: str | None


def changes_since(
    session: LimsSession,
    entity: str,
    record_id: UUID,
    version: int,
    language: Language,
    *,
    fields: Collection[str] | None = None,
) -> Sequence[Change]:
    """What was changed of a record after the version that a form showed, oldest first; secrets are left out.

    `entity` is the name of its table. The reader sees changes of their own laboratories and of the network; `fields`
    limits them to the columns that the form shows, where the reader may not see all of the record (the bench).
    """
    entries = entries_since(session, entity, record_id, version)
    told = differences(session, entries, language, fields)
    say = translator(language)
    return [
        Change(person_of(entry, say), entry.at, changed.what, changed.old, changed.new)
        for entry, several in zip(entries, told, strict=True)
        for changed in several
        if not changed.is_secret
    ]
