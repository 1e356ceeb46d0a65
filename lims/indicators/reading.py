"""One look at the network and its figures: what several tables of a page share is read once."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from lims.core.actors import Actor
from lims.core.errors import RuleRefused
from lims.core.reasons import Where, reason
from lims.db.work import LimsSession
from lims.indicators import queries
from lims.indicators.figures import Goal, Goals, Residents
from lims.indicators.queries import Selection
from lims.indicators.rules import Breakdown, Tally
from lims.network import queries as network
from lims.network.rules import PROVINCE_CODE, Level, TargetKind, is_within
from lims.network.tables import Laboratory, Region, Target


class Reading:
    """What an actor sees of the network on a day. Lives as long as its session."""

    def __init__(self, session: LimsSession, actor: Actor, today: date) -> None:
        self.session = session
        self.actor = actor
        self.today = today
        self._tallies: dict[tuple[Selection, Breakdown], dict[Any, Tally]] = {}
        self._goals: dict[date, Goals] = {}
        self._residents: dict[date, Mapping[str, Residents]] = {}

    @cached_property
    def laboratories(self) -> Sequence[Laboratory]:
        """All laboratories of the network, by code."""
        return network.laboratories(self.session)

    @cached_property
    def regions(self) -> Mapping[str, Region]:
        """The regions down to the counties, by code."""
        return {region.code: region for region in network.divisions(self.session)}

    @cached_property
    def in_view(self) -> Sequence[Region]:
        """Those that the actor may ask for, by code."""
        return [region for region in self.regions.values() if self._sees(region.code)]

    def region(self, code: str | None) -> Region:
        """The region asked for, or that of the actor's laboratory. One of which only a part is visible would give wrong
        figures. Raises `NotFound`, `RuleRefused`.
        """
        if code is None:
            own = next((lab.region_code for lab in self.laboratories if lab.id == self.actor.laboratory_id), None)
            return self.known(own or PROVINCE_CODE)
        region = self.known(code)
        if not self._sees(region.code):
            raise RuleRefused(
                reason(
                    "indicators.region_beyond",
                    "You see the laboratories of {seen} only, so figures of {region} would be incomplete.",
                    seen=", ".join(self._seen or ()),
                    region=region.code,
                    at=Where("region"),
                )
            )
        return region

    def known(self, code: str) -> Region:
        """Any region, also a township. Raises `NotFound`."""
        return self.regions.get(code) or network.region_by_code(self.session, code)

    def parts(self, region: Region) -> Sequence[Region]:
        """The regions directly inside, by code."""
        if region.level in {Level.COUNTY, Level.TOWNSHIP}:
            inside = network.regions_within(self.session, region.code)
            return [r for r in inside if r.parent_code == region.code]
        return [r for r in self.regions.values() if r.parent_code == region.code]

    def counties(self, region: Region) -> Sequence[Region]:
        """The counties inside, by code."""
        return [r for r in self.regions.values() if r.level is Level.COUNTY and is_within(r.code, region.code)]

    def tallies(self, selection: Selection, by: Breakdown) -> dict[Any, Tally]:
        """As `queries.tallies`."""
        if (selection, by) not in self._tallies:
            self._tallies[selection, by] = queries.tallies(self.session, selection, by)
        return self._tallies[selection, by]

    def goals(self, day: date) -> Goals:
        """The targets in force on a day."""
        if day not in self._goals:
            rate = network.target_in_force(self.session, TargetKind.PASS_RATE, day)
            density = network.target_in_force(self.session, TargetKind.BATCHES_PER_THOUSAND, day)
            self._goals[day] = Goals(_goal(rate), _goal(density))
        return self._goals[day]

    def residents(self, day: date) -> Mapping[str, Residents]:
        """The residents of the regions by the newest census of a day, by code."""
        if day not in self._residents:
            found = network.populations(self.session, self.regions, day)
            self._residents[day] = {code: Residents(people.residents, people.year) for code, people in found.items()}
        return self._residents[day]

    @cached_property
    def _seen(self) -> Sequence[str] | None:
        """The regions of the laboratories whose records the actor sees; None for all of them."""
        visible = self.actor.visible_laboratories
        if visible is None:
            return None
        return sorted({lab.region_code for lab in self.laboratories if lab.id in visible})

    def _sees(self, code: str) -> bool:
        return self._seen is None or any(is_within(code, own) for own in self._seen)


def _goal(target: Target | None) -> Goal | None:
    return Goal(target.code, target.comparison, target.value) if target else None
