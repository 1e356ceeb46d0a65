"""Reasons that are kept in a record, to be told later to whoever looks, in their language."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from lims.core.reasons import Reason, Translate


def kept(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Reasons as plain values for JSON. Where in a form or a file they were is not kept: it is gone by then."""
    return [
        {
            "code": why.code,
            "sentence": why.sentence,
            "values": {name: value if isinstance(value, int) else str(value) for name, value in why.values.items()},
        }
        for why in reasons
    ]


def read(rows: Iterable[dict[str, Any]]) -> list[Reason]:
    """The reasons that `kept` made."""
    return [Reason(row["code"], row["sentence"], row["values"]) for row in rows]


def as_text(reasons: Iterable[Reason]) -> str:
    """Reasons in a column of text, as JSON."""
    return json.dumps(kept(reasons), ensure_ascii=False)


def told(text: str, translate: Translate) -> str:
    """What `as_text` wrote, in words; texts from before, which are no JSON, stay as they are."""
    return " ".join(why.translated(translate) for why in of_text(text)) or text


def of_text(text: str) -> Sequence[Reason]:
    """The reasons that `as_text` wrote; none in a text from before."""
    try:
        rows = json.loads(text)
        return read(rows) if isinstance(rows, list) else ()
    except (ValueError, LookupError, TypeError):
        return ()
