"""The child process that unpacks a workbook: bytes on its standard input, sheets as JSON on its output.

It runs with little memory and time of its own. A reader of workbooks lays a sheet out as a full grid, so one cell in a
far corner asks for gigabytes and would take the whole server down; here it takes this child alone.
"""

import io
import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from python_calamine import CalamineError, CalamineWorkbook

#: Exit statuses that the parent understands; any other is a child that was ended.
UNREADABLE, TOO_LARGE = 3, 4


def main(most_sheets: int, most_rows: int, most_columns: int, memory_bytes: int, seconds: int) -> int:
    """Answer with an exit status; 0 when names and rows of the first sheets were written."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    try:
        sheets = _sheets(sys.stdin.buffer.read(), most_sheets, most_rows, most_columns)
    except CalamineError as error:
        sys.stdout.write(str(error)[:200])
        return UNREADABLE
    except MemoryError:
        return TOO_LARGE
    if sheets is None:
        return TOO_LARGE
    json.dump(sheets, sys.stdout)
    return 0


def _sheets(
    content: bytes, most_sheets: int, most_rows: int, most_columns: int
) -> list[tuple[str, list[list[str]]]] | None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    found = []
    rows = 0
    for name in book.sheet_names[:most_sheets]:
        sheet = book.get_sheet_by_name(name)
        rows += sheet.total_height
        if rows > most_rows or sheet.total_width > most_columns:
            return None
        lines = [[_cell_text(cell) for cell in line] for line in sheet.to_python(skip_empty_area=False)]
        found.append((name, lines))
    return found


def _cell_text(cell: float | str | bool | time | date | datetime | timedelta) -> str:
    """The text of a stored value. A binary number is written with the digits it was typed with (17 at most)."""
    match cell:
        case bool():
            return "yes" if cell else "no"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else format(Decimal(repr(cell)), "f")
        case datetime() if cell.time() == time(0):
            return cell.date().isoformat()
        case datetime() | date() | time():
            return cell.isoformat()
        case str():
            return cell.strip()
        case _:
            return str(cell)


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
