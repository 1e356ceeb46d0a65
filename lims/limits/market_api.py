"""JSON routes of the comparison of markets: who would accept a lot, and what would have to change."""

from collections.abc import Sequence

from fastapi import APIRouter

from lims.core.actions import Action
from lims.core.language import Language
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.limits import service
from lims.limits.markets import Hindrance, MarketAnswer, change, plain_line
from lims.limits.schemas import HindranceOut, LineOut, LotQuestion, MarketOut
from lims.web.dependencies import ActorDep, LimsDep

router = APIRouter()


@router.get("/samples/{number}/markets")
def of_sample(number: str, lims: LimsDep, actor: ActorDep) -> list[MarketOut]:
    """What every market of the library, and every standard that was declared, would say of a sample by its verified
    results; nothing is stored."""
    with lims.read(actor, Action.RESULT_READ) as session:
        sample = service.sample_to_judge(session, number)
        library = current_library(session)
        return _out(library, service.sample_everywhere(session, library, sample))


@router.post("/markets")
def of_amounts(question: LotQuestion, lims: LimsDep, actor: ActorDep) -> list[MarketOut]:
    """What every market of the library, and every declared standard, would say of some amounts in a food; nothing is
    stored."""
    with lims.read(actor, Action.LIBRARY_READ) as session:
        library = current_library(session)
    amounts, asked = question.amounts(), question.parameters
    return _out(library, service.amounts_everywhere(library, question.occasion(), amounts, asked, question.unconfirmed))


def _out(library: Library, answers: Sequence[MarketAnswer]) -> list[MarketOut]:
    return [
        MarketOut(
            market=answer.market,
            standard=answer.standard,
            is_loaded=answer.is_loaded,
            acceptance=answer.acceptance,
            overall=answer.judgement.overall,
            rule=answer.rule,
            said_zh=plain_line(answer, library, Language.CHINESE),
            said_en=plain_line(answer, library, Language.ENGLISH),
            hindrances=[_hindrance(library, one) for one in answer.hindrances],
            lines=[LineOut(**service.line_values(library, line)) for line in answer.judgement.lines],
        )
        for answer in answers
    ]


def _hindrance(library: Library, one: Hindrance) -> HindranceOut:
    return HindranceOut(
        parameter=one.parameter,
        obstacle=one.obstacle,
        limit=one.limit,
        unit=one.unit,
        found=one.found,
        factor=one.factor,
        needed=one.needed,
        said_zh=change(one, library, Language.CHINESE),
        said_en=change(one, library, Language.ENGLISH),
    )
