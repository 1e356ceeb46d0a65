"""How a file that was handed in is read: by a stored import profile, as the last file was, or as settled for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from lims.core.errors import BadInput, NotFound
from lims.core.reasons import Translate, Where, mark, reason
from lims.db.work import LimsSession
from lims.runs import page_queries, profile_queries, profiles
from lims.runs.matching import NO_MATCHES, Matches
from lims.runs.profile_form import stored_profile
from lims.runs.schemas import ProfileIn
from lims.runs.tables import ProfileVersion, StoredProfile, Worksheet

#: Instead of the id of a stored profile: as the last file of the instrument was read; from the beginning.
LAST, NEW = "last", "new"
_LAST_WORD: Final = mark("as the last file of this instrument was read")
_NEW_WORD: Final = mark("settle it anew")


@dataclass(frozen=True, slots=True)
class HeldReading:
    """Settings, the stored version they began with, and the injections that were put on positions by hand."""

    profile: ProfileIn
    version: UUID | None = None
    matches: Matches = NO_MATCHES

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "HeldReading":
        """As it is kept beside a file."""
        version = settings.get("version")
        return cls(
            stored_profile(settings.get("profile", settings)),
            UUID(version) if version else None,
            Matches.of(settings.get("matches")),
        )

    def as_settings(self) -> dict[str, Any]:
        """To be kept beside a file."""
        version = None if self.version is None else str(self.version)
        profile = self.profile.to_profile().as_dict()
        return {"profile": profile, "version": version, "matches": self.matches.as_dict()}


@dataclass(frozen=True, slots=True)
class ReadBy:
    """The stored profile that a reading began with; `is_same` while nothing was changed for this file."""

    profile: StoredProfile
    version: ProfileVersion
    is_same: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What a file may be read by, as pairs of value and text, and the one that was used last."""

    options: Sequence[tuple[str, str]]
    first: str


def choices_for(session: LimsSession, worksheet: Worksheet, say: Translate) -> Choices:
    """The stored profiles of the worksheet's instrument first, those of other instruments last."""
    found = profile_queries.profiles_for(session, worksheet.laboratory_id, worksheet.instrument_id)
    own = [profile for profile, _ in found if profile.instrument_id == worksheet.instrument_id]
    others = [profile for profile, _ in found if profile.instrument_id != worksheet.instrument_id]
    has_last = page_queries.latest_profile(session, worksheet.instrument_id) is not None
    options = [
        *((str(one.id), one.name) for one in own),
        *([(LAST, say(_LAST_WORD))] if has_last else []),
        (NEW, say(_NEW_WORD)),
        *((str(one.id), one.name) for one in others),
    ]
    used = profile_queries.last_used(session, worksheet.instrument_id)
    if used is not None and any(value == str(used) for value, _ in options):
        first = str(used)
    else:
        first = LAST if has_last else str(own[0].id) if own else NEW
    return Choices(options, first)


def reading_for(session: LimsSession, worksheet: Worksheet, chosen: str) -> HeldReading:
    """The reading that was chosen. Raises `NotFound`, `RuleRefused` for a retired profile, `BadInput` for no choice."""
    if chosen == NEW:
        return HeldReading(stored_profile({"concentration_unit": worksheet.concentration_unit}))
    if chosen == LAST:
        kept = page_queries.latest_profile(session, worksheet.instrument_id)
        return reading_for(session, worksheet, NEW) if kept is None else HeldReading(stored_profile(kept))
    try:
        profile_id = UUID(chosen)
    except ValueError as error:
        said = "Choose how the file is to be read."
        raise BadInput(reason("import.no_profile", said, at=Where(field="profile"))) from error
    version = profiles.usable_version(session, profile_id)
    if version.laboratory_id != worksheet.laboratory_id:
        raise NotFound.of("import profile", chosen)
    return HeldReading(stored_profile(version.settings), version.id)


def read_by(session: LimsSession, worksheet: Worksheet, reading: HeldReading) -> ReadBy | None:
    """The stored profile behind a reading; None where it began with none."""
    if reading.version is None:
        return None
    version = profile_queries.version_of_laboratory(session, worksheet.laboratory_id, reading.version)
    profile = profile_queries.profile_by_id(session, version.profile_id)
    return ReadBy(profile, version, version.settings == reading.profile.to_profile().as_dict())
