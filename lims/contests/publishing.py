"""Acts at the end: announcing results, appeals and what two people decide on them, making results final, documents."""

import secrets
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from lims.contests import papers, queries
from lims.contests.rules import (
    ContestState,
    DocumentKind,
    Left,
    Settings,
    appeals_until,
    reasons_against_telling,
    reasons_not_to_appeal,
    reasons_not_to_confirm,
    reasons_not_to_finish,
    reasons_to_be_in,
)
from lims.contests.schemas import AppealIn, ConfirmIn, DecisionIn, DocumentsIn
from lims.contests.service import in_state
from lims.contests.standing import outcome_of, raw_of
from lims.contests.tables import (
    Contest,
    ContestAppeal,
    ContestDecision,
    ContestDocument,
    ContestEntry,
    ContestResult,
)
from lims.core.errors import Conflict, NotFound, RuleRefused, refuse_if
from lims.core.reasons import Reason, Where, named, reason
from lims.db.work import LimsSession, acting_person, check_version, insert_many, own_laboratory, save
from lims.network import queries as network

#: How many of the scores that are missing a refusal names.
_MOST_NAMED = 10


def announce(session: LimsSession, number: str, version: int) -> Contest:
    """公布成绩: everybody sees the results, and appeals are taken; once more after scores changed.

    Raises `NotFound`, `Conflict`, `RuleRefused`: a score is missing, judges differ too much, a correction waits.
    """
    found = in_state(session, number, version, ContestState.SCORING, ContestState.ANNOUNCED)
    settings, raw = Settings.of(found.settings), raw_of(session, found)
    outcome = outcome_of(raw, settings)
    refuse_if(_reasons_not_to_announce(session, found, outcome["lacking"], len(outcome["entrants"])))
    before = queries.newest_result(session, found)
    sha256 = raw.sha256
    if before is not None and before.data_sha256 == sha256:
        raise Conflict(reason("contest.announced_already", "These results are announced already."))
    save(
        session,
        ContestResult(
            laboratory_id=found.laboratory_id,
            contest_id=found.id,
            edition=1 if before is None else before.edition + 1,
            outcome=outcome,
            data_sha256=sha256,
            announced_by=acting_person(session),
            announced_at=session.instant,
        ),
    )
    if found.state is ContestState.SCORING:
        found.state, found.announced_at = ContestState.ANNOUNCED, session.instant
        found.appeals_until = appeals_until(session.instant, settings)
    return save(session, found)


def file_appeal(session: LimsSession, number: str, order: AppealIn) -> ContestAppeal:
    """申诉: of an own entrant, in time. Raises `NotFound`, `RuleRefused`."""
    found = queries.contest_for(session, number, for_change=True)
    refuse_if(
        [
            *reasons_not_to_appeal(found.state, found.appeals_until, session.instant),
            *reasons_against_telling(order.grounds, "grounds"),
        ]
    )
    own = own_laboratory(session)
    entrant = next(
        (
            one
            for one in queries.entrants_of(session, found)
            if one.member_id == own and order.entrant in {one.code, str(one.start_number)}
        ),
        None,
    )
    if entrant is None:
        raise NotFound.of("entrant", order.entrant)
    event = None if order.event is None else queries.event_of(session, found, order.event)
    about = entrant.id, None if event is None else event.id
    waiting = [
        one
        for one, decision in queries.own_appeals(session, found)
        if (one.entrant_id, one.event_id) == about and (decision is None or decision.decided_at is None)
    ]
    if waiting:
        said = "An appeal of {entrant} for this is filed already and not decided yet."
        raise Conflict(reason("contest.appeal_waits", said, entrant=order.entrant))
    return save(
        session,
        ContestAppeal(
            laboratory_id=own,
            contest_id=found.id,
            entrant_id=entrant.id,
            event_id=None if event is None else event.id,
            grounds=order.grounds,
            filed_by=acting_person(session),
            filed_at=session.instant,
        ),
    )


def propose_decision(session: LimsSession, number: str, key: UUID, order: DecisionIn) -> ContestDecision:
    """What one person proposes on an appeal, until another has confirmed it. Raises `NotFound`, `RuleRefused`."""
    found = queries.own_contest(session, number, for_change=True)
    appeal, decision = queries.appeal_by_id(session, found, key)
    refuse_if(
        [
            *reasons_to_be_in(found.state, (ContestState.ANNOUNCED,)),
            *reasons_against_telling(order.findings, "findings"),
        ]
    )
    if decision is None and order.version:
        raise Conflict(reason("contest.decision_gone", "The proposal was dropped meanwhile. Load the page again."))
    if decision is None:
        decision = ContestDecision(
            laboratory_id=found.laboratory_id,
            appeal_id=appeal.id,
            finding=order.finding,
            findings=order.findings,
            proposed_by=acting_person(session),
            proposed_at=session.instant,
        )
    elif decision.decided_at is not None:
        raise RuleRefused(reason("contest.decided", "This is decided already."))
    else:
        check_version(decision, order.version)
    decision.finding, decision.findings = order.finding, order.findings
    decision.proposed_by, decision.proposed_at = acting_person(session), session.instant
    return save(session, decision)


def confirm_decision(session: LimsSession, number: str, key: UUID, order: ConfirmIn) -> ContestDecision:
    """The second person confirms what was proposed on an appeal, or drops it. Raises as `propose_decision`."""
    found = queries.own_contest(session, number, for_change=True)
    _, decision = queries.appeal_by_id(session, found, key)
    if decision is None:
        raise NotFound.of("decision", key)
    check_version(decision, order.version)
    person = acting_person(session)
    refuse_if(
        [
            *reasons_to_be_in(found.state, (ContestState.ANNOUNCED,)),
            *reasons_not_to_confirm(decision.proposed_by, person, is_decided=decision.decided_at is not None),
        ]
    )
    if not order.approve:
        session.delete(decision)
        session.flush()
        return decision
    decision.decided_by, decision.decided_at = person, session.instant
    return save(session, decision)


def finish(session: LimsSession, number: str, version: int) -> Contest:
    """Results are final: no appeal, no correction any more. Raises as `announce`."""
    found = in_state(session, number, version, ContestState.ANNOUNCED)
    result = queries.newest_result(session, found)
    decided = [decision is not None and decision.decided_at is not None
               for _, decision in queries.appeals_of(session, found)]  # fmt: skip
    left = Left(
        open_appeals=decided.count(False),
        open_corrections=queries.open_corrections(session, found),
        is_stale=result is None or result.data_sha256 != raw_of(session, found).sha256,
    )
    refuse_if(reasons_not_to_finish(left, found.appeals_until, session.instant))
    found.state, found.finished_at = ContestState.FINAL, session.instant
    found.board_frozen = None
    return save(session, found)


def issue_documents(session: LimsSession, number: str, order: DocumentsIn) -> list[UUID]:
    """签发: the announcement, and a certificate for everybody with a prize or an honour and for every team with one.

    They are drawn in the background.

    Raises `NotFound`, `Conflict`, `RuleRefused`: the results are not final, or the documents are there.
    """
    found = in_state(session, number, order.version, ContestState.FINAL)
    result = queries.newest_result(session, found)
    if result is None:
        raise RuntimeError("a final contest has results")
    if queries.documents_of(session, found):
        raise Conflict(reason("contest.documents_issued", "The documents of this contest are issued already."))
    settings, outcome = Settings.of(found.settings), result.outcome
    organiser = network.laboratory_by_id(session, found.laboratory_id).name
    entries = {str(one.id): one for one in queries.entries_of(session, found)}
    names = {one.id: one.name for one in network.laboratories(session)}
    laboratories = {key: names[one.member_id] for key, one in entries.items()}
    entrants = {one.code: one.id for one in queries.entrants_of(session, found)}
    whole = papers.announcement(found, settings, outcome, entries, laboratories, organiser, result.data_sha256)
    made: list[tuple[UUID | None, DocumentKind, dict[str, Any]]] = [(None, DocumentKind.ANNOUNCEMENT, whole)]
    made += [
        (
            entrants[one["code"]],
            DocumentKind.CERTIFICATE,
            papers.certificate(found, settings, one, entries[one["entry"]], laboratories[one["entry"]], organiser),
        )
        for one in outcome["entrants"]
        if one["prize"] is not None or one["honours"]
    ]
    made += [(None, DocumentKind.CERTIFICATE, said) for said in _of_teams(found, outcome, entries, organiser)]
    return insert_many(
        session,
        ContestDocument,
        [
            {
                "laboratory_id": found.laboratory_id,
                "contest_id": found.id,
                "entrant_id": entrant_id,
                "kind": kind,
                "number": f"{found.number}-{place:03d}",
                "language": order.language,
                "snapshot": said,
                "token": secrets.token_urlsafe(24),
                "issued_by": acting_person(session),
                "issued_at": session.instant,
            }
            for place, (entrant_id, kind, said) in enumerate(made)
        ],
    )


def _of_teams(
    found: Contest, outcome: dict[str, Any], entries: dict[str, ContestEntry], organiser: str
) -> Iterator[dict[str, Any]]:
    settings = Settings.of(found.settings)
    for team in outcome["teams"]:
        if team["prize"] is not None:
            members = [entries[one["entry"]].full_name for one in outcome["entrants"] if one["team"] == team["team"]]
            yield papers.team_certificate(found, settings, team, members, organiser)


def retry_documents(session: LimsSession, number: str, version: int) -> int:
    """Let the background work try again to draw and sign what failed; how many. Raises as `issue_documents`."""
    found = in_state(session, number, version, ContestState.FINAL)
    failed = [one for one in queries.documents_of(session, found) if one.render_error is not None]
    if not failed:
        said = "Drawing these documents has not failed; there is nothing to try again."
        raise RuleRefused(reason("contest.nothing_failed", said))
    for one in failed:
        one.render_error = None
    save(session, *failed)
    return len(failed)


def _reasons_not_to_announce(
    session: LimsSession, found: Contest, lacking: list[dict[str, str]], count: int
) -> list[Reason]:
    faults = []
    if not count:
        faults.append(reason("contest.nobody_left", "Nobody takes part any more; there is nothing to announce."))
    if waiting := queries.open_corrections(session, found):
        said = "{count} corrections are not decided."
        faults.append(reason("contest.corrections_undecided", said, count=waiting))
    titles = {one.code: named(one.title, one.title_en) for one in queries.events_of(session, found)}
    for one in lacking[:_MOST_NAMED]:
        said = "{entrant}, {event} is not scored yet."
        if one["code"] == "contest.third_judge":
            said = "{entrant}, {event}: the judges differ too much, a third one must score."
        at = Where(field="entrants")
        faults.append(reason("contest.lacking", said, entrant=one["entrant"], event=titles[one["event"]], at=at))
    if len(lacking) > _MOST_NAMED:
        faults.append(
            reason("contest.lacking_more", "{count} more scores are missing.", count=len(lacking) - _MOST_NAMED)
        )
    return faults
