"""The statements of the three people that travel in a report: a false one is found, whoever signed the file."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from lims.documents.act_forms import SignedAct, SignedStatement, acts_bytes
from lims.documents.acts import check_acts
from lims.documents.answers import Refused
from lims.documents.press import Press
from lims.documents.snapshot import ReportSnapshot
from tests.documents.act_examples import stated
from tests.documents.examples import a_snapshot
from tests.documents.signed_examples import House, a_house

Forged = Callable[[House, ReportSnapshot], list[SignedStatement]]
COMPILED, REVIEWED, APPROVED = SignedAct


@pytest.fixture(scope="module")
def house(press: Press, tmp_path_factory: pytest.TempPathFactory) -> House:
    return a_house(press, tmp_path_factory.mktemp("house"))


def refusal(snapshot: ReportSnapshot, acts: bytes | None) -> str:
    with pytest.raises(Refused) as refused:
        check_acts(snapshot, snapshot.canonical_bytes(), acts)
    return refused.value.why.code


def saying(act: SignedAct, **changed: Any) -> Forged:
    """The act says something else, and its person signs that."""
    return lambda house, snapshot: stated(snapshot, house.people, {act: changed})


def with_a_word_changed(house: House, snapshot: ReportSnapshot) -> list[SignedStatement]:
    """What a reviewer stated is changed after they signed it."""
    one, two, three = stated(snapshot, house.people)
    statement = two.statement.model_copy(update={"method": "passkey"})
    return [one, two.model_copy(update={"statement": statement}), three]


def with_the_key_of_another(house: House, snapshot: ReportSnapshot) -> list[SignedStatement]:
    return stated(snapshot, (house.people[0], house.people[2], house.people[1]))


def of_another_report(house: House, snapshot: ReportSnapshot) -> list[SignedStatement]:
    return stated(house.snapshot(number="QJ2026J000099"), house.people)


def without_the_approver(house: House, snapshot: ReportSnapshot) -> list[SignedStatement]:
    return stated(snapshot, house.people)[:2]


def with_the_review_of_another_draft(house: House, snapshot: ReportSnapshot) -> list[SignedStatement]:
    one, _two, three = stated(snapshot, house.people)
    other = stated(snapshot, house.people, {COMPILED: {"method": "passkey"}})[1]
    return [one, other, three]


def test_acts_that_hold_are_let_pass_and_a_report_from_before_has_none(house: House) -> None:
    snapshot = house.snapshot()

    check_acts(snapshot, snapshot.canonical_bytes(), acts_bytes(stated(snapshot, house.people)))
    check_acts(a_snapshot(), a_snapshot().canonical_bytes(), None)


@pytest.mark.parametrize(
    ("forge", "code"),
    [
        (saying(REVIEWED, person="无名氏"), "act_person"),
        (saying(COMPILED, at=a_snapshot().people.compiled_by.at - timedelta(days=1)), "act_person"),
        (with_a_word_changed, "act_forged"),
        (with_the_key_of_another, "act_certificate"),
        (of_another_report, "acts_other_report"),
        (saying(REVIEWED, previous="0" * 64), "acts_other_report"),
        (saying(APPROVED, report="33333333-3333-4333-8333-333333333333"), "acts_other_report"),
        (with_the_review_of_another_draft, "acts_other_report"),
        (without_the_approver, "acts_others"),
    ],
)
def test_false_acts_are_named(house: House, forge: Forged, code: str) -> None:
    snapshot = house.snapshot()

    assert refusal(snapshot, acts_bytes(forge(house, snapshot))) == f"verification.{code}"


def test_acts_that_are_missing_or_no_acts_are_named(house: House) -> None:
    snapshot = house.snapshot()

    assert refusal(snapshot, None) == "verification.no_acts"
    assert refusal(snapshot, b"{}") == "verification.acts_unreadable"
    assert refusal(snapshot, b"\xff") == "verification.acts_unreadable"
