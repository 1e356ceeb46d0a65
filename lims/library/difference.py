"""What two editions say differently (版本差异): limits raised, lowered, new and gone, pair by pair; and residues."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lims.library.facts import LimitKind, LimitRow, ResidueDefinition
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

    `REWORDED`: the same number, but other exceptions or another kind of limit. That nothing may be found is lower than
    any number.
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


@dataclass(frozen=True, slots=True)
class ResidueChange:
    """A substance whose residue counts differently: its definitions as they were, and as they are."""

    substance: str
    before: tuple[ResidueDefinition, ...]
    after: tuple[ResidueDefinition, ...]


def residue_changes(
    before: Iterable[ResidueDefinition], after: Iterable[ResidueDefinition]
) -> tuple[ResidueChange, ...]:
    """Every substance of both editions whose residue is calculated differently, or is no longer known, by substance.

    Other words for the same components are no change.
    """
    old, new = _by_substance(before), _by_substance(after)
    return tuple(
        ResidueChange(code, tuple(old[code]), tuple(new[code]))
        for code in sorted(old.keys() & new.keys())
        if {_calculated(one) for one in old[code]} != {_calculated(one) for one in new[code]}
    )


def _by_substance(definitions: Iterable[ResidueDefinition]) -> dict[str, list[ResidueDefinition]]:
    found: dict[str, list[ResidueDefinition]] = {}
    for one in definitions:
        found.setdefault(one.substance, []).append(one)
    return found


def _calculated(one: ResidueDefinition) -> tuple[object, ...]:
    parts = frozenset((part.substance, part.factor) for part in one.components)
    return (parts, one.expressed_as, frozenset(one.foods), frozenset(one.except_foods))


@dataclass(frozen=True, slots=True)
class FoodChanges:
    """What differs for one food or group."""

    food: str
    changes: tuple[Change, ...]


def by_food(changes: Iterable[Change]) -> tuple[FoodChanges, ...]:
    """The changes food by food, in the order of the tree."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.food, []).append(change)
    return tuple(FoodChanges(food, tuple(found[food])) for food in sorted(found))


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
    if LimitKind.MUST_NOT_DETECT in {old.kind, new.kind} and old.kind is not new.kind:
        return ChangeKind.LOWERED if new.kind is LimitKind.MUST_NOT_DETECT else ChangeKind.RAISED
    same = (set(old.exclude), old.kind) == (set(new.exclude), new.kind)
    return None if same else ChangeKind.REWORDED
