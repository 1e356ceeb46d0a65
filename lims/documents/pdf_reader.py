"""Reading a PDF whose objects lie packed in streams, in a time that grows with their number and not with its square."""

import re
from io import BytesIO
from typing import Any, NamedTuple

from pyhanko.pdf_utils import generic, misc
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.reader import PdfFileReader

#: The head of a stream of objects: numbers and nothing else.
_HEAD = re.compile(rb"[0-9\x00\t\n\x0c\r ]*\Z")


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
        content = stream.read_data(DecodePurpose.OBJECT_STREAM)
        count, first = stream["/N"], stream["/First"]
        head = content[:first]
        if not _HEAD.match(head):
            return None
        numbers = [int(part) for part in head.split()]
        named = numbers[0::2]
        if len(numbers) != 2 * count or len(set(named)) != count:
            return None
        return _Packed(content, tuple((one, first + offset) for one, offset in zip(named, numbers[1::2], strict=True)))
