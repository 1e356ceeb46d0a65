"""Reading a PDF whose objects lie packed in streams, in a time that grows with their number and not with its square."""

import re
from io import BytesIO
from typing import Any, NamedTuple

from pyhanko.pdf_utils import generic, misc
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.reader import PdfFileReader

#: The head of a stream of objects: pairs of numbers and nothing else.
_HEAD = re.compile(rb"[ \t\n\r\f]*(?:[0-9]{1,10}[ \t\n\r\f]+[0-9]{1,10}(?:[ \t\n\r\f]+|\Z))*\Z")


class _Packed(NamedTuple):
    """A stream of objects: its content, and number and place of each object in it."""

    content: bytes
    objects: tuple[tuple[int, int], ...]


class PdfReader(PdfFileReader):
    """pyHanko's reader, which remembers where in a stream of objects each of them lies.

    pyHanko reads the head of the stream anew for each object. A tagged report has more than a thousand, and checking
    its four signatures looks at each in every revision. Whatever is unusual about a stream is left to pyHanko itself,
    so that what it refuses is refused here.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._packed: dict[int, _Packed | None] = {}
        super().__init__(*arguments, **options)

    def _get_object_from_stream(self, idnum: int, stmnum: int, idx: int) -> Any:
        if stmnum not in self._packed:
            self._packed[stmnum] = self._unpacked(stmnum)
        packed = self._packed[stmnum]
        if packed is None or not 0 <= idx < len(packed.objects) or packed.objects[idx][0] != idnum:
            return self._left_to_pyhanko(idnum, stmnum, idx)
        stream = BytesIO(packed.content)
        stream.seek(packed.objects[idx][1])
        try:
            found = generic.read_object(stream, generic.Reference(idnum, 0, self))
        except (misc.PdfStreamError, misc.PdfReadError):
            found = None
        if found is None or isinstance(found, generic.StreamObject | generic.IndirectObject):
            return self._left_to_pyhanko(idnum, stmnum, idx)
        return found

    def _left_to_pyhanko(self, *asked: int) -> Any:
        untyped: Any = super()
        return untyped._get_object_from_stream(*asked)

    def _unpacked(self, number: int) -> _Packed | None:
        """The stream of objects of that number; None when its head is not as we write it."""
        stream = generic.Reference(number, 0, self).get_object()
        if not isinstance(stream, generic.StreamObject) or stream.get("/Type") != "/ObjStm":
            return None
        content, count, first = stream.read_data(DecodePurpose.OBJECT_STREAM), stream.get("/N"), stream.get("/First")
        if not isinstance(count, int) or not isinstance(first, int):
            return None
        places = _places(content[:first])
        if len(places) != count or len(dict(places)) != count:
            return None
        return _Packed(content, tuple((one, first + offset) for one, offset in places))


def _places(head: bytes) -> list[tuple[int, int]]:
    """Number and place of each object; nothing where the head is other than pairs of plain numbers."""
    if not _HEAD.match(head):
        return []
    parts = head.split()
    return [(int(number), int(place)) for number, place in zip(parts[0::2], parts[1::2], strict=False)]
