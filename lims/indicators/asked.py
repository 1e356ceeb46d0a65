"""What the page of indicators is asked for: read from its address, and written into the addresses that it leads to.

What an address says wrongly is passed over, as in lists.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from lims.core.errors import BadInput
from lims.indicators.rules import MONITORING, Breakdown, Period
from lims.indicators.service import Question
from lims.samples.rules import Programme, Stage
from lims.web.table_filters import cleaned

PAGE = "/indicators"
BATCHES = "/indicators/batches"
#: In an address: every programme that counts as monitoring.
MONITORING_WORD = "monitoring"
_REGION = re.compile(r"[0-9]{6,12}", re.ASCII)


class MapFigure(StrEnum):
    """What the map shows of each county."""

    PASS_RATE = "pass_rate"  # noqa: S105  # no password
    PER_THOUSAND = "per_thousand"


class CountsAs(StrEnum):
    """How a batch counts in the figures; COUNTED is whatever was not withdrawn."""

    COUNTED = "counted"
    JUDGED = "judged"
    CONFORMS = "conforms"
    FAILS = "fails"
    NOT_JUDGED = "not_judged"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as an address asks it. No programmes: all monitoring; no `by`: what suits the region."""

    period: Period
    region: str | None = None
    programmes: tuple[Programme, ...] = ()
    food_group: str | None = None
    food: str | None = None
    stage: Stage | None = None
    laboratory: str | None = None
    by: Breakdown | None = None
    map: MapFigure = MapFigure.PASS_RATE

    @classmethod
    def read(cls, params: QueryParams, today: date) -> "Asked":
        """From the query of an address; the current year unless it names a period."""
        region = params.get("region", "")
        return cls(
            period=_period(params.get("period", "")) or Period.parse(str(today.year)),
            region=region if _REGION.fullmatch(region) else None,
            programmes=tuple(p for p in Programme if p in params.getlist("programme")),
            food_group=_text(params, "food_group"),
            food=_text(params, "food"),
            stage=_member(Stage, params.get("stage")),
            laboratory=_text(params, "laboratory"),
            by=_member(Breakdown, params.get("by")),
            map=_member(MapFigure, params.get("map")) or MapFigure.PASS_RATE,
        )

    @property
    def question(self) -> Question:
        """What the service is asked."""
        return Question(
            self.period,
            self.region,
            frozenset(self.programmes) or MONITORING,
            self.food_group,
            self.food,
            self.stage,
            self.laboratory,
        )

    def address(self, **changes: Any) -> str:
        """The address of the page with changes of what it is asked for."""
        asked = replace(self, **changes)
        pairs = [("period", asked.period.label), *asked._narrowing()]
        pairs += [("by", asked.by)] if asked.by else []
        pairs += [("map", asked.map)] if asked.map is not MapFigure.PASS_RATE else []
        return f"{PAGE}?{urlencode(pairs)}"

    def batches(self, counts_as: CountsAs, *, since: date | None = None, **changes: Any) -> str:
        """The address of the batches behind a figure; `since` where it counts from another day than its period."""
        asked = replace(self, **changes)
        pairs = [
            ("sampled_from", str(since or asked.period.starts_on)),
            ("sampled_until", str(asked.period.ends_on)),
            *asked._narrowing(),
            ("verdict", counts_as),
        ]
        if not asked.programmes:
            pairs.append(("programme", MONITORING_WORD))
        return f"{BATCHES}?{urlencode(pairs)}"

    def _narrowing(self) -> list[tuple[str, str]]:
        pairs: list[tuple[str, str | None]] = [
            ("region", self.region),
            *(("programme", programme) for programme in self.programmes),
            ("food_group", self.food_group),
            ("food", self.food),
            ("stage", self.stage),
            ("laboratory", self.laboratory),
        ]
        return [(name, value) for name, value in pairs if value]


@dataclass(frozen=True, slots=True)
class PeriodChoice:
    """A year to choose from, with its quarters and months."""

    year: int
    periods: Sequence[Period]


def period_choices(first: date | None, today: date, chosen: Period) -> list[PeriodChoice]:
    """The periods from the first batch to today, the newest year first; the chosen one is always among them."""
    years = {today.year, chosen.year, *range(first.year if first else today.year, today.year + 1)}
    return [PeriodChoice(year, _periods_of(year)) for year in sorted(years, reverse=True)]


def neighbour(period: Period, step: int) -> Period | None:
    """The period of the same length before (-1) or after (1); None beyond this century."""
    if not 2000 <= period.year + step <= 2099:
        return None
    if "Q" in period.label:
        place = period.year * 4 + int(period.label[-1]) - 1 + step
        return Period.quarter(place // 4, place % 4 + 1)
    if "-" in period.label:
        place = period.year * 12 + period.starts_on.month - 1 + step
        return Period.month(place // 12, place % 12 + 1)
    return Period.parse(str(period.year + step))


def _periods_of(year: int) -> list[Period]:
    quarters = [Period.quarter(year, number) for number in range(1, 5)]
    return [Period.parse(str(year)), *quarters, *(Period.month(year, month) for month in range(1, 13))]


def _period(text: str) -> Period | None:
    try:
        return Period.parse(text[:20])
    except BadInput:
        return None


def _text(params: QueryParams, name: str) -> str | None:
    return cleaned(params.get(name, "")) or None


def _member(kind: Any, value: str | None) -> Any:
    return kind(value) if value in set(kind) else None
