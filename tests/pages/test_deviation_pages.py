"""Deviations on the pages: stated when a report is compiled, seen by who reviews and approves, kept by an amendment."""

import re

import pytest

from tests.api.laboratory import Door
from tests.api.reporting import a_draft, a_tested_sample, issued
from tests.factories import Cast
from tests.pages.conftest import text_of
from tests.pages.test_signed_act_pages import Browse, cast, door, lims, prepared

__all__ = ["cast", "door", "lims", "prepared"]

STATED = "样品量不足，平行测定一份。"
WHY = "批号录入有误，按抽样单更正。"


def stated_in(page: str) -> str:
    """What stands in the field of deviations."""
    found = re.search(r'<textarea id="f-deviations"[^>]*>([^<]*)</textarea>', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(("language", "title"), [("zh", "方法偏离"), ("en", "Deviations from the method")])
def test_who_compiles_states_deviations_and_who_reviews_and_approves_sees_them(
    browse: Browse, cast: Cast, door: Door, language: str, title: str
) -> None:
    number = a_tested_sample(door)
    cai = browse(cast.cai, language)
    form = {"sample": number, "deviations": STATED}

    asked = cai.get(f"/reports/compile/{number}")
    wrong = cai.sign("/reports/compile", form, password="wrong")
    long = cai.sign("/reports/compile", {**form, "deviations": "述" * 501})
    done = cai.sign("/reports/compile", form)

    assert stated_in(asked.text) == ""
    assert (wrong.status_code, long.status_code, done.status_code) == (422, 422, 303)
    assert stated_in(wrong.text) == STATED
    assert 'id="e-deviations-1"' in long.text
    (draft,) = door["cai"].get("/api/reports").json()["items"]
    for person, act in ((cast.rui, "review"), (cast.sun, "approve")):
        reader = browse(person, language)
        listed = reader.get("/reports/work").text
        page = reader.get(f"/reports/{draft['id']}").text
        notice = re.search(r'<div class="notice warn" id="deviations">(.*?)</div>', page)
        assert notice is not None
        assert title in notice[1]
        assert STATED in notice[1]
        assert f'title="{STATED}"' in listed
        version = door["cai"].get(f"/api/reports/{draft['id']}").json()["version"]
        assert reader.sign(f"/reports/{draft['id']}/{act}", {"version": version}).status_code == 303
    assert STATED in text_of(browse(cast.sun, language).get(f"/reports/{draft['id']}"))


def test_a_report_without_deviations_warns_of_none(browse: Browse, cast: Cast, door: Door) -> None:
    draft = a_draft(door, a_tested_sample(door))
    rui = browse(cast.rui)

    assert 'id="deviations"' not in rui.get(f"/reports/{draft['id']}").text
    assert "有方法偏离" not in text_of(rui.get("/reports/work"))


def test_a_draft_that_came_back_is_offered_with_what_was_stated(browse: Browse, cast: Cast, door: Door) -> None:
    number = a_tested_sample(door)
    draft = a_draft(door, number, deviations=STATED)
    assert door["rui"].post(f"/api/reports/{draft['id']}/send-back", {"version": 1, "reason": WHY}).is_success
    cai = browse(cast.cai)

    assert stated_in(cai.get(f"/reports/compile/{number}").text) == STATED
    queue = cai.get("/reports/work").text
    hidden = re.search(rf'name="deviations:{number}" value="([^"]*)"', queue)
    assert hidden is not None
    form = {"chosen": [number], "annex_of": [number], f"deviations:{number}": hidden[1]}
    assert cai.sign("/reports/work/compile", form).status_code == 303
    (made,) = door["cai"].get("/api/reports", status="compiled").json()["items"]
    assert made["deviations"] == STATED


def test_an_amendment_begins_with_what_the_old_report_stated_and_may_drop_it(
    browse: Browse, cast: Cast, door: Door
) -> None:
    report = issued(door, a_draft(door, a_tested_sample(door), deviations=STATED))
    cai, address = browse(cast.cai), f"/reports/{report['id']}/replace"

    asked = cai.get(address)
    done = cai.sign(address, {"version": report["version"], "reason": WHY, "deviations": ""})

    assert stated_in(asked.text) == STATED
    assert done.status_code == 303
    (new,) = door["cai"].get("/api/reports", status="compiled").json()["items"]
    assert (new["stated_deviations"], new["deviations"]) == (None, None)
    withdrawing = browse(cast.sun).get(f"/reports/{report['id']}/withdraw").text
    assert 'id="f-deviations"' not in withdrawing
