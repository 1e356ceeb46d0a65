"""Bracketing on pages: the terms of a method, the batch that follows from them, brackets with the way back."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from lims.runs.batch_outline import FIRST_OUTLINE, SampleChoice, positions_of
from lims.runtime import Lims
from tests.api.laboratory import METHOD
from tests.api.test_bracketing import positions, the_file, the_run
from tests.api.test_run_calibration import ANALYTE
from tests.api.test_runs import Bench
from tests.pages.conftest import Browser, text_of
from tests.pages.test_results_of_runs_pages import bench, prepared  # noqa: F401  # fixtures
from tests.pages.test_run_calibration_pages import CHOICE
from tests.unit.runs.batches import D

Browse = Callable[..., Browser]
FORM = {
    **CHOICE,
    "curve_model": "bracketing",
    "bracket_rule": "interpolated_factor",
    "bracket_max_drift_percent": "10",
    "bracket_reach_percent": "30",
    "bracket_source": "方法确认报告",
    "formula": "c * V * f / (m * (1 - H))",
}


@pytest.fixture
def lims(bench: Bench) -> Lims:  # noqa: F811
    return bench.lims


def test_from_the_terms_of_a_method_to_a_result_that_is_calculated_again(bench: Bench, browse: Browse) -> None:  # noqa: F811
    max_ = browse(bench.cast.max)
    wrong = max_.post("/quality/plans", {**FORM, "bracket_max_drift_percent": "ten"})
    assert (wrong.status_code, "请填写百分数" in wrong.text) == (422, True)
    plain = {name: text for name, text in FORM.items() if name != "formula"}
    assert "第 1 版" in text_of(max_.follow(max_.post("/quality/plans", plain)))
    told = text_of(max_.get(f"/quality/plans/one?{urlencode({'method': METHOD})}"))
    assert "夹心标准法" in told
    assert "方法确认报告" in told

    run = the_run(bench, positions(bench), the_file(bench))
    shown = text_of(max_.get(f"/runs/{run['id']}/calibrations?analyte={ANALYTE}"))
    assert bench.door["ann"].post(f"/api/runs/{run['id']}/results").json()["recorded"] == 2
    (result,) = bench.door["ann"].get("/api/results", sample=bench.names["S-2"]).json()["items"]
    trace = text_of(max_.get(f"/results/{result['id']}/trace"))

    assert "STD-1 (1) – STD-2 (5)" in shown
    assert "由夹心标准读取" in shown
    assert "RF = RF₁ + (RF₂ − RF₁) · (t − t₁) / (t₂ − t₁)" in trace
    assert "复算一致" in trace
    assert max_.get(f"/runs/{run['id']}/original-record").status_code == 200


def test_the_batch_of_such_a_method_has_standards_again_and_moisture(bench: Bench, browse: Browse) -> None:  # noqa: F811
    ann, max_ = browse(bench.cast.ann), browse(bench.cast.max)
    assert 'name="bracket_every"' not in ann.get(f"/worksheets/new?{urlencode({'method': METHOD})}").text
    max_.follow(max_.post("/quality/plans", FORM))
    code = bench.names["S-1"]

    form = ann.get(f"/worksheets/new?{urlencode({'method': METHOD})}").text

    assert 'name="bracket_every"' in form
    assert f'name="moisture-{code}"' in form
    sent = {
        "method_code": METHOD, "instrument_code": "LCMS-01", "matrix_group": "豆类蔬菜", "sample": code, "spiked": code,
        "test_portion": "10", "test_portion_unit": "g", "final_volume": "10", "final_volume_unit": "mL",
        "dilution": "1", "concentration_unit": "μg/L", "result_unit": "mg/kg", "levels": "50", "blanks": "1",
        "standard_prefix": "STD-", "spiked_content": "0.05", "check_level": "", "check_every": "",
        f"moisture-{code}": "12.5", "plan_source": "own", "plan_weighting": "1/x", "plan_fewest_levels": "5",
        "plan_recovery_low_percent": "70", "plan_recovery_high_percent": "120",
        "plan_retention_time_tolerance_min": "0.1", "plan_ion_ratio_tolerance_percent": "30",
    }  # fmt: skip
    refused = ann.post("/worksheets/new", sent)
    assert (refused.status_code, "夹心标准法" in text_of(refused)) == (422, True)
    made = ann.post("/worksheets/new", {**sent, "bracket_every": "2"})
    sheet = text_of(ann.get(f"{made.headers['location']}/sheet"))
    assert "水分（%）" in sheet
    assert "12.5" in sheet
    (body,) = bench.door["ann"].get("/api/worksheets").json()["items"]
    entries = bench.door["ann"].get(f"/api/worksheets/{body['number']}").json()["entries"]
    assert [one["label"] for one in entries] == ["STD-1", "BLK-1", code, "STD-1-2", f"{code}-S", "STD-1-3"]


def test_without_brackets_standards_stand_at_the_beginning_alone() -> None:
    samples = [SampleChoice("A"), SampleChoice("B")]
    outline = FIRST_OUTLINE.__class__(levels=(D(1), D(5)), blanks=0)

    assert [p["label"] for p in positions_of(outline, samples)] == ["STD-1", "STD-2", "A", "B"]
