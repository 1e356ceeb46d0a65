"""The theory paper of the rehearsal: a bank of questions, and an exam that thirty candidates sat."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Final

from sqlmodel import select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.db.work import LimsSession
from lims.demo.walk import actor
from lims.exams import admission, bank, queries, service, sitting
from lims.exams.drawing import by_lot
from lims.exams.rules import LETTERS, Draw, ExamState, PartialCredit, QuestionKind
from lims.exams.schemas import AnswerIn, CandidateIn, CandidatesIn, ExamIn, SectionIn, SlipsIn
from lims.exams.tables import ExamCandidate, ExamQuestion
from lims.exams.workbooks import read_questions
from lims.runtime import Lims

BANK: Final = Path(__file__).with_name("exam_bank.csv")
TITLE: Final = "农产品质量安全检测技能竞赛理论考试（演示）"
CANDIDATES: Final = 30
_K = QuestionKind
#: Kind, how many, marks of each.
_SECTIONS: Final = (
    (_K.SINGLE, 15, 2),
    (_K.MULTIPLE, 6, 3),
    (_K.TRUE_FALSE, 12, 1),
    (_K.NUMERIC, 6, 5),
    (_K.FILL, 2, 5),
)


def rehearse(lims: Lims) -> str:
    """Fill the bank and hold the exam, each once; the number of the exam."""
    organiser = actor(lims, "pro")
    with lims.work(organiser, Action.EXAM_WRITE) as session:
        if not queries.current_questions(session, with_retired=True):
            read = read_questions(BANK.read_bytes(), "utf-8")
            bank.import_questions(session, read.rows, read.codes)
    with lims.read(organiser, Action.EXAM_READ) as session:
        held = next((one for one in queries.own_exams(session) if one.title == TITLE), None)
    if held is not None and held.state is not ExamState.DRAFT:
        return held.number
    with lims.work(organiser, Action.EXAM_CONDUCT) as session:
        number = held.number if held is not None else _planned(session)
        slips = service.issue_codes(
            session, number, SlipsIn(keys=[one.candidate_key for one in _candidates(session, number)])
        )
        service.open_exam(session, number, queries.own_exam(session, number).version)
    for place, slip in enumerate(slips):
        _sit(lims, slip.code, Random(place))  # noqa: S311  # a rehearsal draws the same each time
    with lims.work(organiser, Action.EXAM_CONDUCT) as session:
        service.close_exam(session, number, queries.own_exam(session, number).version)
    return number


def _planned(session: LimsSession) -> str:
    plan = ExamIn(
        title=TITLE,
        sections=[SectionIn(kind=kind, count=count, marks=Decimal(marks)) for kind, count, marks in _SECTIONS],
        draw=Draw.RANDOM,
        partial_credit=PartialCredit.HALF,
        minutes=90,
        opens_at=session.instant,
        last_start=session.instant + timedelta(hours=1),
        pass_mark=Decimal(60),
    )
    number = service.plan_exam(session, plan).number
    keys = [CandidateIn(key=f"A-{place:03d}") for place in range(1, CANDIDATES + 1)]
    service.add_candidates(session, number, CandidatesIn(candidates=keys))
    return number


def _candidates(session: LimsSession, number: str) -> list[ExamCandidate]:
    return list(queries.candidates_of(session, queries.own_exam(session, number)))


def _sit(lims: Lims, code: str, chance: Random) -> None:
    """Somebody who knows more or less; easy questions are known to more people."""
    candidate = system_actor("candidate")
    with lims.work(candidate, Action.EXAM_SIT) as session:
        found = admission.admit(session, code, "127.0.0.1")
        if found is None:
            raise RuntimeError("a fresh code opens its desk")
        one = sitting.start(session, found[1])
        questions = {str(q.id): q for q in session.exec(select(ExamQuestion)).all()}
    skill = chance.uniform(0.45, 0.95)
    answers = []
    for place, entry in enumerate(one.paper, start=1):
        question = questions[entry["question"]]
        right = sitting.shown_letters(entry, question.answers[:1] if not question.options else question.answers)
        known = chance.random() < skill
        given = right if known else _wrong(question, right, chance)
        answers.append(AnswerIn(place=place, given=given))
    with lims.work(candidate, Action.EXAM_ANSWER) as session:
        sitting.save_answers(session, found[1], answers)
    with lims.work(candidate, Action.EXAM_HAND_IN) as session:
        sitting.hand_in(session, found[1])


def _wrong(question: ExamQuestion, right: list[str], chance: Random) -> list[str]:
    match question.kind:
        case QuestionKind.SINGLE:
            others = [one for one in LETTERS[: len(question.options)] if one not in right]
            return by_lot(str(chance.random()), others, others)[:1]
        case QuestionKind.MULTIPLE:
            return right[:-1]
        case QuestionKind.TRUE_FALSE:
            return ["false" if right == ["true"] else "true"]
        case _:
            return []
