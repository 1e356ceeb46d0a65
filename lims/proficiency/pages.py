"""Pages of proficiency rounds: the list, and those of organisers, participants and evaluations."""

from dataclasses import dataclass
from enum import StrEnum

from fastapi import APIRouter
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.reasons import mark
from lims.proficiency import evaluation_pages, history_pages, looking, organiser_pages, participant_pages
from lims.proficiency.doors import reading
from lims.proficiency.rules import RoundState
from lims.proficiency.schemas import RoundOut
from lims.web.acting import VisitDep
from lims.web.table import Chip, Column, Start, Table
from lims.web.table_filters import ChoiceFilter
from lims.web.table_page import read_values, table_page


class Part(StrEnum):
    """What the own laboratory does in a round."""

    ORGANISES = "pt_organises"
    TAKES_PART = "pt_takes_part"


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round in the list; one that is organised and taken part in stands twice."""

    round: RoundOut
    part: Part

    @property
    def address(self) -> str:
        """Where it is looked at."""
        return f"/proficiency/{self.round.number}" + ("" if self.part is Part.ORGANISES else "/mine")

    @property
    def state(self) -> Chip:
        """How far it is."""
        return Chip(self.round.state, looking.MOODS[self.round.state])


ROUNDS: Table[RoundLine] = Table(
    name="proficiency-rounds",
    title=mark("Proficiency rounds"),
    columns=(
        Column("number", mark("Number"), lambda r: r.round.number, lambda r: r.round.number, link=lambda r: r.address),
        Column("title", mark("Title"), lambda r: r.round.title, lambda r: r.round.title),
        Column("year", mark("Year"), lambda r: str(r.round.year), lambda r: r.round.year),
        Column("part", mark("Own part"), lambda r: r.part, lambda r: r.part.value),
        Column("state", mark("State"), lambda r: r.state, lambda r: r.round.state),
        Column("deadline", mark("Deadline"), lambda r: r.round.deadline, lambda r: r.round.deadline),
        Column("items", mark("Items"), lambda r: "、".join(r.round.items)),
        Column("analytes", mark("Analytes"), lambda r: len({one["analyte"] for one in r.round.measurands})),
    ),
    filters=(
        ChoiceFilter("part", mark("Own part"), Part, lambda r: r.part.value),
        ChoiceFilter("state", mark("State"), RoundState, lambda r: r.round.state.value, many=True),
    ),
    search=(lambda r: r.round.number, lambda r: r.round.title),
    nothing=mark("There is no proficiency round yet. Those that your laboratory is invited to appear here."),
    start=Start("/proficiency/new", mark("Plan a round"), Action.PROFICIENCY_PLAN),
)

router = APIRouter()


@router.get("/proficiency")
def round_list(visit: VisitDep) -> Response:
    """The rounds that the own laboratory organises and takes part in."""
    with reading(visit.lims, visit.actor, Action.PROFICIENCY_READ) as session:
        found = looking.rounds(session)
        lines = [RoundLine(one, Part.ORGANISES) for one in found.organised]
        lines += [RoundLine(one, Part.TAKES_PART) for one in found.participating]
        table = read_values(session, ROUNDS, lines, visit.request)
    return table_page(visit.request, table, "proficiency/rounds.html")


router.include_router(history_pages.router)
router.include_router(organiser_pages.router)
router.include_router(participant_pages.router)
router.include_router(evaluation_pages.router)
