"""A county laboratory at work in browsers: each person signs in, does their part, and goes.

What people read is looked up by its English sentence, so that the same walk runs in both languages.
"""

import csv
import io
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from playwright.sync_api import FilePayload, Locator, Page, expect

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import local_day
from lims.core.language import Language, translator
from lims.demo import batch, laboratory, produce
from lims.demo.walk import actor
from lims.library.queries import current_library
from lims.runs import queries as runs
from lims.runtime import Lims
from lims.samples.columns import SAMPLE_COLUMNS
from lims.samples.queries import sample_by_sheet
from lims.samples.schemas import SampleOrder
from lims.worker import run_due_now
from tests.browser.conftest import OpenPage
from tests.browser.looking import assert_accessible, no_sideways_scroll, shot

PASSWORD = "walk through the house 7"
#: For acts on a whole batch, when both cores are busy with other tests.
_PATIENCE_MS = 90_000
#: Pastes a text into the cell that has the focus, as a spreadsheet would hand it over.
_PASTE = """text => {
    const data = new DataTransfer();
    data.setData('text/plain', text);
    document.activeElement.dispatchEvent(
        new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
}"""


@dataclass
class Walk:
    """One way through the main job. `looked` counts the pages that were looked at."""

    lims: Lims
    base_url: str
    open_page: OpenPage
    language: Language = Language.CHINESE
    looked: set[str] = field(default_factory=set)

    def say(self, sentence: str, **gaps: object) -> str:
        """A sentence as the page shows it."""
        return translator(self.language)(sentence).format(**gaps)

    def person(self, username: str, *, phone: bool = False) -> Page:
        """A browser in which somebody has signed in."""
        page = self.open_page(self.base_url, phone=phone, language="zh" if self.language is Language.CHINESE else "en")
        page.goto("/sign-in")
        page.get_by_label(self.say("User name")).fill(username)
        page.get_by_label(self.say("Password"), exact=True).fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(self.say("Today"))
        return page

    def look(self, page: Page, name: str) -> None:
        """Nobody is kept out of the page, nothing sticks out of it; a picture of it is taken when asked for."""
        assert_accessible(page)
        no_sideways_scroll(page)
        shot(page, f"{name}-{self.language.value}")
        self.looked.add(name)

    def button(self, page: Page, sentence: str, **gaps: object) -> Locator:
        """A button by the words on it."""
        return page.get_by_role("button", name=self.say(sentence, **gaps), exact=True)

    def noted(self, page: Page, sentence: str, **gaps: object) -> None:
        """The act is done, and the page says so."""
        expect(page.locator(".notice.good").first).to_contain_text(self.say(sentence, **gaps))


def as_pasted(sheets: Sequence[SampleOrder]) -> str:
    """Sampling sheets as a spreadsheet copies them: tabs between cells, headings on top."""
    sink = io.StringIO()
    writer = csv.writer(sink, dialect="excel-tab", lineterminator="\n")
    writer.writerow([column.headings[0] for column in SAMPLE_COLUMNS])
    for sheet in sheets:
        values = sheet.model_dump(mode="json")
        values["parameters"] = "、".join(f"{t['parameter']}@{t['method']}" for t in values["parameters"])
        writer.writerow([values[column.key] or "" for column in SAMPLE_COLUMNS])
    return sink.getvalue()


def register_by_paste(walk: Walk, page: Page) -> None:
    """The technician pastes a table of sampling sheets, and mends the one cell that is wrong."""
    sheets = produce.sheets(local_day(walk.lims.clock.now()))
    page.goto("/samples/many")
    page.locator("[data-grid] input:visible").first.focus()
    page.evaluate(_PASTE, as_pasted(sheets).replace("520304", "52030", 1))
    walk.button(page, "Register all rows").click()
    wrong = page.locator("[data-grid] [aria-invalid='true']").first
    expect(wrong).to_have_value("52030")
    walk.look(page, "samples-many-refused")
    wrong.fill("520304")
    walk.button(page, "Register all rows").click()
    walk.noted(page, "{count} samples are registered.", count=len(sheets))
    walk.look(page, "samples-registered")


def receive_by_scan(walk: Walk, page: Page) -> None:
    """Each sample is scanned at the counter and taken in, by keyboard alone."""
    with walk.lims.read(system_actor(), Action.SAMPLE_READ) as session:
        found = [sample_by_sheet(session, produce.sheet_number(n)) for n in range(1, len(produce.LOTS) + 1)]
    numbers = [sample.number for sample in found if sample]
    page.goto("/samples/receive")
    for number in numbers[:2]:
        expect(page.locator("input[name=code]")).to_be_focused()
        page.keyboard.type(number)
        page.keyboard.press("Enter")
        expect(page.locator("input[name=seal]").first).to_be_focused()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("新鲜，包装完好")
        page.keyboard.press("Enter")
        expect(page.locator("input[name=code]")).to_be_visible()
    walk.look(page, "samples-receive")
    for box in page.locator("form[action='/samples/receive/chosen'] input[name=chosen]").all():
        box.check()
    walk.button(page, "Receive the chosen together …").click()
    page.locator("input[name=seal]").first.check()
    page.locator("input[name=condition]").fill("新鲜，包装完好")
    page.locator("main form button.primary").click()
    expect(page.locator(".notice.good").first).to_be_visible()


def import_a_run(walk: Walk, page: Page) -> None:
    """A worksheet of all that waits, the instrument's file, what it would say, and the results."""
    page.goto("/worksheets/new")
    with page.expect_response(lambda answer: "method=" in answer.url):
        page.get_by_label(walk.say("Method")).select_option(produce.METHOD)
    expect(page).to_have_url(re.compile("method="))  # the form of the method stands there now
    page.locator("#batch form").wait_for()
    page.locator("[name=instrument_code]").select_option(laboratory.INSTRUMENT)
    page.locator("input[name=duplicated]").nth(1).check()
    page.locator("input[name=spiked]").nth(4).check()
    page.get_by_label(walk.say("Concentrations of the standards")).fill("1, 2, 5, 10, 20, 50, 100")
    page.locator("input[name=spiked_content]").fill(str(batch.SPIKED))
    page.locator("input[name=check_level]").fill("")
    page.locator("input[name=check_every]").fill("")
    walk.look(page, "worksheet-new")
    page.locator("#batch button.primary").click()
    expect(page).to_have_url(re.compile(r"/worksheets/[A-Z0-9-]+$"))
    walk.look(page, "worksheet")
    number = page.url.rpartition("/")[2]
    page.goto(f"/worksheets/{number}/import")
    file = FilePayload(name=f"{number}.csv", mimeType="text/csv", buffer=instrument_file(walk.lims, number))
    page.locator("input[type=file]").set_input_files(file)
    page.locator("#rows-title").wait_for()
    page.locator("details", has=page.locator("[name=internal_standard]")).locator("summary").first.click()
    page.locator("[name=internal_standard]").fill(batch.PROFILE.internal_standard or "")
    walk.button(page, "Read the file anew").click()
    page.locator("#rows-title").wait_for()
    walk.look(page, "run-preview")
    if page.locator("[name=only_good_rows]").count():
        page.locator("[name=only_good_rows]").check()
    walk.button(page, "Import this file").click()
    expect(page).to_have_url(re.compile(r"/runs/[0-9a-f-]+$"))
    walk.look(page, "run")
    page.goto(f"{page.url}/calibrations")
    page.locator(".chart canvas").first.wait_for()
    walk.look(page, "run-calibrations")
    page.go_back()
    walk.button(page, "Record results").click()
    walk.look(page, "run-results")
    page.get_by_role(
        "button", name=re.compile(sentence_pattern(walk, "Submit my {count} results for verification"))
    ).click()
    expect(page.locator(".notice.good").first).to_be_visible()


def sentence_pattern(walk: Walk, sentence: str) -> str:
    """A sentence whose gap may hold anything."""
    return re.escape(walk.say(sentence, count="@@")).replace("@@", ".+")


def instrument_file(lims: Lims, number: str) -> bytes:
    """What the instrument would have measured for a worksheet."""
    with lims.read(actor(lims, "ann"), Action.RUN_READ) as session:
        worksheet = runs.worksheet_by_number(session, number)
        entries = runs.entries_of(session, worksheet.id)
        found = [sample_by_sheet(session, produce.sheet_number(n)) for n in range(1, len(produce.LOTS) + 1)]
        samples = [sample for sample in found if sample]
        compounds = laboratory.analytes(current_library(session), samples[0].basis_on)
    return batch.export(entries, samples, compounds, worksheet.created_at)


def verify_by_exception(walk: Walk, page: Page) -> None:
    """The verifier looks at what is flagged one by one, and takes the rest together."""
    page.goto("/results/verify")
    walk.look(page, "results-verify")
    walk.button(page, "Tick all").click()
    walk.button(page, "Verify the ticked ones").click()
    expect(page.locator(".notice.good").first).to_be_visible()
    page.get_by_role("button", name=re.compile(sentence_pattern(walk, "Verify all {count}"))).click()
    expect(page.locator(".notice.good").first).to_be_visible()


def work_queue(act: str) -> Callable[[Walk, Page], None]:
    """Compile, review or approve everything in one's own queue."""

    def done(walk: Walk, page: Page) -> None:
        page.goto("/reports/work")
        walk.look(page, f"reports-work-{act}")
        form = page.locator(f"form[action='/reports/work/{act}']")
        form.locator("[data-all]").check()
        form.locator("input[name=password]").fill(PASSWORD)
        form.locator("button.primary").click(timeout=_PATIENCE_MS)
        expect(page.locator(".notice.good").first).to_be_visible()

    return done


def read_and_trace(walk: Walk, page: Page) -> str:
    """From a number on a report back to the row of the raw file; the number of the report."""
    with ThreadPoolExecutor(1) as apart:  # the browser's own loop runs in this thread
        apart.submit(run_due_now, walk.lims).result()
    page.goto("/reports?verdict=fails")
    page.locator(".row-link").first.click()
    expect(page.locator("h1")).to_contain_text(re.compile(r"\d{4,}"))
    walk.look(page, "report")
    report = page.url.rpartition("/")[2]
    page.locator(".bad-row a[href*='/trace']").first.click()
    walk.look(page, "trace")
    page.locator("a[href*='/rows?']").first.click()
    expect(page.locator("tr.wanted-row")).to_be_visible()
    walk.look(page, "run-rows")
    return report
