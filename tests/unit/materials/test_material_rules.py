"""When a lot may be used, and what concentration follows from what was taken."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.materials.rules import (
    Lot,
    LotState,
    MaterialKind,
    Taken,
    reasons_not_to_prepare,
    reasons_not_to_use,
    state_on,
    strength_made,
)
from lims.science.units import UnitCode as U

D = Decimal
LAST = date(2026, 11, 30)
RM = Lot("RM", MaterialKind.REFERENCE_MATERIAL, LAST, strength=D(100), strength_unit=U.UG_PER_ML)
PURE = Lot("P", MaterialKind.REFERENCE_MATERIAL, LAST, strength=D("98.5"), strength_unit=U.PERCENT)
SOLVENT = Lot("RE", MaterialKind.REAGENT, LAST)


@pytest.mark.parametrize(
    ("day", "closed", "state"),
    [
        (LAST - timedelta(days=31), None, LotState.IN_DATE),
        (LAST - timedelta(days=30), None, LotState.EXPIRES_SOON),
        (LAST, None, LotState.EXPIRES_SOON),
        (LAST + timedelta(days=1), None, LotState.EXPIRED),
        (LAST + timedelta(days=1), LAST, LotState.CLOSED),
    ],
)
def test_what_a_lot_is_worth_on_a_day(day: date, closed: date | None, state: LotState) -> None:
    assert state_on(LAST, closed, day) is state


def test_a_lot_may_be_used_from_its_opening_through_its_last_day_or_the_day_it_was_used_up() -> None:
    lot = Lot("RE", MaterialKind.REAGENT, LAST, opened_on=date(2026, 11, 10), closed_on=date(2026, 11, 20))

    def codes(day: date) -> list[str]:
        return [why.code for why in reasons_not_to_use(lot, day)]

    assert codes(date(2026, 11, 9)) == ["material.not_yet"]
    assert codes(date(2026, 11, 10)) == codes(date(2026, 11, 20)) == []
    assert codes(date(2026, 11, 21)) == ["material.closed"]
    assert codes(date(2026, 12, 1)) == ["material.expired", "material.closed"]


@pytest.mark.parametrize(
    ("sources", "volume", "unit", "expected"),
    [
        ([Taken(RM, D("1.00"), U.ML)], D(10), U.MG_PER_L, "10.00"),  # 100 mg/L, 1 mL in 10 mL
        ([Taken(RM, D(50), U.UL), Taken(SOLVENT, D(9), U.ML)], D(10), U.UG_PER_L, "500.0"),  # a solvent counts nothing
        ([Taken(PURE, D("10.15"), U.MG)], D(10), U.MG_PER_L, "999.8"),  # 10.15 mg × 0.985 in 10 mL
    ],
)
def test_a_concentration_follows_from_the_one_standard(sources: list[Taken], volume: D, unit: U, expected: str) -> None:
    assert str(strength_made(sources, volume, U.ML, unit)) == expected


def test_no_concentration_follows_from_several_standards_or_none_or_a_weighed_solution() -> None:
    assert strength_made([Taken(RM, D(1), U.ML), Taken(PURE, D(1), U.MG)], D(10), U.ML, U.MG_PER_L) is None
    assert strength_made([Taken(SOLVENT, D(1), U.ML)], D(10), U.ML, U.MG_PER_L) is None
    assert strength_made([Taken(RM, D(1), U.G)], D(10), U.ML, U.MG_PER_L) is None


amounts = st.decimals(min_value="0.01", max_value="9", places=2)


@given(amounts, amounts)
def test_twice_the_amount_gives_twice_the_concentration(taken: D, volume: D) -> None:
    once = strength_made([Taken(RM, taken, U.ML)], volume, U.ML, U.MG_PER_L)
    twice = strength_made([Taken(RM, taken * 2, U.ML)], volume, U.ML, U.MG_PER_L)

    assert once is not None
    assert twice is not None
    assert abs(twice / once - 2) < D("0.002")  # both are rounded to four figures


def test_a_solution_lives_no_longer_than_its_standard_but_may_outlive_its_solvent() -> None:
    longer, day = LAST + timedelta(days=1), date(2026, 11, 23)
    short_solvent = Lot("RE", MaterialKind.REAGENT, LAST - timedelta(days=3))

    def codes(*lots: Lot, until: date) -> list[str]:
        sources = [Taken(lot, D(1), U.ML) for lot in lots]
        return [why.code for why in reasons_not_to_prepare(MaterialKind.WORKING_SOLUTION, day, until, sources, day)]

    assert codes(RM, short_solvent, until=LAST) == []
    assert codes(RM, until=longer) == ["material.outlives_source"]
    assert codes(SOLVENT, until=LAST) == ["material.untraced"]
