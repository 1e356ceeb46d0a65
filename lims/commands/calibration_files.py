"""The table that `lims calibrate` reads: standards in rows, with columns x, y and, if wanted, used, label, reason."""

import csv
import io
import re
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.science.calibration import CalibrationPoint, is_measurable

COLUMNS = ("x", "y", "used", "label", "reason")
_NEEDED = ("x", "y")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_YES, _NO = frozenset({"", "yes", "true", "1", "是"}), frozenset({"no", "false", "0", "否"})


def read_standards(file: str, encoding: str = "utf-8-sig") -> list[CalibrationPoint]:
    """The standards of a CSV file, parted by commas, semicolons or tabs; `-` is standard input.

    Raises `BadInput` with every fault: row (the heading is row 1) and column of each.
    """
    rows = list(_rows(_text(file, encoding)))
    if not rows:
        raise BadInput(
            reason(
                "calibrate.no_table", "The file holds no table; it needs a heading with x and y and rows of numbers."
            )
        )
    (_, heading), *others = rows
    names = [cell.strip().lower() for cell in heading]
    if faults := _faults_of_heading(heading, names):
        raise BadInput(*faults)
    read = [_Row(number, dict(zip(names, cells, strict=False)), len(cells) - len(names)) for number, cells in others]
    if faults := [fault for row in read for fault in row.faults()]:
        raise BadInput(*faults)
    if not read:
        raise BadInput(reason("calibrate.no_standards", "The file has a heading but no rows; each standard is a row."))
    return [row.point() for row in read]


def _text(file: str, encoding: str) -> str:
    if file != "-" and not Path(file).is_file():
        raise BadInput(reason("file.missing", "There is no file {file}.", file=file, at=Where("file")))
    raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        return raw.decode(encoding)
    except (UnicodeDecodeError, LookupError) as unreadable:
        said = "The file is not {encoding} text; save it as UTF-8, or say --encoding gb18030."
        raise BadInput(reason("table.encoding", said, encoding=encoding, at=Where("file"))) from unreadable


def _rows(text: str) -> Iterable[tuple[int, list[str]]]:
    """Every row that is not empty, with its line in the file."""
    begins = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=begins.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as broken:
        fault = "The file cannot be read as CSV: {fault}."
        raise BadInput(reason("table.not_csv", fault, fault=str(broken), at=Where(row=reader.line_num))) from broken


def _faults_of_heading(heading: Sequence[str], names: Sequence[str]) -> list[Reason]:
    faults = [
        reason(
            "calibrate.unknown_column",
            "Row 1, column {number}: “{name}” is no known column; allowed are {allowed}.",
            number=number,
            name=heading[number - 1],
            allowed=", ".join(COLUMNS),
            at=Where(row=1, column=heading[number - 1]),
        )
        for number, name in enumerate(names, start=1)
        if name not in COLUMNS
    ]
    faults += [
        reason(
            "calibrate.column_twice",
            "Row 1: the column {name} occurs more than once.",
            name=name,
            at=Where(row=1, column=name),
        )
        for name in COLUMNS
        if names.count(name) > 1
    ]
    faults += [
        reason(
            "calibrate.column_missing",
            "Row 1: there is no column {name}; x and y are needed.",
            name=name,
            at=Where(row=1, column=name),
        )
        for name in _NEEDED
        if name not in names
    ]
    return faults


class _Row:
    """One row; `surplus` cells stand beyond the heading."""

    def __init__(self, number: int, cells: dict[str, str], surplus: int) -> None:
        self.number, self.surplus = number, surplus
        self.cells = {name: cells.get(name, "").strip() for name in COLUMNS}

    def faults(self) -> list[Reason]:
        """Everything that is wrong with the row."""
        found = [fault for name in _NEEDED if (fault := self._fault_of_number(name))]
        if not found and Decimal(self.cells["x"]) < 0:
            found.append(
                self._fault("x", "calibrate.negative", "Row {row}, column x: {text} is negative; it must be 0 or more.")
            )
        if self.cells["used"].lower() not in _YES | _NO:
            found.append(
                self._fault("used", "calibrate.not_yes_or_no", "Row {row}, column used: “{text}” must be yes or no.")
            )
        if self.surplus > 0:
            found.append(
                reason(
                    "calibrate.too_many_cells",
                    "Row {row} has more cells than the heading; with decimal commas, write points instead.",
                    row=self.number,
                    at=Where(row=self.number),
                )
            )
        return found

    def _fault_of_number(self, name: str) -> Reason | None:
        text = self.cells[name]
        if _NUMBER.fullmatch(text) and is_measurable(Decimal(text)):
            return None
        return reason(
            "calibrate.not_a_number",
            "Row {row}, column {name}: “{text}” is not a number that can be calculated with; write for example 0.05.",
            row=self.number,
            name=name,
            text=text,
            at=Where(row=self.number, column=name),
        )

    def _fault(self, column: str, code: str, sentence: str) -> Reason:
        at = Where(row=self.number, column=column)
        return reason(code, sentence, row=self.number, text=self.cells[column], at=at)

    def point(self) -> CalibrationPoint:
        """The standard."""
        is_used = self.cells["used"].lower() in _YES
        return CalibrationPoint(
            Decimal(self.cells["x"]), Decimal(self.cells["y"]), self.cells["label"], is_used, self.cells["reason"]
        )
