"""The public page behind the QR code of a report, in Chinese and English side by side."""

from fastapi import Request
from starlette.responses import Response

from lims.reports.rules import ReportStatus
from lims.reports.schemas import PublicView
from lims.web.page import page

#: Word in both languages, and whether it is good news.
_STATES = {
    ReportStatus.ISSUED: ("有效", "In force", "good"),
    ReportStatus.REPLACED: ("已被替代，作废", "Replaced, no longer in force", "bad"),
    ReportStatus.WITHDRAWN: ("已作废", "Withdrawn, no longer in force", "bad"),
}
_UNKNOWN = ("查无此报告", "No such report", "bad")


def public_page(request: Request, view: PublicView | None) -> Response:
    """The page of a report, or the one that says there is none."""
    state = _UNKNOWN if view is None else _STATES[view.status]
    answer = page(request, "reports/public.html", status=404 if view is None else 200, view=view, state=state)
    answer.headers["Vary"] = "Accept, Cookie"
    return answer
