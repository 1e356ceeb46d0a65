"""Tags for screen readers: every page of every family says what is text, what is drawn, and what heads what."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from lims.documents.page_text import page_texts
from lims.documents.phrases import ReportLanguage
from lims.documents.press import Press
from lims.documents.templates import shelf_of
from tests.documents.examples import some_lines
from tests.documents.test_report_families import FAMILIES, of_family

_PAINTS = {b"TJ", b"Tj", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"S", b"s", b"Do", b"sh"}


def elements(element: Any) -> Iterator[Any]:
    """The tree below an element, in the order in which it is read."""
    yield element
    for kid in element["/K"]:
        if not isinstance(kid, int):
            yield from elements(kid.get_object())


def marked(page: Any) -> tuple[set[int], set[str]]:
    """The numbers of the marked content of a page, and what it paints outside of any."""
    numbers, outside, depth = set(), set(), 0
    for operands, operator in page.get_contents().operations:
        if operator in {b"BDC", b"BMC"}:
            depth += 1
            if operator == b"BDC" and "/MCID" in operands[1]:
                numbers.add(int(operands[1]["/MCID"]))
        elif operator == b"EMC":
            depth -= 1
        elif operator in _PAINTS and depth == 0:
            outside.add(operator.decode())
    assert depth == 0
    return numbers, outside


@pytest.mark.parametrize("family", FAMILIES)
def test_every_page_tells_a_screen_reader_what_it_shows(press: Press, family: str) -> None:
    snapshot = of_family(family, language=ReportLanguage.BILINGUAL, lines=some_lines(40))
    assert shelf_of(press.templates_dir, family, FAMILIES[family]).is_tagged

    pdf = press.report(snapshot)
    reader: Any = PdfReader(BytesIO(pdf))

    root = reader.root_object
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("zh", True)
    assert b'pdfaid:conformance="A"' in root["/Metadata"].get_data() or b">A</pdfaid" in root["/Metadata"].get_data()
    tree = list(elements(root["/StructTreeRoot"]["/K"][0].get_object()))
    kinds = Counter(one["/S"] for one in tree)
    assert kinds["/H1"] == 1
    assert min(kinds[kind] for kind in ("/Table", "/THead", "/TH", "/TD", "/P")) >= 1
    assert all(one["/A"]["/Scope"] in {"/Row", "/Column"} for one in tree if one["/S"] == "/TH")
    for table in (one for one in tree if one["/S"] == "/Table"):  # one that only places things would be no table
        assert "/TH" in {one["/S"] for one in elements(table)}
    figures = [one for one in tree if one["/S"] == "/Figure"]
    assert all(one["/Alt"].strip() for one in figures)
    assert {"检验检测专用章" in one["/Alt"] for one in figures} == {True, False}
    parents = root["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    for place, page in enumerate(reader.pages):
        numbers, outside = marked(page)
        here = [one for one in tree if "/Pg" in one and one["/Pg"].get_object() == page]
        in_tree = [kid for one in here for kid in one["/K"] if isinstance(kid, int)]
        assert outside == set()
        assert sorted(in_tree) == sorted(numbers)
        assert {i for i, one in enumerate(parents[2 * place + 1]) if isinstance(one.get_object(), dict)} == numbers
        for one in here:
            if one["/S"] == "/Figure":
                left, bottom, right, top = map(float, one["/A"]["/BBox"])
                assert 0 < left < right < page.mediabox.width
                assert 0 < bottom < top < page.mediabox.height


def test_tags_do_not_change_the_words_and_the_same_snapshot_gives_the_same_bytes(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = of_family("supervised", lines=some_lines(40))
    tagged = press.report(snapshot)

    assert Press(press.templates_dir, press.assets_dir).report(snapshot) == tagged
    monkeypatch.setattr("lims.documents.press.shelf_of", lambda *asked: replace(shelf_of(*asked), is_tagged=False))
    plain = press.report(snapshot)
    assert "/StructTreeRoot" not in PdfReader(BytesIO(plain)).root_object
    assert page_texts(tagged) == page_texts(plain)
