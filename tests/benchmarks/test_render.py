"""Making a signed report against WeasyPrint alone, given the finished page, the parsed styles and the warm fonts."""

import gc
from pathlib import Path
from typing import Any

import pytest
from weasyprint import HTML

from lims.core.clock import FixedClock
from lims.documents.keys import development_identity
from lims.documents.press import Press
from lims.documents.signing import sign_pdf
from lims.documents.templates import Shelf, ShelfFetcher, template_ref
from tests.benchmarks.floors import taken
from tests.documents.examples import ASSETS, ISSUED_AT, TEMPLATES, a_snapshot, some_lines

#: A report of every pesticide of a usual programme.
LINES = 60
#: The ratio that we aim at, and the one that fails.
AIM, CEILING = 1.3, 2.6


class _Listening(Press):
    """Keeps the last page that was to be printed, and where its template lies."""

    html = ""
    shelf = Shelf(())

    def _print(self, html: str, shelf: Shelf, order: Any) -> bytes:
        self.html, self.shelf = html, shelf
        return super()._print(html, shelf, order)


@pytest.mark.benchmark
def test_a_signed_report_against_a_bare_write_pdf(tmp_path: Path) -> None:
    press = _Listening(TEMPLATES, ASSETS)
    snapshot = a_snapshot(lines=some_lines(LINES), template=template_ref(TEMPLATES, "supervised", "4"))
    identity = development_identity(tmp_path, "QZ", snapshot.laboratory.name, FixedClock(ISSUED_AT))

    def signed() -> bytes:
        made = press.report(snapshot)
        return sign_pdf(made, identity, ISSUED_AT, location="贵州省贵阳市", reason_text="签发检验报告")

    assert b"/ByteRange" in signed()
    fetcher = ShelfFetcher(*press.shelf.folders, ASSETS / "fonts")
    base, styles, fonts = press.shelf.own.resolve().as_uri() + "/", press._styles(press.shelf, fetcher), press._fonts

    def bare() -> bytes:
        gc.disable()  # as the press does: what a collection costs depends on all else that the process holds
        try:
            page = HTML(string=press.html, base_url=base, url_fetcher=fetcher)
            made: bytes = page.write_pdf(stylesheets=styles, font_config=fonts)
        finally:
            gc.enable()
        return made

    assert bare().startswith(b"%PDF")

    found = taken({"floor": bare, "signed": signed}, repeats=5)

    print(f"\nreport: rendered and signed {found['signed'].told(found['floor'])} of a bare write_pdf; aim {AIM}x")
    assert found["signed"].over(found["floor"]) < CEILING
