"""Pages of judges, made for a phone: what is to be scored, by code, and the sheet of one entrant."""

import re
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from lims.contests import looking, scoring
from lims.contests.doors import reading, working
from lims.contests.rules import ContestState, SheetState
from lims.contests.schemas import ScoreIn
from lims.contests.score_data import shown_time
from lims.core.actions import Action
from lims.core.errors import BadInput
from lims.core.reasons import Where, mark, reason
from lims.web.acting import PostDep, Visit, VisitDep
from lims.web.forms import Filled, Form

router = APIRouter(prefix="/contests/{number}/judging")
_TIME = re.compile(r"(?:(\d{1,4})[:：分])?(\d{1,5})秒?", re.ASCII)


@router.get("")
def judging_page(number: str, visit: VisitDep) -> Response:
    """What the judge has to score."""
    with reading(visit.lims, visit.actor, Action.CONTEST_SCORE) as session:
        found = looking.judging(session, number)
    return visit.show("contests/judging.html", found=found, mood=looking.MOODS[found.state], states=SheetState)


@router.get("/{event}/{code}")
def sheet_page(number: str, event: str, code: str, visit: VisitDep) -> Response:
    """The sheet of one entrant."""
    return _sheet(visit, number, event, code, Filled())


@router.post("/{event}/{code}")
def save_sheet(number: str, event: str, code: str, post: PostDep) -> Response:
    """Save the sheet, or submit it for good."""
    submits = post.form.text("submit") == "true"

    def act() -> None:
        order = post.form.read(ScoreIn, submit=submits, **sheet_fields(post.form))
        with working(post.lims, post.actor, Action.CONTEST_SCORE) as session:
            scoring.save_sheet(session, number, event, code, order)

    note = mark("The sheet of {code} is submitted.") if submits else mark("The sheet is saved as a draft.")
    place = f"/contests/{number}/judging"
    return post.act(
        Action.CONTEST_SCORE,
        act,
        partial(_sheet, post, number, event, code),
        place if submits else f"{place}/{event}/{code}",
        note,
        draft=f"contest-sheet-{event}-{code}",
        code=code,
    )


def sheet_fields(form: Form) -> dict[str, Any]:
    """Marks, deductions and time of a sheet as its form names them. Raises `BadInput`."""
    marks = {name[2:]: form.text(name) for name in form.data if name.startswith("m-") and form.text(name)}
    deducted = {name[2:]: form.whole(name) for name in form.data if name.startswith("d-") and form.text(name)}
    return {"marks": marks, "deducted": deducted, "seconds": _seconds(form)}


def _seconds(form: Form) -> int | None:
    text = form.text("time")
    if not text:
        return None
    found = _TIME.fullmatch(text)
    if found is None or (found[1] and int(found[2]) > 59):
        said = "Write the time as minutes and seconds, such as 38:05."
        raise BadInput(reason("contest.time_written", said, at=Where("time")))
    return int(found[1] or 0) * 60 + int(found[2])


def _sheet(visit: Visit, number: str, event: str, code: str, form: Filled, status: int = 200) -> Response:
    with reading(visit.lims, visit.actor, Action.CONTEST_SCORE) as session:
        found = looking.sheet(session, number, event, code)
        judging = looking.judging(session, number)
    values: dict[str, Any] = {f"m-{key}": text for key, text in found.marks.items()}
    values |= {f"d-{key}": times for key, times in found.deducted.items()}
    values |= {"time": shown_time(found.seconds), "note": found.note or ""}
    filled = form if "version" in form.values else Filled(values, form.errors, form.problems, form.changes)
    return visit.show(
        "contests/sheet.html",
        status=status,
        found=found,
        number=number,
        may_score=judging.state is ContestState.SCORING and found.state is SheetState.DRAFT,
        form=filled,
    )
