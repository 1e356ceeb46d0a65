"""Records of accreditation."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from lims.accreditation.rules import Scheme
from lims.db.record import LaboratoryRecord
from lims.db.types import EnumValue, ExactDecimal


class Certificate(LaboratoryRecord, table=True):
    """A certificate with the dates printed on it, and a suspension (暂停) with its first and last day."""

    __table_args__ = (UniqueConstraint("scheme", "number"),)

    scheme: Scheme = Field(sa_type=EnumValue(Scheme))
    number: str = Field(max_length=60)
    issued_by: str = Field(max_length=100)
    valid_from: date
    valid_until: date
    suspended_on: date | None = Field(default=None)
    suspended_until: date | None = Field(default=None)


class ScopeLine(LaboratoryRecord, table=True):
    """One line of the ability annex: this parameter, in this product, by this method.

    `product` is a node of the food tree (it covers everything beneath) or "*". `parameter` is a
    substance code of the library. A `restriction` is printed text ("只做 GC"); a restricted line
    covers only what it names in `restricted_to` (a product below `product`), when given.
    """

    __tablename__ = "scope_line"
    __table_args__ = (Index("ix_scope_line_lookup", "laboratory_id", "parameter"),)

    certificate_id: UUID = Field(foreign_key="certificate.id", ondelete="RESTRICT", index=True)
    product: str = Field(max_length=200)
    parameter: str = Field(max_length=100)
    method_code: str = Field(max_length=60)
    restriction: str | None = Field(default=None, max_length=200)
    restricted_to: str | None = Field(default=None, max_length=200)
    valid_from: date
    valid_until: date | None = Field(default=None)


class VerifiedMethod(LaboratoryRecord, table=True):
    """方法验证: limits that the laboratory itself has shown for an analyte by a method in a product group."""

    __tablename__ = "verified_method"
    __table_args__ = (UniqueConstraint("laboratory_id", "method_code", "analyte", "product", "verified_on"),)

    method_code: str = Field(max_length=60)
    analyte: str = Field(max_length=100)
    product: str = Field(max_length=200)
    limit_of_quantification: Decimal = Field(sa_type=ExactDecimal)
    limit_of_detection: Decimal = Field(sa_type=ExactDecimal)
    unit: str = Field(max_length=20)
    expanded_uncertainty_percent: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    verified_on: date
