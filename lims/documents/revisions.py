"""What was put into a report between printing and signing: nothing but the signature and its invisible field.

The signature covers the whole file, so it vouches for whatever its holder put in before signing. That the file begins
with the printed bytes is not enough: an update that follows them may show other pages.
"""

from io import BytesIO
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader

from lims.core.reasons import mark
from lims.documents.page_text import pages_of

#: What signing adds to the catalogue of a document, and to the page that has the field.
_ROOT_KEYS = frozenset({"/AcroForm", "/Perms", "/Extensions", "/Version"})
_PAGE_KEYS = frozenset({"/Annots"})


def added_before_signing(signed: bytes, printed: bytes) -> str | None:
    """What a file that begins with the printed bytes has besides them and the signature; None: nothing."""
    final, base = PdfFileReader(BytesIO(signed)), PdfFileReader(BytesIO(printed))
    if final.xrefs.total_revisions != base.xrefs.total_revisions + 1:
        return mark("an update of its own")
    root, page, info = base.root_ref.idnum, _first_page(base), base.trailer.raw_get("/Info").idnum
    metadata = base.root.raw_get("/Metadata").idnum if "/Metadata" in base.root else info
    existing = int(base.trailer["/Size"])
    changed = {ref.idnum for ref in final.xrefs.explicit_refs_in_revision(final.xrefs.total_revisions - 1)}
    if any(number < existing and number not in {root, page, info, metadata} for number in changed):
        return mark("another object")
    if not _same_but(final.root, base.root, _ROOT_KEYS):
        return mark("the catalogue")
    if not _same_but(next(iter(pages_of(final))), next(iter(pages_of(base))), _PAGE_KEYS):
        return mark("the first page")
    return mark("an annotation") if shows_annotations(final) else None


def shows_annotations(final: PdfFileReader) -> bool:
    """Whether a page has anything on it besides the field of the signature, which has no size."""
    return any(
        not _is_invisible_field(note.get_object()) for page in pages_of(final) for note in page.get("/Annots", ())
    )


def _is_invisible_field(note: Any) -> bool:
    sides = [float(side) for side in note.get("/Rect", (0, 0, 1, 1))]
    is_field = note.get("/Subtype") == "/Widget" and note.get("/FT") == "/Sig"
    return is_field and (sides[0], sides[1]) == (sides[2], sides[3])


def _first_page(reader: Any) -> int:
    node: Any = reader.root
    reference = node.raw_get("/Pages")
    while "/Kids" in reference.get_object():
        reference = reference.get_object()["/Kids"].raw_get(0)
    return int(reference.idnum)


def _same_but(one: Any, other: Any, besides: frozenset[str]) -> bool:
    """Whether two dictionaries say the same, but for these keys; references are compared as they are written."""
    return _written(one, besides) == _written(other, besides)


def _written(dictionary: Any, besides: frozenset[str]) -> dict[str, bytes]:
    said = {}
    for key in dictionary:
        if key not in besides:
            out = BytesIO()
            dictionary.raw_get(key).write_to_stream(out, None)
            said[str(key)] = out.getvalue()
    return said
