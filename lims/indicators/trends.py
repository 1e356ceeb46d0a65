"""Charts of a year by months: the pass rate beside its target, and how many batches were drawn."""

from collections.abc import Sequence
from datetime import date

from lims.core.reasons import Translate, mark
from lims.indicators.asked import Asked
from lims.indicators.figures import Row
from lims.indicators.rules import Period
from lims.web import formats
from lims.web.charts import Axis, Chart, Line, LineKind, Link, Mark, Series, Table, category_points


def months_to_show(rows: Sequence[Row], today: date) -> list[Row]:
    """The months that have begun."""
    return [row for row in rows if Period.parse(row.key).starts_on <= today]


def rate_chart(months: Sequence[Row], asked: Asked, year: int, say: Translate) -> Chart:
    """The pass rate of each month (合格率), with the line of its target."""
    target = next((row.pass_rate.target for row in months if row.pass_rate.target is not None), None)
    lines: tuple[Line, ...] = ()
    if target is not None:
        name = say(mark("target {value}")).format(value=formats.number(target))
        lines = (Line(float(target), name, LineKind.TARGET),)
    values = [float(row.tally.pass_rate) if row.tally.pass_rate is not None else None for row in months]
    lowest = min([90.0, *(value for value in values if value is not None)])
    return Chart(
        title=say(mark("Pass rate by month, {year}")).format(year=year),
        x=Axis(""),
        y=Axis(say(mark("Pass rate")), "%", lowest=max(lowest - 5, 0.0), highest=100.0),
        series=(
            Series(
                say(mark("Pass rate")),
                category_points(values, [_rate_label(row, say) for row in months], _links(months, asked)),
                Mark.LINE,
            ),
        ),
        table=Table(
            tuple(map(say, (mark("Month"), mark("Judged"), mark("Conforming"), mark("Failing"), mark("Pass rate, %")))),
            tuple(
                (
                    Link(row.key, link),
                    formats.number(row.tally.judged),
                    formats.number(row.tally.conforming),
                    formats.number(row.tally.failing),
                    row.pass_rate.shown or formats.NOTHING,
                )
                for row, link in zip(months, _links(months, asked), strict=True)
            ),
            frozenset({1, 2, 3, 4}),
        ),
        categories=tuple(row.key for row in months),
        lines=lines,
    )


def batches_chart(months: Sequence[Row], asked: Asked, year: int, say: Translate) -> Chart:
    """The batches of each month, and how far the year had come by its end."""
    batches = [float(row.tally.batches) for row in months]
    labels = [formats.number(row.tally.batches) for row in months]
    return Chart(
        title=say(mark("Batches by month, {year}")).format(year=year),
        x=Axis(""),
        y=Axis(say(mark("Batches")), lowest=0.0),
        series=(Series(say(mark("Batches")), category_points(batches, labels, _links(months, asked)), Mark.BARS, 3),),
        table=Table(
            tuple(
                map(
                    say,
                    (
                        mark("Month"),
                        mark("Batches"),
                        mark("Batches since 1 January"),
                        mark("Batches per thousand residents"),
                    ),
                )
            ),
            tuple(
                (
                    Link(row.key, link),
                    formats.number(row.tally.batches),
                    formats.number(row.tally.accepted),
                    (row.density.figure.shown if row.density else None) or formats.NOTHING,
                )
                for row, link in zip(months, _links(months, asked), strict=True)
            ),
            frozenset({1, 2, 3}),
        ),
        categories=tuple(row.key for row in months),
    )


def _links(months: Sequence[Row], asked: Asked) -> list[str]:
    return [asked.address(period=Period.parse(row.key)) for row in months]


def _rate_label(row: Row, say: Translate) -> str:
    if row.pass_rate.shown is None:
        return say(mark("no batch was judged"))
    sentence = say(mark("{rate} % of {judged} judged batches"))
    return sentence.format(rate=row.pass_rate.shown, judged=formats.number(row.tally.judged))
