"""The library, looked at: limits, substances, foods, editions compared, methods, prohibitions, releases."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest
from openpyxl import load_workbook

from lims.core.clock import FixedClock
from lims.runtime import Lims
from tests import databases
from tests.api.laboratory import load
from tests.factories import a_cast, a_network
from tests.pages.conftest import Browser, browsers, text_of
from tests.pages.first_view import MOST_BYTES
from tests.statements import counted

BEANS = "蔬菜/豆类蔬菜"
COMPARED = "/library/compare?from=GB 2763-2021&to=GB 2763-2026"
#: Every page for browsing, with what makes it heavy.
PAGES = [
    "limits", "limits?edition=GB 2763-2021", "limits?day=2022-01-01&market=KR", "substances",
    "substances?q=kbw", "substances/pyraclostrobin", "substances/enrofloxacin",
    "substances/abamectin?edition=GB 31650-2019", "substances/enrofloxacin/announced",
    "substances/total-mercury", "foods", "foods?standard=GB 2762", "food?path=豇豆", "food?path=鸡蛋",
    "food?path=蔬菜", "food-limits?path=豇豆", "food-limits/part?path=鸡蛋", "compare", "compare?food=豇豆",
    "methods", "methods/CLG-MEGA1.01", "prohibitions", "standards", "releases",
]  # fmt: skip


@dataclass(frozen=True)
class House:
    """An installation and the browsers of its people."""

    lims: Lims
    ann: Browser
    ann_in_english: Browser
    ada: Browser


@pytest.fixture(scope="module")
def house(shared: Path, quick_passwords: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An installation with the library, which is only looked at."""
    settings = databases.sqlite_copy(databases.sqlite_template(shared), tmp_path_factory.mktemp("library"))
    lims = Lims(settings, FixedClock(datetime(2026, 11, 23, 2, 0, tzinfo=UTC)))
    a_network(lims)
    cast = a_cast(lims)
    load(lims)
    browse = browsers(lims)
    yield House(lims, browse(cast.ann), browse(cast.ann, "en"), browse(cast.ada))
    lims.close()


@pytest.fixture
def ann(house: House) -> Browser:
    """Ann's browser, in Chinese."""
    return house.ann


def test_everybody_who_is_signed_in_may_read_all_of_it_in_both_languages(house: House) -> None:
    for browser in (house.ann, house.ann_in_english):
        answers = {address: browser.get(f"/library/{address}").status_code for address in PAGES}
        assert {address: code for address, code in answers.items() if code != 200} == {}


def test_pages_are_light_and_quick_and_ask_the_database_little(house: House) -> None:
    weights, times, statements = {}, {}, {}
    for address in PAGES:
        with counted(house.lims.engine) as asked:
            begun = process_time()
            answer = house.ann.get(f"/library/{address}")
            times[address] = process_time() - begun
        weights[address], statements[address] = len(answer.content), len(asked)

    assert {address: weight for address, weight in weights.items() if weight > MOST_BYTES} == {}
    assert {address: count for address, count in statements.items() if count > 6} == {}
    assert sorted(times.values())[len(times) // 2] < 0.5  # 20 ms on a quiet machine


# ── substances ───────────────────────────────────────────────────────────────────────────────────────


def test_a_substance_is_found_by_any_of_its_names(ann: Browser) -> None:
    for name in ("carbofuran", "克百威", "呋喃丹", "1563-66-2"):
        page = text_of(ann.get(f"/library/substances/{name}"))
        assert "克百威 · 黔检" in page
        assert "3-羟基克百威 0.9326" in page


def test_an_unknown_substance_is_not_found(ann: Browser) -> None:
    assert ann.get("/library/substances/moonstone").status_code == 404


@pytest.mark.parametrize("typed", ["kbw", "ＫＢＷ", "kebaiwei", "呋喃丹", "1563662", "Carbofuran"])
def test_the_list_is_searched_by_any_name_the_likeliest_first(ann: Browser, typed: str) -> None:
    rows = ann.part(f"/library/substances?q={typed}").text

    assert rows.index('href="/library/substances/carbofuran"') == rows.index('href="/library/substances/')


def test_its_limits_stand_over_the_tree_of_foods_each_with_its_number(ann: Browser) -> None:
    page = ann.get("/library/substances/carbofuran")

    assert "GB 2763-2026" in text_of(page)
    assert '<span class="heat heat-1">0.02</span>' in page.text  # the colour repeats the number
    assert "最严" in text_of(page)
    assert "每日允许摄入量" in text_of(page)


def test_the_rest_of_a_group_comes_when_it_is_opened_with_the_node_it_inherits_from(ann: Browser) -> None:
    page = ann.get("/library/substances/carbofuran").text
    address = "/library/food-limits/inherited?substance=carbofuran&amp;edition=GB+2763-2026&amp;path="
    assert address in page

    rest = text_of(ann.part(f"/library/food-limits/inherited?substance=carbofuran&edition=GB 2763-2026&path={BEANS}"))

    assert "豆类蔬菜" in rest
    assert "来自 豆类蔬菜" in rest


def test_another_edition_is_a_click_away_and_says_that_it_is_not_in_force(ann: Browser) -> None:
    page = text_of(ann.get("/library/substances/emamectin-benzoate?edition=GB 2763-2021"))

    assert "无效" in page
    assert "该物质的限量仅部分载入" in page


def test_a_ban_a_screening_and_history_are_said(ann: Browser) -> None:
    assert "全国禁用" in text_of(ann.get("/library/substances/carbofuran"))
    assert "初筛" in text_of(ann.get("/library/substances/total-mercury"))
    drug = ann.get("/library/substances/enrofloxacin")
    assert "抽检公告所载限量" in text_of(drug)
    assert "仅为历史" in text_of(drug)
    notices = ann.part("/library/substances/enrofloxacin/announced")
    assert "<html" not in notices.text
    assert "不作判定依据" in text_of(notices)


def test_a_method_is_held_against_the_lowest_limit(ann: Browser) -> None:
    said = " ".join(text_of(ann.get(f"/library/substances/{one}")) for one in ("dichlorvos", "dimethoate", "phorate"))

    assert "可满足" in said
    assert "不能满足" in said


# ── foods ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_food_says_where_it_stands_in_every_tree(ann: Browser) -> None:
    page = text_of(ann.get("/library/food?path=豇豆"))

    assert "蔬菜 / 豆类蔬菜 / 荚可食类豆类蔬菜" in page
    assert "未与附录 A 核对" in page
    assert "GB 2762 蔬菜" in page


def test_its_limits_come_as_a_part_one_row_of_each_substance_with_the_node_it_comes_from(ann: Browser) -> None:
    part = ann.part("/library/food-limits/part?path=豇豆&q=克百威")
    page = text_of(part)

    assert "<html" not in part.text
    assert "HX-Push-Url" not in part.headers
    assert "克百威 0.02 mg/kg 最大残留限量 豆类蔬菜 全国禁用" in page
    assert page.count("克百威 0.02") == 1  # 丁硫克百威 has a row of its own
    assert "食荚豌豆除外" not in page


def test_exceptions_met_on_the_way_are_told(ann: Browser) -> None:
    """甲维盐: 豆类蔬菜 (菜豆、豇豆 … 除外) is passed, the food has its own row."""
    page = text_of(ann.get("/library/food-limits?path=豇豆&q=甲氨基阿维菌素"))

    assert "本食品自有限量" in page


def test_an_egg_has_limits_through_its_link_to_the_tree_of_drugs(ann: Browser) -> None:
    page = text_of(ann.get("/library/food-limits?path=鸡蛋"))

    assert "GB 31650-2019" in page
    assert "其中归入" in page


def test_a_day_before_every_edition_has_no_limits_and_that_is_no_pass(ann: Browser) -> None:
    page = text_of(ann.get("/library/food-limits?path=豇豆&day=1999-01-01"))

    assert "未作规定：GB 2763" in page
    assert "没有限量不等于合格" in page


def test_the_list_of_a_food_is_exported(ann: Browser) -> None:
    answer = ann.get("/library/food-limits?path=豇豆&export=xlsx")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))  # type: ignore[union-attr]

    assert any("克百威" in row for row in rows)


def test_a_name_that_is_no_food_is_not_guessed_and_one_that_may_be_several_is_asked_about(ann: Browser) -> None:
    assert ann.get("/library/food?path=nothing of the kind").status_code == 404
    assert ann.get("/library/food-limits?path=青椒").status_code == 404
    asked = ann.get("/library/food?path=青椒")
    assert asked.status_code == 303
    assert "甜椒" in text_of(ann.follow(asked))


@pytest.mark.parametrize("typed", ["豇", "jd", "jiangdou", "ｊｄ"])
def test_foods_are_looked_up_by_a_part_of_the_name_or_pinyin(ann: Browser, typed: str) -> None:
    part = ann.part(f"/library/foods?q={typed}")

    assert "<html" not in part.text
    assert "荚可食类豆类蔬菜 › 豇豆" in text_of(part)


def test_every_standard_has_a_tree_of_its_own_that_opens_branch_by_branch(ann: Browser) -> None:
    assert "荚可食类豆类蔬菜" in text_of(ann.get("/library/food/inside?path=蔬菜/豆类蔬菜"))
    other = ann.get("/library/foods?standard=GB 2762").text
    assert "乳及乳制品" in other
    assert "standard=GB+2762" in other
    assert ann.get("/library/foods?standard=no such").status_code == 404


def test_names_are_offered_while_somebody_types(ann: Browser) -> None:
    assert '<option value="豇豆">' in ann.part("/library/lookup?kind=food&product_name=jd").text
    assert '<option value="克百威">' in ann.part("/library/lookup?rows-1-substance=kbw").text
    assert ann.part("/library/lookup?kind=food&q=").text.strip() == ""


# ── editions ─────────────────────────────────────────────────────────────────────────────────────────


def test_what_changes_for_cowpeas_on_the_first_of_march(ann: Browser) -> None:
    page = ann.get(f"{COMPARED}&food=豇豆")
    text = text_of(page)

    assert "豇豆：2026-03-01 起有何变化" in text
    assert "放宽 1 项" in text
    assert "0.015 mg/kg 0.2 mg/kg" in text
    # What was not loaded of the older edition is no change of the law.
    assert "其旧版限量未载入" in text
    assert "新增 0 项" in text


def test_a_limit_that_is_missing_in_an_edition_loaded_in_part_is_never_called_new_or_gone(ann: Browser) -> None:
    text = text_of(ann.get(f"{COMPARED}&change=new&change=gone"))

    assert "新增 0 项，取消 0 项" in text
    assert "没有符合筛选条件" in text


def test_the_whole_edition_is_compared_and_by_substance(ann: Browser) -> None:
    assert "GB 2763-2026 与 GB 2763-2021 相比" in text_of(ann.get("/library/compare"))
    one = text_of(ann.get(f"{COMPARED}&substance=caoganlin"))
    assert "草甘膦 · 收严 0 项，放宽 2 项" in one


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("compare?from=GB 31650-2019&to=GB 2763-2026", 422),
        ("compare?food=青椒", 422),
        ("compare?food=nothing of the kind", 422),
        ("compare?from=no such", 404),
        ("compare?substance=moonstone", 404),
    ],
)
def test_what_cannot_be_compared_is_refused_with_its_reason(ann: Browser, address: str, status: int) -> None:
    assert ann.get(f"/library/{address}").status_code == status


def test_editions_say_how_much_of_them_is_loaded_and_whether_their_days_are_verified(ann: Browser) -> None:
    page = text_of(ann.get("/library/standards?size=100"))

    assert "GB 2763-2014 中国" in page
    assert "未核实" in page
    assert "与 GB 2763-2021 对比" in page
    assert "GB 31650.1-2022" in page


def test_limits_of_a_day_before_every_loaded_edition_are_none_and_said_so(ann: Browser) -> None:
    page = text_of(ann.get("/library/limits?day=1999-01-01"))

    assert "未载入 1999-01-01 有效的版本" in page


@pytest.mark.parametrize("day", ["", "yesterday", "2026-02-30", "0001-01-01", "9" * 100])
def test_a_day_that_is_none_is_today(ann: Browser, day: str) -> None:
    assert "GB 2763-2026" in text_of(ann.get(f"/library/limits?day={day}&market=XX"))


# ── methods and releases ─────────────────────────────────────────────────────────────────────────────


def test_a_method_whose_number_has_a_slash_has_its_page_with_what_it_measures(ann: Browser) -> None:
    assert ann.get("/library/methods/NY%2FT%20761").status_code == 200
    assert "定量离子" in text_of(ann.get("/library/methods/CLG-MRM3.05"))


def test_only_who_may_loads_a_release(house: House) -> None:
    assert house.ann.post("/library/releases").status_code == 403
    assert "已启用资料版本" in text_of(house.ada.follow(house.ada.post("/library/releases")))
