"""What answers are worth, papers drawn by lot, and the figures of questions, by hand-made examples."""

from decimal import Decimal
from typing import Any

import pytest

from lims.exams.drawing import InBank, arranged, draw, shortage
from lims.exams.marking import Key, figures_of, marks_for
from lims.exams.rules import Difficulty, PartialCredit, QuestionKind, Section

D, K, P = Decimal, QuestionKind, PartialCredit
MULTIPLE = Key(K.MULTIPLE, ("A", "C", "D"))
NUMBER = Key(K.NUMERIC, ("0.35",), D("0.01"), "mg/kg")
TEXT = Key(K.FILL, ("四舍六入五成双", "Round half to even"))


@pytest.mark.parametrize(
    ("key", "given", "rule", "marks"),
    [
        (Key(K.SINGLE, ("B",)), ["B"], P.NOTHING, "4"),
        (Key(K.SINGLE, ("B",)), ["A"], P.NOTHING, "0"),
        (Key(K.TRUE_FALSE, ("false",)), ["false"], P.NOTHING, "4"),
        (MULTIPLE, ["D", "A", "C"], P.NOTHING, "4"),
        (MULTIPLE, ["A", "C"], P.NOTHING, "0"),
        (MULTIPLE, ["A", "C"], P.HALF, "2"),
        (MULTIPLE, ["A", "C"], P.SHARE, "2.67"),
        (MULTIPLE, ["A", "B"], P.SHARE, "0"),
        (MULTIPLE, ["A", "B", "C", "D"], P.HALF, "0"),
        (NUMBER, ["0.36"], P.NOTHING, "4"),
        (NUMBER, ["0.3601"], P.NOTHING, "0"),
        (NUMBER, [" ０．３４ mg/kg"], P.NOTHING, "4"),
        (NUMBER, ["0.35 g/kg"], P.NOTHING, "0"),
        (NUMBER, ["1e-1"], P.NOTHING, "0"),
        (NUMBER, ["0.36" + "0" * 30 + "1"], P.NOTHING, "0"),
        (Key(K.NUMERIC, ("-0.35",), D("0"), "μg/kg"), ["–0.35 ug/kg。"], P.NOTHING, "4"),
        (Key(K.NUMERIC, ("0.35",), D("0"), "μg/kg"), ["0.35 µg/kg"], P.NOTHING, "4"),
        (Key(K.NUMERIC, ("0.35",), D("0"), "μg/kg"), ["0.35 mg/kg"], P.NOTHING, "0"),
        (TEXT, ["四舍六入 五成双。"], P.NOTHING, "4"),
        (TEXT, ["round HALF to even"], P.NOTHING, "4"),
        (TEXT, ["四舍五入"], P.NOTHING, "0"),
        (TEXT, [], P.NOTHING, "0"),
    ],
)
def test_an_answer_is_worth_what_its_rule_says(key: Key, given: list[str], rule: PartialCredit, marks: str) -> None:
    assert marks_for(key, given, D(4), rule) == D(marks)


def test_the_best_are_told_from_the_weakest_by_a_good_question() -> None:
    totals = [float(place) for place in range(100)]
    good = [float(place >= 50) for place in range(100)]
    found = figures_of(good, totals, 100)
    assert (found.facility, found.discrimination) == (0.5, 1.0)
    assert figures_of([1.0] * 100, totals, 90).discrimination == 0.0
    assert figures_of([1.0 - one for one in good], totals, 100).discrimination == -1.0
    assert figures_of(good[:9], totals[:9], 9).discrimination is None


def test_candidates_with_the_same_marks_share_the_edge_of_a_group_whatever_their_order() -> None:
    # Ten candidates, groups of three: five have 1 mark, and four fifths of those were right.
    shares, totals = [1, 1, 1, 1, 0, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 5, 6, 0, 0, 0]
    found = figures_of([float(one) for one in shares], [float(one) for one in totals], 10)
    assert found.discrimination == pytest.approx((2 + 4 / 5) / 3 - 0)
    turned = figures_of([float(one) for one in reversed(shares)], [float(one) for one in reversed(totals)], 10)
    assert turned == found


def bank(count: int, subject: str = "抽样", difficulty: Difficulty = Difficulty.EASY) -> list[InBank]:
    return [InBank(f"{subject}{place}/1", K.SINGLE, subject, difficulty, 4) for place in range(count)]


def test_a_section_for_anything_leaves_others_what_only_they_may_take() -> None:
    anything = Section(K.SINGLE, 3, D(2))
    sampling = Section(K.SINGLE, 2, D(2), "抽样")
    held = [*bank(2), *bank(3, "质量控制")]
    for seed in map(str, range(20)):
        drawn = draw(seed, [anything, sampling], held)
        assert len({one.key for _, one in drawn}) == 5
        assert {one.subject for place, one in drawn if place == 1} == {"抽样"}
    assert shortage([anything, sampling], held) == []
    assert shortage([anything, sampling], held[1:]) != []


def test_a_large_bank_is_not_searched_once_the_paper_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    takes = Section.takes

    def counted(self: Section, *of: Any) -> bool:
        nonlocal looks
        looks += 1
        return takes(self, *of)

    monkeypatch.setattr(Section, "takes", counted)
    drawn = draw("seed", [Section(K.SINGLE, 5, D(2)), Section(K.SINGLE, 5, D(2))], bank(2000))
    assert len(drawn) == 10
    assert looks < 1000


def test_a_paper_is_the_same_for_the_same_seed_and_hardly_for_another() -> None:
    sections = [Section(K.SINGLE, 10, D(2))]
    papers = [
        [(one.key, one.order) for one in arranged(seed, draw(seed, sections, bank(40)), shuffles=True)]
        for seed in ("one", "one", "two")
    ]
    assert papers[0] == papers[1]
    assert papers[0] != papers[2]
    assert all(sorted(order) == [0, 1, 2, 3] for _, order in papers[0])
