"""What a worksheet was worked with, through the front door: what is taken, refused, kept shut, and printed."""

from typing import Any

import pytest

from tests.api.laboratory import codes
from tests.api.reporting import chosen
from tests.api.test_materials import SOLUTION, STANDARD
from tests.api.test_original_record import PagesOf, pages_of, record
from tests.api.test_results_of_runs import a_run, bench, recorded
from tests.api.test_runs import Bench

__all__ = ["bench", "pages_of"]

ACETONITRILE = {
    "code": "RE-1",
    "kind": "reagent",
    "name": "乙腈",
    "grade": "色谱纯",
    "lot": "240817-A",
    "supplier": "乙公司",
    "received_on": "2026-11-02",
    "expires_on": "2027-06-30",
}
BALANCE = {"code": "BAL-02", "name": "电子天平", "model": "ME204", "serial_number": "B-77"}
ORDER: dict[str, Any] = {
    "used_on": "2026-11-23",
    "room": "仪器室二",
    "temperature_c": "22.50",
    "humidity_percent": "48",
    "materials": ["WS-1", "RE-1"],
    "equipment": ["BAL-02"],
}


@pytest.fixture
def worksheet(bench: Bench) -> str:
    """A worksheet, with lots and a balance to choose from."""
    posts = (
        ("ann", "/api/materials", STANDARD),
        ("ann", "/api/materials", ACETONITRILE),
        ("ann", "/api/materials/solutions", SOLUTION),
        ("max", "/api/instruments", {**BALANCE, "calibrated_until": "2026-11-23"}),
        ("max", "/api/instruments", {**BALANCE, "code": "BAL-OLD", "calibrated_until": "2026-11-22"}),
    )
    for who, path, body in posts:
        answer = bench.door[who].post(path, body)
        assert answer.status_code == 201, answer.text
    return bench.worksheet()


def write(bench: Bench, worksheet: str, who: str = "ann", **changes: Any) -> Any:
    return bench.door[who].post(f"/api/worksheets/{worksheet}/bench-record", {**ORDER, **changes})


def test_a_record_holds_day_room_lots_and_equipment_and_changes_by_version(bench: Bench, worksheet: str) -> None:
    first = write(bench, worksheet).json()["record"]
    stale = write(bench, worksheet)
    changed = write(bench, worksheet, version=first["version"], materials=["WS-1"], equipment=[]).json()["record"]

    assert (first["temperature_c"], first["humidity_percent"]) == ("22.50", "48")
    assert [lot["code"] for lot in first["materials"]] == ["WS-1", "RE-1"]
    assert {one["code"]: one["calibrated_until"] for one in first["equipment"]} == {
        "BAL-02": "2026-11-23",
        "LCMS-01": "2027-06-30",
    }
    assert (stale.status_code, codes(stale)) == (409, ["conflict.changed"])
    assert [lot["code"] for lot in changed["materials"]] == ["WS-1"]
    assert [one["code"] for one in changed["equipment"]] == ["LCMS-01"]  # the instrument of the worksheet stays


def test_everything_that_stands_in_the_way_is_told_at_once_and_nothing_is_kept(bench: Bench, worksheet: str) -> None:
    made = bench.door["ann"].get("/api/materials/RE-1").json()
    bench.door["ann"].post(
        "/api/materials/RE-1/closing", {"version": made["version"], "closed_on": "2026-11-22", "reason": "used up"}
    )

    answer = write(
        bench,
        worksheet,
        materials=["WS-1", "RE-1", "RE-9"],
        equipment=["BAL-OLD", "BAL-9"],
        humidity_percent="148",
        temperature_c="225",
    )

    assert (answer.status_code, sorted(codes(answer))) == (
        422,
        ["bench.humidity", "bench.no_equipment", "bench.temperature", "instrument.calibration_over", "material.closed",
         "material.unknown"],
    )  # fmt: skip
    assert bench.door["ann"].get(f"/api/worksheets/{worksheet}/bench-record").json()["record"] is None


@pytest.mark.parametrize(
    ("used_on", "why"),
    [
        ("2026-11-22", ["material.not_yet"]),  # the solution was prepared on the 23rd
        ("2026-11-24", ["bench.future", "instrument.calibration_over"]),
        ("2026-11-19", ["bench.before_receipt", "material.not_yet"]),
    ],
)
def test_lots_and_calibrations_count_on_the_day_of_use(
    bench: Bench, worksheet: str, used_on: str, why: list[str]
) -> None:
    answer = write(bench, worksheet, used_on=used_on)

    assert (answer.status_code, codes(answer)) == (422, why)


def test_an_expired_lot_is_refused(bench: Bench, worksheet: str) -> None:
    bench.door["ann"].post("/api/materials", {**STANDARD, "code": "RM-OLD", "expires_on": "2026-11-22"})

    answer = write(bench, worksheet, materials=["RM-OLD"])

    assert (answer.status_code, codes(answer)) == (422, ["material.expired"])


def test_the_record_is_shut_by_submission_opened_by_a_return_and_shut_for_good_by_verification(
    bench: Bench, worksheet: str
) -> None:
    run = a_run(bench, worksheet)
    recorded(bench, run)
    version = write(bench, worksheet).json()["record"]["version"]
    ann, vic = bench.door["ann"], bench.door["vic"]

    submitted = ann.post("/api/results/submit", chosen(ann.get("/api/results").json()["items"])).json()
    shut = write(bench, worksheet, version=version)
    returned = vic.post(
        f"/api/results/{submitted[0]['id']}/return", {"version": submitted[0]["version"], "reason": "Which balance?"}
    )
    opened = write(bench, worksheet, version=version, room="仪器室三")
    assert vic.post("/api/results/verify", chosen(submitted[1:])).status_code == 200
    verified = write(bench, worksheet, version=version + 1)

    assert (shut.status_code, codes(shut)) == (422, ["bench.submitted"])
    assert returned.status_code == 200
    assert (opened.status_code, opened.json()["record"]["room"]) == (200, "仪器室三")
    assert (verified.status_code, codes(verified)) == (422, ["bench.verified"])


def test_the_last_worksheet_of_the_method_is_proposed(bench: Bench, worksheet: str) -> None:
    write(bench, worksheet)

    shown = bench.door["ann"].get(f"/api/worksheets/{bench.worksheet()}/bench-record").json()

    assert shown["record"] is None
    assert [lot["code"] for lot in shown["previous"]["materials"]] == ["WS-1", "RE-1"]


def test_only_an_authorised_technician_of_the_laboratory_writes_it(bench: Bench, worksheet: str) -> None:
    unauthorised = write(bench, worksheet, who="bea")

    assert write(bench, worksheet, who="vic").status_code == 403
    assert (unauthorised.status_code, codes(unauthorised)) == (422, ["run.not_authorised"])
    assert write(bench, worksheet, who="eve").status_code == 404
    assert bench.door["eve"].get(f"/api/worksheets/{worksheet}/bench-record").status_code == 404


def test_the_original_record_names_lots_their_sources_and_conditions_and_still_says_what_is_missing(
    bench: Bench, worksheet: str, pages_of: PagesOf
) -> None:
    write(bench, worksheet, humidity_percent=None)
    run = a_run(bench, worksheet)

    text = "\n".join(pages_of(record(bench, run, lang="zh"))[:2])
    english = "\n".join(pages_of(record(bench, run, lang="en"))[:2])

    words = "".join(text.split())
    assert all(named in words for named in ("22.50℃", "仪器室二", "BAL-02", "B-77", "240817-A", "乙公司", "2026-12-07"))
    assert all(named in words for named in ("└RM-1", "24B0312", "GBW(E)081589", "1.000mg/L", "1.00mLRM-1→100mL"))
    assert "相对湿度未记录" in words
    assert words.count("未记录") == 2  # the humidity, and when the acetonitrile was opened
    assert f"{bench.cast.ann.name}2026-11-23" in words
    assert "Day of use" in english
    assert "Relativehumiditynotrecorded" in "".join(english.split())
