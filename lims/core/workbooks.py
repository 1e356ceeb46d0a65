"""Workbooks (xlsx, xls, ods) as rows of texts, unpacked by a child process that a hostile file may break."""

import io
import json
import subprocess
import sys
import zipfile
from typing import Final

from lims.core.errors import BadInput
from lims.core.reasons import reason
from lims.core.workbook_child import TOO_LARGE, UNREADABLE

MOST_ROWS: Final = 5_000
MOST_COLUMNS: Final = 100
MOST_SHEETS: Final = 100
#: A workbook is a packed archive: a few bytes can unpack to gigabytes.
LARGEST_UNPACKED: Final = 200 * 1024 * 1024
#: What the child may use. A full table of the largest size needs a fifth of it.
_MEMORY_BYTES: Final = 1024 * 1024 * 1024
_SECONDS: Final = 20
#: Programs leave blank cells behind the table; they are read over, up to here.
_BLANK_ROWS, _BLANK_COLUMNS = MOST_ROWS * 4, MOST_COLUMNS * 100


def is_workbook(content: bytes) -> bool:
    """Does a file begin like a workbook?"""
    return content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))


def workbook_lines(content: bytes, *, most_rows: int = MOST_ROWS) -> list[list[str]]:
    """The cells of the first sheet, blank ones as empty texts. Raises `BadInput` for one unreadable or too large."""
    sheets = workbook_sheets(content, most_sheets=1, most_rows=most_rows)
    return sheets[0][1] if sheets else []


def workbook_sheets(
    content: bytes, *, most_sheets: int = MOST_SHEETS, most_rows: int = MOST_ROWS
) -> list[tuple[str, list[list[str]]]]:
    """Every sheet by its name, with its cells as `workbook_lines` gives them. Raises what that raises."""
    _refuse_bomb(content, most_rows)
    limits = (most_sheets, max(_BLANK_ROWS, most_rows), _BLANK_COLUMNS, _MEMORY_BYTES, _SECONDS)
    try:
        child = subprocess.run(  # noqa: S603 -- our own program and numbers; the file goes in as standard input
            [sys.executable, "-m", "lims.core.workbook_child", *map(str, limits)],
            input=content,
            capture_output=True,
            timeout=_SECONDS * 3,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise too_large(most_rows) from error
    if child.returncode == UNREADABLE:
        raise _not_workbook(child.stdout.decode(errors="replace"))
    if child.returncode == TOO_LARGE or child.returncode < 0:
        # Below 0: ended by a signal, because it asked for more than it may have.
        raise too_large(most_rows)
    if b"PanicException" in child.stderr:
        # The library ends so, instead of saying why, for some files that are cut off or damaged.
        raise _not_workbook("it is damaged or cut off")
    if child.returncode:
        raise RuntimeError(f"the reader of workbooks failed: {child.stderr[-1000:].decode(errors='replace')}")
    return [(name, lines) for name, lines in json.loads(child.stdout)]


def too_large(most_rows: int = MOST_ROWS) -> BadInput:
    """The refusal of a table beyond the bounds."""
    return BadInput(
        reason(
            "table.too_large",
            "The table is too large; hand in at most {rows} rows and {columns} columns.",
            rows=most_rows,
            columns=MOST_COLUMNS,
        )
    )


def _not_workbook(fault: str) -> BadInput:
    return BadInput(reason("table.not_workbook", "The workbook cannot be read: {fault}.", fault=fault[:200]))


def _refuse_bomb(content: bytes, most_rows: int) -> None:
    if not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise _not_workbook(str(error)) from error
    if unpacked > LARGEST_UNPACKED:
        raise too_large(most_rows)
