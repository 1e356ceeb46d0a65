"""Acts of the organiser until scoring: planning, events, opening, the draw, judges, who takes no part, the board."""

import secrets
from typing import Any

from lims.contests import queries
from lims.contests.defaults import EVENTS
from lims.contests.rules import (
    ContestState,
    EventKind,
    Settings,
    reasons_against_event,
    reasons_against_kind,
    reasons_against_prizes,
    reasons_against_telling,
    reasons_not_to_draw,
    reasons_not_to_judge,
    reasons_not_to_open,
    reasons_to_be_in,
    reasons_to_take_out_by_two,
)
from lims.contests.schemas import (
    BoardIn,
    ContestChange,
    ContestIn,
    DrawIn,
    EventIn,
    JudgeIn,
    SettingsIn,
    SheetIn,
    UntilIn,
    WithdrawIn,
)
from lims.contests.tables import Contest, ContestEntrant, ContestEvent, ContestJudge
from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput, Conflict, NotFound, RuleRefused, refuse_if
from lims.core.permissions import actions_of
from lims.core.reasons import Where, named, reason
from lims.db.numbers import allocate
from lims.db.work import LimsSession, acting_person, check_version, insert_many, own_laboratory, save
from lims.network import queries as network
from lims.network.rules import Level
from lims.network.tables import Laboratory
from lims.people import queries as people
from lims.people.service import actor_of
from lims.people.tables import User
from lims.science import draw as lots

#: Codes have four digits and begin with a letter, so that nobody takes one for a start number.
_CODES = range(1000, 10_000)
#: A judge is taken off in these states too, until results are final.
_RUNNING = (ContestState.DRAFT, ContestState.OPEN, ContestState.SCORING, ContestState.ANNOUNCED)


def plan_contest(session: LimsSession, order: ContestIn) -> Contest:
    """A new contest with the usual events, as a draft. Raises `RuleRefused` with every reason."""
    laboratory = _organiser(session)
    settings = _settings(order.settings)
    day = local_day(session.instant)
    serial = allocate(session, laboratory.id, f"contest-{day.year}")[0]
    made = save(
        session,
        Contest(
            laboratory_id=laboratory.id,
            number=f"{laboratory.code}-CT{day.year}-{serial:03d}",
            title=order.title,
            title_en=order.title_en,
            season=order.season,
            year=order.year,
            level=laboratory.level,
            streams=list(dict.fromkeys(order.streams)),
            settings=settings,
            entries_until=order.entries_until,
            planned_by=acting_person(session),
            planned_at=session.instant,
        ),
    )
    for place, one in enumerate(EVENTS, 1):
        sheet = None if one["sheet"] is None else SheetIn.model_validate(one["sheet"])
        event = {name: one[name] for name in ("code", "title", "title_en", "kind", "share")}
        save(
            session,
            ContestEvent(
                laboratory_id=laboratory.id,
                contest_id=made.id,
                place=place,
                sheets=[] if sheet is None else [sheet.stored(1)],
                **event,
            ),
        )
    return made


def change_contest(session: LimsSession, number: str, order: ContestChange) -> Contest:
    """Another plan for a draft. Raises `NotFound`, `Conflict`, `RuleRefused`."""
    found = in_state(session, number, order.version, ContestState.DRAFT)
    found.settings = _settings(order.settings)
    found.title, found.title_en, found.season, found.year = order.title, order.title_en, order.season, order.year
    found.streams, found.entries_until = list(dict.fromkeys(order.streams)), order.entries_until
    return save(session, found)


def put_event(session: LimsSession, number: str, code: str, order: EventIn) -> ContestEvent:
    """A new event, or another state of one; before anybody is scored. Raises as `change_contest`."""
    found = queries.own_contest(session, number, for_change=True)
    refuse_if(reasons_to_be_in(found.state, (ContestState.DRAFT, ContestState.OPEN)))
    is_draft = found.state is ContestState.DRAFT
    events = queries.events_of(session, found)
    event = next((one for one in events if one.code == code), None)
    if event is None:
        if order.version:
            raise NotFound.of("event", code)
        event = ContestEvent(
            laboratory_id=found.laboratory_id, contest_id=found.id, code=code, title=order.title, kind=order.kind,
            place=max((one.place for one in events), default=0) + 1, share=order.share,
        )  # fmt: skip
    else:
        if not order.version:
            raise Conflict(reason("contest.event_taken", "There is an event {code} already.", code=code))
        check_version(event, order.version)
        appointed = [one for one in queries.judges_of(session, found) if code in one.events]
        is_changed = event.kind is not order.kind
        refuse_if(reasons_against_kind(is_changed=is_changed, is_draft=is_draft, has_judges=bool(appointed)))
    event.title, event.title_en, event.kind = order.title, order.title_en, order.kind
    event.share, event.full = order.share, order.full
    if order.sheet is not None:
        event.sheets = [*event.sheets, order.sheet.stored(len(event.sheets) + 1)]
    if order.targets is not None:
        analytes = [one.analyte for one in order.targets]
        if len(set(analytes)) < len(analytes):
            said = "An analyte stands twice among the blind items."
            raise BadInput(reason("contest.target_twice", said, at=Where("targets")))
        event.targets = [one.stored() for one in order.targets]
    title = named(event.title, event.title_en)
    refuse_if(reasons_against_event(title, can_be_scored=_can_be_scored(event), is_draft=is_draft))
    return save(session, event)


def remove_event(session: LimsSession, number: str, code: str, version: int) -> Contest:
    """An event less, while the contest is a draft. Raises as `change_contest`."""
    found = queries.own_contest(session, number, for_change=True)
    refuse_if(reasons_to_be_in(found.state, (ContestState.DRAFT,)))
    event = queries.event_of(session, found, code)
    check_version(event, version)
    session.delete(event)
    session.flush()
    return found


def open_contest(session: LimsSession, number: str, version: int) -> Contest:
    """Laboratories see it and enter people; the digest of the seed is shown. Raises as `change_contest`."""
    found = in_state(session, number, version, ContestState.DRAFT)
    events = queries.events_of(session, found)
    lacking = [named(one.title, one.title_en) for one in events if not _can_be_scored(one)]
    kinds = [one.kind for one in events]
    refuse_if(reasons_not_to_open(kinds, lacking, found.entries_until, session.instant))
    found.seed = secrets.token_hex(32)
    found.seed_sha256 = lots.commitment(found.seed)
    found.state = ContestState.OPEN
    return save(session, found)


def move_until(session: LimsSession, number: str, order: UntilIn) -> Contest:
    """Another end of entries. Raises as `change_contest`."""
    found = in_state(session, number, order.version, ContestState.OPEN)
    found.entries_until = order.entries_until
    return save(session, found)


def hold_draw(session: LimsSession, number: str, order: DrawIn) -> Contest:
    """抽签: every entry gets its start number by the committed seed, and a secret code by chance. Raises as above."""
    found = in_state(session, number, order.version, ContestState.OPEN)
    entries = queries.entries_of(session, found)
    refuse_if(reasons_not_to_draw(len(entries), found.entries_until, session.instant))
    if found.seed is None:
        raise RuntimeError("an open contest has a seed")
    words = order.words or ""
    numbers = lots.drawn(found.seed, words, (str(one.id) for one in entries))
    # By chance that nobody can foresee: a code tells nothing of the start number, nor of the laboratory.
    codes = secrets.SystemRandom().sample(_CODES, len(entries))
    insert_many(
        session,
        ContestEntrant,
        [
            {
                "laboratory_id": found.laboratory_id,
                "contest_id": found.id,
                "entry_id": one.id,
                "member_id": one.member_id,
                "start_number": numbers[str(one.id)],
                "code": f"K{code}",
            }
            for one, code in zip(entries, codes, strict=True)
        ],
    )
    found.state, found.draw_words, found.drawn_at = ContestState.SCORING, words, session.instant
    return save(session, found)


def appoint_judge(session: LimsSession, number: str, order: JudgeIn) -> ContestJudge:
    """A judge for some events; none takes them off. Raises `NotFound`, `RuleRefused`: who organises is no judge."""
    found = queries.own_contest(session, number, for_change=True)
    refuse_if(reasons_to_be_in(found.state, _RUNNING))
    user = people.known_user(session, order.username)
    roles = people.roles_of(session, user.id)
    granted = actions_of(roles)
    organises, reads_trail = Action.CONTEST_CONDUCT in granted, reads_trail_of(session, found, user)
    refuse_if(reasons_not_to_judge(is_organiser=organises, reads_trail=reads_trail))
    if Action.CONTEST_SCORE not in granted:
        said = "{name} is no contest judge; an administrator gives that role."
        raise RuleRefused(reason("contest.no_judge", said, name=user.full_name, at=Where("username")))
    known = {one.code: one.kind for one in queries.events_of(session, found)}
    wrong = [code for code in order.events if code not in known or not known[code].is_judged]
    if wrong:
        said = "{codes}: no event that judges score."
        raise BadInput(reason("contest.event_not_judged", said, codes="、".join(wrong), at=Where("events")))
    judges = queries.judges_of(session, found)
    if any(one.label == order.label and one.user_id != user.id for one in judges):
        said = "Another judge is shown as {label}."
        raise RuleRefused(reason("contest.label_taken", said, label=order.label, at=Where("label")))
    judge = next((one for one in judges if one.user_id == user.id), None)
    if judge is None:
        judge = ContestJudge(
            laboratory_id=found.laboratory_id,
            contest_id=found.id,
            user_id=user.id,
            member_id=user.laboratory_id,
            label=order.label,
        )
    elif judge.label != order.label and queries.sheets_of_judge(session, judge):
        said = "{label} has begun to score; scores are told by that label, so it stays."
        raise RuleRefused(reason("contest.label_fixed", said, label=judge.label, at=Where("label")))
    judge.label, judge.events = order.label, list(dict.fromkeys(order.events))
    return save(session, judge)


def reads_trail_of(session: LimsSession, found: Contest, user: User) -> bool:
    """Whether somebody reads the audit trail of the laboratory that organises a contest."""
    actor = actor_of(session, user)
    return actor.may(Action.AUDIT_READ) and found.laboratory_id in (actor.visible_laboratories or {found.laboratory_id})


def withdraw(session: LimsSession, number: str, code: str, order: WithdrawIn) -> ContestEntrant:
    """缺考、取消资格: an entrant whom nobody has scored takes no part any more; else see `scoring.propose_correction`.

    Raises `NotFound`, `Conflict`, `RuleRefused`.
    """
    found = queries.own_contest(session, number, for_change=True)
    refuse_if(
        [
            *reasons_to_be_in(found.state, (ContestState.SCORING, ContestState.ANNOUNCED)),
            *reasons_against_telling(order.reason, "reason"),
        ]
    )
    entrant = queries.entrant_of(session, found, code)
    check_version(entrant, order.version)
    refuse_if(reasons_to_take_out_by_two(entrant.code, is_scored=queries.is_scored(session, entrant)))
    entrant.withdrawn_reason = order.reason
    return save(session, entrant)


def set_board(session: LimsSession, number: str, order: BoardIn, shown_now: dict[str, Any]) -> Contest:
    """大屏: give the board an address or take it away, show names, freeze it as it is (`shown_now`)."""
    found = queries.own_contest(session, number, for_change=True)
    check_version(found, order.version)
    refuse_if(reasons_to_be_in(found.state, tuple(one for one in ContestState if one is not ContestState.DRAFT)))
    found.board_token = (found.board_token or secrets.token_urlsafe(24)) if order.is_shown else None
    found.board_by_name = order.by_name
    if not order.is_frozen:
        found.board_frozen = None
    elif found.board_frozen is None:
        found.board_frozen = shown_now
    return save(session, found)


def in_state(session: LimsSession, number: str, version: int, *allowed: ContestState) -> Contest:
    """A contest of the own laboratory, locked, at the version that was seen and in one of these states."""
    found = queries.own_contest(session, number, for_change=True)
    check_version(found, version)
    refuse_if(reasons_to_be_in(found.state, allowed))
    return found


def _organiser(session: LimsSession) -> Laboratory:
    laboratory = network.laboratory_by_id(session, own_laboratory(session))
    if laboratory.level is Level.TOWNSHIP:
        said = "Contests are organised from the county upwards; {name} is of a township."
        raise RuleRefused(reason("contest.level", said, name=laboratory.name))
    return laboratory


def _settings(order: SettingsIn) -> dict[str, Any]:
    stored = order.model_dump(mode="json")
    refuse_if(reasons_against_prizes(Settings.of(stored)))
    return stored


def _can_be_scored(event: ContestEvent) -> bool:
    if event.kind is EventKind.RESULTS:
        return bool(event.targets)
    return event.kind is EventKind.THEORY or bool(event.sheets)
