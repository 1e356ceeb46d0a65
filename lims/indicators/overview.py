"""All that the page of indicators shows besides its table: choices, the regions around, the map, the months."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from lims.core.reasons import Translate
from lims.db.work import LimsSession
from lims.indicators import queries
from lims.indicators.asked import Asked, PeriodChoice, neighbour, period_choices
from lims.indicators.map_view import MapOrder, MapView, map_view
from lims.indicators.rules import Breakdown, Period
from lims.indicators.service import Table, county_rows, regions_in_view, table_of
from lims.indicators.trends import batches_chart, months_to_show, rate_chart
from lims.network import queries as network
from lims.network.rules import Level
from lims.network.tables import Laboratory, Region
from lims.web.charts import Chart
from lims.web.regions_map import RegionsMap


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom and when a page is made."""

    session: LimsSession
    today: date
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


def overview(reader: Reader, asked: Asked, region: Region, figures: Table) -> Overview:
    """Everything around `figures`, which answer what is asked of the region."""
    asked = replace(asked, region=region.code)
    in_view = regions_in_view(reader.session, reader.session.actor)
    return Overview(
        asked=asked,
        region=region,
        figures=figures,
        steps=_steps(reader.session, region, in_view, asked),
        choices=_choices(reader, asked, region, in_view),
        map=_map(reader, asked, region, in_view),
        charts=_charts(reader, asked),
    )


def suitable(region: Region) -> Breakdown:
    """What a region is broken down by unless something else is asked for: a county has no parts."""
    return Breakdown.REGION if region.level in {Level.PROVINCE, Level.PREFECTURE} else Breakdown.FOOD_GROUP


def _steps(session: LimsSession, region: Region, in_view: Sequence[Region], asked: Asked) -> list[Step]:
    """The regions around this one, the largest first."""
    codes = {each.code for each in in_view}
    steps: list[Step] = []
    above = region.parent_code
    while above is not None and len(steps) < len(Level):
        found = network.region_by_code(session, above)
        steps.insert(0, Step(found.name, asked.address(region=found.code, by=None) if found.code in codes else None))
        above = found.parent_code
    return steps


def _choices(reader: Reader, asked: Asked, region: Region, in_view: Sequence[Region]) -> Choices:
    session = reader.session
    after = neighbour(asked.period, 1)
    return Choices(
        years=period_choices(queries.first_day(session), reader.today, asked.period),
        before=neighbour(asked.period, -1),
        after=after if after and after.starts_on <= reader.today else None,
        regions=in_view,
        laboratories=network.laboratories(session, region.code),
        groups=queries.food_groups(session),
        foods=queries.foods_of(session, asked.food_group) if asked.food_group else (),
    )


def _map(reader: Reader, asked: Asked, region: Region, in_view: Sequence[Region]) -> MapView | None:
    """The map of the region, of a county that of its prefecture; none of what is smaller."""
    if region.level is Level.TOWNSHIP:
        return None
    around = region
    if region.level is Level.COUNTY and region.parent_code:
        around = network.region_by_code(reader.session, region.parent_code)
    order = MapOrder(
        figure=asked.map,
        around=around.code,
        chosen=region.code,
        rows=county_rows(reader.session, asked.question, around, reader.today),
        seen={each.code for each in in_view},
        address=lambda code: asked.address(region=code, by=None),
    )
    return map_view(reader.shapes, order, reader.say)


def _charts(reader: Reader, asked: Asked) -> Sequence[Chart]:
    """The months of the year that the period lies in, as far as they have begun."""
    year = Period.parse(str(asked.period.year))
    question = replace(asked.question, period=year)
    table = table_of(reader.session, reader.session.actor, question, Breakdown.MONTH, reader.today)
    months = months_to_show(table.rows, reader.today)
    if not months:
        return ()
    return rate_chart(months, asked, year.year, reader.say), batches_chart(months, asked, year.year, reader.say)
