"""A reason is said in the language of its reader, the program's own words in its gaps too."""

import pytest

from lims.core.language import Language, preferred_language, translator
from lims.core.reasons import named, reason

CHINESE = translator(Language.CHINESE)
ENGLISH = translator(Language.ENGLISH)


@pytest.mark.parametrize(
    ("kind", "english", "chinese"),
    [
        ("sample", "There is no sample Q-1.", "没有找到样品 Q-1。"),
        ("scope line", "There is no scope line Q-1.", "没有找到能力附表条目 Q-1。"),
        ("Schrank", "There is no Schrank Q-1.", "没有找到Schrank Q-1。"),
    ],
)
def test_a_word_of_the_program_is_translated_and_any_other_stays(kind: str, english: str, chinese: str) -> None:
    said = reason("not_found", "There is no {kind} {key}.", kind=kind, key="Q-1")

    assert (said.translated(ENGLISH), said.translated(CHINESE)) == (english, chinese)


def test_what_somebody_wrote_is_never_translated() -> None:
    said = reason("food.is_group", "“{name}” is a group of foods; a sample is judged as one food of it.", name="sample")

    assert said.translated(CHINESE).startswith("“sample”")


@pytest.mark.parametrize(
    ("value", "chinese"),
    [
        ("spike_recovery", "加标回收率"),
        ("spike_recovery, blank", "加标回收率、空白"),
        ("unheard_of, blank", "unheard of、空白"),
        ("unheard_of", "unheard_of"),
        ("", ""),
    ],
)
def test_each_word_of_a_list_is_translated(value: str, chinese: str) -> None:
    sentence = "The quality control of this result failed ({checks}); repeat the measurement."

    said = reason("result.qc_failed", sentence, checks=value).translated(CHINESE)

    assert said == f"该结果的质量控制不合格（{chinese}）；请重新测定。"


def test_a_sum_of_words_is_translated() -> None:
    sentence = "No row of the file could be imported ({sum}); look at the reasons of the rows."

    said = reason("run.nothing_read", sentence, sum="0 read + 3 refused = 3 rows").translated(CHINESE)

    assert "（0 已读取 + 3 被拒绝 = 3 行）" in said


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en", Language.ENGLISH),
        ("en-GB,en;q=0.9", Language.ENGLISH),
        ("zh-CN,en;q=0.5", Language.CHINESE),
        ("de", Language.CHINESE),
        ("", Language.CHINESE),
        (None, Language.CHINESE),
    ],
)
def test_english_is_spoken_only_to_who_asks_for_it_first(header: str | None, language: Language) -> None:
    assert preferred_language(header) is language


def test_a_name_with_an_english_one_is_said_in_the_language_of_the_reader() -> None:
    both, chinese = named("抽样操作", "Sampling"), named("抽样操作", None)
    said, plain = (
        reason("contest.event_judged", "{event} is scored by judges.", event=name) for name in (both, chinese)
    )

    assert said.translated(ENGLISH) == said.text == "Sampling is scored by judges."
    assert plain.text == "抽样操作 is scored by judges."
    assert said.translated(CHINESE) == plain.translated(CHINESE)
    assert said.translated(CHINESE).startswith("抽样操作")
