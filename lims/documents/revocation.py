"""Revocation data that travels in a report (吊销信息): did an authority take back a certificate before it was used?

The lists are believed only to refuse: they were put in by whoever signed, and their absence proves nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from pyhanko.pdf_utils.reader import PdfFileReader

from lims.core.reasons import Reason, reason
from lims.documents.certificates import common_name
from lims.documents.signature_form import entry


def embedded_material(reader: PdfFileReader) -> tuple[list[x509.CertificateRevocationList], list[ocsp.OCSPResponse]]:
    """Revocation lists and answers of the Document Security Store (ETSI EN 319 142-1, 5.4.2); none without one.

    Raises what damaged ones make parsers raise.
    """
    store = entry(reader.root, "/DSS", {})
    lists = [x509.load_der_x509_crl(one) for one in _contents(store, "/CRLs")]
    answers = [ocsp.load_der_ocsp_response(one) for one in _contents(store, "/OCSPs")]
    return lists, answers


def _contents(store: Any, key: str) -> list[bytes]:
    return [one.get_object().data for one in entry(store, key, ())]


def why_revoked(
    certificates: Iterable[x509.Certificate],
    issuers: Sequence[x509.Certificate],
    material: tuple[list[x509.CertificateRevocationList], list[ocsp.OCSPResponse]],
    at: datetime,
) -> Reason | None:
    """Which of the certificates was revoked by an instant; None when the material says so of none.

    Args:
        certificates: those that were used.
        issuers: certificates that may have issued them and the lists.
        material: of `embedded_material`.
        at: the instant of their use.
    """
    for certificate in certificates:
        days = [*_by_lists(certificate, issuers, material[0]), *_by_answers(certificate, material[1])]
        if any(day <= at for day in days):
            said = "The certificate of {name} had been revoked on {day}, before it was used."
            return reason("certificate.revoked", said, name=common_name(certificate), day=min(days).date().isoformat())
    return None


def _by_lists(
    certificate: x509.Certificate,
    issuers: Sequence[x509.Certificate],
    lists: Iterable[x509.CertificateRevocationList],
) -> Iterable[datetime]:
    for one in lists:
        entry = one.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is None or one.issuer != certificate.issuer:
            continue
        if any(issuer.subject == one.issuer and _is_signed_by(one, issuer) for issuer in issuers):
            yield entry.revocation_date_utc


def _is_signed_by(one: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key = issuer.public_key()
    return isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey) and one.is_signature_valid(key)


def _by_answers(certificate: x509.Certificate, answers: Iterable[ocsp.OCSPResponse]) -> Iterable[datetime]:
    for answer in answers:
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            continue
        for one in answer.responses:
            is_revoked = one.certificate_status is ocsp.OCSPCertStatus.REVOKED
            if is_revoked and one.serial_number == certificate.serial_number and one.revocation_time_utc is not None:
                yield one.revocation_time_utc
