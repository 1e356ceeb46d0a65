"""What must hold for every limit of the library."""

import json
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from lims.library.facts import LimitRow
from lims.limits.explanation import explain
from lims.limits.verdicts import Line, Verdict
from lims.science.amounts import Quantified
from lims.science.units import UnitCode
from tests.unit.limits.asking import BOZHOU, LIBRARY, judged, nothing

#: From good to bad. A line that is not judged stands apart: more of the substance may settle it, never for the better.
RANK = {Verdict.NO_LIMIT: 0, Verdict.CONFORMS: 0, Verdict.EXCEEDS: 1, Verdict.PROHIBITED_DETECTED: 2}
ALL = [row for row in LIBRARY.facts.limits if row.value is not None]
ROWS = [row for row in ALL if row.standard == "GB 2763-2026"]
values = st.decimals("0", "100", places=4, allow_nan=False)


def line_of(substance: str, food: str, value: Decimal) -> Line:
    """The line when every component was found with the same value."""
    amount = Quantified(value, UnitCode.MG_PER_KG)
    measured = {c.code: amount for c in LIBRARY.components(substance, food)} | {substance: amount}
    return judged(food, substance, measured, region=BOZHOU)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ROWS), values, values)
def test_more_of_a_substance_never_improves_a_verdict(row: object, one: Decimal, other: Decimal) -> None:
    substance, food = row.substance, row.food  # type: ignore[attr-defined]  # a limit row
    less, more = (line_of(substance, food, value) for value in sorted((one, other)))

    if less.verdict is Verdict.NOT_JUDGED:
        assert more.verdict is not Verdict.CONFORMS
    else:
        assert RANK[more.verdict] >= RANK[less.verdict]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ALL))
def test_every_row_decides_for_its_own_food(row: LimitRow) -> None:
    day = LIBRARY.standard(row.standard).effective_on or date.min
    line = judged(row.food, row.substance, nothing("0.0000001"), on=day)

    assert line.found is not None
    if line.found.row is not None:
        assert line.found.row.food == line.food.food.food  # type: ignore[union-attr]  # a path is always found
        assert line.found.confirmed
    else:
        assert line.found.reason is not None
        assert line.found.reason.code in {"food.not_specific", "limit.condition_unknown", "limit.basis_differs"}


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ROWS), values)
def test_an_explanation_is_plain_json_without_floats(row: object, value: Decimal) -> None:
    explained = explain(line_of(row.substance, row.food, value))  # type: ignore[attr-defined]  # a limit row

    def no_float(text: str) -> float:
        raise AssertionError(text)

    assert json.loads(json.dumps(explained), parse_float=no_float) == explained
