"""Charts (图) as values: what is drawn, and the table that says the same in exact texts.

All texts are ready: in the reader's language, rounded as they are to be read. Floats only place the marks. Drawn in
the browser by `static/charts.js`; the macro is in `templates/ui/chart.html`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, log10
from typing import Any, Final

from lims.core.reasons import Translate, mark

#: As many colours as the style sheet names (`--chart-1` …).
COLOURS: Final = 6


class Mark(StrEnum):
    """How the points of a series are drawn; CURVE is a line without its points."""

    POINTS = "points"
    LINE = "line"
    CURVE = "curve"
    BARS = "bars"


class Shape(StrEnum):
    """The shape of points: colour alone tells nothing."""

    CIRCLE = "circle"
    TRIANGLE = "triangle"
    SQUARE = "rect"
    DIAMOND = "rectRot"
    CROSS = "crossRot"


class LineKind(StrEnum):
    """What a line or band across the chart means; decides its colour and dashes."""

    CENTRE = "centre"
    TARGET = "target"
    WARNING = "warning"
    ACTION = "action"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: what is on it and its unit, and what it must at least reach (None: as the points need)."""

    title: str
    unit: str = ""
    is_logarithmic: bool = False
    lowest: float | None = None
    highest: float | None = None

    def __post_init__(self) -> None:
        _finite(self.lowest, self.highest)

    @property
    def heading(self) -> str:
        """Title and unit as they stand beside the axis."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


@dataclass(frozen=True, slots=True)
class Point:
    """A mark: `x` is a number, or a place in the chart's categories from 0; a `y` of None leaves a gap.

    `label` is what pointing at it shows, in exact texts; `link` is where a click leads, a path of this application.
    """

    x: float
    y: float | None
    label: str = ""
    link: str = ""

    def __post_init__(self) -> None:
        _finite(self.x, self.y)
        _own(self.link)


@dataclass(frozen=True, slots=True)
class Series:
    """Points that belong together. `colour` is 1 to 6."""

    name: str
    points: tuple[Point, ...]
    mark: Mark = Mark.POINTS
    colour: int = 1
    shape: Shape = Shape.CIRCLE

    def __post_init__(self) -> None:
        if not 1 <= self.colour <= COLOURS:
            raise ValueError(f"there is no colour {self.colour}")


@dataclass(frozen=True, slots=True)
class Line:
    """A line across the chart at a value of the y axis: a limit, a target, a warning or action limit."""

    y: float
    name: str
    kind: LineKind = LineKind.LIMIT

    def __post_init__(self) -> None:
        _finite(self.y)


@dataclass(frozen=True, slots=True)
class Band:
    """A band across the chart between two values of the y axis, such as what may be."""

    lowest: float
    highest: float
    name: str = ""
    kind: LineKind = LineKind.TARGET

    def __post_init__(self) -> None:
        _finite(self.lowest, self.highest)


@dataclass(frozen=True, slots=True)
class Link:
    """A cell of a table that leads to a page of this application."""

    text: str
    address: str

    def __post_init__(self) -> None:
        _own(self.address)


@dataclass(frozen=True, slots=True)
class Table:
    """The same as the chart, to be read: headings, and rows of exact texts. `numbers` are columns set to the right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | Link, ...], ...]
    numbers: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("a row of a chart's table has not as many cells as there are headings")


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart. `summary` says in a sentence what there is to see, for who cannot see it.

    With `categories` (months, regions, foods) the x axis shows their names. A chart that `lies` has them down its left
    side, where long names have room, and its y axis along the bottom.
    """

    title: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    table: Table
    categories: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    bands: tuple[Band, ...] = ()
    summary: str = ""
    lies: bool = False

    def __post_init__(self) -> None:
        points = [point for series in self.series for point in series.points]
        if self.categories and any(point.x not in range(len(self.categories)) for point in points):
            raise ValueError("a point of the chart stands at no category")
        if not self.categories and any(series.mark is Mark.BARS for series in self.series):
            raise ValueError("bars need categories")

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(point.y is not None for series in self.series for point in series.points)

    def drawing(self) -> dict[str, Any]:
        """What the script draws, as JSON. Points that a logarithmic axis cannot show are gaps."""
        return {
            "x": _axis(self.x),
            "y": _axis(self.y),
            "categories": list(self.categories),
            "lies": self.lies,
            "series": [self._series(series) for series in self.series],
            "lines": [{"y": line.y, "name": line.name, "kind": line.kind} for line in self.lines],
            "bands": [
                {"lowest": band.lowest, "highest": band.highest, "name": band.name, "kind": band.kind}
                for band in self.bands
            ],
        }

    def _series(self, series: Series) -> dict[str, Any]:
        # Of categories the script is told the places, which must ascend.
        points = sorted(series.points, key=lambda point: point.x) if self.categories else series.points
        return {
            "name": series.name,
            "mark": series.mark,
            "colour": series.colour,
            "shape": series.shape,
            "points": [{"x": p.x, "y": p.y, "label": p.label, "link": p.link} for p in points if self._can_show(p)],
        }

    def _can_show(self, point: Point) -> bool:
        if self.x.is_logarithmic and point.x <= 0:
            return False
        return not (self.y.is_logarithmic and point.y is not None and point.y <= 0)


def curve_points(
    of: Callable[[float], float], lowest: float, highest: float, *, is_logarithmic: bool = False, count: int = 60
) -> tuple[Point, ...]:
    """A function between two x as points of a curve, evenly apart (on a logarithmic axis: in the logarithm)."""
    if is_logarithmic:
        first, last = log10(lowest), log10(highest)
        places = [10 ** (first + (last - first) * step / (count - 1)) for step in range(count)]
    else:
        places = [lowest + (highest - lowest) * step / (count - 1) for step in range(count)]
    return tuple(Point(x, of(x)) for x in places)


def category_points(
    values: Sequence[float | None], labels: Sequence[str] = (), links: Sequence[str] = ()
) -> tuple[Point, ...]:
    """One point for each category in its order."""
    return tuple(
        Point(place, value, labels[place] if labels else "", links[place] if links else "")
        for place, value in enumerate(values)
    )


def control_lines(centre: float, deviation: float, say: Translate) -> tuple[Line, ...]:
    """The lines of a control chart (质控图): centre, warning limits at 2 and action limits at 3 s (ISO 7870-2)."""
    return (
        Line(centre + 3 * deviation, say(mark("Action limit +3s")), LineKind.ACTION),
        Line(centre + 2 * deviation, say(mark("Warning limit +2s")), LineKind.WARNING),
        Line(centre, say(mark("Centre line")), LineKind.CENTRE),
        Line(centre - 2 * deviation, say(mark("Warning limit −2s")), LineKind.WARNING),
        Line(centre - 3 * deviation, say(mark("Action limit −3s")), LineKind.ACTION),
    )


def _axis(axis: Axis) -> dict[str, Any]:
    return {
        "heading": axis.heading,
        "isLogarithmic": axis.is_logarithmic,
        "lowest": axis.lowest,
        "highest": axis.highest,
    }


def _finite(*values: float | None) -> None:
    if any(value is not None and not isfinite(value) for value in values):
        raise ValueError("a chart shows finite numbers only")


def _own(address: str) -> None:
    if address and (not address.startswith("/") or address.startswith(("//", "/\\"))):
        raise ValueError(f"{address} is no path of this application")
