"""Certificates, annexes and verified limits at the front door."""

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

from lims.accreditation import queries
from lims.accreditation.marks import MarkItem
from lims.accreditation.rules import Scheme
from lims.accreditation.words import method_code, superseded_by
from lims.core.actions import Action
from lims.library.queries import current_library
from lims.runtime import Lims
from tests.api.laboratory import COWPEA, METHOD, OTHER_METHOD, Door, accredit, codes, laboratory_id, load
from tests.factories import TODAY, Cast

CERTIFICATE = {
    "scheme": "CMA",
    "number": "232404090030",
    "issued_by": "贵州省市场监督管理局",
    "valid_from": "2023-01-01",
    "valid_until": "2028-12-31",
}
LIMITS = {
    "method": METHOD,
    "analyte": "克百威",
    "product": "*",
    "limit_of_quantification": "0.010",
    "limit_of_detection": "0.003",
    "verified_on": "2026-03-02",
}
SCOPE = "产品,参数,方法,限制范围,生效日期\n"


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    load(lims)
    return Door(lims)


def a_certificate(door: Door, **changes: Any) -> dict[str, Any]:
    made = door["max"].post("/api/accreditation/certificates", {**CERTIFICATE, **changes})
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def test_an_odd_number_is_recorded_with_a_warning(door: Door) -> None:
    made = a_certificate(door, number="239904090030")

    assert [w["code"] for w in made["warnings"]] == ["certificate.cma_code"]
    assert made["in_force"] is True


def test_a_number_that_cannot_be_one_is_refused_with_every_fault(door: Door) -> None:
    refused = door["max"].post(
        "/api/accreditation/certificates", {**CERTIFICATE, "number": "123", "valid_until": "2020-01-01"}
    )

    assert refused.status_code == 422
    assert codes(refused) == ["certificate.cma_number", "certificate.dates"]


def test_a_certificate_is_recorded_once(door: Door) -> None:
    a_certificate(door)

    assert door["max"].post("/api/accreditation/certificates", CERTIFICATE).status_code == 409


def test_a_suspended_certificate_is_not_in_force_and_a_stale_suspension_is_a_conflict(door: Door) -> None:
    made = a_certificate(door)
    path = f"/api/accreditation/certificates/{made['id']}/suspension"

    suspended = door["max"].post(path, {"version": made["version"], "suspended_on": "2026-11-01"})
    stale = door["max"].post(path, {"version": made["version"], "suspended_on": None})
    lifted = door["max"].post(path, {"version": suspended.json()["version"], "suspended_on": None})

    assert suspended.json()["in_force"] is False
    assert stale.status_code == 409
    assert lifted.json()["in_force"] is True


def test_another_laboratory_finds_neither_certificate_nor_annex(door: Door, lims: Lims, cast: Cast) -> None:
    certificate = accredit(lims, cast.max, Scheme.CMA)
    path = f"/api/accreditation/certificates/{certificate}"

    assert door["eve"].get("/api/accreditation/certificates").json() == []
    assert door["eve"].get(f"{path}/scope").status_code == 404
    assert door["eve"].post(f"{path}/suspension", {"version": 1, "suspended_on": None}).status_code == 404
    line = door["max"].get(f"{path}/scope").json()["items"][0]
    ended = door["eve"].post(
        f"/api/accreditation/scope-lines/{line['id']}/end", {"version": 1, "valid_until": "2026-12-31"}
    )
    assert ended.status_code == 404


def test_a_scope_line_is_kept_by_the_librarys_words(door: Door) -> None:
    made = a_certificate(door)

    line = door["max"].post(
        f"/api/accreditation/certificates/{made['id']}/scope",
        {"product": "豆类蔬菜", "parameter": "1563-66-2", "method": "gb23200.121—2026", "restricted_to": "豇豆"},
    )

    assert line.status_code == 201, line.text
    kept = line.json()
    assert (kept["product"], kept["parameter"], kept["method_code"]) == ("蔬菜/豆类蔬菜", "carbofuran", METHOD)
    assert kept["restricted_to"] == COWPEA
    assert kept["valid_from"] == "2023-01-01"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"product": "豌豆"}, ["food.ambiguous"]),
        ({"product": "火锅"}, ["food.unknown"]),
        ({"parameter": "克百"}, ["parameter.unknown"]),
        ({"method": "GB 23200.121"}, ["scope.method_undated"]),
        ({"restricted_to": "水果"}, ["scope.restricted_outside"]),
        ({"valid_until": "2020-01-01"}, ["scope.dates"]),
        (
            {"product": "火锅", "parameter": "火", "method": "x"},
            ["food.unknown", "scope.method_undated", "parameter.unknown"],
        ),
    ],
)
def test_a_line_that_the_library_does_not_understand_is_refused_with_every_fault(
    door: Door, changes: dict[str, str], expected: list[str]
) -> None:
    made = a_certificate(door)
    order = {"product": "蔬菜", "parameter": "克百威", "method": METHOD, **changes}

    refused = door["max"].post(f"/api/accreditation/certificates/{made['id']}/scope", order)

    assert refused.status_code == 422
    assert codes(refused) == expected


def test_a_line_stands_in_the_annex_once(door: Door, lims: Lims, cast: Cast) -> None:
    certificate = accredit(lims, cast.max, Scheme.CMA)
    order = {"product": "蔬菜", "parameter": "呋喃丹", "method": METHOD}  # another name of 克百威

    refused = door["max"].post(f"/api/accreditation/certificates/{certificate}/scope", order)

    assert refused.status_code == 422
    assert codes(refused) == ["scope.line_twice"]


def test_an_annex_is_imported_whole(door: Door) -> None:
    made = a_certificate(door)
    content = SCOPE + f"蔬菜,克百威,{METHOD},,\n水果,氧乐果,{METHOD},只做 GC-MS,2026/03/01\n"

    imported = door["max"].upload(
        f"/api/accreditation/certificates/{made['id']}/scope/import", "scope.csv", content.encode("utf-8-sig")
    )

    assert imported.json() == {"rows": 2}
    lines = door["max"].get(f"/api/accreditation/certificates/{made['id']}/scope").json()["items"]
    assert {(line["parameter"], line["valid_from"]) for line in lines} == {
        ("carbofuran", "2023-01-01"),
        ("omethoate", "2026-03-01"),
    }


def test_one_bad_row_keeps_the_whole_annex_out_and_is_named_by_row_and_column(door: Door) -> None:
    made = a_certificate(door)
    path = f"/api/accreditation/certificates/{made['id']}/scope"
    content = SCOPE + f"蔬菜,克百威,{METHOD},,\n蔬菜,神药,{METHOD},,\n蔬菜,克百威,{METHOD},,\n"

    refused = door["max"].upload(f"{path}/import", "scope.csv", content.encode())

    assert refused.status_code == 422
    found = [(r["code"], r["where"]["row"], r["where"]["column"]) for r in refused.json()["reasons"]]
    assert found == [("parameter.unknown", 3, "parameter"), ("scope.line_twice", 4, "parameter")]
    assert door["max"].get(path).json()["total"] == 0


def test_cells_that_do_not_fit_are_named_before_the_library_is_asked(door: Door) -> None:
    made = a_certificate(door)
    content = SCOPE + f"蔬菜,,{METHOD},,23/11/2026\n"

    refused = door["max"].upload(
        f"/api/accreditation/certificates/{made['id']}/scope/import", "scope.csv", content.encode()
    )

    found = {(r["code"], r["where"]["row"], r["where"]["column"]) for r in refused.json()["reasons"]}
    assert found == {("cell.empty", 2, "参数"), ("cell.day", 2, "生效日期")}


def test_a_workbook_of_verified_limits_keeps_every_digit(door: Door) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["方法", "化合物", "产品", "定量限", "检出限", "单位", "验证日期"])
    book.active.append([METHOD, "克百威", "蔬菜", "0.010", 0.003, "mg/kg", date(2026, 3, 2)])
    content = io.BytesIO()
    book.save(content)

    imported = door["max"].upload("/api/accreditation/method-limits/import", "limits.xlsx", content.getvalue())

    assert imported.json() == {"rows": 1}
    kept = door["ann"].get("/api/accreditation/method-limits", method=METHOD).json()["items"][0]
    assert (kept["limit_of_quantification"], kept["limit_of_detection"]) == ("0.010", "0.003")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"limit_of_detection": "0.02"}, ["method_limits.order"]),
        ({"limit_of_detection": "0"}, ["method_limits.order"]),
        ({"unit": "mg/L"}, ["unit.not_mass_fraction"]),
        ({"unit": "ppm"}, ["unit.unknown"]),
        ({"verified_on": "2026-11-24"}, ["method_limits.day"]),
        ({"expanded_uncertainty_percent": "180"}, ["method_limits.uncertainty"]),
    ],
)
def test_limits_that_cannot_be_are_refused(door: Door, changes: dict[str, str], expected: list[str]) -> None:
    refused = door["max"].post("/api/accreditation/method-limits", [{**LIMITS, **changes}])

    assert refused.status_code == 422
    assert codes(refused) == expected


def test_a_binary_number_is_refused_with_a_hint(door: Door) -> None:
    refused = door["max"].post("/api/accreditation/method-limits", [{**LIMITS, "limit_of_quantification": 0.01}])

    assert refused.status_code == 422
    assert "as text" in refused.json()["reasons"][0]["text"]


def test_the_limits_of_the_narrowest_product_and_the_newest_day_are_used(door: Door, lims: Lims, cast: Cast) -> None:
    several = [
        LIMITS,
        {**LIMITS, "product": "豆类蔬菜", "limit_of_quantification": "0.02"},
        {**LIMITS, "product": "豆类蔬菜", "limit_of_quantification": "0.005", "verified_on": "2026-10-01"},
        {**LIMITS, "product": "水果", "limit_of_quantification": "0.05"},
    ]
    assert door["max"].post("/api/accreditation/method-limits", several).status_code == 201

    with lims.read(cast.ann, Action.ACCREDITATION_READ) as session:
        path = [food.food for food in current_library(session).foods.path(COWPEA)]
        found = [
            queries.verified_limits(session, METHOD, "carbofuran", path, day)
            for day in (date(2026, 3, 1), date(2026, 9, 30), TODAY)
        ]
        elsewhere = queries.verified_limits(session, METHOD, "carbofuran", ["谷物/稻谷", "谷物"], TODAY)

    assert [str(f.limit_of_quantification) if f else None for f in found] == [None, "0.02", "0.005"]
    assert elsewhere is not None
    assert str(elsewhere.limit_of_quantification) == "0.010"


def test_parameters_are_counted_beside_the_target_of_the_level(door: Door, lims: Lims, cast: Cast) -> None:
    accredit(lims, cast.max, Scheme.CMA)
    accredit(lims, cast.max, Scheme.CATL, parameters=("克百威", "氧乐果"))

    counted = door["max"].get("/api/accreditation/laboratories/LA/parameters").json()

    assert (counted["parameters"], counted["parameter_products"], counted["parameter_product_methods"]) == (2, 2, 2)
    assert counted["target"] is None  # no plan is loaded here
    assert door["eve"].get("/api/accreditation/laboratories/LA/parameters").status_code == 404


def test_the_dual_rate_covers_every_county_laboratory_or_is_refused(door: Door, lims: Lims, cast: Cast) -> None:
    accredit(lims, cast.max, Scheme.CMA)
    accredit(lims, cast.max, Scheme.CATL, valid_until=date(2027, 2, 1))
    accredit(lims, cast.eve, Scheme.CMA, number="232404090031")

    rate = door["net"].get("/api/accreditation/dual-rate", region="520300").json()
    later = door["net"].get("/api/accreditation/dual-rate", region="520300", day="2027-02-02").json()
    partial = door["max"].get("/api/accreditation/dual-rate", region="520300")
    unknown = door["net"].get("/api/accreditation/dual-rate", region="110000")

    assert (rate["both"], rate["only_cma"], rate["county_laboratories"], rate["percent"]) == (1, 1, 2, "50.0")
    assert (rate["expiring_in_90_days"], rate["expiring_in_180_days"]) == (1, 1)
    assert (later["both"], later["only_cma"]) == (0, 2)
    assert (partial.status_code, codes(partial)) == (403, ["dual_rate.not_all_visible"])
    assert unknown.status_code == 404


def test_marks_follow_the_scope_of_the_day(lims: Lims, cast: Cast, door: Door) -> None:
    accredit(lims, cast.max, Scheme.CMA)
    catl = accredit(lims, cast.max, Scheme.CATL)
    path = (COWPEA, "蔬菜/豆类蔬菜", "蔬菜")
    items = [MarkItem("carbofuran", path, METHOD, TODAY), MarkItem("omethoate", path, METHOD, TODAY)]
    laboratory = laboratory_id(lims, "LA")

    door["max"].post(f"/api/accreditation/certificates/{catl}/suspension", {"version": 1, "suspended_on": "2026-11-01"})

    with lims.read(cast.ann, Action.ACCREDITATION_READ) as session:
        marks = queries.marks_of(session, laboratory, items, TODAY)
    assert (marks.cma.granted, marks.catl.granted) == (True, False)
    assert [r.code for r in marks.catl.reasons] == ["mark.no_certificate"]


def test_a_dated_method_is_superseded_by_a_newer_edition_once_published(door: Door, lims: Lims, cast: Cast) -> None:
    with lims.read(cast.ann, Action.LIBRARY_READ) as session:
        library = current_library(session)

    assert superseded_by(library, "GB 23200.113-2018", TODAY) == OTHER_METHOD
    assert superseded_by(library, "GB 23200.113-2018", date(2026, 1, 1)) is None
    assert superseded_by(library, OTHER_METHOD, TODAY) is None
    assert superseded_by(library, "NY/T 761-2008", TODAY) is None
    assert method_code(library, " gb 23200.113－2026 ") == OTHER_METHOD


def test_who_only_reads_may_not_edit(door: Door) -> None:
    assert door["ann"].post("/api/accreditation/certificates", CERTIFICATE).status_code == 403
    assert door["ann"].get("/api/accreditation/templates/scope.xlsx").status_code == 200
