"""What a new edition changes (新旧版本对比): of all its limits, or of what applies to one food in each of the two.

An edition that is loaded in part says nothing of what it does not hold: a limit that is there on one side alone is new
or gone only where the other side is loaded whole for that substance; else it is *not loaded* there.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.library.difference import differences
from lims.library.facts import Coverage, LimitRow, ResidueDefinition, Standard
from lims.library.rules import Library
from lims.library.substance_view import edition_codes
from lims.limits.food_limits import deciding
from lims.limits.search import Found


class Difference(StrEnum):
    """How a limit differs between two editions (变化), in the order in which it matters."""

    LOWERED = "lowered"
    RAISED = "raised"
    NEW = "new"
    GONE = "gone"
    REWORDED = "reworded"
    DEFINITION_CHANGED = "definition_changed"
    EARLIER_NOT_LOADED = "earlier_limit_not_loaded"
    LATER_NOT_LOADED = "later_limit_not_loaded"


#: What is only a gap in what is loaded, not a change of the law.
NOT_COMPARABLE = frozenset({Difference.EARLIER_NOT_LOADED, Difference.LATER_NOT_LOADED})


@dataclass(frozen=True, slots=True)
class Compared:
    """One difference. `food` is the node of the limit in a comparison of whole editions, else the food asked about.

    `is_redefined`: what counts as residue changed too, so that the two numbers do not mean the same.
    """

    kind: Difference
    substance: str
    food: str
    before: LimitRow | None
    after: LimitRow | None
    is_redefined: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences between two editions, and of how many limits nothing changed.

    `before` and `after` are the editions with the supplements that were read together with them; `changes_on` is the
    first day of the newer one. `unread` are supplements that were in force but of which nothing is loaded.
    """

    before: tuple[Standard, ...]
    after: tuple[Standard, ...]
    changes_on: date | None
    unread: tuple[str, ...]
    differences: tuple[Compared, ...]
    unchanged: int

    @property
    def counts(self) -> Mapping[Difference, int]:
        """How many differences there are of each kind, none as 0."""
        found = Counter(one.kind for one in self.differences)
        return {kind: found[kind] for kind in Difference}


@lru_cache(maxsize=32)
def compare(library: Library, before: str, after: str, food: str = "") -> Comparison:
    """What an edition changes against another of the same tree; with a food (its path there), what changes for it.

    Raises `NotFound` for an unknown edition or food, `BadInput` `edition.other_tree` for editions that classify foods
    differently.
    """
    old, new = library.standard(before), library.standard(after)
    if old.tree != new.tree:
        said = "{before} and {after} classify foods differently; compare editions of one standard."
        raise BadInput(reason("edition.other_tree", said, at=Where(field="to"), before=before, after=after))
    last = _last_day(old, new)
    olds = tuple(library.standard(code) for code in edition_codes(library, old, last))
    news = tuple(library.standard(code) for code in edition_codes(library, new, new.effective_on))
    if food:
        pairs = _of_food(library, olds, news, library.tree(old.tree).food(food).food, last)
    else:
        pairs = _of_all(library, olds, news)
    found = [one for one in pairs if isinstance(one, Compared)]
    order = list(Difference)
    found.sort(key=lambda one: (order.index(one.kind), one.substance, one.food))
    return Comparison(olds, news, new.effective_on, _unread(library, old, last), tuple(found), pairs.count(None))


def _of_food(
    library: Library, olds: Sequence[Standard], news: Sequence[Standard], food: str, last: date | None
) -> list[Compared | None]:
    """What decides for a food in each, substance by substance; None where it is the same."""
    found: list[Compared | None] = []
    for substance in _substances(library, (*olds, *news)):
        before = deciding(library, olds, substance, food, last)
        after = deciding(library, news, substance, food, news[-1].effective_on)
        if before.row is None and after.row is None:
            continue
        kind = _kind_of(before, after)
        redefined = _is_redefined(library, olds, news, substance, food)
        if kind is None and redefined and before.row is not None and after.row is not None:
            kind = Difference.DEFINITION_CHANGED
        found.append(None if kind is None else Compared(kind, substance, food, before.row, after.row, redefined))
    return found


def _kind_of(before: Found, after: Found) -> Difference | None:
    if before.row is None:
        return Difference.NEW if before.reason is None else Difference.EARLIER_NOT_LOADED
    if after.row is None:
        return Difference.GONE if after.reason is None else Difference.LATER_NOT_LOADED
    return _kind_between(before.row, after.row)


def _kind_between(before: LimitRow, after: LimitRow) -> Difference | None:
    """How two rows differ as they apply to one food."""
    changes = differences([_moved(before, "")], [_moved(after, "")])
    return Difference(changes[0].kind) if changes else None


def _moved(row: LimitRow, food: str) -> LimitRow:
    """A row as it applies to one food: which group it stands at, and what else it excepts, is not asked."""
    return replace(row, food=food, exclude=(), condition="")


def _of_all(library: Library, olds: Sequence[Standard], news: Sequence[Standard]) -> list[Compared | None]:
    """The rows of two editions, side by side; None for each that stands in both alike.

    Where a row stands in one alone, what the group around it has in the other is held against it.
    """
    before = [row for one in reversed(olds) for row in library.limits_of(one.code)]
    after = [row for one in reversed(news) for row in library.limits_of(one.code)]
    found: list[Compared | None] = []
    last = _last_day(olds[-1], news[-1])
    for change in differences(before, after):
        kind: Difference | None = Difference(change.kind)
        old, new = change.before, change.after
        if old is None:
            old = _reaching(library, olds, change.substance, change.food, last)
            kind = _one_sided(old, new, Difference.NEW, is_whole=_is_whole(library, olds, change.substance))
        elif new is None:
            new = _reaching(library, news, change.substance, change.food, news[-1].effective_on)
            kind = _one_sided(old, new, Difference.GONE, is_whole=_is_whole(library, news, change.substance))
        redefined = _is_redefined(library, olds, news, change.substance, change.food)
        one = None if kind is None else Compared(kind, change.substance, change.food, old, new, redefined)
        found.append(one)
    differing = {(one.substance, one.food) for one in found if one is not None}
    both = {(row.substance, row.food) for row in before} & {(row.substance, row.food) for row in after}
    for substance, food in sorted(both - differing):
        if _is_redefined(library, olds, news, substance, food):
            rows = [next(r for r in side if (r.substance, r.food) == (substance, food)) for side in (before, after)]
            found.append(Compared(Difference.DEFINITION_CHANGED, substance, food, rows[0], rows[1], is_redefined=True))
        else:
            found.append(None)
    return found


def _reaching(
    library: Library, editions: Sequence[Standard], substance: str, food: str, day: date | None
) -> LimitRow | None:
    """What reaches a node that has no row of its own."""
    loaded = any(library.coverage(one.code, substance) is not None for one in editions)
    return deciding(library, editions, substance, food, day).row if loaded else None


def _one_sided(
    before: LimitRow | None, after: LimitRow | None, alone: Difference, *, is_whole: bool
) -> Difference | None:
    """How a row that stands in one edition differs from what reaches its food in the other."""
    if before is not None and after is not None:
        return _kind_between(before, after)
    if is_whole:
        return alone
    return Difference.EARLIER_NOT_LOADED if alone is Difference.NEW else Difference.LATER_NOT_LOADED


def _is_whole(library: Library, editions: Iterable[Standard], substance: str) -> bool:
    """Are all limits of a substance loaded for an edition, so that what is not there is not in it?"""
    return any(library.coverage(one.code, substance) is Coverage.COMPLETE for one in editions)


def _substances(library: Library, editions: Iterable[Standard]) -> list[str]:
    return sorted({row.substance for one in editions for row in library.limits_of(one.code)})


def _is_redefined(
    library: Library, olds: Sequence[Standard], news: Sequence[Standard], substance: str, food: str
) -> bool:
    """Do both say what counts as residue, and not the same?"""
    before, after = _definition(library, olds, substance, food), _definition(library, news, substance, food)
    if before is None or after is None or not before.components or not after.components:
        return False
    return _terms(before) != _terms(after)


def _definition(library: Library, editions: Sequence[Standard], substance: str, food: str) -> ResidueDefinition | None:
    found = (library.definition(one.code, substance, food) for one in editions)
    return next((one for one in found if one is not None), None)


def _terms(definition: ResidueDefinition) -> frozenset[tuple[str, object]]:
    return frozenset((part.substance, part.factor.normalize()) for part in definition.components)


def _last_day(old: Standard, new: Standard) -> date | None:
    """The last day of the older edition."""
    ends = [day for day in (old.ended_on, new.effective_on) if day is not None]
    return min(ends) - timedelta(days=1) if ends else None


def _unread(library: Library, old: Standard, last: date | None) -> tuple[str, ...]:
    """Supplements that were read together with an edition, but are not loaded."""
    return tuple(
        one.code
        for one in library.editions_of(old.family)
        if one.supplements == old.code
        and not one.limits_loaded
        and (last is None or one.effective_on is None or one.effective_on <= last)
    )
