"""The report of a proficiency round (能力验证结果报告) as it is printed: every text ready, in its reader's language."""

from dataclasses import dataclass, replace

from lims.core.language import Language
from lims.documents.original_record import Facts
from lims.documents.proficiency_drawing import DensityDrawing, MandelDrawing, ScoreDrawing, YoudenDrawing

PROFICIENCY_TEMPLATE = ("proficiency", "1")


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """One analyte of the round on one line; counts are those of results with each grade."""

    name: str
    unit: str
    results: int
    assigned: str
    sigma: str
    sign: str
    satisfactory: int
    questionable: int
    unsatisfactory: int
    rate: str


@dataclass(frozen=True, slots=True)
class ParticipantLine:
    """One participant over all analytes: how many results have each grade, and how many none."""

    participant: str
    satisfactory: int
    questionable: int
    unsatisfactory: int
    without: int


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One result; `scores` stand in the order of the part's `signs`. `is_bad`: its grade is not satisfactory."""

    participant: str
    method: str
    value: str
    uncertainty: str
    scores: tuple[str, ...]
    grade: str
    is_bad: bool
    remarks: str


@dataclass(frozen=True, slots=True)
class MethodLine:
    """The results by one method: robust mean with its uncertainty and deviation, and how far it is from the value."""

    method: str
    results: int
    mean: str
    uncertainty: str
    deviation: str
    difference: str


@dataclass(frozen=True, slots=True)
class AnalytePart:
    """One analyte in one item, with its drawings; None where there is nothing to draw.

    Frozen reports of before methods and Mandel's statistics were told have none of them.
    """

    name: str
    facts: Facts
    notes: tuple[str, ...]
    signs: tuple[str, ...]
    lines: tuple[ScoreLine, ...]
    scores: ScoreDrawing | None
    density: DensityDrawing | None
    methods: tuple[MethodLine, ...] = ()
    mandel: MandelDrawing | None = None


@dataclass(frozen=True, slots=True)
class YoudenPart:
    """Two items of an analyte side by side; `lines` are participants that are off: name, both scores, how they lie."""

    name: str
    drawing: YoudenDrawing
    note: str
    lines: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class LeftOutLine:
    """A row of the table that takes no part."""

    row: str
    participant: str
    analyte: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProficiencyReport:
    """The report of one round."""

    language: Language
    title: str
    facts: Facts
    summary: tuple[SummaryLine, ...]
    participants: tuple[ParticipantLine, ...]
    parts: tuple[AnalytePart, ...]
    youden: tuple[YoudenPart, ...]
    hints: tuple[str, ...]
    left_out: tuple[LeftOutLine, ...]


@dataclass(frozen=True, slots=True)
class OwnLine:
    """One result of the participant whom a report is for, beside what it is scored against."""

    name: str
    unit: str
    value: str
    uncertainty: str
    assigned: str
    sigma: str
    signs: tuple[str, ...]
    scores: tuple[str, ...]
    judged_by: str
    grade: str
    is_bad: bool
    remarks: str


@dataclass(frozen=True, slots=True)
class ParticipantReport:
    """The report of one participant: its own scores, and the coded round that they stand in."""

    code: str
    laboratory: str
    lines: tuple[OwnLine, ...]
    whole: ProficiencyReport


def report_of_participant(whole: ProficiencyReport, code: str, laboratory: str) -> ParticipantReport:
    """What the report of a round says of one participant; drawings show which bar is its own."""
    parts = tuple(
        replace(part, scores=None if part.scores is None else replace(part.scores, own=code)) for part in whole.parts
    )
    lines = [
        OwnLine(
            name=part.name,
            unit=summary.unit,
            value=line.value,
            uncertainty=line.uncertainty,
            assigned=summary.assigned,
            sigma=summary.sigma,
            signs=part.signs,
            scores=line.scores,
            judged_by=summary.sign,
            grade=line.grade,
            is_bad=line.is_bad,
            remarks=line.remarks,
        )
        for part, summary in zip(whole.parts, whole.summary, strict=True)
        for line in part.lines
        if line.participant == code
    ]
    return ParticipantReport(code, laboratory, tuple(lines), replace(whole, parts=parts))
