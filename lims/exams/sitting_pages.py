"""Pages of candidates: admission, the paper, handing in, the marked paper. Neither scripts nor accounts are needed.

A candidate has no account: the admission code opens a desk, whose token is in a cookie of its own that no other site
can send. What the page's script sends one by one, the plain form sends all at once.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import JSONResponse, RedirectResponse, Response

from lims.core.actions import Action
from lims.core.errors import BadInput, Conflict, LimsError, RuleRefused, TooManyRequests, Unauthenticated
from lims.core.language import Language, translator
from lims.core.reasons import mark, reason
from lims.exams import admission, looking, queries, sitting
from lims.exams.doors import CANDIDATE, acting
from lims.exams.rules import GRACE, ExamState, QuestionKind, reasons_not_to_start
from lims.exams.schemas import AnswerIn, AnswersIn
from lims.exams.tables import Exam, ExamCandidate
from lims.people.doors import client_of
from lims.runtime import Lims
from lims.web.appearance import keep_language
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, refused
from lims.web.guests import GuestFormDep
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.viewer import PageLanguage, is_https

router = APIRouter(prefix="/exam")
_PAPER, _DOOR = "/exam/paper", "/exam"


@dataclass(frozen=True, slots=True)
class Desk:
    """Who sits where, and how long still."""

    candidate: ExamCandidate
    exam: Exam
    left: int
    is_over: bool


@router.get("")
def door(request: Request) -> Response:
    """The admission code."""
    if _token(request):
        return RedirectResponse(_PAPER, 303)
    return page(request, "exams/door.html", form=Filled())


@router.post("/admit")
def admit(request: Request, lims: LimsDep, language: PageLanguage, form: GuestFormDep) -> Response:
    """Open the desk of a candidate in this browser; a former one closes."""
    try:
        with acting(lims, Action.EXAM_SIT) as session:
            found = admission.admit(session, form.text("code"), client_of(request).address)
        if found is None:
            raise admission.unknown_code()
    except (Unauthenticated, TooManyRequests) as refusal:
        shown = page(request, "exams/door.html", status=status_of(refusal), form=refused(form, refusal, language))
        if isinstance(refusal, TooManyRequests):
            shown.headers["Retry-After"] = str(refusal.retry_after_s)
        return shown
    response = RedirectResponse(_PAPER, 303)
    response.set_cookie(_cookie(lims), found[1], httponly=True, samesite="strict", secure=is_https(lims), path="/")
    return response


@router.get("/paper")
def paper(request: Request, lims: LimsDep, language: PageLanguage) -> Response:
    """What is next: to begin, the paper itself, that it is handed in, or the marked paper."""
    try:
        return _paper(request, lims, language)
    except Unauthenticated as refusal:
        return _sent_away(request, lims, language, refusal)


@router.post("/begin")
def begin(request: Request, lims: LimsDep, language: PageLanguage, form: GuestFormDep) -> Response:
    """The time runs from now on."""
    try:
        with acting(lims, Action.EXAM_SIT) as session:
            sitting.start(session, _token(request))
    except Unauthenticated as refusal:
        return _sent_away(request, lims, language, refusal)
    except RuleRefused as refusal:
        return _paper(request, lims, language, refused(form, refusal, language), status_of(refusal))
    return RedirectResponse(_PAPER, 303)


@router.post("/paper")
def save_paper(request: Request, lims: LimsDep, language: PageLanguage, form: GuestFormDep) -> Response:
    """Save the whole form, as browsers without scripts send it; `act` is what comes then: also another language."""
    try:
        with acting(lims, Action.EXAM_ANSWER) as session:
            candidate = admission.at_desk(session, _token(request))
            sitting.save_answers(session, _token(request), _answers_of(form, candidate))
    except Unauthenticated as refusal:
        return _sent_away(request, lims, language, refusal)
    except LimsError as refusal:
        return _paper(request, lims, language, refused(form, refusal, language), status_of(refusal))
    act = form.text("act")
    if act in set(Language):
        response = RedirectResponse(_PAPER, 303)
        keep_language(response, lims, Language(act))
        return response
    if act == "hand_in":
        return RedirectResponse("/exam/hand-in", 303)
    return see_other(request, _PAPER, mark("Your answers are saved."))


@router.post("/answers")
def save_some(request: Request, lims: LimsDep, language: PageLanguage, form: GuestFormDep) -> Response:
    """Save what the page's script has kept; says what arrived and how long there is still, as JSON."""
    try:
        order = _sent(form)
        with acting(lims, Action.EXAM_ANSWER) as session:
            candidate = sitting.save_answers(session, _token(request), order.answers)
            left, now = sitting.seconds_left(candidate, session.instant), milliseconds(session.instant)
    except LimsError as refusal:
        say = translator(language)
        why = " ".join(one.translated(say) for one in refusal.reasons)
        # What a colleague's page may try again, this one may too; everything else is final for these answers.
        return JSONResponse({"why": why, "again": isinstance(refusal, Conflict)}, status_of(refusal))
    return JSONResponse({"saved": [[one.place, one.serial] for one in order.answers], "left": left, "now": now})


@router.get("/hand-in")
def before_handing_in(request: Request, lims: LimsDep, language: PageLanguage) -> Response:
    """Which questions have no answer, and the button."""
    try:
        with lims.read(CANDIDATE, Action.EXAM_SIT) as session:
            desk = _desk(lims, admission.at_desk(session, _token(request)), session)
            asked = looking.paper_of(session, desk.candidate, language)
    except Unauthenticated as refusal:
        return _sent_away(request, lims, language, refusal)
    if desk.is_over or desk.candidate.started_at is None:
        return RedirectResponse(_PAPER, 303)
    open_places = [one.place for one in asked if not one.given]
    return page(request, "exams/hand_in.html", desk=desk, asked=asked, open_places=open_places)


@router.post("/hand-in")
def hand_in(request: Request, lims: LimsDep, language: PageLanguage, form: GuestFormDep) -> Response:
    """Hand in for good."""
    try:
        with acting(lims, Action.EXAM_HAND_IN) as session:
            sitting.hand_in(session, _token(request))
    except Unauthenticated as refusal:
        return _sent_away(request, lims, language, refusal)
    except RuleRefused as refusal:
        return _paper(request, lims, language, refused(form, refusal, language), status_of(refusal))
    return RedirectResponse(_PAPER, 303)


@router.post("/leave")
def leave(request: Request, lims: LimsDep, form: GuestFormDep) -> Response:  # noqa: ARG001  # the form is the proof
    """Close the desk in this browser; the paper and its time go on."""
    return _without_desk(lims, see_other(request, _DOOR, mark("The paper is closed here. Your code opens it again.")))


def _paper(request: Request, lims: Lims, language: Language, form: Filled | None = None, status: int = 200) -> Response:
    with lims.read(CANDIDATE, Action.EXAM_SIT) as session:
        desk = _desk(lims, admission.at_desk(session, _token(request)), session)
        exam, candidate = desk.exam, desk.candidate
        context: dict[str, Any] = {"desk": desk, "form": form or Filled()}
        if candidate.started_at is None:
            why = reasons_not_to_start(exam.state, exam.opens_at, exam.last_start, lims.clock.now())
            say = translator(language)
            return page(request, "exams/begin.html", status=status, why=[one.translated(say) for one in why], **context)
        if exam.state is ExamState.PUBLISHED:
            marked = looking.marked(session, exam, candidate, language)
            return page(request, "exams/result.html", status=status, marked=marked, **context)
        asked = looking.paper_of(session, candidate, language)
        serials = {place: one.serial for place, one in queries.answers_of(session, candidate).items()}
    if desk.is_over:
        return page(request, "exams/over.html", status=status, asked=asked, **context)
    context |= {"serials": serials, "now": milliseconds(lims.clock.now())}
    return page(request, "exams/paper.html", status=status, asked=asked, kinds=QuestionKind, **context)


def _desk(lims: Lims, candidate: ExamCandidate, session: Any) -> Desk:
    exam = queries.exam_of(session, candidate)
    now = lims.clock.now()
    over = candidate.handed_in_at is not None or exam.state is not ExamState.OPEN
    over = over or (candidate.ends_at is not None and now > candidate.ends_at + GRACE)
    return Desk(candidate, exam, sitting.seconds_left(candidate, now), over)


def milliseconds(instant: datetime) -> int:
    """As scripts count time, so that a browser whose clock is wrong can go by that of the server."""
    return int(instant.timestamp() * 1000)


def _answers_of(form: Form, candidate: ExamCandidate) -> list[AnswerIn]:
    try:
        return [
            AnswerIn(place=place, given=form.texts(f"answer-{place}")) for place in range(1, len(candidate.paper) + 1)
        ]
    except ValidationError as error:
        raise _no_answers() from error


def _sent(form: Form) -> AnswersIn:
    try:
        return AnswersIn.model_validate(json.loads(form.text("answers") or "{}"))
    except (ValidationError, ValueError, RecursionError) as error:
        raise _no_answers() from error


def _no_answers() -> BadInput:
    return BadInput(reason("answer.unreadable", "An answer is too long or cannot be read."))


def _sent_away(request: Request, lims: Lims, language: Language, refusal: Unauthenticated) -> Response:
    """Back to the door; a cookie that opens nothing any more goes."""
    why = Filled(problems=tuple(("", one.translated(translator(language))) for one in refusal.reasons))
    form = why if _token(request) else Filled()
    return _without_desk(lims, page(request, "exams/door.html", status=status_of(refusal), form=form))


def _without_desk(lims: Lims, response: Response) -> Response:
    response.delete_cookie(_cookie(lims), httponly=True, samesite="strict", secure=is_https(lims), path="/")
    return response


def _token(request: Request) -> str:
    return request.cookies.get(_cookie(request.app.state.lims), "")


def _cookie(lims: Lims) -> str:
    return "__Host-lims_exam" if is_https(lims) else "lims_exam"
