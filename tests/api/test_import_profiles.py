"""Import profiles through the JSON door: versions, who may save them, two people at once, and what a run keeps."""

import json
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.db.audit_tables import AuditEntry
from lims.runs.tables import Signal
from lims.runtime import Lims
from lims.settings import Settings
from tests.api.laboratory import Door, codes
from tests.api.test_runs import PROFILE, Bench, set_up
from tests.factories import Cast

pytestmark = pytest.mark.both_databases
DOOR = "/api/import-profiles"


@pytest.fixture
def bench(database: Settings, lims: Lims, cast: Cast, clock: FixedClock) -> Bench:
    made = set_up(lims, cast, database.data)
    return Bench(lims, cast, clock, Door(lims), made.blind_codes, made.sample_numbers)


def order(**changes: Any) -> dict[str, Any]:
    return {"instrument_code": "LCMS-01", "name": "MassHunter", "profile": PROFILE, **changes}


def made(bench: Bench, **changes: Any) -> dict[str, Any]:
    answer = bench.door["ann"].post(DOOR, order(**changes))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def change(stored: dict[str, Any], **changes: Any) -> dict[str, Any]:
    settings = {**PROFILE, "date_order": "dmy"}
    return {"version": stored["version"], "profile": settings, "reason": "The computer was set anew.", **changes}


def imported(bench: Bench, number: str, **form: str) -> Any:
    files = {"file": ("batch.csv", bench.export())}
    return bench.door["ann"].client.post(f"/api/worksheets/{number}/runs", files=files, data=form)


def test_a_change_is_a_new_version_with_its_reason_and_the_old_one_stays(bench: Bench) -> None:
    profile = made(bench)

    changed = bench.door["max"].post(f"{DOOR}/{profile['id']}/versions", change(profile)).json()

    versions = changed["versions"]
    assert [(one["number"], one["reason"], one["made_by"]) for one in versions] == [
        (2, "The computer was set anew.", "Max"),
        (1, None, "Ann"),
    ]
    assert [one["settings"]["date_order"] for one in versions] == ["dmy", "ymd"]
    assert changed["settings"]["date_order"] == "dmy"
    assert (changed["latest"], changed["version"]) == (2, profile["version"] + 1)


def test_of_two_changes_of_the_same_state_one_is_refused(bench: Bench) -> None:
    profile = made(bench)
    address = f"{DOOR}/{profile['id']}/versions"

    first = bench.door["ann"].post(address, change(profile))
    second = bench.door["max"].post(address, change(profile, profile={**PROFILE, "date_order": "mdy"}))

    assert (first.status_code, second.status_code) == (201, 409)
    assert bench.door["ann"].get(f"{DOOR}/{profile['id']}").json()["settings"]["date_order"] == "dmy"


def test_a_run_keeps_the_version_it_was_read_by(bench: Bench) -> None:
    number, profile = bench.worksheet(), made(bench)

    run = imported(bench, number, profile_id=profile["id"])
    bench.door["ann"].post(f"{DOOR}/{profile['id']}/versions", change(profile))

    assert run.status_code == 201, run.text
    kept = bench.door["vic"].get(f"/api/runs/{run.json()['id']}").json()
    assert kept["profile_version_id"] == profile["versions"][0]["id"]
    assert kept["profile"] == profile["settings"]
    shown = bench.door["vic"].get(f"{DOOR}/{profile['id']}").json()
    assert [(one["number"], one["runs"]) for one in shown["versions"]] == [(2, 0), (1, 1)]


def test_the_unit_stays_with_the_concentration_of_the_instrument(bench: Bench) -> None:
    imported(bench, bench.worksheet(), profile_id=made(bench)["id"])

    with bench.lims.read(system_actor(), Action.RUN_READ) as session:
        units = {s.vendor_unit for s in session.exec(select(Signal)).all() if s.vendor_concentration is not None}
    assert units <= {"μg/L"}


def test_a_retired_profile_reads_no_further_file(bench: Bench) -> None:
    number, profile = bench.worksheet(), made(bench)

    retired = bench.door["max"].post(
        f"{DOOR}/{profile['id']}/retire", {"version": profile["version"], "reason": "Old."}
    )

    assert (retired.status_code, retired.json()["retired_reason"]) == (200, "Old.")
    assert codes(imported(bench, number, profile_id=profile["id"])) == ["profile.retired"]
    again = bench.door["max"].post(f"{DOOR}/{profile['id']}/versions", change(retired.json()))
    assert codes(again) == ["profile.retired"]
    assert bench.door["vic"].get(DOOR).json() == []
    assert [one["name"] for one in bench.door["vic"].get(DOOR, retired=True).json()] == ["MassHunter"]


@pytest.mark.parametrize(
    ("who", "changes", "status", "expected"),
    [
        ("bea", {}, 422, ["profile.not_authorised"]),
        ("vic", {}, 403, ["forbidden"]),
        ("ann", {"instrument_code": "GC-9"}, 404, ["not_found"]),
        ("ann", {"profile": {"concentration_unit": "mg/kg"}}, 422, ["run.unit_wrong"]),
        ("ann", {"profile": {"concentration_unit": "ppb"}}, 422, ["unit.unknown"]),
        ("ann", {"profile": {"decimal_mark": ";"}}, 422, ["field.enum"]),
    ],
)
def test_what_cannot_be_saved_is_refused(
    bench: Bench, who: str, changes: dict[str, Any], status: int, expected: list[str]
) -> None:
    answer = bench.door[who].post(DOOR, order(**changes))

    assert (answer.status_code, codes(answer)) == (status, expected)
    assert bench.door["ann"].get(DOOR).json() == []


def test_a_name_stands_once_and_a_change_changes_something(bench: Bench) -> None:
    profile, other = made(bench), made(bench, name="Other")
    address = f"{DOOR}/{profile['id']}/versions"

    taken = bench.door["ann"].post(DOOR, order())
    renamed = bench.door["ann"].post(address, change(profile, name=other["name"]))
    same = bench.door["ann"].post(address, change(profile, profile=PROFILE))

    assert (taken.status_code, codes(taken)) == (409, ["profile.name_taken"])
    assert (renamed.status_code, codes(renamed)) == (409, ["profile.name_taken"])
    assert codes(same) == ["profile.unchanged"]


def test_another_laboratory_sees_and_uses_nothing_of_it(bench: Bench) -> None:
    number, profile = bench.worksheet(), made(bench)
    eve = bench.door["eve"]

    assert eve.get(DOOR).json() == []
    assert eve.get(f"{DOOR}/{profile['id']}").status_code == 404
    assert eve.post(f"{DOOR}/{profile['id']}/versions", change(profile)).status_code in {404, 422}
    assert eve.post(f"{DOOR}/{profile['id']}/retire", {"version": 1, "reason": "x"}).status_code == 404
    files = {"file": ("batch.csv", bench.export())}
    told = eve.client.post(f"/api/worksheets/{number}/preview", files=files, data={"profile_id": profile["id"]})
    assert told.status_code == 404
    assert imported(bench, number, profile_id=str(uuid4())).status_code == 404


def test_every_change_is_in_the_audit_trail(bench: Bench) -> None:
    profile = made(bench)
    bench.door["ann"].post(f"{DOOR}/{profile['id']}/versions", change(profile))

    with bench.lims.read(system_actor(), Action.AUDIT_READ) as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == "profile.save")).all()
    assert sorted((e.entity, e.operation) for e in entries) == [
        ("import_profile", "insert"),
        ("import_profile", "update"),
        ("import_profile_version", "insert"),
        ("import_profile_version", "insert"),
    ]
    assert {e.reason for e in entries} == {None, "The computer was set anew."}


def test_a_profile_without_a_unit_asks_for_it_where_the_file_states_none(bench: Bench) -> None:
    number = bench.worksheet()
    unitless = {name: value for name, value in PROFILE.items() if name != "concentration_unit"}

    answer = imported(bench, number, profile=json.dumps(unitless))

    assert (answer.status_code, codes(answer)) == (422, ["run.unit_missing"])
