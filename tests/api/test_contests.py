"""Skills contests at the front door: from entries over the draw, judges and an appeal to certificates."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from lims.core.clock import FixedClock
from lims.demo import contest
from lims.runtime import Lims
from lims.science import draw
from lims.worker import run_due_now
from tests import databases
from tests.api import contests as made
from tests.api import exams
from tests.api.contests import CONTESTS
from tests.api.laboratory import Door, codes


@pytest.fixture
def door(lims: Lims, clock: FixedClock, quick_passwords: None) -> Door:
    made.peopled(lims)
    return Door(lims)


@pytest.fixture(scope="module")
def held(shared: Path, tmp_path_factory: pytest.TempPathFactory, quick_passwords: None) -> Iterator[tuple[Lims, Door]]:
    """A contest that is over, with an appeal and its documents; to be looked at only."""
    settings = databases.sqlite_copy(databases.sqlite_template(shared), tmp_path_factory.mktemp("contest"))
    lims = Lims(settings, FixedClock(datetime(2026, 11, 23, 2, 0, tzinfo=UTC)))
    made.peopled(lims)
    contest.rehearse(lims)
    run_due_now(lims)
    yield lims, Door(lims)
    lims.close()


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def put(door: Door, who: str, path: str, body: Any) -> Any:
    return door[who].client.put(path, json=body)


def opened(door: Door, lims: Lims) -> tuple[str, dict[str, Any]]:
    """A contest that takes entries: its address and what the organiser sees."""
    path = f"{CONTESTS}/{contest.planned(lims)}"
    return path, ok(door["org"].get(path))


def version(door: Door, path: str) -> int:
    return int(ok(door["org"].get(path))["version"])


def test_a_laboratory_enters_its_own_people_and_sees_no_others(door: Door, lims: Lims, clock: FixedClock) -> None:
    path, found = opened(door, lims)
    person = {"full_name": "安静", "gender": "ct_woman", "stream": "种植业产品"}

    mine = ok(door["qma"].post(f"{path}/mine/entries", {"entries": [person]}))
    again = door["qma"].post(f"{path}/mine/entries", {"entries": [person]})
    wrong = door["qma"].post(f"{path}/mine/entries", {"entries": [{**person, "full_name": "甲", "stream": "x"}]})
    many = [{**person, "full_name": f"人{n}"} for n in range(5)]
    table = "姓名,性别,类别\n乙,男,畜禽产品\n丙,?,畜禽产品\n".encode()
    bad_table = door["qma"].upload(f"{path}/mine/import", "报名.csv", table)

    assert found["seed_sha256"]
    assert [one["full_name"] for one in mine["entries"]] == ["安静"]
    assert codes(again) == ["contest.entered_twice"]
    assert codes(wrong) == ["contest.stream"]
    assert codes(door["qma"].post(f"{path}/mine/entries", {"entries": many})) == ["contest.quota"]
    assert bad_table.status_code == 422
    assert bad_table.json()["reasons"][0]["where"]["row"] == 3
    assert door["qma"].get(f"{path}/entries").status_code == 403
    assert ok(door["org"].get(f"{path}/entries"))[0]["laboratory"] == "QBZ"
    assert codes(door["org"].post(f"{path}/draw", {"version": version(door, path)})) == [
        "contest.entries_still_open",
        "contest.few_entries",
    ]
    clock.instant += timedelta(days=2)
    later = Door(lims)  # tokens live a day
    assert codes(later["qma"].post(f"{path}/mine/entries", {"entries": [person]})) == ["contest.entries_over"]


def test_the_draw_can_be_recomputed_by_whoever_takes_part(door: Door, lims: Lims, clock: FixedClock) -> None:
    path, before = opened(door, lims)
    assert door["qma"].get(f"{path}/draw").status_code == 404
    contest.entered(lims, path.rsplit("/", 1)[1])

    told = ok(door["qma"].get(f"{path}/draw"))

    assert told["seed_sha256"] == before["seed_sha256"]
    assert draw.disagreements(told["seed_sha256"], told["seed"], told["words"], told["numbers"]) == []
    entries = ok(door["org"].get(f"{path}/entries"))
    assert {one["id"]: one["start_number"] for one in entries} == told["numbers"]
    assert len({one["code"] for one in entries}) == len(entries) == 30
    own = ok(door["qma"].get(f"{path}/mine"))["entries"]
    assert len(own) == 5
    assert {one["code"] for one in own} == {None}


def test_judges_see_codes_alone_and_nobody_scores_their_own_laboratory(
    door: Door, lims: Lims, clock: FixedClock
) -> None:
    path, _ = opened(door, lims)
    contest.entered(lims, path.rsplit("/", 1)[1])
    entries = ok(door["org"].get(f"{path}/entries"))
    own = next(one["code"] for one in entries if one["laboratory"] == "QBZ")
    other = next(one["code"] for one in entries if one["laboratory"] == "QTZ")

    answer = door["j4"].get(f"{path}/judging")
    tasks = ok(answer)["tasks"]
    sheet = ok(door["j4"].get(f"{path}/judging/S/{other}"))
    marks = {one["key"]: one["full"] for one in sheet["sheet"]["items"]}
    order = {"version": 0, "marks": marks, "seconds": 2400}

    assert len(tasks[0]["sheets"]) == 25
    assert own not in tasks[0]["sheets"]
    assert not any(one[name] in answer.text for one in entries for name in ("full_name", "laboratory_name"))
    assert door["j4"].get(f"{path}/judging/S/{own}").status_code == 403
    assert codes(put(door, "j4", f"{path}/judging/S/{own}", order)) == ["contest.own_laboratory"]
    assert codes(put(door, "j4", f"{path}/judging/T/{other}", order)) == ["contest.not_assigned"]
    too_much = put(door, "j4", f"{path}/judging/S/{other}", {**order, "marks": {**marks, "i1": "99"}})
    assert codes(too_much) == ["contest.mark_outside"]
    draft = ok(put(door, "j4", f"{path}/judging/S/{other}", {**order, "marks": {"i1": "3"}}))
    assert (draft["version"], draft["points"]) == (1, None)
    unfinished = {"version": 1, "marks": {"i1": "3"}, "submit": True}
    assert "contest.mark_missing" in codes(put(door, "j4", f"{path}/judging/S/{other}", unfinished))
    done = ok(put(door, "j4", f"{path}/judging/S/{other}", {**order, "version": 1, "submit": True}))
    assert (done["points"], done["state"]) == ("100.00", "ct_sheet_submitted")
    changed = put(door, "j4", f"{path}/judging/S/{other}", {**order, "version": 2})
    assert codes(changed) == ["contest.submitted"]
    assert codes(door["org"].post(f"{path}/announce", {"version": version(door, path)}))[-1] == "contest.lacking_more"


def test_who_organises_is_no_judge(door: Door, lims: Lims) -> None:
    path, _ = opened(door, lims)

    refused = put(door, "org", f"{path}/judges", {"username": "sec", "label": "J9", "events": ["S"]})
    no_judge = put(door, "org", f"{path}/judges", {"username": "qma", "label": "J9", "events": ["S"]})

    assert codes(refused) == ["contest.judge_organises"]
    assert codes(no_judge) == ["contest.no_judge"]


def test_a_submitted_score_changes_with_a_reason_and_a_second_person(door: Door, lims: Lims, clock: FixedClock) -> None:
    path = f"{CONTESTS}/{made.scored(lims, clock)}"
    ranking = ok(door["org"].get(f"{path}/ranking"))
    code = ranking["outcome"]["entrants"][3]["code"]
    order = {"event": "T", "mark": "12.5", "reason": "The paper of another entrant was read."}

    short = door["org"].post(f"{path}/entrants/{code}/corrections", {**order, "reason": "No."})
    proposed = ok(door["org"].post(f"{path}/entrants/{code}/corrections", order))[0]
    decide = f"{path}/corrections/{proposed['id']}/decide"
    by_oneself = door["org"].post(decide, {"version": 1, "approve": True})
    unchanged = ok(door["org"].get(f"{path}/ranking"))
    waiting = door["org"].post(f"{path}/announce", {"version": version(door, path)})
    ok(door["sec"].post(decide, {"version": 1, "approve": True}))
    after = ok(door["org"].get(f"{path}/ranking/{code}?lang=en"))

    assert ranking["names"] == {}
    assert codes(short) == ["contest.reason_short"]
    assert codes(by_oneself) == ["contest.second_person"]
    assert codes(waiting) == ["contest.corrections_undecided"]
    assert unchanged["data_sha256"] == ranking["data_sha256"]
    assert "Theory: Paper: 12.5 of 100: 12.50 points." in after["sentences"]
    recorded = put(door, "org", f"{path}/marks/T/{code}", {"mark": "99"})
    assert codes(recorded) == ["contest.mark_known"]


def test_results_are_announced_appealed_and_made_final(held: tuple[Lims, Door]) -> None:
    _, door = held
    path = f"{CONTESTS}/{made.NUMBER}"

    public, own = ok(door["qma"].get(f"{path}/ranking")), ok(door["org"].get(f"{path}/ranking"))
    appeal = ok(door["qma"].get(f"{path}/mine"))["appeals"]
    ranks = [one["rank"] for one in own["outcome"]["entrants"]]
    foreign = next(one for one in public["outcome"]["entrants"] if not one["events"])

    assert own["edition"] == 2
    assert ranks == sorted(ranks)
    assert len(public["names"]) == 30
    assert sum(one["prize"] is not None for one in own["outcome"]["entrants"]) == 18
    assert [(one["finding"], one["is_decided"]) for one in appeal] == [("ct_upheld", True)]
    assert door["qma"].get(f"{path}/ranking/{foreign['code']}").status_code == 404
    late = {"entrant": appeal[0]["entrant"], "grounds": "We would like to appeal once more."}
    assert codes(door["qma"].post(f"{path}/mine/appeals", late)) == ["contest.state"]


def test_every_total_can_be_recomputed_from_its_explanation(held: tuple[Lims, Door]) -> None:
    _, door = held
    path = f"{CONTESTS}/{made.NUMBER}"
    weights = [Decimal(one) for one in ("0.30", "0.14", "0.21", "0.175", "0.175")]

    for one in ok(door["org"].get(f"{path}/ranking"))["outcome"]["entrants"]:
        parts = [Decimal(event["points"]) for event in one["events"]]
        again = sum((weight * part for weight, part in zip(weights, parts, strict=True)), Decimal(0))
        assert abs(again - Decimal(one["total"])) <= Decimal("0.01")  # the shown points are rounded, the sum is not
        for event in one["events"][1:4]:
            counted = [Decimal(judge["points"]) for judge in event["judges"] if judge["is_counted"]]
            assert len(counted) == (3 if len(event["judges"]) == 5 else len(event["judges"]))
            assert abs(sum(counted, Decimal(0)) / len(counted) - Decimal(event["points"])) <= Decimal("0.01")


def test_certificates_are_signed_numbered_and_checked_by_anybody(held: tuple[Lims, Door]) -> None:
    lims, door = held
    path = f"{CONTESTS}/{made.NUMBER}"
    listed, own = (ok(door[who].get(f"{path}/documents"))["documents"] for who in ("org", "qma"))
    file = door["org"].get(f"{path}/documents/{listed[1]['number']}/pdf")
    stranger = next(one for one in listed if one["number"] not in {each["number"] for each in own})

    assert {one["render_error"] for one in listed} == {None}
    assert len(listed) >= 19
    assert file.content.startswith(b"%PDF")
    assert b"/ByteRange" in file.content
    assert 1 < len(own) < len(listed)
    assert door["qma"].get(f"{path}/documents/{stranger['number']}/pdf").status_code == 404
    with lims.engine.connect() as connection:
        token = connection.exec_driver_sql("SELECT token FROM contest_document WHERE kind = 'ct_certificate'").scalar()
    client = Door(lims)["org"].client
    client.headers.pop("authorization", None)
    seen = ok(client.get(f"{CONTESTS}/documents/{token}"))
    assert seen["holder"]
    assert seen["awards"]
    assert client.get(f"{CONTESTS}/documents/x").status_code == 404


def test_a_team_with_a_prize_has_a_certificate_that_its_own_laboratories_see(held: tuple[Lims, Door]) -> None:
    _, door = held
    path = f"{CONTESTS}/{made.NUMBER}"
    ranking = ok(door["org"].get(f"{path}/ranking"))["outcome"]
    best = [team["name"] for team in ranking["teams"] if team["prize"] is not None]
    listed, own = (ok(door[who].get(f"{path}/documents"))["documents"] for who in ("org", "qma"))
    people = [one for one in ranking["entrants"] if one["prize"] is not None or one["honours"]]
    of_teams = [one for one in listed if one["holder"] in best]

    assert best
    assert [one["holder"] for one in of_teams] == best
    assert len(listed) == 1 + len(people) + len(best)
    file = door["org"].get(f"{path}/documents/{of_teams[0]['number']}/pdf").content
    text = "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(file)).pages).split())
    assert f"{best[0]}代表队" in text
    assert "参赛队员" in text
    seen = {one["holder"] for one in own} & set(best)
    assert len(seen) <= 1
    for team in of_teams:
        answer = door["qma"].get(f"{path}/documents/{team['number']}/pdf")
        assert answer.status_code == (200 if team["holder"] in seen else 404)


def test_everything_leaves_as_a_workbook_and_the_best_go_on_to_the_next_stage(held: tuple[Lims, Door]) -> None:
    lims, door = held
    path = f"{CONTESTS}/{made.NUMBER}"
    book, english = (
        load_workbook(io.BytesIO(door["org"].client.get(f"{path}/scores.xlsx", headers=asked).content))
        for asked in ({"Accept-Language": "zh-CN"}, {"Accept-Language": "en"})
    )
    entries = load_workbook(io.BytesIO(door["org"].get(f"{path}/entries.xlsx").content))
    plan = {"title": "决赛", "year": 2026, "streams": list(contest.STREAMS)}
    until = (lims.clock.now() + timedelta(days=5)).isoformat()

    event = {"version": 1, "title": "结果", "kind": "ct_results", "share": "25",
             "targets": [{"analyte": "毒死蜱", "unit": "mg/kg", "assigned": "0.1", "sigma": "0.01"}]}  # fmt: skip
    season = ok(door["org"].get(path))["season"]

    def opened_as(season: str) -> str:
        second = ok(door["org"].post(CONTESTS, {**plan, "season": season, "entries_until": until}), 201)
        other = f"{CONTESTS}/{second['number']}"
        lacking = door["org"].post(f"{other}/open", {"version": second["version"]})
        assert codes(lacking) == ["contest.event_unready"]
        ok(put(door, "org", f"{other}/events/R", event))
        ok(door["org"].post(f"{other}/open", {"version": second["version"]}))
        return f"{other}/entries/promoted"

    taken = ok(door["org"].post(opened_as(season), {"number": made.NUMBER}))
    other_season = opened_as("第六届")
    ranking = ok(door["org"].get(f"{path}/ranking"))
    best = {ranking["names"][one["code"]] for one in ranking["outcome"]["entrants"] if one["rank"] <= 3}

    assert book.sheetnames == ["成绩", "团体", "评分", "其他成绩"]
    assert [cell.value for cell in english["Results"][1]][4:7] == ["Theory", "Sampling", "Sample preparation"]
    assert book["成绩"].max_row == entries["报名"].max_row == 31
    assert {one["full_name"] for one in taken} == best
    assert set(codes(door["org"].post(other_season, {"number": made.NUMBER}))) == {"contest.holds_first_prize"}
    assert codes(door["org"].post(other_season, {"number": "QZY-CT2026-999"})) == ["not_found"]


def test_the_board_shows_codes_until_the_announcement_and_can_stand_still(
    door: Door, lims: Lims, clock: FixedClock
) -> None:
    number = made.scored(lims, clock)
    path = f"{CONTESTS}/{number}"
    shown = ok(put(door, "org", f"{path}/board", {"version": version(door, path), "is_shown": True, "by_name": True}))
    address = f"/api{shown['board_address']}"
    client = door["j1"].client
    client.headers.pop("authorization", None)

    before = ok(client.get(address))
    frozen = {"version": version(door, path), "is_shown": True, "by_name": True, "is_frozen": True}
    ok(put(door, "org", f"{path}/board", frozen))
    contest.announced(lims, number)
    still = ok(client.get(address))
    ok(put(door, "org", f"{path}/board", {**frozen, "version": version(door, path), "is_frozen": False}))
    after = ok(client.get(address))

    assert {one["shown"][0] for one in before["lines"]} == {"K"}
    assert still["lines"] == before["lines"]
    assert still["is_frozen"]
    assert not {one["shown"] for one in after["lines"]} & {one["shown"] for one in before["lines"]}
    assert {one["done"] for one in after["progress"]} == {30}
    ok(put(door, "org", f"{path}/board", {"version": version(door, path), "is_shown": False}))
    assert client.get(address).status_code == 404


def test_a_theory_paper_is_sat_as_an_exam_and_its_marks_come_over_once(
    door: Door, lims: Lims, clock: FixedClock
) -> None:
    number = contest.planned(lims)
    path = f"{CONTESTS}/{number}"
    clock.instant += timedelta(hours=1)
    contest.entered(lims, number)
    made.exam_organiser(lims)
    net = Door(lims)["netty"]
    for order in (exams.single(place) for place in range(4)):
        ok(net.post(exams.BANK, order), 201)
    wanted = {"sections": [{"kind": "single_choice", "count": 4, "marks": "25"}], "pass_mark": "60"}
    planned = ok(net.post(exams.EXAMS, exams.a_plan(lims, **wanted)), 201)
    small = ok(net.post(exams.EXAMS, exams.a_plan(lims, **wanted | {"sections": [
        {"kind": "single_choice", "count": 4, "marks": "20"}]})), 201)["number"]  # fmt: skip
    exam, order = f"{exams.EXAMS}/{planned['number']}", {"exam": planned["number"]}
    org = door["org"]

    other_marks = org.post(f"{path}/marks/T/candidates", {"exam": small})
    judged = org.post(f"{path}/marks/S/candidates", order)
    seated = ok(org.post(f"{path}/marks/T/candidates", order))
    again = ok(org.post(f"{path}/marks/T/candidates", order))
    unmarked = org.post(f"{path}/marks/T/exam", order)
    slips = {one["key"]: one["code"] for one in ok(net.post(f"{exam}/slips", {"keys": []}))}
    ok(net.post(f"{exam}/open", {"version": ok(net.get(exam))["version"]}))
    first, second, *others = sorted(slips)
    for code in (first, second):
        token = exams.seated(lims, slips[code])
        exams.answer_rightly(lims, token, 4 if code == first else 2)
        exams.hand_in(lims, token)
    clock.instant += timedelta(hours=3)
    run_due_now(lims)
    ok(net.post(f"{exam}/close", {"version": ok(net.get(exam))["version"]}))
    taken = ok(org.post(f"{path}/marks/T/exam", order))
    ok(put(door, "org", f"{path}/marks/T/{others[0]}", {"mark": "0"}))
    late = ok(org.post(f"{path}/marks/T/exam", order))
    told = ok(org.get(f"{path}/ranking/{first}?lang=en"))["sentences"]

    assert codes(other_marks) == ["contest.exam_full"]
    assert codes(judged) == ["contest.no_theory"]
    assert len(seated["done"]) == 30
    assert set(seated["done"]) == set(slips)
    assert again["done"] == []
    assert codes(unmarked) == ["contest.exam_unmarked"]
    assert codes(org.post(f"{path}/marks/T/candidates", order)) == ["contest.exam_over"]
    assert (taken["done"], taken["absent"]) == ([first, second], others)
    assert late == taken
    assert "Theory: Paper: 100 of 100: 100.00 points." in told
    assert f"Theory: The mark comes from exam {planned['number']}, paper {first}, marking 1." in told
