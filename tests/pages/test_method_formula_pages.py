"""The formula of a method on pages: written, refused beside its field, shown, and calculated again."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from lims.runtime import Lims
from tests.api.laboratory import METHOD
from tests.api.test_method_formula import FORMULA, VIALS, a_run
from tests.api.test_runs import Bench
from tests.pages.conftest import Browser, text_of
from tests.pages.test_results_of_runs_pages import bench, prepared  # noqa: F401  # fixtures

Browse = Callable[..., Browser]
FORM = {
    "method": METHOD,
    "edition": "0",
    "effective_on": "2026-11-01",
    "reason": "As the method was verified",
    "formula": FORMULA["text"],
    "constant_name_0": "V1",
    "constant_value_0": "5.0",
    "constant_unit_0": "mL",
    "constant_name_2": "V2",
    "constant_value_2": "0.010",
    "constant_unit_2": "L",
}


@pytest.fixture
def lims(bench: Bench) -> Lims:  # noqa: F811
    return bench.lims


def test_a_formula_leads_to_a_result_that_is_calculated_again(bench: Bench, browse: Browse) -> None:  # noqa: F811
    max_, ann = browse(bench.cast.max), browse(bench.cast.ann)
    max_.follow(max_.post("/quality/plans", FORM))
    shown = max_.get(f"/quality/plans/one?{urlencode({'method': METHOD})}")
    printed = "w = (c − c0) × V × f × V2 / (m × V1) / R"
    assert printed in text_of(shown)
    assert 'value="(c - c0) * V * f * V2 / (m * V1) / R"' in shown.text
    assert 'name="constant_name_1" class="mono" maxlength="20" size="6" value="V2"' in shown.text

    run = a_run(bench, VIALS)
    assert printed in text_of(ann.get(f"/worksheets/{run['worksheet']}"))
    assert bench.door["ann"].post(f"/api/runs/{run['id']}/results").json()["recorded"] > 0
    results = bench.door["ann"].get("/api/results", sample=bench.names["S-2"]).json()["items"]
    trace = text_of(max_.get(f"/results/{results[0]['id']}/trace"))

    assert "复算一致" in trace
    assert printed in trace
    assert "10.0 mL × 1 × 0.010 L / (10.00 g × 5.0 mL)" in trace


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"formula": "c * f / m", "constant_name_0": "", "constant_name_2": ""}, "formula", "得不到 mg/kg"),
        ({"constant_name_2": "V3"}, "formula", "不认识 V2"),
        ({"constant_value_0": "five"}, "constant_value_0", "常数 V1 需要一个数值"),
        ({"constant_value_0": "-5"}, "constants", "大于 0 的数值"),
    ],
)
def test_a_wrong_formula_is_refused_beside_its_field(
    bench: Bench,  # noqa: F811
    browse: Browse,
    changes: dict[str, str],
    field: str,
    said: str,
) -> None:
    answer = browse(bench.cast.max).post("/quality/plans", {**FORM, **changes})

    assert answer.status_code == 422
    _, _, beside = answer.text.partition(f'class="fault" id="e-{field}"')
    assert said in beside.split("</p>")[0]
    assert f'value="{ {**FORM, **changes}["formula"] }"' in answer.text
    assert bench.door["max"].get("/api/qc-plans").json() == []
