"""Acts on the library: loading a release."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta

from sqlmodel import select

from lims.core.errors import Conflict
from lims.core.reasons import reason
from lims.db.locks import Matter, one_at_a_time
from lims.db.work import LimsSession, save
from lims.library import queries
from lims.library.carrying import carried
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
    one_at_a_time(session, Matter.LIBRARY_RELEASES)
    loaded = session.exec(select(LibraryRelease).where(LibraryRelease.sha256 == files.sha256)).first()
    if loaded is not None:
        return loaded
    own = loaded_in(queries.files_in_use(session)) if queries.releases(session) else {}
    own = carried(own, parse_library(files)) if own else {}
    whole = composed(files, own) if own else files
    if own:
        again = session.exec(select(LibraryRelease).where(LibraryRelease.sha256 == whole.sha256)).first()
        if again is not None:
            return again
    return store_release(session, whole, parse_library(whole))


def store_release(session: LimsSession, files: LibraryFiles, facts: LibraryFacts) -> LibraryRelease:
    """Keep a checked release; it is in use from now on. Raises `Conflict` `library.edition_changed`.

    Whoever composes a release from the one in use does so with `Matter.LIBRARY_RELEASES`, or a decision of somebody
    else would be left out of it.
    """
    taken = session.exec(select(LibraryRelease).where(LibraryRelease.edition == facts.edition)).first()
    if taken is not None:
        raise Conflict(
            reason(
                "library.edition_changed",
                "Edition {edition} is loaded already with another content; a correction needs an edition of its own.",
                edition=facts.edition,
            )
        )
    newest = next((one.loaded_at for one in queries.releases(session)), None)
    # Later than the one in use, also when this act began before that one and waited for it.
    at = session.instant if newest is None else max(session.instant, newest + timedelta(microseconds=1))
    release = save(
        session,
        LibraryRelease(
            edition=facts.edition,
            title=facts.title,
            sha256=facts.sha256,
            manifest=files.manifest.decode(),
            loaded_at=at,
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
