"""JSON of the network."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from lims.core.patterns import LABORATORY_CODE
from lims.network.rules import Level, TargetKind
from lims.web.fields import DecimalText, Input, Output
from lims.web.texts import Text40, Text200, Text300

Code = Annotated[str, Field(pattern=LABORATORY_CODE)]


class RegionOut(Output):
    """A division with its code."""

    code: str = Field(examples=["520304"])
    name: str = Field(examples=["播州区"])
    level: Level
    kind: str
    parent_code: str | None
    residents: int | None = None
    census_year: int | None = None


class LaboratoryIn(Input):
    """A laboratory that joins the network."""

    code: Code = Field(examples=["QBZ"])
    name: Text200 = Field(min_length=2, examples=["播州区农产品质量安全检验检测中心"])
    level: Level
    region_code: str = Field(examples=["520304"])
    superior: str | None = Field(default=None, examples=["QZY"], description="Code of the laboratory above.")
    address: Text300 = Field(min_length=2, examples=["遵义市播州区南白街道"])
    phone: Text40 | None = None


class LaboratoryOut(Output):
    """A laboratory of the network."""

    id: UUID
    version: int
    code: str
    name: str
    level: Level
    region_code: str
    superior_id: UUID | None
    address: str
    phone: str | None
    certificate_pem: str | None


class CertificateIn(Input):
    """The certificate that a laboratory signs with."""

    certificate_pem: str = Field(
        max_length=20_000, examples=["-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----\n"]
    )
    version: int


class TargetOut(Output):
    """A target of the plan with the days on which it counts."""

    code: str
    item: str
    kind: TargetKind
    comparison: str
    value: DecimalText
    unit: str
    scope: str
    starts_on: date
    ends_on: date | None
    source: str
