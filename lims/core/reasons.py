"""Why something is refused: a code for programs and a sentence for people."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Translate = Callable[[str], str]

#: Gaps that are filled with words of the program (a kind, a status, an act, a field, why a schema refuses). Only these
#: are translated with the sentence: a name or a text that somebody wrote stays as it was written.
_WORD_GAPS = frozenset(
    {"act", "action", "checks", "counted", "factor", "fault", "field", "given", "group", "kind", "kinds", "layout"}
    | {"level", "needed", "part", "source", "stated", "status", "sum", "superior", "verdict", "wanted", "why"}
)
#: In a list or a sum of words ("4 read + 1 refused"), each word.
_LISTED = re.compile(r"[A-Za-z](?:[A-Za-z ]*[A-Za-z])?")


class Named(str):
    """A name that somebody gave in Chinese; sentences in English say its `english` instead."""

    __slots__ = ("english",)
    english: str


def named(chinese: str, english: str | None) -> str:
    """A name for the gaps of sentences, as `Named` when it has an English one."""
    if not english:
        return chinese
    made = Named(chinese)
    made.english = english
    return made


@dataclass(frozen=True, slots=True)
class Where:
    """The place of a fault in what was handed in: a field, and a row and column of a file."""

    field: str | None = None
    row: int | None = None
    column: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Only what is known."""
        known = {"field": self.field, "row": self.row, "column": self.column}
        return {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason.

    `sentence` is the English text with `{named}` gaps and at the same time the message id of the
    translation catalogue; `values` fill the gaps. A good sentence says what is wrong and what
    would be right.
    """

    code: str
    sentence: str
    values: Mapping[str, Any] = field(default_factory=dict)
    where: Where = field(default_factory=Where)

    @property
    def text(self) -> str:
        """The sentence in English."""
        return self.translated(str)

    def translated(self, translate: Translate) -> str:
        """The sentence in the language of `translate` (a gettext function), the program's words in it too."""
        sentence = translate(self.sentence)
        values = {gap: _said(v, translate) if gap in _WORD_GAPS else v for gap, v in self.values.items()}
        if sentence == self.sentence:  # English sentences are their own translation
            values = {gap: v.english if isinstance(v, Named) else v for gap, v in values.items()}
        return sentence.format(**values)


def reason(code: str, sentence: str, /, *, at: Where | None = None, **values: Any) -> Reason:
    """A `Reason`, its gaps given as keywords: `reason("sample.too_warm", "Arrived at {c} °C.", c=9)`."""
    return Reason(code, sentence, values, at or Where())


def mark(text: str) -> str:
    """The text itself; the literal is entered in the translation catalogue and is translated where it is shown."""
    return text


def _said(value: Any, translate: Translate) -> Any:
    """A word, or the words of a list, in the language of `translate`; what the catalogue does not hold stays."""
    if not isinstance(value, str) or not value:
        return value
    word = value.replace("_", " ")
    if (said := translate(word)) != word:
        return said
    if not any(between in word for between in (", ", " + ")):
        return value
    listed = _LISTED.sub(lambda found: translate(found[0]), word)
    return value if listed == word else listed.replace(", ", "、")
