"""Reads of the library: the release in use as a pure value, built once per process and release."""

from sqlmodel import Session, col, select

from lims.core.errors import NotFound
from lims.core.reasons import reason
from lims.library.files import LibraryFiles, parse_library
from lims.library.rules import Library
from lims.library.tables import LibraryFile, LibraryRelease

#: A release never changes, so what was built from its hash stays right for the life of the process.
_built: dict[str, Library] = {}
_NEWEST_FIRST = (col(LibraryRelease.loaded_at).desc(), col(LibraryRelease.edition).desc())


def releases(session: Session) -> list[LibraryRelease]:
    """Every loaded release, the one in use first."""
    return list(session.exec(select(LibraryRelease).order_by(*_NEWEST_FIRST)).all())


def current_library(session: Session) -> Library:
    """The library in use: the release that was loaded last. Raises `NotFound` when none is loaded."""
    found = session.exec(
        select(LibraryRelease.sha256).order_by(*_NEWEST_FIRST).limit(1)  # only the hash: it is asked for often
    ).first()
    if found is None:
        raise NotFound(reason("library.not_loaded", "No method library is loaded; load one before working."))
    return library_of(session, found)


def library_of(session: Session, sha256: str) -> Library:
    """The library of a release, however old: what was judged by it stays explainable. Raises `NotFound`."""
    if sha256 not in _built:
        release = session.exec(select(LibraryRelease).where(LibraryRelease.sha256 == sha256)).first()
        if release is None:
            raise NotFound.of("library release", sha256)
        files = session.exec(select(LibraryFile).where(LibraryFile.release_id == release.id)).all()
        stored = LibraryFiles(release.manifest.encode(), {file.name: file.content.encode() for file in files})
        _built[sha256] = Library(parse_library(stored))
    return _built[sha256]
