"""The round red seal (检验检测专用章) as it stands on the page, drawn with glyph outlines.

It is a picture. What protects the report is the signature (`signing`); the picture shows where it belongs.
"""

import math
from functools import lru_cache
from pathlib import Path

from fontTools.misc.transform import Transform
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont
from markupsafe import Markup

from lims.documents.fonts import font_file

_SIZE = 200  # of the drawing's square
_RED = "#d7000f"


def _star(radius: float) -> str:
    points = []
    for i in range(10):
        r = radius if i % 2 == 0 else radius * 0.382
        angle = math.radians(36 * i - 90)
        points.append(f"{r * math.cos(angle):.2f},{r * math.sin(angle):.2f}")
    return f'<polygon points="{" ".join(points)}"/>'


class _Outlines:
    """Glyphs of one font as SVG paths."""

    def __init__(self, font: TTFont) -> None:
        self.glyphs = font.getGlyphSet()
        self.names = font.getBestCmap() or {}
        self.em: int = font["head"].unitsPerEm  # type: ignore[attr-defined]  # fields appear when the table is read

    def place(self, character: str, size: float, where: Transform, *, squeeze: float = 1.0) -> str:
        """The path of a character, centred on the origin of `where`; nothing for one the font lacks."""
        name = self.names.get(ord(character))
        if name is None:
            return ""
        scale = size / self.em
        transform = where.scale(scale * squeeze, -scale).translate(-self.glyphs[name].width / 2, -self.em * 0.38)
        pen = SVGPathPen(self.glyphs, ntos=lambda v: f"{v:.1f}")
        self.glyphs[name].draw(TransformPen(pen, transform))
        return str(pen.getCommands())


def _on_the_arc(outlines: _Outlines, text: str, radius: float) -> str:
    """The characters from left over the top to right."""
    step = min(22.0, 222 / max(len(text) - 1, 1))
    size = min(26.0, math.radians(step) * radius / 0.8)
    first = -step * (len(text) - 1) / 2
    paths = []
    for i, character in enumerate(text):
        angle = math.radians(first + step * i)
        where = Transform().rotate(angle).translate(0, -radius)
        paths.append(outlines.place(character, size, where, squeeze=0.8))
    return " ".join(paths)


def _in_a_row(outlines: _Outlines, text: str, y: float, size: float) -> str:
    first = -size * (len(text) - 1) / 2
    return " ".join(outlines.place(c, size, Transform().translate(first + size * i, y)) for i, c in enumerate(text))


@lru_cache(maxsize=32)
def round_seal(organisation: str, legend: str, assets_dir: Path) -> Markup:
    """The seal of an organisation as SVG without any text element.

    Args:
        organisation: the name around the upper arc.
        legend: the row beneath the star, for instance 检验检测专用章.
        assets_dir: the folder with the report font.
    """
    with TTFont(font_file(assets_dir, 700), lazy=True) as font:
        outlines = _Outlines(font)
        arc = _on_the_arc(outlines, organisation, 72)
        row = _in_a_row(outlines, legend, 54, min(16.0, 106 / max(len(legend), 1)))
    half = _SIZE / 2
    return Markup(  # noqa: S704 -- numbers and path commands only
        f'<svg xmlns="http://www.w3.org/2000/svg" class="seal" viewBox="{-half} {-half} {_SIZE} {_SIZE}">'
        f'<g fill="{_RED}" stroke="none"><circle r="95" fill="none" stroke="{_RED}" stroke-width="5"/>'
        f'{_star(27)}<path d="{arc}"/><path d="{row}"/></g></svg>'
    )
