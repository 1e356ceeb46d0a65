"""The page that holds one sample against every market at once, and the matrix that the page of questions shows too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.language import Language, translator
from lims.library.market_names import market_name
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.limits import service
from lims.limits.markets import Acceptance, MarketAnswer, change, hindrance, plain_line
from lims.limits.verdicts import Line, Verdict
from lims.limits.views import VERDICT_MOODS
from lims.science.conformity import DecisionRule
from lims.science.rounding import plain
from lims.web.amounts import amount_text
from lims.web.dependencies import LimsDep
from lims.web.page import page
from lims.web.table import Mood
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter()

ACCEPTANCE_MOODS: Mapping[Acceptance, Mood] = {
    Acceptance.ACCEPTED: "good",
    Acceptance.REFUSED: "bad",
    Acceptance.UNDECIDED: "warn",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What one market says of one parameter. `change` is what would have to change; `must_be_absent` is its limit."""

    verdict: Verdict
    mood: Mood
    limit: str
    must_be_absent: bool
    standard: str
    found: str
    is_quantified: bool
    change: str


@dataclass(frozen=True, slots=True)
class MarketColumn:
    """What one market or declared standard says, its cells in the order of the rows; those of parameters that it did
    not judge are None."""

    code: str
    is_law: bool
    name: str
    is_loaded: bool
    acceptance: Acceptance
    mood: Mood
    rule: DecisionRule
    said: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Parameters by markets and declared standards; the parameters that fail anywhere stand on top."""

    names: tuple[str, ...]
    markets: tuple[MarketColumn, ...]

    @property
    def is_alone(self) -> bool:
        """Is the law of no more than one market loaded?"""
        return sum(market.is_loaded for market in self.markets if market.is_law) < 2


@router.get("/samples/{code}/markets")
def markets(request: Request, code: str, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """Who would accept this lot, and what would have to change; by number, or for the bench by blind code."""
    with lims.read(viewer.actor, Action.RESULT_READ) as session:
        sample = service.sample_to_judge(session, code)
        library = current_library(session)
        answers = service.sample_everywhere(session, library, sample)
        address = f"/samples/{code}" if code == sample.number else f"/samples/bench/{code}"
        return page(
            request,
            "limits/markets.html",
            code=code,
            address=address,
            basis_on=sample.basis_on,
            matrix=matrix(answers, library, language),
        )


def matrix(answers: Sequence[MarketAnswer], library: Library, language: Language) -> Matrix:
    """What the markets say, ready to be placed."""
    by_market = [{line.parameter.code: line for line in answer.judgement.lines} for answer in answers]
    places = {verdict: place for place, verdict in enumerate(VERDICT_MOODS)}
    worst: dict[str, int] = {}
    for lines in by_market:
        for code, line in lines.items():
            worst[code] = min(worst.get(code, len(places)), places[line.verdict])
    codes = sorted(worst, key=lambda code: (worst[code], library.substance_name(code, language)))
    columns = tuple(
        MarketColumn(
            code=answer.standard or answer.market,
            is_law=not answer.standard,
            name=answer.standard or market_name(answer.market, language),
            is_loaded=answer.is_loaded,
            acceptance=answer.acceptance,
            mood=ACCEPTANCE_MOODS[answer.acceptance],
            rule=answer.rule,
            said=plain_line(answer, library, language),
            cells=tuple(_cell(lines[code], library, language) if code in lines else None for code in codes),
        )
        for answer, lines in zip(answers, by_market, strict=True)
    )
    return Matrix(tuple(library.substance_name(code, language) for code in codes), columns)


def _cell(line: Line, library: Library, language: Language) -> Cell:
    row = None if line.found is None else line.found.row
    hindered = hindrance(line)
    return Cell(
        verdict=line.verdict,
        mood=VERDICT_MOODS[line.verdict],
        limit="" if row is None or row.value is None else f"{plain(row.value)} {row.unit.value}",
        must_be_absent=row is not None and row.value is None,
        standard="" if line.edition is None else line.edition.code,
        found="" if line.total is None else amount_text(service.judged_amount(line.total), translator(language)),
        is_quantified=line.total is not None and line.total.is_quantified,
        change="" if hindered is None else change(hindered, library, language),
    )
