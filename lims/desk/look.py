"""One look at the day, for one person: the clock, the language, and how a wait becomes a figure or a list."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from urllib.parse import quote

from lims.core.actions import Action
from lims.core.clock import CHINA, local_day
from lims.core.language import Language, translator
from lims.core.reasons import mark
from lims.db.work import LimsSession
from lims.desk.queries import Lying, MethodWaiting, Waiting
from lims.desk.rules import DAYS_AHEAD, DEADLINES, Wait, days_waited, late_before
from lims.desk.views import Figure, Line, ShortList
from lims.web import formats

#: The lists of the first page are short; a link leads to the whole.
MOST = 6


class Look:
    """What the blocks of the first page share."""

    def __init__(self, session: LimsSession, now: datetime, language: Language) -> None:
        self.session = session
        self.actor = session.actor
        self.now = now
        self.day = local_day(now)
        self.say = translator(language)

    def may(self, action: Action) -> bool:
        """Whether the person holds a right."""
        return self.actor.may(action)

    def figure(self, waiting: Waiting, name: str, url: str, *, mood: str = "plain") -> Figure:
        """What waits, with what is late of it; `mood` is that of anything waiting at all."""
        if not waiting.count:
            return Figure("0", self.say(name), url)
        hint = ""
        if waiting.late:
            hint = self.say(mark("{late} late, the oldest {age}")).format(
                late=waiting.late, age=self.age(waiting.oldest)
            )
        elif waiting.oldest is not None:
            hint = self.say(mark("the oldest {age}")).format(age=self.age(waiting.oldest))
        return Figure(formats.number(waiting.count), self.say(name), url, "warn" if waiting.late else mood, hint)

    def ending(self, count: int, ended: int, name: str, url: str, days: int = DAYS_AHEAD) -> Figure:
        """How much ends in the days ahead, and how much of it has ended."""
        mood = "bad" if ended else "warn" if count else "plain"
        hint = self.say(mark("{count} over already")).format(count=ended) if ended else ""
        return Figure(formats.number(count), self.say(name).format(days=days), url, mood, hint)

    def by_method(self, title: str, methods: Sequence[MethodWaiting], address: str, all_of_it: str) -> ShortList:
        """Work by method; `address` has a gap for its code."""
        heads = (mark("Method"), mark("Tests"), mark("Samples"), mark("Oldest"))
        lines = tuple(
            Line(
                (m.method_code, formats.number(m.tests), formats.number(m.samples), self.age(m.oldest)),
                address.format(quoted(m.method_code)),
                "warn" if m.late else "plain",
            )
            for m in methods[:MOST]
        )
        return ShortList(
            self.say(title), tuple(map(self.say, heads)), lines, more(methods, all_of_it), frozenset({1, 2})
        )

    def lying(self, title: str, oldest: Sequence[Lying], waiting: Waiting, wait: Wait) -> ShortList:
        """The oldest samples and drafts at a step."""
        heads = (mark("Sample"), mark("Product"), mark("Waiting since"))
        lines = tuple(
            Line(
                (one.number, one.product, self.age(one.since)),
                f"/reports/{one.report_id}" if one.report_id else f"/samples/{quoted(one.number)}",
                "warn" if one.since is not None and one.since < self.late(wait) else "plain",
            )
            for one in oldest
        )
        whole = "/reports/work" if waiting.count > len(oldest) else None
        return ShortList(self.say(title), tuple(map(self.say, heads)), lines, whole)

    def age(self, since: datetime | None) -> str:
        """How long ago something arrived, in days."""
        if since is None:
            return formats.NOTHING
        return self._days(days_waited(since, self.now))

    def _days(self, days: int) -> str:
        if days <= 1:
            return self.say(mark("1 day") if days else mark("since today"))
        return self.say(mark("{days} days")).format(days=days)

    def late(self, wait: Wait) -> datetime:
        """What arrived before this is late."""
        return late_before(wait, self.day)

    def deadlines(self, *waits: Wait) -> tuple[tuple[str, int, str], ...]:
        """Name, working days and reason of these deadlines."""
        told = (DEADLINES[w] for w in waits)
        return tuple((self.say(d.name), d.working_days, self.say(d.why)) for d in told)

    def days_ago(self, days: int) -> datetime:
        """The beginning of a day in the past."""
        return datetime.combine(self.day - timedelta(days=days), time(), tzinfo=CHINA)


def filled(lists: Sequence[ShortList]) -> tuple[ShortList, ...]:
    """Lists without lines are not shown."""
    return tuple(one for one in lists if one.lines)


def more(items: Sequence[object], url: str) -> str | None:
    """Where the rest is, when a short list does not hold all."""
    return url if len(items) > MOST else None


def quoted(text: str) -> str:
    """A number as a part of an address."""
    return quote(text, safe="")
