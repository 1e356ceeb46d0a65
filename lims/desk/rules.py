"""Pure decisions of the desk: when waiting work is late, and what a typed or scanned text may be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from types import MappingProxyType

from lims.core.clock import CHINA
from lims.core.reasons import mark

#: What somebody types or scans is cut here; no number or name is longer.
LONGEST_SEARCH = 200
#: How far ahead the end of a certificate, a calibration or an authorisation is told.
DAYS_AHEAD = 90
#: How far back failed quality control and failing samples are told.
DAYS_BACK = 30


class Wait(Enum):
    """A step of the way at which work can lie."""

    RECEIPT = auto()
    TEST = auto()
    SUBMISSION = auto()
    RETURNED = auto()
    VERIFICATION = auto()
    COMPILING = auto()
    REVIEW = auto()
    APPROVAL = auto()
    CONFIRMATION = auto()


@dataclass(frozen=True, slots=True)
class Deadline:
    """How many working days work may lie at a step before it is late, and why so many."""

    name: str
    working_days: int
    why: str


#: No law sets these days; they add up to the fifteen working days in which a client expects a report.
DEADLINES: Mapping[Wait, Deadline] = MappingProxyType(
    {
        Wait.RECEIPT: Deadline(
            mark("Receiving"), 1, mark("Fresh produce loses residues; it is to be received the day after sampling.")
        ),
        Wait.TEST: Deadline(mark("Testing"), 5, mark("A kept portion should be measured within a working week.")),
        Wait.SUBMISSION: Deadline(
            mark("Submitting"), 1, mark("Entered results are handed over the next day, while they are remembered.")
        ),
        Wait.RETURNED: Deadline(
            mark("Mending what came back"), 2, mark("A returned result is mended before the next batch.")
        ),
        Wait.CONFIRMATION: Deadline(
            mark("Confirming a positive rapid test"), 1, mark("What is held back must be known quickly.")
        ),
        Wait.VERIFICATION: Deadline(mark("Verifying"), 2, mark("Failing samples must be known quickly.")),
        Wait.COMPILING: Deadline(mark("Compiling"), 2, mark("Verified samples are compiled twice a week.")),
        Wait.REVIEW: Deadline(mark("Reviewing"), 1, mark("Review and approval take a day each.")),
        Wait.APPROVAL: Deadline(mark("Approving"), 1, mark("Review and approval take a day each.")),
    }
)


def late_before(wait: Wait, today: date) -> datetime:
    """The instant before which work must have arrived at a step to be late on a day.

    Saturdays and Sundays do not count. Public holidays are not known to the program: after one, more is late.
    """
    day = today
    left = DEADLINES[wait].working_days
    while left:
        day -= timedelta(days=1)
        left -= day.weekday() < 5
    return datetime.combine(day, time(), tzinfo=CHINA)


def days_waited(since: datetime, now: datetime) -> int:
    """How many calendar days ago in China something arrived."""
    return (now.astimezone(CHINA).date() - since.astimezone(CHINA).date()).days


_TOKEN = r"[A-Za-z0-9_-]{43}"  # noqa: S105  # the form of a token, none of them
_VERIFICATION = re.compile(rf"(?:.*/v/)?({_TOKEN})(?:[/?#].*)?")


def search_text(typed: str) -> str:
    """What was typed or scanned, without the characters that a scanner adds and no text holds."""
    return "".join(c if c.isprintable() else " " for c in typed[:LONGEST_SEARCH]).strip()


def verification_token(text: str) -> str | None:
    """The token of a report when the text is the address in its QR code, or the token itself."""
    found = _VERIFICATION.fullmatch(text)
    return found[1] if found else None
