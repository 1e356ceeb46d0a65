"""大屏: the live board of a contest, for anybody who has its address: ranks so far and progress, or a frozen state."""

from typing import Any

from lims.contests import queries
from lims.contests.rules import ContestState, Settings
from lims.contests.standing import Raw, outcome_of, prize_name, raw_of
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
        shown = found.board_frozen or shown_now(session, found)
    is_frozen = found.board_frozen is not None
    return BoardOut(title=found.title, state=found.state, is_frozen=is_frozen, as_of=lims.clock.now(), **shown)


def shown_now(session: LimsSession, found: Contest) -> dict[str, Any]:
    """What the board shows at this moment; kept when it is frozen."""
    raw, settings = raw_of(session, found), Settings.of(found.settings)
    outcome = outcome_of(raw, settings)
    is_done = found.state in {ContestState.ANNOUNCED, ContestState.FINAL}
    result = queries.newest_result(session, found) if is_done else None
    if result is not None:
        outcome = result.outcome
    # Names beside codes would tell judges whom they score, so they wait for the announcement.
    names = {str(one.id): one.full_name for one in raw.entries.values()} if found.board_by_name and is_done else {}
    return {
        "progress": _progress(raw, settings),
        "lines": [
            {
                "rank": one["rank"],
                "shown": names.get(one["entry"], one["code"]),
                "total": one["total"],
                "points": [event["points"] for event in one["events"]],
                "prize": prize_name(settings.prizes, one["prize"]) if is_done else "",
                "place": one["prize"] if is_done else None,
            }
            for one in outcome["entrants"][:MOST_LINES]
        ],
        "teams": [
            {"rank": one["rank"], "name": one["name"], "total": one["total"]}
            for one in outcome["teams"]
            if one["rank"] is not None and is_done
        ],
    }


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
        made.append({"title": event.title, "done": done, "of": len(taking_part)})
    return made
