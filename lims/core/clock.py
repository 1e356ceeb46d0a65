"""The only source of the present moment."""

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

#: What the law counts in days is counted here.
CHINA = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the present instant, UTC-aware."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands until it is moved; for tests and rehearsals."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant


def local_day(instant: datetime) -> date:
    """The calendar day in China on which an instant falls."""
    return instant.astimezone(CHINA).date()
