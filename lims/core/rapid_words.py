"""Tables and columns of rapid tests in words."""

from collections.abc import Mapping
from types import MappingProxyType

from lims.core.reasons import mark

RAPID_TABLES: Mapping[str, str] = MappingProxyType(
    {
        "rapid_test": mark("Rapid test"),
        "confirmation_order": mark("Confirmation order"),
    }
)
RAPID_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "channel": mark("Channel"),
        "confirmed_on": mark("Confirmed on"),
        "device_said": mark("What the reader says"),
        "rapid_test.file_sha256": mark("SHA-256 of the file"),
        "inhibition_percent": mark("Inhibition (%)"),
        "item": mark("Tested for"),
        "note": mark("Note"),
        "ordered_at": mark("Ordered at"),
        "ordered_by": mark("Ordered by"),
        "outcome": mark("Rapid result"),
        "positive_from": mark("Positive from an inhibition of (%)"),
        "rapid_test_id": mark("Rapid test"),
        "reading_key": mark("Key of the record"),
        "tested_at": mark("Tested at"),
    }
)
