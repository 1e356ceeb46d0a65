"""JSON of lots."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from lims.materials.rules import LotState, MaterialKind
from lims.science.units import UnitCode
from lims.web.fields import DecimalText, Input, Output
from lims.web.texts import Text40, Text60, Text100, Text500


class LotIn(Input):
    """A lot that was bought: a reference material, a reagent or a consumable."""

    code: Text40 = Field(examples=["RM-26-012"], description="The number on the laboratory's label.")
    kind: MaterialKind
    name: Text100 = Field(examples=["克百威溶液标准物质"])
    lot: Text60 = Field(examples=["24B0312"], description="The lot number of the maker (批号).")
    certificate: Text100 | None = Field(default=None, examples=["GBW(E)081589"])
    strength: DecimalText | None = Field(default=None, description="Certified purity or concentration.")
    strength_unit: UnitCode | None = None
    strength_uncertainty: DecimalText | None = Field(default=None, description="Expanded (k = 2), in the same unit.")
    grade: Text60 | None = Field(default=None, examples=["色谱纯"])
    supplier: Text100 = Field(examples=["坛墨质检"])
    storage: Text100 | None = Field(default=None, examples=["-18 ℃ 避光"])
    received_on: date | None = None
    opened_on: date | None = None
    expires_on: date = Field(description="The last day on which it may be used.")


class SourceIn(Input):
    """How much of which lot."""

    code: Text40 = Field(examples=["RM-26-012"])
    taken: DecimalText
    unit: UnitCode = UnitCode.ML


class SolutionIn(Input):
    """A solution that was prepared here. Without a concentration it is calculated, where it follows from one source."""

    code: Text40 = Field(examples=["WS-26-031"])
    kind: MaterialKind = MaterialKind.WORKING_SOLUTION
    name: Text100 = Field(examples=["农药混合标准工作溶液"])
    strength: DecimalText | None = None
    strength_unit: UnitCode | None = None
    final_volume: DecimalText
    final_volume_unit: UnitCode = UnitCode.ML
    preparation: Text500 | None = Field(default=None, examples=["用乙腈定容"], description="Solvent and manner.")
    storage: Text100 | None = None
    prepared_on: date
    expires_on: date
    sources: list[SourceIn] = Field(min_length=1, max_length=200)


class OpeningIn(Input):
    """The day on which a lot was opened."""

    version: int
    opened_on: date


class ClosingIn(Input):
    """The last day of a lot in the laboratory, and why."""

    version: int
    closed_on: date
    reason: Text500 = Field(examples=["Used up"])


class SourceOut(Output):
    """What a solution was made of."""

    code: str
    taken: DecimalText
    unit: str


class MaterialOut(Output):
    """A lot. `usable` says whether it may be used on the day of asking."""

    id: UUID
    version: int
    code: str
    kind: MaterialKind
    name: str
    lot: str | None
    certificate: str | None
    strength: DecimalText | None
    strength_unit: str | None
    strength_uncertainty: DecimalText | None
    grade: str | None
    supplier: str | None
    storage: str | None
    received_on: date | None
    opened_on: date | None
    expires_on: date
    prepared_on: date | None
    prepared_by: UUID | None
    final_volume: DecimalText | None
    final_volume_unit: str | None
    preparation: str | None
    closed_on: date | None
    closed_reason: str | None
    registered_by: UUID
    registered_at: datetime
    state: LotState
    usable: bool
    sources: list[SourceOut]
