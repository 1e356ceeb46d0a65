"""Acts on a report that are asked why: sent back, amended, withdrawn. Each has a page of its own for its reason."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import Conflict, Forbidden, LimsError, NotFound
from lims.core.language import Language
from lims.core.reasons import mark, reason
from lims.db.work import LimsSession, check_version
from lims.documents.act_forms import SignedAct
from lims.library.queries import current_library
from lims.limits.queries import judgement_by_id
from lims.people.asking import asking, confirmed, page_status
from lims.people.confirming import Purpose
from lims.reports import queries, service, views
from lims.reports.rules import DRAFTS, ReportStatus
from lims.reports.schemas import ReasonIn, StatedIn
from lims.reports.tables import Report
from lims.runtime import Lims
from lims.web.changes import Change, changes_since
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()


@dataclass(frozen=True, slots=True)
class ReasonedAct:
    """An act that is asked why. Texts are marked; `statuses` are those it starts from, its service has the rule.

    `do`: None for the amendment, which compiles a report and so is signed by its compiler.
    """

    action: Action
    title: str
    explanation: str
    button: str
    note: str
    statuses: frozenset[ReportStatus]
    do: Callable[[LimsSession, str, ReasonIn], Report] | None
    #: A suggestion beside the field.
    hint: str
    is_danger: bool = True

    def is_for(self, viewer: Viewer, report: Report) -> bool:
        """Whether this person may do it now."""
        own = viewer.actor.laboratory_id == report.laboratory_id
        return own and viewer.may(self.action) and report.status in self.statuses


REASONED = {
    "send-back": ReasonedAct(
        Action.REPORT_SEND_BACK,
        mark("Send back the draft"),
        mark("The draft is given up; the compiler sees why, and compiles the report again once the fault is mended."),
        mark("Send back"),
        mark("The draft is sent back."),
        DRAFTS,
        lambda session, key, order: service.send_back_report(session, key, order.version, order.reason),
        mark("What is wrong, and what must be mended. At least 10 characters."),
    ),
    "replace": ReasonedAct(
        Action.REPORT_REPLACE,
        mark("Amend the report"),
        mark(
            "A draft of an amended report is opened. This report stays in force until the new one is approved; the new "
            "one names it, and says why it was amended."
        ),
        mark("Open the amended draft"),
        mark("The draft of the amended report is open."),
        frozenset({ReportStatus.ISSUED, ReportStatus.WITHDRAWN}),
        None,
        mark("It is printed on the new report. At least 10 characters."),
        is_danger=False,
    ),
    "withdraw": ReasonedAct(
        Action.REPORT_WITHDRAW,
        mark("Withdraw the report"),
        mark(
            "The report loses its force at once, and whoever scans its code sees that. It keeps its number and its "
            "file. This cannot be undone."
        ),
        mark("Withdraw"),
        mark("The report is withdrawn."),
        frozenset({ReportStatus.ISSUED}),
        lambda session, key, order: service.withdraw_report(session, key, order.version, order.reason),
        mark("It stays in the audit trail. At least 10 characters."),
    ),
}


@router.get("/reports/{key}/{name}")
def reason_page(
    key: str, name: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage
) -> Response:
    """Asks why, before a report is sent back, amended or withdrawn."""
    act = _reasoned(name)
    with lims.read(viewer.actor, act.action) as session:
        stated = queries.report_by_key(session, key).stated_deviations
    return _ask_why(request, lims, viewer, language, key, name, act, Filled({"deviations": stated}))


@router.post("/reports/{key}/{name}")
def act_with_reason(
    key: str, name: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """退回, 更改 or 作废, with the reason that goes to the record and to the audit trail."""
    act = _reasoned(name)
    try:
        lims.require(viewer.actor, act.action)
        order = form.read(ReasonIn)
        stated = None if act.do else form.read(StatedIn).deviations
        with lims.read(viewer.actor, act.action) as session:
            # An amendment has no version in the interface; from a page it is decided on what the page showed.
            check_version(queries.report_by_key(session, key), order.version)
        confirmation = None if act.do else confirmed(request, lims, viewer, form, Purpose(act.action, (key,)))
        with lims.work(viewer.actor, act.action, order.reason) as session:
            check_version(queries.report_by_key(session, key), order.version)
            if act.do is not None:
                report = act.do(session, key, order)
            elif confirmation is not None:
                layout = replace(queries.report_by_key(session, key).layout, stated=stated)
                library = current_library(session)
                report = service.replace_report(session, library, key, order.reason, confirmation, layout)
    except LimsError as refusal:
        if isinstance(refusal, (NotFound, Forbidden)):
            raise
        filled = refused(form, refusal, language, changes_of(lims, viewer, language, key, form, refusal))
        return _ask_why(request, lims, viewer, language, key, name, act, filled, status=page_status(refusal))
    return see_other(request, f"/reports/{views.key_of(report)}", act.note, draft=f"report-{name}-{key}")


def _reasoned(name: str) -> ReasonedAct:
    if name not in REASONED:
        raise NotFound(reason("page.unknown", "There is nothing at this address; check how it is written."))
    return REASONED[name]


def _ask_why(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    key: str,
    name: str,
    act: ReasonedAct,
    form: Filled,
    status: int = 200,
) -> Response:
    with lims.read(viewer.actor, act.action) as session:
        row = queries.row_of(session, queries.report_by_key(session, key))
        overall = judgement_by_id(session, row.report.judgement_id).overall
        ask = None if act.do else asking(request, session, language, act.action, SignedAct.COMPILED, (key,))
    return page(
        request,
        "reports/why.html",
        status=status,
        name=name,
        act=act,
        ask=ask,
        form=form,
        report=row.report,
        sample=row.sample,
        overall=overall,
        key=views.key_of(row.report),
        moods=views.MOODS,
        allowed=act.is_for(viewer, row.report),
    )


def changes_of(
    lims: Lims, viewer: Viewer, language: Language, key: str, form: Form, refusal: LimsError
) -> Sequence[Change]:
    """What others did to the report after the page was opened."""
    version = form.seen_version()
    if not isinstance(refusal, Conflict) or version is None:
        return ()
    with lims.read(viewer.actor, Action.REPORT_READ) as session:
        report = queries.report_by_key(session, key)
        fields = {"status", "number", "reviewed_by", "approved_by", "sent_back_reason", "withdrawal_reason"}
        return changes_since(session, "report", report.id, version, language, fields=fields)
