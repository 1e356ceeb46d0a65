"""A proficiency round of twenty laboratories in the browser, from the last result to published scores and reports."""

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from lims.core.language import Language
from lims.demo import province, rounds
from lims.runtime import Lims
from tests.browser import walk as walking
from tests.browser.conftest import OpenPage
from tests.browser.serving import served
from tests.browser.walk import Walk

#: A report of sixteen pages is drawn while both cores are busy with other tests.
PATIENCE_MS = 90_000


@pytest.mark.parametrize("language", [Language.CHINESE, Language.ENGLISH])
def test_a_round_of_twenty_laboratories_comes_to_its_report(
    lims: Lims, open_page: OpenPage, quick_passwords: None, language: Language
) -> None:
    province.prepare(lims, walking.PASSWORD)
    organised = rounds.rehearse(lims)
    with served(lims) as base_url:
        walk = Walk(lims, base_url, open_page, language)
        organiser, last = walk.person("pro"), walk.person(province.VISITED.technician)
        organiser.goto(f"/proficiency/{organised.open}")
        expect(organiser.locator("table", has_text=walk.say("waited for"))).to_be_visible()

        last.goto(f"/proficiency/{organised.open}/mine")
        last.locator("[name=note]").fill("包装完好，冷冻")
        walk.button(last, "Confirm the arrival").click()
        walk.noted(last, "The arrival of the items is noted.")
        for box in last.locator("input[name^=value-]").all():
            box.fill("0.0812")
        walk.look(last, "round-mine")
        walk.button(last, "Hand in").first.click()
        walk.noted(last, "Your results are handed in. You can change them until the deadline.")

        organiser.reload()
        walk.look(organiser, "round")
        for act, done in (
            ("Close the round", "{number} is closed."),
            ("Evaluate the round", "{number} is evaluated."),
        ):
            walk.button(organiser, act).click()
            walk.noted(organiser, done, number=organised.open)
        organiser.locator(".chart canvas").first.wait_for()
        walk.look(organiser, "round-evaluation")
        organiser.goto(f"/proficiency/{organised.open}")
        organiser.once("dialog", lambda dialog: dialog.accept())
        walk.button(organiser, "Publish the scores").click()
        walk.noted(organiser, "{number} is published: participants see their scores.", number=organised.open)

        last.goto("/proficiency/scores")
        last.locator(".chart canvas").first.wait_for()
        walk.look(last, "round-scores")
        last.goto(f"/proficiency/{organised.open}/evaluation")
        expect(last.locator(".panel").first).to_contain_text(walk.say("Own scores"))
        for link, words in (("Report of the round (PDF)", "Mandel"), ("Own report (PDF)", "0.0812")):
            with last.expect_download(timeout=PATIENCE_MS) as download:
                last.get_by_role("link", name=walk.say(link)).click(timeout=PATIENCE_MS)
            pages = PdfReader(download.value.path()).pages
            assert any(words in page.extract_text() for page in pages)
