"""Pages of the organiser: planning an exam, candidates and slips, and the steps from opening to publishing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import CHINA
from lims.core.errors import BadInput, LimsError
from lims.core.reasons import Where, mark, reason
from lims.db.work import LimsSession
from lims.exams import looking, queries, service
from lims.exams.mark_workbook import marks_workbook
from lims.exams.rules import Difficulty, Draw, ExamState, PartialCredit, QuestionKind, Standing
from lims.exams.schemas import CandidatesIn, ExamChange, ExamIn, ExtraTimeIn, SlipsIn, WholeExamOut
from lims.exams.tables import Exam
from lims.web.acting import Act, Post, PostDep, Visit, VisitDep
from lims.web.forms import Filled, Form, refused
from lims.web.problems import status_of
from lims.web.table import Mood

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
def new_form(visit: VisitDep) -> Response:
    """A form for an exam."""
    visit.lims.require(visit.actor, Action.EXAM_PLAN)
    start = {"minutes": 60, "draw": Draw.ONE_PAPER.value, "partial_credit": PartialCredit.NOTHING.value}
    return _plan_page(visit, Filled({**start, "shuffles": "true"}))


@router.post("/new")
def plan(post: PostDep) -> Response:
    """Plan an exam."""

    def act() -> dict[str, str]:
        order = post.form.read(ExamIn, **_plan_of(post.form))
        with post.lims.work(post.actor, Action.EXAM_PLAN) as session:
            return {"number": service.plan_exam(session, order).number}

    def place(made: Mapping[str, Any]) -> str:
        return f"/exams/{made['number']}"

    note = mark("{number} is planned. Add candidates now.")
    return post.act(Action.EXAM_PLAN, act, partial(_plan_page, post), place, note, draft="exam-plan")


@router.get("/{number}")
def exam_page(number: str, visit: VisitDep) -> Response:
    """An exam with its candidates, and what is to be done next."""
    return _exam(visit, number, Filled())


@router.post("/{number}/plan")
def change(number: str, post: PostDep) -> Response:
    """Change the plan of a draft."""

    def act() -> None:
        order = post.form.read(ExamChange, **_plan_of(post.form))
        with post.lims.work(post.actor, Action.EXAM_PLAN) as session:
            service.change_exam(session, number, order)

    return after(post, number, Action.EXAM_PLAN, act, mark("The plan of {number} is changed."))


@router.post("/{number}/candidates")
def add_candidates(number: str, post: PostDep) -> Response:
    """Let more people sit it: a key and a name on each line."""

    def act() -> None:
        order = post.form.read(CandidatesIn, candidates=_candidates_of(post.form))
        with post.lims.work(post.actor, Action.EXAM_PLAN) as session:
            service.add_candidates(session, number, order)

    return after(post, number, Action.EXAM_PLAN, act, mark("The candidates of {number} are entered."))


@router.post("/{number}/candidates/remove")
def remove_candidate(number: str, post: PostDep) -> Response:
    """Take out somebody who was entered by mistake."""

    def act() -> None:
        with post.lims.work(post.actor, Action.EXAM_PLAN) as session:
            service.remove_candidate(session, number, post.form.text("key"), post.form.whole("version") or 0)

    return after(post, number, Action.EXAM_PLAN, act, mark("The candidate is taken out."))


@router.post("/{number}/slips")
def slips(number: str, post: PostDep) -> Response:
    """Admission codes on slips to cut apart, shown this once."""
    post.lims.require(post.actor, Action.EXAM_CONDUCT)
    try:
        order = post.form.read(SlipsIn, lists=("keys",))
        with post.lims.work(post.actor, Action.EXAM_CONDUCT) as session:
            made = service.issue_codes(session, number, order)
            exam = queries.own_exam(session, number)
    except LimsError as refusal:
        return _exam(post, number, refused(post.form, refusal, post.language), status_of(refusal))
    # Shown by the act itself: nobody else sees the codes, and no address leads to them again.
    return post.show(
        "exams/slips.html", exam=exam, slips=made, door=f"{post.lims.settings.public_url.rstrip('/')}/exam"
    )


@router.post("/{number}/extra-time")
def extra_time(number: str, post: PostDep) -> Response:
    """Give one candidate more time."""

    def act() -> None:
        # The choice says which candidate, and in which version the page showed it.
        version, _, key = post.form.text("candidate").partition(" ")
        order = post.form.read(ExtraTimeIn, version=version)
        with post.lims.work(post.actor, Action.EXAM_CONDUCT, order.reason) as session:
            service.give_extra_time(session, number, key, order)

    return after(post, number, Action.EXAM_CONDUCT, act, mark("The candidate has more time."))


@router.get("/{number}/marks.xlsx")
def marks(number: str, visit: VisitDep) -> Response:
    """Candidates with their marks, and how questions fared, as a workbook."""
    with visit.lims.read(visit.actor, Action.EXAM_READ) as session:
        return looking.attached(marks_workbook(session, number, visit.language), f"{number}.xlsx")


@router.post("/{number}/open")
def open_exam(number: str, post: PostDep) -> Response:
    """Open it."""
    return _step(post, number, "open")


@router.post("/{number}/close")
def close_exam(number: str, post: PostDep) -> Response:
    """Close it."""
    return _step(post, number, "close")


@router.post("/{number}/publish")
def publish(number: str, post: PostDep) -> Response:
    """Publish it."""
    return _step(post, number, "publish")


def after(post: Post, number: str, action: Action, act: Act, note: str) -> Response:
    """Act, and back to the exam; or the exam with what stood in the way."""
    return post.act(action, act, partial(_exam, post, number), f"/exams/{number}", note, number=number)


def _exam(visit: Visit, number: str, form: Filled, status: int = 200) -> Response:
    with visit.lims.read(visit.actor, Action.EXAM_READ) as session:
        found = looking.whole_exam(session, number, visit.language)
        record = queries.own_exam(session, number)
        subjects = _subjects(session)
    filled = Filled({**_values(found), **form.values}, form.errors, form.problems, form.changes)
    return visit.show(
        "exams/exam.html",
        status=status,
        found=found,
        mood=MOODS[found.state],
        record_id=record.id,
        states=ExamState,
        standings=STANDINGS,
        form=filled,
        now=visit.lims.clock.now(),
        **_choices(filled, subjects),
    )


def _step(post: Post, number: str, name: str) -> Response:
    action, step = _ACTS[name]

    def act() -> None:
        with post.lims.work(post.actor, action) as session:
            step(session, number, post.form.whole("version") or 0)

    return after(post, number, action, act, _DONE[name])


def _plan_page(visit: Visit, form: Filled, status: int = 200) -> Response:
    with visit.lims.read(visit.actor, Action.EXAM_PLAN) as session:
        subjects = _subjects(session)
    return visit.show("exams/plan.html", status=status, form=form, **_choices(form, subjects))


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
