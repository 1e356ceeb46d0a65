"""kill -9 of the server, of the drawing children and of the worker, in the middle of a batch of reports."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from lims.core.clock import FixedClock
from lims.reports.verification import verify_report
from lims.runtime import Lims
from lims.settings import Settings
from tests.api.laboratory import Door
from tests.api.reporting import NOW, a_copy, a_draft, a_tested_sample, prepare, step

ROOT = Path(__file__).parents[2]
PATIENCE_S = 240
REPORTS = 6


def start(role: str, data: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.concurrency.batch_victim", role, str(data)], cwd=ROOT)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "the moment never came"
        time.sleep(0.01)


def count(data: Path, query: str) -> int:
    with closing(sqlite3.connect(f"file:{data / 'lims.sqlite'}?mode=ro", uri=True, timeout=10)) as connection:
        return int(connection.execute(query).fetchone()[0])


def drawing_children(parent: int) -> list[int]:
    """The processes that draw for another one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            is_drawing = b"spawn_main" in (folder / "cmdline").read_bytes()
        except OSError:
            continue  # it has just ended
        if int(fields[1]) == parent and is_drawing:
            found.append(int(folder.name))
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="children are found in /proc")
def test_a_batch_survives_the_death_of_everything_that_works_on_it(shared: Path, tmp_path: Path) -> None:
    prepared = prepare(shared, tmp_path / "prepared")
    data = tmp_path / "var"
    with a_copy(prepared, data, FixedClock(NOW)) as lims:
        door = Door(lims)
        samples = [a_tested_sample(door, sampling_sheet_number=f"S-{n}") for n in range(REPORTS)]
        drafts = [step(door, "rui", a_draft(door, sample), "review") for sample in samples]
        reports = [{"id": draft["id"], "version": draft["version"]} for draft in drafts]
        assert door["sun"].sign("/api/report-batches/approve", {"reports": reports}).status_code == 202

    server = start("serve", data)
    until(lambda: count(data, "SELECT count(*) FROM report WHERE number IS NOT NULL") >= 2)
    server.kill()
    server.wait()
    worker = start("work", data)
    signed = "SELECT count(*) FROM report WHERE pdf_sha256 IS NOT NULL"
    until(lambda: bool(drawing_children(worker.pid)) and count(data, signed) >= 1)
    for child in drawing_children(worker.pid):
        os.kill(child, signal.SIGKILL)
    until(lambda: count(data, signed) >= 3)
    killed_at = count(data, signed)
    orphans = drawing_children(worker.pid)
    worker.kill()
    worker.wait()
    assert killed_at < REPORTS, "the batch was over before its worker was killed"
    assert start("work", data).wait(PATIENCE_S) == 0

    with closing(sqlite3.connect(data / "lims.sqlite")) as connection:
        rows = connection.execute("SELECT number, pdf_sha256, render_error FROM report ORDER BY number").fetchall()
        acts = "SELECT count(*) FROM audit_entry WHERE entity = 'report' AND action = ? GROUP BY entity_id"
        per_report = {
            action: [n for (n,) in connection.execute(acts, (action,))]
            for action in ("report.approve", "report.render")
        }
        states = connection.execute("SELECT state, count(*) FROM report_batch_item GROUP BY state").fetchall()
        leaves = connection.execute("SELECT count(*), count(DISTINCT report_id) FROM log_leaf").fetchone()
    assert [int(number[-6:]) for number, _, _ in rows] == list(range(1, REPORTS + 1)), "numbers without gaps"
    assert all(error is None for _, _, error in rows)
    assert per_report == {"report.approve": [1] * REPORTS, "report.render": [1] * REPORTS}
    assert states == [("done", REPORTS)]
    assert leaves == (REPORTS, REPORTS)
    lims = Lims(Settings(data=data), FixedClock(NOW))
    worth = {verify_report(lims, None, lims.vault.get(sha256)).status.value for _, sha256, _ in rows}
    lims.close()
    assert worth == {"valid"}
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in orphans))
