"""What organisers see of exams, and candidates of their own papers: for JSON and pages alike.

What is right is in `marked` alone, for organisers and, once an exam is published, for the candidate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from starlette.responses import Response

from lims.core.language import Language, translator
from lims.db.work import LimsSession
from lims.exams import queries
from lims.exams.marking import counts_of, figures_of
from lims.exams.rules import CHOICES, FALSE, LETTERS, TRUE, ExamState, QuestionKind, Section, standing_of
from lims.exams.schemas import (
    CandidateMark,
    CandidateOut,
    ExamOut,
    FaultOut,
    FiguresOut,
    MarkedOut,
    MarkLineOut,
    WholeExamOut,
)
from lims.exams.service import reasons_of_shortage
from lims.exams.sitting import shown_letters
from lims.exams.tables import Exam, ExamAnswer, ExamCandidate, ExamQuestion
from lims.exams.workbooks import XLSX


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a candidate sees it: nothing here tells what is right. `options` by the letter that is shown."""

    place: int
    kind: QuestionKind
    stem: str
    options: Mapping[str, str]
    unit: str | None
    marks: str
    given: Sequence[str]


def whole_exam(session: LimsSession, number: str, language: Language) -> WholeExamOut:
    """An exam of the own laboratory with its candidates. Raises `NotFound`."""
    exam = queries.own_exam(session, number)
    say = translator(language)
    missing = []
    if exam.state is ExamState.DRAFT:
        sections = [Section.of(one) for one in exam.sections]
        missing = [one.translated(say) for one in reasons_of_shortage(session, sections)]
    return WholeExamOut(
        **ExamOut.model_validate(exam).model_dump(exclude={"pass_mark", "full_marks"}),
        pass_mark=exam.pass_mark,
        full_marks=exam.full_marks,
        candidates=_candidates(session, exam),
        faults=_faults(session, exam),
        missing=missing,
    )


def marks_by_key(session: LimsSession, number: str) -> list[CandidateMark]:
    """What every candidate of an exam of the own laboratory has, by key; for whoever ranks them. Raises `NotFound`.

    Nobody has marks before the exam is closed; who never began has none after it.
    """
    exam = queries.own_exam(session, number)
    markings = queries.markings_of(session, exam)
    found = []
    for one in queries.candidates_of(session, exam):
        marking = markings.get(one.id)
        seconds = None
        if one.started_at is not None and one.handed_in_at is not None:
            seconds = int((one.handed_in_at - one.started_at).total_seconds())
        found.append(
            CandidateMark(
                key=one.candidate_key,
                total=None if marking is None else marking.total,
                full=exam.full_marks,
                is_passed=marking is not None and marking.is_passed,
                seconds=seconds,
                edition=None if marking is None else marking.edition,
            )
        )
    return found


def statistics(session: LimsSession, number: str, language: Language) -> list[FiguresOut]:
    """How candidates fared with each question of a marked exam, by code. Raises `NotFound`."""
    exam = queries.own_exam(session, number)
    markings = queries.markings_of(session, exam)
    shares: dict[UUID, list[tuple[float, float]]] = {}
    given: dict[UUID, list[list[str]]] = {}
    for marking in markings.values():
        for line in marking.lines:
            key = UUID(line["question"])
            share = float(Decimal(line["marks"]) / Decimal(line["full"]))
            shares.setdefault(key, []).append((share, float(marking.total)))
            given.setdefault(key, []).append(line["given"])
    questions = queries.questions_by_id(session, list(shares))
    faulty = queries.corrections_of(session, exam)
    found = []
    for key, question in sorted(questions.items(), key=lambda pair: pair[1].code):
        of_question = shares[key]
        answered = sum(1 for one in given[key] if one)
        figures = figures_of([share for share, _ in of_question], [total for _, total in of_question], answered)
        found.append(
            FiguresOut(
                question=question.code,
                edition=question.edition,
                stem=_in(language, question.stem, question.stem_en),
                asked=figures.asked,
                answered=figures.answered,
                facility=figures.facility,
                discrimination=figures.discrimination,
                given=dict(counts_of(given[key])),
                is_faulty=key in faulty,
            )
        )
    return found


def marked(session: LimsSession, exam: Exam, candidate: ExamCandidate, language: Language) -> MarkedOut | None:
    """A marked paper with what was right; None before it is marked."""
    marking = queries.marking_of(session, candidate)
    if marking is None:
        return None
    questions = queries.questions_by_id(session, [UUID(line["question"]) for line in marking.lines])
    lines = []
    for place, (entry, line) in enumerate(zip(candidate.paper, marking.lines, strict=True), start=1):
        question = questions[UUID(line["question"])]
        right = line.get("right", question.answers)
        lines.append(
            MarkLineOut(
                place=place,
                question=question.code,
                stem=_in(language, question.stem, question.stem_en),
                given=_in_words(question, shown_letters(entry, line["given"]), entry["order"], language),
                right=_in_words(question, shown_letters(entry, right), entry["order"], language),
                marks=Decimal(line["marks"]),
                full=Decimal(line["full"]),
                is_neutral=line["neutral"],
                is_corrected="right" in line,
                explanation=_in(language, question.explanation, question.explanation_en),
            )
        )
    return MarkedOut(
        key=candidate.candidate_key,
        total=marking.total,
        full=exam.full_marks,
        is_passed=marking.is_passed,
        edition=marking.edition,
        lines=lines,
    )


def paper_of(session: LimsSession, candidate: ExamCandidate, language: Language) -> list[Asked]:
    """The paper of a candidate with what it gave so far; never what is right."""
    questions = queries.questions_by_id(session, [UUID(one["question"]) for one in candidate.paper])
    answers: Mapping[int, ExamAnswer] = queries.answers_of(session, candidate)
    asked = []
    for place, entry in enumerate(candidate.paper, start=1):
        question = questions[UUID(entry["question"])]
        texts = _options(question, language)
        answer = answers.get(place)
        asked.append(
            Asked(
                place=place,
                kind=question.kind,
                stem=_in(language, question.stem, question.stem_en),
                options={LETTERS[shown]: texts[kept] for shown, kept in enumerate(entry["order"])},
                unit=question.unit,
                marks=entry["marks"],
                given=[] if answer is None else shown_letters(entry, answer.given),
            )
        )
    return asked


def attached(content: bytes, name: str) -> Response:
    """A workbook to be kept."""
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _candidates(session: LimsSession, exam: Exam) -> list[CandidateOut]:
    counts = queries.answer_counts(session, exam)
    markings = queries.markings_of(session, exam)
    found = []
    for one in queries.candidates_of(session, exam):
        marking = markings.get(one.id)
        found.append(
            CandidateOut(
                key=one.candidate_key,
                version=one.version,
                name=one.name,
                has_code=one.admission_sha256 is not None,
                standing=standing_of(
                    exam.state,
                    has_code=one.admission_sha256 is not None,
                    started_at=one.started_at,
                    handed_in=one.handed_in_by,
                ),
                extra_minutes=one.extra_minutes,
                extra_reason=one.extra_reason,
                started_at=one.started_at,
                ends_at=one.ends_at,
                handed_in_at=one.handed_in_at,
                handed_in_by=one.handed_in_by,
                answered=counts.get(one.id, 0),
                questions=len(one.paper),
                total=None if marking is None else marking.total,
                is_passed=None if marking is None else marking.is_passed,
            )
        )
    return found


def _faults(session: LimsSession, exam: Exam) -> list[FaultOut]:
    faults = queries.faults_of(session, exam)
    questions = queries.questions_by_id(session, [one.question_id for one in faults])
    return [
        FaultOut(
            id=one.id,
            question=questions[one.question_id].code,
            state=one.state,
            fault=one.fault,
            answers=one.answers,
            proposed_at=one.proposed_at,
            decided_at=one.decided_at,
            is_own=one.proposed_by == session.actor.user_id,
        )
        for one in faults
    ]


def _in(language: Language, chinese: str | None, english: str | None) -> str:
    """A text in a language; where there is no English, in Chinese."""
    return (english if language is Language.ENGLISH and english else chinese) or ""


def _options(question: ExamQuestion, language: Language) -> list[str]:
    return question.options_en if language is Language.ENGLISH and question.options_en else question.options


def _in_words(question: ExamQuestion, shown: Sequence[str], order: Sequence[int], language: Language) -> list[str]:
    """Answers for people: a letter with its option, a verdict in words, a number with its unit."""
    if question.kind in CHOICES:
        texts = _options(question, language)
        return [f"{letter}. {texts[order[LETTERS.index(letter)]]}" for letter in shown]
    if question.kind is QuestionKind.TRUE_FALSE:
        say = translator(language)
        words = {TRUE: say("Right"), FALSE: say("Wrong")}
        return [words[one] for one in shown]
    if question.unit:
        return [one if one.endswith(question.unit) else f"{one} {question.unit}" for one in shown]
    return list(shown)
