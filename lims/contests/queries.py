"""Reads of contests. Each says itself whose records it wants: the eyes of a contest see farther (`doors`)."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import col, select

from lims.contests.rules import ContestState, CorrectionState, SheetState
from lims.contests.tables import (
    Contest,
    ContestAppeal,
    ContestCorrection,
    ContestDecision,
    ContestDocument,
    ContestEntrant,
    ContestEntry,
    ContestEvent,
    ContestJudge,
    ContestMark,
    ContestResult,
    ContestSheet,
)
from lims.core.errors import NotFound
from lims.db.record import LaboratoryRecord
from lims.db.work import LimsSession
from lims.network.rules import is_within
from lims.network.tables import Laboratory

T = TypeVar("T", bound=LaboratoryRecord)
C = Contest


def own_contest(session: LimsSession, number: str, *, for_change: bool = False) -> Contest:
    """A contest of the own laboratory; locked `for_change` until the act ends. Raises `NotFound`."""
    query = select(C).where(C.number == number, C.laboratory_id == session.actor.laboratory_id)
    found = session.exec(query.with_for_update() if for_change else query).one_or_none()
    if found is None:
        raise NotFound.of("contest", number)
    return found


def own_contests(session: LimsSession) -> Sequence[Contest]:
    """The contests of the own laboratory, the newest first."""
    query = select(C).where(C.laboratory_id == session.actor.laboratory_id)
    return session.exec(query.order_by(col(C.planned_at).desc(), col(C.number).desc())).all()


def contests_for(session: LimsSession) -> Sequence[Contest]:
    """The contests that the own laboratory may enter people in: of its region, and not drafts; the newest first."""
    own = session.get(Laboratory, session.actor.laboratory_id) if session.actor.laboratory_id else None
    if own is None:
        return ()
    query = select(C, Laboratory).join(Laboratory, col(Laboratory.id) == C.laboratory_id)
    rows = session.exec(
        query.where(C.state != ContestState.DRAFT).order_by(col(C.planned_at).desc(), col(C.number).desc())
    ).all()
    return [contest for contest, organiser in rows if is_within(own.region_code, organiser.region_code)]


def contest_for(session: LimsSession, number: str, *, for_change: bool = False) -> Contest:
    """One of `contests_for`. `for_change`: its organiser cannot go on before the act ends. Raises `NotFound`."""
    found = next((one for one in contests_for(session) if one.number == number), None)
    if found is None:
        raise NotFound.of("contest", number)
    if for_change:
        locked = select(C).where(C.id == found.id).with_for_update()  # two who enter fill a quota one by one
        return session.exec(locked.execution_options(populate_existing=True)).one()
    return found


def judging(session: LimsSession, number: str, *, for_change: bool = False) -> tuple[Contest, ContestJudge]:
    """A contest that the person is a judge of. Raises `NotFound`."""
    query = (
        select(C, ContestJudge)
        .join(ContestJudge, col(ContestJudge.contest_id) == C.id)
        .where(C.number == number, ContestJudge.user_id == session.actor.user_id)
    )
    found = session.exec(query.with_for_update(read=True) if for_change else query).one_or_none()
    if found is None or not found[1].events:
        raise NotFound.of("contest", number)
    return found


def judged_by(session: LimsSession) -> Sequence[tuple[Contest, ContestJudge]]:
    """The contests that the person is a judge of, the newest first."""
    query = select(C, ContestJudge).join(ContestJudge, col(ContestJudge.contest_id) == C.id)
    rows = session.exec(
        query.where(ContestJudge.user_id == session.actor.user_id).order_by(col(C.planned_at).desc())
    ).all()
    return [(contest, judge) for contest, judge in rows if judge.events]


def by_board(session: LimsSession, token: str) -> Contest:
    """The contest whose board has this address. Raises `NotFound`."""
    found = session.exec(select(C).where(C.board_token == token)).one_or_none()
    if found is None:
        raise NotFound.of("board", token)
    return found


def _of(session: LimsSession, model: type[T], contest: Contest, *order: Any) -> Sequence[T]:
    query = select(model).where(col(model.contest_id) == contest.id)  # type: ignore[attr-defined]  # every caller's has it
    return session.exec(query.order_by(*order)).all()


def events_of(session: LimsSession, contest: Contest) -> Sequence[ContestEvent]:
    """The events in their order."""
    return _of(session, ContestEvent, contest, col(ContestEvent.place), col(ContestEvent.code))


def event_of(session: LimsSession, contest: Contest, code: str) -> ContestEvent:
    """An event by its code. Raises `NotFound`."""
    query = select(ContestEvent).where(ContestEvent.contest_id == contest.id, ContestEvent.code == code)
    found = session.exec(query).one_or_none()
    if found is None:
        raise NotFound.of("event", code)
    return found


def entries_of(session: LimsSession, contest: Contest) -> Sequence[ContestEntry]:
    """Every entry, by team and name; for the organiser."""
    return _of(session, ContestEntry, contest, col(ContestEntry.team), col(ContestEntry.full_name))


def own_entries(session: LimsSession, contest: Contest) -> Sequence[ContestEntry]:
    """The entries of the own laboratory, by name."""
    return [one for one in entries_of(session, contest) if one.member_id == session.actor.laboratory_id]


def entrants_of(session: LimsSession, contest: Contest) -> Sequence[ContestEntrant]:
    """Everybody with a number, by start number."""
    return _of(session, ContestEntrant, contest, col(ContestEntrant.start_number))


def entrant_of(session: LimsSession, contest: Contest, code: str) -> ContestEntrant:
    """An entrant by the secret code. Raises `NotFound`."""
    query = select(ContestEntrant).where(ContestEntrant.contest_id == contest.id, ContestEntrant.code == code)
    found = session.exec(query).one_or_none()
    if found is None:
        raise NotFound.of("entrant", code)
    return found


def judges_of(session: LimsSession, contest: Contest) -> Sequence[ContestJudge]:
    """The judges by their labels."""
    return _of(session, ContestJudge, contest, col(ContestJudge.label))


def sheets_of(session: LimsSession, contest: Contest) -> Sequence[ContestSheet]:
    """Every sheet, begun or submitted."""
    return _of(session, ContestSheet, contest, col(ContestSheet.id))


def sheet_of_judge(
    session: LimsSession, judge: ContestJudge, event: ContestEvent, entrant: ContestEntrant
) -> ContestSheet | None:
    """What a judge has filled in for an entrant; None before anything is."""
    query = select(ContestSheet).where(
        ContestSheet.judge_id == judge.id,
        ContestSheet.event_id == event.id,
        ContestSheet.entrant_id == entrant.id,
    )
    return session.exec(query).one_or_none()


def sheets_of_judge(session: LimsSession, judge: ContestJudge) -> Sequence[ContestSheet]:
    """Everything that a judge has filled in."""
    return session.exec(select(ContestSheet).where(ContestSheet.judge_id == judge.id)).all()


def is_scored(session: LimsSession, entrant: ContestEntrant) -> bool:
    """Whether a judge has submitted a sheet for an entrant, or a mark is recorded."""
    submitted = ContestSheet.entrant_id == entrant.id, ContestSheet.state == SheetState.SUBMITTED
    recorded = select(ContestMark.id).where(ContestMark.entrant_id == entrant.id)
    return any(session.exec(query.limit(1)).first() for query in (select(ContestSheet.id).where(*submitted), recorded))


def marks_of(session: LimsSession, contest: Contest) -> Sequence[ContestMark]:
    """Every mark without a judge."""
    return _of(session, ContestMark, contest, col(ContestMark.id))


def corrections_of(session: LimsSession, contest: Contest) -> Sequence[ContestCorrection]:
    """Every correction in the order in which they were proposed."""
    return _of(session, ContestCorrection, contest, col(ContestCorrection.proposed_at), col(ContestCorrection.id))


def correction_by_id(session: LimsSession, contest: Contest, key: UUID) -> ContestCorrection:
    """Raises `NotFound`."""
    found = next((one for one in corrections_of(session, contest) if one.id == key), None)
    if found is None:
        raise NotFound.of("correction", key)
    return found


def open_corrections(session: LimsSession, contest: Contest) -> int:
    """How many corrections wait for a second person."""
    return sum(one.state is CorrectionState.PROPOSED for one in corrections_of(session, contest))


def appeals_of(session: LimsSession, contest: Contest) -> Sequence[tuple[ContestAppeal, ContestDecision | None]]:
    """Every appeal with what was decided or proposed, by time; for the organiser."""
    query = (
        select(ContestAppeal, ContestDecision)
        .join(ContestDecision, col(ContestDecision.appeal_id) == ContestAppeal.id, isouter=True)
        .where(ContestAppeal.contest_id == contest.id)
        .order_by(col(ContestAppeal.filed_at), col(ContestAppeal.id))
    )
    return session.exec(query).all()


def appeal_by_id(session: LimsSession, contest: Contest, key: UUID) -> tuple[ContestAppeal, ContestDecision | None]:
    """Raises `NotFound`."""
    found = next((pair for pair in appeals_of(session, contest) if pair[0].id == key), None)
    if found is None:
        raise NotFound.of("appeal", key)
    return found


def own_appeals(session: LimsSession, contest: Contest) -> Sequence[tuple[ContestAppeal, ContestDecision | None]]:
    """The appeals of the own laboratory."""
    return [pair for pair in appeals_of(session, contest) if pair[0].laboratory_id == session.actor.laboratory_id]


def newest_result(session: LimsSession, contest: Contest) -> ContestResult | None:
    """The results that count; None before any are announced."""
    query = select(ContestResult).where(ContestResult.contest_id == contest.id)
    return session.exec(query.order_by(col(ContestResult.edition).desc()).limit(1)).one_or_none()


def documents_of(session: LimsSession, contest: Contest) -> Sequence[ContestDocument]:
    """Certificates and announcement, by number."""
    return _of(session, ContestDocument, contest, col(ContestDocument.number))


def document_by_number(session: LimsSession, contest: Contest, number: str) -> ContestDocument:
    """Raises `NotFound`."""
    found = next((one for one in documents_of(session, contest) if one.number == number), None)
    if found is None:
        raise NotFound.of("document", number)
    return found


def document_by_token(session: LimsSession, token: str) -> ContestDocument:
    """The document that a QR code leads to. Raises `NotFound`."""
    found = session.exec(select(ContestDocument).where(ContestDocument.token == token)).one_or_none()
    if found is None:
        raise NotFound.of("document", token)
    return found


def undrawn(session: LimsSession) -> Sequence[UUID]:
    """Documents that wait to be drawn and signed; for the worker."""
    is_open = col(ContestDocument.pdf_sha256).is_(None), col(ContestDocument.render_error).is_(None)
    query = select(ContestDocument.id).where(*is_open)
    return session.exec(query.order_by(col(ContestDocument.issued_at), col(ContestDocument.number))).all()


def first_prize_holders(session: LimsSession, contest: Contest) -> set[tuple[UUID, str]]:
    """Laboratory and name of who holds a first prize of the last final contest of the same organiser at its level."""
    query = select(C).where(
        C.laboratory_id == contest.laboratory_id,
        C.level == contest.level,
        C.state == ContestState.FINAL,
        C.season != contest.season,
    )
    last = session.exec(query.order_by(col(C.finished_at).desc()).limit(1)).one_or_none()
    result = None if last is None else newest_result(session, last)
    if last is None or result is None:
        return set()
    winners = {one["entry"] for one in result.outcome["entrants"] if one["prize"] == 0}
    return {(one.member_id, one.full_name) for one in entries_of(session, last) if str(one.id) in winners}


def laboratories_of_contests(
    session: LimsSession, own: Laboratory, user_id: UUID | None, *, organises: bool
) -> set[UUID]:
    """Whose records are needed in contests: of their organisers, of who takes part in own ones, and of their judges.

    Who `organises` appoints judges of the whole region. For the installation itself, which sees everything.
    """
    organisers = session.exec(
        select(C.laboratory_id, Laboratory.region_code)
        .join(Laboratory, col(Laboratory.id) == C.laboratory_id)
        .where(C.state != ContestState.DRAFT)
        .distinct()
    ).all()
    found = {key for key, region in organisers if is_within(own.region_code, region)}
    found |= set(
        session.exec(select(ContestJudge.laboratory_id).where(ContestJudge.user_id == user_id).distinct()).all()
    )
    # Entries of a contest that the own laboratory may enter: quotas count those of others too.
    shared = select(C.id).where(col(C.laboratory_id).in_(found | {own.id}))
    for model in (ContestEntry, ContestAppeal):
        query = select(model.laboratory_id).where(col(model.contest_id).in_(shared)).distinct()
        found |= set(session.exec(query).all())
    if organises:
        everybody = session.exec(select(Laboratory)).all()
        found |= {one.id for one in everybody if is_within(one.region_code, own.region_code)}
    judges = select(ContestJudge.member_id).where(ContestJudge.laboratory_id == own.id)
    return found | set(session.exec(judges.distinct()).all())


def contests_of(session: LimsSession, laboratories: set[UUID]) -> Sequence[Contest]:
    """The contests of some laboratories whose results are final."""
    query = select(C).where(col(C.laboratory_id).in_(laboratories), C.state == ContestState.FINAL)
    return session.exec(query.order_by(col(C.number))).all()
