"""What routes and the command line ask of indicators and returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.clock import local_day
from lims.core.errors import RuleRefused
from lims.core.reasons import reason
from lims.indicators import intake, queries, sending
from lims.indicators.figures import Frame, Residents, Row, by_calendar, row
from lims.indicators.intake import Intake
from lims.indicators.queries import Selection
from lims.indicators.reading import Reading
from lims.indicators.rules import MONITORING, BatchVerdict, Breakdown, Period, Tally
from lims.indicators.tables import ReportedBatch
from lims.indicators.tasks import book_due
from lims.network import queries as network
from lims.network.rules import is_within
from lims.network.tables import Laboratory, Region
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
        return table_of(Reading(session, actor, local_day(lims.clock.now())), question, by)


def table_of(reading: Reading, question: Question, by: Breakdown) -> Table:
    """As `indicator_table`, inside a reading that has been begun; what is issued must have been booked."""
    region = reading.region(question.region)
    counted = reading.tallies(_selection(question, region), by)
    frame = _frame(reading, question)
    inside = [region, *reading.parts(region)]
    people = {} if question.is_narrowed else reading.residents(question.period.ends_on)
    total = row(frame, region.code, region.name, sum(counted.values(), Tally()), people.get(region.code))
    rows = _rows(reading, frame, by, counted, inside, people)
    programmes = tuple(p for p in Programme if p in question.programmes)
    return Table(region.code, region.name, question.period, by, programmes, total, tuple(rows))


def county_rows(reading: Reading, question: Question, around: Region) -> dict[str, Row]:
    """The figures of every county of a region as far as the reader's records go, by code; for a map.

    The caller keeps to the regions in view: figures of others are incomplete.
    """
    counted = reading.tallies(_selection(question, around), Breakdown.REGION)
    frame = _frame(reading, question)
    counties = reading.counties(around)
    people = {} if question.is_narrowed else reading.residents(question.period.ends_on)
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
        region = Reading(session, actor, local_day(lims.clock.now())).region(question.region)
        selection = _selection(question, region)
        batches, total = queries.batches(session, selection, verdict, limit, offset)
        return Drill(tuple(batches), total)


def _own_laboratory(session: Session, actor: Actor) -> Laboratory:
    if actor.laboratory_id is None:
        raise RuleRefused(
            reason("return.no_laboratory", "A return is sent and received by a laboratory; say which one is acting.")
        )
    return network.laboratory_by_id(session, actor.laboratory_id)


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


def _frame(reading: Reading, question: Question) -> Frame:
    """With the targets in force on the last day of the period."""
    return Frame(question.period, reading.goals(question.period.ends_on), reading.today)


def _rows(
    reading: Reading,
    frame: Frame,
    by: Breakdown,
    counted: dict[Any, Tally],
    inside: list[Region],
    people: Mapping[str, Residents],
) -> list[Row]:
    match by:
        case Breakdown.REGION:
            return _region_rows(frame, counted, inside, people)
        case Breakdown.MONTH | Breakdown.QUARTER:
            parts = by_calendar(counted, frame.period, 1 if by is Breakdown.MONTH else 3)
            whole = people.get(inside[0].code)
            return [row(Frame(p, frame.goals, frame.today), p.label, p.label, tally, whole) for p, tally in parts]
        case Breakdown.LABORATORY:
            names = {lab.code: lab.name for lab in reading.laboratories}
            return [row(frame, code, names.get(code, code), counted[code]) for code in sorted(counted)]
        case _:
            # A food is kept as its path in the tree; its own name is the last part.
            return [row(frame, str(key), str(key).split("/")[-1], counted[key]) for key in sorted(counted)]


def _region_rows(
    frame: Frame, counted: dict[str, Tally], inside: list[Region], people: Mapping[str, Residents]
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
