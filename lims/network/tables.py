"""Records of the network. They belong to no laboratory: everyone may read them."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field

from lims.db.record import Record
from lims.db.types import EnumValue, ExactDecimal
from lims.network.rules import Level, TargetKind


class Region(Record, table=True):
    """A division of Guizhou by its six-digit code (GB/T 2260)."""

    code: str = Field(max_length=12, unique=True)
    name: str = Field(max_length=100)
    level: Level = Field(sa_type=EnumValue(Level))
    kind: str = Field(max_length=20)
    parent_code: str | None = Field(default=None, max_length=12, index=True)
    source: str = Field(sa_type=Text)


class RegionPopulation(Record, table=True):
    """Permanent residents (常住人口) of a region in a census year."""

    __tablename__ = "region_population"
    __table_args__ = (UniqueConstraint("region_code", "year"), CheckConstraint("residents > 0", name="residents"))

    region_code: str = Field(max_length=12, foreign_key="region.code", ondelete="RESTRICT")
    year: int
    residents: int
    source: str = Field(sa_type=Text)


class Laboratory(Record, table=True):
    """A laboratory of the network. `certificate_pem` is the public key that its returns are checked with."""

    code: str = Field(max_length=20, unique=True)
    name: str = Field(max_length=200)
    level: Level = Field(sa_type=EnumValue(Level))
    region_code: str = Field(max_length=12, foreign_key="region.code", ondelete="RESTRICT")
    superior_id: UUID | None = Field(default=None, foreign_key="laboratory.id", ondelete="RESTRICT")
    address: str = Field(max_length=300)
    phone: str | None = Field(default=None, max_length=40)
    certificate_pem: str | None = Field(default=None, sa_type=Text)


class Target(Record, table=True):
    """A target of the provincial plan, with the days on which it counts."""

    code: str = Field(max_length=20)
    item: str = Field(max_length=200)
    kind: TargetKind = Field(sa_type=EnumValue(TargetKind))
    comparison: str = Field(max_length=2)
    value: Decimal = Field(sa_type=ExactDecimal)
    unit: str = Field(max_length=100)
    scope: str = Field(max_length=100)
    starts_on: date
    ends_on: date | None = Field(default=None)
    source: str = Field(sa_type=Text)

    __table_args__ = (UniqueConstraint("code", "starts_on"),)
