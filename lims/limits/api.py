"""JSON routes of judgements."""

from fastapi import APIRouter

from lims.core.actions import Action
from lims.core.errors import NotFound
from lims.db.work import LimsSession
from lims.library.queries import current_library
from lims.limits import law_api, market_api, queries, service, stream_api
from lims.limits.schemas import Answer, JudgementOut, JudgementWithLines, LineOut, Question
from lims.limits.tables import Judgement
from lims.web.dependencies import ActorDep, LimsDep

router = APIRouter(prefix="/api", tags=["limits"])
router.include_router(stream_api.router)
router.include_router(market_api.router)
router.include_router(law_api.router)


@router.post("/samples/{number}/judgement", status_code=201)
def judge(number: str, lims: LimsDep, actor: ActorDep) -> JudgementWithLines:
    """Judge a sample by its verified results and the library in use; earlier judgements stay."""
    with lims.work(actor, Action.SAMPLE_JUDGE) as session:
        sample = service.sample_to_judge(session, number)
        judgement = service.judge_sample(session, current_library(session), sample.id)
        return _with_lines(session, number, judgement)


@router.get("/samples/{number}/judgement")
def latest(number: str, lims: LimsDep, actor: ActorDep) -> JudgementWithLines:
    """The newest judgement of a sample, with what led to each verdict."""
    with lims.read(actor, Action.RESULT_READ) as session:
        judgement = queries.latest_judgement(session, service.sample_to_judge(session, number).id)
        if judgement is None:
            raise NotFound.of("judgement of sample", number)
        return _with_lines(session, number, judgement)


@router.get("/samples/{number}/judgements")
def history(number: str, lims: LimsDep, actor: ActorDep) -> list[JudgementOut]:
    """Every judgement of a sample, the newest first."""
    with lims.read(actor, Action.RESULT_READ) as session:
        found = queries.judgements_of(session, service.sample_to_judge(session, number).id)
        return [_out(number, judgement) for judgement in found]


@router.post("/judge")
def ask(question: Question, lims: LimsDep, actor: ActorDep) -> Answer:
    """What the law of a day says of some amounts in a food; nothing is stored."""
    with lims.read(actor, Action.LIBRARY_READ) as session:
        library = current_library(session)
    judged = service.judge_amounts(
        library,
        question.occasion(question.market),
        question.amounts(),
        question.parameters,
        question.unconfirmed,
    )
    lines = [LineOut(**service.line_values(library, line)) for line in judged.lines]
    return Answer(overall=judged.overall, lines=lines)


def _out(number: str, judgement: Judgement) -> JudgementOut:
    return JudgementOut.model_validate({**judgement.model_dump(), "sample": number})


def _with_lines(session: LimsSession, number: str, judgement: Judgement) -> JudgementWithLines:
    lines = [LineOut.model_validate(line) for line in queries.lines_of(session, judgement.id)]
    return JudgementWithLines(**_out(number, judgement).model_dump(), lines=lines)
