"""Pages of the organiser: planning a round, its key, homogeneity, and the steps from opening to publishing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import CHINA, local_day
from lims.core.errors import BadInput
from lims.core.reasons import Where, mark, reason
from lims.db.work import LimsSession
from lims.network import queries as network
from lims.network.rules import is_within
from lims.proficiency import looking, queries, service
from lims.proficiency.doors import reading, working
from lims.proficiency.items import read_items
from lims.proficiency.rules import RoundState
from lims.proficiency.schemas import LateIn, ParticipantsIn, RoundChange, RoundIn, SendingIn
from lims.proficiency.wording import FIGURES
from lims.proficiency.workbooks import XLSX, whole_workbook
from lims.science.proficiency_setting import AssignedBy, SigmaBy
from lims.science.rounding import plain, round_significant
from lims.web.acting import Act, Post, PostDep, Visit, VisitDep
from lims.web.forms import Filled, Form
from lims.web.uploads import read_upload

router = APIRouter(prefix="/proficiency")

#: Rows of an empty plan, and empty rows below a filled one.
_ROWS: Final = 6
#: As many as a form can show with comfort; larger plans come through the JSON door.
_MOST_ROWS: Final = 60
_FIELDS: Final = (
    "item", "analyte", "unit", "assigned", "assigned_value", "assigned_uncertainty", "origin", "sigma", "sigma_number",
)  # fmt: skip
_DONE: Final = {
    "open": mark("{number} is open: participants see it and hand in."),
    "close": mark("{number} is closed."),
    "evaluate": mark("{number} is evaluated."),
    "publish": mark("{number} is published: participants see their scores."),
}
_ACTS: Final[dict[str, tuple[Action, Callable[[LimsSession, str, int], Any]]]] = {
    "open": (Action.PROFICIENCY_CONDUCT, service.open_round),
    "close": (Action.PROFICIENCY_CONDUCT, service.close_round),
    "evaluate": (Action.PROFICIENCY_EVALUATE, service.evaluate),
    "publish": (Action.PROFICIENCY_PUBLISH, service.publish),
}


@router.get("/new")
def new_form(visit: VisitDep) -> Response:
    """A form for a round."""
    visit.lims.require(visit.actor, Action.PROFICIENCY_PLAN)
    year = local_day(visit.lims.clock.now()).year
    return _plan_page(visit, Filled({"year": year, "replicates": 1, "coverage": "2"}))


@router.post("/new")
def plan(post: PostDep) -> Response:
    """Plan a round."""

    def act() -> dict[str, str]:
        order = post.form.read(RoundIn, **_plan_of(post.form))
        with working(post.lims, post.actor, Action.PROFICIENCY_PLAN) as session:
            return {"number": service.plan_round(session, order).number}

    def place(made: Mapping[str, Any]) -> str:
        return f"/proficiency/{made['number']}"

    note = mark("{number} is planned. Choose participants now.")
    return post.act(Action.PROFICIENCY_PLAN, act, partial(_plan_page, post), place, note, draft="proficiency-plan")


@router.get("/{number}")
def round_page(number: str, visit: VisitDep) -> Response:
    """A round with its key, and what is to be done next."""
    return _round(visit, number, Filled())


@router.post("/{number}/plan")
def change(number: str, post: PostDep) -> Response:
    """Change the plan of a draft."""

    def act() -> None:
        order = post.form.read(RoundChange, **_plan_of(post.form))
        with working(post.lims, post.actor, Action.PROFICIENCY_PLAN) as session:
            service.change_round(session, number, order)

    return _after(post, number, Action.PROFICIENCY_PLAN, act, mark("The plan of {number} is changed."))


@router.post("/{number}/participants")
def add_participants(number: str, post: PostDep) -> Response:
    """Let laboratories take part."""

    def act() -> None:
        order = post.form.read(ParticipantsIn, lists=("laboratories",))
        with working(post.lims, post.actor, Action.PROFICIENCY_PLAN) as session:
            service.add_participants(session, number, order)

    return _after(post, number, Action.PROFICIENCY_PLAN, act, mark("The participants of {number} have their codes."))


@router.post("/{number}/homogeneity")
def homogeneity(number: str, post: PostDep) -> Response:
    """Test the items from tables of what was measured in them."""

    def act() -> None:
        sigma = post.form.text("sigma")
        by = SigmaBy(sigma) if sigma in set(SigmaBy) else SigmaBy.ROBUST
        order = service.homogeneity_order(post.form.whole("version"), by, post.form.text("sigma_number"))
        first = read_upload(post.form.file("file"), post.lims)
        later = read_upload(post.form.file("later"), post.lims) if _has_file(post.form, "later") else None
        tables = read_items(first, later)
        with working(post.lims, post.actor, Action.PROFICIENCY_PLAN) as session:
            service.record_homogeneity(session, number, order, tables)

    return _after(post, number, Action.PROFICIENCY_PLAN, act, mark("The items of {number} are tested."))


@router.post("/{number}/late")
def admit_late(number: str, post: PostDep) -> Response:
    """Let one participant hand in late."""

    def act() -> None:
        order = post.form.read(LateIn, until=_instant(post.form, "until"))
        with working(post.lims, post.actor, Action.PROFICIENCY_CONDUCT, order.reason) as session:
            service.admit_late(session, number, post.form.text("code"), order)

    return _after(post, number, Action.PROFICIENCY_CONDUCT, act, mark("The participant may hand in late."))


@router.post("/{number}/open")
def open_round(number: str, post: PostDep) -> Response:
    """Open a round."""
    return _step(post, number, "open")


@router.post("/{number}/close")
def close_round(number: str, post: PostDep) -> Response:
    """Close a round."""
    return _step(post, number, "close")


@router.post("/{number}/publish")
def publish(number: str, post: PostDep) -> Response:
    """Publish a round."""
    return _step(post, number, "publish")


@router.post("/{number}/evaluate")
def evaluate(number: str, post: PostDep) -> Response:
    """Evaluate a round."""
    return _step(post, number, "evaluate", "/evaluation")


@router.post("/{number}/sendings")
def send_items(number: str, post: PostDep) -> Response:
    """Note that the items of some participants are on their way."""

    def act() -> None:
        order = post.form.read(SendingIn, lists=("codes",))
        with working(post.lims, post.actor, Action.PROFICIENCY_CONDUCT) as session:
            service.send_items(session, number, order)

    return _after(post, number, Action.PROFICIENCY_CONDUCT, act, mark("The parcels of {number} are noted."))


@router.get("/{number}/labels.pdf")
def labels(number: str, visit: VisitDep) -> Response:
    """Labels of all items, by code."""
    content = looking.print_labels(visit.lims, visit.actor, number)
    return looking.attached(content, "application/pdf", f"{number}-labels.pdf")


@router.get("/{number}/results.xlsx")
def all_results(number: str, visit: VisitDep) -> Response:
    """All results with their codes as a workbook."""
    with reading(visit.lims, visit.actor, Action.PROFICIENCY_EVALUATE) as session:
        found = queries.own_round(session, number)
        return looking.attached(whole_workbook(session, found), XLSX, f"{number}.xlsx")


def _step(post: Post, number: str, name: str, place: str = "") -> Response:
    action, step = _ACTS[name]

    def act() -> None:
        with working(post.lims, post.actor, action) as session:
            step(session, number, post.form.whole("version") or 0)

    return _after(post, number, action, act, _DONE[name], place)


def _after(post: Post, number: str, action: Action, act: Act, note: str, place: str = "") -> Response:
    """Act, and back to the round or on to a `place` in it; or the round with what stood in the way."""
    return post.act(action, act, partial(_round, post, number), f"/proficiency/{number}{place}", note, number=number)


def _round(visit: Visit, number: str, form: Filled, status: int = 200) -> Response:
    with reading(visit.lims, visit.actor, Action.PROFICIENCY_PLAN) as session:
        found = looking.organised(session, number)
        record = queries.own_round(session, number)
        region = network.laboratory_by_id(session, record.laboratory_id).region_code
        chosen = {one.laboratory for one in found.participants}
        free = [lab for lab in network.laboratories(session) if lab.code not in chosen]
        free = [lab for lab in free if is_within(lab.region_code, region)]
        evaluation = queries.newest_evaluation(session, record)
    filled = form if form.values else Filled(_values(found, visit.lims.clock.now()))
    return visit.show(
        "proficiency/round.html",
        status=status,
        found=found,
        mood=looking.MOODS[found.state],
        record_id=record.id,
        states=RoundState,
        free=free,
        evaluation=evaluation,
        items=_items_of(found.homogeneity),
        notes=(found.homogeneity or {}).get("notes", {}).get(visit.language.value, ()),
        form=filled,
        **_choices(filled),
    )


def _plan_page(visit: Visit, form: Filled, status: int = 200) -> Response:
    return visit.show("proficiency/plan.html", status=status, form=form, **_choices(form))


def _choices(form: Filled) -> dict[str, Any]:
    used = [place for place in range(_MOST_ROWS) if any(form.value(f"{name}-{place}") for name in ("item", "analyte"))]
    rows = max(_ROWS, max(used, default=-1) + 4)
    return {
        "rows": min(rows, _MOST_ROWS),
        "assigned": tuple(AssignedBy),
        "sigmas": tuple(one for one in SigmaBy if one is not SigmaBy.GIVEN),
        "item_sigmas": (SigmaBy.HORWITZ, SigmaBy.VALUE, SigmaBy.PERCENT),
    }


def _plan_of(form: Form) -> dict[str, Any]:
    """The fields that are no texts of their own: items apart by commas, rows of measurands, the deadline in China."""
    items = form.text("items").replace("，", ",").replace("、", ",").split(",")
    rows = []
    for place in range(_MOST_ROWS):
        cells = {name: text for name in _FIELDS if (text := form.text(f"{name}-{place}"))}
        if cells.keys() & {"item", "analyte", "unit"}:
            rows.append(cells)
    return {
        "items": [text.strip() for text in items if text.strip()],
        "measurands": rows,
        "deadline": _instant(form, "deadline"),
    }


def _instant(form: Form, name: str) -> datetime:
    """A day and time in China, as a browser sends it. Raises `BadInput`."""
    try:
        return datetime.fromisoformat(form.text(name)).replace(tzinfo=CHINA)
    except ValueError as error:
        sentence = "Write a day and time, such as 2026-12-31 17:00."
        raise BadInput(reason("round.no_instant", sentence, at=Where(name))) from error


def _has_file(form: Form, name: str) -> bool:
    try:
        form.file(name)
    except BadInput:
        return False
    return True


def _items_of(homogeneity: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The lines of the test of the items, its statistics with four figures."""
    return [
        {
            "analyte": one["analyte"],
            "unit": one["unit"],
            "bottles": one["homogeneity"]["bottles"],
            "sigma": _short(one["sigma_pt"]),
            "between": _short(one["homogeneity"]["s_between"]),
            "allowed": _short(one["homogeneity"]["allowed"]),
            "expanded": _short(one["homogeneity"]["allowed_by_expanded"]),
            "moved": _short(one["stability"]["moved"]) if one["stability"] else None,
            "is_fit": one["is_fit"],
        }
        for one in (homogeneity or {}).get("analytes", ())
    ]


def _short(text: str | None) -> str | None:
    return None if text is None else plain(round_significant(Decimal(text), FIGURES))


def _values(found: Any, now: datetime) -> dict[str, Any]:
    """The plan as its form shows it."""
    values = {
        "title": found.title,
        "year": found.year,
        "deadline": found.deadline.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M"),
        "items": ", ".join(found.items),
        "coverage": format(found.coverage, "f"),
        "replicates": found.replicates,
        "sent_on": local_day(now),
    }
    for place, one in enumerate(found.measurands):
        values |= {f"{name}-{place}": one[name] or "" for name in _FIELDS}
    return values
