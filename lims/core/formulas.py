"""Texts in tables that we hand out, so that no spreadsheet program takes one for a formula (CSV injection)."""

_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """The text; with an apostrophe before it when a spreadsheet program would compute it."""
    return f"'{text}" if text.startswith(_BEGINNINGS) else text
