"""Acts on entries: by the laboratory for its own people, by the organiser from a table, and from the stage before."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from lims.contests import queries
from lims.contests.rules import (
    Candidate,
    ContestState,
    Settings,
    TeamBy,
    reasons_against_entry,
    reasons_against_quota,
    reasons_not_to_enter,
    team_region,
)
from lims.contests.schemas import EntryIn, ImportedEntry
from lims.contests.tables import Contest, ContestEntry
from lims.core.errors import Conflict, NotFound, RuleRefused, refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.work import LimsSession, acting_person, check_version, own_laboratory, save
from lims.network import queries as network
from lims.network.rules import Level
from lims.network.tables import Laboratory


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Somebody to be entered, with the laboratory and the row of the table."""

    order: EntryIn
    laboratory: Laboratory
    row: int
    origin_id: UUID | None = None


def enter(session: LimsSession, number: str, orders: Sequence[EntryIn]) -> Sequence[ContestEntry]:
    """People of the own laboratory, all of them or none. Raises `NotFound`, `RuleRefused` with every reason."""
    found = queries.contest_for(session, number, for_change=True)
    own = network.laboratory_by_id(session, own_laboratory(session))
    return _enter(session, found, [_Wanted(order, own, row) for row, order in enumerate(orders, 1)])


def enter_for_others(session: LimsSession, number: str, orders: Sequence[ImportedEntry]) -> Sequence[ContestEntry]:
    """People of any laboratory, by the organiser. Raises as `enter`."""
    found = queries.own_contest(session, number, for_change=True)
    known = {one.code: one for one in network.laboratories(session)}
    unknown = [
        reason("contest.laboratory_unknown", "Row {row}: there is no laboratory {code}.", row=row,
               code=order.laboratory, at=Where(field="entries", row=row))
        for row, order in enumerate(orders, 1)
        if order.laboratory not in known
    ]  # fmt: skip
    refuse_if(unknown)
    wanted = [
        _Wanted(EntryIn(**order.model_dump(exclude={"laboratory"})), known[order.laboratory], row)
        for row, order in enumerate(orders, 1)
    ]
    return _enter(session, found, wanted)


def take_promoted(session: LimsSession, number: str, before: str) -> Sequence[ContestEntry]:
    """晋级: who goes on from a final contest of a stage below, or of the same laboratory, is entered.

    Raises as `enter`; who is entered already is passed over.
    """
    found = queries.own_contest(session, number, for_change=True)
    lower = next((one for one in [*queries.own_contests(session), *_below(session)] if one.number == before), None)
    if lower is None or lower.id == found.id:
        raise NotFound.of("contest", before)
    result = queries.newest_result(session, lower)
    if lower.state is not ContestState.FINAL or result is None:
        raise RuleRefused(reason("contest.not_final", "The results of {number} are not final.", number=before))
    going_on = {one["entry"] for one in result.outcome["entrants"] if one["is_promoted"]}
    taken = {one.origin_id for one in queries.entries_of(session, found)}
    wanted = [
        _Wanted(
            EntryIn(full_name=one.full_name, gender=one.gender, stream=one.stream, post=one.post),
            network.laboratory_by_id(session, one.member_id),
            row,
            one.id,
        )
        for row, one in enumerate(queries.entries_of(session, lower), 1)
        if str(one.id) in going_on and one.id not in taken
    ]
    return _enter(session, found, wanted)


def take_back(session: LimsSession, number: str, entry_id: UUID, version: int) -> None:
    """An entry of the own laboratory less, until the end of entries; the organiser also takes those it imported.

    Raises `NotFound`, `Conflict`, `RuleRefused`.
    """
    found = queries.contest_for(session, number, for_change=True)
    refuse_if(reasons_not_to_enter(found.state, found.entries_until, session.instant))
    entry = next((one for one in queries.entries_of(session, found) if one.id == entry_id), None)
    if entry is None or entry.laboratory_id != session.actor.laboratory_id:
        raise NotFound.of("entry", entry_id)
    check_version(entry, version)
    session.delete(entry)
    session.flush()


def _below(session: LimsSession) -> Sequence[Contest]:
    """The contests of laboratories that the session sees, of lower levels."""
    own = network.laboratory_by_id(session, own_laboratory(session))
    inside = [one for one in network.laboratories(session, own.region_code) if one.level.rank > own.level.rank]
    return queries.contests_of(session, {one.id for one in inside})


def _enter(session: LimsSession, found: Contest, wanted: Sequence[_Wanted]) -> Sequence[ContestEntry]:
    refuse_if(reasons_not_to_enter(found.state, found.entries_until, session.instant))
    settings, organiser = Settings.of(found.settings), network.laboratory_by_id(session, found.laboratory_id)
    before = queries.entries_of(session, found)
    entered = Counter((one.member_id, one.full_name, one.stream) for one in before)
    entered.update((one.laboratory.id, one.order.full_name, one.order.stream) for one in wanted)
    winners = queries.first_prize_holders(session, found)
    faults: list[Reason] = []
    for one in wanted:
        key = one.laboratory.id, one.order.full_name, one.order.stream
        candidate = Candidate(
            one.order.full_name,
            one.order.stream,
            one.laboratory.name,
            one.laboratory.level,
            one.laboratory.region_code,
            holds_first_prize=key[:2] in winners,
            is_entered=entered[key] > 1,
        )
        at = Where(field="entries", row=one.row)
        faults += reasons_against_entry(candidate, found.streams, settings, organiser.region_code, at)
    teams = [_team(session, settings, one.laboratory, organiser) for one in wanted]
    sizes = Counter(one.team for one in before)
    sizes.update(key for key, _ in teams)
    for team, name in dict(teams).items():
        faults += reasons_against_quota(name, sizes[team], settings.quota)
    refuse_if(faults)
    person = acting_person(session)
    made = [
        ContestEntry(
            laboratory_id=own_laboratory(session),
            contest_id=found.id,
            member_id=one.laboratory.id,
            team=team,
            team_name=name,
            origin_id=one.origin_id,
            entered_by=person,
            entered_at=session.instant,
            **one.order.model_dump(),
        )
        for one, (team, name) in zip(wanted, teams, strict=True)
    ]
    if not made:
        raise Conflict(reason("contest.nobody_to_enter", "There is nobody to enter who is not entered already."))
    save(session, *made)
    return made


def _team(session: LimsSession, settings: Settings, laboratory: Laboratory, organiser: Laboratory) -> tuple[str, str]:
    """The key and name of the team of a laboratory; the province's own people are a team of their laboratory."""
    is_inside = laboratory.level.rank > organiser.level.rank and organiser.level is not Level.COUNTY
    if settings.team_by is TeamBy.LABORATORY or not is_inside:
        return laboratory.code, laboratory.name
    region = team_region(laboratory.region_code, organiser.level)
    return region, network.region_names(session, [region]).get(region, region)
