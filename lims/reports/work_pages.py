"""My queue: what waits for me on the way of reports, done one by one or many at once; each is an act of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput, Forbidden, LimsError
from lims.core.language import Language, translator
from lims.core.reasons import Where, mark, reason
from lims.documents.act_forms import SignedAct
from lims.documents.phrases import ReportLanguage
from lims.library.queries import current_library
from lims.people.asking import asking, confirmed, page_status, subjects_of
from lims.people.confirming import Confirmation, Purpose
from lims.reports import queries, service, waiting
from lims.reports.desk import desk_of
from lims.reports.rules import FURTHER
from lims.reports.schemas import CompileIn
from lims.reports.views import key_of
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of many: where it stands now, or why it was refused."""

    label: str
    address: str
    refusals: Sequence[str] = ()


#: Does one act with the value of a ticked box; gives the label and the address of what it was done to.
Act = Callable[[str], tuple[str, str]]
#: The same for an act that a person vouches for: one confirmation serves all the ticked boxes, each once.
ConfirmedAct = Callable[[str, Confirmation], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Refused:
    """A list that was sent and refused as a whole: by which act, what was typed, and what was ticked."""

    action: Action
    form: Filled
    ticked: frozenset[str]


@router.get("/reports/work")
def work_page(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """What waits for me: samples to compile, drafts to review and to approve, failed drawings."""
    return _page(request, lims, viewer, language, ())


@router.post("/reports/work/compile")
def compile_many(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """编制 the reports of the chosen samples; a box holds the number of a sample.

    One choice of annex and language for all, but a sample that came back has its own: `annex_of` names it,
    `annexed` when it is with an annex, `noticed` when it is a notice; `language:` and its number give its language,
    `further:` and its number its further annexes.
    """
    lims.require(viewer.actor, Action.REPORT_COMPILE)
    desk = desk_of(lims)
    own, annexed = set(form.texts("annex_of")), set(form.texts("annexed"))
    noticed = set(form.texts("noticed"))

    def act(number: str, confirmation: Confirmation) -> tuple[str, str]:
        its: dict[str, Any] = {"annex": number in annexed, "notice": number in noticed} if number in own else {}
        its |= {name: True for name in form.text(f"further:{number}").split() if name in FURTHER}
        if language_of_it := form.text(f"language:{number}"):
            its["language"] = language_of_it
        order = form.read(CompileIn, sample=number, **its)
        with lims.work(viewer.actor, Action.REPORT_COMPILE) as session:
            library = current_library(session)
            report = service.compile_report(session, library, order.sample, confirmation, order.layout)
            service.require_printable(session, desk, report)
        return number, f"/reports/{report.id}"

    note = mark("{count} reports are compiled.")
    return _signed_many(request, lims, viewer, language, form, Action.REPORT_COMPILE, act, note)


@router.post("/reports/work/review")
def review_many(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """审核 of the chosen drafts; a box holds id and version."""
    lims.require(viewer.actor, Action.REPORT_REVIEW)

    def act(box: str, confirmation: Confirmation) -> tuple[str, str]:
        key, version = _id_and_version(box)
        with lims.work(viewer.actor, Action.REPORT_REVIEW) as session:
            row = queries.row_of(session, service.review_report(session, key, version, confirmation))
        return f"{row.sample.number} {row.sample.product_name}", f"/reports/{key}"

    note = mark("{count} reports are reviewed.")
    return _signed_many(request, lims, viewer, language, form, Action.REPORT_REVIEW, act, note)


@router.post("/reports/work/approve")
def approve_many(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """批准 of the chosen drafts; a box holds id and version."""
    lims.require(viewer.actor, Action.REPORT_APPROVE)
    desk = desk_of(lims)

    def act(box: str, confirmation: Confirmation) -> tuple[str, str]:
        key, version = _id_and_version(box)
        with lims.work(viewer.actor, Action.REPORT_APPROVE) as session:
            row = queries.row_of(session, service.approve_report(session, desk, key, version, confirmation))
        return f"{row.report.number} {row.sample.product_name}", f"/reports/{key_of(row.report)}"

    note = mark("{count} reports are approved and issued.")
    return _signed_many(request, lims, viewer, language, form, Action.REPORT_APPROVE, act, note)


@router.post("/reports/work/render")
def retry_many(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Draw and sign again the chosen reports that failed; a box holds id and version."""
    lims.require(viewer.actor, Action.REPORT_RETRY)

    def act(box: str) -> tuple[str, str]:
        key, _version = _id_and_version(box)
        with lims.work(viewer.actor, Action.REPORT_RETRY) as session:
            report = service.retry_rendering(session, key)
        return report.number or "", f"/reports/{key_of(report)}"

    return _many(request, lims, viewer, language, form, act, mark("{count} reports are drawn and signed again."))


def _signed_many(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    form: Form,
    action: Action,
    act: ConfirmedAct,
    note: str,
) -> Response:
    """One re-authentication for all the ticked boxes; a wrong one changes nothing, and the ticks stay."""
    boxes = list(dict.fromkeys(form.texts("chosen")))
    if problem := _problem(boxes):
        return _page(request, lims, viewer, language, (), problem=problem, status=422)
    try:
        confirmation = confirmed(request, lims, viewer, form, Purpose(action, subjects_of(form)))
    except LimsError as refusal:
        if isinstance(refusal, Forbidden):
            raise
        kept = Refused(action, refused(form, refusal, language), frozenset(boxes))
        return _page(request, lims, viewer, language, (), kept=kept, status=page_status(refusal))
    return _many(request, lims, viewer, language, form, lambda box: act(box, confirmation), note)


def _many(
    request: Request, lims: Lims, viewer: Viewer, language: Language, form: Form, act: Act, note: str
) -> Response:
    """Each box on its own: what one of them is refused for does not stop the others."""
    boxes = list(dict.fromkeys(form.texts("chosen")))
    if problem := _problem(boxes):
        return _page(request, lims, viewer, language, (), problem=problem, status=422)
    outcomes = [_one(lims, viewer, language, act, box) for box in boxes]
    if all(not outcome.refusals for outcome in outcomes):
        return see_other(request, "/reports/work", note, count=len(outcomes))
    nothing_worked = all(outcome.refusals for outcome in outcomes)
    return _page(request, lims, viewer, language, outcomes, status=422 if nothing_worked else 200)


def _problem(boxes: Sequence[str]) -> str | None:
    """What is wrong with the number of ticked boxes."""
    if not boxes:
        return mark("Tick at least one first.")
    return mark("Tick fewer; so many cannot be done at once.") if len(boxes) > waiting.MOST else None


def _one(lims: Lims, viewer: Viewer, language: Language, act: Act, box: str) -> Outcome:
    try:
        return Outcome(*act(box))
    except LimsError as refusal:
        label, address = _place_of(lims, viewer, box)
        say = translator(language)
        return Outcome(label, address, [why.translated(say) for why in refusal.reasons])


def _place_of(lims: Lims, viewer: Viewer, box: str) -> tuple[str, str]:
    """The sample behind a box that was refused, as far as it is this person's to see."""
    key = box.partition(":")[0]
    try:
        with lims.read(viewer.actor, Action.REPORT_READ) as session:
            row = queries.row_of(session, queries.report_by_key(session, key))
    except LimsError:
        return key, ""
    return f"{row.sample.number} {row.sample.product_name}", f"/reports/{key}"


def _id_and_version(box: str) -> tuple[str, int]:
    key, _, version = box.partition(":")
    try:
        return str(UUID(key)), int(version)
    except ValueError:
        raise BadInput(reason("report.box", "This is no report of the list.", at=Where("chosen"))) from None


def _page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    outcomes: Sequence[Outcome],
    *,
    problem: str | None = None,
    kept: Refused | None = None,
    status: int = 200,
) -> Response:
    acts = {action: act for action, act in _SIGNED.items() if viewer.may(action)}
    with lims.read(viewer.actor, Action.REPORT_READ) as session:
        queue = waiting.queue_of(session, local_day(lims.clock.now()))
        asks = {action.name: asking(request, session, language, action, act) for action, act in acts.items()}
    return page(
        request,
        "reports/work.html",
        status=status,
        queue=queue,
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
