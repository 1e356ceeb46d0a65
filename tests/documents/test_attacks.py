"""Every way to a false report that we know of, tried: each one is refused under its right name."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.x509 import Certificate

from lims.core.clock import FixedClock
from lims.core.errors import LimsError
from lims.core.reasons import reason
from lims.documents.annexes import Photos
from lims.documents.answers import IssuedRecord, IssuedStatus, Outcome, Status, Verification
from lims.documents.keys import SigningIdentity, development_identity
from lims.documents.press import Press
from lims.documents.snapshot import ReportSnapshot
from lims.documents.verification import verify_pdf
from tests.documents import forging as f
from tests.documents.examples import ISSUED_AT, a_snapshot
from tests.documents.forging import Forger
from tests.documents.log_examples import proved, seal

NUMBER = "QJ2026J000017"
ALTERED = (Status.ALTERED, "verification.altered")


@pytest.fixture(scope="module")
def forger(press: Press, identity: SigningIdentity, tmp_path_factory: pytest.TempPathFactory) -> Forger:
    snapshot = a_snapshot()
    proof = proved(snapshot, identity)
    rendered = press.report(snapshot, proof.canonical_bytes())
    stranger = development_identity(
        tmp_path_factory.mktemp("stranger"), "QZ", "黔中县农产品质量安全检验检测中心", FixedClock(ISSUED_AT)
    )
    return Forger(press, snapshot, proof, rendered, seal(rendered, identity), identity, stranger)


@pytest.fixture(scope="module")
def trust(identity: SigningIdentity) -> tuple[Certificate, ...]:
    return identity.anchors


def answer(forger: Forger, trust: tuple[Certificate, ...], data: bytes) -> Verification:
    """By the file alone, as far from the laboratory as one can be."""
    return verify_pdf(data, trust, None, forger.press.report)


def test_the_genuine_file_passes_every_check(forger: Forger, trust: tuple[Certificate, ...]) -> None:
    found = answer(forger, trust, forger.genuine)

    assert (found.status, found.reason.code) == (Status.VALID, "verification.valid_unrecorded")
    assert (found.printed, found.logged, found.open_points) == (Outcome.PASSED, Outcome.PASSED, ())
    assert found.log is not None
    assert (found.log.laboratory, found.log.index, found.log.size) == ("QJ", 2, 5)


@pytest.mark.parametrize(
    ("forge", "named"),
    [
        (f.with_one_byte_changed, ALTERED),
        (f.annotated, ALTERED),
        (f.with_one_page_more, ALTERED),
        (f.with_one_field_more, ALTERED),
        (f.with_other_metadata, ALTERED),
        (f.with_attachment_swapped, ALTERED),
        (f.with_attachment_removed, ALTERED),
        (f.with_shadow_content, ALTERED),
        (f.with_signature_of_another_file, ALTERED),
        (f.with_a_gap, ALTERED),
        (f.with_two_ends, ALTERED),
        (f.truncated, ALTERED),
        (f.with_two_signatures, (Status.ALTERED, "verification.unexpected_signatures")),
        (f.encrypted, ALTERED),
        (f.cut_off, (Status.UNSIGNED, "verification.unsigned")),
        (f.stripped, (Status.UNSIGNED, "verification.unsigned")),
        (f.by_a_stranger, (Status.UNKNOWN_SIGNER, "certificate.unknown_issuer")),
        (f.self_signed, (Status.UNKNOWN_SIGNER, "certificate.unknown_issuer")),
        (f.with_another_number, (Status.UNKNOWN_SIGNER, "certificate.unknown_issuer")),
        (f.under_the_laboratorys_own_certificate, (Status.UNKNOWN_SIGNER, "certificate.unknown_issuer")),
        (f.after_the_certificate_expired, (Status.UNKNOWN_SIGNER, "certificate.not_valid_then")),
        (f.before_the_certificate_was_valid, (Status.UNKNOWN_SIGNER, "certificate.not_valid_then")),
        (f.printing_another_result, (Status.INCONSISTENT, "verification.print_differs")),
        (f.with_the_code_of_another_report, (Status.INCONSISTENT, "verification.drawing_differs")),
        (f.repainted_before_signing, (Status.INCONSISTENT, "verification.added_before_signing")),
        (f.annotated_before_signing, (Status.INCONSISTENT, "verification.added_before_signing")),
        (f.with_other_letters, (Status.INCONSISTENT, "verification.added_before_signing")),
        (f.without_data, (Status.INCONSISTENT, "verification.no_data")),
        (f.with_a_strange_attachment, (Status.INCONSISTENT, "verification.strange_attachment")),
        (f.with_a_table_that_says_otherwise, (Status.INCONSISTENT, "verification.results_differ")),
        (f.with_a_table_that_no_data_name, (Status.INCONSISTENT, "verification.results_differ")),
        (f.with_the_proof_of_another_leaf, (Status.NOT_LOGGED, "verification.log_other_report")),
        (f.with_a_path_that_leads_nowhere, (Status.NOT_LOGGED, "verification.log_broken")),
        (f.with_a_head_of_another_key, (Status.NOT_LOGGED, "verification.log_head_untrusted")),
        (f.with_a_head_that_was_edited, (Status.NOT_LOGGED, "verification.log_head_forged")),
        (f.with_a_head_of_last_year, (Status.NOT_LOGGED, "verification.log_time")),
        (f.with_a_proof_that_is_none, (Status.NOT_LOGGED, "verification.log_unreadable")),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_forged_file_is_refused_by_its_name(
    forger: Forger, trust: tuple[Certificate, ...], forge: Callable[[Forger], bytes], named: tuple[Status, str]
) -> None:
    forged = forge(forger)

    found = answer(forger, trust, forged)

    assert forged != forger.genuine
    assert (found.status, found.reason.code) == named, found.reason.text


def record(data: bytes, status: IssuedStatus = IssuedStatus.ISSUED, **more: str) -> IssuedRecord:
    return IssuedRecord(NUMBER, hashlib.sha256(data).hexdigest(), status, **more)


def test_an_old_version_that_is_played_back_says_what_became_of_it(
    forger: Forger, trust: tuple[Certificate, ...]
) -> None:
    replaced = record(forger.genuine, IssuedStatus.REPLACED, replaced_by="QJ2026J000017-G1")
    withdrawn = record(forger.genuine, IssuedStatus.WITHDRAWN)

    found = [verify_pdf(forger.genuine, trust, known, forger.press.report) for known in (replaced, withdrawn)]

    assert [one.status for one in found] == [Status.REPLACED, Status.WITHDRAWN]
    assert [one.reason.code for one in found] == ["verification.replaced", "verification.withdrawn"]
    assert "QJ2026J000017-G1" in found[0].reason.text


def test_another_file_under_the_same_number_is_not_the_issued_one(
    forger: Forger, trust: tuple[Certificate, ...]
) -> None:
    """The laboratory's own key, the laboratory's own number, but signed a second time."""
    second = seal(forger.rendered, forger.laboratory)

    found = verify_pdf(second, trust, record(forger.genuine), forger.press.report)

    assert (found.status, found.reason.code) == (Status.ALTERED, "verification.not_the_issued_file")


def test_a_report_that_the_log_knows_with_other_data_is_not_logged(
    forger: Forger, trust: tuple[Certificate, ...]
) -> None:
    known = record(forger.genuine, logged_sha256="0" * 64)

    found = verify_pdf(forger.genuine, trust, known, forger.press.report)

    assert (found.status, found.reason.code) == (Status.NOT_LOGGED, "verification.log_contradicts")


def test_what_could_not_be_checked_is_said(forger: Forger, trust: tuple[Certificate, ...]) -> None:
    """A report from before the log, at a place that lacks its template."""
    old = seal(forger.printed(forger.snapshot, None), forger.laboratory)

    def nothing(_snapshot: ReportSnapshot, _proof: bytes | None, _acts: bytes | None, _photos: Photos) -> bytes:
        raise LimsError(reason("report.template_changed", "The template is gone."))

    found = verify_pdf(old, trust, None, nothing)

    assert found.status is Status.VALID
    assert (found.printed, found.logged) == (Outcome.UNKNOWN, Outcome.UNKNOWN)
    assert [why.code for why in found.open_points] == [
        "verification.no_proof",
        "verification.not_reprinted",
        "report.template_changed",
    ]


def test_a_certificate_that_is_not_for_signing_signs_nothing(forger: Forger, tmp_path: Path) -> None:
    key = f.an_identity(forger.laboratory.certificate.subject, may_sign=False)

    found = verify_pdf(seal(forger.rendered, key), [key.certificate], None)

    assert (found.status, found.reason.code) == (Status.UNKNOWN_SIGNER, "verification.not_for_signing")


def test_a_file_made_with_another_version_is_compared_by_its_words(
    forger: Forger, trust: tuple[Certificate, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seal is drawn a little otherwise; the words are the same."""
    other = f.with_the_code_of_another_report(forger)
    monkeypatch.setattr("lims.documents.embedded.producer", lambda pdf: "1" if pdf == other else "2")

    found = answer(forger, trust, other)

    assert (found.status, found.printed) == (Status.VALID, Outcome.PASSED)
    assert [why.code for why in found.open_points] == ["verification.words_only"]
    lying = f.printing_another_result(forger)
    assert answer(forger, trust, lying).reason.code == "verification.print_differs"
