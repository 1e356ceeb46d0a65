"""Many reports as one zip, written while it is sent: their signed files, and a list of them."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from lims.core.clock import CHINA
from lims.db.vault import Vault
from lims.reports.tables import Report

#: A month of a busy county laboratory.
MOST = 500


class HasReport(Protocol):
    """A row of the list."""

    @property
    def report(self) -> Report: ...


class _Outlet(io.RawIOBase):
    """What a zip is written to: keeps only what was not sent yet."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]  # of all buffers
        self._waiting += content
        return len(content)

    def taken(self) -> bytes:
        """What was written since the last time."""
        content = bytes(self._waiting)
        self._waiting.clear()
        return content


def bundle(vault: Vault, rows: Sequence[HasReport], listed: tuple[str, bytes], made_at: datetime) -> Iterator[bytes]:
    """The zip, a piece for each file. A report without a signed file stands in the list (name, content) alone."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as made:  # a PDF is compressed already
        name, content = listed
        made.writestr(_entry(name, made_at), content)
        yield outlet.taken()
        for row in rows:
            report = row.report
            if report.pdf_sha256 is not None:
                made.writestr(_entry(f"{report.number}.pdf", report.signed_at or made_at), vault.get(report.pdf_sha256))
                yield outlet.taken()
    yield outlet.taken()


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, at.astimezone(CHINA).timetuple()[:6])
