"""Pages of the organiser: planning an exam, candidates and slips, and the steps from opening to publishing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import CHINA
from lims.core.errors import BadInput, LimsError
from lims.core.language import Language
from lims.core.reasons import Where, mark, reason
from lims.db.work import LimsSession
from lims.exams import looking, queries, service
from lims.exams.mark_workbook import marks_workbook
from lims.exams.rules import Difficulty, Draw, ExamState, PartialCredit, QuestionKind, Standing
from lims.exams.schemas import CandidatesIn, ExamChange, ExamIn, ExtraTimeIn, SlipsIn, WholeExamOut
from lims.exams.tables import Exam
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.table import Mood
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter(prefix="/exams")
MOODS: Final[Mapping[ExamState, Mood]] = {
    ExamState.DRAFT: "plain",
    ExamState.OPEN: "busy",
    ExamState.CLOSED: "warn",
    ExamState.PUBLISHED: "good",
}
STANDINGS: Final[Mapping[Standing, Mood]] = {
    Standing.NO_CODE: "warn",
    Standing.HAS_CODE: "plain",
    Standing.SITTING: "busy",
    Standing.HANDED_IN: "good",
    Standing.TIME_UP: "good",
    Standing.CUT_OFF: "bad",
    Standing.ABSENT: "warn",
}
#: Rows of sections in an empty plan, and at most.
_ROWS, _MOST_ROWS = 6, 30
_FIELDS: Final = ("kind", "count", "marks", "subject", "difficulty")
_DONE: Final = {
    "open": mark("{number} is open: every paper is drawn, and candidates begin within the window."),
    "close": mark("{number} is closed, and every paper is marked."),
    "publish": mark("{number} is published: candidates see their marked papers."),
}
_ACTS: Final[Mapping[str, tuple[Action, Callable[[LimsSession, str, int], Exam]]]] = {
    "open": (Action.EXAM_CONDUCT, service.open_exam),
    "close": (Action.EXAM_CONDUCT, service.close_exam),
    "publish": (Action.EXAM_PUBLISH, service.publish_exam),
}


@router.get("/new")
def new_form(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """A form for an exam."""
    lims.require(viewer.actor, Action.EXAM_PLAN)
    start = {"minutes": 60, "draw": Draw.ONE_PAPER.value, "partial_credit": PartialCredit.NOTHING.value}
    return _plan_page(request, lims, viewer, Filled({**start, "shuffles": "true"}))


@router.post("/new")
def plan(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Plan an exam."""
    lims.require(viewer.actor, Action.EXAM_PLAN)
    try:
        order = form.read(ExamIn, **_plan_of(form))
        with lims.work(viewer.actor, Action.EXAM_PLAN) as session:
            made = service.plan_exam(session, order)
    except LimsError as refusal:
        return _plan_page(request, lims, viewer, refused(form, refusal, language), status_of(refusal))
    note = mark("{number} is planned. Add candidates now.")
    return see_other(request, f"/exams/{made.number}", note, draft="exam-plan", number=made.number)


@router.get("/{number}")
def exam_page(number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """An exam with its candidates, and what is to be done next."""
    return shown_exam(request, lims, viewer, language, number)


@router.post("/{number}/plan")
def change(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Change the plan of a draft."""

    def act() -> None:
        order = form.read(ExamChange, **_plan_of(form))
        with lims.work(viewer.actor, Action.EXAM_PLAN) as session:
            service.change_exam(session, number, order)

    lims.require(viewer.actor, Action.EXAM_PLAN)
    return after(act, request, lims, viewer, language, number, form, mark("The plan of {number} is changed."))


@router.post("/{number}/candidates")
def add_candidates(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Let more people sit it: a key and a name on each line."""

    def act() -> None:
        order = form.read(CandidatesIn, candidates=_candidates_of(form))
        with lims.work(viewer.actor, Action.EXAM_PLAN) as session:
            service.add_candidates(session, number, order)

    lims.require(viewer.actor, Action.EXAM_PLAN)
    return after(act, request, lims, viewer, language, number, form, mark("The candidates of {number} are entered."))


@router.post("/{number}/candidates/remove")
def remove_candidate(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Take out somebody who was entered by mistake."""

    def act() -> None:
        with lims.work(viewer.actor, Action.EXAM_PLAN) as session:
            service.remove_candidate(session, number, form.text("key"), form.whole("version") or 0)

    lims.require(viewer.actor, Action.EXAM_PLAN)
    return after(act, request, lims, viewer, language, number, form, mark("The candidate is taken out."))


@router.post("/{number}/slips")
def slips(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Admission codes on slips to cut apart, shown this once."""
    lims.require(viewer.actor, Action.EXAM_CONDUCT)
    try:
        order = form.read(SlipsIn, lists=("keys",))
        with lims.work(viewer.actor, Action.EXAM_CONDUCT) as session:
            made = service.issue_codes(session, number, order)
            exam = queries.own_exam(session, number)
    except LimsError as refusal:
        return shown_exam(request, lims, viewer, language, number, refused(form, refusal, language), status_of(refusal))
    return page(request, "exams/slips.html", exam=exam, slips=made, door=f"{lims.settings.public_url.rstrip('/')}/exam")


@router.post("/{number}/extra-time")
def extra_time(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Give one candidate more time."""

    def act() -> None:
        order = form.read(ExtraTimeIn)
        with lims.work(viewer.actor, Action.EXAM_CONDUCT, order.reason) as session:
            service.give_extra_time(session, number, form.text("key"), order)

    lims.require(viewer.actor, Action.EXAM_CONDUCT)
    return after(act, request, lims, viewer, language, number, form, mark("The candidate has more time."))


@router.get("/{number}/marks.xlsx")
def marks(number: str, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """Candidates with their marks, and how questions fared, as a workbook."""
    with lims.read(viewer.actor, Action.EXAM_READ) as session:
        return looking.attached(marks_workbook(session, number, language), f"{number}.xlsx")


@router.post("/{number}/open")
def open_exam(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Open it."""
    return _step("open", request, lims, viewer, language, number, form)


@router.post("/{number}/close")
def close_exam(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Close it."""
    return _step("close", request, lims, viewer, language, number, form)


@router.post("/{number}/publish")
def publish(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Publish it."""
    return _step("publish", request, lims, viewer, language, number, form)


def after(
    act: Callable[[], None],
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    number: str,
    form: Form,
    note: str,
) -> Response:
    """Act, and back to the exam; or the exam with what stood in the way."""
    try:
        act()
    except LimsError as refusal:
        return shown_exam(request, lims, viewer, language, number, refused(form, refusal, language), status_of(refusal))
    return see_other(request, f"/exams/{number}", note, number=number)


def shown_exam(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    number: str,
    form: Filled | None = None,
    status: int = 200,
) -> Response:
    """The page of an exam; with a form that was refused, its reasons. Raises `NotFound`."""
    with lims.read(viewer.actor, Action.EXAM_READ) as session:
        found = looking.whole_exam(session, number, language)
        record = queries.own_exam(session, number)
        subjects = _subjects(session)
    given = form or Filled()
    filled = Filled({**_values(found), **given.values}, given.errors, given.problems, given.changes)
    return page(
        request,
        "exams/exam.html",
        status=status,
        found=found,
        mood=MOODS[found.state],
        record_id=record.id,
        states=ExamState,
        standings=STANDINGS,
        form=filled,
        now=lims.clock.now(),
        **_choices(filled, subjects),
    )


def _step(
    name: str, request: Request, lims: Lims, viewer: Viewer, language: Language, number: str, form: Form
) -> Response:
    action, step = _ACTS[name]

    def act() -> None:
        with lims.work(viewer.actor, action) as session:
            step(session, number, form.whole("version") or 0)

    lims.require(viewer.actor, action)
    return after(act, request, lims, viewer, language, number, form, _DONE[name])


def _plan_page(request: Request, lims: Lims, viewer: Viewer, form: Filled, status: int = 200) -> Response:
    with lims.read(viewer.actor, Action.EXAM_PLAN) as session:
        subjects = _subjects(session)
    return page(request, "exams/plan.html", status=status, form=form, **_choices(form, subjects))


def _subjects(session: LimsSession) -> list[str]:
    return sorted({one.subject for one in queries.current_questions(session)})


def _choices(form: Filled, subjects: list[str]) -> dict[str, Any]:
    used = [place for place in range(_MOST_ROWS) if form.value(f"count-{place}")]
    return {
        "rows": min(max(_ROWS, max(used, default=-1) + 3), _MOST_ROWS),
        "subjects": subjects,
        "kinds": QuestionKind,
        "difficulties": Difficulty,
        "draws": Draw,
        "credits": PartialCredit,
    }


def _plan_of(form: Form) -> dict[str, Any]:
    """The fields that are no texts of their own: rows of sections, times in China, the tick."""
    rows = []
    for place in range(_MOST_ROWS):
        cells = {name: text for name in _FIELDS if (text := form.text(f"{name}-{place}"))}
        if "count" in cells:
            rows.append(cells)
    return {
        "sections": rows,
        "shuffles": form.text("shuffles") == "true",
        "opens_at": _instant(form, "opens_at"),
        "last_start": _instant(form, "last_start"),
    }


def _instant(form: Form, name: str) -> datetime:
    """A day and time in China, as a browser sends it. Raises `BadInput`."""
    try:
        return datetime.fromisoformat(form.text(name)).replace(tzinfo=CHINA)
    except ValueError as error:
        sentence = "Write a day and time, such as 2026-12-31 17:00."
        raise BadInput(reason("exam.no_instant", sentence, at=Where(name))) from error


def _candidates_of(form: Form) -> list[dict[str, str]]:
    """A key on each line, and a name after a blank, comma or tab."""
    found = []
    for line in form.text("candidates").replace("，", ",").replace(",", " ").splitlines():
        key, _, name = line.strip().partition(" ") if "\t" not in line else line.strip().partition("\t")
        if key:
            found.append({"key": key} | ({"name": name.strip()} if name.strip() else {}))
    return found


def _values(found: WholeExamOut) -> dict[str, Any]:
    """The plan as its form shows it."""
    values = {
        "title": found.title,
        "minutes": found.minutes,
        "draw": found.draw.value,
        "partial_credit": found.partial_credit.value,
        "shuffles": "true" if found.shuffles else "",
        "pass_mark": format(found.pass_mark, "f"),
        "opens_at": found.opens_at.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M"),
        "last_start": found.last_start.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M"),
    }
    for place, one in enumerate(found.sections):
        values |= {f"{name}-{place}": one[name] or "" for name in _FIELDS}
    return values
