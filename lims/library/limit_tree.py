"""The limits of one substance laid over a tree of foods: what stands where, and how high it is among the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import log10

from lims.core.errors import LimsError
from lims.library.facts import Food, LimitRow
from lims.library.food_tree import FoodTree
from lims.science.units import UnitCode, convert

#: So many steps has the scale of colours.
STEPS = 5


@dataclass(frozen=True, slots=True)
class LimitNode:
    """A food or group with limits of its own or inside it.

    `rows` are its own; `nodes` what stands inside; `others` how many foods and groups directly inside have none of
    their own: they have that of a group around them, or none. `values` are all numbers in it, in the unit of the scale.
    """

    food: Food
    rows: tuple[LimitRow, ...]
    nodes: tuple["LimitNode", ...]
    others: int
    values: tuple[Decimal, ...]

    @property
    def count(self) -> int:
        """How many limits stand in it, its own with them."""
        return len(self.rows) + sum(node.count for node in self.nodes)


@dataclass(frozen=True, slots=True)
class Scale:
    """The range of a substance's limits, parted into equal steps of the logarithm; the lowest is the strictest."""

    unit: UnitCode
    values: tuple[Decimal, ...]

    def value(self, row: LimitRow) -> Decimal | None:
        """The number of a row in the unit of the scale; None where it has none."""
        return in_unit(row, self.unit)

    def step(self, value: Decimal | None) -> int:
        """1 (the strictest) to `STEPS`; 0 for what is no number. The colour never says it alone."""
        if value is None or not self.values:
            return 0
        lowest, highest = self.values[0], self.values[-1]
        if lowest <= 0 or lowest == highest:
            return (STEPS + 1) // 2 if lowest == highest else 1 + (value > 0) * (STEPS - 1)
        share = log10(value / lowest) / log10(highest / lowest)
        return min(max(int(share * STEPS) + 1, 1), STEPS)

    def legend(self) -> list[tuple[int, Decimal, Decimal]]:
        """Each step that has limits: its number, and the lowest and the highest of them."""
        parts: dict[int, list[Decimal]] = {}
        for value in self.values:
            parts.setdefault(self.step(value), []).append(value)
        return [(step, found[0], found[-1]) for step, found in sorted(parts.items())]


def scale_of(rows: Iterable[LimitRow]) -> Scale:
    """The scale of some limits, in the unit that most are written in."""
    rows = list(rows)
    units = [row.unit for row in rows if row.value is not None]
    unit = max(units, key=units.count) if units else UnitCode.MG_PER_KG
    found = {value for row in rows if (value := in_unit(row, unit)) is not None}
    return Scale(unit, tuple(sorted(found)))


def in_unit(row: LimitRow, unit: UnitCode) -> Decimal | None:
    """The number of a limit in a unit; None where it has none, or none in such a unit."""
    if row.value is None:
        return None
    try:
        return convert(row.value, row.unit, unit)
    except LimsError:  # another kind of content
        return None


def limit_tree(tree: FoodTree, rows: Sequence[LimitRow], scale: Scale) -> tuple[LimitNode, ...]:
    """The groups at the top of a tree that hold limits, with everything in them that does."""
    at: dict[str, list[LimitRow]] = {}
    for row in rows:
        at.setdefault(row.food, []).append(row)
    inside: dict[str, set[str]] = {}
    for food in at:
        steps = tree.keys_around(food) if food in tree else ()
        for step, around in zip(steps, (*steps[1:], ""), strict=True):
            inside.setdefault(around, set()).add(step)

    def node(food: str) -> LimitNode:
        own = tuple(at.get(food, ()))
        nodes = tuple(node(one) for one in sorted(inside.get(food, ())))
        children = tree.children(food)
        values = [value for row in own if (value := scale.value(row)) is not None]
        values += [value for one in nodes for value in one.values]
        return LimitNode(tree.food(food), own, nodes, len(children) - len(nodes), tuple(sorted(values)))

    return tuple(node(food) for food in sorted(inside.get("", ())))
