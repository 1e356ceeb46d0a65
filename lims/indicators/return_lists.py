"""Lists of returns: all of them, sent and received; and which laboratories have reported which months."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, col, select

from lims.core.clock import local_day
from lims.core.reasons import mark
from lims.indicators.rules import Period
from lims.indicators.tables import ReturnReceived, ReturnSent
from lims.network import queries as network
from lims.network.tables import Laboratory
from lims.web.table import Column, Table
from lims.web.table_filters import ChoiceFilter, DaysFilter


class Direction(StrEnum):
    """Which way a return went."""

    SENT = "sent_upward"
    RECEIVED = "received_from_below"


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A return. `at` is when it was made here or taken in; `by` who did it."""

    id: UUID
    direction: Direction
    number: str
    code: str
    laboratory: str
    starts_on: date
    ends_on: date
    records: int
    added: int | None
    changed: int | None
    at: datetime
    by: str

    @property
    def period(self) -> str:
        """The name of the period, or its days when it has none."""
        return period_name(self.starts_on, self.ends_on)

    @property
    def address(self) -> str:
        """Its page."""
        return f"/returns/{'sent' if self.direction is Direction.SENT else 'received'}/{self.id}"


RETURNS: Table[ReturnRow] = Table(
    name="returns",
    title=mark("Returns"),
    columns=(
        Column("number", mark("Return number"), lambda r: r.number, lambda r: r.number, lambda r: r.address),
        Column("direction", mark("Way"), lambda r: r.direction, lambda r: r.direction),
        Column("laboratory", mark("Reporting laboratory"), lambda r: r.laboratory, lambda r: r.code),
        Column("period", mark("Period"), lambda r: r.period, lambda r: (r.starts_on, r.ends_on)),
        Column("records", mark("Batches"), lambda r: r.records, lambda r: r.records, kind="number"),
        Column("added", mark("Added"), lambda r: r.added, lambda r: r.added, kind="number"),
        Column("changed", mark("Changed"), lambda r: r.changed, lambda r: r.changed, kind="number"),
        Column("at", mark("Made or taken in at"), lambda r: r.at, lambda r: r.at),
        Column("by", mark("By"), lambda r: r.by, lambda r: r.by),
    ),
    filters=(
        ChoiceFilter("direction", mark("Way"), Direction, lambda r: r.direction.value),
        DaysFilter("begins", mark("Period begins"), lambda r: r.starts_on),
    ),
    search=(lambda r: r.number, lambda r: r.laboratory, lambda r: r.period),
    nothing=mark("No return was made or taken in yet."),
)


def return_rows(session: Session) -> list[ReturnRow]:
    """All returns in view, the newest first."""
    laboratories = network.laboratories(session)
    names = {lab.code: lab.name for lab in laboratories}
    codes = {lab.id: lab.code for lab in laboratories}
    rows = [_sent(r, codes[r.laboratory_id], names) for r in session.exec(select(ReturnSent)).all()]
    rows += [_received(r, names) for r in session.exec(select(ReturnReceived)).all()]
    return sorted(rows, key=lambda row: (row.at, row.number), reverse=True)


def _sent(found: ReturnSent, code: str, names: Mapping[str, str]) -> ReturnRow:
    return ReturnRow(
        id=found.id,
        direction=Direction.SENT,
        number=found.number,
        code=code,
        laboratory=names[code],
        starts_on=found.starts_on,
        ends_on=found.ends_on,
        records=found.records,
        added=None,
        changed=None,
        at=found.created_at,
        by=found.created_by,
    )


def _received(found: ReturnReceived, names: Mapping[str, str]) -> ReturnRow:
    return ReturnRow(
        id=found.id,
        direction=Direction.RECEIVED,
        number=found.number,
        code=found.sender_code,
        laboratory=names.get(found.sender_code, found.sender_code),
        starts_on=found.starts_on,
        ends_on=found.ends_on,
        records=found.records,
        added=found.added,
        changed=found.changed,
        at=found.received_at,
        by=found.received_by,
    )


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a laboratory: the return that covers it, if there is one, and whether it was made when the month was
    over. `is_due`: the month is over today.
    """

    label: str
    number: str | None
    address: str | None
    is_whole: bool
    is_due: bool


@dataclass(frozen=True, slots=True)
class Reporting:
    """A laboratory directly below, and what it has reported of each month of a year."""

    laboratory: Laboratory
    months: Sequence[Month]


@dataclass(frozen=True, slots=True)
class Progress:
    """Who has reported what of a year (直报进度). `before` and `after` are years that can be shown instead."""

    year: int
    rows: Sequence[Reporting]
    before: int
    after: int | None


def progress_of(session: Session, laboratory_id: UUID | None, year: int, today: date) -> Progress:
    """For each laboratory directly below the months of a year; the last return that covers a month counts."""
    query = select(Laboratory).where(Laboratory.superior_id == laboratory_id).order_by(Laboratory.code)
    below = session.exec(query).all() if laboratory_id else ()
    received = session.exec(
        select(ReturnReceived)
        .where(
            ReturnReceived.laboratory_id == laboratory_id,
            ReturnReceived.starts_on <= date(year, 12, 31),
            ReturnReceived.ends_on >= date(year, 1, 1),
        )
        .order_by(col(ReturnReceived.created_at))
    ).all()
    months = [Period.month(year, number) for number in range(1, 13)]
    rows = [
        Reporting(lab, [_month(month, [r for r in received if r.sender_code == lab.code], today) for month in months])
        for lab in below
    ]
    return Progress(year, rows, year - 1, year + 1 if year < today.year else None)


def _month(month: Period, received: Sequence[ReturnReceived], today: date) -> Month:
    covering = [r for r in received if r.starts_on <= month.starts_on and r.ends_on >= month.ends_on]
    last = covering[-1] if covering else None
    return Month(
        month.label,
        last.number if last else None,
        f"/returns/received/{last.id}" if last else None,
        is_whole=last is not None and local_day(last.created_at) > month.ends_on,
        is_due=month.ends_on < today,
    )


def period_name(starts_on: date, ends_on: date) -> str:
    """2026, 2026-Q4 or 2026-11; the days of any other period."""
    month = Period.month(starts_on.year, starts_on.month)
    quarter = Period.quarter(starts_on.year, (starts_on.month + 2) // 3)
    year = Period.parse(str(starts_on.year))
    known = (p for p in (month, quarter, year) if (p.starts_on, p.ends_on) == (starts_on, ends_on))
    return next((period.label for period in known), f"{starts_on} – {ends_on}")
