"""The map of a region: each county in a class of its figure, ready to be drawn. Colour never stands alone.

A sketch for work only: the shapes are simplified, and its borders decide nothing.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import Final

from lims.core.reasons import Translate, mark
from lims.indicators.asked import MapFigure
from lims.indicators.figures import Row
from lims.web import formats
from lims.web.regions_map import CountyShape, RegionsMap

#: A class of the map and what it means, in the order of the legend: best first. Each has its own fill in the template.
_RATES: Final = (
    ("m4", mark("every judged batch conforms")),
    ("m3", mark("target reached")),
    ("short", mark("up to 5 points short of the target")),
    ("far", mark("more than 5 points short")),
)
_RATES_WITHOUT_TARGET: Final = (
    ("m4", mark("every judged batch conforms")),
    ("m2", mark("some batches fail")),
)
_SHARES: Final = (
    ("m4", mark("target reached")),
    ("m3", mark("at least three quarters of the target")),
    ("m2", mark("at least half of the target")),
    ("m1", mark("less than half of the target")),
)
_SHARES_WITHOUT_TARGET: Final = (("m2", mark("batches reported")),)
_NOTHING: Final = ("none", mark("nothing to count"))
_UNSEEN: Final = ("unseen", mark("not in your view"))
_FAR_POINTS: Final = 5
#: So many characters would stand beside each other across the drawing.
_TEXTS_ACROSS: Final = 44
_NUMBER = re.compile(r"-?\d+")
_PEOPLES = re.compile("(布依族|土家族|仡佬族|苗族|侗族|彝族|回族|水族)+自治(?=[州县]$)")
_STEP = re.compile(r"([Mlz])([^Mlz]*)")


@dataclass(frozen=True, slots=True)
class MapCounty:
    """A county on the map: its class, what pointing at it says, and where it leads (nowhere when not in view)."""

    code: str
    path: str
    kind: str
    title: str
    address: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class MapText:
    """A text on the map, in lines."""

    x: int
    y: int
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class MapLegend:
    """A class that is on the map, in words, and how many counties are in it."""

    kind: str
    text: str
    counties: int


@dataclass(frozen=True, slots=True)
class MapView:
    """A map ready to be drawn. `text_size` is in units of the drawing."""

    view_box: str
    text_size: int
    counties: Sequence[MapCounty]
    borders: Sequence[str]
    texts: Sequence[MapText]
    legend: Sequence[MapLegend]


@dataclass(frozen=True, slots=True)
class MapOrder:
    """What is to be drawn: the figures by county, which of them the reader may see, where a click leads."""

    figure: MapFigure
    around: str
    chosen: str
    rows: Mapping[str, Row]
    seen: Collection[str]
    address: Callable[[str], str]


def map_view(shapes: RegionsMap, order: MapOrder, say: Translate) -> MapView:
    """The map of the province, or of the one prefecture that `order.around` names."""
    is_whole = order.around.endswith("0000")
    counties = [s for s in shapes.counties if is_whole or s.prefecture_code == order.around]
    box = (0, 0, shapes.width, shapes.height) if is_whole else _around([s.path for s in counties])
    drawn = [_county(shape, order, say) for shape in counties]
    borders = [p.path for p in shapes.prefectures if is_whole or p.code == order.around]
    texts = _prefecture_names(shapes) if is_whole else [_county_text(shape, order) for shape in counties]
    return MapView(
        view_box=_view_box(box),
        text_size=ceil(box[2] / _TEXTS_ACROSS),
        counties=drawn,
        borders=borders,
        texts=texts,
        legend=_legend(drawn, order, say),
    )


def kind_of(figure: MapFigure, row: Row | None) -> str:
    """The class of a county by its figure, judged before rounding; `none` where there is nothing to divide by."""
    if row is None:
        return "none"
    return _rate_kind(row) if figure is MapFigure.PASS_RATE else _share_kind(row)


def _rate_kind(row: Row) -> str:
    rate, target = row.tally.pass_rate, row.pass_rate.target
    if rate is None:
        return "none"
    if rate == 100:
        return "m4"
    if target is None:
        return "m2"
    if row.pass_rate.reached:
        return "m3"
    return "short" if rate >= Fraction(target) - _FAR_POINTS else "far"


def _share_kind(row: Row) -> str:
    if row.density is None or not row.tally.accepted:
        return "none"
    target = row.density.figure.target
    if target is None:
        return "m2"
    share = Fraction(1000 * row.tally.accepted, row.density.residents) / Fraction(target)
    bounds = (("m4", Decimal(1)), ("m3", Decimal("0.75")), ("m2", Decimal("0.5")))
    return next((kind for kind, least in bounds if share >= Fraction(least)), "m1")


def _county(shape: CountyShape, order: MapOrder, say: Translate) -> MapCounty:
    if shape.code not in order.seen:
        title = f"{shape.name}: {say(_UNSEEN[1])}"
        return MapCounty(shape.code, shape.path, "unseen", title, "", is_chosen=False)
    row = order.rows.get(shape.code)
    return MapCounty(
        code=shape.code,
        path=shape.path,
        kind=kind_of(order.figure, row),
        title=f"{shape.name}: {_told(order.figure, row, say)}",
        address=order.address(shape.code),
        is_chosen=shape.code == order.chosen,
    )


def _told(figure: MapFigure, row: Row | None, say: Translate) -> str:
    """The figure with what it is divided by."""
    if figure is MapFigure.PASS_RATE:
        if row is None or row.pass_rate.shown is None:
            return say(mark("no batch was judged"))
        sentence = say(mark("{rate} % of {judged} judged batches conform, {failing} fail"))
        return sentence.format(
            rate=row.pass_rate.shown, judged=formats.number(row.tally.judged), failing=formats.number(row.tally.failing)
        )
    if row is None or row.density is None:
        return say(mark("residents are not known, or say nothing of this part"))
    sentence = say(mark("{value} batches per thousand: {batches} batches, {residents} residents ({year})"))
    return sentence.format(
        value=row.density.figure.shown,
        batches=formats.number(row.tally.accepted),
        residents=formats.number(row.density.residents),
        year=row.density.census_year,
    )


def _county_text(shape: CountyShape, order: MapOrder) -> MapText:
    row = order.rows.get(shape.code) if shape.code in order.seen else None
    figure = ""
    if row is not None and order.figure is MapFigure.PASS_RATE and row.pass_rate.shown is not None:
        figure = f"{row.pass_rate.shown} %"
    elif row is not None and order.figure is MapFigure.PER_THOUSAND and row.density is not None:
        figure = row.density.figure.shown or ""
    return MapText(*shape.label, lines=tuple(filter(None, (_short(shape.name), figure))))


def _prefecture_names(shapes: RegionsMap) -> list[MapText]:
    texts = []
    for prefecture in shapes.prefectures:
        points = [c.label for c in shapes.counties if c.prefecture_code == prefecture.code]
        x, y = (sum(values) // len(points) for values in zip(*points, strict=True))
        texts.append(MapText(x, y, (_short(prefecture.name),)))
    return texts


def _short(name: str) -> str:
    """Autonomous prefectures and counties go by their places: 黔南布依族苗族自治州 is 黔南州."""
    return _PEOPLES.sub("", name)


def _legend(drawn: Sequence[MapCounty], order: MapOrder, say: Translate) -> list[MapLegend]:
    has_target = any(_target(order.figure, row) is not None for row in order.rows.values())
    classes: Sequence[tuple[str, str]]
    if order.figure is MapFigure.PASS_RATE:
        classes = _RATES if has_target else _RATES_WITHOUT_TARGET
    else:
        classes = _SHARES if has_target else _SHARES_WITHOUT_TARGET
    kinds = [county.kind for county in drawn]
    always = [MapLegend(kind, say(text), kinds.count(kind)) for kind, text in classes]
    rare = [MapLegend(kind, say(text), kinds.count(kind)) for kind, text in (_NOTHING, _UNSEEN) if kind in kinds]
    return [*always, *rare]


def _target(figure: MapFigure, row: Row) -> Decimal | None:
    if figure is MapFigure.PASS_RATE:
        return row.pass_rate.target
    return row.density.figure.target if row.density else None


def _view_box(box: tuple[int, int, int, int]) -> str:
    x, y, width, height = box
    margin = max(width // 100, 2)
    return f"{x - margin} {y - margin} {width + 2 * margin} {height + 2 * margin}"


def _around(paths: Sequence[str]) -> tuple[int, int, int, int]:
    """The rectangle around paths: left, top, width, height."""
    corners = [_corners(path) for path in paths]
    left, top = min(c[0] for c in corners), min(c[1] for c in corners)
    return left, top, max(c[2] for c in corners) - left, max(c[3] for c in corners) - top


@lru_cache(maxsize=200)
def _corners(path: str) -> tuple[int, int, int, int]:
    """Least and greatest x and y of a path of the map: M is absolute, l relative, z returns."""
    xs, ys = [], []
    x = y = 0
    for command, rest in _STEP.findall(path):
        numbers = [int(n) for n in _NUMBER.findall(rest)]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = (dx, dy) if command == "M" else (x + dx, y + dy)
            xs.append(x)
            ys.append(y)
    return min(xs), min(ys), max(xs), max(ys)
