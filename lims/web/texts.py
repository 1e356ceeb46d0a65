"""Texts that come in through a form or JSON: of bounded length, on one line, without invisible characters."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

#: Control characters, lone surrogates, and marks that reverse the direction of reading.
_INVISIBLE = frozenset({"Cc", "Cs", "Co", "Cn"})
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_one_line(text: str) -> bool:
    """Whether a text has no control character, no lone surrogate and nothing that reverses reading."""
    return not any(unicodedata.category(c) in _INVISIBLE or c in _DIRECTION for c in text)


def _one_line(text: str) -> str:
    if not is_one_line(text):
        raise ValueError("write it on one line, without control characters")
    return text


Text20 = Annotated[str, Field(min_length=1, max_length=20), AfterValidator(_one_line)]
Text40 = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_one_line)]
Text60 = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_one_line)]
Text100 = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_one_line)]
Text200 = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
Text300 = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_one_line)]
Text1000 = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_one_line)]
