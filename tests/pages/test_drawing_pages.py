"""An original record of many analytes is drawn in the background; the page that waits for it, and the fetching."""

import re
from collections.abc import Callable
from concurrent.futures import wait
from threading import Event
from uuid import uuid4

import pytest

from lims.core.errors import RuleRefused
from lims.core.reasons import reason
from lims.results import drawing, original_record_pages
from lims.runtime import Lims
from tests.api.test_results_of_runs import a_run
from tests.api.test_runs import Bench
from tests.pages.conftest import Browser, asks_as_nobody, text_of
from tests.pages.skeleton import Skeleton
from tests.pages.test_results_of_runs_pages import bench, prepared  # noqa: F401  # fixtures

Browse = Callable[..., Browser]


@pytest.fixture
def lims(bench: Bench) -> Lims:  # noqa: F811
    return bench.lims


def test_a_long_record_is_waited_for_and_fetched(
    bench: Bench,  # noqa: F811
    browse: Browse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = a_run(bench)
    ann, max_ = browse(bench.cast.ann), browse(bench.cast.max)
    address = f"/runs/{run}/original-record"
    assert ann.get(f"{address}/drawing").headers["location"] == address  # few analytes: at once
    monkeypatch.setattr(original_record_pages, "MANY_ANALYTES", 1)
    drawn = []

    def draw(*_: object) -> tuple[str, bytes]:
        drawn.append(1)
        return "W.pdf", b"%PDF-drawn once"

    monkeypatch.setattr(drawing, "print_record", draw)

    first = ann.get(f"{address}/drawing")
    (key,) = set(re.findall(r"drawing=([0-9a-f-]{36})", first.text))
    wait([one.done for one in drawing.drawings_of(bench.lims)._known.values()], timeout=20)

    done = ann.part(f"{address}/drawing?drawing={key}")
    assert "原始记录已生成" in text_of(done)
    assert f'href="{address}?drawing={key}"' in done.text
    assert ann.get(f"{address}?drawing={key}").content == b"%PDF-drawn once"
    # Another process knows the key and this one does not: what is drawn serves, or two would redraw for ever.
    lost = ann.part(f"{address}/drawing?drawing={uuid4()}")
    assert f'href="{address}?drawing={key}"' in lost.text
    assert drawn == [1]
    assert f"record?drawing={key}" not in max_.get(f"{address}/drawing?drawing={key}").text  # each waits for their own


def test_while_it_is_drawn_the_page_asks_again_and_a_refusal_is_told(
    bench: Bench,  # noqa: F811
    browse: Browse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, go = a_run(bench), Event()
    ann = browse(bench.cast.ann)
    monkeypatch.setattr(original_record_pages, "MANY_ANALYTES", 1)

    def draw(*_: object) -> tuple[str, bytes]:
        go.wait(20)
        raise RuleRefused(reason("document.rendering_failed", "The document could not be drawn."))

    monkeypatch.setattr(drawing, "print_record", draw)
    address = f"/runs/{run}/original-record/drawing"

    waiting = ann.get(address)
    assert "正在生成" in text_of(waiting)
    assert asks_as_nobody(waiting)
    assert set(re.findall(r"drawing=[0-9a-f-]{36}", ann.get(address).text)) == set(
        re.findall(r"drawing=[0-9a-f-]{36}", waiting.text)
    )
    (key,) = set(re.findall(r"drawing=([0-9a-f-]{36})", waiting.text))
    go.set()
    wait([one.done for one in drawing.drawings_of(bench.lims)._known.values()], timeout=20)
    assert "The document could not be drawn." in ann.get(f"{address}?drawing={key}").text


def test_a_renderer_that_dies_is_told_once_and_the_page_of_either_language_is_whole(
    bench: Bench,  # noqa: F811
    browse: Browse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, go = f"/runs/{a_run(bench)}/original-record", Event()
    ann = browse(bench.cast.ann)
    monkeypatch.setattr(original_record_pages, "MANY_ANALYTES", 1)

    def draw(*_: object) -> tuple[str, bytes]:
        go.wait(20)
        raise MemoryError

    monkeypatch.setattr(drawing, "print_record", draw)
    waiting = ann.get(f"{address}/drawing")
    (key,) = set(re.findall(r"drawing=([0-9a-f-]{36})", waiting.text))
    english = browse(bench.cast.max, "en").get(f"{address}/drawing")
    other = browse(bench.cast.eve).get(f"{address}/drawing?drawing={key}")
    go.set()
    wait([one.done for one in drawing.drawings_of(bench.lims)._known.values()], timeout=20)
    failed = ann.part(f"{address}/drawing?drawing={key}")
    monkeypatch.setattr(original_record_pages, "print_record", lambda *_: ("W.pdf", b"%PDF-drawn at last"))

    assert [fault for page in (waiting, english) for fault in Skeleton(page.text).faults] == []
    assert "is being drawn" in text_of(english)
    assert other.status_code == 404
    assert (failed.status_code, "程序出现故障" in failed.text, asks_as_nobody(failed)) == (200, True, False)
    assert f'href="{address}/drawing"' in failed.text
    assert ann.get(f"{address}?drawing={key}").content == b"%PDF-drawn at last"
