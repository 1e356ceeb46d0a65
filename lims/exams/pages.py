"""Pages of exams: the list, and those of the bank, of organisers and of candidates."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.reasons import mark
from lims.exams import bank_pages, organiser_pages, queries, review_pages, sitting_pages
from lims.exams.rules import ExamState
from lims.exams.tables import Exam
from lims.web.acting import VisitDep
from lims.web.table import Chip, Column, Mood, Start, Table
from lims.web.table_filters import ChoiceFilter
from lims.web.table_page import read_values, table_page

MOODS: Mapping[ExamState, Mood] = organiser_pages.MOODS
EXAMS: Table[Exam] = Table(
    name="exams",
    title=mark("Exams"),
    columns=(
        Column("number", mark("Number"), lambda e: e.number, lambda e: e.number, link=lambda e: f"/exams/{e.number}"),
        Column("title", mark("Title"), lambda e: e.title, lambda e: e.title),
        Column("state", mark("State"), lambda e: Chip(e.state, MOODS[e.state]), lambda e: e.state),
        Column("opens_at", mark("First start"), lambda e: e.opens_at, lambda e: e.opens_at),
        Column("last_start", mark("Last start"), lambda e: e.last_start, lambda e: e.last_start),
        Column("minutes", mark("Minutes"), lambda e: e.minutes, lambda e: e.minutes, kind="number"),
        Column("candidates", mark("Candidates"), lambda e: e.candidate_count, lambda e: e.candidate_count,
               kind="number"),
    ),
    filters=(ChoiceFilter("state", mark("State"), ExamState, lambda e: e.state.value, many=True),),
    search=(lambda e: e.number, lambda e: e.title),
    nothing=mark("There is no exam yet. Fill the question bank, then plan one."),
    start=Start("/exams/new", mark("Plan an exam"), Action.EXAM_PLAN),
)  # fmt: skip

router = APIRouter()


@router.get("/exams")
def exam_list(visit: VisitDep) -> Response:
    """The exams of the own laboratory."""
    with visit.lims.read(visit.actor, Action.EXAM_READ) as session:
        table = read_values(session, EXAMS, list(queries.own_exams(session)), visit.request)
    return table_page(visit.request, table, "exams/list.html")


router.include_router(bank_pages.router)
router.include_router(organiser_pages.router)
router.include_router(review_pages.router)
router.include_router(sitting_pages.router)
