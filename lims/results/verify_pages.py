"""校核: what waits for a verifier, batch by batch; what needs a look stands on top, the rest is verified in one go."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import BadInput, Conflict, LimsError, RuleRefused
from lims.core.language import Language, translator
from lims.core.reasons import Where, mark, reason
from lims.core.words import word_in
from lims.db.work import LimsSession
from lims.library.queries import current_library
from lims.people.queries import names_of
from lims.results import page_queries, queries, review_queries, service
from lims.results.review import Flag, Foresee, Foreseen, Looked, flags_of, gravity
from lims.results.review_queries import Batch, Submitted
from lims.results.rules import reasons_to_explain
from lims.results.schemas import Chosen
from lims.results.trace import failed_of
from lims.results.views import MOST_CHOSEN, STATUS_MOODS, Names, chips_of, chosen_of, token_of, told_problems
from lims.runtime import Lims
from lims.samples.tables import Sample
from lims.science.amounts import Amount, amount_from_dict, is_detected
from lims.science.rounding import plain
from lims.web.amounts import amount_text
from lims.web.changes import Change, changes_since
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import own_path, page, see_other
from lims.web.problems import status_of
from lims.web.table import Chip
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()
#: What others changed is shown of so many results at most.
_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A result as its verifier sees it. `may` is False where quality control forbids to verify it."""

    found: Submitted
    sample: Sample
    food: str
    analyte: str
    amount: str
    limit: str
    flags: tuple[Flag, ...]
    chips: tuple[Chip, ...]
    failed: Sequence[str]
    entered_by: str

    @property
    def token(self) -> str:
        """The value of its box."""
        return token_of(self.found.id, self.found.version)

    @property
    def may(self) -> bool:
        """Whether it may be verified at all."""
        return Flag.QC_FAILED not in self.flags


@dataclass(frozen=True, slots=True)
class Review:
    """A batch that is looked at: what needs a look, what is routine, what the person has entered themselves."""

    batch: Batch
    noted: Sequence[ReviewRow]
    routine: Sequence[ReviewRow]
    own: int

    @property
    def seen(self) -> str:
        """Tells whether the routine results are still those that were looked at, in their versions."""
        return hashlib.sha256(" ".join(sorted(row.token for row in self.routine)).encode()).hexdigest()

    @property
    def routine_samples(self) -> int:
        """How many samples the routine results are of."""
        return len({row.sample.id for row in self.routine})


@dataclass(frozen=True, slots=True)
class Matrix:
    """Routine results side by side: a line for each analyte, a column for each sample."""

    samples: Sequence[tuple[str, str]]
    lines: Sequence[tuple[str, Sequence[tuple[UUID, str] | None]]]


# ── the queue ────────────────────────────────────────────────────────────────────────────────────────


@router.get("/results/verify")
def queue_page(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, batch: str = "") -> Response:
    """The batches that wait, and one of them to be looked at: the one asked for, or the oldest."""
    return _queue(request, lims, viewer, language, batch, ())


@router.get("/results/verify/routine")
def routine_part(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, batch: str) -> Response:
    """The results of a batch that nothing is to be noted of, side by side."""
    with lims.read(viewer.actor, Action.RESULT_VERIFY) as session:
        found = next((one for one in review_queries.submitted_batches(session) if one.key == batch), None)
        review = None if found is None else _review(session, language, found, _foresee(request))
    matrix = None if review is None else _matrix(review.routine)
    return page(request, "results/routine.html", part="results/_routine.html", matrix=matrix, batch=batch)


@router.post("/results/verify/routine")
def verify_routine(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """校核 of everything in a batch that nothing is to be noted of: all of it or none."""
    key = form.text("batch")
    try:
        with lims.work(viewer.actor, Action.RESULT_VERIFY) as session:
            found = next((one for one in review_queries.submitted_batches(session) if one.key == key), None)
            review = None if found is None else _review(session, language, found, _foresee(request))
            if review is None or not review.routine or review.seen != form.text("seen"):
                raise Conflict(
                    reason(
                        "result.batch_moved",
                        "This batch has changed since you looked at it: results were added, returned or verified. Look"
                        " again and decide anew.",
                    )
                )
            chosen = [Chosen(id=row.found.id, version=row.found.version) for row in review.routine]
            count = len(service.verify_results(session, current_library(session), chosen[:MOST_CHOSEN]))
    except LimsError as refusal:
        said = [why.translated(translator(language)) for why in refusal.reasons]
        return _queue(request, lims, viewer, language, key, said, status_of(refusal))
    return see_other(request, _address(key, review.noted), mark("{count} results are verified."), count=count)


@router.post("/results/verify/chosen")
def verify_chosen(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """校核 of the ticked results: all of them or none."""
    key = form.text("batch")
    chosen: list[Chosen] = []
    try:
        chosen = chosen_of(form)
        with lims.work(viewer.actor, Action.RESULT_VERIFY) as session:
            count = len(service.verify_results(session, current_library(session), chosen))
    except LimsError as refusal:
        with lims.read(viewer.actor, Action.RESULT_VERIFY) as session:
            rows = queries.rows_of(session, queries.results_within_sight(session, [c.id for c in chosen]))
            said = told_problems(refusal, rows, Names(current_library(session), language))
        return _queue(request, lims, viewer, language, key, said, status_of(refusal))
    return see_other(request, _address(key, [1]), mark("{count} results are verified."), count=count)


def _address(key: str, left: Sequence[Any]) -> str:
    """Back to the batch while something of it is left; the queue otherwise."""
    return f"/results/verify?{urlencode({'batch': key})}" if left and key else "/results/verify"


def _queue(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    key: str,
    problems: Sequence[str],
    status: int = 200,
) -> Response:
    with lims.read(viewer.actor, Action.RESULT_VERIFY) as session:
        batches = review_queries.submitted_batches(session)
        others = [batch for batch in batches if batch.results > batch.own]
        found = next((batch for batch in others if batch.key == key), next(iter(others), None))
        review = None if found is None else _review(session, language, found, _foresee(request))
        checks = {} if found is None or found.run_id is None else review_queries.verdict_counts(session, found.run_id)
        return page(
            request,
            "results/verify.html",
            status=status,
            batches=others,
            mine=sum(batch.own for batch in batches),
            review=review,
            checks=checks,
            entered_by=_enterers(review),
            problems=problems,
        )


def _enterers(review: Review | None) -> list[str]:
    rows = () if review is None else (*review.noted, *review.routine)
    return sorted({row.entered_by for row in rows if row.entered_by})


def _foresee(request: Request) -> Foresee:
    found: Foresee = request.app.state.foresee
    return found


def _review(session: LimsSession, language: Language, batch: Batch, foresee: Foresee) -> Review:
    """The results of a batch with their flags; those of the person who looks are only counted."""
    person = session.actor.user_id
    everything = review_queries.submitted_of(session, batch)
    others = [one for one in everything if one.entered_by != person]
    samples = page_queries.samples_by_ids(session, {one.sample_id for one in others})
    failed = failed_of(session, {one.measurement_id for one in others if one.measurement_id is not None})
    people = names_of(session, {one.entered_by for one in others})
    amounts = {one.id: amount_from_dict(one.amount) for one in others}
    foreseen = _foreseen(session, [one for one in others if is_detected(amounts[one.id])], samples, foresee)
    names, say = Names(current_library(session), language), translator(language)
    rows = []
    for one in others:
        sample, foresight = samples[one.sample_id], foreseen.get(one.test_id, Foreseen())
        checks = failed.get(one.measurement_id, ()) if one.measurement_id else ()
        flags = flags_of(_looked(one, amounts[one.id], checks, foresight))
        rows.append(
            ReviewRow(
                found=one,
                sample=sample,
                food=names.food(sample.food),
                analyte=names.analyte_of(one.parameter, one.analyte),
                amount=amount_text(amounts[one.id], say),
                limit="" if foresight.limit is None else plain(foresight.limit),
                flags=flags,
                chips=chips_of(flags),
                failed=[say(word_in("QcCheck", kind)) for kind in checks],
                entered_by=people.get(one.entered_by, ""),
            )
        )
    rows.sort(key=lambda row: (gravity(row.flags), row.sample.blind_code, row.analyte))
    noted = [row for row in rows if row.flags]
    return Review(batch, noted, [row for row in rows if not row.flags], len(everything) - len(others))


def _foreseen(
    session: LimsSession, found: Sequence[Submitted], samples: Mapping[UUID, Sample], foresee: Foresee
) -> dict[UUID, Foreseen]:
    """What the limits will say of the tests in which something was found; of the others they say nothing new."""
    library = current_library(session)
    tests = {one.test_id: one for one in found}
    measured = review_queries.amounts_of_tests(session, tests)
    return {
        test_id: foresee(
            library,
            samples[one.sample_id],
            one.parameter,
            {analyte: amount_from_dict(amount) for analyte, amount in measured[test_id].items()},
        )
        for test_id, one in tests.items()
    }


def _looked(one: Submitted, amount: Amount, checks: Sequence[str], foresight: Foreseen) -> Looked:
    return Looked(
        amount=amount,
        origin=one.origin,
        is_correction=one.is_correction,
        was_returned=one.return_reason is not None,
        has_own_limits=one.limits_source == "given by hand",
        failed_checks=tuple(checks),
        doubts=len(one.doubts or ()),
        has_reservations=bool(one.reservations),
        range_status=one.range_status,
        manually_integrated=bool(one.manually_integrated),
        foreseen=foresight,
    )


def _compact(amount: Mapping[str, str]) -> str:
    """As laboratories write it in a table whose heading names the unit."""
    if amount["kind"] == "not_detected":
        return f"ND (<{amount['limit_of_detection']})"
    return f"<{amount['limit_of_quantification']}"


def _matrix(rows: Iterable[ReviewRow]) -> Matrix:
    cells: dict[str, dict[UUID, tuple[UUID, str]]] = {}
    samples: dict[UUID, tuple[str, str]] = {}
    for row in rows:
        samples[row.sample.id] = (row.sample.blind_code, row.food)
        cells.setdefault(row.analyte, {})[row.sample.id] = (row.found.id, _compact(row.found.amount))
    order = sorted(samples, key=lambda key: samples[key])
    return Matrix(
        [samples[key] for key in order],
        [(analyte, [found.get(key) for key in order]) for analyte, found in sorted(cells.items())],
    )


# ── sent back ────────────────────────────────────────────────────────────────────────────────────────


@router.post("/results/return")
def return_many(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """退回 of the chosen results with one reason for all of them: first the reason is asked for, then it is done."""
    lims.require(viewer.actor, Action.RESULT_RETURN)
    back = own_path(form.text("next"), "/results/verify")
    if "reason" not in form.data:
        return return_page(request, lims, viewer, language, Filled(), _chosen_or_none(form), back)
    chosen: list[Chosen] = []
    try:
        chosen, why = chosen_of(form), form.text("reason")
        if against := reasons_to_explain(why, "reason"):
            raise RuleRefused(*against)
        with lims.work(viewer.actor, Action.RESULT_RETURN, why) as session:
            library = current_library(session)
            for one in chosen:
                service.return_result(session, library, one.id, why, one.version)
    except LimsError as refusal:
        with lims.read(viewer.actor, Action.RESULT_READ) as session:
            changes = changes_of(session, chosen, language) if isinstance(refusal, Conflict) else []
        filled = refused(form, refusal, language, changes)
        return return_page(request, lims, viewer, language, filled, chosen, back, status_of(refusal))
    return see_other(request, back, mark("{count} results are returned."), count=len(chosen))


def _chosen_or_none(form: Form) -> list[Chosen]:
    try:
        return chosen_of(form)
    except BadInput:
        return []


def return_page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    form: Filled,
    chosen: Sequence[Chosen],
    back: str,
    status: int = 200,
) -> Response:
    """The results that are to be sent back, and the field for the reason.

    Sent again, they count in the versions that were looked at; what changed meanwhile is shown, and looked at then.
    """
    with lims.read(viewer.actor, Action.RESULT_RETURN) as session:
        names, say = Names(current_library(session), language), translator(language)
        rows = queries.rows_of(session, queries.results_within_sight(session, [c.id for c in chosen]))
        if not rows and not form.problems:
            none = reason("table.none_chosen", "Choose at least one row first.", at=Where(field="chosen"))
            form, status = Filled(problems=(("", none.translated(say)),)), 422
        now = {row.result.id: row.result.version for row in rows}
        seen = now if form.changes else now | {c.id: c.version for c in chosen if c.id in now}
        return page(
            request,
            "results/return.html",
            status=status,
            form=form,
            rows=rows,
            names=names,
            amounts={row.result.id: amount_text(amount_from_dict(row.result.amount), say) for row in rows},
            tokens=" ".join(token_of(key, version) for key, version in seen.items()),
            moods=STATUS_MOODS,
            back=back,
        )


def changes_of(session: LimsSession, chosen: Sequence[Chosen], language: Language) -> list[Change]:
    """What was changed of these results since they were looked at."""
    found = queries.results_within_sight(session, [c.id for c in chosen])
    seen = {c.id: c.version for c in chosen}
    moved = [result for result in found if result.version != seen[result.id]][:_MOST_TOLD]
    return [change for r in moved for change in changes_since(session, "result", r.id, seen[r.id], language)]
