"""Scope lines: what covers what, which method is chosen, how parameters are counted."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.accreditation.rules import (
    CertificateFacts,
    Line,
    ParameterCounts,
    Scheme,
    certificate_faults,
    certificate_warnings,
    choose_method,
    count_parameters,
    covering_line,
    narrowest,
    suspension_faults,
)

DAY = date(2026, 11, 23)
PATH = ("蔬菜/豆类蔬菜/豇豆", "蔬菜/豆类蔬菜", "蔬菜")
CMA = CertificateFacts(Scheme.CMA, "232404090030", date(2023, 1, 1), date(2028, 12, 31))
CATL = CertificateFacts(Scheme.CATL, "[2023]农质检核（黔）字第0021号", date(2023, 1, 1), date(2028, 12, 31))


def a_line(
    certificate: CertificateFacts = CMA, product: str = "蔬菜", method: str = "GB 1-2026", **changes: object
) -> Line:
    line = Line(certificate, product, "carbofuran", method, date(2023, 1, 1))
    return replace(line, **changes)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("line", "covers"),
    [
        (a_line(), True),
        (a_line(product="*"), True),
        (a_line(product="蔬菜/豆类蔬菜/豇豆"), True),
        (a_line(product="蔬菜/豆类"), False),  # part of a name is not a group
        (a_line(product="水果"), False),
        (a_line(method="GB 1-2021"), False),
        (a_line(parameter="omethoate"), False),
        (a_line(valid_until=date(2026, 11, 23)), True),  # the last day counts
        (a_line(valid_until=date(2026, 11, 22)), False),
        (a_line(valid_from=date(2026, 11, 24)), False),
        (a_line(restriction="只做 GC-MS"), True),  # printed for people; the method tells the rest
        (a_line(restricted_to="蔬菜/豆类蔬菜/豇豆"), True),
        (a_line(restricted_to="蔬菜/叶菜类蔬菜"), False),
        (a_line(product="*", restricted_to="蔬菜/叶菜类蔬菜"), False),
        (a_line(certificate=CATL), False),
    ],
)
def test_a_line_covers_its_product_parameter_method_and_day(line: Line, covers: bool) -> None:
    found = covering_line([line], Scheme.CMA, PATH, "carbofuran", "GB 1-2026", DAY)

    assert (found is line) is covers
    assert found is None or covers


@pytest.mark.parametrize(
    ("on", "until", "day", "in_force"),
    [
        (None, None, DAY, True),
        (date(2026, 11, 23), None, DAY, False),
        (date(2026, 11, 24), None, DAY, True),
        (date(2026, 6, 1), date(2026, 11, 22), DAY, True),
        (date(2026, 6, 1), date(2026, 11, 23), DAY, False),  # the last day of a suspension is suspended
        (None, None, date(2029, 1, 1), False),
        (None, None, date(2028, 12, 31), True),
        (None, None, date(2022, 12, 31), False),
    ],
)
def test_a_suspended_or_expired_certificate_covers_nothing(
    on: date | None, until: date | None, day: date, in_force: bool
) -> None:
    suspended = replace(CMA, suspended_on=on, suspended_until=until)

    assert suspended.in_force_on(day) is in_force
    assert a_line(suspended).in_force_on(day) is in_force


def test_the_narrowest_product_decides() -> None:
    lines = [a_line(product="*"), a_line(product="蔬菜/豆类蔬菜"), a_line()]

    found = covering_line(lines, Scheme.CMA, PATH, "carbofuran", "GB 1-2026", DAY)

    assert found is lines[1]


@pytest.mark.parametrize(
    ("lines", "outdated", "method"),
    [
        # a method in both schemes beats a newer one in one
        ([a_line(method="A-2020"), a_line(CATL, method="A-2020"), a_line(method="B-2026")], (), "A-2020"),
        # of two in both schemes the one that is not replaced
        (
            [
                a_line(method="A-2020"),
                a_line(CATL, method="A-2020"),
                a_line(method="B-2019"),
                a_line(CATL, method="B-2019"),
            ],
            ("A-2020",),
            "B-2019",
        ),
        # then the narrower product
        ([a_line(method="A-2026"), a_line(product="蔬菜/豆类蔬菜", method="B-2019")], (), "B-2019"),
        # then the newer edition
        ([a_line(method="A-2019"), a_line(method="A-2026")], (), "A-2026"),
        # out of scope
        ([a_line(product="水果")], (), None),
        ([], (), None),
    ],
)
def test_the_method_is_chosen_by_rank(lines: list[Line], outdated: tuple[str, ...], method: str | None) -> None:
    choice = choose_method(lines, PATH, "carbofuran", DAY, outdated)

    assert (choice.method_code if choice else None) == method


@given(st.permutations([a_line(method=m, certificate=c) for m in ("A-2019", "B-2019", "C-2026") for c in (CMA, CATL)]))
def test_the_choice_does_not_depend_on_the_order_of_the_lines(lines: list[Line]) -> None:
    choice = choose_method(lines, PATH, "carbofuran", DAY)

    assert choice is not None
    assert choice.method_code == "C-2026"
    assert choice.cma is not None
    assert choice.catl is not None


def test_a_parameter_counts_only_when_it_stands_in_both_annexes() -> None:
    lines = [
        a_line(product="蔬菜", method="A-2020"),
        a_line(CATL, product="蔬菜", method="A-2020"),
        a_line(product="水果", method="A-2020"),
        a_line(CATL, product="水果", method="B-2020"),  # same pair, another method
        a_line(parameter="omethoate"),  # in one annex only
        a_line(parameter="dimethoate", valid_until=date(2025, 1, 1)),
        a_line(CATL, parameter="dimethoate"),
    ]

    counts = count_parameters(lines, DAY)

    assert counts == ParameterCounts(parameters=1, parameter_products=2, parameter_product_methods=1)


@given(
    st.lists(
        st.tuples(st.sampled_from([CMA, CATL]), st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from("mn"))
    )
)
def test_more_detail_never_counts_parameters_that_less_detail_does_not(
    drawn: list[tuple[CertificateFacts, str, str, str]],
) -> None:
    lines = [a_line(c, product=p, method=m, parameter=q) for c, q, p, m in drawn]

    counts = count_parameters(lines, DAY)

    assert counts.parameters <= len({q for _, q, _, _ in drawn})
    assert (counts.parameter_product_methods > 0) <= (counts.parameter_products > 0) <= (counts.parameters > 0)


@pytest.mark.parametrize(
    ("scheme", "number", "valid_until", "faults"),
    [
        (Scheme.CMA, "181004090030", date(2028, 12, 31), []),
        (Scheme.CMA, "18100409003", date(2028, 12, 31), ["certificate.cma_number"]),
        (Scheme.CMA, "１８１００４０９００３０", date(2028, 12, 31), ["certificate.cma_number"]),
        (Scheme.CMA, "x", date(2020, 1, 1), ["certificate.cma_number", "certificate.dates"]),
        (Scheme.CATL, "whatever is printed", date(2028, 12, 31), []),
    ],
)
def test_what_cannot_be_a_certificate_is_refused(
    scheme: Scheme, number: str, valid_until: date, faults: list[str]
) -> None:
    assert [f.code for f in certificate_faults(scheme, number, date(2023, 1, 1), valid_until)] == faults


@pytest.mark.parametrize(
    ("scheme", "number", "year", "warnings"),
    [
        (Scheme.CMA, "181004090030", 2018, []),  # 江苏, 农林牧渔, 农业
        (Scheme.CMA, "232404090030", 2023, []),  # 贵州
        (Scheme.CMA, "239904090030", 2023, ["certificate.cma_code"]),
        (Scheme.CMA, "239998970030", 2023, ["certificate.cma_code"] * 3),
        (Scheme.CMA, "222404090030", 2023, ["certificate.cma_year"]),
        (Scheme.CATL, "[2020]农质检核（苏）字第0021号", 2020, []),
        (Scheme.CATL, "[2014]农质检核（鲁牧）字第0013号", 2014, []),
        (Scheme.CATL, "〔2023〕农质检核(黔)字第0021号", 2023, []),
        (Scheme.CATL, "CATL-2020-21", 2020, ["certificate.catl_form"]),
    ],
)
def test_an_odd_number_is_warned_of_and_not_refused(
    scheme: Scheme, number: str, year: int, warnings: list[str]
) -> None:
    assert [w.code for w in certificate_warnings(scheme, number, date(year, 5, 1))] == warnings


@pytest.mark.parametrize(
    ("on", "until", "faults"),
    [
        (date(2026, 1, 1), None, []),
        (date(2022, 1, 1), None, ["certificate.suspension_outside"]),
        (date(2026, 1, 1), date(2025, 12, 31), ["certificate.suspension_dates"]),
    ],
)
def test_a_suspension_lies_within_the_validity(on: date, until: date | None, faults: list[str]) -> None:
    assert [f.code for f in suspension_faults(CMA, on, until)] == faults


@pytest.mark.parametrize(
    ("products", "found"),
    [
        (["*", "蔬菜", "蔬菜/豆类蔬菜"], "蔬菜/豆类蔬菜"),
        (["*", "水果"], "*"),
        (["水果"], None),
        ([], None),
    ],
)
def test_verified_limits_are_those_of_the_narrowest_product(products: list[str], found: str | None) -> None:
    assert narrowest(products, PATH) == found
