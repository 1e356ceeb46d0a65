"""A theory event that is sat as an exam of the own laboratory: entrants become candidates, marks come over.

The candidates of the exam have the secret codes as keys and no names: whoever runs the exam learns nobody's.
"""

from dataclasses import dataclass, field
from typing import Final

from lims.contests import queries, scoring
from lims.contests.rules import ContestState, EventKind, exam_source, reasons_to_be_in
from lims.contests.schemas import MarkIn
from lims.contests.tables import Contest, ContestEntrant, ContestEvent
from lims.core.errors import RuleRefused, refuse_if
from lims.core.reasons import Reason, Where, named, reason
from lims.db.work import LimsSession
from lims.exams import queries as exams
from lims.exams import service as exam_acts
from lims.exams.looking import marks_by_key
from lims.exams.rules import ExamState
from lims.exams.schemas import CandidateIn, CandidatesIn
from lims.exams.tables import Exam

_TAKES: Final = (ExamState.DRAFT, ExamState.OPEN)
_MARKED: Final = (ExamState.CLOSED, ExamState.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Sat:
    """What an act with an exam came to, in codes: who is in it now by this act, and who never sat it."""

    done: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ExamChoice:
    """An exam that an event can be sat as. `candidates`: how many of the contest's entrants are in it."""

    number: str
    title: str
    takes_candidates: bool
    is_marked: bool
    candidates: int


def exam_choices(session: LimsSession, found: Contest) -> list[ExamChoice]:
    """Exams of the own laboratory, those with entrants of the contest first, else the newest first."""
    codes = {one.code for one in queries.entrants_of(session, found)}
    choices = []
    for exam in exams.own_exams(session):
        inside = sum(one.candidate_key in codes for one in exams.candidates_of(session, exam))
        takes, is_marked = exam.state in _TAKES, exam.state in _MARKED
        if takes or inside:
            choices.append(ExamChoice(exam.number, exam.title, takes, is_marked, inside))
    return sorted(choices, key=lambda one: one.candidates == 0)


def seat_entrants(session: LimsSession, number: str, event_code: str, exam_number: str) -> Sat:
    """Make everybody who takes part a candidate of a planned or open exam; who is one already stays one.

    Raises `NotFound`, `RuleRefused`: no theory event, not drawn yet, an exam of other full marks, an exam that is over.
    """
    entrants, exam = _joined(session, number, event_code, exam_number, _TAKES)
    known = {one.candidate_key for one in exams.candidates_of(session, exam)}
    codes = sorted(one.code for one in entrants if one.code not in known)
    if codes:
        candidates = CandidatesIn(candidates=[CandidateIn(key=code) for code in codes])
        exam_acts.add_candidates(session, exam_number, candidates)
    return Sat(done=codes)


def take_over_marks(session: LimsSession, number: str, event_code: str, exam_number: str) -> Sat:
    """Record the marks of a marked exam; each names the exam, the paper and the edition of its marking as its source.

    The same once more changes nothing; a mark that is another one since is refused, for a change is a correction.
    Raises as `seat_entrants`, and when nobody of the contest sat the exam.
    """
    entrants, _ = _joined(session, number, event_code, exam_number, _MARKED)
    marks = {one.key: one for one in marks_by_key(session, exam_number)}
    orders, absent = {}, []
    for code in sorted(one.code for one in entrants):
        found = marks.get(code)
        if found is None or found.total is None:
            absent.append(code)
        else:
            orders[code] = MarkIn(mark=found.total, source=exam_source(exam_number, code, found.edition))
    if not orders:
        said = "Nobody of this contest sat exam {exam}."
        raise RuleRefused(reason("contest.nobody_sat", said, exam=exam_number, at=Where("exam")))
    scoring.record_marks(session, number, event_code, orders)
    return Sat(done=list(orders), absent=absent)


def _joined(
    session: LimsSession, number: str, event_code: str, exam_number: str, wanted: tuple[ExamState, ...]
) -> tuple[list[ContestEntrant], Exam]:
    """Who takes part, and the exam, once both fit each other."""
    found = queries.own_contest(session, number, for_change=True)
    event = queries.event_of(session, found, event_code)
    exam = exams.own_exam(session, exam_number)
    refuse_if(
        [
            *reasons_to_be_in(found.state, (ContestState.SCORING,)),
            *_reasons_against(event, exam),
            *_reasons_of_state(exam, wanted),
        ]
    )
    return [one for one in queries.entrants_of(session, found) if one.withdrawn_reason is None], exam


def _reasons_against(event: ContestEvent, exam: Exam) -> list[Reason]:
    if event.kind is not EventKind.THEORY:
        said = "{event} is no theory paper."
        return [reason("contest.no_theory", said, event=named(event.title, event.title_en), at=Where("event"))]
    if exam.full_marks != event.full:
        said = "Exam {exam} has {marks} full marks and the paper of the event {full}; make them the same first."
        full = format(event.full, "f")
        marks = format(exam.full_marks, "f")
        return [reason("contest.exam_full", said, exam=exam.number, marks=marks, full=full, at=Where("exam"))]
    return []


def _reasons_of_state(exam: Exam, wanted: tuple[ExamState, ...]) -> list[Reason]:
    if exam.state in wanted:
        return []
    if wanted == _MARKED:
        said = "Exam {exam} is not marked yet; close it first."
        return [reason("contest.exam_unmarked", said, exam=exam.number, at=Where("exam"))]
    said = "Exam {exam} is over; nobody comes into it any more."
    return [reason("contest.exam_over", said, exam=exam.number, at=Where("exam"))]
