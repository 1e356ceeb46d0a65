"""The public page behind the QR code of a report, in Chinese and English side by side."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lims.reports.rules import ReportStatus
from lims.reports.schemas import PublicView

_FOLDER = Path(__file__).parent.parent / "web" / "templates" / "reports"

#: Word in both languages, and whether it is good news.
_STATES = {
    ReportStatus.ISSUED: ("有效", "In force", "good"),
    ReportStatus.REPLACED: ("已被替代，作废", "Replaced, no longer in force", "bad"),
    ReportStatus.WITHDRAWN: ("已作废", "Withdrawn, no longer in force", "bad"),
}
_UNKNOWN = ("查无此报告", "No such report", "bad")


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)


def public_page(view: PublicView | None) -> str:
    """The page of a report, or the one that says there is none."""
    state = _UNKNOWN if view is None else _STATES[view.status]
    return _environment().get_template("public.html").render(view=view, state=state)
