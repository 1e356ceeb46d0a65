"""Records of samples and their tests."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, Text, UniqueConstraint
from sqlmodel import Field

from lims.db.record import LaboratoryRecord
from lims.db.types import EnumValue, ExactDecimal
from lims.samples.rules import BasisKind, Programme, SampleStatus, Stage, TestStatus


class Sample(LaboratoryRecord, table=True):
    """样品: one sample as it came to the counter, with what the sampling sheet says."""

    __table_args__ = (
        UniqueConstraint("laboratory_id", "number"),
        UniqueConstraint("laboratory_id", "blind_code"),
        UniqueConstraint("laboratory_id", "sampling_sheet_number"),
        Index("ix_sample_list", "laboratory_id", "status", "sampled_on"),
        Index("ix_sample_newest", "laboratory_id", "registered_at", "number", "id"),
    )

    number: str = Field(max_length=30)
    blind_code: str = Field(max_length=12)
    status: SampleStatus = Field(default=SampleStatus.REGISTERED, sa_type=EnumValue(SampleStatus))
    # what it is
    product_name: str = Field(max_length=100, description="Name as sold.")
    food: str = Field(max_length=200, description="The food of the national tree that it is judged as.")
    # whose it is
    programme: Programme = Field(sa_type=EnumValue(Programme))
    stage: Stage = Field(sa_type=EnumValue(Stage))
    client: str = Field(max_length=200)
    client_address: str | None = Field(default=None, max_length=300)
    inspected_party: str = Field(max_length=200)
    inspected_address: str | None = Field(default=None, max_length=300)
    producer: str | None = Field(default=None, max_length=200)
    producer_address: str | None = Field(default=None, max_length=300)
    trademark: str | None = Field(default=None, max_length=100)
    specification: str | None = Field(default=None, max_length=100)
    grade: str | None = Field(default=None, max_length=40)
    batch_number: str | None = Field(default=None, max_length=60)
    # where, when and by whom it was drawn
    region_code: str = Field(max_length=12, foreign_key="region.code", ondelete="RESTRICT", index=True)
    place: str = Field(max_length=300)
    sampled_on: date
    sampling_sheet_number: str = Field(max_length=60)
    samplers: str = Field(max_length=100)
    sampling_method: str | None = Field(default=None, max_length=100)
    base_quantity: str | None = Field(default=None, max_length=60, description="Quantity that it was drawn from.")
    quantity: Decimal = Field(sa_type=ExactDecimal)
    quantity_unit: str = Field(max_length=20)
    # the day whose limits decide, and what happened on it
    basis_on: date
    basis_kind: BasisKind = Field(sa_type=EnumValue(BasisKind))
    declared: list[str] | None = Field(
        default=None,
        sa_type=JSON,
        description="明示执行标准: families of standards it claims to meet besides the law. None: of older samples.",
    )
    # 复检: the first report, its laboratory, what it found, and on whose decision it is tested again
    retest_of: str | None = Field(default=None, max_length=60, index=True)
    retest_body: str | None = Field(default=None, max_length=200)
    retest_on: date | None = Field(default=None)
    retest_decision: str | None = Field(default=None, max_length=300)
    retest_results: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    # as received
    registered_at: datetime
    registered_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    received_at: datetime | None = Field(default=None)
    received_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    condition: str | None = Field(default=None, max_length=200)
    seal_state: str | None = Field(default=None, max_length=60)
    temperature_c: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    remark: str | None = Field(default=None, sa_type=Text)


class SamplePhoto(LaboratoryRecord, table=True):
    """照片: a picture of a sample or of its sampling, kept in the vault as a JPEG without what the camera wrote.

    `sha256` and `thumbnail` are addresses in the vault; `original_sha256` is that of the file as it was handed in. One
    that was taken out stays, with who did it and why.
    """

    __tablename__ = "sample_photo"
    __table_args__ = (UniqueConstraint("sample_id", "sha256"),)

    sample_id: UUID = Field(foreign_key="sample.id", ondelete="RESTRICT")
    caption: str = Field(max_length=100)
    sha256: str = Field(max_length=64)
    thumbnail: str = Field(max_length=64)
    original_sha256: str = Field(max_length=64)
    width: int
    height: int
    added_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    added_at: datetime
    removed_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    removed_at: datetime | None = Field(default=None)
    removal_reason: str | None = Field(default=None, max_length=500)


class AssignedTest(LaboratoryRecord, table=True):
    """检测任务: one parameter of one sample by one method; the marks are settled on the day of issue.

    `out_of_scope`: somebody named a method that no certificate covered when the sample was registered.
    """

    __tablename__ = "assigned_test"
    __table_args__ = (
        UniqueConstraint("sample_id", "parameter"),
        Index("ix_assigned_test_waiting", "laboratory_id", "status", "method_code"),
    )

    sample_id: UUID = Field(foreign_key="sample.id", ondelete="RESTRICT")
    parameter: str = Field(max_length=100)
    method_code: str = Field(max_length=60)
    status: TestStatus = Field(default=TestStatus.ASSIGNED, sa_type=EnumValue(TestStatus))
    out_of_scope: bool = Field(default=False)
