"""Pages of the organiser: planning, events and their sheets, the draw, judges, the board, and the steps to the end."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from lims.contests import board as boards
from lims.contests import looking, paper_views, publishing, queries, service
from lims.contests.doors import reading, working
from lims.contests.rules import ContestState, EventKind, TeamBy
from lims.contests.schemas import (
    BoardIn,
    ContestChange,
    ContestIn,
    DocumentsIn,
    DrawIn,
    EventIn,
    JudgeIn,
    SheetIn,
    UntilIn,
    sheet_in,
)
from lims.contests.typed import first_plan, instant_of, lines_of, plan_of, plan_values, shown_instant
from lims.contests.workbooks import read_sheet
from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput
from lims.core.language import translator
from lims.core.reasons import mark
from lims.db.work import LimsSession
from lims.documents.phrases import ReportLanguage
from lims.reports.desk import desk_of
from lims.web.acting import Act, Post, PostDep, Visit, VisitDep
from lims.web.forms import Filled
from lims.web.uploads import read_upload

router = APIRouter(prefix="/contests")
_DONE: Final = {
    "open": mark("{number} takes entries now."),
    "announce": mark("The results of {number} are announced."),
    "finish": mark("The results of {number} are final."),
    "retry": mark("What failed is drawn and signed once more in the background."),
}
_STEPS: Final[dict[str, tuple[Action, Callable[[LimsSession, str, int], Any]]]] = {
    "open": (Action.CONTEST_CONDUCT, service.open_contest),
    "announce": (Action.CONTEST_PUBLISH, publishing.announce),
    "finish": (Action.CONTEST_PUBLISH, publishing.finish),
    "retry": (Action.CONTEST_PUBLISH, publishing.retry_documents),
}
_TARGET_FIELDS = ("analyte", "unit", "assigned", "sigma", "accuracy", "precision")


@router.get("/new")
def new_form(visit: VisitDep) -> Response:
    """A form for a contest."""
    visit.lims.require(visit.actor, Action.CONTEST_PLAN)
    now = visit.lims.clock.now()
    return _plan_page(visit, Filled(first_plan(local_day(now).year, now + timedelta(days=30))))


@router.post("/new")
def plan(post: PostDep) -> Response:
    """Plan a contest."""

    def act() -> dict[str, str]:
        order = post.form.read(ContestIn, **plan_of(post.form))
        with working(post.lims, post.actor, Action.CONTEST_PLAN) as session:
            return {"number": service.plan_contest(session, order).number}

    def place(made: Mapping[str, Any]) -> str:
        return f"/contests/{made['number']}"

    note = mark("{number} is planned. Look at its events and score sheets now.")
    return post.act(Action.CONTEST_PLAN, act, partial(_plan_page, post), place, note, draft="contest-plan")


@router.get("/{number}")
def contest_page(number: str, visit: VisitDep) -> Response:
    """A contest for its organiser, and what is to be done next."""
    return _contest(visit, number, Filled())


@router.post("/{number}/plan")
def change(number: str, post: PostDep) -> Response:
    """Change the plan of a draft."""

    def act() -> None:
        order = post.form.read(ContestChange, **plan_of(post.form))
        with working(post.lims, post.actor, Action.CONTEST_PLAN) as session:
            service.change_contest(session, number, order)

    note = mark("The plan of {number} is changed.")
    return _after(post, number, Action.CONTEST_PLAN, act, note)


@router.post("/{number}/events/{event}")
def change_event(number: str, event: str, post: PostDep) -> Response:
    """Change an event; a table or another time limit makes the next version of its sheet."""

    def act() -> None:
        more = _event_of(post, number, event)
        order = post.form.read(EventIn, **more)
        with working(post.lims, post.actor, Action.CONTEST_PLAN) as session:
            service.put_event(session, number, event, order)

    note = mark("The event {event} is changed.")
    return _after(post, number, Action.CONTEST_PLAN, act, note, event=event)


@router.post("/{number}/until")
def move_until(number: str, post: PostDep) -> Response:
    """Move the end of entries."""

    def act() -> None:
        order = post.form.read(UntilIn, entries_until=instant_of(post.form, "entries_until"))
        with working(post.lims, post.actor, Action.CONTEST_CONDUCT) as session:
            service.move_until(session, number, order)

    note = mark("The end of entries is moved.")
    return _after(post, number, Action.CONTEST_CONDUCT, act, note)


@router.post("/{number}/draw")
def hold_draw(number: str, post: PostDep) -> Response:
    """Hold the draw."""

    def act() -> None:
        order = post.form.read(DrawIn)
        with working(post.lims, post.actor, Action.CONTEST_CONDUCT) as session:
            service.hold_draw(session, number, order)

    note = mark("The start numbers are drawn, and everybody has a secret code.")
    return _after(post, number, Action.CONTEST_CONDUCT, act, note)


@router.post("/{number}/judges")
def appoint_judge(number: str, post: PostDep) -> Response:
    """Appoint a judge."""

    def act() -> None:
        order = post.form.read(JudgeIn, lists=("events",))
        with working(post.lims, post.actor, Action.CONTEST_CONDUCT) as session:
            service.appoint_judge(session, number, order)

    note = mark("The judge is appointed.")
    return _after(post, number, Action.CONTEST_CONDUCT, act, note)


@router.post("/{number}/board")
def set_board(number: str, post: PostDep) -> Response:
    """Show, hide or freeze the board."""

    def act() -> None:
        ticks: dict[str, Any] = {name: post.form.text(name) == "true" for name in ("is_shown", "by_name", "is_frozen")}
        order = post.form.read(BoardIn, **ticks)
        with working(post.lims, post.actor, Action.CONTEST_CONDUCT) as session:
            shown_now = boards.shown_now(session, queries.own_contest(session, number), session.instant)
            service.set_board(session, number, order, shown_now)

    note = mark("The board is set.")
    return _after(post, number, Action.CONTEST_CONDUCT, act, note)


@router.post("/{number}/open")
def open_contest(number: str, post: PostDep) -> Response:
    """Take entries."""
    return _step(post, number, "open")


@router.post("/{number}/announce")
def announce(number: str, post: PostDep) -> Response:
    """Announce the results."""
    return _step(post, number, "announce")


@router.post("/{number}/finish")
def finish(number: str, post: PostDep) -> Response:
    """Make the results final."""
    return _step(post, number, "finish")


@router.post("/{number}/documents")
def issue_documents(number: str, post: PostDep) -> Response:
    """Issue certificates and announcement."""

    def act() -> None:
        order = post.form.read(DocumentsIn)
        with working(post.lims, post.actor, Action.CONTEST_PUBLISH) as session:
            publishing.issue_documents(session, number, order)

    note = mark("The documents are issued; they are drawn and signed in the background.")
    return _after(post, number, Action.CONTEST_PUBLISH, act, note)


@router.post("/{number}/documents/retry")
def retry_documents(number: str, post: PostDep) -> Response:
    """Draw and sign once more what failed."""
    return _step(post, number, "retry")


def _step(post: Post, number: str, name: str) -> Response:
    action, step = _STEPS[name]

    def act() -> None:
        with working(post.lims, post.actor, action) as session:
            step(session, number, post.form.whole("version") or 0)

    return _after(post, number, action, act, _DONE[name])


def _after(post: Post, number: str, action: Action, act: Act, note: str, **gaps: Any) -> Response:
    again = partial(_contest, post, number)
    return post.act(action, act, again, f"/contests/{number}", note, number=number, **gaps)


def _contest(visit: Visit, number: str, form: Filled, status: int = 200) -> Response:
    with reading(visit.lims, visit.actor, Action.CONTEST_PLAN) as session:
        found = looking.organised(session, number)
        record = queries.own_contest(session, number)
        documents = paper_views.documents(session, number, translator(visit.language)).documents
    values = plan_values(found) | {"entries_until": shown_instant(found.entries_until)} | dict(form.values)
    return visit.show(
        "contests/contest.html",
        status=status,
        found=found,
        mood=looking.MOODS[found.state],
        record_id=record.id,
        seed=record.seed if record.drawn_at else None,
        words=record.draw_words,
        states=ContestState,
        kinds=EventKind,
        teams=tuple(TeamBy),
        languages=tuple(ReportLanguage),
        judged=[one for one in found.events if one.kind.is_judged],
        documents=documents,
        public_url=desk_of(visit.lims).public_url.rstrip("/"),
        form=Filled(values, form.errors, form.problems, form.changes),
    )


def _plan_page(visit: Visit, form: Filled, status: int = 200) -> Response:
    return visit.show("contests/plan.html", status=status, form=form, teams=tuple(TeamBy))


def _event_of(post: Post, number: str, code: str) -> dict[str, Any]:
    """The fields of an event that are no texts of their own: its sheet and its blind items."""
    with reading(post.lims, post.actor, Action.CONTEST_PLAN) as session:
        event = queries.event_of(session, queries.own_contest(session, number), code)
    more: dict[str, Any] = {"kind": event.kind, "version": post.form.whole("version")}
    if event.kind is EventKind.RESULTS:
        more["targets"] = lines_of(post.form, "targets", _TARGET_FIELDS)
    if not event.kind.is_judged:
        return more
    sheet = _uploaded_sheet(post)
    last = event.sheets[-1] if event.sheets else None
    before = None if last is None else sheet_in(last)
    if sheet is None:
        sheet = before
    if sheet is None:
        return more
    minutes = post.form.whole("minutes")
    time = before.time if before is not None else None
    said = sheet.model_dump()
    said["time"] = None if not minutes else {**(time.model_dump() if time else {}), "limit_s": minutes * 60}
    changed = SheetIn.model_validate(said)
    if changed != before:
        more["sheet"] = changed
    return more


def _uploaded_sheet(post: Post) -> SheetIn | None:
    try:
        file = post.form.file("file")
    except BadInput:
        return None  # none was chosen
    return read_sheet(read_upload(file, post.lims), post.form.encoding())
