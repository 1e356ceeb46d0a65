"""The list of results, and the acts on chosen ones: hand over, verify, send back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from sqlalchemy import ColumnElement, not_
from sqlmodel import col
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import LimsError
from lims.core.language import Language, translator
from lims.core.reasons import mark
from lims.db.work import LimsSession
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.people.queries import names_of
from lims.results import page_queries, queries, service
from lims.results.review import Flag
from lims.results.rules import ResultOrigin, ResultStatus
from lims.results.schemas import Chosen
from lims.results.tables import Result
from lims.results.trace import failed_checks
from lims.results.views import (
    STATUS_MOODS,
    Names,
    chips_of,
    chosen_of,
    token_of,
    told_amount,
    told_problems,
)
from lims.runtime import Lims
from lims.samples.tables import AssignedTest, Sample
from lims.web.dependencies import LimsDep
from lims.web.forms import Form, FormDep
from lims.web.page import own_path, page, see_other
from lims.web.problems import status_of
from lims.web.table import Act, Chip, Column, Link, Said, Start, Table
from lims.web.table_filters import ChoiceFilter, DaysFilter, TextFilter
from lims.web.table_page import read_table, table_page
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A result in the list, with its names."""

    result: Result
    test: AssignedTest
    sample: Sample
    food: str
    parameter: str
    analyte: str
    amount: str
    flags: tuple[Flag, ...]
    entered_by: str
    verified_by: str


def _nothing(_text: str) -> ColumnElement[bool]:
    raise TypeError("the condition is made for each request: it needs the library")


def _noted_or_not(chosen: Sequence[str]) -> ColumnElement[bool]:
    return page_queries.is_noted() if "yes" in chosen else not_(page_queries.is_noted())


_TRACE = mark("Trace")

RESULTS: Table[ResultLine] = Table(
    name="results",
    title=mark("Results"),
    columns=(
        Column("sample", mark("Blind code"), lambda r: r.sample.blind_code, link=lambda r: f"/results/{r.result.id}"),
        Column("food", mark("Food"), lambda r: r.food),
        Column("analyte", mark("Analyte"), lambda r: r.analyte),
        Column("parameter", mark("Parameter"), lambda r: r.parameter, shown=False),
        Column("amount", mark("Result"), lambda r: r.amount, col(Result.value), kind="number"),
        Column(
            "status",
            mark("Status"),
            lambda r: Chip(r.result.status, STATUS_MOODS[r.result.status]),
            col(Result.status),
        ),
        Column("noted", mark("To note"), lambda r: chips_of(r.flags)),
        Column("method", mark("Method"), lambda r: r.test.method_code),
        Column("analysed", mark("Analysed on"), lambda r: r.result.analysed_on, col(Result.analysed_on)),
        Column("entered_by", mark("Entered by"), lambda r: r.entered_by),
        Column("trace", mark("Origin of the number"), lambda r: Link(f"/results/{r.result.id}/trace", Said(_TRACE))),
        Column("loq", mark("LOQ (mg/kg)"), lambda r: r.result.limit_of_quantification, kind="number", shown=False),
        Column("lod", mark("LOD (mg/kg)"), lambda r: r.result.limit_of_detection, kind="number", shown=False),
        Column("origin", mark("Came by"), lambda r: r.result.origin, shown=False),
        Column("entered", mark("Entered at"), lambda r: r.result.entered_at, col(Result.entered_at), shown=False),
        Column("verified_by", mark("Verified by"), lambda r: r.verified_by, shown=False),
        Column("verified", mark("Verified at"), lambda r: r.result.verified_at, shown=False),
        Column("returned", mark("Reason for the return"), lambda r: r.result.return_reason, shown=False),
        Column("remark", mark("Remark"), lambda r: r.result.remark, shown=False),
    ),
    filters=(
        TextFilter("sample", mark("Blind code"), by=page_queries.of_samples),
        TextFilter("parameter", mark("Parameter or analyte"), by=_nothing),
        ChoiceFilter("status", mark("Status"), ResultStatus, col(Result.status), many=True),
        ChoiceFilter("method", mark("Method"), by=page_queries.of_methods),
        ChoiceFilter("origin", mark("Came by"), ResultOrigin, col(Result.origin)),
        DaysFilter("analysed", mark("Analysed on"), col(Result.analysed_on)),
        ChoiceFilter("noted", mark("To note"), by=_noted_or_not),
    ),
    order=(col(Result.entered_at).desc(), col(Result.id)),
    row_key=lambda r: token_of(r.result.id, r.result.version),
    acts=(
        Act("/results/submit", mark("Submit for verification"), Action.RESULT_SUBMIT, "primary"),
        Act("/results/verify", mark("Verify the results"), Action.RESULT_VERIFY),
        Act("/results/return", mark("Return …"), Action.RESULT_RETURN),
    ),
    mood=lambda r: "bad" if r.result.status is ResultStatus.RETURNED else "plain",
    nothing=mark("There are no results yet. They are recorded from runs, or entered by hand."),
    start=Start("/results/enter", mark("Enter results"), Action.RESULT_ENTER),
)


@router.get("/results")
def result_list(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """Results, the newest first; samples by their blind codes alone."""
    with lims.read(viewer.actor, Action.RESULT_READ) as session:
        library = current_library(session)
        say = translator(language)
        options = {
            "method": [(code, code) for code in page_queries.methods_known(session)],
            "noted": [("yes", say(mark("Something"))), ("no", say(mark("Nothing")))],
        }
        table = read_table(
            session,
            _table_of(library),
            page_queries.own_results(session),
            request,
            lambda session, results: lines_of(session, results, Names(library, language)),
            options,
        )
    return table_page(request, table, "results/list.html")


def _table_of(library: Library) -> Table[ResultLine]:
    """The list whose filter knows substances by their names."""
    by_name = TextFilter("parameter", mark("Parameter or analyte"), by=lambda text: _of_named(library, text))
    return replace(RESULTS, filters=[by_name if f.key == "parameter" else f for f in RESULTS.filters])


def _of_named(library: Library, text: str) -> ColumnElement[bool]:
    wanted = text.casefold()
    codes = {
        s.code
        for s in library.facts.substances
        if any(wanted in name.casefold() for name in (s.code, s.name_zh, s.name_en, s.cas))
    }
    if found := library.find_substance(text):
        codes.add(found.code)
    wholes = {d.substance for d in library.facts.definitions if codes & {part.substance for part in d.components}}
    return page_queries.of_parameters(codes, wholes)


def lines_of(session: LimsSession, results: Sequence[Result], names: Names) -> list[ResultLine]:
    """Lines of all results of a page at once."""
    tests = page_queries.tests_by_id(session, {r.test_id for r in results})
    samples = page_queries.samples_by_ids(session, {r.sample_id for r in results})
    failed = failed_checks(session, results)
    people = names_of(session, {i for r in results for i in (r.entered_by, r.verified_by) if i is not None})
    return [
        ResultLine(
            result=r,
            test=tests[r.test_id],
            sample=samples[r.sample_id],
            food=names.food(samples[r.sample_id].food),
            parameter=names.substance(tests[r.test_id].parameter),
            analyte=names.analyte(tests[r.test_id], r.analyte),
            amount=told_amount(r.amount, names.language),
            flags=_noted(r, failed=bool(r.measurement_id and failed.get(r.measurement_id))),
            entered_by=people.get(r.entered_by, ""),
            verified_by=people.get(r.verified_by, "") if r.verified_by else "",
        )
        for r in results
    ]


def _noted(result: Result, *, failed: bool) -> tuple[Flag, ...]:
    """What the filter `noted` looks for; limits are looked at when a result is verified."""
    said = {
        Flag.QC_FAILED: failed,
        Flag.BY_HAND: result.origin is ResultOrigin.HAND,
        Flag.RETURNED: result.returned_at is not None,
        Flag.CORRECTED: result.supersedes_id is not None,
    }
    return tuple(flag for flag, holds in said.items() if holds)


# ── acts on chosen results ───────────────────────────────────────────────────────────────────────────

#: Does the act on the chosen results and says how many there were.
ActOnMany = Callable[[LimsSession, Library, list[Chosen]], int]


@router.post("/results/submit")
def submit(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Hand one's own results over for verification: all of them or none."""
    remark = form.text("remark") or None

    def act(session: LimsSession, library: Library, chosen: list[Chosen]) -> int:
        return len(service.submit_results(session, library, chosen, remark))

    note = mark("{count} results are submitted for verification.")
    return many(request, lims, viewer, language, form, Action.RESULT_SUBMIT, act, note)


@router.post("/results/verify")
def verify(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """校核 of other people's results: all of them or none."""

    def act(session: LimsSession, library: Library, chosen: list[Chosen]) -> int:
        return len(service.verify_results(session, library, chosen))

    note = mark("{count} results are verified.")
    return many(request, lims, viewer, language, form, Action.RESULT_VERIFY, act, note)


def many(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    form: Form,
    action: Action,
    act: ActOnMany,
    note: str,
) -> Response:
    """One act on all chosen results; what stands in the way is told for each of them, and nothing is done."""
    lims.require(viewer.actor, action)
    back = own_path(form.text("next"), "/results")
    chosen: list[Chosen] = []
    try:
        chosen = chosen_of(form)
        with lims.work(viewer.actor, action) as session:
            count = act(session, current_library(session), chosen)
    except LimsError as refusal:
        return refused_page(request, lims, viewer, language, refusal, chosen, back)
    return see_other(request, back, note, count=count)


def refused_page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    refusal: LimsError,
    chosen: Sequence[Chosen],
    back: str,
) -> Response:
    """Why nothing was done with the chosen results, and what changed of them since they were looked at."""
    with lims.read(viewer.actor, Action.RESULT_READ) as session:
        names = Names(current_library(session), language)
        found = queries.results_within_sight(session, [c.id for c in chosen])
        rows = queries.rows_of(session, found)
        seen = {c.id: c.version for c in chosen}
        moved = [row for row in rows if row.result.version != seen[row.result.id]]
        return page(
            request,
            "results/refused.html",
            status=status_of(refusal),
            problems=told_problems(refusal, rows, names),
            moved=lines_of(session, [row.result for row in moved], names),
            moods=STATUS_MOODS,
            back=back,
        )
