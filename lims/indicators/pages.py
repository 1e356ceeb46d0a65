"""Pages of indicators: figures beside their targets, on a map, by month and by part; and the batches behind them."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from sqlmodel import select
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.language import Language, translator
from lims.core.reasons import Translate
from lims.db.work import LimsSession
from lims.indicators import queries, return_pages, service
from lims.indicators.asked import Asked, CountsAs, MapFigure, neighbour, period_choices
from lims.indicators.batch_list import BATCH_LIST, batch_options, batch_rows
from lims.indicators.breakdowns import parts_of, table_for
from lims.indicators.figures import Row
from lims.indicators.map_view import MapOrder, MapView, map_view
from lims.indicators.rules import Breakdown, Period
from lims.indicators.service import county_rows, region_in_view, regions_in_view, table_of
from lims.indicators.tables import ReportedBatch
from lims.indicators.tasks import book_due
from lims.indicators.trends import batches_chart, months_to_show, rate_chart
from lims.network import queries as network
from lims.network.rules import Level, is_within
from lims.network.tables import Region
from lims.runtime import Lims
from lims.samples.rules import Programme, Stage
from lims.web.charts import Chart
from lims.web.dependencies import LimsDep
from lims.web.page import is_htmx
from lims.web.regions_map import regions_map
from lims.web.table_page import XLSX, read_table, read_values, table_page
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()
router.include_router(return_pages.router)


@dataclass(frozen=True, slots=True)
class Step:
    """A region above the one that is shown; None where its figures are not in view."""

    name: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Picture:
    """What stands between the figures and the table: the map and the months of the year."""

    map: MapView | None
    charts: Sequence[Chart]


@router.get("/indicators")
def indicators(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """Pass rate and batches per thousand residents of a region and period, and what they are made of."""
    lims.require(viewer.actor, Action.INDICATORS_READ)
    book_due(lims)
    now = lims.clock.now()
    today = local_day(now)
    asked = Asked.read(request.query_params, today)
    with lims.read(viewer.actor, Action.INDICATORS_READ) as session:
        region = region_in_view(session, viewer.actor, asked.region)
        by = asked.by or _suitable(region)
        figures = table_of(session, viewer.actor, asked.question, by, today)
        parts = parts_of(figures, _kept(asked, region))
        title = f"{region.name} {asked.period.label}"
        table = read_values(session, table_for(by, title), parts, request)
        if table.workbook is not None or is_htmx(request):
            return _named(table_page(request, table), f"{region.code}-{asked.period.label}-{by}", today.isoformat())
        in_view = regions_in_view(session, viewer.actor)
        first, _ = queries.first_and_last_day(session)
        context = {
            "asked": _kept(asked, region),
            "region": region,
            "steps": _steps(session, region, in_view, asked),
            "by": by,
            "total": figures.total,
            "programmes": figures.programmes,
            "is_narrowed": asked.question.is_narrowed,
            "years": period_choices(first, today, asked.period),
            "before": neighbour(asked.period, -1),
            "after": _later(asked.period, lims),
            "regions": in_view,
            "laboratories": network.laboratories(session, region.code),
            "groups": queries.food_groups(session),
            "foods": queries.foods_of(session, asked.food_group) if asked.food_group else (),
            "picture": _picture(session, lims, viewer, asked, region, language),
        }
    return table_page(
        request,
        table,
        "indicators/overview.html",
        at=now,
        Breakdown=Breakdown,
        CountsAs=CountsAs,
        MapFigure=MapFigure,
        Programme=Programme,
        Stage=Stage,
        **context,
    )


@router.get("/indicators/batches")
def batches(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """The batches behind a figure, with their reports."""
    lims.require(viewer.actor, Action.INDICATORS_READ)
    book_due(lims)
    with lims.read(viewer.actor, Action.INDICATORS_READ) as session:
        options = batch_options(session, viewer.actor, translator(language))
        query = select(ReportedBatch).where(queries.is_the_newest_copy(session))
        table = read_table(session, BATCH_LIST, query, request, batch_rows, options)
    return table_page(request, table, "indicators/batches.html")


def _suitable(region: Region) -> Breakdown:
    """What a region is broken down by unless something else is asked for: a county has no parts."""
    return Breakdown.FOOD_GROUP if region.level is Level.COUNTY else Breakdown.REGION


def _kept(asked: Asked, region: Region) -> Asked:
    """The question with its region named, for the addresses that the page leads to."""
    from dataclasses import replace

    return replace(asked, region=region.code)


def _named(answer: Response, what: str, day: str) -> Response:
    if answer.media_type == XLSX:
        answer.headers["Content-Disposition"] = f'attachment; filename="indicators-{what}-{day}.xlsx"'
    return answer


def _later(period: Period, lims: Lims) -> Period | None:
    """The next period, once it has begun."""
    after = neighbour(period, 1)
    return after if after and after.starts_on <= local_day(lims.clock.now()) else None


def _steps(session: LimsSession, region: Region, in_view: Sequence[Region], asked: Asked) -> list[Step]:
    """The regions around this one, the largest first."""
    codes = {each.code for each in in_view}
    steps: list[Step] = []
    above = region.parent_code
    while above is not None and len(steps) < 5:
        found = network.region_by_code(session, above)
        steps.insert(0, Step(found.name, asked.address(region=found.code) if found.code in codes else None))
        above = found.parent_code
    return steps


def _picture(
    session: LimsSession, lims: Lims, viewer: Viewer, asked: Asked, region: Region, language: Language
) -> Picture:
    say = translator(language)
    kept = _kept(asked, region)
    today = local_day(lims.clock.now())
    year = Period.parse(str(asked.period.year))
    whole_year = _kept(asked, region).question
    from dataclasses import replace

    rows = table_of(session, viewer.actor, replace(whole_year, period=year), Breakdown.MONTH, today).rows
    months = months_to_show(rows, today)
    return Picture(
        _map(session, lims, viewer, kept, region, say),
        (
            (rate_chart(months, kept, asked.period.year, say), batches_chart(months, kept, asked.period.year, say))
            if months
            else ()
        ),
    )


def _map(
    session: LimsSession, lims: Lims, viewer: Viewer, asked: Asked, region: Region, say: Translate
) -> MapView | None:
    """The map of the region, of a county that of its prefecture; none of what is smaller."""
    if region.level is Level.TOWNSHIP:
        return None
    around = region
    if region.level is Level.COUNTY and region.parent_code:
        around = network.region_by_code(session, region.parent_code)
    rows: dict[str, Row] = county_rows(session, asked.question, around, local_day(lims.clock.now()))
    seen = {each.code for each in regions_in_view(session, viewer.actor) if is_within(each.code, around.code)}
    order = MapOrder(
        asked.map, around.code, region.code, rows, seen, lambda code: asked.address(region=code, by=None)
    )
    return map_view(regions_map(lims.settings.assets), order, say)
