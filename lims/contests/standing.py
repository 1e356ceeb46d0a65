"""Where everybody stands (成绩计算): raw scores with approved corrections become points, totals, ranks and prizes.

The outcome is plain data. It holds codes and no names, and every step of every number, so that anybody who has the raw
scores can recompute it. Nothing in it depends on when it is asked for.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from lims.contests import queries
from lims.contests.rules import CorrectionState, EventKind, Gender, Settings, SheetState, exam_in
from lims.contests.score_data import filled_of, reported_of, sheet_of, step, targets_of, version_of
from lims.contests.tables import Contest, ContestEntrant, ContestEntry, ContestEvent, ContestMark, ContestSheet
from lims.core.canonical import canonical_bytes
from lims.core.reasons import Reason, named, reason
from lims.db.work import LimsSession
from lims.science.contest_ranking import Standing, prize_of, ranking, team_score
from lims.science.contest_scoring import Scored, Weights, agree, points, score_results, score_sheet, shown, total
from lims.science.rounding import plain


@dataclass(frozen=True, slots=True)
class Raw:
    """What was given, with the corrections that count. Sheets are the submitted ones."""

    events: Sequence[ContestEvent]
    entrants: Sequence[ContestEntrant]
    entries: Mapping[UUID, ContestEntry]
    sheets: Mapping[tuple[UUID, UUID], Sequence[ContestSheet]]
    marks: Mapping[tuple[UUID, UUID], ContestMark]
    labels: Mapping[UUID, str]
    corrected: Mapping[UUID, Mapping[str, Any]]

    def given_by(self, sheet: ContestSheet) -> Mapping[str, Any]:
        """What counts of a sheet: the last approved correction, else what the judge submitted."""
        own = {"marks": sheet.marks, "deducted": sheet.deducted, "seconds": sheet.seconds}
        return self.corrected.get(sheet.id, own)

    def given_in(self, mark: ContestMark) -> Mapping[str, Any]:
        """What counts of a mark."""
        return self.corrected.get(mark.id, mark.given)

    @property
    def sha256(self) -> str:
        """Over everything that results are calculated from."""
        codes = {one.id: one.code for one in self.entrants}
        titles = {one.id: one.code for one in self.events}
        sheets = [
            [titles[event], codes[entrant], self.labels[one.judge_id], one.sheet_version, self.given_by(one)]
            for (event, entrant), some in self.sheets.items()
            for one in some
        ]
        marks = [[titles[event], codes[entrant], self.given_in(one)] for (event, entrant), one in self.marks.items()]
        withdrawn = sorted(one.code for one in self.entrants if one.withdrawn_reason)
        rows = [*sorted(map(canonical_bytes, (*sheets, *marks))), canonical_bytes(withdrawn)]
        return hashlib.sha256(b"\n".join(rows)).hexdigest()


def raw_of(session: LimsSession, contest: Contest) -> Raw:
    """Everything that was given in a contest."""
    sheets: dict[tuple[UUID, UUID], list[ContestSheet]] = defaultdict(list)
    labels = {one.id: one.label for one in queries.judges_of(session, contest)}
    for sheet in queries.sheets_of(session, contest):
        if sheet.state is SheetState.SUBMITTED:
            sheets[sheet.event_id, sheet.entrant_id].append(sheet)
    for some in sheets.values():
        some.sort(key=lambda one: labels[one.judge_id])
    corrected: dict[UUID, Mapping[str, Any]] = {}
    for one in queries.corrections_of(session, contest):
        key = one.sheet_id or one.mark_id
        if one.state is CorrectionState.APPROVED and key is not None:  # of an entrant: see `withdrawn_reason`
            corrected[key] = one.change
    return Raw(
        events=queries.events_of(session, contest),
        entrants=queries.entrants_of(session, contest),
        entries={one.id: one for one in queries.entries_of(session, contest)},
        sheets=sheets,
        marks={(one.event_id, one.entrant_id): one for one in queries.marks_of(session, contest)},
        labels=labels,
        corrected=corrected,
    )


@dataclass(frozen=True, slots=True)
class _EventScore:
    """One entrant in one event. `asks`: why it is not final; None when it is."""

    value: Fraction
    seconds: Fraction | None
    asks: Reason | None
    shown: dict[str, Any]


def outcome_of(raw: Raw, settings: Settings) -> dict[str, Any]:
    """Everybody by rank, teams, and what keeps the results from being announced (`lacking`)."""
    weights = Weights(
        settings.theory_weight,
        {one.code: one.share for one in raw.events if one.kind is EventKind.THEORY},
        {one.code: one.share for one in raw.events if one.kind is not EventKind.THEORY},
    )
    names = {one.code: named(one.title, one.title_en) for one in raw.events}
    taking_part = [one for one in raw.entrants if not one.withdrawn_reason]
    scores = {one.code: {event.code: _event_score(raw, event, one, settings) for event in raw.events}
              for one in taking_part}  # fmt: skip
    totals = {
        code: total({event: one.value for event, one in of_one.items()}, weights, names)
        for code, of_one in scores.items()
    }
    places = _places(raw, taking_part, scores, totals, weights, settings)
    entrants = [_entrant(raw, one, scores[one.code], totals[one.code], places[one.code]) for one in taking_part]
    entrants.sort(key=lambda one: (one["stream"] if settings.ranks_by_stream else "", one["rank"], one["code"]))
    lacking = [
        {"entrant": code, "event": event, **step(one.asks)}
        for code, of_one in scores.items()
        for event, one in of_one.items()
        if one.asks is not None
    ]
    return {
        "entrants": entrants,
        "withdrawn": [
            {"code": one.code, "entry": str(one.entry_id), "reason": one.withdrawn_reason}
            for one in raw.entrants
            if one.withdrawn_reason
        ],
        "teams": _teams(raw, taking_part, totals, settings),
        "lacking": lacking,
    }


def _event_score(raw: Raw, event: ContestEvent, entrant: ContestEntrant, settings: Settings) -> _EventScore:
    key = event.id, entrant.id
    if event.kind.is_judged:
        return _judged(raw, event, raw.sheets.get(key, ()), settings)
    mark = raw.marks.get(key)
    said: dict[str, Any] = {
        "code": event.code,
        "title": event.title,
        "title_en": event.title_en,
        "judges": [],
        "is_corrected": mark is not None and mark.id in raw.corrected,
    }
    if mark is None:
        asks = reason(
            "contest.nothing_given", "{event}: nothing is recorded yet.", event=named(event.title, event.title_en)
        )
        return _EventScore(Fraction(0), None, asks, {**said, "points": None, "steps": [], "source": None})
    given = raw.given_in(mark)
    if event.kind is EventKind.THEORY:
        scored = _theory(Decimal(given["mark"]), event.full, mark.source)
    else:
        scored = score_results(targets_of(event.targets), reported_of(given))
    told = {"points": shown(scored.value), "steps": [step(one) for one in scored.steps], "source": mark.source}
    return _EventScore(scored.value, None, None, {**said, **told})


def _theory(mark: Decimal, full: Decimal, source: str) -> Scored:
    value = Fraction(mark) / Fraction(full) * 100
    said = "Paper: {mark} of {full}: {points} points."
    steps = [reason("contest.paper", said, mark=plain(mark), full=plain(full), points=shown(value))]
    exam = exam_in(source)
    if exam is not None:
        number, paper, edition = exam
        said = "The mark comes from exam {exam}, paper {paper}, marking {edition}."
        steps.append(reason("contest.from_exam", said, exam=number, paper=paper, edition=edition))
    return Scored(value, tuple(steps))


def _judged(raw: Raw, event: ContestEvent, sheets: Sequence[ContestSheet], settings: Settings) -> _EventScore:
    scored = [
        score_sheet(sheet_of(version_of(event.sheets, one.sheet_version)), filled_of(raw.given_by(one)))
        for one in sheets
    ]
    together = agree([one.value for one in scored], settings.judging)
    judges = [
        {
            "label": raw.labels[sheet.judge_id],
            "points": shown(one.value),
            "is_counted": place not in together.left_out,
            "is_corrected": sheet.id in raw.corrected,
            "steps": [step(why) for why in one.steps],
        }
        for place, (sheet, one) in enumerate(zip(sheets, scored, strict=True))
    ]
    times = [seconds for one in sheets if (seconds := raw.given_by(one)["seconds"]) is not None]
    told = {
        "code": event.code,
        "title": event.title,
        "title_en": event.title_en,
        "points": shown(together.scored.value) if sheets else None,
        "judges": judges,
        "steps": [step(one) for one in together.scored.steps],
        "is_corrected": any(one["is_corrected"] for one in judges),
        "source": None,
    }
    seconds = Fraction(sum(times), len(times)) if times else None
    return _EventScore(together.scored.value, seconds, together.asks, told)


@dataclass(frozen=True, slots=True)
class _Place:
    """What a rank brings."""

    rank: int
    tie: Reason | None
    seconds: Fraction | None
    prize: int | None
    honours: tuple[str, ...]
    is_promoted: bool


def _places(
    raw: Raw,
    entrants: Sequence[ContestEntrant],
    scores: Mapping[str, Mapping[str, _EventScore]],
    totals: Mapping[str, Scored],
    weights: Weights,
    settings: Settings,
) -> dict[str, _Place]:
    """Ranks within each stream or over all, with prizes by share, honours by rank, and who goes on."""
    kinds = {one.code: one.kind for one in raw.events}
    groups: dict[str, list[ContestEntrant]] = defaultdict(list)
    for one in entrants:
        groups[raw.entries[one.entry_id].stream if settings.ranks_by_stream else ""].append(one)
    found: dict[str, _Place] = {}
    for group in groups.values():
        standings = [_standing(one.code, scores[one.code], totals[one.code], kinds, weights) for one in group]
        times = {one.key: one.seconds for one in standings}
        women = {one.code for one in group if raw.entries[one.entry_id].gender is Gender.WOMAN}
        ranked = ranking(standings)
        of_women = sorted(one.rank for one in ranked if one.key in women)
        for place in ranked:
            among_women = of_women.index(place.rank) + 1 if place.key in women else None
            found[place.key] = _Place(
                place.rank,
                place.tie,
                times[place.key],
                prize_of(place.rank, len(group), [prize.share for prize in settings.prizes]),
                _honours(settings, place.rank, among_women),
                place.rank <= settings.promoted,
            )
    return found


def _honours(settings: Settings, rank: int, among_women: int | None) -> tuple[str, ...]:
    """The names of honours, each once: one may be given by rank and to the best woman besides."""
    found = (
        one.name
        for one in settings.honours
        if (counted := among_women if one.women_only else rank) is not None and one.first <= counted <= one.last
    )
    return tuple(dict.fromkeys(found))


def _standing(
    code: str,
    scores: Mapping[str, _EventScore],
    whole: Scored,
    kinds: Mapping[str, EventKind],
    weights: Weights,
) -> Standing:
    def of(*wanted: EventKind) -> Fraction:
        return sum(
            (one.value * weights.of(event) for event, one in scores.items() if kinds[event] in wanted), Fraction(0)
        )

    times = [one.seconds for one in scores.values() if one.seconds is not None]
    return Standing(
        code,
        whole.value,
        operation=of(*(kind for kind in EventKind if kind is not EventKind.THEORY)),
        accuracy=of(EventKind.RESULTS),
        sampling=of(EventKind.SAMPLING),
        seconds=sum(times, Fraction(0)) if times else None,
    )


def _entrant(
    raw: Raw, entrant: ContestEntrant, scores: Mapping[str, _EventScore], whole: Scored, place: _Place
) -> dict[str, Any]:
    entry = raw.entries[entrant.entry_id]
    return {
        "code": entrant.code,
        "start": entrant.start_number,
        "entry": str(entry.id),
        "stream": entry.stream,
        "team": entry.team,
        "events": [one.shown for one in scores.values()],
        "total": plain(points(whole.value)),
        "steps": [step(one) for one in whole.steps],
        "is_whole": all(one.asks is None for one in scores.values()),
        "seconds": None if place.seconds is None else plain(points(place.seconds)),
        "rank": place.rank,
        "tie": None if place.tie is None else step(place.tie),
        "prize": place.prize,
        "honours": list(place.honours),
        "is_promoted": place.is_promoted,
    }


def _teams(
    raw: Raw, entrants: Sequence[ContestEntrant], totals: Mapping[str, Scored], settings: Settings
) -> list[dict[str, Any]]:
    """Teams by rank; those that are too small stand behind, without one."""
    members: dict[str, dict[str, Fraction]] = defaultdict(dict)
    names: dict[str, str] = {}
    for one in entrants:
        entry = raw.entries[one.entry_id]
        members[entry.team][one.code] = totals[one.code].value
        names[entry.team] = entry.team_name
    scored = {team: team_score(own, settings.team) for team, own in members.items()}
    whole = [
        Standing(team, one.value, Fraction(0), Fraction(0), Fraction(0))
        for team, one in scored.items()
        if isinstance(one, Scored)
    ]
    made = []
    for place in ranking(whole):
        score = scored[place.key]
        if isinstance(score, Scored):
            prize = prize_of(place.rank, len(whole), [prize.share for prize in settings.team_prizes])
            told = {"total": plain(points(score.value)), "steps": [step(why) for why in score.steps]}
            made.append({"team": place.key, "name": names[place.key], "rank": place.rank, "prize": prize, **told})
    for team, small in sorted(scored.items()):
        if isinstance(small, Reason):
            nothing = {"rank": None, "prize": None, "total": None, "steps": [step(small)]}
            made.append({"team": team, "name": names[team], **nothing})
    return made
