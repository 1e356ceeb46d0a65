"""JSON of reports, in and out."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from lims.core.patterns import REGION_CODE
from lims.documents.log_forms import LogAct
from lims.documents.phrases import ReportLanguage
from lims.limits.verdicts import Overall
from lims.people.schemas import AuthenticationIn
from lims.reports import checks
from lims.reports.distribution_rules import ReceiptForm, Way
from lims.reports.rules import Layout, ReportStatus
from lims.web.fields import Input, Output
from lims.web.texts import Text100, Text200, Text500

Why = Annotated[Text500, Field(examples=["The batch number of the sample was misread."])]


Deviations = Annotated[
    Text500 | None,
    Field(
        description="Deviations from the methods, additions and exclusions that no record tells; printed as written.",
        examples=["样品量不足，平行测定一份。"],
    ),
]


class CompileIn(Input):
    """The sample whose report is to be compiled, and how: with an annex that explains its judgement, in a language."""

    sample: str = Field(max_length=30, description="Accession number.", examples=["LA-2026-000001"])
    annex: bool = Field(default=False, description="With the explanation of each judgement as an annex (附录).")
    language: ReportLanguage = Field(
        default=ReportLanguage.CHINESE,
        description="zh: Chinese, en: English, bilingual: both (中英对照).",
        examples=["bilingual"],
    )

    notice: bool = Field(
        default=False,
        description="As a notice of risk-monitoring results (风险监测结果通知): without limits, verdicts and marks.",
    )

    uncertainty: bool = Field(default=False, description="With the measurement uncertainty as an annex.")
    calibration: bool = Field(default=False, description="With the drawings of the calibrations as an annex.")
    photos: bool = Field(default=False, description="With the photos of the sample as an annex.")
    deviations: Deviations = None

    @property
    def layout(self) -> Layout:
        """How the report is to be made."""
        chosen = (self.annex, self.language, self.notice, self.uncertainty, self.calibration, self.photos)
        return Layout(*chosen, stated=self.deviations)


class CompileSignedIn(CompileIn):
    """The same with who compiles it."""

    authentication: AuthenticationIn


class SignedIn(Input):
    """The version of the report that was looked at, and who reviews or approves it."""

    version: int
    authentication: AuthenticationIn


class VersionIn(Input):
    """The version of the report that was looked at."""

    version: int


class AnnexIn(Input):
    """The version of the draft that was looked at, and which annexes it shall carry."""

    version: int
    annex: bool = Field(description="The explanations of its judgement.")
    uncertainty: bool = Field(default=False, description="The measurement uncertainty.")
    calibration: bool = Field(default=False, description="The drawings of the calibrations.")
    photos: bool = Field(default=False, description="The photos of the sample.")


class ReasonIn(Input):
    """A version and why."""

    version: int
    reason: Why


class StatedIn(Input):
    """What the compiler of an amended report states of deviations, on its page."""

    deviations: Deviations = None


class ReplaceIn(Input):
    """Why a report is amended, and who compiles the new one.

    `deviations` that are left out are those of the report that is amended; null states none.
    """

    reason: Why
    deviations: Deviations = None
    authentication: AuthenticationIn

    def layout_after(self, old: Layout) -> Layout:
        """How the amended report is to be made, the one before being made like this."""
        return replace(old, stated=self.deviations) if "deviations" in self.model_fields_set else old


class RetrievalIn(Input):
    """What issued reports are looked for by; what is left out limits nothing. Texts: every word is contained."""

    number: Text100 | None = Field(default=None, description="Of the report, the sample or the sampling sheet.")
    party: Text100 | None = Field(default=None, examples=["绿源"], description="Inspected party or client.")
    producer: Text100 | None = Field(default=None, examples=["龙山村"])
    product: Text100 | None = Field(default=None, examples=["豇豆"])
    region: str | None = Field(default=None, pattern=REGION_CODE, description="Where it was sampled, or below.")
    verdict: Overall | None = None
    status: Literal["issued", "replaced", "withdrawn"] | None = None
    laboratory: UUID | None = None
    issued_from: date | None = None
    issued_until: date | None = None


class HandoutIn(Input):
    """发放登记: to whom a report was handed out, how, when, in how many copies."""

    recipient: Text100 = Field(examples=["王建国"], description="Who got it.")
    organisation: Text200 | None = Field(default=None, examples=["绿源蔬菜专业合作社"])
    way: Way = Field(examples=["paper"])
    copies: int = Field(default=1, ge=1, le=99)
    handed_on: date = Field(examples=["2026-11-23"])
    remark: Text500 | None = Field(default=None, examples=["自取，已签收"])


class ToldIn(Input):
    """The version of the entry that was looked at, and how the recipient was told."""

    version: int
    how: Text500 = Field(examples=["电话告知，已发送更改后的报告"])


class HandoutOut(Output):
    """An entry of the distribution log."""

    id: UUID
    version: int
    recipient: str
    organisation: str | None
    way: Way
    copies: int
    handed_on: date
    remark: str | None
    noted_by: UUID
    noted_at: AwareDatetime
    told_by: UUID | None = Field(description="Who told the recipient that the report was replaced or withdrawn.")
    told_at: AwareDatetime | None
    told_how: str | None


class ReceiptOut(Output):
    """A download by somebody who was signed in."""

    form: ReceiptForm
    pdf_sha256: str | None
    person: str
    organisation: str | None
    at: AwareDatetime


class DistributionOut(Output):
    """Where a report went, the newest first."""

    handouts: list[HandoutOut]
    receipts: list[ReceiptOut]


class ReportOut(Output):
    """A report; `number` is taken at approval, `pdf_sha256` appears when the signed file is ready."""

    id: UUID
    version: int
    sample: str = Field(description="Accession number; for the bench, the blind code.")
    sample_name: str
    number: str | None
    status: ReportStatus
    revision: int
    replaces_id: UUID | None
    change_reason: str | None
    annex: bool = Field(description="The report carries the explanations of its judgement as an annex.")
    annexes: str = Field(description="Its further annexes: uncertainty, calibration, photos; parted by blanks.")
    language: ReportLanguage
    notice: bool = Field(description="It tells the results of risk monitoring, without verdicts.")
    stated_deviations: str | None = Field(description="What the compiler states; null for the bench.")
    deviations: str | None = Field(
        description="All that it says of deviations from the methods, a line for each; null when there are none."
    )
    compiled_by: UUID
    compiled_at: AwareDatetime
    reviewed_by: UUID | None
    reviewed_at: AwareDatetime | None
    approved_by: UUID | None
    issued_at: AwareDatetime | None
    verification_token: str | None
    snapshot_sha256: str | None
    pdf_sha256: str | None
    signed_at: AwareDatetime | None
    render_error: str | None = Field(description="Why it could not be drawn and signed, in words.")
    render_fault: str | None = Field(default=None, description="The code of that reason, for programs.")
    sent_back_reason: str | None
    withdrawn_at: AwareDatetime | None
    withdrawal_reason: str | None


class RetestOut(Output):
    """复检: a report of another laboratory, in force, that retested this one."""

    number: str
    laboratory: str
    issued_on: date


class RetestSeenOut(RetestOut):
    """The same for who is signed in."""

    is_readable: bool = Field(description="Whether it can be read under /api/reports/{number} by who asks.")


class OneReportOut(ReportOut):
    """A report with what came of it elsewhere."""

    retests: list[RetestSeenOut] = Field(description="Retest reports that name it, in force; the oldest first.")


class CheckOut(Output):
    """One check; `unknown`: it was not reached, or could not be made."""

    name: checks.Name
    outcome: checks.Result


class SignatureOut(Output):
    """One of the signatures of a report."""

    field: str = Field(description="Compiled, Reviewed, Approved or LaboratorySeal.")
    name: str = Field(description="Whom the certificate names.")
    at: AwareDatetime
    is_development: bool


class VerificationOut(Output):
    """What a PDF is worth that was handed in."""

    status: Literal[
        "valid", "altered", "unsigned", "unknown_signer", "inconsistent", "not_logged", "replaced", "withdrawn"
    ]
    code: str
    text: str
    number: str | None
    signer: str | None
    signed_at: AwareDatetime | None
    signatures: list[SignatureOut]
    stamped_at: AwareDatetime | None = Field(description="When a trusted timestamp authority saw the whole file.")
    sha256: str
    is_development: bool
    checks: list[CheckOut]
    not_checked: list[str] = Field(description="What could not be checked, and why, in words.")


class LogActOut(Output):
    """One act on a report as it stands in the laboratory's transparency log."""

    act: LogAct
    at: AwareDatetime
    index: int = Field(description="Place of its leaf, from 0.")
    leaf: str = Field(description="Hash of the leaf, hexadecimal.")
    is_signed: bool = Field(description="A signed head covers it.")


class PublicView(Output):
    """What anybody with the paper in hand may see of a report."""

    number: str
    status: ReportStatus
    laboratory: str
    sample_name: str
    client: str = Field(description="Masked.")
    verdict: str
    conclusion: str
    sampled_on: str
    issued_on: date
    replaced_by: str | None
    withdrawn_on: date | None
    retests: list[RetestOut] = Field(description="Retest reports that name it, in force; the oldest first.")
    pdf_sha256: str | None = Field(description="SHA-256 of the signed PDF; null until it is ready.")
    development: bool = Field(description="Signed for trial only: without any force.")
    log: list[LogActOut] = Field(description="What the laboratory's transparency log says of it, oldest first.")
