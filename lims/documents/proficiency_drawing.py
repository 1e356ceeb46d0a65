"""Drawings of a proficiency round as SVG, black on white: ordered scores, density, Youden plot, Mandel's h and k.

Floats place marks only; every number that counts stands in a table beside the drawing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10
from typing import Final

#: Beyond it bars and points are cut off, with their number beside them: one gross error must not flatten the others.
FARTHEST: Final = 5.0
#: So many participants can still be named under their bars.
MOST_NAMED: Final = 60
_BOUNDS: Final = (-3.0, -2.0, 0.0, 2.0, 3.0)
_TEXT: Final = 'font-family="Report Sans" font-size="2.7"'
_SMALL: Final = 'font-family="Report Sans" font-size="2.1"'
_SCORES: Final = (240.0, 62.0)
_MANDEL: Final = (240.0, 74.0)
_DENSITY: Final = (110.0, 58.0)
_YOUDEN: Final = (96.0, 96.0)


@dataclass(frozen=True, slots=True)
class ScoreDrawing:
    """Scores of participants, ascending: (name, score, as it is written). The bar of `own` is marked."""

    sign: str
    scores: tuple[tuple[str, float, str], ...]
    own: str = ""


@dataclass(frozen=True, slots=True)
class DensityDrawing:
    """The density of results with their values below it; `assigned` and its reach of 2 σ_pt are drawn across."""

    x_title: str
    places: tuple[float, ...]
    heights: tuple[float, ...]
    values: tuple[float, ...]
    assigned: float | None
    sigma: float | None


@dataclass(frozen=True, slots=True)
class YoudenDrawing:
    """z-scores of two items: (name, first, second)."""

    x_title: str
    y_title: str
    points: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class MandelDrawing:
    """Mandel's h and k of laboratories: (name, h, k), and for each its critical values at 5 % and 1 %."""

    statistics: tuple[tuple[str, float, float], ...]
    h_critical: tuple[float, float]
    k_critical: tuple[float, float]


def ordered_scores_svg(drawing: ScoreDrawing) -> str:
    """Bars in ascending order, with lines at ±2 and ±3; 240 by 62 units."""
    width, height = _SCORES
    left, right, top, bottom = 9.0, width - 2, 3.0, height - 13
    step = (right - left) / max(1, len(drawing.scores))

    def y(score: float) -> float:
        return (top + bottom) / 2 - (bottom - top) / 2 * max(-FARTHEST, min(FARTHEST, score)) / FARTHEST

    parts = [_svg(width, height, "scores")]
    for bound in _BOUNDS:
        parts.append(_line(left, y(bound), right, y(bound), dashed=bound != 0))
        parts.append(_words(left - 1.5, y(bound) + 0.9, f"{bound:g}", "end"))
    parts.append(_words(2.6, (top + bottom) / 2, drawing.sign, "middle", turned=True))
    is_named = len(drawing.scores) <= MOST_NAMED
    for place, (name, score, written) in enumerate(drawing.scores):
        middle = left + step * (place + 0.5)
        begin, end = sorted((y(0), y(score)))
        parts.append(
            f'<rect x="{middle - step * 0.36:.2f}" y="{begin:.2f}" width="{step * 0.72:.2f}" height="{end - begin:.2f}"'
            f' fill="{_fill(score)}" stroke="#000" stroke-width=".15"/>'
        )
        if name == drawing.own:
            at = bottom - 1.5 if score > 0 else top + 0.5
            parts.append(f'<path d="M{middle:.2f} {at:.2f}l-1 1.6h2z" fill="#000" class="own"/>')
        if abs(score) > FARTHEST and is_named:
            at = end + 2.2 if score < 0 else begin - 0.6
            parts.append(_words(middle, at, written, "middle", small=True))
        if is_named:
            parts.append(_words(middle + 0.8, bottom + 2, name[:8], "end", small=True, turned=True))
    return "".join((*parts, "</svg>"))


def density_svg(drawing: DensityDrawing) -> str:
    """The density as a curve, each value as a stroke below it; 110 by 58 units."""
    width, height = _DENSITY
    left, right, top, bottom = 4.0, width - 3, 3.0, height - 12
    lowest, highest = drawing.places[0], drawing.places[-1]
    most = max(drawing.heights) or 1.0

    def x(value: float) -> float:
        return left + (right - left) * (value - lowest) / (highest - lowest)

    curve = " ".join(
        f"{x(place):.2f},{bottom - (bottom - top) * tall / most:.2f}"
        for place, tall in zip(drawing.places[::4], drawing.heights[::4], strict=True)
    )
    parts = [_svg(width, height, "density")]
    parts += _middle_lines(drawing, x, top, bottom)
    parts.append(f'<polyline points="{curve}" fill="none" stroke="#000" stroke-width=".4"/>')
    parts.append(_line(left, bottom, right, bottom))
    parts += [
        f'<path d="M{x(value):.2f} {bottom:g}v-1.8" stroke="#000" stroke-width=".2"/>'
        for value in drawing.values
        if lowest <= value <= highest
    ]
    for value in _between(lowest, highest):
        parts.append(f'<path d="M{x(value):.2f} {bottom:g}v1" stroke="#000" stroke-width=".3"/>')
        parts.append(_words(x(value), bottom + 4, f"{value:g}", "middle"))
    parts.append(_words((left + right) / 2, height - 2, drawing.x_title, "middle"))
    return "".join((*parts, "</svg>"))


def youden_svg(drawing: YoudenDrawing) -> str:
    """Points of two scores in a square, with the squares of ±2 and ±3 and the line of equal errors; 96 by 96 units."""
    side, _ = _YOUDEN
    left, right, top, bottom = 13.0, side - 3, 3.0, side - 13
    scale = (right - left) / 2 / FARTHEST
    across, upwards = (left + right) / 2, (top + bottom) / 2

    def cut(score: float) -> float:
        return max(-FARTHEST, min(FARTHEST, score)) * scale

    parts = [_svg(side, side, "youden")]
    parts.append(_line(left, bottom, right, top, dashed=True))
    parts.append(_line(left, upwards, right, upwards))
    parts.append(_line(across, top, across, bottom))
    for bound in (2.0, 3.0, FARTHEST):
        half = bound * scale
        parts.append(
            f'<rect x="{across - half:.2f}" y="{upwards - half:.2f}" width="{2 * half:.2f}" height="{2 * half:.2f}"'
            f' fill="none" stroke="#000" stroke-width=".2"{_dashes(bound != FARTHEST)}/>'
        )
    for bound in (*_BOUNDS, -FARTHEST, FARTHEST):
        parts.append(_words(across + bound * scale, bottom + 4, f"{bound:g}", "middle"))
        parts.append(_words(left - 1.5, upwards - bound * scale + 0.9, f"{bound:g}", "end"))
    for name, first, second in drawing.points:
        at, up = across + cut(first), upwards - cut(second)
        size = max(abs(first), abs(second))
        parts.append(
            f'<circle cx="{at:.2f}" cy="{up:.2f}" r=".9" fill="{_fill(size)}" stroke="#000" stroke-width=".25"/>'
        )
        if size > 2:
            is_right = at > across
            parts.append(_words(at - 1.4 if is_right else at + 1.4, up - 1.2, name[:10], _end(is_right), small=True))
    parts.append(_words(across, side - 3, drawing.x_title, "middle"))
    parts.append(_words(3.2, upwards, drawing.y_title, "middle", turned=True))
    return "".join((*parts, "</svg>"))


def mandel_svg(drawing: MandelDrawing) -> str:
    """h above, k below, a bar for each laboratory, with lines at both critical values; 240 by 74 units."""
    width, height = _MANDEL
    left, right = 11.0, width - 2
    rows = (
        ("h", [one[1] for one in drawing.statistics], drawing.h_critical, 2.0, 31.0, True),
        ("k", [one[2] for one in drawing.statistics], drawing.k_critical, 34.0, height - 12, False),
    )
    step = (right - left) / max(1, len(drawing.statistics))
    is_named = len(drawing.statistics) <= MOST_NAMED
    parts = [_svg(width, height, "mandel")]
    for sign, values, critical, top, bottom, is_two_sided in rows:
        most = 1.15 * max(*critical, *(abs(value) for value in values))
        lowest = -most if is_two_sided else 0.0

        def y(value: float, top: float = top, bottom: float = bottom, most: float = most, low: float = lowest) -> float:
            return bottom - (bottom - top) * (value - low) / (most - low)

        bounds = [0.0, *critical, *(-one for one in critical if is_two_sided)]
        for bound in bounds:
            parts.append(_line(left, y(bound), right, y(bound), dashed=bound != 0))
            parts.append(_words(left - 1.5, y(bound) + 0.9, f"{bound:.2f}" if bound else "0", "end", small=True))
        parts.append(_words(2.8, (top + bottom) / 2, sign, "middle"))
        for place, value in enumerate(values):
            begin, end = sorted((y(0), y(value)))
            fill = "#fff" if abs(value) <= critical[0] else "#999" if abs(value) <= critical[1] else "#000"
            parts.append(
                f'<rect x="{left + step * (place + 0.14):.2f}" y="{begin:.2f}" width="{step * 0.72:.2f}"'
                f' height="{end - begin:.2f}" fill="{fill}" stroke="#000" stroke-width=".15"/>'
            )
    if is_named:
        parts += [
            _words(left + step * (place + 0.5) + 0.8, height - 10, name[:8], "end", small=True, turned=True)
            for place, (name, _, _) in enumerate(drawing.statistics)
        ]
    return "".join((*parts, "</svg>"))


def _middle_lines(drawing: DensityDrawing, x: Callable[[float], float], top: float, bottom: float) -> Iterable[str]:
    if drawing.assigned is None:
        return
    lowest, highest = drawing.places[0], drawing.places[-1]
    marks = [(drawing.assigned, False)]
    if drawing.sigma is not None:
        marks += [(drawing.assigned + times * drawing.sigma, True) for times in (-2, 2)]
    for value, dashed in marks:
        if lowest <= value <= highest:
            yield _line(x(value), top, x(value), bottom, dashed=dashed)


def _between(lowest: float, highest: float, wanted: int = 6) -> Sequence[float]:
    """Round numbers between two values; each exact to the digits it is written with."""
    power = floor(log10((highest - lowest) / wanted))
    step = next(n for n in (1, 2, 5, 10) if n * 10.0**power * wanted >= (highest - lowest) * 0.999999)
    size = step * 10.0**power
    first = int(lowest / size) if lowest <= 0 else int(lowest / size) + 1
    return [float(f"{number * step}e{power}") for number in range(first, int(highest / size) + 1)]


def _fill(score: float) -> str:
    """Darker where the grade is worse."""
    return "#fff" if abs(score) <= 2 else "#999" if abs(score) < 3 else "#000"


def _svg(width: float, height: float, name: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" class="{name}">'


def _line(x1: float, y1: float, x2: float, y2: float, *, dashed: bool = False) -> str:
    return (
        f'<path d="M{x1:.2f} {y1:.2f}L{x2:.2f} {y2:.2f}" fill="none" stroke="#000" stroke-width=".2"{_dashes(dashed)}/>'
    )


def _dashes(dashed: bool) -> str:
    return ' stroke-dasharray="1.2 .9"' if dashed else ""


def _end(is_right: bool) -> str:
    return "end" if is_right else "start"


def _words(x: float, y: float, text: str, anchor: str, *, small: bool = False, turned: bool = False) -> str:
    turn = f' transform="rotate(-90 {x:.2f} {y:.2f})"' if turned else ""
    style = _SMALL if small else _TEXT
    return f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}"{turn} {style}>{escape(text)}</text>'
