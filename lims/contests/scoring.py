"""Acts of scoring: sheets of judges, marks without a judge, and corrections by two people after submission."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from lims.contests import queries
from lims.contests.rules import (
    ContestState,
    CorrectionState,
    EventKind,
    SheetState,
    reasons_against_telling,
    reasons_not_to_confirm,
    reasons_not_to_judge,
    reasons_to_be_in,
)
from lims.contests.schemas import ConfirmIn, CorrectionIn, MarkIn, ScoreIn, WithdrawIn
from lims.contests.score_data import filled_of, same, sheet_of, version_of
from lims.contests.service import reads_trail_of, withdraw
from lims.contests.tables import (
    Contest,
    ContestCorrection,
    ContestEntrant,
    ContestEvent,
    ContestMark,
    ContestSheet,
)
from lims.core.actions import Action
from lims.core.errors import BadInput, Conflict, NotFound, RuleRefused, refuse_bad, refuse_if
from lims.core.reasons import Reason, Where, named, reason
from lims.db.work import LimsSession, acting_person, check_version, own_laboratory, save
from lims.people.tables import User
from lims.science.contest_scoring import faults_of

_SCORED = (ContestState.SCORING, ContestState.ANNOUNCED)


def save_sheet(session: LimsSession, number: str, event_code: str, code: str, order: ScoreIn) -> ContestSheet:
    """What a judge gives an entrant, begun or submitted; a submitted sheet is changed by a correction alone.

    Raises `NotFound`, `Conflict`, `RuleRefused`: not a judge of the event, the own laboratory, marks outside the sheet.
    """
    laboratory_id = own_laboratory(session)
    found, judge = queries.judging(session, number, for_change=True)
    refuse_if(reasons_to_be_in(found.state, (ContestState.SCORING,)))
    event, entrant = queries.event_of(session, found, event_code), queries.entrant_of(session, found, code)
    refuse_if(
        reasons_not_to_judge(
            is_own=entrant.member_id == laboratory_id,
            is_assigned=event.code in judge.events,
            is_organiser=session.actor.may(Action.CONTEST_CONDUCT),
            reads_trail=reads_trail_of(session, found, session.get_one(User, judge.user_id)),
        )
    )
    refuse_if(_reasons_against(entrant))
    sheet = queries.sheet_of_judge(session, judge, event, entrant)
    if sheet is None:
        if order.version:
            raise Conflict(reason("contest.sheet_gone", "This sheet was not begun. Load the page again."))
        sheet = ContestSheet(
            laboratory_id=laboratory_id,
            contest_id=found.id,
            event_id=event.id,
            entrant_id=entrant.id,
            judge_id=judge.id,
            sheet_version=len(event.sheets),
        )
    else:
        if sheet.state is SheetState.SUBMITTED:
            said = "This sheet is submitted. The organiser corrects it, with a reason and a second person."
            raise RuleRefused(reason("contest.submitted", said))
        check_version(sheet, order.version)
    given = _filled(order)
    refuse_if(_faults_of_sheet(event, sheet.sheet_version, given, is_whole=order.submit))
    sheet.marks, sheet.deducted, sheet.seconds = given["marks"], given["deducted"], given["seconds"]
    sheet.note = order.note
    if order.submit:
        sheet.state, sheet.submitted_at = SheetState.SUBMITTED, session.instant
    return save(session, sheet)


def record_mark(session: LimsSession, number: str, event_code: str, code: str, order: MarkIn) -> ContestMark:
    """A mark of a theory paper or reported results of one entrant. Raises as `record_marks`."""
    return record_marks(session, number, event_code, {code: order})[0]


def record_marks(
    session: LimsSession,
    number: str,
    event_code: str,
    orders: Mapping[str, MarkIn],
    rows: Mapping[str, int] = MappingProxyType({}),
) -> list[ContestMark]:
    """Marks by code of the entrant, all of them or none; the same once more changes nothing. `rows` of a table by code.

    Another mark than the one recorded is refused: that is a correction. Raises `NotFound`, `BadInput`, `RuleRefused`.
    """
    found = queries.own_contest(session, number, for_change=True)
    refuse_if(reasons_to_be_in(found.state, (ContestState.SCORING,)))
    event = queries.event_of(session, found, event_code)
    entrants = {one.code: one for one in queries.entrants_of(session, found)}
    before = {one.entrant_id: one for one in queries.marks_of(session, found) if one.event_id == event.id}
    faults: list[Reason] = []
    made: list[ContestMark] = []
    for place, (code, order) in enumerate(orders.items(), 1):
        at = Where(field="marks", row=rows.get(code, place))
        entrant = entrants.get(code)
        if entrant is None:
            faults.append(reason("contest.code_unknown", "There is no entrant {code}.", code=code, at=at))
            continue
        given, wrong = _given(event, order.mark, order.results, at)
        faults += wrong + _reasons_against(entrant)
        known = before.get(entrant.id)
        if known is not None and not same(known.given, given):
            said = "{code} has another mark already; a change of it is a correction."
            faults.append(reason("contest.mark_known", said, code=code, at=at))
        made.append(known or _mark(session, found, event, entrant, given, order.source))
    refuse_bad(faults)
    if made:
        save(session, *made)
    return made


def propose_correction(session: LimsSession, number: str, code: str, order: CorrectionIn) -> ContestCorrection:
    """更正 of a submitted sheet or a mark: it counts once a second person approves it. Raises as `record_marks`."""
    found = queries.own_contest(session, number, for_change=True)
    refuse_if([*reasons_to_be_in(found.state, _SCORED), *reasons_against_telling(order.reason, "reason")])
    entrant = queries.entrant_of(session, found, code)
    made = ContestCorrection(
        laboratory_id=found.laboratory_id,
        contest_id=found.id,
        change={},
        reason=order.reason,
        proposed_by=acting_person(session),
        proposed_at=session.instant,
    )
    if order.event is None:
        _correct_part(made, entrant, takes_part=bool(order.takes_part))
    else:
        _correct_score(session, found, made, queries.event_of(session, found, order.event), entrant, order)
    waiting = [one for one in queries.corrections_of(session, found) if one.state is CorrectionState.PROPOSED]
    if any(_corrected_by(one) == _corrected_by(made) for one in waiting):
        said = "A correction of this score waits for a second person; let that be decided first."
        raise RuleRefused(reason("contest.correction_waits", said))
    return save(session, made)


def _correct_part(made: ContestCorrection, entrant: ContestEntrant, *, takes_part: bool) -> None:
    if takes_part == (entrant.withdrawn_reason is None):
        said = "This is so already; the correction would change nothing."
        raise RuleRefused(reason("contest.nothing_changed", said))
    made.entrant_id, made.change = entrant.id, {"takes_part": takes_part}


def _correct_score(
    session: LimsSession,
    found: Contest,
    made: ContestCorrection,
    event: ContestEvent,
    entrant: ContestEntrant,
    order: CorrectionIn,
) -> None:
    if event.kind.is_judged:
        sheet = _submitted(session, found, event, entrant, order.judge)
        made.sheet_id = sheet.id
        made.change = _filled(order)
        refuse_if(_faults_of_sheet(event, sheet.sheet_version, made.change, is_whole=True))
        return
    marks = queries.marks_of(session, found)
    mark = next((one for one in marks if (one.event_id, one.entrant_id) == (event.id, entrant.id)), None)
    if mark is None:
        raise NotFound.of("mark", entrant.code)
    made.mark_id = mark.id
    made.change, wrong = _given(event, order.mark, order.results, Where("mark"))
    refuse_bad(wrong)


def _corrected_by(one: ContestCorrection) -> tuple[UUID | None, ...]:
    """What a correction is of."""
    return one.sheet_id, one.mark_id, one.entrant_id


def leave(session: LimsSession, number: str, code: str, order: WithdrawIn) -> ContestCorrection | None:
    """Somebody takes no part any more: at once, or, when already scored, by a correction that is proposed here."""
    entrant = queries.entrant_of(session, queries.own_contest(session, number), code)
    if not queries.is_scored(session, entrant):
        withdraw(session, number, code, order)
        return None
    return propose_correction(session, number, code, CorrectionIn(takes_part=False, reason=order.reason))


def decide_correction(session: LimsSession, number: str, key: UUID, order: ConfirmIn) -> ContestCorrection:
    """The second person approves or refuses a correction. Raises `NotFound`, `Conflict`, `RuleRefused`."""
    found = queries.own_contest(session, number, for_change=True)
    correction = queries.correction_by_id(session, found, key)
    check_version(correction, order.version)
    person = acting_person(session)
    is_decided = correction.state is not CorrectionState.PROPOSED
    refuse_if(
        [
            *reasons_to_be_in(found.state, _SCORED),
            *reasons_not_to_confirm(correction.proposed_by, person, is_decided=is_decided),
        ]
    )
    correction.state = CorrectionState.APPROVED if order.approve else CorrectionState.REFUSED
    correction.decided_by, correction.decided_at = person, session.instant
    if order.approve and correction.entrant_id is not None:
        entrant = session.get_one(ContestEntrant, correction.entrant_id)
        entrant.withdrawn_reason = None if correction.change["takes_part"] else correction.reason
    return save(session, correction)


def _filled(order: ScoreIn | CorrectionIn) -> dict[str, Any]:
    """What a sheet keeps of what somebody gives."""
    return {
        "marks": {key: format(mark, "f") for key, mark in order.marks.items()},
        "deducted": {key: times for key, times in order.deducted.items() if times},
        "seconds": order.seconds,
    }


def _mark(
    session: LimsSession,
    found: Contest,
    event: ContestEvent,
    entrant: ContestEntrant,
    given: dict[str, Any],
    source: str,
) -> ContestMark:
    return ContestMark(
        laboratory_id=found.laboratory_id,
        contest_id=found.id,
        event_id=event.id,
        entrant_id=entrant.id,
        given=given,
        source=source,
        recorded_by=acting_person(session),
        recorded_at=session.instant,
    )


def _submitted(
    session: LimsSession, found: Contest, event: ContestEvent, entrant: ContestEntrant, label: str | None
) -> ContestSheet:
    judge = next((one.id for one in queries.judges_of(session, found) if one.label == label), None)
    key = judge, event.id, entrant.id, SheetState.SUBMITTED
    for one in queries.sheets_of(session, found):
        if (one.judge_id, one.event_id, one.entrant_id, one.state) == key:
            return one
    raise NotFound.of("sheet", label)


def _reasons_against(entrant: ContestEntrant) -> list[Reason]:
    if entrant.withdrawn_reason is None:
        return []
    return [reason("contest.withdrawn", "{code} takes no part any more.", code=entrant.code)]


def _faults_of_sheet(event: ContestEvent, version: int, given: dict[str, Any], *, is_whole: bool) -> list[Reason]:
    faults = faults_of(sheet_of(version_of(event.sheets, version)), filled_of(given), is_whole=is_whole)
    return [Reason(one.code, one.sentence, one.values, Where("marks")) for one in faults]


def _given(
    event: ContestEvent, mark: Decimal | None, results: Mapping[str, list[Decimal]], at: Where
) -> tuple[dict[str, Any], list[Reason]]:
    """What a mark keeps, and what is wrong with it."""
    if event.kind is EventKind.THEORY:
        if mark is None or mark > event.full:
            said = "A mark from 0 to {full} is needed."
            return {}, [reason("contest.mark_range", said, full=format(event.full, "f"), at=at)]
        return {"mark": format(mark, "f")}, []
    if event.kind.is_judged:
        raise BadInput(
            reason(
                "contest.event_judged", "{event} is scored by judges.", event=named(event.title, event.title_en), at=at
            )
        )
    asked = {one["analyte"] for one in event.targets}
    faults = [
        reason("contest.analyte_unknown", "{analyte} is not asked for.", analyte=analyte, at=at)
        for analyte in results
        if analyte not in asked
    ]
    if any(len(values) > 10 or any(value < 0 for value in values) for values in results.values()):
        said = "Reported results are at most ten values, none below 0."
        faults.append(reason("contest.results_range", said, at=at))
    return {analyte: [format(value, "f") for value in values] for analyte, values in results.items()}, faults
