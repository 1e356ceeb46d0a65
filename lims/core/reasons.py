"""Why something is refused: a code for programs and a sentence for people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


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
        return self.sentence.format(**self.values)

    def translated(self, translate: Callable[[str], str]) -> str:
        """The sentence in the language of `translate` (a gettext function)."""
        return translate(self.sentence).format(**self.values)


def reason(code: str, sentence: str, /, *, at: Where | None = None, **values: Any) -> Reason:
    """A `Reason`, its gaps given as keywords: `reason("sample.too_warm", "Arrived at {c} °C.", c=9)`."""
    return Reason(code, sentence, values, at or Where())
