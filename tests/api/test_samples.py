"""Samples at the front door: registered, numbered without gaps, blinded for the bench, received."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest

from lims.accreditation.rules import Scheme
from lims.core.actions import Action
from lims.core.clock import FixedClock
from lims.runtime import Lims
from lims.samples.blind_codes import is_blind_code
from lims.samples.queries import sample_by_sheet, samples_awaiting
from tests.api.laboratory import COWPEA, METHOD, OTHER_METHOD, Door, a_sheet, accredit, codes, load
from tests.factories import Cast

RECEIPT = {"condition": "新鲜，包装完好", "seal": "intact", "temperature_c": "4.50"}


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    load(lims)
    accredit(lims, cast.max, Scheme.CMA)
    accredit(lims, cast.max, Scheme.CATL)
    return Door(lims)


def registered(door: Door, who: str = "ann", **changes: Any) -> dict[str, Any]:
    made = door[who].post("/api/samples", a_sheet(**changes))
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def test_a_sheet_becomes_a_sample_with_the_tests_of_the_scope(door: Door) -> None:
    sample = registered(door)

    assert sample["number"] == "LA-2026-000001"
    assert sample["food"] == COWPEA
    assert is_blind_code(sample["blind_code"])
    assert sample["status"] == "registered"
    assert sample["quantity"] == "3.0"
    assert [(t["parameter"], t["method_code"], t["out_of_scope"]) for t in sample["tests"]] == [
        ("carbofuran", METHOD, False),
        ("chlorpyrifos", METHOD, False),
        ("omethoate", METHOD, False),
    ]


def test_numbers_run_without_gaps_past_refused_sheets(door: Door) -> None:
    first = registered(door)
    refused = door["ann"].post("/api/samples", a_sheet(sampling_sheet_number="CY-2", product_name="火锅"))
    second = registered(door, sampling_sheet_number="CY-3")

    assert refused.status_code == 422
    assert (first["number"], second["number"]) == ("LA-2026-000001", "LA-2026-000002")


def test_the_year_of_a_number_is_the_year_in_china(door: Door, clock: FixedClock) -> None:
    clock.instant = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)  # half past midnight in Guiyang

    assert registered(door)["number"] == "LA-2027-000001"


def test_a_sheet_is_registered_once_and_the_conflict_names_its_sample(door: Door, lims: Lims, cast: Cast) -> None:
    number = registered(door)["number"]

    again = door["ann"].post("/api/samples", a_sheet())

    assert again.status_code == 409
    assert codes(again) == ["sample.sheet_registered"]
    assert number in again.json()["reasons"][0]["text"]
    assert door["ann"].get("/api/samples", sampling_sheet_number="CY2026-0117").json()["items"][0]["number"] == number
    with lims.read(cast.ann, Action.SAMPLE_READ) as session:
        found = sample_by_sheet(session, "CY2026-0117")
        assert found is not None
        assert found.number == number


def test_another_laboratory_may_use_the_same_sheet_number(door: Door, lims: Lims, cast: Cast) -> None:
    registered(door)
    accredit(lims, cast.eve, Scheme.CMA, number="232404090032")

    other = registered(door, "eve", region_code="520322")

    assert other["number"] == "LB-2026-000001"


@pytest.mark.both_databases
def test_many_at_once_get_each_number_once(door: Door) -> None:
    made = [registered(door, sampling_sheet_number="CY-0")]  # the first of a year begins the series

    with ThreadPoolExecutor(4) as pool:
        made += pool.map(lambda n: registered(door, sampling_sheet_number=f"CY-{n}"), range(1, 12))

    assert sorted(m["number"] for m in made) == [f"LA-2026-{n:06}" for n in range(1, 13)]
    assert len({m["blind_code"] for m in made}) == 12


@pytest.mark.both_databases
def test_one_sheet_sent_twice_at_once_is_one_sample(door: Door) -> None:
    registered(door, sampling_sheet_number="CY-0")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: door["ann"].post("/api/samples", a_sheet()), range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert door["ann"].get("/api/samples").json()["total"] == 2


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("QX-2026-7", 201, None),
        ("LA-2026-000009", 422, "sample.number_of_series"),
        ("bench", 422, "field.string_pattern_mismatch"),
        ("a/1", 422, "field.string_pattern_mismatch"),
    ],
)
def test_a_sender_may_give_a_number_of_another_form(door: Door, number: str, status: int, code: str | None) -> None:
    made = door["ann"].post("/api/samples", a_sheet(number=number))

    assert made.status_code == status
    if code:
        assert codes(made) == [code]
    else:
        assert made.json()["number"] == number
        again = door["ann"].post("/api/samples", a_sheet(number=number, sampling_sheet_number="CY-2"))
        assert (again.status_code, codes(again)) == (409, ["sample.number_taken"])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"product_name": "豌豆"}, ["food.ambiguous"]),
        ({"product_name": "豌豆", "food": "谷物/杂粮类/豌豆"}, ["test.no_scope"]),  # a scope of vegetables
        ({"product_name": "火锅"}, ["food.unknown"]),
        ({"food": "豆类蔬菜"}, ["food.is_group"]),
        ({"region_code": "110000"}, ["region.unknown"]),
        ({"region_code": "520322"}, ["sample.region_outside"]),
        ({"sampled_on": "2026-11-24"}, ["sample.sampled_in_future"]),
        ({"basis_on": "2026-11-21"}, ["sample.basis_after_sampling"]),
        ({"programme": "supervision", "samplers": "李明"}, ["sample.one_sampler"]),
        ({"parameters": ["神药"]}, ["parameter.unknown"]),
        ({"parameters": ["啶虫脒"]}, ["test.out_of_scope"]),
        ({"parameters": ["克百威", "carbofuran"]}, ["test.twice"]),
        ({"parameters": [{"parameter": "克百威", "method": "GB 1-1900"}]}, ["test.method_unknown"]),
        ({"parameters": []}, ["field.literal_error", "field.too_short"]),
        ({"client": "贵\u202e州"}, ["field.value_error"]),
        ({"quantity": "0"}, ["field.value_error"]),
        ({"colour": "green"}, ["field.extra_forbidden"]),
        (
            {"product_name": "火锅", "region_code": "110000", "sampled_on": "2027-01-01", "basis_on": "2027-01-02"},
            ["food.unknown", "sample.sampled_in_future", "sample.basis_after_sampling", "region.unknown"],
        ),
    ],
)
def test_a_sheet_is_refused_with_every_fault(door: Door, changes: dict[str, Any], expected: list[str]) -> None:
    refused = door["ann"].post("/api/samples", a_sheet(**changes))

    assert refused.status_code == 422
    assert codes(refused) == expected
    assert door["ann"].get("/api/samples").json()["total"] == 0


def test_the_candidates_of_an_ambiguous_name_are_told(door: Door) -> None:
    refused = door["ann"].post("/api/samples", a_sheet(product_name="豌豆"))

    assert "谷物/杂粮类/豌豆" in refused.json()["detail"]


def test_a_method_that_is_named_is_used_and_flagged_when_no_scope_covers_it(door: Door) -> None:
    asked = ["氧乐果", f"克百威@{METHOD}", {"parameter": "啶虫脒", "method": OTHER_METHOD}]

    sample = registered(door, parameters=asked)

    assert [(t["parameter"], t["method_code"], t["out_of_scope"]) for t in sample["tests"]] == [
        ("acetamiprid", OTHER_METHOD, True),
        ("carbofuran", METHOD, False),
        ("omethoate", METHOD, False),
    ]


def test_an_expired_certificate_gives_no_tests(lims: Lims, cast: Cast) -> None:
    load(lims)
    accredit(lims, cast.max, Scheme.CMA, valid_until=date(2026, 11, 22))

    refused = Door(lims)["ann"].post("/api/samples", a_sheet())

    assert codes(refused) == ["test.no_scope"]


def test_a_suspended_certificate_gives_no_tests(lims: Lims, cast: Cast) -> None:
    load(lims)
    certificate = accredit(lims, cast.max, Scheme.CMA)
    door = Door(lims)
    door["max"].post(
        f"/api/accreditation/certificates/{certificate}/suspension", {"version": 1, "suspended_on": "2026-11-01"}
    )

    refused = door["ann"].post("/api/samples", a_sheet(parameters=["克百威"]))

    assert codes(refused) == ["test.out_of_scope"]


def test_a_method_in_both_schemes_is_preferred(door: Door, lims: Lims, cast: Cast) -> None:
    accredit(lims, cast.max, Scheme.CMA, number="232404090039", method=OTHER_METHOD, product="豇豆")

    sample = registered(door, parameters=["克百威"])

    assert [t["method_code"] for t in sample["tests"]] == [METHOD]


def test_another_laboratory_does_not_find_a_sample(door: Door) -> None:
    sample = registered(door)
    number, blind = sample["number"], sample["blind_code"]

    for path in (f"/api/samples/{number}", f"/api/samples/bench/{blind}", f"/api/samples/{number}/label.pdf"):
        assert door["eve"].get(path).status_code == 404
    assert door["eve"].post(f"/api/samples/{number}/receive", RECEIPT).status_code == 404
    assert door["eve"].post("/api/samples/labels", {"numbers": [number]}).status_code == 404
    assert door["eve"].get("/api/samples").json()["total"] == 0
    assert door["eve"].get("/api/samples/bench").json()["total"] == 0


def test_the_bench_sees_the_blind_code_and_the_food_only(door: Door) -> None:
    sample = registered(door)

    hidden = door["bea"].get(f"/api/samples/{sample['number']}")
    listed = door["bea"].get("/api/samples")
    seen = door["bea"].get(f"/api/samples/bench/{sample['blind_code']}")

    assert (hidden.status_code, codes(hidden)) == (403, ["sample.blind"])
    assert listed.status_code == 403
    assert seen.json()["food"] == COWPEA
    for secret in (sample["number"], "合作社", "农业农村局", "520304", "南白", "CY2026-0117"):
        assert secret not in seen.text
        assert secret not in door["bea"].get("/api/samples/bench").text


def test_who_registers_sees_the_sample_and_other_technicians_do_not(door: Door) -> None:
    sample = registered(door, "bea")

    assert sample["client"] == "播州区农业农村局"
    assert door["bea"].get(f"/api/samples/{sample['number']}").status_code == 200
    assert door["vic"].get(f"/api/samples/{sample['number']}").status_code == 403
    assert door["cai"].get(f"/api/samples/{sample['number']}").status_code == 200
    assert door["ian"].get(f"/api/samples/{sample['number']}").status_code == 200


def test_a_received_sample_waits_for_its_methods(door: Door, lims: Lims, cast: Cast) -> None:
    sample = registered(door, parameters=["克百威", f"啶虫脒@{OTHER_METHOD}"])

    received = door["bea"].post(f"/api/samples/{sample['number']}/receive", RECEIPT)

    assert received.status_code == 200, received.text
    assert received.json()["view"] == "bench"
    assert received.json()["temperature_c"] == "4.50"
    whole = door["cai"].get(f"/api/samples/{sample['number']}").json()
    assert (whole["status"], whole["seal_state"], whole["condition"]) == ("received", "封条完好", "新鲜，包装完好")
    waiting = door["bea"].get("/api/samples/bench/awaiting", method=METHOD).json()
    assert [(w["blind_code"], [t["parameter"] for t in w["tests"]]) for w in waiting] == [
        (sample["blind_code"], ["carbofuran"])
    ]
    with lims.read(cast.bea, Action.SAMPLE_READ) as session:
        assert [test.parameter for _, test in samples_awaiting(session, OTHER_METHOD)] == ["acetamiprid"]
    assert door["eve"].get("/api/samples/bench/awaiting", method=METHOD).json() == []


def test_a_sample_is_received_once_and_stale_receipts_conflict(door: Door) -> None:
    sample = registered(door)
    path = f"/api/samples/{sample['number']}/receive"

    first = door["ann"].post(path, {**RECEIPT, "version": sample["version"]})
    stale = door["ann"].post(path, {**RECEIPT, "version": sample["version"]})
    again = door["ann"].post(path, RECEIPT)

    assert first.json()["view"] == "whole"
    assert (stale.status_code, codes(stale)) == (409, ["conflict.changed"])
    assert (again.status_code, codes(again)) == (422, ["sample.already_received"])


def test_a_note_of_the_counter_is_kept_for_the_report(door: Door) -> None:
    sample = registered(door, remark="雨后采样")

    received = door["ann"].post(
        f"/api/samples/{sample['number']}/receive", {**RECEIPT, "seal": "broken", "note": "封条破损，已告知委托方"}
    )

    assert received.json()["remark"] == "雨后采样；封条破损，已告知委托方"


def test_a_sampler_does_not_receive(door: Door) -> None:
    sample = registered(door)

    assert door["vic"].post(f"/api/samples/{sample['number']}/receive", RECEIPT).status_code == 403


def test_lists_are_limited_by_filters(door: Door) -> None:
    registered(door, sampling_sheet_number="A", sampled_on="2026-11-19", basis_on="2026-11-18")
    second = registered(door, sampling_sheet_number="B")
    registered(door, sampling_sheet_number="C", programme="supervision", product_name="韭菜")
    door["ann"].post(f"/api/samples/{second['number']}/receive", RECEIPT)
    asked: list[tuple[dict[str, Any], str, int]] = [
        ({}, "CBA", 3),
        ({"status": "received"}, "B", 1),
        ({"programme": "supervision"}, "C", 1),
        ({"food": "豇豆"}, "BA", 2),
        ({"food": "蔬菜"}, "CBA", 3),
        ({"food": "豆类蔬菜"}, "BA", 2),
        ({"sampled_from": "2026-11-20"}, "CB", 2),
        ({"sampled_until": "2026-11-19"}, "A", 1),
        ({"region": "520300"}, "CBA", 3),
        ({"region": "520322"}, "", 0),
        ({"limit": 1, "offset": 1}, "B", 3),
    ]

    pages = [door["ann"].get("/api/samples", **query).json() for query, _, _ in asked]

    found = [("".join(item["sampling_sheet_number"] for item in page["items"]), page["total"]) for page in pages]
    assert found == [(sheets, total) for _, sheets, total in asked]
    assert all(item["tests"] for page in pages for item in page["items"])
