"""The library at the front door: what can be browsed, by whom it is loaded."""

import pytest

from lims.runtime import Lims
from tests.api.laboratory import COWPEA, Door, codes, load
from tests.factories import Cast


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    """The application with the library loaded."""
    load(lims)
    return Door(lims)


#: What is asked, how many answers there are, and a part of the first.
BROWSING: list[tuple[str, dict[str, str], int, dict[str, str]]] = [
    ("substances", {"q": "呋喃丹"}, 1, {"code": "carbofuran"}),
    ("substances", {"q": "1563662"}, 1, {"code": "carbofuran", "adi": "0.001"}),
    ("substances", {"kind": "residue_component", "q": "carbofuran"}, 1, {"code": "3-hydroxycarbofuran"}),
    ("foods", {"q": "豇豆", "within": "蔬菜"}, 1, {"food": COWPEA}),
    ("limits", {"substance": "甲维盐", "food": "豇豆"}, 2, {"value": "0.015"}),
    ("limits", {"substance": "甲维盐", "on": "2026-02-28"}, 1, {"value": "0.015", "standard": "GB 2763-2021"}),
    ("limits", {"substance": "甲维盐", "on": "2014-02-28"}, 0, {}),
    ("methods", {"q": "23200.121-2026"}, 1, {"published_on": "2026-02-12"}),
    ("prohibitions", {"substance": "氧乐果", "food": "小麦", "on": "2026-05-31"}, 0, {}),
    ("prohibitions", {"substance": "氧乐果", "food": "小麦", "on": "2026-06-01"}, 1, {"in_force_on": "2026-06-01"}),
]


def test_browsing_by_name_place_and_day(door: Door) -> None:
    for path, query, total, part in BROWSING:
        answer = door["ann"].get(f"/api/library/{path}", **query)

        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["total"] == len(page["items"]) == total, (path, query)
        assert not part or part.items() <= page["items"][0].items(), (path, query)


@pytest.mark.parametrize("typed", ["kbw", "ＫＢＷ", "kebaiwei", "呋喃丹", "carbofuran", "1563-66-2", "1563662"])
def test_a_look_up_takes_any_name(door: Door, typed: str) -> None:
    found = door["ann"].get("/api/library/lookup", q=typed).json()

    assert (found[0]["key"], found[0]["fit"]) == ("carbofuran", "exact")


def test_a_look_up_finds_foods_of_every_tree(door: Door) -> None:
    names = [one["name"] for one in door["ann"].get("/api/library/lookup", q="jd", kind="food").json()]
    drugs = door["ann"].get("/api/library/lookup", q="猪", kind="food", standard="GB 31650").json()

    assert "豇豆" in names
    assert {one["kind"] for one in drugs} == {"food"}
    assert door["ann"].get("/api/library/lookup").status_code == 422


def test_a_list_is_given_in_pages(door: Door) -> None:
    page = door["ann"].get("/api/library/limits", limit=500, offset=3000).json()

    assert (page["total"] - 3000, page["offset"]) == (len(page["items"]), 3000)
    assert 2780 < page["total"] < 3500  # GB 2763-2026, and what is in force beside it
    assert door["ann"].get("/api/library/limits", limit=501).status_code == 422


def test_a_substance_with_all_that_is_known_of_it(door: Door) -> None:
    found = door["ann"].get("/api/library/substances/1563-66-2").json()

    assert (found["code"], found["name_zh"], found["aliases"]) == ("carbofuran", "克百威", ["呋喃丹"])
    newest = next(one for one in found["definitions"] if one["standard"] == "GB 2763-2026")
    parts = {part["substance"]: part["factor"] for part in newest["components"]}
    assert parts == {"carbofuran": "1.0000", "3-hydroxycarbofuran": "0.9326"}
    assert {rule["kind"] for rule in found["prohibitions"]} == {"national_ban"}
    assert "GB 23200.121" in found["methods"]


def test_a_name_of_several_foods_gives_its_candidates(door: Door) -> None:
    found = door["ann"].get("/api/library/foods/resolve", name="青椒").json()

    assert sorted(one["food"]["name"] for one in found) == ["甜椒", "辣椒"]
    assert {one["alias"] for one in found} == {"青椒"}


def test_what_is_not_there_is_404(door: Door) -> None:
    asked: list[tuple[str, dict[str, str]]] = [
        ("substances/nothing", {}), ("limits", {"substance": "nothing"}), ("foods", {"within": "nothing"}),
    ]  # fmt: skip
    answers = [door["ann"].get(f"/api/library/{path}", **query) for path, query in asked]

    assert [(answer.status_code, codes(answer)) for answer in answers] == [(404, ["not_found"])] * 3


def test_only_those_who_answer_for_it_load_a_release(door: Door) -> None:
    assert door["ann"].post("/api/library/releases").status_code == 403

    again = door["ada"].post("/api/library/releases")

    assert (again.status_code, again.json()["edition"]) == (201, "2026.3")
    assert len(door["ann"].get("/api/library/releases").json()) == 1


def test_the_editions_say_whether_their_limits_are_loaded(door: Door) -> None:
    editions = {one["code"]: one["limits_loaded"] for one in door["ann"].get("/api/library/standards").json()}

    assert editions["GB 2763-2026"] is True
    assert editions["GB 31650-2019"] is True
    assert editions["GB 2763-2014"] is False
