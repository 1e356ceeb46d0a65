"""Tables that people hand in: CSV or a workbook (xlsx, xls, ods) becomes rows of texts, or every fault is named.

Nothing is guessed: a text file is UTF-8 unless its sender says GB18030, a day is written year first, a formula is
refused in CSV and read as its stored value in a workbook.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.core.workbooks import MOST_COLUMNS, MOST_ROWS, is_workbook, too_large, workbook_lines

LONGEST_CELL: Final = 2_000
ENCODINGS: Final = ("utf-8", "gb18030")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


class ColumnKind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    DAY = "day"
    CHOICE = "choice"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its key, the headings it is known by (the first is printed in templates), an example.

    `choices` gives for each allowed word (Chinese first) the value that it means; the value itself is allowed too.
    A list is separated by `、`, `;` or `,`.
    """

    key: str
    headings: tuple[str, ...]
    required: bool = False
    kind: ColumnKind = ColumnKind.TEXT
    choices: Mapping[str, str] = field(default_factory=dict)
    example: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row by its number in the file (the heading is row 1), its cells by column key; empty cells are left out."""

    number: int
    cells: Mapping[str, str]


def read_table(
    content: bytes, columns: Sequence[Column], *, encoding: str = "utf-8", most_rows: int = MOST_ROWS
) -> list[Row]:
    """The rows below the heading; empty rows are passed over.

    Raises `BadInput` with every fault: unknown, missing or doubled headings, formulas, too many rows, unreadable
    bytes.
    """
    lines = (
        _bounded(workbook_lines(content, most_rows=most_rows))
        if is_workbook(content)
        else _csv_lines(content, encoding)
    )
    if not lines:
        raise BadInput(reason("table.empty", "The table is empty; its first row must hold the headings."))
    keys = _keys_of(lines[0], columns)
    if len(lines) - 1 > most_rows:
        raise BadInput(
            reason(
                "table.too_long",
                "The table has {rows} rows; hand in at most {most} at once.",
                rows=len(lines) - 1,
                most=most_rows,
            )
        )
    faults: list[Reason] = []
    rows = [_row(number, line, keys, lines[0], faults) for number, line in enumerate(lines[1:], start=2)]
    if faults:
        raise BadInput(*faults)
    filled = [row for row in rows if row.cells]
    if not filled:
        raise BadInput(reason("table.no_rows", "The table has headings but no rows."))
    return filled


def parse_day(text: str) -> date | None:
    """A day written year first, `2026-11-23`, `2026/11/23`, `2026年11月23日`; None when it is not."""
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", text))
    if not found:
        return None
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return None


def cell_value(text: str, column: Column, row: int, faults: list[Reason]) -> str | list[str]:
    """The text of a cell as its column means it: an ISO day, the value of a choice, the parts of a list.

    A fault is added for what is neither; the text comes back then.
    """
    at = Where(row=row, column=column.headings[0])
    match column.kind:
        case ColumnKind.DAY:
            day = parse_day(text)
            if day is None:
                faults.append(
                    reason("cell.day", "“{text}” is not a day; write it as 2026-11-23.", text=text[:40], at=at)
                )
            return day.isoformat() if day else text
        case ColumnKind.CHOICE:
            meant = {**{value: value for value in column.choices.values()}, **column.choices}.get(text)
            if meant is None:
                faults.append(
                    reason(
                        "cell.choice",
                        "“{text}” is not allowed here; allowed are {allowed}.",
                        text=text[:40],
                        allowed="、".join(column.choices),
                        at=at,
                    )
                )
            return meant or text
        case ColumnKind.LIST:
            return [part.strip() for part in re.split(r"[、;；,，\n]", text) if part.strip()]
        case _:
            return text


def template_workbook(title: str, columns: Sequence[Column]) -> bytes:
    """An empty table to fill in (xlsx): the headings, and a second sheet that explains each column."""
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise RuntimeError("a new workbook has a sheet")
    sheet.title = title
    sheet.append([column.headings[0] for column in columns])
    sheet.freeze_panes = "A2"
    notes = book.create_sheet("说明")
    notes.append(["栏目", "Column", "必填", "可填内容", "示例"])
    for position, column in enumerate(columns, start=1):
        letter = get_column_letter(position)
        sheet.column_dimensions[letter].width = 14
        sheet[f"{letter}1"].font = Font(bold=column.required)
        # Text: a spreadsheet program would eat leading zeros and turn codes into dates.
        sheet.column_dimensions[letter].number_format = "@"
        allowed = (
            "、".join(column.choices)
            if column.choices
            else {"day": "2026-11-23", "list": "用、隔开"}.get(column.kind, "")
        )
        notes.append([column.headings[0], column.key, "是" if column.required else "", allowed, column.example])
    filled = io.BytesIO()
    book.save(filled)
    return filled.getvalue()


def folded_heading(heading: str) -> str:
    """A heading without what does not tell headings apart: blanks, width and case of letters, a star at its end."""
    return "".join(unicodedata.normalize("NFKC", heading).split()).casefold().rstrip("*")


def _keys_of(headings: Sequence[str], columns: Sequence[Column]) -> list[str | None]:
    known = {folded_heading(h): c.key for c in columns for h in (c.key, *c.headings)}
    keys = [known.get(folded_heading(h)) if h else None for h in headings]
    faults = [
        reason(
            "table.heading_unknown",
            "The heading “{heading}” is not known; allowed are {allowed}.",
            heading=heading[:60],
            allowed=", ".join(c.headings[0] for c in columns),
            at=Where(row=1, column=heading[:60]),
        )
        for heading, key in zip(headings, keys, strict=True)
        if heading and key is None
    ]
    for column in columns:
        times = keys.count(column.key)
        if times > 1:
            faults.append(
                reason(
                    "table.heading_doubled",
                    "The heading “{heading}” appears {times} times; once is right.",
                    heading=column.headings[0],
                    times=times,
                    at=Where(row=1, column=column.headings[0]),
                )
            )
        if column.required and times == 0:
            faults.append(
                reason(
                    "table.heading_missing",
                    "The heading “{heading}” is missing.",
                    heading=column.headings[0],
                    at=Where(row=1, column=column.headings[0]),
                )
            )
    if faults:
        raise BadInput(*faults)
    return keys


def _row(
    number: int, line: Sequence[str], keys: Sequence[str | None], headings: Sequence[str], faults: list[Reason]
) -> Row:
    cells = {}
    for position, text in enumerate(line):
        if not text:
            continue
        key = keys[position] if position < len(keys) else None
        at = Where(row=number, column=headings[position] if position < len(headings) else None)
        if key is None:
            faults.append(
                reason("table.cell_astray", "The cell “{text}” stands under no heading.", text=text[:40], at=at)
            )
        elif text[0] in "=@":
            faults.append(
                reason("table.formula", "The cell “{text}” is a formula; write the value.", text=text[:40], at=at)
            )
        elif len(text) > LONGEST_CELL:
            faults.append(
                reason("table.cell_long", "The cell has more than {most} characters.", most=LONGEST_CELL, at=at)
            )
        else:
            cells[key] = text
    return Row(number, cells)


def _csv_lines(content: bytes, encoding: str) -> list[list[str]]:
    text = _decoded(content, encoding)
    try:
        lines = [[cell.strip() for cell in line] for line in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error as error:
        raise BadInput(reason("table.not_csv", "The file cannot be read as CSV: {fault}.", fault=str(error))) from error
    return _bounded(lines)


def _decoded(content: bytes, encoding: str) -> str:
    if encoding not in ENCODINGS:
        raise BadInput(
            reason(
                "table.encoding_unknown",
                "The encoding {encoding} is not read; allowed are {allowed}.",
                encoding=encoding[:40],
                allowed=", ".join(ENCODINGS),
                at=Where(field="encoding"),
            )
        )
    if b"\x00" in content:
        raise BadInput(
            reason("table.binary", "This is no text table; hand in CSV in UTF-8, or a workbook (xlsx, xls, ods).")
        )
    try:
        return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise BadInput(
            reason(
                "table.encoding",
                "The file is not {encoding} text (byte {position}); save it as UTF-8, or say encoding=gb18030.",
                encoding=encoding,
                position=error.start,
                at=Where(field="encoding"),
            )
        ) from error


def _bounded(lines: list[list[str]]) -> list[list[str]]:
    """Without empty columns at the right and empty rows at the end; blank cells that a program left behind."""
    while lines and not any(lines[-1]):
        lines.pop()
    for line in lines:
        while line and not line[-1]:
            line.pop()
    if any(len(line) > MOST_COLUMNS for line in lines):
        raise too_large()
    return lines
