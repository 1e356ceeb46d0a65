"""Acts of the organiser on a round: planning, participants, opening, closing, late results, evaluation, publishing."""

import secrets
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from lims.core.clock import local_day
from lims.core.errors import BadInput, NotFound, RuleRefused, refuse_if
from lims.core.language import Language, translator
from lims.core.reasons import Where, reason
from lims.db.numbers import allocate
from lims.db.work import LimsSession, acting_person, check_version, own_laboratory, save
from lims.network import queries as network
from lims.network.rules import Level, is_within
from lims.network.tables import Laboratory
from lims.proficiency import queries
from lims.proficiency.answer import items_as_json
from lims.proficiency.evaluating import evaluated, rows_of, shortcomings
from lims.proficiency.items import ItemTables, check_items
from lims.proficiency.rules import (
    Measurand,
    RoundState,
    reasons_not_to_admit,
    reasons_not_to_close,
    reasons_not_to_measure,
    reasons_not_to_open,
    reasons_not_to_send,
    reasons_to_be_in,
)
from lims.proficiency.schemas import HomogeneityIn, LateIn, ParticipantsIn, RoundChange, RoundIn, SendingIn
from lims.proficiency.tables import ProficiencyEvaluation, ProficiencyParticipant, ProficiencyRound
from lims.proficiency.wording import item_notes
from lims.quality import service as quality
from lims.science.proficiency_scores import SIGNS, ScoreKind
from lims.science.proficiency_setting import Choice, SigmaBy
from lims.science.rounding import plain, round_significant

#: Codes have four digits, so that nobody mistakes one for a count.
_FIRST_CODE, _PAST_CODES = 1000, 10_000
#: Of a score in nonconforming work.
_FIGURES = 4


def plan_round(session: LimsSession, order: RoundIn) -> ProficiencyRound:
    """A new round, as a draft. Raises `RuleRefused` with every reason, `BadInput` for a unit."""
    laboratory = _organiser(session)
    measurands = _measurands(order)
    day = local_day(session.instant)
    serial = allocate(session, laboratory.id, f"proficiency-{day.year}")[0]
    return save(
        session,
        ProficiencyRound(
            laboratory_id=laboratory.id,
            number=f"{laboratory.code}-PT{day.year}-{serial:03d}",
            title=order.title,
            year=order.year,
            items=order.items,
            measurands=measurands,
            coverage=order.coverage,
            replicates=order.replicates,
            deadline=order.deadline,
            planned_by=acting_person(session),
            planned_at=session.instant,
        ),
    )


def change_round(session: LimsSession, number: str, order: RoundChange) -> ProficiencyRound:
    """Another plan for a draft. Raises `NotFound`, `Conflict`, `RuleRefused`."""
    found = _in_state(session, number, order.version, RoundState.DRAFT)
    found.measurands = _measurands(order)
    found.title, found.year, found.items = order.title, order.year, order.items
    found.coverage, found.replicates, found.deadline = order.coverage, order.replicates, order.deadline
    return save(session, found)


def add_participants(session: LimsSession, number: str, order: ParticipantsIn) -> ProficiencyRound:
    """Laboratories of the organiser's region take part, each under a random code. Raises as `change_round`."""
    found = _in_state(session, number, order.version, RoundState.DRAFT, RoundState.OPEN)
    organiser = network.laboratory_by_id(session, found.laboratory_id)
    known = queries.participants_of(session, found)
    chosen, faults = [], []
    for code in dict.fromkeys(order.laboratories):
        laboratory = network.laboratory_by_code(session, code)
        if not is_within(laboratory.region_code, organiser.region_code):
            sentence = "{name} lies outside the region of the organiser."
            faults.append(reason("round.outside", sentence, name=laboratory.name, at=Where("laboratories")))
        chosen.append(laboratory.id)
    refuse_if(faults)
    taken = {one.code for one in known}
    free = [code for place in range(_FIRST_CODE, _PAST_CODES) if (code := str(place)) not in taken]
    fresh = [one for one in chosen if one not in {p.member_id for p in known}]
    # By chance that nobody can foresee: a code must tell nothing of who joined when.
    codes = secrets.SystemRandom().sample(free, len(fresh))
    if fresh:
        made = [
            ProficiencyParticipant(laboratory_id=found.laboratory_id, round_id=found.id, member_id=one, code=code)
            for one, code in zip(fresh, codes, strict=True)
        ]
        save(session, *made)
    found.participant_count = len(known) + len(fresh)
    return save(session, found)


def open_round(session: LimsSession, number: str, version: int) -> ProficiencyRound:
    """From now on participants see it and hand in. Raises as `change_round`."""
    found = _in_state(session, number, version, RoundState.DRAFT)
    refuse_if(reasons_not_to_open(len(found.measurands), found.participant_count, found.deadline, session.instant))
    found.state, found.opened_at = RoundState.OPEN, session.instant
    return save(session, found)


def close_round(session: LimsSession, number: str, version: int) -> ProficiencyRound:
    """No more results, but of who is admitted late. Raises as `change_round`."""
    found = _in_state(session, number, version, RoundState.OPEN)
    waiting = found.participant_count - len(queries.submissions_of(session, found))
    refuse_if(reasons_not_to_close(waiting, found.deadline, session.instant))
    found.state, found.closed_at = RoundState.CLOSED, session.instant
    return save(session, found)


def send_items(session: LimsSession, number: str, order: SendingIn) -> ProficiencyRound:
    """样品寄送: the items of these participants are on their way; sent once more, the last parcel counts.

    Raises as `change_round`.
    """
    found = queries.own_round(session, number, for_change=True)
    check_version(found, order.version)
    known = {one.code: one for one in queries.participants_of(session, found)}
    today = local_day(session.instant)
    refuse_if(reasons_not_to_send(found.state, order.codes, list(known), order.sent_on, today))
    for code in order.codes:
        known[code].sent_on, known[code].parcel = order.sent_on, order.parcel
        session.add(known[code])
    session.flush()
    return found


def admit_late(session: LimsSession, number: str, code: str, order: LateIn) -> ProficiencyParticipant:
    """One participant may hand in until a later time, for a reason. Raises `NotFound`, `RuleRefused`."""
    found = queries.own_round(session, number)
    refuse_if(
        [
            *reasons_to_be_in(found.state, (RoundState.OPEN, RoundState.CLOSED)),
            *reasons_not_to_admit(order.reason, order.until, session.instant),
        ]
    )
    participant = next((one for one in queries.participants_of(session, found) if one.code == code), None)
    if participant is None:
        raise NotFound.of("participant", code)
    participant.admitted_until, participant.admitted_reason = order.until, order.reason
    return save(session, participant)


def evaluate(session: LimsSession, number: str, version: int) -> ProficiencyEvaluation:
    """Evaluate what was handed in; a further time as a new edition, until it is published. Raises as `change_round`."""
    found = _in_state(session, number, version, RoundState.CLOSED, RoundState.EVALUATED)
    measurands = [Measurand.of(one) for one in found.measurands]
    rows = rows_of(queries.all_results(session, found), measurands)
    if not rows:
        raise RuleRefused(reason("round.no_results", "Nobody handed in a result; there is nothing to evaluate."))
    what = evaluated(f"{found.number} {found.title}", rows, measurands, found.coverage, found.homogeneity)
    before = queries.newest_evaluation(session, found)
    found.state = RoundState.EVALUATED
    save(session, found)
    return save(
        session,
        ProficiencyEvaluation(
            laboratory_id=found.laboratory_id,
            round_id=found.id,
            edition=1 if before is None else before.edition + 1,
            settings=what.settings,
            rows=what.rows,
            data_sha256=what.sha256,
            outcome=what.outcome,
            reports=what.reports,
            evaluated_by=acting_person(session),
            evaluated_at=session.instant,
        ),
    )


def publish(session: LimsSession, number: str, version: int) -> ProficiencyRound:
    """Participants see their scores and the coded round. Raises as `change_round`."""
    found = _in_state(session, number, version, RoundState.EVALUATED)
    found.state, found.published_at = RoundState.PUBLISHED, session.instant
    return save(session, found)


def follow_up(session: LimsSession, participant_id: UUID) -> None:
    """Nonconforming work at a participant for every score that is not satisfactory; a second call changes nothing."""
    participant = session.get(ProficiencyParticipant, participant_id)
    found = None if participant is None else session.get(ProficiencyRound, participant.round_id)
    if participant is None or found is None or participant_id not in queries.unfollowed(session):
        return
    for one in shortcomings(queries.evaluation_of(session, found).outcome, participant.code):
        score = plain(round_significant(Decimal(one.value), _FIGURES))
        quality.open_for_score(
            session,
            participant.member_id,
            key=f"{found.number}:{one.item}:{one.analyte}",
            analyte=one.analyte,
            item=one.item,
            what=f"{found.number} {found.title}, {one.item}, {one.analyte}: {SIGNS[ScoreKind(one.sign)]} = {score}",
        )
    participant.followed_at = session.instant
    save(session, participant)


def homogeneity_order(version: int | None, sigma: SigmaBy, sigma_number: str | None) -> HomogeneityIn:
    """What came beside the tables, in a form. Raises `BadInput`."""
    try:
        return HomogeneityIn.model_validate({"version": version, "sigma": sigma, "sigma_number": sigma_number or None})
    except ValidationError as error:
        sentence = "A version and a number above 0, such as 15, are needed."
        raise BadInput(reason("round.homogeneity_order", sentence, at=Where("sigma_number"))) from error


def record_homogeneity(session: LimsSession, number: str, order: HomogeneityIn, tables: ItemTables) -> ProficiencyRound:
    """均匀性、稳定性: test the items and keep what was found with the digests of the tables.

    Raises as `change_round`, and `BadInput` where nothing can be tested.
    """
    found = _in_state(session, number, order.version, *(one for one in RoundState if one is not RoundState.PUBLISHED))
    if (order.sigma in {SigmaBy.VALUE, SigmaBy.PERCENT}) != (order.sigma_number is not None):
        sentence = "A number belongs to a prescribed standard deviation or percentage, and to no other."
        raise BadInput(reason("round.homogeneity_number", sentence, at=Where("sigma_number")))
    if order.sigma in {SigmaBy.GIVEN, SigmaBy.ROBUST, SigmaBy.ALGORITHM_S}:
        sentence = "Items are tested against a prescribed standard deviation, a percentage, or Horwitz."
        raise BadInput(reason("round.homogeneity_sigma", sentence, at=Where("sigma")))
    number_of = None if order.sigma_number is None else float(order.sigma_number)
    checks = check_items(tables.first, tables.later, Choice(sigma=order.sigma, number=number_of))
    found.homogeneity = {
        **items_as_json(checks),
        "sigma": order.sigma.value,
        "sigma_number": None if order.sigma_number is None else format(order.sigma_number, "f"),
        "sha256": list(tables.sha256),
        "is_fit": all(one.is_fit for one in checks),
        "notes": {
            language.value: [note for one in checks for note in item_notes(one, translator(language))]
            for language in Language
        },
    }
    return save(session, found)


def _organiser(session: LimsSession) -> Laboratory:
    """The laboratory that organises: of a province or prefecture. Raises `RuleRefused`."""
    laboratory = network.laboratory_by_id(session, own_laboratory(session))
    if laboratory.level not in {Level.PROVINCE, Level.PREFECTURE}:
        sentence = "Rounds are organised by laboratories of a province or prefecture; {name} is none."
        raise RuleRefused(reason("round.level", sentence, name=laboratory.name))
    return laboratory


def _measurands(order: RoundIn) -> list[dict[str, Any]]:
    measurands = [one.measurand() for one in order.measurands]
    refuse_if(reasons_not_to_measure(order.items, measurands, order.replicates))
    return [one.stored() for one in measurands]


def _in_state(session: LimsSession, number: str, version: int, *allowed: RoundState) -> ProficiencyRound:
    """A round of the own laboratory, locked, at the version that was seen and in one of these states."""
    found = queries.own_round(session, number, for_change=True)
    check_version(found, version)
    refuse_if(reasons_to_be_in(found.state, allowed))
    return found
