"""The library, looked at: limits, substances, foods, methods, prohibitions, releases."""

from collections.abc import Callable

import pytest

from lims.runtime import Lims
from tests.api.laboratory import load
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of

Browse = Callable[..., Browser]


@pytest.fixture
def ann(lims: Lims, cast: Cast, browse: Browse) -> Browser:
    """Ann's browser; the library is loaded."""
    load(lims)
    return browse(cast.ann)


@pytest.mark.parametrize(
    "address",
    ["limits", "substances", "foods", "methods", "prohibitions", "standards", "releases"],
)
def test_everybody_who_is_signed_in_may_read_it(ann: Browser, address: str) -> None:
    assert ann.get(f"/library/{address}").status_code == 200


def test_a_substance_is_found_by_any_of_its_names(ann: Browser) -> None:
    for name in ("carbofuran", "克百威", "呋喃丹", "1563-66-2"):
        page = text_of(ann.get(f"/library/substances/{name}"))
        assert "克百威 · 黔检" in page
        assert "3-羟基克百威 0.9326" in page


def test_an_unknown_substance_is_not_found(ann: Browser) -> None:
    assert ann.get("/library/substances/moonstone").status_code == 404


def test_a_food_shows_the_limits_of_its_groups_and_leaves_out_those_that_except_it(ann: Browser) -> None:
    page = text_of(ann.get("/library/food?path=豇豆"))

    assert "蔬菜 / 豆类蔬菜 / 荚可食类豆类蔬菜" in page
    assert "克百威 豆类蔬菜 — 0.02 mg/kg" in page
    assert "食荚豌豆除外" not in page


def test_a_name_that_may_be_several_foods_is_not_guessed(ann: Browser) -> None:
    answer = ann.get("/library/food?path=nothing of the kind")

    assert answer.status_code == 404


def test_foods_are_searched_by_a_part_of_the_name(ann: Browser) -> None:
    part = ann.part("/library/foods?q=豇")

    assert "<html" not in part.text
    assert "荚可食类豆类蔬菜/豇豆" in text_of(part)


def test_the_tree_opens_branch_by_branch(ann: Browser) -> None:
    assert "荚可食类豆类蔬菜" in text_of(ann.get("/library/food/inside?path=蔬菜/豆类蔬菜"))


def test_a_method_whose_number_has_a_slash_has_its_page(ann: Browser) -> None:
    assert ann.get("/library/methods/NY%2FT%20761").status_code == 200


def test_limits_of_a_day_before_every_loaded_edition_are_none_and_said_so(ann: Browser) -> None:
    page = text_of(ann.get("/library/limits?day=1999-01-01"))

    assert "未载入 1999-01-01 有效的版本" in page


def test_only_who_may_loads_a_release(ann: Browser, cast: Cast, browse: Browse) -> None:
    assert ann.post("/library/releases").status_code == 403
    loaded = browse(cast.ada)
    assert "已启用资料版本" in text_of(loaded.follow(loaded.post("/library/releases")))
