"""Pages of entries: all of them for the organiser, the own ones with results and appeals for a laboratory."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.contests import entering, looking, paper_views, publishing, queries, service
from lims.contests.acting import acted
from lims.contests.doors import reading, working
from lims.contests.rules import ContestState, Gender, Settings, reasons_not_to_appeal, reasons_not_to_enter
from lims.contests.schemas import AppealIn, EntryIn, TakeIn, WithdrawIn
from lims.contests.workbooks import XLSX, entries_workbook, read_entries, read_import
from lims.core.actions import Action
from lims.core.errors import NotFound
from lims.core.language import Language
from lims.core.reasons import mark
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep
from lims.web.page import page
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter(prefix="/contests/{number}")


@router.get("/entries")
def entries_page(number: str, request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Every entry, with the key of the codes."""
    return _entries(request, lims, viewer, number, Filled())


@router.get("/entries.xlsx")
def entries_file(number: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Every entry as a workbook."""
    with reading(lims, viewer.actor, Action.CONTEST_CONDUCT) as session:
        content = entries_workbook(looking.all_entries(session, number), for_organiser=True)
    return attached(content, XLSX, f"{number}-entries.xlsx")


@router.post("/entries/import")
def import_entries(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Enter people of any laboratory from a table."""

    def act() -> None:
        orders = read_import(read_upload(form.file("file"), lims), form.encoding())
        with working(lims, viewer.actor, Action.CONTEST_CONDUCT) as session:
            entering.enter_for_others(session, number, orders)

    return _organised(act, request, lims, viewer, language, number, form, mark("The table is taken in."))


@router.post("/entries/promoted")
def take_promoted(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Enter who goes on from the stage before."""

    def act() -> None:
        order = form.read(TakeIn, number=form.text("before"))
        with working(lims, viewer.actor, Action.CONTEST_CONDUCT) as session:
            entering.take_promoted(session, number, order.number)

    return _organised(act, request, lims, viewer, language, number, form, mark("Who goes on is entered."))


@router.post("/entries/withdraw")
def withdraw(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Let an entrant take no part any more."""

    def act() -> None:
        code, _, version = form.text("entrant").partition(":")
        order = form.read(WithdrawIn, version=version or "0")
        with working(lims, viewer.actor, Action.CONTEST_CONDUCT, order.reason) as session:
            service.withdraw(session, number, code, order)

    note = mark("The entrant takes no part any more.")
    return _organised(act, request, lims, viewer, language, number, form, note)


@router.get("/mine")
def own_page(number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """The own entries, results and appeals."""
    return _own(request, lims, viewer, language, number, Filled())


@router.post("/mine/entries")
def enter(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Enter somebody."""

    def act() -> None:
        order = form.read(EntryIn)
        with working(lims, viewer.actor, Action.CONTEST_ENTER) as session:
            entering.enter(session, number, [order])

    note = mark("{name} is entered.")
    return _mine(act, Action.CONTEST_ENTER, request, lims, viewer, language, number, form, note)


@router.post("/mine/import")
def import_own(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Enter people from a table."""

    def act() -> None:
        orders = read_entries(read_upload(form.file("file"), lims), form.encoding())
        with working(lims, viewer.actor, Action.CONTEST_ENTER) as session:
            entering.enter(session, number, orders)

    note = mark("The table is taken in.")
    return _mine(act, Action.CONTEST_ENTER, request, lims, viewer, language, number, form, note)


@router.post("/mine/take-back")
def take_back(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Take an entry back."""

    def act() -> None:
        key = form.text("entry")
        try:
            entry = UUID(key)
        except ValueError as error:
            raise NotFound.of("entry", key) from error
        with working(lims, viewer.actor, Action.CONTEST_ENTER) as session:
            entering.take_back(session, number, entry, form.whole("version") or 0)

    note = mark("The entry is taken back.")
    return _mine(act, Action.CONTEST_ENTER, request, lims, viewer, language, number, form, note)


@router.post("/mine/appeals")
def appeal(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Appeal against an announced result."""

    def act() -> None:
        order = form.read(AppealIn)
        with working(lims, viewer.actor, Action.CONTEST_APPEAL) as session:
            publishing.file_appeal(session, number, order)

    note = mark("The appeal is filed. Two people of the organiser decide on it.")
    return _mine(act, Action.CONTEST_APPEAL, request, lims, viewer, language, number, form, note)


@router.get("/files/{document}/pdf")
def document_file(number: str, document: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """A signed certificate or announcement."""
    with reading(lims, viewer.actor, Action.CONTEST_READ) as session:
        sha256 = paper_views.document_file(session, number, document)
    return attached(lims.vault.get(sha256), "application/pdf", f"{document}.pdf")


def attached(content: bytes, kind: str, name: str) -> Response:
    """A file to be kept."""
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _organised(
    act: Any, request: Request, lims: Lims, viewer: Viewer, language: Language, number: str, form: Form, note: str
) -> Response:
    lims.require(viewer.actor, Action.CONTEST_CONDUCT)

    def again(filled: Filled, status: int) -> Response:
        return _entries(request, lims, viewer, number, filled, status)

    return acted(act, again, request, language, form, f"/contests/{number}/entries", note)


def _mine(
    act: Any,
    action: Action,
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    number: str,
    form: Form,
    note: str,
) -> Response:
    lims.require(viewer.actor, action)

    def again(filled: Filled, status: int) -> Response:
        return _own(request, lims, viewer, language, number, filled, status)

    place = f"/contests/{number}/mine"
    return acted(act, again, request, language, form, place, note, name=form.text("full_name"))


def _entries(request: Request, lims: Lims, viewer: Viewer, number: str, form: Filled, status: int = 200) -> Response:
    with reading(lims, viewer.actor, Action.CONTEST_CONDUCT) as session:
        found = looking.organised(session, number)
        entries = looking.all_entries(session, number)
    return page(
        request,
        "contests/entries.html",
        status=status,
        found=found,
        entries=entries,
        states=ContestState,
        form=form,
    )


def _own(
    request: Request, lims: Lims, viewer: Viewer, language: Language, number: str, form: Filled, status: int = 200
) -> Response:
    with reading(lims, viewer.actor, Action.CONTEST_READ) as session:
        mine = looking.mine(session, number)
        found = queries.contest_for(session, number)
        is_published = found.state in {ContestState.ANNOUNCED, ContestState.FINAL}
        ranking = looking.ranking(session, number) if is_published else None
        documents = paper_views.documents(session, number).documents if is_published else []
        titles = {one.code: one.title for one in queries.events_of(session, found)}
    now, settings = lims.clock.now(), Settings.of(found.settings)
    own = {str(one.id) for one in mine.entries}
    may_enter = viewer.may(Action.CONTEST_ENTER) and not reasons_not_to_enter(found.state, found.entries_until, now)
    may_appeal = viewer.may(Action.CONTEST_APPEAL) and not reasons_not_to_appeal(found.state, found.appeals_until, now)
    results = [] if ranking is None else [one for one in ranking.outcome["entrants"] if one["entry"] in own]
    return page(
        request,
        "contests/mine.html",
        status=status,
        mine=mine,
        mood=looking.MOODS[found.state],
        genders=tuple(Gender),
        ranking=ranking,
        results=results,
        prizes={one["code"]: looking.prize_words(settings, one, language) for one in results},
        documents=documents,
        titles=titles,
        may_enter=may_enter,
        may_appeal=may_appeal and bool(results),
        is_drawn=found.drawn_at is not None,
        form=form,
    )
