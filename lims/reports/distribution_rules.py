"""Pure decisions about handing out reports and telling their recipients what became of them."""

from datetime import date
from enum import StrEnum

from lims.core.reasons import Reason, Where, reason
from lims.reports.rules import NUMBERED, ReportStatus

#: A report in force no longer: who holds it must be told (ISO/IEC 17025:2017, 7.10.1 e and 7.8.8).
OUT_OF_FORCE = frozenset({ReportStatus.REPLACED, ReportStatus.WITHDRAWN})


class Way(StrEnum):
    """How a report reaches somebody."""

    PAPER = "paper"
    POST = "post"
    EMAIL = "email"
    DOWNLOAD = "download"
    PORTAL = "portal"


class ReceiptForm(StrEnum):
    """What was taken away: the file alone, in a zip of many, or the results as a workbook."""

    PDF = "pdf"
    ZIP = "zip"
    RESULTS = "results"


def reasons_not_to_hand_out(status: ReportStatus, issued_on: date | None, handed_on: date, today: date) -> list[Reason]:
    """Only what is issued is handed out, on no day before it was issued and none to come."""
    if status not in NUMBERED or issued_on is None:
        said = "A draft is not handed out; have the report approved first."
        return [reason("handout.draft", said)]
    reasons = []
    if handed_on < issued_on:
        said = "The report was issued on {issued}; it cannot have been handed out before."
        reasons.append(reason("handout.before_issue", said, issued=issued_on.isoformat(), at=Where("handed_on")))
    if handed_on > today:
        said = "This day is still to come; note the handing out when it has happened."
        reasons.append(reason("handout.to_come", said, at=Where("handed_on")))
    return reasons


def reasons_not_to_tell(status: ReportStatus, *, is_told: bool) -> list[Reason]:
    """Who holds a report that is in force no longer is told, once."""
    if status not in OUT_OF_FORCE:
        return [reason("handout.in_force", "This report is in force; there is nothing to tell its recipients.")]
    if is_told:
        return [reason("handout.told", "It is noted already that this recipient was told.")]
    return []
