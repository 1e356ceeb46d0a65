"""Pages of editions that are loaded from a table: hand it in, look at what it changes, release or reject."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import BadInput, LimsError
from lims.core.language import Language, translator
from lims.core.reasons import Where, mark, reason
from lims.core.words import word
from lims.library import drafts, queries
from lims.library.difference import Change, ChangeKind, FoodChanges, ResidueChange, by_food, counts
from lims.library.draft_schemas import DecisionIn, RejectionIn
from lims.library.draft_state import DraftState
from lims.library.edition_changes import changes_of
from lims.library.edition_order import EditionOrder
from lims.library.facts import LimitRow, ResidueDefinition, StandardKind, SubstanceKind
from lims.library.rules import Library
from lims.people.queries import names_of
from lims.runtime import Lims
from lims.science.conformity import Comparison
from lims.web.dependencies import LimsDep
from lims.web.fields import DecimalText, Input
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.texts import Text100, Text200
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, Viewer, ViewerDep, language_of

router = APIRouter(prefix="/drafts")

#: So many changes stand on a page; the rest is a click away.
_MOST = 200


class OrderIn(Input):
    """What is said of the edition beside its table."""

    standard: Text100 = ""
    title: Text200 = ""
    market: str = ""
    family: Text100 = ""
    tree: Text100 = ""
    kind: StandardKind = StandardKind.LAW
    subject: SubstanceKind = SubstanceKind.PESTICIDE
    supplements: Text100 = ""
    effective_on: date | None = None
    ended_on: date | None = None
    complete: bool = False
    default_value: DecimalText | None = None
    rounded: bool = False
    new_foods: bool = False


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change in the reader's words."""

    change: Change
    substance: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ShownFood:
    """What changes for a food or group: how often in each way, and of it what stands on this page."""

    name: str
    place: str
    counts: Mapping[ChangeKind, int]
    changes: Sequence[ShownChange]


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a row of the table."""

    row: int
    column: str
    text: str


@router.get("/new")
def new(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The form that a table is handed in with."""
    lims.require(viewer.actor, Action.LIBRARY_LOAD)
    return _form_page(request, lims, viewer, Filled())


@router.post("/new")
def load(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Load a table as a draft."""
    lims.require(viewer.actor, Action.LIBRARY_LOAD)
    try:
        said = form.read(OrderIn)
        file = form.file("file")
        content = read_upload(file, lims)
        with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
            library, in_use = queries.current_library(session), queries.files_in_use(session)
        edition = drafts.edition_from(content, _order(said), library)
        sha256 = hashlib.sha256(content).hexdigest()
        with lims.work(viewer.actor, Action.LIBRARY_LOAD) as session:
            draft = drafts.load_edition(session, edition, in_use, file_name=file.filename or "", file_sha256=sha256)
            address = f"/library/drafts/{draft.id}"
    except LimsError as refusal:
        shown, faults = _parted(form, refusal, language)
        return _form_page(request, lims, viewer, shown, faults, status=status_of(refusal))
    note = mark("{standard} is loaded: {limits} limits. Another person must release it.")
    return see_other(request, address, note, standard=edition.standard.code, limits=len(edition.limits))


def _parted(form: Form, refusal: LimsError, language: Language) -> tuple[Filled, Sequence[RowFault]]:
    """What stands beside the fields of the form, and what is told row by row of the table."""
    say = translator(language)
    faults = [
        RowFault(why.where.row, why.where.column or "", why.translated(say))
        for why in refusal.reasons
        if why.where.row is not None
    ]
    beside = [why for why in refusal.reasons if why.where.row is None]
    if faults:
        said = "The table has faults, so nothing was loaded. Mend them there and hand it in again."
        beside.insert(0, reason("library.table_faulty", said, at=Where("file")))
    return refused(form, BadInput(*beside), language), faults


def _order(said: OrderIn) -> EditionOrder:
    return EditionOrder(
        standard=said.standard,
        title=said.title,
        market=said.market,
        family=said.family,
        tree=said.tree,
        kind=said.kind,
        subjects=(said.subject,),
        supplements=said.supplements,
        effective_on=said.effective_on,
        ended_on=said.ended_on,
        is_complete=said.complete,
        default_value=said.default_value,
        comparison=Comparison.ROUNDED_VALUE if said.rounded else None,
        new_foods=said.new_foods,
    )


def _form_page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    form: Filled,
    faults: Sequence[RowFault] = (),
    *,
    status: int = 200,
) -> Response:
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        library = queries.current_library(session)
    return page(
        request,
        "library/draft_new.html",
        status=status,
        form=form,
        faults=faults,
        kinds=tuple(StandardKind),
        subjects=tuple(kind for kind in SubstanceKind if kind is not SubstanceKind.RESIDUE_COMPONENT),
        markets=library.markets,
        trees=sorted(library.trees),
        standards=[standard.code for standard in library.facts.standards],
    )


@router.get("/{draft_id}")
def draft(
    request: Request, draft_id: UUID, lims: LimsDep, viewer: ViewerDep, kind: str = "", after: int = 0
) -> Response:
    """A loaded edition and what it changes."""
    return _draft_page(request, lims, viewer, draft_id, Filled(), kind=kind, after=after)


def _draft_page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    draft_id: UUID,
    form: Filled,
    *,
    kind: str = "",
    after: int = 0,
    status: int = 200,
) -> Response:
    with lims.read(viewer.actor, Action.LIBRARY_READ) as session:
        found = queries.draft_by_id(session, draft_id)
        library = queries.current_library(session)
        is_open = found.state is DraftState.DRAFT
        with_it = queries.draft_library(session, draft_id) if is_open else library
        names = names_of(session, {who for who in (found.loaded_by, found.decided_by) if who})
    changes = changes_of(found.standard, library, with_it) if is_open else None
    chosen = [c for c in (changes.changes if changes else ()) if kind in {"", c.kind}]
    foods = by_food(chosen)
    first = max(0, after)
    return page(
        request,
        "library/draft.html",
        part="library/_draft_changes.html",
        status=status,
        draft=found,
        names=names,
        changes=changes,
        counts=counts(changes.changes) if changes else {},
        residues=_residues(changes.residues if changes else (), with_it, language_of(request)),
        shown=list(_shown(foods, slice(first, first + _MOST), with_it, language_of(request))),
        foods=len(foods),
        total=len(chosen),
        last=min(first + _MOST, len(chosen)),
        first=first,
        most=_MOST,
        kind=kind,
        is_open=is_open,
        is_own=found.loaded_by is not None and found.loaded_by == viewer.actor.user_id,
        form=form,
        DraftState=DraftState,
        moods={ChangeKind.RAISED: "warn", ChangeKind.LOWERED: "busy", ChangeKind.NEW: "good", ChangeKind.GONE: "bad",
               ChangeKind.REWORDED: "plain"},
    )  # fmt: skip


@router.post("/{draft_id}/release")
def release(
    request: Request, draft_id: UUID, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Judge by it from now on."""
    lims.require(viewer.actor, Action.LIBRARY_RELEASE)
    try:
        version = form.read(DecisionIn).version
        with lims.work(viewer.actor, Action.LIBRARY_RELEASE) as session:
            made = drafts.release_draft(session, draft_id, version)
    except LimsError as refusal:
        shown = refused(form, refusal, language)
        return _draft_page(request, lims, viewer, draft_id, shown, status=status_of(refusal))
    return see_other(request, "/library/releases", mark("Release {edition} is in use."), edition=made.edition)


@router.post("/{draft_id}/reject")
def reject(
    request: Request, draft_id: UUID, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Set it aside, with a reason."""
    lims.require(viewer.actor, Action.LIBRARY_REJECT)
    try:
        said = form.read(RejectionIn)
        with lims.work(viewer.actor, Action.LIBRARY_REJECT, said.reason) as session:
            drafts.reject_draft(session, draft_id, said.version, said.reason)
    except LimsError as refusal:
        shown = refused(form, refusal, language)
        return _draft_page(request, lims, viewer, draft_id, shown, status=status_of(refusal))
    return see_other(request, "/library/releases", mark("The edition is set aside."))


def _shown(foods: Sequence[FoodChanges], part: slice, library: Library, language: Language) -> Iterator[ShownFood]:
    """The foods of a part of all changes; one that is cut through counts whole on both sides."""
    at = 0
    for one in foods:
        begin, end = max(part.start - at, 0), max(part.stop - at, 0)
        at += len(one.changes)
        if here := one.changes[begin:end]:
            around, _, name = one.food.rpartition("/")
            numbers = {kind: number for kind, number in counts(one.changes).items() if number}
            lines = [_shown_change(change, library, language) for change in here]
            yield ShownFood(name, around.replace("/", " › "), numbers, lines)


def _shown_change(change: Change, library: Library, language: Language) -> ShownChange:
    name = library.substance_name(change.substance, language)
    return ShownChange(change, name, _value(change.before, language), _value(change.after, language))


def _value(row: LimitRow | None, language: Language) -> str:
    if row is None:
        return ""
    return translator(language)(word(row.kind)) if row.value is None else f"{row.value:f} {row.unit.value}"


@dataclass(frozen=True, slots=True)
class ShownResidue:
    """A residue that counts differently, in the reader's words: each side a line for every definition."""

    substance: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def _residues(changes: Sequence[ResidueChange], library: Library, language: Language) -> Sequence[ShownResidue]:
    def told(one: ResidueDefinition) -> str:
        parts = " + ".join(
            library.substance_name(part.substance, language) + ("" if part.factor == 1 else f" × {part.factor:f}")
            for part in one.components
        )
        return f"{one.text or '—'}: {parts or translator(language)(word(one.state))}"

    return [
        ShownResidue(
            library.substance_name(change.substance, language),
            tuple(told(one) for one in change.before),
            tuple(told(one) for one in change.after),
        )
        for change in changes
    ]
