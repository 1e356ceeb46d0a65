"""What organisers and participants see of a round: for JSON and pages alike."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.errors import RuleRefused
from lims.core.language import Language
from lims.core.reasons import reason
from lims.db.work import LimsSession
from lims.documents.labels import proficiency_label
from lims.documents.proficiency_report import ParticipantReport, ProficiencyReport, report_of_participant
from lims.documents.renderers import renderer_of
from lims.network import queries as network
from lims.proficiency import queries
from lims.proficiency.doors import reading
from lims.proficiency.evaluating import report_in
from lims.proficiency.rules import RoundState
from lims.proficiency.schemas import (
    ArrivalOut,
    OrganisedOut,
    ParticipantOut,
    ParticipationOut,
    ResultOut,
    RoundOut,
    RoundsOut,
    ScoresOut,
)
from lims.proficiency.tables import ProficiencyResult, ProficiencyRound
from lims.runtime import Lims
from lims.web.table import Mood

MOODS: Mapping[RoundState, Mood] = {
    RoundState.DRAFT: "plain",
    RoundState.OPEN: "busy",
    RoundState.CLOSED: "warn",
    RoundState.EVALUATED: "warn",
    RoundState.PUBLISHED: "good",
}


def rounds(session: LimsSession) -> RoundsOut:
    """Both kinds of rounds of the own laboratory; those that it organises for who may plan them."""
    may_plan = session.actor.may(Action.PROFICIENCY_PLAN)
    return RoundsOut(
        organised=[RoundOut.model_validate(one) for one in queries.own_rounds(session)] if may_plan else [],
        participating=[_to_participants(one) for one, _ in queries.participations(session)],
    )


def key_of(session: LimsSession, found: ProficiencyRound) -> list[ParticipantOut]:
    """Who has which code, and whether it has handed in."""
    names = {one.id: one for one in network.laboratories(session)}
    handed_in = queries.submissions_of(session, found)
    arrived = queries.arrivals_of(session, found)
    return [
        ParticipantOut(
            code=one.code,
            laboratory=names[one.member_id].code,
            name=names[one.member_id].name,
            sent_on=one.sent_on,
            parcel=one.parcel,
            received_on=arrived[one.member_id].received_on if one.member_id in arrived else None,
            arrival=arrived[one.member_id].arrival if one.member_id in arrived else None,
            arrival_note=arrived[one.member_id].note if one.member_id in arrived else None,
            has_handed_in=one.member_id in handed_in,
            is_late=one.member_id in handed_in and handed_in[one.member_id].is_late,
            admitted_until=one.admitted_until,
            admitted_reason=one.admitted_reason,
        )
        for one in queries.participants_of(session, found)
    ]


def organised(session: LimsSession, number: str) -> OrganisedOut:
    """A round of the own laboratory. Raises `NotFound`."""
    found = queries.own_round(session, number)
    return OrganisedOut(
        **RoundOut.model_validate(found).model_dump(exclude={"coverage"}),
        coverage=found.coverage,
        participants=key_of(session, found),
        homogeneity=found.homogeneity,
    )


def own_part(session: LimsSession, number: str) -> ParticipationOut:
    """A round that the own laboratory takes part in, with its own results. Raises `NotFound`."""
    found, participant = queries.participation(session, number)
    submission = queries.submission_of(session, found.id, participant.member_id)
    arrival = queries.arrival_of(session, found.id, participant.member_id)
    return ParticipationOut(
        round=_to_participants(found),
        code=participant.code,
        version=0 if submission is None else submission.version,
        sent_on=participant.sent_on,
        parcel=participant.parcel,
        arrival=None if arrival is None else ArrivalOut.model_validate(arrival),
        is_late=submission is not None and submission.is_late,
        results=[_result(one) for one in sorted(queries.results_of(session, submission), key=_place_in(found))],
    )


def own_scores(session: LimsSession, number: str) -> ScoresOut:
    """The published scores of the own laboratory beside the coded round. Raises `NotFound`."""
    found, participant = queries.published_participation(session, number)
    evaluation = queries.evaluation_of(session, found)
    analytes: list[dict[str, Any]] = evaluation.outcome["analytes"]
    own = [
        {"analyte": one["analyte"], "item": one["item"], "judged_by": one["judged_by"], **result}
        for one in analytes
        for result in one["results"]
        if result["participant"] == participant.code
    ]
    return ScoresOut(code=participant.code, data_sha256=evaluation.data_sha256, own=own, analytes=analytes)


def whole_report(session: LimsSession, number: str, language: Language) -> ProficiencyReport:
    """The frozen report of a round: for its organiser, and once it is published for who takes part.

    Who shares digits with whom is for the organiser alone. Raises `NotFound`.
    """
    own = [one for one in queries.own_rounds(session) if one.number == number]
    if own and session.actor.may(Action.PROFICIENCY_PLAN):
        return report_in(queries.evaluation_of(session, own[0]).reports, language)
    found, _ = queries.published_participation(session, number)
    return replace(report_in(queries.evaluation_of(session, found).reports, language), hints=())


def own_report(session: LimsSession, number: str, language: Language) -> ParticipantReport:
    """The report of the own laboratory. Raises `NotFound` before the round is published."""
    found, participant = queries.published_participation(session, number)
    whole = replace(report_in(queries.evaluation_of(session, found).reports, language), hints=())
    laboratory = network.laboratory_by_id(session, participant.member_id)
    return report_of_participant(whole, participant.code, laboratory.name)


def print_whole(lims: Lims, actor: Actor, number: str, language: Language) -> bytes:
    """The report of a round as PDF. Raises `NotFound`, `RenderingFailed`."""
    with reading(lims, actor, Action.PROFICIENCY_READ) as session:
        report = whole_report(session, number, language)
    return renderer_of(lims).proficiency(report)


def print_own(lims: Lims, actor: Actor, number: str, language: Language) -> bytes:
    """The report of the own laboratory as PDF. Raises `NotFound`, `RenderingFailed`."""
    with reading(lims, actor, Action.PROFICIENCY_READ) as session:
        report = own_report(session, number, language)
    return renderer_of(lims).proficiency(report)


def print_labels(lims: Lims, actor: Actor, number: str) -> bytes:
    """A label for each item of each participant, which tells its code and no name. Raises `NotFound`."""
    with reading(lims, actor, Action.PROFICIENCY_CONDUCT) as session:
        found = queries.own_round(session, number)
        made = [
            proficiency_label(round_number=found.number, code=one.code, item=item)
            for one in queries.participants_of(session, found)
            for item in found.items
        ]
    if not made:
        raise RuleRefused(reason("round.nobody", "Choose participants first."))
    return renderer_of(lims).labels(made)


def attached(content: bytes, kind: str, name: str) -> Response:
    """A file to be kept."""
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _to_participants(found: ProficiencyRound) -> RoundOut:
    """A round as participants may know it: what is to be found is no secret only after it is published."""
    shown = RoundOut.model_validate(found)
    if found.state is not RoundState.PUBLISHED:
        shown.measurands = [{name: one[name] for name in ("item", "analyte", "unit")} for one in found.measurands]
    return shown


def _place_in(found: ProficiencyRound) -> Callable[[ProficiencyResult], int]:
    """Results stand in the order of the plan."""
    places = {(one["analyte"], one["item"]): place for place, one in enumerate(found.measurands)}
    return lambda result: places[result.analyte, result.item]


def _result(one: ProficiencyResult) -> ResultOut:
    return ResultOut(
        item=one.item,
        analyte=one.analyte,
        unit=one.unit,
        values=one.replicates,
        uncertainty=one.uncertainty,
        method=one.method,
    )
