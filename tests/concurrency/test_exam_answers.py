"""A hall that saves answers at once loses none, and nobody waits long; on both databases."""

from typing import Any

import pytest

from lims.runtime import Lims
from tests.api.exams import BANK, opened, single
from tests.api.laboratory import Door
from tests.api.rounds import ok
from tests.browser.serving import served
from tests.concurrency.at_once import audit_findings
from tests.concurrency.hall import PLACES, expected, kept, sit
from tests.factories import Cast

pytestmark = pytest.mark.both_databases


def a_hall(lims: Lims, count: int) -> list[str]:
    """So many candidates of an exam of texts to fill in; their admission codes."""
    door = Door(lims)
    text: dict[str, Any] = {"kind": "fill_in", "options": [], "answers": ["甲"]}
    for place in range(PLACES):
        ok(door["net"].post(BANK, single(place, **text)), 201)
    sections = [{"kind": "fill_in", "count": PLACES, "marks": "1"}]
    keys = [f"K{place:03d}" for place in range(count)]
    _, slips = opened(lims, door, keys, sections=sections, pass_mark="4")
    return [slips[key] for key in keys]


def test_a_hall_of_forty_loses_no_answer(lims: Lims, cast: Cast) -> None:
    codes = a_hall(lims, 40)
    with served(lims) as address:
        sit(address, codes, 3)
    assert kept(lims) == expected(40, 3)
    assert audit_findings(lims) == []


@pytest.mark.benchmark
def test_a_hall_of_three_hundred_loses_no_answer(lims: Lims, cast: Cast) -> None:
    codes = a_hall(lims, 300)
    with served(lims) as address:
        found = sit(address, codes, 10)
    assert kept(lims) == expected(300, 10)
    assert audit_findings(lims) == []
    each = sorted(found.each)
    print(  # noqa: T201  # as benchmarks do
        f"\n{lims.engine.name}: 300 candidates, {len(each)} answers in {found.whole:.1f} s, "
        f"{len(each) / found.whole:.0f} a second; half within {each[len(each) // 2]:.2f} s, all within {each[-1]:.2f} s"
    )
    assert each[-1] < 30
