"""Files of questions and answers (批量判定文件): CSV, a workbook or JSON lines in; JSON lines, CSV or a workbook out.

Rows pass one sample at a time, so memory does not grow with the file. Rows of one sample that stand apart are brought
together first, on disk.
"""

import csv
import io
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

from openpyxl import Workbook

from lims.core.errors import BadInput, refuse_bad
from lims.core.formulas import harmless
from lims.core.reasons import Reason, Where, reason
from lims.core.spreadsheets import folded_heading
from lims.core.workbooks import is_workbook, workbook_lines
from lims.limits.questions import COLUMNS, Question
from lims.limits.stream_numbers import Cells

#: The headings by which each column is known, besides its own name.
HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "sample": ("样品编号", "样品", "编号", "sample number"),
    "food": ("食品", "食品名称", "样品名称", "产品", "产品名称"),
    "date": ("日期", "生产日期", "采收日期", "购进日期", "抽样日期"),
    "basis": ("依据", "判定依据", "市场", "market"),
    "analyte": ("项目", "参数", "检测项目", "检验项目", "化合物", "substance", "parameter"),
    "value": ("结果", "检测结果", "检验结果", "实测值", "检测值", "result"),
    "unit": ("单位",),
    "loq": ("定量限",),
    "lod": ("检出限",),
    "uncertainty": ("不确定度", "扩展不确定度"),
    "species": ("动物种类", "动物", "物种"),
    "tissue": ("组织", "靶组织", "部位"),
    "form": ("形态", "产品形态"),
    "origin": ("产地", "来源地"),
}
_REQUIRED = ("sample", "date", "analyte", "value")
#: What an answer says, in the order of the columns of a table of answers.
ANSWERS: Final = (
    "sample", "analyte", "verdict", "reason", "limit", "limit_unit", "compared_value", "standard", "food_node",
    "overall", "flags", "explanation_zh", "explanation_en",
)  # fmt: skip
_MOST_WORKBOOK_ROWS: Final = 200_000
_UNREADABLE = "row.unreadable"


@dataclass(frozen=True, slots=True)
class TornRow:
    """A row of a file that cannot be read: what was found of its cells, and why."""

    cells: Cells
    fault: Reason


#: A row of a file: its cells in the order of `COLUMNS`, bare so that a million of them cost little.
QuestionRow = Cells | TornRow


def read_questions(path: Path, encoding: str = "utf-8-sig") -> Iterator[QuestionRow]:
    """The rows of a file, one after the other, whatever its kind: its first bytes tell.

    Raises `BadInput` for a file that is none of the three, or whose headings are missing, unknown or doubled.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if is_workbook(head):
        return _of_lines(iter(workbook_lines(path.read_bytes(), most_rows=_MOST_WORKBOOK_ROWS)))
    begin = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if begin.startswith(b"{"):
        return _of_json(path, encoding)
    if begin.startswith(b"[") and begin[1:].lstrip().startswith(b"{"):
        said = (
            "The file is one JSON array; write each of its objects on a line of its own, without brackets and commas."
        )
        raise BadInput(reason("table.json_array", said))
    return _of_csv(path, head, encoding)


def _of_csv(path: Path, head: bytes, encoding: str) -> Iterator[QuestionRow]:
    first = head.splitlines()[0] if head else b""
    delimiter = "\t" if first.count(b"\t") > first.count(b",") else ";" if b";" in first and b"," not in first else ","
    with path.open(encoding=encoding, newline="") as file:
        try:
            yield from _of_lines(csv.reader(file, delimiter=delimiter))
        except UnicodeDecodeError as error:
            raise _of_another_encoding(encoding) from error
        except csv.Error as error:
            fault = "The file cannot be read as CSV: {fault}."
            raise BadInput(reason("table.not_csv", fault, fault=str(error))) from error


def _of_another_encoding(encoding: str) -> BadInput:
    said = "The file is not {encoding} text; save it as UTF-8, or say --encoding gb18030."
    return BadInput(reason("table.encoding", said, encoding=encoding.removesuffix("-sig")))


def _of_lines(lines: Iterator[list[str]]) -> Iterator[QuestionRow]:
    headings = next(lines, None)
    if not headings:
        raise BadInput(reason("table.empty", "The table is empty; its first row must hold the headings."))
    places = _places(headings)
    width = len(headings)
    pick = itemgetter(*(places.get(column, width) for column in COLUMNS))
    for number, line in enumerate(lines, start=2):
        if len(line) > width:  # also where only blanks stick out: a comma in a number shifts what stands behind it
            said = "This row has {found} cells, the headings are {needed}; a text with a comma needs quotes."
            why = reason(_UNREADABLE, said, at=Where(row=number), found=len(line), needed=width)
            yield TornRow(pick([*line[:width], ""]), why)
            continue
        if len(line) < width:
            if not any(line):
                continue
            line = [*line, *[""] * (width - len(line))]  # noqa: PLW2901 -- the row, made whole
        line.append("")
        yield pick(line)


def _places(headings: Sequence[str]) -> dict[str, int]:
    known = {folded_heading(h): column for column, more in HEADINGS.items() for h in (column, *more)}
    found: dict[str, int] = {}
    faults: list[Reason] = []
    for place, heading in enumerate(headings):
        column = known.get(folded_heading(heading))
        at = Where(row=1, column=heading[:60])
        if column is None and heading.strip():
            said = "The heading “{heading}” is not known; allowed are {allowed}."
            faults.append(
                reason("table.heading_unknown", said, at=at, heading=heading[:60], allowed=", ".join(COLUMNS))
            )
        elif column in found:
            said = "The heading “{heading}” means {column}, and so does another; one is right."
            faults.append(reason("table.heading_doubled", said, at=at, heading=heading[:60], column=column))
        elif column is not None:
            found[column] = place
    for column in _REQUIRED:
        if column not in found:
            said = "The heading “{heading}” is missing."
            faults.append(reason("table.heading_missing", said, at=Where(row=1, column=column), heading=column))
    if "food" not in found and "species" not in found:
        said = "The heading “{heading}” is missing."
        faults.append(reason("table.heading_missing", said, at=Where(row=1, column="food"), heading="food"))
    refuse_bad(faults)
    return found


def _of_json(path: Path, encoding: str) -> Iterator[QuestionRow]:
    with path.open(encoding=encoding) as file:
        try:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield json_row(line, number)
        except UnicodeDecodeError as error:
            raise _of_another_encoding(encoding) from error


def json_row(line: str, number: int) -> QuestionRow:
    """The row of a line of JSON; numbers keep the digits in which they are written."""
    try:
        found = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
    except json.JSONDecodeError as error:
        said = "Line {number} is no JSON object: {fault}."
        return _unreadable_row(reason(_UNREADABLE, said, at=Where(row=number), number=number, fault=error.msg))
    if not isinstance(found, dict):
        said = "Line {number} is no JSON object: {fault}."
        return _unreadable_row(reason(_UNREADABLE, said, at=Where(row=number), number=number, fault="{…}"))
    return object_row(found, number)


def object_row(found: dict[str, Any], number: int) -> QuestionRow:
    """The row of an object whose values are texts, numbers as texts, or nothing."""
    cells = tuple("" if found.get(column) is None else str(found.get(column)) for column in COLUMNS)
    strange = sorted(set(found) - set(COLUMNS)) + [name for name, value in found.items() if _is_nested(value)]
    if strange:
        said = "Line {number} has {names}; allowed are {allowed}, each a text or a number."
        why = reason(
            _UNREADABLE, said, at=Where(row=number), number=number, names=", ".join(strange), allowed=", ".join(COLUMNS)
        )
        return TornRow(cells, why)
    return cells


def _is_nested(value: object) -> bool:
    return value is not None and not isinstance(value, str)


def _unreadable_row(why: Reason) -> QuestionRow:
    return TornRow(("",) * len(COLUMNS), why)


# ── sample by sample ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Questions:
    """How many rows a file has, and its questions, one sample after the other."""

    rows: int
    samples: Iterator[Question]


def by_sample(read: Callable[[], Iterator[QuestionRow]], scratch: Path) -> Questions:
    """The rows of each sample together, samples in the order in which they first appear.

    `read` starts reading anew each time it is called. `scratch` is a folder for rows that must be brought together.
    """
    rows, together = _stand_together(read())
    return Questions(rows, _groups(read()) if together else _gathered(read(), scratch / "rows.sqlite"))


def _stand_together(rows: Iterator[QuestionRow]) -> tuple[int, bool]:
    """How many rows there are, and whether those of each sample stand one behind the other."""
    seen: set[str] = set()
    last, together, number = None, True, 0
    for number, row in enumerate(rows, start=1):  # noqa: B007 -- the last number is their count
        sample = (row.cells if isinstance(row, TornRow) else row)[0]
        if sample != last:
            together = together and sample not in seen
            seen.add(sample)
            last = sample
    return number, together


def _groups(rows: Iterator[QuestionRow]) -> Iterator[Question]:
    last: str | None = None
    cells: list[Cells] = []
    faults: list[tuple[str, Reason]] = []
    for row in rows:
        found = row.cells if isinstance(row, TornRow) else row
        if found[0] != last:
            if last is not None:
                yield Question(last.strip(), cells, faults)
            last, cells, faults = found[0], [], []
        if isinstance(row, TornRow):
            faults.append((found[_ANALYTE].strip(), row.fault))
        else:
            cells.append(row)
    if last is not None:
        yield Question(last.strip(), cells, faults)


_ANALYTE = COLUMNS.index("analyte")


def _gathered(rows: Iterator[QuestionRow], place: Path) -> Iterator[Question]:
    """Sorted on disk by the sample's first appearance."""
    faults: dict[int, Reason] = {}
    ranks: dict[str, int] = {}
    store = sqlite3.connect(place, isolation_level=None)
    try:
        store.execute("PRAGMA journal_mode=OFF")
        store.execute("PRAGMA synchronous=OFF")
        store.execute("CREATE TABLE kept (rank INTEGER, number INTEGER, cells TEXT, PRIMARY KEY (rank, number))")
        store.execute("BEGIN")
        store.executemany("INSERT INTO kept VALUES (?, ?, ?)", _ranked(rows, ranks, faults))
        store.execute("COMMIT")
        found = store.execute("SELECT number, cells FROM kept ORDER BY rank, number")
        yield from _groups(_row(tuple(json.loads(text)), faults.get(number)) for number, text in found)
    finally:
        store.close()
        place.unlink(missing_ok=True)


def _row(cells: Cells, fault: Reason | None) -> QuestionRow:
    return cells if fault is None else TornRow(cells, fault)


def _ranked(
    rows: Iterator[QuestionRow], ranks: dict[str, int], faults: dict[int, Reason]
) -> Iterator[tuple[int, int, str]]:
    for number, row in enumerate(rows):
        cells = row.cells if isinstance(row, TornRow) else row
        if isinstance(row, TornRow):
            faults[number] = row.fault
        rank = ranks.setdefault(cells[0], len(ranks))
        yield rank, number, json.dumps(cells, ensure_ascii=False)


# ── answers ─────────────────────────────────────────────────────────────────────────────────────────


class JsonAnswers:
    """Writes answers as JSON lines: as they are."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, answers: bytes) -> None:
        """The lines of one sample."""
        self._out.write(answers)

    def close(self) -> None:
        """Nothing is left to do."""


class CsvAnswers:
    """Writes answers as CSV, one row for each; a text that a spreadsheet would take for a formula is quoted."""

    def __init__(self, out: TextIO) -> None:
        self._writer = csv.writer(out, lineterminator="\n")
        self._writer.writerow(ANSWERS)

    def write(self, answers: bytes) -> None:
        """The lines of one sample."""
        self._writer.writerows(_table_rows(answers))

    def close(self) -> None:
        """Nothing is left to do."""


class WorkbookAnswers:
    """Writes answers as a workbook, row by row."""

    def __init__(self, out: io.BufferedIOBase) -> None:
        self._out = out
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet("answers")
        self._sheet.append(ANSWERS)

    def write(self, answers: bytes) -> None:
        """The lines of one sample."""
        for row in _table_rows(answers):
            self._sheet.append(row)

    def close(self) -> None:
        """Write the file."""
        self._book.save(self._out)


def _table_rows(answers: bytes) -> Iterator[list[str]]:
    for line in answers.splitlines():
        said = json.loads(line)
        said["flags"] = ";".join(said["flags"])
        yield [harmless(said.get(column) or "") for column in ANSWERS]
