"""Records of worksheets, runs and what was read from them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from lims.db.record import LaboratoryRecord
from lims.db.types import EnumValue, ExactDecimal
from lims.runs.rules import EntryKind, QcDecisionKind, RunStatus, WorksheetStatus
from lims.science.quality_control import QcCheck, QcVerdict, SourceStatus


class Worksheet(LaboratoryRecord, table=True):
    """工作单: the positions of one batch of one method, and what the batch must meet (`quality_plan`)."""

    __table_args__ = (
        UniqueConstraint("laboratory_id", "number"),
        Index("ix_worksheet_newest", "laboratory_id", "created_at", "number"),
    )

    number: str = Field(max_length=30)
    method_code: str = Field(max_length=60, index=True)
    instrument_id: UUID = Field(foreign_key="instrument.id", ondelete="RESTRICT")
    matrix_group: str = Field(max_length=100, description="Product matrix of samples and standards.")
    status: WorksheetStatus = Field(default=WorksheetStatus.OPEN, sa_type=EnumValue(WorksheetStatus))
    concentration_unit: str = Field(max_length=20)
    test_portion_unit: str = Field(max_length=20)
    final_volume_unit: str = Field(max_length=20)
    result_unit: str = Field(max_length=20)
    quality_plan: dict[str, Any] = Field(sa_type=JSON)
    created_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    created_at: datetime


class WorksheetEntry(LaboratoryRecord, table=True):
    """One position (上机位). `label` is its name in the instrument's sequence: the blind code for a sample."""

    __tablename__ = "worksheet_entry"
    __table_args__ = (UniqueConstraint("worksheet_id", "position"), UniqueConstraint("worksheet_id", "label"))

    worksheet_id: UUID = Field(foreign_key="worksheet.id", ondelete="RESTRICT")
    position: int
    kind: EntryKind = Field(sa_type=EnumValue(EntryKind))
    label: str = Field(max_length=100)
    sample_id: UUID | None = Field(default=None, foreign_key="sample.id", ondelete="RESTRICT", index=True)
    parent_entry_id: UUID | None = Field(default=None, foreign_key="worksheet_entry.id", ondelete="RESTRICT")
    nominal_concentration: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    spiked_content: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    test_portion: Decimal = Field(sa_type=ExactDecimal)
    final_volume: Decimal = Field(sa_type=ExactDecimal)
    dilution: Decimal = Field(sa_type=ExactDecimal)
    moisture_percent: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    standard_concentration: Decimal | None = Field(default=None, sa_type=ExactDecimal)


class InstrumentFile(LaboratoryRecord, table=True):
    """The file of an instrument as it was handed in; its bytes are in the vault under the hash."""

    __tablename__ = "instrument_file"
    __table_args__ = (UniqueConstraint("laboratory_id", "sha256"),)

    sha256: str = Field(max_length=64)
    name: str = Field(max_length=200)
    size: int
    reader: str = Field(max_length=40)
    reader_version: str = Field(max_length=20)
    encoding: str = Field(max_length=20)
    uploaded_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    uploaded_at: datetime


class StoredProfile(LaboratoryRecord, table=True):
    """导入配置: how the files of one instrument are read; what was decided stands in its versions, `latest` is in use.

    A retired one is offered for no further file; its versions stay, for the runs that were read by them.
    """

    __tablename__ = "import_profile"
    __table_args__ = (UniqueConstraint("laboratory_id", "name"),)

    instrument_id: UUID = Field(foreign_key="instrument.id", ondelete="RESTRICT", index=True)
    name: str = Field(max_length=100)
    latest: int = Field(default=1, description="Number of the version in use.")
    retired_by: UUID | None = Field(default=None, foreign_key="app_user.id", ondelete="RESTRICT")
    retired_at: datetime | None = Field(default=None)
    retired_reason: str | None = Field(default=None, sa_type=Text)


class ProfileVersion(LaboratoryRecord, table=True):
    """One version of an import profile (配置版本): all its settings, who decided them, when and why. Never changed."""

    __tablename__ = "import_profile_version"
    __table_args__ = (UniqueConstraint("profile_id", "number"),)

    profile_id: UUID = Field(foreign_key="import_profile.id", ondelete="RESTRICT")
    number: int
    settings: dict[str, Any] = Field(sa_type=JSON)
    reason: str | None = Field(default=None, sa_type=Text)
    made_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    made_at: datetime


class Run(LaboratoryRecord, table=True):
    """上机批次: one file imported for one worksheet, with the profile it was read by and the accounting of its rows.

    `profile_version_id` is the stored version that `profile` is; None when it is none, or was changed for this file.
    A worksheet may be run again; then `repeat_reason` says why. Nothing of an earlier run is overwritten.
    """

    __table_args__ = (
        UniqueConstraint("worksheet_id", "file_id", "settings_sha256"),
        Index("ix_run_newest", "laboratory_id", "imported_at"),
    )

    worksheet_id: UUID = Field(foreign_key="worksheet.id", ondelete="RESTRICT")
    file_id: UUID = Field(foreign_key="instrument_file.id", ondelete="RESTRICT")
    status: RunStatus = Field(sa_type=EnumValue(RunStatus))
    imported_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    imported_at: datetime
    repeat_reason: str | None = Field(default=None, sa_type=Text)
    settings_sha256: str = Field(max_length=64, description="Of everything that decided how the file was read.")
    profile_version_id: UUID | None = Field(
        default=None, foreign_key="import_profile_version.id", ondelete="RESTRICT", index=True
    )
    profile: dict[str, Any] = Field(sa_type=JSON)
    accounting: dict[str, Any] = Field(sa_type=JSON)


class Signal(LaboratoryRecord, table=True):
    """One compound in one injection as the instrument reported it; `row` and `column` lead back into the file.

    `response` is None when there is no peak. `raw` keeps every cell of the compound as text, by its address. The
    vendor's concentration stands beside ours and is never used.
    """

    __table_args__ = (UniqueConstraint("run_id", "row", "compound"),)

    run_id: UUID = Field(foreign_key="run.id", ondelete="RESTRICT")
    entry_id: UUID = Field(foreign_key="worksheet_entry.id", ondelete="RESTRICT", index=True)
    analyte: str = Field(max_length=100, description="Code of the library; for an internal standard its name.")
    is_internal_standard: bool = Field(default=False)
    compound: str = Field(max_length=200, description="Name in the vendor's method.")
    row: int
    column: str = Field(max_length=8)
    injection_key: str = Field(max_length=300)
    injection_name: str = Field(max_length=200)
    acquired_at: datetime | None = Field(default=None)
    response: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    retention_time: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    manually_integrated: bool | None = Field(default=None)
    vendor_concentration: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    vendor_unit: str | None = Field(default=None, max_length=20)
    raw: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Calibration(LaboratoryRecord, table=True):
    """校准曲线: the curve of one analyte in one run, recomputed here; `levels` are the standards read back.

    `fitted` says how it was laid and holds every coefficient, so that any response is read from it again; empty in
    older records, whose straight line stands in `slope` and `intercept`: these two stay, for the audit trail of those
    records tells them, and a record must equal its trail.
    """

    __table_args__ = (UniqueConstraint("run_id", "analyte"),)

    run_id: UUID = Field(foreign_key="run.id", ondelete="RESTRICT")
    analyte: str = Field(max_length=100)
    weighting: str = Field(max_length=10)
    slope: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    intercept: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    r: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    relative_standard_error_percent: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    lowest: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    highest: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    unit: str = Field(max_length=20)
    fitted: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    levels: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    is_accepted: bool
    reasons: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)


#: Checks that failed, in the very words of their index.
FAILED = text("verdict = 'fail'")


class BatchCheck(LaboratoryRecord, table=True):
    """质控检查: one check of one analyte in one run, on a position or on the batch as a whole."""

    __tablename__ = "qc_check"
    __table_args__ = (
        Index("ix_qc_check_of_run", "run_id", "analyte"),
        Index("ix_qc_check_failed", "laboratory_id", "run_id", sqlite_where=FAILED, postgresql_where=FAILED),
    )

    run_id: UUID = Field(foreign_key="run.id", ondelete="RESTRICT")
    analyte: str = Field(max_length=100)
    entry_id: UUID | None = Field(default=None, foreign_key="worksheet_entry.id", ondelete="RESTRICT")
    kind: QcCheck = Field(sa_type=EnumValue(QcCheck))
    verdict: QcVerdict = Field(sa_type=EnumValue(QcVerdict))
    value: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    limit_text: str = Field(max_length=60)
    source: str = Field(max_length=200)
    reason: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    limit_used: Decimal | None = Field(default=None, sa_type=ExactDecimal, description="1: the whole of the limit.")
    source_status: SourceStatus | None = Field(default=None, sa_type=EnumValue(SourceStatus))


class QcDecision(LaboratoryRecord, table=True):
    """质控判定: what somebody entitled decided on a check that holds results back, and why.

    A later decision on the same check has a higher `edition`; the highest counts.
    """

    __tablename__ = "qc_decision"
    __table_args__ = (UniqueConstraint("check_id", "edition"), Index("ix_qc_decision_of_run", "run_id"))

    run_id: UUID = Field(foreign_key="run.id", ondelete="RESTRICT")
    check_id: UUID = Field(foreign_key="qc_check.id", ondelete="RESTRICT")
    edition: int
    decision: QcDecisionKind = Field(sa_type=EnumValue(QcDecisionKind))
    reason: str = Field(sa_type=Text)
    decided_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    decided_at: datetime


class LevelDecision(LaboratoryRecord, table=True):
    """校准点剔除: somebody left a standard out of the calibration of one analyte, or took that back, and why.

    A later decision on the same standard has a higher `edition`; the highest counts.
    """

    __tablename__ = "level_decision"
    __table_args__ = (UniqueConstraint("calibration_id", "entry_id", "edition"),)

    calibration_id: UUID = Field(foreign_key="calibration.id", ondelete="RESTRICT")
    entry_id: UUID = Field(foreign_key="worksheet_entry.id", ondelete="RESTRICT")
    edition: int
    is_left_out: bool
    reason: str = Field(sa_type=Text)
    decided_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    decided_at: datetime


class QcPlan(LaboratoryRecord, table=True):
    """质控规则: what batches of a method must meet, in editions; the newest in force on a day counts.

    `rules` are the plain form of `lims.science.quality_control_rules.QcRule`, `calibration` that of
    `lims.runs.calibration_choice.CalibrationChoice` (None: the worksheet's own), `formula` that of
    `lims.science.content_formula.ContentFormula` (None: the usual one), `reporting` that of
    `lims.science.rounding.ReportingRule` (None: the usual one); a worksheet keeps its own copy.
    """

    __tablename__ = "qc_plan"
    __table_args__ = (UniqueConstraint("laboratory_id", "method_code", "edition"),)

    method_code: str = Field(max_length=60)
    edition: int
    effective_on: date
    rules: list[dict[str, Any]] = Field(sa_type=JSON)
    calibration: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    formula: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    reporting: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    reason: str = Field(sa_type=Text)
    set_by: UUID = Field(foreign_key="app_user.id", ondelete="RESTRICT")
    set_at: datetime


class Measurement(LaboratoryRecord, table=True):
    """What was measured of an analyte in a sample: the amount, or the reasons why none may be given.

    `factors` holds every number of the calculation with its unit; `content` is unrounded, in `unit`. `withheld` is the
    amount that nothing but quality control holds back; once accepted it is the amount, with its `reservations`.
    """

    __table_args__ = (UniqueConstraint("run_id", "entry_id", "analyte"),)

    run_id: UUID = Field(foreign_key="run.id", ondelete="RESTRICT")
    entry_id: UUID = Field(foreign_key="worksheet_entry.id", ondelete="RESTRICT")
    sample_id: UUID = Field(foreign_key="sample.id", ondelete="RESTRICT", index=True)
    analyte: str = Field(max_length=100)
    signal_id: UUID | None = Field(default=None, foreign_key="signal.id", ondelete="RESTRICT")
    calibration_id: UUID = Field(foreign_key="calibration.id", ondelete="RESTRICT")
    is_computed: bool
    amount: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    content: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    unit: str = Field(max_length=20)
    limit_of_quantification: Decimal = Field(sa_type=ExactDecimal)
    limit_of_detection: Decimal = Field(sa_type=ExactDecimal)
    factors: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    withheld: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    reservations: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    reasons: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
