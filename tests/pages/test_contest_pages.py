"""Pages of contests that the walk in the browser does not reach: refusals beside their fields, and the public ones."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from lims.contests import tasks
from lims.core.clock import FixedClock
from lims.core.errors import RuleRefused
from lims.core.reasons import reason
from lims.demo import contest
from lims.documents.contest_papers import ContestPaper
from lims.runtime import Lims
from tests.api import contests as made
from tests.api import exams
from tests.api.house import OnePage
from tests.api.laboratory import Door
from tests.pages.conftest import Browser, text_of

CONTEST = f"/contests/{made.NUMBER}"
PLAN = {
    "title": "Contest of the prefecture", "season": "Fifth season", "year": "2026", "streams": "种植业产品、畜禽产品",
    "entries_until": "2026-12-01T17:00", "theory_weight": "0.30", "fewest_judges": "2", "drop_from": "5",
    "difference": "10", "quota": "5", "team_by": "ct_by_region", "team_best": "2", "appeal_hours": "24",
    "promoted": "3", "prizes": "一等奖; 0.10; First prize\n二等奖; 0.20",
    "honours": "巾帼标兵; 1; 1; 女; Leading woman",
}  # fmt: skip


@pytest.fixture
def people(lims: Lims, quick_passwords: None) -> None:
    made.peopled(lims)


def test_a_plan_is_typed_refused_beside_its_fields_and_changed(
    lims: Lims, people: None, browse: Callable[..., Browser]
) -> None:
    organiser = browse(contest.person(lims, "org"), "en")

    refused = organiser.post("/contests/new", {**PLAN, "prizes": "一等奖; 0.9\n二等奖; 0.2"})
    planned = organiser.post("/contests/new", PLAN)
    shown = text_of(organiser.get(CONTEST))
    unready = organiser.post(f"{CONTEST}/open", {"version": "1"})
    targets = "毒死蜱; mg/kg; 0.100; 0.010; 60; 40"
    event = {"version": "1", "title": "Accuracy", "share": "25", "targets": targets}
    organiser.post(f"{CONTEST}/events/R", event)
    timed = {"version": "1", "title": "Sampling", "share": "20", "minutes": "45"}
    organiser.post(f"{CONTEST}/events/S", timed)
    opened = organiser.post(f"{CONTEST}/open", {"version": "1"})

    assert refused.status_code == 422
    assert "more than 1 together" in text_of(refused)
    assert planned.status_code == 303
    assert "Sheet, version 1: 6 items, 2 deductions" in shown
    assert unready.status_code == 422
    assert opened.status_code == 303
    page = text_of(organiser.get(CONTEST))
    assert "Sheet, version 2" in page
    assert "45 min" in page
    assert "毒死蜱 0.100 mg/kg" in page


def test_a_sheet_on_paper_becomes_a_score_and_a_wrong_time_is_refused(
    lims: Lims, clock: FixedClock, people: None, browse: Callable[..., Browser]
) -> None:
    number = contest.planned(lims)
    clock.instant += timedelta(hours=1)
    contest.entered(lims, number)
    judge = browse(contest.person(lims, "j4"), "en")
    listed = judge.get(f"{CONTEST}/judging")
    code = next(iter(re.findall(r"judging/S/(K\d+)", listed.text)))
    place = f"{CONTEST}/judging/S/{code}"

    wrong = judge.post(place, {"version": "0", "time": "soon", "submit": "false"})
    draft = judge.post(place, {"version": "0", "m-i1": "12.5", "time": "39:30", "submit": "false"})
    kept = judge.get(place)
    not_whole = judge.post(place, {"version": "1", "m-i1": "12.5", "time": "39:30", "submit": "true"})

    assert len(set(re.findall(r"judging/S/(K\d+)", listed.text))) == 25
    assert wrong.status_code == 422
    assert "minutes and seconds" in text_of(wrong)
    assert draft.status_code == 303
    assert 'value="12.5"' in kept.text
    assert 'value="39:30"' in kept.text
    assert not_whole.status_code == 422
    assert "has no mark" in text_of(not_whole)


def test_the_code_of_a_certificate_leads_anybody_to_what_it_says(
    lims: Lims, people: None, browse: Callable[..., Browser]
) -> None:
    contest.rehearse(lims)
    for key in tasks.due(lims)[:2]:
        tasks.certify(lims, key, OnePage())
    with lims.engine.connect() as connection:
        query = "SELECT token, number FROM contest_document WHERE kind = 'ct_certificate' ORDER BY number LIMIT 1"
        row = connection.exec_driver_sql(query).one()
    guest = browse(None)

    found, unknown = guest.get(f"/contests/documents/{row.token}"), guest.get("/contests/documents/x")

    assert row.number in text_of(found)
    assert "一等奖" in text_of(found)
    assert unknown.status_code == 404
    assert guest.get("/contests/board/x").status_code == 404
    own = text_of(browse(contest.person(lims, "qma"), "en").get(f"{CONTEST}/ranking"))
    assert "Team total" in own


def test_an_english_page_shows_english_names_and_marks_chinese_ones(
    lims: Lims, people: None, browse: Callable[..., Browser]
) -> None:
    organiser = browse(contest.person(lims, "org"), "en")
    rows = ("类型,名称,分值,权重,最多次数,英文名称", "评分项,布点,60,,,Choice of points", "评分项,封样,40,,,")
    table = "\n".join((*rows, "扣分项,迟到,5,,2,Late"))

    organiser.post("/contests/new", {**PLAN, "title": "遵义市竞赛"})
    event = {"version": "1", "title": "抽样", "title_en": "Field sampling", "share": "20", "minutes": "40"}
    sheet = {"file": ("表.csv", table.encode(), "text/csv")}
    changed = organiser.post(f"{CONTEST}/events/S", event, sheet)
    again = organiser.post(f"{CONTEST}/events/S", {**event, "version": "2"})
    nameless = organiser.post(
        f"{CONTEST}/events/P", {"version": "1", "title": "前处理", "share": "30", "minutes": "90"}
    )
    page = organiser.get(CONTEST)

    assert [one.status_code for one in (changed, again, nameless)] == [303] * 3
    assert "Sheet, version 2: 2 items, 1 deductions" in text_of(page)  # saved again without a change: no version more
    assert "<td>Choice of points</td>" in page.text
    assert '<td><span lang="zh-CN">封样</span></td>' in page.text
    assert "<td>Field sampling</td>" in page.text
    assert '<td><span lang="zh-CN">前处理</span></td>' in page.text
    assert '<h1 lang="zh-CN">遵义市竞赛</h1>' in page.text
    assert "<td>Accuracy of results</td>" in page.text
    chinese = browse(contest.person(lims, "org")).get(CONTEST)
    assert "<td>抽样</td>" in chinese.text
    assert 'lang="zh-CN">遵义' not in chinese.text


def test_a_paper_is_marked_by_hand_and_an_exam_is_offered(
    lims: Lims, clock: FixedClock, people: None, browse: Callable[..., Browser]
) -> None:
    number = contest.planned(lims)
    clock.instant += timedelta(hours=1)
    contest.entered(lims, number)
    made.exam_organiser(lims)
    net = Door(lims)["netty"]
    for place in range(4):
        net.post(exams.BANK, exams.single(place))
    net.post(exams.EXAMS, exams.a_plan(lims))
    organiser = browse(contest.person(lims, "org"), "en")

    shown = organiser.get(f"{CONTEST}/scoring")
    code = re.findall(r"<option>(K\d+)</option>", shown.text)[0]
    too_much = organiser.post(f"{CONTEST}/marks/T/one", {"code": code, "mark": "101"})
    absent = organiser.post(f"{CONTEST}/marks/T/one", {"code": code, "mark": "0"})
    after = organiser.get(f"{CONTEST}/scoring")

    assert shown.status_code == 200
    assert "Exam that they sit" in text_of(shown)
    assert too_much.status_code == 422
    assert "A mark from 0 to 100 is needed." in text_of(too_much)
    assert absent.status_code == 303
    assert f"<option>{code}</option>" not in after.text


def test_a_correction_is_told_item_by_item_and_who_was_scored_leaves_by_two(
    lims: Lims, clock: FixedClock, people: None, browse: Callable[..., Browser]
) -> None:
    number = made.scored(lims, clock)
    organiser, second = (browse(contest.person(lims, name), "en") for name in ("org", "sec"))
    code = re.findall(r"ranking/(K\d+)", organiser.get(f"{CONTEST}/ranking").text)[0]
    why = "The paper of another entrant was read."

    organiser.post(f"{CONTEST}/ranking/{code}/correct", {"which": "R", "r-克百威": "0.045, 0.046", "reason": why})
    organiser.post(f"{CONTEST}/entries/withdraw", {"entrant": f"{code}:1", "takes_part": "false", "reason": why})
    told = second.get(f"{CONTEST}/scoring")
    keys = re.findall(rf'action="{CONTEST}/corrections/([^"]+)"', told.text)
    decided = [
        second.post(f"{CONTEST}/corrections/{key}", {"version": "1", "approve": "true"}) for key in dict.fromkeys(keys)
    ]

    assert re.search(r"毒死蜱 : [\d.、]+ → —", text_of(told))
    assert re.search(r"克百威 : [\d.、]+ → 0.045、0.046", text_of(told))
    assert "takes no part" in text_of(told)
    assert [one.status_code for one in decided] == [303, 303]
    assert code not in organiser.get(f"{CONTEST}/ranking").text
    own = text_of(browse(contest.person(lims, "org"), "en").get(f"{CONTEST}/entries"))
    assert why in own
    assert number == made.NUMBER


def test_why_a_document_is_not_drawn_is_told_in_the_language_of_the_page(
    lims: Lims, people: None, browse: Callable[..., Browser]
) -> None:
    class Refuses:
        def contest(self, paper: ContestPaper) -> bytes:
            said = (
                "The token {token} does not accept the PIN. It was shown once and will not be again until a new start."
            )
            raise RuleRefused(reason("key.token_pin", said, token=paper.number))

    contest.rehearse(lims)
    tasks.certify(lims, tasks.due(lims)[0], Refuses())

    chinese, english = (browse(contest.person(lims, "org"), one).get(CONTEST) for one in ("zh", "en"))

    assert f"The token {made.NUMBER}-000 does not accept the PIN." in text_of(english)
    assert "key.token_pin" not in text_of(english)
    assert f"签名介质 {made.NUMBER}-000 不接受该 PIN" in text_of(chinese)
    assert "does not accept" not in text_of(chinese)
