"""What is a PDF worth that somebody hands in (报告真伪核验)? A clear answer for every file, also for one that is none.

The answer rests on these things: the file has exactly the form that `signing` gives it, the signature holds and its
signer is trusted, what is inside agrees with what is printed and with the transparency log (`embedded`), and the bytes
are those that the installation issued under the number, when it knows the number. An incremental update after the
signature is never accepted, whatever it changes.
"""

import hashlib
import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

from cryptography import x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from lims.core.reasons import Reason, reason
from lims.documents.acts import check_acts
from lims.documents.answers import IssuedRecord, IssuedStatus, Outcome, Refused, Status, Verification
from lims.documents.certificates import common_name, is_development, why_not_trusted
from lims.documents.embedded import Reprint, attachments, read_embedded, with_log, with_print
from lims.documents.signatures import SignatureField
from lims.documents.snapshot import ATTACHMENT

__all__ = ["IssuedRecord", "IssuedStatus", "Status", "Verification", "read_number", "verify_pdf"]

LARGEST_FILE = 64 * 1024 * 1024  # bytes; a report of 1 200 lines has less than one million

#: What parsers of PDF, ASN.1 and JSON raise over a file that somebody damaged on purpose.
_UNREADABLE = (
    PdfError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RecursionError,
    NotImplementedError,
    MemoryError,
    OSError,
    EOFError,
    zlib.error,
    struct.error,
)


def _unsigned() -> Refused:
    return Refused(
        Status.UNSIGNED,
        reason(
            "verification.unsigned",
            "The file carries no signature; an issued report always does. The signed revision may have been cut off.",
        ),
    )


def _altered(why: Reason) -> Refused:
    return Refused(Status.ALTERED, why)


def _not_as_signed() -> Refused:
    return _altered(
        reason("verification.altered", "The file was changed after it was signed; ask the laboratory for the original.")
    )


def read_number(data: bytes) -> str | None:
    """The report number that the file claims in its attached snapshot; None when there is none to be read.

    It is a claim, good for looking up the `IssuedRecord`, and nothing more.
    """
    if len(data) > LARGEST_FILE:
        return None
    try:
        number = json.loads(dict(attachments(data))[ATTACHMENT])["number"]
    except _UNREADABLE:
        return None
    return number if isinstance(number, str) else None


def _the_signature(data: bytes) -> EmbeddedPdfSignature:
    """The one signature that a report has. Raises `Refused`."""
    if not data.startswith(b"%PDF-"):
        raise Refused(Status.UNSIGNED, reason("verification.not_a_pdf", "The file is not a PDF."))
    try:
        found: list[EmbeddedPdfSignature] = list(PdfFileReader(BytesIO(data), strict=True).embedded_signatures)
    except _UNREADABLE as error:
        if b"/ByteRange" in data:
            raise _not_as_signed() from error
        raise Refused(
            Status.UNSIGNED,
            reason("verification.unreadable", "The file cannot be read as a PDF: it is damaged or incomplete."),
        ) from error
    if not found:
        # What once was signed and shows no signature any more was changed; the rest never was signed.
        raise _not_as_signed() if b"/ByteRange" in data else _unsigned()
    if [signature.field_name for signature in found] != [SignatureField.SEAL]:
        raise _altered(
            reason(
                "verification.unexpected_signatures",
                "An issued report has one signature, {expected}; this file has {found}.",
                expected=SignatureField.SEAL,
                found=", ".join(str(signature.field_name) for signature in found),
            )
        )
    return found[0]


def _der_length(content: bytes) -> int:
    """The length of the one ASN.1 value at the start, in bytes (X.690, 8.1.3). Raises `ValueError`."""
    if len(content) < 6 or content[0] != 0x30 or not 0x81 <= content[1] <= 0x84:
        raise ValueError("not a DER sequence")
    count = content[1] & 0x7F
    return 2 + count + int.from_bytes(content[2 : 2 + count])


def _says_only_what_is_signed(signature: EmbeddedPdfSignature, content: bytes) -> bool:
    """Are the uncovered parts of the CMS what the signed ones demand (RFC 5652, 5.1 and 5.3)?"""
    whole, info, signer = signature.signed_data, signature.signer_info, signature.signer_cert
    named = info["sid"].chosen
    version_1 = b"\x02\x01\x01"
    return bool(
        content[: _der_length(content)].endswith(whole.dump())
        and whole["version"].dump() == info["version"].dump() == version_1
        and [algorithm.dump() for algorithm in whole["digest_algorithms"]] == [info["digest_algorithm"].dump()]
        and named["issuer"].dump() == signer.issuer.dump()
        and named["serial_number"].native == signer.serial_number
    )


def _has_the_form_of_signing(data: bytes, signature: EmbeddedPdfSignature) -> bool:
    """Does the signature leave out nothing but its own hexadecimal digits, and are those spelled as we spell them?"""
    start, gap, resume, rest = (int(number) for number in signature.byte_range)
    hexadecimal = data[gap:resume]
    if start != 0 or resume + rest != len(data) or hexadecimal[:1] + hexadecimal[-1:] != b"<>":
        return False
    content = bytes.fromhex(hexadecimal[1:-1].decode("ascii"))
    if content.hex().upper().encode() != hexadecimal[1:-1] or any(content[_der_length(content) :]):
        return False
    return (
        signature.evaluate_signature_coverage() == SignatureCoverageLevel.ENTIRE_FILE
        and signature.docmdp_level == MDPPerm.NO_CHANGES
        and _says_only_what_is_signed(signature, content)
    )


def _certificates(signature: EmbeddedPdfSignature) -> tuple[x509.Certificate, list[x509.Certificate]]:
    signer = x509.load_der_x509_certificate(signature.signer_cert.dump())
    return signer, [x509.load_der_x509_certificate(c.dump()) for c in signature.other_embedded_certs]


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment


def _check_signature(data: bytes, trust: Sequence[x509.Certificate]) -> Verification:
    """The answer by the file alone. Raises `Refused`."""
    signature = _the_signature(data)
    try:
        # Trust is judged below, on our own terms; here only whether the signature holds.
        context = ValidationContext(trust_roots=[signature.signer_cert], allow_fetching=False)
        checked = validate_pdf_signature(signature, signer_validation_context=context)
        holds = checked.intact and checked.valid and _has_the_form_of_signing(data, signature)
        signed_at = checked.signer_reported_dt
        signer, others = _certificates(signature)
    except _UNREADABLE as error:
        raise _not_as_signed() from error
    if not holds or signed_at is None:
        raise _not_as_signed()
    if untrusted := why_not_trusted(signer, others, trust, signed_at):
        raise Refused(Status.UNKNOWN_SIGNER, untrusted[0])
    if not _may_sign(signer):
        raise Refused(
            Status.UNKNOWN_SIGNER,
            reason(
                "verification.not_for_signing",
                "The certificate of {name} was not issued for signing.",
                name=common_name(signer),
            ),
        )
    if any(why_not_trusted(other, others, trust, signed_at) for other in others):
        raise _not_as_signed()  # a certificate that came along was tampered with, although it was not needed
    return Verification(
        Status.VALID,
        reason(
            "verification.valid_unrecorded",
            "The signature of {signer} is valid; this installation has no record of the report.",
            signer=common_name(signer),
        ),
        sha256=hashlib.sha256(data).hexdigest(),
        signer=common_name(signer),
        signed_at=signed_at,
        is_development=is_development(signer),
    )


def _against_record(found: Verification, record: IssuedRecord) -> Verification:
    """The answer when the number is known here. Raises `Refused`."""
    if found.number != record.number or found.sha256 != record.sha256:
        raise _altered(
            reason(
                "verification.not_the_issued_file",
                "This is not the file that was issued as report {number}.",
                number=record.number,
            )
        )
    found = _against_logged(found, record)
    match record.status:
        case IssuedStatus.ISSUED:
            why = reason(
                "verification.valid",
                "The report {number} is as {signer} issued it.",
                number=record.number,
                signer=found.signer,
            )
            return replace(found, reason=why)
        case IssuedStatus.REPLACED:
            why = reason(
                "verification.replaced",
                "The report {number} is genuine, but was replaced by {replaced_by}.",
                number=record.number,
                replaced_by=record.replaced_by or "?",
            )
            return replace(found, status=Status.REPLACED, reason=why)
        case IssuedStatus.WITHDRAWN:
            why = reason(
                "verification.withdrawn",
                "The report {number} is genuine, but was withdrawn and is no longer in force.",
                number=record.number,
            )
            return replace(found, status=Status.WITHDRAWN, reason=why)


def _against_logged(found: Verification, record: IssuedRecord) -> Verification:
    """The log that is kept here knows the report, whether or not the file carries a proof. Raises `Refused`."""
    if record.logged_sha256 is None:
        return found
    if record.logged_sha256 != found.snapshot_sha256:
        why = reason(
            "verification.log_contradicts",
            "The transparency log knows the report {number} with other data than those in this file.",
            number=record.number,
        )
        raise Refused(Status.NOT_LOGGED, why)
    still_open = tuple(why for why in found.open_points if why.code != "verification.no_proof")
    return replace(found, logged=Outcome.PASSED, open_points=still_open)


def verify_pdf(
    data: bytes,
    trust: Sequence[x509.Certificate],
    record: IssuedRecord | None,
    reprint: Reprint | None = None,
) -> Verification:
    """What the file is worth; never raises over the file. Not to be called from a coroutine.

    Args:
        data: the file as handed in.
        trust: certificates that the installation trusts, roots or the signers' own.
        record: what the installation knows of the number that `read_number` found; None when it knows nothing.
        reprint: prints the embedded data again, to be compared with the pages; None: they are not compared.
    """
    digest = hashlib.sha256(data).hexdigest()
    if len(data) > LARGEST_FILE:
        too_large = reason(
            "verification.too_large",
            "The file is larger than {megabytes} MB; no report is.",
            megabytes=LARGEST_FILE // 1024 // 1024,
        )
        return Verification(Status.UNSIGNED, too_large, digest)
    found: Verification | None = None
    try:
        found = _check_signature(data, trust)
        try:
            inside = read_embedded(data)
            check_acts(inside.snapshot, inside.attached, inside.acts)
            found = with_log(found, inside, trust)
            found = with_print(found, data, inside, reprint)
        except _UNREADABLE as error:
            raise _unreadable_inside() from error
        return found if record is None else _against_record(found, record)
    except Refused as refused:
        if found is None:
            return Verification(refused.status, refused.why, digest, read_number(data))
        return replace(found, status=refused.status, reason=refused.why, number=found.number or read_number(data))


def _unreadable_inside() -> Refused:
    return Refused(
        Status.INCONSISTENT,
        reason("verification.inside_unreadable", "The signature holds, but what is in the file cannot be read."),
    )
