"""Finds the limit of a residue in a food (限量查找).

GB 2763, scope: a limit set for a group of foods applies to every food in the group, unless specified otherwise. So the
row of the food itself decides; otherwise the first row met while climbing from group to group. A row that names the
food, or a group it is in, as excepted (除外) is passed, and the climb goes on above it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lims.core.reasons import Reason, reason
from lims.library.facts import FOOD_STANDARD, Basis, Coverage, FoodLevel, LimitKind, LimitRow, Standard
from lims.library.food_tree import FoodTree
from lims.library.rules import Library, row_holds

NOT_LOADED = "limit.substance_not_loaded"
NOT_SPECIFIC = "food.not_specific"


@dataclass(frozen=True, slots=True)
class Passed:
    """A row of a group that does not apply, because it excepts the food."""

    row: LimitRow
    excepted: str


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome of a search: a row, or why none can be named; neither means that there is no limit.

    `passed` are the rows with exceptions met on the way. `confirmed` says whether the standard itself names the food
    within the group of the row (true for the food's own row); `coverage` how well the row's substance is loaded.
    """

    row: LimitRow | None
    passed: tuple[Passed, ...] = ()
    confirmed: bool = True
    coverage: Coverage = Coverage.COMPLETE
    reason: Reason | None = None


def find_limit(
    library: Library,
    editions: Sequence[Standard],
    substance: str,
    food: str,
    basis: Basis = Basis.AS_RECEIVED,
    day: date | None = None,
) -> Found:
    """The limit of a substance in a food (its path in the tree of the editions), for contents on `basis`.

    `editions` are an edition and its supplements, which come first and win at the same node. `day` leaves out rows
    that do not hold then.
    """
    covered = {edition.code: library.coverage(edition.code, substance) for edition in editions}
    known = {code: coverage for code, coverage in covered.items() if coverage is not None}
    if not known:
        return _undecided(
            reason(
                NOT_LOADED,
                "The limits of {substance} in {edition} are not loaded; that does not mean that there are none.",
                substance=library.substance(substance).name_zh,
                edition=editions[-1].code,
            )
        )
    tree = library.tree(editions[-1].tree)
    if vague := _not_specific(library, tree, tuple(known), substance, food, day):
        return _undecided(vague)
    passed: list[Passed] = []
    for node in tree.path(food):
        here = [row for code in known for row in _holding(library.limits_at(code, substance, node.food), day)]
        applying = _applying(tree, here, food, passed)
        if applying:
            return _chosen(tree, applying, food, basis, known, tuple(passed))
    if any(coverage is not Coverage.COMPLETE for coverage in known.values()):
        return _undecided(_incomplete(editions[-1].code), tuple(passed))
    return Found(_default(editions[-1], substance, tree, food), tuple(passed))


def _holding(rows: Sequence[LimitRow], day: date | None) -> Sequence[LimitRow]:
    """The rows that hold on a day; all where none is given."""
    return rows if day is None else [row for row in rows if row_holds(row, day)]


def _applying(tree: FoodTree, here: Sequence[LimitRow], food: str, passed: list[Passed]) -> list[LimitRow]:
    """The rows of a node that do not except the food; those that do are added to `passed`."""
    applying = []
    for row in here:
        excepted = next((group for group in row.exclude if tree.is_within(food, group)), None)
        if excepted is None:
            applying.append(row)
        else:
            passed.append(Passed(row, excepted))
    return applying


def _chosen(
    tree: FoodTree,
    rows: list[LimitRow],
    food: str,
    basis: Basis,
    covered: dict[str, Coverage],
    passed: tuple[Passed, ...],
) -> Found:
    """The row that decides, of those at one node; or why it cannot."""
    first = rows[0]
    coverage = covered[first.standard]
    if coverage is Coverage.PARTIAL and first.food != food:
        return _undecided(_incomplete(first.standard), passed)
    ours = [row for row in rows if row.standard == first.standard]
    if any(row.condition for row in ours):
        conditions = "; ".join(row.condition for row in ours if row.condition)
        said = "The limit depends on a condition that is not recorded: {conditions}."
        return _undecided(reason("limit.condition_unknown", said, conditions=conditions), passed)
    row = next((row for row in ours if row.basis is basis), None)
    if row is None:
        said = "The limit holds for the content {needed}, but the result is {given}."
        return _undecided(
            reason("limit.basis_differs", said, needed=_BASIS_WORDS[first.basis], given=_BASIS_WORDS[basis]), passed
        )
    if row.kind is LimitKind.UNREADABLE:
        said = "The limit printed for {food} could not be read with certainty; look it up in the standard."
        return _undecided(reason("limit.unreadable", said, food=row.printed), passed)
    confirmed = tree.standard != FOOD_STANDARD or tree.is_printed_within(food, row.food)
    return Found(row, passed, confirmed, coverage)


_BASIS_WORDS = {Basis.AS_RECEIVED: "of the food as received", Basis.FAT: "of its fat"}


def _default(edition: Standard, substance: str, tree: FoodTree, food: str) -> LimitRow | None:
    """The limit that an edition sets for whatever it does not list; None when it sets none."""
    if edition.default_value is None:
        return None
    top = tree.path(food)[-1].food
    return LimitRow(
        standard=edition.code,
        clause="",
        substance=substance,
        food=top,
        exclude=(),
        condition="",
        basis=Basis.AS_RECEIVED,
        value=edition.default_value,
        unit=edition.default_unit,
        kind=LimitKind.DEFAULT,
        starts_on=None,
        ends_on=None,
        printed=top,
        source=edition.source,
    )


def _not_specific(
    library: Library, tree: FoodTree, editions: Sequence[str], substance: str, food: str, day: date | None
) -> Reason | None:
    """Why the food is too general: foods inside it have limits of their own, and none decides for all of it."""
    if not any(library.limited_inside(code, substance, food) for code in editions):
        return None
    rows = [row for code in editions for row in _holding(library.limits(code, substance), day)]
    own = any(row.food == food for row in rows)
    if own and tree.food(food).level is FoodLevel.FOOD:
        return None
    named = {row.food for row in rows} | {one for row in rows for one in row.exclude}
    inside = sorted(one for one in named if one != food and tree.is_within(one, food))
    if not inside:
        return None
    said = "{food} is too general: {inside} have limits of their own. Name the food more exactly."
    return reason(NOT_SPECIFIC, said, food=_last(food), inside=", ".join(map(_last, inside)))


def _incomplete(edition: str) -> Reason:
    said = "Only a part of this substance's limits in {edition} is loaded; a more specific one may be missing."
    return reason("limit.incomplete", said, edition=edition)


def _undecided(why: Reason, passed: tuple[Passed, ...] = ()) -> Found:
    return Found(None, passed, reason=why)


def _last(path: str) -> str:
    return path.rpartition("/")[2]
