"""The laboratory's signature on a report (电子签名): PAdES B-B (ETSI EN 319 142-1), certifying, no change allowed.

The only signature field is the seal 检验检测专用章. The picture of the seal stands in the template, the signature
itself is invisible: what readers show of it is theirs.
"""

from datetime import datetime
from functools import lru_cache
from io import BytesIO

from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1 as as_asn1
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfSigningSession
from pyhanko_certvalidator.registry import SimpleCertificateStore

from lims.documents.keys import SigningIdentity, sign_digestible

FIELD_NAME = "LaboratorySeal"
FIELD_TITLE = "检验检测专用章"
_DIGEST = "sha256"


class _KeptKeySigner(Signer):
    """Signs with the key as it is kept in memory; pyHanko's own signer parses it anew, twice per signature."""

    def __init__(self, identity: SigningIdentity) -> None:
        self._key = identity.private_key
        above = [c for c in identity.chain if c.issuer != c.subject]  # a root is trusted because it is known, not sent
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko's class has no annotations here
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


@lru_cache(maxsize=8)
def _signer(identity: SigningIdentity) -> _KeptKeySigner:
    return _KeptKeySigner(identity)


def sign_pdf(pdf: bytes, identity: SigningIdentity, signed_at: datetime, *, location: str, reason_text: str) -> bytes:
    """The report with the laboratory's certifying signature (DocMDP: no changes) as its last revision.

    Not to be called from a coroutine: pyHanko runs an event loop of its own.

    Args:
        pdf: a rendered report without signature; it is a byte prefix of what comes back.
        signed_at: the instant that the signature states, from the `Clock`.
        location: where it is signed, for instance the laboratory's place.
        reason_text: what for, for instance 签发检验报告.
    """
    writer = IncrementalPdfFileWriter(BytesIO(pdf), strict=True)
    append_signature_field(writer, SigFieldSpec(FIELD_NAME, on_page=0, readable_field_name=FIELD_TITLE))
    stated = PdfSignatureMetadata(
        field_name=FIELD_NAME,
        md_algorithm=_DIGEST,
        location=location,
        reason=reason_text,
        name=identity.name,
        certify=True,
        subfilter=SigSeedSubFilter.PADES,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    signer = _DatedSigner(stated, signer=_signer(identity))
    signer.signed_at = signed_at
    signed = BytesIO()
    signer.sign_pdf(writer, existing_fields_only=True, output=signed)
    return signed.getvalue()
