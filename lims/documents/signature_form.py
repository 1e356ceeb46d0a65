"""The form of a signature (签名格式): does it cover what it must, and is what it does not cover as `signing` writes it?

A signature leaves out its own digits, and in them the parts of the CMS that it does not sign. Whatever could be changed
there without breaking it is held against the one spelling that is ours.
"""

from io import BytesIO
from typing import Any

from cryptography import x509
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.validation import SignatureCoverageLevel
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from lims.core.reasons import Reason, mark, reason
from lims.documents.answers import Refused, Status
from lims.documents.pdf_reader import PdfReader
from lims.documents.signatures import ALL_SIGNATURES, TIMESTAMP_FIELD
from lims.documents.unreadable import UNREADABLE

_STAMP = "signature_time_stamp_token"


def entry(dictionary: Any, key: str, otherwise: Any) -> Any:
    """What stands under a key of a PDF dictionary, references followed: pyHanko's `get` does not follow them."""
    return dictionary[key] if key in dictionary else otherwise  # noqa: SIM401 -- see above


def altered(why: Reason) -> Refused:
    """The file is not as it was signed, for this reason."""
    return Refused(Status.ALTERED, why)


def not_as_signed() -> Refused:
    """The file is not as it was signed; more cannot be said."""
    return altered(
        reason("verification.altered", "The file was changed after it was signed; ask the laboratory for the original.")
    )


def _unsigned() -> Refused:
    return Refused(
        Status.UNSIGNED,
        reason(
            "verification.unsigned",
            "The file carries no signature; an issued report always does. The signed revision may have been cut off.",
        ),
    )


def signatures_of(data: bytes) -> list[EmbeddedPdfSignature]:
    """The signatures and timestamps of a file, in their order; one at least. Raises `Refused`."""
    if not data.startswith(b"%PDF-"):
        raise Refused(Status.UNSIGNED, reason("verification.not_a_pdf", "The file is not a PDF."))
    try:
        found: list[EmbeddedPdfSignature] = list(PdfReader(BytesIO(data), strict=True).embedded_signatures)
        if any(signature.field_name is None for signature in found):
            raise not_as_signed()
    except UNREADABLE as error:
        if b"/ByteRange" in data:
            raise not_as_signed() from error
        raise Refused(
            Status.UNSIGNED,
            reason("verification.unreadable", "The file cannot be read as a PDF: it is damaged or incomplete."),
        ) from error
    if not found:
        # What once was signed and shows no signature any more was changed; the rest never was signed.
        raise not_as_signed() if b"/ByteRange" in data else _unsigned()
    return found


def refuse_unless_expected(found: list[str], expected: list[str]) -> None:
    """Raises `Refused` for fields of signatures that are missing, do not belong here, or stand in another order."""
    if missing := [name for name in expected if name not in found]:
        raise altered(
            reason(
                "verification.signature_missing",
                "The file lacks signatures that its data name: {needed}. Its last revisions were cut off, or a field"
                " was emptied.",
                needed=_titles(missing),
            )
        )
    if sorted(found) != sorted(expected):
        raise altered(
            reason(
                "verification.unexpected_signatures",
                "This report has the signatures {wanted}; the file has {given}.",
                wanted=_titles(expected),
                given=_titles(found),
            )
        )
    if found != expected:
        raise altered(
            reason(
                "verification.signature_order",
                "The signatures were not made in their order ({wanted}) but as {given}.",
                wanted=_titles(expected),
                given=_titles(found),
            )
        )


def _titles(names: list[str]) -> str:
    """Fields by their words, which are translated with the finding; a field that is none of ours by its name."""
    ours = {field.value: field.word for field in ALL_SIGNATURES} | {TIMESTAMP_FIELD: mark("Timestamp")}
    return ", ".join(ours.get(name, name) for name in names) or "—"


def end_of(signature: EmbeddedPdfSignature) -> int:
    """Where the revision ends that the signature closes, in bytes from the start of the file."""
    _start, _gap, resume, rest = (int(number) for number in signature.byte_range)
    return resume + rest


def has_our_form(data: bytes, signature: EmbeddedPdfSignature) -> bool:
    """Does the signature leave out nothing of its revision but its digits, and are those as we spell them?

    Raises what a damaged file makes parsers raise.
    """
    start, gap, resume, _rest = (int(number) for number in signature.byte_range)
    hexadecimal = data[gap:resume]
    if start != 0 or hexadecimal[:1] + hexadecimal[-1:] != b"<>":
        return False
    content = bytes.fromhex(hexadecimal[1:-1].decode("ascii"))
    if content.hex().upper().encode() != hexadecimal[1:-1] or any(content[_der_length(content) :]):
        return False
    whole = SignatureCoverageLevel.ENTIRE_FILE if end_of(signature) == len(data) else None
    covered = signature.evaluate_signature_coverage() == (whole or SignatureCoverageLevel.ENTIRE_REVISION)
    return covered and _says_only_what_is_signed(signature, content)


def locks_as(signature: EmbeddedPdfSignature, *, is_first: bool, is_seal: bool) -> bool:
    """Does the signature allow what it should? The first certifies; the seal locks every field and allows no change."""
    references = entry(signature.sig_object, "/Reference", ())
    methods = [str(reference["/TransformMethod"]) for reference in references]
    if is_first:
        allowed = MDPPerm.NO_CHANGES if is_seal else MDPPerm.FILL_FORMS
        perms = entry(signature.reader.root, "/Perms", {})
        is_named = "/DocMDP" in perms and perms.raw_get("/DocMDP") == signature.sig_field.raw_get("/V")
        return is_named and methods == ["/DocMDP"] and signature.docmdp_level == allowed
    if not is_seal:
        return methods == []
    locks_all = signature.fieldmdp is not None and str(signature.fieldmdp.action.value) == "/All"
    return locks_all and methods == ["/FieldMDP"] and signature.docmdp_level == MDPPerm.NO_CHANGES


def token_of(signature: EmbeddedPdfSignature) -> Any | None:
    """The signed data of the timestamp on the signature itself; None without one."""
    for attribute in signature.signer_info["unsigned_attrs"] or ():
        if attribute["type"].native == _STAMP:
            return attribute["values"][0]["content"]
    return None


def certificates_of(signed: Any) -> tuple[x509.Certificate, list[x509.Certificate]]:
    """Who signed a CMS, and the certificates that came along. Raises what a damaged one makes parsers raise."""
    found = extract_certificate_info(signed)
    along = [x509.load_der_x509_certificate(one.dump()) for one in found.other_certs]
    return x509.load_der_x509_certificate(found.signer_cert.dump()), along


def _der_length(content: bytes) -> int:
    """The length of the one ASN.1 value at the start, in bytes (X.690, 8.1.3). Raises `ValueError`."""
    if len(content) < 6 or content[0] != 0x30 or not 0x81 <= content[1] <= 0x84:
        raise ValueError("not a DER sequence")
    count = content[1] & 0x7F
    return 2 + count + int.from_bytes(content[2 : 2 + count])


def _says_only_what_is_signed(signature: EmbeddedPdfSignature, content: bytes) -> bool:
    """Are the uncovered parts of the CMS what the signed ones demand (RFC 5652, 5.1 and 5.3)?"""
    whole, info, signer = signature.signed_data, signature.signer_info, signature.signer_cert
    unsigned = [attribute["type"].native for attribute in info["unsigned_attrs"] or ()]
    if not content[: _der_length(content)].endswith(whole.dump()):
        return False
    if signature.field_name == TIMESTAMP_FIELD:
        return unsigned == [] and _is_plain_token(whole)
    token = token_of(signature)
    named, version_1 = info["sid"].chosen, b"\x02\x01\x01"
    return bool(
        whole["version"].dump() == info["version"].dump() == version_1
        and [algorithm.dump() for algorithm in whole["digest_algorithms"]] == [info["digest_algorithm"].dump()]
        and named["issuer"].dump() == signer.issuer.dump()
        and named["serial_number"].native == signer.serial_number
        and unsigned == ([] if token is None else [_STAMP])
        and (token is None or _is_plain_token(token))
    )


def _is_plain_token(whole: Any) -> bool:
    """Is a timestamp token's frame as its content demands? Authorities differ in what else they send along."""
    (info,) = whole["signer_infos"]
    version = 3 if info["sid"].name == "subject_key_identifier" else 1
    return bool(
        whole["version"].dump() == b"\x02\x01\x03"
        and info["version"].dump() == bytes((2, 1, version))
        and [algorithm["algorithm"].native for algorithm in whole["digest_algorithms"]]
        == [info["digest_algorithm"]["algorithm"].native]
    )
