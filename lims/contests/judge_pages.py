"""Pages of judges, made for a phone: what is to be scored, by code, and the sheet of one entrant."""

import re
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.contests import looking, scoring
from lims.contests.doors import reading, working
from lims.contests.rules import ContestState, SheetState
from lims.contests.schemas import ScoreIn
from lims.core.actions import Action
from lims.core.errors import BadInput, LimsError
from lims.core.reasons import Where, mark, reason
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter(prefix="/contests/{number}/judging")
_TIME = re.compile(r"(?:(\d{1,4})[:：分])?(\d{1,5})秒?", re.ASCII)


@router.get("")
def judging_page(number: str, request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """What the judge has to score."""
    with reading(lims, viewer.actor, Action.CONTEST_SCORE) as session:
        found = looking.judging(session, number)
    return page(request, "contests/judging.html", found=found, mood=looking.MOODS[found.state], states=SheetState)


@router.get("/{event}/{code}")
def sheet_page(number: str, event: str, code: str, request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The sheet of one entrant."""
    return _sheet(request, lims, viewer, number, event, code, Filled())


@router.post("/{event}/{code}")
def save_sheet(
    number: str,
    event: str,
    code: str,
    request: Request,
    lims: LimsDep,
    viewer: ViewerDep,
    language: PageLanguage,
    form: FormDep,
) -> Response:
    """Save the sheet, or submit it for good."""
    lims.require(viewer.actor, Action.CONTEST_SCORE)
    submits = form.text("submit") == "true"
    try:
        order = form.read(ScoreIn, submit=submits, **sheet_fields(form))
        with working(lims, viewer.actor, Action.CONTEST_SCORE) as session:
            scoring.save_sheet(session, number, event, code, order)
    except LimsError as refusal:
        return _sheet(request, lims, viewer, number, event, code, refused(form, refusal, language), status_of(refusal))
    draft = f"contest-sheet-{event}-{code}"
    if submits:
        return see_other(request, f"/contests/{number}/judging", mark("The sheet of {code} is submitted."),
                         draft=draft, code=code)  # fmt: skip
    return see_other(request, f"/contests/{number}/judging/{event}/{code}", mark("The sheet is saved as a draft."),
                     draft=draft)  # fmt: skip


def sheet_fields(form: Form) -> dict[str, Any]:
    """Marks, deductions and time of a sheet as its form names them. Raises `BadInput`."""
    marks = {name[2:]: form.text(name) for name in form.data if name.startswith("m-") and form.text(name)}
    deducted = {name[2:]: form.whole(name) for name in form.data if name.startswith("d-") and form.text(name)}
    return {"marks": marks, "deducted": deducted, "seconds": _seconds(form)}


def shown_time(seconds: int | None) -> str:
    """Minutes and seconds, 12:05; empty for no time."""
    return "" if seconds is None else f"{seconds // 60}:{seconds % 60:02d}"


def _seconds(form: Form) -> int | None:
    text = form.text("time")
    if not text:
        return None
    found = _TIME.fullmatch(text)
    if found is None:
        said = "Write the time as minutes and seconds, such as 38:05."
        raise BadInput(reason("contest.time_written", said, at=Where("time")))
    return int(found[1] or 0) * 60 + int(found[2])


def _sheet(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    number: str,
    event: str,
    code: str,
    form: Filled,
    status: int = 200,
) -> Response:
    with reading(lims, viewer.actor, Action.CONTEST_SCORE) as session:
        found = looking.sheet(session, number, event, code)
        judging = looking.judging(session, number)
    values: dict[str, Any] = {f"m-{key}": text for key, text in found.marks.items()}
    values |= {f"d-{key}": times for key, times in found.deducted.items()}
    values |= {"time": shown_time(found.seconds), "note": found.note or ""}
    filled = form if "version" in form.values else Filled(values, form.errors, form.problems, form.changes)
    return page(
        request,
        "contests/sheet.html",
        status=status,
        found=found,
        number=number,
        may_score=judging.state is ContestState.SCORING and found.state is SheetState.DRAFT,
        form=filled,
    )
