"""Forgers at work: files that look like issued reports, each made false in its own way.

Outsiders have the issued file and any key but the laboratory's. Insiders have the laboratory's key as well.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pypdf import PdfReader, PdfWriter

from lims.documents.keys import PrivateKey, SigningIdentity
from lims.documents.log_forms import LogProof, issue_of
from lims.documents.press import Press
from lims.documents.qr import qr_svg
from lims.documents.results_file import results_csv
from lims.documents.signing import _signer
from lims.documents.snapshot import ATTACHMENT, ReportSnapshot
from tests.documents.examples import ASSETS, ISSUED_AT, TEMPLATES, a_snapshot
from tests.documents.log_examples import LABORATORY, proved, seal


@dataclass
class Forger:
    """What a forger has in hand: the genuine file and what it was made of, and two keys."""

    press: Press
    snapshot: ReportSnapshot
    proof: LogProof
    rendered: bytes
    genuine: bytes
    laboratory: SigningIdentity
    stranger: SigningIdentity

    def printed(self, snapshot: ReportSnapshot, proof: LogProof | None) -> bytes:
        """A report that is printed as it should be."""
        return self.press.report(snapshot, None if proof is None else proof.canonical_bytes())


# ── outsiders: after the signature ───────────────────────────────────────────────────────────────────


def updated(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """The file with an incremental update at its end."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf), strict=False)
    change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _page(writer: Any) -> Any:
    return writer.root["/Pages"]["/Kids"].raw_get(0)


def annotate(writer: Any) -> None:
    page = _page(writer).get_object()
    note = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (50, 50, 300, 90))),
            generic.pdf_name("/Contents"): generic.TextStringObject("合格"),
        }
    )
    annotations = page.get("/Annots", generic.ArrayObject())
    page["/Annots"] = generic.ArrayObject([*annotations, writer.add_object(note)])
    writer.mark_update(_page(writer))


def annotated(f: Forger) -> bytes:
    return updated(f.genuine, annotate)


def with_one_page_more(f: Forger) -> bytes:
    def change(writer: Any) -> None:
        pages = writer.root["/Pages"]
        pages["/Kids"].append(_page(writer))
        pages["/Count"] = generic.NumberObject(len(pages["/Kids"]))
        writer.mark_update(writer.root.raw_get("/Pages"))

    return updated(f.genuine, change)


def with_one_field_more(f: Forger) -> bytes:
    return updated(f.genuine, lambda writer: append_signature_field(writer, SigFieldSpec("Second")))


def with_other_metadata(f: Forger) -> bytes:
    def change(writer: Any) -> None:
        writer.set_info(generic.DictionaryObject({generic.pdf_name("/Title"): generic.TextStringObject("合格证明")}))

    return updated(f.genuine, change)


def with_attachment_swapped(f: Forger) -> bytes:
    def change(writer: Any) -> None:
        names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
        data = f.snapshot.model_copy(update={"verdict": "conforms"}).canonical_bytes()
        for i in range(0, len(names), 2):
            if names[i] == ATTACHMENT:
                spec = names[i + 1].get_object()
                spec["/EF"]["/F"] = writer.add_object(generic.StreamObject(stream_data=data))
                writer.mark_update(names.raw_get(i + 1))

    return updated(f.genuine, change)


def with_attachment_removed(f: Forger) -> bytes:
    def change(writer: Any) -> None:
        del writer.root["/Names"]
        writer.update_root()

    return updated(f.genuine, change)


def repaint(writer: Any) -> None:
    page = _page(writer).get_object()
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"q 1 0 0 rg 0 0 600 850 re f Q"))
    writer.mark_update(_page(writer))


def with_shadow_content(f: Forger) -> bytes:
    """A second content of the first page lay in wait, and is shown instead of the signed one."""
    return updated(f.genuine, repaint)


def with_two_signatures(f: Forger) -> bytes:
    """A stranger signs below the laboratory, and does not care that it allowed no change."""

    class Heedless(PdfSigner):
        def _enforce_certification_constraints(self, reader: Any) -> None:
            """None."""

    writer = IncrementalPdfFileWriter(BytesIO(f.genuine), strict=False)
    stated = PdfSignatureMetadata(field_name="Second", md_algorithm="sha256")
    out = BytesIO()
    Heedless(stated, signer=_signer(f.stranger)).sign_pdf(writer, output=out)
    return out.getvalue()


def with_one_byte_changed(f: Forger) -> bytes:
    changed = bytearray(f.genuine)
    changed[f.genuine.index(b"stream\n") + 40] ^= 1
    return bytes(changed)


def cut_off(f: Forger) -> bytes:
    return f.genuine[: len(f.rendered)]


def truncated(f: Forger) -> bytes:
    return f.genuine[:-700]


def stripped(f: Forger) -> bytes:
    """The pages alone, in a file of their own."""
    writer = PdfWriter()
    for page in PdfReader(BytesIO(f.genuine)).pages:
        page.pop("/Annots", None)
        writer.add_page(page)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def encrypted(f: Forger) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(f.genuine)))
    writer.encrypt("", algorithm="AES-256")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def digits_of(pdf: bytes) -> tuple[int, int]:
    """Where the signature's digits stand."""
    found = list(re.finditer(rb"/ByteRange \[\s*\d+ (\d+) (\d+)", pdf))[-1]
    return int(found[1]) + 1, int(found[2]) - 1


def with_signature_of_another_file(f: Forger) -> bytes:
    other = seal(f.printed(a_snapshot(number="QJ2026J000018"), None), f.laboratory)
    start, end = digits_of(f.genuine)
    their_start, their_end = digits_of(other)
    digits = other[their_start:their_end].rstrip(b"0").ljust(end - start, b"0")
    return f.genuine[:start] + digits + f.genuine[end:]


def with_a_gap(f: Forger) -> bytes:
    """The signature leaves out sixteen bytes more than its own digits, before them."""
    start, _end = digits_of(f.genuine)
    found = list(re.finditer(rb"/ByteRange \[\s*(\d+) (\d+) (\d+) (\d+)\s*\]\s*", f.genuine))[-1]
    first, gap, resume, rest = (int(n) for n in found.groups())
    assert gap == start - 1
    said = b"/ByteRange [%d %d %d %d]" % (first, gap - 16, resume, rest)
    return f.genuine[: found.start()] + said.ljust(len(found[0])) + f.genuine[found.end() :]


def with_two_ends(f: Forger) -> bytes:
    return f.genuine + f.rendered


# ── outsiders: with a key of their own ───────────────────────────────────────────────────────────────


def by_a_stranger(f: Forger) -> bytes:
    return seal(f.rendered, f.stranger)


def self_signed(f: Forger) -> bytes:
    return seal(f.rendered, an_identity(f.laboratory.certificate.subject))


def with_another_number(f: Forger) -> bytes:
    snapshot = f.snapshot.model_copy(update={"number": "QJ2026J000099"})
    return seal(f.printed(snapshot, proved(snapshot, f.stranger)), f.stranger)


def an_identity(name: x509.Name, issuer: SigningIdentity | None = None, *, may_sign: bool = True) -> SigningIdentity:
    """A certificate for a name; signed by itself, or by an issuer that is no authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(may_sign, False, False, False, True, False, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ISSUED_AT - timedelta(days=1))
        .not_valid_after(ISSUED_AT + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key if issuer is None else soft(issuer), hashes.SHA256())
    )
    above = () if issuer is None else (issuer.certificate, *issuer.chain)
    return SigningIdentity(key, certificate, above, is_development=False)


def soft(identity: SigningIdentity) -> PrivateKey:
    """The key of an identity, which is in memory."""
    assert isinstance(identity.private_key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    return identity.private_key


def under_the_laboratorys_own_certificate(f: Forger) -> bytes:
    """The laboratory's certificate, taken for an authority."""
    return seal(f.rendered, an_identity(f.laboratory.certificate.subject, f.laboratory))


def after_the_certificate_expired(f: Forger) -> bytes:
    return seal(f.rendered, f.laboratory, f.laboratory.certificate.not_valid_after_utc + timedelta(days=1))


def before_the_certificate_was_valid(f: Forger) -> bytes:
    return seal(f.rendered, f.laboratory, f.laboratory.certificate.not_valid_before_utc - timedelta(days=1))


# ── insiders: with the laboratory's key ──────────────────────────────────────────────────────────────


class TwoTongues(Press):
    """Prints one snapshot and embeds another, as only somebody at the laboratory's own machine can."""

    def both(self, printed: ReportSnapshot, embedded: ReportSnapshot, proof: LogProof) -> bytes:
        class Told(ReportSnapshot):
            def canonical_bytes(self) -> bytes:
                return embedded.canonical_bytes()

        return self.report(Told(**dict(printed)), proof.canonical_bytes())


def printing_another_result(f: Forger) -> bytes:
    lines = (f.snapshot.lines[0].model_copy(update={"result": "0.01", "verdict": "合格"}), *f.snapshot.lines[1:])
    printed = f.snapshot.model_copy(update={"lines": lines})
    return seal(TwoTongues(TEMPLATES, ASSETS).both(printed, f.snapshot, f.proof), f.laboratory)


def with_the_code_of_another_report(f: Forger) -> bytes:
    """The words are right; the QR code leads to the page of another report."""
    wrong = "https://lims.example.gov.cn/v/AnotherOne"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lims.documents.press.qr_svg", lambda _url: qr_svg(wrong))
        return seal(Press(TEMPLATES, ASSETS).report(f.snapshot, f.proof.canonical_bytes()), f.laboratory)


def repainted_before_signing(f: Forger) -> bytes:
    """The printed bytes are all there, but an update before the signature shows another first page."""
    return seal(updated(f.rendered, repaint), f.laboratory)


def annotated_before_signing(f: Forger) -> bytes:
    return seal(updated(f.rendered, annotate), f.laboratory)


class _OneUpdate(IncrementalPdfFileWriter):
    """Writes the forger's change and the signature as one update."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        fonts = self.root["/Pages"]["/Kids"].raw_get(0).get_object()["/Resources"]["/Font"]
        bold, other = list(fonts)[:2]
        table = fonts[bold].raw_get("/ToUnicode")
        self.objects[(0, table.idnum)] = fonts[other]["/ToUnicode"]


def with_other_letters(f: Forger) -> bytes:
    """In the revision of the signature itself, a table of letters is exchanged."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lims.documents.signing._Update", _OneUpdate)
        return seal(f.rendered, f.laboratory)


def without_data(f: Forger) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(f.rendered)))
    root: Any = writer._root_object
    for name in ("/Names", "/AF"):
        root.pop(name, None)
    return resealed(writer, f)


def with_a_strange_attachment(f: Forger) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(f.rendered)))
    writer.add_attachment("certificate.txt", "合格".encode())
    return resealed(writer, f)


def with_a_table_that_says_otherwise(f: Forger) -> bytes:
    """`report.json` and the pages are right; the table beside them has another result."""
    snapshot = f.snapshot.model_copy(update={"has_results_file": True})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lims.documents.press.results_csv", lambda one: results_csv(one).replace(b"0.12", b"0.01"))
        return seal(f.printed(snapshot, proved(snapshot, f.laboratory)), f.laboratory)


def with_a_table_that_no_data_name(f: Forger) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(f.rendered)))
    writer.add_attachment("results.csv", results_csv(f.snapshot))
    return resealed(writer, f)


def resealed(writer: PdfWriter, f: Forger) -> bytes:
    """What a writer made, signed by the laboratory."""
    out = BytesIO()
    writer.write(out)
    return seal(out.getvalue(), f.laboratory)


def with_proof(f: Forger, **changed: Any) -> bytes:
    """The report with another proof, signed by the laboratory."""
    return seal(f.printed(f.snapshot, f.proof.model_copy(update=changed)), f.laboratory)


def with_the_proof_of_another_leaf(f: Forger) -> bytes:
    return seal(f.printed(f.snapshot, proved(f.snapshot, f.laboratory, wanted=1)), f.laboratory)


def with_a_path_that_leads_nowhere(f: Forger) -> bytes:
    return with_proof(f, path=("0" * 64, *f.proof.path[1:]))


def with_a_head_of_another_key(f: Forger) -> bytes:
    return with_proof(f, head=proved(f.snapshot, f.stranger).head)


def with_a_head_that_was_edited(f: Forger) -> bytes:
    entry = issue_of(f.snapshot, LABORATORY, f.snapshot.canonical_bytes())
    body = f.proof.head.body.model_copy(update={"size": 1, "root": entry.leaf.hex()})
    return with_proof(f, index=0, path=(), head=f.proof.head.model_copy(update={"body": body}))


def with_a_head_of_last_year(f: Forger) -> bytes:
    early = proved(f.snapshot, f.laboratory, at=ISSUED_AT - timedelta(hours=20))
    return with_proof(f, head=early.head)


def with_a_proof_that_is_none(f: Forger) -> bytes:
    return seal(f.press.report(f.snapshot, b'{"kind":"qianjian.log.proof"}'), f.laboratory)
