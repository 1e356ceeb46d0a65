"""Pure decisions about returns and indicators: what counts, how a figure is compared and how it is shown.

Everything is exact (`int`, `Fraction`, `Decimal`): a target is judged on the unrounded figure, and only what is
printed is rounded.
"""

import calendar
import math
import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.samples.rules import Programme


class BatchVerdict(StrEnum):
    """What an issued report says of its sample. NOT_JUDGED counts in no pass rate."""

    CONFORMS = "conforms"
    FAILS = "fails"
    NOT_JUDGED = "not_judged"


class Breakdown(StrEnum):
    """What a table of indicators has one row for."""

    REGION = "region"
    LABORATORY = "laboratory"
    MONTH = "month"
    QUARTER = "quarter"
    PROGRAMME = "programme"
    STAGE = "stage"
    FOOD_GROUP = "food_group"
    FOOD = "food"


#: What counts as monitoring (监测) unless a table asks for other programmes: 农产品质量安全监测管理办法, article 3.
#: A commissioned sample was chosen by its client, and a retest (复检) is of a sample that has been counted: when it
#: overturns the first finding, the first report is replaced or withdrawn and the figures follow.
MONITORING = frozenset(
    {Programme.ROUTINE, Programme.SURVEY, Programme.SPECIAL, Programme.SUPERVISION, Programme.EMERGENCY}
)

_PERIOD = re.compile(r"(?P<year>20\d\d)(-(?P<month>0[1-9]|1[0-2])|-?Q(?P<quarter>[1-4]))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A calendar year, quarter or month; both days belong to it. It never reaches over the end of a year."""

    starts_on: date
    ends_on: date
    label: str

    @classmethod
    def parse(cls, text: str) -> "Period":
        """A period by its name: `2026`, `2026-Q4` or `2026-11`. Raises `BadInput` for anything else."""
        found = _PERIOD.fullmatch(text.strip().upper())
        if found is None:
            raise BadInput(
                reason(
                    "period.unreadable",
                    "{text} is not a period. Write a year as 2026, a quarter as 2026-Q4, a month as 2026-11.",
                    text=text,
                    at=Where(field="period"),
                )
            )
        year = int(found["year"])
        if found["month"]:
            return cls.month(year, int(found["month"]))
        if found["quarter"]:
            return cls.quarter(year, int(found["quarter"]))
        return cls(date(year, 1, 1), date(year, 12, 31), str(year))

    @classmethod
    def month(cls, year: int, month: int) -> "Period":
        """A calendar month."""
        last = calendar.monthrange(year, month)[1]
        return cls(date(year, month, 1), date(year, month, last), f"{year}-{month:02}")

    @classmethod
    def quarter(cls, year: int, quarter: int) -> "Period":
        """A calendar quarter, 1 to 4."""
        first, last = cls.month(year, 3 * quarter - 2), cls.month(year, 3 * quarter)
        return cls(first.starts_on, last.ends_on, f"{year}-Q{quarter}")

    @property
    def year(self) -> int:
        """The calendar year that it lies in."""
        return self.starts_on.year

    @property
    def year_starts_on(self) -> date:
        """From here the batches per thousand residents are counted."""
        return date(self.year, 1, 1)

    def contains(self, day: date) -> bool:
        """Whether a day belongs to it."""
        return self.starts_on <= day <= self.ends_on


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of batches, each one once.

    The first four are of the period. `accepted` counts what was reported and not withdrawn from the first day of the
    year to the last of the period, judged or not: the batches of 批次/千人.
    """

    conforming: int = 0
    failing: int = 0
    not_judged: int = 0
    withdrawn: int = 0
    accepted: int = 0

    @property
    def judged(self) -> int:
        """The denominator of the pass rate: neither withdrawn nor left unjudged."""
        return self.conforming + self.failing

    @property
    def batches(self) -> int:
        """All of the period that were not withdrawn."""
        return self.judged + self.not_judged

    @property
    def pass_rate(self) -> Fraction | None:
        """合格率 in per cent, exact; None when nothing was judged."""
        return Fraction(100 * self.conforming, self.judged) if self.judged else None

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.conforming + other.conforming,
            self.failing + other.failing,
            self.not_judged + other.not_judged,
            self.withdrawn + other.withdrawn,
            self.accepted + other.accepted,
        )


_COMPARISONS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    ">=": operator.ge,
    "≥": operator.ge,
    ">": operator.gt,
    "=": operator.eq,
    "<=": operator.le,
    "≤": operator.le,
    "<": operator.lt,
}


def is_reached(value: Fraction, comparison: str, target: Decimal) -> bool:
    """Whether a figure reaches its target, judged on the unrounded figure (97.96 does not reach 98)."""
    return _COMPARISONS[comparison](value, Fraction(target))


def per_thousand(batches: int, residents: int) -> Fraction:
    """批次/千人: batches for a thousand permanent residents, exact."""
    return Fraction(1000 * batches, residents)


def quota(per_thousand_residents: Decimal, residents: int) -> int:
    """Batches that a region needs to reach the target: rounded up, since a part of a batch cannot be drawn.

    播州区: 761 491 residents × 1.5 ‰ = 1142.2 → 1143. The quotas of regions add up to more than that of the whole.
    """
    return math.ceil(Fraction(per_thousand_residents) * residents / 1000)


def forecast(batches: int, period: Period, today: date) -> int | None:
    """Batches at the end of the year if drawing goes on as until now; None outside the current year.

    Counted are the days from 1 January to the end of the period or today, whichever comes first.
    """
    if today.year != period.year or not batches:
        return None
    days = (min(period.ends_on, today) - period.year_starts_on).days + 1
    whole_year = 366 if calendar.isleap(period.year) else 365
    return batches * whole_year // days


def shown(value: Fraction, places: int, ceilings: Iterable[Decimal | int] = ()) -> str:
    """A figure as it is printed: rounded half to even (GB/T 8170), but never up to what it has not reached.

    `ceilings` are 100 and the target. When rounding would print a ceiling that the figure lies below, or zero for
    more than nothing, further digits are shown and cut off: 6735/6736 → 99.98, never 100.0.
    """
    text = _rounded(value, places)
    printed = Fraction(text)
    if any(value < ceiling <= printed for ceiling in map(Fraction, ceilings)):
        return _cut(value, places + 1)
    while printed == 0 and value != 0:
        places += 1
        text = _cut(value, places)
        printed = Fraction(text)
    return text


def _rounded(value: Fraction, places: int) -> str:
    # round() of a Fraction is exact and half to even.
    return _written(round(value * 10**places), places)


def _cut(value: Fraction, places: int) -> str:
    return _written(math.trunc(value * 10**places), places)


def _written(scaled: int, places: int) -> str:
    return format(Decimal(scaled).scaleb(-places), f".{places}f")
