"""The round red seal (检验检测专用章) as it stands on the page, drawn with glyph outlines.

It is a picture. What protects the report is the signature (`signing`); the picture shows where it belongs.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from fontTools.misc.transform import Transform
from fontTools.pens.basePen import BasePen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont
from markupsafe import Markup

from lims.documents.fonts import font_file

#: The side of the drawing's square.
SIZE = 200
_RED = "#d7000f"
#: Where the name goes around, and where the row beneath the star stands.
_ARC, _ROW = 72, 54

_Point = tuple[float, float]


def _star(radius: float) -> list[_Point]:
    points = []
    for i in range(10):
        r = radius if i % 2 == 0 else radius * 0.382
        angle = math.radians(36 * i - 90)
        points.append((r * math.cos(angle), r * math.sin(angle)))
    return points


@dataclass(frozen=True, slots=True)
class _Letter:
    """A character of the seal, its size and its place."""

    character: str
    size: float
    where: Transform
    squeeze: float = 1.0


class _Outlines:
    """Glyphs of one font, to be drawn by a pen."""

    def __init__(self, font: TTFont) -> None:
        self.glyphs = font.getGlyphSet()
        self.names = font.getBestCmap() or {}
        self.em: int = font["head"].unitsPerEm  # type: ignore[attr-defined]  # fields appear when the table is read

    def draw(self, one: _Letter, pen: BasePen) -> None:
        """Draw a letter centred on the origin of its place; nothing for one the font lacks."""
        name = self.names.get(ord(one.character))
        if name is None:
            return
        scale = one.size / self.em
        centred = one.where.scale(scale * one.squeeze, -scale)
        transform = centred.translate(-self.glyphs[name].width / 2, -self.em * 0.38)
        self.glyphs[name].draw(TransformPen(pen, transform))

    def svg(self, one: _Letter) -> str:
        """The path of a letter."""
        pen = SVGPathPen(self.glyphs, ntos=lambda v: f"{v:.1f}")
        self.draw(one, pen)
        return str(pen.getCommands())


class _Operators(BasePen):
    """Draws in the operators of a PDF page; the base class turns quadratic curves into cubic ones."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)  # type: ignore[no-untyped-call]  # fontTools gives no types here
        self.said: list[str] = []

    def _say(self, operator: str, *points: _Point) -> None:
        self.said.append(" ".join(f"{c:.2f}" for point in points for c in point) + f" {operator}")

    def _moveTo(self, pt: _Point) -> None:  # noqa: N802 -- as the base class calls it
        self._say("m", pt)

    def _lineTo(self, pt: _Point) -> None:  # noqa: N802 -- as the base class calls it
        self._say("l", pt)

    def _curveToOne(self, pt1: _Point, pt2: _Point, pt3: _Point) -> None:  # noqa: N802 -- as the base class calls it
        self._say("c", pt1, pt2, pt3)

    def _closePath(self) -> None:  # noqa: N802 -- as the base class calls it
        self.said.append("h")


def _on_the_arc(text: str, radius: float) -> list[_Letter]:
    """The characters from left over the top to right."""
    step = min(22.0, 222 / max(len(text) - 1, 1))
    size = min(26.0, math.radians(step) * radius / 0.8)
    first = -step * (len(text) - 1) / 2
    turned = [Transform().rotate(math.radians(first + step * i)).translate(0, -radius) for i in range(len(text))]
    return [_Letter(character, size, where, 0.8) for character, where in zip(text, turned, strict=True)]


def _in_a_row(text: str, y: float) -> list[_Letter]:
    size = min(16.0, 106 / max(len(text), 1))
    first = -size * (len(text) - 1) / 2
    return [_Letter(c, size, Transform().translate(first + size * i, y)) for i, c in enumerate(text)]


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
        arc = " ".join(outlines.svg(one) for one in _on_the_arc(organisation, _ARC))
        row = " ".join(outlines.svg(one) for one in _in_a_row(legend, _ROW))
    half = SIZE / 2
    star = " ".join(f"{x:.2f},{y:.2f}" for x, y in _star(27))
    return Markup(  # noqa: S704 -- numbers and path commands only
        f'<svg xmlns="http://www.w3.org/2000/svg" class="seal" viewBox="{-half} {-half} {SIZE} {SIZE}">'
        f'<g fill="{_RED}" stroke="none"><circle r="95" fill="none" stroke="{_RED}" stroke-width="5"/>'
        f'<polygon points="{star}"/><path d="{arc}"/><path d="{row}"/></g></svg>'
    )


@lru_cache(maxsize=32)
def seal_operators(organisation: str, legend: str, assets_dir: Path) -> bytes:
    """The same seal in the operators of a PDF page, around the origin, y downwards. Arguments as of `round_seal`."""
    with TTFont(font_file(assets_dir, 700), lazy=True) as font:
        outlines = _Outlines(font)
        pen = _Operators(outlines.glyphs)
        for one in (*_on_the_arc(organisation, _ARC), *_in_a_row(legend, _ROW)):
            outlines.draw(one, pen)
    red = " ".join(f"{int(_RED[i : i + 2], 16) / 255:.4f}" for i in (1, 3, 5))
    first, *others = _star(27)
    star = [f"{first[0]:.2f} {first[1]:.2f} m", *(f"{x:.2f} {y:.2f} l" for x, y in others), "h f"]
    return "\n".join([f"{red} rg {red} RG 5 w", *_circle(95), "S", *star, *pen.said, "f"]).encode("ascii")


def _circle(radius: float) -> list[str]:
    """A circle of four cubic curves."""
    k, r = 0.5523 * radius, radius
    corners = ((r, k, k, r, 0, r), (-k, r, -r, k, -r, 0), (-r, -k, -k, -r, 0, -r), (k, -r, r, -k, r, 0))
    return [f"{r:g} 0 m", *(" ".join(f"{c:.2f}" for c in corner) + " c" for corner in corners), "h"]
