"""Lots and solutions, through the pages."""

from collections.abc import Callable

import pytest

from lims.core.actions import Action
from lims.materials import service
from lims.materials.schemas import LotIn
from lims.materials.tables import Material
from lims.runtime import Lims
from tests.api.test_materials import SOLUTION, STANDARD
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of

Browse = Callable[..., Browser]
FORM = {name: value for name, value in SOLUTION.items() if name != "sources"} | {"kind": "working_solution"}


@pytest.fixture
def lot(lims: Lims, cast: Cast) -> Material:
    """A reference material of Ann's laboratory, in date until the end of the year."""
    with lims.work(cast.ann, Action.MATERIAL_REGISTER) as session:
        return service.register_lot(session, LotIn.model_validate(STANDARD))


def test_a_lot_is_registered_and_the_next_one_begins_with_what_they_have_in_common(browse: Browse, cast: Cast) -> None:
    ann = browse(cast.ann)

    made = ann.follow(ann.post("/materials/new", STANDARD))
    address = made.url.path
    following = ann.get(f"/materials/new?like={address.rsplit('/', 1)[1]}")

    assert "批次 RM-1 已登记" in text_of(made)
    assert 'value="克百威溶液标准物质"' in following.text
    assert "24B0312" not in following.text  # each lot has its own number and certified value
    assert 'value="100"' not in following.text


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(browse: Browse, cast: Cast) -> None:
    answer = browse(cast.ann).post("/materials/new", {**STANDARD, "lot": "", "strength": "much"})

    assert answer.status_code == 422
    assert 'id="e-lot-1"' in answer.text
    assert 'id="e-strength-1"' in answer.text
    assert 'value="GBW(E)081589"' in answer.text


def test_a_solution_is_made_of_lines_of_lots(browse: Browse, cast: Cast, lot: Material) -> None:
    ann = browse(cast.ann)

    wrong = ann.post("/materials/solutions/new", {**FORM, "sources": "RM-1 1.00\nRM-1 1 spoon"})
    made = ann.follow(ann.post("/materials/solutions/new", {**FORM, "sources": "RM-1 1.00 ml\n\n"}))

    assert wrong.status_code == 422
    assert "第 1 行" in text_of(wrong)
    assert "spoon" in text_of(wrong)
    assert "1.000 mg/L" in text_of(made)
    assert "RM-1 克百威溶液标准物质 24B0312 1.00 mL 2026-12-31" in text_of(made)
    assert "WS-1" in text_of(ann.get(f"/materials/{lot.id}"))


def test_a_lot_that_expired_stands_out_on_the_list_and_on_the_desk(
    browse: Browse, cast: Cast, lims: Lims, lot: Material
) -> None:
    with lims.work(cast.ann, Action.MATERIAL_REGISTER) as session:
        service.register_lot(session, LotIn.model_validate({**STANDARD, "code": "RM-OLD", "expires_on": "2026-11-22"}))

    listed = text_of(browse(cast.ann).get("/materials"))
    desks = [text_of(browse(who).get("/")) for who in (cast.ann, cast.max)]

    assert listed.index("RM-OLD") < listed.index("RM-1")
    assert "已过期" in listed
    assert all("30 天内到期的批次" in desk and "RM-OLD" in desk for desk in desks)
    assert all("RM-1 " not in desk for desk in desks)  # valid for more than a month


def test_who_closed_it_meanwhile_is_shown(browse: Browse, cast: Cast, lot: Material) -> None:
    max_, ann = browse(cast.max), browse(cast.ann)
    closing = {"version": 1, "closed_on": "2026-11-23", "reason": "spilt"}

    closed = max_.follow(max_.post(f"/materials/{lot.id}/closing", closing))
    late = ann.post(f"/materials/{lot.id}/closing", {**closing, "reason": "used up"})

    assert "spilt" in text_of(closed)
    assert late.status_code == 409
    assert f"{cast.max.name} 2026-11-23 10:00 停用原因 — spilt" in text_of(late)


def test_lots_of_another_laboratory_do_not_exist(browse: Browse, cast: Cast, lot: Material) -> None:
    eve, vic = browse(cast.eve), browse(cast.vic)

    assert eve.get(f"/materials/{lot.id}").status_code == 404
    assert eve.get(f"/materials/new?like={lot.id}").status_code == 404
    assert eve.get(f"/worksheets/with-lot/{lot.id}").status_code == 404
    assert "RM-1" not in text_of(eve.get("/materials"))
    assert vic.get(f"/materials/{lot.id}").status_code == 200
    assert vic.post("/materials/new", STANDARD).status_code == 403
