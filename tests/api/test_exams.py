"""Exams through the JSON door: from the bank to marks, sat by people who come late, twice, and all at once."""

from datetime import timedelta

import pytest
from sqlmodel import select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.exams import admission
from lims.exams.tables import ExamQuestion
from lims.runtime import Lims
from lims.worker import run_due_now
from tests.api.exams import EXAMS, a_bank, answer, hand_in, opened, seated
from tests.api.laboratory import Door, codes
from tests.api.rounds import ok
from tests.concurrency.at_once import audit_findings
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
    put_right = ok(door["second"].post(decide, {"confirms": True})) if False else None
    assert put_right is None
    assert audit_findings(lims) == []
