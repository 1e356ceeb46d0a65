"""Acts on editions that are loaded from a table: loaded by one person, released or rejected by another.

    table → draft → released: release in use + draft = new release

A draft decides nothing. When it is released, it is laid over the release in use at that moment, and the whole is
checked again; what was loaded stays when the program brings a newer library of its own (`service.load_library`).
"""

import hashlib
from collections.abc import Mapping
from uuid import UUID

from lims.core.errors import RuleRefused
from lims.core.reasons import reason
from lims.db.locks import Matter, one_at_a_time
from lims.db.work import LimsSession, check_version, save
from lims.library import queries
from lims.library.composing import composed
from lims.library.draft_state import DraftState
from lims.library.edition_order import EditionOrder
from lims.library.edition_table import read_edition_table
from lims.library.editions import Edition, make_edition
from lims.library.files import LibraryFiles, parse_library
from lims.library.overlay import FOLDER
from lims.library.rules import Library
from lims.library.service import store_release
from lims.library.tables import LibraryDraft, LibraryDraftFile, LibraryRelease


def edition_from(content: bytes, order: EditionOrder, library: Library) -> Edition:
    """The edition of a table, checked together with the library in use. Raises `BadInput` with every fault."""
    return make_edition(read_edition_table(content), order, library)


def load_edition(
    session: LimsSession, edition: Edition, in_use: LibraryFiles, *, file_name: str, file_sha256: str
) -> LibraryDraft:
    """Keep an edition as a draft, after checking it together with the release in use. Raises `BadInput`."""
    composed(in_use, edition.files)
    draft = save(
        session,
        LibraryDraft(
            standard=edition.standard.code[:100],
            title=edition.standard.title[:200],
            market=edition.standard.market[:20],
            effective_on=edition.effective_on,
            limits=len(edition.limits),
            substances=len({row.substance for row in edition.limits}),
            notes={
                "new_substances": edition.new_substances,
                "new_foods": edition.new_foods,
                "left_out": edition.left_out,
                "others": edition.others,
                "repeated": edition.repeated,
                "ignored": list(edition.ignored),
            },
            file_name=file_name[:200],
            file_sha256=file_sha256,
            loaded_at=session.instant,
            loaded_by=session.actor.user_id,
        ),
    )
    save(session, *_files(draft.id, edition.files))
    return draft


def release_draft(session: LimsSession, draft_id: UUID, version: int) -> LibraryRelease:
    """Judge by a loaded edition from now on; another person than the one who loaded it.

    Raises `RuleRefused` `library.same_person` or `library.draft_decided`, `Conflict` for a stale version, `BadInput`
    when it no longer fits the library in use.
    """
    one_at_a_time(session, Matter.LIBRARY_RELEASES)
    draft = _open(session, draft_id, version)
    if draft.loaded_by is not None and draft.loaded_by == session.actor.user_id:
        said = "You loaded {standard}; a second person must compare it with the text and release it."
        raise RuleRefused(reason("library.same_person", said, standard=draft.standard))
    in_use, files = queries.files_in_use(session), queries.draft_files(session, draft_id)
    whole = composed(in_use, files)
    if queries.is_known(session, whole.sha256):
        whole = composed(in_use, files, after=in_use.sha256)
    release = store_release(session, whole, parse_library(whole))
    _decide(session, draft, DraftState.RELEASED)
    draft.release_id = release.id
    session.flush()
    return release


def reject_draft(session: LimsSession, draft_id: UUID, version: int, why: str) -> LibraryDraft:
    """Set a loaded edition aside, with a reason; whoever loaded it may do so too. Raises as `release_draft` does."""
    draft = _open(session, draft_id, version)
    _decide(session, draft, DraftState.REJECTED)
    draft.reason = why
    session.flush()
    return draft


def _open(session: LimsSession, draft_id: UUID, version: int) -> LibraryDraft:
    draft = queries.draft_by_id(session, draft_id)
    check_version(draft, version)
    if draft.state is not DraftState.DRAFT:
        said = "{standard} has been decided on already."
        raise RuleRefused(reason("library.draft_decided", said, standard=draft.standard))
    return draft


def _decide(session: LimsSession, draft: LibraryDraft, state: DraftState) -> None:
    draft.state = state
    draft.decided_at = session.instant
    draft.decided_by = session.actor.user_id


def _files(draft_id: UUID, files: Mapping[str, bytes]) -> list[LibraryDraftFile]:
    if not all(name.startswith(f"{FOLDER}/") for name in files):
        raise ValueError("an edition lies in a folder of its own")
    return [
        LibraryDraftFile(
            draft_id=draft_id, name=name, sha256=hashlib.sha256(content).hexdigest(), content=content.decode()
        )
        for name, content in sorted(files.items())
    ]
