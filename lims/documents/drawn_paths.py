"""Long paths of drawings, drawn once: a laboratory's seal is the same on every page of every report.

WeasyPrint reads the outlines of a drawing anew wherever they stand: some 20 ms for a seal. What a long path puts onto
the page depends on its text alone, so a warm process keeps it. The bytes are those that WeasyPrint writes by itself.
"""

import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from weasyprint import svg

#: A shorter path is read as quickly as it is looked up.
_LONG = 2_000
_MOST = 64
#: Commands and numbers: nothing in units, which depend on what is around the path.
_PLAIN = re.compile(r"[MmLlHhVvCcSsQqTtZz0-9.,\s+-]+")

_kept: OrderedDict[str, tuple[list[Any], list[Any]]] = OrderedDict()
_read_anew: Callable[[Any, Any, float], None] = svg.TAGS["path"]


def _path(drawing: Any, node: Any, font_size: float) -> None:
    text = node.get("d", "")
    if len(text) < _LONG or not _PLAIN.fullmatch(text):
        _read_anew(drawing, node, font_size)
        return
    marks: list[Any] = drawing.stream.stream
    if text in _kept:
        drawn, vertices = _kept[text]
        _kept.move_to_end(text)
        marks.extend(drawn)
        node.vertices.extend(vertices)
        return
    begun, first = len(marks), len(node.vertices)
    _read_anew(drawing, node, font_size)
    _kept[text] = marks[begun:], list(node.vertices)[first:]
    if len(_kept) > _MOST:
        _kept.popitem(last=False)


def keep_long_paths() -> None:
    """Let WeasyPrint draw with the paths that this process keeps. Asking again changes nothing."""
    svg.TAGS["path"] = _path
