"""Which rules the points of a control chart break (判异准则): those of Westgard and of Nelson.

Points are given as z = (value − centre)/s in order of time. A rule is broken *at* the point that completes it.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class ControlRule(StrEnum):
    """Rules of control charts. Westgard: westgard.com; Nelson: J. Quality Technology 16 (1984) 237."""

    ONE_2S = "westgard_1_2s"
    ONE_3S = "westgard_1_3s"
    TWO_2S = "westgard_2_2s"
    RANGE_4S = "westgard_r_4s"
    FOUR_1S = "westgard_4_1s"
    TEN_X = "westgard_10x"
    NELSON_1 = "nelson_1"
    NELSON_2 = "nelson_2"
    NELSON_3 = "nelson_3"
    NELSON_4 = "nelson_4"
    NELSON_5 = "nelson_5"
    NELSON_6 = "nelson_6"
    NELSON_7 = "nelson_7"
    NELSON_8 = "nelson_8"


class RuleSet(StrEnum):
    """Which rules a chart is read by."""

    WESTGARD = "westgard"
    NELSON = "nelson"


class Weight(StrEnum):
    """What a broken rule means: a warning, or that the process is out of control."""

    WARNING = "warning"
    OUT = "out"


class ChartState(StrEnum):
    """How a chart stands, by its newest point."""

    NO_LIMITS = "no_limits"
    IN_CONTROL = "in_control"
    WARNING = "warning"
    OUT = "out_of_control"


@dataclass(frozen=True, slots=True)
class Plotted:
    """A point in standard deviations, and the run it belongs to."""

    z: Decimal
    run: object = None


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule broken at the point `at` (from 0), by the `points` up to it."""

    rule: ControlRule
    at: int
    points: tuple[int, ...]

    @property
    def weight(self) -> Weight:
        """1-2s only warns (Westgard no longer takes it for a gate), as do Nelson's rules of a too even spread."""
        return Weight.WARNING if self.rule in _WARNINGS else Weight.OUT


_WARNINGS: Final = frozenset({ControlRule.ONE_2S, ControlRule.NELSON_4, ControlRule.NELSON_7})
#: Says of a window of z whether the rule is broken by it.
_Holds = Callable[[Sequence[Decimal]], bool]


def _all_beyond(bound: int) -> _Holds:
    return lambda zs: all(z > bound for z in zs) or all(z < -bound for z in zs)


def _most_beyond(bound: int, least: int) -> _Holds:
    """So many of the window beyond one limit, the newest among them."""

    def holds(zs: Sequence[Decimal]) -> bool:
        above, below = sum(z > bound for z in zs), sum(z < -bound for z in zs)
        return (above >= least and zs[-1] > bound) or (below >= least and zs[-1] < -bound)

    return holds


def _one_way(zs: Sequence[Decimal]) -> bool:
    steps = [after - before for before, after in itertools.pairwise(zs)]
    return all(step > 0 for step in steps) or all(step < 0 for step in steps)


def _to_and_fro(zs: Sequence[Decimal]) -> bool:
    steps = [after - before for before, after in itertools.pairwise(zs)]
    return all(one * next_one < 0 for one, next_one in itertools.pairwise(steps))


def _all_within(zs: Sequence[Decimal]) -> bool:
    return all(abs(z) < 1 for z in zs)


def _none_within(zs: Sequence[Decimal]) -> bool:
    return all(abs(z) > 1 for z in zs) and any(z > 0 for z in zs) and any(z < 0 for z in zs)


#: How many points each rule looks at, and what it says of them.
_WINDOWS: Mapping[ControlRule, tuple[int, _Holds]] = MappingProxyType(
    {
        ControlRule.ONE_2S: (1, _all_beyond(2)),
        ControlRule.ONE_3S: (1, _all_beyond(3)),
        ControlRule.TWO_2S: (2, _all_beyond(2)),
        ControlRule.FOUR_1S: (4, _all_beyond(1)),
        ControlRule.TEN_X: (10, _all_beyond(0)),
        ControlRule.NELSON_1: (1, _all_beyond(3)),
        ControlRule.NELSON_2: (9, _all_beyond(0)),
        ControlRule.NELSON_3: (6, _one_way),
        ControlRule.NELSON_4: (14, _to_and_fro),
        ControlRule.NELSON_5: (3, _most_beyond(2, 2)),
        ControlRule.NELSON_6: (5, _most_beyond(1, 4)),
        ControlRule.NELSON_7: (15, _all_within),
        ControlRule.NELSON_8: (8, _none_within),
    }
)
RULES: Mapping[RuleSet, tuple[ControlRule, ...]] = MappingProxyType(
    {
        RuleSet.WESTGARD: tuple(rule for rule in ControlRule if rule.value.startswith("westgard")),
        RuleSet.NELSON: tuple(rule for rule in ControlRule if rule.value.startswith("nelson")),
    }
)


def broken_rules(points: Sequence[Plotted], rules: Sequence[ControlRule]) -> list[Broken]:
    """Every rule broken at every point, by point; a run of points that goes on breaks its rule at each of them.

    A point beyond 3 s warns no more (1-2s): it is out. R-4s looks only inside a run.
    """
    found = []
    for at in range(len(points)):
        here = [broken for rule in rules if (broken := _at(points, at, rule)) is not None]
        if any(broken.rule is ControlRule.ONE_3S for broken in here):
            here = [broken for broken in here if broken.rule is not ControlRule.ONE_2S]
        found += here
    return found


def state_of(points: Sequence[Plotted], rules: Sequence[ControlRule]) -> ChartState:
    """How a chart with limits stands: what is broken at its newest point."""
    here = [broken.weight for broken in broken_rules(points, rules) if broken.at == len(points) - 1]
    if Weight.OUT in here:
        return ChartState.OUT
    return ChartState.WARNING if here else ChartState.IN_CONTROL


def _at(points: Sequence[Plotted], at: int, rule: ControlRule) -> Broken | None:
    if rule is ControlRule.RANGE_4S:
        return next(_ranges(points, at), None)
    size, holds = _WINDOWS[rule]
    if at + 1 < size:
        return None
    window = range(at + 1 - size, at + 1)
    return Broken(rule, at, tuple(window)) if holds([points[place].z for place in window]) else None


def _ranges(points: Sequence[Plotted], at: int) -> Iterator[Broken]:
    """A point of the same run before this one, on the other side of 2 s."""
    newest = points[at]
    if newest.run is None or abs(newest.z) <= 2:
        return
    for place in range(at - 1, -1, -1):
        other = points[place]
        if other.run != newest.run:
            return
        if abs(other.z) > 2 and other.z * newest.z < 0:
            yield Broken(ControlRule.RANGE_4S, at, (place, at))
