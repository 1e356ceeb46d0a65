"""Pages of indicators: figures beside their targets, on a map, by month and by part; and the batches behind them."""

from dataclasses import replace

from fastapi import APIRouter, Request
from sqlmodel import select
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.language import translator
from lims.indicators import queries, return_pages
from lims.indicators.asked import Asked, CountsAs, MapFigure
from lims.indicators.batch_list import BATCH_LIST, batch_options, batch_rows
from lims.indicators.breakdowns import HEADINGS, parts_of, table_for
from lims.indicators.overview import Drawing, mood_of, overview, suitable
from lims.indicators.reading import Reading
from lims.indicators.service import table_of
from lims.indicators.tables import ReportedBatch
from lims.indicators.tasks import book_due
from lims.samples.rules import Programme, Stage
from lims.web.dependencies import LimsDep
from lims.web.page import is_htmx
from lims.web.regions_map import regions_map
from lims.web.table_page import read_table, read_values, table_page
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter()
router.include_router(return_pages.router)


@router.get("/indicators")
def indicators(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """Pass rate and batches per thousand residents of a region and period, and what they are made of."""
    lims.require(viewer.actor, Action.INDICATORS_READ)
    book_due(lims)
    now = lims.clock.now()
    today = local_day(now)
    asked = Asked.read(request.query_params, today)
    with lims.read(viewer.actor, Action.INDICATORS_READ) as session:
        reading = Reading(session, viewer.actor, today)
        region = reading.region(asked.region)
        by = asked.by or suitable(region)
        figures = table_of(reading, asked.question, by)
        parts = parts_of(figures, replace(asked, region=region.code))
        table = read_values(session, table_for(by, f"{region.name} {asked.period.label}"), parts, request)
        if table.workbook is not None or is_htmx(request):
            return _named(table_page(request, table), f"{region.code}-{asked.period.label}-{by}-{today}")
        drawing = Drawing(translator(language), regions_map(lims.settings.assets))
        view = overview(reading, drawing, asked, figures)
    return table_page(
        request,
        table,
        "indicators/overview.html",
        view=view,
        at=now,
        mood_of=mood_of,
        headings=HEADINGS,
        CountsAs=CountsAs,
        MapFigure=MapFigure,
        Programme=Programme,
        Stage=Stage,
    )


@router.get("/indicators/batches")
def batches(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """The batches behind a figure, with their reports."""
    lims.require(viewer.actor, Action.INDICATORS_READ)
    book_due(lims)
    with lims.read(viewer.actor, Action.INDICATORS_READ) as session:
        reading = Reading(session, viewer.actor, local_day(lims.clock.now()))
        options = batch_options(reading, translator(language))
        query = select(ReportedBatch).where(queries.is_the_newest_copy(session))
        table = read_table(session, BATCH_LIST, query, request, batch_rows, options)
    return table_page(request, table, "indicators/batches.html")


def _named(answer: Response, what: str) -> Response:
    """A workbook whose name says of what it is; the part of a page has none."""
    if "content-disposition" in answer.headers:
        answer.headers["Content-Disposition"] = f'attachment; filename="indicators-{what}.xlsx"'
    return answer
