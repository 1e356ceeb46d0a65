"""The first report says that it was retested: to who may read it, in retrieval, and to who has the paper in hand."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from lims.core.clock import FixedClock
from lims.db.engine import WRITES
from lims.runtime import Lims
from tests.api.laboratory import Door
from tests.api.reporting import NOW, Prepared, a_copy, a_draft, a_tested_sample, issued, prepare, step
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of

Browse = Callable[..., Browser]


@pytest.fixture(scope="module")
def prepared(shared: Path, tmp_path_factory: pytest.TempPathFactory, quick_passwords: None) -> Prepared:
    return prepare(shared, tmp_path_factory.mktemp("prepared") / "var")


@pytest.fixture
def lims(prepared: Prepared, tmp_path: Path) -> Iterator[Lims]:
    with a_copy(prepared, tmp_path / "var", FixedClock(NOW)) as installation:
        yield installation


@pytest.fixture
def cast(prepared: Prepared) -> Cast:
    return prepared.cast


@pytest.fixture
def door(lims: Lims) -> Door:
    return Door(lims)


def pair(lims: Lims, door: Door, body: str, *, elsewhere: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    """A report and one whose sample names it as the first one, made by `body`; elsewhere: by another laboratory."""
    first, retest = (
        issued(door, a_draft(door, a_tested_sample(door, sampling_sheet_number=f"S-{n}"))) for n in range(2)
    )
    # As registering and testing in the other laboratory would leave it.
    move = ", laboratory_id = (SELECT id FROM laboratory WHERE code = 'LB')" if elsewhere else ""
    with lims.engine.execution_options(**{WRITES: True}).begin() as connection:
        of_it = {"number": first["number"], "body": body, "sample": retest["sample"]}
        connection.execute(
            text(f"UPDATE sample SET retest_of = :number, retest_body = :body{move} WHERE number = :sample"), of_it
        )
        if elsewhere:
            connection.execute(text("DROP TRIGGER report_issued_is_frozen"))
            move = "UPDATE report SET laboratory_id = (SELECT id FROM laboratory WHERE code = 'LB')"
            moved = text(f"{move} WHERE number = :n")
            connection.execute(moved, {"n": retest["number"]})
    return first, retest


@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_first_report_names_its_retest_and_links_it_where_it_can_be_read(
    lims: Lims, door: Door, browse: Browse, cast: Cast, elsewhere: bool
) -> None:
    first, retest = pair(lims, door, "播州区检测中心", elsewhere=elsewhere)

    (told,) = door["cai"].get(f"/api/reports/{first['number']}").json()["retests"]
    found = {one["number"]: one["retests"] for one in door["cai"].get("/api/reports/found").json()["items"]}
    own = browse(cast.cai).get(f"/reports/{first['number']}")
    listed = browse(cast.cai).get("/reports/find")
    public = browse(None).get(f"/v/{first['verification_token']}")
    by_program = (
        door["cai"].client.get(f"/v/{first['verification_token']}", headers={"Accept": "application/json"}).json()
    )

    assert (told["number"], told["is_readable"]) == (retest["number"], not elsewhere)
    assert found[first["number"]] == [told]
    link = f'href="/reports/{retest["number"]}"'
    assert "本报告的样品已复检" in text_of(own)
    for page in (own, listed):
        assert retest["number"] in text_of(page)
    assert (link in own.text) is not elsewhere
    assert "已复检，复检报告" in text_of(public)
    assert retest["number"] in text_of(public)
    assert retest["verification_token"] not in public.text + own.text + str(told)
    assert [one["number"] for one in by_program["retests"]] == [retest["number"]]
    assert "is_readable" not in by_program["retests"][0]


def test_a_retest_of_a_report_of_another_body_or_out_of_force_says_nothing(lims: Lims, door: Door) -> None:
    first, _ = pair(lims, door, "another body with the same number")
    other, retest = _again(lims, door)
    step(door, "sun", retest, "withdraw", reason="The sample was confused with another.")

    assert door["cai"].get(f"/api/reports/{first['number']}").json()["retests"] == []
    assert door["cai"].get(f"/api/reports/{other['number']}").json()["retests"] == []


def _again(lims: Lims, door: Door) -> tuple[dict[str, Any], dict[str, Any]]:
    """Another pair, whose retest stands until it is withdrawn."""
    first, retest = (
        issued(door, a_draft(door, a_tested_sample(door, sampling_sheet_number=f"T-{n}"))) for n in range(2)
    )
    with lims.engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(
            text("UPDATE sample SET retest_of = :n, retest_body = '播州区检测中心' WHERE number = :sample"),
            {"n": first["number"], "sample": retest["sample"]},
        )
    assert door["cai"].get(f"/api/reports/{first['number']}").json()["retests"] != []
    return first, retest
