"""The child processes that print: replaced when they die, given up when they hang."""

import multiprocessing
import threading
from collections.abc import Callable

import pytest

from lims.documents.labels import bench_label
from lims.documents.rendering import Renderer, RenderingFailed, _Worker
from tests.documents.examples import ASSETS, TEMPLATES, a_snapshot

Children = Callable[[], list[multiprocessing.process.BaseProcess]]


@pytest.fixture
def children() -> Children:
    """The renderers' child processes that are alive, but for those of installations that other tests opened."""

    def alive() -> list[multiprocessing.process.BaseProcess]:
        return [child for child in multiprocessing.active_children() if child.name == "lims-renderer"]

    others = {child.pid for child in alive()}
    return lambda: [child for child in alive() if child.pid not in others]


def test_a_child_that_is_killed_is_replaced(children: Children) -> None:
    with Renderer(TEMPLATES, ASSETS) as renderer:
        first = renderer.labels([bench_label(blind_code="7K3F")])
        (child,) = children()
        child.kill()
        child.join()

        again = renderer.labels([bench_label(blind_code="7K3F")])

    assert again == first


def test_a_worn_child_is_ended_and_closing_leaves_none(children: Children) -> None:
    with Renderer(TEMPLATES, ASSETS, recycle_after=2) as renderer:
        alive = []
        for _ in range(3):
            renderer.labels([bench_label(blind_code="A")])
            alive.append(len(children()))

    assert alive == [2, 1, 2], "its successor stands by, and takes over"
    assert children() == []


def test_a_child_that_dies_while_printing_is_tried_once_more_and_then_told(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[_Worker] = []

    def killed_at_work(worker: _Worker, *_: object) -> bytes:
        started.append(worker)
        worker.process.kill()
        worker.pipe.recv()
        raise AssertionError("a dead child has answered")

    monkeypatch.setattr(_Worker, "ask", killed_at_work)
    with Renderer(TEMPLATES, ASSETS) as renderer, pytest.raises(RenderingFailed) as refused:
        renderer.report(a_snapshot())

    assert [r.code for r in refused.value.reasons] == ["report.render_died"]
    assert len(started) == 2


def test_a_page_that_takes_too_long_is_given_up_with_a_clear_text() -> None:
    with Renderer(TEMPLATES, ASSETS, timeout_s=0.01) as renderer, pytest.raises(RenderingFailed) as refused:
        renderer.report(a_snapshot())

    assert [r.code for r in refused.value.reasons] == ["report.render_timeout"]


def test_reasons_come_back_from_the_child() -> None:
    with Renderer(TEMPLATES, ASSETS) as renderer, pytest.raises(RenderingFailed) as refused:
        renderer.report(a_snapshot(test_items="\U0001f96c"))

    assert [r.code for r in refused.value.reasons] == ["report.unprintable"]


def test_more_threads_than_children_each_get_their_own_page() -> None:
    made: dict[str, bytes] = {}

    def ask(renderer: Renderer, code: str) -> None:
        made[code] = renderer.labels([bench_label(blind_code=code)])

    with Renderer(TEMPLATES, ASSETS) as renderer:
        threads = [threading.Thread(target=ask, args=(renderer, f"C{i}")) for i in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(made) == 6
    assert len(set(made.values())) == 6


def test_a_closed_renderer_says_so() -> None:
    renderer = Renderer(TEMPLATES, ASSETS)
    renderer.close()

    with pytest.raises(RenderingFailed) as refused:
        renderer.report(a_snapshot())

    assert [r.code for r in refused.value.reasons] == ["report.renderer_closed"]
