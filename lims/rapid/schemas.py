"""What the JSON door of rapid tests takes and gives."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from lims.rapid.rules import ConfirmedOn, RapidOutcome
from lims.runs.records import QualitativeResult
from lims.samples.rules import TestStatus
from lims.samples.schemas import TestOrder
from lims.web.fields import DecimalText, Input, Output
from lims.web.texts import Text500


class ConfirmationIn(Input):
    """What confirms a positive rapid test: parameters, each by an instrument method or that of the scope."""

    parameters: list[TestOrder] = Field(max_length=50, examples=[[{"parameter": "毒死蜱"}]])
    confirmed_on: ConfirmedOn = ConfirmedOn.SAMPLE
    note: Text500 | None = None


class ConfirmationOut(Output):
    """A test that was ordered to confirm a rapid test."""

    test_id: UUID
    parameter: str
    method_code: str
    status: TestStatus
    confirmed_on: ConfirmedOn
    ordered_at: datetime


class RapidTestOut(Output):
    """A rapid test. It is no result: `confirmed_by` are the tests whose results count."""

    id: UUID
    sample: str = Field(description="Blind code.")
    item: str
    method_code: str
    outcome: RapidOutcome
    inhibition_percent: DecimalText | None
    positive_from: DecimalText
    device_said: QualitativeResult | None
    contradicts: bool = Field(description="The reader says otherwise than its inhibition does; the worse counts.")
    tested_at: datetime | None
    channel: str | None
    row: int
    confirmed_by: list[ConfirmationOut]


class RapidRecorded(Output):
    """What became of the records of a file: kept now, or kept before."""

    read: int
    recorded: int
    duplicates: int
    positive: int
    tests: list[RapidTestOut]
