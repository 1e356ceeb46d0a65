"""What a report says of deviations and of its environment: grouped, bounded, in both languages."""

from decimal import Decimal

import pytest

from lims.documents.phrases import Phrase, ReportLanguage
from lims.reports.deviations import AcceptedCheck, AffectedWork, LeftOutLevel, in_language, reasons_of_deviations, told
from lims.reports.wording import environment
from lims.results.bench_queries import Conditions
from lims.science.quality_control import QcCheck


def a_check(name: str = "克百威", *, why: str = "回收率偏高不会造成漏检。", **changes: object) -> AcceptedCheck:
    said = {"kind": QcCheck.SPIKE_RECOVERY, "analyte": Phrase(name, f"{name}-en"), "value": "135.2 %"}
    return AcceptedCheck(**{**said, "limit": "70–120 %", "is_failed": True, "why": why, **changes})  # type: ignore[arg-type]


def test_nothing_known_and_nothing_stated_says_nothing() -> None:
    assert told([], [], [], None) == ()
    assert told([], [], [], "") == ()
    assert in_language((), ReportLanguage.ENGLISH) is None


def test_checks_of_one_reason_are_one_sentence_with_their_values() -> None:
    (said,) = told([], [a_check("灭多威"), a_check("氧乐果", value="128 %")], [], None)

    assert said.zh == (
        "质控项目“加标回收率”不符合要求（要求 70–120 %）：灭多威 135.2 %、氧乐果 128 %；经授权人员评审后接受，"
        "理由：回收率偏高不会造成漏检。"
    )
    assert said.en.startswith("Quality check “spike recovery” failed (required: 70–120 %): 灭多威-en 135.2 %, ")


def test_another_reason_another_limit_or_another_check_is_a_sentence_of_its_own() -> None:
    checks = [
        a_check(),
        a_check(why="另一个理由，写得够长。"),
        a_check(limit="60–130 %"),
        a_check(kind=QcCheck.BLANK, value="", limit="", is_failed=False),
    ]

    said = told([], checks, [], "样品量不足。")

    assert len(said) == 5
    assert said[3].zh.startswith("质控项目“空白”未能评定：克百威；")
    assert said[4] == Phrase.same("样品量不足。")
    bilingual = in_language(said, ReportLanguage.BILINGUAL) or ""
    assert len(bilingual.split("\n")) == 9  # what was stated stands there once


def test_many_analytes_and_many_decisions_are_counted_and_the_statement_is_never_left_out() -> None:
    many = [a_check(f"农药{n}") for n in range(40)]
    several = [LeftOutLevel(f"STD-{n}", "0.5 mg/L", Phrase.same("克百威"), "理" * 900) for n in range(30)]

    said = told([AffectedWork("NC-1", None, "重" * 900)], many, several, "述" * 500)

    lines = [one.zh for one in said]
    assert lines[0].startswith("不符合工作 NC-1经评定可能影响检测结果。")
    assert "农药4 135.2 %等 40 项；" in lines[1]
    assert "农药5" not in lines[1]
    assert lines[-2] == "另有 27 项质控和校准判定，详见原始记录。"
    assert lines[-1] == "述" * 500
    assert sum(map(len, lines)) < 2_200
    assert sum(len(one.en) for one in said) < 2_400


def test_a_reason_over_several_lines_keeps_to_its_sentence() -> None:
    (said,) = told([], [], [LeftOutLevel("STD-4", "", Phrase("克百威", "carbofuran"), "进样针\n堵塞。\n")], None)

    assert said == Phrase(
        "校准时剔除标准点 STD-4：克百威；理由：进样针 堵塞。",
        "Calibration standard STD-4 was left out for carbofuran, because: 进样针 堵塞。",
    )


def test_a_reason_without_a_full_stop_gets_that_of_each_language() -> None:
    (said,) = told([], [], [LeftOutLevel("STD-4", "", Phrase("克百威", "carbofuran"), "needle blocked")], None)

    assert said.zh.endswith("理由：needle blocked。")
    assert said.en.endswith("because: needle blocked.")


def test_what_was_compiled_must_be_what_the_records_tell() -> None:
    assert reasons_of_deviations(None, None) == []
    assert reasons_of_deviations("甲", "甲") == []
    for compiled, now in ((None, "甲"), ("甲", None), ("甲", "乙")):
        assert [why.code for why in reasons_of_deviations(compiled, now)] == ["report.deviations_changed"]


@pytest.mark.parametrize(
    ("conditions", "zh", "en"),
    [
        (
            Conditions((Decimal("21.5"), Decimal("23.0")), (Decimal(45), Decimal(52))),
            "温度 21.5 ℃～23.0 ℃，相对湿度 45 %～52 %",
            "Temperature 21.5 °C to 23.0 °C, relative humidity 45 % to 52 %",
        ),
        (Conditions((Decimal("-18"), Decimal("4.0"))), "温度 -18 ℃～4.0 ℃", "Temperature -18 °C to 4.0 °C"),
        (Conditions(None, (Decimal(50), Decimal("50.0"))), "相对湿度 50 %", "Relative humidity 50 %"),
    ],
)
def test_the_environment_is_the_span_over_the_worksheets(conditions: Conditions, zh: str, en: str) -> None:
    assert environment(conditions) == Phrase(zh, en)


def test_an_environment_that_nobody_recorded_is_not_told() -> None:
    assert environment(Conditions()) is None
