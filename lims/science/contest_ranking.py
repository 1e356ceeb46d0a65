"""Ranks, team scores and prizes of a skills contest (排名、团体、奖项), out of the totals of `contest_scoring`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from lims.core.reasons import Reason, reason
from lims.science.contest_scoring import Scored, points, shown


@dataclass(frozen=True, slots=True)
class Standing:
    """One entrant on the way to a rank; `seconds` is None when no time was taken."""

    key: str
    total: Fraction
    operation: Fraction
    accuracy: Fraction
    sampling: Fraction
    seconds: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """名次 from 1; equal ranks are followed by a gap. `tie`: how it stands to who has the same total before it."""

    key: str
    rank: int
    tie: Reason | None = None


#: What decides between equal totals, in this order.
TIE_RULES: Mapping[str, Callable[[Standing], Decimal]] = MappingProxyType(
    {
        "operation": lambda one: points(one.operation),
        "accuracy": lambda one: points(one.accuracy),
        "sampling": lambda one: points(one.sampling),
        "time": lambda one: -Decimal(10**9) if one.seconds is None else -points(one.seconds),
    }
)
#: What is said of who loses by a rule.
_TIE_SAID = {
    "operation": "Same total as {other}, which has more points in operation.",
    "accuracy": "Same total as {other}, which has more points for accurate results.",
    "sampling": "Same total as {other}, which has more points in sampling.",
    "time": "Same total as {other}, which needed less time.",
}


def ranking(standings: Sequence[Standing]) -> list[Ranked]:
    """Everybody by rank. Equal totals: operation, accuracy of results, sampling, less time; else the same rank."""

    def order(one: Standing) -> tuple[Decimal, ...]:
        return (points(one.total), *(rule(one) for rule in TIE_RULES.values()))

    listed = sorted(standings, key=lambda one: one.key)
    listed.sort(key=order, reverse=True)
    ranked: list[Ranked] = []
    for place, one in enumerate(listed, 1):
        before = listed[place - 2] if place > 1 else None
        if before is None or points(before.total) != points(one.total):
            ranked.append(Ranked(one.key, place))
            continue
        decided = next((name for name, rule in TIE_RULES.items() if rule(before) != rule(one)), None)
        if decided is None:
            said = "Equal to {other} by every rule: the same rank."
            ranked.append(Ranked(one.key, ranked[-1].rank, reason("contest.tie", said, other=before.key)))
        else:
            ranked.append(Ranked(one.key, place, reason("contest.tie", _TIE_SAID[decided], other=before.key)))
    return ranked


@dataclass(frozen=True, slots=True)
class TeamRule:
    """团体: the `best` members of a team count, by their sum or their mean. A team with fewer has no team score."""

    best: int = 2
    is_mean: bool = False


def team_score(totals: Mapping[str, Fraction], rule: TeamRule) -> Scored | Reason:
    """The score of a team out of its members' totals, by key; a `Reason` when it is too small."""
    if len(totals) < rule.best:
        said = "{count} of {needed} members have a total: no team score."
        return reason("contest.team_small", said, count=len(totals), needed=rule.best)
    counted = sorted(totals, key=lambda key: (-totals[key], key))[: rule.best]
    value = sum((totals[key] for key in counted), Fraction(0))
    listed = " + ".join(f"{key} {shown(totals[key])}" for key in counted)
    if not rule.is_mean:
        said = "Sum of the best {count}: {points} = {sum}."
        return Scored(value, (reason("contest.team_sum", said, count=rule.best, points=listed, sum=shown(value)),))
    value /= rule.best
    said = "Mean of the best {count}: ({points}) / {count} = {mean}."
    return Scored(value, (reason("contest.team_mean", said, count=rule.best, points=listed, mean=shown(value)),))


def prize_of(rank: int, count: int, shares: Sequence[Decimal]) -> int | None:
    """奖项: the place of the prize of a rank among `count` entrants, 0 for the first prize; None for no prize.

    Shares add up: with 0.10, 0.20, 0.30 of 30 entrants ranks up to 3, 9 and 18 have a prize. Parts of a person are cut
    off; the first prize is given at least once. Who shares a rank shares the prize.
    """
    reached = Fraction(0)
    for place, share in enumerate(shares):
        reached += Fraction(share)
        last = int(reached * count)
        if rank <= (max(last, 1) if place == 0 and share else last):
            return place
    return None
