"""What the verification says of files that people hand in: whole, changed, cut, forged and senseless ones."""

import hashlib
import random
import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.x509 import Certificate
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field
from pypdf import PdfReader, PdfWriter

from lims.core.clock import FixedClock
from lims.documents.keys import SigningIdentity, development_identity
from lims.documents.press import Press
from lims.documents.signatures import SignatureField
from lims.documents.signing import sign_pdf
from lims.documents.snapshot import ATTACHMENT
from lims.documents.verification import (
    LARGEST_FILE,
    IssuedRecord,
    IssuedStatus,
    Status,
    Verification,
    read_number,
    verify_pdf,
)
from tests.documents.examples import ISSUED_AT, a_snapshot

NUMBER = "QJ2026J000017"


def issued(data: bytes, status: IssuedStatus = IssuedStatus.ISSUED, replaced_by: str | None = None) -> IssuedRecord:
    return IssuedRecord(NUMBER, hashlib.sha256(data).hexdigest(), status, replaced_by)


@pytest.fixture(scope="module")
def trust(identity: SigningIdentity) -> tuple[Certificate, ...]:
    return identity.anchors


def signature_gap(data: bytes) -> tuple[int, int]:
    """Where the hexadecimal digits of the signature begin and end."""
    found = list(re.finditer(rb"/ByteRange \[\s*\d+ (\d+) (\d+)", data))[-1]
    return int(found[1]), int(found[2])


def outcome(found: Verification) -> tuple[Status, str]:
    return found.status, found.reason.code


def test_an_issued_report_is_valid_and_says_who_signed_it_when(signed: bytes, trust: tuple[Certificate, ...]) -> None:
    found = verify_pdf(signed, trust, issued(signed))

    assert outcome(found) == (Status.VALID, "verification.valid")
    assert (found.number, found.signed_at, found.is_development) == (NUMBER, ISSUED_AT, True)
    assert found.signer == "黔中县农产品质量安全检验检测中心"
    assert found.sha256 == hashlib.sha256(signed).hexdigest()


def test_an_installation_without_a_record_of_the_report_says_so(signed: bytes, trust: tuple[Certificate, ...]) -> None:
    assert outcome(verify_pdf(signed, trust, None)) == (Status.VALID, "verification.valid_unrecorded")


@pytest.mark.parametrize(
    ("record", "status"),
    [(IssuedStatus.REPLACED, Status.REPLACED), (IssuedStatus.WITHDRAWN, Status.WITHDRAWN)],
)
def test_a_genuine_report_that_is_no_longer_in_force_says_so(
    signed: bytes, trust: tuple[Certificate, ...], record: IssuedStatus, status: Status
) -> None:
    assert verify_pdf(signed, trust, issued(signed, record, "QJ2026J000018")).status is status


def test_a_replaced_report_names_its_successor(signed: bytes, trust: tuple[Certificate, ...]) -> None:
    found = verify_pdf(signed, trust, issued(signed, IssuedStatus.REPLACED, "QJ2026J000018"))

    assert "QJ2026J000018" in found.reason.text


def test_a_changed_byte_is_found_wherever_it_is(signed: bytes, trust: tuple[Certificate, ...]) -> None:
    begin, end = signature_gap(signed)
    dice = random.Random(20261120)
    places = [*dice.sample(range(len(signed)), 60), *dice.sample(range(begin, end), 40), 0, 5, begin, begin + 1]
    places += [end - 2, end - 1, len(signed) - 1]

    accepted = []
    for place in places:
        changed = bytearray(signed)
        changed[place] ^= 1 << dice.randrange(8)
        if verify_pdf(bytes(changed), trust, None).status is Status.VALID:
            accepted.append(place)

    assert accepted == []


def test_what_the_signature_does_not_cover_cannot_be_changed_either(
    signed: bytes, trust: tuple[Certificate, ...]
) -> None:
    begin, end = signature_gap(signed)
    digits = signed[begin + 1 : end - 1]
    unused = len(digits.rstrip(b"0"))
    version = digits.index(b"020101")  # of SignedData
    changes = {
        "a digit of the padding": digits[: unused + 40] + b"1" + digits[unused + 41 :],
        "small letters": digits.lower(),
        "a blank": digits[:-1] + b" ",
        "the version": digits[: version + 5] + b"3" + digits[version + 6 :],
        "the length": digits[:4] + b"07" + digits[6:],
    }

    assert digits[:4] == b"3082"
    for name, changed in changes.items():
        forged = signed[: begin + 1] + changed + signed[end - 1 :]
        assert len(forged) == len(signed)
        assert forged != signed, name
        assert verify_pdf(forged, trust, None).status is Status.ALTERED, name


def test_a_cut_off_last_revision_leaves_an_unsigned_file(
    rendered: bytes, signed: bytes, trust: tuple[Certificate, ...]
) -> None:
    assert signed.startswith(rendered)
    assert outcome(verify_pdf(rendered, trust, issued(signed))) == (Status.UNSIGNED, "verification.unsigned")
    assert read_number(rendered) == NUMBER


@pytest.mark.parametrize("claim", ['"\\ud800"', '"QBZ\\u0000"', f'"{"A" * 100}"', "[1]"])
def test_what_cannot_be_a_report_number_is_not_looked_up(claim: str) -> None:
    """Half a letter or a NUL is more than a database takes: the answer would be a fault of the server."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_attachment(ATTACHMENT, f'{{"number": {claim}}}'.encode())
    written = BytesIO()
    writer.write(written)

    assert read_number(written.getvalue()) is None


def add_a_field(data: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(data))
    append_signature_field(writer, SigFieldSpec("Second"))
    updated = BytesIO()
    writer.write(updated)
    return updated.getvalue()


def touch(data: bytes) -> bytes:
    """An update that changes nothing one could see."""
    writer = IncrementalPdfFileWriter(BytesIO(data))
    writer.update_root()
    updated = BytesIO()
    writer.write(updated)
    return updated.getvalue()


def rewrite(data: bytes) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(data)))
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


@pytest.mark.parametrize("change", [add_a_field, touch, rewrite, lambda data: data + b"\n", lambda data: data + data])
def test_a_file_that_went_on_after_the_signature_is_altered(  # type: ignore[no-untyped-def]  # change: bytes to bytes
    signed: bytes, trust: tuple[Certificate, ...], change
) -> None:
    changed = change(signed)

    assert changed != signed
    assert verify_pdf(changed, trust, None).status is Status.ALTERED
    assert verify_pdf(changed, trust, issued(signed)).status is Status.ALTERED


def test_a_damaged_number_does_not_help_a_forger(signed: bytes, trust: tuple[Certificate, ...]) -> None:
    start = signed.index(b"stream\n", signed.index(b"/EmbeddedFile")) + 40
    damaged = signed[:start] + bytes(40) + signed[start + 40 :]

    found = verify_pdf(damaged, trust, None)

    assert (found.status, found.number) == (Status.ALTERED, None)


def test_a_foreign_signer_is_unknown(rendered: bytes, trust: tuple[Certificate, ...], tmp_path: Path) -> None:
    eve = development_identity(tmp_path, "QZ", "黔中县农产品质量安全检验检测中心", FixedClock(ISSUED_AT))

    forged = sign_pdf(rendered, eve, ISSUED_AT, location="贵州省贵阳市", reason_text="签发检验报告")

    assert outcome(verify_pdf(forged, trust, issued(forged))) == (
        Status.UNKNOWN_SIGNER,
        "certificate.unknown_issuer",
    )
    assert verify_pdf(forged, eve.anchors, None).status is Status.VALID


def test_a_signature_dated_before_its_certificate_is_not_trusted(
    rendered: bytes, identity: SigningIdentity, trust: tuple[Certificate, ...]
) -> None:
    early = sign_pdf(rendered, identity, ISSUED_AT.replace(year=2020), location="贵阳", reason_text="签发检验报告")

    assert outcome(verify_pdf(early, trust, None)) == (Status.UNKNOWN_SIGNER, "certificate.not_valid_then")


def test_another_report_signed_by_the_same_laboratory_is_not_the_issued_one(
    press: Press, signed: bytes, identity: SigningIdentity, trust: tuple[Certificate, ...]
) -> None:
    other = press.report(a_snapshot(conclusion="经检验，所检项目均合格。"))
    resigned = sign_pdf(other, identity, ISSUED_AT, location="贵阳", reason_text="签发检验报告")

    assert outcome(verify_pdf(resigned, trust, issued(signed))) == (Status.ALTERED, "verification.not_the_issued_file")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "verification.not_a_pdf"),
        (b"hello", "verification.not_a_pdf"),
        (b"PK\x03\x04" + bytes(1000), "verification.not_a_pdf"),
        (b"%PDF-1.7\n", "verification.unreadable"),
        (b"%PDF-1.7\n" + b"<<" * 100_000, "verification.unreadable"),
        (b"%PDF-1.7\nxref\n0 1\ntrailer\n<</Prev 9>>\nstartxref\n9\n%%EOF", "verification.unreadable"),
        (b"%PDF-" + bytes(LARGEST_FILE), "verification.too_large"),
    ],
    ids=["empty", "text", "zip", "header", "deep", "loop", "huge"],
)
def test_a_file_that_is_no_report_gets_a_clear_answer(data: bytes, code: str, trust: tuple[Certificate, ...]) -> None:
    assert outcome(verify_pdf(data, trust, None)) == (Status.UNSIGNED, code)


def test_a_truncated_file_is_never_valid(signed: bytes, trust: tuple[Certificate, ...]) -> None:
    lengths = [*random.Random(7).sample(range(len(signed)), 40), len(signed) - 1]

    answers = {verify_pdf(signed[:length], trust, None).status for length in lengths}

    assert answers <= {Status.UNSIGNED, Status.ALTERED}


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")
def test_an_independent_reader_accepts_the_signature(signed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(signed)

    said = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout

    assert "Signature is Valid" in said
    assert f"Signature Field Name: {SignatureField.SEAL}" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
