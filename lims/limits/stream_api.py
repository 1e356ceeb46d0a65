"""JSON route of a batch of questions: the same rows and answers as `lims judge` reads and writes."""

import json
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import ConfigDict, Field

from lims.core.actions import Action
from lims.library.queries import current_library
from lims.limits.questions import COLUMNS, Question
from lims.limits.stream import Stream
from lims.limits.verdicts import Flag, Overall, Verdict
from lims.web.dependencies import ActorDep, LimsDep
from lims.web.fields import Input, Output

router = APIRouter()

_MOST_ROWS = 20_000
Cell = Annotated[str | None, Field(max_length=400)]


class QuestionIn(Input):
    """A row: one analyte of one sample. Numbers are texts, so that no digit is lost."""

    model_config = ConfigDict(str_strip_whitespace=True)

    sample: Cell = Field(default=None, examples=["S1"])
    food: Cell = Field(default=None, examples=["豇豆"])
    date: Cell = Field(default=None, examples=["2026-05-10"], description="Of production, harvest or purchase.")
    basis: Cell = Field(default=None, examples=["CN"], description="Market, standard declared, or what the day is.")
    analyte: Cell = Field(default=None, examples=["克百威"])
    value: Cell = Field(default=None, examples=["0.010", "<0.01", "ND", "检出", "3.36×10^3"])
    unit: Cell = Field(default=None, examples=["mg/kg"])
    loq: Cell = None
    lod: Cell = None
    uncertainty: Cell = Field(default=None, description="Expanded, k = 2, in the unit of the value.")
    species: Cell = Field(default=None, examples=["鸡"])
    tissue: Cell = Field(default=None, examples=["肌肉"])
    form: Cell = Field(default=None, examples=["dried"])
    origin: Cell = Field(default=None, examples=["520304"])


class AnswerOut(Output):
    """What is said of one analyte. `reason` is the code of why nothing was judged."""

    sample: str
    analyte: str
    verdict: Verdict
    reason: str | None
    limit: str | None
    limit_unit: str | None
    compared_value: str | None
    standard: str | None
    food_node: str | None
    explanation_zh: str
    explanation_en: str
    flags: list[Flag]


class SampleAnswerOut(Output):
    """What is said of one sample."""

    sample: str
    overall: Overall
    flags: list[Flag]


Rows = Annotated[list[QuestionIn], Body(min_length=1, max_length=_MOST_ROWS)]


@router.post("/judgements")
def answer_questions(rows: Rows, lims: LimsDep, actor: ActorDep) -> list[AnswerOut | SampleAnswerOut]:
    """Judge rows as `lims judge` does: an object per analyte, then one per sample; nothing is stored.

    Rows of a sample may stand apart. A row that cannot be read is answered `not_judged` with the reason.
    """
    with lims.read(actor, Action.LIBRARY_READ) as session:
        library = current_library(session)
    stream = Stream(library)
    answers = (stream.answer(question) for question in _questions(rows))
    return [_answer_out(json.loads(line)) for one in answers for line in one.splitlines()]


def _questions(rows: Sequence[QuestionIn]) -> Iterator[Question]:
    """The rows of each sample together, samples in the order in which they first appear."""
    cells: dict[str, list[tuple[str, ...]]] = {}
    for row in rows:
        cells.setdefault(row.sample or "", []).append(tuple(getattr(row, column) or "" for column in COLUMNS))
    return (Question(sample, group) for sample, group in cells.items())


def _answer_out(said: dict[str, Any]) -> AnswerOut | SampleAnswerOut:
    return SampleAnswerOut(**said) if "overall" in said else AnswerOut(**said)
