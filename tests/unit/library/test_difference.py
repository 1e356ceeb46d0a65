"""What two editions say differently, pair by pair."""

from dataclasses import replace
from decimal import Decimal

import pytest

from lims.library.difference import ChangeKind, by_food, counts, differences, residue_changes
from lims.library.facts import (
    Basis,
    DefinitionComponent,
    DefinitionState,
    LimitKind,
    LimitRow,
    ResidueDefinition,
)
from lims.science.units import UnitCode

ROW = LimitRow(
    standard="A-1", clause="", substance="s", food="蔬菜/豇豆", exclude=(), condition="", basis=Basis.AS_RECEIVED,
    value=Decimal("0.02"), unit=UnitCode.MG_PER_KG, kind=LimitKind.MRL, starts_on=None, ends_on=None, printed="豇豆",
    source="test",
)  # fmt: skip
NOTHING = replace(ROW, value=None, kind=LimitKind.MUST_NOT_DETECT)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (ROW, replace(ROW, value=Decimal("0.03")), ChangeKind.RAISED),
        (ROW, replace(ROW, value=Decimal("0.01")), ChangeKind.LOWERED),
        (ROW, replace(ROW, value=Decimal(20), unit=UnitCode.UG_PER_KG), None),
        (ROW, replace(ROW, value=Decimal(21), unit=UnitCode.UG_PER_KG), ChangeKind.RAISED),
        (ROW, replace(ROW, value=Decimal("0.020")), None),
        (ROW, replace(ROW, standard="A-2", clause="4.1", source="elsewhere"), None),
        (ROW, replace(ROW, exclude=("蔬菜/豇豆/长豇豆",)), ChangeKind.REWORDED),
        (ROW, replace(ROW, kind=LimitKind.TEMPORARY_MRL), ChangeKind.REWORDED),
        (ROW, NOTHING, ChangeKind.LOWERED),
        (NOTHING, ROW, ChangeKind.RAISED),
        (NOTHING, NOTHING, None),
    ],
)
def test_how_a_limit_differs(before: LimitRow, after: LimitRow, kind: ChangeKind | None) -> None:
    assert [change.kind for change in differences([before], [after])] == ([] if kind is None else [kind])


def test_what_only_one_edition_sets_is_new_or_gone() -> None:
    other = replace(ROW, food="水果")
    on_fat = replace(ROW, basis=Basis.FAT)

    found = differences([ROW, other], [ROW, on_fat])

    assert {(change.kind, change.food) for change in found} == {
        (ChangeKind.GONE, "水果"), (ChangeKind.NEW, "蔬菜/豇豆")
    }  # fmt: skip
    assert counts(found) == {kind: int(kind in {ChangeKind.NEW, ChangeKind.GONE}) for kind in ChangeKind}


def test_changes_stand_food_by_food() -> None:
    fruit = replace(ROW, food="水果")
    found = by_food(differences([], [ROW, fruit, replace(ROW, substance="a"), replace(ROW, substance="b")]))

    assert [(one.food, [change.substance for change in one.changes]) for one in found] == [
        ("水果", ["s"]),
        ("蔬菜/豇豆", ["a", "b", "s"]),
    ]


def definition(text: str, *parts: str) -> ResidueDefinition:
    components = tuple(DefinitionComponent("d", part, Decimal(1), "test") for part in parts)
    state = DefinitionState.COMPONENTS_KNOWN if parts else DefinitionState.COMPONENTS_UNKNOWN
    return ResidueDefinition("d", "A-1", "s", (), (), text, "s" if parts else "", "", state, "test", components)


def test_a_residue_differs_when_it_is_calculated_differently_and_not_by_its_words() -> None:
    same = residue_changes([definition("s", "s")], [definition("as s", "s")])
    more = residue_changes([definition("s", "s")], [definition("s and t", "s", "t")])
    lost = residue_changes([definition("s", "s")], [definition("s and others")])
    elsewhere = residue_changes([definition("s", "s")], [replace(definition("u", "u"), substance="u")])

    assert (len(same), len(elsewhere)) == (0, 0)
    assert [change.substance for change in (*more, *lost)] == ["s", "s"]
