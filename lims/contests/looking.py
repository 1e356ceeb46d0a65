"""What organisers, laboratories, judges and the public see of a contest: for JSON and pages alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from lims.contests import queries
from lims.contests.rules import ContestState, Settings, SheetState
from lims.contests.score_data import filled_of, said, sheet_of, version_of
from lims.contests.standing import outcome_of, raw_of
from lims.contests.tables import Contest, ContestEntry, ContestEvent, ContestSheet
from lims.contests.views import (
    AppealOut,
    ContestOut,
    ContestsOut,
    CorrectionOut,
    DrawOut,
    EntryOut,
    EventOut,
    ExplanationOut,
    JudgeOut,
    JudgingOut,
    MineOut,
    OrganisedOut,
    RankingOut,
    SheetOut,
    TaskOut,
)
from lims.core.actions import Action
from lims.core.errors import Forbidden, NotFound
from lims.core.language import Language, translator
from lims.core.reasons import reason
from lims.db.work import LimsSession
from lims.network import queries as network
from lims.people.tables import User
from lims.science.contest_scoring import faults_of, score_sheet, shown
from lims.web.table import Mood

MOODS: Mapping[ContestState, Mood] = {
    ContestState.DRAFT: "plain",
    ContestState.OPEN: "busy",
    ContestState.SCORING: "busy",
    ContestState.ANNOUNCED: "warn",
    ContestState.FINAL: "good",
}
_PUBLISHED = (ContestState.ANNOUNCED, ContestState.FINAL)


def contests(session: LimsSession) -> ContestsOut:
    """Every contest that concerns the person."""
    may = session.actor.may
    open_to = queries.contests_for(session) if may(Action.CONTEST_READ) else ()
    judged = [one for one, _ in queries.judged_by(session)] if may(Action.CONTEST_SCORE) else []
    return ContestsOut(
        organised=[_contest(one) for one in queries.own_contests(session)] if may(Action.CONTEST_PLAN) else [],
        open_to=[_contest(one) for one in open_to],
        judged=[_contest(one) for one in judged],
    )


def _contest(found: Contest) -> ContestOut:
    return ContestOut.model_validate(found)


def organised(session: LimsSession, number: str) -> OrganisedOut:
    """A contest of the own laboratory. Raises `NotFound`."""
    found = queries.own_contest(session, number)
    return OrganisedOut(
        **ContestOut.model_validate(found).model_dump(),
        events=[event_out(one) for one in queries.events_of(session, found)],
        judges=judges(session, found),
        entries=len(queries.entries_of(session, found)),
        entrants=len(queries.entrants_of(session, found)),
        board_address=None if found.board_token is None else f"/contests/board/{found.board_token}",
        board_by_name=found.board_by_name,
        is_board_frozen=found.board_frozen is not None,
    )


def event_out(event: ContestEvent) -> EventOut:
    """An event for its organiser."""
    kept = {name: getattr(event, name) for name in EventOut.model_fields if name != "sheet"}
    return EventOut(sheet=event.sheets[-1] if event.sheets else None, **kept)


def judges(session: LimsSession, found: Contest) -> list[JudgeOut]:
    """The judges with their names, for the organiser."""
    names = {one.id: one.name for one in network.laboratories(session)}
    made = []
    for one in queries.judges_of(session, found):
        user = session.get(User, one.user_id)
        if user is not None:
            laboratory = names[one.member_id]
            made.append(
                JudgeOut(label=one.label, username=user.username, full_name=user.full_name, laboratory=laboratory,
                         events=one.events)
            )  # fmt: skip
    return made


def entries(session: LimsSession, found: Contest, some: Sequence[ContestEntry], *, with_codes: bool) -> list[EntryOut]:
    """Entries with their numbers."""
    laboratories = {one.id: one for one in network.laboratories(session)}
    entrants = {one.entry_id: one for one in queries.entrants_of(session, found)}
    made = []
    for one in some:
        entrant = entrants.get(one.id)
        made.append(
            EntryOut(
                **{name: getattr(one, name) for name in ("id", "full_name", "gender", "stream", "post", "team_name")},
                laboratory=laboratories[one.member_id].code,
                laboratory_name=laboratories[one.member_id].name,
                start_number=None if entrant is None else entrant.start_number,
                code=entrant.code if entrant is not None and with_codes else None,
                withdrawn_reason=None if entrant is None else entrant.withdrawn_reason,
                version=one.version,
                entrant_version=None if entrant is None else entrant.version,
            )
        )
    return made


def all_entries(session: LimsSession, number: str) -> list[EntryOut]:
    """Every entry with its secret code, for the organiser. Raises `NotFound`."""
    found = queries.own_contest(session, number)
    return entries(session, found, queries.entries_of(session, found), with_codes=True)


def mine(session: LimsSession, number: str) -> MineOut:
    """A contest for a laboratory that may take part: its own entries and appeals. Raises `NotFound`."""
    found = queries.contest_for(session, number)
    events = queries.events_of(session, found)
    is_published = found.state in _PUBLISHED
    return MineOut(
        contest=_contest(found),
        events=[one.code for one in events],
        entries=entries(session, found, queries.own_entries(session, found), with_codes=is_published),
        appeals=appeals(session, found, queries.own_appeals(session, found), for_organiser=False),
    )


def appeals(session: LimsSession, found: Contest, pairs: Sequence[Any], *, for_organiser: bool) -> list[AppealOut]:
    """Appeals; what is only proposed is the organiser's alone."""
    codes = {one.id: one.code for one in queries.entrants_of(session, found)}
    events = {one.id: one.code for one in queries.events_of(session, found)}
    made = []
    for appeal, decision in pairs:
        is_decided = decision is not None and decision.decided_at is not None
        told = decision if is_decided or for_organiser else None
        made.append(
            AppealOut(
                id=appeal.id,
                entrant=codes[appeal.entrant_id],
                event=events.get(appeal.event_id),
                grounds=appeal.grounds,
                filed_at=appeal.filed_at,
                finding=None if told is None else told.finding,
                findings=None if told is None else told.findings,
                is_decided=is_decided,
                proposed_by=decision.proposed_by if decision is not None and for_organiser else None,
                decided_at=None if told is None else told.decided_at,
                version=0 if told is None else told.version,
            )
        )
    return made


def all_appeals(session: LimsSession, number: str) -> list[AppealOut]:
    """Every appeal, for the organiser. Raises `NotFound`."""
    found = queries.own_contest(session, number)
    return appeals(session, found, queries.appeals_of(session, found), for_organiser=True)


def draw(session: LimsSession, number: str) -> DrawOut:
    """What the draw was made of; for everybody who may take part. Raises `NotFound` before it is held."""
    found = queries.contest_for(session, number)
    if found.drawn_at is None or found.seed is None:
        raise NotFound.of("draw", number)
    return DrawOut(
        contest=found.number,
        seed_sha256=found.seed_sha256 or "",
        seed=found.seed,
        words=found.draw_words or "",
        drawn_at=found.drawn_at,
        numbers={str(one.entry_id): one.start_number for one in queries.entrants_of(session, found)},
    )


def judging(session: LimsSession, number: str) -> JudgingOut:
    """What a judge has to score: codes of entrants of other laboratories. Raises `NotFound`."""
    found, judge = queries.judging(session, number)
    states = {(one.event_id, one.entrant_id): one.state for one in queries.sheets_of_judge(session, judge)}
    others = [
        one
        for one in queries.entrants_of(session, found)
        if one.member_id != session.actor.laboratory_id and not one.withdrawn_reason
    ]
    tasks = [
        TaskOut(
            event=event.code,
            title=event.title,
            title_en=event.title_en,
            sheets={
                one.code: states.get((event.id, one.id)) for one in sorted(others, key=lambda entrant: entrant.code)
            },
        )
        for event in queries.events_of(session, found)
        if event.code in judge.events
    ]
    return JudgingOut(
        contest=found.number,
        title=found.title,
        title_en=found.title_en,
        state=found.state,
        label=judge.label,
        tasks=tasks,
    )


def sheet(session: LimsSession, number: str, event_code: str, code: str) -> SheetOut:
    """The sheet of a judge for an entrant. Raises `NotFound`, `Forbidden` for the own laboratory or another event."""
    found, judge = queries.judging(session, number)
    event, entrant = queries.event_of(session, found, event_code), queries.entrant_of(session, found, code)
    if event.code not in judge.events or entrant.member_id == session.actor.laboratory_id:
        raise Forbidden(reason("contest.not_yours", "This entrant is not yours to score."))
    kept = queries.sheet_of_judge(session, judge, event, entrant)
    return sheet_out(event, code, kept)


def sheet_out(event: ContestEvent, code: str, kept: ContestSheet | None) -> SheetOut:
    """A sheet as far as it is filled; points once every mark is there."""
    stored = version_of(event.sheets, len(event.sheets) if kept is None else kept.sheet_version)
    given = {"marks": {}, "deducted": {}, "seconds": None} if kept is None else {
        "marks": kept.marks, "deducted": kept.deducted, "seconds": kept.seconds
    }  # fmt: skip
    filled, scale = filled_of(given), sheet_of(stored)
    is_whole = not [why for why in faults_of(scale, filled, is_whole=True) if why.code != "contest.time_missing"]
    return SheetOut(
        event=event.code,
        title=event.title,
        title_en=event.title_en,
        code=code,
        sheet=dict(stored),
        note=None if kept is None else kept.note,
        state=SheetState.DRAFT if kept is None else kept.state,
        points=shown(score_sheet(scale, filled).value) if is_whole else None,
        version=0 if kept is None else kept.version,
        **given,  # type: ignore[arg-type]  # three fields of their own types
    )


def corrections(session: LimsSession, number: str) -> list[CorrectionOut]:
    """Every correction, for the organiser. Raises `NotFound`."""
    found = queries.own_contest(session, number)
    codes = {one.id: one.code for one in queries.entrants_of(session, found)}
    events = {one.id: one.code for one in queries.events_of(session, found)}
    labels = {one.id: one.label for one in queries.judges_of(session, found)}
    sheets = {one.id: one for one in queries.sheets_of(session, found)}
    marks = {one.id: one for one in queries.marks_of(session, found)}
    made = []
    for one in queries.corrections_of(session, found):
        told: dict[str, Any] = {"event": None, "judge": None, "before": {}}
        if one.sheet_id is not None:
            sheet = sheets[one.sheet_id]
            before = {"marks": sheet.marks, "deducted": sheet.deducted, "seconds": sheet.seconds}
            told = {"event": events[sheet.event_id], "judge": labels[sheet.judge_id], "before": before}
            entrant_id = sheet.entrant_id
        elif one.mark_id is not None:
            mark = marks[one.mark_id]
            told |= {"event": events[mark.event_id], "before": mark.given}
            entrant_id = mark.entrant_id
        elif one.entrant_id is not None:
            told["before"] = {"takes_part": not one.change["takes_part"]}
            entrant_id = one.entrant_id
        else:
            raise RuntimeError("a correction is of something")
        told |= {name: getattr(one, name) for name in CorrectionOut.model_fields if hasattr(one, name)}
        made.append(CorrectionOut(entrant=codes[entrant_id], **told))
    return made


def ranking(session: LimsSession, number: str) -> RankingOut:
    """Where everybody stands: for the organiser as of now and without names, for all others as it was announced.

    Raises `NotFound` before the announcement.
    """
    own = next((one for one in queries.own_contests(session) if one.number == number), None)
    if own is not None and own.state is ContestState.SCORING and session.actor.may(Action.CONTEST_PLAN):
        raw = raw_of(session, own)
        outcome = outcome_of(raw, Settings.of(own.settings))
        return RankingOut(contest=number, edition=0, data_sha256=raw.sha256, outcome=outcome, names={})
    found = own or queries.contest_for(session, number)
    result = queries.newest_result(session, found)
    if result is None:
        raise NotFound.of("ranking", number)
    names = {str(one.id): one.full_name for one in queries.entries_of(session, found)}
    organises = own is not None and session.actor.may(Action.CONTEST_PLAN)
    entries_of_own = {str(one.id) for one in queries.own_entries(session, found)}
    return RankingOut(
        contest=number,
        edition=result.edition,
        data_sha256=result.data_sha256,
        outcome=result.outcome if organises else _to_laboratories(result.outcome, entries_of_own),
        names={one["code"]: names[one["entry"]] for one in result.outcome["entrants"]},
    )


def _to_laboratories(outcome: Mapping[str, Any], own: set[str]) -> dict[str, Any]:
    """Ranks and totals of everybody; how they came about of the own entrants alone."""
    lines = [
        one if one["entry"] in own else {**one, "events": [], "steps": [], "tie": None} for one in outcome["entrants"]
    ]
    return {**outcome, "entrants": lines, "withdrawn": []}


def explanation(session: LimsSession, number: str, code: str, language: Language) -> ExplanationOut:
    """How the total of one entrant came about: for the organiser of all, for a laboratory of its own entrants.

    Raises `NotFound`.
    """
    found = ranking(session, number)
    entrant = next((one for one in found.outcome["entrants"] if one["code"] == code), None)
    if entrant is None:
        raise NotFound.of("entrant", code)
    own = [one for one in queries.own_contests(session) if one.number == number]
    if not (own and session.actor.may(Action.CONTEST_PLAN)):
        contest = queries.contest_for(session, number)
        if entrant["entry"] not in {str(one.id) for one in queries.own_entries(session, contest)}:
            raise NotFound.of("entrant", code)
    return ExplanationOut(
        contest=number,
        code=code,
        total=entrant["total"],
        rank=entrant["rank"],
        sentences=sentences(entrant, language),
        entrant=entrant,
    )


def sentences(entrant: Mapping[str, Any], language: Language) -> list[str]:
    """The whole calculation of one entrant, in order."""
    say = translator(language)
    lines = []
    for event in entrant["events"]:
        title = (event.get("title_en") if language is Language.ENGLISH else None) or event["title"]
        for judge in event["judges"]:
            lines += [f"{title}, {judge['label']}: {said(one, say)}" for one in judge["steps"]]
        lines += [f"{title}: {said(one, say)}" for one in event["steps"]]
    lines += [said(one, say) for one in entrant["steps"]]
    if entrant["tie"] is not None:
        lines.append(said(entrant["tie"], say))
    return lines


def prize_words(settings: Settings, entrant: Mapping[str, Any], language: Language) -> str:
    """Prize and honours of an entrant in one line."""
    prizes = [] if entrant["prize"] is None else [settings.prizes[entrant["prize"]]]
    if language is not Language.ENGLISH:
        return "、".join([*(one.name for one in prizes), *entrant["honours"]])
    english = {one.name: one.name_en for one in settings.honours}
    return ", ".join([*(one.name_en for one in prizes), *(english.get(one, one) for one in entrant["honours"])])
