"""Instruments at the front door."""

import pytest

from lims.runtime import Lims
from tests.api.laboratory import Door, codes
from tests.factories import Cast

GCMS = {
    "code": "GCMS-01",
    "name": "气相色谱-三重四极杆质谱联用仪",
    "model": "8890/7000D",
    "serial_number": "US2134A056",
    "calibrated_until": "2026-11-23",
}


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    return Door(lims)


def test_an_instrument_is_usable_through_the_last_day_of_its_calibration(door: Door) -> None:
    made = door["max"].post("/api/instruments", GCMS)

    assert made.status_code == 201
    assert made.json()["usable"] is True


def test_an_instrument_out_of_calibration_is_shown_as_not_usable_until_it_is_calibrated(door: Door) -> None:
    made = door["max"].post("/api/instruments", {**GCMS, "calibrated_until": "2026-11-22"}).json()
    assert made["usable"] is False

    renewed = door["max"].post(
        "/api/instruments/GCMS-01/calibration", {"version": made["version"], "calibrated_until": "2027-11-22"}
    )

    assert renewed.json()["usable"] is True


def test_a_stale_calibration_is_a_conflict(door: Door) -> None:
    door["max"].post("/api/instruments", GCMS)

    stale = door["max"].post("/api/instruments/GCMS-01/calibration", {"version": 9, "calibrated_until": "2027-11-22"})

    assert stale.status_code == 409
    assert codes(stale) == ["conflict.changed"]


def test_a_code_is_taken_once_in_a_laboratory_and_again_in_another(door: Door) -> None:
    door["max"].post("/api/instruments", GCMS)

    again = door["max"].post("/api/instruments", GCMS)
    elsewhere = door["eve"].post("/api/instruments", GCMS)

    assert (again.status_code, codes(again)) == (409, ["instrument.code_taken"])
    assert elsewhere.status_code == 201


def test_another_laboratory_does_not_find_it(door: Door) -> None:
    door["max"].post("/api/instruments", GCMS)

    assert door["eve"].get("/api/instruments/GCMS-01").status_code == 404
    assert door["eve"].get("/api/instruments").json() == []
    assert len(door["ann"].get("/api/instruments").json()) == 1


def test_a_technician_may_not_register_instruments(door: Door) -> None:
    assert door["ann"].post("/api/instruments", GCMS).status_code == 403
