"""Finds the limit of a residue in a food (限量查找).

GB 2763, scope: a limit set for a group of foods applies to every food in the group, unless specified otherwise. So the
row of the food itself decides; otherwise the first row met while climbing from group to group. A row that names the
food, or a group it is in, as excepted (除外) is passed, and the climb goes on above it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lims.core.reasons import Reason, reason
from lims.library.facts import FOOD_STANDARD, Basis, Coverage, FoodLevel, LimitKind, LimitRow
from lims.library.food_tree import FoodTree
from lims.library.rules import Library


@dataclass(frozen=True, slots=True)
class Passed:
    """A row of a group that does not apply, because it excepts the food."""

    row: LimitRow
    excepted: str


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome of a search: a row, or why none can be named; neither means that there is no limit.

    `passed` are the rows with exceptions met on the way. `confirmed` says whether the standard itself names the food
    within the group of the row (true for the food's own row).
    """

    row: LimitRow | None
    passed: tuple[Passed, ...] = ()
    confirmed: bool = True
    reason: Reason | None = None


def find_limit(library: Library, edition: str, substance: str, food: str, basis: Basis = Basis.AS_RECEIVED) -> Found:
    """The limit of a substance in a food (its path in the tree) by an edition, for contents on `basis`."""
    coverage = library.coverage(edition, substance)
    if coverage is None:
        return _undecided(
            reason(
                "limit.substance_not_loaded",
                "The limits of {substance} in {edition} are not loaded; that does not mean that there are none.",
                substance=library.substance(substance).name_zh,
                edition=edition,
            )
        )
    tree = library.tree(FOOD_STANDARD)
    rows = library.limits(edition, substance)
    if vague := _not_specific(tree, rows, food):
        return _undecided(vague)
    passed: list[Passed] = []
    for node in tree.path(food):
        here = [row for row in rows if row.food == node.food]
        for row in here:
            excepted = next((group for group in row.exclude if tree.is_within(food, group)), None)
            if excepted is not None:
                passed.append(Passed(row, excepted))
        applying = [row for row in here if not any(p.row is row for p in passed)]
        if applying:
            return _chosen(tree, applying, food, basis, coverage, tuple(passed))
    if coverage is Coverage.PARTIAL:
        return _undecided(_incomplete(edition), tuple(passed))
    return Found(None, tuple(passed))


def _chosen(
    tree: FoodTree, rows: list[LimitRow], food: str, basis: Basis, coverage: Coverage, passed: tuple[Passed, ...]
) -> Found:
    """The row that decides, of those at one node; or why it cannot."""
    first = rows[0]
    if coverage is Coverage.PARTIAL and first.food != food:
        return _undecided(_incomplete(first.standard), passed)
    if any(row.condition for row in rows):
        conditions = "; ".join(row.condition for row in rows if row.condition)
        said = "The limit depends on a condition that is not recorded: {conditions}."
        return _undecided(reason("limit.condition_unknown", said, conditions=conditions), passed)
    row = next((row for row in rows if row.basis is basis), None)
    if row is None:
        said = "The limit holds for the content {needed}, but the result is {given}."
        return _undecided(
            reason("limit.basis_differs", said, needed=_BASIS_WORDS[first.basis], given=_BASIS_WORDS[basis]), passed
        )
    if row.kind is LimitKind.UNREADABLE:
        said = "The limit printed for {food} could not be read with certainty; look it up in the standard."
        return _undecided(reason("limit.unreadable", said, food=row.printed), passed)
    return Found(row, passed, tree.is_printed_within(food, row.food))


_BASIS_WORDS = {Basis.AS_RECEIVED: "of the food as received", Basis.FAT: "of its fat"}


def _not_specific(tree: FoodTree, rows: Sequence[LimitRow], food: str) -> Reason | None:
    """Why the food is too general: foods inside it have limits of their own, and none decides for all of it."""
    own = any(row.food == food for row in rows)
    if own and tree.food(food).level is FoodLevel.FOOD:
        return None
    inside = sorted({row.food for row in rows if row.food != food and tree.is_within(row.food, food)})
    if not inside:
        return None
    said = "{food} is too general: {inside} have limits of their own. Name the food more exactly."
    return reason("food.not_specific", said, food=_last(food), inside=", ".join(map(_last, inside)))


def _incomplete(edition: str) -> Reason:
    said = "Only a part of this substance's limits in {edition} is loaded; a more specific one may be missing."
    return reason("limit.incomplete", said, edition=edition)


def _undecided(why: Reason, passed: tuple[Passed, ...] = ()) -> Found:
    return Found(None, passed, reason=why)


def _last(path: str) -> str:
    return path.rpartition("/")[2]
