"""Pages of one result: what is said, in all its versions, by whom, and the acts on it; and the part for a sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import Conflict, LimsError
from lims.core.language import Language, translator
from lims.core.reasons import Translate, mark
from lims.core.words import word, word_in
from lims.db.work import LimsSession
from lims.library.queries import current_library
from lims.people.queries import names_of
from lims.results import page_queries, queries, service
from lims.results.entry_form import UNITS
from lims.results.findings import written_of
from lims.results.queries import ResultRow
from lims.results.rules import Finding, ResultOrigin, ResultStatus
from lims.results.schemas import Chosen, Correction
from lims.results.tables import Result
from lims.results.trace import failed_checks
from lims.results.verify_pages import changes_of, return_page
from lims.results.views import STATUS_MOODS, Names, chosen_of, result_key, sample_address, token_of, told_amount
from lims.runtime import Lims
from lims.samples.queries import sample_by_code
from lims.science.amounts import amount_from_dict
from lims.science.rounding import plain, round_significant
from lims.web import formats
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.page import own_path, page, see_other
from lims.web.problems import status_of
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a result. `differences`: what it changed, each as name, before and after."""

    number: int
    result: Result
    amount: str
    differences: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the person may do with a result now."""

    submit: bool
    uphold: bool
    verify: bool
    send_back: bool
    correct: bool


@dataclass(frozen=True, slots=True)
class OfSample:
    """A result in the part for the page of its sample."""

    row: ResultRow
    name: str
    amount: str
    failed: bool


# ── parts for other pages ────────────────────────────────────────────────────────────────────────────


@router.get("/results/of-sample/{code}")
def of_sample_part(code: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """The results of a sample, by its blind code or number, for its own page."""
    with lims.read(viewer.actor, Action.RESULT_READ) as session:
        sample = sample_by_code(session, code)
        names = Names(current_library(session), language)
        results = queries.current_results(session, [sample.id])
        failed = failed_checks(session, results)
        rows = [
            OfSample(
                row,
                names.analyte(row.test, row.result.analyte),
                told_amount(row.result.amount, language),
                row.result.measurement_id in failed,
            )
            for row in queries.rows_of(session, results)
        ]
        own = viewer.actor.laboratory_id == sample.laboratory_id
        lacks = (
            own and viewer.may(Action.RESULT_ENTER) and bool(page_queries.awaited_tests(session, sample_id=sample.id))
        )
        return page(
            request,
            "results/of_sample.html",
            part="results/_of_sample.html",
            sample=sample,
            rows=sorted(rows, key=lambda one: (_place(one), one.name)),
            address=sample_address(viewer.actor, sample),
            moods=STATUS_MOODS,
            may_enter=lacks,
        )


def _place(one: OfSample) -> int:
    """What was found stands first."""
    return {"quantified": 0, "below_loq": 1}.get(one.row.result.amount.get("kind", ""), 2)


# ── one result ───────────────────────────────────────────────────────────────────────────────────────


@router.get("/results/{key}")
def result_page(key: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """A result in all its versions."""
    return _result_page(request, lims, viewer, language, result_key(key), Filled())


@router.post("/results/{key}/uphold")
def uphold(
    key: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Hand a returned result over again as it is, with an answer to who returned it."""
    lims.require(viewer.actor, Action.RESULT_SUBMIT)
    result_id = result_key(key)
    chosen: list[Chosen] = []
    try:
        chosen = chosen_of(form)
        with lims.work(viewer.actor, Action.RESULT_SUBMIT) as session:
            service.submit_results(session, current_library(session), chosen, form.text("remark"))
    except LimsError as refusal:
        with lims.read(viewer.actor, Action.RESULT_READ) as session:
            changes = changes_of(session, chosen, language) if isinstance(refusal, Conflict) else ()
        shown = refused(form, refusal, language, changes)
        return _result_page(request, lims, viewer, language, result_id, shown, status_of(refusal))
    return see_other(request, f"/results/{key}", mark("The result is submitted for verification."))


def _result_page(
    request: Request, lims: Lims, viewer: Viewer, language: Language, result_id: UUID, form: Filled, status: int = 200
) -> Response:
    say = translator(language)
    with lims.read(viewer.actor, Action.RESULT_READ) as session:
        row = queries.row_of(session, queries.result_by_id(session, result_id))
        versions = queries.versions_of(session, row.result)
        names = Names(current_library(session), language)
        failed = failed_checks(session, versions)
        checks = failed.get(row.result.measurement_id, ()) if row.result.measurement_id else ()
        people = names_of(
            session, {i for v in versions for i in (v.entered_by, v.verified_by, v.returned_by) if i is not None}
        )
        newest = versions[-1]
        return page(
            request,
            "results/detail.html",
            status=status,
            row=row,
            result=row.result,
            newest=None if newest.id == row.result.id else newest,
            name=names.analyte(row.test, row.result.analyte),
            parameter=names.substance(row.test.parameter),
            food=names.food(row.sample.food),
            amount=told_amount(row.result.amount, language),
            uncertainty=_uncertainty(row.result),
            versions=list(reversed(_versions(versions, language, say))),
            people=people,
            moods=STATUS_MOODS,
            failed=[say(word_in("QcCheck", kind)) for kind in checks],
            sample_address=sample_address(viewer.actor, row.sample),
            token=token_of(row.result.id, row.result.version),
            allowed=_allowed(viewer, row, is_failed=bool(checks)),
            is_own=row.result.entered_by == viewer.actor.user_id,
            form=form,
        )


def _uncertainty(result: Result) -> str:
    """U to two figures, as uncertainties are told; empty when it is not known."""
    text = result.amount.get("expanded_uncertainty")
    return "" if text is None else f"{plain(round_significant(Decimal(text), 2))} {result.unit}"


def _versions(versions: Sequence[Result], language: Language, say: Translate) -> list[Version]:
    told = []
    before: Result | None = None
    for number, result in enumerate(versions, start=1):
        differences = () if before is None else _differences(before, result, language, say)
        told.append(Version(number, result, told_amount(result.amount, language), differences))
        before = result
    return told


def _differences(old: Result, new: Result, language: Language, say: Translate) -> list[tuple[str, str, str]]:
    def values(result: Result) -> list[tuple[str, str]]:
        lod = result.limit_of_detection
        return [
            (say(mark("Result")), told_amount(result.amount, language)),
            (say(mark("Unrounded value (mg/kg)")), "—" if result.value is None else plain(result.value)),
            (say(mark("LOQ (mg/kg)")), plain(result.limit_of_quantification)),
            (say(mark("LOD (mg/kg)")), "—" if lod is None else plain(lod)),
            (say(mark("Analysed on")), formats.day(result.analysed_on)),
            (say(mark("Came by")), say(word(result.origin))),
            (say(mark("Remark")), result.remark or "—"),
        ]

    return [
        (name, before, after)
        for (name, before), (_, after) in zip(values(old), values(new), strict=True)
        if before != after
    ]


def _allowed(viewer: Viewer, row: ResultRow, *, is_failed: bool) -> Allowed:
    """What the services would let this person do; they ask again."""
    result = row.result
    own = viewer.actor.laboratory_id == result.laboratory_id
    mine = result.entered_by == viewer.actor.user_id
    waits = own and result.status is ResultStatus.SUBMITTED and not mine
    may_submit = own and mine and viewer.may(Action.RESULT_SUBMIT)
    return Allowed(
        submit=may_submit and result.status is ResultStatus.ENTERED,
        uphold=may_submit and result.status is ResultStatus.RETURNED,
        verify=waits and not is_failed and viewer.may(Action.RESULT_VERIFY),
        send_back=waits and viewer.may(Action.RESULT_RETURN),
        correct=own and result.status is not ResultStatus.SUPERSEDED and viewer.may(Action.RESULT_CORRECT),
    )


# ── sent back, corrected ─────────────────────────────────────────────────────────────────────────────


@router.get("/results/{key}/return")
def return_one(key: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """The form to send one result back."""
    with lims.read(viewer.actor, Action.RESULT_RETURN) as session:
        result = queries.result_by_id(session, result_key(key))
    chosen = [Chosen(id=result.id, version=result.version)]
    back = own_path(request.query_params.get("next"), f"/results/{result.id}")
    return return_page(request, lims, viewer, language, Filled(), chosen, back)


@router.get("/results/{key}/correct")
def correct_form(key: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """The form for a new version of a result."""
    with lims.read(viewer.actor, Action.RESULT_CORRECT) as session:
        result = queries.result_by_id(session, result_key(key))
    return _correct_page(request, lims, viewer, language, result.id, Filled(_as_entered(result)))


@router.post("/results/{key}/correct")
def correct(
    key: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """更正: a new version; the old one stays as it was."""
    lims.require(viewer.actor, Action.RESULT_CORRECT)
    result_id = result_key(key)
    try:
        correction = form.read(Correction)
        with lims.work(viewer.actor, Action.RESULT_CORRECT, correction.reason) as session:
            new = service.correct_result(session, current_library(session), result_id, correction)
    except LimsError as refusal:
        seen = form.seen_version()
        with lims.read(viewer.actor, Action.RESULT_READ) as session:
            queries.result_by_id(session, result_id)  # of another laboratory: not there
            looked_at = [Chosen(id=result_id, version=seen)] if seen is not None else []
            changes = changes_of(session, looked_at, language) if isinstance(refusal, Conflict) else ()
        shown = refused(form, refusal, language, changes)
        return _correct_page(request, lims, viewer, language, result_id, shown, status_of(refusal))
    note = mark("The result is corrected; the new version waits for verification once it is submitted.")
    return see_other(request, f"/results/{new.id}", note, draft=f"correct-{key}")


def _as_entered(result: Result) -> dict[str, Any]:
    """The result as it would be entered again. Limits given by hand are given again, those of the method are not;
    neither is the uncertainty, which belongs to the number that is corrected.
    """
    amount = amount_from_dict(result.amount)
    written = written_of(amount)
    entered = result.calculation.get("entered", {})
    values: dict[str, Any] = {
        "finding": written.finding.value,
        "value": "" if written.value is None else plain(written.value),
        "detected": "true" if written.detected else "",
        "unit": result.unit,
        "analysed_on": result.analysed_on.isoformat(),
        "remark": result.remark or "",
    }
    if entered.get("unit") and entered.get("value") is not None:
        values |= {"value": entered["value"], "unit": entered["unit"]}
    if result.calculation.get("limits") == "given by hand":
        lod = result.limit_of_detection
        values |= {
            "unit": result.unit,
            "value": "" if written.value is None else plain(written.value),
            "limit_of_quantification": plain(result.limit_of_quantification),
            "limit_of_detection": "" if lod is None else plain(lod),
        }
    return values


def _correct_page(
    request: Request, lims: Lims, viewer: Viewer, language: Language, result_id: UUID, form: Filled, status: int = 200
) -> Response:
    with lims.read(viewer.actor, Action.RESULT_READ) as session:
        row = queries.row_of(session, queries.result_by_id(session, result_id))
        names = Names(current_library(session), language)
        newest = queries.versions_of(session, row.result)[-1]
        return page(
            request,
            "results/correct.html",
            status=status,
            row=row,
            result=row.result,
            newest=None if newest.id == row.result.id else newest,
            name=names.analyte(row.test, row.result.analyte),
            food=names.food(row.sample.food),
            amount=told_amount(row.result.amount, language),
            moods=STATUS_MOODS,
            findings=list(Finding),
            units=[(unit, unit) for unit in UNITS],
            is_from_run=row.result.origin is ResultOrigin.RUN,
            form=form,
        )


def laboratory_result(session: LimsSession, key: str) -> ResultRow:
    """A result by the key in an address, with test and sample. Raises `NotFound`."""
    return queries.row_of(session, queries.result_by_id(session, result_key(key)))
