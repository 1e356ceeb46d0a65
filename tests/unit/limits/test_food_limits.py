"""All that reaches a food: the deciding row of each substance, through every tree, with what forbids it."""

from lims.limits.food_limits import FoodLimits, food_limits
from tests.unit.limits.small import DAY, SMALL


def of(food: str, standard: str = "GB 2763", market: str = "CN") -> FoodLimits:
    return food_limits(SMALL, standard, food, DAY, market)


def rows(found: FoodLimits) -> dict[tuple[str, str], tuple[str, str]]:
    """By substance and family: value and node of the row."""
    return {
        (line.substance, line.placed.family): (str(line.row.value), line.row.food)
        for line in found.lines
        if line.row is not None and line.placed is not None
    }


def test_a_food_has_the_rows_of_its_groups_in_every_tree() -> None:
    assert rows(of("蔬菜/菠菜")) == {
        ("sprayed", "GB 2763"): ("2", "蔬菜"),
        ("both", "GB 2763"): ("1", "蔬菜"),
        ("lead", "GB 2762"): ("0.3", "新鲜蔬菜/叶菜"),
    }


def test_one_row_of_each_substance_and_standard_the_one_that_decides() -> None:
    found = rows(of("动物源食品/鸡肉"))

    assert found["both", "GB 2763"] == ("0.1", "动物源食品/鸡肉")
    assert found["both", "GB 31650"] == ("20", "肌肉/家禽")
    assert found["drug", "GB 31650"] == ("100", "肌肉/家禽")


def test_a_food_of_another_tree_is_at_home_in_that_of_the_samples() -> None:
    found = of("蛋/家禽/鸡", "GB 31650")

    assert rows(found)["egg-drug", "GB 31650"] == ("10", "蛋/家禽")
    assert [placed.food.food for placed in found.places] == ["动物源食品/鸡蛋", "蛋/家禽/鸡"]


def test_what_is_forbidden_is_there_without_a_limit_too() -> None:
    found = {line.substance: line for line in of("动物源食品/鸡肉").lines}

    assert found["banned-drug"].row is None
    assert [rule.substance for rule in found["banned-drug"].rules] == ["banned-drug"]
    assert found["drug"].rules == ()


def test_what_is_only_partly_loaded_is_counted_and_a_family_without_a_place_is_named() -> None:
    found = of("蔬菜/菠菜")

    assert found.missing == ("GB 31650",)
    assert of("动物源食品/水产品/鲤鱼").missing == ("GB 31650",)


def test_another_market_has_limits_of_its_own() -> None:
    assert rows(of("菠菜", "KR", "KR")) == {("sprayed", "KR"): ("5", "菠菜")}
