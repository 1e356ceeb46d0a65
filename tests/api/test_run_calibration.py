"""Runs calibrated as the rules of their method say, and standards that a person leaves out."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.db.audit_tables import AuditEntry
from tests.api.calibrated_files import a_file
from tests.api.laboratory import METHOD, codes
from tests.api.test_results_of_runs import bench, recorded  # noqa: F401  # the fixture
from tests.api.test_runs import Bench
from tests.unit.runs.batches import CONTENTS

WHY = "The vial was mixed up with the level above."
ANALYTE = "chlorpyrifos"
MADE = {**CONTENTS, "S-2": {"carbofuran": Decimal(45), ANALYTE: Decimal(45)}}
MADE["S-2 dup"] = MADE["S-2"]


def calibrate_by(bench: Bench, edition: int = 0, **calibration: Any) -> Any:  # noqa: F811
    body = {
        "method": METHOD,
        "edition": edition,
        "effective_on": "2026-11-01",
        "rules": [],
        "reason": "As the method was verified",
        "calibration": calibration,
    }
    return bench.door["max"].post("/api/qc-plans", body)


def a_run_of(bench: Bench, content: bytes) -> dict[str, Any]:  # noqa: F811
    answer = bench.upload(f"/api/worksheets/{bench.worksheet()}/runs", content)
    assert answer.status_code in {200, 201}, answer.text
    return dict(bench.door["ann"].get(f"/api/runs/{answer.json()['id']}").json())


def calibration_of(run: dict[str, Any]) -> dict[str, Any]:
    return next(one for one in run["calibrations"] if one["analyte"] == ANALYTE)


def content_of(run: dict[str, Any], label: str) -> Any:
    return next(one for one in run["amounts"] if (one["label"], one["analyte"]) == (label, ANALYTE))


def line(x: float) -> float:
    return 0.002 + 0.03 * x


def proportional(x: float) -> float:
    return 0.03 * x


def parabola(x: float) -> float:
    return 0.001 + 0.03 * x - 0.00008 * x * x


def logistic(x: float) -> float:
    return 0.1 + 1.9 / (1 + float((x / 15) ** 1.2))


@pytest.mark.parametrize(
    ("response", "model", "weighting", "origin", "coefficients"),
    [
        (line, "linear", "1/x2", "free", {"intercept": 0.002, "slope": 0.03}),
        (proportional, "linear", "1/y", "through_zero", {"slope": 0.03}),
        (proportional, "linear", "1", "with_origin", {"intercept": 0, "slope": 0.03}),
        (parabola, "quadratic", "1/x", "free", {"c0": 0.001, "c1": 0.03, "c2": -0.00008}),
        (proportional, "average-rf", "1", "free", {"response factor": 0.03}),
        (logistic, "4pl", "1", "free", {"a": 2, "b": 1.2, "c": 15, "d": 0.1}),
    ],
)
def test_a_run_is_read_from_the_curve_of_its_method(
    bench: Bench,  # noqa: F811
    response: Callable[[float], float],
    model: str,
    weighting: str,
    origin: str,
    coefficients: dict[str, float],
) -> None:
    made = calibrate_by(bench, curve={"model": model, "weighting": weighting, "origin": origin})
    assert made.status_code == 201, made.text

    run = a_run_of(bench, a_file(bench, response, MADE))

    found = calibration_of(run)
    assert (found["model"], found["is_accepted"], found["reasons"]) == (model, True, [])
    assert {name: float(value) for name, value in found["coefficients"].items()} == pytest.approx(
        coefficients, rel=2e-3, abs=1e-5
    )
    assert float(found["r_squared"]) == pytest.approx(1, abs=1e-6)
    amount = content_of(run, bench.names["S-2"])
    assert float(amount["content"]) == pytest.approx(0.045, rel=1e-3)
    assert amount["amount"]["kind"] == "quantified"
    assert 0 <= float(amount["factors"]["concentration_uncertainty"]) < 0.5


def test_an_analyte_may_have_a_curve_and_an_internal_standard_of_its_own(bench: Bench) -> None:  # noqa: F811
    own = {"model": "quadratic", "weighting": "1", "standard_use": "no_internal_standard"}
    named = {"standard_use": "named_internal_standard", "internal_standard": "triphenyl phosphate (istd)"}
    assert calibrate_by(bench, curve=named, by_analyte={ANALYTE: own}).status_code == 201
    by_itself = calibration_of(a_run_of(bench, a_file(bench, parabola, MADE)))
    assert calibrate_by(bench, 1, curve=named, is_matrix_matched=True).status_code == 201
    other = calibration_of(a_run_of(bench, a_file(bench, line, MADE)))

    assert (by_itself["model"], by_itself["internal_standard"]) == ("quadratic", None)
    assert float(by_itself["coefficients"]["c1"]) == pytest.approx(30_000, rel=1e-3)
    assert (other["model"], other["internal_standard"]) == ("linear", "Triphenyl phosphate (ISTD)")
    assert other["is_matrix_matched"] is True

    missing = {"standard_use": "named_internal_standard", "internal_standard": "Atrazine-d5"}
    assert calibrate_by(bench, 2, curve=missing).status_code == 201
    refused = calibration_of(a_run_of(bench, a_file(bench, line, MADE)))
    assert "run.standard_not_in_file" in {why["code"] for why in refused["reasons"]}


@pytest.mark.parametrize(
    ("calibration", "code"),
    [
        ({"curve": {"model": "4pl", "origin": "through_zero"}}, "calibration.no_origin_to_choose"),
        ({"curve": {"model": "standard-addition"}}, "calibration.no_model_of_runs"),
        ({"curve": {"standard_use": "named_internal_standard"}}, "calibration.internal_standard_unclear"),
        ({"by_analyte": {"no such thing": {}}}, "calibration.analyte_unknown"),
    ],
)
def test_a_choice_that_contradicts_itself_is_refused(bench: Bench, calibration: Any, code: str) -> None:  # noqa: F811
    assert codes(calibrate_by(bench, **calibration)) == [code]


def test_a_response_beyond_the_curve_is_no_number_and_never_not_detected(bench: Bench) -> None:  # noqa: F811
    assert calibrate_by(bench, curve={"model": "4pl", "weighting": "1"}).status_code == 201
    vials = {**MADE, "S-2": {"carbofuran": Decimal(45), ANALYTE: Decimal(10**7)}, "S-3": {ANALYTE: Decimal("0.00001")}}

    run = a_run_of(bench, a_file(bench, lambda x: logistic(x) if x < 10**6 else 0.05, vials))

    beyond = content_of(run, bench.names["S-2"])
    assert (beyond["amount"], beyond["factors"]["range"]) == (None, "above_range")
    assert "qc.beyond_curve" in {why["code"] for why in beyond["reasons"]}
    assert content_of(run, bench.names["S-3"])["factors"]["range"] == "below_range"


# ── levels ───────────────────────────────────────────────────────────────────────────────────────────


def decide(bench: Bench, run: dict[str, Any], who: str = "max", **changes: Any) -> Any:  # noqa: F811
    body = {"analyte": ANALYTE, "label": "Cal-3", "is_left_out": True, "reason": WHY, "version": 1, **changes}
    return bench.door[who].post(f"/api/runs/{run['id']}/calibration-levels", body)


def a_spoiled_run(bench: Bench) -> dict[str, Any]:  # noqa: F811
    """The third standard holds twice what it should; the plan wants only four levels."""
    body = bench.worksheet_body(quality_plan={"source": "own", "fewest_levels": 4, "weighting": "1/x"})
    number = bench.door["ann"].post("/api/worksheets", body).json()["number"]
    spoiled = a_file(bench, line, {**MADE, "Cal-3": {"carbofuran": Decimal(20), ANALYTE: Decimal(40)}})
    answer = bench.upload(f"/api/worksheets/{number}/runs", spoiled)
    assert answer.status_code in {200, 201}, answer.text
    return dict(bench.door["ann"].get(f"/api/runs/{answer.json()['id']}").json())


def test_a_person_leaves_a_standard_out_and_takes_it_back(bench: Bench) -> None:  # noqa: F811
    before = a_spoiled_run(bench)
    assert not calibration_of(before)["is_accepted"]
    assert content_of(before, bench.names["S-2"])["amount"] is None

    answer = decide(bench, before, "vic")
    assert answer.status_code == 201, answer.text

    after = bench.door["ann"].get(f"/api/runs/{before['id']}").json()
    calibration = calibration_of(after)
    assert calibration["is_accepted"]
    assert [(one["label"], one["why_not"]) for one in calibration["levels"] if not one["is_used"]] == [("Cal-3", WHY)]
    assert float(content_of(after, bench.names["S-2"])["content"]) == pytest.approx(0.045, rel=1e-4)
    level = next(one for one in after["checks"] if (one["analyte"], one["position"]) == (ANALYTE, "Cal-3"))
    assert (level["verdict"], level["reason"]["code"]) == ("not_evaluated", "run.level_left_out")
    with bench.lims.read(system_actor(), Action.SET_UP) as session:
        entries = session.exec(
            select(AuditEntry).where(col(AuditEntry.action) == Action.LEVEL_DECIDE).order_by(col(AuditEntry.number))
        ).all()
    assert {entry.reason for entry in entries} == {WHY}
    assert {"level_decision", "calibration", "measurement", "qc_check"} <= {entry.entity for entry in entries}

    assert decide(bench, before, is_left_out=False).status_code == 409
    back = decide(bench, before, is_left_out=False, version=calibration["version"])
    assert back.status_code == 201, back.text
    again = bench.door["ann"].get(f"/api/runs/{before['id']}").json()
    assert calibration_of(again)["coefficients"] == calibration_of(before)["coefficients"]
    assert content_of(again, bench.names["S-2"])["content"] == content_of(before, bench.names["S-2"])["content"]
    told = bench.door["max"].get(f"/api/runs/{before['id']}/calibration-levels").json()
    assert [(one["label"], one["is_left_out"], one["edition"]) for one in told] == [
        ("Cal-3", True, 1),
        ("Cal-3", False, 2),
    ]


def test_who_may_not_leave_a_standard_out_and_when(bench: Bench) -> None:  # noqa: F811
    run = a_spoiled_run(bench)
    assert decide(bench, run, "ann").status_code == 403
    assert decide(bench, run, "eve").status_code == 404
    assert codes(decide(bench, run, reason="oh")) == ["reason.too_short"]
    assert codes(decide(bench, run, is_left_out=False)) == ["calibration.not_left_out"]
    assert decide(bench, run, label="Blank").status_code == 404
    assert decide(bench, run, version=7).status_code == 409
    assert decide(bench, run).status_code == 201
    recorded(bench, run["id"])
    late = decide(bench, run, label="Cal-4", version=2)
    assert codes(late) == ["calibration.results_recorded"]


def test_a_model_keeps_the_standards_it_needs(bench: Bench) -> None:  # noqa: F811
    assert calibrate_by(bench, curve={"model": "4pl", "weighting": "1"}).status_code == 201
    run = a_run_of(bench, a_file(bench, logistic, MADE))

    refused = decide(bench, run)

    assert (refused.status_code, codes(refused)) == (422, ["calibration.too_few_levels"])
    assert "at least 5" in refused.text
    assert bench.door["max"].get(f"/api/runs/{run['id']}/calibration-levels").json() == []
    assert calibration_of(bench.door["ann"].get(f"/api/runs/{run['id']}").json())["version"] == 1


def test_an_injection_put_on_its_position_by_hand_stays_there(bench: Bench) -> None:  # noqa: F811
    renamed = a_file(bench, line, MADE).replace(b"Cal-4,Cal-4.d", b"Standard 4,Standard 4.d")
    form = {"matches": '{"Standard 4": "Cal-4"}', "match_reason": "The sequence was typed by hand."}
    answer = bench.upload(f"/api/worksheets/{bench.worksheet()}/runs", renamed, **form)
    assert answer.status_code in {200, 201}, answer.text
    run = bench.door["ann"].get(f"/api/runs/{answer.json()['id']}").json()

    made = decide(bench, run)

    assert made.status_code == 201, made.text
    assert [one["label"] for one in made.json()["levels"] if one["is_used"]] == ["Cal-1", "Cal-2", "Cal-4", "Cal-5"]
