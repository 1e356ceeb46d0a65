"""A transparency log with one report of interest, and the laboratory's signature on it."""

from datetime import datetime, timedelta

from lims.documents.keys import SigningIdentity
from lims.documents.log_forms import LogAct, LogEntry, LogProof, head_body, issue_of, sign_head
from lims.documents.signing import sign_pdf
from lims.documents.snapshot import ReportSnapshot
from lims.science import merkle
from tests.documents.examples import ISSUED_AT

SIGNED_AT = ISSUED_AT + timedelta(minutes=1)
LABORATORY = "QJ"


def some_entries(count: int) -> list[LogEntry]:
    """Entries of other reports."""
    return [
        LogEntry(
            laboratory=LABORATORY,
            act=LogAct.ISSUED,
            report_number=f"QJ2026J{n:06}",
            token_sha256=f"{n:064x}",
            snapshot_sha256=f"{n + 99:064x}",
            at=ISSUED_AT - timedelta(days=1),
        )
        for n in range(count)
    ]


def proved(
    snapshot: ReportSnapshot, signer: SigningIdentity, *, at: datetime = SIGNED_AT, index: int = 2, wanted: int = 2
) -> LogProof:
    """The proof of an entry of a log of five in which the report is the third; `wanted`: which entry."""
    entries = some_entries(4)
    entries.insert(index, issue_of(snapshot, LABORATORY, snapshot.canonical_bytes()))
    nodes = merkle.kept([entry.leaf for entry in entries])
    body = head_body(LABORATORY, len(entries), merkle.head(nodes, len(entries)), at)
    path = [step.hex() for step in merkle.inclusion_proof(nodes, wanted, len(entries))]
    return LogProof(entry=entries[wanted], index=wanted, path=tuple(path), head=sign_head(body, signer))


def seal(pdf: bytes, signer: SigningIdentity, at: datetime = SIGNED_AT) -> bytes:
    """Sign as the laboratory does."""
    return sign_pdf(pdf, signer, at, location="贵州省贵阳市", reason_text="签发检验报告")
