"""The charts of an evaluation page: ordered scores, the density of the results, Mandel's h and k, Youden pairs."""

from typing import Final

from lims.core.reasons import Translate, mark
from lims.documents.proficiency_report import AnalytePart, YoudenPart
from lims.science.proficiency_scores import ACTS, SATISFIES
from lims.web.charts import Axis, Chart, Line, LineKind, Mark, Point, Series, Table

#: Beyond it bars are cut off: one gross error must not flatten the others; the number stands beside the bar.
_FARTHEST: Final = 5.0
_NO_TABLE: Final = Table((), ())


def scores_chart(part: AnalytePart, own: str, say: Translate) -> Chart | None:
    """Bars of the scores that count, ascending; the own one and those that are not satisfactory in other colours."""
    drawing = part.scores
    if drawing is None:
        return None
    kinds = {
        say(mark("satisfactory")): (1, [s for s in drawing.scores if abs(s[1]) <= SATISFIES and s[0] != own]),
        say(mark("questionable")): (3, [s for s in drawing.scores if SATISFIES < abs(s[1]) < ACTS and s[0] != own]),
        say(mark("unsatisfactory")): (2, [s for s in drawing.scores if abs(s[1]) >= ACTS and s[0] != own]),
        say(mark("own laboratory")): (5, [s for s in drawing.scores if s[0] == own]),
    }
    places = {name: place for place, (name, _, _) in enumerate(drawing.scores)}
    series = tuple(
        Series(
            name,
            tuple(
                Point(places[code], _cut(score), f"{code}: {drawing.sign} = {written}")
                for code, score, written in scores
            ),
            Mark.BARS,
            colour,
        )
        for name, (colour, scores) in kinds.items()
        if scores
    )
    return Chart(
        title=say(mark("Scores in ascending order")),
        x=Axis(say(mark("Participant code"))),
        y=Axis(drawing.sign, lowest=-_FARTHEST, highest=_FARTHEST),
        series=series,
        table=_NO_TABLE,
        categories=tuple(name for name, _, _ in drawing.scores),
        lines=(
            Line(ACTS, "3", LineKind.ACTION),
            Line(SATISFIES, "2", LineKind.WARNING),
            Line(-SATISFIES, "−2", LineKind.WARNING),
            Line(-ACTS, "−3", LineKind.ACTION),
        ),
        summary=say(mark("Bars beyond 5 are cut off; the table has every number.")),
    )


def density_chart(part: AnalytePart, say: Translate) -> Chart | None:
    """The density of the results with the results below it, and the assigned value."""
    drawing = part.density
    if drawing is None:
        return None
    lowest, highest = drawing.places[0], drawing.places[-1]
    most = max(drawing.heights) or 1.0
    curve = tuple(
        Point(place, height / most) for place, height in zip(drawing.places[::4], drawing.heights[::4], strict=True)
    )
    dots = tuple(Point(value, 0.0, f"{value:g}") for value in drawing.values if lowest <= value <= highest)
    series = [
        Series(say(mark("Density")), curve, Mark.CURVE, 1),
        Series(say(mark("Results")), dots, Mark.POINTS, 4),
    ]
    if drawing.assigned is not None and lowest <= drawing.assigned <= highest:
        upright = (Point(drawing.assigned, 0.0), Point(drawing.assigned, 1.0))
        series.append(Series(say(mark("Assigned value")), upright, Mark.CURVE, 2))
    return Chart(
        title=say(mark("Density of the results")),
        x=Axis(drawing.x_title),
        y=Axis(say(mark("Density, its highest as 1")), lowest=0.0),
        series=tuple(series),
        table=_NO_TABLE,
    )


def mandel_charts(part: AnalytePart, own: str, say: Translate) -> tuple[Chart, ...]:
    """Mandel's h and k, a bar for each participant, with both critical values; nothing without replicates."""
    drawing = part.mandel
    if drawing is None:
        return ()
    names = tuple(name for name, _, _ in drawing.statistics)
    h = [one for _, one, _ in drawing.statistics]
    k = [one for _, _, one in drawing.statistics]
    return (
        _mandel_chart(say(mark("Mandel's h: between participants")), ("h", names, h), drawing.h_critical, own, say),
        _mandel_chart(say(mark("Mandel's k: within a participant")), ("k", names, k), drawing.k_critical, own, say),
    )


def youden_chart(part: YoudenPart, own: str, say: Translate) -> Chart:
    """z of two items against each other: who is off in both to one side, up right or down left, is off by a habit."""
    drawing = part.drawing
    groups = (
        (say(mark("Participants")), 1, [one for one in drawing.points if one[0] != own]),
        (say(mark("own laboratory")), 5, [one for one in drawing.points if one[0] == own]),
    )
    series = [
        Series(
            name,
            tuple(Point(_cut(x), _cut(y), f"{code}: z = {x:.2f}; {y:.2f}") for code, x, y in chosen),
            Mark.POINTS,
            colour,
        )
        for name, colour, chosen in groups
        if chosen
    ]
    edge, bound = _FARTHEST, SATISFIES
    corners = ((-bound, -bound), (bound, -bound), (bound, bound), (-bound, bound), (-bound, -bound))
    frame = tuple(Point(x, y) for x, y in corners)
    series.append(Series(say(mark("|z| ≤ 2 in both items")), frame, Mark.CURVE, 4))
    return Chart(
        title=f"{say(mark('Youden plot'))}: {part.name}",
        x=Axis(drawing.x_title, lowest=-edge, highest=edge),
        y=Axis(drawing.y_title, lowest=-edge, highest=edge),
        series=tuple(series),
        table=_NO_TABLE,
        lines=(Line(0.0, "0", LineKind.CENTRE),),
        summary=say(mark("Points beyond 5 stand at the edge; pointing at one shows its numbers.")),
    )


def _cut(score: float) -> float:
    return max(-_FARTHEST, min(_FARTHEST, score))


def _mandel_chart(
    title: str,
    what: tuple[str, tuple[str, ...], list[float]],
    critical: tuple[float, float],
    own: str,
    say: Translate,
) -> Chart:
    sign, names, values = what
    points = [Point(place, value, f"{names[place]}: {sign} = {value:.2f}") for place, value in enumerate(values)]
    groups = (
        (say(mark("Participants")), 1, [one for one in points if names[int(one.x)] != own]),
        (say(mark("own laboratory")), 5, [one for one in points if names[int(one.x)] == own]),
    )
    signs = (1, -1) if sign == "h" else (1,)
    return Chart(
        title=title,
        x=Axis(say(mark("Participant code"))),
        y=Axis(sign),
        series=tuple(Series(name, tuple(chosen), Mark.BARS, colour) for name, colour, chosen in groups if chosen),
        table=_NO_TABLE,
        categories=names,
        lines=tuple(
            Line(side * bound, f"{percent} %", kind)
            for bound, percent, kind in (
                (critical[0], 5, LineKind.WARNING),
                (critical[1], 1, LineKind.ACTION),
            )
            for side in signs
        ),
    )
