"""Entering results by hand: many in a grid, by sample or by method; or one by itself, with all that may be said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput, LimsError, NotFound, refuse_bad
from lims.core.language import Language, translator
from lims.core.reasons import Reason, Where, mark, reason
from lims.db.work import LimsSession
from lims.library.queries import current_library
from lims.people import queries as people
from lims.people.tables import AuthorisationKind
from lims.results import page_queries, service
from lims.results.entry_form import (
    MOST_ROWS,
    UNITS,
    Common,
    Waiting,
    at_cells,
    columns_in,
    entries_of,
    rows_for_grid,
    waiting_rows,
)
from lims.results.rules import RESULT_UNIT, Finding
from lims.results.schemas import Chosen, ResultEntry
from lims.results.tables import Result
from lims.results.views import Names
from lims.runtime import Lims
from lims.samples.queries import sample_by_code
from lims.samples.rules import SampleStatus
from lims.samples.tables import Sample
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused, typed
from lims.web.grids import grid_view, read_grid, typed_rows
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.rows import Numbered
from lims.web.security import SCANNING_POLICY
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()
#: So many waiting samples are listed; the others come when these are done.
_MOST_SAMPLES = 50


@dataclass(frozen=True, slots=True)
class Scope:
    """What is to be entered: the tests of a sample, or of a method, or of one parameter of a method."""

    sample: str = ""
    method: str = ""
    parameter: str = ""

    @property
    def is_chosen(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.sample or self.method)

    @property
    def address(self) -> str:
        """The page of this scope."""
        given = {"sample": self.sample, "method": self.method, "parameter": self.parameter}
        query = urlencode({name: value for name, value in given.items() if value})
        return f"/results/enter?{query}" if query else "/results/enter"

    @property
    def draft(self) -> str:
        """The name of its draft in the browser."""
        return f"results-enter-{self.sample}-{self.method}-{self.parameter}"


@dataclass(frozen=True, slots=True)
class Found:
    """The sample that was asked for, and the analytes that wait; more than `rows` do when `is_cut`."""

    sample: Sample | None
    rows: Sequence[Waiting]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class WaitingSamples:
    """Samples that wait for results, each with its food and how many of its tests wait; `total` is of all."""

    rows: Sequence[tuple[Sample, str, int]]
    total: int


# ── many ─────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/results/enter")
def entry_page(
    request: Request,
    lims: LimsDep,
    viewer: ViewerDep,
    language: PageLanguage,
    sample: str = "",
    method: str = "",
    parameter: str = "",
) -> Response:
    """Choose a sample or a method; then the grid of what waits."""
    scope = Scope(sample.strip(), method.strip(), parameter.strip())
    return _entry_page(request, lims, viewer, language, scope)


@router.post("/results/enter")
def enter_many(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Enter what was typed, all of it or none; with `act` also hand it over for verification."""
    lims.require(viewer.actor, Action.RESULT_ENTER)
    scope = Scope(form.text("sample"), form.text("method"), form.text("parameter"))
    say = translator(language)
    common = Common(form.text("unit") or RESULT_UNIT.value, form.text("analysed_on"))
    try:
        rows = read_grid(form, columns_in(say))
        with lims.read(viewer.actor, Action.RESULT_ENTER) as session:
            waiting = _found(session, scope, _day_of(common, lims)).rows if scope.is_chosen else []
        entries, faults = entries_of(rows, waiting, common, say)
        if not entries and not faults:
            raise BadInput(reason("grid.empty", "The table is empty; fill in at least one row.", at=Where("grid")))
        with lims.work(viewer.actor, Action.RESULT_ENTER) as session:
            made = _made(session, entries, faults)
            chosen = [Chosen(id=one.id, version=one.version) for one in made]
    except LimsError as refusal:
        faults = at_cells(refusal.reasons, say)
        return _entry_page(request, lims, viewer, language, scope, (form, faults), status=status_of(refusal))
    if form.text("act") != "submit":
        return see_other(
            request, scope.address, mark("{count} results are entered."), draft=scope.draft, count=len(made)
        )
    lims.require(viewer.actor, Action.RESULT_SUBMIT)
    # An act of its own: what was entered stays entered if it fails.
    with lims.work(viewer.actor, Action.RESULT_SUBMIT) as session:
        service.submit_results(session, current_library(session), chosen)
    note = mark("{count} results are entered and submitted for verification.")
    return see_other(request, scope.address, note, draft=scope.draft, count=len(made))


def _made(session: LimsSession, entries: Sequence[Numbered[ResultEntry]], faults: Sequence[Reason]) -> Sequence[Result]:
    """All results, or a refusal with what cannot be read and what may not be, together: it undoes the act."""
    against = list(faults)
    made: Sequence[Result] = ()
    try:
        made = service.enter_results(session, current_library(session), entries)
    except LimsError as refusal:
        against += refusal.reasons
    refuse_bad(sorted(against, key=lambda why: why.where.row or 0))
    return made


def _day_of(common: Common, lims: Lims) -> date:
    try:
        return date.fromisoformat(common.analysed_on)
    except ValueError:
        return local_day(lims.clock.now())


def _found(session: LimsSession, scope: Scope, day: date) -> Found:
    """What waits of a scope. Raises `NotFound` for a sample that is not there."""
    library, sample = current_library(session), None
    if scope.sample:
        sample = sample_by_code(session, scope.sample)
        if sample.laboratory_id != session.actor.laboratory_id:
            raise NotFound.of("sample", scope.sample)
    pairs = page_queries.awaited_tests(
        session,
        sample_id=None if sample is None else sample.id,
        method_code=scope.method,
        parameter=scope.parameter,
    )
    rows = waiting_rows(session, library, pairs, day)
    return Found(sample, rows[:MOST_ROWS], len(rows) > MOST_ROWS)


def _entry_page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    scope: Scope,
    sent: tuple[Form, Sequence[Reason]] | None = None,
    *,
    status: int = 200,
) -> Response:
    say = translator(language)
    with lims.read(viewer.actor, Action.RESULT_ENTER) as session:
        names = Names(current_library(session), language)
        today = local_day(lims.clock.now())
        asked = Filled({"sample": scope.sample, "method": scope.method, "parameter": scope.parameter})
        found = Found(None, (), is_cut=False)
        try:
            found = _found(session, scope, today) if scope.is_chosen else found
        except NotFound as missing:
            told = tuple(why.translated(say) for why in missing.reasons)
            asked, scope = Filled(asked.values, {"sample": told}), Scope()
            status = status if sent else 404
        common = (
            Filled({"unit": RESULT_UNIT.value, "analysed_on": today.isoformat()}) if sent is None else typed(sent[0])
        )
        columns = columns_in(say)
        # What was sent and cannot be read leaves the rows that wait.
        rows = (typed_rows(sent[0], columns) if sent else []) or rows_for_grid(found.rows, names)
        grid = grid_view(columns, language, rows, () if sent is None else sent[1], rows_are_fixed=True)
        parameters = page_queries.parameters_awaited(session, scope.method) if scope.method else {}
        answer = page(
            request,
            "results/enter.html",
            status=status,
            scope=scope,
            asked=asked,
            found=found,
            food=names.food(found.sample.food) if found.sample else "",
            is_received=found.sample is None or found.sample.status is not SampleStatus.REGISTERED,
            waiting=_waiting(session, names) if not scope.is_chosen else None,
            methods=[(code, f"{code} ({count})") for code, count in page_queries.methods_awaited(session).items()],
            parameters=[(code, f"{names.substance(code)} ({count})") for code, count in parameters.items()],
            without_limits=[
                (one, names.analyte(one.test, one.analyte)) for one in found.rows if one.limit_of_quantification is None
            ],
            unauthorised=_unauthorised(session, viewer, {one.test.method_code for one in found.rows}, today),
            common=common,
            units=[(unit, unit) for unit in UNITS],
            grid=grid,
            is_filled=bool(rows),
            most=MOST_ROWS,
        )
    answer.headers["Content-Security-Policy"] = SCANNING_POLICY
    return answer


def _waiting(session: LimsSession, names: Names) -> WaitingSamples:
    rows, total = page_queries.samples_waiting(session, _MOST_SAMPLES)
    return WaitingSamples([(sample, names.food(sample.food), tests) for sample, tests in rows], total)


def _unauthorised(session: LimsSession, viewer: Viewer, methods: set[str], today: date) -> list[str]:
    """Methods that the person may not test by today: the rows would be refused."""
    if viewer.actor.user_id is None:
        return []
    held = people.subjects_of(session, viewer.actor.user_id, AuthorisationKind.METHOD, today)
    return [] if "*" in held else sorted(methods - held)


# ── one by itself ────────────────────────────────────────────────────────────────────────────────────


@router.get("/results/enter/one")
def one_page(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, sample: str = "", test: str = ""
) -> Response:
    """A form for one result of a sample."""
    today = local_day(lims.clock.now()).isoformat()
    filled = Filled({"sample": sample, "test": test, "unit": RESULT_UNIT.value, "analysed_on": today})
    return _one_page(request, lims, viewer, language, sample.strip(), filled)


@router.post("/results/enter/one")
def enter_one(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Enter one result."""
    lims.require(viewer.actor, Action.RESULT_ENTER)
    try:
        parameter, _, analyte = form.text("test").partition("|")
        known: dict[str, Any] = {"parameter": parameter}
        if analyte:
            known["analyte"] = analyte
        if not parameter:
            raise BadInput(reason("result.no_test", "Choose what the result is of.", at=Where("test")))
        entry = form.read(ResultEntry, **known)
        with lims.work(viewer.actor, Action.RESULT_ENTER) as session:
            made = service.enter_result(session, current_library(session), entry)
    except LimsError as refusal:
        shown = refused(form, refusal, language)
        return _one_page(request, lims, viewer, language, form.text("sample"), shown, status_of(refusal))
    draft = f"result-one-{form.text('sample')}"
    return see_other(request, f"/results/{made.id}", mark("The result is entered."), draft=draft)


def _one_page(
    request: Request, lims: Lims, viewer: Viewer, language: Language, code: str, form: Filled, status: int = 200
) -> Response:
    with lims.read(viewer.actor, Action.RESULT_ENTER) as session:
        found = (
            _found(session, Scope(sample=code), local_day(lims.clock.now())) if code else Found(None, (), is_cut=False)
        )
        names = Names(current_library(session), language)
        return page(
            request,
            "results/enter_one.html",
            status=status,
            form=form,
            sample=found.sample,
            food=names.food(found.sample.food) if found.sample else "",
            tests=[(one.key, _told(one, names)) for one in found.rows],
            findings=list(Finding),
            units=[(unit, unit) for unit in UNITS],
        )


def _told(one: Waiting, names: Names) -> str:
    name = f"{names.analyte(one.test, one.analyte)} · {one.test.method_code}"
    return name if one.limit_of_quantification is None else f"{name} · LOQ {one.limit_of_quantification:f}"
