"""Substances, foods and methods are found by their whole names, and never by a part of one."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.core.errors import BadInput, NotFound
from lims.library.files import parse_library, read_library
from lims.library.food_tree import FoodTree, covers
from lims.library.rules import Library

COWPEA = "蔬菜/豆类蔬菜/荚可食类豆类蔬菜/豇豆"
LIBRARY = Library(parse_library(read_library()))
FOODS = [food.food for food in LIBRARY.foods.all()]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("克百威", "carbofuran"),
        ("呋喃丹", "carbofuran"),  # a name in use
        ("1563-66-2", "carbofuran"),
        ("Carbofuran", "carbofuran"),
        ("ＣＡＲＢＯＦＵＲＡＮ", "carbofuran"),  # full width
        ("三氟氯氰菊酯", "cyhalothrin"),
        ("氯氟氰菊酯", "cyhalothrin"),
        ("高效氯氟氰菊酯", "cyhalothrin"),
        ("氧化乐果", "omethoate"),
        ("３－羟基克百威", "3-hydroxycarbofuran"),
        ("p,p'-DDT", "p-p-ddt"),
        ("50-29-3", "p-p-ddt"),
    ],
)
def test_a_substance_is_found_by_any_of_its_names(library: Library, name: str, code: str) -> None:
    assert library.substance(name).code == code


@pytest.mark.parametrize("name", ["克百", "百威", "乐", "carbo", "", "1563-66"])
def test_a_part_of_a_name_finds_no_substance(library: Library, name: str) -> None:
    with pytest.raises(NotFound):
        library.substance(name)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("豇豆", COWPEA),
        (COWPEA, COWPEA),
        ("韭葱", "蔬菜/鳞茎类蔬菜/韭葱"),
        ("韭菜", "蔬菜/鳞茎类蔬菜/韭菜"),
        ("干辣椒", "调味料/干辣椒"),
        ("辣椒（干）", "调味料/干辣椒"),
        ("辣椒", "蔬菜/茄果类蔬菜/辣椒"),
        ("枸杞［干］", "药用植物/枸杞(干)"),
        ("枸杞(鲜)", "水果/浆果和其他小型类水果/枸杞(鲜)"),
        ("小白菜", "蔬菜/叶菜类蔬菜/普通白菜/小白菜"),  # a food of its own before it is another's name
        ("上海青", "蔬菜/叶菜类蔬菜/普通白菜"),
        ("芒果", "水果/热带和亚热带类水果/杧果"),
        ("绿茶", "饮料类/茶叶"),
    ],
)
def test_a_food_is_found_by_its_name(library: Library, name: str, path: str) -> None:
    assert library.foods.resolve(name).food.food == path


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("青椒", {"蔬菜/茄果类蔬菜/辣椒", "蔬菜/茄果类蔬菜/甜椒"}),
        ("豆角", {COWPEA, "蔬菜/豆类蔬菜/荚可食类豆类蔬菜/菜豆"}),
        ("豌豆", {"谷物/杂粮类/豌豆", "蔬菜/豆类蔬菜/荚不可食豆类蔬菜/豌豆"}),
        ("枣", {"水果/核果类水果/枣(鲜)", "干制水果/枣(干)"}),
    ],
)
def test_a_name_of_several_foods_is_never_guessed(library: Library, name: str, paths: set[str]) -> None:
    with pytest.raises(BadInput) as refused:
        library.foods.resolve(name)

    assert [r.code for r in refused.value.reasons] == ["food.ambiguous"]
    assert {found.food.food for found in library.foods.candidates(name)} == paths
    assert all(path in refused.value.reasons[0].text for path in paths)


@pytest.mark.parametrize("name", ["韭", "椒", "白", "菜/豇豆", "不存在", ""])
def test_a_part_of_a_name_finds_no_food(library: Library, name: str) -> None:
    with pytest.raises(BadInput) as refused:
        library.foods.resolve(name)

    assert [r.code for r in refused.value.reasons] == ["food.unknown"]


def test_the_path_of_a_food_climbs_to_the_top(library: Library) -> None:
    names = [node.name for node in library.foods.path(COWPEA)]

    assert names == ["豇豆", "荚可食类豆类蔬菜", "豆类蔬菜", "蔬菜"]


@given(st.sampled_from(FOODS))
def test_every_food_is_found_by_its_path_and_lies_in_all_its_groups(path: str) -> None:
    tree: FoodTree = LIBRARY.foods

    climbed = tree.path(path)

    assert tree.resolve(path).food is climbed[0]
    assert climbed[-1].parent == ""
    assert all(tree.is_within(path, node.food) for node in climbed)
    assert all(climbed[0] in tree.below(node.food) for node in climbed[1:])


def test_what_the_standard_itself_says_of_a_food_is_told_from_custom(library: Library) -> None:
    tree = library.foods

    assert tree.is_printed_within(COWPEA, "蔬菜/豆类蔬菜")
    assert tree.is_printed_within("蔬菜/叶菜类蔬菜/普通白菜/小白菜", "蔬菜/叶菜类蔬菜")  # by way of 普通白菜
    assert not tree.is_printed_within("蔬菜/叶菜类蔬菜/甘薯叶", "蔬菜/叶菜类蔬菜")
    assert not tree.is_printed_within(COWPEA, "蔬菜/叶菜类蔬菜")


@pytest.mark.parametrize(
    ("day", "edition"),
    [
        (date(2014, 7, 31), None),  # no edition before
        (date(2026, 2, 28), "GB 2763-2021"),
        (date(2026, 3, 1), "GB 2763-2026"),
        (date(2026, 11, 23), "GB 2763-2026"),
    ],
)
def test_the_edition_in_force_is_chosen_by_the_day(library: Library, day: date, edition: str | None) -> None:
    found = library.edition_on("GB 2763", day)

    assert (found.code if found else None) == edition
    of_it = [row for row in library.limits_in_force(day) if row.standard == edition]
    assert bool(of_it) == bool(edition)


def test_an_undated_method_is_its_newest_edition_of_the_day(library: Library) -> None:
    assert library.method_on("GB 23200.121", date(2026, 11, 23)).code == "GB 23200.121-2026"
    assert library.method_on("GB 23200.121", date(2026, 1, 1)).code == "GB 23200.121"
    assert library.method_on("GB 23200.121-2026", date(2026, 1, 1)).code == "GB 23200.121-2026"
    with pytest.raises(NotFound):
        library.method_on("GB 1", date(2026, 1, 1))


def test_the_components_of_a_parameter_are_what_must_be_measured(library: Library) -> None:
    assert [c.code for c in library.components("克百威", COWPEA)] == ["carbofuran", "3-hydroxycarbofuran"]
    assert [c.code for c in library.components("甲基硫菌灵", COWPEA)] == ["carbendazim", "thiophanate-methyl"]
    assert [c.code for c in library.components("多菌灵", COWPEA)] == ["carbendazim"]
    assert len(library.components("fipronil", COWPEA)) == 4


@pytest.mark.parametrize(
    ("foods", "excepted", "covered"),
    [
        ((), (), True),
        (("蔬菜",), (), True),
        (("蔬",), (), False),  # a whole name, never a part
        (("蔬菜",), ("蔬菜/豆类蔬菜",), False),
        ((), ("动物源食品",), True),
    ],
)
def test_a_scope_covers_a_food(foods: tuple[str, ...], excepted: tuple[str, ...], covered: bool) -> None:
    assert covers(foods, excepted, COWPEA) is covered
