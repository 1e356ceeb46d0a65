"""Acts of the organiser on an exam: planning, candidates and their admission codes, opening, extra time, closing."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from lims.core.clock import local_day
from lims.core.errors import Conflict, RuleRefused, refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.numbers import allocate
from lims.db.work import LimsSession, acting_person, check_version, insert_many, own_laboratory, save
from lims.exams import queries
from lims.exams.admission import digest, new_code
from lims.exams.correcting import mark_all
from lims.exams.drawing import InBank, arranged, draw, shortage
from lims.exams.rules import (
    Draw,
    ExamState,
    FaultState,
    HandedInBy,
    Section,
    full_marks,
    reasons_against_plan,
    reasons_not_to_close,
    reasons_not_to_extend,
    reasons_not_to_open,
    reasons_not_to_remove,
    reasons_to_be_in,
)
from lims.exams.schemas import CandidatesIn, ExamChange, ExamIn, ExtraTimeIn, SlipOut, SlipsIn
from lims.exams.tables import Exam, ExamCandidate, ExamQuestion
from lims.network import queries as network

#: Candidates come and go until the exam is closed.
_BEFORE_THE_END = (ExamState.DRAFT, ExamState.OPEN)


def plan_exam(session: LimsSession, order: ExamIn) -> Exam:
    """A new exam, as a draft, with a seed that nobody knows. Raises `RuleRefused` with every reason."""
    laboratory = network.laboratory_by_id(session, own_laboratory(session))
    values = _planned(order)
    year = local_day(session.instant).year
    serial = allocate(session, laboratory.id, f"exam-{year}")[0]
    return save(
        session,
        Exam(
            laboratory_id=laboratory.id,
            number=f"{laboratory.code}-EX{year}-{serial:03d}",
            seed=secrets.token_hex(32),
            planned_by=acting_person(session),
            planned_at=session.instant,
            **values,
        ),
    )


def change_exam(session: LimsSession, number: str, order: ExamChange) -> Exam:
    """Another plan for a draft. Raises `NotFound`, `Conflict`, `RuleRefused`."""
    found = _in_state(session, number, order.version, ExamState.DRAFT)
    for name, value in _planned(order).items():
        setattr(found, name, value)
    return save(session, found)


def add_candidates(session: LimsSession, number: str, order: CandidatesIn) -> Exam:
    """Candidates by their keys, besides those that there are; into an open exam with a paper at once.

    Raises `NotFound`, `RuleRefused`, `Conflict` for keys that are there already.
    """
    found = queries.own_exam(session, number, for_change=True)
    refuse_if(reasons_to_be_in(found.state, _BEFORE_THE_END))
    known = {one.candidate_key for one in queries.candidates_of(session, found)}
    keys = [one.key for one in order.candidates]
    if doubled := sorted({key for key in keys if key in known or keys.count(key) > 1}):
        sentence = "There already is a candidate {keys}."
        raise Conflict(reason("candidate.known", sentence, keys="、".join(doubled), at=Where("candidates")))
    drawn = papers(session, found, keys) if found.state is ExamState.OPEN else {}
    rows = [
        {
            "laboratory_id": found.laboratory_id,
            "exam_id": found.id,
            "candidate_key": one.key,
            "name": one.name,
            "paper": drawn.get(one.key, []),
        }
        for one in order.candidates
    ]
    insert_many(session, ExamCandidate, rows)
    found.candidate_count = len(known) + len(rows)
    return save(session, found)


def remove_candidate(session: LimsSession, number: str, key: str, version: int) -> Exam:
    """Take somebody out who has not begun, entered by mistake; the code of the slip opens nothing any more.

    Raises `NotFound`, `Conflict`, `RuleRefused`.
    """
    found = _in_state(session, number, version, *_BEFORE_THE_END)
    one = queries.candidate_of(session, found, key, for_change=True)
    refuse_if(reasons_not_to_remove(one.started_at))
    session.delete(one)
    found.candidate_count -= 1
    return save(session, found)


def issue_codes(session: LimsSession, number: str, order: SlipsIn) -> list[SlipOut]:
    """Admission codes (准考码), given back this once: for the candidates that are named, else for all without one.

    A former code of a named candidate opens nothing any more. Raises `NotFound`, `RuleRefused`.
    """
    found = queries.own_exam(session, number, for_change=True)
    refuse_if(reasons_to_be_in(found.state, _BEFORE_THE_END))
    candidates = queries.candidates_of(session, found, for_change=True)
    wanted = set(order.keys)
    if unknown := sorted(wanted - {one.candidate_key for one in candidates}):
        sentence = "There is no candidate {keys}."
        raise RuleRefused(reason("candidate.unknown", sentence, keys="、".join(unknown), at=Where("keys")))
    slips = []
    for one in candidates:
        if one.candidate_key in wanted or (not wanted and one.admission_sha256 is None):
            code = new_code()
            one.admission_sha256 = digest(code)
            slips.append(SlipOut(key=one.candidate_key, name=one.name, code=code))
    save(session, found, *candidates)
    return slips


def open_exam(session: LimsSession, number: str, version: int) -> Exam:
    """Draw every paper; from now on candidates may begin within the window. Raises as `change_exam`."""
    found = _in_state(session, number, version, ExamState.DRAFT)
    candidates = queries.candidates_of(session, found, for_change=True)
    refuse_if(
        [
            *reasons_not_to_open(len(candidates), found.last_start, session.instant),
            *reasons_of_shortage(session, [Section.of(one) for one in found.sections]),
        ]
    )
    found.pool = [str(one.id) for one in queries.current_questions(session)]
    drawn = papers(session, found, [one.candidate_key for one in candidates])
    for one in candidates:
        one.paper = drawn[one.candidate_key]
    found.state, found.opened_at = ExamState.OPEN, session.instant
    save(session, *candidates)
    return save(session, found)


def give_extra_time(session: LimsSession, number: str, key: str, order: ExtraTimeIn) -> ExamCandidate:
    """Extra minutes for one candidate, in all; a paper that was taken in by time is given back.

    Raises `NotFound`, `Conflict` for another version of the candidate, `RuleRefused`.
    """
    found = queries.own_exam(session, number, for_change=True)
    one = queries.candidate_of(session, found, key, for_change=True)
    check_version(one, order.version)
    ends_at = None
    if one.started_at is not None:
        ends_at = one.started_at + timedelta(minutes=found.minutes + order.extra_minutes)
    refuse_if(reasons_not_to_extend(found.state, one.ends_at, one.handed_in_by, ends_at, session.instant))
    one.extra_minutes, one.extra_reason, one.ends_at = order.extra_minutes, order.reason, ends_at
    if one.handed_in_by is HandedInBy.TIME:
        one.handed_in_by = one.handed_in_at = None
    return save(session, one)


def close_exam(session: LimsSession, number: str, version: int) -> Exam:
    """Nobody begins any more; every paper is marked. Raises as `change_exam`, while anybody sits."""
    found = _in_state(session, number, version, ExamState.OPEN)
    candidates = queries.candidates_of(session, found, for_change=True)  # nobody begins meanwhile
    running = sum(1 for one in candidates if one.started_at is not None and one.handed_in_at is None)
    waiting = sum(1 for one in candidates if one.started_at is None)
    refuse_if(reasons_not_to_close(running, found.last_start, session.instant, waiting))
    found.state, found.closed_at = ExamState.CLOSED, session.instant
    save(session, found)
    mark_all(session, found)
    return found


def publish_exam(session: LimsSession, number: str, version: int) -> Exam:
    """Candidates see their marked papers with what was right. Raises as `change_exam`, and while a fault is open."""
    found = _in_state(session, number, version, ExamState.CLOSED)
    if any(one.state is FaultState.PROPOSED for one in queries.faults_of(session, found)):
        raise RuleRefused(reason("exam.fault_open", "A question that was found faulty has not been decided on."))
    found.state, found.published_at = ExamState.PUBLISHED, session.instant
    return save(session, found)


def reasons_of_shortage(session: LimsSession, sections: Sequence[Section]) -> list[Reason]:
    """What the bank of the own laboratory lacks for these sections."""
    missing = shortage(sections, _bank(queries.current_questions(session)))
    sentence = "Section {section} lacks {count} questions in the bank."
    return [
        reason("exam.shortage", sentence, section=place + 1, count=count, at=Where("sections"))
        for place, count in missing
    ]


def papers(session: LimsSession, exam: Exam, keys: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The paper of each candidate, drawn from the pool of the exam. Two candidates never disturb each other's."""
    questions = queries.questions_by_id(session, [UUID(one) for one in exam.pool])
    bank = _bank([questions[UUID(one)] for one in exam.pool])
    ids = {_key(one): one for one in questions.values()}
    sections = [Section.of(one) for one in exam.sections]
    same = draw(exam.seed, sections, bank)
    made = {}
    for key in keys:
        seed = f"{exam.seed}/{key}"
        drawn = draw(seed, sections, bank) if exam.draw is Draw.RANDOM else same
        made[key] = [
            {
                "question": str(ids[one.key].id),
                "kind": ids[one.key].kind.value,
                "order": list(one.order),
                "marks": format(sections[one.section].marks, "f"),
            }
            for one in arranged(seed, drawn, shuffles=exam.shuffles)
        ]
    return made


def _bank(questions: Sequence[ExamQuestion]) -> list[InBank]:
    return [InBank(_key(one), one.kind, one.subject, one.difficulty, len(one.options)) for one in questions]


def _key(question: ExamQuestion) -> str:
    return f"{question.code}/{question.edition}"


def _planned(order: ExamIn) -> dict[str, Any]:
    sections = [one.section() for one in order.sections]
    refuse_if(reasons_against_plan(sections, order.pass_mark, order.opens_at, order.last_start))
    return {
        **order.model_dump(exclude={"version", "sections"}),
        "sections": [one.stored() for one in sections],
        "full_marks": full_marks(sections),
    }


def _in_state(session: LimsSession, number: str, version: int, *allowed: ExamState) -> Exam:
    """An exam of the own laboratory, locked, at the version that was seen and in one of these states."""
    found = queries.own_exam(session, number, for_change=True)
    check_version(found, version)
    refuse_if(reasons_to_be_in(found.state, allowed))
    return found
