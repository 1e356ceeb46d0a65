"""What a contest is and what may be done to it in which state; pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from lims.core.reasons import Reason, Where, reason
from lims.core.words import word
from lims.network.rules import Level, is_within
from lims.science.contest_ranking import TeamRule
from lims.science.contest_scoring import Judging

#: A reason that tells something.
FEWEST_LETTERS = 10
#: Between exam, paper and edition in the source of a mark.
_BETWEEN = " / "


class ContestState(StrEnum):
    """How far a contest is (竞赛状态)."""

    DRAFT = "ct_draft"
    OPEN = "ct_open"
    SCORING = "ct_scoring"
    ANNOUNCED = "ct_announced"
    FINAL = "ct_final"


class EventKind(StrEnum):
    """What an event tests (项目类别)."""

    THEORY = "ct_theory"
    SAMPLING = "ct_sampling"
    PRETREATMENT = "ct_pretreatment"
    INSTRUMENT = "ct_instrument"
    RESULTS = "ct_results"

    @property
    def is_judged(self) -> bool:
        """Scored by judges with sheets; the others have a mark or reported results."""
        return self not in {EventKind.THEORY, EventKind.RESULTS}


class Gender(StrEnum):
    """For honours that are given to women."""

    WOMAN = "ct_woman"
    MAN = "ct_man"


class TeamBy(StrEnum):
    """Whom a team stands for: the regions right below the contest's own, or the laboratories."""

    REGION = "ct_by_region"
    LABORATORY = "ct_by_laboratory"


class SheetState(StrEnum):
    """How far a judge is with a sheet."""

    DRAFT = "ct_sheet_draft"
    SUBMITTED = "ct_sheet_submitted"


class CorrectionState(StrEnum):
    """How far a correction is."""

    PROPOSED = "ct_correction_proposed"
    APPROVED = "ct_correction_approved"
    REFUSED = "ct_correction_refused"


class Finding(StrEnum):
    """How an appeal was decided (申诉处理结论)."""

    UPHELD = "ct_upheld"
    REJECTED = "ct_rejected"


class DocumentKind(StrEnum):
    """What is signed at the end."""

    CERTIFICATE = "ct_certificate"
    ANNOUNCEMENT = "ct_announcement"


@dataclass(frozen=True, slots=True)
class Prize:
    """奖项: its name, and the share of the entrants who get it. `name_en` stands on English documents."""

    name: str
    name_en: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class Honour:
    """荣誉称号: for ranks from `first` to `last`, of everybody or among women. `name_en`: as that of a prize."""

    name: str
    name_en: str
    first: int
    last: int
    women_only: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """The rules of one contest, as data. `quota` 0: teams of any size; `promoted` 0: nobody goes on."""

    theory_weight: Decimal
    judging: Judging
    quota: int
    team_by: TeamBy
    team: TeamRule
    prizes: tuple[Prize, ...]
    team_prizes: tuple[Prize, ...]
    honours: tuple[Honour, ...]
    ranks_by_stream: bool
    excludes_winners: bool
    appeal_hours: int
    promoted: int

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Settings":
        """Out of what a record keeps (`schemas.SettingsIn` as JSON)."""
        judging = Judging(stored["fewest_judges"], stored["drop_from"], Decimal(stored["difference"]))
        return cls(
            theory_weight=Decimal(stored["theory_weight"]),
            judging=judging,
            quota=stored["quota"],
            team_by=TeamBy(stored["team_by"]),
            team=TeamRule(stored["team_best"], stored["team_is_mean"]),
            prizes=_prizes(stored["prizes"]),
            team_prizes=_prizes(stored["team_prizes"]),
            honours=tuple(
                Honour(one["name"], one["name_en"] or one["name"], one["first"], one["last"], one["women_only"])
                for one in stored["honours"]
            ),
            ranks_by_stream=stored["ranks_by_stream"],
            excludes_winners=stored["excludes_winners"],
            appeal_hours=stored["appeal_hours"],
            promoted=stored["promoted"],
        )


def _prizes(stored: Sequence[Mapping[str, Any]]) -> tuple[Prize, ...]:
    return tuple(Prize(one["name"], one["name_en"] or one["name"], Decimal(one["share"])) for one in stored)


def reasons_to_be_in(state: ContestState, allowed: Collection[ContestState]) -> list[Reason]:
    """Why nothing can be done in this state."""
    if state in allowed:
        return []
    return [reason("contest.state", "The contest is {status}; this cannot be done now.", status=word(state))]


def reasons_against_prizes(settings: Settings) -> list[Reason]:
    """Shares of all prizes are one at most, and ranks of honours are in their order."""
    faults = []
    for name, prizes in (("prizes", settings.prizes), ("team_prizes", settings.team_prizes)):
        if sum((one.share for one in prizes), Decimal(0)) > 1:
            faults.append(
                reason("contest.shares", "The shares of the prizes are more than 1 together.", at=Where(name))
            )
    if any(one.first > one.last for one in settings.honours):
        said = "An honour ends before the rank it begins with."
        faults.append(reason("contest.honour_ranks", said, at=Where("honours")))
    return faults


def reasons_not_to_open(
    kinds: Sequence[EventKind], lacking: Sequence[str], until: datetime, now: datetime
) -> list[Reason]:
    """Why laboratories cannot enter people yet; `lacking` are titles of events that cannot be scored."""
    faults = []
    if not kinds:
        faults.append(reason("contest.no_events", "Say first what is scored: the contest has no event."))
    for title in lacking:
        faults += reasons_against_event(title, can_be_scored=False, is_draft=False)
    if until <= now:
        faults.append(reason("contest.until_past", "The end of entries lies in the past.", at=Where("entries_until")))
    return faults


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whom a laboratory wants to enter. `holds_first_prize`: in an earlier contest of the same organiser."""

    name: str
    stream: str
    laboratory: str
    level: Level
    region: str
    holds_first_prize: bool
    is_entered: bool


def reasons_against_entry(
    one: Candidate, streams: Sequence[str], settings: Settings, organiser_region: str, at: Where
) -> list[Reason]:
    """Why somebody may not take part (报名资格)."""
    said = {"name": one.name, "laboratory": one.laboratory}
    faults = []
    if one.stream not in streams:
        wrong = "{stream} is no stream of this contest; it has {streams}."
        faults.append(reason("contest.stream", wrong, stream=one.stream, streams="、".join(streams), at=at))
    if not is_within(one.region, organiser_region):
        wrong = "{name}: {laboratory} lies outside the region of the contest."
        faults.append(reason("contest.outside", wrong, at=at, **said))
    if one.is_entered:
        faults.append(reason("contest.entered_twice", "{name} of {laboratory} is entered already.", at=at, **said))
    if settings.excludes_winners and one.holds_first_prize:
        wrong = "{name} of {laboratory} holds a first prize of the last contest and may not take part again."
        faults.append(reason("contest.holds_first_prize", wrong, at=at, **said))
    return faults


def reasons_against_quota(team: str, count: int, quota: int) -> list[Reason]:
    """A team has no more people than its quota."""
    if not quota or count <= quota:
        return []
    said = "Team {team} would have {count} people; {quota} are allowed."
    return [reason("contest.quota", said, team=team, count=count, quota=quota)]


def reasons_not_to_enter(state: ContestState, until: datetime, now: datetime) -> list[Reason]:
    """Why no entry is taken, changed or taken back any more."""
    if state is ContestState.OPEN and now > until:
        return [reason("contest.entries_over", "Entries were taken until {until}.", until=until.isoformat()[:16])]
    return reasons_to_be_in(state, (ContestState.OPEN,))


def reasons_not_to_draw(entries: int, until: datetime, now: datetime) -> list[Reason]:
    """Why numbers cannot be drawn yet: who could still enter would have no part in it."""
    faults = []
    if now < until:
        said = "Entries are taken until {until}; draw after that, or move the end of entries."
        faults.append(reason("contest.entries_still_open", said, until=until.isoformat()[:16]))
    if entries < 2:
        faults.append(reason("contest.few_entries", "There are not two entries to draw between."))
    return faults


def reasons_not_to_judge(
    *, is_own: bool = False, is_assigned: bool = True, is_organiser: bool, reads_trail: bool
) -> list[Reason]:
    """Why a judge may not score an entrant: of the own laboratory, in another event, or knowing the names.

    `reads_trail`: the audit trail of the organiser's laboratory, where entries and codes stand together.
    """
    faults = []
    if not is_assigned:
        faults.append(reason("contest.not_assigned", "You are no judge of this event."))
    if is_own:
        faults.append(reason("contest.own_laboratory", "Nobody scores their own laboratory."))
    if is_organiser:
        said = "Who organises contests sees the names of codes and cannot be a judge."
        faults.append(reason("contest.judge_organises", said, at=Where("username")))
    if reads_trail:
        said = (
            "Who reads the audit trail of the organiser's laboratory finds the names of codes there and cannot judge."
        )
        faults.append(reason("contest.judge_knows", said, at=Where("username")))
    return faults


def reasons_against_event(title: str, *, can_be_scored: bool, is_draft: bool) -> list[Reason]:
    """Once entries are taken, every event can be scored."""
    if is_draft or can_be_scored:
        return []
    said = "{event} cannot be scored yet: it needs a score sheet, or blind items with assigned values."
    return [reason("contest.event_unready", said, event=title, at=Where("events"))]


def reasons_against_kind(*, is_changed: bool, is_draft: bool, has_judges: bool) -> list[Reason]:
    """The kind of an event is fixed once entries are taken, or judges are appointed for it."""
    if not is_changed or (is_draft and not has_judges):
        return []
    said = "The kind of an event changes in a draft only, while no judge is appointed for it."
    return [reason("contest.kind_fixed", said, at=Where("kind"))]


def reasons_to_take_out_by_two(code: str, *, is_scored: bool) -> list[Reason]:
    """Who was scored goes by a correction: taking somebody out changes the ranks of others."""
    if not is_scored:
        return []
    said = "{code} is scored already: propose it as a correction, on which a second person decides."
    return [reason("contest.scored_already", said, code=code)]


def reasons_against_telling(text: str, field: str) -> list[Reason]:
    """A reason, grounds or findings tell something."""
    if len(text.strip()) >= FEWEST_LETTERS:
        return []
    said = "Say why, in at least {letters} characters."
    return [reason("contest.reason_short", said, letters=FEWEST_LETTERS, at=Where(field))]


def reasons_not_to_confirm(proposed_by: object, person: object, *, is_decided: bool) -> list[Reason]:
    """Two people: who proposed it does not confirm it, and only once."""
    if is_decided:
        return [reason("contest.decided", "This is decided already.")]
    if proposed_by == person:
        return [reason("contest.second_person", "A second person must decide: you proposed it yourself.")]
    return []


def reasons_not_to_appeal(state: ContestState, until: datetime | None, now: datetime) -> list[Reason]:
    """Why no appeal is taken: results are not announced, or the time is over."""
    if state is ContestState.ANNOUNCED and until is not None and now > until:
        return [reason("contest.appeals_over", "Appeals were taken until {until}.", until=until.isoformat()[:16])]
    return reasons_to_be_in(state, (ContestState.ANNOUNCED,))


@dataclass(frozen=True, slots=True)
class Left:
    """What is still to be done before results are final."""

    open_appeals: int
    open_corrections: int
    is_stale: bool


def reasons_not_to_finish(left: Left, until: datetime | None, now: datetime) -> list[Reason]:
    """Why results cannot be made final yet."""
    faults = []
    if until is None or now < until:
        shown = "" if until is None else until.isoformat()[:16]
        faults.append(reason("contest.appeals_open", "Appeals are taken until {until}.", until=shown))
    if left.open_appeals:
        faults.append(reason("contest.appeals_undecided", "{count} appeals are not decided.", count=left.open_appeals))
    if left.open_corrections:
        said = "{count} corrections are not decided."
        faults.append(reason("contest.corrections_undecided", said, count=left.open_corrections))
    if left.is_stale:
        said = "Scores changed since the announcement; announce the results again first."
        faults.append(reason("contest.stale", said))
    return faults


def appeals_until(announced_at: datetime, settings: Settings) -> datetime:
    """The end of the time for appeals (申诉时限)."""
    return announced_at + timedelta(hours=settings.appeal_hours)


def team_region(region: str, organiser: Level) -> str:
    """The region that a team of a contest stands for: a prefecture in a contest of the province, else a county."""
    return f"{region[:4]}00" if organiser is Level.PROVINCE else region[:6]


def exam_source(number: str, paper: str, edition: int | None) -> str:
    """The source of a mark that comes from an exam: its number, the key of the paper and the edition of the marking."""
    return f"{number}{_BETWEEN}{paper}{_BETWEEN}{edition}"


def exam_in(source: str) -> tuple[str, str, str] | None:
    """Exam, paper and edition that a source names; None when it names none."""
    parts = source.split(_BETWEEN)
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else None  # as `exam_source` joins them
