"""What a text finds among the exams and in the question bank of the own laboratory, for who may read them."""

from collections.abc import Callable, Iterator

from sqlmodel import col, func, select

from lims.core.actions import Action
from lims.core.reasons import Translate, mark
from lims.core.words import word
from lims.db.work import LimsSession
from lims.desk.search import MOST, Hit, Hits
from lims.exams.tables import Exam, ExamQuestion
from lims.web.addresses import address
from lims.web.table_filters import words_in


def exam_hits(session: LimsSession, text: str, say: Translate) -> list[Hits]:
    """Exams by number and title, questions by code, subject, text and source; nothing for who may not read them.

    Candidates are not looked for: who sits an exam is no business of a search.
    """
    if not session.actor.may(Action.EXAM_READ):
        return []
    kinds: tuple[tuple[str, Callable[[LimsSession, str, Translate], Iterator[Hit]], str], ...] = (
        (mark("Exams"), _exams, "/exams"),
        (mark("Question bank"), _questions, "/exams/questions"),
    )
    found = []
    for title, find, more in kinds:
        hits = tuple(find(session, text, say))
        found.append(Hits(say(title), hits[:MOST], address(more, q=text) if len(hits) > MOST else None))
    return [hits for hits in found if hits.hits]


def _exams(session: LimsSession, text: str, say: Translate) -> Iterator[Hit]:
    is_exact = func.lower(col(Exam.number)) == text.lower()
    rows = session.exec(
        select(Exam.number, Exam.title, Exam.state)
        .where(Exam.laboratory_id == session.actor.laboratory_id, words_in([col(Exam.number), col(Exam.title)], text))
        .order_by(is_exact.desc(), col(Exam.planned_at).desc(), col(Exam.number).desc())
        .limit(MOST + 1)
    ).all()
    for number, title, state in rows:
        yield Hit(number, f"{title} · {say(word(state))}", address("/exams", number), _equal(number, text))


def _questions(session: LimsSession, text: str, say: Translate) -> Iterator[Hit]:
    q = ExamQuestion
    columns = [col(q.code), col(q.subject), col(q.stem), col(q.stem_en), col(q.source)]
    is_exact = func.lower(col(q.code)) == text.lower()
    rows = session.exec(
        select(q.code, q.subject, q.stem, q.retired_at)
        .where(q.laboratory_id == session.actor.laboratory_id, col(q.superseded_at).is_(None), words_in(columns, text))
        .order_by(is_exact.desc(), col(q.code))
        .limit(MOST + 1)
    ).all()
    for code, subject, stem, retired_at in rows:
        detail = " · ".join(filter(None, (subject, stem, say(mark("retired")) if retired_at else "")))
        yield Hit(code, detail, address("/exams/questions", code), _equal(code, text))


def _equal(number: str, text: str) -> bool:
    return number.casefold() == text.casefold()
