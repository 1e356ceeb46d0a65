"""The main job, walked by everybody in their browsers, in Chinese and in English."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from lims.core.language import Language
from lims.demo import cast as demo
from lims.demo import laboratory
from lims.demo.walk import actor
from lims.installation import set_up
from lims.runtime import Lims
from tests.browser import walk as walking
from tests.browser.conftest import OpenPage
from tests.browser.serving import served
from tests.browser.walk import Walk


@pytest.fixture
def county(lims: Lims, quick_passwords: None) -> Iterator[tuple[Lims, str]]:
    """The county laboratory of the rehearsal before its first sample, and its address."""
    set_up(lims, demo.county(walking.PASSWORD))
    laboratory.equip(lims, actor(lims, "max"))
    with served(lims) as base_url:
        yield lims, base_url


@pytest.mark.slow
@pytest.mark.parametrize("language", [Language.CHINESE, Language.ENGLISH])
def test_a_batch_of_samples_becomes_signed_reports(
    county: tuple[Lims, str], open_page: OpenPage, language: Language
) -> None:
    walk = Walk(*county, open_page, language)
    technician = walk.person("ann")
    walk.look(technician, "today-technician")
    walking.register_by_paste(walk, technician)
    walking.receive_by_scan(walk, technician)
    walking.import_a_run(walk, technician)
    walking.verify_by_exception(walk, walk.person("vic"))
    for username, act in (("cai", "compile"), ("rui", "review"), ("sun", "approve")):
        walking.work_queue(act)(walk, walk.person(username))
    inspector = walk.person("ian", phone=True)
    walk.look(inspector, "today-inspector-phone")
    report = walking.read_and_trace(walk, walk.person("max"))

    inspector.goto("/")
    inspector.locator("#search").fill(report)
    inspector.keyboard.press("Enter")
    expect(inspector).to_have_url(re.compile(rf"/reports/{report}$"))
    walk.look(inspector, "report-phone")
    inspector.goto(f"/verify?number={report}")
    walk.look(inspector, "verify-phone")
    with inspector.expect_download() as download:
        inspector.evaluate("address => { window.location = address }", f"/reports/{report}/pdf?save=true")
    pdf = Path(download.value.path()).read_bytes()
    inspector.locator("input[type=file]").set_input_files(
        FilePayload(name="report.pdf", mimeType="application/pdf", buffer=pdf)
    )
    inspector.locator("form[action='/verify'][method=post] button:visible").last.click()
    expect(inspector.locator(".verdict-word")).to_have_text(walk.say("Intact, but signed for trial only"))
    inspector.locator("a[href^='/v/'], .checks").first.wait_for()


def test_the_quality_manager_sees_how_the_laboratory_stands(county: tuple[Lims, str], open_page: OpenPage) -> None:
    walk = Walk(*county, open_page)
    page = walk.person("max")
    page.get_by_role("link", name=walk.say("Accreditation"), exact=True).click()
    expect(page.locator("main")).to_contain_text(walk.say("both accreditations held"))
    walk.look(page, "accreditation")


def test_the_network_manager_reads_the_indicators(lims: Lims, open_page: OpenPage, quick_passwords: None) -> None:
    set_up(lims, demo.prefecture(walking.PASSWORD))
    with served(lims) as base_url:
        walk = Walk(lims, base_url, open_page)
        page = walk.person("net")
        page.get_by_role("link", name=walk.say("Indicators"), exact=True).click()
        expect(page.locator("svg a").first).to_be_attached()
        walk.look(page, "indicators")
