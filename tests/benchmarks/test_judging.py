"""A million results judged by one process, against reading and writing the same rows without judging them.

The floor reads the CSV and writes every row as a line of JSON. Memory is measured on a part of the file and on the
whole: it may not grow with the rows.
"""

import csv
import json
import random
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from lims.limits.questions import COLUMNS
from tests.unit.limits.asking import LIBRARY

ROWS, ANALYTES, FOODS = 1_000_000, 60, 100
AIM = 3
#: Fails above it: it is to find a fault, not a busy machine.
CEILING = 4

_FLOOR = """
import csv, json, sys
with open(sys.argv[1], encoding="utf-8", newline="") as file, open(sys.argv[2], "w", encoding="utf-8") as out:
    rows = csv.reader(file)
    headings = next(rows)
    for row in rows:
        out.write(json.dumps(dict(zip(headings, row)), ensure_ascii=False))
        out.write("\\n")
"""
#: Says at the end how much memory the process had at most.
_PEAK = """
import atexit, resource, sys
atexit.register(lambda: sys.stderr.write("PEAK %d" % resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
"""
_JUDGE = """
import sys
from lims.cli import main
sys.argv = ["lims", "judge", sys.argv[1], "-o", sys.argv[2]]
main()
"""


@dataclass(frozen=True)
class Run:
    """A child process: processor seconds, and the most memory it had, in MB."""

    processor: float
    wall: float
    memory: float


def run(program: str, *arguments: Path) -> Run:
    """Run a program in a process of its own and measure it."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _PEAK + program, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode in {0, 1}, done.stderr[-2000:]
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(used, wall, int(done.stderr.rpartition("PEAK ")[2]) / 1024)


def write_results(path: Path, rows: int) -> None:
    """A year of results: 60 analytes a sample, five of six not detected, on any day of the edition in force."""
    chance = random.Random(2763)
    names = [f.name for f in LIBRARY.foods.all() if f.level == "food" and len(LIBRARY.foods.candidates(f.name)) == 1]
    foods = chance.sample(names, FOODS)
    analytes = [s.name_zh for s in LIBRARY.facts.substances if LIBRARY.limits("GB 2763-2026", s.code)]
    analytes += [s.name_zh for s in LIBRARY.facts.substances if s.kind == "residue_component"]
    analytes = [name for name in analytes if LIBRARY.find_substance(name)][:ANALYTES]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for number in range(rows // len(analytes)):
            food = chance.choice(foods)
            day = f"2026-{chance.randint(3, 11):02}-{chance.randint(1, 28):02}"
            for analyte in analytes:
                detected = chance.random() < 1 / 6
                value = f"{chance.random() * chance.choice([0.01, 0.1, 1]):.4f}" if detected else "ND"
                out.writerow((f"S{number:06}", food, day, "CN", analyte, value, "mg/kg", "0.01", *[""] * 5, "520304"))


@pytest.mark.benchmark
def test_a_million_results_are_judged_in_three_times_their_reading_and_writing(tmp_path: Path) -> None:
    whole, part, out = tmp_path / "whole.csv", tmp_path / "part.csv", tmp_path / "out"
    write_results(whole, ROWS)
    write_results(part, ROWS // 5)

    floor = min((run(_FLOOR, whole, out) for _ in range(2)), key=lambda one: one.processor)
    judged = run(_JUDGE, whole, out)
    smaller = run(_JUDGE, part, out)

    ratio, wall = judged.processor / floor.processor, judged.wall / floor.wall
    print(f"\njudge {ROWS} results: {ratio:.2f}x of reading and writing them (wall {wall:.2f}x; aim {AIM}x)")
    print(f"memory: {judged.memory:.0f} MB for all, {smaller.memory:.0f} MB for a fifth of them")
    assert ratio < CEILING
    assert judged.memory < smaller.memory * 1.5
    json.loads((tmp_path / "out").read_text(encoding="utf-8").splitlines()[0])
