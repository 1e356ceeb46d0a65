"""Control charts and nonconforming work through the JSON door, on both databases."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from lims.quality import tasks
from lims.runtime import Lims
from lims.worker import run_due_now
from tests.api.laboratory import Door, codes, load
from tests.factories import Cast
from tests.quality_history import CALM, METHOD, a_history

BEGUN = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)
CHART = {"method": METHOD, "analyte": "carbofuran", "source": "spike_recovery", "level": "0.05 mg/kg"}
ORDER = {
    **CHART,
    "edition": 0,
    "reference_from": "2026-10-01",
    "reference_until": "2026-10-20",
    "reason": "Twenty days in which the work was in order",
}


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    """A laboratory with twenty runs behind it."""
    load(lims)
    a_history(lims, cast.ann, CALM, BEGUN)
    return Door(lims)


def later(lims: Lims, cast: Cast, *recoveries: str) -> None:
    """Runs of the days after the limits were set."""
    begins = lims.clock.now() + timedelta(hours=1)
    a_history(lims, cast.ann, [Decimal(one) for one in recoveries], begins, first=101)


@pytest.mark.both_databases
def test_limits_are_set_once_and_never_follow_the_points(lims: Lims, door: Door, cast: Cast) -> None:
    before = door["ann"].get("/api/control-charts").json()
    assert [(one["level"], one["points"], one["state"]) for one in before] == [("0.05 mg/kg", 20, "no_limits")]

    made = door["max"].post("/api/control-charts/limits", ORDER)
    assert made.status_code == 201, made.text
    limits = made.json()
    assert (limits["centre"], limits["points"], limits["edition"]) == ("95.00000000", 20, 1)

    later(lims, cast, "80")
    shown = door["ann"].get("/api/control-charts/points", **CHART).json()
    assert shown["limits"] == limits
    assert [one["rule"] for one in shown["broken"]] == ["westgard_1_3s"]
    assert door["ann"].get("/api/control-charts").json()[0]["state"] == "out_of_control"


@pytest.mark.both_databases
def test_a_broken_rule_opens_nonconforming_work_once(lims: Lims, door: Door, cast: Cast) -> None:
    assert tasks.due(lims) == []
    door["max"].post("/api/control-charts/limits", ORDER)
    later(lims, cast, "96", "80", "100")
    assert len(tasks.due(lims)) == 3

    assert run_due_now(lims) == 3
    assert run_due_now(lims) == 0
    opened = door["ann"].get("/api/nonconforming").json()
    assert opened["total"] == 1
    work = opened["items"][0]
    assert (work["state"], work["source"], work["analyte"]) == ("nc_open", "nc_control_chart", "carbofuran")
    assert "westgard_1_3s" in work["what"]


def test_nonconforming_work_goes_from_open_to_closed(door: Door) -> None:
    made = door["ann"].post("/api/nonconforming", {"what": "The freezer stood open over night."}).json()
    address = f"/api/nonconforming/{made['number']}"
    evaluation = {
        "version": made["version"],
        "significance": "nc_major",
        "action": "Samples of the freezer are drawn anew.",
        "responsible": "ann",
    }

    assert door["ann"].post(f"{address}/evaluate", evaluation).status_code == 403
    early = door["max"].post(f"{address}/close", {"version": 1, "outcome": "Nothing more to do."})
    assert codes(early) == ["nonconforming.not_evaluated"]
    stranger = door["max"].post(f"{address}/evaluate", {**evaluation, "responsible": "eve"})
    assert stranger.status_code == 404
    evaluated = door["max"].post(f"{address}/evaluate", evaluation).json()
    assert evaluated["state"] == "nc_evaluated"
    stale = door["max"].post(f"{address}/close", {"version": 1, "outcome": "The door has an alarm now."})
    assert stale.status_code == 409
    closing = {"version": evaluated["version"], "outcome": "The door has an alarm now."}
    assert door["max"].post(f"{address}/close", closing).json()["state"] == "nc_closed"
    again = door["max"].post(f"{address}/evaluate", {**evaluation, "version": 3})
    assert codes(again) == ["nonconforming.closed"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reference_until": "2026-10-10"}, "chart.too_few_points"),
        ({"reference_until": "2026-09-10"}, "chart.period_backwards"),
        ({"reference_until": "2027-01-10"}, "chart.period_open"),
        ({"reason": "because"}, "reason.too_short"),
        ({"edition": 1}, "conflict.changed"),
        ({"level": "0.5 mg/kg"}, "not_found"),
    ],
)
def test_limits_that_are_refused(door: Door, change: dict[str, Any], code: str) -> None:
    assert codes(door["max"].post("/api/control-charts/limits", {**ORDER, **change})) == [code]


def test_points_may_be_left_out_with_a_reason(door: Door) -> None:
    points = door["ann"].get("/api/control-charts/points", **CHART).json()["points"]
    order = {**ORDER, "excluded": [points[0]["check_id"]]}
    assert codes(door["max"].post("/api/control-charts/limits", order)) == ["chart.too_few_points"]


def test_a_technician_sets_no_limits_and_another_laboratory_sees_no_chart(door: Door) -> None:
    assert door["ann"].post("/api/control-charts/limits", ORDER).status_code == 403
    assert door["eve"].get("/api/control-charts").json() == []
    assert door["eve"].get("/api/control-charts/points", **CHART).status_code == 404
