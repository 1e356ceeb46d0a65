"""The frozen snapshot of a test report (检验报告快照): everything the renderer may see, already rounded and worded.

Two kinds of nothing are kept apart: an empty text is *missing* (`completeness.missing_elements` refuses it where a
standard asks for it), `NOT_APPLICABLE` ("—") is the composer's statement that the field does not apply to this sample.
"""

import hashlib
import operator
import unicodedata
from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from lims.core.canonical import canonical_bytes
from lims.core.clock import local_day
from lims.documents.phrases import ReportLanguage
from lims.documents.signatures import ALL_SIGNATURES, SignatureField

#: What is printed where a field does not apply.
NOT_APPLICABLE = "—"
#: The name under which the snapshot is attached to its PDF.
ATTACHMENT = "report.json"
#: What the names of attached photos begin with; the SHA-256 of their bytes follows.
PHOTO_PREFIX = "photo-"


def _printable(value: object) -> object:
    """Without what no page and no PDF metadata can carry: control characters and lone surrogates."""
    if not isinstance(value, str):
        return value
    kept = (c for c in value if c == "\n" or unicodedata.category(c) not in {"Cc", "Cs"})
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def _utc(instant: datetime) -> datetime:
    """One spelling per instant, so that equal snapshots have equal bytes."""
    return instant.astimezone(UTC)


Text = Annotated[str, BeforeValidator(_printable)]
Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]


#: Left out of the bytes when there is none, as in the snapshots made before the field existed.
_WHEN_GIVEN = Field(exclude_if=operator.not_)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TemplateRef(_Frozen):
    """Which template, in which state: `templates.template_ref` computes it."""

    family: Name
    version: Name
    sha256: Sha256


class LaboratoryBlock(_Frozen):
    """检验机构. `place_of_activity` is where the tests were done (检测地点), often the address again."""

    name: Text
    address: Text
    phone: Text = NOT_APPLICABLE
    postcode: Text = NOT_APPLICABLE
    place_of_activity: Text


class MarksBlock(_Frozen):
    """The marks the report may carry (资质认定 CMA, 机构考核 CATL); None means: does not carry the mark."""

    cma_number: Text | None = None
    catl_number: Text | None = None
    #: Sentences beneath the marks, for instance why one of them is absent.
    statements: tuple[Text, ...] = ()


class PartyBlock(_Frozen):
    """A client (委托单位) or an inspected party (受检单位)."""

    name: Text
    address: Text = NOT_APPLICABLE
    contact: Text = NOT_APPLICABLE


class SampleBlock(_Frozen):
    """The sample (样品) as page 1 describes it; days are texts, `2026.11.23`."""

    name: Text
    accession: Text  # 样品编号
    original_number: Text = NOT_APPLICABLE  # 原编号
    batch_number: Text = NOT_APPLICABLE  # 批号
    specification: Text = NOT_APPLICABLE  # 规格型号
    trademark: Text = NOT_APPLICABLE  # 商标
    grade: Text = NOT_APPLICABLE  # 等级
    producer: Text = NOT_APPLICABLE  # 生产单位
    producer_address: Text = NOT_APPLICABLE  # 生产单位地址
    sampling_plan: Text = NOT_APPLICABLE  # 抽样任务 / 抽样方案
    sampling_method: Text = NOT_APPLICABLE  # 抽样方法
    sampling_place: Text = NOT_APPLICABLE  # 抽样地点
    samplers: Text = NOT_APPLICABLE  # 抽样人员
    sampled_on: Text = NOT_APPLICABLE  # 抽样日期
    sampling_sheet: Text = NOT_APPLICABLE  # 抽样单编号
    sampling_base: Text = NOT_APPLICABLE  # 抽样基数
    quantity: Text = NOT_APPLICABLE  # 样品数量
    produced_on: Text = NOT_APPLICABLE  # 生产日期
    condition: Text  # 样品特性和状态
    seal_state: Text = NOT_APPLICABLE  # 封样状态
    seal_checker: Text = NOT_APPLICABLE  # 检查封样人员
    received_on: Text  # 接样日期


class ReportLine(_Frozen):
    """One parameter (检验项目). Every text is final; `failing` only makes the template print the row boldly."""

    no: int
    parameter: Text
    unit: Text = NOT_APPLICABLE
    limit: Text = NOT_APPLICABLE  # 标准值, with ≤ where it is one
    result: Text  # 实测值: "0.12", "<0.01", "未检出"
    loq: Text = NOT_APPLICABLE  # 定量限 / 检出限
    method: Text  # 检验依据
    verdict: Text  # 单项结论: 合格, 不合格, 未判定 …
    failing: bool = False
    in_cma: bool = False
    in_catl: bool = False
    #: The result comes from another laboratory (分包): its name and certificate number, ISO/IEC 17025 7.8.2.1 p.
    external: bool = False
    external_provider: Text = NOT_APPLICABLE
    remark: Text = ""


class AnnexLine(_Frozen):
    """Why one parameter was judged as it was (判定说明): the stored sentence of its judgement, word for word."""

    parameter: Text
    verdict: Text
    failing: bool = False
    sentence: Text


class ChangeLine(_Frozen):
    """One value that an amended report changes; `of` is the parameter that it belongs to, empty for the report."""

    of: Text = ""
    field: Text
    old: Text
    new: Text


class AmendmentBlock(_Frozen):
    """更改说明: what an amended report replaces, why, and every value that it changes (ISO/IEC 17025:2017, 7.8.8).

    Without `changes` every value is as it was: then only the layout or what stands around the values was changed.
    """

    replaces: Text
    replaced_on: Text
    reason: Text
    changes: tuple[ChangeLine, ...] = ()


class RetestLine(_Frozen):
    """A parameter as the first report (初检) gave it and as the retest found it; `outcome`: confirmed or replaced."""

    parameter: Text
    first_result: Text
    first_verdict: Text
    result: Text
    verdict: Text
    outcome: Text
    failing: bool = False


class RetestBlock(_Frozen):
    """复检: the report whose sample was tested again, who made it, and on whose decision.

    The law's words are in 农产品质量安全法, 第五十一条.
    """

    report: Text
    body: Text
    issued_on: Text
    decision: Text
    statement: Text
    lines: tuple[RetestLine, ...]


class UncertaintyLine(_Frozen):
    """The expanded uncertainty (扩展不确定度) of one result, k = 2, in its unit and as a part of it."""

    parameter: Text
    result: Text
    unit: Text
    uncertainty: Text
    relative: Text


class CalibrationBlock(_Frozen):
    """The calibration (校准) behind the results of one analyte; points are numbers as text, of a drawing only.

    `facts` are names with values, such as the equation of the curve; `source` says where the raw data are.
    """

    analyte: Text
    facts: tuple[tuple[Text, Text], ...]
    x_title: Text
    y_title: Text
    standards: tuple[tuple[Text, Text, bool], ...]
    samples: tuple[tuple[Text, Text], ...] = ()
    curve: tuple[tuple[Text, Text], ...] = ()
    source: Text = ""


class PhotoBlock(_Frozen):
    """A photo (照片) of the sample or of its sampling; the picture itself is attached to the PDF under its hash."""

    caption: Text
    at: Instant
    sha256: Sha256

    @property
    def attachment(self) -> str:
        """The name of the attached file."""
        return f"{PHOTO_PREFIX}{self.sha256}.jpg"


class Signatory(_Frozen):
    """Who did one of the three acts, and when."""

    name: Text
    at: Instant
    #: Of the certificate (DER) that the act is signed with; "" in reports that the laboratory alone signed.
    certificate_sha256: Annotated[Sha256 | Literal[""], Field(exclude_if=operator.not_)] = ""


class PeopleBlock(_Frozen):
    """编制, 审核, 批准: three acts of three people."""

    compiled_by: Signatory
    reviewed_by: Signatory
    approved_by: Signatory


class ReportSnapshot(_Frozen):
    """One test report, frozen. Elements: ISO/IEC 17025:2017 7.8.2.1; layout: the national report templates."""

    schema_version: Literal[1] = 1
    template: TemplateRef
    language: ReportLanguage = ReportLanguage.CHINESE
    number: Text  # 报告编号
    copy_name: Text = "正本"
    verification_url: Text
    issued_at: Instant
    laboratory: LaboratoryBlock
    marks: MarksBlock = MarksBlock()
    title: Text = "检验报告"
    category: Text  # 检验类别: 监督抽查, 例行监测, 委托检验 …
    client: PartyBlock
    inspected_party: PartyBlock
    sample: SampleBlock
    tested_on: Text  # 检验日期, one day or a span
    test_items: Text = NOT_APPLICABLE  # 检测项目, for instance "农药残留等 60 项（见检验结果页）"
    methods: tuple[Text, ...]  # 检验依据
    judgement_standards: tuple[Text, ...]  # 判定依据
    instruments: tuple[Text, ...] = ()  # 主要仪器
    environment: Text = NOT_APPLICABLE  # 检验环境
    #: Additions to, deviations or exclusions from the method, ISO/IEC 17025 7.8.2.1 n; "无" when there are none.
    deviations: Text = "无"
    conclusion: Text  # 检验结论, sentences
    #: The overall verdict as a code for programs, for instance `conforms`; the page prints `conclusion`.
    verdict: Text
    lines: tuple[ReportLine, ...]
    #: 注意事项, the laboratory's own sentences in their order.
    notes: tuple[Text, ...]
    #: "The results relate only to the items tested", ISO/IEC 17025 7.8.2.1 l.
    scope_statement: Text
    #: What the * beside a parameter means; "" when every line is in the scope of every mark carried.
    out_of_scope_statement: Text = ""
    remarks: tuple[Text, ...] = ()  # 备注, for instance a use violation
    people: PeopleBlock
    #: 判定规则 behind the verdicts, ISO/IEC 17025 7.8.6.2; "" where nothing was judged and in snapshots from before.
    decision_rule: Annotated[Text, _WHEN_GIVEN] = ""
    #: The number of the report that this one replaces.
    replaces: Text | None = None
    #: Signed with the development key: the report says loudly that it has no force.
    development_ca: bool
    #: 附录 判定说明, on request.
    annex: Annotated[tuple[AnnexLine, ...], _WHEN_GIVEN] = ()
    #: 附录 on request: 测量不确定度, 校准曲线, 照片.
    uncertainties: Annotated[tuple[UncertaintyLine, ...], _WHEN_GIVEN] = ()
    calibrations: Annotated[tuple[CalibrationBlock, ...], _WHEN_GIVEN] = ()
    photos: Annotated[tuple[PhotoBlock, ...], _WHEN_GIVEN] = ()
    #: 更改说明 of a report that replaces another.
    amendment: Annotated[AmendmentBlock | None, _WHEN_GIVEN] = None
    #: 复检: what was tested again.
    retest: Annotated[RetestBlock | None, _WHEN_GIVEN] = None
    #: 告知: what follows from a screening result, and how to object to it.
    rights: Annotated[tuple[Text, ...], _WHEN_GIVEN] = ()
    #: The signatures that the file must carry, `ALL_SIGNATURES`; () in snapshots from before: the seal alone.
    signatures: Annotated[tuple[SignatureField, ...], _WHEN_GIVEN] = ()
    #: Whether a timestamp over the whole file comes after them.
    timestamped: Annotated[bool, _WHEN_GIVEN] = False
    #: Whether the results are attached as a table as well (`results_file`); False in snapshots from before.
    has_results_file: Annotated[bool, _WHEN_GIVEN] = False

    @model_validator(mode="after")
    def _signed_by_all_or_by_the_seal_alone(self) -> Self:
        if self.signatures not in ((), ALL_SIGNATURES) or (self.timestamped and not self.signatures):
            raise ValueError("a report is signed by three people and the laboratory, or by the laboratory alone")
        return self

    @property
    def expected_signatures(self) -> tuple[SignatureField, ...]:
        """The signatures that the file must carry, in their order."""
        return self.signatures or (SignatureField.SEAL,)

    @property
    def issued_on(self) -> date:
        """签发日期, the day in China."""
        return local_day(self.issued_at)

    def is_out_of_scope(self, line: ReportLine) -> bool:
        """Does the line need a *: is it outside the scope of a mark that the report carries?"""
        outside_cma = self.marks.cma_number is not None and not line.in_cma
        outside_catl = self.marks.catl_number is not None and not line.in_catl
        return outside_cma or outside_catl

    def canonical_bytes(self) -> bytes:
        """The one spelling of this snapshot: JSON, keys sorted, no blanks, UTF-8."""
        return canonical_bytes(self.model_dump(mode="json"))

    @property
    def sha256(self) -> str:
        """Of `canonical_bytes`, hexadecimal."""
        return hashlib.sha256(self.canonical_bytes()).hexdigest()

    @property
    def short_sha256(self) -> str:
        """The beginning of `sha256` as every page prints it, in groups of four."""
        return " ".join(self.sha256[i : i + 4] for i in range(0, 16, 4))
