"""The rules of Westgard and Nelson, each broken and just not broken."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.science.control_rules import (
    RULES,
    ChartState,
    ControlRule,
    Plotted,
    RuleSet,
    Weight,
    broken_rules,
    state_of,
)

R = ControlRule


def points(text: str, runs: str = "") -> list[Plotted]:
    zs = [Decimal(one) for one in text.split()]
    return [Plotted(z, runs[place] if runs else place) for place, z in enumerate(zs)]


def breaks(rule: ControlRule, text: str, runs: str = "") -> list[int]:
    return [broken.at for broken in broken_rules(points(text, runs), [rule])]


@pytest.mark.parametrize(
    ("rule", "broken", "at", "kept"),
    [
        (R.ONE_2S, "0 -2.1", 1, "0 2"),
        (R.ONE_3S, "0 3.01", 1, "0 3"),
        (R.TWO_2S, "2.1 2.2", 1, "2.1 -2.2"),
        (R.FOUR_1S, "1.1 1.2 1.1 1.3", 3, "1.1 1.2 1 1.3"),
        (R.TEN_X, "-1 -.1 -.1 -.1 -.1 -.1 -.1 -.1 -.1 -.2", 9, "-1 -.1 -.1 -.1 0 -.1 -.1 -.1 -.1 -.2"),
        (R.NELSON_1, "-3.5", 0, "-3"),
        (R.NELSON_2, "1 1 .1 .1 .1 1 1 1 1", 8, "1 1 .1 .1 -.1 1 1 1 1"),
        (R.NELSON_3, "-1 -.5 0 .1 .2 .3", 5, "-1 -.5 0 0 .2 .3"),
        (R.NELSON_4, "1 0 1 0 1 0 1 0 1 0 1 0 1 0", 13, "1 0 1 0 1 0 1 0 1 0 1 0 0 1"),
        (R.NELSON_5, "2.1 0 2.1", 2, "2.1 0 -2.1"),
        (R.NELSON_6, "1.1 1.1 0 1.1 1.1", 4, "1.1 1.1 0 1 1.1"),
        (R.NELSON_7, "0 0 .9 -.9 0 0 0 0 0 0 0 0 0 0 .5", 14, "0 0 1 -.9 0 0 0 0 0 0 0 0 0 0 .5"),
        (R.NELSON_8, "1.1 -1.1 1.1 -1.1 2 2 2 -2", 7, "1.1 1.1 1.1 1.1 2 2 2 2"),
    ],
)
def test_each_rule(rule: ControlRule, broken: str, at: int, kept: str) -> None:
    assert breaks(rule, broken) == [at]
    assert breaks(rule, kept) == []


def test_r_4s_looks_inside_a_run_only() -> None:
    assert breaks(R.RANGE_4S, "2.1 -2.1", "aa") == [1]
    assert breaks(R.RANGE_4S, "2.1 0 -2.1", "aaa") == [2]
    assert breaks(R.RANGE_4S, "2.1 -2.1", "ab") == []
    assert breaks(R.RANGE_4S, "2.1 2.1", "aa") == []


def test_a_point_out_of_control_does_not_warn_too() -> None:
    found = broken_rules(points("0 3.5"), RULES[RuleSet.WESTGARD])
    assert [(one.rule, one.weight) for one in found] == [(R.ONE_3S, Weight.OUT)]


def test_the_state_is_that_of_the_newest_point() -> None:
    rules = RULES[RuleSet.WESTGARD]
    assert state_of(points("3.5 0"), rules) is ChartState.IN_CONTROL
    assert state_of(points("0 2.5"), rules) is ChartState.WARNING
    assert state_of(points("0 3.5"), rules) is ChartState.OUT
    assert state_of([], rules) is ChartState.IN_CONTROL


zs = st.lists(st.decimals(-4, 4, places=1), max_size=30)
every_rule = [rule for rules in RULES.values() for rule in rules]


@given(zs)
def test_a_chart_upside_down_breaks_the_same_rules(values: list[Decimal]) -> None:
    runs = [place // 2 for place in range(len(values))]
    up = [Plotted(z, run) for z, run in zip(values, runs, strict=True)]
    down = [Plotted(-z, run) for z, run in zip(values, runs, strict=True)]
    assert broken_rules(up, every_rule) == broken_rules(down, every_rule)


@given(zs, zs)
def test_what_comes_later_changes_nothing_before(values: list[Decimal], later: list[Decimal]) -> None:
    first = [Plotted(z, place) for place, z in enumerate(values)]
    whole = [Plotted(z, place) for place, z in enumerate([*values, *later])]
    early = [broken for broken in broken_rules(whole, every_rule) if broken.at < len(values)]
    assert early == broken_rules(first, every_rule)


@given(zs)
def test_calm_points_break_no_rule_of_westgard_but_the_long_one(values: list[Decimal]) -> None:
    calm = [Plotted(max(min(z, Decimal(1)), Decimal(-1)), place) for place, z in enumerate(values)]
    assert {broken.rule for broken in broken_rules(calm, RULES[RuleSet.WESTGARD])} <= {R.TEN_X}
