"""The marks of an exam as a workbook: a sheet of candidates, one of questions, in the language of who asks."""

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Font

from lims.core.formulas import keep_as_text
from lims.core.language import Language, translator
from lims.core.reasons import Translate, mark
from lims.core.words import word
from lims.db.work import LimsSession
from lims.exams import looking
from lims.exams.rules import MARKED
from lims.exams.schemas import CandidateOut, FiguresOut
from lims.web import formats

_CANDIDATES: Final = (
    mark("Key of the candidate"), mark("Name of the candidate"), mark("State"), mark("Answered"), mark("Questions"),
    mark("Begun at"), mark("Paper handed in at"), mark("Extra minutes"), mark("Marks in all"), mark("Full marks"),
    mark("Passed"),
)  # fmt: skip
_QUESTIONS: Final = (
    mark("Number"), mark("Edition"), mark("Question"), mark("Asked"), mark("Answered"), mark("Facility"),
    mark("Discrimination"), mark("Given answers, letters as in the bank"), mark("faulty"),
)  # fmt: skip
_WIDEST: Final = 60


def marks_workbook(session: LimsSession, number: str, language: Language) -> bytes:
    """Candidates with their marks and, once they are marked, how the questions fared. Raises `NotFound`."""
    say = translator(language)
    found = looking.whole_exam(session, number, language)
    book = Workbook()
    book.remove(book.worksheets[0])
    rows = [_candidate(one, found.full_marks, say) for one in found.candidates]
    _sheet(book, say(mark("Candidates")), [say(one) for one in _CANDIDATES], rows)
    if found.state in MARKED:
        figures = looking.statistics(session, number, language)
        _sheet(book, say(mark("Questions")), [say(one) for one in _QUESTIONS], [_question(one, say) for one in figures])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _candidate(one: CandidateOut, full: Any, say: Translate) -> list[Any]:
    passed = "" if one.is_passed is None else say(mark("yes")) if one.is_passed else say(mark("no"))
    return [
        one.key,
        one.name or "",
        say(word(one.standing)),
        one.answered,
        one.questions,
        formats.second(one.started_at) if one.started_at else "",
        formats.second(one.handed_in_at) if one.handed_in_at else "",
        one.extra_minutes,
        "" if one.total is None else one.total,
        full,
        passed,
    ]


def _question(one: FiguresOut, say: Translate) -> list[Any]:
    words = {"true": say(mark("Right")), "false": say(mark("Wrong"))}
    given = "; ".join(f"{words.get(text, text)} × {count}" for text, count in one.given.items())
    return [
        one.question,
        one.edition,
        one.stem,
        one.asked,
        one.answered,
        round(one.facility, 4),
        "" if one.discrimination is None else round(one.discrimination, 4),
        given,
        say(mark("faulty")) if one.is_faulty else "",
    ]


def _sheet(book: Workbook, title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    sheet = book.create_sheet(title[:31])
    sheet.append(list(heads))
    for row in rows:
        sheet.append(list(row))
    for cells in sheet.iter_rows():
        for cell in cells:
            if isinstance(cell.value, str):
                keep_as_text(cell)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        widest = max(len(str(one.value or "")) for one in sheet[cell.column_letter])
        sheet.column_dimensions[cell.column_letter].width = min(_WIDEST, 2 * widest + 2)
    sheet.freeze_panes = "B2"
