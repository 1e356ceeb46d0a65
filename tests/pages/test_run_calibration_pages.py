"""Calibrations of runs on pages: the method's choice, a standard left out, the vendor's value, the way back."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from lims.runtime import Lims
from tests.api.calibrated_files import a_file
from tests.api.laboratory import METHOD
from tests.api.test_run_calibration import (
    ANALYTE,
    MADE,
    WHY,
    a_run_of,
    a_spoiled_run,
    line,
    logistic,
    parabola,
    proportional,
)
from tests.api.test_runs import Bench
from tests.pages.conftest import Browser, text_of
from tests.pages.test_results_of_runs_pages import bench, prepared  # noqa: F401  # fixtures

Browse = Callable[..., Browser]
CHOICE = {
    "method": METHOD,
    "edition": "0",
    "effective_on": "2026-11-01",
    "reason": "As the method was verified",
    "curve_weighting": "1",
    "curve_origin": "free",
    "curve_standard_use": "as_profile",
    "is_matrix_matched": "yes",
}


@pytest.fixture
def lims(bench: Bench) -> Lims:  # noqa: F811
    return bench.lims


@pytest.mark.parametrize(
    ("model", "response", "equation"),
    [
        ("linear", line, "y = 0.03000 x + 0.002000"),
        ("quadratic", parabola, "y = −0.00008"),
        ("average-rf", proportional, "y = 0.03000 x"),
        ("4pl", logistic, "y = 0.1000 + (2.000 − 0.1000) / (1 + (x / 15.00)^1.200)"),
    ],
)
def test_the_choice_of_a_method_leads_to_a_result_that_is_calculated_again(
    bench: Bench,  # noqa: F811
    browse: Browse,
    model: str,
    response: Callable[[float], float],
    equation: str,
) -> None:
    max_ = browse(bench.cast.max)
    set_ = text_of(max_.follow(max_.post("/quality/plans", {**CHOICE, "curve_model": model})))
    assert "第 1 版" in set_
    assert "基质匹配" in text_of(max_.get(f"/quality/plans/one?{urlencode({'method': METHOD})}"))

    run = a_run_of(bench, a_file(bench, response, MADE))
    shown = text_of(max_.get(f"/runs/{run['id']}/calibrations?analyte={ANALYTE}"))
    assert bench.door["ann"].post(f"/api/runs/{run['id']}/results").json()["recorded"] == 3
    (result,) = bench.door["ann"].get("/api/results", sample=bench.names["S-2"]).json()["items"]
    trace = text_of(max_.get(f"/results/{result['id']}/trace"))

    for told in (shown, trace):
        assert equation in told
        assert "基质匹配：豆类蔬菜" in told
    assert "复算一致" in trace
    assert "u(c) = " in trace
    assert max_.get(f"/runs/{run['id']}/original-record").status_code == 200


def test_an_analyte_of_the_form_keeps_its_own_choice(bench: Bench, browse: Browse) -> None:  # noqa: F811
    max_ = browse(bench.cast.max)
    own = {
        "analyte": "毒死蜱",
        "model": "quadratic",
        "weighting": "1/x",
        "origin": "free",
        "standard_use": "no_internal_standard",
    }
    form = {**CHOICE, "curve_model": "linear", **{f"own_{name}_1": text for name, text in own.items()}}

    refused = max_.post("/quality/plans", {**form, "own_analyte_1": "no such thing"})
    assert refused.status_code in {400, 422}
    assert "no such thing" in refused.text
    max_.follow(max_.post("/quality/plans", form))

    (plan,) = bench.door["max"].get("/api/qc-plans", method=METHOD).json()
    assert plan["calibration"]["by_analyte"][ANALYTE]["model"] == "quadratic"
    again = max_.get(f"/quality/plans/one?{urlencode({'method': METHOD})}").text
    assert re.search(rf'name="own_analyte_0"[^>]*value="{ANALYTE}"', again)


def test_a_standard_is_left_out_on_the_page_of_the_analyte(bench: Bench, browse: Browse) -> None:  # noqa: F811
    run = a_spoiled_run(bench)
    address = f"/runs/{run['id']}/calibrations"
    ann, max_ = browse(bench.cast.ann), browse(bench.cast.max)
    assert "确定并重新评价" not in ann.get(f"{address}?analyte={ANALYTE}").text
    page = max_.get(f"{address}?analyte={ANALYTE}").text
    assert 'value="out:Cal-3"' in page
    form = {"analyte": ANALYTE, "version": "1", "level": "out:Cal-3", "reason": WHY}

    short = max_.post(f"{address}/levels", {**form, "reason": "oh"})
    assert (short.status_code, "10" in text_of(short)) == (422, True)
    done = max_.follow(max_.post(f"{address}/levels", form))
    assert "已剔除 Cal-3" in text_of(done)
    assert f"剔除: {WHY}" in text_of(done).replace("：", ": ")
    assert 'value="in:Cal-3"' in done.text
    assert "剔除" in re.sub(r"<[^>]+>", " ", done.text)
    stale = max_.post(f"{address}/levels", {**form, "level": "out:Cal-4"})
    assert stale.status_code == 409


def test_the_value_of_the_vendor_stands_beside_ours_and_is_marked_when_far(
    bench: Bench,  # noqa: F811
    browse: Browse,
) -> None:
    """The made file keeps the concentrations its program had calculated, of areas that follow another curve."""
    run = a_run_of(bench, a_file(bench, lambda x: line(x) * (1 if x in {2, 5, 20, 50, 100} else 1.2), MADE))
    vic = browse(bench.cast.vic)

    page = vic.get(f"/runs/{run['id']}/calibrations?analyte={ANALYTE}").text
    rows = re.findall(r"<tr (class=\"bad-row\")?><th scope=\"row\"><a [^>]*>([^<]+)</a></th><td", page)
    marked = {label for mark, label in rows if mark}
    assert bench.names["S-2"] in marked
    assert "Cal-4" not in marked
    assert "与仪器软件数值相差较大" in text_of(vic.get(f"/runs/{run['id']}"))
