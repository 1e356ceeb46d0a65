"""Reports in front of a browser: the list, the queue, one report with its acts, and whether a file is genuine."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.clock import FixedClock
from lims.core.errors import NotFound
from lims.documents.embedded import attachments
from lims.documents.press import Press
from lims.people import queries as people
from lims.people.service import actor_of
from lims.people.tables import AuthorisationKind
from lims.reports import tasks
from lims.runtime import Lims
from lims.settings import Settings
from tests.api.laboratory import METHOD, Door
from tests.api.reporting import (
    Prepared,
    a_copy,
    a_draft,
    a_tested_sample,
    an_issued_report,
    give_role,
    issued,
    may,
    prepare,
    step,
)
from tests.factories import Cast
from tests.pages.conftest import Browser, asks_as_nobody, text_of

Browse = Callable[..., Browser]
WHY = "委托单位地址有误，予以更改。"
PARTY = "绿源蔬菜专业合作社"


@pytest.fixture(scope="module")
def prepared(shared: Path, tmp_path_factory: pytest.TempPathFactory, quick_passwords: None) -> Prepared:
    return prepare(shared, tmp_path_factory.mktemp("prepared") / "var")


@pytest.fixture
def lims(prepared: Prepared, tmp_path: Path, clock: FixedClock) -> Iterator[Lims]:
    with a_copy(prepared, tmp_path / "var", clock) as installation:
        yield installation


@pytest.fixture
def cast(prepared: Prepared) -> Cast:
    return prepared.cast


@pytest.fixture
def door(lims: Lims) -> Door:
    return Door(lims)


@pytest.fixture(scope="module")
def press() -> Press:
    settings = Settings()
    return Press(settings.report_templates, settings.assets)


def draw_all(lims: Lims, press: tasks.Draws) -> None:
    for report_id in tasks.due(lims):
        tasks.render_report(lims, report_id, press)


class Broken:
    """A press whose template is gone."""

    def report(self, snapshot: Any, *_: object, **__: object) -> bytes:  # as `Press`
        raise NotFound.of("report template", snapshot.template.family)


def links(text: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', text)


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_is_limited_by_what_an_inspector_asks(browse: Browse, cast: Cast, door: Door) -> None:
    report = an_issued_report(door, found="5", producer="龙山村种植户")
    other = a_draft(door, a_tested_sample(door, sampling_sheet_number="S-2", inspected_party="另一家合作社"))
    ian = browse(cast.ian)

    def shown(query: str) -> tuple[bool, bool]:
        page = ian.get(f"/reports?{query}").text
        return report["number"] in page, f"/reports/{other['id']}" in page

    assert shown("") == (True, True)
    assert shown("report=2026000001") == (True, False)
    assert shown("party=龙山村") == (True, False)
    assert shown("verdict=fails") == (True, False)
    assert shown("status=compiled") == (False, True)
    assert shown("region=520300") == shown("region=520304") == (True, True)
    assert shown("issued_from=2026-11-23&issued_until=2026-11-23") == (True, False)
    assert shown("issued_from=2026-11-24") == (False, False)
    assert shown("q=另一家") == (False, True)
    assert shown("product=番茄") == (False, False)


def test_the_list_says_nothing_of_another_laboratory(browse: Browse, cast: Cast, door: Door) -> None:
    report = an_issued_report(door)

    page = text_of(browse(cast.eve).get("/reports"))

    assert report["number"] not in page
    assert "尚无报告" in page


def test_what_the_bench_sees_of_reports_is_how_far_they_are(browse: Browse, cast: Cast, door: Door) -> None:
    report = an_issued_report(door)
    bea = browse(cast.bea)

    pages = [
        bea.get("/reports").text,
        bea.get(f"/reports?q={PARTY}").text.replace(PARTY, "", 1),  # the field of the filter says what was asked
        bea.get(f"/reports/{report['number']}").text,
        bea.part(f"/reports/of-sample/{report['sample']}").text,
        bea.get("/reports?export=xlsx").content.decode("latin-1"),
    ]

    assert report["number"] in pages[0]
    assert "<td" not in pages[1]
    for page in pages:
        for hidden in (PARTY, "播州区农业农村局", "龙山村", "啶虫脒"):
            assert hidden not in page
    assert report["sample"] not in pages[0] + pages[2]
    assert bea.get(f"/reports/{report['number']}/pdf").status_code == 403
    assert bea.post("/reports/download", {"chosen": [report["id"]]}).status_code == 403


def test_chosen_reports_are_taken_away_with_a_list(
    browse: Browse, cast: Cast, lims: Lims, door: Door, press: Press
) -> None:
    drawn = an_issued_report(door, found="5", inspected_party="=cmd()|合作社")
    draw_all(lims, press)
    waiting = an_issued_report(door, sampling_sheet_number="S-2")

    answer = browse(cast.ian).post("/reports/download", {"chosen": [drawn["id"], waiting["id"]]})

    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert found.testzip() is None
        assert sorted(found.namelist()) == [f"{drawn['number']}.pdf", "reports.xlsx"]
        assert found.read(f"{drawn['number']}.pdf").startswith(b"%PDF-")
        sheet = load_workbook(io.BytesIO(found.read("reports.xlsx"))).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[0] for row in rows] == [drawn["number"], waiting["number"]]
    assert "=cmd()|合作社" in rows[0]
    assert {cell.data_type for cell in sheet[2]} <= {"s", "d", "n"}


def test_nothing_to_download_is_said(browse: Browse, cast: Cast, door: Door) -> None:
    report = an_issued_report(door)
    ian, eve = browse(cast.ian), browse(cast.eve)

    assert ian.post("/reports/download", {}).status_code == 422
    assert "均尚未生成" in text_of(ian.post("/reports/download", {"chosen": [report["id"]]}))
    assert ian.post("/reports/download", {"chosen": ["no id"]}).status_code == 422
    assert eve.post("/reports/download", {"chosen": [report["id"]]}).status_code == 422


# ── my queue ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_queue_leads_through_all_three_acts(browse: Browse, cast: Cast, door: Door) -> None:
    numbers = [a_tested_sample(door, sampling_sheet_number=f"S-{n}") for n in range(2)]

    compiled = browse(cast.cai).sign("/reports/work/compile", {"chosen": numbers})
    drafts = boxes(browse(cast.rui).get("/reports/work").text)
    reviewed = browse(cast.rui).sign("/reports/work/review", {"chosen": drafts})
    approved = browse(cast.sun).sign(
        "/reports/work/approve", {"chosen": boxes(browse(cast.sun).get("/reports/work").text)}
    )

    assert [answer.status_code for answer in (compiled, reviewed, approved)] == [303, 303, 303]
    done = door["cai"].get("/api/reports", status="issued").json()["items"]
    assert sorted(report["sample"] for report in done) == sorted(numbers)
    assert "暂无待办" in text_of(browse(cast.sun).follow(approved))


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", "附判定说明（作为附录）"), ("en", "With judgement explanations as an annex")],
)
def test_whoever_compiles_chooses_whether_there_is_an_annex(
    browse: Browse, cast: Cast, door: Door, language: str, words: str
) -> None:
    first, second, third = (a_tested_sample(door, sampling_sheet_number=f"S-{n}") for n in range(3))
    cai = browse(cast.cai, language)

    shown = [cai.get("/reports/work"), cai.part(f"/reports/of-sample/{first}")]
    compiled = cai.sign("/reports/compile", {"sample": first, "annex": "true"})
    answers = [
        compiled,
        cai.sign("/reports/work/compile", {"chosen": [second], "annex": "true"}),
        cai.sign("/reports/work/compile", {"chosen": [third]}),
    ]

    for page in shown:
        assert words in text_of(page)
        assert re.search(r'type="checkbox" name="annex" value="true"', page.text)
    assert [answer.status_code for answer in answers] == [303, 303, 303]
    made = {report["sample"]: report["annex"] for report in door["cai"].get("/api/reports").json()["items"]}
    assert made == {first: True, second: True, third: False}
    annex = {"zh": "附录 判定说明", "en": "Annex Judgement explanations"}[language]
    assert annex in text_of(cai.follow(compiled))


@pytest.mark.parametrize(("language", "word"), [("zh", "中英对照"), ("en", "Chinese and English")])
def test_whoever_compiles_chooses_the_language_of_the_report(
    browse: Browse, cast: Cast, door: Door, language: str, word: str
) -> None:
    first, second = (a_tested_sample(door, sampling_sheet_number=f"S-{n}") for n in range(2))
    cai = browse(cast.cai, language)

    offered = [text_of(page) for page in (cai.get("/reports/work"), cai.part(f"/reports/of-sample/{first}"))]
    compiled = cai.follow(cai.sign("/reports/compile", {"sample": first, "language": "bilingual"}))
    cai.sign("/reports/work/compile", {"chosen": [second], "language": "en"})
    made = door["cai"].get("/api/reports").json()["items"]
    sent_back = next(report for report in made if report["sample"] == second)
    step(door, "rui", sent_back, "send-back", reason="The batch number was misread.")
    row = cai.get("/reports/work").text

    assert all(word in text for text in offered)
    assert word in text_of(compiled)
    assert "Test Report" in text_of(compiled)
    assert {report["sample"]: report["language"] for report in made} == {first: "bilingual", second: "en"}
    own = re.search(rf'name="language:{second}".*?</select>', row, re.DOTALL)
    assert own is not None
    assert re.search(r'value="en" selected', own[0])
    cai.sign("/reports/work/compile", {"chosen": [second], f"language:{second}": "en", "language": "zh"})
    again = door["cai"].get("/api/reports", sample=second, status="compiled").json()["items"]
    assert [report["language"] for report in again] == ["en"]


def test_whoever_compiles_a_monitored_sample_may_make_a_notice_of_it(browse: Browse, cast: Cast, door: Door) -> None:
    monitored = a_tested_sample(door)
    supervised = a_tested_sample(door, sampling_sheet_number="S-2", programme="supervision")
    cai = browse(cast.cai)

    offers = ['name="notice"' in cai.part(f"/reports/of-sample/{sample}").text for sample in (monitored, supervised)]
    refused = cai.sign("/reports/work/compile", {"chosen": [monitored, supervised], "notice": "true"})
    (made,) = door["cai"].get("/api/reports").json()["items"]

    assert offers == [True, False]
    assert "只有例行监测、普查和专项监测的样品可以出具结果通知" in text_of(refused)
    assert (made["sample"], made["notice"]) == (monitored, True)
    assert "风险监测结果通知" in text_of(cai.get(f"/reports/{made['id']}"))
    assert 'name="annex"' not in cai.get(f"/reports/{made['id']}").text


def test_a_draft_is_given_an_annex_with_one_button_and_the_reviewer_has_none(
    browse: Browse, cast: Cast, door: Door
) -> None:
    draft = a_draft(door, a_tested_sample(door))
    cai, address = browse(cast.cai), f"/reports/{draft['id']}"
    button = f'action="{address}/annex"'

    added = text_of(cai.follow(cai.post(f"{address}/annex", {"version": str(draft["version"]), "annex": "true"})))
    stale = cai.post(f"{address}/annex", {"version": str(draft["version"]), "annex": "false"})

    assert "报告将附所选附录" in added
    assert stale.status_code == 409
    assert re.search(r'name="annex" value="true"[^>]* checked', cai.get(address).text)
    assert button not in browse(cast.rui).get(address).text
    assert browse(cast.rui).post(f"{address}/annex", {"version": "2", "annex": "false"}).status_code == 403
    step(door, "rui", door["cai"].get(f"/api/reports/{draft['id']}").json(), "review")
    assert button not in cai.get(address).text


def test_a_sample_that_came_back_is_offered_with_the_annex_it_had(browse: Browse, cast: Cast, door: Door) -> None:
    with_annex, without = (a_tested_sample(door, sampling_sheet_number=f"S-{n}") for n in range(2))
    for sample, annex in ((with_annex, True), (without, False)):
        draft = a_draft(door, sample, annex=annex)
        assert door["rui"].post(f"/api/reports/{draft['id']}/send-back", {"version": 1, "reason": WHY}).is_success
    cai = browse(cast.cai)

    page = cai.get("/reports/work").text
    ticked = re.findall(r'name="annexed" value="([^"]+)"[^>]* checked', page)
    parts = [cai.part(f"/reports/of-sample/{sample}").text for sample in (with_annex, without)]
    form = {"chosen": [with_annex, without], "annex_of": [with_annex, without], "annexed": ticked}
    assert cai.sign("/reports/work/compile", form).status_code == 303

    assert ticked == [with_annex]
    assert [bool(re.search(r'name="annex" value="true"[^>]* checked', part)) for part in parts] == [True, False]
    made = door["cai"].get("/api/reports", status="compiled").json()["items"]
    assert {report["sample"]: report["annex"] for report in made} == {with_annex: True, without: False}


def test_the_page_says_that_the_template_has_no_annex(
    browse: Browse, cast: Cast, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = a_draft(door, a_tested_sample(door), annex=True)
    monkeypatch.setattr("lims.documents.templates.newest_version", lambda *_: "1")

    for person in (cast.cai, cast.rui):
        assert "报告模板 supervised/1 没有所要的附录" in text_of(browse(person).get(f"/reports/{draft['id']}"))


def with_roles(lims: Lims, username: str) -> Actor:
    """Somebody with the roles that they have now."""
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        user = people.user_by_name(session, username)
        assert user is not None
        return actor_of(session, user)


def boxes(page: str) -> list[str]:
    return re.findall(r'name="chosen" value="([^"]+)"', page)


def test_of_many_what_can_be_done_is_done_and_the_rest_is_told_why(browse: Browse, cast: Cast, door: Door) -> None:
    good = a_draft(door, a_tested_sample(door))
    stale = a_draft(door, a_tested_sample(door, sampling_sheet_number="S-2"))
    chosen = [f"{good['id']}:{good['version']}", f"{stale['id']}:{stale['version'] + 7}"]
    nonsense = browse(cast.rui).sign("/reports/work/review", {"chosen": [*chosen, "nonsense"]})
    assert nonsense.status_code == 422, "nothing is done of a list that cannot be read"

    answer = browse(cast.rui).sign("/reports/work/review", {"chosen": chosen})

    said = text_of(answer)
    assert answer.status_code == 200
    assert "2 份中已办理 1 份" in said
    assert "已被他人" in said or "修改" in said
    assert door["cai"].get(f"/api/reports/{good['id']}").json()["status"] == "reviewed"
    assert door["cai"].get(f"/api/reports/{stale['id']}").json()["status"] == "compiled"


def test_nothing_ticked_does_nothing_and_says_so(browse: Browse, cast: Cast) -> None:
    answer = browse(cast.rui).sign("/reports/work/review", {})

    assert answer.status_code == 422
    assert "请先勾选" in text_of(answer)


def test_the_queue_offers_only_what_the_person_may_do(browse: Browse, cast: Cast, lims: Lims, door: Door) -> None:
    give_role(lims, "cai", "report_reviewer")
    mine = a_draft(door, a_tested_sample(door))
    theirs = step(door, "rui", a_draft(door, a_tested_sample(door, sampling_sheet_number="S-2")), "review")
    may(lims, "max", AuthorisationKind.SIGNATORY, "水果")
    give_role(lims, "max", "authorised_signatory")

    assert mine["id"] not in browse(with_roles(lims, "cai")).get("/reports/work").text
    assert "另有 1 份由您编制" in text_of(browse(with_roles(lims, "cai")).get("/reports/work"))
    assert theirs["id"] in browse(cast.sun).get("/reports/work").text
    outside = browse(with_roles(lims, "max")).get("/reports/work")
    assert theirs["id"] not in outside.text
    assert "另有 1 份须由其他授权签字人批准" in text_of(outside)
    assert "您的岗位不涉及" in text_of(browse(cast.ian).get("/reports/work"))
    assert browse(cast.ada).get("/reports/work").status_code == 403


def test_a_failed_drawing_waits_for_the_signatory_and_is_tried_again(
    browse: Browse, cast: Cast, lims: Lims, door: Door
) -> None:
    report = an_issued_report(door)
    draw_all(lims, Broken())
    sun = browse(cast.sun)

    listed = sun.get("/reports/work")
    seen = browse(cast.cai).get(f"/reports/{report['number']}")
    answer = sun.post("/reports/work/render", {"chosen": boxes(listed.text)})

    assert report["number"] in listed.text
    assert "报告生成或签章失败" in text_of(seen)
    assert "/render" not in seen.text
    assert answer.status_code == 303
    assert len(tasks.due(lims)) == 1


# ── one report ───────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_shown_as_it_will_be_with_every_number_leading_to_its_source(
    browse: Browse, cast: Cast, door: Door
) -> None:
    draft = a_draft(door, a_tested_sample(door, found="5", producer="<i>某</i>户"))

    page = browse(cast.rui).get(f"/reports/{draft['id']}")

    said = text_of(page)
    results = {r["id"] for r in door["ann"].get("/api/results", sample=draft["sample"]).json()["items"]}
    traced = {link.split("/")[2] for link in links(page.text) if link.endswith("/trace")}
    assert traced == results
    assert "综合判定为不合格" in said
    assert "全数值比较法" in said
    assert "审核通过" in said
    assert "&lt;i&gt;某&lt;/i&gt;户" in page.text
    assert "<i>" not in page.text


def test_the_numbers_of_an_issued_report_lead_to_what_it_was_made_from(
    browse: Browse, cast: Cast, door: Door, clock: FixedClock
) -> None:
    report = an_issued_report(door, found="0.05")
    before = {link for link in links(browse(cast.cai).get(f"/reports/{report['id']}").text) if "/trace" in link}
    (old,) = door["ann"].get("/api/results", sample=report["sample"], parameter="acetamiprid").json()["items"]
    clock.instant = clock.instant.replace(hour=9)
    order = {"version": old["version"], "reason": "Wrong dilution factor.", "finding": "quantified", "unit": "mg/kg"}
    assert door["ann"].post(f"/api/results/{old['id']}/correct", {**order, "value": "0.09"}).status_code < 300

    after = {link for link in links(browse(cast.cai).get(f"/reports/{report['id']}").text) if "/trace" in link}

    assert f"/results/{old['id']}/trace" in before
    assert after == before


def test_review_and_approval_from_the_page(browse: Browse, cast: Cast, door: Door) -> None:
    draft = a_draft(door, a_tested_sample(door))

    reviewed = browse(cast.rui).sign(f"/reports/{draft['id']}/review", {"version": draft["version"]})
    version = door["cai"].get(f"/api/reports/{draft['id']}").json()["version"]
    sun = browse(cast.sun)
    approved = sun.sign(f"/reports/{draft['id']}/approve", {"version": version})

    assert reviewed.headers["location"] == f"/reports/{draft['id']}"
    assert approved.headers["location"] == "/reports/LA2026000001"
    assert "报告编号 LA2026000001" in text_of(sun.follow(approved))


def test_the_next_of_the_queue_is_one_step_away(browse: Browse, cast: Cast, door: Door) -> None:
    first = a_draft(door, a_tested_sample(door))
    second = a_draft(door, a_tested_sample(door, sampling_sheet_number="S-2"))

    before = browse(cast.rui).get(f"/reports/{first['id']}")
    browse(cast.rui).sign(f"/reports/{first['id']}/review", {"version": first["version"]})
    after = browse(cast.rui).get(f"/reports/{first['id']}")

    assert f"/reports/{second['id']}" in links(before.text)
    assert f"/reports/{second['id']}" in links(after.text)


def test_what_stands_in_the_way_is_said_before_the_button_is_pressed(browse: Browse, lims: Lims, door: Door) -> None:
    give_role(lims, "cai", "report_reviewer")
    draft = a_draft(door, a_tested_sample(door))
    cai = browse(with_roles(lims, "cai"))

    page = cai.get(f"/reports/{draft['id']}")
    pressed = cai.sign(f"/reports/{draft['id']}/review", {"version": draft["version"]})

    assert "应由他人审核" in text_of(page)
    assert f'action="/reports/{draft["id"]}/review"' not in page.text
    assert pressed.status_code == 422
    assert "应由他人审核" in text_of(pressed)


def test_a_decision_that_was_overtaken_shows_who_changed_what(browse: Browse, cast: Cast, door: Door) -> None:
    draft = a_draft(door, a_tested_sample(door))
    step(door, "rui", draft, "review")

    answer = browse(cast.rui).post(f"/reports/{draft['id']}/send-back", {"version": draft["version"], "reason": WHY})

    assert answer.status_code == 409
    assert "Rui" in text_of(answer)
    assert WHY in text_of(answer)
    assert door["cai"].get(f"/api/reports/{draft['id']}").json()["status"] == "reviewed"


@pytest.mark.parametrize(("who", "name"), [("rui", "send-back"), ("cai", "replace"), ("sun", "withdraw")])
def test_an_act_with_a_reason_refuses_without_one_and_works_with_it(
    browse: Browse, cast: Cast, door: Door, who: str, name: str
) -> None:
    draft = a_draft(door, a_tested_sample(door))
    report = draft if name == "send-back" else issued(door, draft)
    person, address = browse(getattr(cast, who)), f"/reports/{report['id']}/{name}"
    body = {"version": report["version"]}

    asked = person.get(address)
    empty = person.sign(address, body)
    short = person.sign(address, {**body, "reason": "<b>short"})
    done = person.sign(address, {**body, "reason": WHY})

    assert asked.status_code == 200
    assert [empty.status_code, short.status_code] == [422, 422]
    assert 'id="e-reason-1"' in empty.text
    assert "&lt;b&gt;short" in short.text
    assert done.status_code == 303
    statuses = [r["status"] for r in door["cai"].get(f"/api/reports/{report['id']}/history").json()]
    assert statuses == {"send-back": ["sent_back"], "replace": ["issued", "compiled"], "withdraw": ["withdrawn"]}[name]
    assert WHY in text_of(person.follow(done))


def test_an_amended_report_and_the_old_one_lead_to_each_other(browse: Browse, cast: Cast, door: Door) -> None:
    old = an_issued_report(door)
    new = issued(door, door["cai"].sign(f"/api/reports/{old['id']}/replace", {"reason": WHY}).json())
    cai = browse(cast.cai)

    assert "/reports/LA2026000001-G1" in links(cai.get(f"/reports/{old['number']}").text)
    assert "/reports/LA2026000001" in links(cai.get(f"/reports/{new['number']}").text)
    assert "该报告已失效" in text_of(cai.get(f"/reports/{old['number']}"))


def test_the_page_follows_the_drawing_until_it_is_signed(
    browse: Browse, cast: Cast, lims: Lims, door: Door, press: Press
) -> None:
    report = an_issued_report(door)
    cai, address = browse(cast.cai), f"/reports/{report['number']}"

    page = cai.get(address)
    nothing_new = cai.part(f"{address}/state?seen=waiting")
    early = cai.get(f"{address}/pdf")
    draw_all(lims, press)
    ready = cai.part(f"{address}/state?seen=waiting")
    file = cai.get(f"{address}/pdf")

    assert 'hx-trigger="every 1s"' in page.text
    assert asks_as_nobody(page)
    assert nothing_new.status_code == 204
    assert early.status_code == 404
    assert "hx-trigger" not in ready.text
    assert f"{address}/pdf" in links(ready.text)
    assert file.content.startswith(b"%PDF-")
    assert file.headers["content-disposition"].startswith("inline")
    assert cai.get(f"{address}/pdf?save=true").headers["content-disposition"].startswith("attachment")


def test_a_report_that_is_not_drawn_in_time_is_asked_for_less_often(
    browse: Browse, cast: Cast, door: Door, clock: FixedClock
) -> None:
    report = an_issued_report(door)
    clock.instant = clock.instant.replace(hour=4)

    assert 'hx-trigger="every 10s"' in browse(cast.cai).get(f"/reports/{report['number']}").text


def test_rights_and_laboratories_hold_on_every_page(browse: Browse, cast: Cast, door: Door) -> None:
    draft = a_draft(door, a_tested_sample(door))
    report = an_issued_report(door, sampling_sheet_number="S-2")
    eve, ian, ada = browse(cast.eve), browse(cast.ian), browse(cast.ada)

    for path in ("", "/state", "/pdf", "/withdraw"):
        assert eve.get(f"/reports/{report['id']}{path}").status_code == 404
    assert eve.get(f"/reports/of-sample/{report['sample']}").status_code == 404
    assert eve.sign(f"/reports/{draft['id']}/review", {"version": draft["version"]}).status_code == 404
    assert ada.get(f"/reports/{report['id']}").status_code == 403
    assert ada.get("/reports").status_code == 403
    assert ian.get(f"/reports/{report['id']}/withdraw").status_code == 403
    assert ian.sign(f"/reports/{draft['id']}/review", {"version": draft["version"]}).status_code == 403
    assert ian.get(f"/reports/{report['id']}/nonsense").status_code == 404
    assert "/withdraw" not in ian.get(f"/reports/{report['id']}").text
    assert "/trace" not in ian.get(f"/reports/{report['id']}").text


def test_a_form_from_elsewhere_does_nothing(browse: Browse, cast: Cast, door: Door) -> None:
    draft = a_draft(door, a_tested_sample(door))

    assert browse(cast.rui).forge(f"/reports/{draft['id']}/review", {"version": draft["version"]}).status_code == 403
    assert door["cai"].get(f"/api/reports/{draft['id']}").json()["status"] == "compiled"


def test_a_sample_page_can_show_its_reports_and_compile_one(browse: Browse, cast: Cast, door: Door) -> None:
    number = a_tested_sample(door)
    cai = browse(cast.cai)

    before = cai.part(f"/reports/of-sample/{number}")
    compiled = cai.sign("/reports/compile", {"sample": number})
    after = cai.part(f"/reports/of-sample/{number}")

    assert "<html" not in before.text
    assert "编制报告" in text_of(before)
    assert compiled.headers["location"] in links(after.text)
    assert "编制报告" not in text_of(after)
    assert "编制报告" not in text_of(browse(cast.vic).part(f"/reports/of-sample/{number}"))


# ── genuine or not ───────────────────────────────────────────────────────────────────────────────────


def test_a_file_that_is_handed_in_is_judged_check_by_check(
    browse: Browse, cast: Cast, lims: Lims, door: Door, press: Press
) -> None:
    report = an_issued_report(door)
    draw_all(lims, press)
    content = browse(cast.cai).get(f"/reports/{report['number']}/pdf").content
    ian = browse(cast.ian)

    def outcomes(data: bytes) -> list[str]:
        answer = ian.post("/verify", files={"file": ("<b>.pdf", data, "application/pdf")})
        assert answer.status_code == 200
        assert "<b>.pdf" not in answer.text
        return re.findall(r'<li class="(passed|failed|unknown)">', answer.text)

    assert outcomes(content) == ["passed"] * 10
    assert outcomes(content + b" ") == ["passed", "passed", "passed", "failed", *["unknown"] * 6]
    assert outcomes(b"hello") == ["failed", *["unknown"] * 9]
    step(door, "sun", door["cai"].get(f"/api/reports/{report['id']}").json(), "withdraw", reason=WHY)
    assert outcomes(content) == [*["passed"] * 9, "failed"]


def test_no_file_is_a_fault_of_the_field(browse: Browse, cast: Cast) -> None:
    answer = browse(cast.ian).post("/verify", {})

    assert answer.status_code == 422
    assert "#f-file" in links(answer.text)


def test_a_number_or_what_a_scanner_reads_is_looked_up(browse: Browse, cast: Cast, door: Door) -> None:
    report = an_issued_report(door)
    ian, eve = browse(cast.ian), browse(cast.eve)
    code = report["verification_token"]

    def told(person: Browser, asked: str) -> str:
        return text_of(person.part(f"/verify?number={asked}"))

    assert "有效" in told(ian, "la2026000001")
    assert "有效" in told(ian, f"https://lims.example.cn/v/{code}")
    assert "合格" in told(ian, "LA2026000001")
    assert "查无此报告" in told(ian, "LA2026999999")
    # Another laboratory's: its number alone tells only its state, its code what stands on the paper.
    assert "有效" in told(eve, "LA2026000001")
    assert "合格" not in told(eve, "LA2026000001")
    assert "合格" in told(eve, code)
    assert "/reports/LA2026000001" not in eve.part(f"/verify?number={code}").text


def test_who_may_not_verify_does_not(browse: Browse, cast: Cast) -> None:
    assert browse(cast.ada).get("/verify").status_code == 403
    assert browse(cast.ada).post("/verify", {}).status_code == 403


# ── the public page ──────────────────────────────────────────────────────────────────────────────────


def test_the_public_page_is_of_the_house_and_bilingual(browse: Browse, door: Door) -> None:
    report = an_issued_report(door)

    page = browse(None).get(f"/v/{report['verification_token']}")
    nothing = browse(None).get("/v/unknown")

    assert "有效 In force" in text_of(page)
    assert "查无此报告 No such report" in text_of(nothing)
    for answer in (page, nothing):
        assert "<style" not in answer.text
        assert "style=" not in answer.text
        assert "/static/own/app.css" in answer.text
        assert "unsafe" not in answer.headers["content-security-policy"]


def test_anybody_drops_a_pdf_and_learns_what_it_is_worth_and_no_more(
    browse: Browse, door: Door, lims: Lims, press: Press
) -> None:
    report = an_issued_report(door)
    draw_all(lims, press)
    content = door["cai"].get(f"/api/reports/{report['id']}/pdf").content
    guest = browse(None)

    assert "拖到此处" in text_of(guest.get("/v"))
    files = [{"file": ("<b>.pdf", data, "application/pdf")} for data in (content, content + b" ")]
    good, changed, missing = guest.forge("/v", files=files[0]), guest.forge("/v", files=files[1]), guest.forge("/v")
    assert re.findall(r'<li class="(passed|failed|unknown)">', good.text) == ["passed"] * 10
    assert "LA2026000001" in text_of(good)
    assert "/reports/" not in good.text
    assert "<b>.pdf" not in good.text
    assert "文件已被改动" in text_of(changed)
    assert (missing.status_code, "#f-file" in links(missing.text)) == (422, True)

    assert guest.forge("/api/verify", files=files[0]).json()["status"] == "valid"
    said = guest.get("/api/schemas/report").json()
    attached = dict(attachments(content))
    assert set(json.loads(attached["report.json"])) <= set(said["properties"])
    assert attached["results.csv"].startswith("\ufeffreport,sample,no,parameter,method,result".encode())


def test_a_signatory_outside_the_field_is_told_so(browse: Browse, lims: Lims, door: Door) -> None:
    give_role(lims, "max", "authorised_signatory")
    may(lims, "max", AuthorisationKind.SIGNATORY, "水果")
    draft = step(door, "rui", a_draft(door, a_tested_sample(door)), "review")

    page = text_of(browse(with_roles(lims, "max")).get(f"/reports/{draft['id']}"))

    assert f"您不是 {METHOD} 的授权签字人" in page
