"""Pages of the question bank: the list, one question with its editions, and tables in and out."""

from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import LimsError, NotFound
from lims.core.reasons import mark
from lims.exams import bank, looking, queries
from lims.exams.rules import Difficulty, QuestionKind
from lims.exams.schemas import QuestionChange, QuestionIn
from lims.exams.tables import ExamQuestion
from lims.exams.workbooks import answers_in, answers_text, question_template, question_workbook, read_questions
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.table import Chip, Column, Start, Table
from lims.web.table_filters import ChoiceFilter
from lims.web.table_page import read_values, table_page
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter(prefix="/exams/questions")
_LIST: Final = "/exams/questions"
_STEM: Final = 60


def _state(question: ExamQuestion) -> Chip:
    return Chip(mark("retired")) if question.retired_at else Chip(mark("in use"), "good")


QUESTIONS: Table[ExamQuestion] = Table(
    name="exam-questions",
    title=mark("Question bank"),
    columns=(
        Column("code", mark("Question"), lambda q: q.code, lambda q: q.code, link=lambda q: f"{_LIST}/{q.code}"),
        Column("kind", mark("Kind of question"), lambda q: q.kind, lambda q: q.kind),
        Column("subject", mark("Subject of the question"), lambda q: q.subject, lambda q: q.subject),
        Column("difficulty", mark("Difficulty"), lambda q: q.difficulty, lambda q: q.difficulty),
        Column("stem", mark("Question in Chinese"), lambda q: q.stem[:_STEM], export=lambda q: q.stem),
        Column("source", mark("Source or clause"), lambda q: q.source, lambda q: q.source or ""),
        Column("edition", mark("Edition"), lambda q: q.edition, lambda q: q.edition, kind="number"),
        Column("retired", mark("State"), _state),
    ),
    filters=(
        ChoiceFilter("kind", mark("Kind of question"), QuestionKind, lambda q: q.kind.value, many=True),
        ChoiceFilter("difficulty", mark("Difficulty"), Difficulty, lambda q: q.difficulty.value, many=True),
    ),
    search=(
        lambda q: q.code, lambda q: q.subject, lambda q: q.stem, lambda q: q.stem_en or "", lambda q: q.source or "",
    ),
    nothing=mark("There is no question yet. Write one, or fill the empty table and import it."),
    start=Start(f"{_LIST}/new", mark("Write a question"), Action.EXAM_WRITE),
)  # fmt: skip


@router.get("")
def question_list(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The bank of the own laboratory."""
    return _list(request, lims, viewer, Filled())


@router.post("/import")
def import_table(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Take in a table, all of it or nothing."""
    lims.require(viewer.actor, Action.EXAM_WRITE)
    try:
        read = read_questions(read_upload(form.file("file"), lims), form.encoding())
        with lims.work(viewer.actor, Action.EXAM_WRITE) as session:
            written = bank.import_questions(session, read.rows, read.codes)
    except LimsError as refusal:
        return _list(request, lims, viewer, refused(form, refusal, language), status_of(refusal))
    note = mark("Of {rows} rows {count} were new or changed and are in the bank now.")
    return see_other(request, _LIST, note, rows=len(read.rows), count=written)


@router.get("/template.xlsx")
def template(lims: LimsDep, viewer: ViewerDep) -> Response:
    """An empty table of questions to fill in."""
    lims.require(viewer.actor, Action.EXAM_WRITE)
    return looking.attached(question_template(), "questions.xlsx")


@router.get("/export.xlsx")
def export(lims: LimsDep, viewer: ViewerDep) -> Response:
    """The bank as a table that can be read again."""
    with lims.read(viewer.actor, Action.EXAM_READ) as session:
        return looking.attached(question_workbook(queries.current_questions(session)), "question-bank.xlsx")


@router.get("/new")
def new_form(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """A form for a question."""
    lims.require(viewer.actor, Action.EXAM_WRITE)
    return _form_page(request, Filled({"kind": QuestionKind.SINGLE.value, "difficulty": Difficulty.MEDIUM.value}))


@router.post("/new")
def write(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Write a question."""
    lims.require(viewer.actor, Action.EXAM_WRITE)
    try:
        order = form.read(QuestionIn, **_question_of(form))
        with lims.work(viewer.actor, Action.EXAM_WRITE) as session:
            made = bank.write_question(session, order)
    except LimsError as refusal:
        return _form_page(request, refused(form, refusal, language), status_of(refusal))
    note = mark("Question {code} is in the bank.")
    return see_other(request, _LIST, note, draft="exam-question", code=made.code)


@router.get("/{code}")
def question_page(code: str, request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """A question with its editions, and the form for the next one."""
    return _question(request, lims, viewer, code, Filled())


@router.post("/{code}")
def change(
    code: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """The next edition."""
    lims.require(viewer.actor, Action.EXAM_WRITE)
    try:
        order = form.read(QuestionChange, **_question_of(form))
        with lims.work(viewer.actor, Action.EXAM_WRITE) as session:
            made = bank.change_question(session, code, order)
    except LimsError as refusal:
        return _question(request, lims, viewer, code, refused(form, refusal, language), status_of(refusal))
    note = mark("Question {code} has its edition {edition}; papers keep the edition that they hold.")
    return see_other(request, f"{_LIST}/{code}", note, code=code, edition=made.edition)


@router.post("/{code}/retire")
def retire(
    code: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Draw no paper with it any more."""
    lims.require(viewer.actor, Action.EXAM_WRITE)
    try:
        with lims.work(viewer.actor, Action.EXAM_WRITE) as session:
            bank.retire_question(session, code, form.whole("version") or 0)
    except LimsError as refusal:
        return _question(request, lims, viewer, code, refused(form, refusal, language), status_of(refusal))
    return see_other(request, _LIST, mark("Question {code} is retired."), code=code)


def _list(request: Request, lims: Lims, viewer: Viewer, form: Filled, status: int = 200) -> Response:
    with lims.read(viewer.actor, Action.EXAM_READ) as session:
        found = list(queries.current_questions(session, with_retired=True))
        table = read_values(session, QUESTIONS, found, request, path=_LIST)
    shown = table_page(request, table, "exams/questions.html", form=form)
    shown.status_code = status
    return shown


def _question(request: Request, lims: Lims, viewer: Viewer, code: str, form: Filled, status: int = 200) -> Response:
    with lims.read(viewer.actor, Action.EXAM_READ) as session:
        editions = queries.editions_of(session, code)
    if not editions:
        raise NotFound.of("question", code)
    filled = form if form.values else Filled(_values(editions[0]), form.errors, form.problems)
    return _form_page(request, filled, status, found=editions[0], editions=editions)


def _form_page(request: Request, form: Filled, status: int = 200, **more: Any) -> Response:
    context = {"found": None, "editions": (), **more}
    return page(
        request, "exams/question.html", status=status, form=form, kinds=QuestionKind, difficulties=Difficulty, **context
    )


def _question_of(form: Form) -> dict[str, Any]:
    """The fields that are no texts of their own: options one on a line, answers as their kind writes them."""
    kind = form.text("kind")
    read = answers_in(QuestionKind(kind), form.text("answers")) if kind in set(QuestionKind) else []
    lines = {
        name: [one.strip() for one in form.text(name).splitlines() if one.strip()] for name in ("options", "options_en")
    }
    return {**lines, "answers": read}


def _values(question: ExamQuestion) -> dict[str, Any]:
    """A question as its form shows it."""
    names = ("subject", "stem", "stem_en", "unit", "explanation", "explanation_en", "source")
    return {
        **{name: getattr(question, name) or "" for name in names},
        "version": question.version,
        "kind": question.kind.value,
        "difficulty": question.difficulty.value,
        "options": "\n".join(question.options),
        "options_en": "\n".join(question.options_en),
        "answers": answers_text(question),
        "tolerance": "" if question.tolerance is None else format(question.tolerance, "f"),
    }
