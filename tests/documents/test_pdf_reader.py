"""Our reader finds what pyHanko's finds, object for object and revision for revision, and refuses what it refuses."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pyhanko.pdf_utils.generic import Reference
from pyhanko.pdf_utils.reader import PdfFileReader

from lims.documents.pdf_reader import PdfReader
from lims.documents.press import Press
from tests.documents.signed_examples import a_house

CATALOGUE, PAGES = b"<< /Type /Catalog /Pages 3 0 R >> ", b"<< /Type /Pages /Kids [] /Count 0 >> "


def packed(head: bytes, body: bytes = CATALOGUE + PAGES, *, count: int = 2, places: tuple[int, int] = (0, 1)) -> bytes:
    """A file whose catalogue and page tree, objects 2 and 3, lie in a stream of objects."""
    content = head + body
    out = b"%PDF-1.7\n"
    begin = len(out)
    out += b"1 0 obj\n<< /Type /ObjStm /N %d /First %d /Length %d >>\nstream\n" % (count, len(head), len(content))
    out += content + b"\nendstream\nendobj\n"
    table = len(out)
    rows = [(0, 0, 255), (1, begin, 0), (2, 1, places[0]), (2, 1, places[1]), (1, table, 0)]
    entries = b"".join(bytes([kind]) + where.to_bytes(2, "big") + bytes([last]) for kind, where, last in rows)
    out += b"4 0 obj\n<< /Type /XRef /Size 5 /W [1 2 1] /Root 2 0 R /Length %d >>\nstream\n" % len(entries)
    return out + entries + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % table


def both_objects(reader: PdfFileReader) -> tuple[Any, Any]:
    return tuple(reader.get_object(Reference(number, 0, reader)) for number in (2, 3))


def found_by(kind: type[PdfFileReader], pdf: bytes) -> Any:
    """What a reader finds, or how it refuses."""
    try:
        return both_objects(kind(BytesIO(pdf)))
    except Exception as refused:  # noqa: BLE001 - whatever it is, it is the same
        return type(refused), str(refused)


GOOD = b"2 0 3 %d " % len(CATALOGUE)
ODD = {
    "as written": packed(GOOD),
    "no blank after the head": packed(GOOD.rstrip(), b" " + CATALOGUE + PAGES),
    "lines in the head": packed(GOOD.replace(b" ", b"\r\n")),
    "a remark in the head": packed(b"% a remark\n" + GOOD),
    "a sign in the head": packed(GOOD.replace(b"2 0", b"2 -0")),
    "the same number twice": packed(b"2 0 2 %d " % len(CATALOGUE), places=(1, 1)),
    "places changed": packed(GOOD, places=(1, 0)),
    "a place beyond": packed(GOOD, places=(0, 7)),
    "fewer than it says": packed(b"2 0 "),
    "more than it says": packed(b"2 0 3 %d 9 0 " % len(CATALOGUE)),
    "a reference for an object": packed(GOOD, b"1 0 R" + b" " * (len(CATALOGUE) - 5) + PAGES),
    "an object that breaks off": packed(GOOD, CATALOGUE + b"<< /Type "),
    "offsets beyond the end": packed(b"2 0 3 9999 "),
    "a number of very many digits": packed(b"2 " + b"0" * 5000 + b" 3 5 "),
    "a number by itself": packed(b"2 0 3 %d 9 " % len(CATALOGUE)),
    "letters in the head": packed(b"two 0 3 5 "),
}


@pytest.mark.parametrize("pdf", ODD.values(), ids=ODD)
def test_odd_files_are_read_or_refused_as_pyhanko_does(pdf: bytes) -> None:
    assert found_by(PdfReader, pdf) == found_by(PdfFileReader, pdf)


def test_an_ordinary_file_is_read() -> None:
    catalogue, pages = found_by(PdfReader, ODD["as written"])

    assert catalogue["/Type"] == "/Catalog"
    assert pages["/Count"] == 0


def test_every_object_of_a_signed_report_is_the_same(press: Press, tmp_path: Path) -> None:
    house = a_house(press, tmp_path)
    signed = house.signed(house.snapshot())
    ours: Any = PdfReader(BytesIO(signed))
    theirs: Any = PdfFileReader(BytesIO(signed))
    compared = 0

    for revision in range(theirs.xrefs.total_revisions):
        for number in range(1, int(theirs.trailer["/Size"])):
            if theirs.xrefs.get_historical_ref(Reference(number, 0, theirs), revision) is not None:
                mine = ours.get_object(Reference(number, 0, ours), revision=revision)
                assert mine == theirs.get_object(Reference(number, 0, theirs), revision=revision)
                compared += 1

    assert compared > 200
    assert any(ours._packed.values()), "a report has packed objects"
