"""What the law says of a food, and what a new edition changes, at the front door."""

import pytest
from httpx2 import Response

from lims.runtime import Lims
from tests.api.laboratory import Door, codes, load
from tests.factories import Cast
from tests.unit.limits.small import SMALL


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    """The application with the library loaded."""
    load(lims)
    return Door(lims)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answers are by the small library."""
    monkeypatch.setattr("lims.limits.law_api.current_library", lambda _session: SMALL)


def limits_of(door: Door, food: str, **asked: str) -> Response:
    """What reaches a food, asked by Ann."""
    return door["ann"].get("/api/library/food-limits", food=food, **asked)


def compared(door: Door, **asked: str | list[str]) -> Response:
    """Two editions, asked by Ann."""
    return door["ann"].get("/api/library/compare", **asked)


@pytest.mark.usefixtures("small")
def test_every_limit_of_a_food_says_where_it_comes_from(door: Door) -> None:
    answer = limits_of(door, "鸡肉", on="2026-05-10")

    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["food"], said["market"], said["limits"]["total"]) == (
        "动物源食品/鸡肉",
        "CN",
        len(said["limits"]["items"]),
    )
    places = {(one["family"], one["food"]) for one in said["places"]}
    assert {("GB 2763", "动物源食品/鸡肉"), ("GB 31650", "肌肉/家禽/鸡")} <= places
    lines = {(one["substance"], one["family"]): one for one in said["limits"]["items"]}
    own, drug = lines["both", "GB 2763"], lines["both", "GB 31650"]
    assert (own["limit"]["value"], own["inherited_from"]) == ("0.1", None)
    assert (drug["limit"]["value"], drug["inherited_from"]) == ("20", "肌肉/家禽")
    banned = lines["banned-drug", None]
    assert (banned["limit"], [rule["substance"] for rule in banned["prohibitions"]]) == (None, ["banned-drug"])


@pytest.mark.usefixtures("small")
def test_one_substance_and_another_market_are_asked_for_alone(door: Door) -> None:
    one = limits_of(door, "菠菜", substance="lead", on="2026-05-10")
    korea = limits_of(door, "菠菜", standard="KR", market="KR", on="2026-05-10")

    assert [line["limit"]["value"] for line in one.json()["limits"]["items"]] == ["0.3"]
    assert [line["limit"]["value"] for line in korea.json()["limits"]["items"]] == ["5"]


def test_a_food_that_is_none_or_several_and_a_market_that_is_none_are_refused(door: Door) -> None:
    assert codes(limits_of(door, "石头")) == ["food.unknown"]
    assert codes(limits_of(door, "豆角")) == ["food.ambiguous"]
    assert codes(limits_of(door, "豇豆", market="XX")) == ["not_found"]
    assert codes(limits_of(door, "豇豆", substance="月光石")) == ["not_found"]


def test_two_editions_are_compared_for_everything_and_for_a_food(door: Door) -> None:
    whole = compared(door, limit="5")

    assert whole.status_code == 200, whole.text
    said = whole.json()
    assert said["after"][-1] == "GB 2763-2026"
    assert said["differences"]["total"] == sum(said["counts"].values())
    assert len(said["differences"]["items"]) == 5
    food = compared(door, food="豇豆").json()
    assert food["food"].endswith("/豇豆")
    assert {one["food"] for one in food["differences"]["items"]} <= {food["food"]}
    assert food["counts"]["lowered"] + food["counts"]["raised"] < said["counts"]["lowered"] + said["counts"]["raised"]


def test_a_kind_and_a_substance_narrow_a_comparison(door: Door) -> None:
    new = compared(door, kind=["raised", "lowered"], limit="500").json()
    one = new["differences"]["items"][0]
    alone = compared(door, substance=one["substance"]).json()

    assert {line["kind"] for line in new["differences"]["items"]} <= {"raised", "lowered"}
    assert one["before"]["value"] != one["after"]["value"]
    assert alone["substance"] == one["substance"]
    assert {line["substance"] for line in alone["differences"]["items"]} == {one["substance"]}
    assert alone["unchanged"] is None


@pytest.mark.usefixtures("small")
def test_editions_of_different_trees_and_unknown_ones_are_refused(door: Door) -> None:
    assert codes(compared(door, before="GB 31650-2019", after="GB 2763-2026")) == ["edition.other_tree"]
    assert codes(compared(door, before="GB 1-1999", after="GB 2763-2026")) == ["not_found"]
    assert codes(compared(door)) == ["edition.none_to_compare"]
