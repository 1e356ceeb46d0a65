"""Marks on a report: every item covered, or no mark and the items flagged."""

from dataclasses import replace
from datetime import date

import pytest

from lims.accreditation.marks import MarkItem, marks_for
from lims.accreditation.rules import CertificateFacts, Line, Scheme

TESTED, ISSUED = date(2026, 11, 20), date(2026, 11, 23)
PATH = ("蔬菜/豆类蔬菜/豇豆", "蔬菜/豆类蔬菜", "蔬菜")
CMA = CertificateFacts(Scheme.CMA, "232404090030", date(2023, 1, 1), date(2028, 12, 31))
CATL = CertificateFacts(Scheme.CATL, "[2023]农质检核（黔）字第0021号", date(2023, 1, 1), date(2028, 12, 31))


def lines_of(certificate: CertificateFacts, *parameters: str) -> list[Line]:
    return [Line(certificate, "蔬菜", p, "GB 1-2026", date(2023, 1, 1)) for p in parameters]


def item(parameter: str, superseded_by: str | None = None) -> MarkItem:
    return MarkItem(parameter, PATH, "GB 1-2026", TESTED, superseded_by)


def test_both_marks_when_every_item_is_in_both_scopes() -> None:
    marks = marks_for([*lines_of(CMA, "a", "b"), *lines_of(CATL, "a", "b")], [item("a"), item("b")], ISSUED)

    assert (marks.cma.granted, marks.catl.granted) == (True, True)
    assert (marks.cma.certificate_number, marks.catl.certificate_number) == (CMA.number, CATL.number)
    assert marks.out_of_scope == ()


def test_one_item_outside_takes_the_mark_and_is_flagged() -> None:
    marks = marks_for([*lines_of(CMA, "a", "b"), *lines_of(CATL, "a")], [item("a"), item("b")], ISSUED)

    assert marks.cma.granted
    assert not marks.catl.granted
    assert marks.catl.certificate_number is None
    assert [r.code for r in marks.catl.reasons] == ["mark.out_of_scope"]
    assert marks.catl.out_of_scope == ("b",)
    assert [(s.in_cma, s.in_catl) for s in marks.items] == [(True, True), (True, False)]


def test_a_replaced_method_gives_no_mark() -> None:
    marks = marks_for([*lines_of(CMA, "a"), *lines_of(CATL, "a")], [item("a", "GB 1-2027")], ISSUED)

    assert [r.code for r in marks.cma.reasons] == ["mark.method_superseded"]
    assert marks.cma.out_of_scope == ("a",)
    assert not marks.items[0].in_cma


@pytest.mark.parametrize(
    ("certificate", "code"),
    [
        (replace(CMA, valid_until=date(2026, 11, 22)), "mark.no_certificate"),  # ended between test and issue
        (replace(CMA, suspended_on=date(2026, 11, 23)), "mark.no_certificate"),
        (replace(CMA, valid_from=date(2026, 11, 21)), "mark.out_of_scope"),  # began after the test
        (replace(CMA, suspended_on=date(2026, 11, 19), suspended_until=date(2026, 11, 20)), "mark.out_of_scope"),
    ],
)
def test_the_scope_must_hold_on_the_day_of_the_test_and_on_the_day_of_issue(
    certificate: CertificateFacts, code: str
) -> None:
    marks = marks_for(lines_of(certificate, "a"), [item("a")], ISSUED)

    assert not marks.cma.granted
    assert [r.code for r in marks.cma.reasons] == [code]


def test_a_renewed_certificate_carries_on_where_the_old_one_ended() -> None:
    old = replace(CMA, valid_until=date(2026, 11, 21))
    new = replace(CMA, number="262404090001", valid_from=date(2026, 11, 22), valid_until=date(2032, 11, 21))
    lines = [Line(c, "蔬菜", "a", "GB 1-2026", c.valid_from) for c in (old, new)]

    marks = marks_for(lines, [item("a")], ISSUED)

    assert marks.cma.certificate_number == "262404090001"


def test_items_spread_over_two_certificates_of_a_scheme_get_no_mark() -> None:
    other = replace(CMA, number="232404090031")

    marks = marks_for([*lines_of(CMA, "a", "b"), *lines_of(other, "c")], [item("a"), item("b"), item("c")], ISSUED)

    assert not marks.cma.granted
    assert marks.cma.out_of_scope == ("c",)


def test_a_report_without_items_has_no_mark() -> None:
    marks = marks_for(lines_of(CMA, "a"), [], ISSUED)

    assert [r.code for r in marks.cma.reasons] == ["mark.no_items"]


def test_a_printed_restriction_reaches_the_signatory() -> None:
    restricted = [replace(line, restriction="只做 GC-MS") for line in lines_of(CMA, "a")]

    marks = marks_for(restricted, [item("a")], ISSUED)

    assert marks.cma.granted
    assert marks.items[0].restrictions == ("只做 GC-MS",)
