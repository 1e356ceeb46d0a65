"""Control charts as pages draw them: single values and moving range, means and ranges, EWMA, CUSUM."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import groupby
from urllib.parse import urlencode

from lims.core.reasons import Translate, mark
from lims.core.words import word
from lims.quality import queries
from lims.quality.queries import Point
from lims.quality.rules import ChartKey
from lims.quality.tables import ControlChartLimits
from lims.science.control_charts import (
    FACTORS,
    ChartKind,
    cusum,
    ewma,
    moving_range_limits,
    moving_ranges,
)
from lims.science.control_rules import RULES, Broken, Weight, broken_rules
from lims.science.rounding import CALCULATION
from lims.web.charts import (
    Axis,
    Chart,
    Line,
    LineKind,
    Link,
    Mark,
    Series,
    Shape,
    Table,
    category_points,
    control_lines,
)
from lims.web.charts import Point as Dot
from lims.web.formats import day, short

_ELSEWHERE = Table((), ())


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A broken rule as the page lists it."""

    rule: str
    is_out: bool
    point: Point


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart ready for its page: what is drawn, and which rules the points break."""

    charts: tuple[Chart, ...]
    broken: tuple[BrokenLine, ...]


def chart_address(key: ChartKey, **more: str) -> str:
    """The page of a chart."""
    asked = {"method": key.method, "analyte": key.analyte, "source": key.source.value, "level": key.level, **more}
    return f"/quality/charts/one?{urlencode({name: value for name, value in asked.items() if value})}"


def drawn(
    points: Sequence[Point],
    history: Sequence[Point],
    limits: ControlChartLimits | None,
    kind: ChartKind,
    title: str,
    say: Translate,
) -> Drawn:
    """The chart of `points`; rules are read over the whole `history`, of which the points are a part."""
    broken = _broken(history, limits)
    told = {point.check_id for point in points}
    lines = tuple(
        BrokenLine(one.rule, one.weight is Weight.OUT, history[one.at])
        for one in reversed(broken)
        if history[one.at].check_id in told
    )
    draw = {
        ChartKind.INDIVIDUALS: _individuals,
        ChartKind.MEANS: _means,
        ChartKind.EWMA: _ewma,
        ChartKind.CUSUM: _cusum,
    }[kind]
    if limits is None and kind in (ChartKind.EWMA, ChartKind.CUSUM):
        return Drawn((), lines)
    by_check: dict[object, list[Broken]] = {}
    for one in broken:
        by_check.setdefault(history[one.at].check_id, []).append(one)
    return Drawn(tuple(draw(points, limits, title, by_check, say)), lines)


def _broken(history: Sequence[Point], limits: ControlChartLimits | None) -> list[Broken]:
    if limits is None:
        return []
    return broken_rules(queries.plotted(history, limits), RULES[limits.rule_set])


_ByCheck = Mapping[object, Sequence[Broken]]


def _individuals(
    points: Sequence[Point], limits: ControlChartLimits | None, title: str, by_check: _ByCheck, say: Translate
) -> list[Chart]:
    lines = () if limits is None else control_lines(float(limits.centre), float(limits.deviation), say)
    ranges = moving_ranges([point.value for point in points])
    found = [
        Chart(
            title=title,
            x=Axis(say(mark("Run"))),
            y=Axis(say(mark("Value")), _unit(points)),
            series=_series(points, [point.value for point in points], by_check, say),
            table=_table(points, limits, by_check, say),
            categories=_names(points),
            lines=lines,
        )
    ]
    if len(points) > 1:
        found.append(_range_chart(points[1:], ranges, limits, say))
    return found


def _range_chart(
    points: Sequence[Point], ranges: Sequence[Decimal], limits: ControlChartLimits | None, say: Translate
) -> Chart:
    lines: tuple[Line, ...] = ()
    if limits is not None:
        of_range = moving_range_limits(limits.mean_moving_range)
        lines = (
            Line(float(of_range.upper), say(mark("Action limit")), LineKind.ACTION),
            Line(float(of_range.centre), say(mark("Centre line")), LineKind.CENTRE),
        )
    return Chart(
        title=say(mark("Moving range")),
        x=Axis(say(mark("Run"))),
        y=Axis(say(mark("Difference from the point before")), _unit(points), lowest=0),
        series=_series(points, ranges, {}, say, colour=3),
        table=_ELSEWHERE,
        categories=_names(points),
        lines=lines,
    )


def _means(
    points: Sequence[Point], limits: ControlChartLimits | None, title: str, _by_check: _ByCheck, say: Translate
) -> list[Chart]:
    """Means and ranges of the values of each run; a run with one value has no range."""
    runs = [list(group) for _, group in groupby(points, key=lambda point: point.run_id)]
    firsts = [group[0] for group in runs]
    with localcontext(CALCULATION):
        means = [sum((point.value for point in group), Decimal(0)) / len(group) for group in runs]
        ranges = [max(point.value for point in group) - min(point.value for point in group) for group in runs]
    size = len(runs[0]) if runs and all(len(group) == len(runs[0]) for group in runs) else 0
    found = [_one(firsts, means, title, _mean_lines(limits, size, say), say, _mean_table(runs, means, ranges, say))]
    if size > 1:
        range_lines: tuple[Line, ...] = ()
        if size in FACTORS and ranges:
            centre = sum(ranges, Decimal(0)) / len(ranges)
            range_lines = (
                Line(float(FACTORS[size].d4 * centre), say(mark("Action limit")), LineKind.ACTION),
                Line(float(centre), say(mark("Centre line")), LineKind.CENTRE),
            )
        found.append(_one(firsts, ranges, say(mark("Ranges of the runs")), range_lines, say))
    return found


def _mean_lines(limits: ControlChartLimits | None, size: int, say: Translate) -> tuple[Line, ...]:
    if limits is None or not size:
        return ()
    return control_lines(float(limits.centre), float(limits.deviation / Decimal(size).sqrt()), say)


def _mean_table(
    runs: Sequence[Sequence[Point]], means: Sequence[Decimal], ranges: Sequence[Decimal], say: Translate
) -> Table:
    heads = tuple(map(say, (mark("Worksheet"), mark("Day"), mark("Values"), mark("Mean"), mark("Range of values"))))
    rows = tuple(
        (Link(group[0].worksheet, _run(group[0])), day(group[0].at), str(len(group)), short(mean), short(spread))
        for group, mean, spread in zip(runs, means, ranges, strict=True)
    )
    return Table(heads, rows, frozenset({2, 3, 4}))


def _ewma(
    points: Sequence[Point], limits: ControlChartLimits | None, title: str, by_check: _ByCheck, say: Translate
) -> list[Chart]:
    if limits is None:
        return []
    found = ewma([point.value for point in points], limits.centre, limits.deviation)
    bounds = (
        Series(say(mark("Upper limit")), category_points([float(p.limits.upper) for p in found]), Mark.CURVE, colour=2),
        Series(say(mark("Lower limit")), category_points([float(p.limits.lower) for p in found]), Mark.CURVE, colour=2),
    )
    values = [point.value for point in found]
    line = _one(points, values, title, (Line(float(limits.centre), say(mark("Centre line")), LineKind.CENTRE),), say)
    told = _rows(points, by_check, say, [(say(mark("Average")), [short(v) for v in values])])
    return [_with(line, bounds, told)]


def _cusum(
    points: Sequence[Point], limits: ControlChartLimits | None, title: str, by_check: _ByCheck, say: Translate
) -> list[Chart]:
    if limits is None:
        return []
    found = cusum([point.value for point in points], limits.centre, limits.deviation)
    decision = float(found[0].decision) if found else 0.0
    below = Series(
        say(mark("Sum below")),
        _dots(points, [-one.below for one in found]),
        Mark.LINE,
        colour=3,
        shape=Shape.TRIANGLE,
    )
    lines = (
        Line(decision, say(mark("Decision limit")), LineKind.ACTION),
        Line(0, "", LineKind.CENTRE),
        Line(-decision, say(mark("Decision limit")), LineKind.ACTION),
    )
    above = [one.above for one in found]
    line = _one(points, above, title, lines, say, name=say(mark("Sum above")))
    columns = [
        (say(mark("Sum above")), [short(v) for v in above]),
        (say(mark("Sum below")), [short(one.below) for one in found]),
    ]
    return [_with(line, (below,), _rows(points, by_check, say, columns))]


def _one(
    points: Sequence[Point],
    values: Sequence[Decimal],
    title: str,
    lines: tuple[Line, ...],
    say: Translate,
    table: Table = _ELSEWHERE,
    name: str = "",
) -> Chart:
    return Chart(
        title=title,
        x=Axis(say(mark("Run"))),
        y=Axis(say(mark("Value")), _unit(points)),
        series=(Series(name or say(mark("Values")), _dots(points, values), Mark.LINE),),
        table=table,
        categories=_names(points),
        lines=lines,
    )


def _with(chart: Chart, more: tuple[Series, ...], table: Table) -> Chart:
    return Chart(chart.title, chart.x, chart.y, (*chart.series, *more), table, chart.categories, chart.lines)


def _series(
    points: Sequence[Point], values: Sequence[Decimal], by_check: _ByCheck, say: Translate, *, colour: int = 1
) -> tuple[Series, ...]:
    """All points as one line, and those that break a rule once more, in a shape of their own."""
    found = [Series(say(mark("Values")), _dots(points, values), Mark.LINE, colour)]
    marked = [dot for dot, point in zip(_dots(points, values), points, strict=True) if by_check.get(point.check_id)]
    if marked:
        found.append(Series(say(mark("Rule broken")), tuple(marked), Mark.POINTS, 2, Shape.DIAMOND))
    return tuple(found)


def _dots(points: Sequence[Point], values: Sequence[Decimal]) -> tuple[Dot, ...]:
    labels = [f"{point.worksheet} {point.label}: {short(value)}" for point, value in zip(points, values, strict=True)]
    return category_points([float(value) for value in values], labels, [_run(point) for point in points])


def _names(points: Sequence[Point]) -> tuple[str, ...]:
    """Days, told apart where several points fall on one."""
    seen: dict[str, int] = {}
    told = []
    for point in points:
        name = day(point.at)
        seen[name] = seen.get(name, 0) + 1
        told.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(told)


def _run(point: Point) -> str:
    return f"/runs/{point.run_id}/checks"


def _unit(points: Sequence[Point]) -> str:
    return points[0].unit if points else ""


def _table(points: Sequence[Point], limits: ControlChartLimits | None, by_check: _ByCheck, say: Translate) -> Table:
    if limits is None:
        return _rows(points, by_check, say, [])
    zs = [short(one.z, 3) for one in queries.plotted(points, limits)]
    return _rows(points, by_check, say, [(say(mark("In s from the centre")), zs)])


def _rows(
    points: Sequence[Point], by_check: _ByCheck, say: Translate, more: Sequence[tuple[str, Sequence[str]]]
) -> Table:
    """The points as a table, the newest first; `more` are columns of the kind of chart with their ready heads."""
    first = tuple(map(say, (mark("Day"), mark("Worksheet"), mark("Position in the sequence"), mark("Value"))))
    rows: list[tuple[str | Link, ...]] = []
    for place, point in enumerate(points):
        broken = "; ".join(say(word(one.rule)) for one in by_check.get(point.check_id, ()))
        told = [column[place] for _, column in more]
        rows.append((day(point.at), Link(point.worksheet, _run(point)), point.label, short(point.value), *told, broken))
    heads = (*first, *(head for head, _ in more), say(mark("Rules broken")))
    return Table(heads, tuple(reversed(rows)), frozenset({3, *range(4, 4 + len(more))}))
