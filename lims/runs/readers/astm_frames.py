"""Frames of ASTM E1381 / LIS1-A as they were captured from a line: what was sent, and whether it arrived whole.

    STX 1 H|\\^&|||analyser CR ETB C6 CR LF
    STX 2 P|1| CR ETX 4B CR LF

A frame has a number (1 to 7, then 0), a text, an end (ETB: more follows; ETX: the last) and a checksum: the sum of all
bytes after STX up to and with the end, modulo 256. A capture breaks a frame into several lines wherever CR or LF stand;
some write one frame for the whole message.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

STX, ETX, ETB, EOT, ENQ, ACK = "\x02", "\x03", "\x17", "\x04", "\x05", "\x06"
_END = re.compile(
    f"(?P<text>[^{STX}{ETX}{ETB}]*)(?P<end>[{ETX}{ETB}])(?P<sum>[0-9A-Fa-f]{{2}})?(?P<rest>.*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class FrameLine:
    """A line of the capture: the text of a record, or nothing where it only ends a frame.

    `frame` counts frames from 1, 0 outside of any; `is_whole` says whether the checksum of its frame is right;
    `continues` whether its text goes on in the next frame.
    """

    number: int
    raw: str
    text: str
    frame: int
    is_whole: bool
    is_repeat: bool = False
    continues: bool = False


@dataclass
class _Frame:
    """A frame while it is read: its lines by their position, and its text with the CR between them."""

    first: int
    lines: list[str]
    end: str = ""
    checksum: str = ""

    @property
    def sent(self) -> str:
        """What the checksum is of: number, text and end."""
        return "\r".join(self.lines) + self.end

    def is_whole(self, encoding: str) -> bool:
        """Whether the checksum is right."""
        try:
            return bool(self.checksum) and sum(self.sent.encode(encoding)) % 256 == int(self.checksum, 16)
        except UnicodeEncodeError:
            return False


def frame_lines(lines: Sequence[str], encoding: str) -> list[FrameLine]:
    """Every line of a capture with what its frame says of it. `encoding` is that of the bytes that were sent."""
    encoding = "utf-8" if encoding.startswith("utf") else encoding
    frames = _frames(lines)
    found = [FrameLine(number, raw, "", 0, is_whole=True) for number, raw in enumerate(lines, start=1)]
    before = ""
    expected: int | None = None
    for count, frame in enumerate(frames, start=1):
        number = frame.lines[0][:1]
        is_repeat = frame.sent == before
        begins = frame.lines[0][1:3] == "H|"  # a message begins to count anew
        in_order = number.isdigit() and (is_repeat or begins or expected is None or int(number) == expected)
        is_whole = frame.is_whole(encoding) and in_order
        if not is_repeat:
            expected = (int(number) + 1) % 8 if number.isdigit() else None
        for offset, raw in enumerate(frame.lines):
            text = raw[1:] if offset == 0 else raw
            last = offset == len(frame.lines) - 1
            continues = last and bool(text) and frame.end == ETB
            line = FrameLine(frame.first + offset + 1, lines[frame.first + offset], text, count, is_whole)
            found[frame.first + offset] = FrameLine(line.number, line.raw, text, count, is_whole, is_repeat, continues)
        before = frame.sent
    return found


def _frames(lines: Sequence[str]) -> list[_Frame]:
    frames: list[_Frame] = []
    current: _Frame | None = None
    for position, line in enumerate(lines):
        rest = line
        if STX in line:
            current = _Frame(position, [])
            frames.append(current)
            rest = line.partition(STX)[2]
        if current is None:
            continue
        if ends := _END.fullmatch(rest):
            current.lines.append(ends["text"])
            current.end, current.checksum = ends["end"], ends["sum"] or ""
            current = None
        else:
            current.lines.append(rest)
    return frames
