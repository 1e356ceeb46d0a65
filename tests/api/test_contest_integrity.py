"""What must not happen in a contest: odd orders that end in a traceback, quiet changes, second helpings."""

from datetime import timedelta
from typing import Any

import pytest

from lims.contests import publishing, queries
from lims.contests.doors import working
from lims.contests.schemas import DocumentsIn
from lims.contests.tables import ContestDocument
from lims.core.actions import Action, Role
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.demo import cast, contest
from lims.people import queries as people
from lims.people.service import UserOrder, create_user
from lims.people.tables import UserRole
from lims.runtime import Lims
from tests.api import contests as made
from tests.api.contests import CONTESTS
from tests.api.laboratory import Door, codes

WHY = "The entrant left the hall with the paper."


@pytest.fixture
def door(lims: Lims, clock: FixedClock, quick_passwords: None) -> Door:
    made.peopled(lims)
    return Door(lims)


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def put(door: Door, who: str, path: str, body: Any) -> Any:
    return door[who].client.put(path, json=body)


def version(door: Door, path: str) -> int:
    return int(ok(door["org"].get(path))["version"])


def event_version(door: Door, path: str, code: str) -> int:
    return next(int(one["version"]) for one in ok(door["org"].get(path))["events"] if one["code"] == code)


def entered(lims: Lims, clock: FixedClock) -> str:
    number = contest.planned(lims)
    clock.instant += timedelta(hours=1)
    contest.entered(lims, number)
    return f"{CONTESTS}/{number}"


def test_an_open_contest_keeps_events_that_can_be_scored(door: Door, lims: Lims) -> None:
    path = f"{CONTESTS}/{contest.planned(lims)}"
    seen = event_version(door, path, "R")
    results = {"version": seen, "title": "R", "kind": "ct_results", "share": "25"}

    emptied = put(door, "org", f"{path}/events/R", {**results, "targets": []})
    new = put(door, "org", f"{path}/events/X", {**results, "version": 0, "kind": "ct_sampling"})
    other = put(door, "org", f"{path}/events/T", {"version": 1, "title": "T", "kind": "ct_sampling", "share": "1"})

    assert [codes(one) for one in (emptied, new)] == [["contest.event_unready"]] * 2
    assert codes(other) == ["contest.kind_fixed"]
    assert event_version(door, path, "R") == seen


@pytest.mark.parametrize(
    "row", ["K1,-5,,,", "K1,101,,,", "K1,1e9,,,", "=1+1,5,,,", "K1,五,,,", ",5,,,", "K1,5,,,\nK1,6,,,"]
)
def test_a_bad_table_of_marks_is_refused_with_its_row(door: Door, lims: Lims, clock: FixedClock, row: str) -> None:
    path = entered(lims, clock)
    code = ok(door["org"].get(f"{path}/entries"))[0]["code"]
    table = f"选手编码,成绩,检测项目,平行结果1,平行结果2\n,,,,\n{row.replace('K1', code)}\n"

    refused = door["org"].upload(f"{path}/marks/T/import", "成绩\n.csv", table.encode())

    assert refused.status_code == 422
    assert refused.json()["reasons"][0]["where"]["row"] >= 3
    assert all(one["events"][0]["points"] is None
               for one in ok(door["org"].get(f"{path}/ranking"))["outcome"]["entrants"])  # fmt: skip


def test_a_negative_result_is_refused_in_its_row(door: Door, lims: Lims, clock: FixedClock) -> None:
    path = entered(lims, clock)
    code = ok(door["org"].get(f"{path}/entries"))[0]["code"]
    table = f"选手编码,成绩,检测项目,平行结果1,平行结果2\n{code},,毒死蜱,-0.1,0.1\n"

    refused = door["org"].upload(f"{path}/marks/R/import", "r.csv", table.encode())

    assert codes(refused) == ["contest.results_range"]
    assert refused.json()["reasons"][0]["where"]["row"] == 2


def test_who_reads_the_trail_of_the_organiser_is_no_judge(door: Door, lims: Lims, clock: FixedClock) -> None:
    path = f"{CONTESTS}/{contest.planned(lims)}"
    with lims.work(system_actor(), Action.SET_UP) as session:
        roles = frozenset({Role.CONTEST_JUDGE, Role.QUALITY_MANAGER})
        create_user(session, UserOrder("near", "Near", made.PASSWORD, roles, cast.PREFECTURE, "520300"))
        create_user(session, UserOrder("far", "Far", made.PASSWORD, roles, cast.COUNTY, None))
    door = Door(lims)

    near = put(door, "org", f"{path}/judges", {"username": "near", "label": "J8", "events": ["S"]})
    far = put(door, "org", f"{path}/judges", {"username": "far", "label": "J9", "events": ["S"]})

    assert codes(near) == ["contest.judge_knows"]
    assert far.status_code == 200


def test_a_judge_keeps_the_label_once_a_sheet_is_submitted(door: Door, lims: Lims, clock: FixedClock) -> None:
    path = f"{CONTESTS}/{made.scored(lims, clock)}"

    renamed = put(door, "org", f"{path}/judges", {"username": "j1", "label": "J7", "events": ["S"]})
    fewer = put(door, "org", f"{path}/judges", {"username": "j1", "label": "J1", "events": ["S"]})

    assert codes(renamed) == ["contest.label_fixed"]
    assert fewer.status_code == 200


def test_who_was_scored_is_taken_out_and_back_by_two_people(door: Door, lims: Lims, clock: FixedClock) -> None:
    path = f"{CONTESTS}/{made.scored(lims, clock)}"
    code = ok(door["org"].get(f"{path}/ranking"))["outcome"]["entrants"][0]["code"]

    def listed() -> set[str]:
        return {one["code"] for one in ok(door["org"].get(f"{path}/ranking"))["outcome"]["entrants"]}

    alone = door["org"].post(f"{path}/entrants/{code}/withdraw", {"version": 1, "reason": WHY})
    proposed = ok(door["org"].post(f"{path}/entrants/{code}/corrections", {"takes_part": False, "reason": WHY}))[-1]
    assert codes(alone) == ["contest.scored_already"]
    assert code in listed()
    again = door["sec"].post(f"{path}/entrants/{code}/corrections", {"takes_part": False, "reason": WHY})
    assert codes(again) == ["contest.correction_waits"]
    decide = f"{path}/corrections/{proposed['id']}/decide"
    assert codes(door["org"].post(decide, {"version": 1, "approve": True})) == ["contest.second_person"]
    ok(door["sec"].post(decide, {"version": 1, "approve": True}))
    assert code not in listed()
    own = next(one for one in ok(door["org"].get(f"{path}/entries")) if one["code"] == code)
    assert own["withdrawn_reason"] == WHY

    told = ok(door["sec"].post(f"{path}/entrants/{code}/corrections", {"takes_part": True, "reason": WHY}))
    back = next(one for one in told if one["state"] == "ct_correction_proposed")
    assert back["before"] == {"takes_part": False}
    ok(door["org"].post(f"{path}/corrections/{back['id']}/decide", {"version": 1, "approve": True}))
    assert code in listed()
    same = door["sec"].post(f"{path}/entrants/{code}/corrections", {"takes_part": True, "reason": WHY})
    assert codes(same) == ["contest.nothing_changed"]


def test_who_was_not_scored_yet_is_taken_out_at_once(door: Door, lims: Lims, clock: FixedClock) -> None:
    path = entered(lims, clock)
    code = ok(door["org"].get(f"{path}/entries"))[0]["code"]

    ok(door["org"].post(f"{path}/entrants/{code}/withdraw", {"version": 1, "reason": WHY}))

    mark = put(door, "org", f"{path}/marks/T/{code}", {"mark": "50"})
    assert codes(mark) == ["contest.withdrawn"]


def test_an_appeal_is_filed_once_and_a_proposal_is_not_overwritten_unseen(
    door: Door, lims: Lims, clock: FixedClock
) -> None:
    number = made.scored(lims, clock)
    path = f"{CONTESTS}/{number}"
    contest.announced(lims, number)
    code = ok(door["qma"].get(f"{path}/mine"))["entries"][0]["code"]
    order = {"entrant": code, "event": "S", "grounds": "The clock was started too early."}

    ok(door["qma"].post(f"{path}/mine/appeals", order))
    twice = door["qma"].post(f"{path}/mine/appeals", {**order, "grounds": "The clock was started too early!"})
    other = door["qma"].post(f"{path}/mine/appeals", {**order, "event": "P"})
    appeal = ok(door["org"].get(f"{path}/appeals"))[0]
    decision = {"finding": "ct_upheld", "findings": "The clock was compared with the video."}
    address = f"{path}/appeals/{appeal['id']}/propose"
    ok(door["org"].post(address, {**decision, "version": 0}))
    unseen = door["sec"].post(address, {**decision, "version": 0, "finding": "ct_rejected"})
    seen = door["sec"].post(address, {**decision, "version": 1, "finding": "ct_rejected"})

    assert codes(twice) == ["contest.appeal_waits"]
    assert other.status_code == 200
    assert unseen.status_code == 409
    assert seen.status_code == 200
    own = door["sec"].post(f"{path}/appeals/{appeal['id']}/confirm", {"version": 2, "approve": True})
    assert codes(own) == ["contest.second_person"]


def test_a_board_that_stands_still_tells_since_when_and_shows_no_names_once_they_are_hidden(
    door: Door, lims: Lims, clock: FixedClock
) -> None:
    number = made.scored(lims, clock)
    path = f"{CONTESTS}/{number}"
    contest.announced(lims, number)
    frozen = {"is_shown": True, "by_name": True, "is_frozen": True}
    address = ok(put(door, "org", f"{path}/board", {"version": version(door, path), **frozen}))["board_address"]
    since = ok(door["org"].get(f"/api{address}"))
    clock.instant += timedelta(minutes=30)

    still = ok(door["org"].get(f"/api{address}"))
    ok(put(door, "org", f"{path}/board", {"version": version(door, path), **frozen, "by_name": False}))
    nameless = ok(door["org"].get(f"/api{address}"))

    assert still["as_of"] == since["as_of"]
    assert {one["shown"][0] for one in since["lines"]} != {"K"}
    assert {one["shown"][0] for one in nameless["lines"]} == {"K"}
    assert [one["total"] for one in nameless["lines"]] == [one["total"] for one in since["lines"]]


def test_a_document_that_could_not_be_drawn_is_drawn_again(door: Door, lims: Lims, clock: FixedClock) -> None:
    number = made.scored(lims, clock)
    path = f"{CONTESTS}/{number}"
    contest.announced(lims, number)
    clock.instant += timedelta(days=2)
    with working(lims, contest.person(lims, "org"), Action.CONTEST_PUBLISH) as session:
        finished = publishing.finish(session, number, queries.own_contest(session, number).version)
        publishing.issue_documents(session, number, DocumentsIn(version=finished.version))
    with lims.work(system_actor("worker"), Action.CONTEST_CERTIFY) as session:
        key = queries.undrawn(session)[0]
        session.get_one(ContestDocument, key).render_error = "no certificate"
    door = Door(lims)

    before = ok(door["org"].get(f"{path}/documents"))["documents"]
    again = ok(door["sec"].post(f"{path}/documents/retry", {"version": version(door, path)}))["documents"]
    nothing = door["sec"].post(f"{path}/documents/retry", {"version": version(door, path)})

    assert [one["render_error"] for one in before].count("no certificate") == 1
    assert {one["render_error"] for one in again} == {None}
    assert codes(nothing) == ["contest.nothing_failed"]
    assert door["qma"].post(f"{path}/documents/retry", {"version": 1}).status_code == 403


def test_the_same_honour_of_two_kinds_stands_once(door: Door, lims: Lims, clock: FixedClock) -> None:
    number = contest.planned(lims)
    with working(lims, contest.person(lims, "org"), Action.CONTEST_PLAN) as session:
        found = queries.own_contest(session, number, for_change=True)
        expert = {"name": "技术能手", "name_en": "Expert", "first": 1, "last": 1000}
        honours = [{**expert, "women_only": False}, {**expert, "women_only": True}]
        found.settings = {**found.settings, "honours": honours}
        session.add(found)
    clock.instant += timedelta(hours=1)
    contest.entered(lims, number)
    contest.scored(lims, number)

    ranked = ok(door["org"].get(f"{CONTESTS}/{number}/ranking"))["outcome"]["entrants"]

    assert {tuple(one["honours"]) for one in ranked} == {("技术能手",)}


def test_a_judge_who_comes_to_read_the_trail_scores_no_more(door: Door, lims: Lims, clock: FixedClock) -> None:
    path = entered(lims, clock)
    task = ok(door["j1"].get(f"{path}/judging"))["tasks"][0]
    sheet = f"{path}/judging/{task['event']}/{next(iter(task['sheets']))}"
    ok(put(door, "j1", sheet, {"version": 0, "marks": {"i1": "1"}}))
    with lims.work(system_actor(), Action.SET_UP) as session:
        user = people.known_user(session, "j1")
        role = Role.QUALITY_MANAGER
        session.add(UserRole(laboratory_id=user.laboratory_id, user_id=user.id, role=role))

    refused = put(door, "j1", sheet, {"version": 1, "marks": {"i1": "2"}})

    assert codes(refused) == ["contest.judge_knows"]


def test_who_was_taken_out_can_appeal_in_time_and_not_later(door: Door, lims: Lims, clock: FixedClock) -> None:
    path = entered(lims, clock)
    out = next(one for one in ok(door["org"].get(f"{path}/entries")) if one["laboratory"] == "QBZ")
    ok(door["org"].post(f"{path}/entrants/{out['code']}/withdraw", {"version": 1, "reason": WHY}))
    contest.scored(lims, made.NUMBER)
    contest.announced(lims, made.NUMBER)
    order = {"entrant": out["code"], "grounds": "The entrant was in the hall all the time."}

    told = ok(door["qma"].post(f"{path}/mine/appeals", order))
    clock.instant += timedelta(hours=23, minutes=59, seconds=59)
    foreign = next(one for one in ok(Door(lims)["org"].get(f"{path}/entries")) if one["laboratory"] != "QBZ")
    of_others = Door(lims)["qma"].post(f"{path}/mine/appeals", {**order, "entrant": foreign["code"]})
    clock.instant += timedelta(seconds=2)
    late = Door(lims)["qma"].post(f"{path}/mine/appeals", {**order, "event": "S"})

    assert [one["withdrawn_reason"] for one in told["entries"]].count(WHY) == 1
    assert of_others.status_code == 404
    assert codes(late) == ["contest.appeals_over"]
