"""大屏: the live board of a contest, for anybody who has its address: ranks so far and progress, or a frozen state."""

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from lims.contests import queries
from lims.contests.rules import ContestState, Settings
from lims.contests.standing import Raw, outcome_of, raw_of
from lims.contests.tables import Contest
from lims.contests.views import BoardOut
from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.db.work import LimsSession
from lims.runtime import Lims

#: As many lines as a screen at the end of a hall shows.
MOST_LINES = 40


def board(lims: Lims, token: str) -> BoardOut:
    """The board behind an address. Raises `NotFound`."""
    with lims.read(system_actor("public"), Action.CONTEST_READ) as session:
        found = queries.by_board(session, token)
        frozen = found.board_frozen
        shown = frozen or shown_now(session, found, lims.clock.now())
    return BoardOut(
        title=found.title,
        title_en=found.title_en,
        state=found.state,
        is_frozen=frozen is not None,
        as_of=datetime.fromisoformat(shown["as_of"]),
        progress=shown["progress"],
        lines=[_line(one, by_name=found.board_by_name) for one in shown["lines"]],
        teams=shown["teams"],
    )


def shown_now(session: LimsSession, found: Contest, now: datetime) -> dict[str, Any]:
    """What the board shows at this moment; kept when it is frozen. Names are in it once results are announced."""
    raw, settings = raw_of(session, found), Settings.of(found.settings)
    outcome = outcome_of(raw, settings)
    is_done = found.state in {ContestState.ANNOUNCED, ContestState.FINAL}
    result = queries.newest_result(session, found) if is_done else None
    if result is not None:
        outcome = result.outcome
    # Names beside codes would tell judges whom they score, so they wait for the announcement.
    names = {str(one.id): one.full_name for one in raw.entries.values()} if is_done else {}
    prizes = settings.prizes if is_done else ()
    groups = groupby(outcome["entrants"], lambda one: one["stream"] if settings.ranks_by_stream else "")
    listed = [(stream, list(some)) for stream, some in groups]
    return {
        "as_of": now.isoformat(),
        "progress": _progress(raw, settings),
        "lines": [
            {
                "rank": one["rank"],
                "code": one["code"],
                "name": names.get(one["entry"]),
                "stream": stream,
                "total": one["total"],
                "prize": prizes[one["prize"]].name if prizes and one["prize"] is not None else "",
                "prize_en": prizes[one["prize"]].name_en if prizes and one["prize"] is not None else "",
                "place": one["prize"] if is_done else None,
            }
            for stream, some in listed
            for one in some[: MOST_LINES // len(listed)]
        ],
        "teams": [
            {"rank": one["rank"], "name": one["name"], "total": one["total"]}
            for one in outcome["teams"]
            if one["rank"] is not None and is_done
        ],
    }


def _line(kept: Mapping[str, Any], *, by_name: bool) -> dict[str, Any]:
    """A line as everybody sees it: by name or by code, never with both."""
    who = kept["name"] if by_name and kept["name"] else kept["code"]
    return {"shown": who, **{name: value for name, value in kept.items() if name not in {"name", "code"}}}


def _progress(raw: Raw, settings: Settings) -> list[dict[str, Any]]:
    """By event how many entrants are scored, of how many."""
    taking_part = [one for one in raw.entrants if not one.withdrawn_reason]
    made = []
    for event in raw.events:
        needed = settings.judging.fewest if event.kind.is_judged else 1
        done = sum(
            len(raw.sheets.get((event.id, one.id), ())) >= needed
            if event.kind.is_judged
            else (event.id, one.id) in raw.marks
            for one in taking_part
        )
        made.append({"title": event.title, "title_en": event.title_en, "done": done, "of": len(taking_part)})
    return made
