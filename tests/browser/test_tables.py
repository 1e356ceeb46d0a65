"""Lists in a browser: by mouse, by keyboard, on a phone; what is typed is asked for, and going back works."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Page, expect

from lims.app import make_app
from lims.core.actors import Actor
from lims.samples.rules import SampleStatus
from tests.browser.conftest import House, OpenPage
from tests.browser.looking import assert_accessible, no_sideways_scroll, shot, shot_of_print
from tests.browser.serving import served_app
from tests.pages.sample_list import PATH, a_row, insert, router

STATES = tuple(SampleStatus)


@dataclass(frozen=True)
class Session:
    """Ann's open session."""

    actor: Actor
    session_id: UUID
    csrf_token: str = "a secret"
    must_change_password: bool = False


@pytest.fixture(scope="module")
def site(house: House) -> Iterator[str]:
    """The list of samples, 120 of them, served to Ann."""
    rows: list[dict[str, Any]] = [
        {"status": STATES[n % 4], "quantity": Decimal(n) / 10, "sampled_on": date(2026, 11, 1 + n % 20)}
        for n in range(120)
    ]
    rows[7] |= {"product_name": "辣椒", "food": "蔬菜/辣椒"}
    insert(house.lims, house.cast.ann, [a_row(n, house.cast.ann, **row) for n, row in enumerate(rows, start=1)])
    app = make_app(house.lims)
    app.include_router(router)
    session = Session(house.cast.ann, uuid4())
    app.state.session_of = lambda _lims, _cookie, **_: session
    with served_app(app) as base_url:
        yield base_url


@pytest.fixture
def page(open_page: OpenPage, site: str) -> Page:
    """The list on a wide screen."""
    page = open_page(site)
    enter(page, site)
    return page


def enter(page: Page, site: str, query: str = "") -> None:
    page.context.add_cookies([{"name": "lims_session", "value": "ann", "url": site}])
    page.goto(PATH + query)


def test_what_is_typed_is_asked_for_and_stays_typed(page: Page) -> None:
    field = page.locator("#find-try-samples")
    field.press_sequentially("Q2026-00000", delay=20)

    expect(page.locator("[data-table-count]")).to_have_text("第1–9条，共9条")
    expect(field).to_be_focused()
    expect(field).to_have_value("Q2026-00000")
    expect(page).to_have_url(f"{page.url.split('/try')[0]}{PATH}?q=Q2026-00000")
    expect(page.locator("[data-table-told]")).to_have_text("第1–9条，共9条")

    page.locator("#by-try-samples-product").fill("辣椒")
    expect(page.locator("[data-table-count]")).to_have_text("第1–1条，共1条")
    page.locator("[data-table-clear]").click()
    expect(page.locator("[data-table-count]")).to_have_text("第1–50条，共120条")
    expect(field).to_have_value("")


def test_filters_keep_the_order_and_going_back_undoes_them(page: Page) -> None:
    page.locator("#sort-try-samples-quantity").click()
    expect(page.locator('th[aria-sort="ascending"] #sort-try-samples-quantity')).to_have_count(1)
    expect(page.locator("#sort-try-samples-quantity")).to_be_focused()
    page.locator(".table-choices summary").first.click()
    page.locator('.table-choices input[value="tested"]').check()
    expect(page.locator("[data-table-count]")).to_contain_text("共30条")
    expect(page.locator("[data-choices]")).to_have_text("已检测")
    expect(page.locator("tbody tr").first).to_contain_text("0.2")
    assert "sort=quantity" in page.url

    page.go_back()

    expect(page.locator("[data-table-count]")).to_contain_text("共120条")
    expect(page.locator("[data-choices]")).to_have_text("全部")
    # no copy of a page with a laboratory's samples stays in the browser
    assert page.evaluate("[sessionStorage.getItem('htmx-history-cache'), localStorage.length]") == [None, 0]


def test_rows_are_chosen_in_ranges_and_all_at_once(page: Page) -> None:
    boxes, button = page.locator('input[name="chosen"]'), page.locator('button[formaction$="/print"]')
    expect(button).to_be_disabled()

    boxes.nth(2).click()
    boxes.nth(6).click(modifiers=["Shift"])
    expect(page.locator("[data-chosen-count]")).to_have_text("已选5行")
    page.locator("[data-choose-all]").check()
    expect(page.locator("[data-chosen-count]")).to_have_text("已选50行")
    page.locator("[data-choose-all]").uncheck()
    expect(button).to_be_disabled()

    boxes.nth(0).check()
    page.locator("#next-try-samples").click()
    expect(page.locator("[data-table-count]")).to_contain_text("第51–100条")
    expect(page.locator("[data-chosen-count]")).to_have_text("已选0行")
    boxes.nth(1).check()
    button.click()
    expect(page.locator(".notice.good")).to_have_text("Q2026-000052")
    assert page.url.endswith("?page=2")


def test_a_row_leads_to_its_page_and_keys_go_from_row_to_row(open_page: OpenPage, site: str) -> None:
    page = open_page(site, forgiven=("404",))
    enter(page, site)
    page.locator("tbody tr").nth(3).locator("td").nth(3).click()
    page.wait_for_url("**/samples/Q2026-000004")

    page.goto(PATH)
    page.locator(".row-link").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator(".row-link").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/samples/Q2026-000002")


def test_a_view_is_kept_by_keyboard_alone(page: Page) -> None:
    page.locator("#sort-try-samples-quantity").click()
    expect(page.locator('th[aria-sort="ascending"]')).to_have_count(1)
    summary = page.locator(".table-tools summary").first
    summary.focus()
    page.keyboard.press("Enter")
    page.locator("#view-try-samples").fill("按数量")
    page.keyboard.press("Enter")

    expect(page.locator(".notice.good")).to_contain_text("按数量")
    expect(page.locator(".table-tools summary").first).to_have_text("视图: 按数量")
    page.locator(".table-tools summary").first.click()
    page.on("dialog", lambda dialog: dialog.accept())
    shot(page, "table-views")
    assert_accessible(page)
    page.get_by_role("button", name="删除视图“按数量”").click()
    expect(page.locator(".notice.good")).to_contain_text("已删除")


@pytest.mark.parametrize(
    ("language", "phone", "dark", "query"),
    [
        ("zh", False, False, ""),
        ("en", False, True, "?status=tested&status=received&size=100&quantity_from=1&sort=-quantity"),
        ("zh", True, True, "?status=tested&q=Q2026"),
        ("en", True, False, "?product=none"),
    ],
)
def test_lists_can_be_used_by_everybody(
    open_page: OpenPage, site: str, language: Any, phone: bool, dark: bool, query: str
) -> None:
    page = open_page(site, phone=phone, language=language, dark=dark)
    page.context.add_cookies([{"name": "lims_language", "value": language, "url": site}])
    enter(page, site, query)

    name = f"table-{'phone' if phone else 'wide'}-{language}"
    shot(page, name)
    assert_accessible(page)
    no_sideways_scroll(page)
    for place in range(page.locator("main summary").count()):
        if page.locator("main summary").nth(place).is_visible():
            page.locator("main summary").nth(place).click()
            no_sideways_scroll(page)
            assert_accessible(page)
            shot(page, f"{name}-open{place}")
    if not phone:
        shot_of_print(page, f"{name}-print")


def test_on_a_phone_filters_are_folded_until_they_are_wanted(open_page: OpenPage, site: str) -> None:
    page = open_page(site, phone=True)
    enter(page, site)

    expect(page.locator("#by-try-samples-product")).not_to_be_visible()
    page.locator(".table-more > summary").click()
    shot(page, "table-phone-filters")
    no_sideways_scroll(page)
    page.locator("#by-try-samples-product").fill("辣椒")
    expect(page.locator("[data-table-count]")).to_have_text("第1–1条，共1条")


def test_everything_works_without_scripts(browser: Any, site: str) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    enter(page, site)

    page.locator("#by-try-samples-product").fill("辣椒")
    page.get_by_role("button", name="筛选", exact=True).click()
    expect(page.locator("[data-table-count]")).to_have_text("第1–1条，共1条")
    page.locator("#sort-try-samples-number").click()
    expect(page.locator('th[aria-sort="ascending"]')).to_have_count(1)
    page.locator('input[name="chosen"]').check()
    page.locator('button[formaction$="/print"]').click()
    expect(page.locator(".notice.good")).to_have_text("Q2026-000008")
    context.close()


def test_a_phone_shows_what_decides_under_the_name_of_a_row(open_page: OpenPage, site: str) -> None:
    told = "e => { e.dataset.told = '不合格'; return getComputedStyle(e, '::after').content; }"
    shown = {}
    for phone in (True, False):
        page = open_page(site, phone=phone)
        enter(page, site)
        shown[phone] = page.locator("td:has(.row-link)").first.evaluate(told)
        hint = "编号、条码或名称" + ("" if phone else "（按 / 键）")  # the key is for who has keys
        expect(page.locator("#search")).to_have_attribute("placeholder", hint)

    assert "不合格" in shown[True]
    assert shown[False] == "none"  # there its own column is in the picture
