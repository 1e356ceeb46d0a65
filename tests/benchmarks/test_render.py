"""Making a signed report against WeasyPrint alone: a plain call, and one with parsed styles and warm fonts."""

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from lims.core.clock import FixedClock
from lims.documents.fonts import font_faces
from lims.documents.keys import development_identity
from lims.documents.press import Press
from lims.documents.signatures import SignatureField
from lims.documents.signing import PersonalSignature, sign_report
from lims.documents.templates import Shelf, ShelfFetcher, template_ref
from tests.benchmarks.floors import taken
from tests.documents.examples import ASSETS, ISSUED_AT, TEMPLATES, a_snapshot, some_lines

#: A report of every pesticide of a usual programme.
LINES = 60
#: The ratio that we aim at, and the one that fails.
AIM, CEILING = 1.0, 2.0


class Listening(Press):
    """Keeps the last page that was to be printed, and where its template lies."""

    html = ""
    shelf = Shelf(())

    def _print(self, html: str, shelf: Shelf, order: Any) -> bytes:
        self.html, self.shelf = html, shelf
        return super()._print(html, shelf, order)


def plain_call(press: Listening) -> Callable[[], bytes]:
    """A plain `HTML(…).write_pdf()` of the last page: fonts and style sheets of its own, nothing kept between calls."""
    fetcher = ShelfFetcher(*press.shelf.folders, ASSETS / "fonts")
    base = press.shelf.own.resolve().as_uri() + "/"

    def call() -> bytes:
        fonts = FontConfiguration()
        sheets = [
            CSS(string=font_faces(ASSETS), font_config=fonts, url_fetcher=fetcher),
            *(CSS(filename=one, font_config=fonts, url_fetcher=fetcher) for one in press.shelf.sheets),
        ]
        page = HTML(string=press.html, base_url=base, url_fetcher=fetcher)
        made: bytes = page.write_pdf(stylesheets=sheets, font_config=fonts)
        return made

    return call


def signing_of(folder: Path, laboratory: str) -> Callable[[bytes], bytes]:
    """What three people and the laboratory's seal put under a report."""
    seal = development_identity(folder, "QZ", laboratory, FixedClock(ISSUED_AT))
    people = [PersonalSignature(field, seal, ISSUED_AT, "本人负责") for field in list(SignatureField)[:3]]
    return lambda pdf: sign_report(pdf, people, seal, ISSUED_AT, location="贵州省贵阳市", reason_text="签发检验报告")


@pytest.mark.benchmark
def test_a_signed_report_against_a_bare_write_pdf(tmp_path: Path) -> None:
    press = Listening(TEMPLATES, ASSETS)
    snapshot = a_snapshot(lines=some_lines(LINES), template=template_ref(TEMPLATES, "supervised", "4"))
    sign = signing_of(tmp_path, snapshot.laboratory.name)

    def signed() -> bytes:
        return sign(press.report(snapshot))

    assert signed().count(b"/ByteRange") == 4
    plain = plain_call(press)
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

    found = taken({"bare": bare, "plain": plain, "signed": signed}, repeats=5)

    of_plain, of_bare = (found["signed"].told(found[floor]) for floor in ("plain", "bare"))
    print(f"\nreport: drawn and signed by four {of_plain} of a plain write_pdf, aim {AIM}x; {of_bare} of a tuned one")
    assert found["signed"].over(found["plain"]) < CEILING
