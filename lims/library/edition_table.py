"""Reads a table of limits as somebody hands it in: a workbook, or CSV in any of the usual encodings and separators.

Columns are recognised by Chinese, English or code headings, in any order; what is not recognised is told and left out.
A row above the headings (the title of the sheet) is passed over.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.core.spreadsheets import LONGEST_CELL, folded_heading
from lims.core.workbooks import MOST_COLUMNS, is_workbook, too_large, workbook_lines
from lims.science.units import UnitCode, parse_unit

#: Longer than any standard: Korea's whole list has 12 709 rows.
MOST_LINES: Final = 60_000
_HEADING_WITHIN: Final = 10
#: The headings of each column. Those of `food` that may also mean a group give way when another column names the food.
HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "jurisdiction": ("jurisdiction", "market", "市场", "法域", "国家", "国家/地区", "地区"),
    "standard": ("standard", "标准", "标准号", "标准编号", "标准代号"),
    "substance": (
        "substance", "substance_cn", "农药", "农药名称", "农药中文名", "中文通用名", "通用名", "化合物", "物质", "药物",
        "兽药", "污染物", "项目", "参数", "农兽药名称",
    ),
    "substance_en": (
        "substance_en", "英文名", "英文名称", "英文通用名", "english name", "pesticide", "active substance",
    ),
    "substance_local": ("substance_local", "原文名称", "化合物原文"),
    "cas": ("cas", "cas号", "cas no", "cas no.", "cas number", "cas登记号"),
    "food": (
        "food", "food_name_cn", "food_name", "食品", "食品名称", "名称", "食品类别/名称", "食品类别名称", "产品",
        "产品名称", "作物", "commodity", "product",
    ),
    "category": (
        "food_category_path_cn", "food_category", "category", "类别", "食品类别", "分类", "食品分类", "food path",
    ),
    "food_local": ("food_name_local", "food_local", "食品原文", "食品原文名称"),
    "limit": ("limit", "limit_value", "限量", "限量值", "最大残留限量", "残留限量", "最大限量", "mrl", "value"),
    "unit": ("unit", "单位"),
    "kind": ("limit_kind", "kind", "限量类型", "类型"),
    "definition": ("residue_definition", "definition", "残留物", "残留物定义", "残留定义"),
    "adi": ("adi", "adi_mg_per_kg_bw", "每日允许摄入量"),
    "clause": ("clause", "条款", "章条", "条款号"),
    "condition": ("condition", "条件", "备注条件"),
    "source": ("source", "来源", "出处"),
    "verified": ("verified", "核实", "核对"),
}  # fmt: skip
NEEDED: Final = ("food", "limit")
_BRACKET = re.compile(r"[(（\[]([^()（）\[\]]*)[)）\]]\s*\*?$")
_SEPARATORS: Final = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row by its number in the file, its cells by the key of their column; empty cells are left out."""

    number: int
    cells: Mapping[str, str]

    def get(self, key: str) -> str:
        """The text of a cell; empty when there is none."""
        return self.cells.get(key, "")


@dataclass(frozen=True, slots=True)
class EditionTable:
    """A table that was read: its rows, the heading that each column has in the file, and what was not recognised."""

    rows: tuple[TableRow, ...]
    headings: Mapping[str, str]
    ignored: tuple[str, ...]
    #: The unit in the heading of the limits, `最大残留限量(mg/kg)`.
    unit: UnitCode | None = None

    def at(self, row: int, key: str) -> Where:
        """The place of a cell, as the file calls it."""
        return Where(None, row, self.headings.get(key) or HEADINGS[key][-1])

    def values(self, key: str) -> list[str]:
        """The different texts of a column, in their order."""
        return list(dict.fromkeys(row.cells[key] for row in self.rows if key in row.cells))


def read_edition_table(content: bytes) -> EditionTable:
    """The rows of a table of limits.

    Raises `BadInput`: unreadable bytes, missing or doubled headings, cells that are formulas or too long, too many
    rows.
    """
    lines = workbook_lines(content, most_rows=MOST_LINES) if is_workbook(content) else _text_lines(_decoded(content))
    if len(lines) > MOST_LINES or any(len(line) > MOST_COLUMNS for line in lines):
        raise too_large(MOST_LINES)
    place = _place_of_headings(lines)
    keys, headings, ignored = _columns(lines[place], place + 1)
    faults: list[Reason] = []
    rows = []
    for number, line in enumerate(lines[place + 1 :], start=place + 2):
        cells = _cells(number, line, keys, lines[place], faults)
        if cells:
            rows.append(TableRow(number, cells))
    if faults:
        raise BadInput(*faults)
    if not rows:
        raise BadInput(reason("table.no_rows", "The table has headings but no rows.", at=Where("file")))
    return EditionTable(tuple(rows), headings, ignored, _unit_in(headings["limit"]))


def _decoded(content: bytes) -> str:
    """The text of a file, in UTF-8, UTF-16 with its mark, or GB18030."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    said = "This is no table of texts in UTF-8 or GB18030; hand in CSV, or a workbook (xlsx, xls, ods)."
    raise BadInput(reason("library.table_encoding", said, at=Where("file")))


def _text_lines(text: str) -> list[list[str]]:
    """The lines of a CSV file; its separator is the one by which most headings are recognised."""
    head = "\n".join(text.splitlines()[:_HEADING_WITHIN])
    separator = max(_SEPARATORS, key=lambda one: max((_recognised(x) for x in _parsed(head, one)), default=0))
    return [[cell.strip() for cell in line] for line in _parsed(text, separator)]


def _parsed(text: str, separator: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise BadInput(
            reason("table.not_csv", "The file cannot be read as CSV: {fault}.", fault=str(error), at=Where("file"))
        ) from error


def _plain(heading: str) -> str:
    """A heading as headings are compared: without what stands in a bracket at its end."""
    return folded_heading(_BRACKET.sub("", heading.strip())) or folded_heading(heading)


_KEYS: Final = {folded_heading(heading): key for key, headings in HEADINGS.items() for heading in headings}


def _key_of(heading: str) -> str | None:
    return _KEYS.get(folded_heading(heading)) or _KEYS.get(_plain(heading))


def _recognised(line: Sequence[str]) -> int:
    return len({_key_of(cell) for cell in line if cell} - {None})


def _place_of_headings(lines: Sequence[Sequence[str]]) -> int:
    first = range(min(_HEADING_WITHIN, len(lines)))
    if not first:
        raise BadInput(
            reason("table.empty", "The table is empty; its first row must hold the headings.", at=Where("file"))
        )
    return max(first, key=lambda number: (_recognised(lines[number]), -number))


def _columns(line: Sequence[str], row: int) -> tuple[list[str | None], dict[str, str], tuple[str, ...]]:
    """The key of each column, the heading of each key, and the headings that are not recognised."""
    keys = [_key_of(heading) if heading else None for heading in line]
    if "food" not in keys and "category" in keys:  # 食品类别 alone names the foods
        keys[keys.index("category")] = "food"
    headings: dict[str, str] = {}
    faults = []
    for key, heading in zip(keys, line, strict=True):
        if key in headings:
            said = "The columns “{heading}” and “{other}” mean the same; leave one out."
            at = Where(None, row, heading[:60])
            faults.append(reason("library.column_doubled", said, heading=heading[:60], other=headings[key], at=at))
        elif key is not None:
            headings[key] = heading[:60]
    missing = [key for key in NEEDED if key not in headings]
    if not headings.keys() & {"substance", "substance_en", "substance_local", "cas"}:
        missing.append("substance")
    for key in missing:
        said = "A column is missing; its heading may be {allowed}."
        allowed = ", ".join(HEADINGS[key])
        faults.append(reason("library.column_missing", said, allowed=allowed, at=Where(None, row)))
    if faults:
        raise BadInput(*faults)
    ignored = tuple(heading[:60] for key, heading in zip(keys, line, strict=True) if heading and key is None)
    return keys, headings, ignored


def _cells(
    number: int, line: Sequence[str], keys: Sequence[str | None], headings: Sequence[str], faults: list[Reason]
) -> dict[str, str]:
    cells = {}
    for key, text in zip(keys, line, strict=False):
        if key is None or not text:
            continue
        at = Where(None, number, headings[keys.index(key)][:60])
        if text[0] in "=@":
            faults.append(
                reason("table.formula", "The cell “{text}” is a formula; write the value.", text=text[:40], at=at)
            )
        elif len(text) > LONGEST_CELL:
            faults.append(
                reason("table.cell_long", "The cell has more than {most} characters.", most=LONGEST_CELL, at=at)
            )
        else:
            cells[key] = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
    return cells


def _unit_in(heading: str) -> UnitCode | None:
    bracket = _BRACKET.search(heading)
    if bracket is None:
        return None
    try:
        return parse_unit(bracket[1].strip())
    except BadInput:
        return None
