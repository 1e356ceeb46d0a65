"""Who may do what with a report; numbers, masked names, and values that never contradict their verdict."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lims.core.reasons import Reason
from lims.reports.rules import (
    Field,
    ReportStatus,
    Standing,
    amended_number,
    masked,
    reasons_not_to_approve,
    reasons_not_to_compile,
    reasons_not_to_replace,
    reasons_not_to_review,
    reasons_not_to_send_back,
    reasons_not_to_withdraw,
    report_number,
    shown_value,
    span_of,
)
from lims.samples.rules import TestStatus
from lims.science.units import UnitCode

CAI, RUI, SUN = uuid4(), uuid4(), uuid4()
COMPILED, REVIEWED, SENT_BACK = ReportStatus.COMPILED, ReportStatus.REVIEWED, ReportStatus.SENT_BACK
ISSUED, REPLACED, WITHDRAWN = ReportStatus.ISSUED, ReportStatus.REPLACED, ReportStatus.WITHDRAWN
METHOD = "GB 23200.121-2026"
FIELDS = [Field(METHOD, ("蔬菜/豆类蔬菜", "蔬菜"))]
WHY = "The batch number was misread."
MG = UnitCode.MG_PER_KG


def codes(reasons: list[Reason]) -> list[str]:
    return [why.code for why in reasons]


@pytest.mark.parametrize(
    ("existing", "replaces", "expected"),
    [
        ([], False, []),
        ([SENT_BACK, WITHDRAWN], False, []),
        ([COMPILED], False, ["report.draft_exists"]),
        ([ISSUED], False, ["report.issued_exists"]),
        ([ISSUED], True, []),
        ([ISSUED, REVIEWED], True, ["report.draft_exists"]),
    ],
)
def test_one_report_of_a_sample_at_a_time(existing: list[ReportStatus], replaces: bool, expected: list[str]) -> None:
    assert codes(reasons_not_to_compile([("a", TestStatus.VERIFIED)], existing, replaces)) == expected


def test_every_open_test_is_named() -> None:
    tests = [("a", TestStatus.VERIFIED), ("b", TestStatus.RECORDED), ("c", TestStatus.ASSIGNED)]

    (why,) = reasons_not_to_compile(tests, [], replaces=False)

    assert (why.code, why.values["parameters"]) == ("report.tests_open", "b, c")


@pytest.mark.parametrize(
    ("status", "reviewer", "current", "expected"),
    [
        (COMPILED, RUI, True, []),
        (COMPILED, CAI, True, ["report.same_person"]),
        (REVIEWED, RUI, True, ["report.wrong_status"]),
        (COMPILED, RUI, False, ["report.outdated"]),
        (ISSUED, CAI, False, ["report.wrong_status", "report.same_person", "report.outdated"]),
    ],
)
def test_who_reviews(status: ReportStatus, reviewer: UUID, current: bool, expected: list[str]) -> None:
    assert codes(reasons_not_to_review(Standing(status, CAI, None, current), reviewer)) == expected


@pytest.mark.parametrize(
    ("status", "approver", "subjects", "expected"),
    [
        (REVIEWED, SUN, {"*"}, []),
        (REVIEWED, SUN, {METHOD}, []),
        (REVIEWED, SUN, {"蔬菜"}, []),
        (REVIEWED, SUN, {"水果"}, ["report.not_signatory"]),
        (REVIEWED, SUN, set(), ["report.not_signatory"]),
        (REVIEWED, CAI, {"*"}, ["report.same_person"]),
        (REVIEWED, RUI, {"*"}, ["report.same_person"]),
        (COMPILED, SUN, {"*"}, ["report.wrong_status"]),
        (ISSUED, SUN, {"*"}, ["report.wrong_status"]),
    ],
)
def test_who_approves(status: ReportStatus, approver: UUID, subjects: set[str], expected: list[str]) -> None:
    standing = Standing(status, CAI, RUI, is_current=True)

    assert codes(reasons_not_to_approve(standing, approver, FIELDS, subjects)) == expected


def test_a_signatory_needs_every_method_of_the_report() -> None:
    fields = [*FIELDS, Field("GB 23200.113-2026", ("蔬菜",))]

    (why,) = reasons_not_to_approve(Standing(REVIEWED, CAI, RUI, is_current=True), SUN, fields, {METHOD})

    assert why.values["methods"] == "GB 23200.113-2026"


@pytest.mark.parametrize("status", list(ReportStatus))
def test_drafts_are_sent_back_and_issued_reports_are_amended_or_withdrawn(status: ReportStatus) -> None:
    assert (reasons_not_to_send_back(status, WHY) == []) is (status in {COMPILED, REVIEWED})
    assert (reasons_not_to_withdraw(status, WHY) == []) is (status is ISSUED)
    assert (reasons_not_to_replace(status, WHY, has_successor=False) == []) is (status in {ISSUED, WITHDRAWN})
    assert "report.amended" in codes(reasons_not_to_replace(status, WHY, has_successor=True))
    assert "reason.too_short" in codes(reasons_not_to_withdraw(status, "no"))


def test_numbers() -> None:
    number = report_number("LA", 2026, 12)

    assert number == "LA2026000012"
    assert (amended_number(number, 0), amended_number(number, 2)) == (number, "LA2026000012-G2")


@pytest.mark.parametrize(
    ("name", "shown"),
    [("播州区农业农村局", "播州****村局"), ("王小明", "王****明"), ("李四", "李*"), ("李", "李*")],
)
def test_strangers_see_a_masked_client(name: str, shown: str) -> None:
    assert masked(name) == shown


@pytest.mark.parametrize(
    ("value", "limit", "exceeds", "shown"),
    [
        ("0.0534", "0.2", False, "0.053"),
        ("0.204", "0.2", True, "0.204"),  # two figures would say 0.20, which does not exceed
        ("0.20004", "0.2", True, "0.20004"),
        ("0.1256", "0.126", False, "0.126"),  # two figures would say 0.13, which exceeds
        ("0.2", "0.2", False, "0.20"),
        ("12.34", None, None, "12.3"),
        ("0.196", "0.1", True, "0.20"),
    ],
)
def test_a_value_is_rounded_but_never_against_its_verdict(
    value: str,
    limit: str | None,
    exceeds: bool | None,
    shown: str,
) -> None:
    bound = None if limit is None else Decimal(limit)

    assert shown_value(Decimal(value), MG, bound, exceeds=exceeds) == shown


@given(
    st.decimals(min_value="0.0001", max_value="100", places=6),
    st.decimals(min_value="0.001", max_value="100", places=3),
)
def test_what_is_printed_agrees_with_the_verdict(value: Decimal, limit: Decimal) -> None:
    assume(value > 0)
    assume(limit > 0)

    printed = Decimal(shown_value(value, MG, limit, exceeds=value > limit))

    assert (printed > limit) is (value > limit)


def test_days_are_one_or_a_span() -> None:
    assert span_of(["2026.11.23"]) == "2026.11.23"
    assert span_of(["2026.11.23", "2026.11.20", "2026.11.21"]) == "2026.11.20～2026.11.23"
