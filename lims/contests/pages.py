"""Pages of contests: the list, and those of organisers, laboratories, judges and the public."""

from dataclasses import dataclass
from enum import StrEnum

from fastapi import APIRouter
from starlette.responses import Response

from lims.contests import entry_pages, judge_pages, looking, organiser_pages, public_pages, scoring_pages
from lims.contests.doors import reading
from lims.contests.rules import ContestState
from lims.contests.views import ContestOut
from lims.core.actions import Action
from lims.core.language import Language
from lims.core.reasons import mark
from lims.web.acting import VisitDep
from lims.web.table import Chip, Column, Start, Table
from lims.web.table_filters import ChoiceFilter
from lims.web.table_page import read_values, table_page


class Part(StrEnum):
    """What one has to do with a contest."""

    ORGANISES = "ct_organises"
    TAKES_PART = "ct_takes_part"
    JUDGES = "ct_judges"


_PLACES = {Part.ORGANISES: "", Part.TAKES_PART: "/mine", Part.JUDGES: "/judging"}


@dataclass(frozen=True, slots=True)
class ContestLine:
    """A contest in the list; one that is organised and taken part in stands twice."""

    contest: ContestOut
    part: Part
    language: Language = Language.CHINESE

    @property
    def title(self) -> str:
        """In English where it has an English one."""
        return (self.contest.title_en if self.language is Language.ENGLISH else None) or self.contest.title

    @property
    def address(self) -> str:
        """Where it is looked at."""
        return f"/contests/{self.contest.number}{_PLACES[self.part]}"

    @property
    def state(self) -> Chip:
        """How far it is."""
        return Chip(self.contest.state, looking.MOODS[self.contest.state])


CONTESTS: Table[ContestLine] = Table(
    name="contests",
    title=mark("Skills contests"),
    columns=(
        Column(
            "number", mark("Number"), lambda c: c.contest.number, lambda c: c.contest.number, link=lambda c: c.address
        ),
        Column("title", mark("Title"), lambda c: c.title, lambda c: c.title),
        Column("season", mark("Season"), lambda c: c.contest.season, lambda c: c.contest.season),
        Column("level", mark("Contest stage"), lambda c: c.contest.level, lambda c: c.contest.level.rank),
        Column("part", mark("Own part"), lambda c: c.part, lambda c: c.part.value),
        Column("state", mark("State"), lambda c: c.state, lambda c: c.contest.state.value),
        Column("until", mark("Entries until"), lambda c: c.contest.entries_until, lambda c: c.contest.entries_until),
    ),
    filters=(
        ChoiceFilter("part", mark("Own part"), Part, lambda c: c.part.value),
        ChoiceFilter("state", mark("State"), ContestState, lambda c: c.contest.state.value, many=True),
    ),
    search=(
        lambda c: c.contest.number,
        lambda c: c.contest.title,
        lambda c: c.contest.title_en or "",
        lambda c: c.contest.season,
    ),
    nothing=mark("There is no contest yet. Those of your region appear here."),
    start=Start("/contests/new", mark("Plan a contest"), Action.CONTEST_PLAN),
)

router = APIRouter()


@router.get("/contests")
def contest_list(visit: VisitDep) -> Response:
    """The contests that concern the person."""
    action = Action.CONTEST_READ if visit.viewer.may(Action.CONTEST_READ) else Action.CONTEST_SCORE
    with reading(visit.lims, visit.actor, action) as session:
        found = looking.contests(session)
        parts = ((Part.ORGANISES, found.organised), (Part.JUDGES, found.judged), (Part.TAKES_PART, found.open_to))
        lines = [ContestLine(one, part, visit.language) for part, some in parts for one in some]
        table = read_values(session, CONTESTS, lines, visit.request)
    return table_page(visit.request, table, "contests/contests.html")


router.include_router(public_pages.router)
router.include_router(organiser_pages.router)
router.include_router(entry_pages.router)
router.include_router(scoring_pages.router)
router.include_router(judge_pages.router)
