"""Figures from counts: pass rate (合格率) and batches per thousand residents (批次/千人), each beside its target.

Pure: everything that is needed is given. Figures are exact until they are written as text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from lims.indicators.rules import Period, Tally, forecast, is_reached, per_thousand, quota, shown

#: Decimal places of a rate in the monthly notices of the province, and of the batches per thousand.
RATE_PLACES = 1
DENSITY_PLACES = 2


@dataclass(frozen=True, slots=True)
class Goal:
    """A target (目标) as it counts on the last day of a period."""

    code: str
    comparison: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Residents:
    """Permanent residents (常住人口) of a region in a census year."""

    number: int
    year: int


@dataclass(frozen=True, slots=True)
class Goals:
    """The targets of both figures; None where no target counts."""

    pass_rate: Goal | None = None
    batches_per_thousand: Goal | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure as text, and how it stands to its target.

    `shown` is None when there is nothing to divide by. `gap` is the figure less the target: negative when short of it.
    """

    shown: str | None
    target: Decimal | None = None
    target_code: str | None = None
    reached: bool | None = None
    gap: str | None = None


@dataclass(frozen=True, slots=True)
class Density:
    """批次/千人 from 1 January to the end of the period, with the quota of the year.

    `missing` is what still has to be drawn to fill the quota, `forecast` what the year will have at the present pace.
    """

    figure: Compared
    residents: int
    census_year: int
    quota: int | None
    missing: int | None
    forecast: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table of indicators. `density` is None where residents are unknown or do not apply."""

    key: str
    name: str
    tally: Tally
    pass_rate: Compared
    density: Density | None


@dataclass(frozen=True, slots=True)
class Frame:
    """What all figures of a table share."""

    period: Period
    goals: Goals
    today: date


def row(frame: Frame, key: str, name: str, tally: Tally, residents: Residents | None = None) -> Row:
    """The figures of one row."""
    rate = compared(tally.pass_rate, RATE_PLACES, frame.goals.pass_rate, 100)
    return Row(key, name, tally, rate, density(frame, tally, residents) if residents else None)


def compared(value: Fraction | None, places: int, goal: Goal | None, *ceilings: int) -> Compared:
    """A figure beside its target; judged unrounded, and never printed as a ceiling or target that it lies below."""
    if value is None:
        return Compared(None, goal.value if goal else None, goal.code if goal else None)
    if goal is None:
        return Compared(shown(value, places, ceilings))
    return Compared(
        shown=shown(value, places, (*ceilings, goal.value)),
        target=goal.value,
        target_code=goal.code,
        reached=is_reached(value, goal.comparison, goal.value),
        gap=shown(value - Fraction(goal.value), places),
    )


def density(frame: Frame, tally: Tally, residents: Residents) -> Density:
    """The batches of the year for a thousand residents."""
    goal = frame.goals.batches_per_thousand
    needed = quota(goal.value, residents.number) if goal else None
    return Density(
        figure=compared(per_thousand(tally.accepted, residents.number), DENSITY_PLACES, goal),
        residents=residents.number,
        census_year=residents.year,
        quota=needed,
        missing=max(needed - tally.accepted, 0) if needed is not None else None,
        forecast=forecast(tally.accepted, frame.period, frame.today),
    )


def by_calendar(months: Mapping[int, Tally], period: Period, step: int) -> list[tuple[Period, Tally]]:
    """The months (`step` 1) or quarters (`step` 3) of a period.

    `months` holds the counts of each calendar month, `accepted` those of that month alone; in the answer `accepted`
    runs on from 1 January, so that every row shows how far the year had come.
    """
    rows = []
    for first in range(period.starts_on.month, period.ends_on.month + 1, step):
        part = Period.month(period.year, first) if step == 1 else Period.quarter(period.year, (first + 2) // 3)
        within = [months.get(m, Tally()) for m in range(part.starts_on.month, part.ends_on.month + 1)]
        accepted = sum(months[m].accepted for m in months if m <= part.ends_on.month)
        counts = sum(within, Tally())
        rows.append((part, Tally(counts.conforming, counts.failing, counts.not_judged, counts.withdrawn, accepted)))
    return rows
