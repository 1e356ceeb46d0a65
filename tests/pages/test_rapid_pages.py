"""Pages of rapid tests: a reader's file dropped, a positive on the first page and on its sample, its confirmation."""

import re
from collections.abc import Callable

import pytest

from lims.reports.rules import reasons_of_screening
from lims.runtime import Lims
from tests.api.test_rapid_tests import HEAD, row
from tests.api.test_runs import Bench, bench, prepared
from tests.pages.conftest import Browser, text_of

__all__ = ["bench", "prepared"]
Browse = Callable[..., Browser]


@pytest.fixture
def lims(bench: Bench) -> Lims:
    return bench.lims


def test_from_the_reader_to_the_order_that_confirms(bench: Bench, browse: Browse) -> None:
    ann, max_ = browse(bench.cast.ann), browse(bench.cast.max)
    assert "待确证的快检阳性" in text_of(ann.get("/"))
    content = "\n".join([HEAD, row(bench, "S-1", "12.5", "合格"), row(bench, "S-2", "50.0", "合格", channel="2"), ""])
    refused = ann.post("/rapid", {"positive_from": "half"}, files={"file": ("reader.csv", content.encode())})
    assert refused.status_code == 422

    kept = ann.follow(ann.post("/rapid", {"positive_from": "50"}, files={"file": ("reader.csv", content.encode())}))

    assert "已保存 2 条快检记录，其中阳性 1 条" in text_of(kept)
    assert "仪器结论与此不一致" in text_of(kept)
    assert "下达确证任务" not in text_of(max_.get("/rapid"))
    waiting = ann.get("/rapid?waiting=true").text
    (address,) = re.findall(r'action="(/rapid/[^"]+/confirmation)"', waiting)
    assert 'value="chlorpyrifos" checked' in waiting
    part = text_of(ann.get(f"/rapid/of-sample/{bench.names['S-2']}"))
    assert "待下达" in part
    assert f"/rapid/of-sample/{bench.names['S-2']}" in ann.get(f"/samples/bench/{bench.names['S-2']}").text

    done = ann.follow(ann.post(address, {"parameter": "chlorpyrifos", "confirmed_on": "retained_portion"}))

    assert "已下达 1 项确证检测" in text_of(done)
    part = text_of(ann.get(f"/rapid/of-sample/{bench.names['S-2']}"))
    assert "备样" in part
    assert "待出结果" in part


def test_nobody_is_failed_by_a_screening_method_alone() -> None:
    found = reasons_of_screening([("chlorpyrifos", "GB/T 5009.199-2003")], 1)

    assert [why.code for why in found] == ["report.only_screened", "report.rapid_unconfirmed"]
    assert reasons_of_screening([], 0) == []
