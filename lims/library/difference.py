"""What two editions say differently (版本差异): limits raised, lowered, new and gone, pair by pair."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lims.library.facts import LimitRow
from lims.science.units import convert


class ChangeKind(StrEnum):
    """How a limit differs (变化)."""

    RAISED = "raised"
    LOWERED = "lowered"
    NEW = "new"
    GONE = "gone"
    REWORDED = "reworded"


@dataclass(frozen=True, slots=True)
class Change:
    """One pair of substance and food whose limit differs; `before` None: new, `after` None: gone.

    `REWORDED`: the same number, but other exceptions or another kind of limit.
    """

    kind: ChangeKind
    substance: str
    food: str
    before: LimitRow | None
    after: LimitRow | None


def differences(before: Iterable[LimitRow], after: Iterable[LimitRow]) -> tuple[Change, ...]:
    """Every pair that differs, by substance and food. Values are compared in one unit."""
    old, new = _by_pair(before), _by_pair(after)
    found = []
    for pair in sorted(old.keys() | new.keys()):
        kind = _kind(old.get(pair), new.get(pair))
        if kind is not None:
            found.append(Change(kind, pair[0], pair[1], old.get(pair), new.get(pair)))
    return tuple(found)


def counts(changes: Iterable[Change]) -> Mapping[ChangeKind, int]:
    """How many changes there are of each kind, none as 0."""
    found = Counter(change.kind for change in changes)
    return {kind: found[kind] for kind in ChangeKind}


Pair = tuple[str, str, str, str]


def _by_pair(rows: Iterable[LimitRow]) -> dict[Pair, LimitRow]:
    return {(row.substance, row.food, row.basis, row.condition): row for row in rows}


def _kind(old: LimitRow | None, new: LimitRow | None) -> ChangeKind | None:
    if old is None or new is None:
        return ChangeKind.NEW if old is None else ChangeKind.GONE
    if old.value is not None and new.value is not None:
        now = convert(new.value, new.unit, old.unit)
        if now != old.value:
            return ChangeKind.RAISED if now > old.value else ChangeKind.LOWERED
    same = (set(old.exclude), old.kind) == (set(new.exclude), new.kind)
    return None if same else ChangeKind.REWORDED
