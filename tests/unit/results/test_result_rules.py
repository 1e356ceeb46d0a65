"""What may be entered, submitted, verified, returned and corrected; and what results make of tests and samples."""

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.core.reasons import Reason
from lims.results.rules import (
    Capability,
    Finding,
    Reading,
    ResultStatus,
    VerificationFacts,
    amount_of,
    reasons_not_to_correct,
    reasons_not_to_read,
    reasons_not_to_record,
    reasons_not_to_return,
    reasons_not_to_submit,
    reasons_not_to_use_limits,
    reasons_not_to_verify,
    reasons_to_explain,
    status_of_sample,
    status_of_test,
)
from lims.samples.rules import SampleStatus, TestStatus
from lims.science.amounts import BelowLoq, NotDetected, Quantified
from lims.science.units import UnitCode

D = Decimal
MG, UG = UnitCode.MG_PER_KG, UnitCode.UG_PER_KG
SHOWN = Capability(D("0.01"), D("0.003"), MG, "verified")
WHY = "The peak shape is doubtful."
ANN, VIC = uuid4(), uuid4()
ENTERED, SUBMITTED, RETURNED = ResultStatus.ENTERED, ResultStatus.SUBMITTED, ResultStatus.RETURNED
VERIFIED, SUPERSEDED = ResultStatus.VERIFIED, ResultStatus.SUPERSEDED


def codes(reasons: list[Reason]) -> list[str]:
    return [why.code for why in reasons]


@pytest.mark.parametrize(
    ("reading", "amount"),
    [
        (Reading(Finding.QUANTIFIED, MG, D("0.0530")), Quantified(D("0.0530"), MG)),
        (Reading(Finding.QUANTIFIED, UG, D("53.0")), Quantified(D("0.0530"), MG)),
        (Reading(Finding.QUANTIFIED, UG, D(53), expanded_uncertainty=D(9)), Quantified(D("0.053"), MG, D("0.009"))),
        (Reading(Finding.BELOW_LOQ, MG), BelowLoq(D("0.01"), MG)),
        (Reading(Finding.BELOW_LOQ, MG, detected=True), BelowLoq(D("0.01"), MG, detected=True)),
        (Reading(Finding.NOT_DETECTED, UG), NotDetected(D("0.003"), MG, D("0.01"))),
    ],
)
def test_a_reading_becomes_an_amount_in_the_unit_of_the_limits(reading: Reading, amount: object) -> None:
    assert reasons_not_to_read(reading, SHOWN) == []
    assert amount_of(reading, SHOWN) == amount


@given(st.decimals(min_value="0.01", max_value="1000", places=4))
def test_a_unit_does_not_change_what_was_found(value: Decimal) -> None:
    one = amount_of(Reading(Finding.QUANTIFIED, MG, value), SHOWN)
    other = amount_of(Reading(Finding.QUANTIFIED, UG, value * 1000), SHOWN)

    assert one == other


@pytest.mark.parametrize(
    ("reading", "capability", "code"),
    [
        (Reading(Finding.QUANTIFIED, MG), SHOWN, "result.value_needed"),
        (Reading(Finding.QUANTIFIED, MG, D("NaN")), SHOWN, "result.value_needed"),
        (Reading(Finding.QUANTIFIED, MG, D("1000001")), SHOWN, "result.impossible"),
        (Reading(Finding.QUANTIFIED, UG, D("9.99")), SHOWN, "result.value_below_loq"),
        (Reading(Finding.BELOW_LOQ, MG, D("0.005")), SHOWN, "result.value_not_wanted"),
        (Reading(Finding.NOT_DETECTED, MG), Capability(D("0.01"), None, MG, "given"), "result.no_limit_of_detection"),
    ],
)
def test_a_number_that_contradicts_what_is_said_of_it(reading: Reading, capability: Capability, code: str) -> None:
    assert codes(reasons_not_to_read(reading, capability)) == [code]


@pytest.mark.parametrize(
    ("loq", "lod", "expected"),
    [
        ("0.01", "0.003", []),
        ("0.01", None, []),
        ("0.01", "0.01", []),
        ("0.01", "0.02", ["result.limits_crossed"]),
        ("0", None, ["result.limit_not_positive"]),
        ("-1", "-2", ["result.limit_not_positive", "result.limit_not_positive"]),
    ],
)
def test_limits_that_can_be(loq: str, lod: str | None, expected: list[str]) -> None:
    capability = Capability(D(loq), None if lod is None else D(lod), MG, "given")

    assert codes(reasons_not_to_use_limits(capability)) == expected


@pytest.mark.parametrize(
    ("status", "received", "analysed", "expected"),
    [
        (SampleStatus.RECEIVED, 20, 20, []),
        (SampleStatus.REPORTED, 20, 23, []),
        (SampleStatus.REGISTERED, None, 23, ["result.sample_not_received"]),
        (SampleStatus.RECEIVED, 20, 19, ["result.analysed_before_received"]),
        (SampleStatus.RECEIVED, 20, 24, ["result.analysed_in_future"]),
        (SampleStatus.REGISTERED, None, 24, ["result.sample_not_received", "result.analysed_in_future"]),
    ],
)
def test_days_of_analysis(status: SampleStatus, received: int | None, analysed: int, expected: list[str]) -> None:
    received_on = None if received is None else date(2026, 11, received)

    reasons = reasons_not_to_record(status, received_on, date(2026, 11, analysed), date(2026, 11, 23))

    assert codes(reasons) == expected


@pytest.mark.parametrize(
    ("status", "remark", "expected"),
    [
        (ENTERED, None, []),
        (RETURNED, WHY, []),
        (RETURNED, None, ["reason.too_short"]),
        (SUBMITTED, None, ["result.not_to_submit"]),
        (VERIFIED, None, ["result.not_to_submit"]),
    ],
)
def test_what_is_submitted(status: ResultStatus, remark: str | None, expected: list[str]) -> None:
    assert codes(reasons_not_to_submit(status, remark)) == expected


@pytest.mark.parametrize(
    ("status", "entered_by", "failed", "expected"),
    [
        (SUBMITTED, ANN, (), []),
        (SUBMITTED, VIC, (), ["result.own_work"]),
        (SUBMITTED, ANN, ("blank",), ["result.qc_failed"]),
        (ENTERED, VIC, ("blank",), ["result.not_submitted", "result.own_work", "result.qc_failed"]),
        (VERIFIED, ANN, (), ["result.not_submitted"]),
    ],
)
def test_what_vic_verifies(
    status: ResultStatus, entered_by: UUID, failed: tuple[str, ...], expected: list[str]
) -> None:
    assert codes(reasons_not_to_verify(VerificationFacts(status, entered_by, failed), VIC)) == expected


@pytest.mark.parametrize(
    ("status", "entered_by", "why", "expected"),
    [
        (SUBMITTED, ANN, WHY, []),
        (SUBMITTED, ANN, "  no  ", ["reason.too_short"]),
        (SUBMITTED, VIC, WHY, ["result.own_work"]),
        (VERIFIED, ANN, WHY, ["result.not_to_return"]),
    ],
)
def test_what_vic_returns(status: ResultStatus, entered_by: UUID, why: str, expected: list[str]) -> None:
    assert codes(reasons_not_to_return(status, entered_by, VIC, why)) == expected


@pytest.mark.parametrize("status", [ENTERED, SUBMITTED, RETURNED, VERIFIED])
def test_every_current_result_can_be_corrected_with_a_reason(status: ResultStatus) -> None:
    assert reasons_not_to_correct(status, WHY) == []
    assert codes(reasons_not_to_correct(status, None)) == ["reason.too_short"]
    assert codes(reasons_not_to_correct(SUPERSEDED, WHY)) == ["result.superseded"]


@pytest.mark.parametrize(("why", "enough"), [("1234567890", True), (" 123456789 ", False), ("", False), (None, False)])
def test_ten_characters_explain(why: str | None, enough: bool) -> None:
    assert (reasons_to_explain(why, "reason") == []) is enough


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        ({}, TestStatus.ASSIGNED),
        ({"a": VERIFIED}, TestStatus.ASSIGNED),
        ({"a": VERIFIED, "b": ENTERED}, TestStatus.RECORDED),
        ({"a": RETURNED, "b": SUBMITTED}, TestStatus.RECORDED),
        ({"a": VERIFIED, "b": VERIFIED}, TestStatus.VERIFIED),
        ({"a": VERIFIED, "b": VERIFIED, "c": ENTERED}, TestStatus.VERIFIED),
    ],
)
def test_a_test_is_as_far_as_its_analytes(current: dict[str, ResultStatus], expected: TestStatus) -> None:
    assert status_of_test(["a", "b"], current) is expected


@pytest.mark.parametrize(
    ("present", "tests", "expected"),
    [
        (SampleStatus.REGISTERED, [], SampleStatus.REGISTERED),
        (SampleStatus.RECEIVED, [], SampleStatus.RECEIVED),
        (SampleStatus.RECEIVED, [TestStatus.VERIFIED, TestStatus.RECORDED], SampleStatus.RECEIVED),
        (SampleStatus.RECEIVED, [TestStatus.VERIFIED], SampleStatus.TESTED),
        (SampleStatus.REPORTED, [TestStatus.VERIFIED], SampleStatus.REPORTED),
        (SampleStatus.REPORTED, [TestStatus.RECORDED], SampleStatus.RECEIVED),
    ],
)
def test_a_sample_is_as_far_as_its_tests(
    present: SampleStatus, tests: list[TestStatus], expected: SampleStatus
) -> None:
    assert status_of_sample(present, tests) is expected
