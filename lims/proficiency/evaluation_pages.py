"""The page of an evaluation: for the organiser with everything, for participants coded and with their own scores."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import NotFound
from lims.core.language import Language, translator
from lims.db.work import LimsSession
from lims.documents.proficiency_report import report_of_participant
from lims.proficiency import looking, queries
from lims.proficiency.charts import density_chart, mandel_charts, scores_chart, youden_chart
from lims.proficiency.doors import reading
from lims.proficiency.rules import RoundState
from lims.proficiency.tables import ProficiencyRound
from lims.web.dependencies import LimsDep
from lims.web.page import page
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter(prefix="/proficiency/{number}")


@router.get("/evaluation")
def evaluation_page(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage
) -> Response:
    """Scores and charts of a round, out of its frozen evaluation."""
    say = translator(language)
    with reading(lims, viewer.actor, Action.PROFICIENCY_READ) as session:
        report = looking.whole_report(session, number, language)
        code = _own_code(session, number)
        found = _round(session, number)
        evaluation = queries.evaluation_of(session, found)
        is_organiser = found.laboratory_id == viewer.actor.laboratory_id and viewer.may(Action.PROFICIENCY_PLAN)
    return page(
        request,
        "proficiency/evaluation.html",
        found=found,
        mood=looking.MOODS[found.state],
        report=report,
        own_lines=report_of_participant(report, code, "").lines if code else (),
        code=code,
        evaluation=evaluation,
        is_organiser=is_organiser,
        charts=[
            (scores_chart(part, code, say), density_chart(part, say), *mandel_charts(part, code, say))
            for part in report.parts
        ],
        pairs=[(part, youden_chart(part, code, say)) for part in report.youden],
        states=RoundState,
    )


@router.get("/report.pdf")
def report_file(
    number: str, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, lang: Language | None = None
) -> Response:
    """The report of the round as PDF."""
    content = looking.print_whole(lims, viewer.actor, number, lang or language)
    return looking.attached(content, "application/pdf", f"{number}.pdf")


def _own_code(session: LimsSession, number: str) -> str:
    """The code of the own laboratory in a published round; empty for an organiser that takes no part."""
    try:
        return queries.published_participation(session, number)[1].code
    except NotFound:
        return ""


def _round(session: LimsSession, number: str) -> ProficiencyRound:
    own = [one for one in queries.own_rounds(session) if one.number == number]
    return own[0] if own else queries.published_participation(session, number)[0]
