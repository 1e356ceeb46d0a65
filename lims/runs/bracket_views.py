"""Bracketing standards along the sequence, drawn (夹心校准图)."""

from decimal import Decimal

from lims.core.reasons import Translate, mark
from lims.runs.curves import Curve, residual_chart
from lims.runs.kept_brackets import KeptBrackets
from lims.science.rounding import plain
from lims.web.charts import Axis, Chart, Point, Series, Shape, Table
from lims.web.formats import short


def second_chart(curve: Curve, name: str, allowed: Decimal | None, say: Translate) -> Chart:
    """What stands beside the curve: deviations of its standards, or the response factors of those that bracket."""
    if curve.brackets is not None:
        return bracket_chart(curve.brackets, name, say)
    return residual_chart(curve, name, allowed, say)


def bracket_chart(brackets: KeptBrackets, name: str, say: Translate) -> Chart:
    """The response factor of every bracketing standard by its place: what drifts is seen."""
    series = []
    for is_used, title, colour, shape in (
        (True, mark("Standards"), 1, Shape.CIRCLE),
        (False, mark("Left out"), 2, Shape.CROSS),
    ):
        points = tuple(
            Point(float(one.position), float(one.factor), f"{one.point.label}: {short(one.factor, 4)}")
            for one in brackets.standards
            if one.point.is_used is is_used
        )
        if points:
            series.append(Series(say(title), points, colour=colour, shape=shape))
    factors = [one.factor for one in brackets.standards if one.point.is_used]
    return Chart(
        title=say(mark("Response factor of {name} over the sequence")).format(name=name),
        x=Axis(say(mark("Place in the sequence"))),
        y=Axis(say(mark("Response factor y / x")), lowest=0),
        series=tuple(series),
        table=Table((), ()),
        summary=f"RF {short(min(factors), 4)}–{short(max(factors), 4)}, ±{plain(brackets.terms.max_drift_percent)} %"
        if factors
        else "",
    )
