"""The words of a verification (核验结论): what the answer is, what was looked at, and what is known of a number."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lims.core.reasons import Reason
from lims.documents.signatures import SignatureField


class Status(StrEnum):
    """The answer.

    INCONSISTENT: signed by the laboratory, but what is printed and what is embedded contradict each other.
    NOT_LOGGED: signed by the laboratory, but its proof of the transparency log does not hold.
    """

    VALID = "valid"
    ALTERED = "altered"
    UNSIGNED = "unsigned"
    UNKNOWN_SIGNER = "unknown_signer"
    INCONSISTENT = "inconsistent"
    NOT_LOGGED = "not_logged"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class IssuedStatus(StrEnum):
    """What has become of an issued report."""

    ISSUED = "issued"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """Of one check; UNKNOWN: not looked at, or it could not be."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class IssuedRecord:
    """What the installation knows of a report number. `logged_sha256`: of the snapshot that its log has a leaf for."""

    number: str
    sha256: str
    status: IssuedStatus = IssuedStatus.ISSUED
    replaced_by: str | None = None
    logged_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class LogClaim:
    """What a proof that holds says of the log: its laboratory, the place of the report, and the signed head."""

    laboratory: str
    index: int
    size: int
    root: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature that holds: in which field, by whom, when, and whether with a development certificate."""

    field: SignatureField
    name: str
    at: datetime
    is_development: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """The answer, its one reason, and what the file says of itself: believe that only when it was not refused.

    `open_points` say in words what could not be checked, and why.
    """

    status: Status
    reason: Reason
    sha256: str
    number: str | None = None
    signer: str | None = None
    signed_at: datetime | None = None
    #: Signed with a development certificate: intact, but without any force.
    is_development: bool = False
    #: Every signature, in the order in which they were made; `signer` and `signed_at` are those of the seal.
    signatures: tuple[Signed, ...] = ()
    has_timestamp: bool = False
    #: When a trusted authority saw the whole file; None without a timestamp, or with one that proves nothing here.
    stamped_at: datetime | None = None
    printed: Outcome = Outcome.UNKNOWN
    logged: Outcome = Outcome.UNKNOWN
    log: LogClaim | None = None
    snapshot_sha256: str | None = None
    open_points: tuple[Reason, ...] = ()

    @property
    def stamped(self) -> Outcome:
        """Whether a trusted authority saw the whole file."""
        return Outcome.UNKNOWN if self.stamped_at is None else Outcome.PASSED


class Refused(Exception):
    """The file fails one of the checks."""

    def __init__(self, status: Status, why: Reason) -> None:
        super().__init__(why.text)
        self.status = status
        self.why = why
