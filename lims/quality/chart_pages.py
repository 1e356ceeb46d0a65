"""Pages of control charts: the list with how each stands, and one chart with its limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import LimsError, NotFound
from lims.core.language import translator
from lims.core.reasons import mark
from lims.core.spreadsheets import parse_day
from lims.core.words import word
from lims.library.queries import current_library
from lims.people.queries import names_of
from lims.quality import queries, service
from lims.quality.chart_views import chart_address, drawn
from lims.quality.queries import Charted
from lims.quality.rules import ChartKey, PointSource
from lims.quality.schemas import LimitsIn
from lims.quality.work_pages import STATE_MOODS
from lims.science.control_charts import ChartKind, DeviationFrom
from lims.science.control_rules import ChartState, RuleSet
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.table import Chip, Column, Mood, Table
from lims.web.table_filters import ChoiceFilter, TextFilter
from lims.web.table_page import read_values, table_page
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter(prefix="/quality/charts")
MOODS: dict[ChartState, Mood] = {
    ChartState.IN_CONTROL: "good",
    ChartState.WARNING: "warn",
    ChartState.OUT: "bad",
    ChartState.NO_LIMITS: "plain",
}
_ORDER = (ChartState.OUT, ChartState.WARNING, ChartState.NO_LIMITS, ChartState.IN_CONTROL)


@dataclass(frozen=True, slots=True)
class ChartLine:
    """A chart of the list; `name` is that of its analyte in the reader's language."""

    chart: Charted
    name: str


CHARTS: Table[ChartLine] = Table(
    name="control-charts",
    title=mark("Control charts"),
    columns=(
        Column(
            "analyte",
            mark("Analyte"),
            lambda r: r.name,
            lambda r: r.name,
            link=lambda r: chart_address(r.chart.key),
        ),
        Column("source", mark("Points"), lambda r: r.chart.key.source, lambda r: r.chart.key.source.value),
        Column("level", mark("Level"), lambda r: r.chart.key.level, lambda r: r.chart.key.level),
        Column("method", mark("Method"), lambda r: r.chart.key.method, lambda r: r.chart.key.method),
        Column(
            "state",
            mark("State of the chart"),
            lambda r: Chip(r.chart.state, MOODS[r.chart.state]),
            lambda r: _ORDER.index(r.chart.state),
        ),
        Column("points", mark("Number of points"), lambda r: r.chart.points, lambda r: r.chart.points, kind="number"),
        Column("newest", mark("Newest point"), lambda r: local_day(r.chart.newest), lambda r: r.chart.newest),
        Column(
            "edition",
            mark("Edition of the limits"),
            lambda r: r.chart.limits.edition if r.chart.limits else None,
            kind="number",
        ),
    ),
    filters=(
        ChoiceFilter("state", mark("State of the chart"), ChartState, lambda r: r.chart.state, many=True),
        ChoiceFilter("source", mark("Points"), PointSource, lambda r: r.chart.key.source, many=True),
        TextFilter("analyte", mark("Analyte"), [lambda r: r.name, lambda r: r.chart.key.analyte]),
        TextFilter("method", mark("Method"), [lambda r: r.chart.key.method]),
    ),
    search=(lambda r: r.name, lambda r: r.chart.key.analyte, lambda r: r.chart.key.method),
    mood=lambda r: "bad" if r.chart.state is ChartState.OUT else "plain",
    nothing=mark("No run has given a point yet: spikes, check standards and blanks of runs become points of charts."),
)


@router.get("")
def charts_page(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """Every chart, what is out of control first."""
    with lims.read(viewer.actor, Action.QUALITY_READ) as session:
        library = current_library(session)
        lines = [ChartLine(one, library.substance_name(one.key.analyte, language)) for one in queries.charts(session)]
        lines.sort(key=lambda line: (_ORDER.index(line.chart.state), line.name, line.chart.key))
        table = read_values(session, CHARTS, lines, request)
    return table_page(request, table)


@router.get("/one")
def chart_page(
    request: Request,
    lims: LimsDep,
    viewer: ViewerDep,
    language: PageLanguage,
    method: str = "",
    analyte: str = "",
    source: str = "",
    level: str = "",
) -> Response:
    """One chart; `kind`, `begins` and `ends` in the address say what of it is drawn, and how."""
    key = _key(method, analyte, source, level)
    return _chart(request, lims, viewer, language, key, Filled())


@router.post("/limits")
def set_limits(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """New limits from a reference period."""
    lims.require(viewer.actor, Action.CHART_SET_LIMITS)
    key = _key(form.text("method"), form.text("analyte"), form.text("source"), form.text("level"))
    try:
        order = form.read(LimitsIn, lists=("excluded",))
        with lims.work(viewer.actor, Action.CHART_SET_LIMITS, order.reason) as session:
            made = service.set_limits(session, order)
    except LimsError as refusal:
        shown = refused(form, refusal, language)
        return _chart(request, lims, viewer, language, key, shown, status_of(refusal))
    note = mark("Edition {edition} of the limits is set.")
    return see_other(request, chart_address(key), note, draft="control-limits", edition=made.edition)


def _key(method: str, analyte: str, source: str, level: str) -> ChartKey:
    if source not in set(PointSource):
        raise NotFound.of("control chart", analyte[:100])
    return ChartKey(method, analyte, PointSource(source), level)


def _chart(
    request: Request,
    lims: LimsDep,
    viewer: ViewerDep,
    language: PageLanguage,
    key: ChartKey,
    form: Filled,
    status: int = 200,
) -> Response:
    say = translator(language)
    begins, ends = _day(request, "begins"), _day(request, "ends")
    kind = _kind(request)
    with lims.read(viewer.actor, Action.QUALITY_READ) as session:
        everything = queries.points_of(session, key)
        if not everything:
            raise NotFound.of("control chart", key.analyte[:100])
        points = queries.points_of(session, key, begins=begins, ends=ends)
        editions = queries.limits_of(session, key)
        limits = editions[0] if editions else None
        name = current_library(session).substance_name(key.analyte, language)
        title = " · ".join(filter(None, (name, say(word(key.source)), key.level)))
        history = everything if limits is None else queries.since(everything, limits)
        view = drawn(points, history, limits, kind, title, say)
        state = next((one.state for one in queries.charts(session) if one.key == key), ChartState.NO_LIMITS)
        return page(
            request,
            "quality/chart.html",
            status=status,
            key=key,
            name=name,
            chart_title=title,
            view=view,
            kind=kind,
            kinds=tuple(ChartKind),
            begins=begins,
            ends=ends,
            points=points,
            limits=limits,
            editions=editions,
            people=names_of(session, {one.set_by for one in editions}),
            state=state,
            mood=MOODS[state],
            work=queries.work_of_chart(session, key),
            work_moods=STATE_MOODS,
            form=form if form.values else Filled(_starting_form(everything)),
            may_set=viewer.may(Action.CHART_SET_LIMITS),
            deviations=tuple(DeviationFrom),
            rule_sets=tuple(RuleSet),
            address=lambda **more: chart_address(key, **more),
        )


def _starting_form(points: Sequence[queries.Point]) -> dict[str, str]:
    first, last = local_day(points[0].at), local_day(points[-1].at)
    return {"reference_from": first.isoformat(), "reference_until": last.isoformat()}


def _day(request: Request, name: str) -> date | None:
    found = parse_day(request.query_params.get(name, "")[:20])
    return found if isinstance(found, date) else None


def _kind(request: Request) -> ChartKind:
    wanted = request.query_params.get("kind", "")
    return ChartKind(wanted) if wanted in set(ChartKind) else ChartKind.INDIVIDUALS
