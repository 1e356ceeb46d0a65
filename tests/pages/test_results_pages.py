"""Results through the pages: entered in a grid or one by one, handed over, verified, sent back, corrected, traced."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from lims.core.actors import Actor
from lims.core.clock import FixedClock
from lims.people.tables import AuthorisationKind
from lims.runtime import Lims
from tests.api.laboratory import METHOD, Door, a_sheet
from tests.api.reporting import (
    Prepared,
    a_copy,
    a_received_sample,
    an_entry,
    chosen,
    entered,
    give_role,
    may,
    prepare,
    verified,
)
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of

Browse = Callable[..., Browser]
ACETAMIPRID = "acetamiprid"
#: 0.053 mg/kg of acetamiprid in cowpea is found; its limit is 0.4 mg/kg.
FOUND = {"finding": "quantified", "value": "0.053"}


@pytest.fixture(scope="module")
def prepared(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(shared, tmp_path_factory.mktemp("prepared") / "var")


@pytest.fixture
def lims(prepared: Prepared, tmp_path: Path, clock: FixedClock) -> Iterator[Lims]:
    with a_copy(prepared, tmp_path / "var", clock) as installation:
        yield installation


@pytest.fixture
def cast(prepared: Prepared) -> Cast:
    return prepared.cast


@pytest.fixture
def door(lims: Lims) -> Door:
    return Door(lims)


def grid_rows(page: httpx2.Response) -> list[dict[str, str]]:
    """The rows that the grid of a page begins with."""
    found = re.search(r'<script type="application/json">(.*?)</script>', page.text, re.DOTALL)
    assert found is not None
    rows: list[dict[str, str]] = json.loads(found[1])["rows"]
    return rows


def filled(page: httpx2.Response, results: dict[str, str], **more: str) -> dict[str, Any]:
    """The grid of a page, sent with results by analyte; `more` goes into the rows that have one."""
    rows = [
        {**row, "found": results[row["analyte"]], **more} if row["analyte"] in results else row
        for row in grid_rows(page)
    ]
    return {"grid": json.dumps(rows), "unit": "mg/kg", "analysed_on": "2026-11-23"}


def submitted(door: Door, sample: str, **acetamiprid: Any) -> list[dict[str, Any]]:
    """All results of a sample, by Ann, waiting for verification."""
    answer = door["ann"].post("/api/results/submit", chosen(entered(door, sample, **acetamiprid)))
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def of(results: list[dict[str, Any]], analyte: str) -> dict[str, Any]:
    return next(result for result in results if result["analyte"] == analyte)


def box(result: dict[str, Any]) -> str:
    return f"{result['id']}:{result['version']}"


def status_of(door: Door, result: dict[str, Any]) -> str:
    versions = door["vic"].get(f"/api/results/{result['id']}/versions").json()
    return str(next(v["status"] for v in versions if v["id"] == result["id"]))


# ── entering ─────────────────────────────────────────────────────────────────────────────────────────


def test_what_waits_is_listed_and_its_results_are_entered_in_a_grid(browse: Browse, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)
    ann, at = browse(cast.ann), f"/results/enter?sample={sample['blind_code']}"

    waiting = text_of(ann.get("/results/enter"))
    form = ann.get(at)
    results = {"carbofuran": "ND", "3-hydroxycarbofuran": "未检出", "acetamiprid": "0.053"}
    done = ann.follow(ann.post("/results/enter", {**filled(form, results), "sample": sample["blind_code"]}))

    assert sample["blind_code"] in waiting
    assert sample["number"] not in waiting
    assert "豇豆" in form.text
    assert [(row["loq"], row["lod"]) for row in grid_rows(form)] == [("0.01", "0.003")] * 3
    assert "已录入 3 个结果" in text_of(done)
    assert "均已有结果" in text_of(done)
    kept = door["ann"].get("/api/results", sample=sample["number"]).json()["items"]
    assert {r["analyte"]: (r["amount"]["kind"], r["value"], r["status"]) for r in kept} == {
        "carbofuran": ("not_detected", None, "entered"),
        "3-hydroxycarbofuran": ("not_detected", None, "entered"),
        "acetamiprid": ("quantified", "0.053", "entered"),
    }


@pytest.mark.parametrize(
    ("written", "kind", "value", "detected"),
    [
        ("<LOQ", "below_loq", None, "no"),
        ("＜LOQ", "below_loq", None, "no"),
        ("+<LOQ", "below_loq", None, "yes"),
        ("<0.01", "below_loq", None, "no"),
        ("<0.003", "not_detected", None, None),
        ("未检出(<0.003)", "not_detected", None, None),
        ("n.d.", "not_detected", None, None),
        ("0.0100", "quantified", "0.0100", None),
    ],
)
def test_a_cell_is_read_as_laboratories_write_results(
    browse: Browse, cast: Cast, door: Door, written: str, kind: str, value: str | None, detected: str | None
) -> None:
    sample = a_received_sample(door)["blind_code"]
    ann = browse(cast.ann)
    form = ann.get(f"/results/enter?sample={sample}")

    answer = ann.post("/results/enter", {**filled(form, {"acetamiprid": written}), "sample": sample})

    assert answer.status_code == 303, text_of(answer)
    (kept,) = door["ann"].get("/api/results", sample=sample).json()["items"]
    assert (kept["amount"]["kind"], kept["value"], kept["amount"].get("detected")) == (kind, value, detected)


def test_every_fault_of_a_grid_stands_at_its_cell_and_nothing_is_entered(
    browse: Browse, cast: Cast, door: Door
) -> None:
    sample = a_received_sample(door)["blind_code"]
    ann = browse(cast.ann)
    form = ann.get(f"/results/enter?sample={sample}")
    results = {"carbofuran": "0.02", "3-hydroxycarbofuran": "0.001", "acetamiprid": "high"}

    unreadable = ann.post("/results/enter", {**filled(form, results), "sample": sample})
    results["acetamiprid"] = "<0.02"
    no_bound = ann.post("/results/enter", {**filled(form, results), "sample": sample})
    results["acetamiprid"] = "0.05"
    too_low = ann.post("/results/enter", {**filled(form, results), "sample": sample})

    for answer, words in (
        (unreadable, "“high”不是结果"),
        (unreadable, "低于定量限"),
        (no_bound, "<0.02 既不是定量限（0.01）也不是检出限（0.003）"),
        (too_low, "低于定量限"),
    ):
        assert answer.status_code == 422
        assert words in text_of(answer)
        assert re.search(r'href="#grid-\d-found"', answer.text), "the fault leads to its cell"
    assert [row.get("found", "") for row in grid_rows(too_low)].count("0.02") == 1, "what was typed is still there"
    assert door["ann"].get("/api/results", sample=sample).json()["total"] == 0


def test_results_are_entered_by_method_and_handed_over_at_once(browse: Browse, cast: Cast, door: Door) -> None:
    first = a_received_sample(door)["blind_code"]
    second = a_received_sample(door, sampling_sheet_number="CY2026-0118")["blind_code"]
    ann, at = browse(cast.ann), f"/results/enter?method={METHOD}&parameter=acetamiprid"
    form = ann.get(at)

    sent = filled(form, {"acetamiprid": "53"}, unit="ug/kg", remark="重复测定两次")
    done = ann.follow(
        ann.post("/results/enter", {**sent, "method": METHOD, "parameter": "acetamiprid", "act": "submit"})
    )

    assert {row["sample"] for row in grid_rows(form)} == {first, second}
    assert "已录入并提交校核 2 个结果" in text_of(done)
    kept = door["ann"].get("/api/results", parameter="acetamiprid").json()["items"]
    assert {(r["sample"], r["value"], r["status"], r["remark"]) for r in kept} == {
        (first, "0.053", "submitted", "重复测定两次"),
        (second, "0.053", "submitted", "重复测定两次"),
    }


def test_who_is_not_authorised_is_told_before_and_refused(browse: Browse, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)["blind_code"]
    bea = browse(cast.bea)
    form = bea.get(f"/results/enter?sample={sample}")

    answer = bea.post("/results/enter", {**filled(form, {"acetamiprid": "ND"}), "sample": sample})

    assert f"您今天没有 {METHOD} 的检测授权" in text_of(form)
    assert answer.status_code == 422
    assert door["bea"].get("/api/results", sample=sample).json()["total"] == 0


def test_a_code_that_is_none_and_a_sample_that_has_not_come_are_told(browse: Browse, cast: Cast, door: Door) -> None:
    number = door["ann"].post("/api/samples", a_sheet(parameters=["啶虫脒"])).json()["number"]
    ann = browse(cast.ann)

    unknown = ann.get("/results/enter?sample=NOTHERE")
    not_there = ann.get(f"/results/enter?sample={number}")

    assert unknown.status_code == 404
    assert 'id="e-sample-1"' in unknown.text
    assert "样品尚未接收" in text_of(not_there)


def test_one_result_is_entered_with_limits_of_its_own(browse: Browse, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)["blind_code"]
    ann = browse(cast.ann)
    entry = {
        "sample": sample,
        "test": "acetamiprid|acetamiprid",
        "finding": "quantified",
        "value": "30.0",
        "unit": "μg/kg",
        "expanded_uncertainty": "6.0",
        "limit_of_quantification": "20",
        "limit_of_detection": "6",
        "analysed_on": "2026-11-23",
    }

    without = ann.post("/results/enter/one", entry)
    shown = ann.follow(ann.post("/results/enter/one", {**entry, "remark": "方法验证报告 2026-7 号"}))

    assert without.status_code == 422
    assert 'id="e-remark-1"' in without.text
    assert 'value="30.0"' in without.text
    assert "0.030 mg/kg" in text_of(shown)
    assert "0.0060 mg/kg" in text_of(shown)
    assert "定量限（LOQ） 0.020 mg/kg" in text_of(shown)


def test_the_draft_of_one_result_is_that_of_its_sample(browse: Browse, cast: Cast, door: Door) -> None:
    sheets = ("CY2026-0117", "CY2026-0118")
    first, second = (a_received_sample(door, sampling_sheet_number=sheet)["blind_code"] for sheet in sheets)
    ann = browse(cast.ann)
    pages = [ann.get(f"/results/enter/one?sample={code}").text for code in (first, second)]
    entry = {"sample": first, "test": "acetamiprid|acetamiprid", "finding": "not_detected", "unit": "mg/kg"}

    done = ann.follow(ann.post("/results/enter/one", {**entry, "analysed_on": "2026-11-23"}))

    drafts = [re.findall(r'data-draft="(.*?)"', page) for page in pages]
    assert drafts[0] != drafts[1]
    assert re.findall(r'data-draft-done="(.*?)"', done.text) == drafts[0]


def test_a_grid_with_half_a_character_cannot_be_read(browse: Browse, cast: Cast, door: Door) -> None:
    ann, sample = browse(cast.ann), a_received_sample(door)["blind_code"]
    sent = filled(ann.get(f"/results/enter?sample={sample}"), {"acetamiprid": "\ud83d"})

    answer = ann.post("/results/enter", {**sent, "sample": sample})

    assert answer.status_code == 422
    assert "表格数据传输不完整" in text_of(answer)
    assert {row["analyte"] for row in grid_rows(answer)} == {"carbofuran", "3-hydroxycarbofuran", "acetamiprid"}


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_is_limited_by_sample_name_of_substance_status_and_what_is_noted(
    browse: Browse, cast: Cast, door: Door
) -> None:
    first, second = a_received_sample(door), a_received_sample(door, sampling_sheet_number="CY2026-0118")
    submitted(door, first["number"], **FOUND)
    entered(door, second["number"])
    vic = browse(cast.vic)

    by_sample = text_of(vic.part(f"/results?sample={first['blind_code']}"))
    everything = vic.part("/results")
    named = text_of(vic.part("/results?parameter=啶虫脒&status=submitted"))
    noted = text_of(vic.part("/results?noted=no"))

    assert "共3条" in by_sample
    assert "共6条" in text_of(everything)
    assert "共1条" in named
    assert "0.053 mg/kg" in named
    assert first["blind_code"] in named
    assert "没有符合" in noted
    assert first["number"] not in everything.text
    assert door["cai"].get("/api/samples").json()["total"] == 2


def test_a_technician_hands_over_own_results_and_nobody_elses(
    browse: Browse, cast: Cast, lims: Lims, door: Door
) -> None:
    may(lims, "bea", AuthorisationKind.METHOD, METHOD)
    sample = a_received_sample(door)["number"]
    results = entered(door, sample)
    chosen_boxes = {"chosen": [box(r) for r in results], "next": "/results?status=entered"}

    other = browse(cast.bea).post("/results/submit", chosen_boxes)
    nothing = browse(cast.ann).post("/results/submit", {"next": "/results"})
    own = browse(cast.ann).post("/results/submit", chosen_boxes)

    assert other.status_code == 422
    assert "该结果由他人录入" in text_of(other)
    assert nothing.status_code == 422
    assert own.headers["location"] == "/results?status=entered"
    assert {status_of(door, r) for r in results} == {"submitted"}


# ── verifying ────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_found_stands_on_top_and_the_rest_is_verified_in_one_go(
    browse: Browse, cast: Cast, lims: Lims, door: Door
) -> None:
    give_role(lims, "bea", "verifier")
    sample = a_received_sample(door)
    results = submitted(door, sample["number"], **FOUND)
    vic = browse(cast.vic)

    queue = vic.get("/results/verify")

    # Everything that is entered by hand is looked at one by one.
    assert "人工录入" in text_of(queue)
    assert text_of(queue).index("0.053 mg/kg") < text_of(queue).index("无异常")
    assert sample["number"] not in queue.text
    done = vic.post("/results/verify/chosen", {"batch": f"hand:{METHOD}", "chosen": [box(r) for r in results]})
    assert "已校核 3 个结果" in text_of(vic.follow(done))
    assert {status_of(door, r) for r in results} == {"verified"}


def test_a_content_above_its_limit_is_flagged_before_anything_is_judged(browse: Browse, cast: Cast, door: Door) -> None:
    over = a_received_sample(door)["number"]
    near = a_received_sample(door, sampling_sheet_number="CY2026-0118")["number"]
    submitted(door, over, finding="quantified", value="0.41")
    submitted(door, near, finding="quantified", value="0.33")

    queue = text_of(browse(cast.vic).get("/results/verify"))

    assert "超过限量" in queue
    assert "接近限量" in queue
    assert queue.index("0.41 mg/kg") < queue.index("0.33 mg/kg")


def test_a_prohibited_substance_that_was_seen_is_flagged(browse: Browse, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)["number"]
    seen = door["ann"].post("/api/results", an_entry(sample, "carbofuran", finding="below_loq", detected=True)).json()
    other = door["ann"].post("/api/results", an_entry(sample, "carbofuran", "3-hydroxycarbofuran")).json()
    door["ann"].post("/api/results/submit", chosen([seen, other]))

    queue = text_of(browse(cast.vic).get("/results/verify"))

    assert "检出禁用物质" in queue


def test_own_work_is_counted_but_not_offered_and_refused_in_clear_words(
    browse: Browse, cast: Cast, lims: Lims, door: Door
) -> None:
    sample = a_received_sample(door)["number"]
    results = submitted(door, sample)
    give_role(lims, "ann", "verifier")
    both = Actor(
        cast.ann.user_id, cast.ann.name, cast.ann.roles | cast.vic.roles, cast.ann.laboratory_id,
        cast.ann.visible_laboratories,
    )  # fmt: skip
    ann = browse(both)

    queue = ann.get("/results/verify")
    refused = ann.post("/results/verify", {"chosen": [box(r) for r in results]})

    assert "有 3 个由您录入，须由另一人校核" in text_of(queue)
    assert "没有待您校核的结果" in text_of(queue)
    assert refused.status_code == 422
    assert "啶虫脒" in text_of(refused), "each refused result is named"
    assert {status_of(door, r) for r in results} == {"submitted"}


def test_a_verification_of_what_has_changed_is_refused_and_shows_the_change(
    browse: Browse, cast: Cast, door: Door
) -> None:
    sample = a_received_sample(door)["number"]
    results = submitted(door, sample)
    one = results[0]
    door["vic"].post(
        f"/api/results/{one['id']}/return", {"version": one["version"], "reason": "The peak shape is doubtful."}
    )

    answer = browse(cast.vic).post("/results/verify", {"chosen": [box(r) for r in results]})

    assert answer.status_code == 409
    assert "您查看后已有变化" in text_of(answer)
    assert "已退回" in text_of(answer)
    assert {status_of(door, r) for r in results} == {"returned", "submitted"}


def test_many_are_returned_with_one_reason_and_stand_with_their_technician(
    browse: Browse, cast: Cast, door: Door
) -> None:
    sample = a_received_sample(door)["number"]
    results = submitted(door, sample)
    vic = browse(cast.vic)
    boxes = {"chosen": [box(r) for r in results[:2]], "next": "/results/verify"}

    asked = vic.post("/results/return", boxes)
    tokens = re.search(r'name="chosen" value="([^"]+)"', asked.text)
    assert tokens is not None
    short = vic.post("/results/return", {"chosen": tokens[1], "reason": "no", "next": "/results/verify"})
    kept = {status_of(door, r) for r in results}
    done = vic.post(
        "/results/return", {"chosen": tokens[1], "reason": "空白有干扰，请核对积分。", "next": "/results/verify"}
    )

    assert asked.status_code == 200
    assert "退回原因" in text_of(asked)
    assert short.status_code == 422
    assert 'id="e-reason-1"' in short.text
    assert kept == {"submitted"}
    assert "已退回 2 个结果" in text_of(vic.follow(done))
    assert [status_of(door, r) for r in results] == ["returned", "returned", "submitted"]
    assert "空白有干扰，请核对积分。" in text_of(browse(cast.ann).get(f"/results/{results[0]['id']}"))


# ── one result ───────────────────────────────────────────────────────────────────────────────────────


def test_a_returned_result_is_upheld_with_an_answer(browse: Browse, cast: Cast, door: Door) -> None:
    one = of(submitted(door, a_received_sample(door)["number"]), ACETAMIPRID)
    back = door["vic"].post(
        f"/api/results/{one['id']}/return", {"version": one["version"], "reason": "The peak shape is doubtful."}
    )
    ann, at = browse(cast.ann), f"/results/{one['id']}/uphold"

    silent = ann.post(at, {"chosen": box(back.json()), "remark": ""})
    answered = ann.post(at, {"chosen": box(back.json()), "remark": "重新积分，结果相同。"})

    assert silent.status_code == 422
    assert 'id="e-remark-1"' in silent.text
    assert "已提交校核" in text_of(ann.follow(answered))
    queue = text_of(browse(cast.vic).get("/results/verify"))
    assert "曾被退回" in queue
    assert "重新积分，结果相同。" in queue


def test_a_correction_makes_a_new_version_and_shows_what_it_changed(browse: Browse, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)["number"]
    old = of(verified(door, sample, **FOUND), ACETAMIPRID)
    ann, at = browse(cast.ann), f"/results/{old['id']}/correct"
    form = ann.get(at)
    correction = {
        "version": old["version"], "reason": "稀释倍数登记有误，已改正。", "finding": "quantified", "value": "0.0265",
        "unit": "mg/kg", "analysed_on": "2026-11-23",
    }  # fmt: skip

    silent = ann.post(at, {**correction, "reason": "typo"})
    shown = ann.follow(ann.post(at, correction))

    assert 'value="0.053"' in form.text
    assert silent.status_code == 422
    assert 'id="e-reason-1"' in silent.text
    assert "0.026 mg/kg" in text_of(shown)
    assert "0.053 mg/kg 0.026 mg/kg" in text_of(shown), "from what to what"
    assert "稀释倍数登记有误，已改正。" in text_of(shown)
    assert "已被取代" in text_of(ann.get(f"/results/{old['id']}"))


def test_a_correction_that_comes_too_late_sees_who_changed_what(browse: Browse, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)["number"]
    one = of(submitted(door, sample, **FOUND), ACETAMIPRID)
    correction = {
        "version": one["version"], "reason": "稀释倍数登记有误，已改正。", "finding": "quantified", "value": "0.0265",
        "unit": "mg/kg",
    }  # fmt: skip
    door["vic"].post("/api/results/verify", chosen([one]))

    answer = browse(cast.ann).post(f"/results/{one['id']}/correct", correction)

    assert answer.status_code == 409
    assert "Vic" in text_of(answer)
    assert "已提交 已校核" in text_of(answer)
    assert 'value="0.0265"' in answer.text, "what was typed is still there"
    assert status_of(door, one) == "verified"


def test_a_number_entered_by_hand_is_traced_to_who_entered_it(browse: Browse, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)
    results = verified(door, sample["number"], finding="quantified", value="53", unit="ug/kg")
    result = of(results, ACETAMIPRID)
    vic = browse(cast.vic)

    trace = vic.get(f"/results/{result['id']}/trace")

    words = text_of(trace)
    assert "复算一致" in words
    assert "53 μg/kg" in words
    assert "0.053 mg/kg" in words
    assert "Ann" in words
    assert "Vic" in words
    assert sample["number"] not in trace.text, "the bench knows no numbers"
    assert sample["number"] in browse(cast.max).get(f"/results/{result['id']}/trace").text


def test_the_sum_of_a_residue_is_shown_with_its_components(browse: Browse, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)["number"]
    door["ann"].post("/api/results", an_entry(sample, "carbofuran", finding="quantified", value="0.02"))
    other = (
        door["ann"]
        .post("/api/results", an_entry(sample, "carbofuran", "3-hydroxycarbofuran", finding="quantified", value="0.03"))
        .json()
    )

    words = text_of(browse(cast.vic).get(f"/results/{other['id']}/trace"))

    assert "克百威 残留量" in words
    assert "残留物组分" in words
    assert "0.020 mg/kg" in words


def test_a_sample_s_results_are_a_part_of_its_page(browse: Browse, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)
    entered(door, sample["number"], **FOUND)

    part = browse(cast.vic).part(f"/results/of-sample/{sample['blind_code']}")

    assert "<html" not in part.text
    assert text_of(part).index("啶虫脒 0.053 mg/kg") < text_of(part).index("未检出")
    assert sample["number"] not in part.text


# ── rights ───────────────────────────────────────────────────────────────────────────────────────────


def test_who_may_not_is_refused(browse: Browse, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)
    (result, *_) = submitted(door, sample["number"])
    boxes = {"chosen": box(result), "reason": "Because I say so.", "version": result["version"]}

    for actor, gets, posts in (
        (cast.ann, ("/results/verify", "/results/verify/routine?batch=x"), ("/results/verify", "/results/return")),
        (cast.vic, ("/results/enter", "/results/enter/one"), ("/results/submit", "/results/enter")),
        (cast.ian, ("/results", f"/results/{result['id']}", f"/results/{result['id']}/trace"), ("/results/verify",)),
        (cast.vic, (f"/results/{result['id']}/correct",), (f"/results/{result['id']}/correct",)),
    ):
        browser = browse(actor)
        assert {browser.get(address).status_code for address in gets} == {403}
        assert {browser.post(address, boxes).status_code for address in posts} == {403}
    assert status_of(door, result) == "submitted"


def test_another_laboratory_s_results_are_not_there(browse: Browse, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)
    (result, *_) = submitted(door, sample["number"])
    eve = browse(cast.eve)

    assert sample["blind_code"] not in text_of(eve.get("/results"))
    assert "没有待您校核的结果" in text_of(eve.get("/results/verify"))
    for address in ("", "/trace", "/correct", "/return"):
        assert eve.get(f"/results/{result['id']}{address}").status_code == 404
    assert eve.get("/results/of-sample/" + sample["blind_code"]).status_code == 404
    assert eve.get(f"/results/enter?sample={sample['blind_code']}").status_code == 404
    assert eve.post("/results/verify", {"chosen": box(result)}).status_code == 404
    assert eve.get("/results/no-such-result").status_code == 404
    assert status_of(door, result) == "submitted"


def test_what_people_write_is_text_and_never_markup(browse: Browse, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)["number"]
    one = door["ann"].post("/api/results", an_entry(sample, "acetamiprid", remark="<script>alert(1)</script>")).json()
    door["ann"].post("/api/results/submit", chosen([one]))
    vic = browse(cast.vic)

    for address in ("/results/verify", f"/results/{one['id']}", f"/results/{one['id']}/trace"):
        page = vic.get(address).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
    hostile = vic.get("/results/verify?batch=%3Cscript%3E")
    assert hostile.status_code == 200
    assert "<script>alert" not in hostile.text
