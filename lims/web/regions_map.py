"""The map of Guizhou (贵州省地图): the shapes of its counties and prefectures, as set-up drew them."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lims.core.errors import BadInput
from lims.core.reasons import reason

#: Free units around the shapes, so that a thick border is not cut off.
_MARGIN = 4


@dataclass(frozen=True, slots=True)
class PrefectureShape:
    """Outline of a prefecture, for its thicker border."""

    code: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class CountyShape:
    """Shape of a county.

    `path` is SVG path data for `fill-rule="evenodd"` (a county may have holes and exclaves);
    `label` is the point well inside it where a word or a dot stands.
    """

    code: str
    name: str
    prefecture_code: str
    path: str
    label: tuple[int, int]


@dataclass(frozen=True, slots=True)
class RegionsMap:
    """All shapes, in units of one drawing of `width` by `height`."""

    width: int
    height: int
    prefectures: tuple[PrefectureShape, ...]
    counties: tuple[CountyShape, ...]

    @property
    def view_box(self) -> str:
        """The `viewBox` of an SVG element that shows everything."""
        return f"{-_MARGIN} {-_MARGIN} {self.width + 2 * _MARGIN} {self.height + 2 * _MARGIN}"


@lru_cache(maxsize=4)
def regions_map(assets_dir: Path) -> RegionsMap:
    """The map in the folder of assets, read once. Raises `BadInput` when set-up has not put it there."""
    path = assets_dir / "web" / "map" / "guizhou.json"
    if not path.is_file():
        raise BadInput(
            reason(
                "map.missing",
                "The map {path} is missing; run the set-up, or point LIMS_ASSETS at the folder that has it.",
                path=str(path),
            )
        )
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return RegionsMap(
        content["width"],
        content["height"],
        tuple(PrefectureShape(shape["code"], shape["name"], shape["path"]) for shape in content["prefectures"]),
        tuple(_county(shape) for shape in content["counties"]),
    )


def _county(shape: dict[str, Any]) -> CountyShape:
    x, y = shape["label"]
    return CountyShape(shape["code"], shape["name"], shape["prefecture"], shape["path"], (x, y))
