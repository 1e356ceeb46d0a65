"""Batches of reports, their retrieval and their distribution, asked by programs and looked at on pages."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from openpyxl import load_workbook

from lims.core.actions import Action
from lims.core.clock import FixedClock
from lims.core.errors import NotFound, RuleRefused
from lims.core.reasons import reason
from lims.people import personal_keys
from lims.people.accounts import deactivate_user
from lims.people.queries import user_by_name
from lims.reports import batches, retrieval, tasks
from lims.runtime import Lims
from lims.web.pace import Pace, Paces
from tests.api.house import OnePage
from tests.api.laboratory import Door
from tests.api.reporting import (
    Prepared,
    a_copy,
    a_draft,
    a_tested_sample,
    an_issued_report,
    issued,
    prepare,
    step,
)
from tests.factories import Cast
from tests.pages.conftest import Browser, browsers, text_of

Browse = Callable[..., Browser]


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


@pytest.fixture
def browse(lims: Lims) -> Browse:
    return browsers(lims)


def reviewed(door: Door, count: int) -> list[dict[str, Any]]:
    """Drafts that wait for approval."""
    samples = [a_tested_sample(door, sampling_sheet_number=f"S-{n}") for n in range(count)]
    return [step(door, "rui", a_draft(door, sample), "review") for sample in samples]


def ordered(door: Door, act: str, drafts: list[dict[str, Any]], who: str = "sun", **changes: Any) -> dict[str, Any]:
    """A batch that a program orders."""
    reports = [{"id": draft["id"], "version": draft["version"]} for draft in drafts]
    answer = door[who].sign(f"/api/report-batches/{act}", {"reports": reports, **changes})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def draw_all(lims: Lims) -> None:
    for report_id in tasks.due(lims):
        tasks.render_report(lims, report_id, OnePage())


def test_a_batch_goes_on_where_it_was_killed_and_numbers_have_no_gaps(
    lims: Lims, door: Door, browse: Browse, cast: Cast
) -> None:
    drafts = reviewed(door, 4)
    drafts[1]["version"] += 7
    batch = ordered(door, "approve", drafts)
    assert (batch["total"], batch["open"], batch["is_over"]) == (4, 4, False)

    assert batches.work_on(lims, UUID(batch["id"]), patience_s=0) is False
    batches.work_on(lims, UUID(batch["id"]))  # another process takes it up
    assert batches.due(lims) == []
    batches.work_off(lims, UUID(batch["id"]))

    told = door["sun"].get(f"/api/report-batches/{batch['id']}").json()
    assert {n: told[n] for n in ("open", "done", "refused", "waiting", "signed")} == {
        "open": 0, "done": 3, "refused": 1, "waiting": 3, "signed": 0,
    }  # fmt: skip
    assert "changed" in told["refusals"][0]["reasons"][0]
    assert told["refusals"][0]["sample"] == drafts[1]["sample"]
    numbers = [door["sun"].get(f"/api/reports/{draft['id']}").json()["number"] for draft in drafts]
    assert [None if number is None else int(number[-6:]) for number in numbers] == [1, None, 2, 3]

    draw_all(lims)
    sun = browse(cast.sun)
    page = text_of(sun.get(f"/reports/batches/{batch['id']}"))
    assert "已完成" in page
    assert "已生成并签章" in page
    assert "全部 3 份打包下载" in page
    taken = sun.post(f"/reports/batches/{batch['id']}/zip", {})
    with zipfile.ZipFile(io.BytesIO(taken.content)) as made:
        assert sorted(made.namelist()) == sorted([f"{n}.pdf" for n in numbers if n] + ["index.csv"])
    receipts = door["cai"].get(f"/api/reports/{numbers[0]}/distribution").json()["receipts"]
    assert [(one["form"], one["person"]) for one in receipts] == [("zip", "Sun")]


def test_a_batch_needs_its_person_and_waits_for_them_no_longer_than_a_confirmation_lives(
    lims: Lims, door: Door, clock: FixedClock
) -> None:
    (draft,) = reviewed(door, 1)
    wrong = {"reports": [{"id": draft["id"], "version": draft["version"]}], "authentication": {"password": "guessed"}}
    assert door["sun"].post("/api/report-batches/approve", wrong).status_code == 401
    assert door["rui"].sign("/api/report-batches/approve", wrong).status_code == 403
    assert door["eve"].get("/api/reports").json()["items"] == []

    batch = ordered(door, "approve", [draft])
    clock.instant += timedelta(minutes=31)
    batches.work_off(lims, UUID(batch["id"]))

    told = door["sun"].get(f"/api/report-batches/{batch['id']}").json()
    assert (told["refused"], told["is_over"]) == (1, True)
    assert "confirm" in told["refusals"][0]["reasons"][0]
    assert door["sun"].get(f"/api/reports/{draft['id']}").json()["number"] is None
    assert door["eve"].get(f"/api/report-batches/{batch['id']}").status_code == 404


def test_who_loses_the_right_or_the_key_half_way_does_no_more(
    lims: Lims, door: Door, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = reviewed(door, 3)
    batch, other = ordered(door, "approve", [first, second]), ordered(door, "approve", [third])

    def lost(*_: object) -> None:
        raise RuleRefused(reason("personal_key.unreadable", "Your signing key cannot be opened."))

    with monkeypatch.context() as patched:
        patched.setattr(personal_keys, "open_key", lost)
        batches.work_off(lims, UUID(other["id"]))

    act = batches._do

    def and_go(*given: Any) -> None:
        act(*given)
        with lims.work(cast.ada, Action.USER_EDIT) as session:
            sun = user_by_name(session, "sun")
            assert sun is not None
            deactivate_user(session, sun.username, sun.version)

    monkeypatch.setattr(batches, "_do", and_go)
    batches.work_off(lims, UUID(batch["id"]))

    told = [door["rui"].get(f"/api/report-batches/{one['id']}").json() for one in (batch, other)]
    assert [(one["done"], one["refused"], one["open"]) for one in told] == [(1, 1, 0), (0, 1, 0)]
    assert "switched off" in told[0]["refusals"][0]["reasons"][0]
    assert "cannot be opened" in told[1]["refusals"][0]["reasons"][0]


def test_many_are_compiled_and_reviewed_too_and_failed_ones_tried_again(
    lims: Lims, door: Door, browse: Browse, cast: Cast
) -> None:
    samples = [a_tested_sample(door, sampling_sheet_number=f"S-{n}") for n in range(2)]
    twice = door["cai"].sign("/api/report-batches/compile", {"reports": [{"sample": samples[0]}] * 2})
    assert twice.json()["reasons"][0]["code"] == "batch.twice"
    answer = door["cai"].sign("/api/report-batches/compile", {"reports": [{"sample": s} for s in samples]})
    batches.work_off(lims, UUID(answer.json()["id"]))
    drafts = door["cai"].get("/api/reports", status="compiled").json()["items"]
    assert sorted(draft["sample"] for draft in drafts) == samples
    batches.work_off(lims, UUID(ordered(door, "review", drafts, "rui")["id"]))
    drafts = door["cai"].get("/api/reports", status="reviewed").json()["items"]
    batch = ordered(door, "approve", drafts)
    batches.work_off(lims, UUID(batch["id"]))

    class Broken(OnePage):
        def report(self, *_: Any, **__: Any) -> bytes:
            raise NotFound.of("report template", "supervised")

    for report_id in tasks.due(lims):
        tasks.render_report(lims, report_id, Broken())
    sun, address = browse(cast.sun), f"/reports/batches/{batch['id']}"
    assert "全部重试" in text_of(sun.get(address))
    sun.post(f"{address}/retry", {})
    draw_all(lims)

    assert door["sun"].get(f"/api/report-batches/{batch['id']}").json()["signed"] == 2


def test_inspectors_find_what_they_ask_for_part_by_part_and_take_it_away(
    lims: Lims, door: Door, browse: Browse, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = an_issued_report(door, found="5", producer="独山种植户")
    others = [an_issued_report(door, sampling_sheet_number=f"S-{n}", inspected_party="=另一家") for n in range(2)]
    a_draft(door, a_tested_sample(door, sampling_sheet_number="S-9"))
    draw_all(lims)
    ian, numbers = door["ian"], {one["number"] for one in (failing, *others)}

    def found(**query: str) -> list[str]:
        answer = ian.get("/api/reports/found", **query)
        assert answer.status_code == 200, answer.text
        return [item["number"] for item in answer.json()["items"]]

    assert set(found()) == numbers
    assert found(verdict="fails") == [failing["number"]]
    assert found(producer="独山") == [failing["number"]]
    assert set(found(region="520300")) == set(found(region="520304")) == numbers
    assert found(region="520100") == found(issued_from="2026-11-24") == found(status="withdrawn") == []
    first = ian.get("/api/reports/found", limit=2).json()
    rest = ian.get("/api/reports/found", limit=2, after=first["next"]).json()
    assert {item["number"] for item in first["items"] + rest["items"]} == numbers
    assert (first["total"], rest["next"]) == (3, None)
    assert ian.get("/api/reports/found", after="nonsense").json()["reasons"][0]["code"] == "retrieval.mark"
    assert door["eve"].get("/api/reports/found").json()["total"] == 0
    assert door["bea"].get("/api/reports/found").status_code == 403

    taken = ian.post("/api/reports/found/zip", {"party": "另一家"})
    with zipfile.ZipFile(io.BytesIO(taken.content)) as made:
        listed = list(csv.DictReader(io.StringIO(made.read("index.csv").decode("utf-8-sig"))))
    assert {row["Report number"] for row in listed} == {one["number"] for one in others}
    assert listed[0]["Inspected party"] == "'=另一家"
    book = load_workbook(io.BytesIO(ian.post("/api/reports/found/results", {"verdict": "fails"}).content)).active
    assert book is not None
    head, *rows = book.iter_rows(values_only=True)
    by_name = [dict(zip(head, row, strict=True)) for row in rows]
    assert {row["Report number"] for row in by_name} == {failing["number"]}
    assert ("啶虫脒", "5.0") in {(row["Parameter"], row["Result"]) for row in by_name}
    said = door["cai"].get(f"/api/reports/{failing['number']}/distribution").json()["receipts"]
    assert [(one["form"], one["person"]) for one in said] == [("results", "Ian")]

    page = browse(cast.ian).get("/reports/find?verdict=fails&after=").text
    assert failing["number"] in page
    assert others[0]["number"] not in page
    monkeypatch.setattr(retrieval, "MOST", 2)
    refused = ian.post("/api/reports/found/zip", {})
    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (422, "retrieval.too_many")
    assert "缩小范围" in text_of(browse(cast.ian).post("/reports/find/zip", {}))


def test_whoever_holds_a_report_is_known_and_told_when_it_is_replaced(
    lims: Lims, door: Door, browse: Browse, cast: Cast
) -> None:
    report = an_issued_report(door)
    draw_all(lims)
    address = f"/api/reports/{report['number']}/distribution"
    order = {"recipient": "王建国", "organisation": "绿源", "way": "paper", "handed_on": "2026-11-23", "copies": 2}
    too_early = door["cai"].post(address, {**order, "handed_on": "2026-11-22"})
    handout = door["cai"].post(address, order).json()
    assert too_early.json()["reasons"][0]["code"] == "handout.before_issue"
    assert door["rui"].post(address, order).status_code == 403
    assert door["ian"].get(f"/api/reports/{report['number']}/pdf").status_code == 200
    assert door["eve"].get(address).status_code == 404

    (receipt,) = door["cai"].get(address).json()["receipts"]
    file = door["cai"].get(f"/api/reports/{report['number']}").json()["pdf_sha256"]
    assert (receipt["form"], receipt["person"], receipt["pdf_sha256"]) == ("pdf", "Ian", file)
    told = {"version": handout["version"], "how": "电话"}
    in_force = door["cai"].post(f"{address}/{handout['id']}/told", told)
    assert in_force.json()["reasons"][0]["code"] == "handout.in_force"

    amended = door["cai"].sign(f"/api/reports/{report['id']}/replace", {"reason": "委托单位地址有误，予以更改。"})
    issued(door, amended.json())
    cai = browse(cast.cai)
    assert "王建国" in text_of(cai.get("/reports/to-tell"))
    assert "尚未告知" in text_of(cai.get("/reports/work"))
    shown = cai.get(f"/reports/{report['number']}/distribution").text
    form = re.search(rf"/reports/[^\"]+/distribution/{handout['id']}/told", shown)
    assert form is not None
    done = cai.follow(cai.post(form.group(), told))

    assert "已告知" in text_of(done)
    assert "已全部告知" in text_of(cai.get("/reports/to-tell"))


def test_who_asks_too_much_of_the_public_page_waits_and_is_told_how_long(door: Door, browse: Browse) -> None:
    token = an_issued_report(door)["verification_token"]
    stranger, now = browse(None).client, [0.0]
    paces = Paces(looks=Pace(burst=3, every_s=20, clock=lambda: now[0]))
    stranger.app.state.paces = paces  # type: ignore[attr-defined]  # a Starlette application

    answers = [stranger.get(f"/v/{token}") for _ in range(4)]
    program = stranger.get("/api/log/head?laboratory=LA")
    now[0] = 20.5

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "请求过于频繁" in text_of(answers[-1])
    assert answers[-1].headers["retry-after"] == program.headers["retry-after"] == "20"
    assert [stranger.get(f"/v/{token}").status_code for _ in range(2)] == [200, 429]
    assert paces.looks.wait_s("203.0.113.9") == 0, "another address has a pace of its own"
    assert program.headers["content-type"] == "application/problem+json"
