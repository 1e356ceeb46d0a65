"""Editions loaded from tables: whole standards, two persons, and what becomes of them when a newer library comes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.library import queries
from lims.library.composing import loaded_in
from lims.library.files import LibraryFiles
from lims.library.service import load_library
from lims.runtime import Lims
from tests.api.laboratory import Door, codes, library_files, load
from tests.factories import Cast

KOREA = Path(__file__).parents[2] / "../shared/reference/mrl_kr.csv"
#: A part of an edition of which nothing is shipped: a limit of cowpeas, a group that excepts two foods.
TABLE = """农药,食品,最大残留限量,单位,残留物,条款
甲氨基阿维菌素苯甲酸盐,豇豆,0.015,mg/kg,,4.1
克百威,豆类蔬菜(豇豆、菜豆除外),0.05,mg/kg,克百威及3-羟基克百威之和，以克百威表示,4.2
未来灵,豇豆,1*,mg/kg,,4.3
禁灵,豇豆,不得检出,mg/kg,,4.4
"""
ORDER = {"standard": "GB 2763-2014", "effective_on": "2014-08-01"}


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    """The application with the library loaded."""
    load(lims)
    return Door(lims)


def loaded(door: Door, who: str = "net", table: str | bytes = TABLE, **order: str) -> dict[str, Any]:
    content = table.encode() if isinstance(table, str) else table
    said = door[who].client.post("/api/library/drafts", files={"file": ("table.csv", content)}, data={**ORDER, **order})
    assert said.status_code == 201, said.text
    draft: dict[str, Any] = said.json()
    return draft


def judged(door: Door, day: str, value: str, analyte: str = "甲维盐", food: str = "豇豆") -> dict[str, Any]:
    rows = [{"sample": "S", "food": food, "date": day, "analyte": analyte, "value": value, "unit": "mg/kg"}]
    said = door["ann"].post("/api/judgements", rows)
    assert said.status_code == 200, said.text
    line: dict[str, Any] = said.json()[0]
    return line


def test_an_edition_decides_once_a_second_person_has_released_it(door: Door) -> None:
    draft = loaded(door)
    assert (draft["state"], draft["limits"], draft["notes"]["new_substances"]) == ("draft", 4, 2)
    assert judged(door, "2015-05-05", "0.02")["verdict"] == "not_judged"

    own = door["net"].post(f"/api/library/drafts/{draft['id']}/release", {"version": draft["version"]})
    assert (own.status_code, codes(own)) == (422, ["library.same_person"])
    released = door["ada"].post(f"/api/library/drafts/{draft['id']}/release", {"version": draft["version"]})

    assert released.status_code == 200, released.text
    line = judged(door, "2015-05-05", "0.02")
    assert (line["verdict"], line["limit"], line["standard"]) == ("exceeds", "0.015", "GB 2763-2014")
    assert judged(door, "2026-05-05", "0.02")["verdict"] == "conforms"  # 0.2 since 2026
    assert judged(door, "2015-05-05", "0.001", "禁灵")["verdict"] == "exceeds"  # nothing may be found
    assert judged(door, "2015-05-05", "ND", "禁灵")["verdict"] == "conforms"
    again = door["ada"].post(f"/api/library/drafts/{draft['id']}/release", {"version": draft["version"]})
    assert again.status_code in {409, 422}


def test_a_stale_decision_is_a_conflict_and_a_rejection_needs_a_reason(door: Door) -> None:
    draft = loaded(door)
    address = f"/api/library/drafts/{draft['id']}"

    assert door["ada"].post(f"{address}/release", {"version": 7}).status_code == 409
    assert door["ada"].post(f"{address}/reject", {"version": draft["version"], "reason": ""}).status_code == 422
    rejected = door["ada"].post(f"{address}/reject", {"version": draft["version"], "reason": "Not the official text."})

    assert rejected.json()["state"] == "rejected"
    late = door["ada"].post(f"{address}/release", {"version": rejected.json()["version"]})
    assert codes(late) == ["library.draft_decided"]
    assert door["ann"].get(address).json()["reason"] == "Not the official text."


def test_what_an_edition_changes_is_told(door: Door) -> None:
    first = loaded(door)
    door["ada"].post(f"/api/library/drafts/{first['id']}/release", {"version": first["version"]})
    changed = TABLE.replace("0.015", "0.03").replace("0.05", "0.02").replace("未来灵,豇豆,1*", "新来灵,豇豆,2")
    second = loaded(door, table=changed)

    found = door["ann"].get(f"/api/library/drafts/{second['id']}/difference").json()

    assert found["against"] == "GB 2763-2014"
    assert found["counts"] == {"raised": 1, "lowered": 1, "new": 1, "gone": 1, "reworded": 0}
    raised = door["ann"].get(f"/api/library/drafts/{second['id']}/difference", kind="raised").json()["items"]
    assert [(one["before"], one["after"]) for one in raised] == [("0.015", "0.03")]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("豇豆,0.015", "茄字,0.015", "library.food_not_known"),
        ("豇豆、菜豆除外", "豇豆、茄字除外", "library.food_not_known"),
        ("0.015", "much", "library.limit_text"),
        ("0.015,mg/kg", "0.015,mg/L", "library.limit_unit"),
        ("0.015,mg/kg", "0.015,ppm", "unit.unknown"),
        ("未来灵,豇豆,1*", "甲维盐,豇豆,0.2", "library.limits_contradict_rows"),
        ("最大残留限量", "colour", "library.column_missing"),
    ],
)
def test_a_table_with_faults_makes_no_draft(door: Door, old: str, new: str, code: str) -> None:
    table = TABLE.replace(old, new)
    assert table != TABLE

    said = door["net"].client.post("/api/library/drafts", files={"file": ("t.csv", table.encode())}, data=ORDER)

    assert said.status_code in {400, 422}
    assert code in codes(said)
    assert door["net"].get("/api/library/drafts").json() == []


def test_an_edition_needs_its_name_and_its_day(door: Door) -> None:
    for order in ({}, {"standard": "XY 1-2020"}):
        said = door["net"].client.post("/api/library/drafts", files={"file": ("t.csv", TABLE.encode())}, data=order)
        assert said.status_code in {400, 422}


def test_who_may_not_load_is_refused(door: Door) -> None:
    said = door["ann"].client.post("/api/library/drafts", files={"file": ("t.csv", TABLE.encode())}, data=ORDER)
    assert said.status_code == 403

    draft = loaded(door)
    assert door["max"].post(f"/api/library/drafts/{draft['id']}/release", {"version": 1}).status_code == 403


def test_what_was_loaded_stays_when_a_newer_library_comes(door: Door, lims: Lims) -> None:
    draft = loaded(door)
    door["ada"].post(f"/api/library/drafts/{draft['id']}/release", {"version": draft["version"]})
    newer = library_files()
    manifest = newer.manifest.replace(b'edition = "', b'edition = "9', 1)

    for _ in range(2):  # a second time changes nothing
        with lims.work(system_actor(), Action.LIBRARY_LOAD) as session:
            load_library(session, LibraryFiles(manifest, newer.files))

    with lims.read(system_actor(), Action.LIBRARY_READ) as session:
        in_use = queries.files_in_use(session)
        assert queries.current_library(session).facts.edition.startswith("9")
        assert len(queries.releases(session)) == 3
    assert loaded_in(in_use)
    assert judged(door, "2015-05-05", "0.02")["verdict"] == "exceeds"


def test_a_whole_foreign_law_is_loaded_and_judged_by(door: Door) -> None:
    """Korea's list of July 2025: 12 709 limits of 425 substances."""
    order = {"standard": "KR MFDS 2025-07", "family": "KR MFDS", "effective_on": "2025-07-21", "complete": "true"}
    draft = loaded(door, table=KOREA.read_bytes(), **order)
    assert draft["substances"] == 425
    assert (draft["market"], draft["limits"], draft["notes"]["new_foods"]) == ("KR", 12709, 312)

    released = door["ada"].post(f"/api/library/drafts/{draft['id']}/release", {"version": draft["version"]})

    assert released.status_code == 200, released.text
    rows = [
        {"sample": "S", "food": food, "date": "2026-05-05", "basis": "KR", "analyte": analyte, "value": value,
         "unit": "mg/kg"}
        for food, analyte, value in (("茄子", "Kasugamycin", "0.31"),)
    ]  # fmt: skip
    line = door["ann"].post("/api/judgements", rows).json()[0]
    assert (line["verdict"], line["limit"], line["standard"]) == ("exceeds", "0.3", "KR MFDS 2025-07")
    assert judged(door, "2026-05-05", "0.02")["standard"] == "GB 2763-2026"


def test_a_release_is_named_by_what_was_added(door: Door) -> None:
    draft = loaded(door)
    door["ada"].post(f"/api/library/drafts/{draft['id']}/release", {"version": draft["version"]})

    found = door["ann"].get("/api/library/releases").json()

    assert len(found) == 2
    assert found[0]["edition"].startswith(found[1]["edition"] + "+")
    assert replace(library_files(), files={}).manifest == library_files().manifest
