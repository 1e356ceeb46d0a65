"""Exams for tests at the front door: a small bank, a plan, and candidates who sit."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from lims.core.actions import Action, Role
from lims.core.actors import Actor, system_actor
from lims.exams import admission, bank, correcting, queries, service, sitting
from lims.exams.rules import QuestionKind
from lims.exams.schemas import AnswerIn, CandidateIn, CandidatesIn, ExamIn, FaultIn, QuestionIn, SectionIn, SlipsIn
from lims.people.service import UserOrder, actor_of, create_user
from lims.runtime import Lims
from tests.api.laboratory import Door
from tests.api.rounds import ok
from tests.factories import PASSWORD

EXAMS = "/api/exams"
BANK = f"{EXAMS}/questions"


def single(number: int, right: str = "B", **more: Any) -> dict[str, Any]:
    return {
        "kind": "single_choice",
        "subject": "抽样",
        "difficulty": "easy",
        "stem": f"第{number}题",
        "options": ["甲", "乙", "丙", "丁"],
        "answers": [right],
        **more,
    }


#: One question of each kind besides the single choices.
OTHERS = (
    {**single(90), "kind": "multiple_choice", "answers": ["A", "C"], "stem": "多选"},
    {**single(91), "kind": "true_or_false", "options": [], "answers": ["true"], "stem": "判断"},
    {**single(92), "kind": "numeric_answer", "options": [], "answers": ["0.35"], "tolerance": "0.01", "unit": "mg/kg",
     "stem": "计算"},
    {**single(93), "kind": "fill_in", "options": [], "answers": ["四舍六入五成双"], "stem": "填空"},
)  # fmt: skip


def a_bank(door: Door, who: str = "net", singles: int = 6) -> list[str]:
    """Single choices and one of each other kind; their codes."""
    orders = [*(single(place) for place in range(singles)), *OTHERS]
    return [ok(door[who].post(BANK, one), 201)["code"] for one in orders]


def a_plan(lims: Lims, **changes: Any) -> dict[str, Any]:
    """Eight questions, 20 marks in all."""
    now = lims.clock.now()
    rest = [{"kind": one["kind"], "count": 1, "marks": "3"} for one in OTHERS]
    return {
        "title": "理论考试",
        "sections": [{"kind": "single_choice", "count": 4, "marks": "2", "subject": "抽样"}, *rest],
        "minutes": 60,
        "opens_at": now.isoformat(),
        "last_start": (now + timedelta(minutes=30)).isoformat(),
        "pass_mark": "12",
        **changes,
    }


def opened(lims: Lims, door: Door, keys: list[str], **changes: Any) -> tuple[str, dict[str, str]]:
    """An exam that these candidates may sit: its number, and their admission codes."""
    number = ok(door["net"].post(EXAMS, a_plan(lims, **changes)), 201)["number"]
    path = f"{EXAMS}/{number}"
    whole = ok(door["net"].post(f"{path}/candidates", {"candidates": [{"key": key} for key in keys]}))
    slips = ok(door["net"].post(f"{path}/slips", {"keys": []}))
    version = ok(door["net"].get(path))["version"]
    assert version > whole["version"] - 1
    ok(door["net"].post(f"{path}/open", {"version": version}))
    return number, {one["key"]: one["code"] for one in slips}


def seated(lims: Lims, code: str, address: str = "10.0.0.1") -> str:
    """The token of a browser that somebody sits at with an admission code, the time running."""
    with lims.work(system_actor("candidate"), Action.EXAM_SIT) as session:
        found = admission.admit(session, code, address)
        assert found is not None
        token = found[1]
    with lims.work(system_actor("candidate"), Action.EXAM_SIT) as session:
        sitting.start(session, token)
    return token


def answer(lims: Lims, token: str, place: int, *given: str, serial: int = 0) -> None:
    with lims.work(system_actor("candidate"), Action.EXAM_ANSWER) as session:
        sitting.save_answers(session, token, [AnswerIn(place=place, given=list(given), serial=serial)])


def answer_rightly(lims: Lims, token: str, count: int) -> None:
    """The first so many questions of a paper of single choices are answered rightly."""
    with lims.work(system_actor("candidate"), Action.EXAM_ANSWER) as session:
        paper = admission.at_desk(session, token).paper
        questions = queries.questions_by_id(session, [UUID(entry["question"]) for entry in paper])
        answers = [
            AnswerIn(place=place, given=sitting.shown_letters(entry, questions[UUID(entry["question"])].answers))
            for place, entry in enumerate(paper[:count], 1)
        ]
        sitting.save_answers(session, token, answers)


def hand_in(lims: Lims, token: str) -> None:
    with lims.work(system_actor("candidate"), Action.EXAM_HAND_IN) as session:
        sitting.hand_in(session, token)


def second_organiser(lims: Lims) -> Actor:
    """Tom, who organises beside Net."""
    with lims.work(system_actor(), Action.SET_UP) as session:
        order = UserOrder("tom", "Tom", PASSWORD, frozenset({Role.NETWORK_MANAGER}), "LP", "520300")
        return actor_of(session, create_user(session, order))


def exam_of_a_laboratory(lims: Lims, organiser: Actor) -> None:
    """An exam that somebody sat; it is closed, and its question found faulty."""
    now = lims.clock.now()
    question = QuestionIn.model_validate(single(0, stem="Question of the county", answers=["A"]))
    section = SectionIn(kind=QuestionKind.SINGLE, count=1, marks=Decimal(2))
    plan = ExamIn(
        title="Paper of the county",
        sections=[section],
        minutes=10,
        opens_at=now,
        last_start=now + timedelta(minutes=1),
        pass_mark=Decimal(1),
    )
    with lims.work(organiser, Action.EXAM_PLAN) as session:
        code = bank.write_question(session, question).code
        number = service.plan_exam(session, plan).number
        service.add_candidates(
            session, number, CandidatesIn(candidates=[CandidateIn(key="CANDIDATE-1", name="Wu of the county")])
        )
        slips = service.issue_codes(session, number, SlipsIn())
        service.open_exam(session, number, queries.own_exam(session, number).version)
    token = seated(lims, slips[0].code)
    answer(lims, token, 1, "A")
    hand_in(lims, token)
    with lims.work(organiser, Action.EXAM_CORRECT) as session:
        service.close_exam(session, number, queries.own_exam(session, number).version)
        correcting.propose_fault(session, number, FaultIn(question=code, fault="Faulty in the county"))
