"""JSON of worksheets and runs."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, model_validator

from lims.runs.cells import DateOrder, DecimalMark
from lims.runs.column_map_schemas import ColumnMapIn
from lims.runs.profile import ImportProfile, InjectionType, NameRule, Response, TextEncoding
from lims.runs.quality_plan import STARTING_PLAN, QualityPlan
from lims.runs.rules import EntryKind, RunStatus, WorksheetStatus
from lims.runs.service import EntryOrder, WorksheetOrder
from lims.science.calibration import FEWEST_LEVELS, Weighting
from lims.science.calibration_curve import CalibrationModel, Origin
from lims.science.quality_control import QcCheck, QcVerdict, SourceStatus
from lims.science.units import UnitCode
from lims.web.fields import DecimalText, Input, Output
from lims.web.texts import Text40, Text60, Text100, Text200


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise ValueError("write a time zone as Asia/Shanghai") from fault
    return name


def _values(body: Input, *but: str) -> dict[str, Any]:
    """The fields as values: dumping would turn decimals into text."""
    return {name: getattr(body, name) for name in type(body).model_fields if name not in but}


class QualityPlanIn(Input):
    """What the batch must meet. Percentages are relative; a criterion left null is not asked."""

    source: Text200 = Field(examples=[STARTING_PLAN.source], description="The text that sets these limits.")
    weighting: Weighting = Weighting.INVERSE_X
    fewest_levels: int = Field(default=5, ge=FEWEST_LEVELS, le=20)
    least_r: DecimalText | None = Field(default=STARTING_PLAN.least_r, examples=["0.990"])
    level_deviation_percent: DecimalText | None = Field(default=STARTING_PLAN.level_deviation_percent)
    blank_fraction: DecimalText | None = Field(
        default=STARTING_PLAN.blank_fraction, description="Of the limit of quantification."
    )
    duplicate_difference_percent: DecimalText | None = Field(default=STARTING_PLAN.duplicate_difference_percent)
    recovery_low_percent: DecimalText = STARTING_PLAN.recovery_low_percent
    recovery_high_percent: DecimalText = STARTING_PLAN.recovery_high_percent
    retention_time_tolerance_min: DecimalText | None = STARTING_PLAN.retention_time_tolerance_min
    ion_ratio_tolerance_percent: DecimalText | None = STARTING_PLAN.ion_ratio_tolerance_percent

    def to_plan(self) -> QualityPlan:
        """The plan as a value."""
        return QualityPlan(**_values(self))


def _no_formula(label: str) -> str:
    # The sequence is handed out as a text table, which people open in a spreadsheet on its way to the instrument.
    if label.startswith(("=", "+", "-", "@")):
        raise ValueError("do not begin it with =, +, - or @: a spreadsheet would calculate it")
    return label


class EntryIn(Input):
    """One position. Portion, volume and dilution are the worksheet's where they are left out."""

    kind: EntryKind
    label: Annotated[Text100, AfterValidator(_no_formula)] = Field(
        examples=["7K2MXQ4HC"], description="Name in the sequence; of a sample its blind code."
    )
    parent: Text100 | None = Field(default=None, description="The sample that a duplicate or spike is made from.")
    nominal_concentration: DecimalText | None = Field(default=None, description="Of a standard.")
    spiked_content: DecimalText | None = Field(default=None, description="Added to a spike, in the result unit.")
    test_portion: DecimalText | None = None
    final_volume: DecimalText | None = None
    dilution: DecimalText | None = None
    moisture_percent: DecimalText | None = Field(default=None, description="H in the formula of the method.")
    standard_concentration: DecimalText | None = Field(
        default=None, description="Of the internal standard in the measured solution, where it differs."
    )


class WorksheetIn(Input):
    """A new worksheet."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "method_code": "GB 23200.121-2026",
                    "instrument_code": "LCMS-01",
                    "matrix_group": "叶菜类",
                    "test_portion": "10.00",
                    "final_volume": "10.0",
                    "entries": [
                        {"kind": "calibration_standard", "label": "Cal-1", "nominal_concentration": "5"},
                        {"kind": "blank", "label": "Blank-1"},
                        {"kind": "sample", "label": "7K2MXQ4HC"},
                        {"kind": "matrix_spike", "label": "Spike-1", "parent": "7K2MXQ4HC", "spiked_content": "0.05"},
                    ],
                }
            ]
        }
    )

    method_code: Text60
    instrument_code: Text40
    matrix_group: Text100
    test_portion: DecimalText
    final_volume: DecimalText
    dilution: DecimalText = Decimal(1)
    concentration_unit: UnitCode = UnitCode.UG_PER_L
    test_portion_unit: UnitCode = UnitCode.G
    final_volume_unit: UnitCode = UnitCode.ML
    result_unit: UnitCode = UnitCode.MG_PER_KG
    quality_plan: QualityPlanIn | None = Field(default=None, description="The laboratory's starting plan if left out.")
    entries: list[EntryIn] = Field(min_length=1, max_length=500)

    def to_order(self) -> WorksheetOrder:
        """The order as a value."""
        plain = _values(self, "entries", "quality_plan")
        return WorksheetOrder(
            **plain,
            quality_plan=STARTING_PLAN if self.quality_plan is None else self.quality_plan.to_plan(),
            entries=tuple(EntryOrder(**_values(entry)) for entry in self.entries),
        )


class EntryOut(Output):
    """One position, without anything that tells whose sample it is."""

    id: UUID
    position: int
    kind: EntryKind
    label: str
    parent: str | None
    nominal_concentration: DecimalText | None
    spiked_content: DecimalText | None
    test_portion: DecimalText
    final_volume: DecimalText
    dilution: DecimalText
    moisture_percent: DecimalText | None
    standard_concentration: DecimalText | None


class WorksheetSummary(Output):
    """A worksheet in a list."""

    id: UUID
    version: int
    number: str
    method_code: str
    matrix_group: str
    status: WorksheetStatus
    created_at: AwareDatetime


class WorksheetOut(WorksheetSummary):
    """A worksheet with its positions."""

    instrument_code: str
    concentration_unit: UnitCode
    test_portion_unit: UnitCode
    final_volume_unit: UnitCode
    result_unit: UnitCode
    quality_plan: dict[str, Any]
    entries: list[EntryOut]


class WaitingSample(Output):
    """A sample that waits for a method, by its blind code."""

    blind_code: str
    food: str
    received_at: AwareDatetime | None


class NameRuleIn(Input):
    """Injections whose name fits the pattern (`*`, `?`) are of this type."""

    pattern: Text60 = Field(examples=["*BLK*"])
    type: InjectionType


class ProfileIn(Input):
    """What a person has decided about the files of an instrument; nothing of it is guessed."""

    concentration_unit: Text40 | Literal[""] = Field(
        default="", examples=["μg/L"], description="Of the concentrations whose unit the file does not state."
    )
    encoding: TextEncoding | None = Field(default=None, description="Of text that is neither UTF-8 nor UTF-16.")
    decimal_mark: DecimalMark = DecimalMark.POINT
    grouping_mark: Annotated[str, Field(pattern=r"^[ .,']$")] | None = None
    date_order: DateOrder = DateOrder.YEAR_MONTH_DAY
    time_zone: Annotated[str, Field(max_length=60), AfterValidator(_time_zone)] = "Asia/Shanghai"
    response: Response = Response.AREA
    analyte_aliases: dict[Text200, Text100] = Field(
        default={}, max_length=2000, examples=[{"Carbofuran-3OH": "3-羟基克百威"}]
    )
    internal_standards: frozenset[Text200] = Field(default=frozenset(), max_length=200)
    internal_standard: Text200 | None = Field(default=None, description="Every response is divided by its response.")
    type_mapping: dict[Text60, InjectionType] = Field(default={}, max_length=200)
    name_rules: list[NameRuleIn] = Field(default=[], max_length=200)
    reader: Text40 | Literal[""] = Field(default="", description="How the file is read; empty: by what is in it.")
    mapping: ColumnMapIn | None = Field(default=None, description="The columns of any other table.")

    @model_validator(mode="after")
    def _marks_differ(self) -> Self:
        if self.grouping_mark == self.decimal_mark.value:
            raise ValueError("the grouping mark cannot be the decimal mark")
        return self

    def to_profile(self) -> ImportProfile:
        """The profile as a value."""
        plain = _values(self, "time_zone", "name_rules", "mapping")
        return ImportProfile(
            **plain,
            time_zone=ZoneInfo(self.time_zone),
            mapping=None if self.mapping is None else self.mapping.to_map(),
            name_rules=tuple(NameRule(rule.pattern, rule.type) for rule in self.name_rules),
        )


class ReasonOut(Output):
    """A reason."""

    code: str
    text: str
    where: dict[str, Any]


class CalibrationOut(Output):
    """A calibration of one analyte. `slope` and `intercept` are those of a straight line, else null."""

    id: UUID | None = Field(default=None, description="None in a preview.")
    version: int | None = Field(default=None, description="To be sent with a decision on one of its standards.")
    analyte: str
    model: CalibrationModel
    origin: Origin
    weighting: str
    equation: str
    coefficients: dict[str, DecimalText]
    internal_standard: str | None
    is_matrix_matched: bool | None
    r_squared: DecimalText | None
    residual_sd: DecimalText | None
    vendor_curve: dict[str, Any] | None = Field(description="What the file says of the curve of its own program.")
    slope: DecimalText | None
    intercept: DecimalText | None
    r: DecimalText | None
    relative_standard_error_percent: DecimalText | None
    lowest: DecimalText | None
    highest: DecimalText | None
    unit: str
    levels: Sequence[dict[str, Any]]
    is_accepted: bool
    reasons: Sequence[ReasonOut]


class CheckOut(Output):
    """A check of one analyte."""

    id: UUID | None = Field(default=None, description="None in a preview.")
    analyte: str
    position: str | None
    kind: QcCheck
    verdict: QcVerdict
    value: DecimalText | None
    limit_text: str
    source: str
    reason: ReasonOut | None
    source_status: SourceStatus | None = None


class AmountOut(Output):
    """What is said of an analyte in a sample; `amount` is null when nothing may be said, and `reasons` say why."""

    label: str
    analyte: str
    amount: dict[str, str] | None
    reasons: Sequence[ReasonOut]


class MeasuredOut(AmountOut):
    """An amount with its way back to the file."""

    id: UUID
    content: DecimalText | None
    unit: str
    limit_of_quantification: DecimalText
    limit_of_detection: DecimalText
    factors: dict[str, Any]
    row: int
    column: str
    analysed_on: date
    reservations: list[dict[str, Any]] = Field(default_factory=list, description="What it was accepted in spite of.")


class PreviewOut(Output):
    """All that an import would do. It is refused while there are hindrances, or doubts unless only good rows count."""

    sha256: str
    reader: str
    reader_version: str
    can_be_imported: bool
    hindrances: list[ReasonOut]
    doubts: list[ReasonOut]
    accounting: dict[str, Any]
    calibrations: list[CalibrationOut]
    checks: list[CheckOut]
    amounts: list[AmountOut]


class RunOut(Output):
    """A run."""

    id: UUID
    version: int
    worksheet: str
    status: RunStatus
    imported_at: AwareDatetime
    repeat_reason: str | None
    file_name: str
    file_sha256: str
    reader: str
    reader_version: str
    profile_version_id: UUID | None
    sum: str


class FileOut(Output):
    """What a file holds, and what becomes of every row of it."""

    format: str = Field(description="Program and layout that the file was recognised as.")
    reader: str
    encoding: str
    injections: int
    analytes: int = Field(description="Compounds of the file, internal standards among them.")
    internal_standards: int
    records: int = Field(description="One for each compound and transition of each injection.")
    accounting: dict[str, int]
    messages: list[ReasonOut]
    lines: list[dict[str, Any]] | None = Field(default=None, description="The records, where they were asked for.")
    run: RunOut | None = None


class RunDetail(RunOut):
    """A run with its accounting, calibrations, checks and amounts."""

    profile: dict[str, Any]
    accounting: dict[str, Any]
    calibrations: list[CalibrationOut]
    checks: list[CheckOut]
    amounts: list[MeasuredOut]


class SignalOut(Output):
    """What the instrument reported of a compound in an injection."""

    id: UUID
    analyte: str
    is_internal_standard: bool
    compound: str
    row: int
    column: str
    injection_name: str
    acquired_at: AwareDatetime | None
    response: DecimalText | None
    retention_time: DecimalText | None
    manually_integrated: bool | None
    vendor_concentration: DecimalText | None
    vendor_unit: str | None
    raw: dict[str, Any]
