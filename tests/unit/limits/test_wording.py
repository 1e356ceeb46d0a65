"""The sentences of a judgement: readable numbers, and in Chinese nothing but Chinese."""

import re
from collections.abc import Mapping
from datetime import date

import pytest

from lims.core.language import Language
from lims.core.reasons import Reason
from lims.limits.verdicts import Line
from lims.limits.wording import frame, measured, sentence, told
from lims.science.amounts import UNSTATED, Amount, NotDetected
from lims.science.units import UnitCode
from tests.unit.limits.asking import LIBRARY, below, found, judged, nothing
from tests.unit.limits.small import SMALL, line_of

#: Units and the names of standards and their annexes are written in Latin letters everywhere.
_LATIN = re.compile(r"mg/kg|GB|B1a|附录 ?A")


def _chinese(line: Line) -> str:
    return sentence(line, LIBRARY, Language.CHINESE)


@pytest.mark.parametrize(
    ("value", "compared"),
    [
        ("0.0859969244501485", "0.0859969 > 0.02"),
        ("0.01234565", "0.0123456 ≤ 0.02"),  # half to even
        ("0.0123", "0.0123 ≤ 0.02"),
        ("0.010", "0.010 ≤ 0.02"),
        ("0.0200000004", "0.0200000004 > 0.02"),  # six figures would look equal
        ("0.01999999996", "0.0199999999[6] ≤ 0.02"),  # six to nine figures would reach the limit
        ("0.020", "0.020 ≤ 0.02"),
        ("1234567.8", "1234570 > 0.02"),
    ],
)
def test_a_number_has_six_figures_unless_they_hide_how_it_stands_to_the_limit(value: str, compared: str) -> None:
    line = judged("豇豆", "chlorpyrifos", found(value))

    said = [sentence(line, LIBRARY, language) for language in Language]

    shown = compared.replace("[", "").replace("]", "")
    assert all(f"：{shown}；" in text or f": {shown};" in text for text in said)
    assert all(f" {shown.split()[0]} mg/kg" in text for text in said)


def test_the_stored_comparison_keeps_every_digit() -> None:
    line = judged("豇豆", "chlorpyrifos", found("0.0859969244501485"))

    assert line.assessment is not None
    assert line.assessment.compared == "0.0859969244501485 > 0.02"


def test_numbers_in_reasons_are_shortened_too() -> None:
    line = judged("芹菜", "chlorpyrifos", nothing("0.123456789"))

    assert "只能检测到 0.123457 mg/kg，高于限量 0.05 mg/kg" in _chinese(line)


@pytest.mark.parametrize(
    ("food", "parameter", "measured"),
    [
        ("豇豆", "carbofuran", {"carbofuran": found("0.1")}),
        ("豇豆", "carbofuran", {"carbofuran": found("0.01"), "3-hydroxycarbofuran": nothing("0.003")}),
        ("芹菜", "chlorpyrifos", nothing("0.1")),
        ("芹菜", "chlorpyrifos", below("0.02", detected=True)),
        ("芦笋", "benomyl", {"benomyl": below("0.2"), "carbendazim": found("0.4")}),
        ("蔬菜", "abamectin", nothing("0.001")),
        ("青椒", "imidacloprid", nothing("0.001")),
        ("黑豆腐", "imidacloprid", nothing("0.001")),
        ("猪肉", "imidacloprid", found("0.01")),
        ("苹果", "endosulfan", found("0.01")),
        ("姜", "azoxystrobin", found("0.01")),
        ("茶叶", "glyphosate", found("0.5")),
    ],
)
def test_the_chinese_sentence_has_no_english_word(
    food: str, parameter: str, measured: Amount | Mapping[str, Amount]
) -> None:
    said = _chinese(judged(food, parameter, measured, region="520304"))

    assert re.findall(r"[A-Za-z]+", _LATIN.sub("", said)) == []
    assert said.endswith("。")
    assert "。；" not in said


def test_a_missing_component_is_named_in_the_language_of_the_sentence() -> None:
    line = judged("豇豆", "carbofuran", {"carbofuran": found("0.1")})

    assert "克百威的残留物包括3-羟基克百威，但没有其结果" in _chinese(line)
    assert "carbofuran includes 3-hydroxycarbofuran" in sentence(line, LIBRARY, Language.ENGLISH)


def test_editions_in_force_are_said_without_an_open_end() -> None:
    line = judged("芹菜", "chlorpyrifos", found("0.04"), on=date(2001, 1, 1))
    chinese, english = _chinese(line), sentence(line, LIBRARY, Language.ENGLISH)

    assert "已载入：GB 2763-2026 (自 2026-03-01 起)" in chinese
    assert "loaded: GB 2763-2026 (since 2026-03-01)" in english


def test_what_judgements_of_earlier_days_left_open_is_said_too_and_a_closed_span_is_kept() -> None:
    said = "The edition of {standard} that was in force on {day} is not loaded; loaded: {loaded}."
    spans = "A 1-2020 (2020-02-15 – ), A 1-2015 (2015-01-01 – 2020-02-15)"
    why = Reason("limit.edition_not_loaded", said, {"standard": "A 1", "day": "", "loaded": spans})

    assert "A 1-2020 (since 2020-02-15), A 1-2015 (2015-01-01 – 2020-02-15)." in told(why, LIBRARY, Language.ENGLISH)
    assert "A 1-2020 (自 2020-02-15 起)、A 1-2015 (2015-01-01 – 2020-02-15)" in told(why, LIBRARY, Language.CHINESE)


def _both(line: Line) -> tuple[str, str]:
    return sentence(line, SMALL, Language.CHINESE), sentence(line, SMALL, Language.ENGLISH)


def test_where_nothing_may_be_found_no_number_stands_as_the_limit() -> None:
    declared = {"sprayed": found("3")}  # the law fails it, and so does the standard it claims to meet
    chinese, english = _both(line_of("菠菜", "sprayed", declared, declared=("NY/T 1",)))

    assert "另据所声明的 NY/T 1-2024：不得检出" in chinese
    assert "by NY/T 1-2024, declared for the sample, too: must not be found" in english
    assert "None" not in chinese + english


def test_a_method_whose_reach_nobody_stated_is_not_said_to_reach_0() -> None:
    chinese, english = _both(line_of("菠菜", "sprayed", {"sprayed": NotDetected(UNSTATED, UnitCode.MG_PER_KG)}))

    assert "；未检出（未给出检出限）；结论：符合" in chinese
    assert "; not detected (no limit of detection given); verdict: conforms" in english
    assert "≤" not in chinese + english


def test_a_limit_of_a_group_names_the_node_it_stands_at() -> None:
    chinese, english = _both(line_of("菠菜", "sprayed", {"sprayed": found("0.1")}))
    own, own_english = _both(line_of("鸡肉", "both", {"both": found("0.001")}))

    assert "限量取自上级分类“蔬菜”" in chinese
    assert "the limit comes from the group above, “蔬菜”" in english
    assert "上级分类" not in own
    assert "group above" not in own_english


def test_a_sum_is_shown_without_zeros_that_nobody_measured_and_with_the_most_there_can_be() -> None:
    line = judged("豇豆", "carbofuran", {"carbofuran": found("0.010"), "3-hydroxycarbofuran": nothing("0.003")})

    assert (
        "计得 克百威 0.010 + 3-羟基克百威 未检出 = 0.01 mg/kg（未定量部分按定量限计，最高 0.0127978 mg/kg）"
        in _chinese(line)
    )
    assert "：0.01 ≤ 0.02；" in _chinese(line)
    english = sentence(line, LIBRARY, Language.ENGLISH)
    assert "(at most 0.0127978 mg/kg, what was not quantified counted at its limit)" in english


def test_head_and_tail_do_not_change_with_the_amount() -> None:
    low, high = (judged("芹菜", "chlorpyrifos", found(value)) for value in ("0.01", "0.02"))

    for language in Language:
        head, tail = frame(low, LIBRARY, language)
        assert frame(high, LIBRARY, language) == (head, tail)
        assert sentence(high, LIBRARY, language) == head + measured(high, LIBRARY, language) + tail
