"""What stands in the transparency log of a laboratory (透明日志), and the signed forms in which it travels.

Three forms, each in the one canonical spelling of JSON (keys sorted, no blanks, UTF-8):

* an *entry*: that a report was issued, replaced or withdrawn. It is the content of a leaf. It names the report by its
  number and by the SHA-256 of its snapshot, not of its PDF: the proof travels inside the PDF. Nobody who does not hold
  the report can guess an entry from its leaf, for it has the hash of the report's secret verification code in it;
* a *signed head*: so many leaves have this root, signed by the laboratory;
* a *proof*: an entry, the path from its leaf to the root of a signed head, and that head. It is attached to each
  report as `log.json`.
"""

import base64
import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lims.core.canonical import canonical_bytes
from lims.documents.certificates import read_certificates
from lims.documents.keys import SigningIdentity, sign_bytes, verify_bytes
from lims.documents.snapshot import Instant, ReportSnapshot, Sha256, Text
from lims.science import merkle

#: The name under which the proof is attached to the PDF of its report.
LOG_ATTACHMENT = "log.json"
_DEEPEST = 64  # steps of a path; a log of 2^64 leaves has no more
Hashes = Annotated[tuple[Sha256, ...], Field(max_length=_DEEPEST)]


class LogAct(StrEnum):
    """What was done to a report."""

    ISSUED = "issued"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def canonical_bytes(self) -> bytes:
        """The one spelling."""
        return canonical_bytes(self.model_dump(mode="json"))


class LogEntry(_Form):
    """One act on one report; the content of a leaf."""

    kind: Literal["qianjian.log.entry"] = "qianjian.log.entry"
    schema_version: Literal[1] = 1
    laboratory: Text = Field(description="Code of the laboratory.")
    act: LogAct
    report_number: Text
    token_sha256: Sha256 = Field(description="Of the verification code, the last part of the address behind the QR.")
    snapshot_sha256: Sha256 = Field(description="Of `report.json`, byte for byte as it is attached to the PDF.")
    at: Instant
    replaced_by: Text | None = Field(default=None, description="Number of the report that replaces this one.")

    @property
    def leaf(self) -> bytes:
        """The hash of the leaf."""
        return merkle.leaf_hash(self.canonical_bytes())


class HeadBody(_Form):
    """What is signed: so many leaves have this root."""

    kind: Literal["qianjian.log.head"] = "qianjian.log.head"
    schema_version: Literal[1] = 1
    laboratory: Text
    size: int = Field(ge=0, le=2**53)
    root: Sha256
    at: Instant


class SignedHead(_Form):
    """签名树头. The signature is over the canonical bytes of `body`, in the forms of `keys.sign_bytes`."""

    body: HeadBody
    signature: str = Field(max_length=2_000, description="Base64.")
    certificate: str = Field(max_length=40_000, description="The signer's certificate and those above it, PEM.")

    def is_signed(self) -> bool:
        """Does the signature fit the certificate that came along? Says nothing about trust in it."""
        try:
            signature = base64.b64decode(self.signature, validate=True)
        except ValueError:
            return False
        return verify_bytes(self.certificate.encode(), self.body.canonical_bytes(), signature)

    def certificates(self) -> tuple[Any, ...]:
        """The signer's certificate and those above it. Raises `BadInput` when there are none to be read."""
        return read_certificates(self.certificate.encode(), LOG_ATTACHMENT)


class LogProof(_Form):
    """That an entry stands in the log of a signed head."""

    kind: Literal["qianjian.log.proof"] = "qianjian.log.proof"
    schema_version: Literal[1] = 1
    entry: LogEntry
    index: int = Field(ge=0, description="Place of the leaf, from 0.")
    path: Hashes
    head: SignedHead

    def leads_to_head(self) -> bool:
        """Does the path lead from the entry to the root of the head?"""
        body = self.head.body
        steps = [bytes.fromhex(step) for step in self.path]
        return merkle.is_included(self.entry.leaf, self.index, body.size, steps, bytes.fromhex(body.root))


def sign_head(body: HeadBody, signer: SigningIdentity) -> SignedHead:
    """The head with the laboratory's signature."""
    signature = base64.b64encode(sign_bytes(signer, body.canonical_bytes())).decode()
    return SignedHead(body=body, signature=signature, certificate=signer.certificate_pem.decode())


def token_sha256(token: str) -> str:
    """What an entry says of a verification code."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue_of(snapshot: ReportSnapshot, laboratory: str, attached: bytes) -> LogEntry:
    """The entry that the issue of a report must have made, by what is attached to its PDF."""
    return LogEntry(
        laboratory=laboratory,
        act=LogAct.ISSUED,
        report_number=snapshot.number,
        token_sha256=token_sha256(snapshot.verification_url.rsplit("/", 1)[-1]),
        snapshot_sha256=hashlib.sha256(attached).hexdigest(),
        at=snapshot.issued_at,
    )


def head_body(laboratory: str, size: int, root: bytes, at: datetime) -> HeadBody:
    """What is to be signed."""
    return HeadBody(laboratory=laboratory, size=size, root=root.hex(), at=at)
