"""A food named by species, tissue and form: one place, or a reason with what may be meant."""

from typing import Any

import pytest

from lims.limits.questions import COLUMNS, Question, answer
from tests.unit.limits.asking import LIBRARY


def asked(**cells: str) -> dict[str, Any]:
    """The answer to one row of May 2026."""
    usual = {"sample": "S1", "date": "2026-05-10", "value": "3", "unit": "μg/kg"}
    row = tuple({**usual, **cells}.get(column, "") for column in COLUMNS)
    return answer(LIBRARY, Question("S1", [row])).lines[0]


@pytest.mark.parametrize(
    ("cells", "node"),
    [
        ({"species": "鸡", "tissue": "肌肉"}, "肌肉/所有食品动物/家禽/鸡"),
        ({"food": "鸡", "tissue": "肌肉"}, "肌肉/所有食品动物/家禽/鸡"),
        ({"food": "乌鸡", "species": "鸡", "tissue": "肌肉"}, "肌肉/所有食品动物/家禽/鸡"),
        ({"food": "乌鸡", "species": "乌鸡", "tissue": "肝"}, "肝/所有食品动物/家禽/鸡"),
        ({"food": "鸡肝", "species": "鸡"}, "肝/所有食品动物/家禽/鸡"),
        ({"food": "猪", "tissue": "肝"}, "肝/所有食品动物/猪"),
    ],
)
def test_species_and_tissue_lead_to_one_place(cells: dict[str, str], node: str) -> None:
    assert asked(analyte="替米考星", **cells)["food_node"] == node


@pytest.mark.parametrize("analyte", ["替米考星", "毒死蜱", "铅"])  # each by another standard
@pytest.mark.parametrize(
    "cells",
    [{"food": "猪肉", "tissue": "肝"}, {"food": "猪肉", "species": "鸡", "tissue": "肌肉"}],
)
def test_a_food_that_is_another_than_species_and_tissue_say_is_not_judged(cells: dict[str, str], analyte: str) -> None:
    said = asked(analyte=analyte, **cells)

    assert (said["verdict"], said["reason"]) == ("not_judged", "food_contradicts")
    assert "肌肉/所有食品动物/猪" in said["explanation_zh"]


@pytest.mark.parametrize(
    ("cells", "reason", "candidate"),
    [
        ({"species": "鸡", "tissue": "鸡腿"}, "food_tissue_unknown", "肌肉"),
        ({"species": "恐龙", "tissue": "肌肉"}, "food_unknown", "猪"),
        ({"species": "鸡"}, "food_ambiguous", "肝/所有食品动物/家禽/鸡"),
    ],
)
def test_unknown_species_and_tissues_name_what_may_be_meant(cells: dict[str, str], reason: str, candidate: str) -> None:
    said = asked(analyte="替米考星", **cells)

    assert (said["verdict"], said["reason"]) == ("not_judged", reason)
    assert candidate in said["explanation_zh"]
    assert candidate in said["explanation_en"]


def test_a_ban_is_found_by_species_and_tissue() -> None:
    said = asked(analyte="氯霉素", value="0.05", species="猪", tissue="肌肉")

    assert said["verdict"] == "prohibited_detected"


def test_a_species_leaves_other_standards_their_own_place() -> None:
    said = asked(analyte="总汞", food="鲈鱼", species="鱼", unit="mg/kg")

    assert said["standard"] == "GB 2762-2022"
    assert said["reason"] == "food_not_specific"  # 肉食性鱼类 have a limit of their own
    assert "肉食性鱼类" in said["explanation_zh"]


@pytest.mark.parametrize(
    ("food", "form", "limit", "reason"),
    [
        ("辣椒", "干", "10", None),
        ("辣椒", "鲜", "1", None),
        ("辣椒", "", "1", None),
        ("干辣椒", "鲜", None, "food_form_differs"),
        ("菠菜", "干", None, "food_form_differs"),  # no row of fresh spinach is meant for it
        ("番茄", "加工", None, "food_form_differs"),
        ("青椒", "干", None, "food_ambiguous"),
        ("稻谷", "干", "0.2", None),  # has one form only
    ],
)
def test_a_form_never_takes_the_limit_of_another(food: str, form: str, limit: str | None, reason: str | None) -> None:
    said = asked(food=food, form=form, analyte="吡虫啉", value="0.01", unit="mg/kg")

    assert (said["limit"], said["reason"]) == (limit, reason)


@pytest.mark.parametrize(
    ("cells", "verdict", "reason"),
    [
        # An extraneous limit decides, not the ban: also while a part of the sum is missing or the food is not clear.
        ({"food": "胡萝卜", "analyte": "p,p'-DDE"}, "not_judged", "needs_components"),
        ({"food": "青椒", "analyte": "p,p'-DDE"}, "not_judged", "food_ambiguous"),
        ({"food": "青椒", "analyte": "甲胺磷"}, "prohibited_detected", "food_ambiguous"),
        # A number for eggs decides, where it is loaded; where it is not, nothing does.
        ({"food": "鸡蛋", "analyte": "氟苯尼考"}, "not_judged", "needs_components"),
        ({"food": "鸭蛋", "analyte": "氟苯尼考"}, "not_judged", "needs_components"),
        ({"food": "鸭蛋", "analyte": "氟苯尼考", "date": "2023-01-31"}, "prohibited_detected", "needs_components"),
    ],
)
def test_a_ban_condemns_nothing_that_a_number_decides(cells: dict[str, str], verdict: str, reason: str) -> None:
    row = tuple(
        {"sample": "S1", "date": "2026-05-10", "value": "3", "unit": "μg/kg", **cells}.get(c, "") for c in COLUMNS
    )
    said = answer(LIBRARY, Question("S1", [row])).lines[-1]

    assert (said["verdict"], said["reason"]) == (verdict, reason)


def test_a_sum_names_whose_residue_it_is_and_all_that_is_missing() -> None:
    said = asked(food="苹果", analyte="甲基硫菌灵", unit="mg/kg")
    assert "甲基硫菌灵的残留物包括多菌灵，但没有其结果" in said["explanation_zh"]
    assert "the residue of thiophanate-methyl includes carbendazim, without a result" in said["explanation_en"]

    said = asked(food="豇豆", analyte="氟虫腈", unit="mg/kg")
    assert said["explanation_zh"].count("没有其结果") == 1
    assert "氟甲腈、氟虫腈硫醚、氟虫腈砜" in said["explanation_zh"]


def test_a_residue_is_shown_in_the_unit_of_its_limit() -> None:
    said = asked(food="鸡肉", analyte="替米考星", value="0.1", unit="mg/kg")

    assert "计得 替米考星 100 μg/kg" in said["explanation_zh"]
    assert said["limit_unit"] == "μg/kg"


def test_a_question_within_a_sentence_ends_once() -> None:
    said = asked(food="黑豆腐", analyte="吡虫啉")

    assert "？" not in said["explanation_zh"].replace("？；", "")
    assert "?." not in said["explanation_en"]
