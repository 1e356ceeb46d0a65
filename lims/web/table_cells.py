"""Cells of lists as a page shows them: every text ready, in the language of the reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from unicodedata import east_asian_width

from lims.core.reasons import Translate, mark
from lims.core.words import word
from lims.web import formats
from lims.web.table import Cell, Chip, Link, Plain, Said

_SHORT = 20


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a cell: a text, with a colour that it has as a chip, or an address behind it."""

    text: str
    chip: str = ""
    address: str = ""


def pieces_of(value: Cell, say: Translate) -> Sequence[Piece]:
    """What a cell shows; a dash where there is nothing."""
    if isinstance(value, list | tuple):
        found = tuple(_piece(one, say) for one in value)
        return found or (Piece(formats.NOTHING),)
    return (_piece(value, say),)


def width_of(text: str) -> int:
    """How wide a text is, in Latin letters; a Chinese character is two."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def is_short(pieces: Sequence[Piece]) -> bool:
    """Whether a cell is better not broken: a day, a word, a number."""
    return sum(width_of(piece.text[: _SHORT + 1]) for piece in pieces) <= _SHORT


def said(value: Plain, say: Translate) -> str:
    """A value as people read it; empty when there is none."""
    match value:
        case None:
            return ""
        case Said(sentence=sentence, gaps=gaps):
            return say(sentence).format(**gaps) if gaps else say(sentence)
        case bool():
            return say(mark("Yes")) if value else say(mark("No"))
        case Enum():
            return say(word(value))
        case int() | Decimal():
            return formats.number(value)
        case datetime():
            return formats.instant(value)
        case date():
            return formats.day(value)
        case _:
            return value


def _piece(value: Any, say: Translate) -> Piece:
    match value:
        case Chip(text=text, mood=mood):
            return Piece(say(word(text)) if isinstance(text, Enum) else say(text), chip=mood)
        case Link(address=address, text=text):
            return Piece(said(text, say) or formats.NOTHING, address=address)
        case _:
            return Piece(said(value, say) or formats.NOTHING)
