"""Records of lots and of what they were prepared from."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field

from lims.db.record import LaboratoryRecord
from lims.db.types import EnumValue, ExactDecimal
from lims.materials.rules import MaterialKind


class Material(LaboratoryRecord, table=True):
    """One lot (批次): a bottle that was bought, or a solution that was prepared here (then `prepared_on` is known).

    What is on its label never changes; a wrong one is closed with a reason and registered anew. `strength` is the
    certified purity or concentration, or that of a solution; of a mixture, that of each component.
    """

    __table_args__ = (
        UniqueConstraint("laboratory_id", "code"),
        Index("ix_material_list", "laboratory_id", "closed_on", "expires_on"),
    )

    code: str = Field(max_length=40, description="The number on the label of the laboratory.")
    kind: MaterialKind = Field(sa_type=EnumValue(MaterialKind))
    name: str = Field(max_length=100)
    lot: str | None = Field(default=None, max_length=60, description="Of the maker; a solution made here has none.")
    certificate: str | None = Field(default=None, max_length=100, description="Number of its certificate.")
    strength: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    strength_unit: str | None = Field(default=None, max_length=20)
    strength_uncertainty: Decimal | None = Field(default=None, sa_type=ExactDecimal, description="Expanded, k = 2.")
    grade: str | None = Field(default=None, max_length=60)
    supplier: str | None = Field(default=None, max_length=100)
    storage: str | None = Field(default=None, max_length=100)
    received_on: date | None = Field(default=None)
    opened_on: date | None = Field(default=None)
    expires_on: date
    prepared_on: date | None = Field(default=None)
    prepared_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    final_volume: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    final_volume_unit: str | None = Field(default=None, max_length=20)
    preparation: str | None = Field(default=None, sa_type=Text)
    closed_on: date | None = Field(default=None)
    closed_reason: str | None = Field(default=None, sa_type=Text)
    registered_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    registered_at: datetime


class MaterialSource(LaboratoryRecord, table=True):
    """How much of which lot a solution was made of."""

    __tablename__ = "material_source"
    __table_args__ = (UniqueConstraint("material_id", "source_id"),)

    material_id: UUID = Field(foreign_key="material.id", ondelete="RESTRICT")
    source_id: UUID = Field(foreign_key="material.id", ondelete="RESTRICT", index=True)
    taken: Decimal = Field(sa_type=ExactDecimal)
    taken_unit: str = Field(max_length=20)
