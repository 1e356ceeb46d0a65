"""JSON of results, in and out."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, JsonValue

from lims.results.rules import Finding, ResultOrigin, ResultStatus
from lims.web.fields import DecimalText, Input, Output
from lims.web.texts import Text500

Why = Annotated[Text500, Field(examples=["Peak integrated again after a baseline drift."])]

ENTRY_EXAMPLE: dict[str, JsonValue] = {
    "sample": "K7M2PX4C9",
    "parameter": "carbofuran",
    "analyte": "3-hydroxycarbofuran",
    "finding": "quantified",
    "value": "0.013",
    "unit": "mg/kg",
}


class AmountIn(Input):
    """What was found of an analyte; every number is in `unit`.

    The limits come from the laboratory's verification of the method. Limits given here are used instead and need a
    remark saying where they come from.
    """

    finding: Finding
    value: DecimalText | None = Field(default=None, description="Only when quantified.")
    expanded_uncertainty: DecimalText | None = Field(default=None, description="U, k = 2, when known.")
    detected: bool = Field(default=False, description="Below the LOQ: was the substance itself identified?")
    unit: str = Field(max_length=20, examples=["mg/kg"])
    limit_of_quantification: DecimalText | None = None
    limit_of_detection: DecimalText | None = None
    analysed_on: date | None = Field(default=None, description="Today when not given.")
    remark: Text500 | None = None


class ResultEntry(AmountIn):
    """A result entered by hand for one analyte of one assigned test."""

    model_config = ConfigDict(json_schema_extra={"examples": [ENTRY_EXAMPLE]})

    sample: str = Field(max_length=30, description="Blind code or accession number.")
    parameter: str = Field(max_length=100)
    analyte: str | None = Field(default=None, max_length=100, description="The parameter itself when not given.")


class Correction(AmountIn):
    """A new version of a result, with the reason for it."""

    version: int = Field(description="The version that the correction was decided on.")
    reason: Why


class Chosen(Input):
    """A result and the version of it that was looked at."""

    id: UUID
    version: int


class Selection(Input):
    """Several results at once; all of them or none."""

    results: Annotated[list[Chosen], Field(min_length=1, max_length=5000)]
    remark: Text500 | None = Field(default=None, description="The answer, when a returned one is upheld.")


class ReturnIn(Input):
    """A result sent back to its technician."""

    version: int
    reason: Why


class ResultOut(Output):
    """A result in one of its versions."""

    id: UUID
    version: int
    sample: str = Field(description="Blind code.")
    parameter: str
    method_code: str
    analyte: str
    status: ResultStatus
    origin: ResultOrigin
    amount: dict[str, Any]
    value: DecimalText | None
    unit: str
    limit_of_quantification: DecimalText
    limit_of_detection: DecimalText | None
    analysed_on: date
    entered_by: UUID
    entered_at: AwareDatetime
    submitted_at: AwareDatetime | None
    verified_by: UUID | None
    verified_at: AwareDatetime | None
    return_reason: str | None
    correction_reason: str | None
    supersedes_id: UUID | None
    remark: str | None


class LeftOut(Output):
    """An analyte of a sample that a run gives no result for, and why."""

    sample: str
    parameter: str
    analyte: str
    reason: str


class RecordedOut(Output):
    """What recording a run did: every analyte of every sample is in one of the lists."""

    run_id: UUID
    recorded: int
    unchanged: int
    not_recorded: Sequence[LeftOut]
