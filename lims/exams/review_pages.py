"""Pages of the organiser after an exam: marked papers, how questions fared, and correcting faulty ones."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import NotFound
from lims.core.reasons import mark
from lims.exams import correcting, looking, queries
from lims.exams.organiser_pages import after
from lims.exams.schemas import FaultIn
from lims.exams.workbooks import answers_in
from lims.web.acting import PostDep, VisitDep

router = APIRouter(prefix="/exams/{number}")


@router.get("/candidates/{key}")
def marked_paper(number: str, key: str, visit: VisitDep) -> Response:
    """A marked paper with what was right."""
    with visit.lims.read(visit.actor, Action.EXAM_READ) as session:
        exam = queries.own_exam(session, number)
        candidate = queries.candidate_of(session, exam, key)
        found = looking.marked(session, exam, candidate, visit.language)
    if found is None:
        raise NotFound.of("marked paper", key)
    return visit.show("exams/marked.html", exam=exam, candidate=candidate, marked=found)


@router.get("/statistics")
def statistics(number: str, visit: VisitDep) -> Response:
    """Facility and discrimination of every question."""
    with visit.lims.read(visit.actor, Action.EXAM_READ) as session:
        exam = queries.own_exam(session, number)
        figures = looking.statistics(session, number, visit.language)
    return visit.show("exams/statistics.html", exam=exam, figures=figures)


@router.post("/faults")
def propose_fault(number: str, post: PostDep) -> Response:
    """Say that a question is faulty."""

    def act() -> None:
        order = post.form.read(FaultIn, answers=None)
        if text := post.form.text("answers"):
            # As people write them, which depends on the kind of the question.
            with post.lims.read(post.actor, Action.EXAM_CORRECT) as session:
                kind = correcting.asked_question(session, queries.own_exam(session, number), order.question).kind
            order = post.form.read(FaultIn, answers=answers_in(kind, text))
        with post.lims.work(post.actor, Action.EXAM_CORRECT, order.fault) as session:
            correcting.propose_fault(session, number, order)

    return after(post, number, Action.EXAM_CORRECT, act, mark("The question waits for a second person."))


@router.post("/faults/{fault_id}")
def decide_fault(number: str, fault_id: UUID, post: PostDep) -> Response:
    """Decide as the second person."""

    def act() -> None:
        with post.lims.work(post.actor, Action.EXAM_CORRECT) as session:
            correcting.decide_fault(session, number, fault_id, confirms=post.form.text("confirms") == "true")

    return after(post, number, Action.EXAM_CORRECT, act, mark("It is decided on."))
