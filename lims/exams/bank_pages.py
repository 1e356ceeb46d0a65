"""Pages of the question bank: the list, one question with its editions, and tables in and out."""

from functools import partial
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import NotFound
from lims.core.reasons import mark
from lims.exams import bank, looking, queries
from lims.exams.rules import Difficulty, QuestionKind
from lims.exams.schemas import QuestionChange, QuestionIn
from lims.exams.tables import ExamQuestion
from lims.exams.workbooks import answers_in, answers_text, question_template, question_workbook, read_questions
from lims.web.acting import PostDep, Visit, VisitDep
from lims.web.forms import Filled, Form
from lims.web.table import Chip, Column, Start, Table
from lims.web.table_filters import ChoiceFilter
from lims.web.table_page import read_values, table_page
from lims.web.uploads import read_upload

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
def question_list(visit: VisitDep) -> Response:
    """The bank of the own laboratory."""
    return _list(visit, Filled())


@router.post("/import")
def import_table(post: PostDep) -> Response:
    """Take in a table, all of it or nothing."""

    def act() -> dict[str, int]:
        read = read_questions(read_upload(post.form.file("file"), post.lims), post.form.encoding())
        with post.lims.work(post.actor, Action.EXAM_WRITE) as session:
            return {"rows": len(read.rows), "count": bank.import_questions(session, read.rows, read.codes)}

    note = mark("Of {rows} rows {count} were new or changed and are in the bank now.")
    return post.act(Action.EXAM_WRITE, act, partial(_list, post), _LIST, note)


@router.get("/template.xlsx")
def template(visit: VisitDep) -> Response:
    """An empty table of questions to fill in."""
    visit.lims.require(visit.actor, Action.EXAM_WRITE)
    return looking.attached(question_template(), "questions.xlsx")


@router.get("/export.xlsx")
def export(visit: VisitDep) -> Response:
    """The bank as a table that can be read again."""
    with visit.lims.read(visit.actor, Action.EXAM_READ) as session:
        return looking.attached(question_workbook(queries.current_questions(session)), "question-bank.xlsx")


@router.get("/new")
def new_form(visit: VisitDep) -> Response:
    """A form for a question."""
    visit.lims.require(visit.actor, Action.EXAM_WRITE)
    return _form_page(visit, Filled({"kind": QuestionKind.SINGLE.value, "difficulty": Difficulty.MEDIUM.value}))


@router.post("/new")
def write(post: PostDep) -> Response:
    """Write a question."""

    def act() -> dict[str, str]:
        order = post.form.read(QuestionIn, **_question_of(post.form))
        with post.lims.work(post.actor, Action.EXAM_WRITE) as session:
            return {"code": bank.write_question(session, order).code}

    note = mark("Question {code} is in the bank.")
    return post.act(Action.EXAM_WRITE, act, partial(_form_page, post), _LIST, note, draft="exam-question")


@router.get("/{code}")
def question_page(code: str, visit: VisitDep) -> Response:
    """A question with its editions, and the form for the next one."""
    return _question(visit, code, Filled())


@router.post("/{code}")
def change(code: str, post: PostDep) -> Response:
    """The next edition."""

    def act() -> dict[str, int]:
        order = post.form.read(QuestionChange, **_question_of(post.form))
        with post.lims.work(post.actor, Action.EXAM_WRITE) as session:
            return {"edition": bank.change_question(session, code, order).edition}

    note = mark("Question {code} has its edition {edition}; papers keep the edition that they hold.")
    return post.act(Action.EXAM_WRITE, act, partial(_question, post, code), f"{_LIST}/{code}", note, code=code)


@router.post("/{code}/retire")
def retire(code: str, post: PostDep) -> Response:
    """Draw no paper with it any more."""

    def act() -> None:
        with post.lims.work(post.actor, Action.EXAM_WRITE) as session:
            bank.retire_question(session, code, post.form.whole("version") or 0)

    note = mark("Question {code} is retired.")
    return post.act(Action.EXAM_WRITE, act, partial(_question, post, code), _LIST, note, code=code)


def _list(visit: Visit, form: Filled, status: int = 200) -> Response:
    with visit.lims.read(visit.actor, Action.EXAM_READ) as session:
        found = list(queries.current_questions(session, with_retired=True))
        table = read_values(session, QUESTIONS, found, visit.request, path=_LIST)
    shown = table_page(visit.request, table, "exams/questions.html", form=form)
    shown.status_code = status
    return shown


def _question(visit: Visit, code: str, form: Filled, status: int = 200) -> Response:
    with visit.lims.read(visit.actor, Action.EXAM_READ) as session:
        editions = queries.editions_of(session, code)
    if not editions:
        raise NotFound.of("question", code)
    filled = form if form.values else Filled(_values(editions[0]), form.errors, form.problems)
    return _form_page(visit, filled, status, found=editions[0], editions=editions)


def _form_page(visit: Visit, form: Filled, status: int = 200, **more: Any) -> Response:
    context = {"found": None, "editions": (), "kinds": QuestionKind, "difficulties": Difficulty, **more}
    return visit.show("exams/question.html", status=status, form=form, **context)


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
