"""Pages of one report: what it says before and after it is approved, its way, and the acts on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import Forbidden, LimsError, NotFound
from lims.core.language import Language, translator
from lims.core.reasons import Reason, Translate, mark, reason
from lims.db.work import LimsSession
from lims.documents.act_forms import SignedAct
from lims.documents.phrases import ReportLanguage
from lims.documents.qr import qr_svg
from lims.limits.queries import judgement_by_id
from lims.people.asking import asking, confirmed, page_status
from lims.people.confirming import Confirmation, Purpose
from lims.reports import (
    batch_pages,
    compile_pages,
    distribution,
    distribution_pages,
    lists,
    log,
    log_pages,
    public_pages,
    queries,
    reason_pages,
    retrieval_pages,
    service,
    verify_pages,
    views,
    waiting,
    work_pages,
)
from lims.reports.desk import Desk, desk_of, reasons_against_template
from lims.reports.distribution_rules import ReceiptForm
from lims.reports.dossier import family_for
from lims.reports.reason_pages import REASONED, changes_of
from lims.reports.retests import retests_for
from lims.reports.rules import (
    DRAFTS,
    NUMBERED,
    PLAIN,
    RISK_MONITORING,
    ReportStatus,
    reads_whole,
    reasons_not_to_annex,
    require_whole,
)
from lims.reports.schemas import AnnexIn, VersionIn
from lims.reports.tables import Report
from lims.runtime import Lims
from lims.samples.queries import sample_by_code
from lims.samples.rules import SampleStatus
from lims.samples.tables import Sample
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()
# Fixed addresses come before those with the key of a report in them.
router.include_router(lists.router)
router.include_router(retrieval_pages.router)
router.include_router(batch_pages.router)
router.include_router(distribution_pages.router)
router.include_router(compile_pages.router)
router.include_router(work_pages.router)
router.include_router(verify_pages.router)
router.include_router(public_pages.router)
router.include_router(log_pages.router)


# ── one report ───────────────────────────────────────────────────────────────────────────────────────


@router.get("/reports/of-sample/{code}")
def of_sample_part(code: str, request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The reports of a sample by its number or blind code, for the pages of samples and results."""
    with lims.read(viewer.actor, Action.REPORT_READ) as session:
        sample = sample_by_code(session, code)
        reports = queries.reports_of(session, sample.id)
        own = viewer.actor.laboratory_id == sample.laboratory_id
        standing = {report.status for report in reports}
        may_compile = (
            own
            and viewer.may(Action.REPORT_COMPILE)
            and sample.status is SampleStatus.TESTED
            and not standing & {*DRAFTS, ReportStatus.ISSUED}
        )
        return page(
            request,
            "reports/of_sample.html",
            part="reports/_of_sample.html",
            code=code,
            sample=sample if reads_whole(viewer.actor, sample.registered_by) else None,
            reports=reports[::-1],
            moods=views.MOODS,
            may_compile=may_compile,
            layout=reports[-1].layout if reports else PLAIN,
            languages=ReportLanguage,
            may_notify=sample.programme in RISK_MONITORING,
        )


@router.get("/reports/{key}")
def detail_page(key: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """One report. The bench sees how far it is, not whose it is."""
    return _detail(request, lims, viewer, language, key, Filled())


@router.get("/reports/{key}/state")
def state_part(key: str, request: Request, lims: LimsDep, viewer: ViewerDep, seen: str = "") -> Response:
    """The steps of a report, asked for every second while it is drawn; 204 when nothing is new since `seen`."""
    with lims.read(viewer.actor, Action.REPORT_READ) as session:
        report = queries.report_by_key(session, key)
        drawing = views.drawing_of(report, lims.clock.now())
        if seen == drawing:
            return Response(status_code=204)
        sample = queries.row_of(session, report).sample
        names = views.names_in(session, [report])
    return page(
        request,
        "reports/state.html",
        part="reports/_state.html",
        report=report,
        key=views.key_of(report),
        drawing=drawing,
        steps=views.steps_of(report, names, drawing),
        whole=reads_whole(viewer.actor, sample.registered_by),
        may_retry=_may_retry(viewer, report),
    )


@router.get("/reports/{key}/pdf")
def pdf(key: str, lims: LimsDep, viewer: ViewerDep, save: bool = False) -> Response:
    """The signed PDF, to be looked at or to be kept."""
    with lims.read(viewer.actor, Action.REPORT_READ) as session:
        row = queries.row_of(session, queries.report_by_key(session, key))
    require_whole(viewer.actor, row.sample.registered_by)
    if row.report.pdf_sha256 is None:
        raise NotFound(reason("report.no_file", "The signed file of this report is not ready; ask again in a moment."))
    distribution.receipt(lims, viewer.actor, [row.report], ReceiptForm.PDF)
    disposition = "attachment" if save else "inline"
    name = f"{row.report.number}.pdf"
    return Response(
        lims.vault.get(row.report.pdf_sha256),
        media_type="application/pdf",
        headers={"Content-Disposition": f'{disposition}; filename="{name}"'},
    )


# ── acts with one button ─────────────────────────────────────────────────────────────────────────────


@router.post("/reports/{key}/annex")
def set_annex(
    key: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """附录: those whose boxes are ticked."""
    chosen = {name: form.text(name) == "true" for name in ("annex", "uncertainty", "calibration", "photos")}

    def act(version: int) -> Report:
        with lims.work(viewer.actor, Action.REPORT_COMPILE) as session:
            report = service.set_annexes(session, key, AnnexIn(version=version, **chosen))
            service.require_printable(session, desk_of(lims), report)
            return report

    lims.require(viewer.actor, Action.REPORT_COMPILE)
    note = mark("The report will carry the annexes.") if any(chosen.values()) else mark("The report has no annex.")
    return _button(request, lims, viewer, language, form, key, act, note)


@router.post("/reports/{key}/review")
def review(
    key: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """审核, signed by who does it."""

    def act(version: int) -> Report:
        confirmation = _confirmed(request, lims, viewer, form, Action.REPORT_REVIEW, key, version)
        with lims.work(viewer.actor, Action.REPORT_REVIEW) as session:
            return service.review_report(session, key, version, confirmation)

    lims.require(viewer.actor, Action.REPORT_REVIEW)
    return _button(request, lims, viewer, language, form, key, act, mark("Reviewed. The report waits for approval."))


@router.post("/reports/{key}/approve")
def approve(
    key: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """批准签发, signed by who does it."""

    def act(version: int) -> Report:
        confirmation = _confirmed(request, lims, viewer, form, Action.REPORT_APPROVE, key, version)
        with lims.work(viewer.actor, Action.REPORT_APPROVE) as session:
            return service.approve_report(session, desk_of(lims), key, version, confirmation)

    lims.require(viewer.actor, Action.REPORT_APPROVE)
    return _button(request, lims, viewer, language, form, key, act, mark("Approved and issued as {number}."))


@router.post("/reports/{key}/render")
def retry_rendering(
    key: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Draw and sign again what failed."""

    def act(_version: int) -> Report:
        with lims.work(viewer.actor, Action.REPORT_RETRY) as session:
            return service.retry_rendering(session, key)

    lims.require(viewer.actor, Action.REPORT_RETRY)
    return _button(request, lims, viewer, language, form, key, act, mark("The report is drawn and signed again."))


def _confirmed(
    request: Request, lims: Lims, viewer: Viewer, form: Form, action: Action, key: str, version: int
) -> Confirmation:
    """Who reviews or approves, proved; what would be refused anyway is refused first, before a code is spent."""
    with lims.read(viewer.actor, action) as session:
        service.require_ready(session, action, key, version, local_day(lims.clock.now()))
    return confirmed(request, lims, viewer, form, Purpose(action, (key,)))


def _button(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    form: Form,
    key: str,
    act: Callable[[int], Report],
    note: str,
) -> Response:
    try:
        report = act(form.read(VersionIn).version)
    except LimsError as refusal:
        if isinstance(refusal, (NotFound, Forbidden)):
            raise
        filled = refused(form, refusal, language, changes_of(lims, viewer, language, key, form, refusal))
        return _detail(request, lims, viewer, language, key, filled, status=page_status(refusal))
    return see_other(request, f"/reports/{views.key_of(report)}", note, number=report.number or "")


# ── what the page of a report is made of ─────────────────────────────────────────────────────────────


def _may_retry(viewer: Viewer, report: Report) -> bool:
    return viewer.may(Action.REPORT_RETRY) and viewer.actor.laboratory_id == report.laboratory_id


def _may_annex(viewer: Viewer, report: Report) -> bool:
    own = viewer.actor.laboratory_id == report.laboratory_id
    return own and viewer.may(Action.REPORT_COMPILE) and not reasons_not_to_annex(report.status)


def _detail(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    key: str,
    form: Filled,
    status: int = 200,
) -> Response:
    now = lims.clock.now()
    with lims.read(viewer.actor, Action.REPORT_READ) as session:
        row = queries.row_of(session, queries.report_by_key(session, key))
        report, sample = row.report, row.sample
        drawing = views.drawing_of(report, now)
        history = queries.reports_of(session, sample.id)[::-1]
        names = views.names_in(session, history)
        whole = reads_whole(viewer.actor, sample.registered_by)
        common: dict[str, Any] = {
            "report": report,
            "sample": sample,
            "key": views.key_of(report),
            "form": form,
            "names": names,
            "history": history,
            "drawing": drawing,
            "steps": views.steps_of(report, names, drawing),
            "moods": views.MOODS,
            "may_retry": _may_retry(viewer, report),
            "whole": whole,
            "is_draft": report.status in DRAFTS,
        }
        if not whole:
            return page(request, "reports/bench.html", status=status, **common)
        desk = desk_of(lims)
        said = service.preview(session, desk, str(report.id))
        lines = views.lines_of(session, report, said, language)
        # What others are asked for is none of a reader's business; a person who may act sees what stands in the way.
        step = _next_step(session, viewer, report, local_day(now))
        obstacles = [] if step is None else [*step.against, *service.reasons_against_snapshot(said)]
        following = _following(session, viewer, report, step, local_day(now))
        return page(
            request,
            "reports/detail.html",
            status=status,
            said=said,
            lines=lines,
            counts=views.counts_of(lines),
            overall=judgement_by_id(session, report.judgement_id).overall,
            step=step,
            ask=None if step is None else asking(request, session, language, step.action, step.act, (common["key"],)),
            obstacles=[why.translated(translator(language)) for why in obstacles],
            unprinted=_unprinted(session, desk, sample, report, translator(language)),
            may_annex=_may_annex(viewer, report),
            following=None if following is None else views.key_of(following),
            reasoned={name: act for name, act in REASONED.items() if act.is_for(viewer, report)},
            **_relatives(lims, session, report, history),
            qr=qr_svg(said.verification_url) if report.verification_token else None,
            **_logged(session, report, language),
            **common,
        )


def _logged(session: LimsSession, report: Report, language: Language) -> dict[str, Any]:
    """Its signed acts, its entries in the log, how many of those are under a signed head; where it went."""
    head = log.newest_head(session, report.laboratory_id)
    return {
        "signed": views.signed_steps(session, report, language),
        "logged": log.leaves_of(session, report.id),
        "logged_size": 0 if head is None else head.size,
        "went": distribution.counts_of(session, report),
    }


def _relatives(lims: Lims, session: LimsSession, report: Report, history: Sequence[Report]) -> dict[str, Any]:
    """The report that this one replaces, the one that replaces it, the draft that is to; and its retests."""
    after = [one for one in history if one.replaces_id == report.id]
    return {
        "replaced": next((one for one in history if one.id == report.replaces_id), None),
        "successor": next((one for one in after if one.status in NUMBERED), None),
        "amendment": next((one for one in after if one.status in DRAFTS), None),
        "retests": retests_for(lims, session, [report]).get(report.id, ()),
    }


def _unprinted(session: LimsSession, desk: Desk, sample: Sample, report: Report, say: Translate) -> list[str]:
    """What is asked of a draft and the template cannot print."""
    if report.status not in DRAFTS:
        return []
    against = reasons_against_template(desk.template_of(family_for(session, sample, report.layout)), report.layout)
    return [why.translated(say) for why in against]


@dataclass(frozen=True, slots=True)
class _NextStep:
    """What this person could do with a draft: `name` is the last part of its address."""

    name: str
    action: Action
    act: SignedAct
    status: ReportStatus
    against: Sequence[Reason]


def _next_step(session: LimsSession, viewer: Viewer, report: Report, day: date) -> _NextStep | None:
    person: UUID | None = viewer.actor.user_id
    if person is None or viewer.actor.laboratory_id != report.laboratory_id:
        return None
    if report.status is ReportStatus.COMPILED and viewer.may(Action.REPORT_REVIEW):
        against = service.reasons_against_review(session, report, person)
        return _NextStep("review", Action.REPORT_REVIEW, SignedAct.REVIEWED, report.status, against)
    if report.status is ReportStatus.REVIEWED and viewer.may(Action.REPORT_APPROVE):
        against = service.reasons_against_approval(session, report, person, day)
        return _NextStep("approve", Action.REPORT_APPROVE, SignedAct.APPROVED, report.status, against)
    return None


def _following(
    session: LimsSession, viewer: Viewer, report: Report, step: _NextStep | None, day: date
) -> Report | None:
    """The next of its kind for who is at it or has just done it, so that nobody goes back to the list each time."""
    person = viewer.actor.user_id
    if step is not None:
        return waiting.next_of(session, step.status, day, but=report.id)
    if person is not None and report.reviewed_by == person:
        return waiting.next_of(session, ReportStatus.COMPILED, day, but=report.id)
    if person is not None and report.approved_by == person:
        return waiting.next_of(session, ReportStatus.REVIEWED, day, but=report.id)
    return None


# Last: its addresses have a name of an act where others have fixed words.
router.include_router(reason_pages.router)
