"""Charts: what the script is told, what the table says, and that nothing of a text becomes part of the page."""

import json
import re
from dataclasses import replace

import pytest

from lims.core.language import Language, translator
from lims.web.charts import (
    Axis,
    Band,
    Chart,
    Line,
    LineKind,
    Link,
    Mark,
    Point,
    Series,
    Shape,
    Table,
    category_points,
    control_lines,
    curve_points,
)
from lims.web.page import environment

TABLE = Table(("Standard", "mg/L", "Area"), ((Link("STD-1", "/runs/1"), "0.010", "1200"),), frozenset({1, 2}))
CALIBRATION = Chart(
    "Calibration",
    Axis("Concentration", "mg/L"),
    Axis("Area"),
    (
        Series("Standards", (Point(0.01, 1200.0, "0.010 mg/L: 1200", "/runs/1"),)),
        Series("Line", curve_points(lambda x: 120_000 * x, 0, 0.1, count=3), Mark.CURVE, 3),
    ),
    TABLE,
    summary="y = 120000 x",
)


def shown(chart: Chart, language: Language = Language.ENGLISH) -> str:
    source = '{% import "ui/chart.html" as charts %}{{ charts.chart(spec) }}'
    return environment(language).from_string(source).render(spec=chart)


def told(page: str) -> dict[str, object]:
    """What the script reads."""
    found = re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    drawing: dict[str, object] = json.loads(found[1])
    return drawing


def test_the_script_is_told_what_is_described() -> None:
    drawing = told(shown(CALIBRATION))

    assert drawing == CALIBRATION.drawing()
    assert drawing["x"] == {"heading": "Concentration (mg/L)", "isLogarithmic": False, "lowest": None, "highest": None}
    assert drawing["series"] == [
        {
            "name": "Standards",
            "mark": "points",
            "colour": 1,
            "shape": "circle",
            "points": [{"x": 0.01, "y": 1200.0, "label": "0.010 mg/L: 1200", "link": "/runs/1"}],
        },
        {
            "name": "Line",
            "mark": "curve",
            "colour": 3,
            "shape": "circle",
            "points": [{"x": x, "y": 120_000 * x, "label": "", "link": ""} for x in (0.0, 0.05, 0.1)],
        },
    ]


def test_the_table_says_the_exact_texts_and_leads_on() -> None:
    page = shown(CALIBRATION)

    assert '<td class="number">0.010</td>' in page
    assert '<a href="/runs/1">STD-1</a>' in page
    assert 'aria-label="Calibration. y = 120000 x"' in page
    assert "<details open>" in page, "without a script the table is all there is"


def test_a_text_never_ends_the_script_nor_begins_a_tag() -> None:
    bad = "</script><script>alert(1)</script><!--\u2028\"'"
    chart = replace(
        CALIBRATION,
        title=bad,
        summary=bad,
        series=(Series(bad, (Point(1, 2, bad),)),),
        lines=(Line(1, bad),),
        table=Table((bad,), ((bad,), (Link(bad, "/" + bad),))),
    )
    page = shown(chart)

    assert page.count("<script") == 1
    assert page.count("</script") == 1
    assert "<!--" not in page
    assert told(page)["series"] == chart.drawing()["series"]


def test_without_points_there_is_a_word_and_no_canvas() -> None:
    chart = replace(CALIBRATION, series=(Series("None", (Point(1, None),)),), table=Table((), ()))
    page = shown(chart)

    assert "There is nothing to draw yet." in page
    assert "<canvas" not in page
    assert "<details" not in page


def test_points_of_categories_are_told_by_their_place_in_order() -> None:
    rates = category_points([98.2, None, 97.0], ["98.2 %", "", "97.0 %"], ["/a", "", "/c"])
    chart = Chart(
        "Rates",
        Axis("County"),
        Axis("Rate", "%", lowest=0, highest=100),
        (Series("Rate", tuple(reversed(rates)), Mark.BARS, shape=Shape.SQUARE),),
        Table(("County",), (("播州区",),)),
        categories=("播州区", "花溪区", "水城区"),
        lines=(Line(98, "Target", LineKind.TARGET),),
        bands=(Band(95, 98, "Close", LineKind.WARNING),),
        lies=True,
    )
    drawing = chart.drawing()

    assert [(p["x"], p["y"], p["label"], p["link"]) for p in drawing["series"][0]["points"]] == [
        (0, 98.2, "98.2 %", "/a"),
        (1, None, "", ""),
        (2, 97.0, "97.0 %", "/c"),
    ]
    assert drawing["lines"] == [{"y": 98, "name": "Target", "kind": "target"}]
    assert drawing["bands"] == [{"lowest": 95, "highest": 98, "name": "Close", "kind": "warning"}]
    assert drawing["lies"] is True


def test_a_logarithmic_axis_leaves_out_what_it_cannot_show() -> None:
    points = (Point(0, 5), Point(0.1, 0), Point(0.1, 5), Point(1, None))
    chart = replace(CALIBRATION, x=Axis("x", is_logarithmic=True), series=(Series("s", points),))

    assert [(p["x"], p["y"]) for p in chart.drawing()["series"][0]["points"]] == [(0.1, 0), (0.1, 5), (1, None)]
    both = replace(chart, y=Axis("y", is_logarithmic=True))
    assert [(p["x"], p["y"]) for p in both.drawing()["series"][0]["points"]] == [(0.1, 5), (1, None)]


def test_a_curve_is_even_on_its_axis() -> None:
    even = curve_points(lambda x: 2 * x, 1, 3, count=3)
    logarithmic = curve_points(lambda x: x, 0.01, 100, is_logarithmic=True, count=5)

    assert [(p.x, p.y) for p in even] == [(1, 2), (2, 4), (3, 6)]
    assert [p.x for p in logarithmic] == pytest.approx([0.01, 0.1, 1, 10, 100])


def test_a_control_chart_has_its_five_lines_in_the_language_of_the_reader() -> None:
    lines = control_lines(92.0, 5.0, translator(Language.CHINESE))

    assert [(line.y, line.kind.value) for line in lines] == [
        (107.0, "action"),
        (102.0, "warning"),
        (92.0, "centre"),
        (82.0, "warning"),
        (77.0, "action"),
    ]
    assert [line.name for line in lines][:2] == ["上行动限（+3s）", "上警戒限（+2s）"]


@pytest.mark.parametrize("address", ["//evil.example/x", "https://evil.example", "javascript:alert(1)", "/\\evil"])
def test_a_point_or_cell_leads_nowhere_else(address: str) -> None:
    with pytest.raises(ValueError, match="no path"):
        Point(1, 1, link=address)
    with pytest.raises(ValueError, match="no path"):
        Link("x", address)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_not_drawn(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Point(1, value)
    with pytest.raises(ValueError, match="finite"):
        Line(value, "limit")
    with pytest.raises(ValueError, match="finite"):
        Axis("x", highest=value)


def test_a_chart_that_contradicts_itself_is_a_fault() -> None:
    bars = Series("Bars", (Point(2, 1),), Mark.BARS)

    with pytest.raises(ValueError, match="category"):
        Chart("t", Axis("x"), Axis("y"), (bars,), TABLE, categories=("a", "b"))
    with pytest.raises(ValueError, match="categories"):
        Chart("t", Axis("x"), Axis("y"), (bars,), TABLE)
    with pytest.raises(ValueError, match="cells"):
        Table(("a", "b"), (("1",),))
    with pytest.raises(ValueError, match="colour"):
        Series("s", (), colour=7)
