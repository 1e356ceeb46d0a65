"""Phrases of a report (报告用语) in Chinese and in English, and the languages that a report is made in."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


@dataclass(frozen=True, slots=True)
class Phrase:
    """The same thing said in both languages."""

    zh: str
    en: str

    @classmethod
    def same(cls, text: str) -> Self:
        """What is written alike in both: a number, a code, or what somebody entered and nobody translated."""
        return cls(text, text)

    @classmethod
    def join(cls, phrases: Iterable[Self], zh: str = "、", en: str = ", ") -> Self:
        """An enumeration, parted as each language parts it."""
        parts = list(phrases)
        return cls(zh.join(part.zh for part in parts), en.join(part.en for part in parts))


#: 单项结论 of a parameter that is not judged: its value alone is told.
NOT_JUDGED = Phrase("不作判定", "Not judged")


class ReportLanguage(StrEnum):
    """The language that a report is made in. BILINGUAL (中英对照): Chinese, and English beneath it."""

    CHINESE = "zh"
    ENGLISH = "en"
    BILINGUAL = "bilingual"

    def of(self, phrase: Phrase) -> str:
        """The phrase as this report prints it; once where both languages say it alike."""
        if self is ReportLanguage.CHINESE or phrase.zh == phrase.en:
            return phrase.zh
        return phrase.en if self is ReportLanguage.ENGLISH else f"{phrase.zh}\n{phrase.en}"
