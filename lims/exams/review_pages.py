"""Pages of the organiser after an exam: marked papers, how questions fared, and correcting faulty ones."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import NotFound
from lims.core.reasons import mark
from lims.exams import correcting, looking, queries
from lims.exams.organiser_pages import after
from lims.exams.schemas import FaultIn
from lims.exams.workbooks import answers_in
from lims.web.dependencies import LimsDep
from lims.web.forms import FormDep
from lims.web.page import page
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter(prefix="/exams/{number}")


@router.get("/candidates/{key}")
def marked_paper(
    number: str, key: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage
) -> Response:
    """A marked paper with what was right."""
    with lims.read(viewer.actor, Action.EXAM_READ) as session:
        exam = queries.own_exam(session, number)
        candidate = queries.candidate_of(session, exam, key)
        found = looking.marked(session, exam, candidate, language)
    if found is None:
        raise NotFound.of("marked paper", key)
    return page(request, "exams/marked.html", exam=exam, candidate=candidate, marked=found)


@router.get("/statistics")
def statistics(number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """Facility and discrimination of every question."""
    with lims.read(viewer.actor, Action.EXAM_READ) as session:
        exam = queries.own_exam(session, number)
        figures = looking.statistics(session, number, language)
    return page(request, "exams/statistics.html", exam=exam, figures=figures)


@router.post("/faults")
def propose_fault(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Say that a question is faulty."""

    def act() -> None:
        order = form.read(FaultIn, answers=None)
        if text := form.text("answers"):
            # As people write them, which depends on the kind of the question.
            with lims.read(viewer.actor, Action.EXAM_CORRECT) as session:
                kind = correcting.asked_question(session, queries.own_exam(session, number), order.question).kind
            order = form.read(FaultIn, answers=answers_in(kind, text))
        with lims.work(viewer.actor, Action.EXAM_CORRECT, order.fault) as session:
            correcting.propose_fault(session, number, order)

    lims.require(viewer.actor, Action.EXAM_CORRECT)
    note = mark("The question waits for a second person.")
    return after(act, request, lims, viewer, language, number, form, note)


@router.post("/faults/{fault_id}")
def decide_fault(
    number: str,
    fault_id: UUID,
    request: Request,
    lims: LimsDep,
    viewer: ViewerDep,
    language: PageLanguage,
    form: FormDep,
) -> Response:
    """Decide as the second person."""

    def act() -> None:
        with lims.work(viewer.actor, Action.EXAM_CORRECT) as session:
            correcting.decide_fault(session, number, fault_id, confirms=form.text("confirms") == "true")

    lims.require(viewer.actor, Action.EXAM_CORRECT)
    return after(act, request, lims, viewer, language, number, form, mark("It is decided on."))
