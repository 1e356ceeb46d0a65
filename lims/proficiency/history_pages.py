"""The page of a laboratory's scores through the rounds."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.language import translator
from lims.core.reasons import Translate, mark
from lims.core.words import word
from lims.proficiency.doors import reading
from lims.proficiency.history import PastScore, own_scores_so_far
from lims.science.proficiency_scores import ACTS, SATISFIES, SIGNS, Grade, ScoreKind
from lims.science.rounding import decimal_from_float, plain, round_to_places
from lims.web.acting import VisitDep
from lims.web.charts import Axis, Chart, Line, LineKind, Link, Mark, Point, Series, Shape, Table

router = APIRouter(prefix="/proficiency")

#: Beyond it points stand at the edge; the table has the number.
_FARTHEST: Final = 5.0
_GRADES: Final = (
    (Grade.SATISFACTORY, 1, Shape.CIRCLE),
    (Grade.QUESTIONABLE, 3, Shape.TRIANGLE),
    (Grade.UNSATISFACTORY, 2, Shape.SQUARE),
)


@router.get("/scores")
def scores_page(visit: VisitDep, analyte: str = "") -> Response:
    """All published scores of the own laboratory, or those of one analyte, round after round."""
    with reading(visit.lims, visit.actor, Action.PROFICIENCY_READ) as session:
        found = own_scores_so_far(session)
    chosen = [one for one in found if not analyte or one.analyte == analyte]
    return visit.show(
        "proficiency/scores.html",
        chart=scores_over_rounds(chosen, translator(visit.language)),
        analytes=sorted({one.analyte for one in found}),
        analyte=analyte,
        repeated=[one for one in chosen if one.repeats],
    )


def scores_over_rounds(scores: list[PastScore], say: Translate) -> Chart:
    """A place for each round, a point for each score; the table has every number."""
    numbers = list(dict.fromkeys(one.number for one in scores))
    series = tuple(
        Series(
            say(word(grade)),
            tuple(
                Point(
                    numbers.index(one.number),
                    max(-_FARTHEST, min(_FARTHEST, one.score)),
                    f"{one.analyte} {one.item}: {_sign(one)} = {_shown(one)}",
                    f"/proficiency/{one.number}/evaluation",
                )
                for one in scores
                if one.grade is grade
            ),
            Mark.POINTS,
            colour,
            shape,
        )
        for grade, colour, shape in _GRADES
    )
    headings = (mark("Round"), mark("Analyte"), mark("Item"), mark("Score"), mark("Grade"), mark("Remarks"))
    return Chart(
        title=say(mark("Scores round after round")),
        x=Axis(say(mark("Round"))),
        y=Axis(say(mark("Score that counts")), lowest=-_FARTHEST, highest=_FARTHEST),
        series=tuple(one for one in series if one.points),
        categories=tuple(numbers),
        lines=(
            Line(ACTS, "3", LineKind.ACTION),
            Line(SATISFIES, "2", LineKind.WARNING),
            Line(0, "0", LineKind.CENTRE),
            Line(-SATISFIES, "−2", LineKind.WARNING),
            Line(-ACTS, "−3", LineKind.ACTION),
        ),
        table=Table(
            tuple(say(heading) for heading in headings),
            tuple(
                (
                    Link(one.number, f"/proficiency/{one.number}/evaluation"),
                    one.analyte,
                    one.item,
                    f"{_sign(one)} = {_shown(one)}",
                    say(word(one.grade)),
                    say(mark("off to the same side as in the round before")) if one.repeats else "",
                )
                for one in reversed(scores)
            ),
        ),
        summary=say(mark("Points beyond 5 stand at the edge; the table has every number.")),
    )


def _sign(one: PastScore) -> str:
    return SIGNS[ScoreKind(one.sign)]


def _shown(one: PastScore) -> str:
    return plain(round_to_places(decimal_from_float(one.score), 2))
