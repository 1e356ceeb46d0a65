"""Languages and the translation catalogue (gettext files; message ids are the English sentences)."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

LOCALE = Path(__file__).parent.parent / "locale"


class Language(StrEnum):
    """Chinese first, English complete."""

    CHINESE = "zh"
    ENGLISH = "en"


def catalogue_files() -> list[Path]:
    """The files of the Chinese catalogue, one for each part of the program, sorted by name."""
    return sorted((LOCALE / "zh" / "LC_MESSAGES").glob("*.po"))


@cache
def chinese() -> Mapping[str, str]:
    """Sentence to Chinese, of every file of the catalogue; read once. A sentence stands in one file only."""
    merged: dict[str, str] = {}
    for path in catalogue_files():
        with path.open("rb") as source:
            merged |= {str(m.id): str(m.string) for m in read_po(source, locale="zh") if m.id and m.string}
    return merged


def translator(language: Language) -> Callable[[str], str]:
    """The gettext function of a language; English sentences are their own translation."""
    return _in_chinese if language is Language.CHINESE else str


def _in_chinese(sentence: str) -> str:
    return chinese().get(sentence, sentence)


def preferred_language(accept_language: str | None) -> Language:
    """The language of an Accept-Language header; Chinese unless English is asked for first."""
    first = (accept_language or "").split(",")[0].strip().lower()
    return Language.ENGLISH if first.startswith("en") else Language.CHINESE
