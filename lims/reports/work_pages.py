"""My queue: what waits for me on the way of reports, done one by one or many at once; each is an act of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput, LimsError, RuleRefused
from lims.core.language import Language, translator
from lims.core.reasons import Where, mark, reason
from lims.db.work import LimsSession
from lims.documents.phrases import ReportLanguage
from lims.limits.verdicts import Overall
from lims.reports import batch_views, batches, distribution, service, waiting
from lims.reports.batch_rules import NEEDS, BatchAct
from lims.reports.batch_tables import ReportBatch
from lims.reports.rules import Layout, reads_whole
from lims.reports.schemas import CompileIn
from lims.reports.views import key_of
from lims.reports.waiting import Queue, Wanted
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Form, FormDep
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.table_filters import cleaned
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of many: where it stands now, or why it was refused."""

    label: str
    address: str
    refusals: Sequence[str] = ()


@router.get("/reports/work")
def work_page(request: Request, lims: LimsDep, viewer: ViewerDep, q: str = "", verdict: str = "") -> Response:
    """What waits for me: samples to compile, drafts to review and to approve, failed drawings."""
    return _page(request, lims, viewer, _wanted(q, verdict), ())


@router.post("/reports/work/compile")
def compile_many(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """编制 the reports of the chosen samples, or of all that the list holds; a box holds the number of a sample.

    One choice of annex and language for all, but a sample that came back has its own: `annex_of` names it,
    `annexed` when it is with an annex, `noticed` when it is a notice; `language:` and its number give its language.
    """
    lims.require(viewer.actor, Action.REPORT_COMPILE)
    own, annexed = set(form.texts("annex_of")), set(form.texts("annexed"))
    noticed = set(form.texts("noticed"))

    def order_of(number: str, layout: Layout | None = None) -> CompileIn:
        its: dict[str, Any] = {"annex": number in annexed, "notice": number in noticed} if number in own else {}
        if language_of_it := form.text(f"language:{number}"):
            its["language"] = language_of_it
        if layout is not None and number not in own:  # it came back and is not on the page
            its = {"annex": layout.annex, "notice": layout.notice, "language": layout.language}
        return form.read(CompileIn, sample=number, **its)

    def order(session: LimsSession, queue: Queue | None) -> ReportBatch:
        if queue is None:
            return batches.order_reports(session, [order_of(number) for number in _boxes(form)])
        rows = queue.to_compile
        return batches.order_reports(session, [order_of(row.sample.number, row.layout) for row in rows])

    done = mark("{count} reports are compiled.")
    return _batch(request, lims, viewer, language, form, BatchAct.COMPILE, order, done)


@router.post("/reports/work/review")
def review_many(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """审核 of the chosen drafts, or of all that the list holds; a box holds id and version."""
    lims.require(viewer.actor, Action.REPORT_REVIEW)

    def order(session: LimsSession, queue: Queue | None) -> ReportBatch:
        return batches.order_drafts(session, BatchAct.REVIEW, _drafts(form, queue and queue.to_review))

    done = mark("{count} reports are reviewed.")
    return _batch(request, lims, viewer, language, form, BatchAct.REVIEW, order, done)


@router.post("/reports/work/approve")
def approve_many(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """批准 of the chosen drafts, or of all that the list holds; a box holds id and version."""
    lims.require(viewer.actor, Action.REPORT_APPROVE)

    def order(session: LimsSession, queue: Queue | None) -> ReportBatch:
        return batches.order_drafts(session, BatchAct.APPROVE, _drafts(form, queue and queue.to_approve))

    done = mark("{count} reports are approved and issued.")
    return _batch(request, lims, viewer, language, form, BatchAct.APPROVE, order, done)


@router.post("/reports/work/render")
def retry_many(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Draw and sign again the chosen reports that failed; a box holds id and version."""
    lims.require(viewer.actor, Action.REPORT_RETRY)
    keys = [_draft_of(box).report_id for box in _boxes(form)]
    say, outcomes = translator(language), []
    for key in keys[: waiting.MOST]:
        try:
            with lims.work(viewer.actor, Action.REPORT_RETRY) as session:
                report = service.retry_rendering(session, str(key))
            outcomes.append(Outcome(report.number or "", f"/reports/{key_of(report)}"))
        except LimsError as refusal:
            why = [one.translated(say) for one in refusal.reasons]
            outcomes.append(Outcome(str(key), f"/reports/{key}", why))
    return _answer(request, lims, viewer, form, outcomes, mark("{count} reports are drawn and signed again."))


#: Orders a batch: of the ticked boxes, or of the queue when all of a list is meant.
Order = Callable[[LimsSession, Queue | None], ReportBatch]


def _batch(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    form: Form,
    act: BatchAct,
    order: Order,
    note: str,
) -> Response:
    """Order a batch and see it done, if it is a small one; how far a large one is has a page of its own."""
    try:
        with lims.work(viewer.actor, NEEDS[act]) as session:
            queue = _whole(session, lims, form, act) if form.text("whole") else None
            batch = order(session, queue)
    except (BadInput, RuleRefused) as refusal:
        problem = [why.translated(translator(language)) for why in refusal.reasons]
        return _page(request, lims, viewer, _wanted_by(form), (), problem=problem, status=status_of(refusal))
    if not batches.work_on(lims, batch.id, batches.PATIENCE_S):
        note = mark("{count} reports are being done, one after the other.")
        return see_other(request, f"/reports/batches/{batch.id}", note, count=batch.total)
    say = translator(language)
    with lims.read(viewer.actor, Action.REPORT_READ) as session:
        lines = batch_views.lines_of(session, batch)
    outcomes = [Outcome(line.label, line.address, [w.translated(say) for w in line.refusals]) for line in lines]
    return _answer(request, lims, viewer, form, outcomes, note)


def _answer(
    request: Request, lims: Lims, viewer: Viewer, form: Form, outcomes: Sequence[Outcome], note: str
) -> Response:
    """Each on its own: what one of them is refused for has not stopped the others."""
    if not any(outcome.refusals for outcome in outcomes):
        return see_other(request, _address(_wanted_by(form)), note, count=len(outcomes))
    nothing_worked = all(outcome.refusals for outcome in outcomes)
    return _page(request, lims, viewer, _wanted_by(form), outcomes, status=422 if nothing_worked else 200)


def _whole(session: LimsSession, lims: Lims, form: Form, act: BatchAct) -> Queue:
    """The queue, if the list of this act is still the one that the page showed. Raises `RuleRefused`."""
    queue = waiting.queue_of(session, local_day(lims.clock.now()), _wanted_by(form))
    if queue.seen[act] != form.text("seen"):
        said = "The list has changed since you saw it. Nothing was done; look at it again."
        raise RuleRefused(reason("batch.list_changed", said))
    return queue


def _drafts(form: Form, rows: Sequence[waiting.Draft] | None) -> list[batches.Draft]:
    if rows is not None:
        return [batches.Draft(row.report.id, row.report.version) for row in rows]
    return [_draft_of(box) for box in _boxes(form)]


def _boxes(form: Form) -> list[str]:
    boxes = list(dict.fromkeys(form.texts("chosen")))
    if not boxes:
        raise BadInput(reason("report.none_ticked", "Tick at least one first.", at=Where("chosen")))
    return boxes


def _draft_of(box: str) -> batches.Draft:
    key, _, version = box.partition(":")
    try:
        return batches.Draft(UUID(key), int(version))
    except ValueError:
        raise BadInput(reason("report.box", "This is no report of the list.", at=Where("chosen"))) from None


def _wanted(text: str, verdict: str) -> Wanted:
    return Wanted(cleaned(text), Overall(verdict) if verdict in set(Overall) else None)


def _wanted_by(form: Form) -> Wanted:
    return _wanted(form.text("q"), form.text("verdict"))


def _address(wanted: Wanted) -> str:
    asked = {"q": wanted.text, "verdict": wanted.verdict.value if wanted.verdict else ""}
    given = urlencode({name: value for name, value in asked.items() if value})
    return f"/reports/work?{given}" if given else "/reports/work"


def _page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    wanted: Wanted,
    outcomes: Sequence[Outcome],
    *,
    problem: Sequence[str] = (),
    status: int = 200,
) -> Response:
    with lims.read(viewer.actor, Action.REPORT_READ) as session:
        queue = waiting.queue_of(session, local_day(lims.clock.now()), wanted)
        newest = batch_views.newest_batches(session) if reads_whole(viewer.actor) else ()
        untold = len(distribution.to_tell(session)) if viewer.may(Action.REPORT_TELL) else 0
    return page(
        request,
        "reports/work.html",
        status=status,
        queue=queue,
        wanted=wanted,
        verdicts=list(Overall),
        newest=newest,
        untold=untold,
        most=waiting.MOST,
        languages=ReportLanguage,
        outcomes=outcomes,
        problem=problem,
        has_a_part=any(
            viewer.may(action)
            for action in (Action.REPORT_COMPILE, Action.REPORT_REVIEW, Action.REPORT_APPROVE, Action.REPORT_RETRY)
        ),
    )
