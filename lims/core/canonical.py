"""The one spelling of a JSON value: keys sorted, no blanks. Hashes and signatures are taken over it."""

import json
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical_text(value: Any) -> str:
    """Equal values give equal texts. Raises `ValueError` for NaN and infinities, which JSON does not know."""
    return _ENCODER.encode(value)


def canonical_bytes(value: Any) -> bytes:
    """`canonical_text` in UTF-8."""
    return canonical_text(value).encode()
