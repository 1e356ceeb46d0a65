"""Pages of entries: all of them for the organiser, the own ones with results and appeals for a laboratory."""

from functools import partial
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from lims.contests import entering, looking, paper_views, publishing, queries, scoring
from lims.contests.doors import reading, working
from lims.contests.rules import ContestState, Gender, Settings, reasons_not_to_appeal, reasons_not_to_enter
from lims.contests.schemas import AppealIn, CorrectionIn, EntryIn, TakeIn, WithdrawIn
from lims.contests.workbooks import XLSX, entries_workbook, read_entries, read_import
from lims.core.actions import Action
from lims.core.errors import NotFound
from lims.core.reasons import mark
from lims.web.acting import Act, Post, PostDep, Visit, VisitDep
from lims.web.forms import Filled
from lims.web.uploads import read_upload

router = APIRouter(prefix="/contests/{number}")


@router.get("/entries")
def entries_page(number: str, visit: VisitDep) -> Response:
    """Every entry, with the key of the codes."""
    return _entries(visit, number, Filled())


@router.get("/entries.xlsx")
def entries_file(number: str, visit: VisitDep) -> Response:
    """Every entry as a workbook."""
    with reading(visit.lims, visit.actor, Action.CONTEST_CONDUCT) as session:
        content = entries_workbook(looking.all_entries(session, number), for_organiser=True)
    return attached(content, XLSX, f"{number}-entries.xlsx")


@router.post("/entries/import")
def import_entries(number: str, post: PostDep) -> Response:
    """Enter people of any laboratory from a table."""

    def act() -> None:
        orders = read_import(read_upload(post.form.file("file"), post.lims), post.form.encoding())
        with working(post.lims, post.actor, Action.CONTEST_CONDUCT) as session:
            entering.enter_for_others(session, number, orders)

    return _organised(post, number, act, mark("The table is taken in."))


@router.post("/entries/promoted")
def take_promoted(number: str, post: PostDep) -> Response:
    """Enter who goes on from the stage before."""

    def act() -> None:
        order = post.form.read(TakeIn, number=post.form.text("before"))
        with working(post.lims, post.actor, Action.CONTEST_CONDUCT) as session:
            entering.take_promoted(session, number, order.number)

    return _organised(post, number, act, mark("Who goes on is entered."))


@router.post("/entries/withdraw")
def withdraw(number: str, post: PostDep) -> Response:
    """Let an entrant take no part any more, or take part again; a second person decides once there are scores."""

    def act() -> None:
        code, _, version = post.form.text("entrant").partition(":")
        order = post.form.read(WithdrawIn, version=version or "0")
        with working(post.lims, post.actor, Action.CONTEST_CONDUCT, order.reason) as session:
            if post.form.text("takes_part") == "true":
                back = CorrectionIn(takes_part=True, reason=order.reason)
                scoring.propose_correction(session, number, code, back)
            else:
                scoring.leave(session, number, code, order)

    note = mark("It is noted who takes part; where scores are given, a second person decides under Scoring.")
    return _organised(post, number, act, note)


@router.get("/mine")
def own_page(number: str, visit: VisitDep) -> Response:
    """The own entries, results and appeals."""
    return _own(visit, number, Filled())


@router.post("/mine/entries")
def enter(number: str, post: PostDep) -> Response:
    """Enter somebody."""

    def act() -> None:
        order = post.form.read(EntryIn)
        with working(post.lims, post.actor, Action.CONTEST_ENTER) as session:
            entering.enter(session, number, [order])

    note = mark("{name} is entered.")
    return _mine(post, number, Action.CONTEST_ENTER, act, note)


@router.post("/mine/import")
def import_own(number: str, post: PostDep) -> Response:
    """Enter people from a table."""

    def act() -> None:
        orders = read_entries(read_upload(post.form.file("file"), post.lims), post.form.encoding())
        with working(post.lims, post.actor, Action.CONTEST_ENTER) as session:
            entering.enter(session, number, orders)

    note = mark("The table is taken in.")
    return _mine(post, number, Action.CONTEST_ENTER, act, note)


@router.post("/mine/take-back")
def take_back(number: str, post: PostDep) -> Response:
    """Take an entry back."""

    def act() -> None:
        key = post.form.text("entry")
        try:
            entry = UUID(key)
        except ValueError as error:
            raise NotFound.of("entry", key) from error
        with working(post.lims, post.actor, Action.CONTEST_ENTER) as session:
            entering.take_back(session, number, entry, post.form.whole("version") or 0)

    note = mark("The entry is taken back.")
    return _mine(post, number, Action.CONTEST_ENTER, act, note)


@router.post("/mine/appeals")
def appeal(number: str, post: PostDep) -> Response:
    """Appeal against an announced result."""

    def act() -> None:
        order = post.form.read(AppealIn)
        with working(post.lims, post.actor, Action.CONTEST_APPEAL) as session:
            publishing.file_appeal(session, number, order)

    note = mark("The appeal is filed. Two people of the organiser decide on it.")
    return _mine(post, number, Action.CONTEST_APPEAL, act, note)


@router.get("/draw.json")
def draw_file(number: str, visit: VisitDep) -> Response:
    """Everything that the draw was made of; `lims contest verify-draw` recomputes it."""
    with reading(visit.lims, visit.actor, Action.CONTEST_READ) as session:
        content = looking.draw(session, number).model_dump_json(indent=2)
    return attached(content.encode(), "application/json", f"{number}-draw.json")


@router.get("/files/{document}/pdf")
def document_file(number: str, document: str, visit: VisitDep) -> Response:
    """A signed certificate or announcement."""
    with reading(visit.lims, visit.actor, Action.CONTEST_READ) as session:
        sha256 = paper_views.document_file(session, number, document)
    return attached(visit.lims.vault.get(sha256), "application/pdf", f"{document}.pdf")


def attached(content: bytes, kind: str, name: str) -> Response:
    """A file to be kept."""
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _organised(post: Post, number: str, act: Act, note: str) -> Response:
    return post.act(Action.CONTEST_CONDUCT, act, partial(_entries, post, number), f"/contests/{number}/entries", note)


def _mine(post: Post, number: str, action: Action, act: Act, note: str) -> Response:
    return post.act(
        action, act, partial(_own, post, number), f"/contests/{number}/mine", note, name=post.form.text("full_name")
    )


def _entries(visit: Visit, number: str, form: Filled, status: int = 200) -> Response:
    with reading(visit.lims, visit.actor, Action.CONTEST_CONDUCT) as session:
        found = looking.organised(session, number)
        entries = looking.all_entries(session, number)
    return visit.show(
        "contests/entries.html",
        status=status,
        found=found,
        entries=entries,
        states=ContestState,
        form=form,
    )


def _own(visit: Visit, number: str, form: Filled, status: int = 200) -> Response:
    with reading(visit.lims, visit.actor, Action.CONTEST_READ) as session:
        mine = looking.mine(session, number)
        found = queries.contest_for(session, number)
        is_published = found.state in {ContestState.ANNOUNCED, ContestState.FINAL}
        ranking = looking.ranking(session, number) if is_published else None
        documents = paper_views.documents(session, number).documents if is_published else []
        events = queries.events_of(session, found)
    now, settings, may = visit.lims.clock.now(), Settings.of(found.settings), visit.viewer.may
    own = {str(one.id) for one in mine.entries}
    may_enter = may(Action.CONTEST_ENTER) and not reasons_not_to_enter(found.state, found.entries_until, now)
    may_appeal = may(Action.CONTEST_APPEAL) and not reasons_not_to_appeal(found.state, found.appeals_until, now)
    results = [] if ranking is None else [one for one in ranking.outcome["entrants"] if one["entry"] in own]
    return visit.show(
        "contests/mine.html",
        status=status,
        mine=mine,
        mood=looking.MOODS[found.state],
        genders=tuple(Gender),
        ranking=ranking,
        results=results,
        prizes={one["code"]: looking.prize_words(settings, one, visit.language) for one in results},
        documents=documents,
        events=events,
        may_enter=may_enter,
        may_appeal=may_appeal and any(one.code for one in mine.entries),
        is_drawn=found.drawn_at is not None,
        form=form,
    )
