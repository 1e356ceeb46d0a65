"""The tools of the browser tests, tried on the public page of a report that does not exist; and that they can fail."""

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import Watch
from tests.browser.conftest import House, OpenPage
from tests.browser.looking import assert_accessible, axe, no_sideways_scroll, shot, shot_of_print

UNKNOWN = "/v/unknown"


@pytest.mark.parametrize("phone", [False, True])
def test_an_unknown_report_is_said_to_be_unknown(open_page: OpenPage, house: House, phone: bool) -> None:
    page = open_page(house.base_url, phone=phone)

    answer = page.goto(UNKNOWN)

    assert answer is not None
    assert answer.status == 404
    assert "查无此报告" in page.inner_text("body")
    assert_accessible(page)
    no_sideways_scroll(page)
    shot(page, f"unknown-report-{'phone' if phone else 'desktop'}")
    shot_of_print(page, "unknown-report-print")


def test_a_server_of_the_tests_own_serves_its_own_installation(server: str, open_page: OpenPage) -> None:
    page = open_page(server, language="en", dark=True)

    page.goto(UNKNOWN)

    assert page.evaluate("[navigator.language, matchMedia('(prefers-color-scheme: dark)').matches]") == ["en-GB", True]


@pytest.fixture
def page(open_page: OpenPage, house: House) -> Page:
    """A page on which faults are made on purpose; those of `forgiven` do not count at its end."""
    page = open_page(house.base_url, forgiven=("Content Security Policy", "oops", "another host", "ERR_"))
    page.goto(UNKNOWN)
    return page


def test_faults_of_a_page_are_seen(page: Page, house: House) -> None:
    watch = Watch(house.base_url)
    watch.over(page)

    page.evaluate("setTimeout(() => { throw new Error('oops') })")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))")
    page.evaluate("console.error('oops too')")
    page.evaluate("fetch('/v/none')")
    page.evaluate("fetch('http://elsewhere.example/').catch(() => 0)")
    page.wait_for_timeout(100)

    seen = "\n".join(watch.faults)
    assert "script error: oops" in seen
    assert "console: oops too" in seen
    assert "script-src" in seen
    assert "elsewhere.example" in seen
    assert "/v/none" not in seen


def test_an_obstacle_is_seen(page: Page) -> None:
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<main><img src=\"data:image/gif;base64,\"></main>')")

    assert "image-alt" in {line.split()[0] for line in axe(page)}


@pytest.mark.parametrize("phone", [False, True])
def test_what_sticks_out_is_named(open_page: OpenPage, house: House, phone: bool) -> None:
    page = open_page(house.base_url, phone=phone, forgiven=("Content Security Policy",))
    page.goto(UNKNOWN)
    page.evaluate("""() => {
        const wide = document.createElement('p');
        Object.assign(wide, {id: 'wide', textContent: 'wide'});
        wide.style.minWidth = '3000px';
        document.body.append(wide);
    }""")

    with pytest.raises(AssertionError, match="p#wide ends at"):
        no_sideways_scroll(page)
