"""How values look on a page: days and times of China, exact decimals, sizes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lims.core.clock import CHINA
from lims.science.rounding import plain, round_significant

#: Where there is nothing to show.
NOTHING = "—"


def day(value: date | datetime | None) -> str:
    """2026-11-24; the day in China."""
    if value is None:
        return NOTHING
    if isinstance(value, datetime):
        value = value.astimezone(CHINA).date()
    return value.isoformat()


def instant(value: datetime | None) -> str:
    """2026-11-24 09:30, in China."""
    return NOTHING if value is None else value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def second(value: datetime | None) -> str:
    """2026-11-24 09:30:05, in China; where the order of acts matters."""
    return NOTHING if value is None else value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def number(value: Decimal | int | None) -> str:
    """An exact decimal as it is written, without exponent; whole numbers with thousands apart."""
    if value is None:
        return NOTHING
    return f"{value:,}" if isinstance(value, int) else format(value, "f")


def short(value: Decimal | None, figures: int = 4) -> str:
    """A number to be read, not to be calculated with: so many significant figures."""
    return NOTHING if value is None else plain(round_significant(value, figures))


def percent(value: Decimal | float | None, digits: int = 1) -> str:
    """A share of one as a percentage."""
    return NOTHING if value is None else f"{value * 100:.{digits}f} %"


def size(count: int) -> str:
    """Bytes as people say them."""
    if count < 1024:
        return f"{count} B"
    if count < 1024**2:
        return f"{count / 1024:.0f} kB"
    return f"{count / 1024**2:.1f} MB" if count < 1024**3 else f"{count / 1024**3:.1f} GB"


def or_nothing(value: Any) -> Any:
    """The value, or a dash where there is none."""
    return NOTHING if value is None or value == "" else value
