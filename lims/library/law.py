"""By the law of which market and day a page is looked at: today's of the home market unless its address says else."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from fastapi import Depends, Query

from lims.core.clock import local_day
from lims.core.language import Language
from lims.core.spreadsheets import parse_day
from lims.library.facts import HOME_MARKET
from lims.library.market_names import market_name
from lims.library.rules import Library
from lims.web.dependencies import LimsDep


@dataclass(frozen=True, slots=True)
class Law:
    """A day and a market. `is_today`: no other day was asked for."""

    day: date
    market: str
    is_today: bool = True

    def within(self, library: Library) -> "Law":
        """The same; of the home market where the library knows nothing of the one that was asked for."""
        return self if self.market in library.markets else replace(self, market=HOME_MARKET)

    @property
    def query(self) -> dict[str, str]:
        """What an address must say to be looked at by the same law."""
        day = {} if self.is_today else {"day": self.day.isoformat()}
        return day if self.market == HOME_MARKET else {**day, "market": self.market}


def markets_of(library: Library, language: Language) -> list[tuple[str, str]]:
    """The markets to choose from: pairs of code and name."""
    return [(market, market_name(market, language)) for market in library.markets]


def _law(
    lims: LimsDep,
    day: Annotated[str, Query(description="Another day than today.")] = "",
    market: Annotated[str, Query(description="Another market than China.")] = HOME_MARKET,
) -> Law:
    today = local_day(lims.clock.now())
    asked = parse_day(day[:20]) if day else None
    if asked is None or not 1900 <= asked.year < 2200:
        asked = today
    return Law(asked, market, is_today=asked == today)


LawDep = Annotated[Law, Depends(_law)]
