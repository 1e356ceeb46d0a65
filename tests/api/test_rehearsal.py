"""The bench of the rehearsal: two vendors' layouts, and a failed check that a quality manager decides on."""

from pathlib import Path
from typing import Any

import pytest

from lims.demo import batch, cast, laboratory, walk
from lims.installation import set_up
from lims.runs import deciding
from lims.runtime import Lims
from tests.api.laboratory import Door

HELD = {"methomyl", "omethoate"}


class Killed(Exception):
    """The rehearsal ends here."""


@pytest.fixture
def door(lims: Lims, quick_passwords: None) -> Door:
    set_up(lims, cast.county("a password of many words"))
    laboratory.equip(lims, walk.actor(lims, "max"))
    return Door(lims)


def runs(door: Door) -> list[dict[str, Any]]:
    """The runs of the rehearsal, by worksheet."""
    sheets = sorted(one["number"] for one in door["ann"].get("/api/worksheets").json()["items"])
    found = [run for number in sheets for run in door["ann"].get(f"/api/worksheets/{number}/runs").json()]
    return [door["ann"].get(f"/api/runs/{run['id']}").json() for run in found]


def held_results(door: Door, run: dict[str, Any]) -> list[dict[str, Any]]:
    """The results of the held analytes in the samples of a run."""
    labels = {one["label"] for one in run["amounts"]}
    listed = door["ann"].get("/api/results", limit=500).json()["items"]
    return [one for one in listed if one["analyte"] in HELD and one["sample"] in labels]


def test_two_layouts_are_read_and_a_failed_check_is_decided_on_before_its_results_are_recorded(
    lims: Lims, door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = walk.register(lims)

    def kill(*_: object) -> None:
        raise Killed

    # Killed before anybody decided: what the failed recoveries hold back cannot be recorded.
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(deciding, "decide", kill)
        walk.measure(lims, samples, tmp_path)
    _first, second = runs(door)
    recorded = door["ann"].post(f"/api/runs/{second['id']}/results").json()
    assert {one["analyte"] for one in recorded["not_recorded"]} == HELD
    assert all("it must be 70–120 %" in one["reason"] for one in recorded["not_recorded"])
    assert recorded["recorded"] > 0
    assert held_results(door, second) == []

    # Begun again, it goes on with the decision.
    walk.measure(lims, samples, tmp_path)

    first, second = runs(door)
    assert [run["reader"] for run in (first, second)] == ["masshunter-wide", "tracefinder"]
    assert [run["worksheet"] for run in (first, second)] == ["W2026-000001", "W2026-000002"]
    failed = {one["id"]: one["analyte"] for one in second["checks"] if one["verdict"] == "fail"}
    assert set(failed.values()) == HELD
    assert not [one for one in first["checks"] if one["verdict"] == "fail"]
    decisions = door["max"].get(f"/api/runs/{second['id']}/qc-decisions").json()
    manager = walk.actor(lims, "max")
    assert {failed[one["check_id"]] for one in decisions} == HELD
    assert {(one["decision"], one["reason"], one["decided_by"]) for one in decisions} == {
        ("qc_accepted", batch.SECOND.accepted_because, str(manager.user_id))
    }
    results = held_results(door, second)
    assert len(results) == len(HELD) * 6
    assert {one["amount"]["kind"] for one in results} == {"not_detected"}  # as the reason says
    assert len(door["ann"].get("/api/results", limit=500).json()["items"]) == 206


def test_reports_of_the_rehearsal_tell_its_benches_and_the_recoveries_that_were_accepted(
    lims: Lims, door: Door, tmp_path: Path
) -> None:
    samples = walk.register(lims)
    walk.measure(lims, samples, tmp_path)
    walk.verify(lims, samples)
    walk.judge(lims, samples)
    walk.issue(lims, samples, "a password of many words")

    reports = door["sun"].get("/api/reports", limit=50).json()["items"]
    said = {one["sample"]: door["sun"].get(f"/api/reports/{one['number']}/snapshot").json() for one in reports}
    first = [said[samples[lot - 1].number] for lot in batch.FIRST.lots]
    second = [said[samples[lot - 1].number] for lot in batch.SECOND.lots]
    assert {one["deviations"] for one in first} == {"无"}
    (told,) = {one["deviations"] for one in second}
    assert told.startswith("质控项目“加标回收率”不符合要求（要求 70–120 %）：灭多威 ")
    assert "、氧乐果 " in told
    assert batch.SECOND.accepted_because in told
    for one, bench in ((first, "LCMS-01"), (second, "GCMS-01")):
        (environment,) = {each["environment"] for each in one}
        assert environment.startswith("温度 "), bench
        assert "相对湿度 " in environment
