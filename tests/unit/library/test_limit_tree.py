"""Limits over the tree of foods, and the scale of their colours."""

from decimal import Decimal

import pytest

from lims.library.limit_tree import STEPS, LimitNode, Scale, limit_tree, scale_of
from lims.library.rules import Library
from lims.science.units import UnitCode


def nodes_of(all_: tuple[LimitNode, ...]) -> list[LimitNode]:
    return [one for node in all_ for one in (node, *nodes_of(node.nodes))]


@pytest.mark.parametrize("code", ["carbofuran", "pyraclostrobin", "abamectin"])
def test_every_limit_stands_at_its_node_and_no_node_is_empty(library: Library, code: str) -> None:
    rows = library.limits("GB 2763-2026", code)
    scale = scale_of(rows)

    tops = limit_tree(library.foods, rows, scale)

    nodes = nodes_of(tops)
    assert sorted(r.food for n in nodes for r in n.rows) == sorted(r.food for r in rows)
    assert all(node.count for node in nodes)
    assert sum(node.count for node in tops) == len(rows)
    assert all(n.others == len(library.foods.children(n.food.food)) - len(n.nodes) >= 0 for n in nodes)


def test_steps_are_equal_parts_of_the_logarithm() -> None:
    scale = Scale(UnitCode.MG_PER_KG, tuple(map(Decimal, ("0.01", "0.1", "1", "10", "100", "1000"))))

    assert [scale.step(value) for value in scale.values] == [1, 2, 3, 4, 5, 5]
    assert scale.legend()[-1] == (STEPS, Decimal(100), Decimal(1000))


@pytest.mark.parametrize(
    ("values", "steps"),
    [((), []), (("0.02",), [3]), (("0", "1"), [1, 5]), (("0.01", "0.02"), [1, 5])],
)
def test_a_scale_of_few_values_has_steps_too(values: tuple[str, ...], steps: list[int]) -> None:
    scale = Scale(UnitCode.MG_PER_KG, tuple(map(Decimal, values)))

    assert [scale.step(value) for value in scale.values] == steps
    assert scale.step(None) == 0


def test_limits_in_two_units_are_on_one_scale(library: Library) -> None:
    rows = [*library.limits("GB 31650-2019", "enrofloxacin"), *library.limits("GB 2763-2026", "carbofuran")]

    scale = scale_of(rows)

    assert scale.unit is UnitCode.MG_PER_KG
    assert min(scale.values) == Decimal("0.02")
    assert Decimal("0.1") in scale.values
