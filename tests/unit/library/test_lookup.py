"""Looking up: any name, any width, pinyin; the best fit first; never for a verdict."""

import time

import pytest

from lims.library.lookup import Fit, Lookup, lookup_of
from lims.library.rules import Library


@pytest.fixture
def ready(library: Library) -> Lookup:
    return lookup_of(library)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("克百威", "carbofuran"),
        ("呋喃丹", "carbofuran"),           # another name
        ("ＣＡＲＢＯＦＵＲＡＮ", "carbofuran"),  # full width
        ("carbofuran ", "carbofuran"),
        ("1563-66-2", "carbofuran"),
        ("1563662", "carbofuran"),          # a CAS number without its dashes
        ("kebaiwei", "carbofuran"),
        ("ke bai wei", "carbofuran"),
        ("KBW", "carbofuran"),
        ("kbw", "carbofuran"),
        ("duxiupi", None),
        ("lvfuqingjuzhi", "cyhalothrin"),   # ü is typed as v …
        ("lufuqingjuzhi", "cyhalothrin"),   # … or as u
    ],
)  # fmt: skip
def test_a_substance_is_found_however_it_is_typed(ready: Lookup, typed: str, first: str | None) -> None:
    found = ready.substances(typed)

    assert (found[0].found.code if found else None) == first


@pytest.mark.parametrize("typed", ["豇豆", "jd", "jiangdou", "jiang dou", "JD"])
def test_a_food_is_found_however_it_is_typed(ready: Lookup, typed: str) -> None:
    exact = [hit.found.name for hit in ready.foods(typed) if hit.fit is Fit.EXACT]

    assert "豇豆" in exact


def test_a_character_may_be_read_in_any_of_its_ways(ready: Lookup) -> None:
    for typed in ("baicai", "bocai"):  # 白 is also read bó
        assert any("白菜" in hit.name for hit in ready.foods(typed))


def test_what_fits_whole_stands_before_what_begins_so_before_what_holds_it(ready: Lookup) -> None:
    fits = [hit.fit for hit in ready.substances("克百威")]

    assert fits[0] is Fit.EXACT
    assert len(fits) > 1
    assert fits == sorted(fits)


def test_inside_a_name_pinyin_begins_with_a_syllable(ready: Lookup) -> None:
    names = [hit.found.name_zh for hit in ready.substances("baiwei")]

    assert "克百威" in names
    assert all(hit.found.name_zh != "克百威" for hit in ready.substances("aiwei"))


def test_every_tree_has_its_own_foods(ready: Lookup) -> None:
    assert {hit.found.standard for hit in ready.foods("猪", "GB 31650")} == {"GB 31650"}
    assert ready.foods("猪", "no such standard") == []


@pytest.mark.parametrize("typed", ["", "  ", "---", "（）", "\u3000", "月亮石", "x" * 5000])
def test_nothing_is_found_for_nothing(ready: Lookup, typed: str) -> None:
    assert list(ready.substances(typed)) == []


def test_a_look_up_takes_no_time_that_anybody_would_notice(ready: Lookup) -> None:
    typed = ("k", "kbw", "克", "豆", "a", "jd", "1563", "chlorpyrifos")
    begun = time.process_time()
    for _ in range(5):
        for text in typed:
            ready.substances(text)
            ready.foods(text)

    assert (time.process_time() - begun) / (5 * len(typed)) < 0.02  # 5 ms on a quiet machine
