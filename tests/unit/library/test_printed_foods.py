"""The printed name of a food leads to a node, what it excepts and its basis; and never by a part of a name."""

import pytest

from lims.core.errors import BadInput
from lims.library.facts import FOOD_STANDARD, Basis, Food, FoodLevel, Form, LimitRow
from lims.library.food_tree import FoodTree
from lims.library.printed_foods import PrintedFood, read_printed_food, split_name
from lims.library.rules import Library

PODS = "蔬菜/豆类蔬菜/荚可食类豆类蔬菜"
#: Rows of GB 2763-2026 whose node the name alone does not give: somebody decided where they belong.
DECIDED = {
    "哺乳动物肉类及其制品:脂肪含量10%以下(以原样计)": "meat products stand under meat, by their content of fat",
    "哺乳动物肉类及其制品:脂肪含量10%及以上(以脂肪计)": "meat products stand under meat, by their content of fat",
    "哺乳动物脂肪(海洋哺乳动物除外)": "the node is called 哺乳动物脂肪(乳脂肪除外)",
    "栗": "a misreading of 粟, kept without a number",
    "头状花序芸薹属蔬菜": "printed without 类",
}


def printed_rows(library: Library) -> list[LimitRow]:
    return [row for row in library.facts.limits if row.standard == "GB 2763-2026"]


def test_every_printed_name_of_the_shipped_edition_gives_its_row_again(library: Library) -> None:
    """With its category, as a table of the standard has it: 豌豆 is a vegetable and a pulse."""
    tree, different = library.tree(FOOD_STANDARD), set()
    rows = printed_rows(library)

    for row in rows:
        try:
            found = read_printed_food(row.printed, tree, row.food.rpartition("/")[0])
            same = (found.food, found.exclude, found.basis) == (row.food, row.exclude, row.basis)
        except BadInput:
            same = False
        if not same:
            different.add(row.printed)

    assert len(rows) > 2700
    assert different == set(DECIDED)


@pytest.mark.parametrize(
    ("printed", "food", "exclude"),
    [
        ("豆类蔬菜(豇豆、菜豆、菜用大豆除外)", "蔬菜/豆类蔬菜",
         (f"{PODS}/豇豆", f"{PODS}/菜豆", "蔬菜/豆类蔬菜/荚不可食豆类蔬菜/菜用大豆")),
        ("荚可食类豆类蔬菜（豇豆，菜豆除外）", PODS, (f"{PODS}/豇豆", f"{PODS}/菜豆")),
        ("荚可食类豆类蔬菜(豇豆和菜豆除外)", PODS, (f"{PODS}/豇豆", f"{PODS}/菜豆")),
        ("荚可食类豆类蔬菜(豇豆及菜豆除外)", PODS, (f"{PODS}/豇豆", f"{PODS}/菜豆")),
        ("根茎类蔬菜〔姜除外〕", "蔬菜/根茎类和薯芋类蔬菜/根茎类蔬菜", ("蔬菜/根茎类和薯芋类蔬菜/根茎类蔬菜/姜",)),
        ("核果类水果[枣(鲜)除外]", "水果/核果类水果", ("水果/核果类水果/枣(鲜)",)),
        ("谷物(单列的除外)", "谷物", ()),
        ("露莓(包括波森莓和罗甘莓)", "水果/浆果和其他小型类水果/露莓", ()),
        ("哺乳动物肉类(海洋哺乳动物除外)", "动物源食品/哺乳动物肉类(海洋哺乳动物除外)", ()),
    ],
)  # fmt: skip
def test_a_name_with_exceptions(library: Library, printed: str, food: str, exclude: tuple[str, ...]) -> None:
    found = read_printed_food(printed, library.tree(FOOD_STANDARD))

    assert (found.food, found.exclude, found.basis) == (food, exclude, Basis.AS_RECEIVED)


@pytest.mark.parametrize("behind", [",以脂肪中的残留量计", "，以脂肪计", "(以脂肪中的残留量计)"])
def test_a_content_may_be_that_of_the_fat(library: Library, behind: str) -> None:
    for name in ("哺乳动物肉类(海洋哺乳动物除外)", "禽肉类"):
        found = read_printed_food(name + behind, library.tree(FOOD_STANDARD))

        assert (found.food, found.exclude, found.basis) == (f"动物源食品/{name}", (), Basis.FAT)


def test_an_excepted_food_that_the_group_does_not_hold_is_told_and_changes_nothing(library: Library) -> None:
    found = read_printed_food("食荚豌豆(豌豆除外)", library.tree(FOOD_STANDARD))

    assert found == PrintedFood(f"{PODS}/食荚豌豆", (), Basis.AS_RECEIVED, "", found.outside)
    assert len(found.outside) == 2  # there are two, and neither is inside


@pytest.mark.parametrize(
    ("printed", "code", "candidate"),
    [
        ("韭", "library.food_not_known", "韭菜"),  # a part of a name finds nothing, and is asked about
        ("豆类蔬菜(豇除外)", "library.food_not_known", "豇豆"),
        ("豌豆", "library.food_ambiguous", "谷物/杂粮类/豌豆"),
        ("青椒", "library.food_ambiguous", "蔬菜/茄果类蔬菜/甜椒"),
        ("豆类蔬菜(豇豆除外", "library.food_not_known", ""),
    ],
)
def test_what_is_no_food_or_more_than_one_is_a_fault_with_candidates(
    library: Library, printed: str, code: str, candidate: str
) -> None:
    with pytest.raises(BadInput) as refused:
        read_printed_food(printed, library.tree(FOOD_STANDARD))

    (why,) = refused.value.reasons
    assert why.code == code
    assert candidate in why.text


def test_a_category_tells_two_foods_of_one_name_apart(library: Library) -> None:
    tree = library.tree(FOOD_STANDARD)

    assert read_printed_food("豌豆", tree, "谷物").food == "谷物/杂粮类/豌豆"
    assert read_printed_food("豌豆", tree, "谷物/豌豆").food == "谷物/杂粮类/豌豆"
    assert read_printed_food("豌豆", tree, "豆类蔬菜").food == "蔬菜/豆类蔬菜/荚不可食豆类蔬菜/豌豆"


def test_other_languages_except_in_their_own_words() -> None:
    foods = [
        Food("T", path, path.rpartition("/")[2], path.rpartition("/")[0], level, (), Form.ANY, "", "test")
        for path, level in (("곡류", FoodLevel.GROUP), ("곡류/쌀", FoodLevel.FOOD), ("Cereals", FoodLevel.GROUP),
                            ("Cereals/Rice", FoodLevel.FOOD))
    ]  # fmt: skip
    tree = FoodTree("T", foods, [])

    assert read_printed_food("곡류(쌀 제외)", tree).exclude == ("곡류/쌀",)
    for printed in ("Cereals (except rice)", "cereals (rice excluded)", "Cereals (other than Rice)"):
        assert read_printed_food(printed, tree).exclude == ("Cereals/Rice",)


def test_a_name_is_parted_without_a_tree() -> None:
    said = split_name("甲类(乙、丙(鲜)除外),以脂肪计")

    assert (said.head, said.excepted, said.basis) == ("甲类", ("乙", "丙(鲜)"), Basis.FAT)
    assert split_name("枸杞(干)").head == "枸杞(干)"


def test_a_species_with_its_tissue_is_one_food(library: Library) -> None:
    tree = library.tree("GB 31650")

    assert read_printed_food("牛:肌肉", tree, "动物源食品/牛/肌肉").food == "肌肉/所有食品动物/牛"
    assert read_printed_food("鱼：皮+肉", tree).food == "皮+肉/鱼"
    with pytest.raises(BadInput):
        read_printed_food("牛:角", tree)
