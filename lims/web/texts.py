"""Texts that come in through a form or JSON: of bounded length, on one line, without invisible characters."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

#: Control and format characters (what reverses reading or takes no room: two names that look alike would differ),
#: lone surrogates, unassigned characters, and the separators of lines and paragraphs.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def is_one_line(text: str) -> bool:
    """Whether a text stands on one line and shows every character it has."""
    return not any(unicodedata.category(c) in _INVISIBLE for c in text)


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
Text500 = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_one_line)]
Text1000 = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_one_line)]
