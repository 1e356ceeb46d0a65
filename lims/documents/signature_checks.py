"""Do the signatures of a report hold (签名核验): all of them, by the right people, in their order, and nothing besides?

Which signatures are to be expected is told by the embedded data, which the first signature covers. So a file that was
cut back to an earlier revision, itself untouched and signed, is found without asking anybody.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1 as as_asn1
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.generic_cms import message_imprint_checker, validate_tst_signed_data
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from lims.core.reasons import Reason, reason
from lims.documents.answers import Refused, Signed, Status
from lims.documents.certificates import (
    LONGEST_NAME,
    common_name,
    is_development,
    is_personal,
    names_body,
    why_not_trusted,
)
from lims.documents.embedded import TOLERANCE
from lims.documents.revisions import only_signed_between
from lims.documents.revocation import embedded_material, why_revoked
from lims.documents.signature_form import (
    altered,
    certificates_of,
    end_of,
    has_our_form,
    locks_as,
    not_as_signed,
    refuse_unless_expected,
    token_of,
)
from lims.documents.signatures import ALL_SIGNATURES, TIMESTAMP_FIELD, SignatureField
from lims.documents.snapshot import ReportSnapshot, Signatory
from lims.documents.unreadable import UNREADABLE


@dataclass(frozen=True, slots=True)
class Checked:
    """One signature that holds: by whom, when, and the certificates that came along."""

    field: SignatureField
    certificate: x509.Certificate
    along: list[x509.Certificate]
    at: datetime

    @property
    def told(self) -> Signed:
        return Signed(self.field, common_name(self.certificate), self.at, is_development(self.certificate))


@dataclass(frozen=True, slots=True)
class Stamped:
    """A timestamp token that holds: by whom, when."""

    certificate: x509.Certificate
    along: list[x509.Certificate]
    at: datetime


def expected_fields(snapshot: ReportSnapshot | None, found: Sequence[str]) -> list[str]:
    """The fields that a file must have signed, by its embedded data; without readable data by what it seems to be."""
    if snapshot is None:
        return [SignatureField.SEAL] if list(found) == [SignatureField.SEAL] else list(ALL_SIGNATURES)
    return [*snapshot.expected_signatures, *([TIMESTAMP_FIELD] if snapshot.timestamped else [])]


def check_signatures(
    data: bytes, found: Sequence[EmbeddedPdfSignature], snapshot: ReportSnapshot | None
) -> tuple[list[Checked], list[Stamped]]:
    """Every signature and timestamp of a file, when each holds, has our form and closes a revision of its own.

    Says nothing about trust. Raises `Refused`.

    Args:
        data: the file.
        found: `signature_form.signatures_of` it.
        snapshot: the embedded data; None when they cannot be read.
    """
    names = [str(signature.field_name) for signature in found]
    refuse_unless_expected(names, expected_fields(snapshot, names))
    signatures = [one for one in found if one.field_name != TIMESTAMP_FIELD]
    try:
        ends = [end_of(signature) for signature in found]
        if ends != sorted(set(ends)) or ends[-1] != len(data):
            raise not_as_signed()
        checked = [_checked(data, one, is_first=one is signatures[0]) for one in signatures]
        stamped = [] if snapshot is None or not snapshot.timestamped else _stamped(data, signatures[-1], found[-1])
        if not only_signed_between(found[0].reader, names):
            raise not_as_signed()
    except UNREADABLE as error:
        raise not_as_signed() from error
    return checked, stamped


def _checked(data: bytes, signature: EmbeddedPdfSignature, *, is_first: bool) -> Checked:
    field = SignatureField(signature.field_name)
    # Trust is judged later, on our own terms; here only whether the signature holds.
    context = ValidationContext(trust_roots=[signature.signer_cert], allow_fetching=False)
    result = validate_pdf_signature(signature, signer_validation_context=context)
    holds = (
        result.intact
        and result.valid
        and result.docmdp_ok is not False
        and has_our_form(data, signature)
        and locks_as(signature, is_first=is_first, is_seal=field is SignatureField.SEAL)
    )
    if not holds or result.signer_reported_dt is None:
        raise not_as_signed()
    return Checked(field, *certificates_of(signature.signed_data), result.signer_reported_dt)


def _stamped(data: bytes, seal: EmbeddedPdfSignature, last: EmbeddedPdfSignature) -> list[Stamped]:
    """The timestamp on the seal and the one over the whole file."""
    token = token_of(seal)
    if token is None:
        raise _timestamp_missing()
    on_seal = _token(token, message_imprint_checker(seal.signer_info))
    is_ours = last.sig_object_type == "/DocTimeStamp" and has_our_form(data, last)
    whole = _token(last.signed_data, last.compute_digest)
    if not is_ours:
        raise not_as_signed()
    return [on_seal, whole]


def _token(signed: Any, imprint: Any) -> Stamped:
    """A token that holds. Raises `Refused`, and what a damaged one makes parsers raise."""
    certificate, along = certificates_of(signed)
    context = ValidationContext(trust_roots=[as_asn1(certificate)], allow_fetching=False)
    result = asyncio.run(validate_tst_signed_data(signed, context, imprint))
    if not result["valid"]:
        raise not_as_signed()
    if not result["intact"]:
        said = "A timestamp is not of this file: it is that of another one, or the file was changed after it was made."
        raise altered(reason("verification.timestamp_of_another", said))
    return Stamped(certificate, along, result["timestamp"])


def _timestamp_missing() -> Refused:
    return altered(
        reason("verification.timestamp_missing", "The seal carries no timestamp, but the embedded data say it has one.")
    )


# ── who signed ───────────────────────────────────────────────────────────────────────────────────────


def refuse_untrusted(checked: Sequence[Checked], trust: Sequence[x509.Certificate]) -> None:
    """Raises `Refused` when a signer is unknown here, or its certificate is not one that may sign this."""
    for one in checked:
        if untrusted := why_not_trusted(one.certificate, one.along, trust, one.at):
            raise Refused(Status.UNKNOWN_SIGNER, untrusted[0])
        if not _may_sign(one.certificate):
            raise _unknown(
                reason(
                    "verification.not_for_signing",
                    "The certificate of {name} was not issued for signing.",
                    name=common_name(one.certificate),
                )
            )
        if any(why_not_trusted(other, one.along, trust, one.at) for other in one.along):
            raise not_as_signed()  # a certificate that came along was tampered with, although it was not needed
        is_seal = one.field is SignatureField.SEAL
        if is_seal and is_personal(one.certificate):
            said = "The seal was set with the personal key of {name}, not with the laboratory's."
            raise _unknown(reason("verification.seal_by_a_person", said, name=common_name(one.certificate)))


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment


def _unknown(why: Reason) -> Refused:
    return Refused(Status.UNKNOWN_SIGNER, why)


def refuse_other_people(
    checked: Sequence[Checked], snapshot: ReportSnapshot, trust: Sequence[x509.Certificate]
) -> None:
    """Raises `Refused` unless each signature is by whom the data name, at the instant they name, and the seal last."""
    *people, seal = checked
    if not names_body(seal.certificate, snapshot.laboratory.name) and seal.certificate not in trust:
        said = "The seal is that of {name}, not of the laboratory that is printed: {laboratory}."
        raise _unknown(
            reason(
                "verification.seal_of_another",
                said,
                name=common_name(seal.certificate),
                laboratory=snapshot.laboratory.name,
            )
        )
    if not people:
        return
    named = snapshot.people
    for one, person in zip(people, (named.compiled_by, named.reviewed_by, named.approved_by), strict=True):
        _refuse_another_person(one, person)
    keys = {_public(one.certificate) for one in checked}
    holders = {one.certificate.subject for one in checked}
    if len(keys) < len(checked) or len(holders) < len(checked):
        raise _inconsistent(
            reason(
                "verification.same_signer",
                "Two of the signatures are by one and the same: the acts are of three people.",
            )
        )
    instants = [one.at for one in checked]
    if instants != sorted(instants):
        raise _inconsistent(
            reason(
                "verification.acts_in_disorder", "The signatures state times in another order than that of the acts."
            )
        )


def _public(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _refuse_another_person(one: Checked, person: Signatory) -> None:
    fingerprint = one.certificate.fingerprint(SHA256()).hex()
    name = common_name(one.certificate)
    if name != person.name[:LONGEST_NAME] or person.certificate_sha256 not in {"", fingerprint}:
        raise _inconsistent(
            reason(
                "verification.signed_by_another",
                "The signature “{act}” was made by {name}, with another certificate than that of {person}, whom the"
                " data name.",
                act=one.field.word,
                name=name,
                person=person.name,
            )
        )
    if one.at != person.at.replace(microsecond=0):
        raise _inconsistent(
            reason(
                "verification.act_time",
                "The signature “{act}” states {stated}, the data say {told}.",
                act=one.field.word,
                stated=one.at.isoformat(),
                told=person.at.isoformat(),
            )
        )


def _inconsistent(why: Reason) -> Refused:
    return Refused(Status.INCONSISTENT, why)


# ── when ─────────────────────────────────────────────────────────────────────────────────────────────


def refuse_revoked(
    checked: Sequence[Checked], stamped: Sequence[Stamped], reader: Any, trust: Sequence[x509.Certificate]
) -> None:
    """Raises `Refused` when the file itself says that a certificate had been taken back when it was used."""
    try:
        material = embedded_material(reader)
        together: list[Checked | Stamped] = [*checked, *stamped]
        for one in together:
            used = [one.certificate, *(c for c in one.along if c not in trust)]
            if why := why_revoked(used, [*one.along, *trust], material, one.at):
                raise Refused(Status.UNKNOWN_SIGNER, why)
    except UNREADABLE as error:
        raise not_as_signed() from error


def why_time_unconfirmed(stamped: Sequence[Stamped], seal: Checked, trust: Sequence[x509.Certificate]) -> Reason | None:
    """Why the timestamps prove nothing here; None when their authority is trusted and they fit the seal.

    Raises `Refused` when a trusted authority contradicts the seal.
    """
    for one in stamped:
        if not _may_stamp(one.certificate) or why_not_trusted(one.certificate, one.along, trust, one.at):
            said = (
                "The timestamp is by {name}, who is not trusted here for timestamps: the time is the laboratory's own."
            )
            return reason("verification.timestamp_unknown", said, name=common_name(one.certificate))
    for one in stamped:
        if abs(one.at - seal.at) > TOLERANCE:
            raise _inconsistent(
                reason(
                    "verification.timestamp_time",
                    "The seal states {stated}, its timestamp {stamped}.",
                    stated=seal.at.isoformat(),
                    stamped=one.at.isoformat(),
                )
            )
    return None


def _may_stamp(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in usage
