"""What a worksheet was worked with, on its page: proposed from the last one, ticked, scanned, refused in place."""

from collections.abc import Callable
from typing import Any

import pytest

from lims.core.actions import Action
from lims.materials import service as materials
from lims.materials.queries import material_by_code
from lims.materials.schemas import LotIn, SolutionIn
from lims.runtime import Lims
from tests.api.test_bench_record import ACETONITRILE
from tests.api.test_materials import SOLUTION, STANDARD
from tests.api.test_runs import Prepared
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of
from tests.pages.test_runs_pages import cast, clock, fields_of, lims, made_worksheet, prepared

__all__ = ["cast", "clock", "lims", "prepared"]

Browse = Callable[..., Browser]


@pytest.fixture
def number(lims: Lims, cast: Cast, browse: Browse) -> str:
    """A worksheet, with two bought lots and a solution to choose from."""
    with lims.work(cast.ann, Action.MATERIAL_REGISTER) as session:
        for order in (STANDARD, ACETONITRILE):
            materials.register_lot(session, LotIn.model_validate(order))
    with lims.work(cast.ann, Action.MATERIAL_PREPARE) as session:
        materials.prepare_solution(session, SolutionIn.model_validate(SOLUTION))
    return made_worksheet(browse(cast.ann))


def bench_form(browser: Browser, number: str) -> dict[str, Any]:
    """What the form of a worksheet's bench record would send if nobody touched it."""
    address = f"/worksheets/{number}/bench"
    return fields_of(browser.get(address), address)


def test_ticked_and_scanned_lots_are_recorded_and_stand_on_the_worksheet(
    browse: Browse, cast: Cast, number: str
) -> None:
    ann = browse(cast.ann)
    proposed = bench_form(ann, number)
    assert (proposed["used_on"], proposed.get("materials")) == (["2026-11-23"], None)

    done = ann.post(
        f"/worksheets/{number}/bench",
        {**proposed, "temperature_c": "22.5", "humidity_percent": "48", "materials": ["WS-1"], "more": "RE-1\n"},
    )
    shown = text_of(ann.get(f"/worksheets/{number}/bench"))

    assert done.headers["location"] == f"/worksheets/{number}"
    assert f'hx-get="/worksheets/{number}/bench"' in ann.get(f"/worksheets/{number}").text
    assert "环境温度（℃） 22.5" in shown
    assert "WS-1 标准工作溶液" in shown
    assert "RE-1 试剂 乙腈 240817-A 2027-06-30" in shown


def test_the_next_worksheet_begins_with_what_the_last_one_used_and_says_what_may_not_be_used_again(
    browse: Browse, cast: Cast, number: str, lims: Lims, prepared: Prepared
) -> None:
    ann = browse(cast.ann)
    sent = {**bench_form(ann, number), "room": "仪器室二", "materials": ["WS-1", "RE-1"]}
    assert ann.post(f"/worksheets/{number}/bench", sent).status_code == 303
    with lims.read(cast.ann, Action.MATERIAL_READ) as session:
        solution = material_by_code(session, "WS-1")
    closing = {"version": 1, "closed_on": "2026-11-22", "reason": "cloudy"}
    assert ann.post(f"/materials/{solution.id}/closing", closing).status_code == 303

    following = made_worksheet(ann, sample=prepared.blind_codes, spiked=prepared.blind_codes[:1])
    page = ann.get(f"/worksheets/{following}/bench")
    proposed = bench_form(ann, following)

    assert (proposed["materials"], proposed["room"]) == (["RE-1"], ["仪器室二"])
    assert "批次 WS-1 已于 2026-11-22 用完或停用" in text_of(page)
    assert number in text_of(ann.get(f"/worksheets/with-lot/{solution.id}"))


def test_a_refused_record_keeps_what_was_typed_and_says_why_at_the_lots(
    browse: Browse, cast: Cast, number: str, lims: Lims
) -> None:
    ann = browse(cast.ann)
    with lims.work(cast.ann, Action.MATERIAL_REGISTER) as session:
        order = {**STANDARD, "code": "RM-OLD", "expires_on": "2026-11-22"}
        materials.register_lot(session, LotIn.model_validate(order))
    sent = {**bench_form(ann, number), "humidity_percent": "48", "materials": ["WS-1"]}

    expired = ann.post(f"/worksheets/{number}/bench", {**sent, "more": "RM-OLD"})
    unknown = ann.post(f"/worksheets/{number}/bench", {**sent, "more": "RM-9"})

    assert (expired.status_code, unknown.status_code) == (422, 422)
    assert "批次 RM-OLD 有效期至 2026-11-22" in text_of(expired)
    assert 'id="e-materials-1"' in expired.text
    assert 'value="48"' in expired.text
    assert 'value="WS-1" checked' in expired.text
    assert 'id="e-more-1"' in unknown.text


def test_without_a_record_readers_are_told_of_the_gap_and_may_not_write(
    browse: Browse, cast: Cast, number: str
) -> None:
    vic = browse(cast.vic)

    assert "检测原始记录将显示空缺" in text_of(vic.get(f"/worksheets/{number}/bench"))
    assert vic.post(f"/worksheets/{number}/bench", {"version": "0", "used_on": "2026-11-23"}).status_code == 403
    assert browse(cast.eve).get(f"/worksheets/{number}/bench").status_code == 404
