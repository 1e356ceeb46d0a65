"""Marking of whole exams, and correcting questions that were found faulty: proposed by one, decided by another."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from lims.core.errors import Conflict, NotFound, RuleRefused, refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.work import LimsSession, acting_person, insert_many, save
from lims.exams import queries
from lims.exams.marking import Key, marks_for, plainly
from lims.exams.rules import (
    MARKED,
    FaultState,
    reasons_against_question,
    reasons_not_to_decide,
    reasons_to_be_in,
)
from lims.exams.schemas import FaultIn
from lims.exams.tables import Exam, ExamCandidate, ExamFault, ExamMarking, ExamQuestion


def mark_all(session: LimsSession, exam: Exam) -> int:
    """Mark the paper of everybody who began, as a new edition where the marks differ; how many were written."""
    candidates = [one for one in queries.candidates_of(session, exam) if one.started_at is not None]
    ids = {UUID(entry["question"]) for one in candidates for entry in one.paper}
    questions = queries.questions_by_id(session, sorted(ids))
    answers = queries.all_answers(session, exam)
    before = queries.markings_of(session, exam)
    corrections = queries.corrections_of(session, exam)
    rows = []
    for one in candidates:
        lines = _lines(exam, one, answers.get(one.id, {}), questions, corrections)
        former = before.get(one.id)
        if former is not None and former.lines == lines:
            continue
        total = plainly(sum((Decimal(line["marks"]) for line in lines), Decimal(0)))
        rows.append(
            {
                "laboratory_id": exam.laboratory_id,
                "exam_id": exam.id,
                "candidate_id": one.id,
                "edition": 1 if former is None else former.edition + 1,
                "lines": lines,
                "total": total,
                "is_passed": total >= exam.pass_mark,
                "marked_at": session.instant,
            }
        )
    insert_many(session, ExamMarking, rows)
    return len(rows)


def propose_fault(session: LimsSession, number: str, order: FaultIn) -> ExamFault:
    """Say that a question of an exam is faulty; nothing changes until a second person agrees.

    Raises `NotFound`, `RuleRefused`, `Conflict` when that has been said already.
    """
    exam = queries.own_exam(session, number, for_change=True)
    refuse_if(reasons_to_be_in(exam.state, MARKED))
    question = asked_question(session, exam, order.question)
    for one in queries.faults_of(session, exam):
        is_settled = one.state is FaultState.CONFIRMED and one.answers is None  # nobody can get more than full marks
        if one.question_id == question.id and (one.state is FaultState.PROPOSED or is_settled):
            sentence = "Question {code} has been found faulty before."
            raise Conflict(reason("fault.known", sentence, code=question.code, at=Where("question")))
    if order.answers is not None:
        refuse_if(_reasons_against_answers(question, order.answers))
    return save(
        session,
        ExamFault(
            laboratory_id=exam.laboratory_id,
            exam_id=exam.id,
            question_id=question.id,
            fault=order.fault,
            answers=order.answers,
            proposed_by=acting_person(session),
            proposed_at=session.instant,
        ),
    )


def decide_fault(session: LimsSession, number: str, fault_id: UUID, *, confirms: bool) -> ExamFault:
    """The second person decides; if the question is faulty, all papers are marked again.

    By the answers that the correction names; without any, everybody whose paper holds the question has its full marks.

    Raises `NotFound`, `RuleRefused`.
    """
    exam = queries.own_exam(session, number, for_change=True)
    fault = next((one for one in queries.faults_of(session, exam) if one.id == fault_id), None)
    if fault is None:
        raise NotFound.of("correction", fault_id)
    refuse_if(reasons_not_to_decide(fault.state, fault.proposed_by, acting_person(session)))
    fault.state = FaultState.CONFIRMED if confirms else FaultState.DECLINED
    fault.decided_by, fault.decided_at = acting_person(session), session.instant
    save(session, fault)
    if confirms:
        mark_all(session, exam)
    return fault


def asked_question(session: LimsSession, exam: Exam, code: str) -> ExamQuestion:
    """The edition of a question that papers of the exam hold. Raises `RuleRefused` when none does."""
    candidates = queries.candidates_of(session, exam)
    ids = {UUID(entry["question"]) for one in candidates for entry in one.paper}
    for question in queries.questions_by_id(session, sorted(ids)).values():
        if question.code == code:
            return question
    sentence = "No paper of this exam holds question {code}."
    raise RuleRefused(reason("fault.not_asked", sentence, code=code, at=Where("question")))


def key_of(question: ExamQuestion, right: Sequence[str]) -> Key:
    """What is right, as marking takes it."""
    return Key(question.kind, tuple(right), question.tolerance, question.unit)


def _reasons_against_answers(question: ExamQuestion, answers: Sequence[str]) -> list[Reason]:
    return reasons_against_question(
        question.kind, question.options, answers, tolerance=question.tolerance, unit=question.unit
    )


def _lines(
    exam: Exam,
    candidate: ExamCandidate,
    answers: Mapping[int, Sequence[str]],
    questions: Mapping[UUID, ExamQuestion],
    corrections: Mapping[UUID, list[str] | None],
) -> list[dict[str, Any]]:
    lines = []
    for place, entry in enumerate(candidate.paper, start=1):
        question, full = questions[UUID(entry["question"])], Decimal(entry["marks"])
        right = corrections.get(question.id, question.answers)
        given = answers.get(place, ())
        marks = full if right is None else marks_for(key_of(question, right), given, full, exam.partial_credit)
        lines.append(
            {
                "question": entry["question"],
                "given": list(given),
                "marks": format(marks, "f"),
                "full": entry["marks"],
                "neutral": right is None,
                **({"right": right} if right is not None and question.id in corrections else {}),
            }
        )
    return lines
