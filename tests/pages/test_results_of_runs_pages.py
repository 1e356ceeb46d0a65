"""From a run to verified results through the pages: recorded, looked at by exception, traced, calculated again."""

import re
import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.results.tables import Result
from lims.runs.tables import BatchCheck, Calibration
from lims.runtime import Lims
from lims.science.quality_control import QcVerdict
from lims.settings import Settings
from tests import databases
from tests.api.laboratory import Door
from tests.api.reporting import chosen
from tests.api.test_results_of_runs import BEFORE_THE_RUN, a_run
from tests.api.test_runs import NOW, Bench, Prepared, set_up
from tests.factories import a_cast, a_network
from tests.pages.conftest import Browser, text_of
from tests.unit.runs.batches import CONTENTS as CONTENTS_BELOW

Browse = Callable[..., Browser]
#: 0.045 mg/kg of chlorpyrifos in the second sample.
CONTENTS = {
    **CONTENTS_BELOW,
    "S-2": {"carbofuran": Decimal(45), "chlorpyrifos": Decimal(45)},
    "S-2 dup": {"carbofuran": Decimal(46), "chlorpyrifos": Decimal(46)},
}


@pytest.fixture(scope="module")
def prepared(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Samples that were received before the batch was injected."""
    data = tmp_path_factory.mktemp("bench")
    lims = Lims(databases.sqlite_copy(databases.sqlite_template(shared), data), FixedClock(BEFORE_THE_RUN))
    a_network(lims)
    made = set_up(lims, a_cast(lims), data)
    lims.close()
    return made


@pytest.fixture
def bench(prepared: Prepared, tmp_path: Path) -> Iterator[Bench]:
    shutil.copytree(prepared.data, tmp_path / "var")
    lims, clock = Lims(Settings(data=tmp_path / "var"), FixedClock(NOW)), FixedClock(NOW)
    yield Bench(lims, prepared.cast, clock, Door(lims), prepared.blind_codes, prepared.sample_numbers)
    lims.close()


@pytest.fixture
def lims(bench: Bench) -> Lims:
    return bench.lims


def results_of(lims: Lims) -> dict[str, Result]:
    """The results by the blind code of their samples."""
    with lims.read(system_actor(), Action.RESULT_READ) as session:
        return {str(r.id): r for r in session.exec(select(Result)).all()}


def handed_over(bench: Bench) -> list[dict[str, Any]]:
    """The results of a run of the batch, recorded and submitted by Ann."""
    run = bench.upload(f"/api/worksheets/{bench.worksheet()}/runs", bench.export(CONTENTS)).json()["id"]
    assert bench.door["ann"].post(f"/api/runs/{run}/results").json()["recorded"] == 3
    results = bench.door["ann"].get("/api/results").json()["items"]
    return list(bench.door["ann"].post("/api/results/submit", chosen(results)).json())


def seen_of(page: str) -> dict[str, str]:
    """What the button for the routine results sends."""
    batch, seen = re.search(r'name="batch" value="([^"]+)"', page), re.search(r'name="seen" value="([^"]+)"', page)
    assert batch is not None
    assert seen is not None
    return {"batch": batch[1], "seen": seen[1]}


def test_a_run_is_recorded_once_and_its_results_handed_over(bench: Bench, browse: Browse) -> None:
    run_id, ann = a_run(bench), browse(bench.cast.ann)

    before = text_of(ann.get(f"/runs/{run_id}/results"))
    recorded = ann.follow(ann.post(f"/runs/{run_id}/results"))
    again = text_of(ann.follow(ann.post(f"/runs/{run_id}/results")))
    tokens = re.search(r'name="chosen" value="([^"]+)"', recorded.text)
    assert tokens is not None
    done = text_of(ann.follow(ann.post("/results/submit", {"chosen": tokens[1], "next": f"/runs/{run_id}/results"})))

    assert "3 待生成" in before
    assert "已生成结果 3 个，此前已生成 0 个，未生成 0 个" in text_of(recorded)
    assert "已生成结果 0 个，此前已生成 3 个" in again
    assert "已提交校核 3 个结果" in done
    assert {r.status for r in results_of(bench.lims).values()} == {"submitted"}


def test_what_a_run_leaves_out_is_told_with_its_reason(bench: Bench, browse: Browse) -> None:
    spoiled = {label: dict.fromkeys(content, Decimal("0.5")) for label, content in CONTENTS.items()}
    answer = bench.upload(f"/api/worksheets/{bench.worksheet()}/runs", bench.export(spoiled))
    ann = browse(bench.cast.ann)

    page = text_of(ann.follow(ann.post(f"/runs/{answer.json()['id']}/results")))

    assert "已生成结果 0 个" in page
    assert "加标 0.05 mg/kg 的回收率为" in page
    assert all(code in page for code in bench.blind_codes)


def test_routine_results_are_verified_together_and_what_was_found_one_by_one(bench: Bench, browse: Browse) -> None:
    handed_over(bench)
    vic = browse(bench.cast.vic)
    queue = vic.get("/results/verify")
    noted = re.findall(r'type="checkbox" name="chosen" value="([^"]+)"', queue.text)

    side_by_side = vic.part(f"/results/verify/routine?batch={seen_of(queue.text)['batch']}")
    rest = vic.follow(vic.post("/results/verify/routine", seen_of(queue.text)))
    done = vic.follow(vic.post("/results/verify/chosen", {"batch": seen_of(queue.text)["batch"], "chosen": noted}))

    assert "W2026-000001" in text_of(queue)
    assert noted, "something was found in the batch"
    assert len(noted) < 3, "and something was not"
    assert "<html" not in side_by_side.text
    assert "未检出" in text_of(side_by_side)
    assert f"已校核 {3 - len(noted)} 个结果" in text_of(rest)
    assert f"已校核 {len(noted)} 个结果" in text_of(done)
    assert "没有待您校核的结果" in text_of(done)
    assert {r.status for r in results_of(bench.lims).values()} == {"verified"}


def test_a_batch_that_has_changed_is_not_verified_unseen(bench: Bench, browse: Browse) -> None:
    results = handed_over(bench)
    vic = browse(bench.cast.vic)
    looked_at = seen_of(vic.get("/results/verify").text)
    (routine, *_) = [r for r in results if r["value"] is None]
    reason = {"version": routine["version"], "reason": "The baseline was drawn too low."}
    bench.door["vic"].post(f"/api/results/{routine['id']}/return", reason)

    answer = vic.post("/results/verify/routine", looked_at)

    assert answer.status_code == 409
    assert "您查看后本批结果已有变化" in text_of(answer)
    assert "verified" not in {r.status for r in results_of(bench.lims).values()}


def test_failed_quality_control_stands_on_top_and_cannot_be_verified(bench: Bench, browse: Browse) -> None:
    results = handed_over(bench)
    with bench.lims.work(system_actor(), Action.SET_UP) as session:
        check = session.exec(select(BatchCheck).where(BatchCheck.kind == "spike_recovery")).first()
        assert check is not None
        check.verdict = QcVerdict.FAIL
    vic = browse(bench.cast.vic)

    queue = vic.get("/results/verify")
    answer = vic.post("/results/verify/chosen", {"chosen": [f"{r['id']}:{r['version']}" for r in results]})

    assert "质控不合格" in text_of(queue)
    assert "不能校核：加标回收率" in text_of(queue)
    assert "没有。" in text_of(queue), "none of them is routine"
    assert answer.status_code == 422
    assert all(code in text_of(answer) for code in bench.blind_codes), "every refused result is named"
    assert {r.status for r in results_of(bench.lims).values()} == {"submitted"}


def test_a_number_is_calculated_again_from_the_file_and_comes_out_the_same(bench: Bench, browse: Browse) -> None:
    found = next(r for r in handed_over(bench) if r["value"] is not None)

    page = browse(bench.cast.vic).get(f"/results/{found['id']}/trace")

    words = text_of(page)
    assert "复算一致" in words
    for step in ("响应值", "校准方程", "试液浓度", "样品中含量", "数值修约"):
        assert step in words
    assert f"{found['value']} mg/kg" in words
    assert re.search(r'href="/runs/[0-9a-f-]+/rows\?row=\d+&amp;column=[A-Z]+"', page.text), "to the row of the file"
    assert "LCMS-01" in words
    assert "检测日在有效期内" in words
    assert "加标回收率" in words
    assert "<canvas" in page.text
    assert bench.sample_numbers[0] not in page.text


def test_a_number_that_does_not_come_out_again_is_called_so(bench: Bench, browse: Browse) -> None:
    found = next(r for r in handed_over(bench) if r["value"] is not None)
    with bench.lims.work(system_actor(), Action.SET_UP) as session:
        result = session.get_one(Result, UUID(found["id"]))
        calibration = session.get_one(Calibration, UUID(result.calculation["calibration"]))
        assert calibration.fitted is not None
        fitted = deepcopy(calibration.fitted)
        slope = next(one for one in fitted["curve"]["coefficients"] if one["name"] == "slope")
        slope["value"] = repr(float(slope["value"]) * 1.01)
        calibration.fitted = fitted

    words = text_of(browse(bench.cast.vic).get(f"/results/{found['id']}/trace"))

    assert "复算不一致" in words
    assert "复算一致" not in words
    assert "不一致" in words


def test_without_a_peak_there_is_nothing_to_calculate_but_the_limits(bench: Bench, browse: Browse) -> None:
    nothing = next(r for r in handed_over(bench) if r["amount"]["kind"] == "not_detected")

    words = text_of(browse(bench.cast.vic).get(f"/results/{nothing['id']}/trace"))

    assert "复算一致" in words
    assert "未检出" in words


def test_another_laboratory_s_run_gives_nobody_else_results(bench: Bench, browse: Browse) -> None:
    run_id, eve = a_run(bench), browse(bench.cast.eve)

    assert eve.get(f"/runs/{run_id}/results").status_code == 404
    assert eve.post(f"/runs/{run_id}/results").status_code == 404
    assert browse(bench.cast.vic).post(f"/runs/{run_id}/results").status_code == 403
    assert results_of(bench.lims) == {}
