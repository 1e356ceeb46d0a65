"""The return (直报) as a file: its schema, its one canonical spelling, its signature.

    {"payload": {…}, "signature": base64, "certificate": PEM}

The signature is over the canonical JSON of `payload` (keys sorted, no blanks, UTF-8), so that a program which only
rearranges the file does not break it, and one that changes a letter does. `docs/return-schema.md` describes the fields
for those who write such files; `return.schema.json` is generated from the classes here.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from lims.core.canonical import canonical_bytes
from lims.core.errors import BadInput
from lims.core.patterns import ANY_REGION_CODE, ONE_LINE
from lims.core.reasons import Reason, Where, mark, reason
from lims.core.schema_faults import schema_reason
from lims.documents.certificates import as_pem
from lims.documents.keys import SigningIdentity, sign_bytes
from lims.indicators.rules import BatchVerdict
from lims.samples.rules import Programme, Stage

#: So many earlier heads of its log a sender goes on from.
MOST_STEPS = 50
#: A file with more than this wrong is told the beginning only.
MOST_REASONS = 20


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


def _line(longest: int, **more: Any) -> Any:
    return Field(min_length=1, max_length=longest, pattern=ONE_LINE, **more)


def _is_none(value: Any) -> bool:
    return value is None


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
RegionCode = Annotated[str, Field(pattern=ANY_REGION_CODE, examples=["520304"])]


class _Part(BaseModel):
    """Closed and strict: an unknown field or a number written as text is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ReturnRecord(_Part):
    """What one issued report says of its sample, in its present revision."""

    origin: Annotated[str, _line(20, examples=["QBZ"], description="Code of the laboratory that tested.")]
    sample_number: Annotated[str, _line(30, examples=["QBZ-2026-000012"])]
    report_number: Annotated[str, _line(40, examples=["QBZ2026000012"])]
    revision: int = Field(ge=1, le=10_000, description="Reports issued for the sample, plus withdrawals.")
    region: RegionCode = Field(description="Where the sample was drawn (GB/T 2260).")
    product_name: Annotated[str, _line(100, examples=["豇豆"], description="Name as sold.")]
    food: Annotated[str, _line(200, description="The food of the national tree that it was judged as.")]
    food_group: Annotated[str, _line(100, examples=["蔬菜"], description="The topmost group of that food.")]
    programme: Programme
    stage: Stage
    sampled_on: date
    issued_at: Instant
    verdict: BatchVerdict
    withdrawn: bool
    failing: Annotated[str, _line(20_000)] | None = Field(description="Failing parameters; null unless it fails.")
    pdf_sha256: Sha256 | None = Field(description="Of the signed report; null only when withdrawn before it was drawn.")

    @property
    def key(self) -> tuple[str, str]:
        """What names the batch: the laboratory that tested and its sample number."""
        return self.origin, self.sample_number


class Sender(_Part):
    """The laboratory that signs."""

    code: Annotated[str, _line(20, examples=["QBZ"])]
    name: Annotated[str, _line(200)]


class ReturnPeriod(_Part):
    """Both days belong to it; every sample was drawn in it."""

    starts_on: date
    ends_on: date


class Counts(_Part):
    """Sums of the records; the four parts are disjoint and add up to `records`."""

    records: int = Field(ge=0)
    conforming: int = Field(ge=0)
    failing: int = Field(ge=0)
    not_judged: int = Field(ge=0)
    withdrawn: int = Field(ge=0)

    @classmethod
    def of(cls, records: Sequence[ReturnRecord]) -> "Counts":
        """Count anew."""
        standing = [record.verdict for record in records if not record.withdrawn]
        return cls(
            records=len(records),
            conforming=standing.count(BatchVerdict.CONFORMS),
            failing=standing.count(BatchVerdict.FAILS),
            not_judged=standing.count(BatchVerdict.NOT_JUDGED),
            withdrawn=len(records) - len(standing),
        )


class LogStep(_Part):
    """That the log of this return begins with an earlier one of `size` leaves."""

    size: int = Field(ge=1)
    path: tuple[Sha256, ...] = Field(strict=False, max_length=64, description="Consistency proof (RFC 9162, 2.1.4).")


class ReturnLog(_Part):
    """The signed head of the sender's transparency log, with proofs that it goes on from the heads sent before."""

    size: int = Field(ge=1, description="Leaves of the log.")
    root: Sha256
    at: Instant
    signature: Annotated[str, Field(max_length=2_000, description="Base64, over the canonical JSON of the head.")]
    continues: tuple[LogStep, ...] = Field(strict=False, max_length=MOST_STEPS)

    def step_from(self, size: int) -> tuple[str, ...] | None:
        """The proof that leads from an earlier size; None when it is not among those that came along."""
        return next((step.path for step in self.continues if step.size == size), None)


class Payload(_Part):
    """All that a laboratory keeps of a period, in present revisions: its own batches and those sent to it.

    Version 2 has a `log`, version 1 has none.
    """

    kind: Literal["qianjian.return"]
    schema_version: Literal[1, 2]
    sender: Sender
    number: str = Field(pattern=r"^[A-Za-z0-9_-]{1,20}-R[0-9]{8,}$", max_length=40, examples=["QBZ-R20260001"])
    period: ReturnPeriod
    created_at: Instant
    records: tuple[ReturnRecord, ...] = Field(strict=False)
    counts: Counts
    log: Annotated[ReturnLog | None, Field(exclude_if=_is_none)] = None


class ReturnFile(_Part):
    """A signed return."""

    payload: Payload
    signature: str = Field(
        max_length=2_000,
        description="Base64 of the signature over the canonical JSON of the payload: ECDSA (DER) or"
        " RSASSA-PKCS1-v1_5, with SHA-256.",
    )
    certificate: str = Field(
        max_length=20_000, description="The signer's certificate alone, in PEM as OpenSSL writes it."
    )


class OpenedReturn:
    """A file that has been read: what it says, and the exact bytes that its signature is about."""

    def __init__(self, document: dict[str, Any], file: ReturnFile) -> None:
        self.file = file
        self.payload = file.payload
        self.signed_bytes = canonical_bytes(document["payload"])
        self.content = canonical_bytes(document)

    @property
    def sha256(self) -> str:
        """Of the whole file in its canonical spelling."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def signature(self) -> bytes:
        """The signature; empty when it is not Base64, and then it verifies nothing."""
        try:
            return base64.b64decode(self.file.signature, validate=True)
        except ValueError:
            return b""


def content_sha256(records: Sequence[ReturnRecord]) -> str:
    """The hash of what is reported, without number, day and sender."""
    return hashlib.sha256(canonical_bytes([record.model_dump(mode="json") for record in records])).hexdigest()


def seal(payload: Payload, signer: SigningIdentity) -> bytes:
    """The canonical bytes of the signed file."""
    said = payload.model_dump(mode="json")
    signature = sign_bytes(signer, canonical_bytes(said))
    return canonical_bytes(
        {
            "payload": said,
            "signature": base64.b64encode(signature).decode(),
            "certificate": as_pem([signer.certificate]).decode(),
        }
    )


def open_return(data: bytes) -> OpenedReturn:
    """Read a return file; nothing is believed yet. Raises `BadInput`: not such a file, or fields that are not right."""
    try:
        document = json.loads(
            data.decode(), object_pairs_hook=_without_doubles, parse_float=_no_number, parse_constant=_no_number
        )
        content = canonical_bytes(document)
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise BadInput(
            reason(
                "return.unreadable",
                "This is no return file ({why}). Hand in the file unchanged, as the laboratory exported it.",
                why=why,
            )
        ) from error
    try:
        return OpenedReturn(document, ReturnFile.model_validate_json(content))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise BadInput(*(_fault(dict(fault)) for fault in faults[:MOST_REASONS])) from error


def json_schema() -> dict[str, Any]:
    """The published schema of a return file (JSON Schema, draft 2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:qianjian-lims:return:2",
        **ReturnFile.model_json_schema(mode="validation"),
    }


def _fault(fault: dict[str, Any]) -> Reason:
    place = ".".join(str(part) for part in fault["loc"])
    return schema_reason("return.field", fault, place or mark("The file"), Where(field=place or None))


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Two programs could read two different values.
        raise ValueError("a field is given twice")
    return found


def _no_number(text: str) -> Any:  # noqa: ARG001 -- json hands it over
    raise ValueError("a number in it is not whole")
