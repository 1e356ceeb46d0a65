"""Pages of the organiser: planning a round, its key, homogeneity, and the steps from opening to publishing."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import CHINA, local_day
from lims.core.errors import BadInput, LimsError
from lims.core.language import Language
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
from lims.runtime import Lims
from lims.science.proficiency_setting import AssignedBy, SigmaBy
from lims.science.rounding import plain, round_significant
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

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
    "publish": mark("{number} is published: participants see their scores."),
}
_ACTS: Final[dict[str, tuple[Action, Callable[[LimsSession, str, int], Any]]]] = {
    "open": (Action.PROFICIENCY_CONDUCT, service.open_round),
    "close": (Action.PROFICIENCY_CONDUCT, service.close_round),
    "publish": (Action.PROFICIENCY_PUBLISH, service.publish),
}


@router.get("/new")
def new_form(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """A form for a round."""
    lims.require(viewer.actor, Action.PROFICIENCY_PLAN)
    year = local_day(lims.clock.now()).year
    return _plan_page(request, Filled({"year": year, "replicates": 1, "coverage": "2"}))


@router.post("/new")
def plan(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Plan a round."""
    lims.require(viewer.actor, Action.PROFICIENCY_PLAN)
    try:
        order = form.read(RoundIn, **_plan_of(form))
        with working(lims, viewer.actor, Action.PROFICIENCY_PLAN) as session:
            made = service.plan_round(session, order)
    except LimsError as refusal:
        return _plan_page(request, refused(form, refusal, language), status_of(refusal))
    note = mark("{number} is planned. Choose participants now.")
    return see_other(request, f"/proficiency/{made.number}", note, draft="proficiency-plan", number=made.number)


@router.get("/{number}")
def round_page(number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """A round with its key, and what is to be done next."""
    return _round(request, lims, viewer, language, number, Filled())


@router.post("/{number}/plan")
def change(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Change the plan of a draft."""

    def act() -> None:
        order = form.read(RoundChange, **_plan_of(form))
        with working(lims, viewer.actor, Action.PROFICIENCY_PLAN) as session:
            service.change_round(session, number, order)

    lims.require(viewer.actor, Action.PROFICIENCY_PLAN)
    return _after(act, request, lims, viewer, language, number, form, mark("The plan of {number} is changed."))


@router.post("/{number}/participants")
def add_participants(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Let laboratories take part."""

    def act() -> None:
        order = form.read(ParticipantsIn, lists=("laboratories",))
        with working(lims, viewer.actor, Action.PROFICIENCY_PLAN) as session:
            service.add_participants(session, number, order)

    lims.require(viewer.actor, Action.PROFICIENCY_PLAN)
    note = mark("The participants of {number} have their codes.")
    return _after(act, request, lims, viewer, language, number, form, note)


@router.post("/{number}/homogeneity")
def homogeneity(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Test the items from tables of what was measured in them."""

    def act() -> None:
        sigma = form.text("sigma")
        by = SigmaBy(sigma) if sigma in set(SigmaBy) else SigmaBy.ROBUST
        order = service.homogeneity_order(form.whole("version"), by, form.text("sigma_number"))
        first = read_upload(form.file("file"), lims)
        later = read_upload(form.file("later"), lims) if _has_file(form, "later") else None
        tables = read_items(first, later)
        with working(lims, viewer.actor, Action.PROFICIENCY_PLAN) as session:
            service.record_homogeneity(session, number, order, tables)

    lims.require(viewer.actor, Action.PROFICIENCY_PLAN)
    return _after(act, request, lims, viewer, language, number, form, mark("The items of {number} are tested."))


@router.post("/{number}/late")
def admit_late(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Let one participant hand in late."""

    def act() -> None:
        order = form.read(LateIn, until=_instant(form, "until"))
        with working(lims, viewer.actor, Action.PROFICIENCY_CONDUCT, order.reason) as session:
            service.admit_late(session, number, form.text("code"), order)

    lims.require(viewer.actor, Action.PROFICIENCY_CONDUCT)
    return _after(act, request, lims, viewer, language, number, form, mark("The participant may hand in late."))


@router.post("/{number}/open")
def open_round(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Open a round."""
    return _step("open", request, lims, viewer, language, number, form)


@router.post("/{number}/close")
def close_round(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Close a round."""
    return _step("close", request, lims, viewer, language, number, form)


@router.post("/{number}/publish")
def publish(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Publish a round."""
    return _step("publish", request, lims, viewer, language, number, form)


@router.post("/{number}/evaluate")
def evaluate(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Evaluate a round."""

    def act() -> None:
        with working(lims, viewer.actor, Action.PROFICIENCY_EVALUATE) as session:
            service.evaluate(session, number, form.whole("version") or 0)

    lims.require(viewer.actor, Action.PROFICIENCY_EVALUATE)
    note = mark("{number} is evaluated.")
    return _after(act, request, lims, viewer, language, number, form, note, f"/proficiency/{number}/evaluation")


@router.post("/{number}/sendings")
def send_items(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Note that the items of some participants are on their way."""

    def act() -> None:
        order = form.read(SendingIn, lists=("codes",))
        with working(lims, viewer.actor, Action.PROFICIENCY_CONDUCT) as session:
            service.send_items(session, number, order)

    lims.require(viewer.actor, Action.PROFICIENCY_CONDUCT)
    return _after(act, request, lims, viewer, language, number, form, mark("The parcels of {number} are noted."))


@router.get("/{number}/labels.pdf")
def labels(number: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Labels of all items, by code."""
    return looking.attached(looking.print_labels(lims, viewer.actor, number), "application/pdf", f"{number}-labels.pdf")


@router.get("/{number}/results.xlsx")
def all_results(number: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """All results with their codes as a workbook."""
    with reading(lims, viewer.actor, Action.PROFICIENCY_EVALUATE) as session:
        found = queries.own_round(session, number)
        return looking.attached(whole_workbook(session, found), XLSX, f"{number}.xlsx")


def _step(
    name: str, request: Request, lims: Lims, viewer: Viewer, language: Language, number: str, form: Form
) -> Response:
    action, step = _ACTS[name]

    def act() -> None:
        with working(lims, viewer.actor, action) as session:
            step(session, number, form.whole("version") or 0)

    lims.require(viewer.actor, action)
    return _after(act, request, lims, viewer, language, number, form, _DONE[name])


def _after(
    act: Callable[[], None],
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    number: str,
    form: Form,
    note: str,
    place: str = "",
) -> Response:
    """Act, and back to the round; or the round with what stood in the way."""
    try:
        act()
    except LimsError as refusal:
        return _round(request, lims, viewer, language, number, refused(form, refusal, language), status_of(refusal))
    return see_other(request, place or f"/proficiency/{number}", note, number=number)


def _round(
    request: Request, lims: Lims, viewer: Viewer, language: Language, number: str, form: Filled, status: int = 200
) -> Response:
    with reading(lims, viewer.actor, Action.PROFICIENCY_PLAN) as session:
        found = looking.organised(session, number)
        record = queries.own_round(session, number)
        region = network.laboratory_by_id(session, record.laboratory_id).region_code
        chosen = {one.laboratory for one in found.participants}
        free = [lab for lab in network.laboratories(session) if lab.code not in chosen]
        free = [lab for lab in free if is_within(lab.region_code, region)]
        evaluation = queries.newest_evaluation(session, record)
    filled = form if form.values else Filled(_values(found, lims.clock.now()))
    return page(
        request,
        "proficiency/round.html",
        status=status,
        found=found,
        mood=looking.MOODS[found.state],
        record_id=record.id,
        states=RoundState,
        free=free,
        evaluation=evaluation,
        items=_items_of(found.homogeneity),
        notes=(found.homogeneity or {}).get("notes", {}).get(language.value, ()),
        form=filled,
        **_choices(filled),
    )


def _plan_page(request: Request, form: Filled, status: int = 200) -> Response:
    return page(request, "proficiency/plan.html", status=status, form=form, **_choices(form))


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
