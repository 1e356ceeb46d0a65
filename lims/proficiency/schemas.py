"""JSON of proficiency rounds."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import AwareDatetime, Field

from lims.proficiency.rules import ArrivalState, Measurand, RoundState
from lims.science.proficiency_scores import Grade
from lims.science.proficiency_setting import AssignedBy, SigmaBy
from lims.science.units import parse_unit
from lims.web.fields import DecimalText, Input, Output
from lims.web.texts import Text20, Text40, Text100, Text200, Text500

#: In the hundreds of measurands and laboratories nobody would find anything on a page any more.
_MOST = 300


class MeasurandIn(Input):
    """One analyte in one item, and what its results are scored against. Numbers are in `unit`."""

    item: Text20 = Field(examples=["A"])
    analyte: Text100 = Field(examples=["毒死蜱"])
    unit: Text20 = Field(examples=["mg/kg"])
    assigned: AssignedBy = AssignedBy.ROBUST_MEAN
    assigned_value: DecimalText | None = None
    assigned_uncertainty: DecimalText | None = Field(default=None, description="Expanded, with k of the round.")
    origin: Text200 | None = Field(default=None, description="Of a given value.", examples=["Formulation"])
    sigma: SigmaBy = SigmaBy.ROBUST
    sigma_number: DecimalText | None = Field(default=None, description="For value (in the unit) and percent.")

    def measurand(self) -> Measurand:
        """As rules see it. Raises `BadInput` for an unknown unit."""
        return Measurand(
            self.item,
            self.analyte,
            parse_unit(self.unit).value,
            self.assigned,
            self.assigned_value,
            self.assigned_uncertainty,
            self.origin,
            self.sigma,
            self.sigma_number,
        )


class RoundIn(Input):
    """The plan of a round."""

    title: Text200 = Field(examples=["Pesticide residues in cowpea"])
    year: int = Field(ge=2000, le=2999, examples=[2026])
    deadline: AwareDatetime = Field(examples=["2026-12-31T10:00:00Z"])
    items: list[Text20] = Field(min_length=1, max_length=20, examples=[["A", "B"]])
    measurands: list[MeasurandIn] = Field(default_factory=list, max_length=_MOST)
    coverage: DecimalText = Field(default=Decimal(2), ge=1, le=10, description="k of all expanded uncertainties.")
    replicates: int = Field(default=1, ge=1, le=10, description="How many values a result has.")


class RoundChange(RoundIn):
    """Another plan in place of the one with this version."""

    version: int = Field(examples=[1])


class VersionIn(Input):
    """The version that was seen."""

    version: int = Field(examples=[1])


class HomogeneityIn(VersionIn):
    """What homogeneity and stability of the items are tested against."""

    sigma: SigmaBy = Field(default=SigmaBy.HORWITZ, examples=["percent"])
    sigma_number: DecimalText | None = Field(default=None, gt=0, examples=["15"])


class ParticipantsIn(VersionIn):
    """Laboratories that take part, besides those that do already."""

    laboratories: list[Text20] = Field(min_length=1, max_length=_MOST, examples=[["QBZ"]])


class SendingIn(VersionIn):
    """Participants whose items were sent, when, and in which parcel."""

    codes: list[Text20] = Field(min_length=1, max_length=_MOST, examples=[["4711"]])
    sent_on: date = Field(examples=["2026-11-20"])
    parcel: Text100 | None = Field(default=None, description="Waybill or seal.", examples=["SF1234567890"])


class ArrivalIn(Input):
    """When and how the items arrived. `version` 0: nothing was said of it yet."""

    version: int = Field(ge=0, examples=[0])
    received_on: date = Field(examples=["2026-11-21"])
    arrival: ArrivalState = Field(examples=["pt_intact"])
    note: Text200 | None = Field(default=None, examples=["−18 °C, seal unbroken"])


class LateIn(Input):
    """A participant that may hand in late, until when and why."""

    until: AwareDatetime = Field(examples=["2027-01-05T10:00:00Z"])
    reason: Text500 = Field(examples=["The parcel was held up on its way."])


class ResultIn(Input):
    """What was found for one analyte in one item. Values are texts, as they are reported: 0.125, <0.01."""

    item: Text20 = Field(examples=["A"])
    analyte: Text100 = Field(examples=["毒死蜱"])
    values: list[Text40] = Field(min_length=1, max_length=10, examples=[["0.125"]])
    uncertainty: DecimalText | None = Field(default=None, gt=0, description="Expanded, with k of the round.")
    method: Text100 | None = Field(default=None, examples=["GB 23200.121-2026"])


class HandInIn(Input):
    """Everything that a participant hands in; what was handed in before is replaced. `version` 0: nothing was."""

    version: int = Field(ge=0, examples=[0])
    results: list[ResultIn] = Field(min_length=1, max_length=_MOST)


class RoundOut(Output):
    """A round as everybody who takes part may know it."""

    number: str
    title: str
    year: int
    state: RoundState
    deadline: datetime
    items: list[str]
    measurands: list[dict[str, Any]]
    coverage: DecimalText
    replicates: int
    version: int


class ParticipantOut(Output):
    """A line of the key, for the organiser alone."""

    code: str
    laboratory: str
    name: str
    sent_on: date | None
    parcel: str | None
    received_on: date | None
    arrival: ArrivalState | None
    arrival_note: str | None
    has_handed_in: bool
    is_late: bool
    admitted_until: datetime | None
    admitted_reason: str | None


class OrganisedOut(RoundOut):
    """A round as its organiser sees it."""

    participants: list[ParticipantOut]
    homogeneity: dict[str, Any] | None


class ResultOut(Output):
    """A result as it was handed in."""

    item: str
    analyte: str
    unit: str
    values: list[str]
    uncertainty: DecimalText | None
    method: str | None


class ArrivalOut(Output):
    """What a participant said of the arrival of its items."""

    received_on: date
    arrival: ArrivalState
    note: str | None
    reported_at: datetime
    version: int


class ParticipationOut(Output):
    """A round as one participant sees it; `version` is that of what was handed in, 0 for nothing."""

    round: RoundOut
    code: str
    version: int
    sent_on: date | None
    parcel: str | None
    arrival: ArrivalOut | None
    is_late: bool
    results: list[ResultOut]


class RoundsOut(Output):
    """The rounds that the own laboratory organises, and those that it takes part in."""

    organised: list[RoundOut]
    participating: list[RoundOut]


class EvaluationOut(Output):
    """A frozen evaluation, for the organiser."""

    edition: int
    settings: dict[str, Any]
    data_sha256: str
    evaluated_at: datetime
    outcome: dict[str, Any]


class PastScoreOut(Output):
    """A published score; `repeats`: off to the same side as in the round before."""

    number: str
    title: str
    published_at: datetime
    analyte: str
    item: str
    sign: str
    value: str
    grade: Grade
    repeats: bool


class ScoresOut(Output):
    """The published scores of one participant, and the whole round with its codes."""

    code: str
    data_sha256: str
    own: list[dict[str, Any]]
    analytes: list[dict[str, Any]]
