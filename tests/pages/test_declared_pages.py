"""Standards that a sample is declared to, through the pages: chosen on the sheet, shown, a column of their own."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lims.core.actions import Action
from lims.core.clock import FixedClock
from lims.runtime import Lims
from lims.samples.queries import sample_by_sheet
from tests.api.declaring import EDITION, FAMILY, a_buyers_list
from tests.api.laboratory import Door, a_sheet
from tests.api.reporting import Prepared, a_copy, a_tested_sample, prepare
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of

Browse = Callable[..., Browser]

TICK = f'name="declared" value="{FAMILY}"'


@pytest.fixture(scope="module")
def prepared(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(shared, tmp_path_factory.mktemp("prepared") / "var")


@pytest.fixture
def lims(prepared: Prepared, tmp_path: Path, clock: FixedClock) -> Iterator[Lims]:
    with a_copy(prepared, tmp_path / "var", clock) as installation:
        yield installation


@pytest.fixture
def cast(prepared: Prepared) -> Cast:
    return prepared.cast


@pytest.fixture
def door(lims: Lims) -> Door:
    return Door(lims)


def sheet(**changes: Any) -> dict[str, Any]:
    """The form of a sampling sheet."""
    values = a_sheet(**changes)
    del values["parameters"]
    return {"scope": "all", **values}


def test_the_sheet_asks_for_declared_standards_only_where_one_is_loaded(
    browse: Browse, cast: Cast, door: Door, lims: Lims
) -> None:
    ann = browse(cast.ann)
    before = ann.get("/samples/new")
    refused = ann.post("/samples/new", sheet(declared=FAMILY))
    a_buyers_list(door)
    after = ann.get("/samples/new")
    made = ann.post("/samples/new", sheet(declared=FAMILY, act="next"))

    assert "声明执行标准" not in text_of(before)
    assert refused.status_code == 422
    assert "资料库中未载入可声明执行的标准" in text_of(refused)
    assert TICK in after.text
    assert "任一标准不符合即判为不合格" in text_of(after)
    assert f"{TICK} checked" in ann.follow(made).text  # the next sheet of the round is declared to it too
    with lims.read(cast.ann, Action.SAMPLE_READ) as session:
        sample = sample_by_sheet(session, "CY2026-0117")
    assert sample is not None
    assert sample.declared == [FAMILY]
    assert f"声明执行标准 {FAMILY}" in text_of(ann.get(f"/samples/{sample.number}"))


def test_a_refused_sheet_keeps_its_tick_and_an_unknown_standard_is_told_at_the_field(
    browse: Browse, cast: Cast, door: Door
) -> None:
    a_buyers_list(door)
    ann = browse(cast.ann)

    other = ann.post("/samples/new", sheet(declared=FAMILY, product_name="火锅"))
    unknown = ann.post("/samples/new", sheet(declared="HX 99"))

    assert f"{TICK} checked" in other.text
    assert 'id="e-declared-1"' in unknown.text
    assert f"可选的有：{FAMILY}。" in text_of(unknown)


def test_a_table_of_sheets_has_a_column_for_them(browse: Browse, cast: Cast, door: Door, lims: Lims) -> None:
    a_buyers_list(door)
    row = {
        **a_sheet(declared=FAMILY, parameters="全部", programme="例行监测", stage="生产基地"),
        "basis_kind": "采收日期",
    }

    taken = browse(cast.ann).post("/samples/many", {"grid": json.dumps([row])})

    assert taken.status_code == 303, text_of(taken)
    with lims.read(cast.ann, Action.SAMPLE_READ) as session:
        sample = sample_by_sheet(session, row["sampling_sheet_number"])
    assert sample is not None
    assert sample.declared == [FAMILY]


def test_the_judgement_and_the_markets_show_it(browse: Browse, cast: Cast, door: Door) -> None:
    a_buyers_list(door)
    number = a_tested_sample(door, found="0.06", declared=[FAMILY])
    cai = browse(cast.cai)

    cai.post(f"/samples/{number}/judgement")
    judgement = text_of(cai.get(f"/samples/{number}/judgement"))
    markets = cai.get(f"/samples/{number}/markets")

    assert f"{EDITION} 豇豆采购标准 · 声明执行" in judgement
    assert "GB 2763-2026 0.4 mg/kg 合格" in judgement
    assert f'<th scope="col">{FAMILY} <span class="quiet">声明执行</span></th>' in markets.text
    assert f"{FAMILY}：不符合。啶虫脒检出 0.06 mg/kg，限量 0.05 mg/kg，须降到 1/1.2 以下。" in text_of(markets)
    assert "中国：可接收。" in text_of(markets)
    assert browse(cast.eve).get(f"/samples/{number}/markets").status_code == 404
