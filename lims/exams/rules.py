"""What a sound question and blueprint are, and when an exam can be opened, sat, handed in and corrected."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from lims.core.reasons import Reason, Where, reason
from lims.core.words import word


class QuestionKind(StrEnum):
    """题型: how a question is answered."""

    SINGLE = "single_choice"
    MULTIPLE = "multiple_choice"
    TRUE_FALSE = "true_or_false"
    NUMERIC = "numeric_answer"
    FILL = "fill_in"


class Difficulty(StrEnum):
    """难度: as its writer sees it; what candidates made of it is in the statistics."""

    EASY = "easy"
    MEDIUM = "moderate"
    HARD = "difficult"


class ExamState(StrEnum):
    """How far an exam is. In `DRAFT` it is planned, in `OPEN` sat, in `CLOSED` marked and reviewed."""

    DRAFT = "being_planned"
    OPEN = "being_sat"
    CLOSED = "closed_and_marked"
    PUBLISHED = "marks_published"


class Draw(StrEnum):
    """组卷方式: one paper for everybody, or one for each candidate by lot."""

    ONE_PAPER = "one_paper"
    RANDOM = "random_papers"


class PartialCredit(StrEnum):
    """多选题给分规则: what an incomplete choice is worth; a wrong option is never worth anything."""

    NOTHING = "all_or_nothing"
    HALF = "half_when_incomplete"
    SHARE = "share_of_the_right_ones"


class HandedInBy(StrEnum):
    """Who handed a paper in."""

    CANDIDATE = "candidate"
    TIME = "time_was_up"


class Standing(StrEnum):
    """How far a candidate is."""

    NO_CODE = "no_code_yet"
    HAS_CODE = "has_a_code"
    SITTING = "at_the_paper"
    HANDED_IN = "paper_handed_in"
    TIME_UP = "time_was_up"
    CUT_OFF = "cut_off"
    ABSENT = "absent"


class FaultState(StrEnum):
    """How far the correction of a question is."""

    PROPOSED = "awaiting_a_second_person"
    CONFIRMED = "found_faulty"
    DECLINED = "found_sound"


#: Exams that nobody sits any more.
MARKED: Final = (ExamState.CLOSED, ExamState.PUBLISHED)
CHOICES: Final = frozenset({QuestionKind.SINGLE, QuestionKind.MULTIPLE})
LETTERS: Final = "ABCDEFGH"
TRUE, FALSE = "true", "false"
#: An answer chosen in the last second still travels; it is taken for as long.
GRACE: Final = timedelta(seconds=5)
MOST_QUESTIONS: Final = 200
#: Parts accepted answers, and English options, in one cell of a table.
BETWEEN: Final = "|"
_NUMBER = re.compile(r"[+-]?(\d+(\.\d+)?|\.\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a blueprint: so many questions of a kind, each worth `marks`; subject and difficulty may be open."""

    kind: QuestionKind
    count: int
    marks: Decimal
    subject: str | None = None
    difficulty: Difficulty | None = None

    def takes(self, kind: QuestionKind, subject: str, difficulty: Difficulty) -> bool:
        """Whether a question may stand here."""
        return kind is self.kind and self.subject in {None, subject} and self.difficulty in {None, difficulty}

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Section":
        """As it is kept."""
        return cls(
            QuestionKind(stored["kind"]),
            stored["count"],
            Decimal(stored["marks"]),
            stored["subject"],
            None if stored["difficulty"] is None else Difficulty(stored["difficulty"]),
        )

    def stored(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "kind": self.kind.value,
            "count": self.count,
            "marks": format(self.marks, "f"),
            "subject": self.subject,
            "difficulty": None if self.difficulty is None else self.difficulty.value,
        }


def full_marks(sections: Sequence[Section]) -> Decimal:
    """What a paper without a fault is worth."""
    return sum((one.marks * one.count for one in sections), Decimal(0))


def folded(text: str) -> str:
    """A written answer without what does not make it another: width, case, blanks, a full stop at its end."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold().rstrip("。.")


def number_in(text: str) -> Decimal | None:
    """A number written in digits, `12.5` or `-0.3`; None when it is not. At most 40 characters."""
    return Decimal(text) if len(text) <= 40 and _NUMBER.fullmatch(text) else None


def reasons_against_question(
    kind: QuestionKind,
    options: Sequence[str],
    answers: Sequence[str],
    *,
    tolerance: Decimal | None,
    unit: str | None,
    options_en: Sequence[str] = (),
) -> list[Reason]:
    """Why a question cannot be marked as it is written: options, answers, tolerance, at their fields."""
    faults = []
    if options_en and len(options_en) != len(options):
        sentence = "There are {english} options in English and {chinese} in Chinese."
        at = Where("options_en")
        faults.append(reason("question.options_en", sentence, english=len(options_en), chinese=len(options), at=at))
    if len(set(options_en)) != len(options_en):
        sentence = "Two English options are the same."
        faults.append(reason("question.options_en_same", sentence, at=Where("options_en")))
    if kind in CHOICES:
        faults += _against_options(options)
        faults += _against_choice(kind, options, answers)
    elif options:
        sentence = "Only questions to choose from have options."
        faults.append(reason("question.no_options", sentence, at=Where("options")))
    if kind is QuestionKind.TRUE_FALSE and (len(answers) != 1 or answers[0] not in {TRUE, FALSE}):
        sentence = "The answer is either true or false."
        faults.append(reason("question.true_or_false", sentence, at=Where("answers")))
    if kind is QuestionKind.NUMERIC and (len(answers) != 1 or number_in(answers[0]) is None):
        sentence = "The answer is one number, such as 0.35."
        faults.append(reason("question.number", sentence, at=Where("answers")))
    if kind is QuestionKind.FILL and not (answers and all(folded(one) for one in answers)):
        sentence = "Write at least one answer that is accepted, of letters or digits."
        faults.append(reason("question.no_answer", sentence, at=Where("answers")))
    for name, texts in (("answers", answers), ("options_en", options_en)):
        if any(BETWEEN in one for one in texts):
            sentence = "No {sign} here: in a table it stands between one text and the next."
            faults.append(reason("question.bar", sentence, sign=BETWEEN, at=Where(name)))
    if kind is QuestionKind.NUMERIC and (tolerance is None or tolerance < 0):
        sentence = "Say how far a number may lie from the answer; 0 when it must be exact."
        faults.append(reason("question.tolerance", sentence, at=Where("tolerance")))
    if kind is not QuestionKind.NUMERIC and (tolerance is not None or unit is not None):
        sentence = "Tolerance and unit belong to questions whose answer is a number."
        faults.append(reason("question.no_tolerance", sentence, at=Where("tolerance")))
    return faults


def _against_options(options: Sequence[str]) -> list[Reason]:
    faults = []
    if not 2 <= len(options) <= len(LETTERS):
        sentence = "A question to choose from has 2 to {most} options."
        faults.append(reason("question.options", sentence, most=len(LETTERS), at=Where("options")))
    if len(set(options)) != len(options):
        sentence = "Two options are the same."
        faults.append(reason("question.options_same", sentence, at=Where("options")))
    return faults


def _against_choice(kind: QuestionKind, options: Sequence[str], answers: Sequence[str]) -> list[Reason]:
    known = LETTERS[: len(options)]
    if not answers or len(set(answers)) != len(answers) or any(len(one) != 1 or one not in known for one in answers):
        sentence = "The right options are named by their letters, such as B or A, C."
        return [reason("question.letters", sentence, at=Where("answers"))]
    if kind is QuestionKind.SINGLE and len(answers) != 1:
        sentence = "A single choice has one right option."
        return [reason("question.one_right", sentence, at=Where("answers"))]
    return []


def reasons_against_plan(
    sections: Sequence[Section], pass_mark: Decimal, opens_at: datetime, last_start: datetime
) -> list[Reason]:
    """Why a blueprint makes no paper, whatever the bank holds."""
    faults = []
    if sum(one.count for one in sections) > MOST_QUESTIONS:
        sentence = "A paper has at most {most} questions."
        faults.append(reason("exam.too_many", sentence, most=MOST_QUESTIONS, at=Where("sections")))
    if not 0 <= pass_mark <= full_marks(sections):
        sentence = "The pass mark lies between 0 and the full marks, {full}."
        full = format(full_marks(sections), "f")
        faults.append(reason("exam.pass_mark", sentence, full=full, at=Where("pass_mark")))
    if last_start < opens_at:
        sentence = "The last start is not before the first."
        faults.append(reason("exam.window", sentence, at=Where("last_start")))
    return faults


def standing_of(
    state: ExamState, *, has_code: bool, started_at: datetime | None, handed_in: HandedInBy | None
) -> Standing:
    """How far a candidate of an exam in this state is."""
    if handed_in is not None:
        return Standing.HANDED_IN if handed_in is HandedInBy.CANDIDATE else Standing.TIME_UP
    if started_at is not None:
        return Standing.CUT_OFF if state in MARKED else Standing.SITTING
    if state in MARKED:
        return Standing.ABSENT
    return Standing.HAS_CODE if has_code else Standing.NO_CODE


def reasons_to_be_in(state: ExamState, allowed: Sequence[ExamState]) -> list[Reason]:
    """Whether the exam is so far, or too far."""
    if state in allowed:
        return []
    sentence = "The exam is {status}; this can be done while it is {wanted}."
    wanted = ", ".join(word(one) for one in allowed)
    return [reason("exam.state", sentence, status=word(state), wanted=wanted)]


def reasons_not_to_open(candidates: int, last_start: datetime, now: datetime) -> list[Reason]:
    """Nobody could sit it."""
    faults = []
    if not candidates:
        faults.append(reason("exam.no_candidates", "The exam has no candidates yet."))
    if last_start <= now:
        sentence = "The last start is over; nobody could begin."
        faults.append(reason("exam.over", sentence, at=Where("last_start")))
    return faults


def reasons_not_to_start(state: ExamState, opens_at: datetime, last_start: datetime, now: datetime) -> list[Reason]:
    """Why a candidate cannot begin now."""
    if state is not ExamState.OPEN:
        return [reason("exam.not_open", "This exam is not held now.")]
    if now < opens_at:
        return [reason("exam.early", "This exam has not begun. Come back at the time on your slip.")]
    if now > last_start:
        sentence = "The time in which this exam could be begun is over. Speak to the organiser."
        return [reason("exam.late_start", sentence)]
    return []


def reasons_not_to_answer(
    state: ExamState, ends_at: datetime | None, handed_in: HandedInBy | None, now: datetime
) -> list[Reason]:
    """Why an answer is not taken: the paper is handed in, or its time is up."""
    if handed_in is HandedInBy.CANDIDATE:
        return [reason("exam.handed_in", "You have handed in; nothing can be changed any more.")]
    if handed_in is HandedInBy.TIME or (ends_at is not None and now > ends_at + GRACE):
        sentence = "Your time was up when this answer arrived, so it does not count. Earlier answers do."
        return [reason("exam.time_up", sentence)]
    if state is not ExamState.OPEN or ends_at is None:
        return [reason("exam.not_open", "This exam is not held now.")]
    return []


def reasons_not_to_extend(
    state: ExamState, ends_at: datetime | None, handed_in: HandedInBy | None, new_end: datetime | None, now: datetime
) -> list[Reason]:
    """Why extra time would help nobody."""
    faults = reasons_to_be_in(state, (ExamState.DRAFT, ExamState.OPEN))
    if handed_in is HandedInBy.CANDIDATE:
        faults.append(reason("exam.extend_handed_in", "The candidate has handed in; there is nothing to extend."))
    elif ends_at is not None and new_end is not None and new_end <= now:
        sentence = "Even with the extra time the end would be past."
        faults.append(reason("exam.extend_past", sentence, at=Where("extra_minutes")))
    return faults


def reasons_not_to_remove(started_at: datetime | None) -> list[Reason]:
    """Whoever has begun stays, whatever becomes of the paper."""
    if started_at is None:
        return []
    return [reason("candidate.begun", "The candidate has begun, and stays in the exam.")]


def reasons_not_to_close(running: int, last_start: datetime, now: datetime, waiting: int) -> list[Reason]:
    """Closing would cut somebody off."""
    faults = []
    if running:
        sentence = "{count} candidates are still at their papers."
        faults.append(reason("exam.running", sentence, count=running))
    if waiting and now <= last_start:
        sentence = "{count} candidates have not begun, and may still do so."
        faults.append(reason("exam.waiting", sentence, count=waiting))
    return faults


def reasons_not_to_decide(state: FaultState, proposer: object, decider: object) -> list[Reason]:
    """A second person decides, once."""
    faults = []
    if state is not FaultState.PROPOSED:
        faults.append(reason("fault.decided", "This has been decided."))
    if proposer == decider:
        sentence = "Whoever found the question faulty does not decide on it: a second person does."
        faults.append(reason("fault.own", sentence))
    return faults


#: Words of closed lists that pages and files show.
KIND_WORDS: Final = {
    "单选题": QuestionKind.SINGLE.value,
    "多选题": QuestionKind.MULTIPLE.value,
    "判断题": QuestionKind.TRUE_FALSE.value,
    "计算题": QuestionKind.NUMERIC.value,
    "填空题": QuestionKind.FILL.value,
}
DIFFICULTY_WORDS: Final = {
    "易": Difficulty.EASY.value,
    "中": Difficulty.MEDIUM.value,
    "难": Difficulty.HARD.value,
}
