"""Control charts and nonconforming work through the JSON door, on both databases."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from lims.core.actions import Action
from lims.db.work import save
from lims.quality import tasks
from lims.quality.tables import ControlChartReading, NonconformingWork
from lims.runs.tables import BatchCheck, Calibration, LevelDecision, WorksheetEntry
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


@pytest.mark.both_databases
def test_a_run_evaluated_again_is_read_again_with_what_was_said_before(lims: Lims, door: Door, cast: Cast) -> None:
    door["max"].post("/api/control-charts/limits", ORDER)
    later(lims, cast, "80", "81")
    assert run_due_now(lims) == 2
    before = door["ann"].get("/api/nonconforming").json()
    assert before["total"] == 2

    corrected = a_level_left_out(lims, cast, Decimal("80"), Decimal("96"))

    assert tasks.due(lims) == [corrected]
    assert run_due_now(lims) == 1
    assert tasks.due(lims) == []
    with lims.read(cast.max, Action.QUALITY_READ) as session:
        works = {w.run_id: w for w in session.exec(select(NonconformingWork)).all()}
        readings = {r.run_id: r for r in session.exec(select(ControlChartReading)).all()}
    assert len(works) == 2
    told = works[corrected].told or {}
    assert (told["value"], told["rules"]) == ("96.00", [])
    assert [(one["value"], one["rules"]) for one in told["before"]] == [("80.00", ["westgard_1_3s"])]
    assert (readings[corrected].broken, readings[corrected].decisions) == ([], 1)
    (other,) = (w for run_id, w in works.items() if run_id != corrected)
    # Two in a row beyond the same 2 s no longer: the run before it was corrected.
    assert (other.told or {})["rules"] == ["westgard_1_3s"]
    assert "westgard_2_2s" in (other.told or {})["before"][0]["rules"]
    number = works[corrected].number
    assert door["max"].get(f"/api/nonconforming/{number}").json()["state"] == "nc_open"


def a_level_left_out(lims: Lims, cast: Cast, was: Decimal, becomes: Decimal) -> UUID:
    """As `lims.results.levels.decide_on_level` leaves a run behind: a decision on a standard, another recovery."""
    with lims.work(cast.max, Action.LEVEL_DECIDE, "The vial was mixed up.") as session:
        check = session.exec(select(BatchCheck).where(BatchCheck.value == was)).one()
        entry = session.get_one(WorksheetEntry, check.entry_id)
        calibration = save(
            session,
            Calibration(
                laboratory_id=check.laboratory_id,
                run_id=check.run_id,
                analyte="carbofuran",
                weighting="1",
                unit="μg/L",
                is_accepted=True,
            ),
        )
        assert cast.max.user_id is not None
        decision = LevelDecision(
            laboratory_id=check.laboratory_id,
            calibration_id=calibration.id,
            entry_id=entry.id,
            edition=1,
            is_left_out=True,
            reason="The vial was mixed up.",
            decided_by=cast.max.user_id,
            decided_at=session.instant,
        )
        check.value = becomes
        save(session, decision, check)
        return check.run_id
