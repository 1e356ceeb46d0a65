"""Judging at the front door."""

from typing import Any

import pytest

from lims.runtime import Lims
from tests.api.laboratory import Door, codes, load
from tests.factories import Cast
from tests.storage.test_library_judgements import COWPEA, a_sample, found
from tests.unit.limits.small import SMALL


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    """The application with the library loaded, and a judged sample's worth of results."""
    load(lims)
    a_sample(lims, cast.ann, {"emamectin-benzoate": {"emamectin-benzoate": found("0.21")}})
    return Door(lims)


NUMBER = f"LA-2026-{len(COWPEA):06}"


def a_question(**changes: Any) -> dict[str, Any]:
    """Carbofuran in cowpeas."""
    amount = {"kind": "quantified", "value": "0.010", "unit": "mg/kg"}
    none = {"kind": "not_detected", "limit_of_detection": "0.001"}
    question = {"food": "豇豆", "basis_on": "2026-05-10", "measured": {"克百威": amount, "16655-82-6": none}}
    return {**question, **changes}


def test_a_sample_is_judged_and_its_history_kept(door: Door) -> None:
    assert door["cai"].get(f"/api/samples/{NUMBER}/judgement").status_code == 404

    judged = door["cai"].post(f"/api/samples/{NUMBER}/judgement")
    door["cai"].post(f"/api/samples/{NUMBER}/judgement")

    assert judged.status_code == 201, judged.text
    assert judged.json()["overall"] == "fails"
    line = judged.json()["lines"][0]
    assert (line["verdict"], line["limit_value"]) == ("exceeds", "0.2")
    assert line["amount"]["value"] == "0.21"
    latest = door["cai"].get(f"/api/samples/{NUMBER}/judgement").json()
    assert (latest["serial"], latest["lines"][0]["sentence_zh"]) == (2, line["sentence_zh"])
    assert [j["serial"] for j in door["cai"].get(f"/api/samples/{NUMBER}/judgements").json()] == [2, 1]


def test_the_bench_reads_a_judgement_by_the_blind_code_alone(door: Door) -> None:
    door["cai"].post(f"/api/samples/{NUMBER}/judgement")
    blind = door["cai"].get(f"/api/samples/{NUMBER}").json()["blind_code"]

    assert door["vic"].get(f"/api/samples/{NUMBER}/judgement").status_code == 404
    assert door["vic"].get(f"/api/samples/{NUMBER}/judgements").status_code == 404
    assert door["vic"].get(f"/api/samples/{blind}/judgement").json()["serial"] == 1


def test_who_may_not_judge_is_refused_and_a_foreigner_finds_nothing(door: Door) -> None:
    assert door["ann"].post(f"/api/samples/{NUMBER}/judgement").status_code == 403
    assert door["eve"].post(f"/api/samples/{NUMBER}/judgement").status_code == 404
    assert door["eve"].get(f"/api/samples/{NUMBER}/judgement").status_code == 404


def test_amounts_are_judged_without_a_sample(door: Door) -> None:
    answer = door["ann"].post("/api/judge", a_question())

    assert answer.status_code == 200, answer.text
    assert answer.json()["overall"] == "fails"
    line = answer.json()["lines"][0]
    assert (line["parameter"], line["verdict"], line["limit_verdict"]) == (
        "carbofuran",
        "prohibited_detected",
        "conforms",
    )
    assert line["explanation"]["sum"]["terms"][1]["factor"] == "0.9326"


#: What is wrong with a question, and how it is answered.
UNREADABLE: list[tuple[dict[str, Any], int]] = [
    ({"measured": {"nothing known": {"kind": "not_detected", "limit_of_detection": "0.1"}}}, 404),
    ({"measured": {"克百威": {"kind": "quantified", "value": 0.01}}}, 422),  # a float
    ({"measured": {"克百威": {"kind": "quantified", "value": "-1"}}}, 422),
    ({"measured": {"克百威": {"kind": "quantified", "value": "NaN"}}}, 422),
    ({"measured": {"克百威": {"kind": "found", "value": "1"}}}, 422),
    ({"basis_on": "2026-13-01"}, 422),
    ({"region": "贵州"}, 422),
    ({"colour": "green"}, 422),
]


def test_a_question_that_cannot_be_read_is_refused(door: Door) -> None:
    answered = [door["ann"].post("/api/judge", a_question(**changes)).status_code for changes, _ in UNREADABLE]

    assert answered == [status for _, status in UNREADABLE]


def test_a_food_that_is_not_clear_is_answered_not_judged(door: Door) -> None:
    answer = door["ann"].post("/api/judge", a_question(food="豆角")).json()

    assert answer["overall"] == "not_judged"
    assert "food.ambiguous" in [why["code"] for why in answer["lines"][0]["explanation"]["reasons"]]


def test_an_amount_in_another_kind_of_unit_is_not_judged(door: Door) -> None:
    wrong = {"kind": "quantified", "value": "0.010", "unit": "mg/L"}
    answer = door["ann"].post("/api/judge", a_question(food="芹菜", measured={"毒死蜱": wrong})).json()

    assert answer["lines"][0]["verdict"] == "not_judged"
    assert [why["code"] for why in answer["lines"][0]["explanation"]["reasons"]] == ["unit.kind_differs"]


def test_a_refusal_names_its_code(door: Door) -> None:
    refused = door["ann"].post("/api/judge", a_question(measured={"啶虫咪": a_question()["measured"]["克百威"]}))

    assert codes(refused) == ["analyte.unknown"]
    assert "啶虫脒" in refused.text  # what may have been meant


# ── every market at once ─────────────────────────────────────────────────────────────────────────────


def test_a_sample_is_held_against_every_market_and_nothing_is_stored(door: Door) -> None:
    answer = door["cai"].get(f"/api/samples/{NUMBER}/markets")

    assert answer.status_code == 200, answer.text
    home = next(one for one in answer.json() if one["market"] == "CN")
    assert (home["acceptance"], home["overall"], home["rule"]) == ("refused", "fails", "simple")
    (way,) = home["hindrances"]
    assert (way["obstacle"], way["limit"], way["found"], way["factor"]) == ("too_much", "0.2", "0.21", "1.05")
    assert "须降到 1/1.05 以下" in home["said_zh"]
    assert "must fall by a factor of 1.05" in home["said_en"]
    assert door["cai"].get(f"/api/samples/{NUMBER}/judgement").status_code == 404


def test_the_markets_of_a_sample_are_seen_as_its_judgement_is(door: Door) -> None:
    blind = door["cai"].get(f"/api/samples/{NUMBER}").json()["blind_code"]

    assert door["vic"].get(f"/api/samples/{NUMBER}/markets").status_code == 404
    assert door["vic"].get(f"/api/samples/{blind}/markets").status_code == 200
    assert door["eve"].get(f"/api/samples/{NUMBER}/markets").status_code == 404


def test_amounts_are_held_against_every_market(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lims.limits.market_api.current_library", lambda _session: SMALL)
    amount = {"kind": "quantified", "value": "3"}

    answer = door["ann"].post("/api/markets", a_question(food="菠菜", measured={"sprayed": amount}))

    assert answer.status_code == 200, answer.text
    assert [(m["market"], m["acceptance"]) for m in answer.json()] == [("CN", "refused"), ("KR", "accepted")]
    assert [m["lines"][0]["limit_value"] for m in answer.json()] == ["2", "5"]


def test_a_question_about_every_market_names_none(door: Door) -> None:
    assert door["ann"].post("/api/markets", a_question(market="KR")).status_code == 422
