"""What a new edition changes: raised, lowered, new, gone — and never a change where something is only not loaded."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from lims.core.errors import BadInput, NotFound
from lims.library.facts import Coverage, DefinitionComponent, LimitRow, SubstanceCoverage
from lims.library.rules import Library
from lims.limits.edition_comparison import Comparison, Difference, compare
from tests.unit.limits.small import FACTS, PESTICIDE, UG, limit, standard

OLD, NEW = "GB 2763-2021", "GB 2763-2026"
LEAF = "蔬菜/菠菜"


def compared(
    old: Sequence[LimitRow],
    new: Sequence[LimitRow],
    *,
    old_coverage: Coverage = Coverage.COMPLETE,
    new_coverage: Coverage = Coverage.COMPLETE,
    food: str = "",
    factor: str = "1",
) -> Comparison:
    """Two editions of the small library, the older one until the end of April 2026."""
    sprayed = next(d for d in FACTS.definitions if d.standard == NEW and d.substance == "sprayed")
    part = DefinitionComponent("old", "sprayed", Decimal(factor), "by hand")
    library = Library(
        replace(
            FACTS,
            standards=(
                standard(OLD, "CN", "GB 2763", PESTICIDE, ended_on=date(2026, 5, 1)),
                standard(NEW, "CN", "GB 2763", PESTICIDE, effective_on=date(2026, 5, 1)),
                standard("GB 31650-2019", "CN", "GB 31650", PESTICIDE),
            ),
            limits=(*old, *new),
            coverage=(
                SubstanceCoverage(OLD, "sprayed", old_coverage, ""),
                SubstanceCoverage(NEW, "sprayed", new_coverage, ""),
            ),
            definitions=(sprayed, replace(sprayed, definition="old", standard=OLD, components=(part,))),
        )
    )
    return compare(library, OLD, NEW, food)


def row(edition: str, food: str, value: str | None, **changes: object) -> LimitRow:
    return limit(edition, "sprayed", food, value, **changes)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("1", "2", Difference.RAISED),
        ("2", "1", Difference.LOWERED),
        ("1", "1.0", None),
        ("1", None, Difference.LOWERED),  # a number became “must not be found”
    ],
)
def test_a_limit_of_a_node_is_held_against_the_one_before(
    before: str, after: str | None, kind: Difference | None
) -> None:
    for food in ("", LEAF):
        found = compared([row(OLD, LEAF, before)], [row(NEW, LEAF, after)], food=food)
        assert [one.kind for one in found.differences] == ([kind] if kind else [])
        assert found.unchanged == (kind is None)


def test_units_are_compared_by_what_they_mean() -> None:
    found = compared([row(OLD, LEAF, "1")], [row(NEW, LEAF, "1000", unit=UG)])

    assert found.differences == ()


def test_a_row_of_its_own_is_held_against_the_group_that_reached_the_food_before() -> None:
    found = compared([row(OLD, "蔬菜", "1")], [row(NEW, "蔬菜", "1"), row(NEW, LEAF, "3")], food=LEAF)
    whole = compared([row(OLD, "蔬菜", "1")], [row(NEW, "蔬菜", "1"), row(NEW, LEAF, "3")])

    for one in (found, whole):
        assert [(c.kind, c.before and c.before.food) for c in one.differences] == [(Difference.RAISED, "蔬菜")]


def test_a_food_that_is_excepted_now_has_lost_its_limit() -> None:
    found = compared([row(OLD, "蔬菜", "1")], [row(NEW, "蔬菜", "1", exclude=(LEAF,))], food=LEAF)

    assert [one.kind for one in found.differences] == [Difference.GONE]


@pytest.mark.parametrize("food", ["", LEAF])
def test_new_and_gone_are_said_only_where_the_other_edition_is_loaded_whole(food: str) -> None:
    ours, theirs = [row(NEW, LEAF, "1")], [row(OLD, LEAF, "1")]

    assert [c.kind for c in compared([], ours, food=food).differences] == [Difference.NEW]
    assert [c.kind for c in compared(theirs, [], food=food).differences] == [Difference.GONE]
    for part in (Coverage.PARTIAL, Coverage.COMPILED):
        earlier = compared([], ours, old_coverage=part, food=food)
        later = compared(theirs, [], new_coverage=part, food=food)
        assert [c.kind for c in earlier.differences] == [Difference.EARLIER_NOT_LOADED]
        assert [c.kind for c in later.differences] == [Difference.LATER_NOT_LOADED]


@pytest.mark.parametrize("food", ["", LEAF])
def test_the_same_number_of_another_residue_is_a_change_too(food: str) -> None:
    found = compared([row(OLD, LEAF, "1")], [row(NEW, LEAF, "1")], factor="0.9", food=food)

    assert [(one.kind, one.is_redefined) for one in found.differences] == [(Difference.DEFINITION_CHANGED, True)]


def test_what_matters_most_stands_first() -> None:
    old = [row(OLD, LEAF, "1"), row(OLD, "动物源食品/鸡肉", "2")]
    new = [row(NEW, LEAF, "2"), row(NEW, "动物源食品/鸡肉", "1"), row(NEW, "动物源食品/鸡蛋", "1")]

    kinds = [one.kind for one in compared(old, new).differences]

    assert kinds == [Difference.LOWERED, Difference.RAISED, Difference.NEW]


def test_the_day_of_the_change_is_the_first_of_the_newer_edition() -> None:
    assert compared([], []).changes_on == date(2026, 5, 1)


def test_editions_of_different_trees_and_unknown_ones_are_refused() -> None:
    library = Library(FACTS)

    with pytest.raises(BadInput):
        compare(library, "GB 2762-2022", NEW)
    with pytest.raises(NotFound):
        compare(library, OLD, NEW)
    with pytest.raises(NotFound):
        compare(library, NEW, NEW, "蔬菜/月亮菜")
