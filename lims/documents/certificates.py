"""Whom the installation trusts (信任的证书): reading certificates and walking a chain up to a trusted one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from lims.core.errors import BadInput
from lims.core.reasons import Reason, reason

#: Stands in the subject and the issuer of everything made by `keys.development_identity`.
DEVELOPMENT_MARK = "DEVELOPMENT ONLY 仅供试用"
#: Stands beside it in the certificates of persons, which sign for themselves and never for the laboratory.
PERSONAL_MARK = "PERSONAL 个人"
#: Characters that a common name has room for (X.520, ub-common-name).
LONGEST_NAME = 64
_LONGEST_CHAIN = 6


def is_development(certificate: x509.Certificate) -> bool:
    """Was the certificate issued by a development CA of this software?"""
    units = certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return any(unit.value == DEVELOPMENT_MARK for unit in units)


def is_personal(certificate: x509.Certificate) -> bool:
    """Was the certificate issued to a person by a development CA of this software?"""
    units = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return is_development(certificate) and any(unit.value == PERSONAL_MARK for unit in units)


def names_body(certificate: x509.Certificate, name: str) -> bool:
    """Does the subject name this body: as its common name, organisation or a unit of it?"""
    kinds = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME)
    wanted = name[:LONGEST_NAME]
    return any(part.value == wanted for kind in kinds for part in certificate.subject.get_attributes_for_oid(kind))


def common_name(certificate: x509.Certificate) -> str:
    """The subject's common name, or its whole name when it has none."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def digest_of(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate, as snapshots name it."""
    return certificate.fingerprint(SHA256()).hex()


def as_pem(certificates: Iterable[x509.Certificate]) -> bytes:
    """The certificates as PEM, one after the other."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def read_certificates(pem: bytes, source: str = "") -> tuple[x509.Certificate, ...]:
    """All certificates of a PEM text. Raises `BadInput`."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError as error:
        raise BadInput(
            reason("certificate.unreadable", "{source} is not a certificate in PEM form.", source=source or "The text")
        ) from error


def trusted_certificates(folder: Path) -> tuple[x509.Certificate, ...]:
    """Every certificate of the `*.pem` and `*.crt` files of a folder. Raises `BadInput` for one that cannot be read."""
    paths = sorted(p for p in folder.glob("*") if p.suffix in {".pem", ".crt"})
    return tuple(c for path in paths for c in read_certificates(path.read_bytes(), path.name))


def _may_issue(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    if not _may_issue(issuer):
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _valid_at(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def why_not_trusted(
    certificate: x509.Certificate,
    intermediates: Sequence[x509.Certificate],
    trust: Sequence[x509.Certificate],
    at: datetime,
) -> list[Reason]:
    """Why the certificate is not to be trusted at an instant; empty when its chain ends in `trust`.

    Args:
        certificate: the signer's certificate.
        intermediates: certificates that came along; they are believed only as links of the chain.
        trust: the installation's trusted certificates; a signer's own may be among them.
        at: the instant of the signature.
    """
    current = certificate
    for _ in range(_LONGEST_CHAIN):
        if not _valid_at(current, at):
            return [
                reason(
                    "certificate.not_valid_then",
                    "The certificate of {name} was not valid on {day}.",
                    name=common_name(current),
                    day=at.date().isoformat(),
                )
            ]
        if current in trust:
            return []
        above = next((c for c in (*trust, *intermediates) if c != current and _issued(c, current)), None)
        if above is None:
            break
        current = above
    return [
        reason(
            "certificate.unknown_issuer",
            "The certificate of {name} was not issued by an authority that this installation trusts.",
            name=common_name(certificate),
        )
    ]
