"""Methods of a round side by side."""

import numpy as np
import pytest

from lims.science.method_comparison import by_method, that_differ

AGREEING = np.array([0.101, 0.099, 0.100, 0.102, 0.098])


def test_methods_that_disagree_are_found_and_small_groups_are_not_compared() -> None:
    values = np.concatenate((AGREEING, AGREEING + 0.001, AGREEING + 0.05, AGREEING[:4]))
    groups = by_method(values, ["GC"] * 5 + ["LC"] * 5 + ["kit"] * 5 + ["rare"] * 4)
    assert [one.method for one in groups] == ["GC", "LC", "kit"]
    assert groups[0].mean == pytest.approx(0.100)
    assert groups[0].uncertainty == pytest.approx(1.25 * groups[0].deviation / 5**0.5)
    assert {(one.method, other.method) for one, other in that_differ(groups)} == {("GC", "kit"), ("LC", "kit")}


def test_one_method_alone_is_compared_with_nothing() -> None:
    assert by_method(AGREEING, ["GC"] * 5) == ()
    assert by_method(AGREEING, [""] * 5) == ()
    alike = by_method(np.full(10, 0.1), ["GC"] * 5 + ["LC"] * 5)
    assert that_differ(alike) == ()
