"""What routes and the command line ask of indicators and returns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.clock import local_day
from lims.core.errors import RuleRefused
from lims.core.reasons import Where, reason
from lims.indicators import intake, queries, sending
from lims.indicators.figures import Frame, Goal, Goals, Residents, Row, by_calendar, row
from lims.indicators.intake import Intake
from lims.indicators.queries import Selection
from lims.indicators.rules import MONITORING, BatchVerdict, Breakdown, Period, Tally
from lims.indicators.tables import ReportedBatch
from lims.indicators.tasks import book_due
from lims.network import queries as network
from lims.network.rules import PROVINCE_CODE, Level, TargetKind, is_within
from lims.network.tables import Laboratory, Region, Target
from lims.reports.desk import signing_identity
from lims.runtime import Lims
from lims.samples.rules import Programme, Stage


@dataclass(frozen=True, slots=True)
class Question:
    """Which figures are wanted. Without a region: that of the asker's laboratory, or the whole province."""

    period: Period
    region: str | None = None
    programmes: frozenset[Programme] = MONITORING
    food_group: str | None = None
    food: str | None = None
    stage: Stage | None = None
    laboratory: str | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for a part of the batches only; then residents say nothing."""
        return any((self.food_group, self.food, self.stage, self.laboratory))


@dataclass(frozen=True, slots=True)
class Table:
    """A table of indicators: what was counted, the whole, and its parts."""

    region_code: str
    region_name: str
    period: Period
    by: Breakdown
    programmes: tuple[Programme, ...]
    total: Row
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Drill:
    """The batches behind a figure: one page of them, and how many there are."""

    batches: tuple[ReportedBatch, ...]
    total: int


def export_return(lims: Lims, actor: Actor, period: Period) -> bytes:
    """The signed return of the actor's laboratory for a period; see `sending.send_return`."""
    with lims.work(actor, Action.RETURN_EXPORT) as session:
        laboratory = _own_laboratory(session, actor)
        signer = signing_identity(lims, laboratory)
        return sending.send_return(session, lims.vault, laboratory, period, signer)


def import_return(lims: Lims, actor: Actor, data: bytes) -> Intake:
    """Take in a return from below for the actor's laboratory; see `intake.receive_return`."""
    with lims.work(actor, Action.RETURN_IMPORT) as session:
        return intake.receive_return(session, lims.vault, _own_laboratory(session, actor), data)


def return_bytes(lims: Lims, actor: Actor, number: str) -> bytes:
    """The file of a return, sent or received. Raises `NotFound`."""
    with lims.read(actor, Action.INDICATORS_READ) as session:
        address = queries.return_address(session, number)
    return lims.vault.get(address)


def indicator_table(lims: Lims, actor: Actor, question: Question, by: Breakdown = Breakdown.REGION) -> Table:
    """The figures of a region and period, from the reports as they are committed at this moment.

    Raises `NotFound` for an unknown region, `RuleRefused` for one that the actor sees only a part of.
    """
    book_due(lims)
    with lims.read(actor, Action.INDICATORS_READ) as session:
        return table_of(session, actor, question, by, local_day(lims.clock.now()))


def table_of(session: Session, actor: Actor, question: Question, by: Breakdown, today: date) -> Table:
    """As `indicator_table`, inside a reading that has been begun; what is issued must have been booked."""
    region = region_in_view(session, actor, question.region)
    counted = queries.tallies(session, _selection(question, region), by)
    frame = Frame(question.period, _goals(session, question.period), today)
    inside = [region, *(r for r in network.regions_within(session, region.code) if r.parent_code == region.code)]
    people = {} if question.is_narrowed else _residents(session, inside, question.period)
    total = row(frame, region.code, region.name, sum(counted.values(), Tally()), people.get(region.code))
    rows = _rows(session, frame, by, counted, inside, people)
    programmes = tuple(p for p in Programme if p in question.programmes)
    return Table(region.code, region.name, question.period, by, programmes, total, tuple(rows))


def county_rows(session: Session, question: Question, around: Region, today: date) -> dict[str, Row]:
    """The figures of every county of a region as far as the reader's records go, by code; for a map.

    The caller keeps to the regions that `regions_in_view` gives: figures of others are incomplete.
    """
    counted = queries.tallies(session, _selection(question, around), Breakdown.REGION)
    frame = Frame(question.period, _goals(session, question.period), today)
    counties = [r for r in network.regions_within(session, around.code) if r.level is Level.COUNTY]
    people = {} if question.is_narrowed else _residents(session, counties, question.period)
    sums = {county.code: Tally() for county in counties}
    for code, tally in counted.items():
        # Townships have the code of their county in front.
        if (county := code[:6]) in sums:
            sums[county] += tally
    return {c.code: row(frame, c.code, c.name, sums[c.code], people.get(c.code)) for c in counties}


def indicator_batches(
    lims: Lims, actor: Actor, question: Question, verdict: BatchVerdict | None, limit: int, offset: int
) -> Drill:
    """The batches behind a figure; refuses what `indicator_table` refuses."""
    book_due(lims)
    with lims.read(actor, Action.INDICATORS_READ) as session:
        selection = _selection(question, region_in_view(session, actor, question.region))
        batches, total = queries.batches(session, selection, verdict, limit, offset)
        return Drill(tuple(batches), total)


def _own_laboratory(session: Session, actor: Actor) -> Laboratory:
    if actor.laboratory_id is None:
        raise RuleRefused(
            reason("return.no_laboratory", "A return is sent and received by a laboratory; say which one is acting.")
        )
    return network.laboratory_by_id(session, actor.laboratory_id)


def region_in_view(session: Session, actor: Actor, code: str | None) -> Region:
    """The region asked for, or that of the actor's laboratory. One of which only a part is visible would give wrong
    figures. Raises `NotFound`, `RuleRefused`.
    """
    everywhere = network.laboratories(session)
    if code is None:
        own = next((lab.region_code for lab in everywhere if lab.id == actor.laboratory_id), None)
        return network.region_by_code(session, own or PROVINCE_CODE)
    region = network.region_by_code(session, code)
    seen = _seen(everywhere, actor)
    if seen is not None and not any(is_within(region.code, own) for own in seen):
        raise RuleRefused(
            reason(
                "indicators.region_beyond",
                "You see the laboratories of {seen} only, so figures of {region} would be incomplete.",
                seen=", ".join(seen),
                region=region.code,
                at=Where("region"),
            )
        )
    return region


def regions_in_view(session: Session, actor: Actor) -> list[Region]:
    """The regions down to the counties that the actor may ask for, by code."""
    seen = _seen(network.laboratories(session), actor)
    regions = network.regions_within(session, PROVINCE_CODE)
    return [
        region
        for region in regions
        if region.level is not Level.TOWNSHIP and (seen is None or any(is_within(region.code, own) for own in seen))
    ]


def _seen(laboratories: Sequence[Laboratory], actor: Actor) -> list[str] | None:
    """The regions of the laboratories whose records the actor sees; None for all of them."""
    if actor.visible_laboratories is None:
        return None
    return sorted({lab.region_code for lab in laboratories if lab.id in actor.visible_laboratories})


def _selection(question: Question, region: Region) -> Selection:
    return Selection(
        region.code,
        question.period,
        question.programmes,
        question.food_group,
        question.food,
        question.stage,
        question.laboratory,
    )


def _goals(session: Session, period: Period) -> Goals:
    """The targets in force on the last day of the period."""
    rate = network.target_in_force(session, TargetKind.PASS_RATE, period.ends_on)
    density = network.target_in_force(session, TargetKind.BATCHES_PER_THOUSAND, period.ends_on)
    return Goals(_goal(rate), _goal(density))


def _goal(target: Target | None) -> Goal | None:
    return Goal(target.code, target.comparison, target.value) if target else None


def _residents(session: Session, regions: list[Region], period: Period) -> dict[str, Residents]:
    found = network.populations(session, [region.code for region in regions], period.ends_on)
    return {code: Residents(people.residents, people.year) for code, people in found.items()}


def _rows(
    session: Session,
    frame: Frame,
    by: Breakdown,
    counted: dict[Any, Tally],
    inside: list[Region],
    people: dict[str, Residents],
) -> list[Row]:
    match by:
        case Breakdown.REGION:
            return _region_rows(frame, counted, inside, people)
        case Breakdown.MONTH | Breakdown.QUARTER:
            parts = by_calendar(counted, frame.period, 1 if by is Breakdown.MONTH else 3)
            whole = people.get(inside[0].code)
            return [row(Frame(p, frame.goals, frame.today), p.label, p.label, tally, whole) for p, tally in parts]
        case Breakdown.LABORATORY:
            names = {lab.code: lab.name for lab in network.laboratories(session)}
            return [row(frame, code, names.get(code, code), counted[code]) for code in sorted(counted)]
        case _:
            # A food is kept as its path in the tree; its own name is the last part.
            return [row(frame, str(key), str(key).split("/")[-1], counted[key]) for key in sorted(counted)]


def _region_rows(
    frame: Frame, counted: dict[str, Tally], inside: list[Region], people: dict[str, Residents]
) -> list[Row]:
    """One row for each region directly inside, also where nothing was drawn; what lies in none of them comes first."""
    whole, *parts = inside
    sums = {region.code: Tally() for region in inside}
    for code, tally in counted.items():
        home = next((part.code for part in parts if is_within(code, part.code)), whole.code)
        sums[home] += tally
    shown = parts if sums[whole.code] == Tally() else inside
    return [
        # The whole region's residents do not belong to the batches that lie in none of its parts.
        row(
            frame,
            region.code,
            region.name,
            sums[region.code],
            None if parts and region is whole else people.get(region.code),
        )
        for region in shown
    ]
