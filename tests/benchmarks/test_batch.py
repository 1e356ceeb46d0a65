"""A batch of reports drawn by warm children, signed and kept, against plain calls of WeasyPrint one after the other."""

import resource
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lims.db.vault import FolderVault
from lims.documents.rendering import Renderer
from lims.documents.snapshot import ReportSnapshot
from tests.benchmarks.test_render import Listening, plain_call, signing_of
from tests.documents.examples import ASSETS, TEMPLATES, a_snapshot, some_lines

PROCESSES = 2
#: Three pages of results.
LINES = 30
BATCH = 500
#: Work of a signed report in the batch, spread over the cores, over that of a plain call; aimed at, and failing.
AIM, CEILING = 1.0, 2.0
#: Growth of all children together from the first quarter of the batch to its end.
GROWTH = 1.25


def _plain_s(snapshot: ReportSnapshot) -> float:
    """Processor seconds of a plain call for the same page."""
    press = Listening(TEMPLATES, ASSETS)
    press.report(snapshot)
    call = plain_call(press)
    call()
    begun = time.process_time()
    for _ in range(8):
        call()
    return (time.process_time() - begun) / 8


def _worked_s() -> float:
    """Processor seconds of this process and of its children that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def _memory(renderer: Renderer) -> int:
    """Bytes that the children hold."""
    return sum(_resident(worker.process.pid) for worker in list(renderer._places.queue) if worker is not None)


def _resident(pid: int | None) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
    except OSError:
        return 0


@pytest.mark.benchmark
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read in /proc")
def test_a_batch_of_five_hundred_against_plain_calls(tmp_path: Path) -> None:
    whole = a_snapshot(lines=some_lines(LINES))
    sign = signing_of(tmp_path, whole.laboratory.name)
    vault = FolderVault(tmp_path / "vault")
    plain_s = _plain_s(whole)
    held: list[int] = []
    worked_s = _worked_s()

    with Renderer(TEMPLATES, ASSETS, processes=PROCESSES) as renderer:
        renderer.warm()

        def issue(number: int) -> str:
            pdf = renderer.report(whole.model_copy(update={"number": f"QZ2026{number:06}"}))
            return vault.put(sign(pdf))

        with ThreadPoolExecutor(2 * PROCESSES) as threads:
            list(threads.map(issue, range(2 * PROCESSES)))  # cold start is hidden: children are there before a batch
            begun = time.perf_counter()
            files = set()
            for beginning in range(0, BATCH, BATCH // 10):
                files |= set(threads.map(issue, range(1000 + beginning, 1000 + beginning + BATCH // 10)))
                held.append(_memory(renderer))
            took_s = time.perf_counter() - begun

    ratio = (_worked_s() - worked_s) / (BATCH + 2 * PROCESSES) / plain_s
    print(
        f"\nbatch: {BATCH} signed reports on {PROCESSES} processes, {BATCH / took_s:.1f} a second; work of each"
        f" {ratio:.2f}x of a plain write_pdf, on as many cores {ratio / PROCESSES:.2f}x, aim {AIM}x; children"
        f" hold {', '.join(f'{n / 2**20:.0f}' for n in held)} MB"
    )
    assert len(files) == BATCH
    assert ratio / PROCESSES < CEILING
    assert max(held[5:]) < GROWTH * max(held[:3])
