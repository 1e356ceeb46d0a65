"""Three people and the laboratory sign; whoever takes one of them away, or puts another in, is found without asking."""

from collections.abc import Callable
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from lims.core.language import Language, translator
from lims.documents.answers import Outcome, Status, Verification
from lims.documents.press import Press
from lims.documents.signatures import TIMESTAMP_FIELD, SignatureField
from lims.documents.signing import sign_report
from lims.documents.timestamps import Timestamps, development_timestamps
from lims.documents.verification import verify_pdf
from tests.documents import signature_forging as f
from tests.documents.examples import a_snapshot
from tests.documents.log_examples import SIGNED_AT
from tests.documents.signed_examples import (
    CLOCK,
    LABORATORY_NAME,
    MEANING,
    PLACE,
    House,
    a_house,
    ends_of,
)

ALTERED = (Status.ALTERED, "verification.altered")
MISSING = (Status.ALTERED, "verification.signature_missing")
ANOTHER = (Status.INCONSISTENT, "verification.signed_by_another")
STAMP_OF_ANOTHER = (Status.ALTERED, "verification.timestamp_of_another")


@pytest.fixture(scope="module")
def house(press: Press, tmp_path_factory: pytest.TempPathFactory) -> House:
    return a_house(press, tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def plain(house: House) -> bytes:
    return house.signed(house.snapshot())


@pytest.fixture(scope="module")
def stamped(house: House) -> bytes:
    return house.signed(house.snapshot(timestamped=True))


def answer(house: House, data: bytes) -> Verification:
    return verify_pdf(data, house.seal.anchors, None)


def outcome(found: Verification) -> tuple[Status, str]:
    return found.status, found.reason.code


def test_a_report_carries_who_did_what_when_and_passes_every_check(house: House, plain: bytes, stamped: bytes) -> None:
    without, found = (verify_pdf(data, house.seal.anchors, None, house.press.report) for data in (plain, stamped))

    assert outcome(found) == (Status.VALID, "verification.valid_unrecorded"), found.reason.text
    block = a_snapshot().people
    people = [(one.name, one.at) for one in (block.compiled_by, block.reviewed_by, block.approved_by)]
    assert [(one.name, one.at) for one in found.signatures] == [*people, (LABORATORY_NAME, SIGNED_AT)]
    assert [one.field for one in found.signatures] == list(SignatureField)
    assert (found.printed, found.logged, found.stamped, found.open_points) == (Outcome.PASSED,) * 3 + ((),)
    assert (found.stamped_at, found.is_development) == (SIGNED_AT, True)
    assert (without.status, without.printed, without.stamped) == (Status.VALID, Outcome.PASSED, Outcome.UNKNOWN)


def test_every_revision_is_a_prefix_of_the_next_and_only_the_seal_locks(house: House, stamped: bytes) -> None:
    printed = house.printed(house.snapshot(timestamped=True))
    ends = [len(printed), *ends_of(stamped)]

    assert stamped.startswith(printed)
    assert ends == sorted(set(ends))
    assert ends[-1] == len(stamped)
    fields = PdfFileReader(BytesIO(stamped)).root["/AcroForm"]["/Fields"]
    locks = {str(f.get_object()["/T"]): "/Lock" in f.get_object() for f in fields}
    assert locks == {"Compiled": False, "Reviewed": False, "Approved": False, "LaboratorySeal": True} | {
        TIMESTAMP_FIELD: False
    }


def test_a_signature_out_of_place_is_refused_before_anything_is_signed(house: House) -> None:
    snapshot = house.snapshot()
    one, two, three = house.acts(snapshot)

    for wrong in ([one, two], [two, one, three], [one, two, three, three]):
        with pytest.raises(ValueError, match="in this order"):
            sign_report(house.printed(snapshot), wrong, house.seal, SIGNED_AT, location=PLACE, reason_text=MEANING)


@pytest.mark.parametrize(
    ("forge", "named"),
    [
        *((f.revision_changed(which), ALTERED) for which in range(4)),
        (f.revision_changed(4), STAMP_OF_ANOTHER),
        (f.cut(1), MISSING),
        (f.cut(2), MISSING),
        (f.cut(3), MISSING),
        (f.timestamp_cut_off, MISSING),
        (f.every_signature_cut_off, (Status.UNSIGNED, "verification.unsigned")),
        (f.field_emptied, MISSING),
        (f.update_that_changes_nothing, ALTERED),
        (f.update_after_the_timestamp, ALTERED),
        (f.note_after_the_seal, ALTERED),
        (f.shadow_content, ALTERED),
        (f.attachment_swapped, ALTERED),
        (f.data_swapped_for_those_of_before, MISSING),
        (f.digits_swapped_between_people, ALTERED),
        (f.timestamp_of_another_file, STAMP_OF_ANOTHER),
        (f.fifth_signature, (Status.ALTERED, "verification.unexpected_signatures")),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_whoever_changes_the_file_is_found_by_the_file_alone(
    house: House,
    plain: bytes,
    stamped: bytes,
    forge: Callable[[House, bytes, bytes], bytes],
    named: tuple[Status, str],
) -> None:
    found = answer(house, forge(house, plain, stamped))

    assert outcome(found) == named, found.reason.text


def test_what_was_cut_off_is_called_by_its_name(house: House, plain: bytes) -> None:
    ends = ends_of(plain)

    said = [answer(house, plain[:end]).reason.text for end in ends[:-1]]

    missing = [[field.word in text for field in SignatureField] for text in said]
    assert missing == [[False, True, True, True], [False, False, True, True], [False, False, False, True]]


def test_a_finding_names_signatures_in_the_language_of_its_reader(house: House, plain: bytes) -> None:
    ends = ends_of(plain)
    cut, emptied = (answer(house, plain[:end]).reason for end in (ends[-2], ends[0]))

    assert "data name: Laboratory seal." in cut.translated(translator(Language.ENGLISH))
    assert "：检验检测专用章。" in cut.translated(translator(Language.CHINESE))
    assert "：审核、批准、检验检测专用章。" in emptied.translated(translator(Language.CHINESE))


def test_a_changed_byte_is_found_in_every_signature(house: House, stamped: bytes) -> None:
    """In the digits themselves too: what a signature does not cover is held against its form."""
    accepted = []
    for signature in PdfFileReader(BytesIO(stamped)).embedded_signatures:
        _, gap, resume, _ = (int(n) for n in signature.byte_range)
        used = len(stamped[gap:resume].rstrip(b"0>"))
        for place in (gap, *range(gap + 1, gap + used, used // 4), gap + used + 9, resume - 1):
            changed = bytearray(stamped)
            changed[place] ^= 1
            if answer(house, bytes(changed)).status is Status.VALID:
                accepted.append((str(signature.field_name), place - gap))

    assert accepted == []


@pytest.mark.parametrize(
    ("forge", "named"),
    [
        (f.signed_for_each_other, ANOTHER),
        (f.signed_by_somebody_else, ANOTHER),
        (f.signed_by_a_namesake, ANOTHER),
        (f.one_person_for_two_acts, (Status.INCONSISTENT, "verification.same_signer")),
        (f.act_backdated, (Status.INCONSISTENT, "verification.act_time")),
        (f.sealed_before_it_was_approved, (Status.INCONSISTENT, "verification.acts_in_disorder")),
        (f.sealed_by_a_person, (Status.UNKNOWN_SIGNER, "verification.seal_by_a_person")),
        (f.sealed_by_a_neighbour, (Status.UNKNOWN_SIGNER, "verification.seal_of_another")),
        (f.old_form_with_a_personal_key, (Status.UNKNOWN_SIGNER, "verification.seal_by_a_person")),
        (f.seal_alone_where_four_are_named, MISSING),
        (f.four_where_the_seal_alone_is_named, (Status.ALTERED, "verification.unexpected_signatures")),
        (f.approved_before_it_was_reviewed, (Status.ALTERED, "verification.signature_order")),
        (f.without_certification, ALTERED),
        (f.without_lock, ALTERED),
        (f.repainted_under_the_seal, ALTERED),
        (f.noted_under_the_seal, ALTERED),
        (f.by_a_stranger, (Status.UNKNOWN_SIGNER, "certificate.unknown_issuer")),
        (f.by_a_certificate_of(2020), (Status.UNKNOWN_SIGNER, "certificate.not_valid_then")),
        (f.by_a_certificate_of(2027), (Status.UNKNOWN_SIGNER, "certificate.not_valid_then")),
        (f.with_a_revoked_approver, (Status.UNKNOWN_SIGNER, "certificate.revoked")),
        (f.stamped_a_day_later, (Status.INCONSISTENT, "verification.timestamp_time")),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_whoever_signs_otherwise_is_refused_by_its_name(
    house: House, forge: Callable[[House], bytes], named: tuple[Status, str]
) -> None:
    found = answer(house, forge(house))

    assert outcome(found) == named, found.reason.text


def test_a_timestamp_by_somebody_unknown_proves_no_time_and_harms_nothing(house: House, tmp_path: Path) -> None:
    theirs = development_timestamps(tmp_path, CLOCK)
    ours = house.timestamps
    both = Timestamps(
        "theirs", theirs.stamper, (*ours.trust, *theirs.trust), (*(ours.crls or ()), *(theirs.crls or ()))
    )

    found = answer(house, house.signed(house.snapshot(timestamped=True), timestamps=both))

    assert (found.status, found.stamped_at, found.stamped) == (Status.VALID, None, Outcome.UNKNOWN)
    assert found.open_points[0].code == "verification.timestamp_unknown"


def test_the_instants_of_the_acts_are_those_of_the_signatures(house: House, plain: bytes) -> None:
    instants = [one.at for one in answer(house, plain).signatures]

    assert all(earlier <= later for earlier, later in pairwise(instants))
