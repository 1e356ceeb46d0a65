"""Acts on the question bank: writing, the next edition, retiring, and many questions from a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from lims.core.errors import BadInput, NotFound, refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.numbers import allocate
from lims.db.work import LimsSession, acting_person, check_version, own_laboratory, save
from lims.exams import queries
from lims.exams.rules import reasons_against_question
from lims.exams.schemas import QuestionChange, QuestionIn
from lims.exams.tables import ExamQuestion
from lims.web.rows import Numbered

#: What a question says; two editions with the same are one.
_CONTENT = tuple(QuestionIn.model_fields)


def write_question(session: LimsSession, order: QuestionIn) -> ExamQuestion:
    """A new question in the bank of the own laboratory. Raises `RuleRefused` with every reason."""
    refuse_if(reasons_against(order))
    return _written(session, _next_code(session), 1, order)


def change_question(session: LimsSession, code: str, order: QuestionChange) -> ExamQuestion:
    """The next edition of a question; papers keep theirs. Raises `NotFound`, `Conflict`, `RuleRefused`."""
    found = queries.current_question(session, code, for_change=True)
    check_version(found, order.version)
    refuse_if([*reasons_against(order), *_retired(found)])
    return _next_edition(session, found, order)


def retire_question(session: LimsSession, code: str, version: int) -> ExamQuestion:
    """No paper is drawn with it any more; those that hold it keep it. Raises `NotFound`, `Conflict`, `RuleRefused`."""
    found = queries.current_question(session, code, for_change=True)
    check_version(found, version)
    refuse_if(_retired(found))
    found.retired_at = session.instant
    return save(session, found)


def import_questions(session: LimsSession, rows: Sequence[Numbered[QuestionIn]], codes: Mapping[int, str]) -> int:
    """Questions of a table: new ones, and next editions where `codes` (by row) names one that reads differently.

    A row without a code that says just what a question in use says is that question: a table that is taken in twice
    doubles no bank. How many were written. Raises `BadInput` with every fault at its row; then nothing is written.
    """
    faults = _doubles(rows, codes)
    known: dict[int, ExamQuestion] = {}
    in_use = {_said(one): one for one in queries.current_questions(session)}
    for row in rows:
        number = row.row or 0
        if (code := codes.get(number)) is None:
            if (same := in_use.get(_said(row.order))) is not None:
                known[number] = same
            continue
        try:
            known[number] = queries.current_question(session, code, for_change=True)
            faults += [_at(row, one) for one in _retired(known[number])]
        except NotFound:
            sentence = "There is no question {code} in the bank; leave the code empty for a new one."
            faults.append(reason("question.unknown", sentence, code=code, at=_place(row)))
    if faults:
        raise BadInput(*sorted(faults, key=lambda one: one.where.row or 0))
    written = 0
    for row in rows:
        before = known.get(row.row or 0)
        if before is None:
            _written(session, _next_code(session), 1, row.order)
        elif _content(before) != _content(row.order):
            _next_edition(session, before, row.order)
        else:
            continue
        written += 1
    return written


def reasons_against(order: QuestionIn) -> list[Reason]:
    """Why a question cannot be marked as it is written."""
    return reasons_against_question(
        order.kind,
        order.options,
        order.answers,
        tolerance=order.tolerance,
        unit=order.unit,
        options_en=order.options_en,
    )


def _next_edition(session: LimsSession, found: ExamQuestion, order: QuestionIn) -> ExamQuestion:
    found.superseded_at = session.instant
    save(session, found)
    return _written(session, found.code, found.edition + 1, order)


def _written(session: LimsSession, code: str, edition: int, order: QuestionIn) -> ExamQuestion:
    return save(
        session,
        ExamQuestion(
            laboratory_id=own_laboratory(session),
            code=code,
            edition=edition,
            written_by=acting_person(session),
            written_at=session.instant,
            **_content(order),
        ),
    )


def _content(said: QuestionIn | ExamQuestion) -> dict[str, Any]:
    return {name: getattr(said, name) for name in _CONTENT}


def _next_code(session: LimsSession) -> str:
    return f"Q{allocate(session, own_laboratory(session), 'exam-question')[0]:04d}"


def _retired(found: ExamQuestion) -> list[Reason]:
    if found.retired_at is None:
        return []
    return [reason("question.retired", "Question {code} is retired.", code=found.code)]


def _doubles(rows: Sequence[Numbered[QuestionIn]], codes: Mapping[int, str]) -> list[Reason]:
    """Rows that name the same question, or that say the same without naming one: which of them counts?"""
    first: dict[str, int | None] = {}
    faults = []
    for row in rows:
        code = codes.get(row.row or 0)
        key = _said(row.order) if code is None else code
        if key in first:
            sentence = "This row and row {first} are the same question; leave one of them out."
            faults.append(reason("question.twice", sentence, first=first[key], at=_place(row)))
        first.setdefault(key, row.row)
    return faults


def _said(said: QuestionIn | ExamQuestion) -> str:
    """What a question says, to be told from others."""
    return repr(sorted(_content(said).items()))


def _at(row: Numbered[QuestionIn], fault: Reason) -> Reason:
    return Reason(fault.code, fault.sentence, fault.values, _place(row))


def _place(row: Numbered[QuestionIn]) -> Where:
    return Where(row=row.row, column="编号")
