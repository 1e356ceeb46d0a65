"""Ratios to a floor that is measured in the same run: what a benchmark prints and asserts.

Subject and floor take turns, so that both meet the same neighbours on the machine, and of each the best turn counts:
what disturbs a turn only ever makes it longer. Processor time is what is asserted; a busy machine stretches wall time.
"""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Act = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Taken:
    """What the best turn took: seconds of the processor and of the clock on the wall, each at its best."""

    processor: float
    wall: float

    def over(self, floor: "Taken") -> float:
        """How many times the processor time of the floor."""
        return self.processor / floor.processor

    def told(self, floor: "Taken") -> str:
        """Both ratios as they are printed."""
        return f"{self.over(floor):.2f}x (wall {self.wall / floor.wall:.2f}x)"


def taken(acts: Mapping[str, Act], repeats: int) -> dict[str, Taken]:
    """The best of `repeats` turns of each act, the acts taking turns after one that only warms them up."""
    turns: dict[str, list[tuple[float, float]]] = {name: [] for name in acts}
    for act in acts.values():
        act()
    for _ in range(repeats):
        for name, act in acts.items():
            turns[name].append(_turn(act))
    return {name: Taken(min(cpu for cpu, _ in found), min(wall for _, wall in found)) for name, found in turns.items()}


def _turn(act: Act) -> tuple[float, float]:
    gc.collect()  # nobody pays for what another left behind
    cpu, wall = time.process_time(), time.perf_counter()
    act()
    return time.process_time() - cpu, time.perf_counter() - wall
