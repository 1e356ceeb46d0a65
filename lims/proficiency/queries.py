"""Reads of rounds. Each says itself whose they are: a region may be seen that is not one's own to look into here.

The organiser sees the rounds of the own laboratory with the key; a participant sees rounds that it takes part in, its
own code and its own results. What of other laboratories a session sees at all is said by `lims.proficiency.doors`.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from lims.core.errors import NotFound
from lims.db.work import LimsSession
from lims.proficiency.rules import RoundState
from lims.proficiency.tables import (
    ProficiencyArrival,
    ProficiencyEvaluation,
    ProficiencyParticipant,
    ProficiencyResult,
    ProficiencyRound,
    ProficiencySubmission,
)

R, P, S = ProficiencyRound, ProficiencyParticipant, ProficiencySubmission


def own_round(session: LimsSession, number: str, *, for_change: bool = False) -> ProficiencyRound:
    """A round of the own laboratory; locked `for_change` until the act ends. Raises `NotFound`."""
    query = select(R).where(R.number == number, R.laboratory_id == session.actor.laboratory_id)
    found = session.exec(query.with_for_update() if for_change else query).one_or_none()
    if found is None:
        raise NotFound.of("proficiency round", number)
    return found


def own_rounds(session: LimsSession) -> Sequence[ProficiencyRound]:
    """The rounds of the own laboratory, the newest first."""
    query = select(R).where(R.laboratory_id == session.actor.laboratory_id)
    return session.exec(query.order_by(col(R.planned_at).desc(), col(R.number).desc())).all()


def participation(
    session: LimsSession, number: str, *, for_change: bool = False
) -> tuple[ProficiencyRound, ProficiencyParticipant]:
    """A round that the own laboratory takes part in, and its code there. Raises `NotFound`, also for a draft.

    `for_change`: the organiser cannot close the round before the act ends.
    """
    query = (
        select(R, P)
        .join(P, col(P.round_id) == R.id)
        .where(R.number == number, P.member_id == session.actor.laboratory_id, R.state != RoundState.DRAFT)
    )
    found = session.exec(query.with_for_update(read=True) if for_change else query).one_or_none()
    if found is None:
        raise NotFound.of("proficiency round", number)
    return found


def participations(session: LimsSession) -> Sequence[tuple[ProficiencyRound, ProficiencyParticipant]]:
    """The rounds that the own laboratory takes part in, the newest first."""
    return session.exec(
        select(R, P)
        .join(P, col(P.round_id) == R.id)
        .where(P.member_id == session.actor.laboratory_id, R.state != RoundState.DRAFT)
        .order_by(col(R.planned_at).desc(), col(R.number).desc())
    ).all()


def participants_of(session: LimsSession, of_round: ProficiencyRound) -> Sequence[ProficiencyParticipant]:
    """The key of a round, by code; for its organiser."""
    return session.exec(select(P).where(P.round_id == of_round.id).order_by(col(P.code))).all()


def submission_of(session: LimsSession, round_id: UUID, laboratory_id: UUID) -> ProficiencySubmission | None:
    """What a participant handed in."""
    return session.exec(select(S).where(S.round_id == round_id, S.laboratory_id == laboratory_id)).one_or_none()


def arrival_of(session: LimsSession, round_id: UUID, laboratory_id: UUID) -> ProficiencyArrival | None:
    """What a participant said of the arrival of its items."""
    query = select(ProficiencyArrival).where(ProficiencyArrival.round_id == round_id)
    return session.exec(query.where(ProficiencyArrival.laboratory_id == laboratory_id)).one_or_none()


def arrivals_of(session: LimsSession, of_round: ProficiencyRound) -> dict[UUID, ProficiencyArrival]:
    """How the items of a round arrived, by laboratory; for its organiser."""
    query = select(ProficiencyArrival).where(ProficiencyArrival.round_id == of_round.id)
    return {one.laboratory_id: one for one in session.exec(query).all()}


def submissions_of(session: LimsSession, of_round: ProficiencyRound) -> dict[UUID, ProficiencySubmission]:
    """What was handed in to a round, by laboratory; for its organiser."""
    return {one.laboratory_id: one for one in session.exec(select(S).where(S.round_id == of_round.id)).all()}


def results_of(session: LimsSession, submission: ProficiencySubmission | None) -> Sequence[ProficiencyResult]:
    """The results of one participant, by item and analyte."""
    if submission is None:
        return ()
    query = select(ProficiencyResult).where(ProficiencyResult.submission_id == submission.id)
    return session.exec(query.order_by(col(ProficiencyResult.item), col(ProficiencyResult.analyte))).all()


def all_results(
    session: LimsSession, of_round: ProficiencyRound
) -> Sequence[tuple[ProficiencyParticipant, ProficiencyResult]]:
    """Every result with its participant, by code; for the organiser."""
    return session.exec(
        select(P, ProficiencyResult)
        .join(S, (col(S.round_id) == P.round_id) & (col(S.laboratory_id) == P.member_id))
        .join(ProficiencyResult, col(ProficiencyResult.submission_id) == S.id)
        .where(P.round_id == of_round.id)
        .order_by(col(P.code), col(ProficiencyResult.item), col(ProficiencyResult.analyte))
    ).all()


def newest_evaluation(session: LimsSession, of_round: ProficiencyRound) -> ProficiencyEvaluation | None:
    """The evaluation that counts; None before there is any."""
    query = select(ProficiencyEvaluation).where(ProficiencyEvaluation.round_id == of_round.id)
    return session.exec(query.order_by(col(ProficiencyEvaluation.edition).desc()).limit(1)).one_or_none()


def evaluation_of(session: LimsSession, of_round: ProficiencyRound) -> ProficiencyEvaluation:
    """The evaluation that counts. Raises `NotFound` before there is any."""
    found = newest_evaluation(session, of_round)
    if found is None:
        raise NotFound.of("evaluation", of_round.number)
    return found


def published_participation(session: LimsSession, number: str) -> tuple[ProficiencyRound, ProficiencyParticipant]:
    """As `participation`, of a round whose scores participants may see. Raises `NotFound`."""
    found = participation(session, number)
    if found[0].state is not RoundState.PUBLISHED:
        raise NotFound.of("evaluation", number)
    return found


def unfollowed(session: LimsSession) -> Sequence[UUID]:
    """The participants of published rounds whose scores nobody has looked at for follow-up; for the worker."""
    query = select(P.id).join(R, col(P.round_id) == R.id)
    return session.exec(query.where(R.state == RoundState.PUBLISHED, col(P.followed_at).is_(None))).all()


def laboratories_of_rounds(session: LimsSession, laboratory_id: UUID) -> tuple[set[UUID], set[UUID]]:
    """Who organises rounds that a laboratory takes part in, and who takes part in rounds of its own."""
    organisers = session.exec(select(P.laboratory_id).where(P.member_id == laboratory_id).distinct()).all()
    members = session.exec(select(P.member_id).where(P.laboratory_id == laboratory_id).distinct()).all()
    return set(organisers), set(members)
