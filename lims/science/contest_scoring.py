"""Scoring of a skills contest (技能竞赛评分): from raw marks to points and totals, each step said.

Calculations are exact (fractions); points are rounded once, where they are shown and compared, to two places and half
to even (GB/T 8170-2008). Weights, limits and shares are data; the defaults are those of notices of such contests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from lims.core.reasons import Reason, reason
from lims.science.rounding import plain

#: Every event is brought to so many points.
WHOLE = Fraction(100)
#: Places of points and totals.
PLACES = 2


def points(value: Fraction) -> Decimal:
    """Points as they are shown and compared: two places, half to even. The only rounding there is."""
    return Decimal(round(value * 10**PLACES)).scaleb(-PLACES)


def shown(value: Fraction) -> str:
    """Points in a sentence."""
    return plain(points(value))


@dataclass(frozen=True, slots=True)
class Item:
    """评分项: what a judge gives up to `full` marks for; `weight` multiplies them."""

    key: str
    name: str
    full: Decimal
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Deduction:
    """扣分项: what costs `points` each time, at most `most` times."""

    key: str
    name: str
    points: Decimal
    most: int = 1


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """限时: every begun period of `every_s` seconds above `limit_s` costs `points`, up to `most` points."""

    limit_s: int
    points: Decimal
    every_s: int = 60
    most: Decimal = Decimal(10)

    def penalty(self, seconds: int) -> Fraction:
        """What a time costs; the time limit itself costs nothing."""
        over = seconds - self.limit_s
        if over <= 0:
            return Fraction(0)
        return min(Fraction(self.points) * -(-over // self.every_s), Fraction(self.most))


@dataclass(frozen=True, slots=True)
class Sheet:
    """评分表: what a judge scores an event by."""

    items: tuple[Item, ...]
    deductions: tuple[Deduction, ...] = ()
    time: TimeLimit | None = None

    @property
    def full(self) -> Fraction:
        """The marks of somebody who does everything right."""
        return sum((Fraction(one.full) * Fraction(one.weight) for one in self.items), Fraction(0))


@dataclass(frozen=True, slots=True)
class Filled:
    """A sheet as a judge filled it: marks by item, how often by deduction, and the time."""

    marks: Mapping[str, Decimal]
    deducted: Mapping[str, int] = field(default_factory=dict)
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """Points of 100, and how they came about."""

    value: Fraction
    steps: tuple[Reason, ...]


def score_sheet(sheet: Sheet, filled: Filled) -> Scored:
    """The points of one judge: marks with their weights, less deductions and the penalty for time; never below 0.

    Raises `ValueError` for a sheet without marks to give; what was filled in must have passed `faults_of`.
    """
    full = sheet.full
    if full <= 0:
        raise ValueError("a sheet gives marks for something")
    marks = sum((Fraction(filled.marks[one.key]) * Fraction(one.weight) for one in sheet.items), Fraction(0))
    said = "Marks: {marks} of {full}."
    steps = [reason("contest.marks", said, marks=shown(marks), full=shown(full))]
    rest = marks
    for one in sheet.deductions:
        if times := filled.deducted.get(one.key, 0):
            rest -= Fraction(one.points) * times
            said = "Deducted: {item}, {points} × {times}."
            steps.append(reason("contest.deducted", said, item=one.name, points=plain(one.points), times=times))
    if sheet.time is not None and filled.seconds is not None:
        penalty = sheet.time.penalty(filled.seconds)
        if penalty:
            rest -= penalty
            said = "Over the time limit by {seconds} s: {points} deducted."
            over = filled.seconds - sheet.time.limit_s
            steps.append(reason("contest.over_time", said, seconds=over, points=shown(penalty)))
    value = max(rest, Fraction(0)) / full * WHOLE
    said = "Points: {marks} / {full} × 100 = {points}."
    shown_rest = shown(max(rest, Fraction(0)))
    steps.append(reason("contest.points", said, marks=shown_rest, full=shown(full), points=shown(value)))
    return Scored(value, tuple(steps))


def faults_of(sheet: Sheet, filled: Filled, *, is_whole: bool) -> list[Reason]:
    """What is wrong with what a judge wrote; a draft (not `is_whole`) may leave marks out."""
    faults = []
    known = {one.key: one for one in sheet.items}
    for key in filled.marks:
        if key not in known:
            faults.append(reason("contest.item_unknown", "The sheet has no item {item}.", item=key))
    for key, one in known.items():
        given = filled.marks.get(key)
        if given is None:
            if is_whole:
                faults.append(reason("contest.mark_missing", "{item} has no mark.", item=one.name))
        elif not 0 <= given <= one.full:
            said = "{item}: {mark} is outside 0 to {full}."
            faults.append(reason("contest.mark_outside", said, item=one.name, mark=plain(given), full=plain(one.full)))
    most = {one.key: one for one in sheet.deductions}
    for key, times in filled.deducted.items():
        if key not in most:
            faults.append(reason("contest.item_unknown", "The sheet has no item {item}.", item=key))
        elif not 0 <= times <= most[key].most:
            said = "{item} is deducted {times} times; 0 to {most} are allowed."
            faults.append(
                reason("contest.deducted_outside", said, item=most[key].name, times=times, most=most[key].most)
            )
    if filled.seconds is not None and filled.seconds < 0:
        faults.append(reason("contest.time_negative", "A time is not below 0."))
    elif is_whole and sheet.time is not None and filled.seconds is None:
        faults.append(reason("contest.time_missing", "The time is missing; the sheet has a time limit."))
    return faults


@dataclass(frozen=True, slots=True)
class Judging:
    """How several judges become one: `drop_from` judges on, the highest and the lowest are left out.

    `difference`: more points than that between two judges ask for a third one; `fewest` judges must have scored.
    """

    fewest: int = 2
    drop_from: int = 5
    difference: Decimal = Decimal(10)


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the judges give together. `left_out`: places of judges that do not count. `asks`: why it is not final."""

    scored: Scored
    left_out: tuple[int, ...]
    asks: Reason | None


def agree(scores: Sequence[Fraction], rule: Judging) -> Agreed:
    """多名裁判: the mean of the judges, without the highest and the lowest when there are enough of them."""
    if not scores:
        asked = reason("contest.judges_missing", "{count} of at least {needed} judges have scored.", count=0,
                       needed=rule.fewest)  # fmt: skip
        return Agreed(Scored(Fraction(0), ()), (), asked)
    order = sorted(range(len(scores)), key=lambda place: (scores[place], place))
    left_out = (order[0], order[-1]) if len(scores) >= max(rule.drop_from, 3) else ()
    kept = [scores[place] for place in range(len(scores)) if place not in left_out]
    mean = sum(kept, Fraction(0)) / len(kept)
    steps = []
    if left_out:
        said = "{count} judges: the highest ({highest}) and the lowest ({lowest}) are left out."
        highest, lowest = shown(scores[order[-1]]), shown(scores[order[0]])
        steps.append(reason("contest.left_out", said, count=len(scores), highest=highest, lowest=lowest))
    said = "Mean of {count} judges: ({points}) / {count} = {mean}."
    listed = " + ".join(shown(one) for one in kept)
    steps.append(reason("contest.mean", said, count=len(kept), points=listed, mean=shown(mean)))
    return Agreed(Scored(mean, tuple(steps)), left_out, _asks(scores, rule))


def _asks(scores: Sequence[Fraction], rule: Judging) -> Reason | None:
    if len(scores) < rule.fewest:
        said = "{count} of at least {needed} judges have scored."
        return reason("contest.judges_missing", said, count=len(scores), needed=rule.fewest)
    apart = max(scores) - min(scores)
    if len(scores) == 2 and apart > Fraction(rule.difference):
        said = "The two judges differ by {points}, more than {most}: a third judge must score."
        return reason("contest.third_judge", said, points=shown(apart), most=plain(rule.difference))
    return None


@dataclass(frozen=True, slots=True)
class Ramp:
    """Full points up to `full_to`, none from `zero_from`, and on a straight line between."""

    full_to: Decimal
    zero_from: Decimal

    def share(self, value: Fraction) -> Fraction:
        """The share of the points, 0 to 1."""
        if value <= Fraction(self.full_to):
            return Fraction(1)
        if value >= Fraction(self.zero_from):
            return Fraction(0)
        return (Fraction(self.zero_from) - value) / (Fraction(self.zero_from) - Fraction(self.full_to))


@dataclass(frozen=True, slots=True)
class Target:
    """A blind item (盲样) and what a result in it earns.

    `accuracy` marks go by |z| against the assigned value, `precision` marks by the relative difference of two parallel
    results in percent of their mean.
    """

    analyte: str
    unit: str
    assigned: Decimal
    sigma: Decimal
    accuracy: Decimal = Decimal(80)
    precision: Decimal = Decimal(20)
    z: Ramp = Ramp(Decimal(1), Decimal(3))
    difference: Ramp = Ramp(Decimal(5), Decimal(15))


@dataclass(frozen=True, slots=True)
class Reported:
    """What somebody reports for one target: parallel values; none at all when nothing was handed in."""

    values: tuple[Decimal, ...]


def score_results(targets: Sequence[Target], reported: Mapping[str, Reported]) -> Scored:
    """结果准确度: marks for every target, brought to 100 points. A target without a result has none."""
    full = sum((Fraction(one.accuracy) + Fraction(one.precision) for one in targets), Fraction(0))
    if full <= 0:
        raise ValueError("results are scored against something")
    total, steps = Fraction(0), []
    for one in targets:
        earned, said = _score_target(one, reported.get(one.analyte, Reported(())).values)
        total += earned
        steps += said
    value = total / full * WHOLE
    said_points = "Points: {marks} / {full} × 100 = {points}."
    steps.append(reason("contest.points", said_points, marks=shown(total), full=shown(full), points=shown(value)))
    return Scored(value, tuple(steps))


def _score_target(target: Target, values: Sequence[Decimal]) -> tuple[Fraction, list[Reason]]:
    if not values:
        return Fraction(0), [reason("contest.no_result", "{analyte}: no result, no marks.", analyte=target.analyte)]
    mean = sum((Fraction(one) for one in values), Fraction(0)) / len(values)
    z = (mean - Fraction(target.assigned)) / Fraction(target.sigma)
    accuracy = Fraction(target.accuracy) * target.z.share(abs(z))
    said = "{analyte}: mean {mean} {unit} against {assigned}, σ {sigma}: z = {z}, {marks} of {full} for accuracy."
    steps = [
        reason(
            "contest.accuracy",
            said,
            analyte=target.analyte,
            mean=_figures(mean),
            unit=target.unit,
            assigned=plain(target.assigned),
            sigma=plain(target.sigma),
            z=shown(z),
            marks=shown(accuracy),
            full=plain(target.accuracy),
        )
    ]
    precision = Fraction(0)
    if target.precision and len(values) < 2:
        said = "{analyte}: no parallel result, 0 of {full} for precision."
        steps.append(reason("contest.no_parallel", said, analyte=target.analyte, full=plain(target.precision)))
    elif target.precision:
        apart = Fraction(max(values)) - Fraction(min(values))
        # A mean of 0 has no relative difference; two equal results agree all the same.
        percent = apart / abs(mean) * 100 if mean else Fraction(0 if not apart else 100)
        precision = Fraction(target.precision) * target.difference.share(percent)
        said = "{analyte}: parallel results differ by {percent} % of their mean, {marks} of {full} for precision."
        marks, full = shown(precision), plain(target.precision)
        steps.append(
            reason("contest.precision", said, analyte=target.analyte, percent=shown(percent), marks=marks, full=full)
        )
    return accuracy + precision, steps


def _figures(value: Fraction) -> str:
    """A mean to be read: six places at most, no zeros behind."""
    text = plain(Decimal(round(value * 10**6)).scaleb(-6))
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Weights:
    """How events make a total: `theory` is the share of the theory part, the rest is that of operation.

    `shares`: of each event within its part, by code; only their proportions count.
    """

    theory: Decimal
    theory_shares: Mapping[str, Decimal]
    operation_shares: Mapping[str, Decimal]

    def of(self, code: str) -> Fraction:
        """The share of an event in the total, 0 to 1. With only one part that part is everything."""
        for shares, part in ((self.theory_shares, self._theory), (self.operation_shares, 1 - self._theory)):
            if code in shares:
                return part * Fraction(shares[code]) / sum(map(Fraction, shares.values()), Fraction(0))
        raise KeyError(code)

    @property
    def _theory(self) -> Fraction:
        if not self.theory_shares:
            return Fraction(0)
        return Fraction(self.theory) if self.operation_shares else Fraction(1)


def total(scores: Mapping[str, Fraction], weights: Weights, names: Mapping[str, str]) -> Scored:
    """总分: every event with its share; an event without a score counts 0."""
    parts = [(code, scores.get(code, Fraction(0)), weights.of(code)) for code in names]
    value = sum((score * share for _, score, share in parts), Fraction(0))
    said = "{event}: {points} × {share} % = {part}."
    steps = [
        reason("contest.part", said, event=names[code], points=shown(score), share=shown(share * 100),
               part=shown(score * share))
        for code, score, share in parts
    ]  # fmt: skip
    said = "Total: {points} (rounded once, from the exact sum)."
    return Scored(value, (*steps, reason("contest.total", said, points=shown(value))))
