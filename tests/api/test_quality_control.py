"""Rules of quality control for methods, and decisions on what failed, through the JSON door."""

from decimal import Decimal
from typing import Any

import pytest

from lims.science.quality_control_presets import PRESETS
from tests.api.laboratory import METHOD, codes
from tests.api.reporting import chosen
from tests.api.test_results_of_runs import a_run, bench, recorded  # noqa: F401  # the fixture
from tests.api.test_runs import Bench
from tests.unit.runs.batches import CONTENTS

WHY = "The spike was prepared with half the solution."
#: Half of the spike was lost: a recovery of some 24 %.
SPOILED = {**CONTENTS, "S-1 spike": {"carbofuran": Decimal(12), "chlorpyrifos": Decimal(12)}}


def a_failed_run(bench: Bench) -> str:  # noqa: F811
    answer = bench.upload(f"/api/worksheets/{bench.worksheet()}/runs", bench.export(SPOILED))
    assert answer.status_code in {200, 201}, answer.text
    return str(answer.json()["id"])


def failed(bench: Bench, run_id: str) -> list[dict[str, Any]]:  # noqa: F811
    checks = bench.door["max"].get(f"/api/runs/{run_id}").json()["checks"]
    return [{"id": check["id"], "edition": 0} for check in checks if check["verdict"] == "fail"]


def decided(bench: Bench, run_id: str, who: str, decision: str, **changes: Any) -> Any:  # noqa: F811
    body = {"checks": failed(bench, run_id), "decision": decision, "reason": WHY, **changes}
    return bench.door[who].post(f"/api/runs/{run_id}/qc-decisions", body)


def test_an_accepted_check_gives_the_amounts_with_a_reservation(bench: Bench) -> None:  # noqa: F811
    run_id = a_failed_run(bench)
    assert bench.door["ann"].get(f"/api/runs/{run_id}").json()["status"] == "failed"
    assert recorded(bench, run_id)["recorded"] == 0

    answer = decided(bench, run_id, "max", "qc_accepted")
    assert answer.status_code == 201, answer.text

    run = bench.door["ann"].get(f"/api/runs/{run_id}").json()
    assert run["status"] == "accepted"
    assert {one["reservations"][0]["reason"] for one in run["amounts"] if one["amount"]} == {WHY}
    assert recorded(bench, run_id)["recorded"] == 3

    results = bench.door["ann"].get("/api/results").json()["items"]
    submitted = bench.door["ann"].post("/api/results/submit", chosen(results)).json()
    verified = bench.door["vic"].post("/api/results/verify", chosen(submitted))
    assert verified.status_code == 200, verified.text
    trace = bench.door["vic"].get(f"/api/results/{results[0]['id']}/trace").json()
    (reservation,) = trace["result"]["calculation"]["reservations"]
    assert (reservation["kind"], reservation["reason"], reservation["decided_by"]) == ("spike_recovery", WHY, "Max")
    assert {one["decision"] for one in trace["measurement"]["decisions"]} == {"qc_accepted"}


@pytest.mark.parametrize("decision", ["qc_rejected", "qc_repeat"])
def test_a_rejected_run_stays_locked_and_may_be_decided_on_again(bench: Bench, decision: str) -> None:  # noqa: F811
    run_id = a_failed_run(bench)
    assert decided(bench, run_id, "max", decision).status_code == 201
    assert recorded(bench, run_id)["recorded"] == 0

    stale = decided(bench, run_id, "sun", "qc_accepted")
    assert stale.status_code == 409
    seen = [{**one, "edition": 1} for one in failed(bench, run_id)]
    assert decided(bench, run_id, "sun", "qc_accepted", checks=seen).status_code == 201
    assert recorded(bench, run_id)["recorded"] == 3
    again = decided(bench, run_id, "sun", "qc_rejected", checks=[{**one, "edition": 2} for one in seen])
    assert "qc.accepted_before" in codes(again)


def test_who_may_not_decide(bench: Bench) -> None:  # noqa: F811
    run_id = a_failed_run(bench)
    assert decided(bench, run_id, "ann", "qc_accepted").status_code == 403
    assert decided(bench, run_id, "eve", "qc_accepted", checks=[{"id": run_id}]).status_code == 404
    assert codes(decided(bench, run_id, "max", "qc_accepted", reason="ok")) == ["reason.too_short"]
    passed = bench.door["max"].get(f"/api/runs/{run_id}").json()["checks"]
    one = next(check for check in passed if check["verdict"] == "pass")
    assert codes(decided(bench, run_id, "max", "qc_accepted", checks=[{"id": one["id"]}])) == ["qc.holds_nothing"]


def rules_of(name: str) -> list[dict[str, Any]]:
    return [{key: value for key, value in rule.as_dict().items() if value is not None} for rule in PRESETS[name].rules]


def plan(**changes: Any) -> dict[str, Any]:
    body = {
        "method": METHOD,
        "edition": 0,
        "effective_on": "2026-11-01",
        "rules": [*rules_of("sante"), *rules_of("sequence"), *rules_of("horrat")],
        "reason": "The rules of the method, as it was verified",
    }
    return {**body, **changes}


def test_a_worksheet_keeps_the_rules_in_force_and_its_run_is_checked_by_them(bench: Bench) -> None:  # noqa: F811
    before = bench.worksheet()
    made = bench.door["max"].post("/api/qc-plans", plan())
    assert made.status_code == 201, made.text
    worksheet = bench.door["ann"].get(f"/api/worksheets/{bench.worksheet()}").json()
    assert worksheet["quality_plan"]["edition"] == 1
    assert bench.door["ann"].get(f"/api/worksheets/{before}").json()["quality_plan"]["edition"] is None

    run = bench.door["ann"].get(f"/api/runs/{a_run(bench, worksheet['number'])}").json()
    kinds = {check["kind"] for check in run["checks"]}
    assert {"bracket", "carry_over", "internal_standard", "horrat", "spike_recovery"} <= kinds
    sources = {check["source"]: check["source_status"] for check in run["checks"] if check["kind"] == "spike_recovery"}
    assert sources == {"SANTE/11312/2021": "source_second_hand"}
    # The sequence ends without a check standard, which the rules ask for.
    assert {check["verdict"] for check in run["checks"] if check["kind"] == "bracket"} == {"fail"}


def test_rules_are_editions(bench: Bench) -> None:  # noqa: F811
    max_ = bench.door["max"]
    assert max_.post("/api/qc-plans", plan()).status_code == 201
    assert max_.post("/api/qc-plans", plan()).status_code == 409
    assert max_.post("/api/qc-plans", plan(edition=1, effective_on="2030-01-01")).json()["edition"] == 2
    assert [one["edition"] for one in max_.get("/api/qc-plans", method=METHOD).json()] == [2, 1]
    assert bench.door["ann"].get(f"/api/worksheets/{bench.worksheet()}").json()["quality_plan"]["edition"] == 1
    assert bench.door["ann"].post("/api/qc-plans", plan()).status_code == 403
    wrong = plan(edition=2, method="XX 1", rules=[{"check": "blank", "source": "x"}])
    assert codes(max_.post("/api/qc-plans", wrong)) == ["qc.method_unknown"]
    assert codes(max_.post("/api/qc-plans", {**wrong, "method": METHOD})) == ["qc.limit_missing"]
    assert {one["code"] for one in max_.get("/api/qc-plans/presets").json()} == set(PRESETS)
