"""Languages and the translation catalogue (gettext; message ids are the English sentences)."""

from collections.abc import Callable
from enum import StrEnum
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parent.parent / "locale"


class Language(StrEnum):
    """Chinese first, English complete."""

    CHINESE = "zh"
    ENGLISH = "en"


@cache
def _chinese() -> GNUTranslations:
    compiled = BytesIO()
    with (LOCALE / "zh" / "LC_MESSAGES" / "lims.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale="zh"))
    compiled.seek(0)
    return GNUTranslations(compiled)


def translator(language: Language) -> Callable[[str], str]:
    """The gettext function of a language; English sentences are their own translation."""
    return _chinese().gettext if language is Language.CHINESE else str


def preferred_language(accept_language: str | None) -> Language:
    """The language of an Accept-Language header; Chinese unless English is asked for first."""
    first = (accept_language or "").split(",")[0].strip().lower()
    return Language.ENGLISH if first.startswith("en") else Language.CHINESE
