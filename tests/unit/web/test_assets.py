"""What set-up fetched for browsers fits together."""

import csv
import hashlib
import re
from pathlib import Path

import pytest

from lims.core.errors import BadInput
from lims.settings import Settings
from lims.web.regions_map import RegionsMap, regions_map

SETTINGS = Settings()
WEB = SETTINGS.assets / "web"
NUMBER = re.compile(r"-?\d+")


@pytest.fixture(scope="module")
def shapes() -> RegionsMap:
    return regions_map(SETTINGS.assets)


def divisions(level: str) -> list[tuple[str, str]]:
    with (SETTINGS.method_library / "divisions_guizhou.csv").open(encoding="utf-8", newline="") as file:
        return sorted((row["code"], row["name"]) for row in csv.DictReader(file) if row["level"] == level)


def test_the_map_has_every_county_and_prefecture_of_the_method_library(shapes: RegionsMap) -> None:
    assert len(shapes.counties) == 88
    assert sorted((county.code, county.name) for county in shapes.counties) == divisions("county")
    assert sorted((p.code, p.name) for p in shapes.prefectures) == divisions("prefecture")
    assert {county.prefecture_code for county in shapes.counties} == {p.code for p in shapes.prefectures}


def area(path: str) -> float:
    """Square units inside a path of relative lines; the turn of each ring tells holes from land."""
    total = 0
    for ring in path.split("M")[1:]:
        numbers = [int(text) for text in NUMBER.findall(ring)]
        steps = list(zip(numbers[::2], numbers[1::2], strict=True))
        x, y = (0, 0)
        for dx, dy in steps:
            total += x * dy - y * dx
            x, y = x + dx, y + dy
        total += x * steps[0][1] - y * steps[0][0]
    return abs(total) / 2


def test_neighbours_share_their_borders(shapes: RegionsMap) -> None:
    """Were borders thinned apart, gaps and overlaps would set the sums apart; only slivers of exclaves are left out."""
    for prefecture in shapes.prefectures:
        counties = sum(area(c.path) for c in shapes.counties if c.prefecture_code == prefecture.code)
        assert counties == pytest.approx(area(prefecture.path), abs=10), prefecture.name


def test_areas_are_those_of_the_province(shapes: RegionsMap) -> None:
    """Against figures as they are commonly given: the province 176 167 km², its largest county Weining 6 298 km²."""
    km2 = 176_167 / sum(area(p.path) for p in shapes.prefectures)
    areas = {county.name: area(county.path) * km2 for county in shapes.counties}

    assert max(areas, key=lambda name: areas[name]) == "威宁彝族回族苗族自治县"
    assert areas["威宁彝族回族苗族自治县"] == pytest.approx(6298, rel=0.03)
    assert areas["云岩区"] == pytest.approx(94, rel=0.25)


def test_words_stand_on_the_map(shapes: RegionsMap) -> None:
    assert len({county.label for county in shapes.counties}) == 88
    assert all(0 < x < shapes.width and 0 < y < shapes.height for x, y in (c.label for c in shapes.counties))
    assert shapes.view_box.split()[2:] == [str(shapes.width + 8), str(shapes.height + 8)]


def test_the_map_stays_small() -> None:
    assert (WEB / "map" / "guizhou.json").stat().st_size <= 90_000


def test_without_set_up_the_map_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        regions_map(tmp_path)

    assert [reason.code for reason in refused.value.reasons] == ["map.missing"]


def test_the_reader_of_barcodes_has_the_very_binary_that_it_was_made_for() -> None:
    code = (WEB / "barcode" / "barcode-detector.js").read_text(encoding="utf-8")
    binary = hashlib.sha256((WEB / "barcode" / "zxing_reader.wasm").read_bytes()).hexdigest()

    assert binary in code


def test_every_slice_of_the_font_is_there() -> None:
    sheet = (WEB / "fonts" / "noto-sans-sc.css").read_text(encoding="utf-8")
    slices = re.findall(r"url\(([^)]+)\)", sheet)

    assert len(slices) > 90
    assert all((WEB / "fonts" / name).is_file() for name in slices)
    assert sheet.count('font-family:"Qianjian Sans"') == len(slices)
