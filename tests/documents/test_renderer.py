"""The child processes that print: replaced when they die, given up when they hang."""

import os
import signal
import threading
from pathlib import Path

import pytest

from lims.documents.labels import bench_label
from lims.documents.rendering import Renderer, RenderingFailed
from tests.documents.examples import ASSETS, TEMPLATES, a_snapshot


def children() -> set[int]:
    """The process ids of this process's children, from /proc."""
    mine = os.getpid()
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # it ended while we looked
            continue
        if int(fields[1]) == mine and fields[0] != "Z":
            found.add(int(stat.parent.name))
    return found


def test_a_child_that_is_killed_is_replaced() -> None:
    before = children()
    with Renderer(TEMPLATES, ASSETS) as renderer:
        first = renderer.labels([bench_label(blind_code="7K3F")])
        for pid in children() - before:
            os.kill(pid, signal.SIGKILL)

        again = renderer.labels([bench_label(blind_code="7K3F")])

    assert again == first


def test_a_worn_child_is_replaced_and_closing_leaves_none() -> None:
    before = children()
    with Renderer(TEMPLATES, ASSETS, recycle_after=1) as renderer:
        renderer.labels([bench_label(blind_code="A")])
        worn = children() - before

    assert not any("spawn_main" in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8") for pid in worn)


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
