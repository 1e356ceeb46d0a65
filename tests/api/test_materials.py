"""Lots of reference materials and reagents, and solutions made of them, at the front door."""

from typing import Any

import pytest

from lims.core.clock import FixedClock
from lims.runtime import Lims
from tests.api.laboratory import Door, codes
from tests.factories import Cast

STANDARD: dict[str, Any] = {
    "code": "RM-1",
    "kind": "reference_material",
    "name": "克百威溶液标准物质",
    "lot": "24B0312",
    "certificate": "GBW(E)081589",
    "strength": "100",
    "strength_unit": "μg/mL",
    "strength_uncertainty": "2",
    "supplier": "甲公司",
    "received_on": "2026-11-02",
    "opened_on": "2026-11-03",
    "expires_on": "2026-12-31",
}
SOLUTION: dict[str, Any] = {
    "code": "WS-1",
    "name": "克百威标准工作溶液",
    "final_volume": "100",
    "prepared_on": "2026-11-23",
    "expires_on": "2026-12-07",
    "sources": [{"code": "RM-1", "taken": "1.00", "unit": "mL"}],
}


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    return Door(lims)


def test_a_lot_is_usable_through_its_last_day(door: Door, clock: FixedClock) -> None:
    made = door["ann"].post("/api/materials", {**STANDARD, "expires_on": "2026-11-23"})
    assert (made.status_code, made.json()["usable"], made.json()["state"]) == (201, True, "expires_soon")

    clock.instant = clock.instant.replace(hour=17)  # the 24th in China

    later = door["ann"].get("/api/materials/RM-1").json()
    assert (later["usable"], later["state"]) == (False, "expired")


def test_a_lot_says_what_is_wrong_with_it_in_one_go(door: Door) -> None:
    wrong = {
        "strength_unit": "mL",
        "strength_uncertainty": "200",
        "received_on": "2026-11-24",
        "opened_on": "2026-11-01",
    }

    answer = door["ann"].post("/api/materials", {**STANDARD, **wrong})

    assert (answer.status_code, sorted(codes(answer))) == (
        422,
        ["material.future", "material.opened_early", "material.strength_unit", "material.uncertainty"],
    )
    assert door["ann"].get("/api/materials").json() == []


def test_a_solution_carries_its_maker_its_sources_and_the_concentration_that_follows(door: Door, cast: Cast) -> None:
    door["ann"].post("/api/materials", STANDARD)

    made = door["ann"].post("/api/materials/solutions", SOLUTION)

    assert made.status_code == 201, made.text
    shown = made.json()
    assert (shown["strength"], shown["strength_unit"]) == ("1.000", "mg/L")
    assert (shown["prepared_by"], shown["prepared_on"]) == (str(cast.ann.user_id), "2026-11-23")
    assert shown["sources"] == [{"code": "RM-1", "taken": "1.00", "unit": "mL"}]


@pytest.mark.parametrize(
    ("standard", "solution", "why"),
    [
        ({"expires_on": "2026-11-22"}, {}, ["material.expired", "material.outlives_source"]),
        ({"expires_on": "2026-12-06"}, {}, ["material.outlives_source"]),
        ({}, {"sources": [{"code": "RM-9", "taken": "1"}]}, ["material.unknown"]),
        ({}, {"kind": "consumable"}, ["material.not_prepared"]),
        ({}, {"prepared_on": "2026-11-24"}, ["material.future"]),
        ({"kind": "reagent"}, {}, ["material.untraced", "material.strength_missing"]),
        ({}, {"sources": SOLUTION["sources"] * 2}, ["material.source_twice"]),
    ],
)
def test_a_solution_that_cannot_be_traced_or_outlives_its_source_is_refused(
    door: Door, standard: dict[str, Any], solution: dict[str, Any], why: list[str]
) -> None:
    assert door["ann"].post("/api/materials", {**STANDARD, **standard}).status_code == 201

    answer = door["ann"].post("/api/materials/solutions", {**SOLUTION, **solution})

    assert (answer.status_code, codes(answer)) == (422, why)
    assert door["ann"].get("/api/materials/WS-1").status_code == 404


def test_a_lot_is_opened_once_and_closed_with_a_reason(door: Door) -> None:
    made = door["ann"].post("/api/materials", {**STANDARD, "opened_on": None}).json()

    opened = door["ann"].post("/api/materials/RM-1/opening", {"version": 1, "opened_on": "2026-11-20"}).json()
    again = door["ann"].post("/api/materials/RM-1/opening", {"version": 2, "opened_on": "2026-11-21"})
    stale = door["max"].post(
        "/api/materials/RM-1/closing", {"version": made["version"], "closed_on": "2026-11-22", "reason": "spilt"}
    )
    closed = (
        door["max"]
        .post("/api/materials/RM-1/closing", {"version": 2, "closed_on": "2026-11-22", "reason": "spilt"})
        .json()
    )

    assert opened["opened_on"] == "2026-11-20"
    assert (again.status_code, codes(again)) == (422, ["material.open"])
    assert (stale.status_code, codes(stale)) == (409, ["conflict.changed"])
    assert (closed["state"], closed["usable"], closed["closed_reason"]) == ("lot_closed", False, "spilt")


def test_a_number_is_taken_once_in_a_laboratory_and_lots_stay_in_it(door: Door) -> None:
    door["ann"].post("/api/materials", STANDARD)

    again = door["ann"].post("/api/materials", STANDARD)
    seen = (door["eve"].get("/api/materials/RM-1").status_code, door["eve"].get("/api/materials").json())
    by_others_lot = door["eve"].post("/api/materials/solutions", SOLUTION)
    elsewhere = door["eve"].post("/api/materials", STANDARD)

    assert (again.status_code, codes(again)) == (409, ["material.code_taken"])
    assert seen == (404, [])
    assert (by_others_lot.status_code, codes(by_others_lot)) == (422, ["material.unknown"])
    assert elsewhere.status_code == 201


def test_who_checks_reads_lots_and_registers_none(door: Door) -> None:
    door["ann"].post("/api/materials", STANDARD)

    assert door["vic"].get("/api/materials/RM-1").status_code == 200
    assert door["vic"].post("/api/materials", {**STANDARD, "code": "RM-2"}).status_code == 403
    assert door["max"].post("/api/materials/solutions", SOLUTION).status_code == 403
