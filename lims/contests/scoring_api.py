"""JSON routes of scoring: sheets of judges, marks, corrections and appeals."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, UploadFile

from lims.contests import looking, publishing, queries, scoring, theory
from lims.contests.doors import reading, working
from lims.contests.schemas import ConfirmIn, CorrectionIn, DecisionIn, FromExamIn, MarkIn, ScoreIn
from lims.contests.views import AppealOut, CorrectionOut, JudgingOut, MarkOut, RankingOut, SatOut, SheetOut
from lims.contests.workbooks import read_marks
from lims.core.actions import Action
from lims.web.dependencies import ActorDep, LimsDep
from lims.web.rows import Encoding
from lims.web.uploads import read_upload

router = APIRouter()


@router.get("/{number}/judging")
def judging(number: str, lims: LimsDep, actor: ActorDep) -> JudgingOut:
    """What the person has to score: codes, never names."""
    with reading(lims, actor, Action.CONTEST_SCORE) as session:
        return looking.judging(session, number)


@router.get("/{number}/judging/{event}/{code}")
def own_sheet(number: str, event: str, code: str, lims: LimsDep, actor: ActorDep) -> SheetOut:
    """The own score sheet for an entrant."""
    with reading(lims, actor, Action.CONTEST_SCORE) as session:
        return looking.sheet(session, number, event, code)


@router.put("/{number}/judging/{event}/{code}")
def save_sheet(number: str, event: str, code: str, order: ScoreIn, lims: LimsDep, actor: ActorDep) -> SheetOut:
    """Save the own score sheet, or submit it for good."""
    with working(lims, actor, Action.CONTEST_SCORE) as session:
        scoring.save_sheet(session, number, event, code, order)
        return looking.sheet(session, number, event, code)


@router.put("/{number}/marks/{event}/{code}")
def record_mark(number: str, event: str, code: str, order: MarkIn, lims: LimsDep, actor: ActorDep) -> MarkOut:
    """Record a mark of a theory paper or the reported results of an entrant."""
    with working(lims, actor, Action.CONTEST_RECORD) as session:
        made = scoring.record_mark(session, number, event, code, order)
        return MarkOut(event=event, code=code, given=made.given, source=made.source)


@router.post("/{number}/marks/{event}/import")
def import_marks(
    number: str,
    event: str,
    file: Annotated[UploadFile, File()],
    lims: LimsDep,
    actor: ActorDep,
    source: Annotated[str, Form(min_length=1, max_length=100, examples=["sheet"])] = "import",
    encoding: Encoding = "utf-8",
) -> RankingOut:
    """Record marks or results by code from a table, all of them or none."""
    lims.require(actor, Action.CONTEST_RECORD)
    content = read_upload(file, lims)
    with reading(lims, actor, Action.CONTEST_RECORD) as session:
        wanted = queries.event_of(session, queries.own_contest(session, number), event)
    read = read_marks(content, encoding, wanted, source)
    with working(lims, actor, Action.CONTEST_RECORD) as session:
        scoring.record_marks(session, number, event, read.orders, read.rows)
        return looking.ranking(session, number)


@router.post("/{number}/marks/{event}/candidates")
def seat_entrants(number: str, event: str, order: FromExamIn, lims: LimsDep, actor: ActorDep) -> SatOut:
    """Make everybody who takes part a candidate of an exam of the own laboratory, under the secret code."""
    with working(lims, actor, Action.CONTEST_RECORD) as session:
        sat = theory.seat_entrants(session, number, event, order.exam)
        return SatOut(exam=order.exam, done=sat.done, absent=sat.absent)


@router.post("/{number}/marks/{event}/exam")
def take_over_marks(number: str, event: str, order: FromExamIn, lims: LimsDep, actor: ActorDep) -> SatOut:
    """Take over the marks of a marked exam; who was absent is told and gets none."""
    with working(lims, actor, Action.CONTEST_RECORD) as session:
        sat = theory.take_over_marks(session, number, event, order.exam)
        return SatOut(exam=order.exam, done=sat.done, absent=sat.absent)


@router.get("/{number}/corrections")
def corrections(number: str, lims: LimsDep, actor: ActorDep) -> list[CorrectionOut]:
    """Every correction of a submitted score, for the organiser."""
    with reading(lims, actor, Action.CONTEST_CORRECT) as session:
        return looking.corrections(session, number)


@router.post("/{number}/entrants/{code}/corrections")
def propose_correction(
    number: str, code: str, order: CorrectionIn, lims: LimsDep, actor: ActorDep
) -> list[CorrectionOut]:
    """Propose what should count instead of a submitted score, for a reason."""
    with working(lims, actor, Action.CONTEST_CORRECT, order.reason) as session:
        scoring.propose_correction(session, number, code, order)
        return looking.corrections(session, number)


@router.post("/{number}/corrections/{key}/decide")
def decide_correction(number: str, key: UUID, order: ConfirmIn, lims: LimsDep, actor: ActorDep) -> list[CorrectionOut]:
    """Approve or refuse a correction that somebody else proposed."""
    with working(lims, actor, Action.CONTEST_CORRECT) as session:
        scoring.decide_correction(session, number, key, order)
        return looking.corrections(session, number)


@router.get("/{number}/appeals")
def appeals(number: str, lims: LimsDep, actor: ActorDep) -> list[AppealOut]:
    """Every appeal, for the organiser."""
    with reading(lims, actor, Action.CONTEST_DECIDE) as session:
        return looking.all_appeals(session, number)


@router.post("/{number}/appeals/{key}/propose")
def propose_decision(number: str, key: UUID, order: DecisionIn, lims: LimsDep, actor: ActorDep) -> list[AppealOut]:
    """Propose a decision on an appeal."""
    with working(lims, actor, Action.CONTEST_DECIDE, order.findings) as session:
        publishing.propose_decision(session, number, key, order)
        return looking.all_appeals(session, number)


@router.post("/{number}/appeals/{key}/confirm")
def confirm_decision(number: str, key: UUID, order: ConfirmIn, lims: LimsDep, actor: ActorDep) -> list[AppealOut]:
    """Confirm the decision that somebody else proposed, or drop it."""
    with working(lims, actor, Action.CONTEST_DECIDE) as session:
        publishing.confirm_decision(session, number, key, order)
        return looking.all_appeals(session, number)
