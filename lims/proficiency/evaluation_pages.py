"""The page of an evaluation: for the organiser with everything, for participants coded and with their own scores."""

from fastapi import APIRouter
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
from lims.web.acting import VisitDep

router = APIRouter(prefix="/proficiency/{number}")


@router.get("/evaluation")
def evaluation_page(number: str, visit: VisitDep) -> Response:
    """Scores and charts of a round, out of its frozen evaluation."""
    say = translator(visit.language)
    with reading(visit.lims, visit.actor, Action.PROFICIENCY_READ) as session:
        report = looking.whole_report(session, number, visit.language)
        code = _own_code(session, number)
        found = _round(session, number)
        evaluation = queries.evaluation_of(session, found)
        is_organiser = found.laboratory_id == visit.actor.laboratory_id and visit.viewer.may(Action.PROFICIENCY_PLAN)
    return visit.show(
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
def report_file(number: str, visit: VisitDep, lang: Language | None = None) -> Response:
    """The report of the round as PDF."""
    content = looking.print_whole(visit.lims, visit.actor, number, lang or visit.language)
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
