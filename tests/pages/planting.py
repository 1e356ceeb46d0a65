"""What somebody hostile may have written into records, put there directly: no page may trust what it shows."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

#: Columns whose text people (or files and machines of other people) write freely, or may one day.
WRITTEN: dict[str, tuple[str, ...]] = {
    "api_token": ("label",),
    "app_user": ("full_name",),
    "audit_entry": ("actor_name", "reason"),
    "certificate": ("issued_by",),
    "instrument": ("name", "model", "serial_number"),
    "instrument_file": ("name",),
    "judgement_line": ("sentence_zh", "sentence_en"),
    "bench_record": ("room",),
    "material": ("name", "lot", "certificate", "grade", "supplier", "storage", "preparation", "closed_reason"),
    "laboratory": ("name", "address", "phone"),
    "library_release": ("title",),
    "qc_check": ("limit_text", "source"),
    "region": ("name", "source"),
    "report": ("change_reason", "render_error", "sent_back_reason", "withdrawal_reason"),
    "reported_batch": ("product_name", "failing"),
    "result": ("correction_reason", "remark", "return_reason"),
    "return_received": ("received_by",),
    "return_sent": ("created_by",),
    "run": ("repeat_reason",),
    "sample": ("product_name", "client", "client_address", "inspected_party", "inspected_address", "producer",
               "producer_address", "trademark", "specification", "grade", "batch_number", "place", "samplers",
               "sampling_method", "base_quantity", "condition", "remark"),
    "scope_line": ("restriction",),
    "signal": ("injection_name",),
    "target": ("item", "source"),
    "web_session": ("device",),
    "worksheet_entry": ("label",),
}  # fmt: skip
#: JSON in which texts of people stand between other things.
DOCUMENTS = {
    "audit_entry": ("before", "after"),
    "judgement_line": ("explanation",),
    "qc_check": ("reason",),
    "report": ("snapshot",),
}
_CHINESE = re.compile("[\u4e00-\u9fff]")


def plant(database: Path, *texts: str) -> int:
    """Write these texts, one after the other, into every column and document that holds free text; how many it was.

    In a column each has the number of its row behind it, for some must differ.
    """
    following = cycle(texts)
    planted = 0
    with sqlite3.connect(database) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for table, columns in WRITTEN.items():
            for column in columns:
                count = connection.execute(f'UPDATE "{table}" SET "{column}" = ? || rowid', (next(following),)).rowcount
                planted += count
        for table, columns in DOCUMENTS.items():
            for column in columns:
                for row, text in list(_rows(connection, table, column)):
                    spoilt = json.dumps(_spoilt(json.loads(text), lambda: next(following)), ensure_ascii=False)
                    connection.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (spoilt, row))
    connection.close()
    return planted


def _rows(connection: sqlite3.Connection, table: str, column: str) -> Iterator[tuple[int, str]]:
    yield from connection.execute(f'SELECT rowid, "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL')


def _spoilt(value: Any, text: Callable[[], str]) -> Any:
    """The document with every Chinese text of it replaced: what is not Chinese are keys and numbers."""
    if isinstance(value, dict):
        return {name: _spoilt(inner, text) for name, inner in value.items()}
    if isinstance(value, list):
        return [_spoilt(inner, text) for inner in value]
    return text() if isinstance(value, str) and _CHINESE.search(value) else value
