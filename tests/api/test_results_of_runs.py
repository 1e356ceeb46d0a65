"""From a run to results: recorded once, traced back to file, row and column, verified like any other."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lims.core.clock import FixedClock
from lims.runtime import Lims
from lims.settings import Settings
from tests import databases
from tests.api.laboratory import Door, codes
from tests.api.reporting import chosen
from tests.api.test_runs import NOW, Bench, set_up
from tests.factories import a_cast, a_network
from tests.unit.runs.batches import CONTENTS

#: The file of the batch says that it was injected on 20 November.
BEFORE_THE_RUN = datetime(2026, 11, 20, 0, 10, tzinfo=UTC)


@pytest.fixture
def bench(shared: Path, tmp_path: Path) -> Iterator[Bench]:
    databases.sqlite_copy(databases.sqlite_template(shared), tmp_path / "var")
    clock = FixedClock(BEFORE_THE_RUN)
    lims = Lims(Settings(data=tmp_path / "var"), clock)
    a_network(lims)
    cast = a_cast(lims)
    made = set_up(lims, cast, tmp_path / "var")
    clock.instant = NOW
    yield Bench(lims, cast, clock, Door(lims), made.blind_codes, made.sample_numbers)
    lims.close()


def a_run(bench: Bench, worksheet: str | None = None) -> str:
    """The id of a run of the batch."""
    answer = bench.upload(f"/api/worksheets/{worksheet or bench.worksheet()}/runs", bench.export())
    assert answer.status_code in {200, 201}, answer.text
    return str(answer.json()["id"])


def recorded(bench: Bench, run_id: str) -> dict[str, Any]:
    answer = bench.door["ann"].post(f"/api/runs/{run_id}/results")
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_run_is_recorded_once(bench: Bench) -> None:
    run_id = a_run(bench)

    first = recorded(bench, run_id)
    before = bench.door["ann"].get("/api/results").json()
    second = recorded(bench, run_id)

    assert (first["recorded"], first["unchanged"], first["not_recorded"]) == (3, 0, [])
    assert (second["recorded"], second["unchanged"], second["not_recorded"]) == (0, 3, [])
    assert bench.door["ann"].get("/api/results").json() == before
    assert {result["analyte"] for result in before["items"]} == {"chlorpyrifos"}
    assert {result["origin"] for result in before["items"]} == {"run"}


def test_a_number_leads_back_to_file_row_and_column(bench: Bench) -> None:
    run_id = a_run(bench)
    recorded(bench, run_id)
    (result,) = bench.door["ann"].get("/api/results", sample=bench.names["S-1"]).json()["items"]

    measurement = bench.door["vic"].get(f"/api/results/{result['id']}/trace").json()["measurement"]

    assert measurement["run"]["id"] == run_id
    assert measurement["file"]["name"] == "batch.csv"
    assert measurement["position"]["label"] == bench.names["S-1"]
    assert measurement["place"]["row"] > 0
    assert measurement["place"]["column"].isalpha()
    assert measurement["calibration"]["is_accepted"] is True
    assert {check["verdict"] for check in measurement["quality_control"]} <= {"pass", "not_evaluated"}
    assert measurement["instruments"] == ["LCMS-01 LC-MS/MS"]
    if result["value"] is not None:
        assert measurement["measurement"]["content"] is not None


def test_results_of_a_run_are_verified_by_somebody_else(bench: Bench) -> None:
    recorded(bench, a_run(bench))
    results = bench.door["ann"].get("/api/results").json()["items"]
    submitted = bench.door["ann"].post("/api/results/submit", chosen(results)).json()

    answer = bench.door["vic"].post("/api/results/verify", chosen(submitted))

    assert answer.status_code == 200, answer.text
    statuses = {bench.door["cai"].get(f"/api/samples/{number}").json()["status"] for number in bench.sample_numbers}
    assert statuses == {"tested"}


def test_a_failed_batch_gives_no_results_and_says_why(bench: Bench) -> None:
    spoiled = {label: dict(content) for label, content in CONTENTS.items()}
    for content in spoiled.values():
        for analyte in content:
            content[analyte] = Decimal("0.5")  # blanks too: nothing can be said of any sample
    answer = bench.upload(f"/api/worksheets/{bench.worksheet()}/runs", bench.export(spoiled))
    assert answer.status_code in {200, 201}, answer.text

    outcome = recorded(bench, answer.json()["id"])

    assert outcome["recorded"] == 0
    assert {left["sample"] for left in outcome["not_recorded"]} == set(bench.blind_codes)
    assert all(left["reason"] for left in outcome["not_recorded"])
    sample = bench.door["cai"].get(f"/api/samples/{bench.sample_numbers[0]}").json()
    assert [test["status"] for test in sample["tests"]] == ["assigned"]


def test_a_result_from_elsewhere_is_not_overwritten(bench: Bench) -> None:
    worksheet = bench.worksheet()
    entry = {"sample": bench.names["S-1"], "parameter": "chlorpyrifos", "finding": "not_detected", "unit": "mg/kg"}
    by_hand = bench.door["ann"].post("/api/results", entry).json()

    outcome = recorded(bench, a_run(bench, worksheet))

    assert outcome["recorded"] == 2
    assert [left["sample"] for left in outcome["not_recorded"]] == [bench.names["S-1"]]
    (still,) = bench.door["ann"].get("/api/results", sample=bench.names["S-1"]).json()["items"]
    assert still == by_hand


def test_who_is_not_authorised_does_not_record_and_other_laboratories_see_no_run(bench: Bench) -> None:
    run_id = a_run(bench)

    assert codes(bench.door["bea"].post(f"/api/runs/{run_id}/results")) == ["result.not_authorised"]
    assert bench.door["eve"].post(f"/api/runs/{run_id}/results").status_code == 404


def test_what_was_injected_before_the_sample_arrived_is_not_recorded(bench: Bench) -> None:
    """The clock of the instrument is wrong, or the file is that of other samples."""
    content = bench.export().replace(b"2026/11/20", b"2026/11/19")
    answer = bench.upload(f"/api/worksheets/{bench.worksheet()}/runs", content)
    assert answer.status_code in {200, 201}, answer.text

    outcome = recorded(bench, answer.json()["id"])

    assert outcome["recorded"] == 0
    assert all(
        "早于样品接收日期" in left["reason"] or "before the sample was received" in left["reason"]
        for left in outcome["not_recorded"]
    )
