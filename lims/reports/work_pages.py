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
from lims.core.errors import BadInput, Forbidden, LimsError, NotFound
from lims.core.language import Language, translator
from lims.core.reasons import Where, mark, reason
from lims.db.work import LimsSession
from lims.documents.act_forms import SignedAct
from lims.documents.phrases import ReportLanguage
from lims.limits.verdicts import Overall
from lims.people.asking import asking, confirmed, page_status, subjects_of
from lims.people.confirming import Confirmation, Purpose
from lims.reports import batch_views, batches, distribution, service, waiting
from lims.reports.batch_rules import NEEDS, BatchAct
from lims.reports.batch_tables import ReportBatch
from lims.reports.rules import FURTHER, reads_whole
from lims.reports.schemas import CompileIn
from lims.reports.views import key_of
from lims.reports.waiting import Wanted
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.table_filters import cleaned
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of many: where it stands now, or why it was refused."""

    label: str
    address: str
    refusals: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A list that was sent and refused as a whole: by which act, what was typed, and what was ticked."""

    action: Action
    form: Filled
    ticked: frozenset[str]


_NONE_TICKED = mark("Tick at least one first.")


@router.get("/reports/work")
def work_page(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, q: str = "", verdict: str = ""
) -> Response:
    """What waits for me: samples to compile, drafts to review and to approve, failed drawings."""
    return _page(request, lims, viewer, language, _wanted(q, verdict), ())


@router.post("/reports/work/compile")
def compile_many(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """编制 the reports of the chosen samples; a box holds the number of a sample.

    One choice of annex and language for all, but a sample that came back has its own: `annex_of` names it,
    `annexed` when it is with an annex, `noticed` when it is a notice; `language:` and its number give its language,
    `further:` and its number its further annexes, `deviations:` and its number what was stated of deviations.
    """
    own, annexed = set(form.texts("annex_of")), set(form.texts("annexed"))
    noticed = set(form.texts("noticed"))

    def order_of(number: str) -> CompileIn:
        its: dict[str, Any] = {"annex": number in annexed, "notice": number in noticed} if number in own else {}
        if stated := form.text(f"deviations:{number}"):
            its["deviations"] = stated
        its |= {name: True for name in form.text(f"further:{number}").split() if name in FURTHER}
        if language_of_it := form.text(f"language:{number}"):
            its["language"] = language_of_it
        return form.read(CompileIn, sample=number, **its)

    def order(session: LimsSession, boxes: Sequence[str], confirmation: Confirmation) -> ReportBatch:
        return batches.order_reports(session, [order_of(number) for number in boxes], confirmation)

    done = mark("{count} reports are compiled.")
    return _batch(request, lims, viewer, language, form, BatchAct.COMPILE, order, done)


@router.post("/reports/work/review")
def review_many(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """审核 of the chosen drafts; a box holds id and version."""

    def order(session: LimsSession, boxes: Sequence[str], confirmation: Confirmation) -> ReportBatch:
        return batches.order_drafts(session, BatchAct.REVIEW, [_draft_of(box) for box in boxes], confirmation)

    done = mark("{count} reports are reviewed.")
    return _batch(request, lims, viewer, language, form, BatchAct.REVIEW, order, done)


@router.post("/reports/work/approve")
def approve_many(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """批准 of the chosen drafts; a box holds id and version."""

    def order(session: LimsSession, boxes: Sequence[str], confirmation: Confirmation) -> ReportBatch:
        return batches.order_drafts(session, BatchAct.APPROVE, [_draft_of(box) for box in boxes], confirmation)

    done = mark("{count} reports are approved and issued.")
    return _batch(request, lims, viewer, language, form, BatchAct.APPROVE, order, done)


@router.post("/reports/work/render")
def retry_many(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Draw and sign again the chosen reports that failed; a box holds id and version."""
    lims.require(viewer.actor, Action.REPORT_RETRY)
    boxes = list(dict.fromkeys(form.texts("chosen")))
    if not boxes:
        return _page(request, lims, viewer, language, _wanted_by(form), (), problem=_NONE_TICKED, status=422)
    say, outcomes = translator(language), []
    for key in [_draft_of(box).report_id for box in boxes[: waiting.MOST]]:
        try:
            with lims.work(viewer.actor, Action.REPORT_RETRY) as session:
                report = service.retry_rendering(session, str(key))
            outcomes.append(Outcome(report.number or "", f"/reports/{key_of(report)}"))
        except LimsError as refusal:
            why = [one.translated(say) for one in refusal.reasons]
            outcomes.append(Outcome(str(key), f"/reports/{key}", why))
    done = mark("{count} reports are drawn and signed again.")
    return _answer(request, lims, viewer, language, form, outcomes, done)


#: Orders a batch of the ticked boxes, in the name of who confirmed it.
Order = Callable[[LimsSession, Sequence[str], Confirmation], ReportBatch]


def _batch(
    request: Request, lims: Lims, viewer: Viewer, language: Language, form: Form, act: BatchAct, order: Order, note: str
) -> Response:
    """One re-authentication for all ticked boxes; a wrong one changes nothing, and the ticks stay.

    A small batch is seen done; how far a large one is has a page of its own.
    """
    action = NEEDS[act]
    lims.require(viewer.actor, action)
    boxes = list(dict.fromkeys(form.texts("chosen")))
    if not boxes:
        return _page(request, lims, viewer, language, _wanted_by(form), (), problem=_NONE_TICKED, status=422)
    try:
        confirmation = confirmed(request, lims, viewer, form, Purpose(action, subjects_of(form)))
        with lims.work(viewer.actor, action) as session:
            batch = order(session, boxes, confirmation)
    except LimsError as refusal:
        if isinstance(refusal, (Forbidden, NotFound)):
            raise
        kept = Refused(action, refused(form, refusal, language), frozenset(boxes))
        status = page_status(refusal)
        return _page(request, lims, viewer, language, _wanted_by(form), (), kept=kept, status=status)
    if not batches.work_on(lims, batch.id, batches.PATIENCE_S):
        under_way = mark("{count} reports are being done, one after the other.")
        return see_other(request, f"/reports/batches/{batch.id}", under_way, count=batch.total)
    say = translator(language)
    with lims.read(viewer.actor, Action.REPORT_READ) as session:
        lines = batch_views.lines_of(session, batch)
    outcomes = [Outcome(line.label, line.address, [w.translated(say) for w in line.refusals]) for line in lines]
    return _answer(request, lims, viewer, language, form, outcomes, note)


def _answer(
    request: Request, lims: Lims, viewer: Viewer, language: Language, form: Form, outcomes: Sequence[Outcome], note: str
) -> Response:
    """Each on its own: what one of them is refused for has not stopped the others."""
    if not any(outcome.refusals for outcome in outcomes):
        return see_other(request, _address(_wanted_by(form)), note, count=len(outcomes))
    nothing_worked = all(outcome.refusals for outcome in outcomes)
    return _page(request, lims, viewer, language, _wanted_by(form), outcomes, status=422 if nothing_worked else 200)


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
    language: Language,
    wanted: Wanted,
    outcomes: Sequence[Outcome],
    *,
    problem: str | None = None,
    kept: Refused | None = None,
    status: int = 200,
) -> Response:
    acts = {action: act for action, act in _SIGNED.items() if viewer.may(action)}
    with lims.read(viewer.actor, Action.REPORT_READ) as session:
        queue = waiting.queue_of(session, local_day(lims.clock.now()), wanted)
        asks = {action.name: asking(request, session, language, action, act) for action, act in acts.items()}
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
        asks=asks,
        kept=kept,
        nothing_typed=Filled(),
        has_a_part=bool(acts) or viewer.may(Action.REPORT_RETRY),
    )


#: What is signed with each act of the lists.
_SIGNED = {
    Action.REPORT_COMPILE: SignedAct.COMPILED,
    Action.REPORT_REVIEW: SignedAct.REVIEWED,
    Action.REPORT_APPROVE: SignedAct.APPROVED,
}
