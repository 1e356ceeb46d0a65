"""What is typed and not yet sent: kept for who typed it, offered where it belongs, warned of before it is lost."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from lims.core.clock import FixedClock
from lims.runtime import Lims
from tests.api.laboratory import METHOD, Door
from tests.api.reporting import NOW, Prepared, a_copy, a_received_sample, entered, prepare
from tests.browser.conftest import OpenPage
from tests.factories import PASSWORD

DRAFTS = "() => Object.keys(localStorage).filter(key => key.startsWith('lims-draft:')).map(key => key.split(':')[2])"
#: Whether a draft is kept yet: that happens when nothing more has been typed for a while.
KEPT = f"name => ({DRAFTS})().includes(name)"
LIMITS = "/accreditation/method-limits/new"


@pytest.fixture(scope="module")
def prepared(shared: Path, tmp_path_factory: pytest.TempPathFactory, quick_passwords: None) -> Prepared:
    """A laboratory that can test and enter results."""
    return prepare(shared, tmp_path_factory.mktemp("prepared") / "var")


@pytest.fixture
def lims(prepared: Prepared, tmp_path: Path) -> Iterator[Lims]:
    with a_copy(prepared, tmp_path / "var", FixedClock(NOW)) as installation:
        yield installation


@pytest.fixture
def door(lims: Lims) -> Door:
    return Door(lims)


@pytest.fixture
def page(server: str, open_page: OpenPage) -> Page:
    """A browser at the sign-in page; whoever leaves a page with something typed says yes."""
    page = open_page(server, forgiven=("net::ERR_ABORTED",))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/sign-in")
    return page


def sign_in(page: Page, username: str) -> None:
    """Somebody else, or the first, at the same browser; who was there before did not sign out."""
    page.context.clear_cookies()
    page.goto("/sign-in")
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("[data-sign-out]")).to_be_attached()


def drafts(page: Page) -> list[str]:
    found: list[str] = page.evaluate(DRAFTS)
    return sorted(found)


def test_a_draft_of_one_result_is_offered_for_its_own_sample_alone(page: Page, door: Door) -> None:
    sheets = ("CY2026-0117", "CY2026-0118")
    first, second = (a_received_sample(door, sampling_sheet_number=sheet)["blind_code"] for sheet in sheets)
    sign_in(page, "ann")
    page.goto(f"/results/enter/one?sample={first}")
    page.locator("[name=value]").fill("0.053")
    page.wait_for_function(KEPT, arg=f"result-one-{first}")

    page.goto(f"/results/enter/one?sample={second}")
    expect(page.locator("[name=value]")).to_have_value("")
    expect(page.locator(".notice")).to_have_count(0)

    page.goto(f"/results/enter/one?sample={first}")
    expect(page.locator("[name=value]")).to_have_value("0.053")


def test_a_draft_of_a_grid_follows_its_rows_wherever_they_stand_now(page: Page, door: Door) -> None:
    first, second = (a_received_sample(door, sampling_sheet_number=f"CY2026-011{n}") for n in (7, 8))
    sign_in(page, "ann")
    page.goto(f"/results/enter?method={METHOD}")
    type_result(page, first["blind_code"], "acetamiprid", "0.111")
    type_result(page, second["blind_code"], "acetamiprid", "0.222")
    page.wait_for_function("() => Object.values(localStorage).some(kept => kept.includes('0.222'))")

    entered(door, first["number"])
    third = a_received_sample(door, sampling_sheet_number="CY2026-0119")
    page.goto(f"/results/enter?method={METHOD}")

    expect(page.locator(".notice.warn button.link")).to_be_visible()
    assert typed_results(page) == {(second["blind_code"], "acetamiprid"): "0.222"}
    assert third["blind_code"] in page.locator("table.grid-table").inner_text()
    expect(page.locator(".grid-said")).to_contain_text(first["blind_code"])
    expect(page.locator(".grid-said")).to_contain_text("0.111")
    page.locator("button.primary[value=enter]").click()
    expect(page.locator(".notice.good")).to_contain_text("已录入 1 个结果")
    (kept,) = door["ann"].get("/api/results", sample=second["number"]).json()["items"]
    assert (kept["analyte"], kept["value"]) == ("acetamiprid", "0.222")


def test_a_draft_that_is_thrown_away_leaves_the_rows_as_they_came(page: Page, door: Door) -> None:
    sample = a_received_sample(door)["blind_code"]
    sign_in(page, "ann")
    page.goto(f"/results/enter?sample={sample}")
    type_result(page, sample, "carbofuran", "0.5")
    page.wait_for_function("() => Object.values(localStorage).some(kept => kept.includes('0.5'))")
    page.reload()
    assert typed_results(page) == {(sample, "carbofuran"): "0.5"}

    page.locator(".notice.warn button.link").click()

    assert typed_results(page) == {}
    assert drafts(page) == []


def type_result(page: Page, sample: str, analyte: str, text: str) -> None:
    """Into the row of a sample and an analyte, by its place in what the page brought."""
    rows = json.loads(page.locator("[data-grid] script").text_content() or "")["rows"]
    place = next(n for n, row in enumerate(rows) if (row["sample"], row["analyte"]) == (sample, analyte))
    page.locator(".grid-table tbody tr").nth(place).locator("input").first.fill(text)


def typed_results(page: Page) -> dict[tuple[str, str], str]:
    """What the grid would send."""
    sent: str = page.evaluate("() => new FormData(document.querySelector('form[data-draft]')).get('grid')")
    return {(row["sample"], row["analyte"]): row["found"] for row in json.loads(sent) if row["found"]}


def test_who_signs_out_takes_own_drafts_along_and_nobody_elses(page: Page, door: Door) -> None:
    sample = a_received_sample(door)["blind_code"]
    sign_in(page, "ann")
    page.goto(f"/results/enter/one?sample={sample}")
    page.locator("[name=value]").fill("0.053")
    page.wait_for_function(KEPT, arg=f"result-one-{sample}")
    sign_in(page, "max")
    page.goto(LIMITS)
    page.locator("[name=analyte]").fill("克百威")
    page.wait_for_function(KEPT, arg="verified-new")

    page.locator("details.drop", has=page.locator("[data-sign-out]")).locator("summary").click()
    page.locator("[data-sign-out]").click()
    page.wait_for_url("**/sign-in")

    assert drafts(page) == [f"result-one-{sample}"]


def test_a_draft_is_kept_for_a_fortnight_whoever_comes_then(page: Page, door: Door) -> None:
    sample = a_received_sample(door)["blind_code"]
    page.clock.set_fixed_time(NOW)
    sign_in(page, "ann")
    page.goto(f"/results/enter/one?sample={sample}")
    page.locator("[name=value]").fill("0.053")
    page.wait_for_function(KEPT, arg=f"result-one-{sample}")

    page.clock.set_fixed_time(NOW + timedelta(days=13))
    sign_in(page, "max")
    assert drafts(page) == [f"result-one-{sample}"]

    page.clock.set_fixed_time(NOW + timedelta(days=15))
    page.goto(LIMITS)
    assert drafts(page) == []


def fill_limits(page: Page) -> None:
    page.goto(LIMITS)
    values = {"method": METHOD, "analyte": "氧乐果", "product": "*", "verified_on": "2026-03-02"}
    for name, value in (values | {"limit_of_quantification": "0.01", "limit_of_detection": "0.003"}).items():
        page.locator(f"form[data-draft] [name={name}]").fill(value)


def test_a_form_with_a_field_called_method_is_sent_once(page: Page) -> None:
    sign_in(page, "max")
    sent: list[Route] = []
    fill_limits(page)
    # Playwright marks what it calls, and a method of a list cannot be marked.
    page.route(f"**{LIMITS}", lambda route: sent.append(route))  # noqa: PLW0108

    page.locator("form[data-draft] button.primary").focus()
    for _ in range(2):  # by keyboard: `click` would wait for the answer to the first
        page.keyboard.press("Enter")
        page.wait_for_timeout(300)

    assert [route.request.method for route in sent] == ["POST"]
    sent[0].continue_()
    expect(page.locator(".notice.good")).to_be_visible()


def test_what_was_typed_after_sending_failed_is_warned_of_though_it_was_pressed_again(page: Page) -> None:
    sign_in(page, "max")
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.type))
    fill_limits(page)
    page.route(f"**{LIMITS}", lambda route: route.abort("aborted"))
    send = page.locator("form[data-draft] button.primary")
    send.click(no_wait_after=True)
    page.locator("[name=analyte]").fill("克百威")
    send.click(no_wait_after=True)  # stopped: it has just been sent

    page.locator("a.brand").click()

    page.wait_for_url(lambda url: url.endswith("/"))
    assert asked == ["beforeunload"]
