"""Reads of question banks and exams. Each says itself whose they are: nobody looks into the bank of another laboratory.

What answers are right is read by `right_answers` and the bank alone; what candidates see never comes from there.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import defer
from sqlmodel import col, select

from lims.core.errors import NotFound
from lims.db.parts import parts
from lims.db.work import LimsSession
from lims.exams.rules import GRACE, ExamState, FaultState
from lims.exams.tables import Exam, ExamAnswer, ExamAttempt, ExamCandidate, ExamFault, ExamMarking, ExamQuestion

Q, C, A, M = ExamQuestion, ExamCandidate, ExamAnswer, ExamMarking


def current_questions(session: LimsSession, *, with_retired: bool = False) -> Sequence[ExamQuestion]:
    """The bank of the own laboratory: the newest edition of each question, by code."""
    query = select(Q).where(Q.laboratory_id == session.actor.laboratory_id, col(Q.superseded_at).is_(None))
    if not with_retired:
        query = query.where(col(Q.retired_at).is_(None))
    return session.exec(query.order_by(col(Q.code))).all()


def current_question(session: LimsSession, code: str, *, for_change: bool = False) -> ExamQuestion:
    """The newest edition of a question of the own bank. Raises `NotFound`."""
    query = select(Q).where(
        Q.laboratory_id == session.actor.laboratory_id, Q.code == code, col(Q.superseded_at).is_(None)
    )
    found = session.exec(query.with_for_update() if for_change else query).one_or_none()
    if found is None:
        raise NotFound.of("question", code)
    return found


def editions_of(session: LimsSession, code: str) -> Sequence[ExamQuestion]:
    """Every edition of a question of the own bank, the newest first."""
    query = select(Q).where(Q.laboratory_id == session.actor.laboratory_id, Q.code == code)
    return session.exec(query.order_by(col(Q.edition).desc())).all()


def questions_by_id(session: LimsSession, ids: Sequence[UUID]) -> Mapping[UUID, ExamQuestion]:
    """Questions in the editions that papers hold."""
    found: dict[UUID, ExamQuestion] = {}
    for some in parts(sorted(set(ids))):
        found |= {one.id: one for one in session.exec(select(Q).where(col(Q.id).in_(some))).all()}
    return found


def own_exam(session: LimsSession, number: str, *, for_change: bool = False) -> Exam:
    """An exam of the own laboratory; locked `for_change` until the act ends. Raises `NotFound`."""
    query = select(Exam).where(Exam.number == number, Exam.laboratory_id == session.actor.laboratory_id)
    found = session.exec(query.with_for_update() if for_change else query).one_or_none()
    if found is None:
        raise NotFound.of("exam", number)
    return found


def own_exams(session: LimsSession) -> Sequence[Exam]:
    """The exams of the own laboratory, the newest first."""
    query = select(Exam).where(Exam.laboratory_id == session.actor.laboratory_id)
    ordered = query.order_by(col(Exam.planned_at).desc(), col(Exam.number).desc())
    return session.exec(ordered.options(defer(Exam.pool))).all()  # type: ignore[arg-type]  # a column in fact


def candidates_of(session: LimsSession, exam: Exam, *, for_change: bool = False) -> Sequence[ExamCandidate]:
    """The candidates of an exam, by key; locked `for_change`."""
    query = select(C).where(C.exam_id == exam.id).order_by(col(C.candidate_key))
    return session.exec(query.with_for_update() if for_change else query).all()


def candidate_of(session: LimsSession, exam: Exam, key: str, *, for_change: bool = False) -> ExamCandidate:
    """One candidate of an exam. Raises `NotFound`."""
    query = select(C).where(C.exam_id == exam.id, C.candidate_key == key)
    found = session.exec(query.with_for_update() if for_change else query).one_or_none()
    if found is None:
        raise NotFound.of("candidate", key)
    return found


def candidate_with_code(session: LimsSession, digest: str) -> ExamCandidate | None:
    """Whose admission code it is; locked, for a session is opened next."""
    return session.exec(select(C).where(C.admission_sha256 == digest).with_for_update()).one_or_none()


def candidate_at_desk(session: LimsSession, digest: str, *, for_change: bool = False) -> ExamCandidate | None:
    """Who sits behind the token of a browser.

    Without `for_change` an act keeps others from changing the candidate, and lets other answers be written beside it.
    """
    query = select(C).where(C.session_sha256 == digest)
    if session.act is None:
        return session.exec(query).one_or_none()
    return session.exec(query.with_for_update(read=not for_change)).one_or_none()


def exam_of(session: LimsSession, candidate: ExamCandidate) -> Exam:
    """The exam that somebody sits."""
    query = select(Exam).where(Exam.id == candidate.exam_id).options(defer(Exam.pool))  # type: ignore[arg-type]
    return session.exec(query).one()


def state_of_exam(session: LimsSession, candidate: ExamCandidate) -> ExamState:
    """How far the exam of a candidate is; a single column, for it is asked with every answer."""
    return ExamState(session.exec(select(Exam.state).where(Exam.id == candidate.exam_id)).one())


def answers_of(session: LimsSession, candidate: ExamCandidate) -> Mapping[int, ExamAnswer]:
    """What a candidate gave, by place."""
    found = session.exec(select(A).where(A.candidate_id == candidate.id)).all()
    return {one.place: one for one in found}


def answers_at(session: LimsSession, candidate: ExamCandidate, places: Sequence[int]) -> Mapping[int, ExamAnswer]:
    """What a candidate gave to some places."""
    found = session.exec(select(A).where(A.candidate_id == candidate.id, col(A.place).in_(places))).all()
    return {one.place: one for one in found}


def all_answers(session: LimsSession, exam: Exam) -> Mapping[UUID, Mapping[int, list[str]]]:
    """What every candidate of an exam gave, by candidate and place."""
    rows = session.exec(
        select(A.candidate_id, A.place, A.given).join(C, col(C.id) == A.candidate_id).where(C.exam_id == exam.id)
    ).all()
    found: dict[UUID, dict[int, list[str]]] = {}
    for candidate_id, place, given in rows:
        found.setdefault(candidate_id, {})[place] = list(given)
    return found


def answer_counts(session: LimsSession, exam: Exam) -> Mapping[UUID, int]:
    """How many places each candidate has answered."""
    given = all_answers(session, exam)
    return {one: sum(1 for answer in answers.values() if answer) for one, answers in given.items()}


def markings_of(session: LimsSession, exam: Exam) -> Mapping[UUID, ExamMarking]:
    """The marking that counts, by candidate."""
    newest = select(M.candidate_id, func.max(M.edition).label("edition")).where(M.exam_id == exam.id)
    grouped = newest.group_by(col(M.candidate_id)).subquery()
    found = session.exec(
        select(M).join(grouped, (grouped.c.candidate_id == M.candidate_id) & (grouped.c.edition == M.edition))
    ).all()
    return {one.candidate_id: one for one in found}


def marking_of(session: LimsSession, candidate: ExamCandidate) -> ExamMarking | None:
    """The marking of one candidate that counts; None before there is any."""
    query = select(M).where(M.candidate_id == candidate.id).order_by(col(M.edition).desc()).limit(1)
    return session.exec(query).one_or_none()


def faults_of(session: LimsSession, exam: Exam) -> Sequence[ExamFault]:
    """The questions of an exam that were found faulty, in the order in which that happened."""
    query = select(ExamFault).where(ExamFault.exam_id == exam.id)
    return session.exec(query.order_by(col(ExamFault.proposed_at), col(ExamFault.id))).all()


def corrections_of(session: LimsSession, exam: Exam) -> Mapping[UUID, list[str] | None]:
    """The faulty questions with what is right instead, the newest word on each; None: everybody has full marks."""
    confirmed = [one for one in faults_of(session, exam) if one.state is FaultState.CONFIRMED]
    # In the order of the decisions; full marks for everybody are never taken back.
    confirmed.sort(key=lambda one: (one.answers is None, one.decided_at))
    return {one.question_id: one.answers for one in confirmed}


def overdue(session: LimsSession, now: datetime) -> Sequence[UUID]:
    """Candidates of open exams whose time is up and who have not handed in; for the worker."""
    query = select(C.id).join(Exam, col(Exam.id) == C.exam_id)
    return session.exec(
        query.where(Exam.state == ExamState.OPEN, col(C.handed_in_at).is_(None), col(C.ends_at) < now - GRACE).order_by(
            col(C.ends_at)
        )
    ).all()


def failures_since(session: LimsSession, address: str, since: datetime) -> Sequence[datetime]:
    """When codes that open nothing came from an address."""
    query = select(ExamAttempt.at).where(ExamAttempt.address == address, col(ExamAttempt.at) > since)
    return session.exec(query.order_by(col(ExamAttempt.at))).all()
