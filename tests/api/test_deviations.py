"""Reports say under which conditions they came about, and what deviated from the methods, through the front door."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.db.audit_tables import AuditEntry
from lims.people.tables import AuthorisationKind
from lims.quality.rules import Significance
from lims.runtime import Lims
from lims.worker import run_due_now
from tests.api.laboratory import Door, codes
from tests.api.reporting import (
    NOW,
    Prepared,
    a_copy,
    a_draft,
    a_tested_sample,
    chosen,
    issued,
    may,
    prepare,
    step,
)
from tests.api.test_quality_control import SPOILED, WHY, decided
from tests.api.test_results_of_runs import a_run, bench, recorded  # noqa: F401  # the fixture
from tests.api.test_run_calibration import WHY as WHY_LEFT_OUT
from tests.api.test_run_calibration import a_spoiled_run, decide
from tests.api.test_runs import Bench

STATED = "样品量不足，平行测定一份。"


@pytest.fixture(scope="module")
def prepared(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(shared, tmp_path_factory.mktemp("deviations") / "var")


@pytest.fixture
def lims(prepared: Prepared, tmp_path: Path) -> Any:
    with a_copy(prepared, tmp_path / "var", FixedClock(NOW)) as made:
        yield made


@pytest.fixture
def door(lims: Lims) -> Door:
    return Door(lims)


def the_snapshot(door: Door, report: dict[str, Any], who: str = "sun") -> dict[str, Any]:
    return dict(door[who].get(f"/api/reports/{report['id']}/snapshot").json())


def verified(bench: Bench, run_id: str) -> None:  # noqa: F811
    """Every result of a run, recorded, submitted and verified."""
    assert recorded(bench, run_id)["not_recorded"] == []
    results = bench.door["ann"].get("/api/results").json()["items"]
    submitted = bench.door["ann"].post("/api/results/submit", chosen(results)).json()
    assert bench.door["vic"].post("/api/results/verify", chosen(submitted)).status_code == 200
    may(bench.lims, "sun", AuthorisationKind.SIGNATORY, "*")


def an_accepted_run(bench: Bench, *worksheet: str) -> str:  # noqa: F811
    """A run whose recoveries failed and were accepted by the quality manager, with its results verified."""
    number = worksheet[0] if worksheet else bench.worksheet()
    run_id = str(bench.upload(f"/api/worksheets/{number}/runs", bench.export(SPOILED)).json()["id"])
    assert decided(bench, run_id, "max", "qc_accepted").status_code == 201
    verified(bench, run_id)
    return run_id


# ── what the records tell ────────────────────────────────────────────────────────────────────────────


def test_an_accepted_check_stands_on_the_report_in_its_language_and_in_what_is_signed(bench: Bench) -> None:  # noqa: F811
    an_accepted_run(bench)
    door = bench.door

    draft = a_draft(door, bench.sample_numbers[1], language="bilingual")
    report = issued(door, draft)

    said = the_snapshot(door, report)["deviations"]
    chinese, english = said.split("\n")
    assert chinese.startswith("质控项目“加标回收率”不符合要求（要求 70–120 %）：")
    assert "毒死蜱" in chinese
    assert "经授权人员评审后接受" in chinese
    assert WHY.rstrip(".") in chinese
    assert english.startswith("Quality check “spike recovery” failed (required: 70–120 %): ")
    assert "chlorpyrifos" in english.lower()
    assert f"because: {WHY}" in english
    assert draft["deviations"] == said
    acts = json.loads(door["sun"].get(f"/api/reports/{report['id']}/acts").content)["acts"]
    assert [act["statement"]["content"]["deviations"] for act in acts] == [said] * 3
    preview = the_snapshot(door, a_draft(door, bench.sample_numbers[0]))
    assert "加标回收率" in preview["deviations"]
    assert "Quality check" not in preview["deviations"]


def test_a_batch_without_a_decision_deviates_in_nothing(bench: Bench) -> None:  # noqa: F811
    verified(bench, a_run(bench))

    draft = a_draft(bench.door, bench.sample_numbers[1], language="en")

    assert draft["deviations"] is None
    said = the_snapshot(bench.door, draft)
    assert (said["deviations"], said["environment"]) == ("None", "—")
    issue = issued(bench.door, draft)
    acts = json.loads(bench.door["sun"].get(f"/api/reports/{issue['id']}/acts").content)["acts"]
    assert all("deviations" not in act["statement"]["content"] for act in acts)


def test_a_standard_that_was_left_out_is_told_and_one_that_was_taken_back_is_not(bench: Bench) -> None:  # noqa: F811
    run = a_spoiled_run(bench)
    assert decide(bench, run).status_code == 201
    assert decide(bench, run, is_left_out=False, version=2, reason="It was the right vial.").status_code == 201
    assert decide(bench, run, version=3).status_code == 201
    assert decide(bench, run, label="Cal-4", version=4).status_code == 201
    assert (
        decide(bench, run, label="Cal-4", is_left_out=False, version=5, reason="This one is right.").status_code == 201
    )
    verified(bench, run["id"])

    said = the_snapshot(bench.door, a_draft(bench.door, bench.sample_numbers[1]))["deviations"]

    (line,) = said.split("\n")
    assert line.startswith("校准时剔除标准点 Cal-3（")
    assert "毒死蜱" in line
    assert f"理由：{WHY_LEFT_OUT}" in line


def test_the_environment_is_what_was_recorded_of_the_benches(bench: Bench) -> None:  # noqa: F811
    number = bench.worksheet()
    order = {
        "used_on": "2026-11-23",
        "temperature_c": "21.50",
        "humidity_percent": "48",
        "materials": [],
        "equipment": [],
    }
    answer = bench.door["ann"].post(f"/api/worksheets/{number}/bench-record", order)
    assert answer.status_code in {200, 201}, answer.text
    verified(bench, a_run(bench, number))

    first = the_snapshot(bench.door, a_draft(bench.door, bench.sample_numbers[0]))
    second = the_snapshot(bench.door, a_draft(bench.door, bench.sample_numbers[1], language="en"))

    assert first["environment"] == "温度 21.50 ℃，相对湿度 48 %"
    assert second["environment"] == "Temperature 21.50 °C, relative humidity 48 %"


def test_work_that_turns_out_to_affect_results_stops_a_draft_until_it_tells_so(bench: Bench) -> None:  # noqa: F811
    run_id = a_run(bench)
    verified(bench, run_id)
    door = bench.door
    draft = a_draft(door, bench.sample_numbers[1])
    opened = door["max"].post(
        "/api/nonconforming", {"what": "The balance drifted between two weighings.", "run_id": run_id}
    )
    assert opened.status_code == 201, opened.text
    work = opened.json()
    evaluated = door["max"].post(
        f"/api/nonconforming/{work['number']}/evaluate",
        {
            "version": work["version"],
            "significance": Significance.RESULTS_AFFECTED.value,
            "action": "Portions were weighed again.",
        },
    )
    assert evaluated.status_code == 200, evaluated.text

    refused = door["rui"].sign(f"/api/reports/{draft['id']}/review", {"version": draft["version"]})

    assert refused.status_code == 422
    assert codes(refused) == ["report.deviations_changed"]
    step(door, "rui", draft, "send-back", reason="The balance is not told of.")
    told = issued(door, a_draft(door, bench.sample_numbers[1]))
    said = the_snapshot(door, told)["deviations"]
    assert said == f"不符合工作 {work['number']}经评定可能影响检测结果。处理措施：Portions were weighed again."


# ── what the compiler states ─────────────────────────────────────────────────────────────────────────


def test_what_the_compiler_states_is_printed_signed_and_audited(lims: Lims, door: Door) -> None:
    draft = a_draft(door, a_tested_sample(door), deviations=STATED)

    assert (draft["stated_deviations"], draft["deviations"]) == (STATED, STATED)
    assert the_snapshot(door, draft, "rui")["deviations"] == STATED
    report = issued(door, draft)
    assert the_snapshot(door, report)["deviations"] == STATED
    acts = json.loads(door["sun"].get(f"/api/reports/{report['id']}/acts").content)["acts"]
    assert [act["statement"]["content"]["deviations"] for act in acts] == [STATED] * 3
    with lims.read(system_actor(), Action.SET_UP) as session:
        of_report = select(AuditEntry).where(AuditEntry.entity == "report", AuditEntry.entity_id == report["id"])
        first = session.exec(of_report.order_by(col(AuditEntry.number))).first()
    assert first is not None
    assert first.action == Action.REPORT_COMPILE
    assert json.loads(first.after or "{}")["stated_deviations"] == STATED


@pytest.mark.parametrize("stated", ["x" * 501, "one line\nand another", ""])
def test_a_statement_is_of_bounded_length_and_on_one_line(door: Door, stated: str) -> None:
    sample = a_tested_sample(door)

    answer = door["cai"].sign("/api/reports", {"sample": sample, "deviations": stated})

    assert answer.status_code == 422
    assert door["cai"].get("/api/reports", sample=sample).json()["items"] == []


def test_an_amended_report_states_what_the_old_one_did_unless_it_is_told_otherwise(door: Door) -> None:
    old = issued(door, a_draft(door, a_tested_sample(door), deviations=STATED))

    kept = door["cai"].sign(f"/api/reports/{old['id']}/replace", {"reason": "The batch number was misread."}).json()
    assert kept["stated_deviations"] == STATED
    assert [one["field"] for one in the_snapshot(door, kept)["amendment"]["changes"]] == []
    step(door, "rui", kept, "send-back", reason="The statement was wrong, too.")
    order = {"reason": "Two portions were tested after all.", "deviations": None}
    new = door["cai"].sign(f"/api/reports/{old['id']}/replace", order).json()

    (change,) = the_snapshot(door, new)["amendment"]["changes"]
    assert (change["field"], change["old"], change["new"]) == ("方法偏离", STATED, "无")


def test_a_batch_of_reports_states_for_each_what_was_ordered(lims: Lims, door: Door) -> None:
    first = a_tested_sample(door)
    second = a_tested_sample(door, sampling_sheet_number="CY2026-0118")
    order = {"reports": [{"sample": first, "deviations": STATED}, {"sample": second}]}
    assert door["cai"].sign("/api/report-batches/compile", order).status_code == 202
    run_due_now(lims)

    found = {one["sample"]: one["deviations"] for one in door["cai"].get("/api/reports").json()["items"]}
    assert found == {first: STATED, second: None}


@pytest.mark.parametrize("column", ["deviations", "stated_deviations"])
def test_what_an_issued_report_tells_is_frozen_in_the_database(lims: Lims, door: Door, column: str) -> None:
    report = issued(door, a_draft(door, a_tested_sample(door), deviations=STATED))

    with lims.engine.begin() as connection, pytest.raises(DBAPIError, match="frozen"):
        connection.execute(text(f"UPDATE report SET {column} = NULL WHERE number = '{report['number']}'"))


def test_the_bench_does_not_read_what_a_compiler_states(door: Door) -> None:
    draft = a_draft(door, a_tested_sample(door), deviations=STATED)

    seen = door["vic"].get(f"/api/reports/{draft['id']}").json()

    assert (seen["stated_deviations"], seen["deviations"]) == (None, None)
