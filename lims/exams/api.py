"""JSON routes of question banks and exams, for their organisers; candidates have pages of their own."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Query, UploadFile
from fastapi.responses import Response

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.errors import NotFound
from lims.db.work import LimsSession
from lims.exams import bank, correcting, looking, queries, service
from lims.exams.mark_workbook import marks_workbook
from lims.exams.schemas import (
    CandidateMark,
    CandidatesIn,
    DecisionIn,
    ExamChange,
    ExamIn,
    ExamOut,
    ExtraTimeIn,
    FaultIn,
    FiguresOut,
    ImportedOut,
    MarkedOut,
    QuestionChange,
    QuestionIn,
    QuestionOut,
    SlipOut,
    SlipsIn,
    VersionIn,
    WholeExamOut,
)
from lims.exams.tables import Exam
from lims.exams.workbooks import XLSX, question_template, question_workbook, read_questions
from lims.runtime import Lims
from lims.web.dependencies import ActorDep, LanguageDep, LimsDep
from lims.web.fields import Limit, Offset, Page
from lims.web.rows import Encoding
from lims.web.uploads import read_upload

router = APIRouter(prefix="/api/exams", tags=["exams"])
_WORKBOOK: dict[int | str, dict[str, Any]] = {200: {"content": {XLSX: {}}, "description": "A workbook."}}
_BANK = "/questions"


@router.get(_BANK)
def questions(
    lims: LimsDep,
    actor: ActorDep,
    limit: Limit = 100,
    offset: Offset = 0,
    retired: Annotated[bool, Query(description="Those that are retired as well.")] = False,
) -> Page[QuestionOut]:
    """The question bank of the own laboratory, in the newest editions."""
    with lims.read(actor, Action.EXAM_READ) as session:
        found = queries.current_questions(session, with_retired=retired)
        some = [QuestionOut.model_validate(one) for one in found[offset : offset + limit]]
        return Page(items=some, total=len(found), limit=limit, offset=offset)


@router.post(_BANK, status_code=201)
def write(order: QuestionIn, lims: LimsDep, actor: ActorDep) -> QuestionOut:
    """Write a question into the bank of the own laboratory."""
    with lims.work(actor, Action.EXAM_WRITE) as session:
        return QuestionOut.model_validate(bank.write_question(session, order))


@router.get(f"{_BANK}/template.xlsx", response_class=Response, responses=_WORKBOOK)
def template(lims: LimsDep, actor: ActorDep) -> Response:
    """An empty table of questions to fill in."""
    lims.require(actor, Action.EXAM_WRITE)
    return looking.attached(question_template(), "questions.xlsx")


@router.get(f"{_BANK}/export.xlsx", response_class=Response, responses=_WORKBOOK)
def export(lims: LimsDep, actor: ActorDep) -> Response:
    """The bank as a table that can be read again."""
    with lims.read(actor, Action.EXAM_READ) as session:
        return looking.attached(question_workbook(queries.current_questions(session)), "question-bank.xlsx")


@router.post(f"{_BANK}/import")
def import_table(
    file: Annotated[UploadFile, File()], lims: LimsDep, actor: ActorDep, encoding: Encoding = "utf-8"
) -> ImportedOut:
    """Take in a table (xlsx or CSV), all of it or nothing; a row with a code is the next edition of that question."""
    lims.require(actor, Action.EXAM_WRITE)
    read = read_questions(read_upload(file, lims), encoding)
    with lims.work(actor, Action.EXAM_WRITE) as session:
        return ImportedOut(rows=len(read.rows), written=bank.import_questions(session, read.rows, read.codes))


@router.get(f"{_BANK}/{{code}}")
def one_question(code: str, lims: LimsDep, actor: ActorDep) -> list[QuestionOut]:
    """Every edition of a question, the newest first."""
    with lims.read(actor, Action.EXAM_READ) as session:
        found = queries.editions_of(session, code)
        if not found:
            raise NotFound.of("question", code)
        return [QuestionOut.model_validate(one) for one in found]


@router.put(f"{_BANK}/{{code}}")
def change_question(code: str, order: QuestionChange, lims: LimsDep, actor: ActorDep) -> QuestionOut:
    """The next edition of a question; papers keep the edition that they hold."""
    with lims.work(actor, Action.EXAM_WRITE) as session:
        return QuestionOut.model_validate(bank.change_question(session, code, order))


@router.post(f"{_BANK}/{{code}}/retire")
def retire(code: str, order: VersionIn, lims: LimsDep, actor: ActorDep) -> QuestionOut:
    """Draw no paper with a question any more."""
    with lims.work(actor, Action.EXAM_WRITE) as session:
        return QuestionOut.model_validate(bank.retire_question(session, code, order.version))


@router.get("")
def exams(lims: LimsDep, actor: ActorDep) -> list[ExamOut]:
    """The exams of the own laboratory, the newest first."""
    with lims.read(actor, Action.EXAM_READ) as session:
        return [ExamOut.model_validate(one) for one in queries.own_exams(session)]


@router.post("", status_code=201)
def plan(order: ExamIn, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> WholeExamOut:
    """Plan an exam of the own laboratory, as a draft."""
    with lims.work(actor, Action.EXAM_PLAN) as session:
        return looking.whole_exam(session, service.plan_exam(session, order).number, language)


@router.get("/{number}")
def one_exam(number: str, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> WholeExamOut:
    """An exam with its candidates and how far each is."""
    with lims.read(actor, Action.EXAM_READ) as session:
        return looking.whole_exam(session, number, language)


@router.put("/{number}")
def change(number: str, order: ExamChange, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> WholeExamOut:
    """Put another plan in the place of a draft."""
    with lims.work(actor, Action.EXAM_PLAN) as session:
        return looking.whole_exam(session, service.change_exam(session, number, order).number, language)


@router.post("/{number}/candidates")
def add_candidates(
    number: str, order: CandidatesIn, lims: LimsDep, actor: ActorDep, language: LanguageDep
) -> WholeExamOut:
    """Let more people sit the exam."""
    with lims.work(actor, Action.EXAM_PLAN) as session:
        return looking.whole_exam(session, service.add_candidates(session, number, order).number, language)


@router.post("/{number}/slips")
def slips(number: str, order: SlipsIn, lims: LimsDep, actor: ActorDep) -> list[SlipOut]:
    """Make admission codes; they are shown this once."""
    with lims.work(actor, Action.EXAM_CONDUCT) as session:
        return service.issue_codes(session, number, order)


@router.post("/{number}/open")
def open_exam(number: str, order: VersionIn, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> WholeExamOut:
    """Draw the papers and let candidates begin within the window."""
    return _done(lims, actor, Action.EXAM_CONDUCT, service.open_exam, number, order, language)


@router.post("/{number}/close")
def close_exam(number: str, order: VersionIn, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> WholeExamOut:
    """Mark every paper; nobody begins any more."""
    return _done(lims, actor, Action.EXAM_CONDUCT, service.close_exam, number, order, language)


@router.post("/{number}/publish")
def publish(number: str, order: VersionIn, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> WholeExamOut:
    """Show every candidate the own marked paper with what was right."""
    return _done(lims, actor, Action.EXAM_PUBLISH, service.publish_exam, number, order, language)


@router.post("/{number}/candidates/{key}/extra-time")
def extra_time(
    number: str, key: str, order: ExtraTimeIn, lims: LimsDep, actor: ActorDep, language: LanguageDep
) -> WholeExamOut:
    """Give one candidate more time, for a reason."""
    with lims.work(actor, Action.EXAM_CONDUCT, order.reason) as session:
        service.give_extra_time(session, number, key, order)
        return looking.whole_exam(session, number, language)


@router.post("/{number}/candidates/{key}/remove")
def remove_candidate(
    number: str, key: str, order: VersionIn, lims: LimsDep, actor: ActorDep, language: LanguageDep
) -> WholeExamOut:
    """Take out somebody who was entered by mistake and has not begun; `version` is that of the exam."""
    with lims.work(actor, Action.EXAM_PLAN) as session:
        service.remove_candidate(session, number, key, order.version)
        return looking.whole_exam(session, number, language)


@router.get("/{number}/candidates/{key}/paper")
def marked_paper(number: str, key: str, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> MarkedOut:
    """A marked paper with what was right."""
    with lims.read(actor, Action.EXAM_READ) as session:
        exam = queries.own_exam(session, number)
        found = looking.marked(session, exam, queries.candidate_of(session, exam, key), language)
        if found is None:
            raise NotFound.of("marked paper", key)
        return found


@router.get("/{number}/marks")
def marks(number: str, lims: LimsDep, actor: ActorDep) -> list[CandidateMark]:
    """The marks of every candidate, by key."""
    with lims.read(actor, Action.EXAM_READ) as session:
        return looking.marks_by_key(session, number)


@router.get("/{number}/marks.xlsx", response_class=Response, responses=_WORKBOOK)
def marks_table(number: str, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> Response:
    """Candidates with their marks, and how questions fared, as a workbook."""
    with lims.read(actor, Action.EXAM_READ) as session:
        return looking.attached(marks_workbook(session, number, language), f"{number}.xlsx")


@router.get("/{number}/statistics")
def statistics(number: str, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> list[FiguresOut]:
    """Facility and discrimination of every question."""
    with lims.read(actor, Action.EXAM_READ) as session:
        return looking.statistics(session, number, language)


@router.post("/{number}/faults")
def propose_fault(number: str, order: FaultIn, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> WholeExamOut:
    """Say that a question is faulty; a second person decides."""
    with lims.work(actor, Action.EXAM_CORRECT, order.fault) as session:
        correcting.propose_fault(session, number, order)
        return looking.whole_exam(session, number, language)


@router.post("/{number}/faults/{fault_id}/decide")
def decide_fault(
    number: str, fault_id: UUID, order: DecisionIn, lims: LimsDep, actor: ActorDep, language: LanguageDep
) -> WholeExamOut:
    """Decide as the second person; a faulty question gives everybody its marks, and all papers are marked again."""
    with lims.work(actor, Action.EXAM_CORRECT) as session:
        correcting.decide_fault(session, number, fault_id, confirms=order.confirms)
        return looking.whole_exam(session, number, language)


def _done(
    lims: Lims,
    actor: Actor,
    action: Action,
    act: Callable[[LimsSession, str, int], Exam],
    number: str,
    order: VersionIn,
    language: Any,
) -> WholeExamOut:
    with lims.work(actor, action) as session:
        return looking.whole_exam(session, act(session, number, order.version).number, language)
