"""Texts in tables that we hand out, so that no spreadsheet program takes one for a formula (CSV injection)."""

from typing import Any

_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """The text; with an apostrophe before it when a spreadsheet program would compute it."""
    return f"'{text}" if text.startswith(_BEGINNINGS) else text


def keep_as_text(cell: Any) -> None:
    """Make a cell of a workbook a text: no zero is lost, and nothing is computed, whoever edits it."""
    cell.number_format, cell.data_type = "@", "s"
    if isinstance(cell.value, str) and cell.value.startswith(_BEGINNINGS):
        cell.quotePrefix = True
