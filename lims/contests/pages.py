"""Pages of contests: the list, and those of organisers, laboratories, judges and the public."""

from dataclasses import dataclass
from enum import StrEnum

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.contests import entry_pages, judge_pages, looking, organiser_pages, public_pages, scoring_pages
from lims.contests.doors import reading
from lims.contests.rules import ContestState
from lims.contests.views import ContestOut
from lims.core.actions import Action
from lims.core.reasons import mark
from lims.web.dependencies import LimsDep
from lims.web.table import Chip, Column, Start, Table
from lims.web.table_filters import ChoiceFilter
from lims.web.table_page import read_values, table_page
from lims.web.viewer import ViewerDep


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
        Column("title", mark("Title"), lambda c: c.contest.title, lambda c: c.contest.title),
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
    search=(lambda c: c.contest.number, lambda c: c.contest.title, lambda c: c.contest.season),
    nothing=mark("There is no contest yet. Those of your region appear here."),
    start=Start("/contests/new", mark("Plan a contest"), Action.CONTEST_PLAN),
)

router = APIRouter()


@router.get("/contests")
def contest_list(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The contests that concern the person."""
    action = Action.CONTEST_READ if viewer.may(Action.CONTEST_READ) else Action.CONTEST_SCORE
    with reading(lims, viewer.actor, action) as session:
        found = looking.contests(session)
        lines = [ContestLine(one, Part.ORGANISES) for one in found.organised]
        lines += [ContestLine(one, Part.JUDGES) for one in found.judged]
        lines += [ContestLine(one, Part.TAKES_PART) for one in found.open_to]
        table = read_values(session, CONTESTS, lines, request)
    return table_page(request, table, "contests/contests.html")


router.include_router(public_pages.router)
router.include_router(organiser_pages.router)
router.include_router(entry_pages.router)
router.include_router(scoring_pages.router)
router.include_router(judge_pages.router)
