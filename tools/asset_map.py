"""Makes `map/guizhou.json`: the counties and prefectures of Guizhou as SVG paths, small enough for a page.

    shapes of the package (one file a county, 1/1024 degree)
      → names and codes of today → plane → borders found, thinned once for both sides → whole units → paths

Borders are thinned as shared lines (a topology), so neighbours never gape or overlap. The plane is equirectangular,
narrowed by the cosine of the middle latitude; a unit is about 850 m.
"""

import csv
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

WIDTH = 700
#: Corners that span less than this many square units are left out.
SMALLEST_CORNER = 2.0
#: Rings below this many square units (slivers of exclaves) would not be seen.
SMALLEST_RING = 1.0
MIDDLE_LATITUDE = 26.9
#: Name of today: name in the package, which is of 2018.
OLD_NAMES = {"水城区": "水城县", "盘州市": "盘县", "黔西市": "黔西县", "兴仁市": "兴仁县"}

Point: TypeAlias = tuple[int, int]
#: Like `Point` before rounding.
Place: TypeAlias = tuple[float, float]
Node: TypeAlias = Callable[..., int]


@dataclass(frozen=True, slots=True)
class Division:
    """A prefecture or a county as the method library has it."""

    code: str
    name: str
    parent: str


def make_map(shapes: Path, modules: Path, divisions: Path, work: Path, node: Node) -> str:
    """The map as JSON.

    Args:
        shapes: folder with a folder per prefecture and a GeoJSON file per county in it.
        modules: `node_modules` with the topojson programs.
        divisions: `divisions_guizhou.csv` of the method library.
        work: folder for files that are needed meanwhile.
        node: runs Node.js with the given arguments and returns its status.
    """
    prefectures, counties = read_divisions(divisions)
    rings = {county.code: _read_rings(shapes, prefectures[county.parent].name, county.name) for county in counties}
    plane = Plane.around(point for polygons in rings.values() for ring in _all_rings(polygons) for point in ring)
    (work / "counties.json").write_text(json.dumps(_collection(counties, rings, plane)), encoding="utf-8")
    topology = _thinned(work, modules, node)
    lines = [_whole(arc) for arc in topology["arcs"]]
    shape = {
        kind: {str(g["id"]): _polygons(g, lines) for g in topology["objects"][kind]["geometries"]}
        for kind in ("counties", "prefectures")
    }
    answer = {
        "width": WIDTH,
        "height": plane.height,
        "prefectures": [
            {"code": p.code, "name": p.name, "path": _path(shape["prefectures"][p.code])} for p in prefectures.values()
        ],
        "counties": [
            {
                "code": c.code,
                "name": c.name,
                "prefecture": c.parent,
                "path": _path(shape["counties"][c.code]),
                "label": _innermost(shape["counties"][c.code]),
            }
            for c in counties
        ],
    }
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


def read_divisions(path: Path) -> tuple[dict[str, Division], list[Division]]:
    """Prefectures by code, and counties."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {
        level: [Division(row["code"], row["name"], row["parent"]) for row in rows if row["level"] == level]
        for level in ("prefecture", "county")
    }
    return {division.code: division for division in found["prefecture"]}, found["county"]


# ── from the package ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Plane:
    """Where a place of the grid lies on the map."""

    left: int
    top: int
    bottom: int
    scale: float

    @classmethod
    def around(cls, points: Iterable[Point]) -> "Plane":
        """The plane on which all points just fit into the width."""
        eastings, northings = zip(*points, strict=True)
        narrowing = math.cos(math.radians(MIDDLE_LATITUDE))
        return cls(min(eastings), max(northings), min(northings), WIDTH / ((max(eastings) - min(eastings)) * narrowing))

    @property
    def height(self) -> int:
        """Units from top to bottom."""
        return math.ceil((self.top - self.bottom) * self.scale)

    def place(self, point: Point) -> Place:
        """Units from the left and from the top."""
        narrowing = math.cos(math.radians(MIDDLE_LATITUDE))
        return (point[0] - self.left) * narrowing * self.scale, (self.top - point[1]) * self.scale


def _read_rings(shapes: Path, prefecture: str, name: str) -> list[list[list[Point]]]:
    """Polygons of a county, each a list of rings, on the grid of the package (1/1024 degree)."""
    text = (shapes / prefecture / f"{OLD_NAMES.get(name, name)}.geojson").read_text(encoding="utf-8")
    [feature] = json.loads(text)["features"]
    geometry = feature["geometry"]
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[_without_spikes([(round(x * 1024), round(y * 1024)) for x, y in ring]) for ring in p] for p in polygons]


def _without_spikes(ring: list[Point]) -> list[Point]:
    """The closed ring without points that repeat and lines that go out and come back the same way."""
    kept: list[Point] = []
    for point in ring:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and kept[-2] == point:
            kept.pop()
        else:
            kept.append(point)
    while len(kept) > 3 and kept[1] == kept[-2]:  # a spike where the ring begins
        kept = kept[1:-1]
    return kept


def _all_rings(polygons: list[list[list[Point]]]) -> Iterable[list[Point]]:
    return (ring for polygon in polygons for ring in polygon)


def _collection(counties: list[Division], rings: dict[str, list[list[list[Point]]]], plane: Plane) -> dict[str, Any]:
    """GeoJSON, whose coordinates are places on the plane."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": county.code,
                "properties": {"prefecture": county.parent},
                "geometry": {
                    "type": "MultiPolygon",
                    "coordinates": [[[plane.place(p) for p in r] for r in polygon] for polygon in rings[county.code]],
                },
            }
            for county in counties
        ],
    }


def _thinned(work: Path, modules: Path, node: Node) -> dict[str, Any]:
    """The topology of `counties.json`, thinned, with the prefectures that its counties make up."""
    programs = (
        ("topojson-server/bin/geo2topo", "-o", "all.json", "counties=counties.json"),
        ("topojson-simplify/bin/toposimplify", "-p", str(SMALLEST_CORNER), "-o", "thin.json", "all.json"),
        ("topojson-client/bin/topomerge", "prefectures=counties", "-k", "d.properties.prefecture", "-o", "map.json",
         "thin.json"),
    )  # fmt: skip
    for program, *arguments in programs:
        if node([str(modules / program), *arguments], cwd=work) != 0:
            raise SystemExit(f"The map of the counties could not be made: {program} failed; its message stands above.")
    topology: dict[str, Any] = json.loads((work / "map.json").read_text(encoding="utf-8"))
    return topology


# ── to paths ──────────────────────────────────────────────────────────────────────────────────────


def _whole(arc: list[list[float]]) -> list[Point]:
    """A shared line in whole units: both neighbours get the very same points."""
    points = [(round(x), round(y)) for x, y in arc]
    return [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]


def _polygons(geometry: dict[str, Any], lines: list[list[Point]]) -> list[list[list[Point]]]:
    """Polygons that can be seen; at least the largest."""
    arcs = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    polygons = [[_ring(ring, lines) for ring in polygon] for polygon in arcs]
    largest = max(polygons, key=lambda polygon: _area(polygon[0]))
    return [
        [ring for ring in polygon if ring is largest[0] or _area(ring) >= SMALLEST_RING]
        for polygon in polygons
        if polygon is largest or _area(polygon[0]) >= SMALLEST_RING
    ]


def _ring(arcs: list[int], lines: list[list[Point]]) -> list[Point]:
    """The open ring that these lines make; a negative number means a line walked backwards (`~number`)."""
    points = [point for arc in arcs for point in (lines[arc] if arc >= 0 else lines[~arc][::-1])]
    return _without_spikes(points)[:-1]


def _area(ring: list[Point]) -> float:
    """Square units inside the open ring."""
    pairs = zip(ring, [*ring[1:], *ring[:1]], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def _path(polygons: list[list[list[Point]]]) -> str:
    """SVG path data, relative, for the even-odd rule."""
    return "".join(_subpath(ring) for polygon in polygons for ring in polygon)


def _subpath(ring: list[Point]) -> str:
    steps = [(x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in pairwise(ring)]
    numbers = " ".join(f"{x} {y}" for x, y in steps)
    return f"M{ring[0][0]} {ring[0][1]}l{numbers}z".replace(" -", "-")


def _innermost(polygons: list[list[list[Point]]]) -> Point:
    """The whole point inside the largest polygon that is farthest from its border: the place for a word."""
    rings = max(polygons, key=lambda polygon: _area(polygon[0]))
    start = np.array([point for ring in rings for point in ring], dtype=float)
    end = np.array([point for ring in rings for point in [*ring[1:], *ring[:1]]], dtype=float)
    (left, top), (right, bottom) = start.min(axis=0), start.max(axis=0)
    step = max(1, int(min(right - left, bottom - top)) // 24)
    xs, ys = np.meshgrid(np.arange(left, right, step), np.arange(top, bottom, step))
    places = np.column_stack([xs.ravel(), ys.ravel()])[:, None, :]
    along = end - start
    share = np.clip(((places - start) * along).sum(axis=2) / (along**2).sum(axis=1), 0, 1)
    distance = np.sqrt(((places - start - share[:, :, None] * along) ** 2).sum(axis=2)).min(axis=1)
    # Even-odd: a line to the right crosses the border an odd number of times from a point inside.
    spans = (start[:, 1] > places[:, :, 1]) != (end[:, 1] > places[:, :, 1])
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = start[:, 0] + (places[:, :, 1] - start[:, 1]) / along[:, 1] * along[:, 0]
    inside = (spans & (places[:, :, 0] < crossing)).sum(axis=1) % 2 == 1
    best = int(np.argmax(np.where(inside, distance, -1)))
    return int(places[best, 0, 0]), int(places[best, 0, 1])
