"""An instrument's run in the browser: dropped, reviewed by exception, verified; a format nobody knows, mapped once."""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import APIResponse, FilePayload, Page, Route, expect

from lims.core.language import Language
from lims.runtime import Lims
from tests.browser import bench_batch as benches
from tests.browser import walk as walking
from tests.browser.bench_batch import bench_batch
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.conftest import OpenPage
from tests.browser.looking import no_sideways_scroll, shot
from tests.browser.serving import served
from tests.browser.walk import Walk

WHY_OUT = "配制记录表明该级标准移取有误，重新配制前不参与拟合"
WHY_BACK = "复核移液记录后确认无误，恢复该级标准"
#: What the foreign program calls the compounds, and the slopes of their lines.
FOREIGN = {"Azetamiprid": "0.031", "Chlorpyrifos": "0.027"}
TYPES = {"Kalibrierung": "standard", "Leerwert": "blank", "Messprobe": "sample", "Dotiert": "quality_control"}
PROFILE = "Auswertung 3.1"
MEANINGS = ("name", "type", "compound", "area", "nominal_concentration", "retention_time")
#: Lets a file fall on an element, as from a folder of the desktop.
_DROP = """(zone, [name, bytes]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(bytes), one => one.charCodeAt(0))], name, {type: 'text/csv'}));
    for (const kind of ['dragover', 'drop'])
        zone.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""
#: Tells what the page says of a file on its way, whenever that changes.
_LISTEN = """form => {
    const [said, bar] = [form.querySelector('[data-sending]'), form.querySelector('progress')];
    const listen = () => window.heard(said.textContent, bar.hidden ? null : bar.position);
    new MutationObserver(listen).observe(form, {subtree: true, childList: true, attributes: true});
}"""
#: A file of 20 kB is on its way for a second.
_SLOW_LINE = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 20_000}
#: The standards that a chart draws under a name.
_DRAWN = """name => JSON.parse(document.querySelector('figure.chart script').textContent).series
    .filter(one => one.name === name).flatMap(one => one.points.map(point => point.label.split(':')[0]))"""

#: Charts follow the window a frame later.
_DRAWN_ANEW = """() => [...document.querySelectorAll('canvas')].filter(one => one.checkVisibility())
    .every(one => one.clientWidth < window.innerWidth)"""


def look_narrow(walk: Walk, page: Page, name: str) -> None:
    """The page in hand on a phone: nothing sticks out of it."""
    page.set_viewport_size(PHONE)
    page.wait_for_function(_DRAWN_ANEW)
    no_sideways_scroll(page)
    shot(page, f"{name}-phone-{walk.language.value}")
    page.set_viewport_size(DESKTOP)


@pytest.mark.parametrize("language", [Language.CHINESE, Language.ENGLISH])
def test_a_run_is_reviewed_by_exception_until_its_samples_await_their_reports(
    lims: Lims, open_page: OpenPage, quick_passwords: None, language: Language
) -> None:
    made = bench_batch(lims, walking.PASSWORD)
    benches.keep_profile(lims)
    with served(lims) as base_url:
        walk = Walk(lims, base_url, open_page, language)
        technician, verifier = walk.person("ann"), walk.person("vic")
        run = drop_the_file(walk, technician, made.worksheets[0], benches.flawed_file(lims, made))
        leave_a_standard_out(walk, verifier, run, made.doubled)
        accept_with_a_reason(walk, walk.person("max"), run, made.spiked)
        record_and_submit(walk, technician, run)
        walking.verify_by_exception(walk, verifier)

        compiler = walk.person("cai")
        compiler.goto("/reports/work")
        for sample in made.samples:
            expect(compiler.locator("form[action='/reports/work/compile']")).to_contain_text(sample.number)
        compiler.wait_for_load_state("networkidle")


@pytest.mark.parametrize("language", [Language.CHINESE, Language.ENGLISH])
def test_a_format_nobody_knows_is_mapped_by_hand_once(
    lims: Lims, open_page: OpenPage, quick_passwords: None, language: Language
) -> None:
    made = bench_batch(lims, walking.PASSWORD, worksheets=2, compounds=("啶虫脒", "毒死蜱"))
    first, second = made.worksheets
    with served(lims) as base_url:
        walk = Walk(lims, base_url, open_page, language)
        page = walk.person("ann")
        hand_in(walk, page, first, benches.foreign_table(made, FOREIGN, misspelt=made.doubled))
        map_columns(walk, page)
        settle_words(walk, page)
        put_on_its_position(walk, page, made.doubled)
        keep_as_profile(walk, page, PROFILE)
        import_it(walk, page)
        expect(page.locator("#rows")).to_contain_text(f"{made.doubled.replace('-', '')} → {made.doubled}")

        hand_in(walk, page, second, benches.foreign_table(made, FOREIGN, seed=3))
        expect(page.locator("[aria-labelledby=reading-title]")).to_contain_text(PROFILE)
        expect(page.locator("#f-type_mapping, #f-matches, .warn-row, .notice.bad, .notice.warn")).to_have_count(0)
        import_it(walk, page)
        expect(page.locator(".figures a").first).to_contain_text("2 / 2")
        page.wait_for_load_state("networkidle")


def hand_in(walk: Walk, page: Page, number: str, content: bytes) -> None:
    """The file is chosen by its field; what is made of it is shown."""
    page.goto(f"/worksheets/{number}/import")
    file = FilePayload(name=f"{number}.txt", mimeType="text/plain", buffer=content)
    page.locator("input[type=file]").set_input_files(file)
    expect(page).to_have_url(re.compile(rf"/{number}/import/[0-9a-f]+$"))


def map_columns(walk: Walk, page: Page) -> None:
    """A person says what each column is, and sees below at once what comes out of it."""
    walk.look(page, "run-unknown-format")
    look_narrow(walk, page, "run-unknown-format")
    page.get_by_role("link", name=walk.say("Map the columns by hand"), exact=True).click()
    keep = walk.button(page, "Read the file by these columns")
    expect(keep).to_be_disabled()
    expect(page.locator("[name=decimal_mark]")).to_have_value(",")
    page.locator("[name=skip]").first.evaluate("field => { field.closest('details').open = true }")
    page.locator("[name=skip]").first.fill("Mittelwert*")
    page.locator("[name=layout]").focus()
    with held_answer(page):
        page.locator("#meaning-1").select_option(MEANINGS[0])
    for column, meaning in enumerate(MEANINGS[2:], start=3):
        page.locator(f"#meaning-{column}").select_option(meaning)
    expect(keep).to_be_enabled()
    assert page.locator("[name=meaning]").evaluate_all("all => all.map(one => one.value)") == list(MEANINGS)
    walk.look(page, "run-columns")
    look_narrow(walk, page, "run-columns")
    expect(page.locator("#mapped")).to_contain_text(walk.say("What comes out"))
    expect(page.locator("#mapped")).to_contain_text("308,45")
    keep.click()
    page.locator("#reading-title").wait_for()


@contextmanager
def held_answer(page: Page) -> Iterator[None]:
    """The answer to what is chosen meanwhile comes only with the next choice, which it does not know."""
    held: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        if held or route.request.method != "POST":
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route("**/columns", hold)
    yield
    while not held:
        page.wait_for_timeout(20)
    page.locator("#meaning-2").select_option(MEANINGS[1])
    route, answer = held[0]
    with page.expect_response(lambda one: one.request == route.request):
        route.fulfill(response=answer)
    expect(page.locator("#meaning-2")).to_have_value(MEANINGS[1])


def settle_words(walk: Walk, page: Page) -> None:
    """What the file calls types and compounds, in words of the laboratory."""
    for word, means in TYPES.items():
        page.get_by_label(f"“{word}”").select_option(means)
    page.get_by_label(walk.say("{compound} stands for", compound="Azetamiprid")).fill("啶虫脒")
    walk.button(page, "Read the file anew").click()
    walk.noted(page, "The file was read anew.")


def put_on_its_position(walk: Walk, page: Page, position: str) -> None:
    """The injection whose name was misspelt."""
    walk.look(page, "run-loose-injection")
    look_narrow(walk, page, "run-loose-injection")
    page.locator("[name=match_position]").select_option(position)
    page.get_by_label(walk.say("Why they are put there by hand")).fill("仪器软件中漏写连字符，已与进样序列核对")
    walk.button(page, "Read the file anew").click()
    walk.noted(page, "The file was read anew.")
    expect(page.locator(".notice.warn")).to_have_count(0)


def keep_as_profile(walk: Walk, page: Page, name: str) -> None:
    """How the file is read, kept for the next one."""
    page.locator("summary", has_text=walk.say("Keep this as an import profile")).click()
    page.get_by_label(walk.say("Name of the new profile")).fill(name)
    walk.button(page, "Keep as a new profile").click()
    walk.noted(page, "Version {number} of {name} is in use.", number=1, name=name)


def import_it(walk: Walk, page: Page) -> None:
    """On from the preview to the run, with nothing left out."""
    walk.button(page, "Import this file").click()
    expect(page).to_have_url(re.compile(r"/runs/[0-9a-f-]+$"))


def drop_the_file(walk: Walk, page: Page, number: str, content: bytes) -> str:
    """The file falls on the page, is seen on its way, and is imported; the address of its run."""
    page.goto(f"/worksheets/{number}/import")
    walk.look(page, "run-import")
    drop(page, f"{number}.csv", b"")
    expect(page.locator(".notice.bad")).to_be_focused()
    expect(page.locator(".notice.bad")).to_contain_text(walk.say("The file is empty."))

    heard: list[tuple[str, float | None]] = []
    page.expose_function("heard", lambda text, share: heard.append((text, share)))
    page.locator("form.hand-in").evaluate(_LISTEN)
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", _SLOW_LINE)
    drop(page, f"{number}.csv", content)
    page.locator("#rows-title").wait_for()
    sending, reading = walk.say("The file is being sent …"), walk.say("The file is sent and is being read …")
    assert any(text == sending and share is not None and 0 < share < 1 for text, share in heard), heard
    text, share = heard[-1]
    assert text == reading
    assert share == -1.0, "of a file that is read nobody knows how much is done"
    line.detach()

    walk.look(page, "run-preview")
    look_narrow(walk, page, "run-preview")
    import_it(walk, page)
    expect(page.locator("[name=chosen]")).to_have_count(0)
    return page.url


def drop(page: Page, name: str, content: bytes) -> None:
    """Let a file fall on the page."""
    page.locator(".drop-zone").evaluate(_DROP, [name, base64.b64encode(content).decode()])


def leave_a_standard_out(walk: Walk, page: Page, run: str, position: str) -> None:
    """By keys to the standard that is far off the line; without it the content is another, and it can come back."""
    page.goto(run)
    walk.look(page, "run-flagged")
    look_narrow(walk, page, "run-flagged")
    for key in "jjk":
        page.keyboard.press(key)
    expect(page.locator("tr.bad-row", has_text="STD-4").locator("a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("analyte=chlorpyrifos"))
    found = content_at(walk, page, position)

    decide_on_standard(walk, page, "out:STD-4", WHY_OUT)
    walk.noted(page, "{label} is left out, and the analyte was evaluated again.", label="STD-4")
    expect(page.locator("tr", has_text="STD-4").first).to_contain_text(walk.say("left out: {why}", why=WHY_OUT))
    expect(page.locator(".chart canvas").first).to_be_visible()
    assert page.evaluate(_DRAWN, walk.say("Left out")) == ["STD-4"]
    assert content_at(walk, page, position) != found
    walk.look(page, "run-standard-left-out")
    look_narrow(walk, page, "run-standard-left-out")

    decide_on_standard(walk, page, "in:STD-4", WHY_BACK)
    walk.noted(page, "{label} is taken back, and the analyte was evaluated again.", label="STD-4")
    assert content_at(walk, page, position) == found
    assert page.evaluate(_DRAWN, walk.say("Left out")) == []
    decide_on_standard(walk, page, "out:STD-4", WHY_OUT)
    expect(page.locator("h2 .chip").first).to_have_text(walk.say("curve accepted"))


def content_at(walk: Walk, page: Page, position: str) -> str:
    """What the curve says of an injection."""
    table = page.locator("table", has=page.locator("caption", has_text=walk.say("Read from the curve")))
    return table.locator("tr", has_text=position).locator("td").first.inner_text()


def decide_on_standard(walk: Walk, page: Page, choice: str, why: str) -> None:
    """Leave a standard out, or take it back, from the page of its analyte."""
    page.locator("summary", has_text=walk.say("Leave a standard out, or take it back")).click()
    page.locator("[name=level]").select_option(choice)
    page.locator("#f-level-reason").fill(why)
    walk.button(page, "Decide and evaluate again").click()


def accept_with_a_reason(walk: Walk, page: Page, run: str, position: str) -> None:
    """The quality manager answers for the check that holds results back."""
    page.goto(run)
    walk.look(page, "run-to-decide")
    look_narrow(walk, page, "run-to-decide")
    page.locator("tr", has_text=position).locator("[name=chosen]").check()
    page.locator("[name=decision]").select_option("qc_accepted")
    page.locator("#f-reason").fill("同批其他项目回收率正常，样品中未检出，不影响判定")
    walk.button(page, "Decide on the chosen checks").click()
    expect(page.locator("[name=chosen]")).to_have_count(0)


def record_and_submit(walk: Walk, page: Page, run: str) -> None:
    """What the run gives becomes results, which the technician hands to a second person."""
    page.goto(run)
    walk.button(page, "Record results").click()
    submitting = re.compile(walking.sentence_pattern(walk, "Submit my {count} results for verification"))
    page.get_by_role("button", name=submitting).click()
    expect(page.locator(".notice.good").first).to_be_visible()
