"""What a loaded edition changes against the edition that it stands beside or replaces."""

from dataclasses import dataclass
from datetime import timedelta

from lims.library.difference import Change, ResidueChange, differences, residue_changes
from lims.library.facts import Standard
from lims.library.rules import Library


@dataclass(frozen=True, slots=True)
class EditionChanges:
    """The edition that was compared with (None: there is none), whether all of it is loaded, and what differs."""

    against: Standard | None
    is_whole: bool
    changes: tuple[Change, ...]
    residues: tuple[ResidueChange, ...] = ()


def changes_of(standard: str, before: Library, after: Library) -> EditionChanges:
    """The differences of an edition: from itself as it was loaded before, else from the one in force until its day."""
    edition = after.standard(standard)
    against = _same(standard, before) or _until(edition, before)
    old = () if against is None else [row for row in before.facts.limits if row.standard == against.code]
    new = [row for row in after.facts.limits if row.standard == standard]
    is_whole = against is not None and against.is_complete
    residues = () if against is None else residue_changes(before.definitions(against.code), after.definitions(standard))
    return EditionChanges(against, is_whole, differences(old, new), residues)


def _same(standard: str, library: Library) -> Standard | None:
    return next((s for s in library.facts.standards if s.code == standard and s.limits_loaded), None)


def _until(edition: Standard, library: Library) -> Standard | None:
    if edition.effective_on is None:
        return None
    return library.edition_on(edition.family, edition.effective_on - timedelta(days=1))
