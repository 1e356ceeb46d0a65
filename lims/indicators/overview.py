"""All that the page of indicators shows besides its table: choices, the regions around, the map, the months."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lims.core.reasons import Translate
from lims.indicators import queries
from lims.indicators.asked import Asked, PeriodChoice, neighbour, period_choices
from lims.indicators.figures import Compared
from lims.indicators.map_view import MapOrder, MapView, map_view
from lims.indicators.reading import Reading
from lims.indicators.rules import Breakdown, Period
from lims.indicators.service import Table, county_rows, table_of
from lims.indicators.trends import batches_chart, months_to_show, rate_chart
from lims.network.rules import Level, is_within
from lims.network.tables import Laboratory, Region
from lims.web.charts import Chart
from lims.web.regions_map import RegionsMap
from lims.web.table import Mood


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the page is drawn with: the language of its reader, and the shapes of the counties."""

    say: Translate
    shapes: RegionsMap


@dataclass(frozen=True, slots=True)
class Step:
    """A region above the one that is shown; no address where its figures are not in view."""

    name: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be asked instead. `before` and `after` are the periods beside the one that is shown."""

    years: Sequence[PeriodChoice]
    before: Period | None
    after: Period | None
    regions: Sequence[Region]
    laboratories: Sequence[Laboratory]
    groups: Sequence[str]
    foods: Sequence[str]


@dataclass(frozen=True, slots=True)
class Overview:
    """What is asked, of which region, and all that is shown of it."""

    asked: Asked
    region: Region
    figures: Table
    steps: Sequence[Step]
    choices: Choices
    map: MapView | None
    charts: Sequence[Chart]


def overview(reading: Reading, drawing: Drawing, asked: Asked, figures: Table) -> Overview:
    """Everything around `figures`, which answer what is asked."""
    region = reading.region(asked.region)
    asked = replace(asked, region=region.code)
    return Overview(
        asked=asked,
        region=region,
        figures=figures,
        steps=_steps(reading, region, asked),
        choices=_choices(reading, asked, region),
        map=_map(reading, drawing, asked, region),
        charts=_charts(reading, drawing, asked),
    )


def mood_of(figure: Compared) -> Mood:
    """How a figure is meant beside its target."""
    if figure.reached is None:
        return "plain"
    return "good" if figure.reached else "bad"


def suitable(region: Region) -> Breakdown:
    """What a region is broken down by unless something else is asked for: a county has no parts."""
    return Breakdown.REGION if region.level in {Level.PROVINCE, Level.PREFECTURE} else Breakdown.FOOD_GROUP


def _steps(reading: Reading, region: Region, asked: Asked) -> list[Step]:
    """The regions around this one, the largest first."""
    codes = {each.code for each in reading.in_view}
    steps: list[Step] = []
    above = region.parent_code
    while above is not None and len(steps) < len(Level):
        found = reading.known(above)
        steps.insert(0, Step(found.name, asked.address(region=found.code, by=None) if found.code in codes else None))
        above = found.parent_code
    return steps


def _choices(reading: Reading, asked: Asked, region: Region) -> Choices:
    session = reading.session
    after = neighbour(asked.period, 1)
    return Choices(
        years=period_choices(queries.first_day(session), reading.today, asked.period),
        before=neighbour(asked.period, -1),
        after=after if after and after.starts_on <= reading.today else None,
        regions=reading.in_view,
        laboratories=[lab for lab in reading.laboratories if is_within(lab.region_code, region.code)],
        groups=queries.food_groups(session),
        foods=queries.foods_of(session, asked.food_group) if asked.food_group else (),
    )


def _map(reading: Reading, drawing: Drawing, asked: Asked, region: Region) -> MapView | None:
    """The map of the region, of a county that of its prefecture; none of what is smaller."""
    if region.level is Level.TOWNSHIP:
        return None
    around = region
    if region.level is Level.COUNTY and region.parent_code:
        around = reading.known(region.parent_code)
    order = MapOrder(
        figure=asked.map,
        around=around.code,
        chosen=region.code,
        rows=county_rows(reading, asked.question, around),
        seen={each.code for each in reading.in_view},
        address=lambda code: asked.address(region=code, by=None),
    )
    return map_view(drawing.shapes, order, drawing.say)


def _charts(reading: Reading, drawing: Drawing, asked: Asked) -> Sequence[Chart]:
    """The months of the year that the period lies in, as far as they have begun."""
    year = Period.parse(str(asked.period.year))
    table = table_of(reading, replace(asked.question, period=year), Breakdown.MONTH)
    months = months_to_show(table.rows, reading.today)
    if not months:
        return ()
    return rate_chart(months, asked, year.year, drawing.say), batches_chart(months, asked, year.year, drawing.say)
