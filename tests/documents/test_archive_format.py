"""The main rules of PDF/A-3 (ISO 19005-3) that a signed report claims to keep. Not a validator: none was to be had."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject

from lims.documents.press import Press
from lims.documents.snapshot import ATTACHMENT
from tests.documents.examples import some_lines
from tests.documents.signed_examples import a_house

_XMP = {"pdfaid": "http://www.aiim.org/pdfa/ns/id/", "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#"}
_FORBIDDEN_ACTIONS = {
    "/Launch",
    "/Sound",
    "/Movie",
    "/ResetForm",
    "/ImportData",
    "/JavaScript",
    "/Hide",
    "/SetOCGState",
}


@pytest.fixture(scope="module")
def signed(press: Press, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    house = a_house(press, tmp_path_factory.mktemp("house"))
    return house.signed(house.snapshot(timestamped=True, lines=some_lines(60), has_results_file=True))


@pytest.fixture(scope="module")
def reader(signed: bytes) -> Any:
    """pypdf's, whose objects have no types of their own."""
    return PdfReader(BytesIO(signed), strict=True)


def everything(reader: Any) -> Iterator[Any]:
    """Every dictionary that the document leads to, its streams included."""
    open_points: list[Any] = [reader.trailer]
    seen: set[int] = set()
    while open_points:
        one = open_points.pop()
        if isinstance(one, IndirectObject):
            if one.idnum not in seen:
                seen.add(one.idnum)
                open_points.append(one.get_object())
        elif isinstance(one, dict):
            yield one
            open_points += [one.raw_get(key) for key in one] if isinstance(one, DictionaryObject) else one.values()
        elif isinstance(one, list):
            open_points += one


def test_the_file_says_what_it_is_and_is_neither_encrypted_nor_patched_together(signed: bytes, reader: Any) -> None:
    """6.1.2 header, 6.1.3 trailer, 6.6.2 metadata in the clear, 6.6.4 identification."""
    assert re.match(rb"%PDF-1\.7\n%[\x80-\xff]{4}", signed)
    assert not reader.is_encrypted
    assert len(reader.trailer["/ID"]) == 2
    metadata = reader.root_object["/Metadata"]
    assert metadata["/Subtype"] == "/XML"
    xmp = fromstring(metadata.get_data())
    said = {name: xmp.findtext(f".//pdfaid:{name}", namespaces=_XMP) for name in ("part", "conformance")}
    if said["part"] is None:
        (about,) = [d for d in xmp.iter(f"{{{_XMP['rdf']}}}Description") if f"{{{_XMP['pdfaid']}}}part" in d.attrib]
        said = {name: about.get(f"{{{_XMP['pdfaid']}}}{name}") for name in said}
    assert said == {"part": "3", "conformance": "B"}


def test_the_metadata_say_what_the_information_dictionary_says(reader: Any) -> None:
    """6.6.3: where both have it."""
    xmp = reader.root_object["/Metadata"].get_data().decode()
    assert reader.metadata is not None
    for name in ("/Title", "/Author", "/Producer"):
        assert str(reader.metadata[name]) in xmp, name


def test_colours_have_a_meaning_of_their_own(reader: Any) -> None:
    """6.2.3: one output intent with an embedded profile."""
    intents = [one.get_object() for one in reader.root_object["/OutputIntents"]]

    assert [one["/S"] for one in intents] == ["/GTS_PDFA1"]
    assert intents[0]["/DestOutputProfile"].get_object().get_data()[36:40] == b"acsp"


def test_every_font_travels_in_the_file(reader: Any) -> None:
    """6.2.11.4: programs embedded; 6.2.11.7 asks for Unicode in level U only, and copying text needs it."""
    fonts = [one for one in everything(reader) if one.get("/Type") == "/Font"]
    descriptors = [one for one in everything(reader) if one.get("/Type") == "/FontDescriptor"]

    assert fonts
    assert all(any(f"/FontFile{kind}" in one for kind in ("", "2", "3")) for one in descriptors)
    assert all("/FontDescriptor" in one or "/DescendantFonts" in one for one in fonts)
    assert all("/ToUnicode" in one for one in fonts if one["/Subtype"] == "/Type0")


def test_attachments_say_how_they_relate_to_the_document(reader: Any) -> None:
    """6.8: a type, both names, a relationship, and named by the document."""
    named = [one.get_object() for one in reader.root_object["/AF"]]
    specs = [one for one in everything(reader) if one.get("/Type") == "/Filespec"]

    assert {str(one["/UF"]) for one in specs} == {ATTACHMENT, "results.csv", "log.json", "acts.json"}
    for one in specs:
        assert one["/AFRelationship"] == "/Data"
        assert str(one["/F"]) == str(one["/UF"])
        assert one in named
        assert "/Subtype" in one["/EF"]["/F"].get_object()


def test_nothing_acts_or_hides_and_fields_are_printed(reader: Any) -> None:
    """6.3.2 and 6.3.3 annotations, 6.4 forms, 6.5 actions, 6.2.5 no PostScript, 6.1.7.2 no external streams."""
    for one in everything(reader):
        assert one.get("/S") not in _FORBIDDEN_ACTIONS
        assert not {"/AA", "/JS", "/XFA", "/PS", "/FFilter", "/OPI"} & set(one)
        assert "/LZWDecode" not in str(one.get("/Filter", ""))
        if one.get("/Subtype") == "/Widget":
            assert int(one["/F"]) & 0b111 == 0b100  # printed; neither hidden nor invisible
            assert one["/Rect"][0] == one["/Rect"][2]  # of no size: needs no appearance
    assert not reader.root_object["/AcroForm"].get("/NeedAppearances", False)


def test_the_digits_of_each_signature_cover_the_rest_of_its_revision(signed: bytes) -> None:
    """6.4.3."""
    found = re.findall(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]", signed)
    ranges = [tuple(int(n) for n in one) for one in found]

    assert len(ranges) == 5
    assert all(start == 0 for start, *_ in ranges)
    last = ranges[-1]
    assert last[2] + last[3] == len(signed)


def test_the_picture_of_the_pages_is_kept_through_signing(signed: bytes, tmp_path: Path) -> None:
    """The signed pages have the words of the unsigned ones: nothing was drawn over them."""
    whole = PdfReader(BytesIO(signed))
    first_end = signed.index(b"%%EOF\n") + len(b"%%EOF\n")
    base = PdfReader(BytesIO(signed[:first_end]))

    assert [page.extract_text() for page in whole.pages] == [page.extract_text() for page in base.pages]
