"""kill -9 at many moments of the main job, and running it again, loses nothing and duplicates nothing."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from lims.reports.verification import verify_report
from lims.runtime import Lims
from lims.settings import Settings

ROOT = Path(__file__).parents[2]
PATIENCE_S = 240
Moment = Callable[[Path], bool]


def count(database: Path, query: str) -> int:
    """A number out of a database that may not be there yet."""
    if not database.exists():
        return 0
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as connection:
        try:
            return int(connection.execute(query).fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def county(folder: Path) -> Path:
    return folder / "demo" / "county" / "lims.sqlite"


def prefecture(folder: Path) -> Path:
    return folder / "demo" / "prefecture" / "lims.sqlite"


def rows(table: str, least: int, where: str = "1 = 1", of: Callable[[Path], Path] = county) -> Moment:
    """The moment at which a table has so many rows."""
    return lambda folder: count(of(folder), f"SELECT count(*) FROM {table} WHERE {where}") >= least


MOMENTS: dict[str, Moment] = {
    "while migrating": lambda folder: county(folder).exists(),
    "while the scope is recorded": rows("certificate", 1),
    "between two samples": rows("sample", 5),
    "when the worksheet stands": rows("worksheet", 1),
    "when the file is imported": rows("run", 1),
    "when the second file is imported": rows("run", 2),
    "when the failed checks are decided on": rows("qc_decision", 1),
    "while samples are judged": rows("judgement", 3),
    "while reports are reviewed": rows("report", 5, "status IN ('reviewed', 'issued')"),
    "while reports are drawn": rows("report", 4, "pdf_sha256 IS NOT NULL"),
    "while the prefecture takes it in": rows("laboratory", 1, of=prefecture),
}


def start(folder: Path) -> subprocess.Popen[bytes]:
    here = {"LIMS_DATA": str(folder), "PYTHONPATH": str(ROOT), "LIMS_RENDER_PROCESSES": "1"}  # each has to warm up
    log = (folder.parent / "log").open("ab")
    with log:
        return subprocess.Popen(
            [sys.executable, "-m", "lims.cli", "demo"],
            cwd=ROOT,
            env={**os.environ, **here},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def kill_at(folder: Path, moment: Moment) -> bool:
    """Start the main job and kill it, children and all, at the moment. Whether it was still at work."""
    process = start(folder)
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and not moment(folder):
        assert time.monotonic() < deadline, "the moment never came"
        time.sleep(0.01)
    was_alive = process.poll() is None
    if was_alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return was_alive


def answer_of(folder: Path, pdf: Path) -> tuple[int, dict[str, str]]:
    """What `lims report verify --json` says, and its exit status."""
    done = subprocess.run(
        [sys.executable, "-m", "lims.cli", "report", "verify", str(pdf), "--json"],
        cwd=ROOT,
        env={**os.environ, "LIMS_DATA": str(folder / "demo" / "county"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        timeout=PATIENCE_S,
    )
    return done.returncode, json.loads(done.stdout)


def the_reports_verify(folder: Path) -> None:
    """Every report is accepted (also by pdfsig); a changed byte and a cut-off last revision are not."""
    reports = sorted((folder / "demo" / "reports").glob("*.pdf"))
    lims = Lims(Settings(data=folder / "demo" / "county"))
    try:
        assert {verify_report(lims, None, pdf.read_bytes()).status.value for pdf in reports} == {"valid"}
    finally:
        lims.close()
    if shutil.which("pdfsig"):
        for pdf in reports:
            said = subprocess.run(["pdfsig", "-nocert", str(pdf)], capture_output=True, check=False, text=True).stdout
            assert "Signature is Valid" in said
            assert "Total document signed" in said

    content = reports[0].read_bytes()
    changed, cut = folder / "changed.pdf", folder / "cut.pdf"
    middle = len(content) // 2
    changed.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    cut.write_bytes(content[: content.rindex(b"%%EOF", 0, content.rindex(b"%%EOF")) + 6])
    assert answer_of(folder, reports[0])[1]["status"] == "valid"
    for pdf, answers in ((changed, {"altered"}), (cut, {"altered", "unsigned"})):
        status, answer = answer_of(folder, pdf)
        assert status == 1
        assert answer["status"] in answers
        assert answer["reason"]


@pytest.mark.slow
def test_the_main_job_survives_being_killed_at_many_moments(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    folder.mkdir()

    killed = [name for name, moment in MOMENTS.items() if kill_at(folder, moment)]
    last = start(folder)
    assert last.wait(PATIENCE_S) == 0, (tmp_path / "log").read_text(encoding="utf-8")[-4000:]

    assert len(killed) >= len(MOMENTS) - 2, f"killed only {killed}"
    expected = {
        "sample": 12,
        "worksheet": 2,
        "bench_record": 2,
        "run": 2,
        "instrument_file": 2,
        "import_profile": 2,
        "qc_decision": 2,
        "judgement": 12,
        "report": 12,
        "return_sent": 1,
        "reported_batch": 12,
        "app_user": 9,
        "certificate": 2,
    }
    assert {table: count(county(folder), f"SELECT count(*) FROM {table}") for table in expected} == expected
    assert count(prefecture(folder), "SELECT count(*) FROM reported_batch") == 12
    assert count(prefecture(folder), "SELECT count(*) FROM return_received") == 1
    with closing(sqlite3.connect(county(folder))) as connection:
        numbers = [n for (n,) in connection.execute("SELECT number FROM report ORDER BY number")]
        assert len({b for (b,) in connection.execute("SELECT blind_code FROM sample")}) == 12
        doubled = "SELECT test_id, analyte FROM result WHERE status <> 'superseded' GROUP BY 1, 2 HAVING count(*) > 1"
        assert connection.execute(doubled).fetchall() == []
    assert [int(n[-6:]) for n in numbers] == list(range(1, 13)), "numbers without gaps"
    assert len(list((folder / "demo" / "reports").glob("*.pdf"))) == 12

    the_reports_verify(folder)

    # A finished job, run once more, changes nothing.
    entries = count(county(folder), "SELECT count(*) FROM audit_entry")
    again = start(folder)
    assert again.wait(PATIENCE_S) == 0
    assert count(county(folder), "SELECT count(*) FROM audit_entry") == entries
