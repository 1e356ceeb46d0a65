"""The formula of a method through the JSON door: set, refused, calculated by, and told again from what is stored."""

import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.api.calibrated_files import a_file
from tests.api.laboratory import METHOD, codes
from tests.api.test_results_of_runs import bench, recorded
from tests.api.test_run_calibration import ANALYTE, MADE, content_of, line
from tests.api.test_runs import Bench
from tests.unit.runs.batches import CONTENTS

__all__ = ["bench"]

#: Half an aliquot, blanks subtracted, corrected for recovery.
FORMULA = {
    "text": "(c - c0) * V * f * V2 / (m * V1) / R",
    "constants": {"V1": {"value": "5.0", "unit": "mL"}, "V2": {"value": "0.010", "unit": "L"}},
}
#: A blank of 0.5 μg/L; a spike of 50 μg/kg of which (20.5 − 0.5) · 2 = 40 are found, 80 %; a sample of 22.5 μg/L.
VIALS = {
    **CONTENTS,
    "Blank": {ANALYTE: Decimal("0.5")},
    "S-1 spike": {"carbofuran": Decimal(24), ANALYTE: Decimal("20.5")},
    "S-2": {"carbofuran": Decimal("22.5"), ANALYTE: Decimal("22.5")},
    "S-2 dup": {"carbofuran": Decimal("22.5"), ANALYTE: Decimal("22.5")},
}
#: (22.5 − 0.5) · 10 · 1 · 10 / (10 · 5) / 80 %, in μg/kg.
KNOWN = 0.055


def calculate_by(bench: Bench, formula: Any, edition: int = 0, **changes: Any) -> Any:
    body = {
        "method": METHOD,
        "edition": edition,
        "effective_on": "2026-11-01",
        "rules": [],
        "reason": "As the method was verified",
        "formula": formula,
    }
    return bench.door["max"].post("/api/qc-plans", {**body, **changes})


def a_run(bench: Bench, vials: Any, **worksheet: Any) -> dict[str, Any]:
    made = bench.door["ann"].post("/api/worksheets", bench.worksheet_body(**worksheet))
    assert made.status_code == 201, made.text
    answer = bench.upload(f"/api/worksheets/{made.json()['number']}/runs", a_file(bench, line, vials))
    assert answer.status_code in {200, 201}, answer.text
    return dict(bench.door["ann"].get(f"/api/runs/{answer.json()['id']}").json())


def test_a_made_batch_gives_the_known_content(bench: Bench, tmp_path: Path) -> None:
    made = calculate_by(bench, FORMULA)
    assert made.status_code == 201, made.text
    assert made.json()["formula"] == FORMULA

    run = a_run(bench, VIALS)

    found = content_of(run, bench.names["S-2"])
    assert float(found["content"]) == pytest.approx(KNOWN, rel=1e-3)
    assert found["amount"]["kind"] == "quantified", found
    share = Decimal(found["amount"]["expanded_uncertainty"]) / Decimal(found["amount"]["value"])
    assert share == pytest.approx(Decimal("0.2"))
    factors = found["factors"]
    assert (factors["formula"], factors["formula_version"]) == (FORMULA["text"], "2")
    quantities = factors["quantities"]
    assert quantities["V1"] == {"value": "5.0", "unit": "mL"}
    assert {name: one["unit"] for name, one in quantities.items()} == {"V1": "mL", "V2": "L", "c0": "μg/L", "R": "%"}
    assert float(quantities["c0"]["value"]) == pytest.approx(0.5, rel=2e-2)
    assert float(quantities["R"]["value"]) == pytest.approx(80, rel=2e-3)

    assert recorded(bench, run["id"])["recorded"] > 0
    told = the_record(bench, run["id"], tmp_path)
    assert "w=(c−c0)×V×f×V2/(m×V1)/R=" in told
    assert "10.0mL×1×0.010L/(10.00g×5.0mL)/" in told


def the_record(bench: Bench, run: str, at: Path) -> str:
    answer = bench.door["ann"].get(f"/api/runs/{run}/original-record", lang="zh")
    assert answer.status_code == 200, answer.text[:500]
    (at / "record.pdf").write_bytes(answer.content)
    asked = ["pdftotext", "-layout", str(at / "record.pdf"), "-"]
    return "".join(subprocess.run(asked, check=True, capture_output=True).stdout.decode().split())  # fixed words


def test_the_usual_formula_changes_no_digit(bench: Bench) -> None:
    before = a_run(bench, MADE)
    assert calculate_by(bench, {"text": "c*V*f/m"}).status_code == 201
    after = a_run(bench, MADE)

    def told(run: dict[str, Any]) -> list[Any]:
        return [(one["label"], one["analyte"], one["content"], one["amount"], one["factors"]) for one in run["amounts"]]

    assert told(after) == told(before)
    assert content_of(after, bench.names["S-2"])["factors"]["formula"] == "w = c · V · f / m"


def test_a_worksheet_keeps_the_formula_of_its_day(bench: Bench) -> None:
    later = {"effective_on": "2026-12-01"}
    assert calculate_by(bench, {"text": "2 * c * V * f / m"}).status_code == 201
    assert calculate_by(bench, {"text": "3 * c * V * f / m"}, 1, **later).status_code == 201

    found = content_of(a_run(bench, VIALS), bench.names["S-2"])

    assert float(found["content"]) == pytest.approx(0.045, rel=1e-3)


def test_dry_matter_needs_the_moisture_of_the_position(bench: Bench) -> None:
    assert calculate_by(bench, {"text": "c * V * f / (m * (1 - H))"}).status_code == 201
    entries = bench.worksheet_body()["entries"]
    for entry in entries:
        if entry["label"] in {bench.names["S-1"], bench.names["S-2"]}:
            entry["moisture_percent"] = "10"
    vials = {**MADE, "S-3": {ANALYTE: Decimal(30)}}

    run = a_run(bench, vials, entries=entries)

    assert float(content_of(run, bench.names["S-2"])["content"]) == pytest.approx(0.05, rel=1e-3)
    dry = content_of(run, bench.names["S-3"])
    assert (dry["amount"], [why["code"] for why in dry["reasons"]]) == (None, ["run.no_moisture"])

    entries[-1]["moisture_percent"] = "100"
    refused = bench.door["ann"].post("/api/worksheets", bench.worksheet_body(entries=entries))
    assert codes(refused) == ["worksheet.moisture_impossible"]


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ({"text": "c * f / m"}, "formula.units_differ"),
        ({"text": "c * V * f / m * k"}, "formula.name_unknown"),
        ({"text": "open('x')"}, "formula.not_allowed"),
        ({"text": "c * V * f / m", "constants": {"V1": {"value": "5", "unit": "mL"}}}, "formula.constant_unused"),
    ],
)
def test_a_formula_that_gives_no_content_is_refused(bench: Bench, formula: Any, code: str) -> None:
    assert codes(calculate_by(bench, formula)) == [code]
    assert bench.door["max"].get("/api/qc-plans").json() == []


def test_a_worksheet_in_units_that_do_not_suit_the_formula_is_refused(bench: Bench) -> None:
    assert calculate_by(bench, {"text": "c * f"}).status_code == 201

    answer = bench.door["ann"].post("/api/worksheets", bench.worksheet_body())

    assert codes(answer) == ["worksheet.formula_does_not_fit"]
