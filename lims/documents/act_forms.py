"""The three signed acts of a report (编制、审核、批准) as they are kept and as they travel in its PDF.

Each act is a *statement*: who, when, in which act, on what, in which words, and how the person proved who they are. The
person's key signs its one canonical spelling. A statement names the SHA-256 of the one before it, and that of the
approval names the snapshot: so the three are one chain that ends in what is printed. They are attached to the PDF as
`acts.json`.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lims.core.canonical import canonical_bytes
from lims.documents.certificates import read_certificates
from lims.documents.keys import SigningIdentity, sign_bytes, verify_bytes
from lims.documents.phrases import Phrase
from lims.documents.snapshot import Instant, Sha256, Text

#: The name under which the statements are attached to the PDF of their report.
ACTS_ATTACHMENT = "acts.json"


class SignedAct(StrEnum):
    """One of the three acts of a report, in their order."""

    COMPILED = "compiled"
    REVIEWED = "reviewed"
    APPROVED = "approved"


#: What a person says with each act; they see it before, and it is kept.
MEANINGS: Mapping[SignedAct, Phrase] = MappingProxyType(
    {
        SignedAct.COMPILED: Phrase(
            "我依据经校核的检测结果编制本报告，并对报告与结果的一致性负责。",
            "I compiled this report from the verified results, and answer for its agreement with them.",
        ),
        SignedAct.REVIEWED: Phrase(
            "我已审核本报告：检测方法、结果和结论与检测记录一致。",
            "I reviewed this report: its methods, results and conclusion agree with the records behind them.",
        ),
        SignedAct.APPROVED: Phrase(
            "我作为授权签字人批准签发本报告，并对报告内容负责。",
            "As an authorised signatory I approve this report for issue, and answer for what it says.",
        ),
    }
)


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def canonical_bytes(self) -> bytes:
        """The one spelling."""
        return canonical_bytes(self.model_dump(mode="json"))


class Meaning(_Form):
    """What the act says, in both languages."""

    zh: Text
    en: Text


class ActContent(_Form):
    """What was signed. At compiling and reviewing: results and judgement; at approval: the frozen snapshot as well."""

    results_sha256: Sha256 = Field(description="Over the ids of the verified results, sorted, parted by line feeds.")
    judgement: Text = Field(description="Id of the judgement of the sample.")
    verdict: Text = Field(description="Its word.")
    deviations: Text | None = Field(
        default=None,
        exclude_if=lambda told: told is None,
        description="What the report says of deviations from the method; left out where it says that there are none.",
    )
    report_number: Text | None = Field(default=None, description="Taken at approval.")
    snapshot_sha256: Sha256 | None = Field(
        default=None, description="Of `report.json`, byte for byte as it is attached to the PDF."
    )

    @property
    def sha256(self) -> str:
        """The digest of what was signed: that of the snapshot where there is one, else over this content."""
        return self.snapshot_sha256 or hashlib.sha256(self.canonical_bytes()).hexdigest()


class ActStatement(_Form):
    """What one person stated with one act."""

    kind: Literal["qianjian.report.act"] = "qianjian.report.act"
    schema_version: Literal[1] = 1
    laboratory: Text = Field(description="Code of the laboratory.")
    report: Text = Field(description="Id of the report, the same in its three acts.")
    act: SignedAct
    person: Text = Field(description="Full name, as the report prints it.")
    at: Instant
    meaning: Meaning
    method: Text = Field(description="How the person proved who they are: password, one-time code, passkey.")
    content: ActContent
    previous: Sha256 | None = Field(description="SHA-256 of the statement of the act before.")

    @property
    def sha256(self) -> str:
        """By which the next statement names it."""
        return hashlib.sha256(self.canonical_bytes()).hexdigest()


class SignedStatement(_Form):
    """A statement with the signature of its person, in the forms of `keys.sign_bytes`."""

    statement: ActStatement
    signature: str = Field(max_length=2_000, description="Base64, over the canonical bytes of the statement.")
    certificate: str = Field(max_length=40_000, description="The person's certificate and those above it, PEM.")

    def is_signed(self) -> bool:
        """Does the signature fit the certificate that came along? Says nothing about trust in it."""
        try:
            signature = base64.b64decode(self.signature, validate=True)
        except ValueError:
            return False
        return verify_bytes(self.certificate.encode(), self.statement.canonical_bytes(), signature)

    def certificates(self) -> tuple[Any, ...]:
        """The person's certificate and those above it. Raises `BadInput` when there are none to be read."""
        return read_certificates(self.certificate.encode(), ACTS_ATTACHMENT)


class SignedActs(_Form):
    """The three acts of a report, in their order; what is attached to its PDF."""

    kind: Literal["qianjian.report.acts"] = "qianjian.report.acts"
    schema_version: Literal[1] = 1
    acts: tuple[SignedStatement, ...] = Field(min_length=1, max_length=len(SignedAct))


def sign_statement(statement: ActStatement, signer: SigningIdentity) -> SignedStatement:
    """The statement with the signature of its person."""
    signature = base64.b64encode(sign_bytes(signer, statement.canonical_bytes())).decode()
    return SignedStatement(statement=statement, signature=signature, certificate=signer.certificate_pem.decode())


def acts_bytes(acts: Sequence[SignedStatement]) -> bytes | None:
    """What is attached to a PDF; None for a report that is older than signed acts."""
    return SignedActs(acts=tuple(acts)).canonical_bytes() if acts else None
