"""Pages of control charts and nonconforming work."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from lims.runtime import Lims
from lims.worker import run_due_now
from tests.api.laboratory import load
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of
from tests.quality_history import CALM, METHOD, a_history

BEGUN = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)
CHART = {"method": METHOD, "analyte": "carbofuran", "source": "spike_recovery", "level": "0.05 mg/kg"}
ONE = f"/quality/charts/one?{urlencode(CHART)}"
FORM = {
    **CHART,
    "edition": "0",
    "reference_from": "2026-10-01",
    "reference_until": "2026-10-20",
    "deviation_from": "all_points",
    "rule_set": "westgard",
    "reason": "Twenty days in which the work was in order",
}


@pytest.fixture
def at_work(lims: Lims, cast: Cast) -> Cast:
    load(lims)
    a_history(lims, cast.ann, CALM, BEGUN)
    return cast


@pytest.fixture
def max_(at_work: Cast, browse: Callable[..., Browser]) -> Browser:
    return browse(at_work.max, "en")


def later(lims: Lims, cast: Cast, *recoveries: str) -> None:
    begins = lims.clock.now() + timedelta(hours=1)
    a_history(lims, cast.ann, [Decimal(one) for one in recoveries], begins, first=101)


def test_a_chart_gets_limits_and_shows_what_breaks_them(lims: Lims, at_work: Cast, max_: Browser) -> None:
    assert "limits not set" in text_of(max_.get("/quality/charts"))
    assert "No limits are set" in text_of(max_.get(ONE))

    shown = text_of(max_.follow(max_.post("/quality/charts/limits", FORM)))
    assert "Edition 1 of the limits is set." in shown
    assert "in control" in shown

    later(lims, at_work, "80")
    out = text_of(max_.get(ONE))
    assert "1-3s: one point beyond 3 s" in out
    assert "out of control" in text_of(max_.get("/quality/charts?state=out_of_control"))


@pytest.mark.parametrize("kind", ["individuals", "means", "ewma", "cusum"])
def test_every_kind_of_chart_leads_to_its_runs(max_: Browser, kind: str) -> None:
    max_.post("/quality/charts/limits", FORM)
    answer = max_.get(f"{ONE}&kind={kind}&begins=2026-10-05")
    assert answer.status_code == 200
    assert "/runs/" in answer.text
    assert "2026-10-04" not in answer.text.split("Limits of the chart")[0].split("As a table")[-1]


def test_a_refused_form_keeps_what_was_typed(max_: Browser) -> None:
    answer = max_.post("/quality/charts/limits", {**FORM, "reason": "short"})
    assert answer.status_code == 422
    assert "at least 10 characters" in text_of(answer)
    assert "short</textarea>" in answer.text
    overtaken = max_.post("/quality/charts/limits", {**FORM, "edition": "4"})
    assert overtaken.status_code == 409


def test_a_chart_that_is_none_is_not_found(max_: Browser) -> None:
    assert max_.get("/quality/charts/one?method=x&analyte=y&source=spike_recovery").status_code == 404
    assert max_.get("/quality/charts/one?source=nothing").status_code == 404


def test_what_is_out_of_control_waits_on_the_first_page(lims: Lims, at_work: Cast, max_: Browser) -> None:
    max_.post("/quality/charts/limits", FORM)
    later(lims, at_work, "80")
    run_due_now(lims)
    first = text_of(max_.get("/"))
    assert "Control charts out of control" in first
    assert "NC2026-0001" in first

    address = "/quality/nonconforming/NC2026-0001"
    assert "1-3s: one point beyond 3 s" in text_of(max_.get(address))
    evaluation = {
        "version": "1",
        "significance": "nc_minor",
        "action": "The spike was prepared anew.",
        "responsible": "",
    }
    assert "evaluated, in hand" in text_of(max_.follow(max_.post(f"{address}/evaluate", evaluation)))
    stale = max_.post(f"{address}/close", {"version": "1", "outcome": "It was the pipette."})
    assert stale.status_code == 409
    assert "Changed meanwhile" in text_of(stale)
    closed = max_.follow(max_.post(f"{address}/close", {"version": "2", "outcome": "It was the pipette."}))
    assert "It was the pipette." in text_of(closed)
    assert "Close it" not in text_of(closed)


def test_a_person_reports_nonconforming_work(at_work: Cast, browse: Callable[..., Browser]) -> None:
    ann = browse(at_work.ann, "en")
    refused = ann.post("/quality/nonconforming/new", {"what": "oh"})
    assert refused.status_code == 422
    shown = text_of(ann.follow(ann.post("/quality/nonconforming/new", {"what": "The freezer stood open over night."})))
    assert "The freezer stood open over night." in shown
    assert "Record the evaluation" not in shown
    assert "The freezer" in text_of(ann.get("/quality/nonconforming"))


PLAN = {
    "method": METHOD,
    "edition": "0",
    "effective_on": "2026-11-01",
    "reason": "The rules of the method, as it was verified",
    "check_0": "spike_recovery",
    "low_0": "70",
    "high_0": "120",
    "source_0": "NY/T 788-2018",
    "status_0": "source_recalled",
    "check_2": "bracket",
    "every_2": "20",
    "source_2": "own",
    "status_2": "source_own",
}


def test_rules_are_set_from_a_preset_and_shown_as_unverified(max_: Browser) -> None:
    address = f"/quality/plans/one?{urlencode({'method': METHOD})}"
    assert 'value="NY/T 788-2018"' in max_.get(f"{address}&preset=ny-788").text
    shown = text_of(max_.follow(max_.post("/quality/plans", PLAN)))
    assert "Edition 1 of the rules is set." in shown
    told = text_of(max_.get(address))
    assert "70–120 %" in told
    assert "unverified: from memory" in told
    stale = max_.post("/quality/plans", PLAN)
    assert stale.status_code == 409


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"low_0": "x"}, "Row 1"),
        ({"check_0": "", "check_2": ""}, "at least one rule"),
        ({"effective_on": "some day"}, "from which day"),
        ({"every_2": ""}, "Row 2"),
    ],
)
def test_rules_that_are_refused_stay_in_the_form(max_: Browser, change: dict[str, str], told: str) -> None:
    answer = max_.post("/quality/plans", {**PLAN, **change})
    assert answer.status_code in {400, 422}
    assert told in text_of(answer)
    assert "The rules of the method, as it was verified" in answer.text
