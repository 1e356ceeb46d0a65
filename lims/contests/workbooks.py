"""Tables of contests: entries and marks that are handed in, score sheets as data, and everything as a workbook."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from pydantic import Field

from lims.contests.rules import EventKind
from lims.contests.schemas import DeductionIn, EntryIn, ImportedEntry, ItemIn, MarkIn, SheetIn
from lims.contests.tables import ContestEvent
from lims.contests.views import EntryOut
from lims.core.errors import BadInput, refuse_bad
from lims.core.formulas import keep_as_text
from lims.core.reasons import Reason, Where, reason
from lims.core.spreadsheets import Column, ColumnKind, read_table
from lims.web.fields import DecimalText, Input
from lims.web.rows import orders_of
from lims.web.texts import Text20, Text100, is_one_line

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_GENDERS = {"女": "ct_woman", "男": "ct_man"}
_OWN = (
    Column("full_name", ("姓名", "full_name", "name"), required=True, example="安静"),
    Column("gender", ("性别", "gender"), required=True, kind=ColumnKind.CHOICE, choices=_GENDERS, example="女"),
    Column("stream", ("类别", "stream", "组别"), required=True, example="种植业产品"),
    Column("post", ("职务职称", "post"), example="农产品食品检验员 高级工"),
)
ENTRY_COLUMNS = _OWN
IMPORT_COLUMNS = (Column("laboratory", ("单位代码", "laboratory"), required=True, example="QBZ"), *_OWN)
SHEET_COLUMNS = (
    Column("kind", ("类型", "kind"), required=True, kind=ColumnKind.CHOICE,
           choices={"评分项": "item", "扣分项": "deduction"}, example="评分项"),
    Column("name", ("名称", "name"), required=True, example="布点与随机抽取"),
    Column("points", ("分值", "points"), required=True, example="25"),
    Column("weight", ("权重", "weight"), example="1"),
    Column("most", ("最多次数", "most"), example="1"),
    Column("name_en", ("英文名称", "name_en"), example="Choice of points at random"),
)  # fmt: skip


class _SheetRow(Input):
    """One row of a table of a score sheet."""

    kind: str
    name: Text100
    points: DecimalText
    weight: DecimalText | None = None
    most: int | None = None
    name_en: Text100 | None = None


def read_entries(content: bytes, encoding: str) -> list[EntryIn]:
    """The people in a laboratory's table. Raises `BadInput` with every fault."""
    rows, faults = orders_of(read_table(content, ENTRY_COLUMNS, encoding=encoding), ENTRY_COLUMNS, EntryIn)
    refuse_bad(faults)
    return [one.order for one in rows]


def read_import(content: bytes, encoding: str) -> list[ImportedEntry]:
    """The people in the organiser's table. Raises `BadInput` with every fault."""
    rows, faults = orders_of(read_table(content, IMPORT_COLUMNS, encoding=encoding), IMPORT_COLUMNS, ImportedEntry)
    refuse_bad(faults)
    return [one.order for one in rows]


def read_sheet(content: bytes, encoding: str) -> SheetIn:
    """A score sheet out of a table of items and deductions; it has no time limit. Raises `BadInput`."""
    rows, faults = orders_of(read_table(content, SHEET_COLUMNS, encoding=encoding), SHEET_COLUMNS, _SheetRow)
    refuse_bad(faults)
    items = [one.order for one in rows if one.order.kind == "item"]
    if not items:
        raise BadInput(reason("contest.sheet_empty", "The table has no item to be scored.", at=Where("file")))
    try:
        return SheetIn(
            items=[
                ItemIn(name=one.name, name_en=one.name_en, full=one.points, **_given(weight=one.weight))
                for one in items
            ],
            deductions=[
                DeductionIn(name=one.name, name_en=one.name_en, points=one.points, **_given(most=one.most))
                for one in (row.order for row in rows)
                if one.kind == "deduction"
            ],
        )
    except ValueError as error:
        said = "Points and weights are above 0, and a deduction is made 1 to 20 times at most."
        raise BadInput(reason("contest.sheet_numbers", said, at=Where("file"))) from error


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


class _MarkRow(Input):
    """One row of a table of marks or results."""

    code: Text20
    mark: DecimalText | None = Field(default=None, ge=0)
    analyte: Text100 | None = None
    result_1: DecimalText | None = None
    result_2: DecimalText | None = None


MARK_COLUMNS = (
    Column("code", ("选手编码", "code"), required=True, example="K1234"),
    Column("mark", ("成绩", "mark"), example="87.5"),
    Column("analyte", ("检测项目", "analyte"), example="毒死蜱"),
    Column("result_1", ("平行结果1", "result_1"), example="0.102"),
    Column("result_2", ("平行结果2", "result_2"), example="0.099"),
)


@dataclass(frozen=True, slots=True)
class MarksRead:
    """Marks or results by code of the entrant, and the first row of each in the table."""

    orders: dict[str, MarkIn]
    rows: dict[str, int]


def read_marks(content: bytes, encoding: str, event: ContestEvent, source: str) -> MarksRead:
    """Marks or results by code of the entrant; rows without any are passed over. Raises `BadInput`.

    `source`: the name of the file, as far as it can be shown on one line.
    """
    source = "".join(one if is_one_line(one) else " " for one in source).strip()[:100] or "import"
    rows, faults = orders_of(read_table(content, MARK_COLUMNS, encoding=encoding), MARK_COLUMNS, _MarkRow)
    found: dict[str, MarkIn] = {}
    numbers: dict[str, int] = {}
    for row in rows:
        one, at = row.order, Where(row=row.row)
        if event.kind is EventKind.THEORY:
            if one.mark is None:
                continue
            if one.code in found:
                faults.append(_twice(one.code, at))
            found[one.code] = MarkIn(mark=one.mark, source=source)
            numbers.setdefault(one.code, row.row or 0)
            continue
        values = [value for value in (one.result_1, one.result_2) if value is not None]
        if one.analyte is None or not values:
            continue
        known = found.setdefault(one.code, MarkIn(source=source))
        numbers.setdefault(one.code, row.row or 0)
        if one.analyte in known.results:
            faults.append(_twice(one.code, at))
        known.results[one.analyte] = values
    if not found and not faults:
        raise BadInput(reason("contest.marks_empty", "There is no mark in the table.", at=Where("file")))
    refuse_bad(faults)
    return MarksRead(found, numbers)


def _twice(code: str, at: Where) -> Reason:
    return reason("contest.mark_twice", "{code} stands twice.", code=code, at=at)


def entries_workbook(entries: Sequence[EntryOut], *, for_organiser: bool) -> bytes:
    """Entries as a workbook; the organiser's has laboratories and, after the draw, start numbers and secret codes."""
    heads = ["姓名", "性别", "类别", "职务职称"]
    genders = {value: word for word, value in _GENDERS.items()}
    rows = [[one.full_name, genders[one.gender], one.stream, one.post or ""] for one in entries]
    if for_organiser:
        heads = ["单位代码", *heads, "单位", "代表队", "抽签号", "选手编码"]
        rows = [
            [one.laboratory, *row, one.laboratory_name, one.team_name, str(one.start_number or ""), one.code or ""]
            for one, row in zip(entries, rows, strict=True)
        ]
    return workbook({"报名": (heads, rows)})


def marks_workbook(codes: Sequence[str], event: ContestEvent) -> bytes:
    """The table of marks of an event to be filled: a row for each code, or for each code and analyte."""
    heads = [one.headings[0] for one in MARK_COLUMNS]
    if event.kind is EventKind.THEORY:
        rows = [[code, "", "", "", ""] for code in codes]
    else:
        rows = [[code, "", target["analyte"], "", ""] for code in codes for target in event.targets]
    return workbook({"成绩": (heads, rows)})


def workbook(sheets: Mapping[str, tuple[Sequence[str], Sequence[Sequence[str]]]]) -> bytes:
    """Sheets with a heading each; every cell is text, so that no zero is lost and nothing is a formula."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, (heads, rows) in sheets.items():
        sheet = book.create_sheet(title)
        sheet.append(list(heads))
        for row in rows:
            sheet.append(list(row))
        for cells in sheet.iter_rows(min_row=1):
            for cell in cells:
                keep_as_text(cell)
        for place, cell in enumerate(sheet[1]):
            cell.font = Font(bold=True)
            sheet.column_dimensions[cell.column_letter].width = 12 + 12 * (place == 0 or len(str(cell.value)) > 4)
        sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
