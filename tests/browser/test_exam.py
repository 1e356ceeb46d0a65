"""A candidate in a real browser: the connection is cut, the laptop closed, another computer taken; nothing is lost."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from lims.core.clock import FixedClock
from lims.runtime import Lims
from tests.api.exams import a_bank, opened
from tests.api.laboratory import Door
from tests.browser.conftest import OpenPage
from tests.browser.serving import served
from tests.concurrency.hall import kept
from tests.factories import Cast

#: What Chromium says on the console of a page without a connection, and of one that was opened elsewhere.
CUT = ("ERR_INTERNET_DISCONNECTED", "401")


def enter(page: Page, code: str) -> None:
    page.goto("/exam")
    page.get_by_label("Admission code").fill(code)
    page.get_by_role("button", name="To the paper").click()


def choice(page: Page, place: int, letter: str) -> str:
    return f"[name=answer-{place}][value={letter}]"


def test_a_paper_survives_a_cut_connection_a_closed_laptop_and_another_computer(
    lims: Lims, cast: Cast, open_page: OpenPage
) -> None:
    door = Door(lims)
    a_bank(door)
    _, slips = opened(lims, door, ["A-1"])
    with served(lims) as address:
        page = open_page(address, language="en", forgiven=CUT)
        enter(page, slips["A-1"])
        page.get_by_role("button", name="Begin now").click()
        saved = page.locator("[data-told]")
        page.locator(choice(page, 1, "B")).check()
        expect(saved).to_have_text("All answers are saved")
        assert len(kept(lims)["A-1"]) == 1

        page.context.set_offline(True)
        page.locator(choice(page, 1, "C")).focus()
        page.keyboard.press("Space")
        page.locator(choice(page, 2, "A")).check()
        expect(saved).to_contain_text("What waits here until it is back: 2")
        page.close()

        page.context.set_offline(False)
        reopened = page.context.new_page()
        reopened.goto("/exam/paper")
        expect(reopened.locator(choice(reopened, 1, "C"))).to_be_checked()
        expect(reopened.locator("[data-told]")).to_have_text("All answers are saved")
        assert len(kept(lims)["A-1"]) == 2

        other = open_page(address, language="en", phone=True)
        enter(other, slips["A-1"])
        expect(other.locator(choice(other, 1, "C"))).to_be_checked()
        expect(other.locator(choice(other, 2, "A"))).to_be_checked()
        other.locator("[name=answer-8]").fill("四舍六入五成双")
        expect(other.locator("[data-told]")).to_have_text("All answers are saved")
        reopened.locator(choice(reopened, 3, "A")).check()
        expect(reopened.locator("[data-refused]")).to_contain_text("not open in this browser")

        other.get_by_role("button", name="Hand in …").first.click()
        expect(other.locator("main")).to_contain_text("3 of 8 questions are answered")
        other.get_by_role("button", name="Hand in for good").click()
        expect(other.locator("main")).to_contain_text("Your paper is handed in.")


def test_another_language_comes_with_every_answer_and_not_while_one_waits(
    lims: Lims, cast: Cast, open_page: OpenPage
) -> None:
    door = Door(lims)
    a_bank(door)
    _, slips = opened(lims, door, ["A-1"])
    with served(lims) as address:
        page = open_page(address, language="zh", forgiven=CUT)
        page.goto("/exam")
        page.get_by_label("准考码").fill(slips["A-1"])
        page.keyboard.press("Enter")
        page.get_by_role("button", name="现在开始").click()
        page.locator(choice(page, 1, "B")).check()
        page.locator("[name=answer-8]").fill("四舍六入")
        page.context.set_offline(True)
        page.locator(choice(page, 2, "A")).focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="English").click()
        expect(page.locator("[data-told]")).to_contain_text("网络已断开")
        page.context.set_offline(False)
        expect(page.locator("[data-told]")).to_have_text("答案已全部保存")
        page.locator("[name=answer-8]").fill("四舍六入五成双")
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("button", name="Hand in …").first).to_be_visible()
        expect(page).to_have_url(re.compile("#q-"))
        expect(page.locator(choice(page, 1, "B"))).to_be_checked()
        expect(page.locator(choice(page, 2, "A"))).to_be_checked()
        expect(page.locator("[name=answer-8]")).to_have_value("四舍六入五成双")
        assert kept(lims)["A-1"][8] == ["四舍六入五成双"]


def test_a_computer_whose_clock_is_years_ahead_overtakes_no_answer_that_came_later_from_another(
    lims: Lims, cast: Cast, open_page: OpenPage
) -> None:
    assert isinstance(lims.clock, FixedClock)
    door = Door(lims)
    a_bank(door)
    _, slips = opened(lims, door, ["A-1"])
    with served(lims) as address:
        ahead = open_page(address, language="en", forgiven=CUT)
        ahead.clock.install(time=lims.clock.now() + timedelta(days=3000))
        enter(ahead, slips["A-1"])
        ahead.get_by_role("button", name="Begin now").click()
        ahead.locator(choice(ahead, 1, "B")).check()
        expect(ahead.locator("[data-told]")).to_have_text("All answers are saved")
        expect(ahead.locator("[data-clock]")).to_contain_text("59:")
        ahead.context.set_offline(True)
        ahead.locator(choice(ahead, 1, "C")).check()
        expect(ahead.locator("[data-told]")).to_contain_text("What waits here until it is back: 1")
        ahead.close()
        lims.clock.instant += timedelta(minutes=5)

        other = open_page(address, language="en")
        enter(other, slips["A-1"])
        expect(other.locator(choice(other, 1, "B"))).to_be_checked()
        other.locator(choice(other, 1, "D")).check()
        expect(other.locator("[data-told]")).to_have_text("All answers are saved")
        said = kept(lims)["A-1"]

        ahead.context.set_offline(False)
        again = ahead.context.new_page()
        enter(again, slips["A-1"])
        expect(again.locator(choice(again, 1, "D"))).to_be_checked()
        expect(again.locator("[data-told]")).to_have_text("All answers are saved")
        assert kept(lims)["A-1"] == said
        again.close()
        other.close()
