"""Pages of the organiser: planning, events and their sheets, the draw, judges, the board, and the steps to the end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.contests import board as boards
from lims.contests import looking, paper_views, publishing, queries, service
from lims.contests.acting import acted, first_plan, instant_of, lines_of, plan_of, plan_values, shown_instant
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
)
from lims.contests.workbooks import read_sheet
from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput, LimsError
from lims.core.language import Language
from lims.core.reasons import mark
from lims.db.work import LimsSession
from lims.documents.phrases import ReportLanguage
from lims.reports.desk import desk_of
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter(prefix="/contests")
_DONE: Final = {
    "open": mark("{number} takes entries now."),
    "announce": mark("The results of {number} are announced."),
    "finish": mark("The results of {number} are final."),
}
_STEPS: Final[dict[str, tuple[Action, Callable[[LimsSession, str, int], Any]]]] = {
    "open": (Action.CONTEST_CONDUCT, service.open_contest),
    "announce": (Action.CONTEST_PUBLISH, publishing.announce),
    "finish": (Action.CONTEST_PUBLISH, publishing.finish),
}
_TARGET_FIELDS = ("analyte", "unit", "assigned", "sigma", "accuracy", "precision")


@router.get("/new")
def new_form(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """A form for a contest."""
    lims.require(viewer.actor, Action.CONTEST_PLAN)
    now = lims.clock.now()
    return _plan_page(request, Filled(first_plan(local_day(now).year, now + timedelta(days=30))))


@router.post("/new")
def plan(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Plan a contest."""
    lims.require(viewer.actor, Action.CONTEST_PLAN)
    try:
        order = form.read(ContestIn, **plan_of(form))
        with working(lims, viewer.actor, Action.CONTEST_PLAN) as session:
            number = service.plan_contest(session, order).number
    except LimsError as refusal:
        return _plan_page(request, refused(form, refusal, language), status_of(refusal))
    note = mark("{number} is planned. Look at its events and score sheets now.")
    return see_other(request, f"/contests/{number}", note, draft="contest-plan", number=number)


@router.get("/{number}")
def contest_page(number: str, request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """A contest for its organiser, and what is to be done next."""
    return _contest(request, lims, viewer, number, Filled())


@router.post("/{number}/plan")
def change(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Change the plan of a draft."""

    def act() -> None:
        order = form.read(ContestChange, **plan_of(form))
        with working(lims, viewer.actor, Action.CONTEST_PLAN) as session:
            service.change_contest(session, number, order)

    note = mark("The plan of {number} is changed.")
    return _after(act, Action.CONTEST_PLAN, request, lims, viewer, language, number, form, note)


@router.post("/{number}/events/{event}")
def change_event(
    number: str, event: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Change an event; a table or another time limit makes the next version of its sheet."""

    def act() -> None:
        more = _event_of(form, lims, viewer, number, event)
        order = form.read(EventIn, **more)
        with working(lims, viewer.actor, Action.CONTEST_PLAN) as session:
            service.put_event(session, number, event, order)

    note = mark("The event {event} is changed.")
    return _after(act, Action.CONTEST_PLAN, request, lims, viewer, language, number, form, note, event=event)


@router.post("/{number}/until")
def move_until(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Move the end of entries."""

    def act() -> None:
        order = form.read(UntilIn, entries_until=instant_of(form, "entries_until"))
        with working(lims, viewer.actor, Action.CONTEST_CONDUCT) as session:
            service.move_until(session, number, order)

    note = mark("The end of entries is moved.")
    return _after(act, Action.CONTEST_CONDUCT, request, lims, viewer, language, number, form, note)


@router.post("/{number}/draw")
def hold_draw(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Hold the draw."""

    def act() -> None:
        order = form.read(DrawIn)
        with working(lims, viewer.actor, Action.CONTEST_CONDUCT) as session:
            service.hold_draw(session, number, order)

    note = mark("The start numbers are drawn, and everybody has a secret code.")
    return _after(act, Action.CONTEST_CONDUCT, request, lims, viewer, language, number, form, note)


@router.post("/{number}/judges")
def appoint_judge(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Appoint a judge."""

    def act() -> None:
        order = form.read(JudgeIn, lists=("events",))
        with working(lims, viewer.actor, Action.CONTEST_CONDUCT) as session:
            service.appoint_judge(session, number, order)

    note = mark("The judge is appointed.")
    return _after(act, Action.CONTEST_CONDUCT, request, lims, viewer, language, number, form, note)


@router.post("/{number}/board")
def set_board(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Show, hide or freeze the board."""

    def act() -> None:
        ticks: dict[str, Any] = {name: form.text(name) == "true" for name in ("is_shown", "by_name", "is_frozen")}
        order = form.read(BoardIn, **ticks)
        with working(lims, viewer.actor, Action.CONTEST_CONDUCT) as session:
            shown_now = boards.shown_now(session, queries.own_contest(session, number))
            service.set_board(session, number, order, shown_now)

    note = mark("The board is set.")
    return _after(act, Action.CONTEST_CONDUCT, request, lims, viewer, language, number, form, note)


@router.post("/{number}/open")
def open_contest(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Take entries."""
    return _step("open", request, lims, viewer, language, number, form)


@router.post("/{number}/announce")
def announce(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Announce the results."""
    return _step("announce", request, lims, viewer, language, number, form)


@router.post("/{number}/finish")
def finish(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Make the results final."""
    return _step("finish", request, lims, viewer, language, number, form)


@router.post("/{number}/documents")
def issue_documents(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Issue certificates and announcement."""

    def act() -> None:
        order = form.read(DocumentsIn)
        with working(lims, viewer.actor, Action.CONTEST_PUBLISH) as session:
            publishing.issue_documents(session, number, order)

    note = mark("The documents are issued; they are drawn and signed in the background.")
    return _after(act, Action.CONTEST_PUBLISH, request, lims, viewer, language, number, form, note)


def _step(
    name: str, request: Request, lims: Lims, viewer: Viewer, language: Language, number: str, form: Form
) -> Response:
    action, step = _STEPS[name]

    def act() -> None:
        with working(lims, viewer.actor, action) as session:
            step(session, number, form.whole("version") or 0)

    return _after(act, action, request, lims, viewer, language, number, form, _DONE[name])


def _after(
    act: Callable[[], None],
    action: Action,
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    number: str,
    form: Form,
    note: str,
    **gaps: Any,
) -> Response:
    lims.require(viewer.actor, action)

    def again(filled: Filled, status: int) -> Response:
        return _contest(request, lims, viewer, number, filled, status)

    return acted(act, again, request, language, form, f"/contests/{number}", note, number=number, **gaps)


def _contest(request: Request, lims: Lims, viewer: Viewer, number: str, form: Filled, status: int = 200) -> Response:
    with reading(lims, viewer.actor, Action.CONTEST_PLAN) as session:
        found = looking.organised(session, number)
        record = queries.own_contest(session, number)
        documents = paper_views.documents(session, number).documents
    values = plan_values(found) | {"entries_until": shown_instant(found.entries_until)} | dict(form.values)
    return page(
        request,
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
        public_url=desk_of(lims).public_url.rstrip("/"),
        form=Filled(values, form.errors, form.problems, form.changes),
    )


def _plan_page(request: Request, form: Filled, status: int = 200) -> Response:
    return page(request, "contests/plan.html", status=status, form=form, teams=tuple(TeamBy))


def _event_of(form: Form, lims: Lims, viewer: Viewer, number: str, code: str) -> dict[str, Any]:
    """The fields of an event that are no texts of their own: its sheet and its blind items."""
    with reading(lims, viewer.actor, Action.CONTEST_PLAN) as session:
        event = queries.event_of(session, queries.own_contest(session, number), code)
    more: dict[str, Any] = {"kind": event.kind, "version": form.whole("version")}
    if event.kind is EventKind.RESULTS:
        more["targets"] = lines_of(form, "targets", _TARGET_FIELDS)
    if not event.kind.is_judged:
        return more
    sheet = _uploaded_sheet(form, lims)
    last = event.sheets[-1] if event.sheets else None
    minutes = form.whole("minutes")
    if sheet is None and last is not None:
        kept = {name: [_without_key(one) for one in last[name]] for name in ("items", "deductions")}
        sheet = SheetIn.model_validate({**kept, "time": last["time"]})
    if sheet is None:
        return more
    time = last["time"] if last is not None else None
    said = sheet.model_dump(mode="json")
    said["time"] = None if not minutes else {**(time or {}), "limit_s": minutes * 60}
    changed = SheetIn.model_validate(said)
    if last is None or changed.stored(last["version"]) != last:
        more["sheet"] = changed
    return more


def _uploaded_sheet(form: Form, lims: Lims) -> SheetIn | None:
    try:
        file = form.file("file")
    except BadInput:
        return None  # none was chosen
    return read_sheet(read_upload(file, lims), form.encoding())


def _without_key(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name != "key"}
