"""骑缝章: a slice of the round seal on the right edge of every page; put together, the pages show the whole seal.

Whoever takes a page out, or puts another one in, breaks it. Drawn into the pages when they are laid out already: only
then their number is known, and nothing is laid out twice.
"""

from typing import Any

import pydyf

from lims.documents.seal import SIZE
from lims.documents.tagging import object_of

#: More pages than this have several seals, as one slice would show too little.
MOST_PAGES = 10
_SIDE = 38 / 25.4 * 72  # of the seal, in points
#: How far down the page its middle stands, as a part of the height.
_DOWN = 0.6
_NAME = "cross-page-seal"


def slices(pages: int) -> list[tuple[int, int]]:
    """Which slice of how many each page shows; none for a single page, which has nothing to be held together with.

    Many pages are parted into seals of nearly as many pages each.
    """
    if pages < 2:
        return []
    seals = -(-pages // MOST_PAGES)
    least, more = divmod(pages, seals)
    counts = [least + (i < more) for i in range(seals)]
    return [(place, count) for count in counts for place in range(count)]


def put_across(pdf: pydyf.PDF, drawing: bytes, *, is_tagged: bool) -> None:
    """Draw the slices into the pages of a document that is about to be written.

    Args:
        pdf: as WeasyPrint made it: its pages share their resources, and are drawn with y downwards from the top.
        drawing: the seal around the origin, of the side `seal.SIZE` (`seal.seal_operators`).
        is_tagged: the file has tags, and the slices are marked as none of its text.
    """
    pages: list[Any] = [pdf.objects[number] for number in pdf.pages["Kids"][::3]]
    parts = slices(len(pages))
    if not parts:
        return
    half = SIZE / 2
    form = pydyf.Stream(
        [drawing],
        {"Type": "/XObject", "Subtype": "/Form", "BBox": pydyf.Array([-half, -half, half, half])},
        compress=True,
    )
    pdf.add_object(form)
    resources = object_of(pdf, pages[0]["Resources"])
    resources["XObject"][_NAME] = form.reference
    resources["ExtGState"][_NAME] = pydyf.Dictionary({"Type": "/ExtGState", "ca": 0.82, "CA": 0.82, "BM": "/Multiply"})
    for page, (place, count) in zip(pages, parts, strict=True):
        stream = object_of(pdf, page["Contents"])
        if is_tagged:
            stream.begin_marked_content("Artifact")
        _draw(stream, page["MediaBox"], place, count)
        if is_tagged:
            stream.end_marked_content()


def _draw(stream: Any, box: Any, place: int, count: int) -> None:
    """Show the slice at `place` of `count`, its right side on the edge of the page."""
    width, height = box[2] - box[0], box[3] - box[1]
    shown, scale = _SIDE / count, _SIDE / SIZE
    middle = height * _DOWN
    stream.push_state()
    stream.rectangle(width - shown, middle - _SIDE / 2, shown, _SIDE)
    stream.clip()
    stream.end()
    stream.stream.append(f"/{_NAME} gs")  # WeasyPrint's own way would give the state another name
    stream.transform(a=scale, d=scale, e=width - shown * (place + 1) + _SIDE / 2, f=middle)
    stream.draw_x_object(_NAME)
    stream.pop_state()
