"""Acts of a candidate: beginning, answers one by one, handing in. The server's clock alone decides.

An answer is one record, written with its audit entry in one short transaction that locks nothing but its own candidate
(shared): 300 people who answer at once wait for each other's commit and for nothing else.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from lims.core.errors import BadInput, refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.work import LimsSession, save
from lims.exams import queries
from lims.exams.admission import at_desk
from lims.exams.rules import (
    CHOICES,
    FALSE,
    GRACE,
    LETTERS,
    TRUE,
    ExamState,
    HandedInBy,
    QuestionKind,
    reasons_not_to_answer,
    reasons_not_to_start,
)
from lims.exams.schemas import AnswerIn
from lims.exams.tables import ExamAnswer, ExamCandidate


def start(session: LimsSession, token: str) -> ExamCandidate:
    """Begin, once; the time runs from now. Raises `Unauthenticated`, `RuleRefused` outside the window."""
    candidate = at_desk(session, token, for_change=True)
    if candidate.started_at is not None:
        return candidate
    exam = queries.exam_of(session, candidate)
    refuse_if(reasons_not_to_start(exam.state, exam.opens_at, exam.last_start, session.instant))
    candidate.started_at = session.instant
    candidate.ends_at = session.instant + timedelta(minutes=exam.minutes + candidate.extra_minutes)
    return save(session, candidate)


def save_answers(session: LimsSession, token: str, answers: Sequence[AnswerIn]) -> ExamCandidate:
    """Keep answers; what was sent before an answer that is kept already changes nothing, and is no error.

    Raises `Unauthenticated`, `RuleRefused` when time is up, `BadInput` for what is no answer to its place.
    """
    candidate = at_desk(session, token)
    if not answers:  # a page that only asks how long there is still
        return candidate
    state = queries.state_of_exam(session, candidate)
    refuse_if(reasons_not_to_answer(state, candidate.ends_at, candidate.handed_in_by, session.instant))
    read = _read(candidate, answers)
    known = queries.answers_at(session, candidate, list(read))
    changed = []
    for place, (given, serial) in read.items():
        before = known.get(place)
        if before is None:
            before = ExamAnswer(
                laboratory_id=candidate.laboratory_id,
                candidate_id=candidate.id,
                place=place,
                given=given,
                serial=serial or 1,
                answered_at=session.instant,
            )
        elif serial > before.serial or (serial == 0 and before.given != given):
            before.given, before.serial, before.answered_at = given, serial or before.serial + 1, session.instant
        else:
            continue
        changed.append(before)
    if changed:
        save(session, *changed)
    return candidate


def hand_in(session: LimsSession, token: str) -> ExamCandidate:
    """The candidate is done. A second time changes nothing. Raises `Unauthenticated`, `RuleRefused`."""
    candidate = at_desk(session, token, for_change=True)
    if candidate.handed_in_at is None:
        state = queries.state_of_exam(session, candidate)
        refuse_if(reasons_not_to_answer(state, candidate.ends_at, candidate.handed_in_by, session.instant))
        candidate.handed_in_at, candidate.handed_in_by = session.instant, HandedInBy.CANDIDATE
        save(session, candidate)
    return candidate


def take_in(session: LimsSession, candidate_id: UUID) -> None:
    """Hand a paper in whose time is up; a second call changes nothing."""
    candidate = session.get(ExamCandidate, candidate_id, with_for_update=True)
    if candidate is None or candidate.handed_in_at is not None or candidate.ends_at is None:
        return
    exam = queries.exam_of(session, candidate)
    if exam.state is ExamState.OPEN and session.instant > candidate.ends_at + GRACE:
        candidate.handed_in_at, candidate.handed_in_by = candidate.ends_at, HandedInBy.TIME
        save(session, candidate)


def seconds_left(candidate: ExamCandidate, now: datetime) -> int:
    """Until the time is up; 0 before the start."""
    return 0 if candidate.ends_at is None else max(0, int((candidate.ends_at - now).total_seconds()))


def shown_letters(entry: Mapping[str, Any], given: Sequence[str]) -> list[str]:
    """Letters of the bank as the candidate sees them; other answers as they are."""
    if QuestionKind(entry["kind"]) not in CHOICES:
        return list(given)
    order: list[int] = entry["order"]
    return sorted(LETTERS[order.index(LETTERS.index(one))] for one in given)


def _read(candidate: ExamCandidate, answers: Sequence[AnswerIn]) -> dict[int, tuple[list[str], int]]:
    """Answers by place, letters as they stand in the bank; of two for one place the later counts."""
    faults: list[Reason] = []
    read: dict[int, tuple[list[str], int]] = {}
    for one in answers:
        if one.place > len(candidate.paper):
            sentence = "Your paper has no question {place}."
            faults.append(reason("answer.place", sentence, place=one.place, at=Where("place")))
            continue
        given = _in_bank(candidate.paper[one.place - 1], one.given)
        if given is None:
            sentence = "This is no answer to question {place}."
            faults.append(reason("answer.given", sentence, place=one.place, at=Where("given")))
        elif one.place not in read or one.serial >= read[one.place][1]:
            read[one.place] = given, one.serial
    if faults:
        raise BadInput(*faults)
    return read


def _in_bank(entry: Mapping[str, Any], given: Sequence[str]) -> list[str] | None:
    kind, order = QuestionKind(entry["kind"]), entry["order"]
    if not given:
        return []
    if kind in CHOICES:
        known = LETTERS[: len(order)]
        if any(len(one) != 1 or one not in known for one in given) or len(set(given)) != len(given):
            return None
        if kind is QuestionKind.SINGLE and len(given) > 1:
            return None
        return sorted(LETTERS[order[LETTERS.index(one)]] for one in given)
    if len(given) > 1 or (kind is QuestionKind.TRUE_FALSE and given[0] not in {TRUE, FALSE}):
        return None
    return list(given)
