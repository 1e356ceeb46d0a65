"""JSON routes of proficiency rounds."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import Response

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.language import Language
from lims.db.work import LimsSession
from lims.proficiency import arriving, looking, queries, service
from lims.proficiency.doors import reading, working
from lims.proficiency.handing_in import hand_in
from lims.proficiency.history import own_scores_so_far
from lims.proficiency.items import read_items
from lims.proficiency.schemas import (
    ArrivalIn,
    EvaluationOut,
    HandInIn,
    LateIn,
    OrganisedOut,
    ParticipantsIn,
    ParticipationOut,
    PastScoreOut,
    RoundChange,
    RoundIn,
    RoundsOut,
    ScoresOut,
    SendingIn,
    VersionIn,
)
from lims.proficiency.tables import ProficiencyRound
from lims.proficiency.workbooks import XLSX, own_workbook, read_own_results, whole_workbook
from lims.runtime import Lims
from lims.science.proficiency_setting import SigmaBy
from lims.web.dependencies import ActorDep, LanguageDep, LimsDep
from lims.web.rows import Encoding
from lims.web.uploads import read_upload

router = APIRouter(prefix="/api/proficiency/rounds", tags=["proficiency"])
_PDF: dict[int | str, dict[str, Any]] = {200: {"content": {"application/pdf": {}}, "description": "The report as PDF."}}
_WORKBOOK: dict[int | str, dict[str, Any]] = {200: {"content": {XLSX: {}}, "description": "A workbook."}}


@router.get("")
def rounds(lims: LimsDep, actor: ActorDep) -> RoundsOut:
    """The rounds that the own laboratory organises, and those that it takes part in."""
    with reading(lims, actor, Action.PROFICIENCY_READ) as session:
        return looking.rounds(session)


@router.get("/scores")
def scores_so_far(lims: LimsDep, actor: ActorDep) -> list[PastScoreOut]:
    """The scores of the own laboratory in all published rounds, the oldest round first."""
    with reading(lims, actor, Action.PROFICIENCY_READ) as session:
        return [PastScoreOut.model_validate(one) for one in own_scores_so_far(session)]


@router.post("", status_code=201)
def plan(order: RoundIn, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Plan a round of the own laboratory, of a province or prefecture."""
    with working(lims, actor, Action.PROFICIENCY_PLAN) as session:
        return looking.organised(session, service.plan_round(session, order).number)


@router.get("/{number}")
def one_round(number: str, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """A round with the key of its codes, for its organiser."""
    with reading(lims, actor, Action.PROFICIENCY_PLAN) as session:
        return looking.organised(session, number)


@router.put("/{number}")
def change(number: str, order: RoundChange, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Put another plan in the place of a draft."""
    with working(lims, actor, Action.PROFICIENCY_PLAN) as session:
        return looking.organised(session, service.change_round(session, number, order).number)


@router.post("/{number}/participants")
def add_participants(number: str, order: ParticipantsIn, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Let laboratories of the region take part; each gets a random code."""
    with working(lims, actor, Action.PROFICIENCY_PLAN) as session:
        return looking.organised(session, service.add_participants(session, number, order).number)


@router.post("/{number}/sendings")
def send_items(number: str, order: SendingIn, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Say that the items of some participants are on their way; sent once more, the last parcel counts."""
    with working(lims, actor, Action.PROFICIENCY_CONDUCT) as session:
        return looking.organised(session, service.send_items(session, number, order).number)


@router.get("/{number}/labels.pdf", response_class=Response, responses=_PDF)
def labels(number: str, lims: LimsDep, actor: ActorDep) -> Response:
    """Labels of all items: round, participant code and item as QR and in letters, no name of a laboratory."""
    content = looking.print_labels(lims, actor, number)
    return looking.attached(content, "application/pdf", f"{number}-labels.pdf")


@router.post("/{number}/homogeneity")
def homogeneity(
    number: str,
    file: Annotated[UploadFile, File(description="analyte, bottle, value, unit; each bottle at least twice.")],
    lims: LimsDep,
    actor: ActorDep,
    version: Annotated[int, Form(examples=[1])],
    later: Annotated[UploadFile | None, File(description="The same from later on, to test stability.")] = None,
    sigma: Annotated[SigmaBy, Form()] = SigmaBy.HORWITZ,
    sigma_number: Annotated[str | None, Form(max_length=40, examples=["15"])] = None,
) -> OrganisedOut:
    """Test homogeneity and, with a second table, stability of the items, and keep what was found with the round."""
    lims.require(actor, Action.PROFICIENCY_PLAN)
    order = service.homogeneity_order(version, sigma, sigma_number)
    tables = read_items(read_upload(file, lims), None if later is None else read_upload(later, lims))
    with working(lims, actor, Action.PROFICIENCY_PLAN) as session:
        return looking.organised(session, service.record_homogeneity(session, number, order, tables).number)


@router.post("/{number}/open")
def open_round(number: str, order: VersionIn, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Send the round out: participants see it and hand in."""
    return _conducted(lims, actor, Action.PROFICIENCY_CONDUCT, service.open_round, number, order.version)


@router.post("/{number}/close")
def close_round(number: str, order: VersionIn, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Take no more results, after the deadline or when everybody has handed in."""
    return _conducted(lims, actor, Action.PROFICIENCY_CONDUCT, service.close_round, number, order.version)


@router.post("/{number}/participants/{code}/late")
def admit_late(number: str, code: str, order: LateIn, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Let one participant hand in after the deadline, for a reason."""
    with working(lims, actor, Action.PROFICIENCY_CONDUCT, order.reason) as session:
        service.admit_late(session, number, code, order)
        return looking.organised(session, number)


@router.post("/{number}/evaluate")
def evaluate(number: str, order: VersionIn, lims: LimsDep, actor: ActorDep) -> EvaluationOut:
    """Evaluate what was handed in and freeze it; again as a new edition until it is published."""
    with working(lims, actor, Action.PROFICIENCY_EVALUATE) as session:
        return EvaluationOut.model_validate(service.evaluate(session, number, order.version))


@router.post("/{number}/publish")
def publish(number: str, order: VersionIn, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Show every participant its scores and the coded round."""
    return _conducted(lims, actor, Action.PROFICIENCY_PUBLISH, service.publish, number, order.version)


@router.get("/{number}/evaluation")
def evaluation(number: str, lims: LimsDep, actor: ActorDep) -> EvaluationOut:
    """The evaluation that counts, for the organiser."""
    with reading(lims, actor, Action.PROFICIENCY_EVALUATE) as session:
        return EvaluationOut.model_validate(queries.evaluation_of(session, queries.own_round(session, number)))


@router.get("/{number}/results.xlsx", response_class=Response, responses=_WORKBOOK)
def all_results(number: str, lims: LimsDep, actor: ActorDep) -> Response:
    """All results with codes, for the organiser; `lims proficiency evaluate` reads this table."""
    with reading(lims, actor, Action.PROFICIENCY_EVALUATE) as session:
        found: ProficiencyRound = queries.own_round(session, number)
        return looking.attached(whole_workbook(session, found), XLSX, f"{number}.xlsx")


@router.get("/{number}/report.pdf", response_class=Response, responses=_PDF)
def report(
    number: str, lims: LimsDep, actor: ActorDep, language: LanguageDep, lang: Language | None = None
) -> Response:
    """The report of the round: for the organiser once it is evaluated, for participants once it is published."""
    return looking.attached(
        looking.print_whole(lims, actor, number, lang or language), "application/pdf", f"{number}.pdf"
    )


@router.get("/{number}/mine")
def mine(number: str, lims: LimsDep, actor: ActorDep) -> ParticipationOut:
    """A round that the own laboratory takes part in: its code and what it handed in."""
    with reading(lims, actor, Action.PROFICIENCY_READ) as session:
        return looking.own_part(session, number)


@router.put("/{number}/mine")
def hand_in_results(number: str, order: HandInIn, lims: LimsDep, actor: ActorDep) -> ParticipationOut:
    """Hand in everything that the own laboratory reports, in place of what it handed in before."""
    with working(lims, actor, Action.PROFICIENCY_ENTER) as session:
        hand_in(session, number, order)
        return looking.own_part(session, number)


@router.put("/{number}/mine/arrival")
def report_arrival(number: str, order: ArrivalIn, lims: LimsDep, actor: ActorDep) -> ParticipationOut:
    """Say when and how the items arrived, also before anything is measured."""
    with working(lims, actor, Action.PROFICIENCY_ENTER) as session:
        arriving.report_arrival(session, number, order)
        return looking.own_part(session, number)


@router.post("/{number}/mine/import")
def import_results(
    number: str,
    file: Annotated[UploadFile, File()],
    lims: LimsDep,
    actor: ActorDep,
    version: Annotated[int, Form(ge=0, examples=[0])],
    encoding: Encoding = "utf-8",
) -> ParticipationOut:
    """Hand in a filled table (xlsx or CSV), all of it or nothing, in place of what was handed in before."""
    lims.require(actor, Action.PROFICIENCY_ENTER)
    content = read_upload(file, lims)
    with reading(lims, actor, Action.PROFICIENCY_READ) as session:
        found, _ = queries.participation(session, number)
    order = HandInIn(version=version, results=read_own_results(content, encoding, found))
    with working(lims, actor, Action.PROFICIENCY_ENTER) as session:
        hand_in(session, number, order)
        return looking.own_part(session, number)


@router.get("/{number}/mine/results.xlsx", response_class=Response, responses=_WORKBOOK)
def own_table(number: str, lims: LimsDep, actor: ActorDep) -> Response:
    """The table of the own laboratory, filled as far as it handed in; to be filled and imported."""
    with reading(lims, actor, Action.PROFICIENCY_READ) as session:
        found, participant = queries.participation(session, number)
        submission = queries.submission_of(session, found.id, participant.member_id)
        content = own_workbook(found, queries.results_of(session, submission))
    return looking.attached(content, XLSX, f"{number}-{participant.code}.xlsx")


@router.get("/{number}/mine/scores")
def own_scores(number: str, lims: LimsDep, actor: ActorDep) -> ScoresOut:
    """The published scores of the own laboratory, and the coded round."""
    with reading(lims, actor, Action.PROFICIENCY_READ) as session:
        return looking.own_scores(session, number)


@router.get("/{number}/mine/report.pdf", response_class=Response, responses=_PDF)
def own_report(
    number: str, lims: LimsDep, actor: ActorDep, language: LanguageDep, lang: Language | None = None
) -> Response:
    """The report of the own laboratory, once the round is published."""
    content = looking.print_own(lims, actor, number, lang or language)
    return looking.attached(content, "application/pdf", f"{number}-participant.pdf")


def _conducted(
    lims: Lims,
    actor: Actor,
    action: Action,
    act: Callable[[LimsSession, str, int], ProficiencyRound],
    number: str,
    version: int,
) -> OrganisedOut:
    with working(lims, actor, action) as session:
        return looking.organised(session, act(session, number, version).number)
