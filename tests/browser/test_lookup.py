"""Names of foods and substances are offered while somebody types: by keyboard, by finger, in a table."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from lims.app import make_app
from tests.api.laboratory import load
from tests.browser.conftest import House, OpenPage
from tests.browser.looking import assert_accessible, no_sideways_scroll, shot
from tests.browser.serving import served_app
from tests.browser.test_tables import Session

OFFERED = "#lookup-list:not([hidden]) > li"
CELL = "table.grid-table tbody tr:nth-child({row}) input[data-lookup]"


@pytest.fixture(scope="module")
def site(house: House) -> Iterator[str]:
    """The pages, served to Ann; the library is loaded."""
    load(house.lims)
    app = make_app(house.lims)
    session = Session(house.cast.ann, uuid4())
    app.state.session_of = lambda _lims, _cookie, **_: session
    with served_app(app) as base_url:
        yield base_url


def opened(open_page: OpenPage, site: str, address: str, *, phone: bool = False) -> Page:
    """A page of the site."""
    page = open_page(site, phone=phone)
    page.context.add_cookies([{"name": "lims_session", "value": "ann", "url": site}])
    page.goto(address)
    return page


def test_a_food_is_chosen_by_keyboard_and_escape_leaves_what_was_typed(open_page: OpenPage, site: str) -> None:
    page = opened(open_page, site, "/judge")
    field, offered = page.locator("#f-food"), page.locator(OFFERED)

    field.press_sequentially("jd", delay=20)
    expect(offered.first).to_contain_text("豇豆")
    expect(field).to_have_attribute("aria-expanded", "true")
    assert_accessible(page)
    shot(page, "lookup-food")
    field.press("Escape")
    expect(offered).to_have_count(0)
    expect(field).to_have_value("jd")

    field.press("ArrowDown")
    expect(offered.first).to_be_visible()
    field.press("ArrowDown")
    expect(offered.first).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(field).to_have_value("豇豆")
    expect(offered).to_have_count(0)
    assert page.url.endswith("/judge")  # Enter chose, and sent nothing


def test_a_substance_is_chosen_in_the_table_and_its_keys_go_on(open_page: OpenPage, site: str) -> None:
    page = opened(open_page, site, "/judge")
    first, second = page.locator(CELL.format(row=1)), page.locator(CELL.format(row=2))

    first.press_sequentially("1563-66-2", delay=20)
    expect(page.locator(OFFERED).first).to_contain_text("克百威")
    first.press("ArrowDown")
    first.press("Enter")
    expect(first).to_have_value("克百威")
    expect(first).to_be_focused()
    first.press("Enter")
    expect(second).to_be_focused()  # without a list Enter leads to the next row, as everywhere in a table

    second.press_sequentially("chlorpyr", delay=20)
    expect(page.locator(OFFERED).first).to_contain_text("毒死蜱")
    second.press("ArrowUp")
    expect(page.locator(OFFERED).last).to_have_attribute("aria-selected", "true")


def test_a_finger_chooses_and_nothing_hangs_over_the_edge(open_page: OpenPage, site: str) -> None:
    page = opened(open_page, site, "/library/compare", phone=True)
    field = page.locator("#f-substance")
    field.press_sequentially("kbw", delay=20)
    expect(page.locator(OFFERED).first).to_contain_text("克百威")
    no_sideways_scroll(page)
    shot(page, "lookup-phone")
    page.locator(OFFERED).first.tap()
    expect(field).to_have_value("克百威")


def test_without_an_answer_the_field_is_a_text_field(open_page: OpenPage, site: str) -> None:
    page = opened(open_page, site, "/judge")
    page.route("**/library/lookup*", lambda route: route.fulfill(status=403, body=""))
    field = page.locator("#f-food")
    field.press_sequentially("菠菜", delay=20)
    page.wait_for_timeout(400)
    expect(page.locator(OFFERED)).to_have_count(0)
    expect(field).to_have_value("菠菜")
