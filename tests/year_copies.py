"""Copies of a batch by the thousand: its rows as they stand in the database, with other ids, numbers, names and days.

The pattern is read as the driver gives it and written back the same way, past records and services: many times faster.
What is written is what the services would have written, for the pattern was written by them. An id becomes another by
its last eight digits, so that every reference inside a batch follows without being looked up.
"""

import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import compress
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from lims.db.record import metadata
from lims.samples.blind_codes import new_blind_code
from tests.year_store import Cells, columns_of, read_all

#: What a batch leaves behind, each table after those that it refers to.
TABLES = (
    "sample",
    "assigned_test",
    "worksheet",
    "worksheet_entry",
    "instrument_file",
    "run",
    "signal",
    "calibration",
    "qc_check",
    "measurement",
    "result",
    "judgement",
    "judgement_line",
    "report",
    "reported_batch",
)
#: What the audit trail of a copy tells of: the bulk of an import is left out.
AUDITED = frozenset(
    {"sample", "worksheet", "instrument_file", "run", "result", "judgement", "report", "reported_batch"}
)
ENTRY_COLUMNS = tuple(c.name for c in metadata.tables["audit_entry"].columns if c.name != "id")
#: Stands for the digits that tell one copy from another; no text of a database holds a NUL.
_COPY = "\0copy"
_DASHED = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_HEX = r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])"
#: Nothing shorter differs from copy to copy.
_SHORTEST = 6
_SPELLINGS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d")

Words = dict[str, str]
#: The cells of a row, and those among them that differ from copy to copy: their places and the parts of their texts.
Row = tuple[list[Any], list[tuple[int, tuple[str, ...]]]]


@dataclass(frozen=True, slots=True)
class Look:
    """A batch as it stood at a step of its walk: its rows by table, the audit entries up to there, its file."""

    rows: Mapping[str, list[Cells]]
    entries: list[Cells]
    file: bytes


def look(connection: Connection, laboratory: UUID, before: frozenset[str], since: int, file: bytes) -> Look:
    """Everything of the laboratory that was not there before, and the entries of its chain after number `since`."""
    rows = {
        table: [
            r
            for r in read_all(connection, table, columns_of(table), "laboratory_id", laboratory)
            if r["id"] not in before
        ]
        for table in TABLES
    }
    entries = read_all(connection, "audit_entry", ENTRY_COLUMNS, "chain", str(laboratory))
    return Look(rows, sorted((e for e in entries if int(e["number"]) > since), key=lambda e: int(e["number"])), file)


@dataclass(slots=True)
class Series:
    """The numbers of the laboratory: for each series and year the last one that was given out."""

    code: str
    given: dict[tuple[str, int], int] = field(default_factory=dict)

    def sample(self, year: int) -> str:
        """The next accession number."""
        return f"{self.code}-{year}-{self._next('sample', year):06}"

    def worksheet(self, year: int) -> str:
        """The next number of a worksheet."""
        return f"W{year}-{self._next('worksheet', year):06}"

    def report(self, year: int) -> str:
        """The next number of a report."""
        return f"{self.code}{year}{self._next('report', year):06}"

    def _next(self, series: str, year: int) -> int:
        self.given[series, year] = self.given.get((series, year), 0) + 1
        return self.given[series, year]


@dataclass(frozen=True, slots=True)
class Copy:
    """Which copy of a batch: its number, how many days later, and where it is drawn (code and name of the place)."""

    number: int
    later: timedelta
    place: tuple[str, str]


class Cutter:
    """Cuts texts at everything that a copy of a batch calls otherwise; knows the batch at the end of its walk."""

    def __init__(self, looked: Look, region: str) -> None:
        self.region = region
        self.first_day = min(date.fromisoformat(sample["sampled_on"]) for sample in looked.rows["sample"])
        self.file_sha256 = _sha256(looked.file)
        self._ids = {str(row["id"]).replace("-", "") for rows in looked.rows.values() for row in rows}
        self._known: dict[str, tuple[str, ...]] = {}
        names = [rf"(?<![0-9.]){region}(?![0-9])", *map(re.escape, self._names(looked.rows))]
        self._tokens = re.compile(f"({_DASHED}|{_HEX})|{'|'.join(names)}")

    @property
    def days(self) -> list[date]:
        """The days on which something was done; other days, such as those of the law, stay."""
        return [self.first_day + timedelta(days=n) for n in range(4)]

    def row(self, cells: Iterable[Any]) -> Row:
        """A row with the places where it differs from copy to copy."""
        constant = list(cells)
        varied = []
        for place, cell in enumerate(constant):
            if isinstance(cell, str) and len(cell) >= _SHORTEST and len(parts := self.cut(cell)) > 1:
                varied.append((place, parts))
        return constant, varied

    def cut(self, text: str) -> tuple[str, ...]:
        """The text in parts: those that a copy says otherwise stand for themselves."""
        if text not in self._known:
            self._known[text] = tuple(self._parts(text))
        return self._known[text]

    def _parts(self, text: str) -> list[str]:
        parts: list[str] = []
        end = 0
        for found in self._tokens.finditer(text):
            if found[1] and found[1].replace("-", "") not in self._ids:
                continue
            parts += [text[end : found.end() - 8], _COPY] if found[1] else [text[end : found.start()], found[0]]
            end = found.end()
        return [*parts, text[end:]]

    def _names(self, rows: Mapping[str, list[Cells]]) -> list[str]:
        """Everything that a copy calls otherwise, the longest first: one name may begin with another."""
        names = {day.strftime(spelling) for day in self.days for spelling in _SPELLINGS} | {self.file_sha256}
        for sample in rows["sample"]:
            names |= {sample[key] for key in ("number", "blind_code", "sampling_sheet_number", "place")}
            names.add(_escaped(sample["place"]))
        names |= {worksheet["number"] for worksheet in rows["worksheet"]}
        for report in rows["report"]:
            names |= {_first(report["number"]), report["verification_token"], report["snapshot_sha256"]}
            names.add(report["results_sha256"])
        return sorted(names, key=len, reverse=True)


class Pattern:
    """A batch at a step, cut at everything that differs from copy to copy."""

    def __init__(self, looked: Look, cutter: Cutter) -> None:
        self._cutter = cutter
        self._rows = looked.rows
        self._file = cutter.cut(looked.file.decode("utf-8"))
        self._reports = looked.rows["report"]
        self._snapshots = {r["snapshot_sha256"]: cutter.cut(r["snapshot"]) for r in self._reports if r["snapshot"]}
        self._verified = {r["results_sha256"]: self._results_of(r["sample_id"]) for r in self._reports}
        used = {row["signal_id"] for table in ("measurement", "result") for row in looked.rows[table]}
        self.used_signals = [row["id"] in used for row in looked.rows["signal"]]
        self.tables = {name: [cutter.row(row.values()) for row in rows] for name, rows in looked.rows.items()}
        self.entries = [(entry, cutter.row(entry.values())) for entry in looked.entries if entry["entity"] in AUDITED]

    def words(self, copy: Copy, series: Series, draw: random.Random) -> tuple[Words, bytes]:
        """What a copy says instead, and its instrument file. Numbers are taken here: call it in the order of days."""
        code, place = copy.place
        words = {_COPY: f"{copy.number:08x}", self._cutter.region: code}
        for day in self._cutter.days:
            for spelling in _SPELLINGS:
                words[day.strftime(spelling)] = (day + copy.later).strftime(spelling)
        drawn, measured, _, issued = (day + copy.later for day in self._cutter.days)
        for sample in self._rows["sample"]:
            words[sample["number"]] = series.sample(drawn.year)
            words[sample["blind_code"]] = new_blind_code(draw.choice)
            words[sample["sampling_sheet_number"]] = f"CY{copy.number:04}-{words[sample['number']][-3:]}"
            words[sample["place"]] = place
        for worksheet in self._rows["worksheet"]:
            words[worksheet["number"]] = series.worksheet(measured.year)
        for report in self._reports:
            if report["number"]:
                if _first(report["number"]) not in words:
                    words[_first(report["number"])] = series.report(issued.year)
                words[report["verification_token"]] = f"{draw.getrandbits(256):064x}"[:43]
        content = _joined(self._file, words).encode()
        words[self._cutter.file_sha256] = _sha256(content)
        words |= {sha: _sha256("\n".join(f"{i}{words[_COPY]}" for i in ids)) for sha, ids in self._verified.items()}
        words |= {sha: _sha256(_joined(parts, words)) for sha, parts in self._snapshots.items()}
        return _with_escapes(words), content

    def filled(self, table: str, words: Words, *, whole: bool) -> Iterator[list[Any]]:
        """The rows of a table as the copy has them; unless `whole`, without the signals that no amount came from."""
        rows = self.tables[table]
        for row in rows if whole or table != "signal" else compress(rows, self.used_signals):
            yield fill(row, words)

    def _results_of(self, sample_id: str) -> list[str]:
        """The ids of the verified results of a sample, without the digits of the copy, in their order."""
        own = (r for r in self._rows["result"] if r["sample_id"] == sample_id and r["status"] == "verified")
        return sorted(str(UUID(result["id"]))[:-8] for result in own)


def fill(row: Row, words: Words) -> list[Any]:
    """The cells of a row as the copy has them."""
    constant, varied = row
    cells = constant.copy()
    for place, parts in varied:
        cells[place] = "".join([words.get(part, part) for part in parts])
    return cells


def _joined(parts: Sequence[str], words: Words) -> str:
    return "".join([words.get(part, part) for part in parts])


def _sha256(content: str | bytes) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def _first(number: str) -> str:
    """The number without its revision, which stays beside it."""
    return number.partition("-G")[0]


def _escaped(text: str) -> str:
    """As a JSON column spells it."""
    return json.dumps(text)[1:-1]


def _with_escapes(words: Words) -> Words:
    return words | {_escaped(name): _escaped(word) for name, word in words.items() if not name.isascii()}
