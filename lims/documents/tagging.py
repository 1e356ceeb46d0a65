"""标签 (tagged PDF): what a screen reader needs beyond the tags that WeasyPrint writes (70.0).

WeasyPrint tags headings, lists, tables and figures. It leaves four things open, which are put right here before the
file is written: headers and footers are marked as text that stands nowhere in the tree, names in rows head no
cell, tables that only place things side by side are tagged as tables, and the places of figures are not in the
coordinates of the page (ISO 32000-1, 14.8.2.2, 14.8.5; ISO 14289-1, 7.5).
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pydyf

_PX = 0.75  # a CSS pixel in points


def finish_tags(pdf: pydyf.PDF) -> None:
    """Put the tags of a document right that is about to be written, as WeasyPrint made it with tags."""
    pages: list[Any] = [pdf.objects[number] for number in pdf.pages["Kids"][::3]]
    places = {page.reference: place for place, page in enumerate(pages)}
    said: list[set[int]] = [set() for _ in pages]
    root = object_of(pdf, pdf.catalog["StructTreeRoot"])
    for element in _elements(pdf, object_of(pdf, root["K"][0])):
        if "Pg" in element:
            said[places[element["Pg"]]] |= {kid for kid in element["K"] if isinstance(kid, int)}
        if element["S"] == "/Table":
            _unless_of_data(pdf, element)
        elif element["S"] == "/TR":
            _head([object_of(pdf, kid) for kid in element["K"]])
        elif element["S"] == "/Figure":
            _place(element["A"]["BBox"], pages[places[element["Pg"]]]["MediaBox"])
    parents = object_of(pdf, root["ParentTree"])["Nums"]
    for place, page in enumerate(pages):
        _set_aside(object_of(pdf, page["Contents"]).stream, said[place])
        known = parents[2 * place + 1]
        known[:] = [parent if number in said[place] else "null" for number, parent in enumerate(known)]


def object_of(pdf: pydyf.PDF, reference: bytes) -> Any:
    """The object that a reference of WeasyPrint's names."""
    return pdf.objects[int(reference.split()[0])]


def _elements(pdf: pydyf.PDF, element: Any) -> Iterator[Any]:
    """An element of the tree and all below it."""
    yield element
    for kid in element["K"]:
        if isinstance(kid, bytes):
            yield from _elements(pdf, object_of(pdf, kid))


def _unless_of_data(pdf: pydyf.PDF, table: Any) -> None:
    """Make a table that no name heads, and so holds no data, a plain group of its parts."""
    parts = list(_parts(pdf, table))
    if not any(part["S"] == "/TH" for part in parts):
        for part in (table, *parts):
            part["S"] = "/Div"
            part.pop("A", None)


def _parts(pdf: pydyf.PDF, element: Any) -> Iterator[Any]:
    """The rows and cells of a table and what groups them, without what stands in the cells."""
    for kid in (object_of(pdf, kid) for kid in element["K"] if isinstance(kid, bytes)):
        yield kid
        if kid["S"] not in {"/TH", "/TD"}:
            yield from _parts(pdf, kid)


def _head(cells: Sequence[Any]) -> None:
    """Let each name in a row head the values after it; in a row of nothing but names, each heads its column.

    That says it all: the names that WeasyPrint gives to cells come again with the repeated head of a table, and the
    tree has no list of them.
    """
    is_of_names = all(cell["S"] == "/TH" for cell in cells)
    for cell in cells:
        cell["A"].pop("Headers", None)
        if cell["S"] == "/TH":
            del cell["ID"]
            cell["A"]["Scope"] = "/Column" if is_of_names else "/Row"


def _place(box: Any, page: Any) -> None:
    """Turn the corners of a figure, pixels from the top left, into points from the bottom left."""
    left, top, right, bottom = box
    height = page[3] - page[1]
    box[:] = [left * _PX, height - bottom * _PX, right * _PX, height - top * _PX]


def _set_aside(stream: list[Any], said: set[int]) -> None:
    """Mark what the tree does not have as of the page and not of the text."""
    for at, one in enumerate(stream):
        if one == b"BDC" and stream[at - 1].get("MCID", -1) not in said:
            stream[at - 2 : at] = ["/Artifact", pydyf.Dictionary({"Type": "/Pagination"})]
