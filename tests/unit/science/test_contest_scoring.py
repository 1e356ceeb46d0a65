"""Scoring of contests and the draw: known examples by hand, and what holds for whatever is scored."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.core.reasons import Reason
from lims.science import draw
from lims.science.contest_ranking import Ranked, Standing, TeamRule, prize_of, ranking, team_score
from lims.science.contest_scoring import (
    Deduction,
    Filled,
    Item,
    Judging,
    Reported,
    Scored,
    Sheet,
    Target,
    TimeLimit,
    Weights,
    agree,
    faults_of,
    points,
    score_results,
    score_sheet,
    total,
)

D, F = Decimal, Fraction
SHEET = Sheet(
    (Item("plan", "方案", D(40)), Item("seal", "封样", D(20), D(2))),
    (Deduction("glove", "未戴手套", D("2.5"), 2),),
    TimeLimit(1800, D(1), 60, D(5)),
)
TARGET = Target("毒死蜱", "mg/kg", D("0.100"), D("0.010"))


def standing(key: str, total: str, *more: str, seconds: int | None = None) -> Standing:
    operation, accuracy, sampling = (F(one) for one in (*more, "0", "0", "0")[:3])
    return Standing(key, F(total), operation, accuracy, sampling, None if seconds is None else F(seconds))


def ranks(*standings: Standing) -> dict[str, int]:
    return {one.key: one.rank for one in ranking(standings)}


def test_a_sheet_adds_marks_with_their_weights_and_takes_off_deductions_and_time() -> None:
    found = score_sheet(SHEET, Filled({"plan": D("36.5"), "seal": D(18)}, {"glove": 2}, 1861))

    # 36.5 + 2 × 18 = 72.5; less 2 × 2.5; less 2 begun minutes; of 80
    assert found.value == F(655, 1000) / F(8, 10) * 100
    assert [step.text for step in found.steps] == [
        "Marks: 72.50 of 80.00.",
        "Deducted: 未戴手套, 2.5 × 2.",
        "Over the time limit by 61 s: 2.00 deducted.",
        "Points: 65.50 / 80.00 × 100 = 81.88.",
    ]


@pytest.mark.parametrize(
    ("filled", "code"),
    [
        (Filled({"plan": D(41), "seal": D(0)}, {}, 0), "contest.mark_outside"),
        (Filled({"plan": D(4)}, {}, 0), "contest.mark_missing"),
        (Filled({"plan": D(4), "seal": D(0), "x": D(1)}, {}, 0), "contest.item_unknown"),
        (Filled({"plan": D(4), "seal": D(0)}, {"glove": 3}, 0), "contest.deducted_outside"),
        (Filled({"plan": D(4), "seal": D(0)}), "contest.time_missing"),
    ],
)
def test_a_sheet_that_is_filled_wrongly_is_refused_with_its_reason(filled: Filled, code: str) -> None:
    assert code in [why.code for why in faults_of(SHEET, filled, is_whole=True)]


@given(st.decimals(0, 40, places=1), st.decimals(0, 20, places=1), st.integers(0, 2), st.integers(0, 10_000))
def test_points_of_a_sheet_stay_between_0_and_100(plan: Decimal, seal: Decimal, glove: int, seconds: int) -> None:
    filled = Filled({"plan": plan, "seal": seal}, {"glove": glove}, seconds)

    assert faults_of(SHEET, filled, is_whole=True) == []
    assert 0 <= score_sheet(SHEET, filled).value <= 100


def test_two_judges_more_than_ten_points_apart_need_a_third_and_five_lose_the_extremes() -> None:
    apart, near = agree([F(80), F(91)], Judging()), agree([F(80), F(90)], Judging())
    five = agree([F(70), F(95), F(80), F(82), F(81)], Judging())

    assert apart.asks is not None
    assert apart.asks.code == "contest.third_judge"
    assert near.asks is None
    assert near.scored.value == 85
    assert agree([F(80), F(91), F(90)], Judging()).asks is None
    assert five.left_out == (0, 1)
    assert five.scored.value == 81
    assert agree([F(80)], Judging()).asks is not None


@given(st.lists(st.integers(0, 100).map(F), min_size=1, max_size=9))
def test_the_order_of_judges_does_not_matter_and_the_mean_lies_between_them(scores: list[Fraction]) -> None:
    found = agree(scores, Judging()).scored.value

    assert min(scores) <= found <= max(scores)
    assert agree(scores[::-1], Judging()).scored.value == found


@pytest.mark.parametrize(
    ("values", "earned"),
    [
        (("0.100", "0.100"), 100),  # z 0, no difference
        (("0.110", "0.110"), 100),  # |z| 1 still has everything
        (("0.120", "0.120"), 60),  # |z| 2: half of 80, and 20
        (("0.130", "0.130"), 20),  # |z| 3: precision alone
        (("0.095", "0.105"), 90),  # 10 % apart: half of 20
        (("0.100",), 80),
        ((), 0),
    ],
)
def test_results_earn_marks_by_z_and_by_the_difference_of_parallels(values: tuple[str, ...], earned: int) -> None:
    assert score_results([TARGET], {"毒死蜱": Reported(tuple(map(D, values)))}).value == earned


def test_a_total_is_the_weighted_sum_and_is_rounded_once() -> None:
    weights = Weights(D("0.30"), {"T": D(1)}, {"S": D(20), "P": D(30), "I": D(25), "R": D(25)})
    names = {"T": "理论", "S": "抽样", "P": "前处理", "I": "上机", "R": "结果"}
    found = total({"T": F(90), "S": F(80), "P": F(70), "I": F(60), "R": F(100)}, weights, names)

    # 27 + 0.7 × (16 + 21 + 15 + 25)
    assert points(found.value) == D("80.90")
    assert found.steps[1].text == "抽样: 80.00 × 14.00 % = 11.20."
    assert sum(weights.of(code) for code in names) == 1
    assert Weights(D("0.30"), {}, {"S": D(1)}).of("S") == 1


def test_ties_are_broken_in_their_order_and_who_stays_equal_shares_the_rank() -> None:
    assert ranks(standing("a", "80", "79"), standing("b", "80", "81")) == {"b": 1, "a": 2}
    assert ranks(standing("a", "80", "1", "5"), standing("b", "80", "1", "6")) == {"b": 1, "a": 2}
    assert ranks(standing("a", "80", "1", "5", "2"), standing("b", "80", "1", "5", "3")) == {"b": 1, "a": 2}
    assert ranks(standing("a", "80", seconds=60), standing("b", "80", seconds=59)) == {"b": 1, "a": 2}
    assert ranks(standing("a", "80", seconds=60), standing("b", "80")) == {"a": 1, "b": 2}
    assert ranks(standing("a", "80"), standing("b", "80"), standing("c", "70")) == {"a": 1, "b": 1, "c": 3}
    assert ranking([standing("a", "80"), standing("b", "80")])[1] == Ranked(
        "b", 1, Reason("contest.tie", "Equal to {other} by every rule: the same rank.", {"other": "a"})
    )
    # what is published equal is equal: 80.001 and 80.004 are both 80.00
    assert ranks(standing("a", "80.001", "2"), standing("b", "80.004", "1")) == {"a": 1, "b": 2}


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), max_size=12))
def test_ranks_follow_the_totals_whatever_the_order(pairs: list[tuple[int, int]]) -> None:
    standings = [standing(f"{n:02}", str(one), str(other)) for n, (one, other) in enumerate(pairs)]
    found = ranks(*standings)

    assert found == ranks(*standings[::-1])
    assert all(
        found[a.key] < found[b.key]
        for a in standings for b in standings if (a.total, a.operation) > (b.total, b.operation)
    )  # fmt: skip


def test_a_team_counts_its_best_and_a_small_one_has_no_score() -> None:
    members = {"a": F(80), "b": F(90), "c": F(85)}
    by_sum, by_mean = team_score(members, TeamRule()), team_score(members, TeamRule(3, is_mean=True))

    assert isinstance(by_sum, Scored)
    assert isinstance(by_mean, Scored)
    assert by_sum.value == 175
    assert by_mean.value == 85
    assert isinstance(team_score({"a": F(80)}, TeamRule()), Reason)


def test_prizes_go_by_share_and_the_first_is_always_given() -> None:
    shares = [D("0.10"), D("0.20"), D("0.30")]

    assert [prize_of(rank, 30, shares) for rank in (1, 3, 4, 9, 10, 18, 19)] == [0, 0, 1, 1, 2, 2, None]
    assert [prize_of(rank, 4, shares) for rank in (1, 2, 3)] == [0, 2, None]
    assert prize_of(1, 3, []) is None


@given(st.sets(st.text(min_size=1), max_size=20), st.text())
def test_a_draw_can_be_recomputed_and_nothing_in_it_changed_unnoticed(entries: set[str], words: str) -> None:
    numbers = draw.drawn("seed", words, entries)

    assert sorted(numbers.values()) == list(range(1, len(entries) + 1))
    assert draw.disagreements(draw.commitment("seed"), "seed", words, numbers) == []
    assert draw.disagreements(draw.commitment("other"), "seed", words, numbers) == ["seed"]
    if len(entries) > 1:
        first, second, *_ = sorted(entries)
        swapped = numbers | {first: numbers[second], second: numbers[first]}
        assert draw.disagreements(draw.commitment("seed"), "seed", words, swapped) == sorted({first, second})


def test_nobody_is_drawn_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        draw.drawn("seed", "", ["a", "a"])


def test_who_shares_a_rank_at_the_border_of_a_prize_shares_the_prize_and_the_next_one_has_fewer() -> None:
    shares = [D("0.10"), D("0.20"), D("0.30")]
    # of 10 people the first prize ends at rank 1, the second at 3, the third at 6
    totals = (99, 99, 98, 97, 97, 97, 96, 95, 95, 90)
    tied = [standing(key, str(total)) for key, total in zip("abcdefghij", totals, strict=True)]
    ranked = ranking(tied)

    assert [one.rank for one in ranked] == [1, 1, 3, 4, 4, 4, 7, 8, 8, 10]
    assert [prize_of(one.rank, 10, shares) for one in ranked] == [0, 0, 1, 2, 2, 2, None, None, None, None]
    # thirds of 10 are exact: 3.3 of 10 people are three, and shares that make one together leave nobody out
    assert [prize_of(rank, 10, [D("0.33"), D("0.67")]) for rank in (3, 4, 10)] == [0, 1, 1]
    # nine people: 0.9 of a person is none, but the first prize is given
    assert [prize_of(rank, 9, shares) for rank in (1, 2, 3, 5, 6)] == [0, 1, 2, 2, None]
