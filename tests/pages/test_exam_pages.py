"""Pages of exams: an organiser's way from the bank to published marks, and a candidate's without any script."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook

from lims.core.clock import CHINA
from lims.runtime import Lims
from tests.api.exams import second_organiser
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of

BANK = "/exams/questions"
NUMBER = "LP-EX2026-001"
EXAM = f"/exams/{NUMBER}"
QUESTION = {
    "kind": "single_choice",
    "subject": "抽样",
    "difficulty": "easy",
    "stem": "至少几人抽样？",
    "stem_en": "How many samplers at least?",
    "options": "一人\n两人",
    "options_en": "one\ntwo",
    "answers": "B",
    "explanation": "两人以上。",
}
NUMERIC = {
    "kind": "numeric_answer",
    "subject": "修约",
    "difficulty": "easy",
    "stem": "0.346 修约到两位小数",
    "answers": "0.35",
    "tolerance": "0",
}


@pytest.fixture
def net(cast: Cast, browse: Callable[..., Browser]) -> Browser:
    return browse(cast.net, "en")


def planned(lims: Lims, net: Browser, **changes: str) -> None:
    """An exam of two questions, open, as of now."""
    for question in (QUESTION, NUMERIC):
        net.follow(net.post(f"{BANK}/new", question))
    now = lims.clock.now().astimezone(CHINA)
    plan = {
        "title": "Theory",
        "minutes": "30",
        "pass_mark": "2",
        "opens_at": now.strftime("%Y-%m-%dT%H:%M"),
        "last_start": (now + timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M"),
        "draw": "one_paper",
        "partial_credit": "all_or_nothing",
        "shuffles": "true",
        "kind-0": "single_choice",
        "count-0": "1",
        "marks-0": "2",
        "kind-1": "numeric_answer",
        "count-1": "1",
        "marks-1": "2",
        **changes,
    }
    made = net.follow(net.post("/exams/new", plan))
    assert "is planned" in text_of(made)
    net.follow(net.post(f"{EXAM}/candidates", {"candidates": "A-1 王芳\nA-2,李明\nA-3"}))


def slips(net: Browser, **keys: Any) -> dict[str, str]:
    """Fresh admission codes by key."""
    shown = text_of(net.post(f"{EXAM}/slips", keys))
    return dict(re.findall(r"Key of the candidate: (A-\d)\D*? ?((?:[2-9A-Z]{4}-){2}[2-9A-Z]{4})", shown))


def version(net: Browser) -> str:
    found = re.search(r'name="version" value="(\d+)"', net.get(EXAM).text)
    assert found is not None
    return found[1]


def test_an_exam_is_planned_sat_without_scripts_corrected_and_published(
    lims: Lims, cast: Cast, net: Browser, browse: Callable[..., Browser]
) -> None:
    planned(lims, net)
    net.follow(net.post(f"{EXAM}/candidates", {"candidates": "A-9 王方"}))
    gone = net.follow(net.post(f"{EXAM}/candidates/remove", {"version": version(net), "key": "A-9"}))
    assert "The candidate is taken out." in text_of(gone)
    assert "王方" not in text_of(gone)
    assert net.post(f"{EXAM}/candidates/remove", {"version": "1", "key": "A-1"}).status_code == 409
    codes = slips(net)
    assert sorted(codes) == ["A-1", "A-2", "A-3"]
    assert "Everybody has a code already" in text_of(net.post(f"{EXAM}/slips"))
    ann = browse(None, "en")
    assert "This code opens no exam" in text_of(ann.forge("/exam/admit", {"code": "AAAA-BBBB-CCCC"}))
    ann.forge("/exam/admit", {"code": codes["A-1"].lower()})
    assert "not held now" in text_of(ann.get("/exam/paper"))
    net.follow(net.post(f"{EXAM}/open", {"version": version(net)}))

    before = text_of(ann.get("/exam/paper"))
    assert "王芳" in before
    assert "How many samplers" not in before
    ann.forge("/exam/begin")
    paper = ann.get("/exam/paper")
    assert "How many samplers at least?" in text_of(paper)
    assert "两人以上" not in paper.text
    two = re.search(r'value="(\w)"[^>]*> <b>\w</b> <span>two<', paper.text)
    assert two is not None
    switched = ann.forge("/exam/paper", {"answer-1": two[1], "answer-2": "0.3", "act": "zh"})
    chinese = ann.follow(switched).text
    assert "至少几人抽样？" in chinese
    assert re.search(rf'value="{two[1]}" checked', chinese)
    assert 'value="0.3"' in chinese
    ann.forge("/exam/paper", {"answer-1": two[1], "answer-2": "0.3", "act": "en"})
    moved = ann.forge("/exam/paper", {"answer-1": two[1], "answer-2": "0.35", "act": "hand_in"})
    assert "2 of 2 questions are answered" in text_of(ann.follow(moved))
    ann.forge("/exam/hand-in")
    assert "Your paper is handed in." in text_of(ann.get("/exam/paper"))
    assert ann.forge("/exam/paper", {"answer-1": ""}).status_code == 422

    lims.clock.instant += timedelta(minutes=11)  # type: ignore[attr-defined]  # a fixed one
    net.follow(net.post(f"{EXAM}/close", {"version": version(net)}))
    assert "absent" in text_of(net.get(EXAM))
    book = load_workbook(io.BytesIO(net.get(f"{EXAM}/marks.xlsx").content))
    rows = [[cell for cell in row if cell is not None] for row in book["Candidates"].iter_rows(values_only=True)]
    assert rows[1][:5] == ["A-1", "王芳", "paper handed in", 2, 2]
    assert rows[1][-3:] == [4, 4, "yes"]
    assert rows[3] == ["A-3", "absent", 0, 2, 0, 4]
    assert book["Questions"]["A2"].value == "Q0001"
    marked = text_of(net.get(f"{EXAM}/candidates/A-1"))
    assert "4 of 4 marks" in marked
    assert "2 of 2 marks" in marked
    assert "Q0001" in text_of(net.get(f"{EXAM}/statistics"))
    wrong = net.post(f"{EXAM}/faults", {"question": "Q0001", "fault": "It is one.", "answers": "AB"})
    assert wrong.status_code == 422
    assert "A single choice has one right option." in text_of(wrong)
    net.follow(net.post(f"{EXAM}/faults", {"question": "Q0002", "fault": "It is 0.3.", "answers": "０.3"}))
    assert "It is 0.3. · Right answers: 0.3" in text_of(net.get(EXAM))
    tom = browse(second_organiser(lims), "en")
    corrected = re.search(rf"{EXAM}/faults/[0-9a-f-]+", tom.get(EXAM).text)
    assert corrected is not None
    tom.follow(tom.post(corrected[0], {"confirms": "true"}))
    assert "2 of 4 marks" in text_of(net.get(f"{EXAM}/candidates/A-1"))
    assert "What is right was put right after the exam" in text_of(net.get(f"{EXAM}/candidates/A-1"))
    net.follow(net.post(f"{EXAM}/faults", {"question": "Q0001", "fault": "Both are right."}))
    assert "A second person decides." in text_of(net.get(EXAM))
    fault = re.search(rf"{EXAM}/faults/[0-9a-f-]+", tom.get(EXAM).text)
    assert fault is not None
    assert net.post(fault[0], {"confirms": "true"}).status_code == 422
    assert "pass mark" not in text_of(ann.get("/exam/paper"))
    tom.follow(tom.post(fault[0], {"confirms": "true"}))
    net.follow(net.post(f"{EXAM}/publish", {"version": version(net)}))
    result = text_of(ann.get("/exam/paper"))
    assert "pass mark reached" in result
    assert "everybody has its full marks" in result


def test_extra_time_that_another_organiser_changed_meanwhile_is_asked_for_again(
    lims: Lims, cast: Cast, net: Browser, browse: Callable[..., Browser]
) -> None:
    planned(lims, net)
    slips(net)
    net.follow(net.post(f"{EXAM}/open", {"version": version(net)}))
    tom = browse(second_organiser(lims), "en")
    address, seen = f"{EXAM}/extra-time", choice_of(tom.get(EXAM).text, "A-2")

    given = net.follow(net.post(address, {"candidate": seen, "extra_minutes": "10", "reason": "No power."}))
    assert "The candidate has more time." in text_of(given)
    assert "10 · No power." in text_of(given)
    late = tom.post(address, {"candidate": seen, "extra_minutes": "25", "reason": "No light."})
    assert late.status_code == 409
    assert "10 · No power." in text_of(late)
    assert 'value="25"' in late.text
    assert "No light.</textarea>" in late.text
    now = choice_of(late.text, "A-2")
    assert f'<option value="{now}" selected>' in late.text
    again = tom.follow(tom.post(address, {"candidate": now, "extra_minutes": "25", "reason": "No light."}))
    assert "25 · No light." in text_of(again)


def choice_of(page: str, key: str) -> str:
    """What the list of candidates who may have extra time sends for one of them."""
    found = re.search(rf'<option value="(\d+ {key})"', page)
    assert found is not None
    return found[1]


def test_exams_and_questions_are_found_by_who_may_read_them_in_their_own_laboratory_alone(
    lims: Lims, cast: Cast, net: Browser, browse: Callable[..., Browser]
) -> None:
    planned(lims, net)
    assert net.get(f"/search?q={NUMBER.lower()}").headers["location"] == EXAM
    assert net.get("/search?q=q0002").headers["location"] == f"{BANK}/Q0002"
    by_words = text_of(net.get("/search?q=Theory"))
    assert "Theory · being planned" in by_words
    assert "抽样 · 至少几人抽样" in text_of(net.get("/search?q=samplers"))
    assert "A-1" not in text_of(net.get("/search?q=王芳")).replace("王芳", "")
    for stranger in (cast.max, cast.ann, cast.ada, cast.ian):  # the quality manager of another laboratory, and others
        for text in (NUMBER, "Theory", "Q0002", "samplers"):
            answer = browse(stranger, "en").get(f"/search?q={text}")
            assert answer.status_code == 200
            assert "/exams/" not in answer.text
