"""What the pages of a report print, read back from its PDF; for files as `press` makes them.

Texts are taken from the content streams in the order in which they are drawn, decoded by the fonts' own tables. Blanks
are left out: they are positions, not letters.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from lims.documents.pdf_reader import PdfReader

_DEEPEST = 8
_TOKEN = re.compile(rb"/(\S+) -?[\d.]+ Tf\b|\[([^\]]*)\] TJ\b|<([0-9A-Fa-f\s]*)> Tj\b|/(\S+) Do\b|\(")
_HEX = re.compile(rb"<([0-9A-Fa-f\s]*)>")
_MAPPED = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")

Glyphs = dict[bytes, str]


def page_texts(pdf: bytes) -> list[str]:
    """The text of each page, without blanks. Raises `ValueError`, `LookupError`: a file made otherwise."""
    reader = PdfReader(BytesIO(pdf))
    return [
        "".join("".join(_texts(_stream(page["/Contents"]), page["/Resources"])).split()) for page in pages_of(reader)
    ]


def page_drawings(pdf: bytes) -> list[bytes]:
    """How each page is drawn: its instructions and those of the forms and pictures in it, letter for letter.

    Raises as `page_texts`.
    """
    reader = PdfReader(BytesIO(pdf))
    return [b"\n".join(_drawn(_stream(page["/Contents"]), page["/Resources"])) for page in pages_of(reader)]


def producer(pdf: bytes) -> str:
    """The program and version that made the pages, as the file says; what signed it stands after a semicolon."""
    trailer = PdfReader(BytesIO(pdf)).trailer
    said = str(trailer["/Info"].get("/Producer", "")) if "/Info" in trailer else ""
    return said.split(";")[0].strip()


def page_fonts(pdf: bytes) -> set[bytes]:
    """The programs of the fonts that the pages are set in. Raises as `page_texts`."""
    found = set()
    for page in pages_of(PdfReader(BytesIO(pdf))):
        fonts = _value(page["/Resources"], "/Font", {})
        for font in fonts:
            described = fonts[font]["/DescendantFonts"][0]["/FontDescriptor"]
            found |= {bytes(described[name].data) for name in ("/FontFile2", "/FontFile3") if name in described}
    return found


def pages_of(reader: Any) -> Iterator[Any]:
    """The pages of a document, in their order."""
    waiting = [reader.root["/Pages"]]
    while waiting:
        node = waiting.pop()
        if "/Kids" in node:
            waiting.extend(kid.get_object() for kid in reversed(node["/Kids"]))
        else:
            yield node


def _value(dictionary: Any, key: str, otherwise: Any) -> Any:
    """What stands under a key, not a reference to it as `get` gives."""
    if key in dictionary:
        return dictionary[key]
    return otherwise


def _stream(content: Any) -> bytes:
    if hasattr(content, "data"):
        return bytes(content.data)
    return b"\n".join(bytes(part.get_object().data) for part in content)


def _drawn(stream: bytes, resources: Any, depth: int = 0) -> Iterator[bytes]:
    if depth > _DEEPEST:
        raise ValueError("forms are nested too deeply")
    yield stream
    for name in re.findall(rb"/(\S+) Do\b", stream):
        drawn = resources["/XObject"][f"/{name.decode('ascii')}"]
        if drawn.get("/Subtype") == "/Form":
            yield from _drawn(_stream(drawn), _value(drawn, "/Resources", resources), depth + 1)
        else:
            yield _stream(drawn)


def _texts(stream: bytes, resources: Any, depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST:
        raise ValueError("forms are nested too deeply")
    fonts: dict[bytes, Glyphs] = {}
    glyphs: Glyphs = {}
    for found in _TOKEN.finditer(stream):
        font, pieces, single, form = found.groups()
        if font is not None:
            if font not in fonts:
                fonts[font] = _glyphs(resources["/Font"][f"/{font.decode('ascii')}"])
            glyphs = fonts[font]
        elif pieces is not None:
            yield from (_decoded(piece, glyphs) for piece in _HEX.findall(pieces))
        elif single is not None:
            yield _decoded(single, glyphs)
        elif form is not None:
            drawn = resources["/XObject"][f"/{form.decode('ascii')}"]
            if drawn.get("/Subtype") == "/Form":
                yield from _texts(_stream(drawn), _value(drawn, "/Resources", resources), depth + 1)
        else:
            raise ValueError("a text is not written in hexadecimal digits")


def _glyphs(font: Any) -> Glyphs:
    """What each glyph of a font means."""
    table: Glyphs = {}
    for glyph, letters in _MAPPED.findall(font["/ToUnicode"].data):
        table[glyph.lower()] = bytes.fromhex(letters.decode()).decode("utf-16-be")
    return table


def _decoded(digits: bytes, glyphs: Glyphs) -> str:
    digits = b"".join(digits.split()).lower()
    return "".join(glyphs.get(digits[i : i + 4], "\ufffd") for i in range(0, len(digits), 4))
