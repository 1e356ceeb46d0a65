"""A skills contest in browsers: an organiser runs it with 30 contestants, 5 judges and one appeal to certificates."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from playwright.sync_api import FilePayload, Page, expect

from lims.contests import looking
from lims.contests.doors import reading
from lims.core.actions import Action
from lims.core.clock import FixedClock
from lims.core.language import Language
from lims.demo import contest
from lims.runtime import Lims
from lims.worker import run_due_now
from tests.api import contests as made
from tests.browser.chromium import DESKTOP
from tests.browser.conftest import OpenPage
from tests.browser.serving import served
from tests.browser.walk import PASSWORD, Walk

CONTEST = f"/contests/{made.NUMBER}"
GROUNDS = "抽样环节的计时与现场计时牌不一致，请核对。"
FINDINGS = "经核对计时记录，计时有误，予以更正。"


@pytest.mark.parametrize("language", [Language.CHINESE, Language.ENGLISH])
def test_a_contest_is_held_from_entries_to_certificates(
    lims: Lims, clock: FixedClock, open_page: OpenPage, quick_passwords: None, language: Language
) -> None:
    made.peopled(lims, PASSWORD)
    contest.planned(lims)
    with served(lims) as base_url:
        walk = Walk(lims, base_url, open_page, language)
        organiser, second, county = (walk.person(name) for name in ("org", "sec", "qma"))
        enter_and_draw(walk, organiser, clock)
        score_on_a_phone(walk)
        announce(walk, organiser)
        appeal_and_decide(walk, county, organiser, second)
        correct(walk, organiser, second)
        for page in (organiser, second, county):
            page.close()
        clock.instant += timedelta(hours=23, minutes=59)
        organiser = walk.person("org")  # nobody's session lives as long
        finish(walk, organiser, clock)
        certificates(walk, organiser, walk.person("qma"))


def enter_and_draw(walk: Walk, organiser: Page, clock: FixedClock) -> None:
    """A table of 30 people is taken in, judges are appointed, numbers are drawn."""
    organiser.goto(f"{CONTEST}/entries")
    rows = ["单位代码,姓名,性别,类别,职务职称"]
    rows += [
        f"{one.laboratory},{one.full_name},{'女' if one.gender == 'ct_woman' else '男'},{one.stream},{one.post}"
        for one in contest.entries()
    ]
    organiser.locator("summary", has_text=walk.say("Take in a table of entries")).click()
    file = FilePayload(name="报名.csv", mimeType="text/csv", buffer="\n".join(rows).encode())
    organiser.locator("#f-file").set_input_files(file)
    walk.button(organiser, "Take it in").first.click()
    walk.noted(organiser, "The table is taken in.")
    expect(organiser.locator("tbody tr")).to_have_count(30)

    organiser.goto(CONTEST)
    for place, username in enumerate(contest.JUDGES, 1):
        organiser.locator("summary", has_text=walk.say("Appoint a judge")).click()
        organiser.locator("#f-username").fill(username)
        organiser.locator("#f-label").fill(f"J{place}")
        for box in organiser.locator("#f-events input").all():
            box.check()
        walk.button(organiser, "Appoint").click()
        walk.noted(organiser, "The judge is appointed.")
    organiser.locator("#f-entries_until").fill("2026-11-23T09:00")
    walk.button(organiser, "Move the end of entries").click()
    walk.noted(organiser, "The end of entries is moved.")
    clock.instant += timedelta(minutes=1)
    organiser.locator("#f-words").fill("03 08 12 19 27 31 + 06")
    organiser.once("dialog", lambda dialog: dialog.accept())
    walk.button(organiser, "Draw now").click()
    walk.noted(organiser, "The start numbers are drawn, and everybody has a secret code.")
    walk.look(organiser, "contest-overview")


def score_on_a_phone(walk: Walk) -> None:
    """One judge fills a sheet on a phone; everything else is scored as the rehearsal does."""
    lims = walk.lims
    judge = walk.person("j1", phone=True)
    judge.goto(f"{CONTEST}/judging")
    walk.look(judge, "contest-judging")
    first = judge.locator(".code").first
    code = (first.locator("strong").text_content() or "").strip()
    first.click()
    for mark in judge.locator("[data-whole]").all()[:6]:
        mark.click()
    judge.locator("#f-time").fill("39:30")
    expect(judge.locator("[data-total]")).to_have_text("100.00")
    walk.button(judge, "Save as a draft").click()
    walk.noted(judge, "The sheet is saved as a draft.")
    walk.look(judge, "contest-sheet")
    walk.button(judge, "Submit for good").click()
    walk.noted(judge, "The sheet of {code} is submitted.", code=code)
    with reading(lims, contest.person(lims, "j1"), Action.CONTEST_SCORE) as session:
        event = looking.judging(session, made.NUMBER).tasks[0].event
    contest.scored(lims, made.NUMBER, without={("j1", event, code)})


def announce(walk: Walk, organiser: Page) -> None:
    """Progress and ranking are looked at; the board is shown, the results are announced."""
    organiser.goto(f"{CONTEST}/scoring")
    walk.look(organiser, "contest-scoring")
    organiser.goto(CONTEST)
    organiser.locator("#f-is_shown").check()
    organiser.locator("#f-by_name").check()
    walk.button(organiser, "Set the board").click()
    walk.noted(organiser, "The board is set.")
    board = organiser.get_by_role("link", name=walk.say("Open the board")).get_attribute("href") or ""
    guest = walk.open_page(walk.base_url, language="zh" if walk.language is Language.CHINESE else "en")
    guest.goto(board)
    expect(guest.locator(".board-line").first).to_be_visible()
    walk.look(guest, "contest-board")
    organiser.once("dialog", lambda dialog: dialog.accept())
    walk.button(organiser, "Announce the results").click()
    walk.noted(organiser, "The results of {number} are announced.", number=made.NUMBER)
    guest.goto(board)
    expect(guest.locator(".board-line.prize-0").first).to_be_visible()
    walk.look(guest, "contest-board-announced")
    guest.goto("about:blank")  # it would ask for itself again


def appeal_and_decide(walk: Walk, county: Page, organiser: Page, second: Page) -> None:
    """The county appeals; one person proposes a decision, another confirms it."""
    county.goto(f"{CONTEST}/mine")
    county.locator("summary", has_text=walk.say("File an appeal")).click()
    county.locator("#f-event").select_option("S")
    county.locator("#f-grounds").fill(GROUNDS)
    walk.button(county, "File it").click()
    walk.noted(county, "The appeal is filed. Two people of the organiser decide on it.")
    walk.look(county, "contest-mine")
    organiser.goto(f"{CONTEST}/appeals")
    organiser.locator("#f-findings-1").fill(FINDINGS)
    walk.button(organiser, "Propose it").click()
    walk.noted(organiser, "The decision is proposed; a second person confirms it.")
    expect(walk.button(organiser, "Confirm the decision")).to_have_count(0)
    second.goto(f"{CONTEST}/appeals")
    walk.button(second, "Confirm the decision").click()
    walk.noted(second, "The appeal is decided.")
    walk.look(second, "contest-appeals")


def correct(walk: Walk, organiser: Page, second: Page) -> None:
    """A sheet of the appellant is corrected by two people, and the results are announced again."""
    organiser.goto(f"{CONTEST}/appeals")
    organiser.locator("h2 a.mono").first.click()
    walk.look(organiser, "contest-explanation")
    sheet = organiser.locator("details", has=organiser.locator("input[value='S:J1']"))
    sheet.locator("summary").click()
    sheet.locator("input[name=time]").fill("30:00")
    sheet.locator("textarea").fill(FINDINGS)
    sheet.get_by_role("button", name=walk.say("Propose it")).click()
    walk.noted(organiser, "The correction is proposed; a second person decides on it.")
    second.goto(f"{CONTEST}/scoring")
    walk.button(second, "Approve").click()
    walk.noted(second, "The correction is decided.")
    organiser.goto(CONTEST)
    walk.button(organiser, "Announce again").click()
    walk.noted(organiser, "The results of {number} are announced.", number=made.NUMBER)
    organiser.goto(f"{CONTEST}/ranking")
    organiser.set_viewport_size(DESKTOP)
    walk.look(organiser, "contest-ranking")


def finish(walk: Walk, organiser: Page, clock: FixedClock) -> None:
    """The results are final when the time for appeals is over, and the documents are issued."""
    organiser.goto(CONTEST)
    organiser.on("dialog", lambda dialog: dialog.accept())
    walk.button(organiser, "Make the results final").click()
    expect(organiser.locator(".notice.bad")).to_be_visible()  # a minute is left
    clock.instant += timedelta(minutes=1)
    organiser.goto(CONTEST)
    walk.button(organiser, "Make the results final").click()
    walk.noted(organiser, "The results of {number} are final.", number=made.NUMBER)
    organiser.locator("#f-language").select_option("zh" if walk.language is Language.CHINESE else "bilingual")
    walk.button(organiser, "Issue the documents").click()
    walk.noted(organiser, "The documents are issued; they are drawn and signed in the background.")
    with ThreadPoolExecutor(1) as worker:  # signing runs a loop of its own, and the browser's runs in this thread
        worker.submit(run_due_now, walk.lims).result()


def certificates(walk: Walk, organiser: Page, county: Page) -> None:
    """The organiser has all of them, the county its own; the workbook holds every raw score."""
    organiser.goto(CONTEST)
    links = organiser.locator("a[href*='/files/']")
    assert links.count() >= 19
    walk.look(organiser, "contest-documents")
    file = organiser.request.get(links.nth(1).get_attribute("href") or "")
    assert file.body().startswith(b"%PDF")
    book = load_workbook(io.BytesIO(organiser.request.get(f"{CONTEST}/scores.xlsx").body()))
    assert book["成绩"].max_row == 31
    county.goto(f"{CONTEST}/mine")
    own = county.locator("a[href*='/files/']").count()
    assert 1 < own < links.count()
    for page in (organiser, county):
        page.wait_for_load_state("networkidle")
