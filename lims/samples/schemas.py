"""JSON of samples. Two views: the whole sample, and what the bench may know of it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from lims.core.patterns import REGION_CODE, SAMPLE_NUMBER
from lims.samples.rules import (
    BasisKind,
    Programme,
    SampleStatus,
    SealState,
    Stage,
    TestStatus,
)
from lims.samples.tables import AssignedTest, Sample
from lims.web.fields import DecimalText, Input, Output
from lims.web.texts import Text20, Text40, Text60, Text100, Text200, Text300, Text1000

ALL_WORDS = frozenset({"all", "全部", "ALL"})


def _parameters(value: Any) -> Any:
    """`全部` is all; a list may come as one text from a spreadsheet."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str) and value[0] in ALL_WORDS:
        return "all"
    return "all" if isinstance(value, str) and value in ALL_WORDS else value


def _test(value: Any) -> Any:
    """A plain name is a parameter; `name@method` names its method too."""
    if isinstance(value, str):
        parameter, _, method = value.partition("@")
        return {"parameter": parameter.strip(), **({"method": method.strip()} if method.strip() else {})}
    return value


def _positive(value: Decimal) -> Decimal:
    if not value.is_finite() or value <= 0:
        raise ValueError("give a number above 0")
    return value


def _first_results(value: Any) -> Any:
    """`克百威=0.12 mg/kg 不合格`: a parameter, what was found, and the verdict; one in a line or in a list."""
    if isinstance(value, str):
        value = [line for line in value.splitlines() if line.strip()]
    return [_first_result(one) if isinstance(one, str) else one for one in value] if isinstance(value, list) else value


def _first_result(text: str) -> Any:
    parameter, _, told = text.replace("＝", "=").partition("=")
    for word, fails in (("不合格", True), ("合格", False)):
        if told.strip().endswith(word):
            return {
                "parameter": parameter.strip(),
                "result": told.strip().removesuffix(word).rstrip("，,； "),
                "fails": fails,
            }
    raise ValueError("write a first result as 克百威=0.12 mg/kg 不合格")


def _each_once(value: list[str]) -> list[str]:
    return list(dict.fromkeys(value))


def _or_none(value: list[Any] | None) -> list[Any]:
    """Older samples have no list: of the time before standards could be declared, or first results be told."""
    return value or []


class TestOrder(Input):
    """A parameter, and its method when it is not to be chosen from the scope."""

    __test__ = False

    parameter: Text100 = Field(examples=["克百威"])
    method: Text60 | None = Field(default=None, examples=["GB 23200.121-2026"])


Tests = Annotated[
    Literal["all"] | Annotated[list[Annotated[TestOrder, BeforeValidator(_test)]], Field(min_length=1, max_length=500)],
    BeforeValidator(_parameters),
]


class FirstResult(Input):
    """What the first report found of a parameter that is tested again, and whether it failed."""

    parameter: Text100 = Field(examples=["克百威"])
    result: Text60 = Field(examples=["0.12 mg/kg"])
    fails: bool = Field(examples=[True])


FirstResults = Annotated[list[FirstResult], BeforeValidator(_first_results)]
Declared = Annotated[list[Text100], AfterValidator(_each_once)]


class SampleOrder(Input):
    """A sampling sheet (抽样单) as it came with the sample."""

    number: str | None = Field(
        default=None, pattern=SAMPLE_NUMBER, description="Left out: the laboratory's next number."
    )
    product_name: Text100 = Field(examples=["豇豆"], description="Name as sold.")
    food: Text100 | None = Field(default=None, description="Food of GB 2763; the product name when left out.")
    programme: Programme
    stage: Stage
    client: Text200 = Field(examples=["播州区农业农村局"])
    client_address: Text300 = Field(examples=["遵义市播州区南白街道"], description="ISO/IEC 17025, 7.8.2.1 e.")
    inspected_party: Text200 = Field(examples=["绿源蔬菜专业合作社"])
    inspected_address: Text300 | None = None
    producer: Text200 | None = None
    producer_address: Text300 | None = None
    trademark: Text100 | None = None
    specification: Text100 | None = None
    grade: Text40 | None = None
    batch_number: Text60 | None = None
    region_code: str = Field(pattern=REGION_CODE, examples=["520304"], description="Where it was drawn.")
    place: Text300 = Field(examples=["南白街道龙山村"])
    sampled_on: date
    sampling_sheet_number: Text60 = Field(examples=["CY2026-0117"], description="Unique in the laboratory.")
    samplers: Text100 = Field(examples=["李明、王芳"])
    sampling_method: Text100 | None = Field(default=None, examples=["NY/T 789-2004"])
    base_quantity: Text60 | None = Field(default=None, examples=["500 kg"])
    quantity: Annotated[DecimalText, AfterValidator(_positive)] = Field(examples=["3.0"])
    quantity_unit: Text20 = Field(examples=["kg"])
    basis_on: date = Field(description="The day whose limits decide.")
    basis_kind: BasisKind
    declared: Declared = Field(
        default_factory=list, max_length=10, description="Standards it claims to meet besides the law, without a year."
    )
    parameters: Tests = Field(examples=["all", ["克百威", {"parameter": "氧乐果", "method": "GB 23200.121-2026"}]])
    retest_of: Text60 | None = Field(
        default=None, examples=["AS2026000812"], description="复检: the number of the first report."
    )
    retest_body: Text200 | None = Field(default=None, description="The laboratory that made the first report.")
    retest_on: date | None = Field(default=None, description="The day of the first report.")
    retest_decision: Text300 | None = Field(
        default=None, description="Who objected when, and who decided that it is tested again."
    )
    retest_results: FirstResults = Field(default_factory=list, max_length=500, description="What was found first.")
    remark: Text1000 | None = None


class Receipt(Input):
    """How a sample arrived."""

    version: int | None = Field(default=None, description="The version that was looked at.")
    condition: Text200 = Field(examples=["新鲜，包装完好"])
    seal: SealState
    temperature_c: DecimalText | None = Field(default=None, examples=["4.5"])
    note: Text1000 | None = Field(default=None, description="A deviation and what the client was told of it.")


class AssignedTestOut(Output):
    """One parameter by one method."""

    id: UUID
    version: int
    parameter: str
    method_code: str
    status: TestStatus
    out_of_scope: bool


class SampleOut(Output):
    """The whole sample with its tests."""

    view: Literal["whole"] = "whole"
    id: UUID
    version: int
    laboratory_id: UUID
    number: str
    blind_code: str
    status: SampleStatus
    product_name: str
    food: str
    programme: Programme
    stage: Stage
    client: str
    client_address: str | None
    inspected_party: str
    inspected_address: str | None
    producer: str | None
    producer_address: str | None
    trademark: str | None
    specification: str | None
    grade: str | None
    batch_number: str | None
    region_code: str
    place: str
    sampled_on: date
    sampling_sheet_number: str
    samplers: str
    sampling_method: str | None
    base_quantity: str | None
    quantity: DecimalText
    quantity_unit: str
    basis_on: date
    basis_kind: BasisKind
    declared: Annotated[list[str], BeforeValidator(_or_none)]
    retest_of: str | None
    retest_body: str | None
    retest_on: date | None
    retest_decision: str | None
    retest_results: Annotated[list[FirstResult], BeforeValidator(_or_none)]
    registered_at: AwareDatetime
    received_at: AwareDatetime | None
    condition: str | None
    seal_state: str | None
    temperature_c: DecimalText | None
    remark: str | None
    tests: list[AssignedTestOut]

    @classmethod
    def of(cls, sample: Sample, tests: Sequence[AssignedTest | AssignedTestOut]) -> "SampleOut":
        """The sample with its tests in the order of their parameters."""
        return cls(**_facts(cls, sample), tests=_tests(tests))


class BenchSampleOut(Output):
    """What the bench knows: the blind code, the food and the tests; not whose it is, whence, nor its number."""

    view: Literal["bench"] = "bench"
    version: int
    blind_code: str
    status: SampleStatus
    food: str
    quantity: DecimalText
    quantity_unit: str
    received_at: AwareDatetime | None
    condition: str | None
    temperature_c: DecimalText | None
    tests: list[AssignedTestOut]

    @classmethod
    def of(cls, sample: Sample, tests: Sequence[AssignedTest]) -> "BenchSampleOut":
        """The blinded sample with its tests in the order of their parameters."""
        return cls(**_facts(cls, sample), tests=_tests(tests))


def _facts(model: type[Output], sample: Sample) -> dict[str, Any]:
    return {name: getattr(sample, name) for name in model.model_fields if name not in {"view", "tests"}}


def _tests(tests: Sequence[AssignedTest | AssignedTestOut]) -> list[AssignedTestOut]:
    ordered = sorted(tests, key=lambda test: test.parameter)
    return [AssignedTestOut.model_validate(test) for test in ordered]


class FaultOut(Output):
    """A fault of a spreadsheet at its row and column."""

    row: int | None
    column: str | None
    code: str
    text: str


class ImportOut(Output):
    """What an import registered, and what it left out (only when it was told to take the good rows)."""

    registered: list[str]
    faults: list[FaultOut]


class LabelsIn(Input):
    """The samples to print labels for."""

    numbers: list[Text40] = Field(min_length=1, max_length=200, examples=[["QBZ-2026-000001"]])
    kind: Literal["counter", "bench"] = "bench"
