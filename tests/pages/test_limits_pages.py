"""What is said of a sample and why, and what would be said of some amounts, through the pages."""

import json
from collections.abc import Callable

import pytest

from lims.runtime import Lims
from tests.api.laboratory import load
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of

Browse = Callable[..., Browser]


def asked(*rows: dict[str, str], **changes: str) -> dict[str, str]:
    """The form of a question."""
    form = {"food": "豇豆", "basis_on": "2026-11-20", "basis_kind": "harvest", "region": "520304"}
    return {**form, "basis": "as_received", "grid": json.dumps(rows), **changes}


@pytest.fixture
def ann(lims: Lims, cast: Cast, browse: Browse) -> Browser:
    """Ann's browser; the library is loaded."""
    load(lims)
    return browse(cast.ann)


def test_amounts_are_judged_and_explained_and_nothing_is_stored(ann: Browser) -> None:
    rows = [
        {"substance": "氧乐果", "finding": "quantified", "number": "0.025", "unit": "mg/kg"},
        {"substance": "啶虫脒", "finding": "not_detected", "number": "0.003", "unit": "mg/kg"},
    ]

    page = text_of(ann.post("/judge", asked(*rows)))

    assert "试判结果 不合格" in page
    assert "GB 2763-2026" in page
    assert "0.025 > 0.02" in page


def test_a_row_that_cannot_be_read_is_told_at_its_cell(ann: Browser) -> None:
    rows = [{"substance": "月光石", "finding": "quantified", "number": "0.01", "unit": "mg/kg"}]

    answer = ann.post("/judge", asked(*rows))

    assert answer.status_code == 422
    assert "资料库中没有“月光石”" in text_of(answer)
    assert answer.text.count("月光石") > 1  # told, and still in its cell


def test_a_day_or_food_that_is_none_stands_beside_its_field(ann: Browser) -> None:
    rows = [{"substance": "氧乐果", "finding": "quantified", "number": "0.025"}]

    day = ann.post("/judge", asked(*rows, basis_on="tomorrow"))
    food = ann.post("/judge", asked(*rows, food="石头"))

    assert 'id="e-basis_on-1"' in day.text
    assert food.status_code == 200 or "石头" in text_of(food)


def test_a_sample_that_was_never_judged_says_so_and_an_unknown_one_is_not_found(ann: Browser) -> None:
    assert ann.get("/samples/NOTHING/judgement").status_code == 404


def test_who_is_no_compiler_cannot_judge(ann: Browser) -> None:
    assert ann.post("/samples/NOTHING/judgement").status_code == 403
