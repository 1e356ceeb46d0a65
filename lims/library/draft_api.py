"""JSON routes of editions that are loaded from a table and released by a second person."""

import hashlib
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, UploadFile

from lims.core.actions import Action
from lims.db.work import LimsSession
from lims.library import drafts, queries
from lims.library.difference import Change, ChangeKind, counts
from lims.library.draft_schemas import ChangeOut, ChangesOut, DecisionIn, DraftOut, RejectionIn, ResidueChangeOut
from lims.library.edition_changes import EditionChanges, changes_of
from lims.library.edition_order import EditionOrder
from lims.library.facts import StandardKind, SubstanceKind
from lims.library.schemas import ReleaseOut
from lims.library.tables import LibraryDraft
from lims.people.queries import names_of
from lims.science.conformity import Comparison
from lims.web.dependencies import ActorDep, LimsDep
from lims.web.fields import DecimalText, Limit, Offset
from lims.web.texts import Text100, Text200
from lims.web.uploads import read_upload

router = APIRouter(prefix="/drafts")


@router.post("", status_code=201)
def load(
    lims: LimsDep,
    actor: ActorDep,
    file: Annotated[UploadFile, File()],
    standard: Annotated[Text100, Form()] = "",
    title: Annotated[Text200, Form()] = "",
    market: Annotated[str, Form(max_length=20)] = "",
    family: Annotated[Text100, Form()] = "",
    tree: Annotated[Text100, Form()] = "",
    kind: Annotated[StandardKind | None, Form()] = None,
    subject: Annotated[SubstanceKind | None, Form()] = None,
    supplements: Annotated[Text100, Form()] = "",
    effective_on: Annotated[date | None, Form()] = None,
    ended_on: Annotated[date | None, Form()] = None,
    complete: Annotated[bool, Form()] = False,
    default_value: Annotated[DecimalText | None, Form(description="In mg/kg, for what is not listed.")] = None,
    rounded: Annotated[bool, Form(description="It compares rounded values (GB/T 8170-2008, 4.3).")] = False,
    new_foods: Annotated[bool, Form(description="Foods that the tree does not have come into it.")] = False,
) -> DraftOut:
    """Load a table of limits (xlsx or CSV) as a draft. It decides nothing until another person releases it."""
    lims.require(actor, Action.LIBRARY_LOAD)
    content = read_upload(file, lims)
    subjects = () if subject is None else (subject,)
    order = EditionOrder(
        standard, title, market, family, tree, kind, subjects, supplements, effective_on, ended_on, complete,
        default_value, Comparison.ROUNDED_VALUE if rounded else None, new_foods=new_foods,
    )  # fmt: skip
    with lims.read(actor, Action.LIBRARY_READ) as session:
        library, in_use = queries.current_library(session), queries.files_in_use(session)
    edition = drafts.edition_from(content, order, library)
    sha256 = hashlib.sha256(content).hexdigest()
    with lims.work(actor, Action.LIBRARY_LOAD) as session:
        draft = drafts.load_edition(session, edition, in_use, file_name=file.filename or "", file_sha256=sha256)
        return _draft_out(session, draft)


@router.get("")
def list_drafts(lims: LimsDep, actor: ActorDep) -> list[DraftOut]:
    """Every edition that was loaded from a table, the newest first."""
    with lims.read(actor, Action.LIBRARY_READ) as session:
        return [_draft_out(session, draft) for draft in queries.drafts(session)]


@router.get("/{draft_id}")
def get_draft(draft_id: UUID, lims: LimsDep, actor: ActorDep) -> DraftOut:
    """One loaded edition."""
    with lims.read(actor, Action.LIBRARY_READ) as session:
        return _draft_out(session, queries.draft_by_id(session, draft_id))


@router.get("/{draft_id}/difference")
def difference(
    draft_id: UUID,
    lims: LimsDep,
    actor: ActorDep,
    kind: Annotated[ChangeKind | None, Query()] = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> ChangesOut:
    """What an edition changes against the one that it replaces."""
    with lims.read(actor, Action.LIBRARY_READ) as session:
        draft = queries.draft_by_id(session, draft_id)
        found = changes_of(draft.standard, queries.current_library(session), queries.draft_library(session, draft_id))
    return _changes_out(found, kind, limit, offset)


@router.post("/{draft_id}/release")
def release(draft_id: UUID, order: DecisionIn, lims: LimsDep, actor: ActorDep) -> ReleaseOut:
    """Judge by a loaded edition from now on: another person than the one who loaded it."""
    with lims.work(actor, Action.LIBRARY_RELEASE) as session:
        return ReleaseOut.model_validate(drafts.release_draft(session, draft_id, order.version))


@router.post("/{draft_id}/reject")
def reject(draft_id: UUID, order: RejectionIn, lims: LimsDep, actor: ActorDep) -> DraftOut:
    """Set a loaded edition aside, with a reason."""
    with lims.work(actor, Action.LIBRARY_REJECT, order.reason) as session:
        return _draft_out(session, drafts.reject_draft(session, draft_id, order.version, order.reason))


def _draft_out(session: LimsSession, draft: LibraryDraft) -> DraftOut:
    """A draft with the names of people: who they are is told only to those who may see them."""
    names = names_of(session, {who for who in (draft.loaded_by, draft.decided_by) if who})
    loaded_by = names.get(draft.loaded_by) if draft.loaded_by else None
    decided_by = names.get(draft.decided_by) if draft.decided_by else None
    return DraftOut.model_validate(draft.model_dump() | {"loaded_by": loaded_by, "decided_by": decided_by})


def _changes_out(found: EditionChanges, kind: ChangeKind | None, limit: int, offset: int) -> ChangesOut:
    chosen = [change for change in found.changes if kind in {None, change.kind}]
    return ChangesOut(
        items=[_change_out(change) for change in chosen[offset : offset + limit]],
        total=len(chosen),
        limit=limit,
        offset=offset,
        against=None if found.against is None else found.against.code,
        against_is_whole=found.is_whole,
        counts=dict(counts(found.changes)),
        residues=[ResidueChangeOut.model_validate(one) for one in found.residues],
    )


def _change_out(change: Change) -> ChangeOut:
    shown = change.after or change.before
    return ChangeOut(
        kind=change.kind,
        substance=change.substance,
        food=change.food,
        before=None if change.before is None else change.before.value,
        after=None if change.after is None else change.after.value,
        unit="" if shown is None else shown.unit.value,
    )
