"""Reads of the library: the release in use as a pure value, built once per process and release."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from lims.core.errors import NotFound
from lims.core.reasons import reason
from lims.library.composing import composed
from lims.library.files import LibraryFiles, parse_library
from lims.library.rules import Library
from lims.library.tables import LibraryDraft, LibraryDraftFile, LibraryFile, LibraryRelease

#: A release never changes, so what was built from its hash stays right for the life of the process.
_built: dict[str, Library] = {}
#: By release in use and draft; only somebody who decides on a draft asks for it.
_with_drafts: dict[tuple[str, UUID], Library] = {}
_MOST_DRAFTS = 3
_NEWEST_FIRST = (col(LibraryRelease.loaded_at).desc(), col(LibraryRelease.edition).desc())


def releases(session: Session) -> list[LibraryRelease]:
    """Every loaded release, the one in use first."""
    return list(session.exec(select(LibraryRelease).order_by(*_NEWEST_FIRST)).all())


def current_library(session: Session) -> Library:
    """The library in use: the release that was loaded last. Raises `NotFound` when none is loaded."""
    return library_of(session, _sha256_in_use(session))


def _sha256_in_use(session: Session) -> str:
    found = session.exec(
        select(LibraryRelease.sha256).order_by(*_NEWEST_FIRST).limit(1)  # only the hash: it is asked for often
    ).first()
    if found is None:
        raise NotFound(reason("library.not_loaded", "No method library is loaded; load one before working."))
    return found


def is_known(session: Session, sha256: str) -> bool:
    """Was this release loaded once?"""
    return session.exec(select(LibraryRelease.id).where(LibraryRelease.sha256 == sha256)).first() is not None


def library_of(session: Session, sha256: str) -> Library:
    """The library of a release, however old: what was judged by it stays explainable. Raises `NotFound`."""
    if sha256 not in _built:
        release = session.exec(select(LibraryRelease).where(LibraryRelease.sha256 == sha256)).first()
        if release is None:
            raise NotFound.of("library release", sha256)
        _built[sha256] = Library(parse_library(_files_of(session, release)))
    return _built[sha256]


def files_in_use(session: Session) -> LibraryFiles:
    """The files of the release in use, byte for byte. Raises `NotFound` when none is loaded."""
    release = session.exec(select(LibraryRelease).order_by(*_NEWEST_FIRST).limit(1)).first()
    if release is None:
        raise NotFound(reason("library.not_loaded", "No method library is loaded; load one before working."))
    return _files_of(session, release)


def _files_of(session: Session, release: LibraryRelease) -> LibraryFiles:
    files = session.exec(select(LibraryFile).where(LibraryFile.release_id == release.id)).all()
    return LibraryFiles(release.manifest.encode(), {file.name: file.content.encode() for file in files})


def drafts(session: Session) -> Sequence[LibraryDraft]:
    """Every edition that was loaded from a table, the newest first."""
    return session.exec(select(LibraryDraft).order_by(col(LibraryDraft.loaded_at).desc(), col(LibraryDraft.id))).all()


def draft_by_id(session: Session, draft_id: UUID) -> LibraryDraft:
    """Raises `NotFound`."""
    found = session.exec(select(LibraryDraft).where(LibraryDraft.id == draft_id)).one_or_none()
    if found is None:
        raise NotFound.of("loaded edition", draft_id)
    return found


def draft_files(session: Session, draft_id: UUID) -> dict[str, bytes]:
    """The files of a loaded edition by their names in a release."""
    files = session.exec(select(LibraryDraftFile).where(LibraryDraftFile.draft_id == draft_id)).all()
    return {file.name: file.content.encode() for file in files}


def draft_library(session: Session, draft_id: UUID) -> Library:
    """The library as it would be with a loaded edition. It is built once for each release in use, and the last few
    are kept.
    """
    key = (_sha256_in_use(session), draft_id)
    if key not in _with_drafts:
        whole = composed(files_in_use(session), draft_files(session, draft_id))
        while len(_with_drafts) >= _MOST_DRAFTS:
            _with_drafts.pop(next(iter(_with_drafts)), None)
        _with_drafts[key] = Library(parse_library(whole))
    return _with_drafts[key]
