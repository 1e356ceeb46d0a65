"""The signatures on a report (电子签名): PAdES (ETSI EN 319 142-1), each an incremental update of its own.

Three people sign, then the laboratory seals. All four fields are there before the first signature, which certifies the
document and allows nothing but filling them. The seal 检验检测专用章 is the last: it locks every field and allows no
change. With a timestamp the file ends with the material for its validation and a timestamp over all of it (B-LTA).

The picture of the seal and the names stand in the template, the signatures themselves are invisible: what readers show
of them is theirs, and no drawn text can lack a Chinese character.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from io import BytesIO

from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1 as as_asn1
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import (
    FieldMDPAction,
    FieldMDPSpec,
    MDPPerm,
    SigFieldSpec,
    SigSeedSubFilter,
    append_signature_field,
)
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.signers.pdf_signer import (
    PdfSignatureMetadata,
    PdfSigner,
    PdfSigningSession,
    PdfTimeStamper,
    TimestampDSSContentSettings,
)
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from lims.documents.keys import SigningIdentity, sign_digestible
from lims.documents.signatures import ALL_SIGNATURES, PERSONAL, TIMESTAMP_FIELD, SignatureField
from lims.documents.timestamps import Timestamps, timestamping

_DIGEST = "sha256"
for _name in ("pyhanko", "pyhanko_certvalidator"):  # what matters of their complaints is raised or answered
    logging.getLogger(_name).addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class PersonalSignature:
    """One of the three acts: whose key signs, the instant that is stated, and the meaning of the signature."""

    field: SignatureField
    identity: SigningIdentity
    at: datetime
    reason_text: str


class _KeptKeySigner(Signer):
    """Signs with the key as it is kept in memory; pyHanko's own signer parses it anew, twice per signature."""

    def __init__(self, identity: SigningIdentity) -> None:
        self._key = identity.private_key
        above = [c for c in identity.chain if c.issuer != c.subject]  # a root is trusted because it is known, not sent
        store = SimpleCertificateStore()
        store.register_multiple(as_asn1(c) for c in above)
        super().__init__(signing_cert=as_asn1(identity.certificate), cert_registry=store, embed_roots=False)

    async def async_sign_raw(
        self,
        data: bytes,
        digest_algorithm: str,  # noqa: ARG002 -- pyHanko's signature; _DIGEST is the only one asked for
        dry_run: bool = False,  # noqa: ARG002 -- signing is as quick as pretending
    ) -> bytes:
        return sign_digestible(self._key, data)


class _DatedSigner(PdfSigner):
    """Dates the signature with the instant it is given, not with the machine's."""

    signed_at: datetime

    def init_signing_session(self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.signed_at
        return session


@lru_cache(maxsize=64)
def _signer(identity: SigningIdentity) -> _KeptKeySigner:
    return _KeptKeySigner(identity)


def sign_pdf(pdf: bytes, identity: SigningIdentity, signed_at: datetime, *, location: str, reason_text: str) -> bytes:
    """The report with the laboratory's certifying signature alone (DocMDP: no changes) as its last revision.

    Not to be called from a coroutine: pyHanko runs an event loop of its own.

    Args:
        pdf: a rendered report without signature; it is a byte prefix of what comes back.
        signed_at: the instant that the signature states, from the `Clock`.
        location: where it is signed, for instance the laboratory's place.
        reason_text: what for, for instance 签发检验报告.
    """
    writer = _writer(pdf)
    _append_field(writer, SignatureField.SEAL, locks=False)
    stated = _stated(SignatureField.SEAL, identity, location, reason_text)
    return _signed(writer, replace(stated, certify=True, docmdp_permissions=MDPPerm.NO_CHANGES), identity, signed_at)


def sign_report(
    pdf: bytes,
    people: Sequence[PersonalSignature],
    seal: SigningIdentity,
    sealed_at: datetime,
    *,
    location: str,
    reason_text: str,
    timestamps: Timestamps | None = None,
) -> bytes:
    """The report with the signatures of three people and the laboratory's seal over them, each in its own revision.

    Every earlier revision is a byte prefix of what comes back. Not to be called from a coroutine: pyHanko runs an event
    loop of its own.

    Args:
        pdf: a rendered report without signature, whose embedded data say that it is signed so.
        people: who compiled, reviewed and approved, in this order.
        seal: the laboratory's key.
        sealed_at: the instant that the seal states, from the `Clock`; not before the last of the people.
        location: where it is signed, for instance the laboratory's place.
        reason_text: what the seal is for, for instance 签发检验报告.
        timestamps: where timestamps come from; None: the report carries none.
    Raises `BadInput` when a key in a token does not sign, `TimestampRefused` when no timestamp is to be had: the report
    may be signed again later. Raises `ValueError` for other than the three people.
    """
    if tuple(one.field for one in people) != PERSONAL:
        raise ValueError("a report is signed by who compiled, reviewed and approved it, in this order")
    for one in people:
        writer = _writer(pdf)
        stated = _stated(one.field, one.identity, location, one.reason_text)
        if one is people[0]:
            for field in ALL_SIGNATURES:
                _append_field(writer, field, locks=field is SignatureField.SEAL)
            stated = replace(stated, certify=True, docmdp_permissions=MDPPerm.FILL_FORMS)
        pdf = _signed(writer, stated, one.identity, one.at)
    stated = _stated(SignatureField.SEAL, seal, location, reason_text)
    stated = replace(stated, docmdp_permissions=MDPPerm.NO_CHANGES)
    if timestamps is None:
        return _signed(_writer(pdf), stated, seal, sealed_at)
    with timestamping(timestamps, seal, sealed_at) as (stamper, context):
        stated = replace(stated, validation_context=context)
        return asyncio.run(_sealed(pdf, _dated(stated, seal, sealed_at, stamper), stamper, context))


async def _sealed(pdf: bytes, signer: PdfSigner, stamper: TimeStamper, context: ValidationContext) -> bytes:
    """The seal with a timestamp on it; then, as one update, what checks both and a timestamp over the whole file."""
    sealed, stamped = BytesIO(), BytesIO()
    try:
        await signer.async_sign_pdf(_writer(pdf), existing_fields_only=True, output=sealed)
        await PdfTimeStamper(stamper, field_name=TIMESTAMP_FIELD).async_timestamp_pdf(
            _writer(sealed.getvalue()),
            _DIGEST,
            context,
            dss_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
            embed_roots=False,
            output=stamped,
        )
    finally:
        await context.aclose()
    return stamped.getvalue()


class _Update(IncrementalPdfFileWriter):
    """Leaves the metadata as they were printed: pyHanko would put in itself, and the time of this machine."""

    def _update_meta(self) -> None:
        """Nothing."""


def _writer(pdf: bytes) -> IncrementalPdfFileWriter:
    return _Update(BytesIO(pdf), strict=True)


def _append_field(writer: IncrementalPdfFileWriter, field: SignatureField, *, locks: bool) -> None:
    """An empty field; filling one that `locks` locks all, its own among them."""
    spec = SigFieldSpec(
        field.value,
        on_page=0,
        readable_field_name=field.shown,
        field_mdp_spec=FieldMDPSpec(FieldMDPAction.ALL) if locks else None,
        doc_mdp_update_value=MDPPerm.NO_CHANGES if locks else None,
    )
    append_signature_field(writer, spec)


def _stated(field: SignatureField, identity: SigningIdentity, location: str, reason_text: str) -> PdfSignatureMetadata:
    return PdfSignatureMetadata(
        field_name=field.value,
        md_algorithm=_DIGEST,
        location=location,
        reason=reason_text,
        name=identity.name,
        subfilter=SigSeedSubFilter.PADES,
    )


def _dated(
    stated: PdfSignatureMetadata, identity: SigningIdentity, at: datetime, stamper: TimeStamper | None = None
) -> PdfSigner:
    signer = _DatedSigner(stated, signer=_signer(identity), timestamper=stamper)
    signer.signed_at = at
    return signer


def _signed(
    writer: IncrementalPdfFileWriter, stated: PdfSignatureMetadata, identity: SigningIdentity, at: datetime
) -> bytes:
    signed = BytesIO()
    _dated(stated, identity, at).sign_pdf(writer, existing_fields_only=True, output=signed)
    return signed.getvalue()
