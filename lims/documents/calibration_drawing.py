"""The plot of a calibration (校准曲线图) as SVG: standards, curve and samples in black on white, for paper."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10
from typing import Final

_WIDTH: Final = 110.0
_HEIGHT: Final = 62.0
_LEFT: Final = 15.0
_BOTTOM: Final = 52.0
_RIGHT: Final = 108.0
_TOP: Final = 3.0
_TEXT: Final = 'font-family="Report Sans" font-size="2.7"'


@dataclass(frozen=True, slots=True)
class CalibrationDrawing:
    """What is drawn. `standards` are (x, y, used); `curve` are points of the fitted curve, from end to end.

    Floats place marks only; every number that counts stands in a table beside the drawing.
    """

    x_title: str
    y_title: str
    standards: tuple[tuple[float, float, bool], ...]
    samples: tuple[tuple[float, float], ...] = ()
    curve: tuple[tuple[float, float], ...] = ()


def ticks(highest: float, wanted: int = 5) -> list[float]:
    """Round numbers from 0 until the highest value is reached; each exact to the digits it is written with."""
    if highest <= 0:
        return [0.0, 1.0]
    power = floor(log10(highest / wanted))
    step = next(n for n in (1, 2, 5, 10) if n * 10.0**power * wanted >= highest * 0.999999)
    count = next(n for n in range(1, wanted + 2) if n * step * 10.0**power >= highest * 0.999999)
    return [float(f"{n * step}e{power}") for n in range(count + 1)]


def calibration_svg(drawing: CalibrationDrawing) -> str:
    """The drawing as SVG, 110 by 62 units; the same drawing gives the same text."""
    everything = [(x, y) for x, y, _ in drawing.standards] + [*drawing.samples, *drawing.curve]
    across = ticks(max((x for x, _ in everything), default=0.0))
    upwards = ticks(max((y for _, y in everything), default=0.0))
    paper = _Paper(across[-1], upwards[-1])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" class="curve">',
        *_axes(drawing, paper, across, upwards),
        *_curve(drawing, paper),
        *(paper.cross(x, y) for x, y in drawing.samples if x >= 0),
        *(paper.circle(x, y, filled=is_used) for x, y, is_used in drawing.standards),
        *(paper.cross(x, y) for x, y, is_used in drawing.standards if not is_used),
        "</svg>",
    ]
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Paper:
    """Where values lie on the drawing."""

    highest_x: float
    highest_y: float

    def x(self, value: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * value / self.highest_x

    def y(self, value: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * value / self.highest_y

    def circle(self, x: float, y: float, *, filled: bool) -> str:
        fill = "#000" if filled else "#fff"
        return (
            f'<circle cx="{self.x(x):.2f}" cy="{self.y(y):.2f}" r="1" fill="{fill}" stroke="#000" stroke-width=".3"/>'
        )

    def cross(self, x: float, y: float) -> str:
        at, up = self.x(x), self.y(y)
        return (
            f'<path d="M{at - 0.9:.2f} {up - 0.9:.2f}L{at + 0.9:.2f} {up + 0.9:.2f}'
            f'M{at - 0.9:.2f} {up + 0.9:.2f}L{at + 0.9:.2f} {up - 0.9:.2f}"'
            ' stroke="#000" stroke-width=".3" fill="none"/>'
        )


def _axes(
    drawing: CalibrationDrawing, paper: _Paper, across: Sequence[float], upwards: Sequence[float]
) -> Iterable[str]:
    frame = f"M{_LEFT:g} {_TOP:g}V{_BOTTOM:g}H{_RIGHT:g}"
    yield f'<path d="{frame}" fill="none" stroke="#000" stroke-width=".3"/>'
    for value in across:
        at = paper.x(value)
        yield f'<path d="M{at:.2f} {_BOTTOM:g}v1" stroke="#000" stroke-width=".3"/>'
        yield f'<text x="{at:.2f}" y="{_BOTTOM + 4:g}" text-anchor="middle" {_TEXT}>{value:g}</text>'
    for value in upwards:
        up = paper.y(value)
        yield f'<path d="M{_LEFT - 1:g} {up:.2f}h1" stroke="#000" stroke-width=".3"/>'
        if value:
            yield f'<path d="M{_LEFT:g} {up:.2f}H{_RIGHT:g}" stroke="#bbb" stroke-width=".12"/>'
        yield f'<text x="{_LEFT - 1.6:g}" y="{up + 0.9:.2f}" text-anchor="end" {_TEXT}>{value:g}</text>'
    middle, half = (_LEFT + _RIGHT) / 2, (_TOP + _BOTTOM) / 2
    yield f'<text x="{middle:g}" y="{_HEIGHT - 1.5:g}" text-anchor="middle" {_TEXT}>{escape(drawing.x_title)}</text>'
    yield (
        f'<text x="2.8" y="{half:g}" text-anchor="middle" transform="rotate(-90 2.8 {half:g})" {_TEXT}>'
        f"{escape(drawing.y_title)}</text>"
    )


def _curve(drawing: CalibrationDrawing, paper: _Paper) -> Iterable[str]:
    if not drawing.curve:
        return
    path = "L".join(f"{paper.x(x):.2f} {paper.y(y):.2f}" for x, y in drawing.curve)
    yield f'<path d="M{path}" stroke="#000" stroke-width=".4" fill="none"/>'
