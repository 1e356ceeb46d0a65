"""Which test methods only screen (筛查方法): what they find is confirmed by another before anybody is failed for it."""

import re
from typing import Final

from lims.library.facts import Method

#: Words of the technique that say so: enzyme inhibition, immunoassays, strips.
_TECHNIQUES: Final = ("酶抑制", "胶体金", "酶联免疫", "免疫层析", "快速检测", "screening", "immunoassay")
#: Enzyme inhibition in vegetables, and the rapid methods of the market regulator (KJ, 食品快速检测方法).
_CODES: Final = re.compile(r"(GB/T 5009\.199\b|KJ[ ]?\d).*")


def is_screening(code: str, method: Method | None) -> bool:
    """Whether a method only screens, by its code or, where the library knows it, its technique and title."""
    if _CODES.fullmatch(code):
        return True
    told = "" if method is None else f"{method.technique} {method.title}".casefold()
    return any(word in told for word in _TECHNIQUES)
