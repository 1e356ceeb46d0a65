"""Hands at a report that three people and their laboratory signed: some after the signatures, some with the keys."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, append_signature_field
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner

from lims.core.clock import FixedClock
from lims.documents.keys import development_authority, development_identity
from lims.documents.personal_keys import personal_development_identity
from lims.documents.signatures import PERSONAL, SignatureField
from lims.documents.signing import PersonalSignature, _signer, sign_pdf, sign_report
from lims.documents.timestamps import Timestamps, development_timestamps
from tests.documents.examples import ISSUED_AT, a_snapshot
from tests.documents.forging import annotate, digits_of, repaint, updated
from tests.documents.log_examples import SIGNED_AT
from tests.documents.signed_examples import CLOCK, LABORATORY_NAME, MEANING, PLACE, House, by_hand, ends_of

# ── after the signatures, with or without a key of one's own ─────────────────────────────────────────


def revision_changed(which: int) -> Callable[[House, bytes, bytes], bytes]:
    def change(_house: House, _plain: bytes, stamped: bytes) -> bytes:
        ends = [0, *ends_of(stamped)]
        start = 1000 if which == 0 else ends[which]
        place = stamped.index(b"stream", start) + 60
        return stamped[:place] + bytes([stamped[place] ^ 1]) + stamped[place + 1 :]

    change.__name__ = f"byte_of_revision_{which}"
    return change


def cut(revisions: int) -> Callable[[House, bytes, bytes], bytes]:
    def cut(_house: House, plain: bytes, _stamped: bytes) -> bytes:
        return plain[: ends_of(plain)[-1 - revisions]]

    cut.__name__ = f"last_{revisions}_cut_off"
    return cut


def timestamp_cut_off(_house: House, _plain: bytes, stamped: bytes) -> bytes:
    return stamped[: ends_of(stamped)[-2]]


def every_signature_cut_off(house: House, _plain: bytes, _stamped: bytes) -> bytes:
    return house.printed(house.snapshot())


def field_emptied(_house: House, plain: bytes, _stamped: bytes) -> bytes:
    def empty(writer: Any) -> None:
        field = writer.root["/AcroForm"]["/Fields"].raw_get(2)
        del field.get_object()["/V"]
        writer.mark_update(field)

    return updated(plain, empty)


def update_that_changes_nothing(_house: House, plain: bytes, _stamped: bytes) -> bytes:
    return updated(plain, lambda writer: writer.update_root())


def update_after_the_timestamp(_house: House, _plain: bytes, stamped: bytes) -> bytes:
    return updated(stamped, lambda writer: writer.update_root())


def note_after_the_seal(_house: House, plain: bytes, _stamped: bytes) -> bytes:
    return updated(plain, annotate)


def shadow_content(_house: House, plain: bytes, _stamped: bytes) -> bytes:
    return updated(plain, repaint)


def attachment_swapped(house: House, plain: bytes, _stamped: bytes) -> bytes:
    def swap(writer: Any) -> None:
        names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
        spec = names[1].get_object()
        lies = house.snapshot(verdict="conforms").canonical_bytes()
        spec["/EF"]["/F"] = writer.add_object(generic.StreamObject(stream_data=lies))
        writer.mark_update(names.raw_get(1))

    return updated(plain, swap)


def data_swapped_for_those_of_before(house: House, plain: bytes, _stamped: bytes) -> bytes:
    """The approver and the seal are cut off, and an update embeds data that ask for the seal alone."""

    def swap(writer: Any) -> None:
        names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
        spec = names[1].get_object()
        spec["/EF"]["/F"] = writer.add_object(generic.StreamObject(stream_data=a_snapshot().canonical_bytes()))
        writer.mark_update(names.raw_get(1))

    return updated(plain[: ends_of(plain)[1]], swap)


def digits_swapped_between_people(_house: House, plain: bytes, _stamped: bytes) -> bytes:
    readers = PdfFileReader(BytesIO(plain)).embedded_signatures
    (_, a, b, _), (_, c, d, _) = (tuple(int(n) for n in readers[i].byte_range) for i in (1, 2))
    one, two = plain[a + 1 : b - 1], plain[c + 1 : d - 1]
    length = len(one)
    other = two[:length].ljust(length, b"0")
    return plain[: a + 1] + other + plain[b - 1 : c + 1] + one.ljust(len(two), b"0")[: len(two)] + plain[d - 1 :]


def timestamp_of_another_file(house: House, _plain: bytes, stamped: bytes) -> bytes:
    other = house.signed(house.snapshot(timestamped=True, number="QJ2026J000018"))
    (start, end), (theirs, their_end) = digits_of(stamped), digits_of(other)
    digits = other[theirs:their_end].rstrip(b"0").ljust(end - start, b"0")
    return stamped[:start] + digits + stamped[end:]


def fifth_signature(house: House, plain: bytes, _stamped: bytes) -> bytes:
    class Heedless(PdfSigner):
        def _enforce_certification_constraints(self, reader: Any) -> None:
            """None."""

    writer = IncrementalPdfFileWriter(BytesIO(plain), strict=False)
    append_signature_field(writer, SigFieldSpec("Fifth"))
    out = BytesIO()
    stated = PdfSignatureMetadata(field_name="Fifth", md_algorithm="sha256")
    Heedless(stated, signer=_signer(house.people[0])).sign_pdf(writer, output=out)
    return out.getvalue()


# ── with the keys of the house, or some of them ──────────────────────────────────────────────────────


def steps(house: House, *order: int) -> list[tuple[SignatureField, Any, datetime]]:
    acts = house.acts(house.snapshot())
    every = [(act.field, act.identity, act.at) for act in acts] + [(SignatureField.SEAL, house.seal, SIGNED_AT)]
    return [every[i] for i in order]


def signed_for_each_other(house: House) -> bytes:
    one, two, three = house.people
    return house.signed(house.snapshot(), (one, three, two))


def signed_by_somebody_else(house: House) -> bytes:
    fourth = personal_development_identity(house.keys, "u9", "陈洁", CLOCK)
    return house.signed(house.snapshot(), (*house.people[:2], fourth))


def signed_by_a_namesake(house: House) -> bytes:
    namesake = personal_development_identity(house.keys, "u8", a_snapshot().people.approved_by.name, CLOCK)
    return house.signed(house.snapshot(), (*house.people[:2], namesake))


def one_person_for_two_acts(house: House) -> bytes:
    one, _two, three = house.people
    people = house.snapshot().people
    twice = people.reviewed_by.model_copy(
        update={"name": people.compiled_by.name, "certificate_sha256": people.compiled_by.certificate_sha256}
    )
    snapshot = house.snapshot(people=people.model_copy(update={"reviewed_by": twice}))
    return house.signed(snapshot, (one, one, three))


def act_backdated(house: House) -> bytes:
    snapshot = house.snapshot()
    acts = house.acts(snapshot)
    early = PersonalSignature(PERSONAL[0], acts[0].identity, acts[0].at - timedelta(hours=3), MEANING)
    return sign_report(
        house.printed(snapshot), [early, *acts[1:]], house.seal, SIGNED_AT, location=PLACE, reason_text=MEANING
    )


def sealed_before_it_was_approved(house: House) -> bytes:
    return house.signed(house.snapshot(), at=a_snapshot().people.approved_by.at - timedelta(minutes=20))


def sealed_by_a_person(house: House) -> bytes:
    return house.signed(house.snapshot(), seal=personal_development_identity(house.keys, "u7", LABORATORY_NAME, CLOCK))


def sealed_by_a_neighbour(house: House) -> bytes:
    neighbour = development_identity(house.keys, "ZA", "遵安县检测站", FixedClock(ISSUED_AT))
    return house.signed(house.snapshot(), seal=neighbour)


def old_form_with_a_personal_key(house: House) -> bytes:
    """A person makes a report of the time when the laboratory alone signed."""
    return sign_pdf(house.printed(a_snapshot()), house.people[0], SIGNED_AT, location=PLACE, reason_text=MEANING)


def seal_alone_where_four_are_named(house: House) -> bytes:
    return sign_pdf(house.printed(house.snapshot()), house.seal, SIGNED_AT, location=PLACE, reason_text=MEANING)


def four_where_the_seal_alone_is_named(house: House) -> bytes:
    return sign_report(
        house.printed(a_snapshot()),
        house.acts(house.snapshot()),
        house.seal,
        SIGNED_AT,
        location=PLACE,
        reason_text=MEANING,
    )


def approved_before_it_was_reviewed(house: House) -> bytes:
    return by_hand(house.printed(house.snapshot()), steps(house, 0, 2, 1, 3))


def without_certification(house: House) -> bytes:
    return by_hand(house.printed(house.snapshot()), steps(house, 0, 1, 2, 3), certifies=False)


def without_lock(house: House) -> bytes:
    return by_hand(house.printed(house.snapshot()), steps(house, 0, 1, 2, 3), locks=False)


def repainted_under_the_seal(house: House) -> bytes:
    """After the approval and in the revision of the seal, another content is put on the first page."""
    return by_hand(house.printed(house.snapshot()), steps(house, 0, 1, 2, 3), between=repaint)


def noted_under_the_seal(house: House) -> bytes:
    return by_hand(house.printed(house.snapshot()), steps(house, 0, 1, 2, 3), between=annotate)


def by_a_stranger(house: House) -> bytes:
    """All three people have certificates, but of another authority."""
    name = a_snapshot().people.approved_by.name
    stranger = personal_development_identity(house.keys / "elsewhere", "u2", name, CLOCK)
    snapshot = house.snapshot(people=a_snapshot().people)
    return house.signed(snapshot, (*house.people[:2], stranger))


def by_a_certificate_of(year: int) -> Callable[[House], bytes]:
    def sign(house: House) -> bytes:
        clock = FixedClock(datetime(year, 1, 5, tzinfo=UTC))
        key = personal_development_identity(house.keys, f"y{year}", a_snapshot().people.compiled_by.name, clock)
        return house.signed(house.snapshot(people=a_snapshot().people), (key, *house.people[1:]))

    sign.__name__ = f"by_a_certificate_of_{year}"
    return sign


def with_a_revoked_approver(house: House) -> bytes:
    """The list that travels in the file says that the approver's certificate was taken back the day before."""
    root_key, (root,) = development_authority(house.keys, CLOCK)
    revoked = (
        x509.RevokedCertificateBuilder()
        .serial_number(house.people[2].certificate.serial_number)
        .revocation_date(ISSUED_AT - timedelta(days=1))
        .build()
    )
    crl = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.subject)
        .last_update(ISSUED_AT - timedelta(hours=1))
        .next_update(ISSUED_AT + timedelta(days=9))
        .add_revoked_certificate(revoked)
        .sign(root_key, hashes.SHA256())
    ).public_bytes(Encoding.DER)
    kept = house.timestamps
    return house.signed(
        house.snapshot(timestamped=True), timestamps=Timestamps(kept.source, kept.stamper, kept.trust, (crl,))
    )


def stamped_a_day_later(house: House) -> bytes:
    late = development_timestamps(house.keys, FixedClock(SIGNED_AT + timedelta(days=1)))
    return house.signed(house.snapshot(timestamped=True), timestamps=late)
