"""A whole list as a workbook (xlsx): values as values, and texts as texts, whatever they begin with."""

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from lims.core.clock import CHINA
from lims.core.errors import BadInput
from lims.core.reasons import Translate, reason
from lims.web.table import Cell, Column, Link
from lims.web.table_cells import pieces_of, said, width_of

MOST_EXPORTED: Final = 50_000
_LONGEST_CELL = 32_767
#: What a spreadsheet program takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NARROWEST, _WIDEST = 8, 60
#: A spreadsheet counts in doubles: longer numbers would lose digits, so they stay texts.
_MOST_DIGITS = 15


def workbook_of(
    title: str, columns: Sequence[Column[Any]], batches: Iterator[Sequence[Any]], say: Translate, made_at: datetime
) -> bytes:
    """The rows as a workbook with one sheet, its heading fixed. Rows are written as they come."""
    book = Workbook(write_only=True)
    book.properties.creator = "Qianjian LIMS"
    book.properties.created = book.properties.modified = made_at.replace(tzinfo=None)
    sheet = book.create_sheet(_sheet_title(title))
    beginning = next(batches, ())
    values = [[_value(column, row) for column in columns] for row in beginning]
    titles = [say(column.title) for column in columns]
    for place, name in enumerate(titles):
        texts = [name, *(_shown(line[place], say) for line in values)]
        sheet.column_dimensions[get_column_letter(place + 1)].width = _width(texts)
    sheet.freeze_panes = "A2"
    sheet.append([_heading(sheet, name) for name in titles])
    rest = ([_value(column, row) for column in columns] for batch in batches for row in batch)
    for line in chain(values, rest):
        sheet.append([_cell(sheet, value, say) for value in line])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def refuse_too_long(total: int) -> None:
    """Raise `BadInput` for a list that is too long for a workbook."""
    if total > MOST_EXPORTED:
        raise BadInput(
            reason(
                "table.export_too_long",
                "The list has {total} rows; at most {most} can be exported. Filter it first.",
                total=f"{total:,}",
                most=f"{MOST_EXPORTED:,}",
            )
        )


def _value(column: Column[Any], row: Any) -> Cell:
    return column.export(row) if column.export else column.cell(row)


def _shown(value: Cell, say: Translate) -> str:
    return "、".join(piece.text for piece in pieces_of(value, say))


def _cell(sheet: Any, value: Cell, say: Translate) -> Any:
    """A number and a day stay what they are; everything else is a text, marked as one where it looks like a formula."""
    if isinstance(value, Link):
        value = value.text
    match value:
        case bool():
            return text_cell(sheet, said(value, say))
        case int() if abs(value) < 10**_MOST_DIGITS:
            return value
        case Decimal() if len(value.as_tuple().digits) <= _MOST_DIGITS:
            return _number(sheet, value)
        case datetime():
            return _dated(sheet, value.astimezone(CHINA).replace(tzinfo=None), "yyyy-mm-dd hh:mm")
        case date():
            return _dated(sheet, value, "yyyy-mm-dd")
        case None | "" | () | []:
            return None
        case _:
            return text_cell(sheet, _shown(value, say))


def text_cell(sheet: Any, text: str) -> Any:
    """A text as a cell of a sheet that is written on, whatever it begins with."""
    text = ILLEGAL_CHARACTERS_RE.sub("", text)[:_LONGEST_CELL]
    if not text.startswith((*_FORMULA, "#")):
        return text  # most texts by far, and a cell of its own is dear
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"  # the library would make a formula of "=", and an error of "#N/A"
    if text.startswith(_FORMULA):
        cell.quotePrefix = True
    return cell


def _number(sheet: Any, value: Any) -> Any:
    """0.10 is shown with its zero."""
    places = -int(value.as_tuple().exponent)
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = "0." + "0" * places if places > 0 else "0"
    return cell


def _dated(sheet: Any, value: Any, shape: str) -> Any:
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = shape
    return cell


def _heading(sheet: Any, name: str) -> Any:
    cell = WriteOnlyCell(sheet, value=name)
    cell.font = Font(bold=True)
    return cell


def _sheet_title(title: str) -> str:
    return "".join("_" if c in "[]:*?/\\'" else c for c in title)[:31] or "1"


def _width(texts: Sequence[str]) -> int:
    longest = max(width_of(text[:_WIDEST]) for text in texts)
    return min(max(longest + 2, _NARROWEST), _WIDEST)
