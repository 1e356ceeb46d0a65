"""Pages of nonconforming work: the list, one record with what is decided on it, and the form to report one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from sqlmodel import col
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import LimsError
from lims.core.language import Language
from lims.core.reasons import mark
from lims.db.work import LimsSession
from lims.library.queries import current_library
from lims.people.queries import names_of
from lims.quality import queries, service
from lims.quality.chart_views import chart_address
from lims.quality.rules import ChartKey, NonconformingSource, NonconformingState, Significance
from lims.quality.schemas import ClosingIn, EvaluationIn, NonconformingIn
from lims.quality.tables import NonconformingWork
from lims.runs import queries as runs
from lims.runs.tables import Run
from lims.runtime import Lims
from lims.science.control_rules import ControlRule
from lims.web.changes import changes_since
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.table import Chip, Column, Mood, Start, Table
from lims.web.table_filters import ChoiceFilter, DaysFilter, TextFilter
from lims.web.table_page import read_table, table_page
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter(prefix="/quality/nonconforming")
STATE_MOODS: Mapping[NonconformingState, Mood] = {
    NonconformingState.OPEN: "bad",
    NonconformingState.EVALUATED: "warn",
    NonconformingState.CLOSED: "good",
}
W = NonconformingWork


@dataclass(frozen=True, slots=True)
class WorkLine:
    """Nonconforming work in a list. `what` is ready to be read; `rules` are those a point broke."""

    work: NonconformingWork
    what: str
    rules: tuple[ControlRule, ...]
    responsible: str


WORK: Table[WorkLine] = Table(
    name="nonconforming-work",
    title=mark("Nonconforming work"),
    columns=(
        Column(
            "number",
            mark("Number"),
            lambda r: r.work.number,
            col(W.number),
            link=lambda r: f"/quality/nonconforming/{r.work.number}",
        ),
        Column("state", mark("State"), lambda r: Chip(r.work.state, STATE_MOODS[r.work.state]), col(W.state)),
        Column("source", mark("Brought up by"), lambda r: r.work.source, col(W.source)),
        Column("what", mark("What happened"), lambda r: r.what),
        Column("rules", mark("Rules broken"), lambda r: [Chip(rule, "bad") for rule in r.rules]),
        Column("method", mark("Method"), lambda r: r.work.method_code, col(W.method_code)),
        Column("opened", mark("Opened"), lambda r: r.work.opened_at, col(W.opened_at)),
        Column("significance", mark("Significance"), lambda r: r.work.significance, col(W.significance)),
        Column("responsible", mark("Responsible"), lambda r: r.responsible),
        Column("closed", mark("Closed"), lambda r: r.work.closed_at, col(W.closed_at), shown=False),
    ),
    filters=(
        ChoiceFilter("state", mark("State"), NonconformingState, col(W.state), many=True),
        ChoiceFilter("source", mark("Brought up by"), NonconformingSource, col(W.source), many=True),
        ChoiceFilter("significance", mark("Significance"), Significance, col(W.significance), many=True),
        TextFilter("method", mark("Method"), [col(W.method_code)]),
        DaysFilter("opened", mark("Opened"), col(W.opened_at)),
    ),
    search=(col(W.number), col(W.what), col(W.analyte), col(W.method_code)),
    order=(col(W.state).desc(), col(W.opened_at).desc(), col(W.id)),
    mood=lambda r: "bad" if r.work.state is NonconformingState.OPEN else "plain",
    nothing=mark("No nonconforming work is recorded. A point out of control opens one by itself."),
    start=Start("/quality/nonconforming/new", mark("Report nonconforming work"), Action.NONCONFORMING_OPEN),
)


@router.get("")
def work_list(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """Nonconforming work, what is open first."""
    with lims.read(viewer.actor, Action.QUALITY_READ) as session:
        table = read_table(session, WORK, queries.nonconforming(session), request, lines_in(language))
    return table_page(request, table, "quality/works.html")


@router.get("/new")
def new_form(request: Request, lims: LimsDep, viewer: ViewerDep, run: str = "") -> Response:
    """A form to report nonconforming work; `run` is that which it is about."""
    lims.require(viewer.actor, Action.NONCONFORMING_OPEN)
    return page(request, "quality/work_new.html", form=Filled({"run_id": run[:40]} if run else {}))


@router.post("/new")
def report(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Report nonconforming work."""
    lims.require(viewer.actor, Action.NONCONFORMING_OPEN)
    try:
        order = form.read(NonconformingIn)
        with lims.work(viewer.actor, Action.NONCONFORMING_OPEN) as session:
            made = service.open_work(session, order)
    except LimsError as refusal:
        shown = refused(form, refusal, language)
        return page(request, "quality/work_new.html", status=status_of(refusal), form=shown)
    note = mark("{number} is opened.")
    return see_other(
        request, f"/quality/nonconforming/{made.number}", note, draft="nonconforming-new", number=made.number
    )


@router.get("/{number}")
def work_page(number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """One record, with what is to be done next."""
    return _work(request, lims, viewer, language, number, Filled())


@router.post("/{number}/evaluate")
def evaluate(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """How grave it is, and what is done."""
    lims.require(viewer.actor, Action.NONCONFORMING_DECIDE)
    try:
        order = form.read(EvaluationIn)
        with lims.work(viewer.actor, Action.NONCONFORMING_DECIDE, order.action) as session:
            service.evaluate_work(session, number, order)
    except LimsError as refusal:
        shown = _refused(lims, viewer, language, number, form, refusal)
        return _work(request, lims, viewer, language, number, shown, status_of(refusal))
    note = mark("{number} is evaluated.")
    return see_other(request, f"/quality/nonconforming/{number}", note, draft="nonconforming", number=number)


@router.post("/{number}/close")
def close(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Close it with what became of it."""
    lims.require(viewer.actor, Action.NONCONFORMING_DECIDE)
    try:
        order = form.read(ClosingIn)
        with lims.work(viewer.actor, Action.NONCONFORMING_DECIDE, order.outcome) as session:
            service.close_work(session, number, order)
    except LimsError as refusal:
        shown = _refused(lims, viewer, language, number, form, refusal)
        return _work(request, lims, viewer, language, number, shown, status_of(refusal))
    note = mark("{number} is closed.")
    return see_other(request, f"/quality/nonconforming/{number}", note, draft="nonconforming", number=number)


def lines_in(language: Language) -> Callable[[LimsSession, Sequence[NonconformingWork]], Sequence[WorkLine]]:
    """Makes lines of nonconforming work, in a language."""

    def lines(session: LimsSession, found: Sequence[NonconformingWork]) -> Sequence[WorkLine]:
        names = names_of(session, {one.responsible for one in found if one.responsible is not None})
        library = current_library(session)
        return [
            WorkLine(
                one,
                what_of(one, library.substance_name(one.analyte, language) if one.analyte else ""),
                rules_of(one),
                names.get(one.responsible, "") if one.responsible else "",
            )
            for one in found
        ]

    return lines


def what_of(work: NonconformingWork, name: str) -> str:
    """What happened, to be read: for a point of a chart its analyte, level and value."""
    if work.told is None:
        return work.what
    return f"{name} {work.level or ''}: {work.told.get('value', '')} {work.told.get('unit', '')}".replace(" :", ":")


def rules_of(work: NonconformingWork) -> tuple[ControlRule, ...]:
    """The rules that a point broke; those that the program knows."""
    told = (work.told or {}).get("rules", ())
    return tuple(ControlRule(one) for one in told if one in set(ControlRule))


def _before(work: NonconformingWork) -> list[tuple[str, tuple[ControlRule, ...], datetime]]:
    """What the point said before its run was evaluated again: value, rules, until when."""
    told = work.told or {}
    return [
        (
            f"{one['value']} {told.get('unit', '')}".strip(),
            tuple(ControlRule(rule) for rule in one["rules"] if rule in set(ControlRule)),
            datetime.fromisoformat(one["until"]),
        )
        for one in told.get("before", ())
    ]


def _refused(lims: Lims, viewer: Viewer, language: Language, number: str, form: FormDep, refusal: LimsError) -> Filled:
    since = form.seen_version()
    with lims.read(viewer.actor, Action.QUALITY_READ) as session:
        work = queries.nonconforming_by_number(session, number)
        changes = changes_since(session, "nonconforming_work", work.id, since, language) if since else ()
    return refused(form, refusal, language, changes)


def _work(
    request: Request, lims: Lims, viewer: Viewer, language: Language, number: str, form: Filled, status: int = 200
) -> Response:
    with lims.read(viewer.actor, Action.QUALITY_READ) as session:
        work = queries.nonconforming_by_number(session, number)
        name = current_library(session).substance_name(work.analyte, language) if work.analyte else ""
        ids: set[UUID] = {
            one for one in (work.opened_by, work.responsible, work.evaluated_by, work.closed_by) if one is not None
        }
        run: Run | None = None if work.run_id is None else runs.run_by_id(session, work.run_id)
        may_decide = viewer.may(Action.NONCONFORMING_DECIDE) and work.state is not NonconformingState.CLOSED
        colleagues = queries.colleagues(session) if may_decide else ()
        usernames = {one.id: one.username for one in colleagues}
        filled = form if form.values else Filled(_values(work, usernames))
        return page(
            request,
            "quality/work.html",
            status=status,
            work=work,
            mood=STATE_MOODS[work.state],
            what=what_of(work, name),
            rules=rules_of(work),
            before=_before(work),
            run=run,
            worksheet=None if run is None else runs.worksheet_of(session, run),
            chart=_chart_of(work),
            people=names_of(session, ids),
            colleagues=colleagues,
            form=filled,
            may_decide=may_decide,
            significances=tuple(Significance),
        )


def _values(work: NonconformingWork, usernames: Mapping[UUID, str]) -> dict[str, str]:
    return {
        "significance": work.significance.value if work.significance else "",
        "action": work.action or "",
        "responsible": usernames.get(work.responsible, "") if work.responsible else "",
    }


def _chart_of(work: NonconformingWork) -> str:
    if work.point_source is None or work.method_code is None or work.analyte is None:
        return ""
    return chart_address(ChartKey(work.method_code, work.analyte, work.point_source, work.level or ""))
