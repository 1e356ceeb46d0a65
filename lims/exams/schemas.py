"""JSON of exams."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from lims.exams.rules import (
    Difficulty,
    Draw,
    ExamState,
    FaultState,
    HandedInBy,
    PartialCredit,
    QuestionKind,
    Section,
    Standing,
)
from lims.web.fields import DecimalText, Input, Output
from lims.web.texts import Text20, Text40, Text60, Text200, Text500, Text1000

#: Larger halls than there are.
_MOST_CANDIDATES = 2000


class QuestionIn(Input):
    """A question of the bank. `answers`: letters of the options, `true` or `false`, a number, or accepted texts."""

    kind: QuestionKind = Field(examples=["single_choice"])
    subject: Text40 = Field(examples=["抽样"])
    difficulty: Difficulty = Field(default=Difficulty.MEDIUM, examples=["easy"])
    stem: Text1000 = Field(examples=["4.25 修约到一位小数是多少？"])
    stem_en: Text1000 | None = Field(default=None, examples=["What is 4.25 rounded to one decimal?"])
    options: list[Text200] = Field(default_factory=list, max_length=8, examples=[["4.2", "4.3"]])
    options_en: list[Text200] = Field(default_factory=list, max_length=8, examples=[["4.2", "4.3"]])
    answers: list[Text200] = Field(min_length=1, max_length=20, examples=[["A"]])
    tolerance: DecimalText | None = Field(default=None, description="Of a number: how far it may lie away.")
    unit: Text20 | None = None
    explanation: Text1000 | None = None
    explanation_en: Text1000 | None = None
    source: Text200 | None = Field(default=None, examples=["GB/T 8170-2008, 3.2"])


class QuestionChange(QuestionIn):
    """The next edition of a question."""

    version: int = Field(examples=[1])


class VersionIn(Input):
    """The version that was seen."""

    version: int = Field(examples=[1])


class SectionIn(Input):
    """So many questions of a kind, each worth `marks`; subject and difficulty may be left open."""

    kind: QuestionKind = Field(examples=["single_choice"])
    count: int = Field(ge=1, le=200, examples=[10])
    marks: DecimalText = Field(gt=0, le=100, examples=["2"])
    subject: Text40 | None = None
    difficulty: Difficulty | None = None

    def section(self) -> Section:
        """As rules see it."""
        return Section(self.kind, self.count, self.marks, self.subject, self.difficulty)


class ExamIn(Input):
    """The plan of an exam."""

    title: Text200 = Field(examples=["Theory paper of the county heat"])
    sections: list[SectionIn] = Field(min_length=1, max_length=30)
    draw: Draw = Draw.ONE_PAPER
    shuffles: bool = Field(default=True, description="Questions and options in another order for each candidate.")
    partial_credit: PartialCredit = PartialCredit.NOTHING
    minutes: int = Field(ge=1, le=600, examples=[60])
    opens_at: AwareDatetime = Field(examples=["2026-12-01T01:00:00Z"])
    last_start: AwareDatetime = Field(examples=["2026-12-01T01:30:00Z"])
    pass_mark: DecimalText = Field(examples=["60"])


class ExamChange(ExamIn):
    """Another plan in place of the one with this version."""

    version: int = Field(examples=[1])


class CandidateIn(Input):
    """Somebody who sits the exam."""

    key: Text40 = Field(examples=["A-017"])
    name: Text60 | None = None


class CandidatesIn(Input):
    """Candidates besides those that there are."""

    candidates: list[CandidateIn] = Field(min_length=1, max_length=_MOST_CANDIDATES)


class SlipsIn(Input):
    """Whose admission codes are made; empty: of all who have none."""

    keys: list[Text40] = Field(default_factory=list, max_length=_MOST_CANDIDATES, examples=[["A-017"]])


class ExtraTimeIn(Input):
    """Extra minutes for one candidate, in all, and why; `version` is that of the candidate."""

    version: int = Field(examples=[1])
    extra_minutes: int = Field(ge=1, le=600, examples=[10])
    reason: Text500 = Field(examples=["The power was off in room 2."])


class FaultIn(Input):
    """A question that was found faulty, and why. Without `answers` everybody has its full marks."""

    question: Text20 = Field(examples=["Q0001"])
    fault: Text500 = Field(examples=["Two options are right."])
    answers: list[Text200] | None = Field(
        default=None,
        min_length=1,
        max_length=20,
        description="What is right instead, as of a question.",
        examples=[["A"]],
    )


class DecisionIn(Input):
    """What the second person says."""

    confirms: bool = Field(examples=[True])


class AnswerIn(Input):
    """What was given to one place of the paper; letters as they are shown. An empty list takes an answer back."""

    place: int = Field(ge=1, le=200, examples=[1])
    given: list[Text200] = Field(max_length=8, examples=[["B"]])
    serial: int = Field(default=0, ge=0, le=2**53, description="Larger than of anything sent before; 0: the next.")


class AnswersIn(Input):
    """Answers that the browser has kept until they are acknowledged."""

    answers: list[AnswerIn] = Field(max_length=200)


class QuestionOut(Output):
    """A question with what is right, for those who keep the bank."""

    id: UUID
    version: int
    code: str
    edition: int
    kind: QuestionKind
    subject: str
    difficulty: Difficulty
    stem: str
    stem_en: str | None
    options: list[str]
    options_en: list[str]
    answers: list[str]
    tolerance: DecimalText | None
    unit: str | None
    explanation: str | None
    explanation_en: str | None
    source: str | None
    written_at: datetime
    superseded_at: datetime | None
    retired_at: datetime | None


class ImportedOut(Output):
    """What became of a table: rows that say what the bank says already are not written again."""

    rows: int
    written: int


class ExamOut(Output):
    """An exam as it is planned."""

    version: int
    number: str
    title: str
    state: ExamState
    sections: list[dict[str, Any]]
    draw: Draw
    shuffles: bool
    partial_credit: PartialCredit
    minutes: int
    opens_at: datetime
    last_start: datetime
    pass_mark: DecimalText
    full_marks: DecimalText
    candidate_count: int
    opened_at: datetime | None
    closed_at: datetime | None
    published_at: datetime | None


class CandidateOut(Output):
    """How far a candidate is; marks once the exam is closed."""

    key: str
    version: int
    name: str | None
    has_code: bool
    standing: Standing
    extra_minutes: int
    extra_reason: str | None
    started_at: datetime | None
    ends_at: datetime | None
    handed_in_at: datetime | None
    handed_in_by: HandedInBy | None
    answered: int
    questions: int
    total: DecimalText | None = None
    is_passed: bool | None = None


class FaultOut(Output):
    """A question that was found faulty."""

    id: UUID
    question: str
    state: FaultState
    fault: str
    answers: list[str] | None
    proposed_at: datetime
    decided_at: datetime | None
    is_own: bool


class WholeExamOut(ExamOut):
    """An exam with its candidates, for its organiser."""

    candidates: list[CandidateOut]
    faults: list[FaultOut]
    missing: list[str] = Field(description="What the bank lacks for the paper, in words.")


class SlipOut(Output):
    """An admission code. It is shown once; only its digest is kept."""

    key: str
    name: str | None
    code: str


class FiguresOut(Output):
    """How candidates fared with one question."""

    question: str
    edition: int
    stem: str
    asked: int
    answered: int
    facility: float = Field(description="Mean share of its marks, 0 to 1.")
    discrimination: float | None = Field(description="The best 27 % less the weakest 27 %, -1 to 1.")
    given: dict[str, int]
    is_faulty: bool


class MarkLineOut(Output):
    """One question of a marked paper."""

    place: int
    question: str
    stem: str
    given: list[str]
    right: list[str]
    marks: DecimalText
    full: DecimalText
    is_neutral: bool
    is_corrected: bool = Field(description="What is right was put right after the exam.")
    explanation: str | None


class MarkedOut(Output):
    """A marked paper."""

    key: str
    total: DecimalText
    full: DecimalText
    is_passed: bool
    edition: int
    lines: list[MarkLineOut]


class CandidateMark(Output):
    """What a candidate has, for whoever ranks them; without marks: was absent."""

    key: str
    total: Decimal | None
    full: Decimal
    is_passed: bool
    seconds: int | None = Field(description="From the start to handing in.")
    edition: int | None = Field(description="Of the marking; None: was absent.")
