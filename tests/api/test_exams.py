"""Exams through the JSON door: from the bank to marks, sat by people who come late, twice, and all at once."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlmodel import select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.core.errors import BadInput, RuleRefused, TooManyRequests, Unauthenticated
from lims.demo.theory import BANK as BANK_OF_THE_REHEARSAL
from lims.exams import admission, queries, service, sitting
from lims.exams.tables import ExamAnswer, ExamQuestion
from lims.runtime import Lims
from lims.worker import run_due_now
from tests.api.exams import (
    BANK,
    EXAMS,
    a_bank,
    a_plan,
    answer,
    hand_in,
    opened,
    seated,
    second_organiser,
    single,
)
from tests.api.laboratory import Door, codes
from tests.api.rounds import ok, put
from tests.concurrency.at_once import at_once, audit_findings
from tests.factories import Cast


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    return Door(lims)


def later(lims: Lims, **by: float) -> None:
    assert isinstance(lims.clock, FixedClock)
    lims.clock.instant += timedelta(**by)


def right_answers(lims: Lims, token: str) -> dict[int, list[str]]:
    """What is right, by place and in the letters that the candidate sees."""
    with lims.read(system_actor(), Action.EXAM_READ) as session:
        candidate = admission.at_desk(session, token)
        questions = {str(one.id): one for one in session.exec(select(ExamQuestion)).all()}
        found = {}
        for place, entry in enumerate(candidate.paper, start=1):
            known = questions[entry["question"]].answers
            if questions[entry["question"]].options:
                known = sorted("ABCD"[entry["order"].index("ABCD".index(one))] for one in known)
            found[place] = known
        return found


@pytest.mark.both_databases
def test_an_exam_goes_from_the_bank_to_marks_and_a_faulty_question_is_put_right(
    lims: Lims, cast: Cast, door: Door
) -> None:
    a_bank(door)
    number, slips = opened(lims, door, ["A-1", "A-2", "A-3"], draw="random_papers")
    path = f"{EXAMS}/{number}"
    assert number == "LP-EX2026-001"
    first, second = seated(lims, slips["A-1"]), seated(lims, slips["A-2"].lower().replace("-", " "))
    right = right_answers(lims, first)
    for place, known in right.items():
        answer(lims, first, place, *known)
    for place, known in right_answers(lims, second).items():
        answer(lims, second, place, *known[:1])  # half of the multiple choice, which is worth nothing
    later(lims, minutes=20)
    hand_in(lims, first)
    later(lims, minutes=39, seconds=59)
    answer(lims, second, 1)  # taken back in the last second
    later(lims, seconds=7)

    waiting = ok(door["net"].get(path))
    assert codes(door["net"].post(f"{path}/close", {"version": waiting["version"]})) == ["exam.running"]
    assert run_due_now(lims) == 1
    assert run_due_now(lims) == 0
    closed = ok(door["net"].post(f"{path}/close", {"version": waiting["version"]}))
    assert [(one["key"], one["total"], one["is_passed"], one["handed_in_by"]) for one in closed["candidates"]] == [
        ("A-1", "20", True, "candidate"),
        ("A-2", "15", True, "time_was_up"),
        ("A-3", None, None, None),
    ]
    assert [one["seconds"] for one in ok(door["net"].get(f"{path}/marks"))] == [1200, 3600, None]

    paper = ok(door["net"].get(f"{path}/candidates/A-2/paper"))
    lost = next(one for one in paper["lines"] if one["marks"] == "0" and one["place"] != 1)
    assert lost["right"] != lost["given"] != []
    figures = {one["question"]: one for one in ok(door["net"].get(f"{path}/statistics"))}
    assert figures[lost["question"]]["facility"] == 0.5

    wrong = {"question": lost["question"], "fault": "选项 A 与 C 相同"}
    proposed = ok(door["net"].post(f"{path}/faults", wrong))
    decide = f"{path}/faults/{proposed['faults'][0]['id']}/decide"
    assert codes(door["net"].post(decide, {"confirms": True})) == ["fault.own"]
    assert codes(door["net"].post(f"{path}/publish", {"version": closed["version"]})) == ["exam.fault_open"]
    second_organiser(lims)
    put_right = ok(Door(lims)["tom"].post(decide, {"confirms": True}))
    assert [one["total"] for one in put_right["candidates"]] == ["20", "18", None]
    again = ok(door["net"].get(f"{path}/candidates/A-2/paper"))
    assert [one["marks"] for one in again["lines"] if one["is_neutral"]] == ["3"]
    published = ok(door["net"].post(f"{path}/publish", {"version": put_right["version"]}))
    assert published["state"] == "marks_published"
    assert audit_findings(lims) == []


def test_papers_are_marked_again_by_what_is_right_instead(lims: Lims, cast: Cast, door: Door) -> None:
    a_bank(door)
    number, slips = opened(lims, door, ["A-1", "A-2"], shuffles=False)
    path = f"{EXAMS}/{number}"
    for key, letter in (("A-1", "B"), ("A-2", "C")):
        token = seated(lims, slips[key])
        with lims.read(system_actor(), Action.EXAM_READ) as session:
            entry = admission.at_desk(session, token).paper[0]
        answer(lims, token, 1, *sitting.shown_letters(entry, [letter]))
        hand_in(lims, token)
    closed = ok(door["net"].post(f"{path}/close", {"version": ok(door["net"].get(path))["version"]}))
    assert [one["total"] for one in closed["candidates"]] == ["2", "0"]
    code = ok(door["net"].get(f"{path}/candidates/A-1/paper"))["lines"][0]["question"]

    order = {"question": code, "fault": "答案应为丙"}
    assert codes(door["net"].post(f"{path}/faults", {**order, "answers": ["E"]})) == ["question.letters"]
    assert codes(door["net"].post(f"{path}/faults", {**order, "answers": ["B", "C"]})) == ["question.one_right"]
    proposed = ok(door["net"].post(f"{path}/faults", {**order, "answers": ["C"]}))
    assert codes(door["net"].post(f"{path}/faults", order)) == ["fault.known"]
    second_organiser(lims)
    tom = Door(lims)["tom"]
    again = ok(tom.post(f"{path}/faults/{proposed['faults'][0]['id']}/decide", {"confirms": True}))
    assert [one["total"] for one in again["candidates"]] == ["0", "2"]
    line = ok(door["net"].get(f"{path}/candidates/A-2/paper"))["lines"][0]
    assert (line["right"], line["marks"], line["is_corrected"], line["is_neutral"]) == (line["given"], "2", True, False)
    assert next(one for one in ok(door["net"].get(f"{path}/statistics")) if one["question"] == code)["is_faulty"]

    # What was put right wrongly is put right once more; full marks for everybody are the last word.
    proposed = ok(door["net"].post(f"{path}/faults", order))
    waiting = next(one["id"] for one in proposed["faults"] if one["answers"] is None)
    again = ok(tom.post(f"{path}/faults/{waiting}/decide", {"confirms": True}))
    assert [one["total"] for one in again["candidates"]] == ["2", "2"]
    assert codes(door["net"].post(f"{path}/faults", {**order, "answers": ["A"]})) == ["fault.known"]
    assert audit_findings(lims) == []


def test_papers_are_drawn_again_from_the_seed_that_is_kept(lims: Lims, cast: Cast, door: Door) -> None:
    a_bank(door, singles=30)
    number, _ = opened(lims, door, ["A-1", "A-2"], draw="random_papers")
    with lims.read(cast.net, Action.EXAM_READ) as session:
        exam = queries.own_exam(session, number)
        one, two = queries.candidates_of(session, exam)
        assert [entry["question"] for entry in one.paper] != [entry["question"] for entry in two.paper]
        assert service.papers(session, exam, ["A-1", "A-2"]) == {"A-1": one.paper, "A-2": two.paper}


def test_an_answer_after_the_time_is_refused_and_extra_time_gives_the_paper_back(
    lims: Lims, cast: Cast, door: Door
) -> None:
    a_bank(door)
    number, slips = opened(lims, door, ["A-1"])
    token = seated(lims, slips["A-1"])
    answer(lims, token, 1, "A")
    later(lims, minutes=60, seconds=6)
    with pytest.raises(RuleRefused, match="time was up"):
        answer(lims, token, 2, "A")
    run_due_now(lims)
    hand_in(lims, token)  # it has been done
    taken = ok(door["net"].get(f"{EXAMS}/{number}"))["candidates"][0]
    assert (taken["handed_in_by"], taken["handed_in_at"]) == ("time_was_up", taken["ends_at"])
    extra = f"{EXAMS}/{number}/candidates/A-1/extra-time"
    order = {"version": taken["version"], "extra_minutes": 10, "reason": "停电"}
    assert codes(door["net"].post(extra, {**order, "extra_minutes": 0})) == ["field.greater_than_equal"]
    given = ok(door["net"].post(extra, order))
    assert given["candidates"][0]["handed_in_at"] is None
    answer(lims, token, 2, "A")
    hand_in(lims, token)
    order |= {"version": ok(door["net"].get(f"{EXAMS}/{number}"))["candidates"][0]["version"], "extra_minutes": 20}
    assert codes(door["net"].post(extra, order)) == ["exam.extend_handed_in"]
    assert sorted(stored(lims)) == [1, 2]


@pytest.mark.both_databases
def test_of_two_organisers_who_give_extra_time_at_once_the_second_is_told(lims: Lims, cast: Cast, door: Door) -> None:
    a_bank(door)
    number, slips = opened(lims, door, ["A-1", "A-2"])
    path = f"{EXAMS}/{number}"
    seated(lims, slips["A-1"])
    second_organiser(lims)
    tom = Door(lims)["tom"]
    seen = {one["key"]: one["version"] for one in ok(door["net"].get(path))["candidates"]}

    def order(key: str, minutes: int) -> tuple[str, dict[str, Any]]:
        return f"{path}/candidates/{key}/extra-time", {"version": seen[key], "extra_minutes": minutes, "reason": "停电"}

    first = ok(door["net"].post(*order("A-1", 10)))["candidates"][0]
    late = tom.post(*order("A-1", 30))
    assert (late.status_code, codes(late)) == (409, ["conflict.changed"])
    assert ok(tom.get(path))["candidates"][0] == first
    ok(tom.post(*order("A-2", 30)))  # another candidate is nobody else's matter
    seen["A-1"] = first["version"]
    again = ok(tom.post(*order("A-1", 30)))
    assert [one["extra_minutes"] for one in again["candidates"]] == [30, 30]
    assert audit_findings(lims) == []


def stored(lims: Lims) -> dict[int, list[str]]:
    """What the only candidate gave, letters as in the bank."""
    with lims.read(system_actor(), Action.EXAM_READ) as session:
        return {one.place: one.given for one in session.exec(select(ExamAnswer)).all()}


@pytest.mark.both_databases
def test_what_arrives_late_or_twice_overtakes_nothing(lims: Lims, cast: Cast, door: Door) -> None:
    a_bank(door)
    _, slips = opened(lims, door, ["A-1"], shuffles=False)
    token = seated(lims, slips["A-1"])
    for letter, serial in (("A", 10), ("C", 30), ("C", 30), ("B", 20)):
        answer(lims, token, 1, letter, serial=serial)
    assert stored(lims) == {1: ["C"]}
    sent = [partial(answer, lims, token, 2, letter, serial=place) for place, letter in enumerate("ABCD", start=40)]
    outcome = at_once(sent)
    while outcome.refused:  # two first answers to one place: the browser sends the other again
        outcome = at_once(sent)
    assert stored(lims)[2] == ["D"]
    with pytest.raises(BadInput, match="no answer"):
        answer(lims, token, 1, "E", serial=50)
    with pytest.raises(BadInput, match="no question 9"):
        answer(lims, token, 9, "A", serial=50)


def test_a_code_opens_one_place_and_guessing_is_slowed_down(lims: Lims, cast: Cast, door: Door) -> None:
    a_bank(door)
    number, slips = opened(lims, door, ["A-1"])
    first = seated(lims, slips["A-1"])
    second = seated(lims, slips["A-1"])
    with pytest.raises(Unauthenticated):
        answer(lims, first, 1, "A")
    answer(lims, second, 1, "A")
    fresh = ok(door["net"].post(f"{EXAMS}/{number}/slips", {"keys": ["A-1"]}))[0]["code"]

    def tried(code: str, address: str) -> bool:
        with lims.work(system_actor(), Action.EXAM_SIT) as session:
            return admission.admit(session, code, address) is not None

    assert not tried(slips["A-1"], "10.0.0.7")
    assert not any(tried(admission.new_code(), "10.0.0.7") for _ in range(99))
    with pytest.raises(TooManyRequests):
        tried(fresh, "10.0.0.7")
    assert tried(fresh, "10.0.0.8")
    later(lims, minutes=6)
    assert tried(fresh, "10.0.0.7")


def test_who_was_entered_by_mistake_is_taken_out_and_who_has_begun_stays(lims: Lims, cast: Cast, door: Door) -> None:
    a_bank(door)
    number, slips = opened(lims, door, ["A-1", "A-2"])
    path = f"{EXAMS}/{number}"
    seated(lims, slips["A-1"])
    version = ok(door["net"].get(path))["version"]
    begun = door["net"].post(f"{path}/candidates/A-1/remove", {"version": version})
    assert codes(begun) == ["candidate.begun"]
    assert codes(door["net"].post(f"{path}/candidates/A-2/remove", {"version": version - 1})) == ["conflict.changed"]
    assert door["net"].post(f"{path}/candidates/A-3/remove", {"version": version}).status_code == 404
    left = ok(door["net"].post(f"{path}/candidates/A-2/remove", {"version": version}))
    assert ([one["key"] for one in left["candidates"]], left["candidate_count"]) == (["A-1"], 1)
    with lims.work(system_actor(), Action.EXAM_SIT) as session:
        assert admission.admit(session, slips["A-2"], "10.0.0.9") is None
    assert ok(door["net"].post(f"{path}/candidates", {"candidates": [{"key": "A-2"}]}))["candidate_count"] == 2
    assert audit_findings(lims) == []


def test_a_bank_comes_and_goes_as_a_table_with_every_fault_at_its_place(lims: Lims, cast: Cast, door: Door) -> None:
    client = door["net"].client

    def taken(content: bytes) -> Any:
        return client.post(f"{BANK}/import", files={"file": ("bank.csv", content)})

    bad = "编号,题型,科目,题干,选项A,选项B,选项D,答案,允许误差\n"
    bad += "Q0999,判断题,x,x,,,,正确,\n,单选题,x,x,甲,甲,乙,E,\n,论述题,x,x,,,,x,\n"
    bad += ",计算题,x,x,,,,很多,\n,单选题,x,,甲,乙,,A,"
    found = [
        (one["where"].get("row"), one["where"].get("column"), one["code"])
        for one in taken(bad.encode()).json()["reasons"]
    ]
    assert found == [
        (3, "选项C", "question.options_gap"),
        (3, "选项A", "question.options_same"),
        (3, "答案", "question.letters"),
        (4, "题型", "cell.choice"),
        (5, "答案", "question.number"),
        (5, "允许误差", "question.tolerance"),
        (6, "题干", "cell.empty"),
    ]
    assert codes(taken("编号,题型,科目,题干,答案\nQ0999,判断题,x,x,正确\n".encode())) == ["question.unknown"]

    whole = ok(taken(BANK_OF_THE_REHEARSAL.read_bytes()))
    assert whole["rows"] == whole["written"] >= 60
    exported = client.get(f"{BANK}/export.xlsx").content
    assert ok(taken(exported))["written"] == 0
    one = ok(door["net"].get(f"{BANK}/Q0002"))[0]
    assert all(one[name] for name in ("stem_en", "options_en", "explanation", "source"))
    assert client.get(f"{BANK}/template.xlsx").status_code == 200


def test_a_table_that_is_taken_in_twice_doubles_no_question(lims: Lims, cast: Cast, door: Door) -> None:
    client = door["net"].client
    head = "编号,题型,科目,题干,选项A,选项B,答案\n"

    def taken(rows: str) -> Any:
        return client.post(f"{BANK}/import", files={"file": ("bank.csv", (head + rows).encode())})

    rows = ",单选题,抽样,几人抽样,一人,两人,Ｂ\n,判断题,抽样,对吗,,,✓\n,计算题,修约,几何,,,\uff10．３５\n"
    assert codes(taken(rows)) == ["question.tolerance"]
    rows = rows.partition(",计算题")[0]
    assert ok(taken(rows)) == {"rows": 2, "written": 2}
    assert ok(taken(rows)) == {"rows": 2, "written": 0}
    assert ok(door["net"].get(BANK))["total"] == 2
    assert [one["answers"] for one in ok(door["net"].get(BANK))["items"]] == [["B"], ["true"]]
    twice = "Q0001,单选题,抽样,甲,一人,两人,B\nQ0001,单选题,抽样,乙,一人,两人,B\n" + rows + rows
    refused = taken(twice).json()["reasons"]
    assert [(one["code"], one["where"]["row"]) for one in refused] == [("question.twice", row) for row in (3, 6, 7)]
    assert ok(door["net"].get(f"{BANK}/Q0001"))[0]["edition"] == 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"kind": "fill_in", "options": [], "answers": ["。"]}, "question.no_answer"),
        ({"kind": "fill_in", "options": [], "answers": ["甲|乙"]}, "question.bar"),
        ({"options_en": ["x", "x", "y", "z"]}, "question.options_en_same"),
        ({"options_en": ["x", "w|v", "y", "z"]}, "question.bar"),
    ],
)
def test_a_question_that_could_not_be_marked_or_exported_is_refused(
    lims: Lims, cast: Cast, door: Door, wrong: dict[str, Any], code: str
) -> None:
    assert codes(door["net"].post(BANK, {**single(1), **wrong})) == [code]


def test_an_act_at_the_wrong_time_is_refused_in_words(lims: Lims, cast: Cast, door: Door) -> None:
    made = ok(door["net"].post(EXAMS, a_plan(lims)), 201)
    refused = door["net"].post(f"{EXAMS}/{made['number']}/publish", {"version": made["version"]})
    assert "The exam is being planned; this can be done while it is closed and marked." in refused.text


def test_an_edited_question_is_a_new_edition_and_papers_keep_theirs(lims: Lims, cast: Cast, door: Door) -> None:
    a_bank(door)
    number, slips = opened(lims, door, ["A-1"], shuffles=False)
    found = ok(door["net"].get(f"{BANK}/Q0001"))[0]
    changed = ok(put(door, "net", f"{BANK}/Q0001", {**single(0, "C"), "version": found["version"]}))
    assert (changed["code"], changed["edition"]) == ("Q0001", 2)
    stale = put(door, "net", f"{BANK}/Q0001", {**single(0, "D"), "version": 9})
    assert codes(stale) == ["conflict.changed"]
    ok(door["net"].post(f"{BANK}/Q0002/retire", {"version": 1}))
    assert codes(door["net"].post(f"{BANK}/Q0002/retire", {"version": 2})) == ["question.retired"]
    assert ok(door["net"].get(BANK))["total"] == 9
    token = seated(lims, slips["A-1"])
    answer(lims, token, 1, "B")  # right in the first edition
    hand_in(lims, token)
    exam = ok(door["net"].get(f"{EXAMS}/{number}"))
    ok(door["net"].post(f"{EXAMS}/{number}/close", {"version": exam["version"]}))
    assert ok(door["net"].get(f"{EXAMS}/{number}/marks"))[0]["total"] == "2"


def test_a_bank_that_is_too_small_says_what_it_lacks(lims: Lims, cast: Cast, door: Door) -> None:
    a_bank(door, singles=2)
    made = ok(door["net"].post(EXAMS, a_plan(lims)), 201)
    assert made["missing"] == ["Section 1 lacks 2 questions in the bank."]
    path = f"{EXAMS}/{made['number']}"
    refused = codes(door["net"].post(f"{path}/open", {"version": made["version"]}))
    assert refused == ["exam.no_candidates", "exam.shortage"]
    ok(door["net"].post(f"{path}/candidates", {"candidates": [{"key": "A"}]}))
    assert codes(door["net"].post(f"{path}/candidates", {"candidates": [{"key": "A"}, {"key": "B"}]})) == [
        "candidate.known"
    ]
