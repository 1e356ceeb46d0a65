"""The days on which law begins or ends (法规生效日): between two of them it says the same of any day."""

from bisect import bisect_right
from datetime import date

from lims.library.rules import Library


class TurningDays:
    """The days on which an edition, or a limit or a prohibition of a substance, begins or ends."""

    def __init__(self, library: Library) -> None:
        facts = library.facts
        of_all = {day for one in facts.standards for day in (one.effective_on, one.ended_on)}
        self._of_editions = sorted(day for day in of_all if day is not None)
        self._of_substance: dict[str, set[date]] = {}
        spans = [(row.substance, row.starts_on, row.ends_on) for row in facts.limits]
        spans += [(rule.substance, rule.in_force_on, rule.ended_on) for rule in facts.prohibitions]
        for code, *days in spans:
            self._of_substance.setdefault(code, set()).update(day for day in days if day is not None)
        self._of_any = sorted(set(self._of_editions).union(*self._of_substance.values()))
        self._of_set: dict[frozenset[str], list[date]] = {}

    def period(self, day: date, substances: frozenset[str] | None = None) -> date | None:
        """The turning day on or before a day, of some substances or of any; within a period the law is the same."""
        days = self._of_any
        if substances is not None:
            if substances not in self._of_set:
                own = (self._of_substance.get(code, set()) for code in substances)
                self._of_set[substances] = sorted(set(self._of_editions).union(*own))
            days = self._of_set[substances]
        place = bisect_right(days, day)
        return days[place - 1] if place else None
