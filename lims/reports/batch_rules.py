"""Pure decisions about batches: many reports in one order, each with an act and a transaction of its own."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lims.core.actions import Action
from lims.core.reasons import Reason, Where, reason

#: Reports in one batch: some hours of reading for whoever orders it.
MOST = 1000
#: A batch on which nothing has happened for so long waits for the background work.
LATE_S = 120


class BatchAct(StrEnum):
    """What is done with every report of a batch."""

    COMPILE = "compile"
    REVIEW = "review"
    APPROVE = "approve"


class ItemState(StrEnum):
    """Where one report of a batch stands. REFUSED: with its reasons; nothing of it was changed."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"


#: The permission of each act.
NEEDS = {
    BatchAct.COMPILE: Action.REPORT_COMPILE,
    BatchAct.REVIEW: Action.REPORT_REVIEW,
    BatchAct.APPROVE: Action.REPORT_APPROVE,
}


def reasons_not_to_order(count: int, distinct: int) -> list[Reason]:
    """A batch holds at least one report, each once, and no more than `MOST`."""
    if count == 0:
        return [reason("batch.empty", "Choose at least one report first.", at=Where("chosen"))]
    if count > MOST:
        said = "At most {most} reports can be done in one batch; these are {count}. Filter them first."
        return [reason("batch.too_many", said, most=MOST, count=count, at=Where("chosen"))]
    if distinct < count:
        return [reason("batch.twice", "A report stands twice in this batch; name each once.", at=Where("chosen"))]
    return []


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is. Of the reports that were done: `waiting` for their file, `signed`, or `failed`.

    A file is drawn and signed in one step and kept when both are done: none is drawn and not signed. The last three are
    0 for drafts, which have no file yet. `began_at`: when it was ordered; `moved_at`: when something last happened.
    """

    total: int
    open: int
    refused: int
    done: int
    waiting: int
    signed: int
    failed: int
    began_at: datetime
    moved_at: datetime

    @property
    def settled(self) -> int:
        """Reports with which nothing more happens by itself."""
        return self.refused + self.done - self.waiting

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.settled == self.total

    @property
    def per_minute(self) -> int | None:
        """Reports settled per minute so far; None before there is anything to reckon from."""
        took_s = (self.moved_at - self.began_at).total_seconds()
        return round(60 * self.settled / took_s) if self.settled and took_s >= 1 else None

    @property
    def minutes_left(self) -> int | None:
        """How long the rest takes at that rate, in minutes, rounded up; None when it cannot be said."""
        rate = self.per_minute
        return None if self.is_over or not rate else -(-(self.total - self.settled) // rate)

    def is_late(self, now: datetime) -> bool:
        """Whether it has stood still for so long that the background work is probably not running."""
        return not self.is_over and (now - self.moved_at).total_seconds() > LATE_S
