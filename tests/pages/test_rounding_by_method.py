"""How results are shown by the rounding of their method: from the form to the trace, by run and by hand."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from lims.core.actions import Action
from lims.core.language import Language
from lims.results.original_record import record_of
from lims.runtime import Lims
from tests.api.calibrated_files import a_file
from tests.api.laboratory import METHOD
from tests.api.test_run_calibration import MADE, a_run_of, line
from tests.api.test_runs import Bench
from tests.pages.conftest import Browser, text_of
from tests.pages.test_results_of_runs_pages import bench, prepared  # noqa: F401  # fixtures

Browse = Callable[..., Browser]
FORM = {
    "method": METHOD,
    "edition": "0",
    "effective_on": "2026-11-01",
    "reason": "As the method was verified",
    "rounding": "fixed_decimals",
    "shown_places": "3",
    "shown_unit": "mg/kg",
    "shown_source": "GB 23200.121-2026, 9",
}


@pytest.fixture
def lims(bench: Bench) -> Lims:  # noqa: F811
    return bench.lims


def shown(browser: Browser, bench: Bench, sample: str) -> tuple[dict[str, Any], str]:  # noqa: F811
    (result,) = bench.door["ann"].get("/api/results", sample=bench.names[sample]).json()["items"]
    return result, text_of(browser.get(f"/results/{result['id']}/trace"))


def test_a_result_is_shown_as_its_method_says_and_stays_whole(bench: Bench, browse: Browse) -> None:  # noqa: F811
    max_ = browse(bench.cast.max)
    assert max_.post("/quality/plans", {**FORM, "shown_places": "many"}).status_code == 422
    assert max_.post("/quality/plans", {**FORM, "shown_source": ""}).status_code == 422
    max_.follow(max_.post("/quality/plans", FORM))
    told = text_of(max_.get(f"/quality/plans/one?{urlencode({'method': METHOD})}"))
    assert "以 mg/kg 计保留 3 位小数" in told

    run = a_run_of(bench, a_file(bench, line, {**MADE, "S-2": {"chlorpyrifos": Decimal("45.234")}}))
    assert bench.door["ann"].post(f"/api/runs/{run['id']}/results").json()["recorded"] == 3
    result, trace = shown(max_, bench, "S-2")

    assert result["value"].startswith("0.04523")
    assert "0.045 mg/kg" in trace
    assert "GB/T 8170; GB 23200.121-2026, 9" in trace
    assert "复算一致" in trace
    with bench.lims.read(bench.cast.max, Action.RUN_READ) as session:
        (part,) = record_of(session, UUID(run["id"]), Language.CHINESE).analytes
    (measured,) = [one for one in part.results if one.label == bench.names["S-2"]]
    assert (measured.result, measured.remarks) == ("0.045 mg/kg", ("按 GB 23200.121-2026, 9 修约。",))

    changed = {**FORM, "edition": "1", "rounding": "significant_figures", "shown_figures_below": "1"}
    figures = {"shown_threshold": "10", "shown_figures_from_threshold": "2"}
    max_.follow(max_.post("/quality/plans", changed | figures))
    assert "0.045 mg/kg" in shown(max_, bench, "S-2")[1]  # it keeps the rule of its day
    correction = {"finding": "quantified", "value": "0.0567", "unit": "mg/kg", "reason": "The dilution was mistyped."}
    again = bench.door["ann"].post(f"/api/results/{result['id']}/correct", {**correction, "version": 1})
    assert again.status_code == 201, again.text
    assert "0.06 mg/kg" in text_of(max_.get(f"/results/{again.json()['id']}/trace"))
