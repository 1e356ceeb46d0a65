"""Acts on the library: loading a release."""

import hashlib
from collections.abc import Mapping

from sqlmodel import select

from lims.core.errors import Conflict
from lims.core.reasons import reason
from lims.db.work import LimsSession, save
from lims.library import queries
from lims.library.composing import composed, loaded_in
from lims.library.facts import LibraryFacts
from lims.library.files import LibraryFiles, parse_library
from lims.library.tables import LibraryFile, LibraryRelease


def load_library(session: LimsSession, files: LibraryFiles) -> LibraryRelease:
    """Load a release, whole and checked, and judge by it. Loading the same one again changes nothing and gives it back.

    Editions that a laboratory loaded itself are carried over. Raises:
        BadInput: a fault in the files, every one named.
        Conflict: `library.edition_changed`, another content under the name of a loaded edition.
    """
    loaded = session.exec(select(LibraryRelease).where(LibraryRelease.sha256 == files.sha256)).first()
    if loaded is not None:
        return loaded
    own = loaded_in(queries.files_in_use(session)) if queries.releases(session) else {}
    whole = composed(files, own) if own else files
    if own:
        again = session.exec(select(LibraryRelease).where(LibraryRelease.sha256 == whole.sha256)).first()
        if again is not None:
            return again
    return store_release(session, whole, parse_library(whole))


def store_release(session: LimsSession, files: LibraryFiles, facts: LibraryFacts) -> LibraryRelease:
    """Keep a checked release; it is in use from now on. Raises `Conflict` `library.edition_changed`."""
    taken = session.exec(select(LibraryRelease).where(LibraryRelease.edition == facts.edition)).first()
    if taken is not None:
        raise Conflict(
            reason(
                "library.edition_changed",
                "Edition {edition} is loaded already with another content; a correction needs an edition of its own.",
                edition=facts.edition,
            )
        )
    release = save(
        session,
        LibraryRelease(
            edition=facts.edition,
            title=facts.title,
            sha256=facts.sha256,
            manifest=files.manifest.decode(),
            loaded_at=session.instant,
        ),
    )
    save(session, *_stored(release, files.files))
    return release


def _stored(release: LibraryRelease, files: Mapping[str, bytes]) -> list[LibraryFile]:
    return [
        LibraryFile(
            release_id=release.id, name=name, sha256=hashlib.sha256(content).hexdigest(), content=content.decode()
        )
        for name, content in sorted(files.items())
    ]
