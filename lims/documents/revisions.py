"""What was put into a report between printing and signing, and between one signature and the next.

Nothing but the signatures and their invisible fields.

The signature covers the whole file, so it vouches for whatever its holder put in before signing. That the file begins
with the printed bytes is not enough: an update that follows them may show other pages.
"""

from io import BytesIO
from typing import Any

from pyhanko.pdf_utils.generic import Reference
from pyhanko.pdf_utils.reader import PdfFileReader

from lims.core.reasons import mark
from lims.documents.page_text import pages_of
from lims.documents.pdf_reader import PdfReader
from lims.documents.signatures import TIMESTAMP_FIELD

#: What signing adds to the catalogue of a document, and to the page that has the field.
_ROOT_KEYS = frozenset({"/AcroForm", "/Perms", "/Extensions", "/Version", "/DSS"})
_PAGE_KEYS = frozenset({"/Annots"})
#: What a later signature changes: the catalogue names the kinds of signatures, a timestamp brings what checks them.
_ROOT_KEYS_LATER = frozenset({"/Extensions", "/Version"})
_ROOT_KEYS_STAMPED = _ROOT_KEYS_LATER | {"/DSS"}


def added_before_signing(signed: bytes, printed: bytes, signatures: int = 1) -> str | None:
    """What a file that begins with the printed bytes has besides them and the signatures; None: nothing.

    Args:
        signatures: how many signatures and timestamps it has, each of which is one update.
    """
    final, base = PdfReader(BytesIO(signed)), PdfReader(BytesIO(printed))
    first = base.xrefs.total_revisions
    if final.xrefs.total_revisions != first + signatures:
        return mark("an update of its own")
    root, page, info = base.root_ref.idnum, _first_page(base), base.trailer.raw_get("/Info").idnum
    metadata = base.root.raw_get("/Metadata").idnum if "/Metadata" in base.root else info
    existing = int(base.trailer["/Size"])
    later = range(first, final.xrefs.total_revisions)
    changed = {ref.idnum for revision in later for ref in final.xrefs.explicit_refs_in_revision(revision)}
    if any(number < existing and number not in {root, page, info, metadata} for number in changed):
        return mark("another object")
    if not _same_but(final.root, base.root, _ROOT_KEYS):
        return mark("the catalogue")
    if not _same_but(next(iter(pages_of(final))), next(iter(pages_of(base))), _PAGE_KEYS):
        return mark("the first page")
    return mark("an annotation") if shows_annotations(final) else None


def only_signed_between(final: PdfFileReader, fields: list[str]) -> bool:
    """Whether every update after the first signature fills the field of the next and does nothing else.

    Raises what a file that is made otherwise makes parsers raise.

    Args:
        final: the whole file; its last revisions are those of the signatures.
        fields: names of the signed fields in the order of the signatures.
    """
    last = final.xrefs.total_revisions - 1
    revisions = range(last - len(fields) + 2, last + 1)
    steps = zip(revisions, fields[1:], strict=True)
    return all(_only_signs(final, revision, field) for revision, field in steps) and _has_no_field_but(final, fields)


def _has_no_field_but(final: PdfFileReader, fields: list[str]) -> bool:
    names = [str(field.get_object()["/T"]) for field in final.root["/AcroForm"]["/Fields"]]
    return sorted(names) == sorted(fields)


def _only_signs(final: PdfFileReader, revision: int, field: str) -> bool:
    """Whether one revision signs one field that was prepared, or puts a timestamp at the end of the file."""
    now, before = final.get_historical_root(revision), final.get_historical_root(revision - 1)
    changed = {ref.idnum for ref in final.xrefs.explicit_refs_in_revision(revision)}
    there = {ref.idnum for r in range(revision) for ref in final.xrefs.explicit_refs_in_revision(r)}
    usual = {final.root_ref.idnum}
    if field == TIMESTAMP_FIELD:
        page, form = _first_page(final), now.raw_get("/AcroForm").idnum
        earlier = revision - 1
        return (
            changed & there <= usual | {page, form}
            and _same_but(now, before, _ROOT_KEYS_STAMPED)
            and _same_but(_at(final, page, revision), _at(final, page, earlier), _PAGE_KEYS)
            and _puts_on_one_field(_at(final, page, revision), _at(final, page, earlier))
            and _same_but(_at(final, form, revision), _at(final, form, earlier), frozenset({"/Fields"}))
        )
    prepared = [ref.idnum for ref in before["/AcroForm"].raw_get("/Fields")]
    own = next(number for number in prepared if str(_at(final, number, revision)["/T"]) == field)
    is_filled = "/V" not in _at(final, own, revision - 1)
    return (
        is_filled
        and changed & there <= usual | {own}
        and _same_but(now, before, _ROOT_KEYS_LATER)
        and _same_but(_at(final, own, revision), _at(final, own, revision - 1), frozenset({"/V"}))
    )


def _puts_on_one_field(page: Any, before: Any) -> bool:
    """Whether a page has one annotation more than before, which is a field of no size."""
    *kept, new = page["/Annots"]
    return kept == list(before["/Annots"]) and _is_invisible_field(new.get_object())


def _at(final: PdfFileReader, number: int, revision: int) -> Any:
    return final.get_object(Reference(number, 0, final), revision=revision)


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
